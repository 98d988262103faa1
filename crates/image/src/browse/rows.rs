//! Mappings in cblock order, with what cannot be read named in its place.

use super::Browser;
use super::seen::{Row, Rows};
use crate::format::{ARRAY_HEADER, Kind, M_DIRTY, M_VALID, le32, le64};
use crate::walk;

/// Mappings listed at a time.
const ROWS: usize = 100;

impl Browser {
    /// Mappings from a cblock on.
    #[must_use]
    pub fn rows(&self, from: u64) -> Rows {
        let per_block = self.mapping.array.per_block().max(1);
        let cache_blocks = u64::from(self.overview.cache_blocks);
        let mut rows = Rows { from, ..Rows::default() };
        let mut expected = from / per_block;
        let first = self.mapping.blocks.partition_point(|b| b.key < expected);
        for array_block in self.mapping.blocks.iter().skip(first) {
            if array_block.key > expected {
                rows.hole(expected * per_block, array_block.key * per_block - 1, "no block for them in the tree".into());
            }
            expected = array_block.key.saturating_add(1);
            let b = super::block_of(&*self.src, array_block.block);
            let begin = array_block.key.saturating_mul(per_block);
            if let Err(fault) = walk::verify(&b, Kind::ArrayBlock, array_block.block) {
                let end = begin.saturating_add(per_block).min(cache_blocks);
                rows.hole(begin.max(from), end.saturating_sub(1), format!("block {}: {fault}", array_block.block));
                continue;
            }
            let nr = u64::from(le32(&b[..], 8)).min(per_block);
            for i in from.saturating_sub(begin).min(nr)..nr {
                let value = le64(&b[..], ARRAY_HEADER + i as usize * 8);
                if value & M_VALID == 0 {
                    continue;
                }
                let cblock = begin + i;
                if rows.list.len() >= ROWS {
                    rows.next = Some(cblock);
                    return rows;
                }
                let dirty = self.dirty.as_ref().map_or(value & M_DIRTY != 0, |bits| bits.get(cblock));
                let hint = self.hint.as_ref().and_then(|h| h.value(&*self.src, cblock)).map(|b| le32(&b, 0));
                rows.list.push(Row::Mapping { cblock, oblock: value >> 16, dirty, hint });
            }
        }
        let end = expected.saturating_mul(per_block);
        if end < cache_blocks {
            rows.hole(end, cache_blocks - 1, "no block for them in the tree".into());
        }
        rows
    }

    /// The cblock that an origin block is mapped to.
    #[must_use]
    pub fn find(&self, oblock: u64) -> Option<u64> {
        let array = &self.mapping.array;
        let mut found = None;
        walk::values(&*self.src, array, &self.mapping.blocks, &mut Default::default(), &mut |a, bytes, _| {
            let mut values = bytes.chunks_exact(8).zip(0..);
            if found.is_none()
                && let Some((_, i)) = values.find(|(v, _)| le64(v, 0) & M_VALID != 0 && le64(v, 0) >> 16 == oblock)
            {
                found = Some(a.key.saturating_mul(array.per_block()) + i);
            }
        });
        found
    }
}

impl Rows {
    fn hole(&mut self, from: u64, to: u64, why: String) {
        if from <= to {
            self.list.push(Row::Hole { from, to, why });
        }
    }
}
