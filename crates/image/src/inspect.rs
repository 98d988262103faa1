//! Any block decoded field by field, and what points to it.

use super::check::Arrays;
use super::damage::{Area, Fault};
use super::format::{
    ARRAY_HEADER, ArrayHeader, BITMAP_ENTRIES, Block, INDEX_ENTRIES, IndexEntry, Kind, NODE_INTERNAL, NodeHeader, Superblock,
    array_max_entries, bitmap_count, le32, le64, sb,
};
use super::source::{Source, SourceError};
use super::walk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// One field of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// As the sources name it.
    pub name: String,
    /// First byte in the block.
    pub offset: u32,
    /// As text.
    pub value: String,
    /// The metadata block it points at.
    pub points_at: Option<u64>,
}

/// A pointer to a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The block it lies in.
    pub from: u64,
    /// The field.
    pub field: String,
}

/// A block, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Where it lies.
    pub block: u64,
    /// What it is: judged by what points to it, else by its checksum.
    pub kind: Option<Kind>,
    /// The part of the metadata that uses it.
    pub area: Option<Area>,
    /// What is wrong with it as that kind.
    pub fault: Option<Fault>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What points to it; none for a block that is not in use.
    pub pointers: Vec<Pointer>,
}

/// Who points at which block, and what each block is.
#[derive(Debug, Clone, Default)]
pub struct Map {
    used: BTreeMap<u64, (Area, Kind)>,
    pointers: BTreeMap<u64, Vec<Pointer>>,
}

impl Map {
    /// Follows every pointer from the superblock on; each block once, whatever the pointers say.
    #[must_use]
    pub fn of(src: &dyn Source) -> Self {
        let mut map = Self::default();
        map.used.insert(0, (Area::Superblock, Kind::Superblock));
        let Ok(b) = src.block(0) else { return map };
        let s = Superblock::decode(&b);
        let arrays = Arrays::of(&s);
        let mut walk: Vec<(u64, Area, u32)> = Vec::new();
        let trees = [Some(arrays.mapping), arrays.hint, arrays.discard, arrays.dirty];
        for (array, field) in trees.iter().zip(["mapping_root", "hint_root", "discard_root", "dirty_root"]) {
            if let Some(a) = array
                && map.point(src, a.root, 0, field.into(), a.area, Kind::BtreeNode)
            {
                walk.push((a.root, a.area, 8));
            }
        }
        let sm = s.space_map;
        if map.point(src, sm.ref_count_root, 0, "ref_count_root".into(), Area::SpaceMap, Kind::BtreeNode) {
            walk.push((sm.ref_count_root, Area::SpaceMap, 4));
        }
        if map.point(src, sm.bitmap_root, 0, "bitmap_root".into(), Area::SpaceMap, Kind::Index)
            && let Ok(index) = walk::read(src, Kind::Index, sm.bitmap_root)
        {
            let nr = sm.nr_blocks.div_ceil(BITMAP_ENTRIES).min(INDEX_ENTRIES as u64) as usize;
            for i in 0..nr {
                let to = IndexEntry::decode(&index, i).blocknr;
                map.point(src, to, sm.bitmap_root, format!("entry[{i}].blocknr"), Area::SpaceMap, Kind::Bitmap);
            }
        }
        while let Some((block, area, value_size)) = walk.pop() {
            let Ok(b) = walk::read(src, Kind::BtreeNode, block) else { continue };
            let Ok(h) = walk::verify_node(&b, block, value_size, &(0..u64::MAX), true) else { continue };
            let internal = h.flags & NODE_INTERNAL != 0;
            if !internal && area == Area::SpaceMap {
                continue;
            }
            let kind = if internal { Kind::BtreeNode } else { Kind::ArrayBlock };
            for i in 0..h.nr_entries {
                let to = le64(&b[..], h.value_offset(i));
                if map.point(src, to, block, format!("value[{i}]"), area, kind) && internal {
                    walk.push((to, area, value_size));
                }
            }
        }
        map
    }

    /// Notes a pointer; whether its block is met for the first time.
    fn point(&mut self, src: &dyn Source, to: u64, from: u64, field: String, area: Area, kind: Kind) -> bool {
        if to >= src.nr_blocks() {
            return false;
        }
        self.pointers.entry(to).or_default().push(Pointer { from, field });
        let new = !self.used.contains_key(&to);
        self.used.entry(to).or_insert((area, kind));
        new
    }

    /// What a block is used for.
    #[must_use]
    pub fn usage(&self, block: u64) -> Option<(Area, Kind)> {
        self.used.get(&block).copied()
    }

    /// Who points at it.
    #[must_use]
    pub fn pointers(&self, block: u64) -> &[Pointer] {
        self.pointers.get(&block).map_or(&[], |p| p)
    }

    /// Blocks in use, ascending.
    pub fn blocks(&self) -> impl Iterator<Item = u64> + '_ {
        self.used.keys().copied()
    }
}

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A block by number.
    Block(u64),
    /// A field of the superblock; one that is a pointer shows the block behind it.
    Field(String),
}

impl std::str::FromStr for Target {
    type Err = std::convert::Infallible;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(s.parse().map_or_else(|_| Self::Field(s.to_owned()), Self::Block))
    }
}

/// Why nothing can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The block cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No such field.
    #[error("the superblock has no field '{name}'{}", nearest.as_ref().map_or_else(String::new, |n| format!(", did you mean '{n}'?")))]
    NoField {
        /// What was asked for.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
    },
}

/// Decodes a block, or the one behind a field.
///
/// # Errors
/// When there is no such field, or the block cannot be read.
pub fn inspect(src: &dyn Source, target: &Target) -> Result<Inspection, InspectError> {
    let map = Map::of(src);
    let at = match target {
        Target::Block(n) => *n,
        Target::Field(name) => {
            let fields = superblock(&*src.block(0)?);
            match fields.iter().find(|f| f.name == *name) {
                None => {
                    let similar = |f: &&Field| (strsim::jaro_winkler(&f.name, name) * 1000.0) as u32;
                    let nearest = fields.iter().max_by_key(similar).filter(|f| similar(f) > 700).map(|f| f.name.clone());
                    return Err(InspectError::NoField { name: name.clone(), nearest });
                }
                Some(Field { points_at: Some(to), .. }) => *to,
                Some(field) => {
                    let mut whole = decode(0, &*src.block(0)?, &map);
                    whole.fields = vec![field.clone()];
                    return Ok(whole);
                }
            }
        }
    };
    Ok(decode(at, &*src.block(at)?, &map))
}

/// Decodes a block's bytes, knowing who uses it.
#[must_use]
pub fn decode(at: u64, b: &Block, map: &Map) -> Inspection {
    let usage = map.usage(at);
    let kind = usage.map(|u| u.1).or_else(|| Kind::sniff(b));
    let fields = match kind {
        None => raw(b),
        Some(Kind::Superblock) => superblock(b),
        Some(Kind::BtreeNode) => node(b),
        Some(Kind::ArrayBlock) => array(b, usage.map(|u| u.0)),
        Some(Kind::Index) => index(b),
        Some(Kind::Bitmap) => bitmap(b),
    };
    let fault = kind.and_then(|k| walk::verify(b, k, at).err());
    Inspection { block: at, kind, area: usage.map(|u| u.0), fault, fields, pointers: map.pointers(at).to_vec() }
}

fn field(name: impl Into<String>, offset: usize, value: impl fmt::Display) -> Field {
    Field { name: name.into(), offset: offset as u32, value: value.to_string(), points_at: None }
}

fn pointer(name: impl Into<String>, offset: usize, to: u64) -> Field {
    Field { points_at: Some(to), ..field(name, offset, to) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut s, b| {
        let _ = write!(s, "{b:02x}"); // a String takes everything
        s
    })
}

fn raw(b: &Block) -> Vec<Field> {
    if b.iter().all(|c| *c == 0) {
        return vec![field("zeros", 0, b.len())];
    }
    b.chunks(32).enumerate().filter(|(_, c)| c.iter().any(|v| *v != 0)).map(|(i, c)| field("bytes", i * 32, hex(c))).collect()
}

/// The superblock's fields, in on-disk order.
#[must_use]
pub fn superblock(b: &Block) -> Vec<Field> {
    let s = Superblock::decode(b);
    let flags = match s.flags {
        0 => "0".into(),
        f => format!(
            "{f:#x}{}{}",
            if f & super::format::CLEAN_SHUTDOWN != 0 { " CLEAN_SHUTDOWN" } else { "" },
            if f & super::format::NEEDS_CHECK != 0 { " NEEDS_CHECK" } else { "" }
        ),
    };
    let maybe = |name: &str, at, to| if to == 0 { field(name, at, 0) } else { pointer(name, at, to) };
    let [major, minor, patch] = s.policy_version;
    vec![
        field("csum", sb::CSUM, format_args!("{:#010x}", s.csum)),
        field("flags", sb::FLAGS, flags),
        field("blocknr", sb::BLOCKNR, s.blocknr),
        field("uuid", sb::UUID, hex(&s.uuid)),
        field("magic", sb::MAGIC, s.magic),
        field("version", sb::VERSION, s.version),
        field("policy_name", sb::POLICY_NAME, s.policy().escape_debug()),
        field("policy_hint_size", sb::POLICY_HINT_SIZE, s.policy_hint_size),
        field("nr_blocks", sb::SM_ROOT, s.space_map.nr_blocks),
        field("nr_allocated", sb::SM_ROOT + 8, s.space_map.nr_allocated),
        pointer("bitmap_root", sb::SM_ROOT + 16, s.space_map.bitmap_root),
        pointer("ref_count_root", sb::SM_ROOT + 24, s.space_map.ref_count_root),
        pointer("mapping_root", sb::MAPPING_ROOT, s.mapping_root),
        maybe("hint_root", sb::HINT_ROOT, s.hint_root),
        maybe("discard_root", sb::DISCARD_ROOT, s.discard_root),
        field("discard_block_size", sb::DISCARD_BLOCK_SIZE, s.discard_block_size),
        field("discard_nr_blocks", sb::DISCARD_NR_BLOCKS, s.discard_nr_blocks),
        field("data_block_size", sb::DATA_BLOCK_SIZE, s.data_block_size),
        field("metadata_block_size", sb::METADATA_BLOCK_SIZE, s.metadata_block_size),
        field("cache_blocks", sb::CACHE_BLOCKS, s.cache_blocks),
        field("compat_flags", sb::COMPAT_FLAGS, s.compat_flags),
        field("compat_ro_flags", sb::COMPAT_RO_FLAGS, s.compat_ro_flags),
        field("incompat_flags", sb::INCOMPAT_FLAGS, s.incompat_flags),
        field("read_hits", sb::READ_HITS, s.read_hits),
        field("read_misses", sb::READ_MISSES, s.read_misses),
        field("write_hits", sb::WRITE_HITS, s.write_hits),
        field("write_misses", sb::WRITE_MISSES, s.write_misses),
        field("policy_version", sb::POLICY_VERSION, format_args!("{major}.{minor}.{patch}")),
        if s.version == 2 { maybe("dirty_root", sb::DIRTY_ROOT, s.dirty_root) } else { field("dirty_root", sb::DIRTY_ROOT, s.dirty_root) },
    ]
}

fn node(b: &Block) -> Vec<Field> {
    let h = NodeHeader::decode(b);
    let flags = match h.flags {
        1 => "1 INTERNAL".into(),
        2 => "2 LEAF".into(),
        f => f.to_string(),
    };
    let mut fields = vec![
        field("csum", 0, format_args!("{:#010x}", h.csum)),
        field("flags", 4, flags),
        field("blocknr", 8, h.blocknr),
        field("nr_entries", 16, h.nr_entries),
        field("max_entries", 20, h.max_entries),
        field("value_size", 24, h.value_size),
    ];
    for i in 0..h.nr_entries.min(h.max_entries).min(super::format::node_max_entries(4)) {
        let at = h.value_offset(i);
        if at + 8 > b.len() && h.value_size != 4 {
            break;
        }
        fields.push(field(format!("key[{i}]"), super::format::NODE_HEADER + i as usize * 8, h.key(b, i)));
        let name = format!("value[{i}]");
        fields.push(if h.value_size == 4 { field(name, at, le32(b, at)) } else { pointer(name, at, le64(b, at)) });
    }
    fields
}

fn array(b: &Block, area: Option<Area>) -> Vec<Field> {
    let h = ArrayHeader::decode(b);
    let mut fields = vec![
        field("csum", 0, format_args!("{:#010x}", h.csum)),
        field("max_entries", 4, h.max_entries),
        field("nr_entries", 8, h.nr_entries),
        field("value_size", 12, h.value_size),
        field("blocknr", 16, h.blocknr),
    ];
    let size = h.value_size.clamp(1, 128);
    for i in 0..h.nr_entries.min(array_max_entries(size)) {
        let at = ARRAY_HEADER + (i * size) as usize;
        let name = format!("value[{i}]");
        fields.push(match (size, area) {
            (8, Some(Area::Mapping)) => {
                let v = le64(b, at);
                let flags = match v & 0xffff {
                    0 => "-".to_owned(),
                    1 => "valid".to_owned(),
                    3 => "valid dirty".to_owned(),
                    f => format!("{f:#x}"),
                };
                field(name, at, format_args!("oblock {} {flags}", v >> 16))
            }
            (8, _) => field(name, at, format_args!("{:#018x}", le64(b, at))),
            (4, _) => field(name, at, le32(b, at)),
            _ => field(name, at, hex(b.get(at..at + size as usize).unwrap_or_default())),
        });
    }
    fields
}

fn index(b: &Block) -> Vec<Field> {
    let mut fields = vec![field("csum", 0, format_args!("{:#010x}", le32(b, 0))), field("blocknr", 8, le64(b, 8))];
    for i in 0..INDEX_ENTRIES {
        let e = IndexEntry::decode(b, i);
        if e != IndexEntry::default() {
            let at = super::format::INDEX_HEADER + i * 16;
            fields.push(pointer(format!("entry[{i}].blocknr"), at, e.blocknr));
            fields.push(field(format!("entry[{i}].nr_free"), at + 8, e.nr_free));
            fields.push(field(format!("entry[{i}].none_free_before"), at + 12, e.none_free_before));
        }
    }
    fields
}

/// Counts in runs of equal ones; those of zero are left out.
fn bitmap(b: &Block) -> Vec<Field> {
    let mut fields = vec![field("csum", 0, format_args!("{:#010x}", le32(b, 0))), field("blocknr", 8, le64(b, 8))];
    let mut begin = 0;
    for i in 1..=BITMAP_ENTRIES {
        let count = bitmap_count(b, begin);
        if i == BITMAP_ENTRIES || bitmap_count(b, i) != count {
            if count != 0 {
                let name = if i - begin == 1 { format!("count[{begin}]") } else { format!("count[{begin}..{}]", i - 1) };
                fields.push(field(name, super::format::BITMAP_HEADER + (begin / 4) as usize, count));
            }
            begin = i;
        }
    }
    fields
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map_or("unknown", Kind::name);
        match self.area {
            Some(area) if area != Area::Superblock => writeln!(f, "block {}: {kind} of the {area}", self.block)?,
            Some(_) => writeln!(f, "block {}: {kind}", self.block)?,
            None => writeln!(f, "block {}: {kind}, not in use", self.block)?,
        }
        if let Some(fault) = &self.fault {
            writeln!(f, "  damaged: {fault}")?;
        }
        for p in &self.pointers {
            writeln!(f, "  pointed at by {} of block {}", p.field, p.from)?;
        }
        for x in &self.fields {
            let arrow = x.points_at.map_or_else(String::new, |to| format!("  -> block {to}"));
            writeln!(f, "  {:5} {:<24} {}{arrow}", x.offset, x.name, x.value)?;
        }
        Ok(())
    }
}
