//! What can be wrong with an image, and what it costs.

use super::format::Kind;
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// The part of the metadata a damage lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Block 0.
    Superblock,
    /// Which origin block lies in which cache block.
    Mapping,
    /// What the policy remembered of each cache block.
    Hint,
    /// Origin regions known to hold nothing.
    Discard,
    /// Version 2: which cache blocks differ from the origin.
    Dirty,
    /// Which metadata blocks are in use.
    SpaceMap,
}

impl Area {
    /// All areas, in the order they are examined.
    pub const ALL: [Self; 6] = [Self::Superblock, Self::Mapping, Self::Hint, Self::Discard, Self::Dirty, Self::SpaceMap];

    /// As `cache_check` names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Superblock => "superblock",
            Self::Mapping => "mapping array",
            Self::Hint => "hint array",
            Self::Discard => "discard bitset",
            Self::Dirty => "dirty bitset",
            Self::SpaceMap => "metadata space map",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that is wrong. The wording is `cache_check`'s where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The medium failed.
    #[error("cannot read block {block}: {text}")]
    Unreadable {
        /// Which block.
        block: u64,
        /// The medium's words.
        text: String,
    },
    /// A pointer leaves the device.
    #[error("block out of bounds ({block} >= {nr_blocks})")]
    OutOfBounds {
        /// The pointer.
        block: u64,
        /// Blocks of the image.
        nr_blocks: u64,
    },
    /// Checksum and bytes don't fit, for a block of that kind.
    #[error("bad checksum in {} (block {block})", kind.name())]
    BadChecksum {
        /// What the block should be.
        kind: Kind,
        /// Where it lies.
        block: u64,
        /// What its checksum would fit, if anything.
        looks_like: Option<Kind>,
    },
    /// The block says that it belongs elsewhere.
    #[error("block number mismatch: actually {block}, claims {claims}")]
    BadLocation {
        /// Where it lies.
        block: u64,
        /// What it says.
        claims: u64,
    },
    /// A btree block that is not exactly one of internal node and leaf.
    #[error("node is neither internal nor leaf (block {block}, flags {flags})")]
    NodeFlags {
        /// Which block.
        block: u64,
        /// Its flags.
        flags: u32,
    },
    /// Keys and values would not fit the block, or the size is not a multiple of 3.
    #[error("bad max entries: {max_entries} (block {block})")]
    NodeMaxEntries {
        /// Which block.
        block: u64,
        /// What it says.
        max_entries: u32,
    },
    /// More entries than there is room for.
    #[error("bad nr_entries: {nr_entries} > {max_entries} (block {block})")]
    NodeNrEntries {
        /// Which block.
        block: u64,
        /// Entries it claims.
        nr_entries: u32,
        /// Entries it has room for.
        max_entries: u32,
    },
    /// A node that is not the root is less than a third full.
    #[error("too few entries in btree_node: {nr_entries}, expected at least {min} (block {block})")]
    NodeTooFew {
        /// Which block.
        block: u64,
        /// Entries it has.
        nr_entries: u32,
        /// A third of its room.
        min: u32,
    },
    /// Values of another size than the tree's.
    #[error("bad value size: {value_size}, expected {expected} (block {block})")]
    ValueSize {
        /// Which block.
        block: u64,
        /// What it says.
        value_size: u32,
        /// What belongs there.
        expected: u32,
    },
    /// Keys don't ascend.
    #[error("keys are out of order, {key} <= {before} (block {block})")]
    KeyOrder {
        /// Which block.
        block: u64,
        /// The key.
        key: u64,
        /// The key before it.
        before: u64,
    },
    /// A key that the parent's keys exclude.
    #[error("parent key mismatch: {key} is not in [{begin}, {end}) (block {block})")]
    KeyRange {
        /// Which block.
        block: u64,
        /// The key.
        key: u64,
        /// The parent's key for this child.
        begin: u64,
        /// The parent's next key.
        end: u64,
    },
    /// Deeper than any tree Linux walks.
    #[error("btree too deep (block {block})")]
    TooDeep {
        /// Which block.
        block: u64,
    },
    /// A second pointer to a block; dm-cache never shares one.
    #[error("block {block} is used twice, here and in the {other}")]
    UsedTwice {
        /// Which block.
        block: u64,
        /// Who reached it first.
        other: Area,
    },
    /// An array block whose room is not what its array's value size gives: Linux refuses it since 6.1.
    #[error("bad max_entries in array block: {max_entries}, expected {expected} (block {block})")]
    ArrayMaxEntries {
        /// Which block.
        block: u64,
        /// Values it claims to have room for.
        max_entries: u32,
        /// Values that fit.
        expected: u32,
    },
    /// More values than fit an array block.
    #[error("bad nr_entries in array block: {nr_entries} > {max_entries} (block {block})")]
    ArrayNrEntries {
        /// Which block.
        block: u64,
        /// Values it claims.
        nr_entries: u32,
        /// Values that fit.
        max_entries: u32,
    },
    /// The array ends too early, or has a hole.
    #[error("missing blocks")]
    Missing,
    /// The array has more values than the superblock says.
    #[error("too many entries: {have}, expected {want}")]
    TooMany {
        /// Values found.
        have: u64,
        /// Values that belong there.
        want: u64,
    },
    /// Two cache blocks claim one origin block.
    #[error("origin block already mapped [cblock = {cblock}, oblock = {oblock}, flags = {flags}]")]
    DuplicateOrigin {
        /// The second one.
        cblock: u64,
        /// What both claim.
        oblock: u64,
        /// Of the second.
        flags: u64,
    },
    /// Flags that this metadata version does not know.
    #[error("unknown flags in mapping [cblock = {cblock}, oblock = {oblock}, flags = {flags}]")]
    UnknownFlags {
        /// The cache block.
        cblock: u64,
        /// Its origin block.
        oblock: u64,
        /// All its flags.
        flags: u64,
    },
    /// A superblock field no tool or kernel accepts.
    #[error("{text}")]
    Field {
        /// Name and value.
        text: String,
    },
    /// A block in use with too low a count: the kernel may write over it.
    #[error("metadata block {block} has count {counted}, but is used {used} time(s)")]
    CountTooLow {
        /// Which block.
        block: u64,
        /// In the space map.
        counted: u32,
        /// In the trees.
        used: u32,
    },
    /// A summary number of the space map is wrong.
    #[error("{what} is {stored}, counted {counted}")]
    Summary {
        /// Which number.
        what: String,
        /// As stored.
        stored: u64,
        /// As it should be.
        counted: u64,
    },
    /// An entry of the reference count tree that does not belong there.
    #[error("reference count tree says {count} for metadata block {block}")]
    RefCount {
        /// Which block.
        block: u64,
        /// Its count.
        count: u32,
    },
}

impl Fault {
    /// The block that is wrong, where it is one.
    #[must_use]
    pub const fn block(&self) -> Option<u64> {
        match self {
            Self::Unreadable { block, .. }
            | Self::BadChecksum { block, .. }
            | Self::BadLocation { block, .. }
            | Self::NodeFlags { block, .. }
            | Self::NodeMaxEntries { block, .. }
            | Self::NodeNrEntries { block, .. }
            | Self::NodeTooFew { block, .. }
            | Self::ValueSize { block, .. }
            | Self::KeyOrder { block, .. }
            | Self::KeyRange { block, .. }
            | Self::TooDeep { block }
            | Self::UsedTwice { block, .. }
            | Self::ArrayMaxEntries { block, .. }
            | Self::ArrayNrEntries { block, .. }
            | Self::CountTooLow { block, .. }
            | Self::RefCount { block, .. } => Some(*block),
            Self::OutOfBounds { .. }
            | Self::Missing
            | Self::TooMany { .. }
            | Self::DuplicateOrigin { .. }
            | Self::UnknownFlags { .. }
            | Self::Field { .. }
            | Self::Summary { .. } => None,
        }
    }
}

/// A fault, where it is, and what is lost with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Which part of the metadata.
    pub area: Area,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// Entries of that array which cannot be had: cblocks, or words' bits for a bitset.
    pub lost: Option<Range<u64>>,
    /// Cache blocks whose mapping, hint or dirty bit this costs.
    pub cblocks: Option<Range<u64>>,
    /// Whether `cache_check` 0.9 minds it: it does not look everywhere, and not at everything where it looks.
    pub seen_by_cache_check: bool,
}

/// Something odd that loses nothing; it does not change the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "note", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// The cache was never resumed: there is nothing to map yet.
    #[error("cache_blocks is 0: the cache was never resumed")]
    NeverResumed,
    /// All zeros: Linux formats this.
    #[error("the superblock is all zeros: Linux would format this device")]
    Unformatted,
    /// NEEDS_CHECK is set.
    #[error("the needs_check flag is set")]
    NeedsCheck,
    /// CLEAN_SHUTDOWN is not set.
    #[error("not shut down cleanly: Linux will take every mapped block as dirty")]
    Unclean,
    /// Blocks counted but not used.
    #[error("{nr} leaked metadata block(s), from block {first} on")]
    Leaks {
        /// How many.
        nr: u64,
        /// The lowest.
        first: u64,
    },
    /// Leaks were not judged, as parts could not be read.
    #[error("leaks not judged: parts of the metadata could not be read")]
    LeaksUnknown,
    /// The space map describes another number of blocks than there are.
    #[error("the space map describes {described} metadata blocks, the image has {present}")]
    Size {
        /// In the space map's root.
        described: u64,
        /// In the image.
        present: u64,
    },
    /// Dirty bits of unmapped cache blocks.
    #[error("{nr} unmapped cache block(s) are marked dirty, the first is {first}")]
    DirtyUnmapped {
        /// How many.
        nr: u64,
        /// The lowest.
        first: u64,
    },
    /// The kernel knows no incompatible features at all.
    #[error("the variable hint size feature is set: the tools accept it, Linux refuses to open")]
    VariableHintSize,
    /// Damages beyond the number that is kept.
    #[error("{nr} more damage(s) not listed")]
    More {
        /// How many.
        nr: u64,
    },
}

/// Damages, up to a limit that keeps a hostile image from filling memory.
#[derive(Debug, Clone, Default)]
pub struct Damages {
    /// In the order they were met.
    pub list: Vec<Damage>,
    /// Met but not kept.
    pub dropped: u64,
}

/// Damages kept in one list.
pub const MAX_DAMAGES: usize = 4096;

impl Damages {
    /// Keeps one more, if there is room.
    pub fn push(&mut self, damage: Damage) {
        if self.list.len() < MAX_DAMAGES {
            self.list.push(damage);
        } else {
            self.dropped += 1;
        }
    }

    /// Keeps another list's.
    pub fn append(&mut self, other: Self) {
        self.dropped += other.dropped;
        for d in other.list {
            self.push(d);
        }
    }

    /// Cache blocks that damages of an area cost: apart from each other, ascending.
    #[must_use]
    pub fn cblocks(&self, area: Area) -> Vec<Range<u64>> {
        let of_area = self.list.iter().filter(|d| d.area == area);
        let mut all: Vec<Range<u64>> = of_area.filter_map(|d| d.cblocks.clone()).filter(|run| !run.is_empty()).collect();
        all.sort_unstable_by_key(|run| run.start);
        let mut out: Vec<Range<u64>> = Vec::new();
        for run in all {
            match out.last_mut().filter(|last| run.start <= last.end) {
                Some(last) => last.end = last.end.max(run.end),
                None => out.push(run),
            }
        }
        out
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
