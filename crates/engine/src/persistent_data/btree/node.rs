//! One btree node: layout, search, and moves of entries within and between nodes.

use crate::device::PAGE_SIZE;
use crate::errno::Errno;
use crate::kernel::Kernel;
use crate::persistent_data::{Validator, check_stamp, le32, le64, put32, put64, stamp};
use std::cmp::Ordering;

//   +------+-------+---------+------------+-------------+------------+-----+------+--------
//   | csum | flags | blocknr | nr_entries | max_entries | value_size | pad | keys | values
//   +------+-------+---------+------------+-------------+------------+-----+------+--------
//   0      4       8         16           20            24           28    32     32 + 8 * max_entries
const FLAGS: usize = 4;
const BLOCKNR: usize = FLAGS + 4;
const NR_ENTRIES: usize = BLOCKNR + 8;
const MAX_ENTRIES: usize = NR_ENTRIES + 4;
const VALUE_SIZE: usize = MAX_ENTRIES + 4;
const KEYS: usize = VALUE_SIZE + 8;
const SALT: u32 = 121_107;

pub(super) const INTERNAL: u32 = 1;
pub(super) const LEAF: u32 = 2;

/// Btree nodes.
pub static VALIDATOR: Validator = Validator { name: "btree_node", prepare_for_write: prepare, check };

fn prepare(page: &mut [u8; PAGE_SIZE], block: u64) {
    stamp(page, BLOCKNR, block, SALT);
}

/// `node_check`.
fn check(page: &[u8; PAGE_SIZE], block: u64, _: Kernel, log: &mut dyn FnMut(String)) -> Result<(), Errno> {
    check_stamp(page, BLOCKNR, block, SALT, "btree spine: node_check", log)?;
    let node = Node::of(page);
    let size = 8 + le32(page, VALUE_SIZE) as u64;
    let wrong = if KEYS as u64 + size.saturating_mul(u64::from(le32(page, MAX_ENTRIES))) > PAGE_SIZE as u64 {
        "node_check failed: max_entries too large"
    } else if node.nr() > node.max() {
        "node_check failed: too many entries"
    } else if le32(page, FLAGS) & (INTERNAL | LEAF) == 0 {
        "node_check failed: node is neither INTERNAL or LEAF"
    } else {
        return Ok(());
    };
    log(format!("device-mapper: btree spine: {wrong}"));
    Err(Errno::IlSeq)
}

/// `calc_max_entries`: as many as fit, a multiple of three.
pub(super) const fn max_entries(value_size: usize) -> usize {
    (PAGE_SIZE - KEYS) / (8 + value_size) / 3 * 3
}

/// A node as it lies in its page.
///
/// Positions are clamped to the page, so that a header that lies (a node of another value size, damage that a checksum covers)
/// gives wrong values, never an access outside.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a>(&'a [u8; PAGE_SIZE]);

impl<'a> Node<'a> {
    /// Looks at a page as a node.
    #[must_use]
    pub const fn of(page: &'a [u8; PAGE_SIZE]) -> Self {
        Self(page)
    }
    /// Makes a zeroed page an empty node.
    pub(super) fn init(page: &mut [u8; PAGE_SIZE], flags: u32, value_size: usize) {
        set_header(page, flags, max_entries(value_size), value_size);
    }
    /// The flag word.
    #[must_use]
    pub fn flags(self) -> u32 {
        le32(self.0, FLAGS)
    }
    /// Whether it holds values rather than children.
    #[must_use]
    pub fn is_leaf(self) -> bool {
        self.flags() & LEAF != 0
    }
    /// Whether it holds children (both flags may be set in a damaged node).
    #[must_use]
    pub fn is_internal(self) -> bool {
        self.flags() & INTERNAL != 0
    }
    /// `nr_entries`.
    #[must_use]
    pub fn nr(self) -> usize {
        le32(self.0, NR_ENTRIES) as usize
    }
    /// `max_entries`.
    #[must_use]
    pub fn max(self) -> usize {
        le32(self.0, MAX_ENTRIES) as usize
    }
    /// `value_size`.
    #[must_use]
    pub fn value_size(self) -> usize {
        le32(self.0, VALUE_SIZE) as usize
    }
    /// A key.
    #[must_use]
    pub fn key(self, slot: usize) -> u64 {
        le64(self.0, key_at(slot))
    }
    /// A value of `size` bytes, 4 or 8.
    #[must_use]
    pub fn value(self, slot: usize, size: usize) -> u64 {
        // The kernel steps by the node's own value size and copies what the caller expects.
        let at = value_at(self.0, slot, size);
        if size == 4 { u64::from(le32(self.0, at)) } else { le64(self.0, at) }
    }
    /// `value64` of an internal node.
    #[must_use]
    pub fn child(self, slot: usize) -> u64 {
        self.value(slot, 8)
    }
    /// `lower_bound`: the last slot whose key is at most `key`. Where a damaged node has a key twice, the first that the search meets.
    #[must_use]
    pub fn lower_bound(self, key: u64) -> Option<usize> {
        // Both count from one before the first slot.
        let (mut low, mut high) = (0, self.nr() + 1);
        while high - low > 1 {
            let mid = low + (high - low) / 2;
            match self.key(mid - 1).cmp(&key) {
                Ordering::Equal => return Some(mid - 1),
                Ordering::Less => low = mid,
                Ordering::Greater => high = mid,
            }
        }
        low.checked_sub(1)
    }
}

fn key_at(slot: usize) -> usize {
    (KEYS + slot * 8).min(PAGE_SIZE - 8)
}

fn value_at(page: &[u8; PAGE_SIZE], slot: usize, size: usize) -> usize {
    let node = Node::of(page);
    KEYS.saturating_add(node.max().saturating_mul(8)).saturating_add(slot.saturating_mul(node.value_size())).min(PAGE_SIZE - size)
}

pub(super) fn set_header(page: &mut [u8; PAGE_SIZE], flags: u32, max_entries: usize, value_size: usize) {
    put32(page, FLAGS, flags);
    put32(page, MAX_ENTRIES, max_entries as u32);
    put32(page, VALUE_SIZE, value_size as u32);
}

/// An empty node of the same kind as `like`.
pub(super) fn set_header_like(page: &mut [u8; PAGE_SIZE], like: &[u8; PAGE_SIZE]) {
    let like = Node::of(like);
    set_header(page, like.flags(), like.max(), like.value_size());
    set_nr(page, 0);
}

pub(super) fn set_nr(page: &mut [u8; PAGE_SIZE], nr: usize) {
    put32(page, NR_ENTRIES, nr as u32);
}

pub(super) fn set_key(page: &mut [u8; PAGE_SIZE], slot: usize, key: u64) {
    put64(page, key_at(slot), key);
}

pub(super) fn set_value(page: &mut [u8; PAGE_SIZE], slot: usize, size: usize, value: u64) {
    let at = value_at(page, slot, size);
    page[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
}

pub(super) fn set_child(page: &mut [u8; PAGE_SIZE], slot: usize, child: u64) {
    set_value(page, slot, 8, child);
}

/// Byte ranges of the keys and of the values of `count` slots; EILSEQ if the node can't have them.
fn spans(page: &[u8; PAGE_SIZE], slot: usize, count: usize) -> Result<(std::ops::Range<usize>, std::ops::Range<usize>), Errno> {
    let (max, size) = (Node::of(page).max(), Node::of(page).value_size());
    // A node without room may claim any value size, more than 32-bit arithmetic holds.
    if slot + count > max || size > PAGE_SIZE || max > PAGE_SIZE || KEYS + max * (8 + size) > PAGE_SIZE {
        return Err(Errno::IlSeq);
    }
    let keys = KEYS + slot * 8;
    let values = KEYS + max * 8 + slot * size;
    Ok((keys..keys + count * 8, values..values + count * size))
}

/// `move_entries`: within one node, ranges may overlap.
pub(super) fn move_entries(page: &mut [u8; PAGE_SIZE], to: usize, from: usize, count: usize) -> Result<(), Errno> {
    let (to_keys, to_values) = spans(page, to, count)?;
    let (keys, values) = spans(page, from, count)?;
    page.copy_within(keys, to_keys.start);
    page.copy_within(values, to_values.start);
    Ok(())
}

/// `copy_entries`: from one node to another of the same kind.
pub(super) fn copy_entries(dest: &mut [u8; PAGE_SIZE], to: usize, src: &[u8; PAGE_SIZE], from: usize, count: usize) -> Result<(), Errno> {
    if Node::of(dest).value_size() != Node::of(src).value_size() {
        return Err(Errno::IlSeq);
    }
    let (to_keys, to_values) = spans(dest, to, count)?;
    let (keys, values) = spans(src, from, count)?;
    dest[to_keys].copy_from_slice(&src[keys]);
    dest[to_values].copy_from_slice(&src[values]);
    Ok(())
}

/// `insert_at`: a new entry before `slot`.
pub(super) fn insert_at(page: &mut [u8; PAGE_SIZE], slot: usize, key: u64, size: usize, value: u64) -> Result<(), Errno> {
    let nr = Node::of(page).nr();
    if slot > nr || nr >= Node::of(page).max() {
        return Err(Errno::NoMem);
    }
    move_entries(page, slot + 1, slot, nr - slot)?;
    set_key(page, slot, key);
    set_value(page, slot, size, value);
    set_nr(page, nr + 1);
    Ok(())
}

/// `delete_at`: the bytes of the last slot stay behind.
pub(super) fn delete_at(page: &mut [u8; PAGE_SIZE], slot: usize) -> Result<(), Errno> {
    let nr = Node::of(page).nr();
    let Some(rest) = nr.checked_sub(slot + 1) else { return Err(Errno::IlSeq) };
    move_entries(page, slot, slot + 1, rest)?;
    set_nr(page, nr - 1);
    Ok(())
}
