//! Bios: where each goes, and what happens at its end: `docs/target-and-policies.md#bios`.

use super::args::IoMode;
use super::cache::Cache;
use super::env::{BIO_TOKEN, Bio, BioOp, CacheTask, Done, Env, Mapped};
use super::prison::LockLevel;
use crate::errno::Errno;
use crate::event::Event;
use crate::policy::Dir;
use crate::why::NotPromoted;

/// Marks the token of the clone that goes to the origin in writethrough mode.
const CLONE_TOKEN: u64 = 1 << 63;

/// A write that goes to origin and cache at once; it ends when both have ended, with the first error.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    result: Option<Errno>,
    /// The upper bio, once its own half has ended.
    waiting: Option<Box<Bio>>,
    clone_ended: bool,
}

impl Cache {
    /// `cache_map`. Reads and writes lie within one cache block (see [`Cache::max_io_len`]), flushes are empty, and a FUA write
    /// has no preflush. The sector is that of the mapped device: like Linux's, this target does not take off where it begins.
    pub fn map(&mut self, env: &mut dyn Env, mut bio: Box<Bio>) -> Mapped {
        let req_nr = bio.tag.req_nr;
        bio.tag = super::env::BioTag { req_nr, ..Default::default() };
        let oblock = bio.sector / self.block_sectors;
        if oblock >= self.origin_blocks && !matches!(bio.op, BioOp::Flush) {
            if bio.op != BioOp::Discard {
                self.tell_behind_last_block(env, oblock);
            }
            self.account_begin(&mut bio);
            return Mapped::Remapped { dev: self.devices.origin, bio };
        }
        if matches!(bio.op, BioOp::Flush | BioOp::Discard) {
            self.defer(env, bio);
            return Mapped::Submitted;
        }
        let mut commit_needed = false;
        let mapped = self.map_bio(env, bio, &mut commit_needed);
        if commit_needed {
            self.schedule_commit(env);
        }
        mapped
    }

    /// A bio submitted with [`Done::Cache`] has ended.
    pub fn bio_done(&mut self, env: &mut dyn Env, token: u64, bio: Box<Bio>, result: Result<(), Errno>) {
        if token & CLONE_TOKEN != 0 {
            self.pair_clone_done(env, token & !CLONE_TOKEN, result);
        } else if token != BIO_TOKEN {
            self.overwrite_done(env, token, bio, result);
        } else if let Some(pair) = bio.tag.pair {
            self.pair_bio_done(env, pair, bio, result);
        } else {
            self.end_bio(env, bio, result);
        }
    }

    // ---- deferred bios

    pub(super) fn defer(&mut self, env: &mut dyn Env, bio: Box<Bio>) {
        self.deferred.push_back(bio);
        self.wake_deferred_bio_worker(env);
    }

    pub(super) fn defer_all(&mut self, env: &mut dyn Env, bios: Vec<Bio>) {
        if !bios.is_empty() {
            self.deferred.extend(bios.into_iter().map(Box::new));
            self.wake_deferred_bio_worker(env);
        }
    }

    fn wake_deferred_bio_worker(&mut self, env: &mut dyn Env) {
        if !self.deferred_queued {
            self.deferred_queued = true;
            env.schedule(self.id, CacheTask::DeferredBios, 0);
        }
    }

    /// `process_deferred_bios`.
    pub(super) fn process_deferred_bios(&mut self, env: &mut dyn Env) {
        self.deferred_queued = false;
        let mut commit_needed = false;
        for bio in std::mem::take(&mut self.deferred) {
            match bio.op {
                BioOp::Flush => {
                    let dev = if bio.tag.req_nr == 0 { self.devices.origin } else { self.devices.cache };
                    self.issue_after_commit(env, dev, bio);
                    commit_needed = true;
                }
                BioOp::Discard => self.process_discard_bio(env, bio),
                BioOp::Read | BioOp::Write => {
                    if let Mapped::Remapped { dev, bio } = self.map_bio(env, bio, &mut commit_needed) {
                        env.submit(dev, bio, Done::Cache(self.id, BIO_TOKEN));
                    }
                }
            }
        }
        if commit_needed {
            self.schedule_commit(env);
        }
    }

    // ---- one bio

    /// `bio_detain_shared`: true if the bio now shares the lock of its block.
    pub(super) fn detain_shared(&mut self, oblock: u64, bio: &mut Bio) -> bool {
        let level = if bio.op == BioOp::Write { LockLevel::Write } else { LockLevel::ReadWrite };
        let shares = self.prison.get(oblock, level);
        if shares {
            bio.tag.cell = Some(oblock);
        }
        shares
    }

    pub(super) fn drop_shared(&mut self, env: &mut dyn Env, bio: &mut Bio) {
        if let Some(oblock) = bio.tag.cell.take()
            && let Some(migration) = self.prison.put(oblock)
        {
            self.queue_continuation(env, migration);
        }
    }

    /// `optimisable_bio`: a promotion for it needs no copy.
    pub(super) fn is_optimisable(&self, bio: &Bio, oblock: u64) -> bool {
        self.features.io_mode == IoMode::Writeback
            && (self.is_discarded(oblock) || (bio.op == BioOp::Write && bio.sectors == self.block_sectors))
    }

    /// `map_bio`.
    fn map_bio(&mut self, env: &mut dyn Env, mut bio: Box<Bio>, commit_needed: &mut bool) -> Mapped {
        let oblock = bio.sector / self.block_sectors;
        if !self.detain_shared(oblock, &mut bio) {
            // A commit may be what the holder of the exclusive lock waits for.
            self.prison.wait(oblock, *bio);
            *commit_needed = true;
            return Mapped::Submitted;
        }

        let write = bio.op == BioOp::Write;
        let dir = if write { Dir::Write } else { Dir::Read };
        let (cblock, not_promoted) = if self.is_optimisable(&bio, oblock) {
            let found = self.policy.lookup_with_work(oblock, dir, true);
            if let (None, Some(work)) = (found.cblock, found.work) {
                self.drop_shared(env, &mut bio);
                self.start_migration(env, work, Some(bio));
                return Mapped::Submitted;
            }
            (found.cblock, found.not_promoted)
        } else {
            let found = self.policy.lookup(oblock, dir, false);
            if found.background_queued {
                self.wake_migration_worker(env);
            }
            (found.cblock, found.not_promoted)
        };
        if cblock.is_none() {
            self.not_promoted = not_promoted.map(|why| (oblock, why));
        }

        self.count(env, write, cblock.is_some());
        Self::event(env, || Event::BioMapped { cache: self.id, oblock, cblock, write, hit: cblock.is_some(), not_promoted });
        let dev = match cblock {
            None => {
                self.account_begin(&mut bio);
                self.pass_to_origin(env, &mut bio, oblock);
                self.devices.origin
            }
            Some(cblock) => match self.features.io_mode {
                IoMode::Passthrough if write => {
                    self.drop_shared(env, &mut bio);
                    self.stats.demotions = self.stats.demotions.wrapping_add(1);
                    self.tell_stats(env);
                    self.start_invalidation(env, cblock, oblock, bio);
                    return Mapped::Submitted;
                }
                IoMode::Passthrough => {
                    self.pass_to_origin(env, &mut bio, oblock);
                    self.devices.origin
                }
                IoMode::Writethrough if write && !self.is_dirty(cblock) => {
                    self.write_origin_too(env, &mut bio, oblock);
                    self.place_in_cache(&mut bio, cblock);
                    self.account_begin(&mut bio);
                    self.devices.cache
                }
                IoMode::Writethrough | IoMode::Writeback => {
                    self.take_tick(&mut bio);
                    self.place_in_cache(&mut bio, cblock);
                    if write {
                        self.set_dirty(env, cblock);
                        self.clear_discard(env, oblock);
                    }
                    self.devices.cache
                }
            },
        };

        if bio.fua {
            // Issued behind a commit, which counts it a second time.
            self.account_end(env, &mut bio);
            self.issue_after_commit(env, dev, bio);
            *commit_needed = true;
            return Mapped::Submitted;
        }
        Mapped::Remapped { dev, bio }
    }

    /// A bio behind the last whole block: the policy never hears of it.
    fn tell_behind_last_block(&mut self, env: &mut dyn Env, oblock: u64) {
        let why = NotPromoted::BehindLastBlock;
        if self.not_promoted != Some((oblock, why)) {
            self.not_promoted = Some((oblock, why));
            Self::event(env, || Event::NotPromoted { cache: self.id, oblock, why });
        }
    }

    fn count(&mut self, env: &mut dyn Env, write: bool, hit: bool) {
        let counter = match (write, hit) {
            (false, true) => &mut self.stats.read_hits,
            (false, false) => &mut self.stats.read_misses,
            (true, true) => &mut self.stats.write_hits,
            (true, false) => &mut self.stats.write_misses,
        };
        *counter = counter.wrapping_add(1);
        self.tell_stats(env);
    }

    /// `check_if_tick_bio_needed`: one bio at a time carries the policy's tick.
    fn take_tick(&mut self, bio: &mut Bio) {
        if self.need_tick_bio && !bio.fua && !bio.preflush {
            bio.tag.tick = true;
            self.need_tick_bio = false;
        }
    }

    /// `remap_to_origin_clear_discard`.
    pub(super) fn pass_to_origin(&mut self, env: &mut dyn Env, bio: &mut Bio, oblock: u64) {
        self.take_tick(bio);
        if bio.op == BioOp::Write {
            self.clear_discard(env, oblock);
        }
    }

    /// `remap_to_cache`.
    pub(super) fn place_in_cache(&self, bio: &mut Bio, cblock: u32) {
        bio.sector = u64::from(cblock) * self.block_sectors + bio.sector % self.block_sectors;
    }

    /// The origin's half of `remap_to_origin_and_cache`.
    fn write_origin_too(&mut self, env: &mut dyn Env, bio: &mut Bio, oblock: u64) {
        let pair = self.next_pair;
        self.next_pair += 1;
        self.pairs.insert(pair, Pair::default());
        bio.tag.pair = Some(pair);
        self.clear_discard(env, oblock);
        let mut clone = Box::new(bio.clone());
        clone.id = env.host().fresh_id();
        clone.tag = Default::default();
        env.submit(self.devices.origin, clone, Done::Cache(self.id, CLONE_TOKEN | pair));
    }

    fn pair_clone_done(&mut self, env: &mut dyn Env, pair: u64, result: Result<(), Errno>) {
        let Some(state) = self.pairs.get_mut(&pair) else { return };
        state.result = state.result.or(result.err());
        state.clone_ended = true;
        if let Some(bio) = state.waiting.take() {
            let result = state.result.map_or(Ok(()), Err);
            self.pairs.remove(&pair);
            self.end_bio(env, bio, result);
        }
    }

    fn pair_bio_done(&mut self, env: &mut dyn Env, pair: u64, bio: Box<Bio>, result: Result<(), Errno>) {
        let Some(state) = self.pairs.get_mut(&pair) else { return self.end_bio(env, bio, result) };
        state.result = state.result.or(result.err());
        if !state.clone_ended {
            state.waiting = Some(bio);
            return;
        }
        let result = state.result.map_or(Ok(()), Err);
        self.pairs.remove(&pair);
        self.end_bio(env, bio, result);
    }

    // ---- the end

    /// `accounted_begin`.
    pub(super) fn account_begin(&mut self, bio: &mut Bio) {
        if bio.op != BioOp::Discard {
            bio.tag.tracked = bio.sectors;
            self.origin_io.begin(bio.sectors);
        }
    }

    fn account_end(&mut self, env: &mut dyn Env, bio: &mut Bio) {
        let sectors = std::mem::take(&mut bio.tag.tracked);
        if sectors > 0 {
            self.origin_io.end(sectors, env.now_ns());
        }
    }

    /// `cache_end_io`, then the bio goes up.
    pub(super) fn end_bio(&mut self, env: &mut dyn Env, mut bio: Box<Bio>, result: Result<(), Errno>) {
        if std::mem::take(&mut bio.tag.tick) {
            let now = env.now_ns();
            self.policy.tick(false, now);
            self.need_tick_bio = true;
        }
        self.drop_shared(env, &mut bio);
        self.account_end(env, &mut bio);
        if let Some(pair) = bio.tag.pair {
            self.pairs.remove(&pair);
        }
        env.end_bio(bio, result);
    }
}
