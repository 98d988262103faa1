//! The scenarios that come with the program, embedded.

use super::{Script, ScriptError, parse, shown};

/// A scenario of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// File name without `.dml`.
    pub name: &'static str,
    /// The whole script.
    pub source: &'static str,
}

impl Entry {
    /// What runs of it have shown.
    #[must_use]
    pub fn shown(&self) -> &'static [Shown] {
        shown::SHOWN.iter().find(|(name, _)| *name == self.name).map(|(_, shown)| *shown).unwrap_or_default()
    }

    /// The script, parsed.
    pub fn script(&self) -> Result<Script, Box<ScriptError>> {
        parse(&format!("{}.dml", self.name), self.source)
    }
}

/// What runs of a scenario have shown; nobody declares it. A test runs them all and compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// Promised data are lost or old on the origin at the end; with the fix none are.
    LosesWithoutFix,
    /// With the fix, too.
    LosesWithFix,
    /// None are, but a write that was never promised is gone.
    NeverPromised,
    /// There is a recording of a real kernel that ran it.
    OnRealMachine,
}

impl Shown {
    /// In words.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::LosesWithoutFix => "loses without the fix",
            Self::LosesWithFix => "loses with the fix too",
            Self::NeverPromised => "never promised",
            Self::OnRealMachine => "runs on a real machine",
        }
    }
}

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        /// Every scenario, group by group in the order of [`GROUPS`].
        pub const ALL: &[Entry] = &[$(Entry { name: $name, source: include_str!(concat!("../../scenarios/", $name, ".dml")) }),*];
    };
}

/// The groups of the library, in the order a reader meets them.
pub const GROUPS: &[&str] = &["the fix", "before the fix", "what the fix did not cover", "the engine from the inside", "your own"];

library![
    "reload-while-live",
    "safe-order",
    "idle-reload",
    "format-race",
    "demoted-block",
    "double-load",
    "load-and-clear",
    "load-and-remove",
    "inactive-status",
    "cut-between",
    "open-race",
    "lvm-mode-switch",
    "lvm-extend",
    "cache-grown",
    "eviction-luck",
    "failed-live",
    "load-after-failure",
    "other-version",
    "passthrough-reload",
    "policy-swap",
    "wrong-block-size",
    "two-roots",
    "three-objects",
    "seed-on-an-old-kernel",
    "writethrough",
    "alias-device",
    "lost-fsync",
    "close-race",
    "hit-counters",
    "load-and-forget",
    "older-superblock",
    "open-fails-at-flush",
    "second-resume",
    "sticky-unclean",
    "two-devices",
    "first-commit",
    "copy-on-write",
    "dirty-bits",
    "cleaner",
    "crash",
    "damaged-root",
    "discards",
    "origin-too-short",
    "policy-tour",
    "shrink-refused",
    "zipf",
    "empty-machine",
];

/// The scenario of that name.
#[must_use]
pub fn find(name: &str) -> Option<Entry> {
    ALL.iter().copied().find(|e| e.name == name)
}
