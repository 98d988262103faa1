//! dm-bitset: bits in an array of 64-bit words, with one word in memory.

use super::{Array, ArrayCursor, TransactionManager};
use crate::device::Host;
use crate::errno::Errno;

const BITS: u32 = 64;

/// The in-core part of a bitset: the word last touched. The root is the caller's.
///
/// A changed word stays here, in no buffer, until another word is touched or [`Bitset::flush`] is called. `docs/metadata-engine.md#bitsets`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bitset {
    word: Option<Word>,
}

/// A cached word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Which word of the array.
    pub index: u32,
    /// Its bits.
    pub bits: u64,
    /// Set or cleared since it was loaded, even if to the same value.
    pub dirty: bool,
}

impl Bitset {
    /// The cached word, for drawing.
    #[must_use]
    pub const fn cached(&self) -> Option<Word> {
        self.word
    }

    /// `dm_bitset_empty`.
    pub fn empty(&self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<u64, Errno> {
        Array::LE64.empty(host, tm)
    }

    /// `dm_bitset_new`: the root of `size` bits.
    pub fn new_with(
        &self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        size: u32,
        bit: &mut dyn FnMut(u32) -> Result<bool, Errno>,
    ) -> Result<u64, Errno> {
        Array::LE64.new_with(host, tm, size.div_ceil(BITS), &mut |word| {
            let base = word * BITS;
            let mut bits = 0;
            for n in 0..BITS.min(size - base) {
                bits |= u64::from(bit(base + n)?) << n;
            }
            Ok(bits)
        })
    }

    /// `dm_bitset_del`. The cached word stays.
    pub fn del(&self, host: &mut dyn Host, tm: &mut TransactionManager, root: u64) -> Result<(), Errno> {
        Array::LE64.del(host, tm, root)
    }

    /// `dm_bitset_resize`: works in words; bits of the old last word keep what they were.
    pub fn resize(
        &self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        root: &mut u64,
        old_bits: u32,
        new_bits: u32,
        default: bool,
    ) -> Result<(), Errno> {
        let value = if default { u64::MAX } else { 0 };
        Array::LE64.resize(host, tm, root, old_bits.div_ceil(BITS), new_bits.div_ceil(BITS), value)
    }

    /// `dm_bitset_set_bit`.
    pub fn set(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, bit: u32) -> Result<(), Errno> {
        let word = self.load(host, tm, root, bit)?;
        word.bits |= 1 << (bit % BITS);
        word.dirty = true;
        Ok(())
    }

    /// `dm_bitset_clear_bit`.
    pub fn clear(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, bit: u32) -> Result<(), Errno> {
        let word = self.load(host, tm, root, bit)?;
        word.bits &= !(1 << (bit % BITS));
        word.dirty = true;
        Ok(())
    }

    /// `dm_bitset_test_bit`; may write another word back first.
    pub fn test(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, bit: u32) -> Result<bool, Errno> {
        Ok(self.load(host, tm, root, bit)?.bits >> (bit % BITS) & 1 == 1)
    }

    /// `dm_bitset_flush`: writes the cached word if it is dirty, then forgets it. A clean one stays.
    pub fn flush(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64) -> Result<(), Errno> {
        if let Some(Word { index, bits, dirty: true }) = self.word {
            Array::LE64.set(host, tm, root, index, bits)?;
            self.word = None;
        }
        Ok(())
    }

    /// `dm_bitset_cursor_begin`: on bit 0 of `nr_bits`; ENODATA if there are none.
    pub fn cursor(&self, host: &mut dyn Host, tm: &mut TransactionManager, root: u64, nr_bits: u32) -> Result<BitsetCursor, Errno> {
        if nr_bits == 0 {
            return Err(Errno::NoData);
        }
        let cursor = Array::LE64.cursor(host, tm, root)?;
        Ok(BitsetCursor { bits: cursor.value(), cursor, bit: 0, remaining: nr_bits })
    }

    /// `get_array_entry`.
    fn load(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, root: &mut u64, bit: u32) -> Result<&mut Word, Errno> {
        let index = bit / BITS;
        let word = match self.word {
            Some(word) if word.index == index => word,
            _ => {
                self.flush(host, tm, root)?;
                Word { index, bits: Array::LE64.get(host, tm, *root, index)?, dirty: false }
            }
        };
        Ok(self.word.insert(word))
    }
}

/// Walks a bitset in order.
#[derive(Debug, Clone)]
pub struct BitsetCursor {
    cursor: ArrayCursor,
    bits: u64,
    bit: u32,
    remaining: u32,
}

impl BitsetCursor {
    /// `dm_bitset_cursor_get_value`.
    #[must_use]
    pub const fn value(&self) -> bool {
        self.bits >> self.bit & 1 == 1
    }

    /// `dm_bitset_cursor_next`; ENODATA behind the end.
    pub fn next(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        if self.remaining == 0 {
            return Err(Errno::NoData);
        }
        self.remaining -= 1;
        self.bit += 1;
        if self.bit == BITS {
            self.bit = 0;
            self.cursor.next(host, tm)?;
            self.bits = self.cursor.value();
        }
        Ok(())
    }

    /// `dm_bitset_cursor_skip`: `count` bits on.
    pub fn skip(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, count: u32) -> Result<(), Errno> {
        if self.remaining < count {
            return Err(Errno::NoData);
        }
        self.remaining -= count;
        let left_in_word = BITS - self.bit;
        if count < left_in_word {
            self.bit += count;
            return Ok(());
        }
        let count = count - left_in_word;
        self.cursor.skip(host, tm, count / BITS + 1)?;
        self.bit = count % BITS;
        self.bits = self.cursor.value();
        Ok(())
    }
}
