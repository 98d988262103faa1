//! `struct cache`: one constructed cache target.

use super::env::{Bio, CacheTask, Env, Mapped};
use crate::device::DevNo;
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};

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
    /// Largest discard.
    pub max_discard_sectors: u64,
    /// Discard granularity.
    pub discard_granularity_sectors: u64,
}

/// One constructed cache target.
#[derive(Debug, Clone)]
pub struct Cache {
    id: CacheId,
    object: ObjectId,
    devices: Devices,
}

impl Cache {
    /// Duplicates of an empty flush the core sends (`ti->num_flush_bios`), told apart by [`super::env::BioTag::req_nr`].
    pub const NUM_FLUSH_BIOS: u32 = 2;
    /// `ti->num_discard_bios`.
    pub const NUM_DISCARD_BIOS: u32 = 1;

    /// `cache_ctr`: a target of `len_sectors` in a table of mapped device `md`; `resolve` opens a device by name.
    pub fn ctr(
        env: &mut dyn Env,
        id: CacheId,
        md: DevNo,
        len_sectors: u64,
        args: &[&str],
        resolve: &dyn Fn(&str) -> Result<DevNo, Errno>,
    ) -> Result<Self, CtrError> {
        let _ = (env, id, md, len_sectors, args, resolve);
        Err(CtrError { errno: Errno::Inval, message: String::from("Insufficient args") })
    }

    /// `cache_dtr`.
    pub fn dtr(self, env: &mut dyn Env) {
        let _ = env;
    }

    /// `cache_map`. The bio lies within one cache block (see [`Cache::max_io_len`]); its sector is relative to the mapped device.
    pub fn map(&mut self, env: &mut dyn Env, bio: Bio) -> Mapped {
        let _ = (env, bio);
        Mapped::Submitted
    }

    /// A bio submitted with [`super::env::Done::Cache`] has ended.
    pub fn bio_done(&mut self, env: &mut dyn Env, token: u64, bio: Bio, result: Result<(), Errno>) {
        let _ = (env, token, bio, result);
    }

    /// A copy asked for with [`Env::copy`] has ended.
    pub fn copy_done(&mut self, env: &mut dyn Env, token: u64, result: Result<(), Errno>) {
        let _ = (env, token, result);
    }

    /// A task asked for with [`Env::schedule`] is due.
    pub fn run(&mut self, env: &mut dyn Env, task: CacheTask) {
        let _ = (env, task);
    }

    /// `presuspend`: the cache target has none.
    pub fn presuspend(&mut self, env: &mut dyn Env) {
        let _ = env;
    }

    /// First half of `cache_postsuspend`: no new background work from now on. Let the machine run until
    /// [`Cache::background_work_ended`], then call [`Cache::postsuspend`].
    pub fn prevent_background_work(&mut self) {}

    /// Whether all migrations and invalidations have ended; while false, `postsuspend` would wait.
    #[must_use]
    pub fn background_work_ended(&self) -> bool {
        true
    }

    /// `cache_postsuspend`: drains the workqueue, requeues what is deferred, writes all metadata.
    pub fn postsuspend(&mut self, env: &mut dyn Env) {
        let _ = env;
    }

    /// `cache_preresume`.
    pub fn preresume(&mut self, env: &mut dyn Env) -> Result<(), Errno> {
        let _ = env;
        Ok(())
    }

    /// `cache_resume`.
    pub fn resume(&mut self, env: &mut dyn Env) {
        let _ = env;
    }

    /// The INFO status. Commits first, unless `noflush` or the mapped device is `suspended` (a property of the device,
    /// also for an inactive table's target).
    pub fn status_info(&mut self, env: &mut dyn Env, noflush: bool, suspended: bool) -> String {
        let _ = (env, noflush, suspended);
        String::new()
    }

    /// The TABLE status: devices and the table's own words.
    #[must_use]
    pub fn status_table(&self) -> String {
        String::new()
    }

    /// `cache_message`.
    pub fn message(&mut self, env: &mut dyn Env, words: &[&str]) -> Result<Option<String>, Errno> {
        let _ = (env, words);
        Err(Errno::Inval)
    }

    /// `cache_io_hints`: called whenever the table's limits are worked out (at the swap on resume); may switch discard passdown off.
    pub fn io_hints(&mut self, env: &mut dyn Env) -> IoHints {
        let _ = env;
        IoHints { io_opt_sectors: 0, max_discard_sectors: 0, discard_granularity_sectors: 0 }
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

    /// `ti->max_io_len`, in sectors: bios are split at multiples of it.
    #[must_use]
    pub fn max_io_len(&self) -> u64 {
        0
    }
}
