//! smq's hash table (chains through the entries, a hit moves to the front of its bucket) and the kernel's integer hashes.

use super::cow::CowVec;
use super::entry::{EntrySpace, NIL};

/// `hash_64`: the top `bits` bits of the golden-ratio product.
pub(super) const fn hash_64(value: u64, bits: u32) -> u32 {
    (value.wrapping_mul(0x61C8_8646_80B5_83EB) >> (64 - bits)) as u32
}

/// `hash_32`: the top `bits` bits of the 32-bit golden-ratio product.
pub(super) const fn hash_32(value: u32, bits: u32) -> u32 {
    value.wrapping_mul(0x61C8_8647) >> (32 - bits)
}

/// Block number to entry (`struct smq_hash_table`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HashTable {
    bits: u32,
    buckets: CowVec<u32>,
}

impl HashTable {
    /// A table for `entries` entries: a quarter as many buckets, at least 16, rounded up to a power of two.
    pub(super) fn new(entries: u32) -> Self {
        let buckets = (entries / 4).max(16).next_power_of_two();
        Self { bits: buckets.trailing_zeros(), buckets: CowVec::filled(buckets as usize, NIL) }
    }

    fn bucket(&self, oblock: u64) -> usize {
        hash_64(oblock, self.bits) as usize
    }

    pub(super) fn insert(&mut self, space: &mut EntrySpace, e: u32) {
        let bucket = self.bucket(space.get(e).oblock);
        space.at(e).hash_next = self.buckets.get(bucket);
        *self.buckets.at(bucket) = e;
    }

    /// Finds the entry of a block and moves it to the front of its bucket.
    pub(super) fn lookup(&mut self, space: &mut EntrySpace, oblock: u64) -> Option<u32> {
        let bucket = self.bucket(oblock);
        let e = self.chain(space, bucket).find(|e| space.get(*e).oblock == oblock)?;
        if self.buckets.get(bucket) != e {
            self.remove(space, e);
            self.insert(space, e);
        }
        Some(e)
    }

    /// Finds the entry of a block and changes nothing.
    pub(super) fn find(&self, space: &EntrySpace, oblock: u64) -> Option<u32> {
        self.chain(space, self.bucket(oblock)).find(|e| space.get(*e).oblock == oblock)
    }

    /// Unlinks `e` itself. (The kernel unlinks the first entry with that block number; the two differ only when damaged
    /// metadata maps one origin block twice, where the kernel goes on with a freed entry in its table.)
    pub(super) fn remove(&mut self, space: &mut EntrySpace, e: u32) {
        let entry = space.get(e);
        let bucket = self.bucket(entry.oblock);
        if self.buckets.get(bucket) == e {
            *self.buckets.at(bucket) = entry.hash_next;
            return;
        }
        let prev = self.chain(space, bucket).find(|p| space.get(*p).hash_next == e);
        if let Some(prev) = prev {
            space.at(prev).hash_next = entry.hash_next;
        }
    }

    fn chain<'a>(&self, space: &'a EntrySpace, bucket: usize) -> impl Iterator<Item = u32> + use<'a> {
        let mut e = self.buckets.get(bucket);
        std::iter::from_fn(move || {
            let here = (e != NIL).then_some(e)?;
            e = space.get(here).hash_next;
            Some(here)
        })
    }
}
