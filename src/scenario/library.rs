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
    /// A cache table is loaded while another one works and then replaces it: LVM's order.
    LvmOrder,
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
            Self::LvmOrder => "LVM's order",
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
pub const GROUPS: &[&str] =
    &["the fix", "before the fix", "what the fix did not cover", "the engine from the inside", "with LVM", "your own"];

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
    "lvchange-cachemode",
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
    "stays-dirty",
    "crash",
    "damaged-root",
    "discards",
    "origin-too-short",
    "policy-tour",
    "shrink-refused",
    "lying-disk",
    "zipf",
    "lvm-never-clean",
    "lvm-dirty-after-crash",
    "lvm-manual-repair",
    "lvm-cachevol-stuck",
    "lvm-million-chunks",
    "empty-machine",
];

/// The scenario of that name.
#[must_use]
pub fn find(name: &str) -> Option<Entry> {
    ALL.iter().copied().find(|e| e.name == name)
}

/// Where to go on from a scenario: names, each with what is seen there.
type Ways = &'static [(&'static str, &'static str)];

/// Scenarios that answer what another one leaves open.
const NEXT: &[(&str, Ways)] = &[
    (
        "reload-while-live",
        &[
            ("eviction-luck", "without any stale buffer the loss is the same: the fields are the cause"),
            ("safe-order", "suspend, load, resume: why that order was always safe"),
            ("lvm-mode-switch", "lvchange --cachemode, request by request"),
            ("alias-device", "what the fix takes for identity, and what it misses"),
            ("open-race", "why the list is searched twice, and what becomes of the loser"),
            ("close-race", "when the object dies, and the order that still goes wrong"),
            ("wrong-block-size", "the check that sharing made necessary"),
            ("crash", "why everything is dirty after a crash, and what ends that"),
        ],
    ),
    (
        "eviction-luck",
        &[("two-roots", "two objects over one device, block by block"), ("reload-while-live", "the same with buffers left alone")],
    ),
    ("alias-device", &[("two-devices", "two devices over one metadata device"), ("lost-fsync", "what else the fix did not cover")]),
    ("crash", &[("lost-fsync", "a clean flag that stays set too long"), ("cut-between", "power fails between data and superblock")]),
    ("lvm-mode-switch", &[("lvm-extend", "how LVM extends a cached volume"), ("policy-swap", "to the cleaner and back")]),
];

/// Ways on from a scenario, in an order to take them: those that answer what it leaves open, else the two that follow it in its group.
#[must_use]
pub fn next(name: &str) -> Vec<(Entry, &'static str)> {
    if let Some((_, ways)) = NEXT.iter().find(|(of, _)| *of == name) {
        return ways.iter().filter_map(|(name, why)| Some((find(name)?, *why))).collect();
    }
    let at = ALL.iter().position(|e| e.name == name);
    let follow = at.into_iter().flat_map(|at| ALL.iter().skip(at + 1).take(2)).filter(|e| e.name != "empty-machine");
    follow.chain(ALL.iter().take(1).filter(|e| e.name != name)).map(|e| (*e, "")).collect()
}
