//! An image kept open to be looked at: an overview once, then any block and any mappings on demand.
//!
//! Whoever shows it may live elsewhere (in a browser the reading is done in a worker), so everything it says is plain
//! data ([`seen`]) that can be sent as text, and what it reads it reads in pieces.

mod near;
mod refuse;
mod rows;
pub mod seen;
mod survey;
#[cfg(test)]
mod tests;

pub use refuse::Refused;

use super::activate;
use super::bits::Bits;
use super::check::{self, Arrays};
use super::dump;
use super::format::{BITMAP_ENTRIES, BLOCK_SIZE, Block, INDEX_ENTRIES, IndexEntry, Kind, Superblock, bitmap_count, le64};
use super::inspect::{self, Map};
use super::repair;
use super::restore;
use super::source::{Source, SourceError};
use super::verdict::{self, Verdict, Will};
use super::walk::{self, Array, ArrayBlock};
use dm_cache_engine::kernel::Kernel;
use seen::{Answer, Ask, BlockSeen, Overview, Owner, Packing};
use std::cell::{Cell, RefCell};
use std::io::{self, Write};

/// Size of the largest file that is opened, in bytes: dm-cache itself uses no more metadata than this (`DM_CACHE_METADATA_MAX_SECTORS`).
pub const BYTES_MAX: u64 = 256 << 20;
/// How many bytes of the XML are shown.
const XML_BYTES_MAX: usize = 128 << 10;

/// Reports how many blocks have been read, of about how many.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// An image.
pub struct Browser {
    src: Box<dyn Source>,
    map: Map,
    counts: Vec<u8>,
    mapping: Planned,
    hint: Option<Planned>,
    /// Version 2: the dirty bits.
    dirty: Option<Bits>,
    overview: Overview,
    report: check::Report,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("name", &self.overview.name).finish_non_exhaustive()
    }
}

/// An array with the blocks that hold its values, ascending by key, and the block that was read last.
struct Planned {
    array: Array,
    blocks: Vec<ArrayBlock>,
    kept: RefCell<Option<(u64, Box<Block>)>>,
}

/// A source that tells how far reading has come.
struct Counted<'a> {
    src: &'a dyn Source,
    done: Cell<u64>,
    told: Cell<u64>,
    of: u64,
    progress: Progress<'a>,
}

impl Source for Counted<'_> {
    fn nr_blocks(&self) -> u64 {
        self.src.nr_blocks()
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        /// Blocks between two reports.
        const EVERY: u64 = 512;
        let done = self.done.get() + (buf.len() / BLOCK_SIZE) as u64;
        self.done.set(done);
        if done - self.told.get() >= EVERY {
            self.told.set(done);
            (self.progress)(done.min(self.of), self.of);
        }
        self.src.read(first, buf)
    }
}

impl Browser {
    /// Opens an image of `len_bytes`, or a dump as `cache_dump` writes it, which is then restored in memory.
    ///
    /// # Errors
    /// When the file is neither: which check failed, and what it seems to be.
    pub fn open(
        name: &str,
        len_bytes: u64,
        src: Box<dyn Source>,
        head: &[u8],
        whole: &dyn Fn() -> Result<Vec<u8>, String>,
        progress: Progress<'_>,
    ) -> Result<Self, Refused> {
        Self::open_unpacked((name, len_bytes), src, head, whole, progress, Packing::Raw)
    }

    /// As [`Browser::open`], of a file that `packing` has been taken off.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub fn open_unpacked(
        (name, len_bytes): (&str, u64),
        src: Box<dyn Source>,
        head: &[u8],
        whole: &dyn Fn() -> Result<Vec<u8>, String>,
        progress: Progress<'_>,
        packing: Packing,
    ) -> Result<Self, Refused> {
        if len_bytes <= BYTES_MAX && head.trim_ascii_start().starts_with(b"<superblock") {
            let xml = whole().map_err(|why| Refused::new(name, why, head))?;
            let image = restored(&xml).map_err(|why| Refused::new(name, why, head))?;
            let len = image.len() as u64;
            return Ok(Self::of(name, len, Box::new(image), Packing::Xml, progress));
        }
        let mut browser = Self::open_image(name, len_bytes, src, head, progress)?;
        browser.overview.packing = packing;
        Ok(browser)
    }

    /// Opens an image of `len_bytes`; `head` is its first block.
    ///
    /// # Errors
    /// When it is none: which check failed, and what it seems to be.
    pub fn open_image(name: &str, len_bytes: u64, src: Box<dyn Source>, head: &[u8], progress: Progress<'_>) -> Result<Self, Refused> {
        if len_bytes > BYTES_MAX {
            return Err(Refused::new(name, "The file is larger than 256 MiB, more than dm-cache uses of any metadata device.", head));
        }
        let Some(first) = head.first_chunk::<BLOCK_SIZE>() else {
            return Err(Refused::new(name, format!("The file has {len_bytes} bytes; a superblock alone has 4096."), head));
        };
        let magic = le64(first, super::format::sb::MAGIC);
        if magic != super::format::MAGIC && Kind::sniff(first) != Some(Kind::Superblock) {
            let why = format!(
                "Block 0 is no superblock: magic {magic:#x} instead of {:#x}, and its checksum does not hold.",
                super::format::MAGIC
            );
            return Err(Refused::new(name, why, head));
        }
        Ok(Self::of(name, len_bytes, src, Packing::Raw, progress))
    }

    /// Opens an image that is in memory as a whole.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Refused> {
        let head = bytes.get(..bytes.len().min(BLOCK_SIZE)).unwrap_or_default().to_vec();
        let whole = bytes.clone();
        Self::open(name, bytes.len() as u64, Box::new(bytes), &head, &move || Ok(whole.clone()), &|_, _| {})
    }

    fn of(name: &str, len_bytes: u64, src: Box<dyn Source>, packing: Packing, progress: Progress<'_>) -> Self {
        let superblock = Superblock::decode(&block_of(&*src, 0));
        // The check reads every block in use, and so does the survey.
        let of = superblock.space_map.nr_allocated.min(src.nr_blocks()).max(1) * 2;
        let counted = Counted { src: &*src, done: Cell::new(0), told: Cell::new(0), of, progress };
        let report = check::check(&counted, &check::Options::default());
        let map = Map::of(&counted);
        let arrays = Arrays::of(&superblock);
        // Each array is followed by itself: what two of them share is the report's to tell.
        let plan = |array: Array| {
            let blocks = walk::plan(&counted, &array, &mut Default::default(), &mut Default::default());
            Planned { array, blocks, kept: RefCell::new(None) }
        };
        let (mapping, hint, dirty) = (plan(arrays.mapping), arrays.hint.map(plan), arrays.dirty.map(plan));
        let dirty = dirty.map(|planned| planned.bits(&counted));
        let counts = counts(&counted, &superblock);
        let survey = survey::survey(&counted, &map, &mapping, dirty.as_ref());
        let overview = survey::overview(&counted, (name, len_bytes, packing), &superblock, &report, (&map, &counts), (&mapping, survey));
        progress(of, of);
        Self { map, counts, mapping, hint, dirty, overview, report, src }
    }

    /// The overview.
    #[must_use]
    pub const fn overview(&self) -> &Overview {
        &self.overview
    }

    /// The verdict of the kernel that machines run where nothing else is said, with all that it prints where a machine has room for it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let kernel = Kernel::default();
        let mut verdict = verdict::of(&*self.src, &self.report, kernel);
        if verdict.will != Will::Load
            && let Some(machine) = activate::printed(&*self.src, &verdict.proposal, kernel)
        {
            verdict.printed = machine.log;
        }
        verdict
    }

    /// Answers a question.
    #[must_use]
    pub fn answer(&self, ask: &Ask) -> Answer {
        match ask {
            Ask::Block(at) => Answer::Block(Box::new(self.block(*at))),
            Ask::Rows(from) => Answer::Rows(self.rows(*from)),
            Ask::Oblock(oblock) => match self.find(*oblock) {
                Some(cblock) => Answer::Rows(self.rows(cblock)),
                None => Answer::NotMapped(*oblock),
            },
            Ask::Xml => {
                let (text, whole, problem) = self.xml_head();
                Answer::Xml { text, whole, problem }
            }
        }
    }

    /// A block, decoded, with its bytes.
    fn block(&self, at: u64) -> BlockSeen {
        let bytes = block_of(&*self.src, at);
        let seen = inspect::decode(at, &bytes, &self.map);
        BlockSeen {
            block: at,
            kind: seen.kind.map(Kind::name).unwrap_or("nothing sealed").to_owned(),
            owner: owner(&self.map, &self.counts, at),
            area: seen.area.map(|a| a.name().to_owned()),
            count: count(&self.counts, at),
            fault: seen.fault.map(|f| f.to_string()),
            computed_csum: seen.kind.map(|kind| super::format::checksum(&bytes, kind)),
            fields: seen.fields,
            pointers: seen.pointers,
            near: self.near(at),
            cblocks: self.cblocks(at),
            bytes: bytes.to_vec(),
        }
    }

    /// The XML of `cache_dump`, leaving out what cannot be read.
    ///
    /// # Errors
    /// What a dump fails with.
    pub fn xml(&self, out: &mut dyn Write) -> Result<(), dump::DumpError> {
        dump::dump(&*self.src, out, &dump::Options { repair: true, ..dump::Options::default() }).map(|_| ())
    }

    /// The beginning of the XML, whether that is all of it, and why it ends early.
    fn xml_head(&self) -> (String, bool, Option<String>) {
        let mut head = Head { text: Vec::new() };
        let result = self.xml(&mut head);
        let whole = head.text.len() < XML_BYTES_MAX;
        let problem = result.err().filter(|_| whole).map(|e| e.to_string());
        let mut text = head.text;
        if !whole {
            text.truncate(text.iter().rposition(|b| *b == b'\n').map_or(text.len(), |at| at + 1));
        }
        (String::from_utf8_lossy(&text).into_owned(), whole, problem)
    }

    /// What can be read of it, as a sound image of the same size.
    ///
    /// # Errors
    /// Why there is none.
    pub fn repaired(&self) -> Result<Vec<u8>, String> {
        let mut out = vec![0; self.src.nr_blocks() as usize * BLOCK_SIZE];
        repair::repair(&*self.src, &mut out, &repair::Options::default()).map_err(|e| e.to_string())?;
        let report = check::check(&out, &check::Options::default());
        if report.exit_code() == 0 { Ok(out) } else { Err(format!("what was written is damaged: {report}")) }
    }

    /// Every block that is not zeros, with its number: what a machine needs to hold this image.
    pub fn contents(&self, f: &mut dyn FnMut(u64, &Block)) {
        for at in 0..self.src.nr_blocks() {
            let used = self.map.usage(at).is_some() || count(&self.counts, at) > 0;
            if used && let Ok(block) = self.src.block(at) {
                f(at, &block);
            }
        }
    }
}

/// Takes the beginning of what is written, then fails.
struct Head {
    text: Vec<u8>,
}

impl Write for Head {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = XML_BYTES_MAX.saturating_sub(self.text.len());
        if room == 0 {
            return Err(io::Error::other("enough"));
        }
        let taken = buf.len().min(room);
        self.text.extend_from_slice(buf.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Planned {
    /// The bytes of a value, 8 at most.
    fn value(&self, src: &dyn Source, index: u64) -> Option<[u8; 8]> {
        let per_block = self.array.per_block().max(1);
        let at = self.blocks.binary_search_by_key(&(index / per_block), |b| b.key).ok()?;
        let block = self.blocks.get(at)?.block;
        let mut kept = self.kept.borrow_mut();
        if kept.as_ref().is_none_or(|(of, _)| *of != block) {
            *kept = Some((block, src.block(block).ok()?));
        }
        let (_, b) = kept.as_ref()?;
        let size = self.array.value_size as usize;
        let place = super::format::ARRAY_HEADER + (index % per_block) as usize * size;
        let mut value = [0; 8];
        let taken = size.min(8);
        value.get_mut(..taken)?.copy_from_slice(b.get(place..place + taken)?);
        Some(value)
    }

    /// All values of a bitset.
    fn bits(&self, src: &dyn Source) -> Bits {
        let mut bits = Bits::default();
        walk::values(src, &self.array, &self.blocks, &mut Default::default(), &mut |a, bytes, _| {
            bits.or_bytes(a.key.saturating_mul(self.array.per_block()), bytes);
        });
        bits
    }
}

fn block_of(src: &dyn Source, at: u64) -> Box<Block> {
    src.block(at).unwrap_or_else(|_| Box::new([0; BLOCK_SIZE]))
}

fn count(counts: &[u8], at: u64) -> u8 {
    usize::try_from(at).ok().and_then(|at| counts.get(at)).copied().unwrap_or(0)
}

fn owner(map: &Map, counts: &[u8], at: u64) -> Owner {
    match map.usage(at) {
        Some((area, _)) => Owner::of(area),
        None if count(counts, at) > 0 => Owner::Leaked,
        None => Owner::Free,
    }
}

/// What the bitmaps of the space map say of each block; 3 stands for three and more.
fn counts(src: &dyn Source, superblock: &Superblock) -> Vec<u8> {
    let nr = src.nr_blocks();
    let mut counts = vec![0; nr as usize];
    let Ok(index) = walk::read(src, Kind::Index, superblock.space_map.bitmap_root) else { return counts };
    let bitmaps = nr.min(superblock.space_map.nr_blocks).div_ceil(BITMAP_ENTRIES).min(INDEX_ENTRIES as u64);
    for i in 0..bitmaps {
        let Ok(bitmap) = walk::read(src, Kind::Bitmap, IndexEntry::decode(&index, i as usize).blocknr) else { continue };
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
