//! What a line says, read without running it.

use super::lex::{self, Fault, Part, Token};
use super::{arith, dd, format};

/// Splits a line into words as a shell does, without running it. `None` when it cannot be split ([`fault`] says why) or is more than
/// words.
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

/// What keeps a line from being split into words: the first thing in it that a real shell has and this one has not, or
/// what stays open.
#[must_use]
pub fn fault(line: &str) -> Option<Fault> {
    lex::tokens(line).err()
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
    /// Whether what it prints goes to the next command.
    pub pipes: bool,
    /// Whether a variable other than `$?` stands in it, or is given a value.
    pub variables: bool,
}

/// A word in which calculations without variables are done.
fn constant(parts: Vec<Part>) -> Vec<Part> {
    let value = |text: &str| arith::eval(text, &|_| Err(String::new())).ok();
    let done = |part| match part {
        Part::Arith(text) => value(&text).map_or(Part::Arith(text), |n| Part::Text(n.to_string())),
        other => other,
    };
    parts.into_iter().map(done).collect()
}

/// The commands of a line, those in loops once; `for NAME in …` is one itself. The error says what keeps it from being read.
pub fn commands(line: &str) -> Result<Vec<Simple>, &'static str> {
    let mut all = Vec::new();
    let mut now = Simple::default();
    let mut target = None;
    let tokens = lex::tokens(line).map_err(|fault| match fault {
        Fault::Open { .. } => "something in it is not closed",
        Fault::Foreign(foreign) => foreign.what,
    })?;
    for token in tokens {
        match token {
            Token::Word(parts) => {
                let assigns = now.words.is_empty() && target.is_none() && lex::assignment(&parts).is_some();
                let parts = constant(parts);
                now.variables |= assigns || parts.iter().any(lex::Part::is_variable);
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
            Token::Op(op) => {
                now.pipes = op == "|";
                all.push(std::mem::take(&mut now));
            }
        }
    }
    all.push(now);
    all.retain(|c| *c != Simple { pipes: c.pipes, ..Simple::default() });
    Ok(all)
}

/// Whether `printf` of any shell makes the same of a format and its words: the directives are those known here, and a number is one (where
/// it is not, some shells calculate it).
#[must_use]
pub fn is_plain_printf(args: &[String]) -> bool {
    let Some((format, words)) = args.split_first() else { return true };
    let Some(kinds) = format::kinds(format).filter(|_| !format.starts_with('-')) else { return false };
    words.iter().zip(kinds.iter().cycle()).all(|(word, kind)| !"dx".contains(*kind) || word == "$?" || word.parse::<i64>().is_ok())
}

/// Whether `dd` takes these operands.
#[must_use]
pub fn is_dd(args: &[String]) -> bool {
    dd::takes(args)
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
    /// `--uuid`, `--major` or `--minor`: beside or instead of a name.
    pub otherwise_named: bool,
}

/// Reads the arguments of `dmsetup`; `None` where it would refuse them.
#[must_use]
pub fn dmsetup_line(args: &[String]) -> Option<Dmsetup> {
    let options = super::dmsetup::options::parse(args).ok()?;
    let mut words = options.words.into_iter();
    let verb = words.next().unwrap_or_default();
    let otherwise_named = options.uuid.is_some() || options.major || options.minor.is_some();
    Some(Dmsetup { verb, words: words.collect(), table: options.table, notable: options.notable, otherwise_named })
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
            Token::Op(";" | "\n" | "&&" | "||" | "|") => at = At::Start,
            Token::Word(parts) if at != At::Within => {
                let text = lex::written(&parts);
                at = match (at, text.as_str()) {
                    (At::Start, "do") => At::Start,
                    (At::Start, "for") => At::LoopName,
                    (At::Start, _) => match lex::assignment(&parts) {
                        Some(name) => {
                            names.push(name.to_owned());
                            At::Start
                        }
                        None => At::Within,
                    },
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
