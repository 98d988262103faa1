//! A fixed-length array whose clone shares its content: writing after a clone copies the touched piece only.
//!
//! Two levels of shared pieces: 64 chunks of 256 elements hang on a node, the nodes on a short vector. A million elements
//! make 62 nodes, so a clone is 62 reference counts and the first write after it copies 64 pointers and one chunk.

use std::sync::Arc;

const CHUNK: usize = 256;
const NODE: usize = 64 * CHUNK;

type Chunk<T> = Arc<[T]>;

/// The array. Elements are small plain values, handed out by copy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CowVec<T> {
    len: usize,
    nodes: Vec<Arc<Vec<Chunk<T>>>>,
}

impl<T: Copy> CowVec<T> {
    /// `len` elements, the i-th made by `make(i)`.
    pub(super) fn from_fn(len: usize, mut make: impl FnMut(usize) -> T) -> Self {
        let nodes = (0..len)
            .step_by(NODE)
            .map(|node| {
                let node_end = len.min(node + NODE);
                let chunks =
                    (node..node_end).step_by(CHUNK).map(|chunk| (chunk..node_end.min(chunk + CHUNK)).map(&mut make).collect()).collect();
                Arc::new(chunks)
            })
            .collect();
        Self { len, nodes }
    }

    /// `len` copies of `value`; all pieces are one piece until written to.
    pub(super) fn filled(len: usize, value: T) -> Self {
        Self::of(len, &Arc::from(vec![value; CHUNK]))
    }

    /// `len` elements, each piece this one.
    fn of(len: usize, piece: &Chunk<T>) -> Self {
        let node = Arc::new(vec![piece.clone(); NODE / CHUNK]);
        Self { len, nodes: vec![node; len.div_ceil(NODE)] }
    }

    /// Makes every piece equal to this one. What is this array's own already is written in place.
    fn reset(&mut self, piece: &Chunk<T>) {
        for node in self.nodes.iter_mut().filter(|node| node.iter().any(|chunk| !Arc::ptr_eq(chunk, piece))) {
            for chunk in Arc::make_mut(node).iter_mut().filter(|chunk| !Arc::ptr_eq(chunk, piece)) {
                match Arc::get_mut(chunk) {
                    Some(own) => own.copy_from_slice(piece),
                    None => *chunk = piece.clone(),
                }
            }
        }
    }

    /// The i-th element.
    pub(super) fn get(&self, i: usize) -> T {
        self.nodes[i / NODE][i % NODE / CHUNK][i % CHUNK]
    }

    /// The i-th element, to be changed; its chunk becomes this array's own.
    pub(super) fn at(&mut self, i: usize) -> &mut T {
        let node = Arc::make_mut(&mut self.nodes[i / NODE]);
        &mut Arc::make_mut(&mut node[i % NODE / CHUNK])[i % CHUNK]
    }
}

impl<T> std::fmt::Debug for CowVec<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CowVec[{}]", self.len)
    }
}

/// Bits that are set one by one and cleared all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: CowVec<u64>,
    /// A piece without any.
    zeros: Chunk<u64>,
    any: bool,
}

impl Bits {
    /// `len` bits, all clear.
    pub(super) fn new(len: u32) -> Self {
        let zeros = Arc::from(vec![0; CHUNK]);
        Self { words: CowVec::of((len as usize).div_ceil(64), &zeros), zeros, any: false }
    }

    /// Sets a bit and says whether it was set before.
    pub(super) fn test_and_set(&mut self, i: u32) -> bool {
        let (word, mask) = (i as usize / 64, 1u64 << (i % 64));
        if self.words.get(word) & mask != 0 {
            return true;
        }
        *self.words.at(word) |= mask;
        self.any = true;
        false
    }

    /// Whether a bit is set.
    pub(super) fn get(&self, i: u32) -> bool {
        self.words.get(i as usize / 64) & (1u64 << (i % 64)) != 0
    }

    /// Clears one bit.
    pub(super) fn clear(&mut self, i: u32) {
        if self.get(i) {
            *self.words.at(i as usize / 64) &= !(1u64 << (i % 64));
        }
    }

    /// Clears all bits.
    pub(super) fn clear_all(&mut self) {
        if self.any {
            self.words.reset(&self.zeros);
            self.any = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, CowVec};

    #[test]
    fn a_write_after_a_clone_leaves_the_clone_alone() {
        let mut a = CowVec::from_fn(100_000, |i| i as u32);
        let b = a.clone();
        *a.at(70_000) = 1;
        assert_eq!((a.get(70_000), b.get(70_000)), (1, 70_000));
        assert_eq!((a.get(99_999), b.get(99_999)), (99_999, 99_999));
    }

    #[test]
    fn a_write_after_a_clone_copies_one_chunk_only() {
        let mut a = CowVec::from_fn(1_000_000, |i| i as u32);
        let b = a.clone();
        *a.at(500_000) = 0;
        let pieces = |v: &CowVec<u32>| -> Vec<*const u32> { v.nodes.iter().flat_map(|n| n.iter().map(|c| c.as_ptr())).collect() };
        let differing = pieces(&a).iter().zip(pieces(&b)).filter(|(x, y)| **x != *y).count();
        assert_eq!(differing, 1);
    }

    #[test]
    fn filled_arrays_do_not_share_what_was_written() {
        let mut a = CowVec::filled(1000, 7u8);
        *a.at(3) = 9;
        assert_eq!((a.get(3), a.get(3 + 256), a.get(999)), (9, 7, 7));
    }

    #[test]
    fn bits_are_set_once_and_cleared_together() {
        let mut bits = Bits::new(130);
        assert!(!bits.test_and_set(129));
        assert!(bits.test_and_set(129));
        bits.test_and_set(0);
        bits.clear(0);
        assert!(!bits.get(0) && bits.get(129));
        let before = bits.clone();
        bits.clear_all();
        assert!(!bits.get(129) && before.get(129));
        assert!(!bits.test_and_set(129));
        bits.clear_all();
        assert_eq!(bits, Bits::new(130));
    }

    #[test]
    fn clearing_all_bits_writes_in_place() {
        let mut bits = Bits::new(130);
        bits.test_and_set(129);
        let place = bits.words.nodes[0][0].as_ptr();
        bits.clear_all();
        bits.test_and_set(1);
        assert_eq!(bits.words.nodes[0][0].as_ptr(), place);
    }
}
