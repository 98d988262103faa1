//! Walking btrees and arrays that cannot be trusted.
//!
//! A tree walk enters each block once, so its time is bounded by the blocks it really reads, whatever the pointers
//! say: cycles and shared subtrees end at the second visit, which is reported.

use super::counts::Counts;
use super::damage::{Area, Damage, Damages, Fault};
use super::format::{
    ARRAY_HEADER, ArrayHeader, BLOCK_SIZE, Block, Kind, M_DIRTY, M_FLAGS_MASK, M_VALID, NODE_HEADER, NODE_INTERNAL, NODE_LEAF, NodeHeader,
    array_max_entries, checksum, le64,
};
use super::source::Source;
use std::ops::Range;

/// Levels of the deepest tree that is followed; Linux's own cursor holds 16.
const MAX_DEPTH: u32 = 16;

/// Keys of array blocks stay below this: Linux's arrays have 32-bit indices.
const MAX_KEY: u64 = 1 << 32;

/// One array as the superblock describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Array {
    /// Whose it is.
    pub area: Area,
    /// Root of its btree.
    pub root: u64,
    /// Bytes of a value.
    pub value_size: u32,
    /// Values it should have.
    pub nr_entries: u64,
    /// Cache blocks a value speaks of: 1 for mappings and hints, 64 for dirty words, 0 for discards.
    pub cblocks_per_entry: u64,
    /// Cache blocks there are.
    pub cache_blocks: u64,
}

impl Array {
    /// Values in a full block.
    #[must_use]
    pub const fn per_block(&self) -> u64 {
        array_max_entries(self.value_size) as u64
    }

    /// Entries behind a range of array block keys, cut at the array's end.
    #[must_use]
    pub fn entries(&self, keys: &Range<u64>) -> Range<u64> {
        let end = keys.end.saturating_mul(self.per_block()).min(self.nr_entries);
        keys.start.saturating_mul(self.per_block()).min(end)..end
    }

    /// Whether `cache_check` 0.9 reads it.
    const fn is_read_by_cache_check(&self) -> bool {
        matches!(self.area, Area::Mapping | Area::Hint)
    }

    /// Whether `cache_check` 0.9 minds that the block of that key holds `nr` values. It does not mind a hole: it looks where the last value
    /// stands, and takes a first block without values for one that ends nowhere.
    const fn cache_check_minds(&self, key: u64, nr: u64) -> bool {
        let begin = key.saturating_mul(self.per_block());
        let end = begin.saturating_add(nr);
        let is_last = begin.saturating_add(self.per_block()) >= self.nr_entries;
        self.is_read_by_cache_check() && ((key == 0 && nr == 0) || end > self.nr_entries || (is_last && end != self.nr_entries))
    }

    /// Damage that costs these entries.
    #[must_use]
    pub fn damage(&self, fault: Fault, lost: Range<u64>) -> Damage {
        let per = self.cblocks_per_entry;
        let cblocks = (lost.start.saturating_mul(per))..(lost.end.saturating_mul(per)).min(self.cache_blocks);
        Damage {
            area: self.area,
            fault,
            cblocks: (per > 0 && cblocks.start < cblocks.end).then_some(cblocks),
            lost: (lost.start < lost.end).then_some(lost),
            seen_by_cache_check: self.is_read_by_cache_check(),
        }
    }
}

/// An array block and its key in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrayBlock {
    /// Its index in the array.
    pub key: u64,
    /// Where it lies.
    pub block: u64,
}

/// Checks a block's bytes as one of a kind: checksum first, as the user-space tools do (Linux looks at the location first).
///
/// # Errors
/// What is wrong with it.
pub fn verify(b: &Block, kind: Kind, block: u64) -> Result<(), Fault> {
    if checksum(b, kind) != super::format::le32(b, 0) {
        return Err(Fault::BadChecksum { kind, block, looks_like: Kind::sniff(b) });
    }
    let claims = le64(b, kind.blocknr_offset());
    if claims != block {
        return Err(Fault::BadLocation { block, claims });
    }
    Ok(())
}

/// Reads a block and checks it.
///
/// # Errors
/// What is wrong with it.
pub fn read(src: &dyn Source, kind: Kind, block: u64) -> Result<Box<Block>, Fault> {
    if block >= src.nr_blocks() {
        return Err(Fault::OutOfBounds { block, nr_blocks: src.nr_blocks() });
    }
    let b = src.block(block).map_err(|e| Fault::Unreadable { block, text: e.text })?;
    verify(&b, kind, block)?;
    Ok(b)
}

/// Checks a btree node's header and keys.
///
/// # Errors
/// What is wrong with it.
pub fn verify_node(b: &Block, block: u64, value_size: u32, range: &Range<u64>, is_root: bool) -> Result<NodeHeader, Fault> {
    let h = NodeHeader::decode(b);
    let expected = match h.flags & (NODE_INTERNAL | NODE_LEAF) {
        NODE_INTERNAL => 8,
        NODE_LEAF => value_size,
        _ => return Err(Fault::NodeFlags { block, flags: h.flags }),
    };
    if h.value_size != expected {
        return Err(Fault::ValueSize { block, value_size: h.value_size, expected });
    }
    let bytes = u64::from(h.max_entries) * (8 + u64::from(h.value_size)) + NODE_HEADER as u64;
    if bytes > BLOCK_SIZE as u64 || !h.max_entries.is_multiple_of(3) {
        return Err(Fault::NodeMaxEntries { block, max_entries: h.max_entries });
    }
    if h.nr_entries > h.max_entries {
        return Err(Fault::NodeNrEntries { block, nr_entries: h.nr_entries, max_entries: h.max_entries });
    }
    let internal = h.flags & NODE_INTERNAL != 0;
    let min = if is_root { u32::from(internal) } else { (h.max_entries / 3).max(1) };
    if h.nr_entries < min {
        return Err(Fault::NodeTooFew { block, nr_entries: h.nr_entries, min });
    }
    let mut before = None;
    for i in 0..h.nr_entries {
        let key = h.key(b, i);
        if let Some(before) = before.filter(|p| key <= *p) {
            return Err(Fault::KeyOrder { block, key, before });
        }
        if !range.contains(&key) {
            return Err(Fault::KeyRange { block, key, begin: range.start, end: range.end });
        }
        before = Some(key);
    }
    Ok(h)
}

/// What a tree walk reports, in key order.
pub trait Visitor {
    /// A sound leaf.
    fn leaf(&mut self, header: &NodeHeader, block: &Block);
    /// Keys that a fault makes unreachable.
    fn lost(&mut self, keys: Range<u64>, fault: Fault);
}

/// Walks a tree depth first, counting each block as used by `area`.
pub fn tree(src: &dyn Source, area: Area, root: u64, value_size: u32, counts: &mut Counts, v: &mut dyn Visitor) {
    let mut walk = Walk { src, area, value_size, counts, v };
    walk.node(root, 0..u64::MAX, 0);
}

struct Walk<'a> {
    src: &'a dyn Source,
    area: Area,
    value_size: u32,
    counts: &'a mut Counts,
    v: &'a mut dyn Visitor,
}

impl Walk<'_> {
    fn node(&mut self, block: u64, range: Range<u64>, depth: u32) {
        match self.enter(block, &range, depth) {
            Err(fault) => self.v.lost(range, fault),
            Ok((h, b)) if h.flags & NODE_LEAF != 0 => self.v.leaf(&h, &b),
            Ok((h, b)) => {
                for i in 0..h.nr_entries {
                    let begin = if i == 0 { range.start } else { h.key(&b, i) };
                    let end = if i + 1 == h.nr_entries { range.end } else { h.key(&b, i + 1) };
                    self.node(le64(&b[..], h.value_offset(i)), begin..end, depth + 1);
                }
            }
        }
    }

    fn enter(&mut self, block: u64, range: &Range<u64>, depth: u32) -> Result<(NodeHeader, Box<Block>), Fault> {
        if block >= self.src.nr_blocks() {
            return Err(Fault::OutOfBounds { block, nr_blocks: self.src.nr_blocks() });
        }
        if let Some(other) = self.counts.owner(block) {
            self.counts.take(block, self.area);
            return Err(Fault::UsedTwice { block, other });
        }
        let node = read(self.src, Kind::BtreeNode, block);
        // What is sound as another kind is not used here: who points to it as what it is may come later.
        if !matches!(node, Err(Fault::BadChecksum { looks_like: Some(_), .. })) {
            self.counts.take(block, self.area);
        }
        if depth >= MAX_DEPTH {
            return Err(Fault::TooDeep { block });
        }
        let b = node?;
        let h = verify_node(&b, block, self.value_size, range, depth == 0)?;
        Ok((h, b))
    }
}

struct Plan<'a> {
    array: &'a Array,
    nr_blocks: u64,
    next: u64,
    blocks: Vec<ArrayBlock>,
    damages: &'a mut Damages,
    refs: Vec<ArrayBlock>,
}

impl Plan<'_> {
    fn missing(&mut self, until: u64) {
        let wanted = self.array.nr_entries.div_ceil(self.array.per_block());
        let gap = self.next..until.min(wanted);
        if gap.start < gap.end {
            let lost = self.array.entries(&gap);
            // `cache_check` counts value 0 as met before it has met any.
            let seen = self.array.is_read_by_cache_check() && lost.end == self.array.nr_entries && lost.end > 1;
            self.damages.push(Damage { seen_by_cache_check: seen, ..self.array.damage(Fault::Missing, lost) });
        }
        self.next = self.next.max(until);
    }
}

impl Visitor for Plan<'_> {
    fn leaf(&mut self, h: &NodeHeader, b: &Block) {
        for i in 0..h.nr_entries {
            let (key, block) = (h.key(b, i), le64(b, h.value_offset(i)));
            self.missing(key);
            self.next = key.saturating_add(1);
            self.refs.push(ArrayBlock { key, block });
        }
    }

    fn lost(&mut self, keys: Range<u64>, fault: Fault) {
        self.missing(keys.start);
        self.next = self.next.max(keys.end);
        let lost = self.array.entries(&keys);
        self.damages.push(self.array.damage(fault, lost));
    }
}

/// Walks an array's tree: the blocks that hold its values, ascending by key. Holes, unreachable parts, pointers out of
/// the image and blocks in use elsewhere are reported as damage.
pub fn plan(src: &dyn Source, array: &Array, counts: &mut Counts, damages: &mut Damages) -> Vec<ArrayBlock> {
    let mut p = Plan { array, nr_blocks: src.nr_blocks(), next: 0, blocks: Vec::new(), damages, refs: Vec::new() };
    tree(src, array.area, array.root, 8, counts, &mut p);
    p.missing(u64::MAX);
    let Plan { refs, mut blocks, damages, nr_blocks, .. } = p;
    for r in refs {
        let keys = r.key..r.key.saturating_add(1);
        let fault = if r.key >= MAX_KEY {
            Fault::KeyRange { block: array.root, key: r.key, begin: 0, end: MAX_KEY }
        } else if r.block >= nr_blocks {
            Fault::OutOfBounds { block: r.block, nr_blocks }
        } else if let Some(other) = counts.take(r.block, array.area) {
            Fault::UsedTwice { block: r.block, other }
        } else {
            blocks.push(r);
            continue;
        };
        damages.push(array.damage(fault, array.entries(&keys)));
    }
    blocks
}

/// Blocks read in one go.
const RUN: usize = 64;

/// Reads the blocks of a plan in runs and hands each sound one to `f`: array block, number of values, their bytes.
/// Returns how many values the array really has, up to its last sound block.
pub fn values(
    src: &dyn Source,
    array: &Array,
    plan: &[ArrayBlock],
    damages: &mut Damages,
    f: &mut dyn FnMut(ArrayBlock, &[u8], &mut Damages),
) -> u64 {
    let mut buf = vec![0; RUN.min(plan.len().max(1)) * BLOCK_SIZE];
    let mut rest = plan;
    let mut end = 0;
    while let Some(first) = rest.first() {
        let run = rest.iter().take(RUN).zip(first.block..).take_while(|(a, b)| a.block == *b).count();
        let (now, later) = rest.split_at(run);
        rest = later;
        let bytes = &mut buf[..run * BLOCK_SIZE];
        let whole = src.read(first.block, bytes);
        for (a, b) in now.iter().zip(bytes.chunks_exact_mut(BLOCK_SIZE)) {
            let got = if whole.is_err() { src.read(a.block, b) } else { Ok(()) };
            let judged =
                got.map_err(|e| Fault::Unreadable { block: a.block, text: e.text }).and_then(|()| verify_array_block(b, array, a.block));
            match judged {
                Err(fault) => {
                    let seen = match fault {
                        Fault::ValueSize { .. } => cache_check_minds_values(b, array, a.key),
                        _ => array.is_read_by_cache_check(),
                    };
                    let damage = array.damage(fault, array.entries(&(a.key..a.key.saturating_add(1))));
                    damages.push(Damage { seen_by_cache_check: seen, ..damage });
                }
                Ok((nr, header)) => {
                    let begin = a.key.saturating_mul(array.per_block());
                    let want = array.entries(&(a.key..a.key.saturating_add(1)));
                    let mut nr = nr;
                    if let Some(fault) = header {
                        let too_many = matches!(fault, Fault::ArrayNrEntries { .. });
                        if too_many {
                            nr = want.end - want.start;
                        }
                        let seen = too_many && cache_check_minds_values(b, array, a.key);
                        damages.push(Damage { seen_by_cache_check: seen, ..array.damage(fault, 0..0) });
                    }
                    end = begin.saturating_add(nr);
                    f(*a, &b[ARRAY_HEADER..][..nr as usize * array.value_size as usize], damages);
                    if end < want.end {
                        let seen = array.cache_check_minds(a.key, nr);
                        damages.push(Damage { seen_by_cache_check: seen, ..array.damage(Fault::Missing, end..want.end) });
                    }
                }
            }
        }
    }
    if end > array.nr_entries {
        damages.push(array.damage(Fault::TooMany { have: end, want: array.nr_entries }, 0..0));
    }
    end
}

/// How many values a block has, and what is wrong with its header though the values are believed: one of value size and room is the array's, so
/// that the block is no other array's, and the checksum holds. The tools read such a block, Linux refuses it since 6.1. Of a block that says it
/// holds more than it has room for, the caller takes as many as the array has there.
fn verify_array_block(b: &[u8], array: &Array, block: u64) -> Result<(u64, Option<Fault>), Fault> {
    let Ok(b) = <&Block>::try_from(b) else {
        return Err(Fault::Unreadable { block, text: "short block".into() });
    };
    verify(b, Kind::ArrayBlock, block)?;
    let h = ArrayHeader::decode(b);
    let max_entries = array_max_entries(array.value_size);
    let value_size =
        (h.value_size != array.value_size).then_some(Fault::ValueSize { block, value_size: h.value_size, expected: array.value_size });
    let room =
        (h.max_entries != max_entries).then_some(Fault::ArrayMaxEntries { block, max_entries: h.max_entries, expected: max_entries });
    let header = match (value_size, room) {
        (Some(fault), Some(_)) => return Err(fault),
        (fault, None) | (None, fault) => fault,
    };
    let number = (h.nr_entries > max_entries).then_some(Fault::ArrayNrEntries { block, nr_entries: h.nr_entries, max_entries });
    match (number, header) {
        (Some(fault), Some(_)) => Err(fault),
        (fault, None) | (None, fault) => Ok((u64::from(h.nr_entries), fault)),
    }
}

/// Whether `cache_check` 0.9 minds what an array block holds whose checksum and location are right. Of the header it reads `nr_entries` alone;
/// it takes the values for the array's own, and reads on where they do not fit the block.
fn cache_check_minds_values(b: &[u8], array: &Array, key: u64) -> bool {
    let Ok(b) = <&Block>::try_from(b) else { return true };
    let nr = ArrayHeader::decode(b).nr_entries;
    let fits = nr <= array_max_entries(array.value_size);
    let unknown = |value: u64| value & M_VALID != 0 && value & M_FLAGS_MASK & !(M_VALID | M_DIRTY) != 0;
    let mut values = b[ARRAY_HEADER..].chunks_exact(8).take(nr as usize).map(|value| le64(value, 0));
    array.cache_check_minds(key, nr.into()) || (array.area == Area::Mapping && (!fits || values.any(unknown)))
}
