//! What a line says, read without running it.

use super::lex::{self, Token};

/// Splits a line into words as a shell does, without running it. `None` when a quote stays open.
#[must_use]
pub fn split(line: &str) -> Option<Vec<String>> {
    let tokens = lex::tokens(line).ok()?;
    tokens
        .into_iter()
        .map(|t| match t {
            Token::Word(parts) => Some(lex::written(&parts)),
            Token::Op(_) => None,
        })
        .collect()
}

/// A command as it stands in a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    /// Its words, variables as they are written.
    pub words: Vec<String>,
    /// Files its output goes to.
    pub writes: Vec<String>,
    /// Files its input comes from.
    pub reads: Vec<String>,
}

/// The commands of a line, those in loops once; `for NAME in …` is one itself. `None` when a quote stays open.
#[must_use]
pub fn commands(line: &str) -> Option<Vec<Simple>> {
    let mut all = vec![Simple::default()];
    let mut target = None;
    for token in lex::tokens(line).ok()? {
        let now = all.last_mut()?;
        match token {
            Token::Word(parts) => {
                let text = lex::written(&parts);
                match target.take() {
                    Some("<") => now.reads.push(text),
                    Some(_) => now.writes.push(text),
                    None if now.words.is_empty() && matches!(text.as_str(), "do" | "done") => {}
                    None => now.words.push(text),
                }
            }
            Token::Op(op @ ("<" | ">" | "2>")) => target = Some(op),
            Token::Op("2>&1") => {}
            Token::Op(_) => all.push(Simple::default()),
        }
    }
    all.retain(|c| *c != Simple::default());
    Some(all)
}

/// A command line of dmsetup, read as getopt_long reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dmsetup {
    /// `create`, `load` …; empty if there is none.
    pub verb: String,
    /// The words behind it.
    pub words: Vec<String>,
    /// The value of `--table`.
    pub table: Option<String>,
    /// `--notable`.
    pub notable: bool,
}

/// Reads the arguments of `dmsetup`; `None` where it would refuse them.
#[must_use]
pub fn dmsetup_line(args: &[String]) -> Option<Dmsetup> {
    let options = super::dmsetup::options::parse(args).ok()?;
    let mut words = options.words.into_iter();
    let verb = words.next().unwrap_or_default();
    Some(Dmsetup { verb, words: words.collect(), table: options.table, notable: options.notable })
}

/// Names that a line gives values to: by `for NAME in` or `NAME=value`.
#[must_use]
pub fn assigned(line: &str) -> Vec<String> {
    #[derive(PartialEq)]
    enum At {
        Start,
        LoopName,
        Within,
    }
    let (mut names, mut at) = (Vec::new(), At::Start);
    for token in lex::tokens(line).unwrap_or_default() {
        match token {
            Token::Op(";" | "&&" | "||" | "|") => at = At::Start,
            Token::Word(parts) if at != At::Within => {
                let mut text = lex::written(&parts);
                at = match (at, text.as_str()) {
                    (At::Start, "do") => At::Start,
                    (At::Start, "for") => At::LoopName,
                    (At::Start, _) => {
                        if let Some(end) = text.find('=') {
                            text.truncate(end);
                            names.push(text);
                        }
                        At::Within
                    }
                    _ => {
                        names.push(text);
                        At::Within
                    }
                };
            }
            _ => {}
        }
    }
    names
}
