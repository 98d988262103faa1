//! Repair: what can be read of a damaged image, written as a sound one (`cache_repair`).

use super::damage::Damages;
use super::dump::{self, DumpError};
use super::format::{CLEAN_SHUTDOWN, VARIABLE_HINT_SIZE};
use super::restore::{self, Reading, RestoreError, Sink};
use super::source::Source;
use thiserror::Error;

/// How to repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// As `cache_repair` 0.9 does: after the first bad block of an array it keeps nothing of that array, writes version 1 and always
    /// sets CLEAN_SHUTDOWN.
    pub as_0_9: bool,
}

/// Why there is no repaired image.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepairError {
    /// What is damaged cannot be left out: there is no superblock, or the text did not fit.
    #[error(transparent)]
    Read(#[from] DumpError),
    /// The output failed, or is too small.
    #[error(transparent)]
    Write(#[from] RestoreError),
}

/// Writes the readable part of `src` to `out`, which may not be the same; returns what was left out. Holds the arrays in memory: 12 bytes for
/// each cache block with smq's hints.
///
/// An image that was not shut down cleanly stays so: Linux will take every block as dirty. The version is kept.
///
/// # Errors
/// Without a superblock nothing can be read; `out` may be too small or fail. Then `out` holds no image that looks whole.
pub fn repair(src: &dyn Source, out: &mut (impl Sink + ?Sized), options: &Options) -> Result<Damages, RepairError> {
    let as_0_9 = options.as_0_9;
    let mut sb = dump::superblock(src)?;
    if !sb.has_sound_hint_width() {
        // Without the feature it is 4.
        sb.incompat_flags &= !VARIABLE_HINT_SIZE;
    }
    let restored = restore::Options {
        version: if as_0_9 { 1 } else { sb.version.clamp(1, 2) },
        omit_clean_shutdown: !as_0_9 && sb.flags & CLEAN_SHUTDOWN == 0,
        as_0_9,
        ..restore::Options::default()
    };
    let mut reading = Reading::new(out.nr_blocks(), &restored);
    let options = dump::Options { repair: true, as_0_9, ..dump::Options::default() };
    let left_out = dump::entries(src, &sb, &options, &mut |entry| reading.take(entry))??;
    restore::write(&reading.content()?, out, &restored)?;
    Ok(left_out)
}
