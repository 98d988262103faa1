//! `dm-space-map-common`: counts of single blocks in bitmaps and, above 2, in a btree.

use super::layout::{bitmap_count, find_free_bit, set_bitmap_count};
use super::{BITMAP_VALIDATOR, ENTRIES_PER_BITMAP, IndexEntry, MAX_BLOCKS, Map};
use crate::device::Host;
use crate::errno::Errno;
use crate::event::Event;
use crate::persistent_data::btree::{self, ValueType};
use crate::persistent_data::{Locked, TransactionManager};

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: space map common: {text}"));
}

/// `sm_ll_extend`: new, empty bitmaps.
pub(super) fn add_bitmaps(host: &mut dyn Host, tm: &mut TransactionManager, extra_blocks: u64) -> Result<(), Errno> {
    let old = tm.sm.ll.nr_blocks.div_ceil(ENTRIES_PER_BITMAP);
    let nr_blocks = tm.sm.ll.nr_blocks + extra_blocks;
    if nr_blocks > MAX_BLOCKS {
        dmerr(host, "space map too large");
        return Err(Errno::Inval);
    }
    // The allocations below are bounded by the new size.
    tm.sm.ll.nr_blocks = nr_blocks;
    for bitmap in old..nr_blocks.div_ceil(ENTRIES_PER_BITMAP) {
        let locked = tm.new_block(host, &BITMAP_VALIDATOR)?;
        let entry = IndexEntry { block: locked.location(), nr_free: ENTRIES_PER_BITMAP as u32, none_free_before: 0 };
        tm.bm.unlock(host, locked);
        tm.sm.ll.save_entry(bitmap, entry)?;
    }
    Ok(())
}

/// `sm_ll_lookup_bitmap`: 3 stands for more than 2.
pub(super) fn lookup_bitmap(host: &mut dyn Host, tm: &mut TransactionManager, ll: &Map, block: u64) -> Result<u32, Errno> {
    if block >= ll.nr_blocks {
        dmerr(host, "metadata block out of bounds");
        return Err(Errno::Inval);
    }
    let entry = ll.entry(block / ENTRIES_PER_BITMAP)?;
    let page = tm.bm.read(host, entry.block, Some(&BITMAP_VALIDATOR))?;
    Ok(bitmap_count(page.bytes(), block % ENTRIES_PER_BITMAP))
}

/// `sm_ll_lookup`: the exact count.
pub(super) fn ll_count(host: &mut dyn Host, tm: &mut TransactionManager, ll: &Map, block: u64) -> Result<u32, Errno> {
    match lookup_bitmap(host, tm, ll, block)? {
        3 => btree::lookup(host, tm, ValueType::Le32, ll.ref_count_root, block).map(|count| count as u32),
        count => Ok(count),
    }
}

/// `sm_ll_find_free_block`: the first count of 0 in `[begin, end)`.
pub(super) fn find_free(host: &mut dyn Host, tm: &mut TransactionManager, ll: &Map, begin: u64, end: u64) -> Result<u64, Errno> {
    let first = begin / ENTRIES_PER_BITMAP;
    for bitmap in first..end.div_ceil(ENTRIES_PER_BITMAP) {
        let entry = ll.entry(bitmap)?;
        if entry.nr_free == 0 {
            continue;
        }
        let base = bitmap * ENTRIES_PER_BITMAP;
        let page = tm.bm.read(host, entry.block, Some(&BITMAP_VALIDATOR))?;
        let from = if bitmap == first { begin - base } else { 0 };
        let to = (end - base).min(ENTRIES_PER_BITMAP);
        if let Some(bit) = find_free_bit(page.bytes(), from.max(u64::from(entry.none_free_before)), to) {
            return Ok(base + bit);
        }
    }
    Err(Errno::NoSpc)
}

/// `sm_ll_inc` for `[begin, end)`.
pub(super) fn ll_inc(host: &mut dyn Host, tm: &mut TransactionManager, begin: u64, end: u64) -> Result<(), Errno> {
    by_bitmap(host, tm, begin, end, inc_one)
}

/// `sm_ll_dec` for `[begin, end)`.
pub(super) fn ll_dec(host: &mut dyn Host, tm: &mut TransactionManager, begin: u64, end: u64) -> Result<(), Errno> {
    by_bitmap(host, tm, begin, end, dec_one)
}

/// A bitmap being changed: its index entry as it will be saved, the block locked unless the count btree is being worked on.
struct Context {
    entry: IndexEntry,
    bitmap: Option<Locked>,
}

impl Context {
    /// `shadow_bitmap`, unless it is locked already.
    fn bitmap(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<Locked, Errno> {
        if let Some(locked) = self.bitmap.take() {
            return Ok(locked);
        }
        match tm.shadow_block(host, self.entry.block, &BITMAP_VALIDATOR) {
            Ok((locked, _)) => {
                self.entry.block = locked.location();
                Ok(locked)
            }
            Err(errno) => {
                dmerr(host, "dm_tm_shadow_block() failed");
                Err(errno)
            }
        }
    }
    /// `reset_inc_context`: the btree may need this bitmap for blocks of its own.
    fn let_go(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) {
        if let Some(locked) = self.bitmap.take() {
            tm.bm.unlock(host, locked);
        }
    }
}

type One = fn(&mut dyn Host, &mut TransactionManager, &mut Context, u64) -> Result<(u32, u32), Errno>;

fn by_bitmap(host: &mut dyn Host, tm: &mut TransactionManager, begin: u64, end: u64, one: One) -> Result<(), Errno> {
    let mut block = begin;
    while block < end {
        let index = block / ENTRIES_PER_BITMAP;
        let stop = ((index + 1) * ENTRIES_PER_BITMAP).min(end);
        let mut context = Context { entry: tm.sm.ll.entry(index)?, bitmap: None };
        let locked = context.bitmap(host, tm)?;
        context.bitmap = Some(locked);
        let mut result = Ok(());
        while block < stop {
            match one(host, tm, &mut context, block) {
                Ok((old, new)) => {
                    if host.listening() {
                        host.event(Event::CountChanged { client: tm.bm.client_id(), block, old, new });
                    }
                }
                Err(errno) => {
                    result = Err(errno);
                    break;
                }
            }
            block += 1;
        }
        context.let_go(host, tm);
        result?;
        tm.sm.ll.save_entry(index, context.entry)?;
    }
    Ok(())
}

/// `sm_ll_inc_bitmap` for one block: count before and after.
fn inc_one(host: &mut dyn Host, tm: &mut TransactionManager, context: &mut Context, block: u64) -> Result<(u32, u32), Errno> {
    let bit = block % ENTRIES_PER_BITMAP;
    let mut locked = context.bitmap(host, tm)?;
    let old = bitmap_count(locked.bytes(), bit);
    if old < 3 {
        set_bitmap_count(locked.bytes_mut(), bit, old as u8 + 1);
    }
    context.bitmap = Some(locked);
    match old {
        0 => {
            tm.sm.ll.nr_allocated = tm.sm.ll.nr_allocated.wrapping_add(1);
            context.entry.nr_free = context.entry.nr_free.wrapping_sub(1);
            if u64::from(context.entry.none_free_before) == bit {
                context.entry.none_free_before += 1;
            }
            Ok((0, 1))
        }
        1 => Ok((1, 2)),
        2 => {
            context.let_go(host, tm);
            let mut root = tm.sm.ll.ref_count_root;
            btree::insert(host, tm, ValueType::Le32, &mut root, block, 3)?;
            tm.sm.ll.ref_count_root = root;
            Ok((2, 3))
        }
        _ => {
            context.let_go(host, tm);
            let mut new = 0;
            overwrite(host, tm, block, |count| {
                new = count.wrapping_add(1);
                new
            })?;
            Ok((new.wrapping_sub(1), new))
        }
    }
}

/// `sm_ll_dec_bitmap` for one block: count before and after.
fn dec_one(host: &mut dyn Host, tm: &mut TransactionManager, context: &mut Context, block: u64) -> Result<(u32, u32), Errno> {
    let bit = block % ENTRIES_PER_BITMAP;
    let mut locked = context.bitmap(host, tm)?;
    let old = bitmap_count(locked.bytes(), bit);
    if (1..3).contains(&old) {
        set_bitmap_count(locked.bytes_mut(), bit, old as u8 - 1);
    }
    context.bitmap = Some(locked);
    match old {
        0 => {
            dmerr(host, "unable to decrement block");
            Err(Errno::Inval)
        }
        1 => {
            tm.sm.ll.nr_allocated = tm.sm.ll.nr_allocated.wrapping_sub(1);
            context.entry.nr_free = context.entry.nr_free.wrapping_add(1);
            context.entry.none_free_before = context.entry.none_free_before.min(bit as u32);
            Ok((1, 0))
        }
        2 => Ok((2, 1)),
        _ => {
            context.let_go(host, tm);
            let mut count = 0;
            overwrite(host, tm, block, |stored| {
                count = stored;
                if stored == 3 { stored } else { stored.wrapping_sub(1) }
            })?;
            if count == 3 {
                let mut root = tm.sm.ll.ref_count_root;
                btree::remove(host, tm, ValueType::Le32, &mut root, block)?;
                tm.sm.ll.ref_count_root = root;
                let mut locked = context.bitmap(host, tm)?;
                set_bitmap_count(locked.bytes_mut(), bit, 2);
                context.bitmap = Some(locked);
            }
            Ok((count, count.wrapping_sub(1)))
        }
    }
}

fn overwrite(host: &mut dyn Host, tm: &mut TransactionManager, block: u64, change: impl FnOnce(u32) -> u32) -> Result<(), Errno> {
    let mut root = tm.sm.ll.ref_count_root;
    btree::overwrite(host, tm, ValueType::Le32, &mut root, block, |count| u64::from(change(count as u32)))?;
    tm.sm.ll.ref_count_root = root;
    Ok(())
}
