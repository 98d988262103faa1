//! What is shown of an image, as plain data.

use crate::damage::Area;
use crate::inspect::{Field, Pointer};
use serde::{Deserialize, Serialize};

/// Who a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the areas of an image, by their names")]
pub enum Owner {
    Superblock,
    Mapping,
    Hint,
    Dirty,
    Discard,
    SpaceMap,
    /// Counted by the space map, but nothing points to it.
    Leaked,
    Free,
}

impl Owner {
    /// The owner of blocks in an area.
    #[must_use]
    pub const fn of(area: Area) -> Self {
        match area {
            Area::Superblock => Self::Superblock,
            Area::Mapping => Self::Mapping,
            Area::Hint => Self::Hint,
            Area::Discard => Self::Discard,
            Area::Dirty => Self::Dirty,
            Area::SpaceMap => Self::SpaceMap,
        }
    }
}

/// How many blocks belong to one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Whose.
    pub owner: Owner,
    /// How many.
    pub blocks: u64,
    /// Of these, btree nodes.
    pub nodes: u64,
    /// Of these, array blocks.
    pub arrays: u64,
}

/// A piece of damage, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageSeen {
    /// The area it lies in.
    pub area: String,
    /// What is wrong.
    pub text: String,
    /// The first and the last cblock whose mapping, hint or dirty bit it costs.
    pub cblocks: Option<(u64, u64)>,
}

/// One node of the mapping tree, as the picture of the tree shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Its block.
    pub block: u64,
    /// 0 for the root.
    pub level: usize,
    /// The index of its parent in the list; none for the root.
    pub parent: Option<usize>,
    /// A block of values, at the bottom.
    pub array: bool,
    /// A node whose children are nodes.
    pub internal: bool,
    /// The first and the last cblock below it.
    pub cblocks: (u64, u64),
    /// It fails its own check.
    pub bad: bool,
    /// Siblings between this one and the next that are not shown.
    pub more: u64,
}

/// How many origin blocks of one part of the origin are mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// Mapped.
    pub mapped: u64,
    /// Of these, dirty.
    pub dirty: u64,
}

/// Where the cache points: the origin in equal parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chart {
    /// Origin blocks in a part.
    pub width: u64,
    /// The parts, from origin block 0 on.
    pub parts: Vec<Part>,
    /// The highest mapped origin block.
    pub highest: u64,
}

/// How an image lay in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// As it is.
    Raw,
    /// Compressed by gzip.
    Gzip,
    /// As the XML of `cache_dump`: its blocks stand where a restore puts them.
    Xml,
}

/// The overview of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The file's name.
    pub name: String,
    /// What the file was.
    pub packing: Packing,
    /// Bytes of the image.
    pub len_bytes: u64,
    /// Whole blocks of the image.
    pub nr_blocks: u64,
    /// Metadata format.
    pub version: u32,
    /// Cache blocks.
    pub cache_blocks: u32,
    /// Sectors of a cache block.
    pub data_block_size: u32,
    /// Name and version of the policy.
    pub policy: String,
    /// The superblock's flags by name.
    pub flags: Vec<String>,
    /// The superblock's fields in on-disk order.
    pub superblock: Vec<Field>,
    /// Who the blocks belong to, as runs from block 0 on.
    pub owners: Vec<(Owner, u64)>,
    /// How many belong to whom.
    pub tally: Vec<Tally>,
    /// Blocks that are nodes or indexes.
    pub nodes: Vec<u64>,
    /// Blocks with a count above 1.
    pub shared: Vec<u64>,
    /// Blocks in use that fail their own check, ascending.
    pub bad: Vec<u64>,
    /// Areas that were examined.
    pub examined: Vec<String>,
    /// What is wrong.
    pub damages: Vec<DamageSeen>,
    /// What is odd, but costs nothing.
    pub notes: Vec<String>,
    /// 0 for sound, 1 for damaged.
    pub exit_code: i32,
    /// The report as the command line prints it.
    pub report: String,
    /// The mapping tree, as far as it is drawn.
    pub tree: Vec<TreeNode>,
    /// Array blocks in the mapping tree.
    pub tree_arrays: u64,
    /// Where the cache points.
    pub chart: Chart,
}

/// A line of the list of mappings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// A mapped cblock.
    #[allow(missing_docs, reason = "the columns of the list")]
    Mapping { cblock: u64, oblock: u64, dirty: bool, hint: Option<u32> },
    /// Cblocks whose mappings cannot be read.
    #[allow(missing_docs, reason = "first, last, and the fault")]
    Hole { from: u64, to: u64, why: String },
}

/// Some mappings in cblock order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The lines.
    pub list: Vec<Row>,
    /// Where the next ones start; none when this was the last.
    pub next: Option<u64>,
    /// The first cblock asked for.
    pub from: u64,
}

/// A block beside the one that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Its number.
    pub block: u64,
    /// Who it belongs to.
    pub owner: Owner,
    /// S superblock, N node, A array block, I index, B bitmap, R reference counts; none for a block that is not in use.
    pub letter: Option<char>,
}

/// A block with its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockSeen {
    /// Its number.
    pub block: u64,
    /// What it is.
    pub kind: String,
    /// Who it belongs to.
    pub owner: Owner,
    /// The area that uses it.
    pub area: Option<String>,
    /// The space map's count.
    pub count: u8,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// The checksum it should carry.
    pub computed_csum: Option<u32>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Who points at it.
    pub pointers: Vec<Pointer>,
    /// The blocks around it, itself among them.
    pub near: Vec<Near>,
    /// The first and the last cblock whose mapping or hint lies in it.
    pub cblocks: Option<(u64, u64)>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A question about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// A block.
    Block(u64),
    /// Mappings from a cblock on.
    Rows(u64),
    /// Mappings from the cblock on that an origin block is mapped to.
    Oblock(u64),
    /// The beginning of the XML.
    Xml,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The block.
    Block(Box<BlockSeen>),
    /// The mappings.
    Rows(Rows),
    /// No cblock holds this origin block.
    NotMapped(u64),
    /// The XML.
    Xml {
        /// As far as it is shown.
        text: String,
        /// Whether this is all of it.
        whole: bool,
        /// Why it ends early.
        problem: Option<String>,
    },
}
