//! The space map's blocks on disk.

use crate::device::{PAGE_SIZE, Page};
use crate::errno::Errno;
use crate::persistent_data::{Validator, check_stamp, le32, le64, put32, put64, stamp};

// Index block:
//   +------+---------+---------+----------------------
//   | csum | padding | blocknr | 255 entries of 16 bytes
//   +------+---------+---------+----------------------
//   0      4         8         16
// Bitmap block: the same header, then 16,320 counts of 2 bits.
const BLOCKNR: usize = 8;
const BODY: usize = BLOCKNR + 8;
const ENTRY_SIZE: usize = 16;
const INDEX_SALT: u32 = 160_478;
const BITMAP_SALT: u32 = 240_779;

/// Bitmap blocks an index block can name.
pub const MAX_BITMAPS: u64 = ((PAGE_SIZE - BODY) / ENTRY_SIZE) as u64;
/// Counts in a bitmap block.
pub const ENTRIES_PER_BITMAP: u64 = ((PAGE_SIZE - BODY) * 4) as u64;
/// Most blocks a metadata device can use.
pub const MAX_BLOCKS: u64 = MAX_BITMAPS * ENTRIES_PER_BITMAP;
/// Bytes of a space map root that mean something.
pub const ROOT_SIZE: usize = 32;

/// Index blocks.
pub static INDEX_VALIDATOR: Validator = Validator {
    name: "index",
    prepare_for_write: |page, block| stamp(page, BLOCKNR, block, INDEX_SALT),
    check: |page, block, _, log| check_stamp(page, BLOCKNR, block, INDEX_SALT, "space map common: index_check", log),
};

/// Bitmap blocks.
pub static BITMAP_VALIDATOR: Validator = Validator {
    name: "sm_bitmap",
    prepare_for_write: |page, block| stamp(page, BLOCKNR, block, BITMAP_SALT),
    check: |page, block, _, log| check_stamp(page, BLOCKNR, block, BITMAP_SALT, "space map common: bitmap check", log),
};

/// `struct disk_index_entry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry {
    /// The bitmap block.
    pub block: u64,
    /// Counts of 0 in it, those past the device's end included.
    pub nr_free: u32,
    /// No count of 0 lies below this one.
    pub none_free_before: u32,
}

fn entry_at(bitmap: u64) -> Result<usize, Errno> {
    match usize::try_from(bitmap) {
        Ok(n) if bitmap < MAX_BITMAPS => Ok(BODY + n * ENTRY_SIZE),
        _ => Err(Errno::Inval),
    }
}

pub(super) fn index_entry(index: &Page, bitmap: u64) -> Result<IndexEntry, Errno> {
    let at = entry_at(bitmap)?;
    let page = index.bytes();
    Ok(IndexEntry { block: le64(page, at), nr_free: le32(page, at + 8), none_free_before: le32(page, at + 12) })
}

pub(super) fn put_index_entry(index: &mut Page, bitmap: u64, entry: IndexEntry) -> Result<(), Errno> {
    let at = entry_at(bitmap)?;
    let page = index.make_mut();
    put64(page, at, entry.block);
    put32(page, at + 8, entry.nr_free);
    put32(page, at + 12, entry.none_free_before);
    Ok(())
}

/// Byte and shift of a count; four to a byte, the high bit of each first.
fn position(bit: u64) -> (usize, u32) {
    let bit = bit % ENTRIES_PER_BITMAP;
    (BODY + (bit / 4) as usize, (bit % 4) as u32 * 2)
}

/// `sm_lookup_bitmap`: 0, 1, 2, or 3 for more.
pub(super) fn bitmap_count(page: &[u8; PAGE_SIZE], bit: u64) -> u32 {
    let (byte, shift) = position(bit);
    let pair = u32::from(page[byte] >> shift & 3);
    (pair & 1) << 1 | pair >> 1
}

/// `sm_set_bitmap`.
pub(super) fn set_bitmap_count(page: &mut [u8; PAGE_SIZE], bit: u64, count: u8) {
    let (byte, shift) = position(bit);
    let pair = (count >> 1 & 1) | (count & 1) << 1;
    page[byte] = page[byte] & !(3 << shift) | pair << shift;
}

/// `sm_find_free`: the first count of 0 in `[begin, end)`.
pub(super) fn find_free_bit(page: &[u8; PAGE_SIZE], begin: u64, end: u64) -> Option<u64> {
    let mut bit = begin;
    let end = end.min(ENTRIES_PER_BITMAP);
    while bit < end {
        if bit.is_multiple_of(32) {
            let word = le64(page, BODY + (bit / 4) as usize);
            if (word | word >> 1) & 0x5555_5555_5555_5555 == 0x5555_5555_5555_5555 {
                bit += 32;
                continue;
            }
        }
        if bitmap_count(page, bit) == 0 {
            return Some(bit);
        }
        bit += 1;
    }
    None
}
