//! The metadata object, `struct dm_cache_metadata` (spec 03).

use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, ObjectFields, ObjectId};
use std::ops::Range;

/// How a policy names itself to the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyIdentity {
    /// 1 to 15 characters.
    pub name: String,
    /// Major, minor, patch; a different major makes old hints invalid.
    pub version: [u32; 3],
    /// Bytes per hint: 0 or 4.
    pub hint_size: u32,
}

/// The counters kept in the superblock; they wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the kernel's field names")]
pub struct Stats {
    pub read_hits: u32,
    pub read_misses: u32,
    pub write_hits: u32,
    pub write_misses: u32,
}

/// One valid mapping as it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// Origin block.
    pub oblock: u64,
    /// Cache block.
    pub cblock: u32,
    /// As stored if the object was opened clean, else always true.
    pub dirty: bool,
    /// The policy's hint; 0 if not valid.
    pub hint: u32,
    /// Whether `hint` may be used.
    pub hint_valid: bool,
}

/// Neighbouring discard blocks in one state, as they are loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscardRun {
    /// Size of a discard block on disk, in sectors.
    pub block_size: u64,
    /// Discard blocks.
    pub blocks: Range<u64>,
    /// Whether they are discarded.
    pub discarded: bool,
}

/// One open metadata device: `struct dm_cache_metadata`.
///
/// Operations carry the kernel's names without `dm_cache_`. Each fails with `EINVAL` once the object is in fail mode;
/// those that write also fail so while it is read-only (spec 03 §4). Operations that return nothing are then ignored.
#[derive(Debug, Clone)]
pub struct Object {
    id: ObjectId,
    bdev: DevNo,
    ref_count: u32,
    holders: Vec<CacheId>,
    fields: ObjectFields,
}

impl Object {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.id
    }
    /// The metadata device.
    #[must_use]
    pub fn bdev(&self) -> DevNo {
        self.bdev
    }
    /// `ref_count`.
    #[must_use]
    pub fn ref_count(&self) -> u32 {
        self.ref_count
    }
    /// Who holds the references, in the order taken.
    #[must_use]
    pub fn holders(&self) -> &[CacheId] {
        &self.holders
    }
    /// The visible fields as they are now.
    #[must_use]
    pub fn fields(&self) -> ObjectFields {
        self.fields.clone()
    }

    /// `dm_cache_resize`: sets the number of cache blocks. `EINVAL` if dirty blocks would be lost.
    pub fn resize(&mut self, _host: &mut dyn Host, _cache_blocks: u32) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_size`: cache blocks.
    pub fn size(&self) -> Result<u32, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_discard_bitset_resize`; block size in sectors.
    pub fn discard_bitset_resize(&mut self, _host: &mut dyn Host, _discard_block_size: u64, _nr_blocks: u64) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_set_discard`.
    pub fn set_discard(&mut self, _host: &mut dyn Host, _dblock: u64, _discard: bool) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_load_discards`: calls `f` with runs of equal bits, ascending, until it fails.
    pub fn load_discards(&mut self, _host: &mut dyn Host, _f: &mut dyn FnMut(&mut dyn Host, DiscardRun) -> Result<(), Errno>) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_insert_mapping`.
    pub fn insert_mapping(&mut self, _host: &mut dyn Host, _cblock: u32, _oblock: u64) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_remove_mapping`.
    pub fn remove_mapping(&mut self, _host: &mut dyn Host, _cblock: u32) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_changed_this_transaction`.
    pub fn changed_this_transaction(&self) -> Result<bool, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_load_mappings`: calls `f` for every valid mapping, ascending, until it fails.
    pub fn load_mappings(
        &mut self,
        _host: &mut dyn Host,
        _policy: &PolicyIdentity,
        _f: &mut dyn FnMut(&mut dyn Host, Mapping) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_set_dirty_bits` for cache blocks `0..nr_bits`.
    pub fn set_dirty_bits(&mut self, _host: &mut dyn Host, _nr_bits: u32, _is_dirty: &dyn Fn(u32) -> bool) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_get_stats`; `None` in fail mode, when the kernel leaves the caller's counters alone.
    #[must_use]
    pub fn get_stats(&self) -> Option<Stats> {
        None
    }
    /// `dm_cache_metadata_set_stats`.
    pub fn set_stats(&mut self, _host: &mut dyn Host, _stats: Stats) {}
    /// `dm_cache_commit`: ends the transaction and begins the next; `clean` sets CLEAN_SHUTDOWN, else it is cleared.
    pub fn commit(&mut self, _host: &mut dyn Host, _clean: bool) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_get_free_metadata_block_count`, in 4 KiB blocks.
    pub fn get_free_metadata_block_count(&self) -> Result<u64, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_get_metadata_dev_size`, in 4 KiB blocks.
    pub fn get_metadata_dev_size(&self) -> Result<u64, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_write_hints`: `hint(cblock)` for every cache block.
    pub fn write_hints(&mut self, _host: &mut dyn Host, _policy: &PolicyIdentity, _hint: &mut dyn FnMut(u32) -> u32) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_all_clean`: whether no block is marked dirty on disk.
    pub fn metadata_all_clean(&mut self, _host: &mut dyn Host) -> Result<bool, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_clean_when_opened`.
    pub fn clean_when_opened(&self) -> Result<bool, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_set_needs_check`: marks the superblock, which stays in the buffer until the next flush.
    pub fn set_needs_check(&mut self, _host: &mut dyn Host) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_needs_check`.
    pub fn needs_check(&self) -> Result<bool, Errno> {
        Err(Errno::Inval)
    }
    /// `dm_cache_metadata_set_read_only`.
    pub fn set_read_only(&mut self, _host: &mut dyn Host) {}
    /// `dm_cache_metadata_set_read_write`: has no effect on a read-only object (spec 03 §4).
    pub fn set_read_write(&mut self, _host: &mut dyn Host) {}
    /// `dm_cache_metadata_abort`: rebuilds the object from what is on disk, over a new buffer cache.
    pub fn abort(&mut self, _host: &mut dyn Host) -> Result<(), Errno> {
        Err(Errno::Inval)
    }
}
