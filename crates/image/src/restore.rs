//! From `cache_dump`'s XML to an image.
//!
//! Two placements: the tool's own, the order of `cache_restore` ([`Placement::Tool`]; byte for byte with [`Options::as_0_9`]), and the
//! kernel's ([`Placement::Kernel`]): what Linux leaves behind when a new cache is resumed, filled in cache block
//! order and suspended. The second is made by the engine, in memory.

use super::format::{
    ARRAY_HEADER, BITMAP_ENTRIES, BITMAP_HEADER, BLOCK_SIZE, Block, CLEAN_SHUTDOWN, INDEX_HEADER, Kind, MAGIC, MAX_METADATA_BLOCKS,
    NODE_HEADER, NODE_INTERNAL, NODE_LEAF, SpaceMapRoot, Superblock, VARIABLE_HINT_SIZE, array_max_entries, le32, le64, node_max_entries,
    seal,
};
use super::xml::{self, Entry, Header, XmlError};
use std::collections::BTreeMap;
use std::io::BufRead;
use thiserror::Error;

/// Where blocks are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// As `cache_restore` 0.9 does.
    #[default]
    Tool,
    /// As Linux does when a new cache is filled.
    Kernel,
}

/// How to restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// 1 or 2.
    pub version: u32,
    /// Where blocks are put.
    pub placement: Placement,
    /// Leave CLEAN_SHUTDOWN unset: Linux will treat every block as dirty.
    pub omit_clean_shutdown: bool,
    /// With [`Placement::Tool`]: byte for byte what `cache_restore` 0.9 writes. It leaves `policy_hint_size` and the policy's version 0, so that
    /// Linux drops the hints at the next activation and later tools count their blocks as leaked, and in version 1 one block that nothing uses.
    pub as_0_9: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { version: 1, placement: Placement::Tool, omit_clean_shutdown: false, as_0_9: false }
    }
}

/// Why nothing was restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The text is not what `cache_dump` writes.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Versions are 1 and 2.
    #[error("metadata version {0} is not supported, only 1 and 2 are")]
    Version(u32),
    /// The image has no room.
    #[error("the image has {have} metadata blocks, at least {need} are needed")]
    TooSmall {
        /// Whole blocks in the image.
        have: u64,
        /// Blocks that this content needs.
        need: u64,
    },
    /// A cache block beyond `nr_cache_blocks`.
    #[error("cache block {cblock} is beyond nr_cache_blocks ({cache_blocks})")]
    OutOfRange {
        /// Which.
        cblock: u64,
        /// How many there are.
        cache_blocks: u32,
    },
    /// A hint of another size than the header says.
    #[error("the hint of cache block {cblock} has {have} bytes, not {want}")]
    HintSize {
        /// Which.
        cblock: u64,
        /// Its bytes.
        have: usize,
        /// The header's.
        want: u32,
    },
    /// An origin block that 48 bits can't hold.
    #[error("origin block {0} does not fit a mapping")]
    Origin(u64),
    /// Linux knows hints of 4 bytes only.
    #[error("hints of {0} bytes: Linux knows hints of 4 bytes only")]
    KernelHints(u32),
    /// The engine refused, in the kernel's words.
    #[error("the kernel's code refused: {0}")]
    Engine(String),
    /// The image could not be written.
    #[error("cannot write the image: {0}")]
    Write(String),
}

/// Where an image is written.
pub trait Sink {
    /// Whole 4 KiB blocks there is room for.
    fn nr_blocks(&self) -> u64;

    /// Writes one block.
    ///
    /// # Errors
    /// The medium's words.
    fn write(&mut self, at: u64, block: &Block) -> Result<(), String>;

    /// Returns when everything written so far is on the medium, and stays before what is written later.
    ///
    /// # Errors
    /// The medium's words.
    fn sync(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Overwrites the superblock before anything else is written: a restore that stops halfway must not leave anything that looks valid. Block 0 is not
/// zeroed either, because Linux would treat that as a new device and format it.
pub(super) fn unmake_superblock<S: Sink + ?Sized>(out: &mut S) -> Result<(), RestoreError> {
    let mut block = [0; BLOCK_SIZE];
    let text = b"restore under way or broken off";
    block[..text.len()].copy_from_slice(text);
    out.write(0, &block).and_then(|()| out.sync()).map_err(RestoreError::Write)
}

/// Writes the superblock once everything it points to is on the medium.
pub(super) fn write_superblock<S: Sink + ?Sized>(out: &mut S, block: &Block) -> Result<(), RestoreError> {
    out.sync().and_then(|()| out.write(0, block)).and_then(|()| out.sync()).map_err(RestoreError::Write)
}

impl Sink for [u8] {
    fn nr_blocks(&self) -> u64 {
        (self.len() / BLOCK_SIZE) as u64
    }

    fn write(&mut self, at: u64, block: &Block) -> Result<(), String> {
        let begin = usize::try_from(at).ok().and_then(|at| at.checked_mul(BLOCK_SIZE)).ok_or("block out of bounds")?;
        self.get_mut(begin..begin + BLOCK_SIZE).ok_or("block out of bounds")?.copy_from_slice(block);
        Ok(())
    }
}

impl Sink for Vec<u8> {
    fn nr_blocks(&self) -> u64 {
        Sink::nr_blocks(self.as_slice())
    }

    fn write(&mut self, at: u64, block: &Block) -> Result<(), String> {
        Sink::write(self.as_mut_slice(), at, block)
    }
}

/// A file or block device, written in place.
#[cfg(unix)]
#[derive(Debug)]
pub struct FileSink {
    file: std::fs::File,
    nr_blocks: u64,
}

#[cfg(unix)]
impl FileSink {
    /// Opens an existing file or device for writing; its size says how many blocks there are.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: &std::path::Path) -> std::io::Result<Self> {
        Self::of(std::fs::OpenOptions::new().write(true).open(path)?)
    }

    /// Of a file or device that is open for writing.
    ///
    /// # Errors
    /// The operating system's.
    pub fn of(mut file: std::fs::File) -> std::io::Result<Self> {
        use std::io::{Seek, SeekFrom};
        let nr_blocks = file.seek(SeekFrom::End(0))? / BLOCK_SIZE as u64;
        Ok(Self { file, nr_blocks })
    }
}

#[cfg(unix)]
impl Sink for FileSink {
    fn nr_blocks(&self) -> u64 {
        self.nr_blocks
    }

    fn write(&mut self, at: u64, block: &Block) -> Result<(), String> {
        use std::os::unix::fs::FileExt;
        self.file.write_all_at(block, at * BLOCK_SIZE as u64).map_err(|e| e.to_string())
    }

    fn sync(&mut self) -> Result<(), String> {
        self.file.sync_data().map_err(|e| e.to_string())
    }
}

/// What a text describes, with values packed as they will lie on disk.
pub(super) struct Content {
    pub(super) header: Header,
    pub(super) mappings: Vec<u8>,
    pub(super) dirty: Vec<u8>,
    pub(super) hints: Vec<u8>,
}

/// Reads a dump and writes the image. Nothing is written until the whole text has been read; the superblock is invalidated first and written last.
///
/// # Errors
/// When the text is wrong, does not fit, or the image cannot be written.
pub fn restore(text: impl BufRead, out: &mut (impl Sink + ?Sized), options: &Options) -> Result<(), RestoreError> {
    if !(1..=2).contains(&options.version) {
        return Err(RestoreError::Version(options.version));
    }
    let room = out.nr_blocks();
    let content = read(text, room, options)?;
    if options.placement == Placement::Kernel {
        return super::kernel_order::restore(&content, out, options);
    }
    write(&content, out, options)
}

/// Writes an image where `cache_restore` would.
pub(super) fn write(content: &Content, out: &mut (impl Sink + ?Sized), options: &Options) -> Result<(), RestoreError> {
    let room = out.nr_blocks();
    Builder { out, next: 0, nr_blocks: room.min(MAX_METADATA_BLOCKS), open: BTreeMap::new() }.build(content, options)
}

/// A text has at most so many bytes for each block of the image. One block of discards, each a range of its own, is written in the most: less
/// than 900 KiB.
const TEXT_BYTES_A_BLOCK: u64 = 1 << 20;

fn read(text: impl BufRead, room: u64, options: &Options) -> Result<Content, RestoreError> {
    let mut reading = Reading::new(room, options);
    xml::read(text, room.max(1).saturating_mul(TEXT_BYTES_A_BLOCK), &mut |entry| reading.take(entry))?;
    reading.content()
}

/// A dump's entries becoming the content of an image of `room` blocks.
pub(super) struct Reading {
    content: Option<Content>,
    room: u64,
    options: Options,
}

impl Reading {
    pub(super) const fn new(room: u64, options: &Options) -> Self {
        Self { content: None, room, options: *options }
    }

    pub(super) fn content(self) -> Result<Content, RestoreError> {
        Ok(self.content.ok_or(XmlError::NoSuperblock)?)
    }

    pub(super) fn take(&mut self, entry: Entry) -> Result<(), RestoreError> {
        let Self { content, room, options } = self;
        let room = *room;
        match (entry, &mut *content) {
            (Entry::Superblock(header), _) => {
                let cache_blocks = u64::from(header.cache_blocks);
                let blocks = |size: u32, n: u64| n.div_ceil(array_max_entries(size).into());
                let mut need = 6 + blocks(8, cache_blocks) + blocks(header.hint_width, cache_blocks);
                need += room.min(MAX_METADATA_BLOCKS).div_ceil(BITMAP_ENTRIES);
                if need > room {
                    return Err(RestoreError::TooSmall { have: room, need });
                }
                let bytes = |size: u64| vec![0; (cache_blocks * size) as usize];
                let (mappings, hints) = (bytes(8), bytes(header.hint_width.into()));
                // 0.9 marks unmapped blocks dirty.
                let unmapped = if options.as_0_9 { 0xff } else { 0 };
                let dirty = if options.version == 2 { vec![unmapped; (cache_blocks.div_ceil(64) * 8) as usize] } else { Vec::new() };
                *content = Some(Content { header, mappings, dirty, hints });
            }
            (Entry::Mapping { cblock, oblock, dirty }, Some(c)) => {
                c.inside(cblock)?;
                if oblock >> 48 != 0 {
                    return Err(RestoreError::Origin(oblock));
                }
                let flags = if dirty && options.version == 1 { 3 } else { 1 };
                let at = cblock as usize * 8;
                c.mappings[at..at + 8].copy_from_slice(&(oblock << 16 | flags).to_le_bytes());
                if let Some(byte) = c.dirty.get_mut(cblock as usize / 8) {
                    let bit = 1 << (cblock % 8);
                    *byte = if dirty { *byte | bit } else { *byte & !bit };
                }
            }
            (Entry::Hint { cblock, data }, Some(c)) => {
                c.inside(cblock)?;
                let want = c.header.hint_width;
                if data.len() != want as usize {
                    return Err(RestoreError::HintSize { cblock, have: data.len(), want });
                }
                let at = cblock as usize * want as usize;
                c.hints[at..at + want as usize].copy_from_slice(&data);
            }
            (_, None) => return Err(XmlError::NoSuperblock.into()),
        }
        Ok(())
    }
}

impl Content {
    const fn inside(&self, cblock: u64) -> Result<(), RestoreError> {
        let cache_blocks = self.header.cache_blocks;
        if cblock < cache_blocks as u64 { Ok(()) } else { Err(RestoreError::OutOfRange { cblock, cache_blocks }) }
    }
}

/// Allocates blocks in ascending order and writes each once.
struct Builder<'a, S: ?Sized> {
    out: &'a mut S,
    next: u64,
    nr_blocks: u64,
    /// Btree nodes that may still change.
    open: BTreeMap<u64, Box<Block>>,
}

impl<S: Sink + ?Sized> Builder<'_, S> {
    fn build(mut self, c: &Content, options: &Options) -> Result<(), RestoreError> {
        let h = &c.header;
        unmake_superblock(self.out)?;
        self.next = 1; // the superblock is written last
        let index = self.alloc()?;
        let ref_count_root = self.node(NODE_LEAF, 4)?;
        let nr_bitmaps = self.nr_blocks.div_ceil(BITMAP_ENTRIES);
        let first_bitmap = self.next;
        self.next += nr_bitmaps;
        let mapping = self.node(NODE_LEAF, 8)?;
        let v2 = options.version == 2;
        let discard_root = self.node(NODE_LEAF, 8)?;
        // 0.9 makes an empty dirty bitset for version 1 too, which nothing then points at: a leak of one block.
        let dirty = if v2 || options.as_0_9 { self.node(NODE_LEAF, 8)? } else { 0 };
        let hint = self.node(NODE_LEAF, 8)?;
        let mapping_root = self.array(mapping, 8, &c.mappings)?;
        let dirty_root = if v2 { self.array(dirty, 8, &c.dirty)? } else { 0 };
        let hint_root = self.array(hint, h.hint_width, &c.hints)?;
        let used = self.next;
        for (at, mut block) in std::mem::take(&mut self.open) {
            seal(&mut block, Kind::BtreeNode, at);
            self.write(at, &block)?;
        }
        self.space_map(index, first_bitmap, nr_bitmaps, used)?;
        let mut sb = Superblock {
            flags: if options.omit_clean_shutdown { 0 } else { CLEAN_SHUTDOWN },
            magic: MAGIC,
            version: options.version,
            policy_name: h.policy,
            space_map: SpaceMapRoot { nr_blocks: self.nr_blocks, nr_allocated: used, bitmap_root: index, ref_count_root },
            mapping_root,
            hint_root,
            discard_root,
            data_block_size: h.block_size,
            metadata_block_size: super::format::BLOCK_SECTORS,
            cache_blocks: h.cache_blocks,
            dirty_root,
            ..Superblock::default()
        };
        if !options.as_0_9 {
            sb.policy_hint_size = h.hint_width;
            if !super::format::until_nul(&h.policy).is_empty() {
                sb.policy_version = super::kernel_order::POLICY_VERSION;
            }
        }
        if h.hint_width != 4 {
            // The tools' own feature: Linux knows hints of 4 bytes only.
            sb.policy_hint_size = h.hint_width;
            sb.incompat_flags = VARIABLE_HINT_SIZE;
        }
        write_superblock(self.out, &sb.encode())
    }

    fn write(&mut self, at: u64, block: &Block) -> Result<(), RestoreError> {
        self.out.write(at, block).map_err(RestoreError::Write)
    }

    fn alloc(&mut self) -> Result<u64, RestoreError> {
        let at = self.next;
        if at >= self.nr_blocks {
            return Err(RestoreError::TooSmall { have: self.nr_blocks, need: at + 1 });
        }
        self.next += 1;
        Ok(at)
    }

    fn node(&mut self, flags: u32, value_size: u32) -> Result<u64, RestoreError> {
        let at = self.alloc()?;
        let mut b = Box::new([0; BLOCK_SIZE]);
        b[4..8].copy_from_slice(&flags.to_le_bytes());
        b[20..24].copy_from_slice(&node_max_entries(value_size).to_le_bytes());
        b[24..28].copy_from_slice(&value_size.to_le_bytes());
        self.open.insert(at, b);
        Ok(at)
    }

    /// Writes the values in array blocks, each entered into the tree at once, as both tool and kernel do.
    fn array(&mut self, root: u64, value_size: u32, values: &[u8]) -> Result<u64, RestoreError> {
        let max = array_max_entries(value_size);
        for (key, chunk) in values.chunks(max as usize * value_size as usize).enumerate() {
            let at = self.alloc()?;
            let mut b = Box::new([0; BLOCK_SIZE]);
            b[4..8].copy_from_slice(&max.to_le_bytes());
            b[8..12].copy_from_slice(&(chunk.len() as u32 / value_size).to_le_bytes());
            b[12..16].copy_from_slice(&value_size.to_le_bytes());
            b[ARRAY_HEADER..ARRAY_HEADER + chunk.len()].copy_from_slice(chunk);
            seal(&mut b, Kind::ArrayBlock, at);
            self.write(at, &b)?;
            self.append(root, key as u64, at)?;
        }
        Ok(root)
    }

    /// Enters a key above all others. A full node is split in two halves; the root keeps its place.
    fn append(&mut self, root: u64, key: u64, value: u64) -> Result<(), RestoreError> {
        if self.is_full(root) {
            let flags = self.flags(root);
            let (left, right) = (self.node(flags, 8)?, self.node(flags, 8)?);
            let entries = self.entries(root);
            let (a, b) = entries.split_at(entries.len() / 2);
            let keys = [a, b].map(|half| half.first().map_or(0, |e| e.0));
            self.put_entries(left, flags, a);
            self.put_entries(right, flags, b);
            self.put_entries(root, NODE_INTERNAL, &[(keys[0], left), (keys[1], right)]);
        }
        let mut at = root;
        while self.flags(at) == NODE_INTERNAL {
            let Some((_, child)) = self.entries(at).last().copied() else { break };
            let mut child = child;
            if self.is_full(child) {
                let flags = self.flags(child);
                let right = self.node(flags, 8)?;
                let entries = self.entries(child);
                let (a, b) = entries.split_at(entries.len() / 2);
                self.put_entries(child, flags, a);
                self.put_entries(right, flags, b);
                let mut up = self.entries(at);
                up.push((b.first().map_or(0, |e| e.0), right));
                self.put_entries(at, NODE_INTERNAL, &up);
                child = right;
            }
            at = child;
        }
        let mut entries = self.entries(at);
        entries.push((key, value));
        self.put_entries(at, NODE_LEAF, &entries);
        Ok(())
    }

    fn flags(&self, at: u64) -> u32 {
        self.open.get(&at).map_or(NODE_LEAF, |b| le32(&b[..], 4))
    }

    fn is_full(&self, at: u64) -> bool {
        self.open.get(&at).is_some_and(|b| le32(&b[..], 16) >= le32(&b[..], 20))
    }

    fn entries(&self, at: u64) -> Vec<(u64, u64)> {
        let Some(b) = self.open.get(&at) else { return Vec::new() };
        let values = NODE_HEADER + node_max_entries(8) as usize * 8;
        (0..le32(&b[..], 16) as usize).map(|i| (le64(&b[..], NODE_HEADER + i * 8), le64(&b[..], values + i * 8))).collect()
    }

    /// Vacated slots keep their bytes, as they do in tool and kernel.
    fn put_entries(&mut self, at: u64, flags: u32, entries: &[(u64, u64)]) {
        let Some(b) = self.open.get_mut(&at) else { return };
        let values = NODE_HEADER + node_max_entries(8) as usize * 8;
        b[4..8].copy_from_slice(&flags.to_le_bytes());
        b[16..20].copy_from_slice(&(entries.len() as u32).to_le_bytes());
        for (i, (k, v)) in entries.iter().enumerate() {
            b[NODE_HEADER + i * 8..][..8].copy_from_slice(&k.to_le_bytes());
            b[values + i * 8..][..8].copy_from_slice(&v.to_le_bytes());
        }
    }

    fn space_map(&mut self, index: u64, first_bitmap: u64, nr: u64, used: u64) -> Result<(), RestoreError> {
        let mut ib = Box::new([0; BLOCK_SIZE]);
        for i in 0..nr {
            let begin = i * BITMAP_ENTRIES;
            let here = used.saturating_sub(begin).min(BITMAP_ENTRIES);
            let mut b = Box::new([0; BLOCK_SIZE]);
            for bit in 0..here {
                b[BITMAP_HEADER + (bit / 4) as usize] |= 2 << (bit % 4 * 2);
            }
            seal(&mut b, Kind::Bitmap, first_bitmap + i);
            self.write(first_bitmap + i, &b)?;
            let at = INDEX_HEADER + i as usize * 16;
            // The tool counts only entries that exist, Linux would say 16,320 for every bitmap.
            ib[at..at + 8].copy_from_slice(&(first_bitmap + i).to_le_bytes());
            let free = self.free_at_start(begin) - here;
            ib[at + 8..at + 12].copy_from_slice(&(free as u32).to_le_bytes());
            ib[at + 12..at + 16].copy_from_slice(&(here as u32).to_le_bytes());
        }
        seal(&mut ib, Kind::Index, index);
        self.write(index, &ib)
    }

    const fn free_at_start(&self, begin: u64) -> u64 {
        let left = self.nr_blocks - begin;
        if left < BITMAP_ENTRIES { left } else { BITMAP_ENTRIES }
    }
}
