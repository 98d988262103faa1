//! Migrations: promote, demote and write back for the policy, invalidate for passthrough writes.
//! `docs/target-and-policies.md#migrations`
//!
//! Each is a small state machine. Its next step runs when its lock is quiet, its copy has ended or its commit is done.

use super::args::IoMode;
use super::cache::Cache;
use super::env::{BIO_TOKEN, Bio, CacheTask, Done, Env};
use super::prison::LockLevel;
use crate::errno::Errno;
use crate::event::{Event, WorkOp};
use crate::policy::{NoWork, Work};
use crate::why::{NotIdle, NotPromoted, StaysDirty};

/// What a migration does when it goes on; named after the kernel's continuations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `mg_copy`: writers have left.
    Copy,
    /// `mg_upgrade_lock`: the copy has ended.
    UpgradeLock,
    /// `mg_update_metadata`: readers have left too.
    UpdateMetadata,
    /// `mg_update_metadata_after_copy`: the overwriting bio has ended.
    UpdateMetadataAfterCopy,
    /// `mg_success`: the commit after a demotion is done.
    Success,
    /// `invalidate_remove`: the block is locked.
    InvalidateRemove,
    /// `invalidate_completed`: its commit is done.
    InvalidateCompleted,
}

/// One migration or invalidation under way (`struct dm_cache_migration`).
#[derive(Debug, Clone)]
pub struct Migration {
    /// Number within its cache, from 1.
    pub id: u64,
    /// What the policy asked for; `None` for an invalidation.
    pub op: Option<WorkOp>,
    /// Origin block.
    pub oblock: u64,
    /// Cache block.
    pub cblock: u32,
    /// What it does when it goes on.
    pub step: Step,
    /// The bio whose data makes a copy needless, or the write that invalidates.
    pub overwrite_bio: Option<Box<Bio>>,
    /// The result handed to the next step (`k.input`).
    pub input: Option<Errno>,
    holds_cell: bool,
}

impl Migration {
    fn work(&self) -> Option<Work> {
        self.op.map(|op| Work { op, oblock: self.oblock, cblock: self.cblock })
    }
}

impl Cache {
    /// `wake_migration_worker`: never in passthrough mode.
    pub(super) fn wake_migration_worker(&mut self, env: &mut dyn Env) {
        if self.features.io_mode != IoMode::Passthrough && !self.migrations_queued {
            self.migrations_queued = true;
            env.schedule(self.id, CacheTask::Migrations, 0);
        }
    }

    /// `check_migrations`: starts whatever the policy wants done.
    pub(super) fn check_migrations(&mut self, env: &mut dyn Env) {
        self.migrations_queued = false;
        loop {
            let not_idle = self.not_idle(env.now_ns());
            match self.policy.get_background_work(not_idle.is_none()) {
                Ok(work) if self.start_migration(env, work, None) => {}
                Ok(_) => break,
                Err(none) => {
                    self.tell_no_work(env, none, not_idle);
                    break;
                }
            }
        }
    }

    /// Why there is no bandwidth to spare (`spare_migration_bandwidth`); none: there is.
    fn not_idle(&self, now_ns: u64) -> Option<NotIdle> {
        let volume = u64::from(self.io_migrations + 1) * self.block_sectors;
        let threshold = (volume > self.migration_threshold_sectors).then_some(NotIdle::Threshold {
            migrations: self.io_migrations,
            chunk_sectors: u32::try_from(self.block_sectors).unwrap_or(u32::MAX),
            threshold_sectors: self.migration_threshold_sectors,
        });
        // What holds for good comes first, what passes with the migrations under way last.
        let origin = (!self.origin_io.idle_for_a_second(now_ns)).then_some(NotIdle::OriginIo);
        if self.io_migrations == 0 { threshold.or(origin) } else { origin.or(threshold) }
    }

    /// Says what the policy's having no work means for dirty blocks. While some are written back, that is no standstill.
    fn tell_no_work(&mut self, env: &mut dyn Env, none: NoWork, not_idle: Option<NotIdle>) {
        let why = match (none, not_idle) {
            (NoWork::NotIdle, Some(because)) => StaysDirty::NotIdle(because),
            (NoWork::BehindSentinels { until_ns }, Some(because)) => StaysDirty::BehindSentinels { because, until_ns },
            _ => return,
        };
        let writes_back = || self.migrations.values().any(|m| m.op == Some(WorkOp::Writeback));
        if self.stays_dirty != Some(why) && !writes_back() {
            self.tell_stays_dirty(env, Some(why));
        }
    }

    /// `queue_continuation`: the step runs in the workqueue.
    pub(super) fn queue_continuation(&mut self, env: &mut dyn Env, migration: u64) {
        env.schedule(self.id, CacheTask::Migration(migration), 0);
    }

    fn insert_migration(&mut self, op: Option<WorkOp>, oblock: u64, cblock: u32, step: Step, bio: Option<Box<Bio>>) -> u64 {
        let id = self.next_migration;
        self.next_migration += 1;
        self.migrations.insert(id, Migration { id, op, oblock, cblock, step, overwrite_bio: bio, input: None, holds_cell: false });
        id
    }

    /// `mg_start` and `mg_lock_writes`: false if no more work should be started now.
    pub(super) fn start_migration(&mut self, env: &mut dyn Env, work: Work, bio: Option<Box<Bio>>) -> bool {
        if self.background_prevented {
            self.policy.complete_background_work(&work, false);
            if let Some(bio) = bio {
                self.end_bio(env, bio, Err(Errno::Io));
            }
            return false;
        }
        if bio.is_none() {
            self.io_migrations += 1;
        }
        // Readers may stay while a block is copied; an overwriting bio locks them out at once.
        let level = if bio.is_some() { LockLevel::ReadWrite } else { LockLevel::Write };
        let id = self.insert_migration(Some(work.op), work.oblock, work.cblock, Step::Copy, bio);
        Self::event(env, || Event::MigrationStarted { cache: self.id, op: work.op, oblock: work.oblock, cblock: work.cblock });
        if work.op == WorkOp::Promote {
            self.not_promoted = self.not_promoted.filter(|(oblock, _)| *oblock != work.oblock);
        }
        if work.op == WorkOp::Writeback && !matches!(self.stays_dirty, Some(StaysDirty::Failed { .. })) {
            self.tell_stays_dirty(env, None);
        }
        match self.prison.lock(work.oblock, level) {
            Err(_) => {
                self.complete_migration(env, id, false);
                false
            }
            Ok(must_wait) => {
                self.hold_cell(id);
                if must_wait {
                    self.prison.quiesce(work.oblock, id);
                } else {
                    self.copy_or_overwrite(env, id);
                }
                true
            }
        }
    }

    fn hold_cell(&mut self, id: u64) {
        if let Some(m) = self.migrations.get_mut(&id) {
            m.holds_cell = true;
        }
    }

    fn set_step(&mut self, id: u64, step: Step) {
        if let Some(m) = self.migrations.get_mut(&id) {
            m.step = step;
        }
    }

    /// A queued continuation.
    pub(super) fn continue_migration(&mut self, env: &mut dyn Env, id: u64) {
        let Some(m) = self.migrations.get(&id) else { return };
        let failed = m.input.is_some();
        match m.step {
            Step::Copy => self.copy_or_overwrite(env, id),
            Step::UpgradeLock if failed => self.complete_migration(env, id, false),
            Step::UpgradeLock => self.upgrade_lock(env, id),
            Step::UpdateMetadataAfterCopy if failed => self.complete_migration(env, id, false),
            Step::UpdateMetadataAfterCopy | Step::UpdateMetadata => self.update_metadata(env, id),
            Step::Success => self.complete_migration(env, id, !failed),
            Step::InvalidateRemove => self.invalidate_remove(env, id),
            Step::InvalidateCompleted => self.complete_invalidation(env, id, !failed),
        }
    }

    /// `mg_copy`.
    fn copy_or_overwrite(&mut self, env: &mut dyn Env, id: u64) {
        let Some(m) = self.migrations.get_mut(&id) else { return };
        let (oblock, cblock, promote) = (m.oblock, m.cblock, m.op == Some(WorkOp::Promote));
        let Some(mut bio) = m.overwrite_bio.take() else { return self.full_copy(env, id) };
        if self.is_optimisable(&bio, oblock) {
            self.set_step(id, Step::UpdateMetadataAfterCopy);
            let dev = if promote {
                self.place_in_cache(&mut bio, cblock);
                self.devices.cache
            } else {
                self.devices.origin
            };
            self.account_begin(&mut bio);
            env.submit(dev, bio, Done::Cache(self.id, id));
        } else {
            // The block is no longer discarded: copy it, and let the bio wait behind the lock.
            self.prison.wait(oblock, *bio);
            self.io_migrations += 1;
            self.full_copy(env, id);
        }
    }

    /// `overwrite_endio`.
    pub(super) fn overwrite_done(&mut self, env: &mut dyn Env, id: u64, bio: Box<Bio>, result: Result<(), Errno>) {
        let Some(m) = self.migrations.get_mut(&id) else { return self.end_bio(env, bio, result) };
        m.overwrite_bio = Some(bio);
        m.input = result.err();
        self.tell_copied(env, id);
        self.queue_continuation(env, id);
    }

    /// `mg_full_copy`: nothing is copied for a clean block on its way out, nor for a discarded one.
    fn full_copy(&mut self, env: &mut dyn Env, id: u64) {
        let Some(m) = self.migrations.get(&id) else { return };
        let (oblock, cblock, promote) = (m.oblock, m.cblock, m.op == Some(WorkOp::Promote));
        if (!promote && !self.is_dirty(cblock)) || self.is_discarded(oblock) {
            return self.upgrade_lock(env, id);
        }
        self.set_step(id, Step::UpgradeLock);
        let origin = (self.devices.origin, oblock * self.block_sectors);
        let cache = (self.devices.cache, u64::from(cblock) * self.block_sectors);
        let (from, to) = if promote { (origin, cache) } else { (cache, origin) };
        env.copy(from, to, self.block_sectors, Done::Cache(self.id, id));
    }

    /// A copy asked for with [`Env::copy`] has ended (`copy_complete`).
    pub fn copy_done(&mut self, env: &mut dyn Env, token: u64, result: Result<(), Errno>) {
        let Some(m) = self.migrations.get_mut(&token) else { return };
        m.input = result.err().map(|_| Errno::Io);
        self.tell_copied(env, token);
        self.queue_continuation(env, token);
    }

    fn tell_copied(&self, env: &mut dyn Env, id: u64) {
        if let Some(Work { op, oblock, cblock }) = self.migrations.get(&id).and_then(Migration::work) {
            Self::event(env, || Event::MigrationCopied { cache: self.id, op, oblock, cblock });
        }
    }

    /// `mg_upgrade_lock`: now readers must leave too.
    fn upgrade_lock(&mut self, env: &mut dyn Env, id: u64) {
        let Some(m) = self.migrations.get_mut(&id) else { return };
        m.step = Step::UpdateMetadata;
        let oblock = m.oblock;
        if self.prison.promote(oblock, LockLevel::ReadWrite) {
            self.prison.quiesce(oblock, id);
        } else {
            self.update_metadata(env, id);
        }
    }

    /// `mg_update_metadata`.
    fn update_metadata(&mut self, env: &mut dyn Env, id: u64) {
        let Some(Work { op, oblock, cblock }) = self.migrations.get(&id).and_then(Migration::work) else { return };
        match op {
            WorkOp::Promote => {
                let inserted = self.metadata(env, |object, host| object.insert_mapping(host, cblock, oblock));
                if let Err(errno) = inserted {
                    self.log(env, "migration failed; couldn't insert mapping");
                    self.metadata_operation_failed(env, "dm_cache_insert_mapping", errno);
                }
                self.complete_migration(env, id, inserted.is_ok());
            }
            WorkOp::Demote => {
                let removed = self.metadata(env, |object, host| object.remove_mapping(host, cblock));
                if let Err(errno) = removed {
                    self.log(env, "migration failed; couldn't update on disk metadata");
                    self.metadata_operation_failed(env, "dm_cache_remove_mapping", errno);
                    return self.complete_migration(env, id, false);
                }
                // The cache block must not be used again while a committed mapping names it.
                Self::event(env, || Event::DemotionWaits { cache: self.id, oblock, cblock });
                self.set_step(id, Step::Success);
                self.continue_after_commit(env, id);
                self.schedule_commit(env);
            }
            WorkOp::Writeback => self.complete_migration(env, id, true),
        }
    }

    /// `mg_complete`.
    fn complete_migration(&mut self, env: &mut dyn Env, id: u64, success: bool) {
        let Some(m) = self.migrations.remove(&id) else { return };
        let Some(work) = m.work() else { return };
        let Work { op, oblock, cblock } = work;
        if success {
            let counter = match op {
                WorkOp::Promote => &mut self.stats.promotions,
                WorkOp::Demote => &mut self.stats.demotions,
                WorkOp::Writeback => &mut self.stats.writebacks,
            };
            *counter = counter.wrapping_add(1);
            self.tell_stats(env);
        }
        match op {
            WorkOp::Promote => {
                self.clear_discard(env, oblock);
                self.policy.complete_background_work(&work, success);
                self.not_promoted = match success {
                    true => self.not_promoted.filter(|(block, _)| *block != oblock),
                    false => Some((oblock, NotPromoted::Failed)),
                };
                if success {
                    Self::event(env, || Event::MappingAdded { cache: self.id, cblock, oblock, dirty: self.is_dirty(cblock) });
                }
                if let Some(bio) = m.overwrite_bio {
                    if success {
                        self.force_set_dirty(env, cblock);
                    }
                    let result = if success { Ok(()) } else { Err(m.input.unwrap_or(Errno::Io)) };
                    self.end_bio(env, bio, result);
                } else {
                    if success {
                        self.force_clear_dirty(env, cblock);
                    }
                    self.io_migrations = self.io_migrations.saturating_sub(1);
                }
            }
            WorkOp::Demote | WorkOp::Writeback => {
                if success {
                    self.force_clear_dirty(env, cblock);
                    self.tell_stays_dirty(env, None);
                } else if op == WorkOp::Writeback {
                    self.tell_stays_dirty(env, Some(StaysDirty::Failed { cblock }));
                }
                self.policy.complete_background_work(&work, success);
                if success && op == WorkOp::Demote {
                    Self::event(env, || Event::MappingRemoved { cache: self.id, cblock, oblock });
                }
                self.io_migrations = self.io_migrations.saturating_sub(1);
            }
        }
        Self::event(env, || Event::MigrationEnded { cache: self.id, op, oblock, cblock, ok: success });
        self.release_cell(env, m.holds_cell, oblock);
        // Linux tries a failed one again at once, some thousand times a second for as long as the device fails. Here it waits for the waker.
        if success {
            self.wake_migration_worker(env);
        }
    }

    fn release_cell(&mut self, env: &mut dyn Env, held: bool, oblock: u64) {
        if held {
            let waiting = self.prison.unlock(oblock);
            self.defer_all(env, waiting);
        }
    }

    // ---- invalidation

    /// `invalidate_start` and `invalidate_lock`: a passthrough write drops the cached block first.
    pub(super) fn start_invalidation(&mut self, env: &mut dyn Env, cblock: u32, oblock: u64, bio: Box<Bio>) {
        if self.background_prevented {
            return self.end_bio(env, bio, Err(Errno::Io));
        }
        match self.prison.lock(oblock, LockLevel::ReadWrite) {
            // Somebody else is dropping the block: wait for that, then look again.
            Err(_) => self.prison.wait(oblock, *bio),
            Ok(must_wait) => {
                let goes_round = env.host().kernel().passthrough_write_goes_round() && !self.went_round;
                let bio = if goes_round {
                    self.went_round = true;
                    env.lose_io(self.id);
                    self.prison.wait(oblock, *bio);
                    None
                } else {
                    Some(bio)
                };
                let id = self.insert_migration(None, oblock, cblock, Step::InvalidateRemove, bio);
                self.hold_cell(id);
                if must_wait {
                    self.prison.quiesce(oblock, id);
                } else {
                    self.queue_continuation(env, id);
                }
            }
        }
    }

    fn invalidate_remove(&mut self, env: &mut dyn Env, id: u64) {
        let Some(m) = self.migrations.get(&id) else { return };
        if self.invalidate_cblock(env, m.cblock).is_err() {
            return self.complete_invalidation(env, id, false);
        }
        self.set_step(id, Step::InvalidateCompleted);
        self.continue_after_commit(env, id);
        self.schedule_commit(env);
    }

    fn complete_invalidation(&mut self, env: &mut dyn Env, id: u64, success: bool) {
        let Some(m) = self.migrations.remove(&id) else { return };
        if let Some(mut bio) = m.overwrite_bio {
            if success {
                self.pass_to_origin(env, &mut bio, m.oblock);
                self.account_begin(&mut bio);
                env.submit(self.devices.origin, bio, Done::Cache(self.id, BIO_TOKEN));
            } else {
                self.end_bio(env, bio, Err(Errno::Io));
            }
        }
        self.release_cell(env, m.holds_cell, m.oblock);
    }

    /// `invalidate_cblock`: forgets a cached block in policy and metadata; one that is not there is no error.
    pub(super) fn invalidate_cblock(&mut self, env: &mut dyn Env, cblock: u32) -> Result<(), Errno> {
        let oblock = self.policy.block(cblock).map(|block| block.oblock);
        match self.policy.invalidate_mapping(cblock) {
            Err(Errno::NoData) => Ok(()),
            Err(errno) => {
                self.log(env, "policy_invalidate_mapping failed");
                Err(errno)
            }
            Ok(()) => {
                if let Some(oblock) = oblock {
                    Self::event(env, || Event::MappingRemoved { cache: self.id, cblock, oblock });
                }
                let removed = self.metadata(env, |object, host| object.remove_mapping(host, cblock));
                if let Err(errno) = removed {
                    self.log(env, "invalidation failed; couldn't update on disk metadata");
                    self.metadata_operation_failed(env, "dm_cache_remove_mapping", errno);
                }
                removed
            }
        }
    }
}
