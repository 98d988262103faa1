//! A bitset whose memory depends on the bits really read, not on the size an image claims.

use std::collections::BTreeMap;

const PAGE_WORDS: u64 = 512;

/// Words of 64 bits; those never written are zero and cost nothing.
#[derive(Debug, Clone, Default)]
pub struct Bits {
    pages: BTreeMap<u64, Box<[u64; PAGE_WORDS as usize]>>,
}

impl Bits {
    /// Sets the bits of `bits` in word `word`.
    pub fn or_word(&mut self, word: u64, bits: u64) {
        if bits != 0 {
            let page = self.pages.entry(word / PAGE_WORDS).or_insert_with(|| Box::new([0; PAGE_WORDS as usize]));
            page[(word % PAGE_WORDS) as usize] |= bits;
        }
    }

    /// Sets one bit.
    pub fn set(&mut self, bit: u64) {
        self.or_word(bit / 64, 1 << (bit % 64));
    }

    /// A word.
    #[must_use]
    pub fn word(&self, word: u64) -> u64 {
        self.pages.get(&(word / PAGE_WORDS)).map_or(0, |p| p[(word % PAGE_WORDS) as usize])
    }

    /// A bit.
    #[must_use]
    pub fn get(&self, bit: u64) -> bool {
        self.word(bit / 64) >> (bit % 64) & 1 != 0
    }

    /// The words that have a bit set, ascending.
    pub fn words(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.pages
            .iter()
            .flat_map(|(n, p)| p.iter().enumerate().map(move |(i, w)| (n * PAGE_WORDS + i as u64, *w)))
            .filter(|(_, w)| *w != 0)
    }

    /// The set bits, ascending.
    pub fn ones(&self) -> impl Iterator<Item = u64> + '_ {
        self.words().flat_map(|(n, w)| (0..64).filter(move |i| w >> i & 1 != 0).map(move |i| n * 64 + i))
    }

    /// Takes the words of an array block of 64-bit words, the first of which is word `begin`.
    pub fn or_bytes(&mut self, begin: u64, bytes: &[u8]) {
        for (word, w) in (begin..).zip(bytes.chunks_exact(8)) {
            self.or_word(word, super::format::le64(w, 0));
        }
    }

    /// Forgets every bit from `end` on.
    pub fn cut(&mut self, end: u64) {
        let _ = self.pages.split_off(&(end.div_ceil(64).div_ceil(PAGE_WORDS)));
        let last = self.words().map(|(n, _)| n).filter(|n| (n + 1) * 64 > end).collect::<Vec<_>>();
        for n in last {
            let keep = if n * 64 >= end { 0 } else { (1 << (end - n * 64)) - 1 };
            if let Some(p) = self.pages.get_mut(&(n / PAGE_WORDS)) {
                p[(n % PAGE_WORDS) as usize] &= keep;
            }
        }
    }
}
