//! `dmlab restore`

use super::Outcome;
use super::files::{self, Kind};
use dm_cache_image::restore::{Options, Placement, restore};
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Write an image from cache_dump's XML.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The XML file, or - for stdin.
    #[arg(short, long)]
    input: PathBuf,
    /// Existing device or file to write; its size determines the number of metadata blocks. A file is written to a temporary file
    /// and then replaced; a device is written in place.
    #[arg(short, long)]
    output: PathBuf,
    /// Metadata version to write.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
    metadata_version: u32,
    /// The order in which blocks are allocated.
    #[arg(long, value_enum, default_value_t = Order::Tool)]
    order: Order,
    /// Leave the clean flag unset, so that Linux treats every block as dirty.
    #[arg(long)]
    omit_clean_shutdown: bool,
    /// Write byte for byte what cache_restore 0.9 does (with --order tool). Linux drops the hints of such an image at the next activation, and
    /// later tools find leaked blocks in it.
    #[arg(long = "as-0.9")]
    as_0_9: bool,
    /// Print only errors.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// As cache_restore does.
    Tool,
    /// As Linux does when a new cache is filled.
    Kernel,
}

fn written(args: &Args) -> Result<(), String> {
    let failed = |path: &Path, e: &std::io::Error| format!("{}: {}", path.display(), super::reason(e));
    let options = Options {
        version: args.metadata_version,
        placement: if args.order == Order::Tool { Placement::Tool } else { Placement::Kernel },
        omit_clean_shutdown: args.omit_clean_shutdown,
        as_0_9: args.as_0_9,
    };
    let input = files::stream(&args.input)?;
    // Its size says how many metadata blocks there are; it may be a link, or a device.
    let size = files::open(&args.output, Kind::Image)?.seek(SeekFrom::End(0)).map_err(|e| failed(&args.output, &e))?;
    files::replace(&args.output, Some(&input), |file| {
        let mut out = files::image_sink(file, size).map_err(|e| failed(&args.output, &e))?;
        restore(BufReader::with_capacity(1 << 18, &input), &mut out, &options).map_err(|e| e.to_string())
    })
}

pub(super) fn run(args: &Args) -> Outcome {
    match written(args) {
        Ok(()) => {
            if !args.quiet {
                super::say(format!("restored {}", args.output.display()));
            }
            Ok(true)
        }
        Err(text) => Err(miette::miette!("{text}")),
    }
}
