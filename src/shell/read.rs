//! What words say to a program, read without running it.

use super::{dd, format, line, parse};

/// Splits a line into words as a shell does. `None` where it cannot be read, is more than words, or hangs on variables.
#[must_use]
pub fn split(text: &str) -> Option<Vec<String>> {
    line::words(&parse(text).ok()?)
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
