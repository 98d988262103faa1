//! `dmlab writeback`

use super::files;
use super::{Outcome, reason};
use dm_cache_image::bits::Bits;
use dm_cache_image::check::{self, check_parallel};
use dm_cache_image::source::FileSource;
use dm_cache_image::writeback::{self, Dirty};
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Copy the blocks that only the cache device holds to the origin, and mark them clean.
///
/// Nothing is written in place unless --in-place says so: a new origin file is written beside the old one and takes its name, then new metadata
/// that has passed a check. A device is written in place, and must not be in use: first the data, then, once these are on the medium, the metadata.
/// Damaged metadata is refused: repair it first. A cache that was not shut down cleanly counts as dirty as a whole.
///
/// Exits 1 if a block could not be copied; it stays dirty then. Unlike cache_writeback 0.9, which crashes before it marks anything clean and
/// finds nothing dirty in metadata of version 2, this knows both versions.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Metadata device or file.
    #[arg(long, value_name = "PATH")]
    metadata_device: PathBuf,
    /// Origin device or file.
    #[arg(long, value_name = "PATH")]
    origin_device: PathBuf,
    /// Fast device or file: it is only read.
    #[arg(long, value_name = "PATH")]
    fast_device: PathBuf,
    /// Write into the origin and the metadata as they are. Needed for devices.
    #[arg(long)]
    in_place: bool,
    /// Leave the metadata as it is: the blocks go on counting as dirty.
    #[arg(long)]
    no_metadata_update: bool,
    /// Name each block that could not be copied.
    #[arg(long)]
    list_failed_blocks: bool,
    /// Print only errors.
    #[arg(short, long)]
    quiet: bool,
}

/// What became of the blocks.
struct Copied {
    done: Bits,
    count: usize,
    /// Cache blocks that could not be copied, and why.
    failed: Vec<(u64, String)>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (copied, of) = written_back(args).map_err(|text| miette::miette!("{text}"))?;
    if args.list_failed_blocks {
        for (cblock, why) in &copied.failed {
            super::say(format!("cblock {cblock}: {why}"));
        }
    }
    let well = copied.failed.is_empty();
    if !args.quiet || !well {
        super::say(format!("{}/{of} blocks copied", copied.count));
    }
    Ok(well)
}

fn written_back(args: &Args) -> Result<(Copied, usize), String> {
    let metadata = super::open(&args.metadata_device).map_err(|e| e.to_string())?;
    let fast = files::open(&args.fast_device, files::Kind::Image)?;
    let origin = files::open(&args.origin_device, files::Kind::Image)?;
    for (path, one, other) in [
        (&args.metadata_device, metadata.file(), &fast),
        (&args.metadata_device, metadata.file(), &origin),
        (&args.origin_device, &origin, &fast),
    ] {
        files::apart(path, one, other)?;
    }
    sound(metadata.file(), &args.metadata_device).map_err(|text| format!("{text}\nrepair it first"))?;
    let dirty = writeback::dirty(&metadata, &writeback::Options::default()).map_err(|e| e.to_string())?;
    fits(&dirty, &origin, &args.origin_device, |(_, oblock)| *oblock)?;
    fits(&dirty, &fast, &args.fast_device, |(cblock, _)| *cblock)?;

    let mut copied = Copied { done: Bits::default(), count: 0, failed: Vec::new() };
    if !dirty.blocks.is_empty() {
        files::change(&args.origin_device, &origin, args.in_place, |file| copy(&dirty, &fast, file, &mut copied))?;
    }
    let all = copied.failed.is_empty();
    if !args.no_metadata_update {
        files::change(&args.metadata_device, metadata.file(), args.in_place, |file| {
            let failed = |e: &std::io::Error| format!("{}: {}", args.metadata_device.display(), reason(e));
            let size = metadata.file().metadata().map_err(|e| failed(&e))?.len();
            let mut out = files::image_sink(file, size).map_err(|e| failed(&e))?;
            let marked = writeback::mark_clean(&metadata, &mut out, &copied.done, all);
            marked.map_err(|e| format!("{}: {e}", args.metadata_device.display()))?;
            sound(file, &args.metadata_device)
        })?;
    }
    Ok((copied, dirty.blocks.len()))
}

/// Whether all blocks lie within a device or file.
fn fits(dirty: &Dirty, file: &File, path: &Path, place: impl Fn(&(u64, u64)) -> u64) -> Result<(), String> {
    let size =
        file.try_clone().and_then(|mut file| file.seek(SeekFrom::End(0))).map_err(|e| format!("{}: {}", path.display(), reason(&e)))?;
    let bytes = u64::from(dirty.block_sectors) * 512;
    let last = dirty.blocks.iter().map(place).max().unwrap_or(0);
    let ends = last.checked_add(1).and_then(|n| n.checked_mul(bytes)).filter(|end| *end <= size || dirty.blocks.is_empty());
    ends.map(drop).ok_or_else(|| format!("{}: has {size} bytes, too few for block {last} of {bytes} bytes", path.display()))
}

fn copy(dirty: &Dirty, fast: &File, origin: &File, copied: &mut Copied) -> Result<(), String> {
    let bytes = u64::from(dirty.block_sectors) * 512;
    let mut block = vec![0; usize::try_from(bytes).map_err(|e| e.to_string())?];
    for (cblock, oblock) in &dirty.blocks {
        let moved = fast.read_exact_at(&mut block, cblock * bytes).and_then(|()| origin.write_all_at(&block, oblock * bytes));
        match moved {
            Ok(()) => {
                copied.done.set(*cblock);
                copied.count += 1;
            }
            Err(e) => copied.failed.push((*cblock, reason(&e))),
        }
    }
    origin.sync_all().map_err(|e| reason(&e))
}

fn sound(file: &File, path: &Path) -> Result<(), String> {
    let shown = path.display();
    let image = file.try_clone().and_then(FileSource::of).map_err(|e| format!("{shown}: {}", reason(&e)))?;
    let report = check_parallel(&image, &check::Options::default());
    if report.exit_code() == 0 { Ok(()) } else { Err(format!("{shown}: the metadata is damaged\n{report}")) }
}
