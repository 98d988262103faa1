//! The list of open metadata objects and the mutex that guards it (spec 03 §3).

use super::object::Object;
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};

/// Every metadata object alive, and the kernel's list of those that can be found by device.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Whether opening a device twice shares one object. Off: Linux before commit 9b1cc9f251af.
    pub sharing: bool,
    objects: imbl::OrdMap<ObjectId, Object>,
    list: imbl::Vector<ObjectId>,
    table_lock: Option<CacheId>,
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
        Self { sharing, objects: imbl::OrdMap::new(), list: imbl::Vector::new(), table_lock: None }
    }

    /// `dm_cache_metadata_open`: the shared object of `bdev`, or a new one.
    ///
    /// `data_block_size` is in sectors; `version` (1 or 2) and `policy_hint_size` only count when an object is made.
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
        let _ = (host, by, bdev, data_block_size, may_format, policy_hint_size, version);
        Err(Errno::NoMem)
    }

    /// `dm_cache_metadata_close`: drops `by`'s reference; the last one destroys the object.
    pub fn close(&mut self, host: &mut dyn Host, by: CacheId, id: ObjectId) {
        let _ = (host, by);
        self.objects.remove(&id);
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

    /// Every object alive, oldest first.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The kernel's list in its order: newest first.
    pub fn list(&self) -> impl Iterator<Item = ObjectId> {
        self.list.iter().copied()
    }

    /// Who holds the list's mutex.
    #[must_use]
    pub fn table_lock_owner(&self) -> Option<CacheId> {
        self.table_lock
    }
}
