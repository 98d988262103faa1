//! The metadata object, `struct dm_cache_metadata`.

use super::superblock::{self, POLICY_NAME_SIZE, Superblock, name_string};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectFields, ObjectId};
use crate::persistent_data::{Bitset, BlockManager, TransactionManager};
use std::ops::Range;

/// Logs a line with `dm-cache-metadata`'s prefix.
pub(super) fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: cache metadata: {text}"));
}

/// A policy's identity, as stored in the metadata.
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

/// A run of discard blocks in the same state, as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscardRun {
    /// Size of a discard block on disk, in sectors.
    pub block_size: u64,
    /// Discard blocks.
    pub blocks: Range<u64>,
    /// Whether they are discarded.
    pub discarded: bool,
}

/// The fields that live in the superblock, as the object has them in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct InCore {
    pub(super) version: u32,
    pub(super) flags: u32,
    pub(super) root: u64,
    pub(super) hint_root: u64,
    pub(super) discard_root: u64,
    pub(super) dirty_root: u64,
    pub(super) discard_block_size: u64,
    pub(super) discard_nr_blocks: u64,
    pub(super) data_block_size: u64,
    pub(super) cache_blocks: u32,
    pub(super) policy_name: [u8; POLICY_NAME_SIZE],
    pub(super) policy_version: [u32; 3],
    pub(super) policy_hint_size: u32,
    pub(super) stats: Stats,
}

impl InCore {
    /// `read_superblock_fields`.
    pub(super) fn read(&mut self, sb: &Superblock, name_limit: usize) {
        self.version = sb.version;
        self.flags = sb.flags;
        self.root = sb.mapping_root;
        self.hint_root = sb.hint_root;
        self.discard_root = sb.discard_root;
        self.discard_block_size = sb.discard_block_size;
        self.discard_nr_blocks = sb.discard_nr_blocks;
        self.data_block_size = u64::from(sb.data_block_size);
        self.cache_blocks = sb.cache_blocks;
        self.set_policy_name(&sb.policy_name[..name_limit]);
        self.policy_version = sb.policy_version;
        self.policy_hint_size = sb.policy_hint_size;
        self.stats = sb.stats;
        if self.separate_dirty_bits() {
            self.dirty_root = sb.dirty_root;
        }
    }

    /// Copies up to the NUL and zero-fills the rest.
    pub(super) fn set_policy_name(&mut self, name: &[u8]) {
        self.policy_name = [0; POLICY_NAME_SIZE];
        for (to, from) in self.policy_name.iter_mut().zip(name.iter().take_while(|b| **b != 0)) {
            *to = *from;
        }
    }

    /// Whether dirty bits have their own bitset (version 2).
    pub(super) const fn separate_dirty_bits(&self) -> bool {
        self.version >= 2
    }
}

/// One open metadata device: `struct dm_cache_metadata`. Cheap to clone.
///
/// Operations carry the kernel's names without `dm_cache_`. Each fails with `EINVAL` once the object is in fail mode;
/// those that write also fail while it is read-only (`WRITE_LOCK`). Operations that return nothing then do nothing.
#[derive(Debug, Clone)]
pub struct Object {
    pub(super) id: ObjectId,
    pub(super) bdev: DevNo,
    pub(super) ref_count: u32,
    pub(super) holders: Vec<CacheId>,
    /// `None` stands for a NULL block manager: an abort failed.
    pub(super) tm: Option<TransactionManager>,
    pub(super) core: InCore,
    /// Whether `hint_info` was set up: only if the first opener's policy has hints.
    pub(super) hint_info: bool,
    pub(super) discard_info: Bitset,
    pub(super) dirty_info: Bitset,
    pub(super) changed: bool,
    pub(super) clean_when_opened: bool,
    pub(super) fail_io: bool,
}

impl Object {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> ObjectId {
        self.id
    }
    /// The metadata device.
    #[must_use]
    pub const fn bdev(&self) -> DevNo {
        self.bdev
    }
    /// `ref_count`.
    #[must_use]
    pub const fn ref_count(&self) -> u32 {
        self.ref_count
    }
    /// Who holds the references, in the order taken.
    #[must_use]
    pub fn holders(&self) -> &[CacheId] {
        &self.holders
    }
    /// The block manager with its buffer cache; `None` after a failed abort.
    #[must_use]
    pub fn bm(&self) -> Option<&BlockManager> {
        self.tm.as_ref().map(|tm| &tm.bm)
    }
    /// The block manager, to limit or evict buffers.
    pub fn bm_mut(&mut self) -> Option<&mut BlockManager> {
        self.tm.as_mut().map(|tm| &mut tm.bm)
    }
    /// The transaction manager and its space map; `None` after a failed abort.
    #[must_use]
    pub const fn tm(&self) -> Option<&TransactionManager> {
        self.tm.as_ref()
    }

    /// The visible fields as they are now.
    #[must_use]
    pub fn fields(&self) -> ObjectFields {
        let core = &self.core;
        let sm = self.tm.as_ref().map(|tm| tm.sm.current());
        ObjectFields {
            version: core.version,
            flags: core.flags,
            mapping_root: core.root,
            hint_root: core.hint_root,
            discard_root: core.discard_root,
            dirty_root: core.dirty_root,
            discard_block_size: core.discard_block_size,
            discard_nr_blocks: core.discard_nr_blocks,
            data_block_size: core.data_block_size,
            cache_blocks: core.cache_blocks,
            changed: self.changed,
            clean_when_opened: self.clean_when_opened,
            policy_name: name_string(&core.policy_name),
            policy_version: core.policy_version,
            policy_hint_size: core.policy_hint_size,
            read_hits: core.stats.read_hits,
            read_misses: core.stats.read_misses,
            write_hits: core.stats.write_hits,
            write_misses: core.stats.write_misses,
            fail_io: self.fail_io,
            read_only: self.is_read_only(),
            sm_bitmap_root: sm.map_or(0, |sm| sm.bitmap_root),
            sm_ref_count_root: sm.map_or(0, |sm| sm.ref_count_root),
            sm_nr_blocks: sm.map_or(0, |sm| sm.nr_blocks),
            sm_nr_allocated: sm.map_or(0, |sm| sm.nr_allocated),
        }
    }

    /// `dm_bm_is_read_only`; a missing block manager counts as read-only.
    fn is_read_only(&self) -> bool {
        self.tm.as_ref().is_none_or(|tm| tm.bm.is_read_only())
    }

    /// Runs an operation and tells the listener if it changed a field: the one place where fields are compared.
    pub(super) fn tracked<T>(&mut self, host: &mut dyn Host, op: impl FnOnce(&mut Self, &mut dyn Host) -> T) -> T {
        if !host.listening() {
            return op(self, host);
        }
        let before = self.fields();
        let result = op(self, host);
        let fields = self.fields();
        if fields != before {
            host.event(Event::ObjectFields { object: self.id, fields: Box::new(fields) });
        }
        result
    }

    /// `WRITE_LOCK`.
    pub(super) fn write_lock(&self) -> Result<(), Errno> {
        if self.fail_io || self.is_read_only() { Err(Errno::Inval) } else { Ok(()) }
    }

    /// `READ_LOCK`.
    pub(super) const fn read_lock(&self) -> Result<(), Errno> {
        if self.fail_io { Err(Errno::Inval) } else { Ok(()) }
    }

    /// `dm_cache_size`: cache blocks.
    pub fn size(&self) -> Result<u32, Errno> {
        self.read_lock().map(|()| self.core.cache_blocks)
    }
    /// `dm_cache_changed_this_transaction`.
    pub fn changed_this_transaction(&self) -> Result<bool, Errno> {
        self.read_lock().map(|()| self.changed)
    }
    /// `dm_cache_metadata_get_stats`; `None` in fail mode, when the kernel leaves the caller's counters alone.
    #[must_use]
    pub fn get_stats(&self) -> Option<Stats> {
        self.read_lock().ok().map(|()| self.core.stats)
    }
    /// `dm_cache_metadata_set_stats`.
    pub fn set_stats(&mut self, host: &mut dyn Host, stats: Stats) {
        if self.write_lock().is_ok() {
            self.tracked(host, |o, _| o.core.stats = stats);
        }
    }
    /// `dm_cache_get_free_metadata_block_count`, in 4 KiB blocks.
    pub fn get_free_metadata_block_count(&self) -> Result<u64, Errno> {
        self.read_lock()?;
        self.tm.as_ref().map(|tm| tm.sm.nr_free()).ok_or(Errno::Inval)
    }
    /// `dm_cache_get_metadata_dev_size`, in 4 KiB blocks.
    pub fn get_metadata_dev_size(&self) -> Result<u64, Errno> {
        self.read_lock()?;
        self.tm.as_ref().map(|tm| tm.sm.nr_blocks()).ok_or(Errno::Inval)
    }
    /// `dm_cache_metadata_clean_when_opened`: CLEAN_SHUTDOWN as the first opener found it.
    pub fn clean_when_opened(&self) -> Result<bool, Errno> {
        self.read_lock().map(|()| self.clean_when_opened)
    }
    /// `dm_cache_metadata_needs_check`.
    pub fn needs_check(&self) -> Result<bool, Errno> {
        self.read_lock().map(|()| self.core.flags & superblock::NEEDS_CHECK != 0)
    }
    /// `dm_cache_metadata_set_read_only`.
    pub fn set_read_only(&mut self, host: &mut dyn Host) {
        if self.write_lock().is_ok() {
            self.tracked(host, |o, _| {
                if let Some(tm) = &mut o.tm {
                    tm.bm.set_read_only();
                }
            });
        }
    }
    /// `dm_cache_metadata_set_read_write`: being a write operation, it is refused on a read-only object.
    pub fn set_read_write(&mut self, host: &mut dyn Host) {
        if self.write_lock().is_ok() {
            self.tracked(host, |o, _| {
                if let Some(tm) = &mut o.tm {
                    tm.bm.set_read_write();
                }
            });
        }
    }
}
