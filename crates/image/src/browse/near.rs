//! A block and those beside it.

use super::seen::Near;
use super::{Browser, Planned, owner};
use crate::damage::Area;
use crate::format::Kind;

/// Blocks that are shown together.
const NEAR: u64 = 9;

impl Browser {
    /// Blocks around `at`, itself among them: as many before it as after, but where the image begins or ends.
    pub(super) fn near(&self, at: u64) -> Vec<Near> {
        let nr_blocks = self.src.nr_blocks();
        let first = at.saturating_sub(NEAR / 2).min(nr_blocks.saturating_sub(NEAR));
        let near = |block| Near { block, owner: owner(&self.map, &self.counts, block), letter: self.map.usage(block).map(letter) };
        (first..nr_blocks.min(first + NEAR)).map(near).collect()
    }

    /// The first and the last cblock whose mapping or hint lies in the block.
    pub(super) fn cblocks(&self, at: u64) -> Option<(u64, u64)> {
        let range = |planned: &Planned| {
            let key = planned.blocks.iter().find(|b| b.block == at)?.key;
            let entries = planned.array.entries(&(key..key.checked_add(1)?));
            (!entries.is_empty()).then(|| (entries.start, entries.end - 1))
        };
        range(&self.mapping).or_else(|| self.hint.as_ref().and_then(range))
    }
}

/// What stands on the tiles of the stage, too.
const fn letter((area, kind): (Area, Kind)) -> char {
    match (kind, area) {
        (Kind::Superblock, _) => 'S',
        (Kind::BtreeNode, Area::SpaceMap) => 'R',
        (Kind::BtreeNode, _) => 'N',
        (Kind::ArrayBlock, _) => 'A',
        (Kind::Index, _) => 'I',
        (Kind::Bitmap, _) => 'B',
    }
}
