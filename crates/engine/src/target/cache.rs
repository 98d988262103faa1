//! `struct cache`: one constructed cache target, and what may be seen of it.

use super::args::Features;
use super::batcher::Batcher;
use super::bitset::BitSet;
use super::env::{Bio, CacheTask, Env};
use super::migration::Migration;
use super::mode::Mode;
use super::prison::Prison;
use super::tracker::IoTracker;
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectId};
use crate::metadata::{Object, PolicyIdentity};
use crate::policy::Policy;
use crate::why::{NotPromoted, StaysDirty};
use std::collections::{BTreeMap, VecDeque};

/// Why a constructor failed: the errno and `ti->error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CtrError {
    /// What `TABLE_LOAD` returns.
    pub errno: Errno,
    /// `ti->error`, without prefix: `Insufficient args`.
    pub message: String,
}

/// The devices a target holds open, in the order opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Devices {
    /// Metadata device.
    pub metadata: DevNo,
    /// Fast device.
    pub cache: DevNo,
    /// Origin.
    pub origin: DevNo,
}

/// What the target tells the block layer (`cache_io_hints`), in sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoHints {
    /// `io_min` and `io_opt`: one cache block.
    pub io_opt_sectors: u64,
    /// Largest discard: the origin's with passdown, else 1024 discard blocks or the whole device.
    pub max_discard_sectors: u64,
    /// Discard granularity without passdown: one discard block. `None` with passdown: the origin's.
    pub discard_granularity_sectors: Option<u64>,
}

/// `struct cache_stats`. The first four are kept in the superblock; the others start at 0 with each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the kernel's counters")]
pub struct CacheStats {
    pub read_hits: u32,
    pub read_misses: u32,
    pub write_hits: u32,
    pub write_misses: u32,
    pub demotions: u32,
    pub promotions: u32,
    pub writebacks: u32,
    pub commits: u32,
    pub discards: u32,
}

/// One constructed cache target.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(super) id: CacheId,
    /// The mapped device whose table this target is in; names it in the log.
    pub(super) md: DevNo,
    pub(super) object: ObjectId,
    pub(super) devices: Devices,
    pub(super) features: Features,
    pub(super) mode: Mode,
    pub(super) block_sectors: u64,
    pub(super) origin_sectors: u64,
    pub(super) origin_blocks: u64,
    pub(super) cache_blocks: u32,
    /// As of construction: what its policy was made for.
    pub(super) built_blocks: u32,
    pub(super) discard_block_sectors: u64,
    pub(super) migration_threshold_sectors: u64,
    pub(super) policy: Policy,
    pub(super) dirty: BitSet,
    pub(super) nr_dirty: u32,
    pub(super) discards: BitSet,
    pub(super) stats: CacheStats,
    pub(super) prison: Prison,
    pub(super) origin_io: IoTracker,
    pub(super) batcher: Batcher,
    pub(super) migrations: BTreeMap<u64, Migration>,
    pub(super) next_migration: u64,
    /// Migrations that copy by kcopyd (`nr_io_migrations`).
    pub(super) io_migrations: u32,
    pub(super) background_prevented: bool,
    /// A passthrough write went back to the device itself (`Kernel::passthrough_write_goes_round`).
    pub(super) went_round: bool,
    pub(super) deferred: VecDeque<Box<Bio>>,
    pub(super) deferred_queued: bool,
    pub(super) migrations_queued: bool,
    pub(super) need_tick_bio: bool,
    pub(super) stays_dirty: Option<StaysDirty>,
    /// The last miss, unless a promotion was queued for it.
    pub(super) not_promoted: Option<(u64, NotPromoted)>,
    pub(super) sized: bool,
    pub(super) loaded_mappings: bool,
    pub(super) loaded_discards: bool,
    pub(super) pairs: BTreeMap<u64, super::map::Pair>,
    pub(super) next_pair: u64,
    /// The table's own words from the block size on, for the TABLE status.
    pub(super) ctr_words: Vec<String>,
}

impl Cache {
    /// Duplicates of an empty flush the core sends (`ti->num_flush_bios`), told apart by [`super::env::BioTag::req_nr`].
    pub const NUM_FLUSH_BIOS: u32 = 2;
    /// `ti->num_discard_bios`. Discards are not split at [`Cache::max_io_len`].
    pub const NUM_DISCARD_BIOS: u32 = 1;

    /// The bios that wait in it.
    pub fn bios(&self) -> impl Iterator<Item = &Bio> {
        self.deferred.iter().map(|bio| &**bio).chain(self.prison.cells().flat_map(|(_, cell)| &cell.waiting))
    }

    /// Migrations, cells and pairs of bios under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.migrations.len() + self.prison.cells().count() + self.pairs.len()
    }

    /// A task asked for with [`Env::schedule`] is due.
    pub fn run(&mut self, env: &mut dyn Env, task: CacheTask) {
        match task {
            CacheTask::DeferredBios => self.process_deferred_bios(env),
            CacheTask::Migrations => self.check_migrations(env),
            CacheTask::Commit => self.commit_batch(env),
            CacheTask::Waker => self.do_waker(env),
            CacheTask::Migration(id) => self.continue_migration(env, id),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> CacheId {
        self.id
    }

    /// The metadata object it holds a reference to.
    #[must_use]
    pub fn object(&self) -> ObjectId {
        self.object
    }

    /// The devices it holds open.
    #[must_use]
    pub fn devices(&self) -> Devices {
        self.devices
    }

    /// `ti->max_io_len`, in sectors: reads and writes are split at multiples of it.
    #[must_use]
    pub fn max_io_len(&self) -> u64 {
        self.block_sectors
    }

    /// Cache blocks, as of construction or the last resume.
    #[must_use]
    pub fn cache_blocks(&self) -> u32 {
        self.cache_blocks
    }

    /// The most cache blocks that it had since it was built: what it takes of the machine's memory.
    #[must_use]
    pub fn most_blocks(&self) -> u32 {
        self.cache_blocks.max(self.built_blocks)
    }

    /// Discard blocks of the origin.
    #[must_use]
    pub fn discard_blocks(&self) -> u64 {
        self.discards.len()
    }

    /// Whole blocks of the origin.
    #[must_use]
    pub fn origin_blocks(&self) -> u64 {
        self.origin_blocks
    }

    /// Size of a discard block in sectors.
    #[must_use]
    pub fn discard_block_sectors(&self) -> u64 {
        self.discard_block_sectors
    }

    /// What the table asked for (passdown as it is after the origin was asked).
    #[must_use]
    pub fn features(&self) -> Features {
        self.features
    }

    /// Write, read-only or fail.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The policy, to be looked into.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Dirty bits by cache block.
    #[must_use]
    pub fn dirty(&self) -> &BitSet {
        &self.dirty
    }

    /// Number of dirty blocks, as the status line has it.
    #[must_use]
    pub fn nr_dirty(&self) -> u32 {
        self.nr_dirty
    }

    /// Discard bits by discard block.
    #[must_use]
    pub fn discards(&self) -> &BitSet {
        &self.discards
    }

    /// Counters.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.stats
    }

    /// Why dirty blocks stay dirty, if that was decided when last looked at.
    #[must_use]
    pub fn stays_dirty(&self) -> Option<StaysDirty> {
        self.stays_dirty
    }

    /// The origin block of the last miss and why it is not promoted, if it is not.
    #[must_use]
    pub fn not_promoted(&self) -> Option<(u64, NotPromoted)> {
        self.not_promoted
    }

    /// Migrations and invalidations under way, oldest first.
    pub fn migrations(&self) -> impl Iterator<Item = &Migration> {
        self.migrations.values()
    }

    /// The locks on origin blocks.
    #[must_use]
    pub fn prison(&self) -> &Prison {
        &self.prison
    }

    /// Sectors under way to the origin, and since when there are none.
    #[must_use]
    pub fn origin_io(&self) -> &IoTracker {
        &self.origin_io
    }

    /// Bios the worker has not looked at yet.
    #[must_use]
    pub fn deferred_bios(&self) -> usize {
        self.deferred.len()
    }

    /// Mapped cache blocks with their origin block and dirty bit, ascending.
    pub fn mappings(&self) -> impl Iterator<Item = (u32, u64, bool)> + '_ {
        (0..u32::try_from(self.dirty.len()).unwrap_or(u32::MAX)).filter_map(|cblock| {
            let oblock = self.policy.block(cblock)?.oblock;
            // A block reserved for a promotion under way is not mapped yet.
            (self.policy.peek(oblock) == Some(cblock)).then(|| (cblock, oblock, self.is_dirty(cblock)))
        })
    }

    // ---- helpers of the whole room

    pub(super) fn log(&self, env: &mut dyn Env, text: &str) {
        let line = format!("device-mapper: cache: {}: {text}", self.md);
        env.host().klog(line);
    }

    pub(super) fn event(env: &mut dyn Env, make: impl FnOnce() -> Event) {
        let host = env.host();
        if host.listening() {
            host.event(make());
        }
    }

    pub(super) fn tell_stats(&self, env: &mut dyn Env) {
        Self::event(env, || Event::Stats {
            cache: self.id,
            read_hits: self.stats.read_hits,
            read_misses: self.stats.read_misses,
            write_hits: self.stats.write_hits,
            write_misses: self.stats.write_misses,
            demotions: self.stats.demotions,
            promotions: self.stats.promotions,
        });
    }

    /// One operation on the metadata object.
    pub(super) fn metadata<R>(
        &self,
        env: &mut dyn Env,
        operation: impl FnOnce(&mut Object, &mut dyn Host) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let (registry, host) = env.metadata();
        match registry.object_mut(self.object) {
            Some(object) => operation(object, host),
            None => Err(Errno::Inval),
        }
    }

    pub(super) fn policy_identity(&self) -> PolicyIdentity {
        let identity = self.policy.identity();
        PolicyIdentity { name: identity.name.to_owned(), version: identity.version, hint_size: identity.hint_size }
    }

    /// Says why dirty blocks stay dirty, or that work goes on, where that has changed.
    pub(super) fn tell_stays_dirty(&mut self, env: &mut dyn Env, why: Option<StaysDirty>) {
        if self.stays_dirty != why {
            self.stays_dirty = why;
            Self::event(env, || Event::StaysDirty { cache: self.id, why: why.map(Box::new) });
        }
    }

    // ---- dirty bits

    pub(super) fn is_dirty(&self, cblock: u32) -> bool {
        self.dirty.get(cblock.into())
    }

    fn tell_dirty(&self, env: &mut dyn Env, cblock: u32, dirty: bool) {
        Self::event(env, || Event::DirtySet { cache: self.id, cblock, dirty });
    }

    /// `set_dirty`: tells the policy only of a change.
    pub(super) fn set_dirty(&mut self, env: &mut dyn Env, cblock: u32) {
        if !self.dirty.set(cblock.into(), true) {
            self.nr_dirty += 1;
            self.policy.set_dirty(cblock);
            self.tell_dirty(env, cblock, true);
        }
    }

    /// `force_set_dirty`: tells the policy in any case.
    pub(super) fn force_set_dirty(&mut self, env: &mut dyn Env, cblock: u32) {
        if !self.dirty.set(cblock.into(), true) {
            self.nr_dirty += 1;
            self.tell_dirty(env, cblock, true);
        }
        self.policy.set_dirty(cblock);
    }

    /// `force_clear_dirty`: raises an event when the last dirty block becomes clean.
    pub(super) fn force_clear_dirty(&mut self, env: &mut dyn Env, cblock: u32) {
        if self.dirty.set(cblock.into(), false) {
            self.nr_dirty = self.nr_dirty.saturating_sub(1);
            self.tell_dirty(env, cblock, false);
            if self.nr_dirty == 0 {
                env.raise_event(self.id);
            }
        }
        self.policy.clear_dirty(cblock);
    }
}
