//! A metadata image as the page keeps it: its bytes, and what the image readers say about them.

use super::BYTES_MAX;
use crate::image::check::{self, Arrays, Report};
use crate::image::damage::Area;
use crate::image::format::{
    ARRAY_HEADER, BITMAP_ENTRIES, BLOCK_SIZE, Block, INDEX_ENTRIES, IndexEntry, Kind, M_DIRTY, M_VALID, MAGIC, Superblock, bitmap_count,
    le32, le64, sb,
};
use crate::image::inspect::{Inspection, Map, decode};
use crate::image::restore;
use crate::image::walk::{self, Array, ArrayBlock};

/// Mappings listed at a time.
const ROWS: usize = 100;

/// A file that is no image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct Refused {
    pub(in crate::app) name: String,
    /// Which check failed.
    pub(in crate::app) why: String,
    /// What the file seems to be.
    pub(in crate::app) seems: Option<String>,
}

impl Refused {
    fn new(name: &str, why: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), why: why.into(), seems: seems(bytes) }
    }

    /// The browser could not hand the file over.
    pub(super) fn unread(name: &str, why: String) -> Self {
        Self { name: name.into(), why, seems: None }
    }
}

/// What a file is by its first bytes, as far as the usual suspects go.
fn seems(bytes: &[u8]) -> Option<String> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..offset + magic.len()) == Some(magic);
    let known: &[(usize, &[u8], &str)] = &[
        (0, &[0x1f, 0x8b], "a gzip file: unpack it first"),
        (0, &[0xfd, b'7', b'z', b'X', b'Z'], "an xz file: unpack it first"),
        (0, &[0x28, 0xb5, 0x2f, 0xfd], "a zstd file: unpack it first"),
        (0, b"BZh", "a bzip2 file: unpack it first"),
        (0, b"PK\x03\x04", "a zip file: unpack it first"),
        (0, b"QFI\xfb", "a qcow2 disk image"),
        (0, b"<superblock", "XML, but not that of cache_dump"),
        (512, b"LABELONE", "an LVM physical volume: the metadata is in a volume of it"),
        (32, &27_022_010u64.to_le_bytes(), "dm-thin metadata"),
        (0, b"\x89PNG", "a picture"),
        (0, b"LUKS\xba\xbe", "a LUKS volume"),
        (1080, &[0x53, 0xef], "an ext4 file system"),
        (0, b"XFSB", "an XFS file system"),
    ];
    if let Some((.., what)) = known.iter().find(|(offset, magic, _)| at(*offset, magic)) {
        return Some((*what).to_owned());
    }
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    if bytes.is_empty() {
        None
    } else if bytes.iter().all(|b| *b == 0) {
        Some("zeros from end to end: on such a device Linux formats new metadata".to_owned())
    } else if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        Some("text".to_owned())
    } else {
        None
    }
}

/// Who a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Of(Area),
    /// Counted by the space map, led to by nothing.
    Leaked,
    Free,
}

/// A line of the list of mappings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) enum Row {
    Mapping {
        cblock: u64,
        oblock: u64,
        dirty: bool,
        hint: Option<u32>,
    },
    /// Cblocks whose mappings cannot be read.
    Hole {
        from: u64,
        to: u64,
        why: String,
    },
}

/// Some mappings in cblock order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::app) struct Rows {
    pub(in crate::app) list: Vec<Row>,
    /// Where the next ones start; none when this was the last.
    pub(in crate::app) next: Option<u64>,
    /// The first cblock asked for.
    pub(in crate::app) from: u64,
}

/// An array with the blocks that hold its values, ascending by key.
#[derive(Debug)]
struct Planned {
    array: Array,
    blocks: Vec<ArrayBlock>,
}

/// An image.
#[derive(Debug)]
pub(in crate::app) struct Opened {
    pub(in crate::app) name: String,
    /// Made from XML: the blocks stand where a restore puts them.
    pub(in crate::app) from_xml: bool,
    bytes: Vec<u8>,
    pub(in crate::app) superblock: Superblock,
    pub(in crate::app) report: Report,
    pub(in crate::app) map: Map,
    counts: Vec<u8>,
    /// Blocks in use that fail their own check, ascending.
    pub(in crate::app) bad: Vec<u64>,
    mapping: Planned,
    hint: Option<Planned>,
    dirty: Option<Planned>,
}

impl Opened {
    /// Reads an image, or a dump as `cache_dump` writes it.
    pub(super) fn new(name: &str, bytes: Vec<u8>) -> Result<Self, Refused> {
        if bytes.len() as u64 > BYTES_MAX {
            return Err(Refused::new(name, "The file is larger than 256 MiB, more than dm-cache uses of any metadata device.", &bytes));
        }
        let head = bytes.trim_ascii_start();
        if head.starts_with(b"<superblock") {
            return restored(&bytes).map(|image| Self::of(name, image, true)).map_err(|why| Refused::new(name, why, &bytes));
        }
        let Some(first) = bytes.first_chunk::<BLOCK_SIZE>() else {
            return Err(Refused::new(name, format!("The file has {} bytes; a superblock alone has 4096.", bytes.len()), &bytes));
        };
        if le64(first, sb::MAGIC) != MAGIC && Kind::sniff(first) != Some(Kind::Superblock) {
            let why = format!(
                "Block 0 is no superblock: magic {:#x} instead of {MAGIC:#x}, and its checksum does not hold.",
                le64(first, sb::MAGIC)
            );
            return Err(Refused::new(name, why, &bytes));
        }
        Ok(Self::of(name, bytes, false))
    }

    fn of(name: &str, bytes: Vec<u8>, from_xml: bool) -> Self {
        let src = bytes.as_slice();
        let superblock = Superblock::decode(&block_of(src, 0));
        let report = check::check(&src, &check::Options::default());
        let map = Map::of(&src);
        let arrays = Arrays::of(&superblock);
        // Each array is followed by itself: what two of them share is the report's to tell.
        let plan = |array: Array| Planned { array, blocks: walk::plan(&src, &array, &mut Default::default(), &mut Default::default()) };
        let (mapping, hint, dirty) = (plan(arrays.mapping), arrays.hint.map(plan), arrays.dirty.map(plan));
        let counts = counts(src, &superblock);
        let sound = |at: &u64| map.usage(*at).is_some_and(|(_, kind)| walk::verify(&block_of(src, *at), kind, *at).is_err());
        let bad = map.blocks().filter(sound).collect();
        Self { name: name.into(), from_xml, superblock, report, counts, bad, mapping, hint, dirty, map, bytes }
    }

    /// Whole blocks in the file.
    pub(super) fn nr_blocks(&self) -> u64 {
        (self.bytes.len() / BLOCK_SIZE) as u64
    }

    /// Bytes in the file.
    pub(super) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// A block's bytes.
    pub(super) fn block(&self, at: u64) -> Box<Block> {
        block_of(&self.bytes, at)
    }

    /// A block, decoded.
    pub(super) fn inspect(&self, at: u64) -> Inspection {
        decode(at, &self.block(at), &self.map)
    }

    /// The space map's count of a block; 3 stands for three and more.
    pub(super) fn count(&self, at: u64) -> u8 {
        usize::try_from(at).ok().and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// Who a block belongs to.
    pub(super) fn owner(&self, at: u64) -> Owner {
        match self.map.usage(at) {
            Some((area, _)) => Owner::Of(area),
            None if self.count(at) > 0 => Owner::Leaked,
            None => Owner::Free,
        }
    }

    /// Mappings from a cblock on.
    pub(super) fn rows(&self, from: u64) -> Rows {
        let per_block = self.mapping.array.per_block().max(1);
        let cache_blocks = u64::from(self.superblock.cache_blocks);
        let mut rows = Rows { from, ..Rows::default() };
        let mut expected = from / per_block;
        let first = self.mapping.blocks.partition_point(|b| b.key < expected);
        for array_block in self.mapping.blocks.iter().skip(first) {
            if array_block.key > expected {
                rows.hole(expected * per_block, array_block.key * per_block - 1, "no block for them in the tree".into());
            }
            expected = array_block.key.saturating_add(1);
            let b = self.block(array_block.block);
            let begin = array_block.key.saturating_mul(per_block);
            if let Err(fault) = walk::verify(&b, Kind::ArrayBlock, array_block.block) {
                rows.hole(begin.max(from), begin.saturating_add(per_block).min(cache_blocks).saturating_sub(1), fault.to_string());
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
                let dirty = self.dirty_bit(cblock).unwrap_or(value & M_DIRTY != 0);
                let hint = self.hint.as_ref().and_then(|h| h.value(&self.bytes, cblock)).map(|b| le32(&b, 0));
                rows.list.push(Row::Mapping { cblock, oblock: value >> 16, dirty, hint });
            }
        }
        let end = expected.saturating_mul(per_block);
        if end < cache_blocks {
            rows.hole(end, cache_blocks - 1, "no block for them in the tree".into());
        }
        rows
    }

    fn dirty_bit(&self, cblock: u64) -> Option<bool> {
        let word = self.dirty.as_ref()?.value(&self.bytes, cblock / 64)?;
        Some(le64(&word, 0) >> (cblock % 64) & 1 != 0)
    }
}

impl Rows {
    fn hole(&mut self, from: u64, to: u64, why: String) {
        if from <= to {
            self.list.push(Row::Hole { from, to, why });
        }
    }
}

impl Planned {
    /// The bytes of a value, 8 at most.
    fn value(&self, bytes: &[u8], index: u64) -> Option<[u8; 8]> {
        let per_block = self.array.per_block().max(1);
        let at = self.blocks.binary_search_by_key(&(index / per_block), |b| b.key).ok()?;
        let b = bytes.get((self.blocks.get(at)?.block as usize).checked_mul(BLOCK_SIZE)?..)?.get(..BLOCK_SIZE)?;
        let size = self.array.value_size as usize;
        let place = ARRAY_HEADER + (index % per_block) as usize * size;
        let mut value = [0; 8];
        let taken = size.min(8);
        value.get_mut(..taken)?.copy_from_slice(b.get(place..place + taken)?);
        Some(value)
    }
}

fn block_of(bytes: &[u8], at: u64) -> Box<Block> {
    let mut block = Box::new([0; BLOCK_SIZE]);
    let place = usize::try_from(at).ok().and_then(|at| at.checked_mul(BLOCK_SIZE));
    if let Some(b) = place.and_then(|p| bytes.get(p..p + BLOCK_SIZE)) {
        block.copy_from_slice(b);
    }
    block
}

/// What the bitmaps of the space map say of each block.
fn counts(src: &[u8], superblock: &Superblock) -> Vec<u8> {
    let nr = (src.len() / BLOCK_SIZE) as u64;
    let mut counts = vec![0; src.len() / BLOCK_SIZE];
    let Ok(index) = walk::read(&src, Kind::Index, superblock.space_map.bitmap_root) else { return counts };
    let bitmaps = nr.min(superblock.space_map.nr_blocks).div_ceil(BITMAP_ENTRIES).min(INDEX_ENTRIES as u64);
    for i in 0..bitmaps {
        let Ok(bitmap) = walk::read(&src, Kind::Bitmap, IndexEntry::decode(&index, i as usize).blocknr) else { continue };
        for (n, count) in counts.iter_mut().enumerate().skip((i * BITMAP_ENTRIES) as usize).take(BITMAP_ENTRIES as usize) {
            *count = bitmap_count(&bitmap, n as u64 % BITMAP_ENTRIES);
        }
    }
    counts
}

/// A dump, restored into the smallest usual device that has room for it.
fn restored(xml: &[u8]) -> Result<Vec<u8>, String> {
    let mut error = String::new();
    for mib in [4, 16, 64, 256] {
        let mut image = vec![0; mib << 20];
        match restore::restore(xml, &mut image, &restore::Options::default()) {
            Ok(()) => return Ok(image),
            Err(why) => error = why.to_string(),
        }
    }
    Err(format!("The XML cannot be restored: {error}"))
}
