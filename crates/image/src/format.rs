//! Where every field of a metadata block lies, as chains of constants, and decoders over plain bytes.
//!
//! ```text
//! superblock  csum flags blocknr uuid[16] magic version policy_name[16] hint_size sm_root[128] roots … (292 bytes)
//! btree node  csum flags blocknr nr_entries max_entries value_size pad | keys[max] | values[max]
//! array block csum max_entries nr_entries value_size blocknr | values[nr]
//! index       csum pad blocknr | 255 × { bitmap, nr_free, none_free_before }
//! bitmap      csum pad blocknr | 16320 × 2 bits, high bit first
//! ```
//! `docs/on-disk-format.md`

use serde::Serialize;

/// Bytes in a metadata block.
pub const BLOCK_SIZE: usize = 4096;
/// Sectors in a metadata block.
pub const BLOCK_SECTORS: u32 = 8;
/// The superblock's magic: the octal literal `06142003`.
pub const MAGIC: u64 = 0o6_142_003;
/// Metadata blocks that a space map can describe: 255 bitmaps of 16,320 entries.
pub const MAX_METADATA_BLOCKS: u64 = INDEX_ENTRIES as u64 * BITMAP_ENTRIES;

/// One metadata block's bytes.
pub type Block = [u8; BLOCK_SIZE];

/// `flags` bit 0 of the superblock.
pub const CLEAN_SHUTDOWN: u32 = 1;
/// `flags` bit 1 of the superblock.
pub const NEEDS_CHECK: u32 = 2;
/// `incompat_flags` bit 0, known to the user-space tools only: the hint size field is to be believed.
pub const VARIABLE_HINT_SIZE: u32 = 1;

/// `flags` of an internal btree node.
pub const NODE_INTERNAL: u32 = 1;
/// `flags` of a btree leaf.
pub const NODE_LEAF: u32 = 2;
/// Bytes of a btree node's header.
pub const NODE_HEADER: usize = 32;
/// Bytes of an array block's header.
pub const ARRAY_HEADER: usize = 24;
/// Bytes of a bitmap's header.
pub const BITMAP_HEADER: usize = 16;
/// Bytes of the index block's header.
pub const INDEX_HEADER: usize = 16;
/// Entries in the index block.
pub const INDEX_ENTRIES: usize = 255;
/// Reference counts in a bitmap.
pub const BITMAP_ENTRIES: u64 = ((BLOCK_SIZE - BITMAP_HEADER) * 4) as u64;

/// A mapping entry's valid bit.
pub const M_VALID: u64 = 1;
/// A mapping entry's dirty bit (metadata version 1).
pub const M_DIRTY: u64 = 2;
/// The 16 bits of a mapping entry that are flags.
pub const M_FLAGS_MASK: u64 = 0xffff;

/// What a block is, which decides its checksum's salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Block 0.
    Superblock,
    /// A node of any btree.
    BtreeNode,
    /// A block of values of a mapping, hint, discard or dirty array.
    ArrayBlock,
    /// The space map's index.
    Index,
    /// A bitmap of the space map.
    Bitmap,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Superblock, Self::BtreeNode, Self::ArrayBlock, Self::Index, Self::Bitmap];

    /// What the checksum is XORed with.
    #[must_use]
    pub const fn salt(self) -> u32 {
        match self {
            Self::Superblock => 9_031_977,
            Self::BtreeNode => 121_107,
            Self::ArrayBlock => 595_846_735,
            Self::Index => 160_478,
            Self::Bitmap => 240_779,
        }
    }

    /// As the reports name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Superblock => "superblock",
            Self::BtreeNode => "btree node",
            Self::ArrayBlock => "array block",
            Self::Index => "space map index",
            Self::Bitmap => "space map bitmap",
        }
    }

    /// Where the block keeps its own number.
    #[must_use]
    pub const fn blocknr_offset(self) -> usize {
        match self {
            Self::ArrayBlock => 16,
            _ => 8,
        }
    }

    /// The kind whose salt fits the block's checksum.
    #[must_use]
    pub fn sniff(block: &Block) -> Option<Self> {
        let salt = raw_crc(block) ^ le32(block, 0);
        Self::ALL.into_iter().find(|k| k.salt() == salt)
    }
}

/// A little-endian u32 at a fixed place; 0 beyond the block, which no caller reaches.
#[must_use]
pub fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// A little-endian u64 at a fixed place; 0 beyond the block, which no caller reaches.
#[must_use]
pub fn le64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Castagnoli's CRC over bytes 4.. of a block, register seeded with ones, not inverted at the end.
#[must_use]
pub fn raw_crc(block: &Block) -> u32 {
    !crc32c::crc32c(&block[4..])
}

/// The checksum a block of that kind should carry.
#[must_use]
pub fn checksum(block: &Block, kind: Kind) -> u32 {
    raw_crc(block) ^ kind.salt()
}

/// Fills in location and checksum, as is done just before a block is written.
pub fn seal(block: &mut Block, kind: Kind, location: u64) {
    let at = kind.blocknr_offset();
    block[at..at + 8].copy_from_slice(&location.to_le_bytes());
    let csum = checksum(block, kind);
    block[..4].copy_from_slice(&csum.to_le_bytes());
}

/// The space map's root, as it lies in the superblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SpaceMapRoot {
    /// Metadata blocks described.
    pub nr_blocks: u64,
    /// Of these, with a count above zero.
    pub nr_allocated: u64,
    /// Block of the index.
    pub bitmap_root: u64,
    /// Root of the tree of counts above 2.
    pub ref_count_root: u64,
}

/// Offsets in the superblock, each from the one before it.
pub mod sb {
    #![allow(missing_docs)]
    pub const CSUM: usize = 0;
    pub const FLAGS: usize = CSUM + 4;
    pub const BLOCKNR: usize = FLAGS + 4;
    pub const UUID: usize = BLOCKNR + 8;
    pub const MAGIC: usize = UUID + 16;
    pub const VERSION: usize = MAGIC + 8;
    pub const POLICY_NAME: usize = VERSION + 4;
    pub const POLICY_HINT_SIZE: usize = POLICY_NAME + 16;
    pub const SM_ROOT: usize = POLICY_HINT_SIZE + 4;
    pub const MAPPING_ROOT: usize = SM_ROOT + 128;
    pub const HINT_ROOT: usize = MAPPING_ROOT + 8;
    pub const DISCARD_ROOT: usize = HINT_ROOT + 8;
    pub const DISCARD_BLOCK_SIZE: usize = DISCARD_ROOT + 8;
    pub const DISCARD_NR_BLOCKS: usize = DISCARD_BLOCK_SIZE + 8;
    pub const DATA_BLOCK_SIZE: usize = DISCARD_NR_BLOCKS + 8;
    pub const METADATA_BLOCK_SIZE: usize = DATA_BLOCK_SIZE + 4;
    pub const CACHE_BLOCKS: usize = METADATA_BLOCK_SIZE + 4;
    pub const COMPAT_FLAGS: usize = CACHE_BLOCKS + 4;
    pub const COMPAT_RO_FLAGS: usize = COMPAT_FLAGS + 4;
    pub const INCOMPAT_FLAGS: usize = COMPAT_RO_FLAGS + 4;
    pub const READ_HITS: usize = INCOMPAT_FLAGS + 4;
    pub const READ_MISSES: usize = READ_HITS + 4;
    pub const WRITE_HITS: usize = READ_MISSES + 4;
    pub const WRITE_MISSES: usize = WRITE_HITS + 4;
    pub const POLICY_VERSION: usize = WRITE_MISSES + 4;
    pub const DIRTY_ROOT: usize = POLICY_VERSION + 12;
    pub const END: usize = DIRTY_ROOT + 8;
}

/// The superblock's fields, read without judging them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Superblock {
    /// Stored checksum.
    pub csum: u32,
    /// CLEAN_SHUTDOWN, NEEDS_CHECK.
    pub flags: u32,
    /// Always 0.
    pub blocknr: u64,
    /// Zeros, unless somebody wrote there.
    pub uuid: [u8; 16],
    /// [`MAGIC`].
    pub magic: u64,
    /// 1 or 2.
    pub version: u32,
    /// NUL-padded.
    pub policy_name: [u8; 16],
    /// Bytes of a hint as stored: 0 or 4.
    pub policy_hint_size: u32,
    /// The metadata space map.
    pub space_map: SpaceMapRoot,
    /// Mapping array.
    pub mapping_root: u64,
    /// Hint array, 0 when there is none yet.
    pub hint_root: u64,
    /// Discard bitset.
    pub discard_root: u64,
    /// Sectors.
    pub discard_block_size: u64,
    /// Bits of the discard bitset.
    pub discard_nr_blocks: u64,
    /// Sectors of a cache block.
    pub data_block_size: u32,
    /// Sectors of a metadata block: 8.
    pub metadata_block_size: u32,
    /// Cache blocks; 0 until the first resume was committed.
    pub cache_blocks: u32,
    /// 0.
    pub compat_flags: u32,
    /// 0; any bit set forbids writing.
    pub compat_ro_flags: u32,
    /// 0; any bit set forbids opening.
    pub incompat_flags: u32,
    /// Counter.
    pub read_hits: u32,
    /// Counter.
    pub read_misses: u32,
    /// Counter.
    pub write_hits: u32,
    /// Counter.
    pub write_misses: u32,
    /// Major, minor, patch level of the policy.
    pub policy_version: [u32; 3],
    /// Version 2: dirty bitset.
    pub dirty_root: u64,
}

impl Superblock {
    /// Reads all fields.
    #[must_use]
    pub fn decode(b: &Block) -> Self {
        let w = |at| le32(b, at);
        let q = |at| le64(b, at);
        Self {
            csum: w(sb::CSUM),
            flags: w(sb::FLAGS),
            blocknr: q(sb::BLOCKNR),
            uuid: sixteen(b, sb::UUID),
            magic: q(sb::MAGIC),
            version: w(sb::VERSION),
            policy_name: sixteen(b, sb::POLICY_NAME),
            policy_hint_size: w(sb::POLICY_HINT_SIZE),
            space_map: SpaceMapRoot {
                nr_blocks: q(sb::SM_ROOT),
                nr_allocated: q(sb::SM_ROOT + 8),
                bitmap_root: q(sb::SM_ROOT + 16),
                ref_count_root: q(sb::SM_ROOT + 24),
            },
            mapping_root: q(sb::MAPPING_ROOT),
            hint_root: q(sb::HINT_ROOT),
            discard_root: q(sb::DISCARD_ROOT),
            discard_block_size: q(sb::DISCARD_BLOCK_SIZE),
            discard_nr_blocks: q(sb::DISCARD_NR_BLOCKS),
            data_block_size: w(sb::DATA_BLOCK_SIZE),
            metadata_block_size: w(sb::METADATA_BLOCK_SIZE),
            cache_blocks: w(sb::CACHE_BLOCKS),
            compat_flags: w(sb::COMPAT_FLAGS),
            compat_ro_flags: w(sb::COMPAT_RO_FLAGS),
            incompat_flags: w(sb::INCOMPAT_FLAGS),
            read_hits: w(sb::READ_HITS),
            read_misses: w(sb::READ_MISSES),
            write_hits: w(sb::WRITE_HITS),
            write_misses: w(sb::WRITE_MISSES),
            policy_version: [w(sb::POLICY_VERSION), w(sb::POLICY_VERSION + 4), w(sb::POLICY_VERSION + 8)],
            dirty_root: q(sb::DIRTY_ROOT),
        }
    }

    /// Writes all fields into a zeroed block and seals it.
    #[must_use]
    pub fn encode(&self) -> Box<Block> {
        let mut b = Box::new([0; BLOCK_SIZE]);
        let mut put = |at: usize, bytes: &[u8]| b[at..at + bytes.len()].copy_from_slice(bytes);
        put(sb::FLAGS, &self.flags.to_le_bytes());
        put(sb::UUID, &self.uuid);
        put(sb::MAGIC, &self.magic.to_le_bytes());
        put(sb::VERSION, &self.version.to_le_bytes());
        put(sb::POLICY_NAME, &self.policy_name);
        put(sb::POLICY_HINT_SIZE, &self.policy_hint_size.to_le_bytes());
        put(sb::SM_ROOT, &self.space_map.nr_blocks.to_le_bytes());
        put(sb::SM_ROOT + 8, &self.space_map.nr_allocated.to_le_bytes());
        put(sb::SM_ROOT + 16, &self.space_map.bitmap_root.to_le_bytes());
        put(sb::SM_ROOT + 24, &self.space_map.ref_count_root.to_le_bytes());
        for (at, v) in [
            (sb::MAPPING_ROOT, self.mapping_root),
            (sb::HINT_ROOT, self.hint_root),
            (sb::DISCARD_ROOT, self.discard_root),
            (sb::DISCARD_BLOCK_SIZE, self.discard_block_size),
            (sb::DISCARD_NR_BLOCKS, self.discard_nr_blocks),
            (sb::DIRTY_ROOT, self.dirty_root),
        ] {
            put(at, &v.to_le_bytes());
        }
        for (at, v) in [
            (sb::DATA_BLOCK_SIZE, self.data_block_size),
            (sb::METADATA_BLOCK_SIZE, self.metadata_block_size),
            (sb::CACHE_BLOCKS, self.cache_blocks),
            (sb::COMPAT_FLAGS, self.compat_flags),
            (sb::COMPAT_RO_FLAGS, self.compat_ro_flags),
            (sb::INCOMPAT_FLAGS, self.incompat_flags),
            (sb::READ_HITS, self.read_hits),
            (sb::READ_MISSES, self.read_misses),
            (sb::WRITE_HITS, self.write_hits),
            (sb::WRITE_MISSES, self.write_misses),
            (sb::POLICY_VERSION, self.policy_version[0]),
            (sb::POLICY_VERSION + 4, self.policy_version[1]),
            (sb::POLICY_VERSION + 8, self.policy_version[2]),
        ] {
            put(at, &v.to_le_bytes());
        }
        seal(&mut b, Kind::Superblock, 0);
        b
    }

    /// The policy's name up to its NUL, as text.
    #[must_use]
    pub fn policy(&self) -> String {
        until_nul(&self.policy_name)
    }

    /// The hint size the user-space tools go by: the field counts only with its feature bit, otherwise 4.
    #[must_use]
    pub const fn hint_width(&self) -> u32 {
        if self.incompat_flags & VARIABLE_HINT_SIZE != 0 { self.policy_hint_size } else { 4 }
    }

    /// Whether the tools take that size: up to 128 bytes in steps of 4.
    #[must_use]
    pub const fn has_sound_hint_width(&self) -> bool {
        let width = self.hint_width();
        width.is_multiple_of(4) && width <= 128 && width != 0
    }

    /// Words of the dirty bitset: one bit a cache block.
    #[must_use]
    pub const fn dirty_words(&self) -> u64 {
        (self.cache_blocks as u64).div_ceil(64)
    }

    /// Words of the discard bitset.
    #[must_use]
    pub const fn discard_words(&self) -> u64 {
        self.discard_nr_blocks.div_ceil(64)
    }
}

/// Bytes up to the first NUL, as text.
#[must_use]
pub fn until_nul(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&c| c == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn sixteen(b: &Block, at: usize) -> [u8; 16] {
    b.get(at..at + 16).and_then(|s| s.try_into().ok()).unwrap_or_default()
}

/// A btree node's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NodeHeader {
    /// Stored checksum.
    pub csum: u32,
    /// [`NODE_INTERNAL`] or [`NODE_LEAF`].
    pub flags: u32,
    /// Own location.
    pub blocknr: u64,
    /// Keys in use.
    pub nr_entries: u32,
    /// Capacity in keys.
    pub max_entries: u32,
    /// Bytes of a value.
    pub value_size: u32,
}

impl NodeHeader {
    /// Reads the header.
    #[must_use]
    pub fn decode(b: &Block) -> Self {
        Self {
            csum: le32(b, 0),
            flags: le32(b, 4),
            blocknr: le64(b, 8),
            nr_entries: le32(b, 16),
            max_entries: le32(b, 20),
            value_size: le32(b, 24),
        }
    }

    /// Key `i`; 0 when it would lie beyond the block.
    #[must_use]
    pub fn key(&self, b: &Block, i: u32) -> u64 {
        le64(b, (NODE_HEADER + i as usize * 8).min(BLOCK_SIZE))
    }

    /// Where value `i` begins.
    #[must_use]
    pub const fn value_offset(&self, i: u32) -> usize {
        NODE_HEADER + self.max_entries as usize * 8 + i as usize * self.value_size as usize
    }
}

/// Entries that fit a btree node with values of that many bytes (`calc_max_entries`).
#[must_use]
pub const fn node_max_entries(value_size: u32) -> u32 {
    let total = (BLOCK_SIZE - NODE_HEADER) as u32 / (8 + value_size);
    3 * (total / 3)
}

/// An array block's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ArrayHeader {
    /// Stored checksum.
    pub csum: u32,
    /// Capacity in values.
    pub max_entries: u32,
    /// Values in use.
    pub nr_entries: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// Own location.
    pub blocknr: u64,
}

impl ArrayHeader {
    /// Reads the header.
    #[must_use]
    pub fn decode(b: &Block) -> Self {
        Self { csum: le32(b, 0), max_entries: le32(b, 4), nr_entries: le32(b, 8), value_size: le32(b, 12), blocknr: le64(b, 16) }
    }
}

/// Values that fit an array block.
#[must_use]
pub const fn array_max_entries(value_size: u32) -> u32 {
    (BLOCK_SIZE - ARRAY_HEADER) as u32 / value_size
}

/// An entry of the space map's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct IndexEntry {
    /// The bitmap's block.
    pub blocknr: u64,
    /// Counts of zero in it; counted from 16,320 even where the device ends earlier.
    pub nr_free: u32,
    /// No count of zero lies before this bit.
    pub none_free_before: u32,
}

impl IndexEntry {
    /// Entry `i` of an index block.
    #[must_use]
    pub fn decode(b: &Block, i: usize) -> Self {
        let at = INDEX_HEADER + i * 16;
        Self { blocknr: le64(b, at), nr_free: le32(b, at + 8), none_free_before: le32(b, at + 12) }
    }
}

/// The two-bit count of entry `i` in a bitmap: 0, 1, 2, or 3 for "look in the tree". The high bit comes first.
#[must_use]
pub fn bitmap_count(b: &Block, i: u64) -> u8 {
    let byte = b.get(BITMAP_HEADER + (i / 4) as usize).copied().unwrap_or(0);
    let pair = byte >> ((i % 4) * 2) & 3;
    (pair & 1) << 1 | pair >> 1
}
