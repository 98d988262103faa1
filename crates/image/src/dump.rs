//! An image as text: `cache_dump`'s XML byte for byte, or JSON.
//!
//! One thing differs from `cache_dump` 0.9 on purpose: for metadata version 2 the dirty bits are those of the dirty
//! bitset. 0.9 prints `dirty="false"` there, whatever the disk says.

use super::bits::Bits;
use super::check::Arrays;
use super::counts::Counts;
use super::damage::{Area, Damages, Fault};
use super::format::{BLOCK_SIZE, Kind, M_DIRTY, M_FLAGS_MASK, M_VALID, Superblock};
use super::restore::RestoreError;
use super::source::Source;
use super::text::{base64, decimal};
use super::walk::{self, Array, ArrayBlock};
use super::xml::{Entry, Header};
use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::Range;
use thiserror::Error;

/// How the text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// `cache_dump`'s.
    #[default]
    Xml,
    /// The same facts, with superblock and discards.
    Json,
}

/// What to do with damage, and how to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Leave out what cannot be read, instead of stopping there. Mappings whose dirty bit is lost are dumped as dirty:
    /// writing a clean block back costs time, forgetting a dirty one costs data. Of two cache blocks with one origin block the first is kept,
    /// as `cache_check` passes no image that has both.
    pub repair: bool,
    /// How the text looks.
    pub format: Format,
    /// As `cache_dump` 0.9 does: version 2 has no dirty bits, and repairing keeps nothing of an array after its first bad block.
    pub as_0_9: bool,
}

/// Why there is no (whole) dump.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DumpError {
    /// Without a superblock there is nothing to dump.
    #[error("{}", superblock_text(.0))]
    Superblock(Fault),
    /// Damage met, and not asked to go on. What was written before it stands.
    #[error("metadata contains errors (run cache_check for details).\nperhaps you wanted to run with --repair ?")]
    Damaged,
    /// The text could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn superblock_text(fault: &Fault) -> String {
    match fault {
        Fault::BadChecksum { .. } => "bad checksum in superblock".into(),
        other => other.to_string(),
    }
}

/// Dumps an image; returns what was left out when repairing.
///
/// # Errors
/// When the superblock cannot be read, when damage is met without [`Options::repair`], when `out` fails.
pub fn dump(src: &dyn Source, out: &mut dyn Write, options: &Options) -> Result<Damages, DumpError> {
    let sb = superblock(src)?;
    let mut out = Buffered { text: Vec::with_capacity(FLUSH_BYTES + 4096), out, failed: None };
    let result = match options.format {
        Format::Xml => body(src, &sb, options, &mut Xml { out: &mut out }),
        Format::Json => body(src, &sb, options, &mut Json { out: &mut out, first: true }),
    };
    out.flush();
    match out.failed {
        Some(e) => Err(e.into()),
        None => result,
    }
}

/// The superblock, wherever it says it belongs.
pub(super) fn superblock(src: &dyn Source) -> Result<Superblock, DumpError> {
    let block = walk::read(src, Kind::Superblock, 0).or_else(|fault| match fault {
        // The tool does not mind the location.
        Fault::BadLocation { block, .. } => src.block(block).map_err(|e| Fault::Unreadable { block, text: e.text }),
        other => Err(other),
    });
    Ok(Superblock::decode(&*block.map_err(DumpError::Superblock)?))
}

/// What a dump would contain, handed to `take` entry by entry until it refuses one. Discards are left out, as in the XML.
///
/// # Errors
/// As [`dump`]; inside, what `take` refused with.
pub(super) fn entries(
    src: &dyn Source,
    sb: &Superblock,
    options: &Options,
    take: &mut dyn FnMut(Entry) -> Result<(), RestoreError>,
) -> Result<Result<Damages, RestoreError>, DumpError> {
    let mut entries = Entries { take, refused: None };
    let left_out = body(src, sb, options, &mut entries)?;
    Ok(entries.refused.map_or(Ok(left_out), Err))
}

/// Hands entries over.
struct Entries<'a> {
    take: &'a mut dyn FnMut(Entry) -> Result<(), RestoreError>,
    refused: Option<RestoreError>,
}

impl Entries<'_> {
    fn hand_over(&mut self, entry: Entry) {
        if self.refused.is_none() {
            self.refused = (self.take)(entry).err();
        }
    }
}

impl Emit for Entries<'_> {
    fn begin(&mut self, sb: &Superblock) {
        let mut policy = sb.policy_name;
        let end = policy.iter().position(|c| *c == 0).unwrap_or(policy.len() - 1);
        policy[end..].fill(0);
        let (block_size, cache_blocks) = (sb.data_block_size, sb.cache_blocks);
        self.hand_over(Entry::Superblock(Header { block_size, cache_blocks, policy, hint_width: sb.hint_width() }));
    }

    fn mappings(&mut self) {}

    fn mapping(&mut self, cblock: u64, oblock: u64, dirty: bool) {
        self.hand_over(Entry::Mapping { cblock, oblock, dirty });
    }

    fn end_mappings(&mut self) {}

    fn hints(&mut self) {}

    fn hint(&mut self, cblock: u64, data: &[u8]) {
        self.hand_over(Entry::Hint { cblock, data: data.to_vec() });
    }

    fn end_hints(&mut self) {}

    fn discards(&mut self) -> bool {
        false
    }

    fn discard(&mut self, _: Range<u64>) {}

    fn end(&mut self) {}

    fn failed(&self) -> bool {
        self.refused.is_some()
    }
}

const FLUSH_BYTES: usize = 256 * 1024;

struct Buffered<'a> {
    text: Vec<u8>,
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl Buffered<'_> {
    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, n: u64) {
        decimal(&mut self.text, n);
    }

    fn flush(&mut self) {
        if self.failed.is_none()
            && let Err(e) = self.out.write_all(&self.text).and_then(|()| self.out.flush())
        {
            self.failed = Some(e);
        }
        self.text.clear();
    }

    #[inline]
    fn line_done(&mut self) {
        if self.text.len() >= FLUSH_BYTES {
            self.flush();
        }
    }
}

/// What both formats write, in this order.
trait Emit {
    fn begin(&mut self, sb: &Superblock);
    fn mappings(&mut self);
    fn mapping(&mut self, cblock: u64, oblock: u64, dirty: bool);
    fn hints(&mut self);
    fn hint(&mut self, cblock: u64, data: &[u8]);
    /// Whether discards are wanted at all.
    fn discards(&mut self) -> bool;
    fn discard(&mut self, range: Range<u64>);
    fn end_mappings(&mut self);
    fn end_hints(&mut self);
    fn end(&mut self);
    fn failed(&self) -> bool;
}

fn body<E: Emit>(src: &dyn Source, sb: &Superblock, options: &Options, e: &mut E) -> Result<Damages, DumpError> {
    let arrays = Arrays::of(sb);
    let mut counts = Counts::default();
    counts.take(0, Area::Superblock);
    let mut left_out = Damages::default();
    e.begin(sb);
    e.mappings();

    // The mappings' blocks are theirs first: who else points to them is wrong.
    let mapping = Planned::of(src, &arrays.mapping, &mut counts);
    let dirty = match &arrays.dirty {
        None => None,
        Some(array) => {
            let mut damages = Damages::default();
            let plan = walk::plan(src, array, &mut counts, &mut damages);
            let mut bits = Bits::default();
            walk::values(src, array, &plan, &mut damages, &mut |a, bytes, _| {
                bits.or_bytes(a.key.saturating_mul(array.per_block()), bytes);
            });
            stop(&damages, options)?;
            let lost = Unread::of(&damages);
            left_out.append(damages);
            Some((bits, lost))
        }
    };
    let repair = options.repair && !options.as_0_9;
    let cache_blocks = u64::from(sb.cache_blocks);
    let mut origins = Origins::new(mapping.blocks.len());
    let mut shared = Damages::default();
    let mut valid = Bits::default();
    mapping.each(src, &arrays.mapping, options, &mut left_out, &mut |begin, bytes| {
        let mut word = (begin / 64, 0u64);
        for (cblock, entry) in (begin..).zip(bytes.chunks_exact(8)) {
            let entry = super::format::le64(entry, 0);
            if entry & M_VALID == 0 || repair && cblock >= cache_blocks {
                continue;
            }
            let (oblock, flags) = (entry >> 16, entry & M_FLAGS_MASK);
            if repair && origins.again(oblock) {
                shared.push(arrays.mapping.damage(Fault::DuplicateOrigin { cblock, oblock, flags }, cblock..cblock + 1));
                continue;
            }
            let is_dirty = match &dirty {
                None => entry & M_DIRTY != 0,
                Some(_) if options.as_0_9 => false,
                // Version 2 has no such flag.
                Some((bits, lost)) => bits.get(cblock) || lost.contains(cblock) || repair && entry & M_DIRTY != 0,
            };
            e.mapping(cblock, oblock, is_dirty);
            if cblock / 64 != word.0 {
                valid.or_word(word.0, word.1);
                word = (cblock / 64, 0);
            }
            word.1 |= 1 << (cblock % 64);
        }
        valid.or_word(word.0, word.1);
        !e.failed()
    })?;
    left_out.append(shared);
    e.end_mappings();
    e.hints();
    if let Some(array) = &arrays.hint {
        let width = array.value_size as usize;
        Planned::of(src, array, &mut counts).each(src, array, options, &mut left_out, &mut |begin, bytes| {
            for (cblock, data) in (begin..).zip(bytes.chunks_exact(width)) {
                if valid.get(cblock) {
                    e.hint(cblock, data);
                }
            }
            !e.failed()
        })?;
    }
    e.end_hints();
    if e.discards()
        && let Some(array) = &arrays.discard
    {
        let mut bits = Bits::default();
        Planned::of(src, array, &mut counts).each(src, array, options, &mut left_out, &mut |begin, bytes| {
            bits.or_bytes(begin, bytes);
            true
        })?;
        bits.cut(sb.discard_nr_blocks);
        let mut run = 0..0;
        for bit in bits.ones() {
            if run.end == bit && run.start < run.end {
                run.end += 1;
                continue;
            }
            if run.start < run.end {
                e.discard(run);
            }
            run = bit..bit + 1;
        }
        if run.start < run.end {
            e.discard(run);
        }
    }
    e.end();
    Ok(left_out)
}

/// Cache blocks whose dirty bits a damage took away.
struct Unread {
    /// Ascending, apart from each other.
    ranges: Vec<Range<u64>>,
    everything: bool,
}

impl Unread {
    fn of(damages: &Damages) -> Self {
        Self { ranges: damages.cblocks(Area::Dirty), everything: damages.dropped > 0 }
    }

    fn contains(&self, cblock: u64) -> bool {
        let after = self.ranges.partition_point(|r| r.start <= cblock);
        self.everything || after > 0 && self.ranges.get(after - 1).is_some_and(|r| r.contains(&cblock))
    }
}

fn stop(damages: &Damages, options: &Options) -> Result<(), DumpError> {
    if options.repair || damages.is_empty() { Ok(()) } else { Err(DumpError::Damaged) }
}

/// Origin blocks met so far. Memory follows the mappings there are, not the numbers they claim.
struct Origins {
    near: Bits,
    limit: u64,
    far: HashSet<u64>,
}

impl Origins {
    fn new(array_blocks: usize) -> Self {
        Self { near: Bits::default(), limit: array_blocks as u64 * BLOCK_SIZE as u64 * 8, far: HashSet::new() }
    }

    /// Whether it was met before.
    fn again(&mut self, oblock: u64) -> bool {
        if oblock >= self.limit {
            return !self.far.insert(oblock);
        }
        let was = self.near.get(oblock);
        self.near.set(oblock);
        was
    }
}

/// An array whose tree was walked.
struct Planned {
    blocks: Vec<ArrayBlock>,
    /// What is bad in the tree.
    damages: Damages,
}

impl Planned {
    fn of(src: &dyn Source, array: &Array, counts: &mut Counts) -> Self {
        let mut damages = Damages::default();
        Self { blocks: walk::plan(src, array, counts, &mut damages), damages }
    }

    /// The sound blocks of an array, until the first damage or until `f` says no.
    fn each(
        self,
        src: &dyn Source,
        array: &Array,
        options: &Options,
        left_out: &mut Damages,
        f: &mut dyn FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), DumpError> {
        let Self { blocks, mut damages } = self;
        let holes_only = damages.list.iter().all(|d| d.fault == Fault::Missing);
        let mut go_on = options.repair || holes_only;
        let past_damage = options.repair && !options.as_0_9;
        // What is bad in the tree above the blocks: 0.9 walks it in order and so comes to what lies before it.
        let bad = damages.list.iter().filter(|d| d.fault != Fault::Missing);
        let first_bad = bad.map(|d| d.lost.as_ref().map_or(0, |lost| lost.start)).min();
        let mut reading = Damages::default();
        walk::values(src, array, &blocks, &mut reading, &mut |a, bytes, met| {
            let begin = a.key.saturating_mul(array.per_block());
            go_on &= past_damage || met.is_empty() && first_bad.is_none_or(|bad| begin < bad);
            if go_on {
                go_on = f(begin, bytes);
            }
        });
        damages.append(reading);
        stop(&damages, options)?;
        left_out.append(damages);
        Ok(())
    }
}

struct Xml<'a, 'b> {
    out: &'a mut Buffered<'b>,
}

impl Xml<'_, '_> {
    fn attribute(&mut self, bytes: &[u8]) {
        let end = bytes.iter().position(|c| *c == 0).unwrap_or(bytes.len());
        for c in &bytes[..end] {
            match c {
                b'<' => self.out.put("&lt;"),
                b'&' => self.out.put("&amp;"),
                b'"' => self.out.put("&quot;"),
                c => self.out.text.push(*c),
            }
        }
    }
}

impl Emit for Xml<'_, '_> {
    fn begin(&mut self, sb: &Superblock) {
        self.out.put("<superblock uuid=\"");
        // cache_dump takes the uuid for a C string: one without a NUL runs on into the magic.
        let mut uuid = [0; 24];
        uuid[..16].copy_from_slice(&sb.uuid);
        uuid[16..].copy_from_slice(&sb.magic.to_le_bytes());
        self.attribute(&uuid);
        self.out.put("\" block_size=\"");
        self.out.number(sb.data_block_size.into());
        self.out.put("\" nr_cache_blocks=\"");
        self.out.number(sb.cache_blocks.into());
        self.out.put("\" policy=\"");
        self.attribute(&sb.policy_name);
        self.out.put("\" hint_width=\"");
        self.out.number(sb.hint_width().into());
        self.out.put("\">\n");
    }

    fn mappings(&mut self) {
        self.out.put("  <mappings>\n");
    }

    fn mapping(&mut self, cblock: u64, oblock: u64, dirty: bool) {
        self.out.put("    <mapping cache_block=\"");
        self.out.number(cblock);
        self.out.put("\" origin_block=\"");
        self.out.number(oblock);
        self.out.put(if dirty { "\" dirty=\"true\"/>\n" } else { "\" dirty=\"false\"/>\n" });
        self.out.line_done();
    }

    fn end_mappings(&mut self) {
        self.out.put("  </mappings>\n");
    }

    fn hints(&mut self) {
        self.out.put("  <hints>\n");
    }

    fn hint(&mut self, cblock: u64, data: &[u8]) {
        self.out.put("    <hint cache_block=\"");
        self.out.number(cblock);
        self.out.put("\" data=\"");
        base64(&mut self.out.text, data);
        self.out.put("\"/>\n");
        self.out.line_done();
    }

    fn end_hints(&mut self) {
        self.out.put("  </hints>\n");
    }

    fn discards(&mut self) -> bool {
        false
    }

    fn discard(&mut self, _: Range<u64>) {}

    fn end(&mut self) {
        self.out.put("</superblock>\n");
    }

    fn failed(&self) -> bool {
        self.out.failed.is_some()
    }
}

struct Json<'a, 'b> {
    out: &'a mut Buffered<'b>,
    first: bool,
}

impl Json<'_, '_> {
    fn item(&mut self) {
        self.out.put(if self.first { "\n    " } else { ",\n    " });
        self.first = false;
    }

    fn list(&mut self, name: &str) {
        self.out.put(",\n  \"");
        self.out.put(name);
        self.out.put("\": [");
        self.first = true;
    }

    fn close(&mut self) {
        self.out.put(if self.first { "]" } else { "\n  ]" });
    }
}

impl Emit for Json<'_, '_> {
    fn begin(&mut self, sb: &Superblock) {
        let text = serde_json::to_string(sb).unwrap_or_else(|_| "null".into());
        self.out.put("{\n  \"superblock\": ");
        self.out.put(&text);
    }

    fn mappings(&mut self) {
        self.list("mappings");
    }

    fn mapping(&mut self, cblock: u64, oblock: u64, dirty: bool) {
        self.item();
        self.out.put("{\"cblock\": ");
        self.out.number(cblock);
        self.out.put(", \"oblock\": ");
        self.out.number(oblock);
        self.out.put(if dirty { ", \"dirty\": true}" } else { ", \"dirty\": false}" });
        self.out.line_done();
    }

    fn end_mappings(&mut self) {
        self.close();
    }

    fn hints(&mut self) {
        self.list("hints");
    }

    fn hint(&mut self, cblock: u64, data: &[u8]) {
        self.item();
        self.out.put("{\"cblock\": ");
        self.out.number(cblock);
        self.out.put(", \"data\": \"");
        base64(&mut self.out.text, data);
        self.out.put("\"}");
        self.out.line_done();
    }

    fn end_hints(&mut self) {
        self.close();
    }

    fn discards(&mut self) -> bool {
        self.list("discards");
        true
    }

    fn discard(&mut self, range: Range<u64>) {
        self.item();
        self.out.put("{\"begin\": ");
        self.out.number(range.start);
        self.out.put(", \"end\": ");
        self.out.number(range.end);
        self.out.put("}");
        self.out.line_done();
    }

    fn end(&mut self) {
        self.close();
        self.out.put("\n}\n");
    }

    fn failed(&self) -> bool {
        self.out.failed.is_some()
    }
}
