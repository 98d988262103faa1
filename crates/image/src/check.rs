//! Is an image sound? `cache_check`, and what it leaves out.
//!
//! `cache_check` 0.9 looks at superblock, mapping array and hint array. This check also reads the discard and dirty
//! bitsets and compares every count of the space map with the trees; each damage says whether `cache_check` would
//! have met it, and [`Report::cache_check_exit_code`] gives that tool's verdict beside ours.

use super::bits::Bits;
use super::counts::Counts;
use super::damage::{Area, Damage, Damages, Fault, Note};
use super::format::{CLEAN_SHUTDOWN, Kind, M_DIRTY, M_FLAGS_MASK, M_VALID, MAGIC, NEEDS_CHECK, Superblock, VARIABLE_HINT_SIZE};
use super::source::Source;
use super::space_map;
use super::walk::{self, Array, ArrayBlock};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// What to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Only the superblock.
    pub super_block_only: bool,
    /// Not the mapping array.
    pub skip_mappings: bool,
    /// Not the hint array.
    pub skip_hints: bool,
    /// Not the discard bitset.
    pub skip_discards: bool,
}

/// What an image holds and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The superblock, when its checksum held.
    pub superblock: Option<Superblock>,
    /// Parts that were looked at.
    pub examined: Vec<Area>,
    /// Mapped cache blocks that could be read.
    pub mapped: u64,
    /// Of these, dirty ones.
    pub dirty: u64,
    /// Metadata blocks in use, as far as the trees could be followed.
    pub metadata_blocks: u64,
    /// What is wrong.
    pub damages: Vec<Damage>,
    /// What is odd, but costs nothing.
    pub notes: Vec<Note>,
}

impl Report {
    /// 0 for sound, 1 for damaged, as `cache_check` exits.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        i32::from(!self.damages.is_empty())
    }

    /// How `cache_check` 0.9 exits on the same image: it looks at less, and takes a cache that was never resumed for a
    /// damaged one.
    #[must_use]
    pub fn cache_check_exit_code(&self) -> i32 {
        let quirk = self.examined.contains(&Area::Mapping) && self.notes.contains(&Note::NeverResumed);
        i32::from(quirk || self.damages.iter().any(|d| d.seen_by_cache_check))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for area in Area::ALL {
            let damages = || self.damages.iter().filter(move |d| d.area == area);
            if !self.examined.contains(&area) {
                if let Some(sb) = self.superblock.as_ref().filter(|_| self.examined.len() > 1) {
                    match area {
                        Area::Hint if sb.hint_root == 0 => writeln!(f, "no hint array present")?,
                        Area::Discard if sb.discard_root == 0 => writeln!(f, "no discard bitset present")?,
                        _ => {}
                    }
                }
                continue;
            }
            writeln!(f, "examining {area}")?;
            for d in damages() {
                let lost = || d.lost.as_ref().map_or_else(String::new, |r| format!(" [{}, {}]", r.start, r.end));
                match (&d.fault, area) {
                    (Fault::Field { .. }, Area::Superblock) => writeln!(f, "  superblock is invalid")?,
                    (_, Area::Superblock) => writeln!(f, "  superblock is corrupt")?,
                    (Fault::DuplicateOrigin { .. } | Fault::UnknownFlags { .. }, _) => writeln!(f, "  invalid mapping:")?,
                    (_, Area::Mapping | Area::Hint) => writeln!(f, "  missing mappings{}:", lost())?,
                    (_, Area::Discard) => writeln!(f, "  missing discard words{}:", lost())?,
                    (_, Area::Dirty) => writeln!(f, "  missing dirty words{}:", lost())?,
                    (_, Area::SpaceMap) => writeln!(f, "  bad space map:")?,
                }
                writeln!(f, "    {}", d.fault)?;
                if let Some(c) = &d.cblocks {
                    let what = match area {
                        Area::Hint => "hints",
                        Area::Dirty => "dirty bits",
                        _ => "mappings",
                    };
                    writeln!(f, "    costs the {what} of cblocks {}..{}", c.start, c.end - 1)?;
                }
            }
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// Checks an image on one thread.
#[must_use]
pub fn check(src: &dyn Source, options: &Options) -> Report {
    run(src, options, &|first, second| (first(src), second(src)))
}

/// Checks an image on two threads: mappings on one, everything else on the other.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn check_parallel(src: &(dyn Source + Sync), options: &Options) -> Report {
    run(src, options, &|first, second| {
        std::thread::scope(|s| {
            let other = s.spawn(|| second(src));
            let mine = first(src);
            // A panic in the other half is ours too: there is none to swallow.
            (mine, other.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
        })
    })
}

type First<'a> = &'a (dyn Fn(&dyn Source) -> Mappings + Sync);
type Second<'a> = &'a (dyn Fn(&dyn Source) -> Rest + Sync);
type Runner<'a> = &'a dyn Fn(First<'_>, Second<'_>) -> (Mappings, Rest);

fn run(src: &dyn Source, options: &Options, runner: Runner<'_>) -> Report {
    let mut report = Report {
        superblock: None,
        examined: vec![Area::Superblock],
        mapped: 0,
        dirty: 0,
        metadata_blocks: 0,
        damages: Vec::new(),
        notes: Vec::new(),
    };
    let mut damages = Damages::default();
    let Some(sb) = superblock(src, &mut damages, &mut report.notes) else {
        report.damages = damages.list;
        return report;
    };
    // What tools and kernels refuse is not followed further, except the location, which only the kernel minds.
    let refused = damages.list.iter().any(|d| d.seen_by_cache_check);
    if !refused && !options.super_block_only {
        trees(src, &sb, options, runner, &mut report, &mut damages);
    }
    report.superblock = Some(sb);
    if damages.dropped > 0 {
        report.notes.push(Note::More { nr: damages.dropped });
    }
    report.damages = damages.list;
    report
}

fn superblock(src: &dyn Source, damages: &mut Damages, notes: &mut Vec<Note>) -> Option<Superblock> {
    let damage = |fault, seen| Damage { area: Area::Superblock, fault, lost: None, cblocks: None, seen_by_cache_check: seen };
    let block = match src.block(0) {
        Err(e) => {
            damages.push(damage(Fault::Unreadable { block: 0, text: e.text }, true));
            return None;
        }
        Ok(b) => b,
    };
    if block.iter().all(|b| *b == 0) {
        notes.push(Note::Unformatted);
    }
    if let Err(fault @ Fault::BadChecksum { .. }) = walk::verify(&block, Kind::Superblock, 0) {
        damages.push(damage(fault, true));
        return None;
    }
    let sb = Superblock::decode(&block);
    let mut bad = |text: String| damages.push(damage(Fault::Field { text }, true));
    let unknown = sb.flags & !(CLEAN_SHUTDOWN | NEEDS_CHECK);
    if unknown != 0 {
        bad(format!("invalid flags: {unknown}"));
    }
    if sb.blocknr >= src.nr_blocks() {
        bad(format!("blocknr out of bounds: {} >= {}", sb.blocknr, src.nr_blocks()));
    }
    if sb.magic != MAGIC {
        bad(format!("magic is incorrect: {}", sb.magic));
    }
    if !(1..=2).contains(&sb.version) {
        bad(format!("version incorrect: {}", sb.version));
    }
    if !sb.policy_name.contains(&0) {
        bad("policy name is not null terminated".into());
    }
    if !sb.has_sound_hint_width() {
        bad(format!("policy hint size invalid: {}", sb.hint_width()));
    }
    if sb.metadata_block_size != super::format::BLOCK_SECTORS {
        bad(format!("metadata block size incorrect: {}", sb.metadata_block_size));
    }
    if sb.compat_flags != 0 {
        bad(format!("compat_flags invalid (can only be 0): {}", sb.compat_flags));
    }
    if sb.compat_ro_flags != 0 {
        bad(format!("compat_ro_flags invalid (can only be 0): {}", sb.compat_ro_flags));
    }
    if sb.incompat_flags & !VARIABLE_HINT_SIZE != 0 {
        bad(format!("incompat_flags invalid (can only be 0): {}", sb.incompat_flags));
    }
    if sb.blocknr != 0 && sb.blocknr < src.nr_blocks() {
        damages.push(damage(Fault::BadLocation { block: 0, claims: sb.blocknr }, false));
    }
    if sb.incompat_flags & VARIABLE_HINT_SIZE != 0 {
        notes.push(Note::VariableHintSize);
    }
    if sb.cache_blocks == 0 {
        notes.push(Note::NeverResumed);
    }
    if sb.flags & NEEDS_CHECK != 0 {
        notes.push(Note::NeedsCheck);
    }
    if sb.flags & CLEAN_SHUTDOWN == 0 && sb.cache_blocks != 0 {
        notes.push(Note::Unclean);
    }
    Some(sb)
}

/// The arrays that a superblock names.
#[derive(Debug, Clone, Copy)]
pub struct Arrays {
    /// Mappings, one a cache block.
    pub mapping: Array,
    /// Hints, when there are any.
    pub hint: Option<Array>,
    /// Discards, in words.
    pub discard: Option<Array>,
    /// Version 2: dirty bits, in words.
    pub dirty: Option<Array>,
}

impl Arrays {
    /// As the superblock has them.
    #[must_use]
    pub fn of(sb: &Superblock) -> Self {
        let cache_blocks = u64::from(sb.cache_blocks);
        let array = |area, root, value_size, nr_entries, cblocks_per_entry| Array {
            area,
            root,
            value_size,
            nr_entries,
            cblocks_per_entry,
            cache_blocks,
        };
        let width = sb.hint_width().clamp(4, 128);
        Self {
            mapping: array(Area::Mapping, sb.mapping_root, 8, cache_blocks, 1),
            hint: (sb.hint_root != 0).then(|| array(Area::Hint, sb.hint_root, width, cache_blocks, 1)),
            discard: (sb.discard_root != 0).then(|| array(Area::Discard, sb.discard_root, 8, sb.discard_words(), 0)),
            dirty: (sb.version == 2).then(|| array(Area::Dirty, sb.dirty_root, 8, sb.dirty_words(), 64)),
        }
    }
}

fn trees(src: &dyn Source, sb: &Superblock, options: &Options, runner: Runner<'_>, report: &mut Report, damages: &mut Damages) {
    let arrays = Arrays::of(sb);
    let mut counts = Counts::default();
    counts.take(0, Area::Superblock);
    let sm = space_map::open(src, sb.space_map, &mut counts, damages);
    let mut before = damages.list.len();
    // The trees come first: they are small, and the space map needs to know of every block before it is compared.
    let mut plan = |array: Option<Array>, skip: bool, damages: &mut Damages| {
        let array = array.filter(|_| !skip)?;
        report.examined.push(array.area);
        let blocks = walk::plan(src, &array, &mut counts, damages);
        Some((array, blocks))
    };
    let mapping = plan(Some(arrays.mapping), options.skip_mappings, damages);
    let hint = plan(arrays.hint, options.skip_hints, damages);
    let discard = plan(arrays.discard, options.skip_discards, damages);
    let dirty = plan(arrays.dirty, false, damages);
    let whole = !(options.skip_mappings || options.skip_hints || options.skip_discards);
    // A missing end of an array hides no blocks; an unreadable node or a second use may.
    let complete = damages.list.drain(before..).collect::<Vec<_>>();
    before = complete.iter().filter(|d| !matches!(d.fault, Fault::Missing)).count();
    for d in complete {
        damages.push(d);
    }
    let trees_complete = before == 0 && damages.dropped == 0;

    let known = if sb.version == 2 { M_VALID } else { M_VALID | M_DIRTY };
    // Mappings are two thirds of the work: the second half takes a share of them when the rest is done.
    let halves = mapping.as_ref().map(|(array, blocks)| (array, blocks.split_at(blocks.len() * 11 / 20)));
    let first = |src: &dyn Source| halves.map_or_else(Mappings::default, |(a, (half, _))| mappings(src, a, half, known));
    let second = |src: &dyn Source| {
        let mut rest = Rest::default();
        for (array, blocks) in [&hint, &discard].into_iter().flatten() {
            walk::values(src, array, blocks, &mut rest.damages, &mut |_, _, _| {});
        }
        if let Some((array, blocks)) = &dirty {
            walk::values(src, array, blocks, &mut rest.damages, &mut |a, bytes, _| {
                rest.dirty.or_bytes(a.key.saturating_mul(array.per_block()), bytes);
            });
        }
        if whole {
            space_map::compare(src, &sm, &counts, trees_complete, &mut rest.damages, &mut rest.notes);
        }
        if let Some((array, (_, half))) = halves {
            rest.mappings = mappings(src, array, half, known);
        }
        rest
    };
    let (mut maps, mut rest) = runner(&first, &second);
    let twice = maps.join(std::mem::take(&mut rest.mappings));
    if let Some((array, blocks)) = mapping.as_ref().filter(|_| !twice.is_empty()) {
        again(src, array, blocks, &twice, &mut maps.damages);
    }
    if whole {
        report.examined.push(Area::SpaceMap);
    }
    report.metadata_blocks = counts.used();
    report.mapped = maps.mapped;
    report.dirty = maps.dirty;
    if sb.version == 2 && mapping.is_some() {
        rest.dirty.cut(sb.cache_blocks.into());
        report.dirty = rest.dirty.words().map(|(i, d)| u64::from((d & maps.valid.word(i)).count_ones())).sum();
        unmapped_dirty(&maps.valid, &rest.dirty, &mut report.notes);
    }
    damages.append(maps.damages);
    damages.append(rest.damages);
    report.notes.extend(rest.notes);
}

fn unmapped_dirty(valid: &Bits, dirty: &Bits, notes: &mut Vec<Note>) {
    let (mut nr, mut first) = (0, None);
    for (i, d) in dirty.words() {
        let odd = d & !valid.word(i);
        if odd != 0 {
            nr += u64::from(odd.count_ones());
            first.get_or_insert(i * 64 + u64::from(odd.trailing_zeros()));
        }
    }
    if let Some(first) = first {
        notes.push(Note::DirtyUnmapped { nr, first });
    }
}

#[derive(Default)]
struct Mappings {
    mapped: u64,
    dirty: u64,
    /// One bit a cache block, version 2 only.
    valid: Bits,
    origins: Origins,
    damages: Damages,
}

impl Mappings {
    /// Takes the later half's findings; returns the origin blocks that both halves, or a list of far ones, met twice.
    fn join(&mut self, later: Self) -> Vec<u64> {
        self.mapped += later.mapped;
        self.dirty += later.dirty;
        for (word, bits) in later.valid.words() {
            self.valid.or_word(word, bits);
        }
        let too_many = |d: &Damage| matches!(d.fault, Fault::TooMany { .. });
        if later.damages.list.iter().any(too_many) {
            self.damages.list.retain(|d| !too_many(d));
        }
        self.damages.append(later.damages);
        std::mem::take(&mut self.origins).met_twice(later.origins)
    }
}

#[derive(Default)]
struct Rest {
    mappings: Mappings,
    dirty: Bits,
    damages: Damages,
    notes: Vec<Note>,
}

/// Origin blocks met so far: a bitmap for those below a bound that depends on the number of mappings, a list that is
/// sorted at the end for the others. Eight bytes a mapping at most.
#[derive(Default)]
struct Origins {
    bits: Vec<u64>,
    limit: u64,
    far: Vec<u64>,
}

impl Origins {
    fn new(array_blocks: usize) -> Self {
        Self { bits: Vec::new(), limit: array_blocks as u64 * 509 * 64, far: Vec::new() }
    }

    /// Whether it was met before, as far as can be told at once.
    #[inline]
    fn again(&mut self, oblock: u64) -> bool {
        if oblock >= self.limit {
            self.far.push(oblock);
            return false;
        }
        let (word, bit) = ((oblock / 64) as usize, 1 << (oblock % 64));
        if word >= self.bits.len() {
            self.bits.resize((word + 1).next_power_of_two().min(self.limit as usize / 64 + 1), 0);
        }
        let was = self.bits[word] & bit != 0;
        self.bits[word] |= bit;
        was
    }

    /// Those of both halves that are told only by comparing, ascending: in both bitmaps, or twice among the far ones. A
    /// half whose bound is lower has listed as far what the other has in its bitmap.
    fn met_twice(mut self, mut other: Self) -> Vec<u64> {
        let mut twice = Vec::new();
        for (i, (a, b)) in (0..).zip(self.bits.iter().zip(&other.bits)) {
            let both = a & b;
            twice.extend((0..64).filter(|bit| both >> bit & 1 != 0).map(|bit| i * 64 + bit));
        }
        let near = |bits: &[u64], o: &u64| bits.get((o / 64) as usize).is_some_and(|w| w >> (o % 64) & 1 != 0);
        twice.extend(self.far.iter().filter(|o| near(&other.bits, o)));
        twice.extend(other.far.iter().filter(|o| near(&self.bits, o)));
        self.far.append(&mut other.far);
        self.far.sort_unstable();
        twice.extend(self.far.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]));
        twice.sort_unstable();
        twice.dedup();
        twice
    }
}

fn mappings(src: &dyn Source, array: &Array, blocks: &[ArrayBlock], known: u64) -> Mappings {
    let mut m = Mappings::default();
    let mut origins = Origins::new(blocks.len());
    let mut damages = Damages::default();
    walk::values(src, array, blocks, &mut damages, &mut |a, bytes, damages| {
        let begin = a.key.saturating_mul(array.per_block());
        let mut word = (begin / 64, 0);
        for (cblock, entry) in (begin..).zip(bytes.chunks_exact(8)) {
            let entry = super::format::le64(entry, 0);
            if entry & M_VALID == 0 {
                continue;
            }
            m.mapped += 1;
            m.dirty += entry >> 1 & 1;
            let oblock = entry >> 16;
            let flags = entry & M_FLAGS_MASK;
            if origins.again(oblock) {
                damages.push(invalid(array, cblock, Fault::DuplicateOrigin { cblock, oblock, flags }));
            }
            if flags & !known != 0 {
                damages.push(invalid(array, cblock, Fault::UnknownFlags { cblock, oblock, flags }));
            }
            if known == M_VALID {
                if cblock / 64 != word.0 {
                    m.valid.or_word(word.0, word.1);
                    word = (cblock / 64, 0);
                }
                word.1 |= 1 << (cblock % 64);
            }
        }
        m.valid.or_word(word.0, word.1);
    });
    m.origins = origins;
    m.damages = damages;
    m
}

fn invalid(array: &Array, cblock: u64, fault: Fault) -> Damage {
    array.damage(fault, cblock..cblock.saturating_add(1))
}

/// Reads the mappings a second time to name who shares a far origin block.
fn again(src: &dyn Source, array: &Array, blocks: &[ArrayBlock], twice: &[u64], damages: &mut Damages) {
    let mut met = vec![false; twice.len()];
    let named: BTreeSet<u64> =
        damages.list.iter().filter_map(|d| if let Fault::DuplicateOrigin { cblock, .. } = d.fault { Some(cblock) } else { None }).collect();
    let mut ignored = Damages::default();
    walk::values(src, array, blocks, &mut ignored, &mut |a, bytes, _| {
        let begin = a.key.saturating_mul(array.per_block());
        for (cblock, entry) in (begin..).zip(bytes.chunks_exact(8)) {
            let entry = super::format::le64(entry, 0);
            let (oblock, flags) = (entry >> 16, entry & M_FLAGS_MASK);
            if entry & M_VALID == 0 {
                continue;
            }
            if let Ok(i) = twice.binary_search(&oblock) {
                if met[i] && !named.contains(&cblock) {
                    damages.push(invalid(array, cblock, Fault::DuplicateOrigin { cblock, oblock, flags }));
                }
                met[i] = true;
            }
        }
    });
}
