//! `dmlab repair`

use super::Outcome;
use super::files;
use dm_cache_image::Source as _;
use dm_cache_image::check::{self, check_parallel};
use dm_cache_image::damage::{Area, Damages};
use dm_cache_image::repair::{self, RepairError};
use dm_cache_image::source::FileSource;
use std::fs::File;
use std::path::PathBuf;

/// Write what can be read of a damaged image as a sound one, and say what is lost.
///
/// The damaged image is only read. A file is written beside, checked, and then renamed; a device is written in place, its superblock last.
/// Unlike cache_repair 0.9, which keeps nothing of an array after its first bad block, this keeps every block that can be read. An image
/// that was not shut down cleanly stays so, and Linux will take every mapped block as dirty.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Damaged metadata device or file.
    #[arg(short, long)]
    input: PathBuf,
    /// Device or file to write. A file that does not exist yet gets the size of the input.
    #[arg(short, long)]
    output: PathBuf,
    /// Write byte for byte what cache_repair 0.9 does.
    #[arg(long = "as-0.9")]
    as_0_9: bool,
    /// Print only errors.
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    match repaired(args) {
        Ok(left_out) => {
            if !args.quiet {
                super::say(format!("repaired {}", args.output.display()));
                for line in lost(&left_out, args.as_0_9) {
                    super::say(line);
                }
            }
            Ok(true)
        }
        Err(text) => Err(miette::miette!("{text}")),
    }
}

fn repaired(args: &Args) -> Result<Damages, String> {
    let failed = |e: &std::io::Error| format!("{}: {}", args.output.display(), super::reason(e));
    let input = super::open(&args.input).map_err(|e| e.to_string())?;
    let mut left_out = Damages::default();
    let room = std::fs::metadata(&args.output).map_or(input.nr_blocks() * 4096, |old| old.len());
    files::replace(&args.output, Some(input.file()), |file| {
        let mut out = files::image_sink(file, room).map_err(|e| failed(&e))?;
        left_out = repair::repair(&input, &mut out, &repair::Options { as_0_9: args.as_0_9 }).map_err(|e| match e {
            RepairError::Write(e) => format!("{}: {e}", args.output.display()),
            e => e.to_string(),
        })?;
        // The file is renamed into place only if the check passes.
        if file.metadata().map_err(|e| failed(&e))?.is_file() { sound(file, args) } else { Ok(()) }
    })?;
    if std::fs::metadata(&args.output).is_ok_and(|found| !found.is_file()) {
        sound(super::open(&args.output).map_err(|e| e.to_string())?.file(), args)?;
    }
    Ok(left_out)
}

fn sound(file: &File, args: &Args) -> Result<(), String> {
    let output = args.output.display();
    let again = file.try_clone().and_then(FileSource::of).map_err(|e| format!("{output}: {}", super::reason(&e)))?;
    let report = check_parallel(&again, &check::Options::default());
    if report.exit_code() == 0 { Ok(()) } else { Err(format!("{output}: what was written is damaged\n{report}")) }
}

/// What is lost, a line for each run of cache blocks.
fn lost(left_out: &Damages, as_0_9: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for damage in &left_out.list {
        let what = match damage.area {
            Area::Mapping => "mappings",
            Area::Hint => "hints",
            Area::Dirty => "dirty bits (the blocks count as dirty)",
            _ => continue,
        };
        if let Some(lost) = damage.cblocks.as_ref().filter(|lost| !lost.is_empty()) {
            let until = if as_0_9 { " and of all after".to_owned() } else { format!("..{}", lost.end - 1) };
            lines.push(format!("lost: {what} of cblock{} {}{until}", if as_0_9 { "" } else { "s" }, lost.start));
        }
    }
    if left_out.dropped > 0 {
        lines.push(format!("lost: more, in {} further places", left_out.dropped));
    }
    lines
}
