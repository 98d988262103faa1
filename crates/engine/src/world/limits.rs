//! What a run may take, and what this machine has less of than a real one.
//!
//! A run is limited in events, steps, work and memory. All are counted, never measured by a clock or an allocator, so that a script ends the
//! same way everywhere. Behind a limit background work rests and mapped devices fail what is sent to them: a write that fails and is tried
//! again for hours does not end otherwise, nor does a bio that a stack of tables multiplies.
//!
//! Linux takes memory for devices and tables as it goes and says ENOMEM when there is none; here the numbers are fixed. A line in the log
//! says which one it was.

use super::{Failure, World};
use crate::device::{Host, PAGE_SIZE, SECTOR_SIZE};
use crate::errno::Errno;
use crate::target::CACHE_BLOCKS_MAX;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Targets of all tables together, live and inactive.
pub const TARGETS_MAX: usize = 1 << 14;
/// Mapped devices.
pub const DEVICES_MAX: usize = 256;

/// What a run takes, or may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Events recorded.
    pub events: u64,
    /// Those that a timeline stops at.
    pub steps: u64,
    /// Turns of work: one for whatever is done once (a bio, a wake-up, a command, a turn of a loop) or looked at (a block, a buffer, a target,
    /// a device, a line), one for a sector moved ([`work_of_bytes`]), one for 16 bytes of text ([`work_of_text`]).
    pub work: u64,
    /// Bytes held: pages, each content once; events; text; cache blocks; bios under way.
    pub memory: u64,
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Usage::events`] of [`Usage::RUN`].
    Events,
    /// Its [`Usage::steps`].
    Steps,
    /// Its [`Usage::work`].
    Work,
    /// Its [`Usage::memory`].
    Memory,
    /// Whoever runs it has had enough ([`World::cancel_by`]).
    Cancelled,
}

impl Limit {
    /// What is said of a command that meets it.
    #[must_use]
    pub fn hang(self) -> String {
        if self == Self::Cancelled { "the run is interrupted".to_owned() } else { format!("the run takes {self}") }
    }
}

impl Usage {
    /// What a run may take, in all its worlds together.
    pub const RUN: Self = Self { events: 4_000_000, steps: 200_000, work: 16_000_000, memory: 512 << 20 };
    /// What a machine may take that nobody limits.
    pub const ANY: Self = Self { events: u64::MAX, steps: u64::MAX, work: u64::MAX, memory: u64::MAX };

    /// Which limit is passed.
    #[must_use]
    pub const fn beyond(self, most: Self) -> Option<Limit> {
        if self.memory > most.memory {
            Some(Limit::Memory)
        } else if self.work > most.work {
            Some(Limit::Work)
        } else if self.events > most.events {
            Some(Limit::Events)
        } else if self.steps > most.steps {
            Some(Limit::Steps)
        } else {
            None
        }
    }

    /// What is left of this for one who shares it with `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self {
            events: self.events.saturating_sub(others.events),
            steps: self.steps.saturating_sub(others.steps),
            work: self.work.saturating_sub(others.work),
            memory: self.memory.saturating_sub(others.memory),
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            events: a.events.saturating_add(b.events),
            steps: a.steps.saturating_add(b.steps),
            work: a.work.saturating_add(b.work),
            memory: a.memory.saturating_add(b.memory),
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => write!(f, "more than {} events", Usage::RUN.events),
            Self::Steps => write!(f, "more than {} steps", Usage::RUN.steps),
            Self::Work => write!(f, "more than {} million turns of work", Usage::RUN.work / 1_000_000),
            Self::Cancelled => f.write_str("interrupted"),
            Self::Memory => write!(f, "more than {} MiB of memory", Usage::RUN.memory >> 20),
        }
    }
}

/// Work of moving so many bytes.
#[must_use]
pub const fn work_of_bytes(bytes: u64) -> u64 {
    bytes.div_ceil(SECTOR_SIZE as u64)
}

/// Work of so many bytes of text, read, made or looked through.
#[must_use]
pub const fn work_of_text(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(16)
}

/// Bytes of an event: its own, and what disks and the View keep of it.
pub(super) const EVENT_BYTES: u64 = 96;
/// Bytes of a step of the timeline, with its sentence.
pub(super) const STEP_BYTES: u64 = 192;
/// Bytes of a page, with its place in the maps that hold it.
pub(super) const PAGE_BYTES: u64 = PAGE_SIZE as u64 + 128;
/// Bytes of a cache block: in its table, its policy, its metadata.
const CACHE_BLOCK_BYTES: u64 = 64;
/// Bytes of a bio, a copy or a job under way, and of what waits for it.
const UNDER_WAY_BYTES: u64 = 512;

impl World {
    /// What it has taken so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut taken = self.machine.taken;
        let under_way = self.flights.len() + self.parents.len() + self.copies.len() + self.requests.len() + self.sched.len();
        taken.memory += self.cache_blocks * CACHE_BLOCK_BYTES + under_way as u64 * UNDER_WAY_BYTES;
        taken
    }

    /// From now on it may take so much, what it has taken included.
    pub fn limit(&mut self, most: Usage) {
        self.machine.most = most;
    }

    /// Whoever holds the other end of this ends what is under way by setting it, as if a limit were passed.
    pub fn cancel_by(&mut self, flag: Arc<AtomicBool>) {
        self.machine.cancelled = Some(flag);
    }

    /// The limit that is passed.
    #[must_use]
    pub fn exceeded(&self) -> Option<Limit> {
        self.would_exceed(Usage::default())
    }

    /// Whether a limit is passed with so many `more` bios under way; it stays passed when they, which are failed for it, have ended.
    pub(super) fn reaches_a_limit(&mut self, more: usize) -> bool {
        let limit = self.would_exceed(Usage { memory: more as u64 * UNDER_WAY_BYTES, ..Usage::default() });
        self.machine.reached = self.machine.reached.or(limit);
        limit.is_some()
    }

    /// The limit that would be passed by so much more.
    #[must_use]
    pub fn would_exceed(&self, more: Usage) -> Option<Limit> {
        self.machine.reached().or_else(|| [self.usage(), more].into_iter().sum::<Usage>().beyond(self.machine.most))
    }

    /// Whether a program may use so much more: one that would pass a limit never comes back.
    ///
    /// # Errors
    /// [`Failure::Hang`] with the limit.
    pub fn allows(&self, more: Usage) -> Result<(), Failure> {
        self.would_exceed(more).map_or(Ok(()), |limit| Err(Failure::Hang(limit.hang())))
    }

    /// Counts work that the machine does not see.
    pub fn spend(&mut self, work: u64) {
        self.machine.spend(work);
    }

    /// Counts memory that the machine does not see: so many bytes are held from now on.
    pub fn hold(&mut self, bytes: u64) {
        self.machine.hold(bytes);
    }

    /// So many bytes that [`World::hold`] counted are free again.
    pub fn release(&mut self, bytes: u64) {
        self.machine.taken.memory = self.machine.taken.memory.saturating_sub(bytes);
    }

    /// Targets of all tables, live and inactive.
    #[must_use]
    pub fn targets(&self) -> usize {
        let tables = self.machine.mapper.devices.values().flat_map(|d| [&d.live, &d.inactive]);
        tables.flatten().map(|table| table.targets.len()).sum()
    }

    /// Cache blocks that another cache target may have.
    pub(super) fn cache_blocks_left(&self) -> u64 {
        let blocks: u64 = self.caches.iter().map(|slot| u64::from(slot.cache.most_blocks())).sum();
        CACHE_BLOCKS_MAX.saturating_sub(blocks)
    }

    /// Counts the cache blocks of all targets anew.
    pub(super) fn count_cache_blocks(&mut self) {
        self.cache_blocks = CACHE_BLOCKS_MAX.saturating_sub(self.cache_blocks_left());
    }

    /// Whether that many more targets fit; -ENOMEM and a log line if not.
    pub(super) fn check_targets(&mut self, more: usize) -> Result<(), Errno> {
        self.fits(self.targets().saturating_add(more) <= TARGETS_MAX, || format!("{TARGETS_MAX} targets in all tables"))
    }

    /// Whether one more mapped device fits; -ENOMEM and a log line if not.
    pub(super) fn check_devices(&mut self) -> Result<(), Errno> {
        self.fits(self.machine.mapper.devices.len() < DEVICES_MAX, || format!("{DEVICES_MAX} mapped devices"))
    }

    fn fits(&mut self, fits: bool, what: impl FnOnce() -> String) -> Result<(), Errno> {
        if fits {
            return Ok(());
        }
        self.machine.klog(format!("dm-cache-lab: no more than {}", what()));
        Err(Errno::NoMem)
    }
}
