//! Linux commit 9b1cc9f251af: metadata objects are listed, and all tables of a device share one.
//!
//! Before it, each loaded table opened its own object, with its own buffer cache, and what one of
//! them committed the other never saw. [`Registry::sequences`] holds the difference.
//!
//! | in the commit | here |
//! |---|---|
//! | `table`, `table_lock` | `list`, `table_lock` |
//! | `metadata_open` | [`OpenStep::Open`], [`OpenStep::Begin`], [`OpenStep::Flush`] |
//! | `lookup`, `same_params` | `lookup`, `same_params` |
//! | `lookup_or_open` | [`OpenStep::Lock`] to [`OpenStep::DestroyOwn`] |
//! | `dm_cache_metadata_open` | [`Registry::open`] |
//! | `dm_cache_metadata_close` | [`Registry::close`] |
//!
//! Opening and closing are cut into steps, so that those of two callers can be interleaved from outside: `open_step` and
//! `close_step` are the kernel's functions with their lines in the kernel's order, run one line a call.

use super::defect::Defect;
use super::object::{Object, dmerr};
use super::open::OpenArgs;
use super::steps::{Call, CloseStep, CloseTask, OpenStep, OpenTask, Progress, Sequences, Task, from};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectId};
use imbl::{OrdMap, Vector};

/// Every metadata object alive, and the kernel's list of those that can be found by device. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Whether opening a device twice shares one object. Off: Linux before commit 9b1cc9f251af.
    pub sharing: bool,
    objects: OrdMap<ObjectId, Object>,
    list: Vector<ObjectId>,
    table_lock: Option<CacheId>,
    defects: Vector<Defect>,
}

impl Registry {
    /// The steps of an open and of a close. This is the fix: no other line asks whether objects are shared.
    #[must_use]
    pub const fn sequences(sharing: bool) -> Sequences {
        use {CloseStep as C, OpenStep as O};
        if sharing {
            Sequences {
                open: &[O::Lock, O::LookUp, O::Open, O::Begin, O::Flush, O::LockAgain, O::LookUpAgain, O::DestroyOwn, O::Compare],
                close: &[C::Drop, C::Lock, C::Unlink, C::Destroy],
            }
        } else {
            Sequences { open: &[O::Open, O::Begin, O::Flush], close: &[C::Drop, C::Destroy] }
        }
    }

    /// `mutex_lock(&table_lock)`: the owner, if it is taken.
    fn lock_table(&mut self, host: &mut dyn Host, by: CacheId) -> Result<(), CacheId> {
        if let Some(owner) = self.table_lock {
            return Err(owner);
        }
        self.table_lock = Some(by);
        tell(host, Event::TableLockTaken { by });
        Ok(())
    }

    /// `mutex_unlock(&table_lock)`.
    fn unlock_table(&mut self, host: &mut dyn Host, by: CacheId) {
        debug_assert_eq!(self.table_lock, Some(by), "only its owner gives the mutex back");
        self.table_lock = None;
        tell(host, Event::TableLockReleased { by });
    }

    /// `lookup`: a reference to the listed object of that device. The caller holds `table_lock`.
    fn lookup(&mut self, host: &mut dyn Host, by: CacheId, bdev: DevNo) -> Option<ObjectId> {
        let found = self.list.iter().copied().find(|id| self.objects.get(id).is_some_and(|o| o.bdev == bdev));
        let Some((id, object)) = found.and_then(|id| Some((id, self.objects.get_mut(&id)?))) else {
            tell(host, Event::LookupMiss { dev: bdev, by });
            return None;
        };
        let dying = object.ref_count == 0;
        object.ref_count += 1;
        object.holders.push(by);
        let ref_count = object.ref_count;
        tell(host, Event::LookupHit { object: id, by });
        tell(host, Event::ReferenceTaken { object: id, by, ref_count });
        if dying {
            host.klog("refcount_t: addition on 0; use-after-free.".to_owned());
            self.note(Defect::Revived { object: id, by });
        }
        Some(id)
    }

    /// `list_add`: at the head.
    fn insert(&mut self, host: &mut dyn Host, id: ObjectId) {
        self.list.push_front(id);
        tell(host, Event::ListInserted { object: id });
    }

    /// `list_del`.
    fn unlink(&mut self, host: &mut dyn Host, id: ObjectId) {
        match self.list.index_of(&id) {
            Some(at) => {
                self.list.remove(at);
                tell(host, Event::ListRemoved { object: id });
            }
            None => self.note(Defect::UnlinkOfUnlisted { object: id }),
        }
    }

    /// The next step of an open.
    fn open_step(&mut self, host: &mut dyn Host, open: &mut OpenTask) -> Progress {
        if let Some(close) = &mut open.close {
            return self.close_step(host, close);
        }
        let [step, rest @ ..] = open.todo else { return Progress::Done };
        let (by, bdev) = (open.by, open.bdev);
        let mut todo = rest;
        let result = match step {
            // `lookup_or_open`: is there an object of this device already?
            OpenStep::Lock | OpenStep::LockAgain => match self.lock_table(host, by) {
                Ok(()) => Ok(()),
                Err(owner) => return Progress::Waiting(owner),
            },
            OpenStep::LookUp => {
                open.cmd = self.lookup(host, by, bdev);
                self.unlock_table(host, by);
                if open.cmd.is_some() {
                    todo = from(rest, OpenStep::Compare);
                }
                Ok(())
            }

            // There is none. `metadata_open` reads and writes the device, so the mutex is not held.
            OpenStep::Open => Object::create(host, by, bdev, open.args).map(|own| {
                open.cmd = Some(own.id());
                self.objects.insert(own.id(), own);
            }),
            OpenStep::Begin => self.get(open.cmd).and_then(|own| own.clear_clean_shutdown(host)),
            OpenStep::Flush => self.get(open.cmd).and_then(|own| own.flush(host)),

            // Meanwhile another opener may have listed its own. Whoever comes second is the loser and takes that one.
            OpenStep::LookUpAgain => {
                open.winner = self.lookup(host, by, bdev);
                if let (Some(own), None) = (open.cmd, open.winner) {
                    self.insert(host, own);
                    todo = from(rest, OpenStep::Compare);
                }
                self.unlock_table(host, by);
                Ok(())
            }
            OpenStep::DestroyOwn => {
                if let Some(own) = std::mem::replace(&mut open.cmd, open.winner) {
                    self.destroy(host, own);
                }
                Ok(())
            }

            OpenStep::Compare => self.same_params(host, open.cmd, open.args),
        };
        open.todo = todo;
        if let Err(errno) = result {
            // `dm_cache_metadata_close`, as in Linux even where the object was never listed.
            open.failed = Some(errno);
            open.todo = &[];
            open.close = open.cmd.map(|cmd| self.closing(by, cmd));
        }
        Progress::Ran
    }

    /// `same_params`: of everything an opener asks for, only the block size must match the first opener's.
    fn same_params(&mut self, host: &mut dyn Host, cmd: Option<ObjectId>, args: OpenArgs) -> Result<(), Errno> {
        let wanted = args.data_block_size;
        match self.get(cmd).map(|object| object.core.data_block_size) {
            Ok(found) if found != wanted => {
                dmerr(host, &format!("data_block_size ({wanted}) different from that in metadata ({found})"));
                Err(Errno::Inval)
            }
            _ => Ok(()),
        }
    }

    /// `dm_cache_metadata_open`: the shared object of `bdev`, or a new one.
    ///
    /// Fails with `EBUSY` if an unfinished task holds `table_lock`.
    pub fn open(&mut self, host: &mut dyn Host, by: CacheId, bdev: DevNo, args: OpenArgs) -> Result<ObjectId, Errno> {
        let mut open = self.opening(by, bdev, args);
        while self.open_step(host, &mut open) == Progress::Ran {}
        self.opened(&open)
    }

    /// The next step of a close.
    fn close_step(&mut self, host: &mut dyn Host, close: &mut CloseTask) -> Progress {
        let [step, rest @ ..] = close.todo else { return Progress::Done };
        let (by, cmd) = (close.by, close.cmd);
        let mut todo = rest;
        match step {
            // Without the mutex: until `Unlink`, a look-up still finds the object.
            CloseStep::Drop => {
                if self.drop_reference(host, by, cmd) != Some(0) {
                    todo = &[];
                }
            }
            CloseStep::Lock => {
                if let Err(owner) = self.lock_table(host, by) {
                    return Progress::Waiting(owner);
                }
            }
            CloseStep::Unlink => {
                self.unlink(host, cmd);
                self.unlock_table(host, by);
            }
            CloseStep::Destroy => self.destroy_closed(host, cmd),
        }
        close.todo = todo;
        Progress::Ran
    }

    /// `refcount_dec_and_test`: what is left; nothing if the object is gone already.
    fn drop_reference(&mut self, host: &mut dyn Host, by: CacheId, id: ObjectId) -> Option<u32> {
        let Some(object) = self.objects.get_mut(&id) else {
            self.note(Defect::UseAfterFree { object: id, by });
            return None;
        };
        object.ref_count = object.ref_count.saturating_sub(1);
        if let Some(at) = object.holders.iter().position(|holder| *holder == by) {
            object.holders.remove(at);
        }
        let ref_count = object.ref_count;
        tell(host, Event::ReferenceDropped { object: id, by, ref_count });
        Some(ref_count)
    }

    /// The end of `dm_cache_metadata_close`: frees an object with its buffer cache, without another look at its count.
    fn destroy_closed(&mut self, host: &mut dyn Host, id: ObjectId) {
        let holders = self.objects.get(&id).map(|object| object.holders.clone()).unwrap_or_default();
        if !holders.is_empty() {
            self.note(Defect::FreedWhileHeld { object: id, holders });
        }
        self.destroy(host, id);
    }

    fn destroy(&mut self, host: &mut dyn Host, id: ObjectId) {
        if let Some(object) = self.objects.remove(&id) {
            object.destroy(host);
        }
    }

    /// `dm_cache_metadata_close`: drops `by`'s reference; the last one destroys the object.
    pub fn close(&mut self, host: &mut dyn Host, by: CacheId, object: ObjectId) {
        let mut close = self.closing(by, object);
        while self.close_step(host, &mut close) == Progress::Ran {}
    }

    fn get(&mut self, id: Option<ObjectId>) -> Result<&mut Object, Errno> {
        id.and_then(|id| self.objects.get_mut(&id)).ok_or(Errno::Inval)
    }

    fn note(&mut self, defect: Defect) {
        self.defects.push_back(defect);
    }
}

/// For whoever puts the steps of several calls into an order.
impl Registry {
    const fn opening(&self, by: CacheId, bdev: DevNo, args: OpenArgs) -> OpenTask {
        OpenTask::new(by, bdev, args, Self::sequences(self.sharing).open)
    }

    const fn closing(&self, by: CacheId, object: ObjectId) -> CloseTask {
        CloseTask::new(by, object, Self::sequences(self.sharing).close)
    }

    /// A call whose steps are all ahead of it.
    #[must_use]
    pub const fn begin(&self, call: Call) -> Task {
        match call {
            Call::Open { by, bdev, args } => Task::Open(self.opening(by, bdev, args)),
            Call::Close { by, object } => Task::Close(self.closing(by, object)),
        }
    }

    /// Runs the next step.
    pub fn step(&mut self, host: &mut dyn Host, task: &mut Task) -> Progress {
        match task {
            Task::Open(open) => self.open_step(host, open),
            Task::Close(close) => self.close_step(host, close),
        }
    }

    /// What an open returns, after its last step.
    ///
    /// An object that was destroyed while its new user still came to it is freed memory; here the open fails instead.
    pub fn opened(&mut self, open: &OpenTask) -> Result<ObjectId, Errno> {
        let id = open.result().unwrap_or(Err(Errno::Busy))?;
        if self.objects.contains_key(&id) {
            return Ok(id);
        }
        self.note(Defect::UseAfterFree { object: id, by: open.by });
        Err(Errno::Inval)
    }
}

/// For whoever looks.
impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(sharing: bool) -> Self {
        Self { sharing, objects: OrdMap::new(), list: Vector::new(), table_lock: None, defects: Vector::new() }
    }

    /// An object that is alive.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id)
    }

    /// An object that is alive, to work with.
    pub fn object_mut(&mut self, id: ObjectId) -> Option<&mut Object> {
        self.objects.get_mut(&id)
    }

    /// Every object alive, oldest first; also those being opened, which are not on the list yet.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The kernel's list in its order: newest first. Empty with sharing off.
    pub fn list(&self) -> impl Iterator<Item = ObjectId> {
        self.list.iter().copied()
    }

    /// Who holds `table_lock`.
    #[must_use]
    pub const fn table_lock_owner(&self) -> Option<CacheId> {
        self.table_lock
    }

    /// What would have gone wrong in Linux, oldest first.
    pub fn defects(&self) -> impl Iterator<Item = &Defect> {
        self.defects.iter()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(true)
    }
}

fn tell(host: &mut dyn Host, event: Event) {
    if host.listening() {
        host.event(event);
    }
}
