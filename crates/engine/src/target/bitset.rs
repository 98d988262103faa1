//! Bits in shared chunks: the dirty, discard and invalid bitsets of a cache. A clone copies handles only.

use std::sync::Arc;

const WORDS: usize = 64;
const CHUNK_BITS: u64 = WORDS as u64 * 64;

/// A fixed number of bits.
#[derive(Debug, Clone)]
pub struct BitSet {
    bits: u64,
    chunks: Vec<Arc<[u64; WORDS]>>,
}

impl BitSet {
    /// All clear.
    #[must_use]
    pub fn new(bits: u64) -> Self {
        let zeros = Arc::new([0; WORDS]);
        let chunks = usize::try_from(bits.div_ceil(CHUNK_BITS)).unwrap_or(usize::MAX);
        Self { bits, chunks: vec![zeros; chunks] }
    }

    /// Number of bits.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bits
    }

    /// Whether there are no bits at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    fn place(&self, bit: u64) -> Option<(usize, usize, u64)> {
        if bit >= self.bits {
            return None;
        }
        let chunk = usize::try_from(bit / CHUNK_BITS).ok()?;
        let word = usize::try_from(bit % CHUNK_BITS / 64).ok()?;
        Some((chunk, word, 1 << (bit % 64)))
    }

    /// Whether the bit is set; bits beyond the end are clear.
    #[must_use]
    pub fn get(&self, bit: u64) -> bool {
        self.place(bit).is_some_and(|(chunk, word, mask)| self.chunks[chunk][word] & mask != 0)
    }

    /// Gives the bit a value and returns the one it had; bits beyond the end stay clear.
    pub fn set(&mut self, bit: u64, value: bool) -> bool {
        let Some((chunk, word, mask)) = self.place(bit) else { return false };
        let was = self.chunks[chunk][word] & mask != 0;
        if was != value {
            Arc::make_mut(&mut self.chunks[chunk])[word] ^= mask;
        }
        was
    }

    /// Clears all bits.
    pub fn clear(&mut self) {
        *self = Self::new(self.bits);
    }

    /// The set bits, ascending.
    pub fn ones(&self) -> impl Iterator<Item = u64> + '_ {
        (0u64..).step_by(WORDS * 64).zip(&self.chunks).flat_map(|(base, chunk)| {
            (0u64..).step_by(64).zip(chunk.iter()).filter(|(_, word)| **word != 0).flat_map(move |(at, word)| {
                let word = *word;
                (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| base + at + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_set_alone_and_a_clone_keeps_its_own() {
        let mut bits = BitSet::new(10_000);
        let before = bits.clone();
        assert!(!bits.set(4_097, true));
        assert!(bits.set(4_097, true));
        bits.set(9_999, true);
        assert_eq!(bits.ones().collect::<Vec<_>>(), [4_097, 9_999]);
        assert_eq!(before.ones().count(), 0);
    }

    #[test]
    fn bits_beyond_the_end_stay_clear() {
        let mut bits = BitSet::new(3);
        bits.set(3, true);
        assert!(!bits.get(3));
        assert_eq!(bits.ones().count(), 0);
    }
}
