//! What a line says, read without running it.

use super::lex::{self, Part, Token};

/// Splits a line into words as a shell does, without running it. `None` when a quote stays open.
#[must_use]
pub fn split(line: &str) -> Option<Vec<String>> {
    let tokens = lex::tokens(line).ok()?;
    tokens
        .into_iter()
        .map(|t| match t {
            lex::Token::Word(parts) => Some(parts.into_iter().map(lex::Part::into_text).collect::<String>()),
            lex::Token::Op(_) => None,
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
                let text = parts.into_iter().map(Part::into_text).collect::<String>();
                match target.take() {
                    Some(">" | "2>") => now.writes.push(text),
                    Some(_) => {}
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
                let mut text: String = parts.into_iter().map(Part::into_text).collect();
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
