//! The trees an object sees: every block reachable from its roots, read from its own buffers first and the device else.

use super::View;
use dm_cache_engine::device::Page;
use dm_cache_engine::event::ObjectFields;
use dm_cache_image::format::{ARRAY_HEADER, M_DIRTY, M_VALID, NODE_HEADER, NODE_INTERNAL, NODE_LEAF, le32, le64};
use std::collections::BTreeMap;

/// Deepest btree that is followed.
const DEPTH_MAX: usize = 16;

/// What kind of block it is: the letter on a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum BlockKind {
    /// Superblock.
    S,
    /// btree node.
    N,
    /// Array block.
    A,
    /// Index of the space map.
    I,
    /// Bitmap of the space map.
    B,
    /// Reference-count btree.
    R,
}

impl BlockKind {
    /// The letter on its tile, and what it is in words.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::S => ("S", "superblock"),
            Self::N => ("N", "btree node"),
            Self::A => ("A", "array block"),
            Self::I => ("I", "index"),
            Self::B => ("B", "bitmap"),
            Self::R => ("R", "reference counts"),
        }
    }
}

/// Which tree it belongs to: the hue of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The superblock itself.
    Sb,
    /// Mapping array.
    Map,
    /// Hint array.
    Hint,
    /// Discard bitset.
    Disc,
    /// Dirty bitset (version 2).
    Dirty,
    /// Space map.
    Sm,
}

/// A block's place in the trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Role {
    /// Kind of block.
    pub kind: BlockKind,
    /// Tree it belongs to.
    pub owner: Owner,
    /// The block that points at it; none for a root.
    pub parent: Option<u64>,
}

/// What was reached from an object's roots.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trees {
    /// Every reachable block.
    pub blocks: BTreeMap<u64, Role>,
    /// Valid mapping entries: cblock, oblock, dirty flag of version 1.
    pub mappings: Vec<(u32, u64, bool)>,
    /// Blocks that are named but are not what they should be.
    pub unreadable: Vec<u64>,
}

struct Walk<'a> {
    get: &'a dyn Fn(u64) -> Option<Page>,
    trees: Trees,
}

/// Walks all trees that `fields` names, reading blocks with `get`.
#[must_use]
pub fn walk(fields: &ObjectFields, get: &dyn Fn(u64) -> Option<Page>) -> Trees {
    let mut walk = Walk { get, trees: Trees::default() };
    walk.note(0, BlockKind::S, Owner::Sb, None);
    walk.array(fields.mapping_root, Owner::Map);
    walk.array(fields.hint_root, Owner::Hint);
    walk.array(fields.discard_root, Owner::Disc);
    if fields.version >= 2 {
        walk.array(fields.dirty_root, Owner::Dirty);
    }
    walk.space_map(fields);
    walk.trees
}

impl Walk<'_> {
    fn note(&mut self, block: u64, kind: BlockKind, owner: Owner, parent: Option<u64>) -> bool {
        match self.trees.blocks.entry(block) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(Role { kind, owner, parent });
                true
            }
            std::collections::btree_map::Entry::Occupied(_) => false,
        }
    }

    fn array(&mut self, root: u64, owner: Owner) {
        if root != 0 {
            self.node(root, owner, BlockKind::N, None, 0);
        }
    }

    fn node(&mut self, block: u64, owner: Owner, kind: BlockKind, parent: Option<u64>, depth: usize) {
        if depth >= DEPTH_MAX || !self.note(block, kind, owner, parent) {
            return;
        }
        let Some(page) = (self.get)(block) else {
            self.trees.unreadable.push(block);
            return;
        };
        let bytes = page.bytes();
        let flags = le32(bytes, 4);
        let (entries, max) = (le32(bytes, 16) as usize, le32(bytes, 20) as usize);
        let values = NODE_HEADER + 8 * max;
        let leaf_of_counts = kind == BlockKind::R;
        if !matches!(flags, NODE_INTERNAL | NODE_LEAF)
            || entries > max
            || max > (4096 - NODE_HEADER) / 8
            || values + 8 * entries > 4096 && !leaf_of_counts
        {
            self.trees.unreadable.push(block);
            return;
        }
        if flags == NODE_LEAF && leaf_of_counts {
            return;
        }
        for i in 0..entries {
            let (key, value) = (le64(bytes, NODE_HEADER + 8 * i), le64(bytes, values + 8 * i));
            if flags == NODE_INTERNAL {
                self.node(value, owner, kind, Some(block), depth + 1);
            } else {
                self.array_block(value, key, owner, block);
            }
        }
    }

    fn array_block(&mut self, block: u64, key: u64, owner: Owner, parent: u64) {
        self.note(block, BlockKind::A, owner, Some(parent));
        if owner != Owner::Map {
            return;
        }
        let Some(page) = (self.get)(block) else {
            self.trees.unreadable.push(block);
            return;
        };
        let bytes = page.bytes();
        let per_block = (4096 - ARRAY_HEADER) / 8;
        let entries = (le32(bytes, 8) as usize).min(per_block);
        let values = &bytes[ARRAY_HEADER..].as_chunks::<8>().0[..entries];
        // Most of a large cache is empty: a step back over 256,000 cache blocks passes sixteen at a time.
        let groups = values.chunks(16).zip((0..).step_by(16));
        let mapped = groups.filter(|(group, _)| group.iter().fold(0, |any, value| any | value[0]) & M_VALID as u8 != 0);
        for (value, i) in mapped.flat_map(|(group, first)| group.iter().zip(first..)) {
            let value = u64::from_le_bytes(*value);
            if value & M_VALID != 0 {
                let cblock = key.saturating_mul(per_block as u64).saturating_add(i);
                self.trees.mappings.push((u32::try_from(cblock).unwrap_or(u32::MAX), value >> 16, value & M_DIRTY != 0));
            }
        }
    }

    fn space_map(&mut self, fields: &ObjectFields) {
        self.node(fields.sm_ref_count_root, Owner::Sm, BlockKind::R, None, 0);
        let index = fields.sm_bitmap_root;
        self.note(index, BlockKind::I, Owner::Sm, None);
        let Some(page) = (self.get)(index) else {
            self.trees.unreadable.push(index);
            return;
        };
        let bitmaps = fields.sm_nr_blocks.div_ceil(16_320).min(255);
        for i in 0..usize::try_from(bitmaps).unwrap_or(0) {
            self.note(le64(page.bytes(), 16 + 16 * i), BlockKind::B, Owner::Sm, Some(index));
        }
    }
}

/// Blocks that the committed space map on the device counts as used, up to `limit`.
#[must_use]
pub fn committed_counts(get: &dyn Fn(u64) -> Option<Page>, limit: u64) -> Vec<u8> {
    let Some(superblock) = get(0) else { return Vec::new() };
    let root = dm_cache_image::format::sb::SM_ROOT;
    let nr_blocks = le64(superblock.bytes(), root).min(limit);
    let Some(index) = get(le64(superblock.bytes(), root + 16)) else { return Vec::new() };
    let mut counts = Vec::new();
    for i in 0..nr_blocks.div_ceil(16_320).min(255) {
        let slot = 16 + 16 * usize::try_from(i).unwrap_or(0);
        let Some(bitmap) = get(le64(index.bytes(), slot)) else { return counts };
        for entry in 0..(nr_blocks - i * 16_320).min(16_320) {
            let entry = usize::try_from(entry).unwrap_or(0);
            let word = le64(bitmap.bytes(), 16 + 8 * (entry / 32));
            let pair = (word >> (2 * (entry % 32))) & 3;
            counts.push(match pair {
                2 => 1,
                1 => 2,
                other => u8::try_from(other).unwrap_or(3),
            });
        }
    }
    counts
}

impl View {
    /// The trees that `object` sees now.
    #[must_use]
    pub fn trees(&self, object: dm_cache_engine::event::ObjectId) -> Trees {
        let Some(o) = self.objects.get(&object) else { return Trees::default() };
        let client = self.client_of(object);
        let get = |block: u64| match client.and_then(|c| c.buffers.get(&block)) {
            Some(buffer) => Some(buffer.page.clone()),
            None => self.device_page(o.dev, block),
        };
        walk(&o.fields, &get)
    }
}
