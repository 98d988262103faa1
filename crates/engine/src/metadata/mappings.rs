//! Mappings, dirty bits and hints (`dm_cache_load_mappings`, `dm_cache_write_hints`).

use super::object::{InCore, Mapping, Object, PolicyIdentity, dmerr};
use super::superblock::POLICY_NAME_SIZE;
use crate::device::Host;
use crate::errno::Errno;
use crate::persistent_data::{Array, ArrayCursor, BitsetCursor, TransactionManager};

const M_VALID: u64 = 1;
const M_DIRTY: u64 = 2;
const FLAGS_MASK: u64 = (1 << 16) - 1;

/// Logs the kernel's message about a failed cursor and passes the error on.
fn or_log<T>(host: &mut dyn Host, result: Result<T, Errno>, text: &str) -> Result<T, Errno> {
    if result.is_err() {
        dmerr(host, text);
    }
    result
}

impl Object {
    /// `dm_cache_resize`: sets the number of cache blocks. `EINVAL` if dirty blocks would be lost.
    pub fn resize(&mut self, host: &mut dyn Host, cache_blocks: u32) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let old = o.core.cache_blocks;
            if cache_blocks < old && !o.blocks_are_unmapped_or_clean(host, cache_blocks, old)? {
                dmerr(host, "unable to shrink cache due to dirty blocks");
                return Err(Errno::Inval);
            }
            let Self { tm: Some(tm), core, dirty_info, changed, .. } = o else { return Err(Errno::Inval) };
            Array::LE64.resize(host, tm, &mut core.root, old, cache_blocks, 0)?;
            if core.separate_dirty_bits() {
                dirty_info.resize(host, tm, &mut core.dirty_root, old, cache_blocks, false)?;
            }
            core.cache_blocks = cache_blocks;
            *changed = true;
            Ok(())
        })
    }

    /// `dm_cache_metadata_all_clean`: whether no block is marked dirty on disk.
    pub fn metadata_all_clean(&mut self, host: &mut dyn Host) -> Result<bool, Errno> {
        self.read_lock()?;
        let end = self.core.cache_blocks;
        self.blocks_are_unmapped_or_clean(host, 0, end)
    }

    fn blocks_are_unmapped_or_clean(&mut self, host: &mut dyn Host, begin: u32, end: u32) -> Result<bool, Errno> {
        let Self { tm: Some(tm), core, .. } = self else { return Err(Errno::Inval) };
        if core.separate_dirty_bits() {
            self.blocks_are_clean_separate_dirty(host, begin, end)
        } else {
            blocks_are_clean_combined_dirty(host, tm, core, begin, end)
        }
    }

    fn blocks_are_clean_separate_dirty(&mut self, host: &mut dyn Host, begin: u32, end: u32) -> Result<bool, Errno> {
        const NAME: &str = "blocks_are_clean_separate_dirty";
        let Self { tm: Some(tm), core, dirty_info, .. } = self else { return Err(Errno::Inval) };
        if core.cache_blocks == 0 {
            return Ok(true);
        }
        let cursor = dirty_info.cursor(host, tm, core.dirty_root, core.cache_blocks);
        let mut cursor = or_log(host, cursor, &format!("{NAME}: dm_bitset_cursor_begin for dirty failed"))?;
        let skipped = cursor.skip(host, tm, begin);
        or_log(host, skipped, &format!("{NAME}: dm_bitset_cursor_skip for dirty failed"))?;
        for cblock in begin..end {
            if cursor.value() {
                dmerr(host, &format!("{NAME}: cache block {cblock} is dirty"));
                return Ok(false);
            }
            if cblock + 1 < end {
                let next = cursor.next(host, tm);
                or_log(host, next, &format!("{NAME}: dm_bitset_cursor_next for dirty failed"))?;
            }
        }
        Ok(true)
    }

    /// `dm_cache_insert_mapping`.
    pub fn insert_mapping(&mut self, host: &mut dyn Host, cblock: u32, oblock: u64) -> Result<(), Errno> {
        self.set_mapping(host, cblock, oblock << 16 | M_VALID)
    }

    /// `dm_cache_remove_mapping`.
    pub fn remove_mapping(&mut self, host: &mut dyn Host, cblock: u32) -> Result<(), Errno> {
        self.set_mapping(host, cblock, 0)
    }

    fn set_mapping(&mut self, host: &mut dyn Host, cblock: u32, value: u64) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, changed, .. } = o else { return Err(Errno::Inval) };
            Array::LE64.set(host, tm, &mut core.root, cblock, value)?;
            *changed = true;
            Ok(())
        })
    }

    /// `dm_cache_load_mappings`: calls `f` for every valid mapping, ascending, until it fails.
    pub fn load_mappings(
        &mut self,
        host: &mut dyn Host,
        policy: &PolicyIdentity,
        f: &mut dyn FnMut(&mut dyn Host, Mapping) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        self.read_lock()?;
        let hints_valid = self.hints_array_available(policy);
        let clean_when_opened = self.clean_when_opened;
        let Self { tm: Some(tm), core, dirty_info, .. } = self else { return Err(Errno::Inval) };
        if core.cache_blocks == 0 {
            return Ok(());
        }
        let mut mappings: ArrayCursor = Array::LE64.cursor(host, tm, core.root)?;
        let mut hints = if hints_valid { Some(Array::LE32.cursor(host, tm, core.hint_root)?) } else { None };
        let mut dirty: Option<BitsetCursor> =
            if core.separate_dirty_bits() { Some(dirty_info.cursor(host, tm, core.dirty_root, core.cache_blocks)?) } else { None };
        let last = core.cache_blocks - 1;
        for cblock in 0..=last {
            let value = mappings.value();
            if value & M_VALID != 0 {
                let stored = dirty.as_ref().map_or(value & M_DIRTY != 0, BitsetCursor::value);
                let mapping = Mapping {
                    oblock: value >> 16,
                    cblock,
                    dirty: !clean_when_opened || stored,
                    hint: hints.as_ref().map_or(0, |c| c.value() as u32),
                    hint_valid: hints.is_some(),
                };
                let loaded = f(host, mapping);
                or_log(host, loaded, &format!("policy couldn't load cache block {cblock}"))?;
            }
            if cblock == last {
                break;
            }
            let next = mappings.next(host, tm);
            or_log(host, next, "dm_array_cursor_next for mapping failed")?;
            // Hints are optional: when they end, loading goes on without.
            if let Some(cursor) = &mut hints
                && cursor.next(host, tm).is_err()
            {
                hints = None;
            }
            if let Some(cursor) = &mut dirty {
                let next = cursor.next(host, tm);
                or_log(host, next, "dm_bitset_cursor_next for dirty failed")?;
            }
        }
        Ok(())
    }

    /// `hints_array_available`: opened clean, the same policy of the same major version and hint size, and an array to read.
    fn hints_array_available(&self, policy: &PolicyIdentity) -> bool {
        let core = &self.core;
        let mut wanted = InCore::default();
        wanted.set_policy_name(policy.name.as_bytes());
        let policy_unchanged = policy.name.len() <= POLICY_NAME_SIZE
            && core.policy_name == wanted.policy_name
            && core.policy_version[0] == policy.version[0]
            && core.policy_hint_size == policy.hint_size;
        self.clean_when_opened && policy_unchanged && self.hint_info && core.hint_root != 0 && core.policy_hint_size != 0
    }

    /// `dm_cache_set_dirty_bits` for cache blocks `0..nr_bits`. Version 1 changes mapping entries that differ; version 2 makes
    /// a new bitset and uses `nr_bits` only for a check.
    pub fn set_dirty_bits(&mut self, host: &mut dyn Host, nr_bits: u32, is_dirty: &dyn Fn(u32) -> bool) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, dirty_info, changed, .. } = o else { return Err(Errno::Inval) };
            if core.separate_dirty_bits() {
                if nr_bits != core.cache_blocks {
                    dmerr(host, "dirty bitset is wrong size");
                    return Err(Errno::Inval);
                }
                dirty_info.del(host, tm, core.dirty_root)?;
                *changed = true;
                core.dirty_root = dirty_info.new_with(host, tm, core.cache_blocks, &mut |c| Ok(is_dirty(c)))?;
                return Ok(());
            }
            for cblock in 0..nr_bits {
                let dirty = if is_dirty(cblock) { M_DIRTY } else { 0 };
                let value = Array::LE64.get(host, tm, core.root, cblock)?;
                if value & M_DIRTY != dirty {
                    Array::LE64.set(host, tm, &mut core.root, cblock, value & !M_DIRTY | dirty)?;
                    *changed = true;
                }
            }
            Ok(())
        })
    }

    /// `dm_cache_write_hints`: the policy's name and version, and `hint(cblock)` for every cache block.
    pub fn write_hints(&mut self, host: &mut dyn Host, policy: &PolicyIdentity, hint: &mut dyn FnMut(u32) -> u32) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, hint_info, .. } = o else { return Err(Errno::Inval) };
            if policy.name.is_empty() || policy.name.len() >= POLICY_NAME_SIZE {
                return Err(Errno::Inval);
            }
            core.set_policy_name(policy.name.as_bytes());
            core.policy_version = policy.version;
            if policy.hint_size == 0 {
                return Ok(());
            }
            core.policy_hint_size = policy.hint_size;
            // The first opener had no hints: the kernel would follow a NULL pointer here.
            if !*hint_info {
                return Err(Errno::Inval);
            }
            if core.hint_root != 0 {
                Array::LE32.del(host, tm, core.hint_root)?;
            }
            core.hint_root = Array::LE32.new_with(host, tm, core.cache_blocks, &mut |c| Ok(u64::from(hint(c))))?;
            Ok(())
        })
    }

    /// Every raw mapping entry, for drawing and checks; reads through this object's own buffers.
    pub fn mapping_entry(&mut self, host: &mut dyn Host, cblock: u32) -> Result<u64, Errno> {
        let Self { tm: Some(tm), core, .. } = self else { return Err(Errno::Inval) };
        Array::LE64.get(host, tm, core.root, cblock)
    }
}

fn blocks_are_clean_combined_dirty(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    core: &InCore,
    begin: u32,
    end: u32,
) -> Result<bool, Errno> {
    for cblock in begin..end {
        let value = Array::LE64.get(host, tm, core.root, cblock);
        let flags = or_log(host, value, "block_clean_combined_dirty failed")? & FLAGS_MASK;
        if flags & M_VALID != 0 && flags & M_DIRTY != 0 {
            dmerr(host, &format!("cache block {cblock} is dirty"));
            return Ok(false);
        }
    }
    Ok(true)
}
