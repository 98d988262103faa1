//! Policies decide what to promote, demote and write back, and in which order: `smq`, its aliases `mq` and `default`, and
//! `cleaner`.
//!
//! A [`Policy`] is a plain value. Its arrays are shared in chunks, so a clone costs next to nothing whatever the cache's size. It
//! calls nobody: where the kernel logs, the line is returned. The levels of cached blocks reach the disk as hints.
//!
//! Inside: `smq` keeps one space of entries (`entry`) in multilevel queues (`queue`) and hash tables (`hash`), with its
//! clock in `period` and its plans in `tracker`. [`view`] shows all of it for drawing.

mod config;
mod cow;
mod entry;
mod hash;
mod period;
mod queue;
mod smq;
mod stats;
mod tracker;
pub mod view;

// proptest and a clock: not in a browser
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_tests;
#[cfg(test)]
mod recorded_tests;

pub use queue::LEVELS;
pub use stats::{Performance, Stats};
pub use tracker::Work;

use crate::errno::Errno;
use crate::why::NotPromoted;
use smq::Smq;

/// Direction of a bio's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dir {
    /// From the device.
    Read,
    /// To the device.
    Write,
}

/// What [`Policy::lookup`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookup {
    /// Where the block is cached.
    pub cblock: Option<u32>,
    /// The policy wanted a promotion: background work may be waiting, wake the migration worker.
    pub background_queued: bool,
    /// Of a miss: why no promotion is queued.
    pub not_promoted: Option<NotPromoted>,
}

/// What [`Policy::lookup_with_work`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupWithWork {
    /// Where the block is cached.
    pub cblock: Option<u32>,
    /// A promotion to start at once, to be ended with [`Policy::complete_background_work`].
    pub work: Option<Work>,
    /// Of a miss: why none is handed out.
    pub not_promoted: Option<NotPromoted>,
}

/// Why there is no background work, where the kernel says `ENODATA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWork {
    /// No dirty block waits.
    NothingDirty,
    /// Dirty blocks wait until the cache is idle.
    NotIdle,
    /// Dirty blocks wait behind sentinels, which only an idle cache passes, until these have moved.
    BehindSentinels {
        /// From when on one is ahead of them, nanoseconds since boot.
        until_ns: u64,
    },
    /// As much work is under way as the policy keeps at a time.
    TooMuch,
}

/// Name, version and hint size as the metadata keeps them; equality of name and major version gates the hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The name in superblock and status line; `default` calls itself `smq`.
    pub name: &'static str,
    /// Major, minor, patch level.
    pub version: [u32; 3],
    /// Bytes of hint per cache block.
    pub hint_size: u32,
}

/// A registered policy type (`struct dm_cache_policy_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyType {
    /// The word in a table line.
    pub word: &'static str,
    /// What a policy of this type calls itself.
    pub identity: Identity,
    mimics_mq: bool,
    is_cleaner: bool,
}

const fn policy_type(word: &'static str, name: &'static str, mimics_mq: bool, is_cleaner: bool) -> PolicyType {
    PolicyType { word, identity: Identity { name, version: [2, 0, 0], hint_size: 4 }, mimics_mq, is_cleaner }
}

/// All policy types of the kernel. Their names are matched to the letter.
pub const TYPES: [PolicyType; 4] = [
    policy_type("smq", "smq", false, false),
    policy_type("mq", "mq", true, false),
    policy_type("cleaner", "cleaner", false, true),
    policy_type("default", "smq", false, false),
];

/// A refusal, and what the kernel logs with it (complete lines).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error returned.
    pub errno: Errno,
    /// Log lines.
    pub log: Vec<String>,
}

/// A running policy (`struct dm_cache_policy`).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    kind: PolicyType,
    smq: Smq,
}

impl Policy {
    /// Creates a policy by its name in the table line (`dm_cache_policy_create`).
    ///
    /// `cache_blocks` is the cache's size in cache blocks, the others are sectors; `now_ns` is virtual time since boot.
    ///
    /// # Errors
    /// `EINVAL` and a log line for an unknown name; `ENOMEM` for a cache beyond 2^28 entries.
    pub fn create(name: &str, cache_blocks: u32, origin_sectors: u64, cache_block_sectors: u64, now_ns: u64) -> Result<Self, Refusal> {
        let Some(kind) = TYPES.iter().find(|t| t.word == name).copied() else {
            return Err(Refusal { errno: Errno::Inval, log: vec!["device-mapper: cache-policy: unknown policy type".into()] });
        };
        let smq = Smq::new(cache_blocks, origin_sectors, cache_block_sectors, kind.is_cleaner, now_ns)
            .map_err(|errno| Refusal { errno, log: Vec::new() })?;
        Ok(Self { kind, smq })
    }

    /// Name, version, hint size.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.kind.identity
    }

    /// Looks a block up on behalf of a bio, counts the hit or miss, and may queue a promotion or demotion.
    /// `fast_copy`: a promotion would cost no read from the origin.
    pub fn lookup(&mut self, oblock: u64, dir: Dir, fast_copy: bool) -> Lookup {
        self.smq.lookup(oblock, dir, fast_copy)
    }

    /// Like [`Self::lookup`], but a promotion is handed out instead of queued.
    pub fn lookup_with_work(&mut self, oblock: u64, dir: Dir, fast_copy: bool) -> LookupWithWork {
        self.smq.lookup_with_work(oblock, dir, fast_copy)
    }

    /// The next background work. `idle`: there is bandwidth to spare.
    ///
    /// # Errors
    /// Why there is none.
    pub fn get_background_work(&mut self, idle: bool) -> Result<Work, NoWork> {
        self.smq.get_background_work(idle)
    }

    /// Ends work from [`Self::get_background_work`] or [`Self::lookup_with_work`]. A promoted block starts out dirty; the caller
    /// says what it is right after.
    pub fn complete_background_work(&mut self, work: &Work, success: bool) {
        self.smq.complete_background_work(work, success);
    }

    /// The cache block differs from the origin now.
    pub fn set_dirty(&mut self, cblock: u32) {
        self.smq.set_dirty(cblock, true);
    }

    /// The cache block equals the origin now.
    pub fn clear_dirty(&mut self, cblock: u32) {
        self.smq.set_dirty(cblock, false);
    }

    /// Takes over a mapping from the metadata, with its hint if hints are valid.
    ///
    /// # Errors
    /// `EINVAL` for a cache block beyond the cache or loaded already.
    pub fn load_mapping(&mut self, oblock: u64, cblock: u32, dirty: bool, hint: Option<u32>) -> Result<(), Errno> {
        self.smq.load_mapping(oblock, cblock, dirty, hint)
    }

    /// Forgets a cache block.
    ///
    /// # Errors
    /// `ENODATA` when nothing is cached there.
    pub fn invalidate_mapping(&mut self, cblock: u32) -> Result<(), Errno> {
        self.smq.invalidate_mapping(cblock)
    }

    /// The hint to keep on disk: the block's level, 0 for a free one.
    #[must_use]
    pub fn get_hint(&self, cblock: u32) -> u32 {
        self.smq.hint(cblock)
    }

    /// Cache blocks in use, those reserved for promotions under way included.
    #[must_use]
    pub fn residency(&self) -> u32 {
        self.smq.cache_alloc.allocated
    }

    /// The heartbeat: from the one-second waker and from the end of bios that carry the tick.
    /// `can_block` makes no difference to smq.
    pub fn tick(&mut self, _can_block: bool, now_ns: u64) {
        self.smq.tick(now_ns);
    }

    /// Allows or forbids promotions and demotions.
    pub fn allow_migrations(&mut self, allow: bool) {
        self.smq.migrations_allowed = allow;
    }
}
