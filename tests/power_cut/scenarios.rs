//! What runs while the power may go.
//!
//! Writes fill whole 64 KiB cache blocks with one byte. A block is held to what was written and fsynced, through the
//! cache, whichever table served it.

/// One command.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A line of shell.
    Sh(&'static str),
    /// Fills `count` blocks from `block` on with a byte, unflushed.
    Write { block: u64, count: u64, byte: u8 },
    /// `fsync` on the cached device.
    Fsync,
    /// Discards `count` blocks from `block` on: nobody promises what they hold.
    Discard { block: u64, count: u64 },
    /// Reads `count` blocks from `block` on (hits and misses make work).
    Read { block: u64, count: u64 },
    /// Runs until background work has come to rest.
    Settle,
}

use Step::{Discard, Fsync, Read, Settle, Sh, Write};

/// A named list of commands.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Cache blocks of 64 KiB on the fast disk.
    pub(crate) cache_blocks: u64,
    /// What creates the device again after a cut.
    pub(crate) again: &'static str,
    /// The cache grows on the way.
    pub(crate) grows: bool,
    pub(crate) steps: &'static [Step],
}

impl Scenario {
    /// Number of the first step that runs this line.
    pub(crate) fn step(&self, line: &str) -> usize {
        self.steps.iter().position(|s| matches!(s, Sh(l) if *l == line)).expect("a step")
    }
}

const CREATE: &str =
    "dmsetup create c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'";

pub(crate) const FIRST_USE: Scenario = Scenario {
    name: "first use",
    cache_blocks: 64,
    again: CREATE,
    grows: false,
    steps: &[
        Sh(CREATE),
        Write { block: 0, count: 4, byte: 1 },
        Fsync,
        Write { block: 2, count: 4, byte: 2 },
        Sh("dmsetup status c"),
        Write { block: 40, count: 2, byte: 3 },
        Fsync,
        Sh("dmsetup suspend c"),
        Sh("dmsetup resume c"),
        Write { block: 0, count: 1, byte: 4 },
        Write { block: 90, count: 1, byte: 4 },
        Fsync,
        Sh("dmsetup remove c"),
        Sh(CREATE),
        Write { block: 0, count: 8, byte: 5 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

const CREATE_SMALL: &str =
    "dmsetup create c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback smq 2 migration_threshold 204800'";

pub(crate) const FULL_CACHE: Scenario = Scenario {
    name: "full cache",
    cache_blocks: 8,
    again: CREATE_SMALL,
    grows: false,
    steps: &[
        Sh(CREATE_SMALL),
        Write { block: 0, count: 8, byte: 1 },
        Fsync,
        Settle,
        Read { block: 100, count: 3 },
        Read { block: 100, count: 3 },
        Sh("sleep 3"),
        Read { block: 100, count: 3 },
        Read { block: 100, count: 3 },
        Settle,
        Fsync,
        Write { block: 100, count: 3, byte: 2 },
        Write { block: 0, count: 8, byte: 3 },
        Fsync,
        Settle,
        Read { block: 120, count: 4 },
        Sh("sleep 3"),
        Read { block: 120, count: 4 },
        Read { block: 120, count: 4 },
        Settle,
        Write { block: 120, count: 4, byte: 4 },
        Fsync,
        Settle,
        Write { block: 0, count: 8, byte: 5 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

const RELOAD_LINE: &str =
    "dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'";

pub(crate) const RELOAD: Scenario = Scenario {
    name: "reload while live",
    cache_blocks: 64,
    again: CREATE,
    grows: false,
    steps: &[
        Sh(CREATE),
        Write { block: 0, count: 4, byte: 1 },
        Fsync,
        Sh(RELOAD_LINE),
        Write { block: 50, count: 4, byte: 2 },
        Fsync,
        Sh("dmsetup suspend c"),
        Sh("dmsetup resume c"),
        Write { block: 70, count: 2, byte: 3 },
        Fsync,
        Write { block: 50, count: 1, byte: 4 },
        Fsync,
        Sh(RELOAD_LINE),
        Write { block: 80, count: 2, byte: 5 },
        Fsync,
        Sh("dmsetup resume c"),
        Write { block: 81, count: 2, byte: 6 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

const CREATE_2: &str =
    "dmsetup create c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 2 writeback metadata2 smq 2 migration_threshold 0'";

pub(crate) const DISCARDS: Scenario = Scenario {
    name: "discards, metadata2",
    cache_blocks: 64,
    again: CREATE_2,
    grows: false,
    steps: &[
        Sh(CREATE_2),
        Write { block: 0, count: 6, byte: 1 },
        Fsync,
        Discard { block: 100, count: 20 },
        Discard { block: 4, count: 1 },
        Write { block: 101, count: 2, byte: 2 },
        Write { block: 4, count: 1, byte: 2 },
        Fsync,
        Sh("dmsetup suspend c"),
        Sh("dmsetup resume c"),
        Write { block: 110, count: 3, byte: 3 },
        Write { block: 0, count: 1, byte: 3 },
        Fsync,
        Sh("dmsetup message c 0 migration_threshold 204800"),
        Settle,
        Sh("dmsetup status c"),
        Discard { block: 0, count: 2 },
        Write { block: 1, count: 2, byte: 4 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

pub(crate) const MODES: Scenario = Scenario {
    name: "cleaner, writethrough, passthrough",
    cache_blocks: 64,
    again: CREATE,
    grows: false,
    steps: &[
        Sh(CREATE),
        Write { block: 0, count: 6, byte: 1 },
        Fsync,
        Sh(
            "dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback cleaner 2 migration_threshold 204800'",
        ),
        Write { block: 6, count: 2, byte: 2 },
        Fsync,
        Sh("dmsetup suspend c"),
        Sh("dmsetup resume c"),
        Settle,
        Write { block: 1, count: 1, byte: 3 },
        Fsync,
        Settle,
        Sh(
            "dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writethrough smq 2 migration_threshold 0'",
        ),
        Sh("dmsetup resume c"),
        Write { block: 0, count: 2, byte: 4 },
        Write { block: 30, count: 2, byte: 4 },
        Fsync,
        Sh("dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 passthrough smq 2 migration_threshold 0'"),
        Sh("dmsetup resume c"),
        Write { block: 1, count: 3, byte: 5 },
        Fsync,
        Sh("dmsetup message c 0 invalidate_cblocks 4-6"),
        Sh("dmsetup remove c"),
        Sh(CREATE),
        Write { block: 0, count: 3, byte: 6 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

pub(crate) const GROW: Scenario = Scenario {
    name: "growing cache",
    cache_blocks: 64,
    // A cut may come before or after the growth; the larger cache takes both.
    again: "dmsetup create fast --table '0 4096 linear /dev/d/cache 0' && dmsetup create c --table '0 32768 cache /dev/d/meta /dev/mapper/fast /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'",
    grows: true,
    steps: &[
        Sh("dmsetup create fast --table '0 2048 linear /dev/d/cache 0'"),
        Sh(
            "dmsetup create c --table '0 32768 cache /dev/d/meta /dev/mapper/fast /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'",
        ),
        Write { block: 0, count: 10, byte: 1 },
        Fsync,
        Sh("dmsetup suspend c"),
        Sh("dmsetup load fast --table '0 4096 linear /dev/d/cache 0' && dmsetup resume fast"),
        Sh(
            "dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/mapper/fast /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'",
        ),
        Sh("dmsetup resume c"),
        Write { block: 8, count: 12, byte: 2 },
        Fsync,
        Write { block: 0, count: 2, byte: 3 },
        Fsync,
        Sh("dmsetup remove c"),
    ],
};

pub(crate) const ALL: &[&Scenario] = &[&FIRST_USE, &FULL_CACHE, &RELOAD, &DISCARDS, &MODES, &GROW];
