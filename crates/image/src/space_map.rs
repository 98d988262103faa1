//! The metadata space map: do its counts match the references in the trees?

use super::counts::Counts;
use super::damage::{Area, Damage, Damages, Fault, Note};
use super::format::{
    BITMAP_ENTRIES, BITMAP_HEADER, Block, INDEX_ENTRIES, IndexEntry, Kind, MAX_METADATA_BLOCKS, NodeHeader, SpaceMapRoot, bitmap_count,
    le32, le64,
};
use super::source::Source;
use super::walk::{Visitor, read, tree};
use std::collections::BTreeMap;
use std::ops::Range;

fn damage(fault: Fault) -> Damage {
    Damage { area: Area::SpaceMap, fault, lost: None, cblocks: None, seen_by_cache_check: false }
}

/// The structures of a space map, judged but not yet compared.
#[derive(Debug, Default)]
pub(super) struct SpaceMap {
    root: SpaceMapRoot,
    entries: Vec<IndexEntry>,
    big: BTreeMap<u64, u32>,
    complete: bool,
}

struct RefCounts<'a> {
    nr_blocks: u64,
    big: &'a mut BTreeMap<u64, u32>,
    damages: &'a mut Damages,
    complete: bool,
}

impl Visitor for RefCounts<'_> {
    fn leaf(&mut self, h: &NodeHeader, b: &Block) {
        for i in 0..h.nr_entries {
            let (block, count) = (h.key(b, i), le32(b, h.value_offset(i)));
            if count < 3 || block >= self.nr_blocks {
                self.damages.push(damage(Fault::RefCount { block, count }));
            } else {
                self.big.insert(block, count);
            }
        }
    }

    fn lost(&mut self, _: Range<u64>, fault: Fault) {
        self.complete = false;
        self.damages.push(damage(fault));
    }
}

/// Reads index and reference count tree, and counts what they use. Bitmaps are counted too, but read by [`compare`].
pub(super) fn open(src: &dyn Source, root: SpaceMapRoot, counts: &mut Counts, damages: &mut Damages) -> SpaceMap {
    let mut sm = SpaceMap { root, complete: true, ..SpaceMap::default() };
    if root.nr_blocks > MAX_METADATA_BLOCKS {
        damages.push(damage(Fault::Field { text: format!("space map nr_blocks too large: {}", root.nr_blocks) }));
        sm.complete = false;
        return sm;
    }
    let mut v = RefCounts { nr_blocks: root.nr_blocks, big: &mut sm.big, damages, complete: true };
    tree(src, Area::SpaceMap, root.ref_count_root, 4, counts, &mut v);
    sm.complete = v.complete;

    let index = if let Some(other) = take(src, root.bitmap_root, counts) {
        Err(Fault::UsedTwice { block: root.bitmap_root, other })
    } else {
        read(src, Kind::Index, root.bitmap_root)
    };
    match index {
        Err(fault) => {
            damages.push(damage(fault));
            sm.complete = false;
        }
        Ok(b) => {
            let nr = root.nr_blocks.div_ceil(BITMAP_ENTRIES) as usize;
            for i in 0..nr.min(INDEX_ENTRIES) {
                let entry = IndexEntry::decode(&b, i);
                if let Some(other) = take(src, entry.blocknr, counts) {
                    damages.push(damage(Fault::UsedTwice { block: entry.blocknr, other }));
                }
                sm.entries.push(entry);
            }
        }
    }
    sm
}

fn take(src: &dyn Source, block: u64, counts: &mut Counts) -> Option<Area> {
    if block < src.nr_blocks() { counts.take(block, Area::SpaceMap) } else { None }
}

#[derive(Default)]
struct Leaks {
    nr: u64,
    first: u64,
}

impl Leaks {
    fn add(&mut self, block: u64) {
        if self.nr == 0 {
            self.first = block;
        }
        self.nr += 1;
    }
}

/// Compares every count with the uses. `trees_complete`: nothing of the arrays is out of reach, so that a block that is
/// counted but not used is really leaked.
pub(super) fn compare(
    src: &dyn Source,
    sm: &SpaceMap,
    counts: &Counts,
    trees_complete: bool,
    damages: &mut Damages,
    notes: &mut Vec<Note>,
) {
    let mut leaks = Leaks::default();
    let mut allocated = 0;
    let mut complete = sm.complete;
    for (i, entry) in sm.entries.iter().enumerate() {
        let base = i as u64 * BITMAP_ENTRIES;
        let end = sm.root.nr_blocks.min(base + BITMAP_ENTRIES);
        match read(src, Kind::Bitmap, entry.blocknr) {
            Err(fault) => {
                complete = false;
                damages.push(damage(fault));
            }
            Ok(b) => allocated += bitmap(sm, &b, i, base..end, counts, damages, &mut leaks),
        }
    }
    for block in counts.used_from(sm.root.nr_blocks) {
        if sm.complete {
            damages.push(damage(Fault::CountTooLow { block, counted: 0, used: counts.get(block) }));
        }
    }
    if complete && allocated != sm.root.nr_allocated {
        let what = "space map nr_allocated".into();
        damages.push(damage(Fault::Summary { what, stored: sm.root.nr_allocated, counted: allocated }));
    }
    if !(trees_complete && complete) {
        notes.push(Note::LeaksUnknown);
    } else if leaks.nr > 0 {
        notes.push(Note::Leaks { nr: leaks.nr, first: leaks.first });
    }
    if sm.root.nr_blocks != src.nr_blocks().min(MAX_METADATA_BLOCKS) {
        notes.push(Note::Size { described: sm.root.nr_blocks, present: src.nr_blocks() });
    }
}

fn bitmap(sm: &SpaceMap, b: &Block, i: usize, range: Range<u64>, counts: &Counts, damages: &mut Damages, leaks: &mut Leaks) -> u64 {
    let (mut allocated, mut first_free) = (0, None);
    let mut at = range.start;
    while at < range.end {
        let bit = at - range.start;
        // 32 counts at a time where nothing is counted and nothing used: most of a large device.
        let word = le64(b, BITMAP_HEADER + (bit / 32 * 8) as usize);
        let last = range.end.min(at + 32);
        let used = |n: u64| counts.page_of(n).is_some_and(|p| p[(n % p.len() as u64) as usize] != 0);
        if word == 0 && (counts.page_of(at).is_none() && counts.page_of(last - 1).is_none() || !(at..last).any(used)) {
            first_free.get_or_insert(bit);
            at = last;
            continue;
        }
        for n in at..last {
            let small = u32::from(bitmap_count(b, n - range.start));
            let counted = if small == 3 { sm.big.get(&n).copied().unwrap_or(3) } else { small };
            if small == 0 {
                first_free.get_or_insert(n - range.start);
            } else {
                allocated += 1;
            }
            if small == 3 && sm.complete && !sm.big.contains_key(&n) {
                damages.push(damage(Fault::RefCount { block: n, count: 0 }));
            }
            let used = if used(n) { counts.get(n) } else { 0 };
            if counted < used {
                damages.push(damage(Fault::CountTooLow { block: n, counted, used }));
            } else if counted > used {
                leaks.add(n);
            }
        }
        at = last;
    }
    let entry = sm.entries.get(i).copied().unwrap_or_default();
    // Linux counts 16,320 entries even where the device ends earlier, the user-space tools those that exist.
    let free = [BITMAP_ENTRIES - allocated, range.end - range.start - allocated];
    if !free.contains(&entry.nr_free.into()) {
        let what = format!("nr_free of space map bitmap {i}");
        damages.push(damage(Fault::Summary { what, stored: entry.nr_free.into(), counted: free[0] }));
    }
    let first_free = first_free.unwrap_or(range.end - range.start);
    if u64::from(entry.none_free_before) > first_free {
        let what = format!("none_free_before of space map bitmap {i}");
        damages.push(damage(Fault::Summary { what, stored: entry.none_free_before.into(), counted: first_free }));
    }
    allocated
}
