//! The contract between a target and the machine that runs it: bios, completions, tasks.

use crate::device::{DevNo, Host, Page};
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};
use crate::metadata::{OpenArgs, Registry};

/// Names one bio for its whole life.
pub type BioId = u64;

/// What a bio asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BioOp {
    /// Fill `pages`.
    Read,
    /// Store `pages`.
    Write,
    /// An empty flush.
    Flush,
    /// The range may be forgotten.
    Discard,
}

/// A request for block I/O on its way down, owned by whoever holds it.
///
/// `pages[i]` stands for the device's 4 KiB page `sector / 8 + i`; of the first and last page only the bytes inside
/// `[sector, sector + sectors)` count. Reads fill the pages, discards and flushes carry none.
#[derive(Debug, Clone)]
pub struct Bio {
    /// Set by whoever made the first bio of a request; splits get fresh ids.
    pub id: BioId,
    /// Operation.
    pub op: BioOp,
    /// First sector on the device it is sent to.
    pub sector: u64,
    /// Length in sectors; 0 for a flush.
    pub sectors: u64,
    /// Data, aligned to the device's page grid.
    pub pages: Vec<Page>,
    /// `REQ_FUA`: durable before it completes.
    pub fua: bool,
    /// `REQ_PREFLUSH`.
    pub preflush: bool,
    /// The per-bio data of the target (the kernel's `bio->bi_private` area), plain so that machines can be cloned.
    pub tag: BioTag,
}

/// Per-bio data a cache target keeps while the bio is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BioTag {
    /// `req_nr`: which of a target's flush or discard duplicates this is.
    pub req_nr: u32,
    /// Carries the policy tick.
    pub tick: bool,
    /// oblock of the prison cell it shares, if any.
    pub cell: Option<u64>,
    /// Sectors counted in the I/O tracker, to be taken off at the end.
    pub tracked: u64,
    /// The pair it belongs to in writethrough mode, where origin and cache are written side by side.
    pub pair: Option<u64>,
}

/// To whom a submitted bio or copy reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// `Cache::bio_done` of that cache, with its own token.
    Cache(CacheId, u64),
    /// Goes straight up: the bio ends with the lower device's result.
    Upwards,
}

/// What became of a bio given to [`super::cache::Cache::map`].
#[derive(Debug, Clone)]
pub enum Mapped {
    /// The target keeps it and will submit, end or requeue it (`DM_MAPIO_SUBMITTED`).
    Submitted,
    /// Send it to `dev` now, with [`Done::Cache`] and token [`BIO_TOKEN`] (`DM_MAPIO_REMAPPED`). Its sector is already
    /// that of the lower device.
    Remapped {
        /// Lower device.
        dev: DevNo,
        /// The bio, with its tag.
        bio: Box<Bio>,
    },
}

/// Token of a bio that needs nothing but its end (`cache_end_io`).
pub const BIO_TOKEN: u64 = 0;

/// A later call of [`super::cache::Cache::run`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheTask {
    /// The workqueue's deferred-bio worker.
    DeferredBios,
    /// The workqueue's migration worker.
    Migrations,
    /// The commit batcher's work.
    Commit,
    /// The one-second waker.
    Waker,
    /// One migration's next step.
    Migration(u64),
}

/// What a target may ask of the machine.
pub trait Env {
    /// Devices, kernel log, events.
    fn host(&mut self) -> &mut dyn Host;
    /// The registry of metadata objects beside the host it works on.
    fn metadata(&mut self) -> (&mut Registry, &mut dyn Host);
    /// `dm_cache_metadata_open`. A machine may run calls of other targets between its steps.
    fn open_metadata(&mut self, by: CacheId, bdev: DevNo, args: OpenArgs) -> Result<ObjectId, Errno> {
        let (registry, host) = self.metadata();
        registry.open(host, by, bdev, args)
    }
    /// `dm_cache_metadata_close`, likewise.
    fn close_metadata(&mut self, by: CacheId, object: ObjectId) {
        let (registry, host) = self.metadata();
        registry.close(host, by, object);
    }
    /// Virtual time in nanoseconds since boot.
    fn now_ns(&self) -> u64;
    /// Sends a bio to a lower device; `done` is told when it ends.
    fn submit(&mut self, dev: DevNo, bio: Box<Bio>, done: Done);
    /// Ends a bio that came from above.
    fn end_bio(&mut self, bio: Box<Bio>, result: Result<(), Errno>);
    /// Pushes a bio back to the mapped device's deferred list (`DM_MAPIO_REQUEUE`).
    fn requeue_bio(&mut self, bio: Box<Bio>);
    /// kcopyd: copies `sectors` between devices in virtual time, then `done` is told (`Cache::copy_done`).
    fn copy(&mut self, from: (DevNo, u64), to: (DevNo, u64), sectors: u64, done: Done);
    /// Runs `Cache::run(task)` after `delay_ns` (0: as soon as the worker gets to it).
    fn schedule(&mut self, cache: CacheId, task: CacheTask, delay_ns: u64);
    /// Forgets scheduled runs of that task (`cancel_delayed_work_sync`).
    fn cancel(&mut self, cache: CacheId, task: CacheTask);
    /// Largest discard `dev` takes, in sectors; 0 if it takes none (`bdev_max_discard_sectors`).
    fn max_discard_sectors(&self, dev: DevNo) -> u64;
    /// `dm_table_event`: if the table with this cache is bound to a mapped device, bumps the mapped device's event number.
    fn raise_event(&mut self, cache: CacheId);
    /// Cache blocks that the machine has room for beside those of the other targets.
    fn cache_blocks_left(&self) -> u64 {
        u64::MAX
    }
    /// Counts so many turns of work; false where that is more than the machine may do, and what is under way should end.
    fn may_work(&mut self, _work: u64) -> bool {
        true
    }
    /// An I/O of the mapped device above that cache is never seen to end.
    fn lose_io(&mut self, cache: CacheId);
}
