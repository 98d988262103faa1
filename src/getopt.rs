//! Command lines as getopt_long reads them: options anywhere, long ones by unique prefix.

use std::fmt::{self, Display, Formatter};

/// An option: its long name, its letter (`\0`: none), whether a value follows.
pub(crate) type Known = (&'static str, char, bool);

/// What a program does in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// The beginning of a long name will do.
    pub(crate) prefixes: bool,
    /// A value that follows its letter at once may have a `=` before it.
    pub(crate) equals_after_letter: bool,
}

/// What is wrong with a command line, in getopt's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A long option of this name is not known.
    Unknown(String),
    /// An option of this letter is not known.
    UnknownLetter(char),
    /// Anything else, told.
    Other(String),
}

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "unrecognized option '--{name}'"),
            Self::UnknownLetter(letter) => write!(f, "invalid option -- '{letter}'"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A command line, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// Options by their long names, with their values, in order.
    pub(crate) options: Vec<(&'static str, String)>,
    /// What is no option.
    pub(crate) words: Vec<String>,
    /// What is wrong behind these options, without the program's name.
    pub(crate) wrong: Option<Wrong>,
}

/// Reads until something is wrong.
pub(crate) fn read(args: &[String], known: &[Known]) -> Read {
    read_in(Manner { prefixes: true, equals_after_letter: false }, args, known)
}

/// [`read`], in a manner of its own.
pub(crate) fn read_in(manner: Manner, args: &[String], known: &[Known]) -> Read {
    let mut read = Read::default();
    read.wrong = read.all(manner, args, known).err();
    read
}

impl Read {
    fn all(&mut self, manner: Manner, args: &[String], known: &[Known]) -> Result<(), Wrong> {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                self.words.extend(args.by_ref().cloned());
            } else if let Some(long) = arg.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                let (name, _, takes) = find_long(manner, name, known)?;
                let value = match (takes, value) {
                    (true, None) => {
                        Some(args.next().ok_or_else(|| Wrong::Other(format!("option '--{name}' requires an argument")))?.clone())
                    }
                    (false, Some(_)) => return Err(Wrong::Other(format!("option '--{name}' doesn't allow an argument"))),
                    (_, value) => value,
                };
                self.options.push((name, value.unwrap_or_default()));
            } else if let Some(short) = arg.strip_prefix('-').filter(|s| !s.is_empty()) {
                let mut chars = short.chars();
                while let Some(c) = chars.next() {
                    let found = known.iter().find(|(_, letter, _)| *letter == c && c != '\0');
                    let (name, _, takes) = found.copied().ok_or(Wrong::UnknownLetter(c))?;
                    if takes {
                        let rest = chars.as_str();
                        let after = rest.strip_prefix('=').filter(|_| manner.equals_after_letter).unwrap_or(rest);
                        let value = if rest.is_empty() { args.next().cloned() } else { Some(after.to_owned()) };
                        self.options.push((name, value.ok_or_else(|| Wrong::Other(format!("option requires an argument -- '{c}'")))?));
                        break;
                    }
                    self.options.push((name, String::new()));
                }
            } else {
                self.words.push(arg.clone());
            }
        }
        Ok(())
    }
}

fn find_long(manner: Manner, name: &str, known: &[Known]) -> Result<Known, Wrong> {
    let named = || known.iter().filter(|l| !l.0.is_empty());
    if let Some(exact) = named().find(|l| l.0 == name) {
        return Ok(*exact);
    }
    let mut hits = named().filter(|l| manner.prefixes && l.0.starts_with(name));
    let hit = hits.next().ok_or_else(|| Wrong::Unknown(name.to_owned()))?;
    // Two letters may stand for one option.
    if hits.all(|other| other.0 == hit.0) { Ok(*hit) } else { Err(Wrong::Other(format!("option '--{name}' is ambiguous"))) }
}
