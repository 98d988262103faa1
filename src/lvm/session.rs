//! A command while it runs: the machine, what it has printed, and how it stops.

use super::Said;
use super::model::{Group, Lvm};
use super::options::Wrong;
use dm_cache_engine::world::{Failure, World};

/// lvm2's exit codes: a command line that it does not take, and what failed.
pub(super) const MISUSED: i32 = 3;
pub(super) const FAILED: i32 = 5;

/// Why a command does not go on. What there is to say has been said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    Code(i32),
    Hang(String),
}

impl Stop {
    /// Of a failure and what cleaning up after it came to: a hang, or else the failure `other`.
    pub(super) fn or(self, other: &Self) -> Self {
        if matches!(self, Self::Hang(_)) { self } else { other.clone() }
    }
}

pub(super) type Done<T = ()> = Result<T, Stop>;

pub(super) struct Session<'w> {
    pub(super) world: &'w mut World,
    pub(super) lvm: Lvm,
    /// The program's name.
    pub(super) program: &'static str,
    said: Said,
}

impl<'w> Session<'w> {
    pub(super) fn new(world: &'w mut World, program: &'static str) -> Self {
        let lvm = world.kept::<Lvm>().cloned().unwrap_or_default();
        // Everything is read, and looked through, with each command.
        world.spend(lvm.groups.iter().map(|group| 1 + group.segments().count() as u64).sum());
        Self { world, lvm, program, said: Said::default() }
    }

    pub(super) fn finish(self) -> Said {
        self.said
    }

    /// Keeps what was changed of the groups: from here on a power cut leaves it.
    pub(super) fn commit(&mut self) {
        self.world.keep(self.lvm.clone());
    }

    /// Goes back to what was kept last.
    pub(super) fn revert(&mut self) {
        self.lvm = self.world.kept::<Lvm>().cloned().unwrap_or_default();
    }

    /// A line on standard output, indented as all of lvm2's.
    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        self.said.stdout.push_str(&format!("  {}\n", text.as_ref()));
    }

    /// Whole text of a report.
    pub(super) fn print(&mut self, text: &str) {
        self.said.stdout.push_str(text);
    }

    /// Text on standard error, as it stands.
    pub(super) fn print_error(&mut self, text: &str) {
        self.said.stderr.push_str(text);
    }

    /// A line on standard error.
    pub(super) fn warn(&mut self, text: impl AsRef<str>) {
        self.said.stderr.push_str(&format!("  {}\n", text.as_ref()));
    }

    /// A question that nobody answers: standard input is empty, so lvm2 takes it for a no.
    pub(super) fn ask(&mut self, question: &str) {
        self.said.stderr.push_str(&format!("{question} [y/n]: [n]\n"));
    }

    /// Says what failed.
    pub(super) fn fail<T>(&mut self, text: impl AsRef<str>) -> Done<T> {
        self.warn(text);
        Err(Stop::Code(FAILED))
    }

    /// Says what is wrong with the command line, once its options are read.
    pub(super) fn misused<T>(&mut self, text: impl AsRef<str>) -> Done<T> {
        self.warn(text);
        self.warn(format!("Run `{} --help' for more information.", self.program));
        Err(Stop::Code(MISUSED))
    }

    /// Refuses an option that the command has, but not so.
    pub(super) fn takes_no<T>(&mut self, option: &str, value: &str) -> Done<T> {
        let value = if value.is_empty() { String::new() } else { format!(" {value}") };
        self.warn(format!("Command does not accept option: --{option}{value}."));
        Err(Stop::Code(MISUSED))
    }

    /// Refuses what lvm2 would do and this is not; the words are not lvm2's.
    pub(super) fn absent<T>(&mut self, what: impl AsRef<str>) -> Done<T> {
        self.refuse(&Wrong::Absent(what.as_ref().to_owned()));
        Err(Stop::Code(MISUSED))
    }

    /// Says what is wrong with the command line.
    pub(super) fn refuse(&mut self, wrong: &Wrong) -> Stop {
        let text = match wrong {
            Wrong::Absent(what) => format!("{}: not in this lab: {what}\n", self.program),
            Wrong::Getopt(text) => format!("{}: {text}\n  Error during parsing of command line.\n", self.program),
            Wrong::Value(lines) => format!("{lines}  Error during parsing of command line.\n"),
        };
        self.said.stderr.push_str(&text);
        Stop::Code(MISUSED)
    }

    /// What a call that failed means where lvm2 says `text` of any error.
    pub(super) fn failed<T>(&mut self, failure: Failure, text: impl FnOnce(&str) -> String) -> Done<T> {
        match failure {
            Failure::Errno(errno) => self.fail(text(errno.text())),
            Failure::Hang(what) => Err(Stop::Hang(what)),
        }
    }

    /// A group by its name.
    pub(super) fn group(&mut self, name: &str) -> Done<Group> {
        match self.lvm.group(name).cloned() {
            Some(group) => Ok(group),
            None => {
                self.warn(format!("Volume group \"{name}\" not found"));
                self.fail(format!("Cannot process volume group {name}"))
            }
        }
    }
}
