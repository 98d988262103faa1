//! The list of open metadata objects and the mutex that guards it (spec 03 §3).

use super::conductor::{Conductor, Start, Task};
use super::object::Object;
use super::open::OpenArgs;
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectId};
use imbl::{OrdMap, Vector};
use std::fmt;

/// A point where Linux itself would have gone wrong; here the machine goes on and remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// An open failed at its superblock write and unlinked an object that was never listed: a NULL dereference (W1).
    UnlinkOfUnlisted {
        /// The object that was opened.
        object: ObjectId,
    },
    /// A look-up took a reference to an object whose last one was just dropped (W2).
    Revived {
        /// The dying object.
        object: ObjectId,
        /// Who looked it up.
        by: CacheId,
    },
    /// An object was destroyed under users that had revived it: use after free from here on (W2).
    FreedWhileHeld {
        /// The object.
        object: ObjectId,
        /// Who still names it.
        holders: Vec<CacheId>,
    },
    /// A reference to a destroyed object was dropped.
    UseAfterFree {
        /// The object.
        object: ObjectId,
        /// Who used it.
        by: CacheId,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnlinkOfUnlisted { object } => {
                write!(f, "metadata object {object} was unlinked without ever being listed: Linux dereferences NULL here")
            }
            Self::Revived { object, by } => {
                write!(f, "cache {by} took a reference to metadata object {object} after the last one was dropped")
            }
            Self::FreedWhileHeld { object, holders } => {
                write!(f, "metadata object {object} was freed while held by caches {holders:?}")
            }
            Self::UseAfterFree { object, by } => write!(f, "cache {by} used metadata object {object} after it was freed"),
        }
    }
}

/// Every metadata object alive, and the kernel's list of those that can be found by device. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Whether opening a device twice shares one object. Off: Linux before commit 9b1cc9f251af.
    pub sharing: bool,
    pub(super) objects: OrdMap<ObjectId, Object>,
    list: Vector<ObjectId>,
    table_lock: Option<CacheId>,
    defects: Vector<Defect>,
    pub(super) conductor: Option<Conductor>,
    pub(super) hears_start: bool,
    pub(super) start_heard: Option<Start>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(sharing: bool) -> Self {
        Self {
            sharing,
            objects: OrdMap::new(),
            list: Vector::new(),
            table_lock: None,
            defects: Vector::new(),
            conductor: None,
            hears_start: false,
            start_heard: None,
        }
    }

    /// `dm_cache_metadata_open`: the shared object of `bdev`, or a new one.
    ///
    /// `data_block_size` is in sectors; `version` (1 or 2) and `policy_hint_size` only count when an object is made.
    /// Fails with `EBUSY` if a task that was left half-way holds the list's mutex.
    #[allow(clippy::too_many_arguments, reason = "the kernel function's own")]
    pub fn open(
        &mut self,
        host: &mut dyn Host,
        by: CacheId,
        bdev: DevNo,
        data_block_size: u64,
        may_format: bool,
        policy_hint_size: u32,
        version: u32,
    ) -> Result<ObjectId, Errno> {
        let args = OpenArgs { data_block_size, may_format, policy_hint_size, version };
        match self.perform(host, Start::Open { by, bdev, args }) {
            Task::Open(task) => self.still_there(by, task.result().unwrap_or(Err(Errno::Busy))),
            Task::Close(_) => Err(Errno::Busy),
        }
    }

    /// An object that was destroyed while its new user still came to it is freed memory; here the open fails instead.
    fn still_there(&mut self, by: CacheId, opened: Result<ObjectId, Errno>) -> Result<ObjectId, Errno> {
        let id = opened?;
        if self.objects.contains_key(&id) {
            return Ok(id);
        }
        self.note(Defect::UseAfterFree { object: id, by });
        Err(Errno::Inval)
    }

    /// `dm_cache_metadata_close`: drops `by`'s reference; the last one destroys the object.
    pub fn close(&mut self, host: &mut dyn Host, by: CacheId, id: ObjectId) {
        self.perform(host, Start::Close { by, object: id });
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

    /// Who holds the list's mutex (`table_lock`).
    #[must_use]
    pub const fn table_lock_owner(&self) -> Option<CacheId> {
        self.table_lock
    }

    /// What would have gone wrong in Linux, oldest first.
    pub fn defects(&self) -> impl Iterator<Item = &Defect> {
        self.defects.iter()
    }

    pub(super) fn note(&mut self, defect: Defect) {
        self.defects.push_back(defect);
    }

    /// `mutex_lock(&table_lock)`: whose it is, if it can't be had.
    pub(super) fn lock_table(&mut self, host: &mut dyn Host, by: CacheId) -> Result<(), CacheId> {
        if let Some(owner) = self.table_lock {
            return Err(owner);
        }
        self.table_lock = Some(by);
        if host.listening() {
            host.event(Event::TableLockTaken { by });
        }
        Ok(())
    }

    /// `mutex_unlock(&table_lock)`.
    pub(super) fn unlock_table(&mut self, host: &mut dyn Host, by: CacheId) {
        debug_assert_eq!(self.table_lock, Some(by), "only its owner gives the mutex back");
        self.table_lock = None;
        if host.listening() {
            host.event(Event::TableLockReleased { by });
        }
    }

    /// `lookup`: a reference to the listed object of that device. Whoever calls holds the mutex.
    pub(super) fn lookup(&mut self, host: &mut dyn Host, by: CacheId, bdev: DevNo) -> Option<ObjectId> {
        let found = self.list.iter().copied().find(|id| self.objects.get(id).is_some_and(|o| o.bdev == bdev));
        let Some(id) = found else {
            if host.listening() {
                host.event(Event::LookupMiss { dev: bdev, by });
            }
            return None;
        };
        let object = self.objects.get_mut(&id)?;
        // The count may be 0: the last user dropped it and has yet to take the mutex.
        let dying = object.ref_count == 0;
        object.ref_count += 1;
        object.holders.push(by);
        let ref_count = object.ref_count;
        if host.listening() {
            host.event(Event::LookupHit { object: id, by });
            host.event(Event::ReferenceTaken { object: id, by, ref_count });
        }
        if dying {
            host.klog("refcount_t: addition on 0; use-after-free.".to_owned());
            self.note(Defect::Revived { object: id, by });
        }
        Some(id)
    }

    /// `list_add`: at the head.
    pub(super) fn insert(&mut self, host: &mut dyn Host, id: ObjectId) {
        self.list.push_front(id);
        if host.listening() {
            host.event(Event::ListInserted { object: id });
        }
    }

    /// `list_del`.
    pub(super) fn unlink(&mut self, host: &mut dyn Host, id: ObjectId) {
        match self.list.index_of(&id) {
            Some(at) => {
                self.list.remove(at);
                if host.listening() {
                    host.event(Event::ListRemoved { object: id });
                }
            }
            None => self.note(Defect::UnlinkOfUnlisted { object: id }),
        }
    }

    /// Frees an object with its buffer cache, whoever still holds it.
    pub(super) fn destroy(&mut self, host: &mut dyn Host, id: ObjectId) {
        let Some(object) = self.objects.remove(&id) else { return };
        object.destroy(host);
    }
}
