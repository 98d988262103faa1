//! dm-array: a btree of array blocks.

use super::{TransactionManager, Validator, btree, check_stamp, le32, le64, put32, stamp};
use crate::device::{Host, PAGE_SIZE, Page};
use crate::errno::Errno;
use crate::kernel::Kernel;

// Array block header:
//   +------+-------------+------------+------------+---------+----------
//   | csum | max_entries | nr_entries | value_size | blocknr | values …
//   +------+-------------+------------+------------+---------+----------
//   0      4             8            12           16        24
const MAX_ENTRIES: usize = 4;
const NR_ENTRIES: usize = MAX_ENTRIES + 4;
const VALUE_SIZE: usize = NR_ENTRIES + 4;
const BLOCKNR: usize = VALUE_SIZE + 4;
const VALUES: usize = BLOCKNR + 8;
const SALT: u32 = 595_846_735;

/// Array blocks.
pub static VALIDATOR: Validator = Validator { name: "array", prepare_for_write: |page, block| stamp(page, BLOCKNR, block, SALT), check };

/// `array_block_check`: location and checksum; then, on kernels that look at it, whether the header fits itself.
fn check(page: &[u8; PAGE_SIZE], block: u64, kernel: Kernel, log: &mut dyn FnMut(String)) -> Result<(), Errno> {
    check_stamp(page, BLOCKNR, block, SALT, "array: array_block_check", log)?;
    if !kernel.array_headers_are_checked() {
        return Ok(());
    }
    let (max_entries, value_size) = (le32(page, MAX_ENTRIES), le32(page, VALUE_SIZE));
    let room = (PAGE_SIZE - VALUES) as u32;
    let wrong = match room.checked_div(value_size) {
        None => "value_size is zero".to_owned(),
        Some(fit) if fit != max_entries => format!("max_entries {max_entries} invalid for value_size {value_size}"),
        Some(fit) if le32(page, NR_ENTRIES) > fit => "too many entries".to_owned(),
        Some(_) => return Ok(()),
    };
    log(format!("device-mapper: array: array_block_check failed: {wrong}"));
    Err(Errno::IlSeq)
}

/// An array of 4- or 8-byte little-endian values, handed over as `u64`. The root is the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Array {
    value_size: usize,
}

impl Array {
    /// 8-byte values: mappings, bitset words.
    pub const LE64: Self = Self { value_size: 8 };
    /// 4-byte values: hints.
    pub const LE32: Self = Self { value_size: 4 };

    /// Entries of one array block: 509 or 1018.
    #[must_use]
    pub const fn max_entries(self) -> u32 {
        ((PAGE_SIZE - VALUES) / self.value_size) as u32
    }

    /// `dm_array_empty`: the root of an array without blocks.
    pub fn empty(self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<u64, Errno> {
        btree::empty(host, tm, self.blocks())
    }

    /// `dm_array_del`: gives back every block.
    pub fn del(self, host: &mut dyn Host, tm: &mut TransactionManager, root: u64) -> Result<(), Errno> {
        btree::del(host, tm, self.blocks(), root)
    }

    /// `dm_array_new`: an array of `size` values, made block by block; `value` gets each index.
    pub fn new_with(
        self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        size: u32,
        value: &mut dyn FnMut(u32) -> Result<u64, Errno>,
    ) -> Result<u64, Errno> {
        let mut root = self.empty(host, tm)?;
        let max = self.max_entries();
        let mut base = 0;
        while base < size {
            let count = max.min(size - base);
            let mut locked = self.alloc_block(host, tm)?;
            let page = locked.bytes_mut();
            let mut filled = Ok(());
            for slot in 0..count {
                match value(base + slot) {
                    Ok(v) => self.put(page, slot, v),
                    Err(errno) => {
                        filled = Err(errno);
                        break;
                    }
                }
            }
            if filled.is_ok() {
                put32(page, NR_ENTRIES, count);
            }
            let inserted = filled.and_then(|()| self.insert_block(host, tm, &mut root, base / max, locked.location()));
            tm.bm.unlock(host, locked);
            inserted?;
            base += count;
        }
        Ok(root)
    }

    /// `dm_array_get_value`; ENODATA past the end.
    pub fn get(self, host: &mut dyn Host, tm: &mut TransactionManager, root: u64, index: u32) -> Result<u64, Errno> {
        let block = btree::lookup(host, tm, self.blocks(), root, u64::from(index / self.max_entries()))?;
        let page = self.get_ablock(host, tm, block)?;
        let slot = index % self.max_entries();
        if slot >= le32(page.bytes(), NR_ENTRIES) { Err(Errno::NoData) } else { Ok(self.value(&page, slot)) }
    }

    /// `dm_array_set_value`; EINVAL past the end of an existing block.
    pub fn set(self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, index: u32, value: u64) -> Result<(), Errno> {
        let slot = index % self.max_entries();
        self.change_block(host, tm, root, index / self.max_entries(), |page| {
            if slot >= le32(page, NR_ENTRIES) {
                return Err(Errno::Inval);
            }
            self.put(page, slot, value);
            Ok(())
        })
    }

    /// `dm_array_resize`: new values are `value`. The root changes only on success.
    pub fn resize(
        self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        root: &mut u64,
        old_size: u32,
        new_size: u32,
        value: u64,
    ) -> Result<(), Errno> {
        if old_size == new_size {
            return Ok(());
        }
        let mut new_root = *root;
        let max = self.max_entries();
        let old = Extent { full: old_size / max, tail: old_size % max };
        let new = Extent { full: new_size / max, tail: new_size % max };
        if new_size > old_size {
            self.grow(host, tm, &mut new_root, old, new, value)?;
        } else {
            self.shrink(host, tm, &mut new_root, old, new)?;
        }
        *root = new_root;
        Ok(())
    }

    /// `dm_array_cursor_begin`: on the first value. Reads every array block of the leaf into the cache.
    pub fn cursor(self, host: &mut dyn Host, tm: &mut TransactionManager, root: u64) -> Result<ArrayCursor, Errno> {
        let cursor = match btree::Cursor::begin(host, tm, root, true) {
            Ok(cursor) => cursor,
            Err(errno) => {
                dmerr(host, "couldn't create btree cursor");
                return Err(errno);
            }
        };
        let mut cursor = ArrayCursor { array: self, cursor, page: None, index: 0 };
        cursor.load(host, tm)?;
        Ok(cursor)
    }

    fn value(self, page: &Page, slot: u32) -> u64 {
        let at = VALUES + slot as usize * self.value_size;
        match self.value_size {
            _ if slot >= self.max_entries() => 0,
            4 => u64::from(le32(page.bytes(), at)),
            _ => le64(page.bytes(), at),
        }
    }

    fn put(self, page: &mut [u8; PAGE_SIZE], slot: u32, value: u64) {
        let at = VALUES + slot as usize * self.value_size;
        if slot < self.max_entries() {
            page[at..at + self.value_size].copy_from_slice(&value.to_le_bytes()[..self.value_size]);
        }
    }

    /// What its index btree holds.
    const fn blocks(self) -> btree::ValueType {
        btree::ValueType::ArrayBlock(self)
    }

    fn insert_block(self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, key: u32, block: u64) -> Result<(), Errno> {
        btree::insert(host, tm, self.blocks(), root, u64::from(key), block).map(|_| ())
    }

    /// Whether a block is of an array of this value size; `reader` is who asks, for the log.
    fn fits(self, host: &mut dyn Host, page: &[u8; PAGE_SIZE], reader: &str) -> Result<(), Errno> {
        let (value_size, wanted) = (le32(page, VALUE_SIZE), self.value_size);
        if value_size as usize == wanted || !host.kernel().array_headers_are_checked() {
            return Ok(());
        }
        dmerr(host, &format!("{reader} failed: value_size {value_size} != wanted {wanted}"));
        Err(Errno::IlSeq)
    }

    fn get_ablock(self, host: &mut dyn Host, tm: &mut TransactionManager, block: u64) -> Result<Page, Errno> {
        let page = tm.bm.read(host, block, Some(&VALIDATOR))?;
        self.fits(host, page.bytes(), "get_ablock")?;
        Ok(page)
    }

    fn alloc_block(self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<super::Locked, Errno> {
        let mut locked = tm.new_block(host, &VALIDATOR)?;
        let page = locked.bytes_mut();
        put32(page, MAX_ENTRIES, self.max_entries());
        put32(page, VALUE_SIZE, self.value_size as u32);
        Ok(locked)
    }

    /// `shadow_ablock`, a change, `unlock_ablock`.
    fn change_block(
        self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        root: &mut u64,
        key: u32,
        change: impl FnOnce(&mut [u8; PAGE_SIZE]) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let old = btree::lookup(host, tm, self.blocks(), *root, u64::from(key))?;
        let (mut locked, _) = tm.shadow_block(host, old, &VALIDATOR)?;
        if let Err(errno) = self.fits(host, locked.bytes(), "__shadow_ablock") {
            tm.bm.unlock(host, locked);
            return Err(errno);
        }
        let linked = if locked.location() == old {
            Ok(())
        } else {
            // The shadow gave the old block back, and so will the insert that overwrites the pointer to it.
            tm.inc(host, old);
            self.insert_block(host, tm, root, key, locked.location())
        };
        let changed = linked.and_then(|()| change(locked.bytes_mut()));
        tm.bm.unlock(host, locked);
        changed
    }

    /// `fill_ablock`.
    fn fill(self, page: &mut [u8; PAGE_SIZE], value: u64, nr_entries: u32) {
        let have = le32(page, NR_ENTRIES);
        for slot in have..nr_entries {
            self.put(page, slot, value);
        }
        if nr_entries > have {
            put32(page, NR_ENTRIES, nr_entries);
        }
    }

    fn add_block(
        self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        root: &mut u64,
        key: u32,
        nr_entries: u32,
        value: u64,
    ) -> Result<(), Errno> {
        let mut locked = self.alloc_block(host, tm)?;
        self.fill(locked.bytes_mut(), value, nr_entries);
        let inserted = self.insert_block(host, tm, root, key, locked.location());
        tm.bm.unlock(host, locked);
        inserted
    }

    fn grow(
        self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        root: &mut u64,
        old: Extent,
        new: Extent,
        value: u64,
    ) -> Result<(), Errno> {
        let extend_tail = |host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, nr_entries| {
            self.change_block(host, tm, root, old.full, |page| {
                self.fill(page, value, nr_entries);
                Ok(())
            })
        };
        if new.full > old.full {
            if old.tail > 0 {
                extend_tail(host, tm, root, self.max_entries())?;
            }
            for key in old.blocks()..new.full {
                self.add_block(host, tm, root, key, self.max_entries(), value)?;
            }
            if new.tail > 0 {
                self.add_block(host, tm, root, new.full, new.tail, value)?;
            }
            Ok(())
        } else if old.tail > 0 {
            extend_tail(host, tm, root, new.tail)
        } else {
            self.add_block(host, tm, root, new.full, new.tail, value)
        }
    }

    /// Blocks are dropped only when there are fewer *full* ones, so a partial tail right behind the new end stays: Linux's defect.
    fn shrink(self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, old: Extent, new: Extent) -> Result<(), Errno> {
        if new.full < old.full {
            for key in new.blocks()..old.blocks() {
                btree::remove(host, tm, self.blocks(), root, u64::from(key))?;
            }
        }
        if new.tail > 0 {
            self.change_block(host, tm, root, new.full, |page| {
                if new.tail > le32(page, NR_ENTRIES) {
                    return Err(Errno::Inval);
                }
                put32(page, NR_ENTRIES, new.tail);
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A size in array blocks.
#[derive(Debug, Clone, Copy)]
struct Extent {
    full: u32,
    tail: u32,
}

impl Extent {
    fn blocks(self) -> u32 {
        self.full + u32::from(self.tail > 0)
    }
}

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: array: {text}"));
}

/// `__block_dec`: an index btree lets go of an array block. The last reference looks at the block before it goes.
pub(super) fn block_dec(host: &mut dyn Host, tm: &mut TransactionManager, array: Array, block: u64) {
    let Ok(count) = tm.ref_count(host, block) else {
        dmerr(host, &format!("couldn't get reference count for block {block}"));
        return;
    };
    if count == 1 && array.get_ablock(host, tm, block).is_err() {
        dmerr(host, &format!("couldn't get array block {block}"));
        return;
    }
    tm.dec(host, block);
}

/// Walks an array in order.
#[derive(Debug, Clone)]
pub struct ArrayCursor {
    array: Array,
    cursor: btree::Cursor,
    page: Option<Page>,
    index: u32,
}

impl ArrayCursor {
    /// `dm_array_cursor_get_value`.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.page.as_ref().map_or(0, |page| self.array.value(page, self.index))
    }

    /// `dm_array_cursor_next`; ENODATA at the end.
    pub fn next(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        let Some(page) = &self.page else { return Err(Errno::NoData) };
        self.index += 1;
        // The field is the device's word: slots past the block's end don't exist, whatever it says.
        if self.index < le32(page.bytes(), NR_ENTRIES).min(self.array.max_entries()) {
            return Ok(());
        }
        self.page = None;
        self.index = 0;
        self.cursor.next(host, tm)?;
        self.load(host, tm)
    }

    /// `dm_array_cursor_skip`: `count` values on, whole blocks at a time.
    pub fn skip(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, mut count: u32) -> Result<(), Errno> {
        loop {
            let Some(page) = &self.page else { return Err(Errno::NoData) };
            let nr = le32(page.bytes(), NR_ENTRIES).min(self.array.max_entries());
            let remaining = nr.saturating_sub(self.index);
            if count < remaining {
                self.index += count;
                return Ok(());
            }
            count -= remaining;
            if !host.kernel().array_skip_stays_in_its_block() {
                self.index = (self.index + remaining).saturating_sub(1);
            }
            self.next(host, tm)?;
        }
    }

    fn load(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        let (_, block) = self.cursor.value().inspect_err(|_| dmerr(host, "dm_btree_cursor_get_value failed"))?;
        match self.array.get_ablock(host, tm, block) {
            Ok(page) => {
                self.page = Some(page);
                Ok(())
            }
            Err(errno) => {
                dmerr(host, "get_ablock failed");
                Err(errno)
            }
        }
    }
}
