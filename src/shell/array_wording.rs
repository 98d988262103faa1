//! What `cache_check` 0.9 prints of a damaged mapping or hint array.
//!
//! It reads the leaves of the array's btree in order. Of a leaf that cannot be read it names the entries behind it; of one with a bad
//! array block it reads no further block and says that it misses what begins behind the *whole leaf*. A range is closed by the next leaf
//! that can be read; what fails in a row goes into one range, the reasons strung together. At the end it compares the last entry seen
//! with the superblock's count.

use dm_cache_image::check;
use dm_cache_image::counts::Counts;
use dm_cache_image::damage::{Area, Fault};
use dm_cache_image::format::{ArrayHeader, Block, Kind, NodeHeader, array_max_entries, le64};
use dm_cache_image::walk;
use std::ops::Range;

/// The arrays that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Mappings,
    Hints,
}

impl Values {
    pub(super) fn of(area: Area) -> Option<Self> {
        match area {
            Area::Mapping => Some(Self::Mappings),
            Area::Hint => Some(Self::Hints),
            _ => None,
        }
    }

    fn per_block(self) -> u64 {
        u64::from(array_max_entries(match self {
            Self::Mappings => 8,
            Self::Hints => 4,
        }))
    }

    fn area(self) -> Area {
        match self {
            Self::Mappings => Area::Mapping,
            Self::Hints => Area::Hint,
        }
    }
}

/// A leaf of the array's btree: the keys of array blocks it holds, and where they lie.
#[derive(Debug)]
struct Leaf {
    keys: Range<u64>,
    blocks: Result<Vec<(u64, u64)>, Fault>,
}

/// A range of entries that is being missed.
#[derive(Debug)]
struct Missed {
    begin: u64,
    reasons: String,
}

/// Its lines on an array with damage.
pub(super) fn faults(report: &check::Report, image: &[u8], values: Values, root: u64, nr_entries: u64) -> String {
    let mut text = String::new();
    for d in report.damages.iter().filter(|d| d.area == values.area()) {
        if matches!(d.fault, Fault::DuplicateOrigin { .. } | Fault::UnknownFlags { .. }) {
            text.push_str(&format!("  invalid mapping:\n    {}\n", d.fault));
        }
    }
    let per_block = values.per_block();
    let mut leaves = Leaves::default();
    walk::tree(&image, values.area(), root, 8, &mut Counts::default(), &mut leaves);
    let (mut missed, mut last_seen): (Option<Missed>, u64) = (None, 0);
    for leaf in leaves.0 {
        let blocks = match leaf.blocks {
            Ok(blocks) => blocks,
            Err(fault) => {
                miss(&mut missed, leaf.keys.start.saturating_mul(per_block), &reason(&fault));
                continue;
            }
        };
        if let Some(missed) = missed.take() {
            text.push_str(&line(&missed, &leaf.keys.start.saturating_mul(per_block).to_string()));
        }
        for (key, block) in blocks {
            match walk::read(&image, Kind::ArrayBlock, block) {
                // An empty first block makes it see the entry before the first.
                Ok(b) => {
                    let end = key.saturating_mul(per_block).saturating_add(u64::from(ArrayHeader::decode(&b).nr_entries));
                    last_seen = last_seen.max(end.wrapping_sub(1));
                }
                Err(fault) => {
                    miss(&mut missed, leaf.keys.end.saturating_mul(per_block), &reason(&fault));
                    break;
                }
            }
        }
    }
    text.extend(missed.map(|missed| line(&missed, "-")));
    let end = last_seen.wrapping_add(1);
    if end != nr_entries {
        text.push_str(&format!("  missing mappings [{end}, {nr_entries}]:\n    missing blocks\n"));
    }
    text
}

fn miss(missed: &mut Option<Missed>, begin: u64, reason: &str) {
    missed.get_or_insert(Missed { begin, reasons: String::new() }).reasons.push_str(reason);
}

fn line(missed: &Missed, end: &str) -> String {
    format!("  missing mappings [{}, {end}]:\n    {}\n", missed.begin, missed.reasons)
}

/// Why a block cannot be read, in its words.
fn reason(fault: &Fault) -> String {
    match fault {
        Fault::BadChecksum { kind: Kind::ArrayBlock, .. } => "bad checksum in array block node".to_owned(),
        Fault::BadLocation { .. } => "bad block nr in array block".to_owned(),
        // It ends this one with a line of its own.
        Fault::OutOfBounds { .. } => format!("{fault}\n"),
        fault => fault.to_string(),
    }
}

/// Collects the leaves of a tree in the order of their keys.
#[derive(Default)]
struct Leaves(Vec<Leaf>);

impl walk::Visitor for Leaves {
    fn leaf(&mut self, header: &NodeHeader, block: &Block) {
        let blocks: Vec<(u64, u64)> = (0..header.nr_entries).map(|i| (header.key(block, i), le64(block, header.value_offset(i)))).collect();
        let end = blocks.last().map_or(0, |(key, _)| key.saturating_add(1));
        self.0.push(Leaf { keys: blocks.first().map_or(0, |(key, _)| *key)..end, blocks: Ok(blocks) });
    }

    fn lost(&mut self, keys: Range<u64>, fault: Fault) {
        self.0.push(Leaf { keys, blocks: Err(fault) });
    }
}
