//! What one types at a real machine: a line of shell in, text and an exit code out.
//!
//! [`parse`] reads a line once into a tree ([`Line`]): words and quotes, `;`, `&&`, `||`, pipes, `for`, `$((…))`, variables, redirections to
//! `/dev/null`. [`run`] runs it as dash does, with these programs, which have the syntax, messages and exit codes of the real ones:
//! dmsetup 1.02.185, dd (busybox), blkdiscard and blockdev (util-linux), cache_check, cache_dump, cache_repair, cache_restore,
//! cache_metadata_size and cache_writeback 0.9, a few words of coreutils, and [LVM's commands](crate::lvm).
//! There are no files but block devices, `/dev/zero`, `/dev/null` and some of sysfs. What else a shell has is refused ([`Fault`]): read
//! as plain text, the line would mean one thing here and another at a real machine, where `dmlab export --sh` brings it. What shells
//! differ in (a backslash for `echo`, `%b`) is refused too.
//!
//! Seen in the recordings under `tests/recordings`; nothing below this room knows that command lines exist.

mod arith;
mod array_wording;
mod blockdev;
mod dd;
mod dmsetup;
mod exec;
mod format;
mod image_tools;
mod lex;
mod line;
mod metadata_tools;
mod parse;
pub mod pasted;
mod read;
mod small;
mod stream;

pub use self::exec::Budget;
pub use self::lex::{Fault, FaultKind};
pub use self::line::{Line, NotPlain, Plain};
pub use self::parse::parse;
pub use self::read::{Dmsetup, dmsetup_line, is_dd, is_plain_printf, split};
use dm_cache_engine::world::World;

/// What a line printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Both, in the order in which `>file 2>&1` would hold them.
    pub both: String,
    /// Exit code of the last program.
    pub rc: i32,
    /// Set when a program would never come back: what it waits for. The rest of the line did not run.
    pub hang: Option<String>,
}

/// Reads and runs what somebody types: one line, or several separated by newlines. What cannot be read ends with 2, as in a shell.
pub fn type_in(world: &mut World, text: &str) -> Output {
    match parse(text) {
        Ok(line) => run(world, &line),
        Err(fault) => unread(&fault),
    }
}

/// What a shell prints of a line that it cannot read.
#[must_use]
pub fn unread(fault: &Fault) -> Output {
    let said = format!("sh: 1: {}\n", fault.kind.said());
    Output { both: said.clone(), stderr: said, rc: 2, ..Output::default() }
}

/// Runs a line, within what the machine allows ([`World::limit`]).
pub fn run(world: &mut World, line: &Line) -> Output {
    let mut budget = Budget::default();
    let output = run_within(world, line, &mut budget);
    budget.release(world);
    output
}

/// As [`run`], out of a budget that lines share which run at once.
pub fn run_within(world: &mut World, line: &Line, budget: &mut Budget) -> Output {
    let mut shell = exec::Shell::new(world, budget);
    shell.line(line);
    shell.finish()
}

/// Quotes a word so that [`parse`] and a real shell read it back as one.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:,=@%+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests;
