//! From construction to suspension and back: `cache_ctr`, `cache_dtr`, preresume, resume, postsuspend.
//! `docs/target-and-policies.md#lifecycle`

use super::args::{CacheArgs, IoMode, fail};
use super::batcher::Batcher;
use super::bitset::BitSet;
use super::cache::{Cache, CacheStats, CtrError};
use super::discard::discard_block_sectors;
use super::env::{CacheTask, Env};
use super::mode::Mode;
use super::prison::Prison;
use super::tracker::IoTracker;
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheFacts, CacheId, Event};
use crate::metadata::{DiscardRun, Mapping, OpenArgs, Stats};
use crate::policy::Policy;
use crate::why::StaysDirty;
use std::collections::{BTreeMap, VecDeque};

/// `COMMIT_PERIOD`.
const WAKER_PERIOD_NS: u64 = 1_000_000_000;
/// More cache blocks than this earn a warning.
const CACHE_BLOCKS_WARNING: u64 = 1 << 20;
/// Cache blocks that the targets of a machine have room for together: what Linux takes memory for, here it is a number, so that
/// a script ends the same way everywhere. Four times what Linux warns of.
pub const CACHE_BLOCKS_MAX: u64 = 1 << 22;
/// `DEFAULT_MIGRATION_THRESHOLD`, in sectors.
const MIGRATION_THRESHOLD_SECTORS: u64 = 2048;

impl Cache {
    /// `cache_ctr`: a target of `len_sectors` in a table of mapped device `md`; `resolve` opens a device by name.
    ///
    /// # Errors
    /// The first check that fails, with its errno and `ti->error`. Nothing stays open then.
    pub fn ctr(
        env: &mut dyn Env,
        id: CacheId,
        md: DevNo,
        len_sectors: u64,
        args: &[&str],
        resolve: &dyn Fn(&str) -> Result<DevNo, Errno>,
    ) -> Result<Self, CtrError> {
        let parsed = CacheArgs::parse(env, len_sectors, args, resolve)?;
        let ctr_words = args.iter().skip(3).map(|word| (*word).to_owned()).collect();
        let whole_device = env.host().kernel().origin_size_is_the_devices();
        let origin_sectors = if whole_device { env.host().sectors(parsed.devices.origin) } else { len_sectors };
        let created = Self::create(env, id, md, origin_sectors, parsed, ctr_words);
        if created.is_err() && env.host().kernel().destroys_work_not_set_up() {
            // `destroy` cancels a waker that `cache_create` has not come to (CVE-2024-50280).
            for line in crate::kernel::FLUSH_WORK_WARNING {
                env.host().klog(line.to_owned());
            }
        }
        created
    }

    /// `cache_create`.
    fn create(
        env: &mut dyn Env,
        id: CacheId,
        md: DevNo,
        origin_sectors: u64,
        args: CacheArgs,
        ctr_words: Vec<String>,
    ) -> Result<Self, CtrError> {
        let CacheArgs { devices, cache_sectors, block_sectors, features, policy: policy_name, policy_args } = args;
        let cache_blocks = cache_sectors / block_sectors;
        if cache_blocks > CACHE_BLOCKS_WARNING {
            let host = env.host();
            host.klog(format!(
                "device-mapper: cache: You have created a cache device with a lot of individual cache blocks ({cache_blocks})"
            ));
            host.klog("All these mappings can consume a lot of kernel memory, and take some time to read/write.".into());
            host.klog("Please consider increasing the cache block size to reduce the overall cache block count.".into());
        }
        if cache_blocks > env.cache_blocks_left() {
            env.host().klog(format!("dm-cache-lab: no more than {CACHE_BLOCKS_MAX} cache blocks in all tables"));
            return fail(Errno::NoMem, "Error creating cache's policy");
        }
        let Ok(cache_blocks) = u32::try_from(cache_blocks) else { return fail(Errno::NoMem, "Error creating cache's policy") };
        let now = env.now_ns();
        let policy = match Policy::create(&policy_name, cache_blocks, origin_sectors, block_sectors, now) {
            Ok(policy) => policy,
            Err(refusal) => {
                refusal.log.into_iter().for_each(|line| env.host().klog(line));
                return fail(refusal.errno, "Error creating cache's policy");
            }
        };
        let discard_block_sectors = discard_block_sectors(block_sectors, origin_sectors);
        let mut cache = Self {
            id,
            md,
            object: 0,
            devices,
            features,
            mode: Mode::Write,
            block_sectors,
            origin_sectors,
            origin_blocks: origin_sectors / block_sectors,
            cache_blocks,
            built_blocks: cache_blocks,
            discard_block_sectors,
            migration_threshold_sectors: MIGRATION_THRESHOLD_SECTORS,
            policy,
            dirty: BitSet::new(cache_blocks.into()),
            nr_dirty: 0,
            discards: BitSet::new(origin_sectors.div_ceil(discard_block_sectors)),
            stats: CacheStats::default(),
            prison: Prison::default(),
            origin_io: IoTracker::default(),
            batcher: Batcher::default(),
            migrations: BTreeMap::new(),
            next_migration: 1,
            io_migrations: 0,
            background_prevented: true,
            went_round: false,
            deferred: VecDeque::new(),
            deferred_queued: false,
            migrations_queued: false,
            need_tick_bio: true,
            stays_dirty: None,
            not_promoted: None,
            sized: false,
            loaded_mappings: false,
            loaded_discards: false,
            pairs: BTreeMap::new(),
            next_pair: 1,
            ctr_words,
        };
        if cache.set_config_values(env, &policy_args).is_err() {
            return fail(Errno::Inval, "Error setting cache policy's config values");
        }

        let args = OpenArgs {
            data_block_size: block_sectors,
            may_format: true,
            policy_hint_size: cache.policy.identity().hint_size,
            version: features.metadata_version,
        };
        match env.open_metadata(id, devices.metadata, args) {
            Ok(object) => cache.object = object,
            Err(errno) => return fail(errno, "Error creating metadata object"),
        }
        Self::event(env, || Event::CacheCreated {
            cache: id,
            is: Box::new(CacheFacts {
                object: cache.object,
                metadata: devices.metadata,
                cache_dev: devices.cache,
                origin: devices.origin,
                block_sectors,
                cache_blocks: cache_blocks.into(),
                policy: cache.policy.identity().name.to_owned(),
            }),
        });
        match cache.enter_service(env) {
            Ok(()) => Ok(cache),
            Err(error) => {
                cache.dtr(env);
                Err(error)
            }
        }
    }

    /// The part of the constructor that works on the open metadata.
    fn enter_service(&mut self, env: &mut dyn Env) -> Result<(), CtrError> {
        self.set_cache_mode(env, Mode::Write);
        if self.mode != Mode::Write {
            return fail(Errno::Inval, "Unable to get write access to metadata, please check/repair metadata.");
        }
        if self.features.io_mode == IoMode::Passthrough {
            if env.host().kernel().passthrough_is_checked_in_constructor() {
                match self.metadata(env, |object, host| object.metadata_all_clean(host)) {
                    Err(errno) => return fail(errno, "dm_cache_metadata_all_clean() failed"),
                    Ok(false) => return fail(Errno::Inval, "Cannot enter passthrough mode unless all blocks are clean"),
                    Ok(true) => {}
                }
            }
            self.policy.allow_migrations(false);
        }
        // The counters as last saved, even if a live table has counted on since.
        if let Ok(Some(stats)) = self.metadata(env, |object, _| Ok(object.get_stats())) {
            self.stats.read_hits = stats.read_hits;
            self.stats.read_misses = stats.read_misses;
            self.stats.write_hits = stats.write_hits;
            self.stats.write_misses = stats.write_misses;
            self.tell_stats(env);
        }
        Ok(())
    }

    /// `cache_dtr`.
    pub fn dtr(self, env: &mut dyn Env) {
        for task in [CacheTask::Waker, CacheTask::Commit, CacheTask::Migrations, CacheTask::DeferredBios] {
            env.cancel(self.id, task);
        }
        env.close_metadata(self.id, self.object);
        Self::event(env, || Event::CacheDestroyed { cache: self.id });
    }

    // ---- resume

    /// `cache_preresume`: sizes the metadata and, the first time, loads mappings and discards.
    ///
    /// # Errors
    /// The device then stays suspended with this table live.
    pub fn preresume(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        self.check_resumable(env)?;
        let new_size = u32::try_from(env.host().sectors(self.devices.cache) / self.block_sectors).unwrap_or(u32::MAX);
        if !self.sized || new_size != self.cache_blocks {
            self.check_resizable(env, new_size)?;
            self.resize(env, new_size)?;
        }
        if !self.loaded_mappings {
            self.load_mappings(env)?;
            self.loaded_mappings = true;
        }
        if !self.loaded_discards {
            self.load_discards(env)?;
            self.loaded_discards = true;
        }
        Ok(())
    }

    /// `can_resume`: not again after a resume that failed half-way.
    fn check_resumable(&self, env: &mut dyn Env) -> Result<(), Errno> {
        if self.sized && !self.loaded_mappings {
            self.log(
                env,
                if self.mode == Mode::Write {
                    "unable to resume cache due to missing proper cache table reload"
                } else {
                    "unable to resume a failed-loaded cache, please check metadata."
                },
            );
            return Err(Errno::Inval);
        }
        if self.features.io_mode == IoMode::Passthrough && env.host().kernel().passthrough_needs_clean_shutdown() {
            match self.metadata(env, |object, _| object.clean_when_opened()) {
                Ok(true) => {}
                Ok(false) => {
                    self.log(env, "unable to resume into passthrough mode after unclean shutdown");
                    return Err(Errno::Inval);
                }
                Err(_) => {
                    self.log(env, "failed to query metadata flags");
                    return Err(Errno::Inval);
                }
            }
        }
        Ok(())
    }

    /// `can_resize`.
    fn check_resizable(&self, env: &mut dyn Env, new_size: u32) -> Result<(), Errno> {
        if new_size > self.cache_blocks {
            self.log(env, "unable to extend cache due to missing cache table reload");
            return Err(Errno::Inval);
        }
        let first = new_size + u32::from(env.host().kernel().shrink_looks_one_block_on());
        if let Some(cblock) = (first..self.cache_blocks).find(|cblock| self.is_dirty(*cblock)) {
            self.log(env, &format!("unable to shrink cache; cache block {cblock} is dirty"));
            return Err(Errno::Inval);
        }
        Ok(())
    }

    /// `resize_cache_dev`.
    fn resize(&mut self, env: &mut dyn Env, new_size: u32) -> Result<(), Errno> {
        if let Err(errno) = self.metadata(env, |object, host| object.resize(host, new_size)) {
            self.log(env, "could not resize cache metadata");
            self.metadata_operation_failed(env, "dm_cache_resize", errno);
            return Err(errno);
        }
        self.cache_blocks = new_size;
        self.sized = true;
        Ok(())
    }

    fn load_mappings(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        for cblock in self.dirty.ones().collect::<Vec<_>>() {
            let cblock = u32::try_from(cblock).unwrap_or(u32::MAX);
            Self::event(env, || Event::DirtySet { cache: self.id, cblock, dirty: false });
        }
        self.dirty.clear();
        let identity = self.policy_identity();
        let mut beyond_origin = Vec::new();
        let (registry, host) = env.metadata();
        let loaded = match registry.object_mut(self.object) {
            None => Err(Errno::Inval),
            Some(object) => {
                object.load_mappings(host, &identity, &mut |host, mapping| self.load_mapping(host, mapping, &mut beyond_origin))
            }
        };
        if let Err(errno) = loaded {
            self.log(env, "could not load cache mappings");
            // What the table asks for is wrong, not the metadata.
            if !matches!(errno, Errno::FBig | Errno::Busy) {
                self.metadata_operation_failed(env, "dm_cache_load_mappings", errno);
            }
            return Err(errno);
        }
        for cblock in beyond_origin {
            if let Err(errno) = self.metadata(env, |object, host| object.remove_mapping(host, cblock)) {
                self.log(env, "invalidation failed; couldn't update on disk metadata");
                self.metadata_operation_failed(env, "dm_cache_remove_mapping", errno);
                return Err(errno);
            }
        }
        Ok(())
    }

    fn load_mapping(&mut self, host: &mut dyn Host, mapping: Mapping, beyond_origin: &mut Vec<u32>) -> Result<(), Errno> {
        let Mapping { oblock, cblock, dirty, hint, hint_valid } = mapping;
        if oblock >= self.origin_blocks && host.kernel().checks_mappings_against_origin() {
            if dirty {
                host.klog(format!("device-mapper: cache: {}: unable to shrink origin; cache block {cblock} is dirty", self.md));
                return Err(Errno::FBig);
            }
            beyond_origin.push(cblock);
            return Ok(());
        }
        let checked_now = !host.kernel().passthrough_is_checked_in_constructor();
        if dirty && checked_now && self.features.io_mode == IoMode::Passthrough {
            host.klog(format!("device-mapper: cache: {}: cannot enter passthrough mode unless all blocks are clean", self.md));
            return Err(Errno::Busy);
        }
        self.dirty.set(cblock.into(), dirty);
        self.nr_dirty += u32::from(dirty);
        self.policy.load_mapping(oblock, cblock, dirty, hint_valid.then_some(hint))?;
        if host.listening() {
            host.event(Event::MappingAdded { cache: self.id, cblock, oblock, dirty });
        }
        Ok(())
    }

    fn load_discards(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        self.clear_all_discards(env);
        let mut runs: Vec<DiscardRun> = Vec::new();
        let loaded = self.metadata(env, |object, host| {
            object.load_discards(host, &mut |_, run| {
                if run.discarded {
                    runs.push(run);
                }
                Ok(())
            })
        });
        if let Err(errno) = loaded {
            self.log(env, "could not load origin discards");
            self.metadata_operation_failed(env, "dm_cache_load_discards", errno);
            return Err(errno);
        }
        for run in runs {
            self.load_discard_run(env, &run);
        }
        Ok(())
    }

    /// `cache_resume`: background work is allowed again and the waker runs at once.
    pub fn resume(&mut self, env: &mut dyn Env) {
        self.need_tick_bio = true;
        self.background_prevented = false;
        self.do_waker(env);
    }

    /// `do_waker`: the policy's heartbeat, once a second. It arms the next commit, it does not commit.
    pub(super) fn do_waker(&mut self, env: &mut dyn Env) {
        let now = env.now_ns();
        self.policy.tick(true, now);
        self.wake_migration_worker(env);
        self.schedule_commit(env);
        env.schedule(self.id, CacheTask::Waker, WAKER_PERIOD_NS);
    }

    // ---- suspend

    /// `presuspend`: the cache target has none.
    pub fn presuspend(&mut self, _env: &mut dyn Env) {}

    /// First half of `cache_postsuspend`: no new background work from now on. Let the machine run until
    /// [`Cache::background_work_ended`], then call [`Cache::postsuspend`].
    pub fn prevent_background_work(&mut self) {
        self.background_prevented = true;
    }

    /// Whether all migrations and invalidations have ended; while false, `postsuspend` would wait.
    #[must_use]
    pub fn background_work_ended(&self) -> bool {
        self.migrations.is_empty()
    }

    /// `cache_postsuspend`: drains the workqueue, requeues what is deferred, writes all metadata.
    pub fn postsuspend(&mut self, env: &mut dyn Env) {
        self.background_prevented = true;
        env.cancel(self.id, CacheTask::Waker);
        self.drain_work(env);
        for bio in std::mem::take(&mut self.deferred) {
            env.requeue_bio(bio);
        }
        self.tell_stays_dirty(env, (self.nr_dirty > 0).then_some(StaysDirty::Suspended));
        if self.mode == Mode::Write {
            self.sync_metadata(env);
        }
    }

    /// `drain_workqueue`: what is queued runs now. No background work starts, so this ends.
    fn drain_work(&mut self, env: &mut dyn Env) {
        while self.deferred_queued || self.migrations_queued || self.batcher.work_queued() {
            for (queued, task) in [
                (self.deferred_queued, CacheTask::DeferredBios),
                (self.migrations_queued, CacheTask::Migrations),
                (self.batcher.work_queued(), CacheTask::Commit),
            ] {
                if queued {
                    env.cancel(self.id, task);
                    self.run(env, task);
                }
            }
        }
    }

    /// `sync_metadata`: everything that only lives in memory, then a commit, clean if all of it was written.
    fn sync_metadata(&mut self, env: &mut dyn Env) {
        let dirty = self.write_dirty_bitset(env);
        if dirty.is_err() {
            self.log(env, "could not write dirty bitset");
        }
        let discards = self.write_discard_bitset(env);
        if discards.is_err() {
            self.log(env, "could not write discard bitset");
        }
        self.save_stats(env);
        let hints = self.write_hints(env);
        if hints.is_err() {
            self.log(env, "could not write hints");
        }
        if self.commit(env, dirty.is_ok() && discards.is_ok() && hints.is_ok()).is_err() {
            self.log(env, "could not write cache metadata");
        }
    }

    fn require_write_mode(&self) -> Result<(), Errno> {
        if self.mode == Mode::Write { Ok(()) } else { Err(Errno::Inval) }
    }

    fn write_dirty_bitset(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        self.require_write_mode()?;
        let written = self.metadata(env, |object, host| object.set_dirty_bits(host, self.cache_blocks, &|cblock| self.is_dirty(cblock)));
        if let Err(errno) = written {
            self.metadata_operation_failed(env, "dm_cache_set_dirty_bits", errno);
        }
        written
    }

    fn write_discard_bitset(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        self.require_write_mode()?;
        let (size, blocks) = (self.discard_block_sectors, self.discards.len());
        if let Err(errno) = self.metadata(env, |object, host| object.discard_bitset_resize(host, size, blocks)) {
            self.log(env, "could not resize on-disk discard bitset");
            self.metadata_operation_failed(env, "dm_cache_discard_bitset_resize", errno);
            return Err(errno);
        }
        let written = self
            .metadata(env, |object, host| (0..blocks).try_for_each(|dblock| object.set_discard(host, dblock, self.discards.get(dblock))));
        if let Err(errno) = written {
            self.metadata_operation_failed(env, "dm_cache_set_discard", errno);
        }
        written
    }

    fn save_stats(&mut self, env: &mut dyn Env) {
        if self.mode >= Mode::ReadOnly {
            return;
        }
        let CacheStats { read_hits, read_misses, write_hits, write_misses, .. } = self.stats;
        // An object freed under its holder (`docs/the-bug.md#race-close`) keeps no statistics.
        let _ = self.metadata(env, |object, host| {
            object.set_stats(host, Stats { read_hits, read_misses, write_hits, write_misses });
            Ok(())
        });
    }

    fn write_hints(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        self.require_write_mode()?;
        let identity = self.policy_identity();
        let written = self.metadata(env, |object, host| object.write_hints(host, &identity, &mut |cblock| self.policy.get_hint(cblock)));
        if let Err(errno) = written {
            self.metadata_operation_failed(env, "dm_cache_write_hints", errno);
        }
        written
    }
}
