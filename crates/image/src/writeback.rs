//! What only the cache device holds, to be copied to the origin, and metadata that says so no longer (`cache_writeback`).

use super::bits::Bits;
use super::check::Arrays;
use super::counts::Counts;
use super::damage::Damages;
use super::dump::{self, DumpError};
use super::format::{ARRAY_HEADER, ArrayHeader, CLEAN_SHUTDOWN, Kind, M_DIRTY, le64, seal};
use super::restore::{RestoreError, Sink, write_superblock};
use super::source::Source;
use super::walk::{self, Array};
use super::xml::Entry;

/// Where a superblock keeps its flags.
const FLAGS_AT: usize = 4;

/// How to look for dirty blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// As `cache_writeback` 0.9 does: it reads no dirty bitset, so that metadata of version 2 has no dirty block unless it was not shut down
    /// cleanly; and it goes on where something is damaged.
    pub as_0_9: bool,
}

/// The blocks that are newer on the cache device.
#[derive(Debug, Clone, Default)]
pub struct Dirty {
    /// Size of a block in sectors.
    pub block_sectors: u32,
    /// Cache block and origin block, by cache block. All that are mapped, where the cache was not shut down cleanly.
    pub blocks: Vec<(u64, u64)>,
    /// What could not be read.
    pub damages: Damages,
}

/// Finds the dirty blocks.
///
/// # Errors
/// Without a superblock nothing can be read; other damage is an error but for [`Options::as_0_9`].
pub fn dirty(src: &dyn Source, options: &Options) -> Result<Dirty, DumpError> {
    let sb = dump::superblock(src)?;
    let everything = sb.flags & CLEAN_SHUTDOWN == 0;
    let mut found = Dirty { block_sectors: sb.data_block_size, ..Dirty::default() };
    let reading = dump::Options { repair: options.as_0_9, as_0_9: options.as_0_9, ..dump::Options::default() };
    let read = dump::entries(src, &sb, &reading, &mut |entry| {
        if let Entry::Mapping { cblock, oblock, dirty } = entry
            && (dirty || everything)
        {
            found.blocks.push((cblock, oblock));
        }
        Ok(())
    })?;
    found.damages = read.unwrap_or_default();
    Ok(found)
}

/// Clears the dirty bits of the blocks that were `copied`, in `out`, which holds what `src` holds or is the same device. Each block that changes is
/// written once and is whole by itself, so an interrupted one leaves metadata that calls too much dirty. If `everything` has been copied, it counts
/// as shut down cleanly from then on: the superblock comes last.
///
/// # Errors
/// When `src` cannot be read or `out` cannot be written.
pub fn mark_clean(src: &dyn Source, out: &mut (impl Sink + ?Sized), copied: &Bits, everything: bool) -> Result<(), RestoreError> {
    let unread = |text: String| RestoreError::Write(text);
    let sb = dump::superblock(src).map_err(|e| unread(e.to_string()))?;
    let arrays = Arrays::of(&sb);
    match &arrays.dirty {
        Some(words) => clear(src, out, words, &|word, value| value & !copied.word(word))?,
        None => clear(src, out, &arrays.mapping, &|cblock, value| if copied.get(cblock) { value & !M_DIRTY } else { value })?,
    }
    if everything && sb.flags & CLEAN_SHUTDOWN == 0 {
        let mut block = src.block(0).map_err(|e| unread(e.to_string()))?;
        block[FLAGS_AT..FLAGS_AT + 4].copy_from_slice(&(sb.flags | CLEAN_SHUTDOWN).to_le_bytes());
        seal(&mut block, Kind::Superblock, 0);
        return write_superblock(out, &block);
    }
    out.sync().map_err(RestoreError::Write)
}

/// Rewrites the blocks of an array whose values `change` makes others of; it gets a value's place in the array.
fn clear(src: &dyn Source, out: &mut (impl Sink + ?Sized), array: &Array, change: &dyn Fn(u64, u64) -> u64) -> Result<(), RestoreError> {
    let plan = walk::plan(src, array, &mut Counts::default(), &mut Damages::default());
    for found in plan {
        let mut block = src.block(found.block).map_err(|e| RestoreError::Write(e.to_string()))?;
        let values = ArrayHeader::decode(&block).nr_entries as usize;
        let begin = found.key.saturating_mul(array.per_block());
        let mut changed = false;
        for (place, value) in (begin..).zip(block[ARRAY_HEADER..].chunks_exact_mut(8).take(values)) {
            let (old, new) = (le64(value, 0), change(place, le64(value, 0)));
            changed |= old != new;
            value.copy_from_slice(&new.to_le_bytes());
        }
        if changed {
            seal(&mut block, Kind::ArrayBlock, found.block);
            out.write(found.block, &block).map_err(RestoreError::Write)?;
        }
    }
    Ok(())
}
