//! `dmlab restore`

use super::Outcome;
use crate::image::restore::{FileSink, Options, Placement, restore};
use std::io::BufReader;
use std::path::PathBuf;

/// Write an image from cache_dump's XML.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The XML, - for stdin.
    #[arg(short, long)]
    input: PathBuf,
    /// Device or file to write; it must exist, its size says how many metadata blocks there are.
    #[arg(short, long)]
    output: PathBuf,
    /// Metadata version to write.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
    metadata_version: u32,
    /// Where blocks are put.
    #[arg(long, value_enum, default_value_t = Order::Tool)]
    order: Order,
    /// Leave the clean flag unset, so that Linux takes every block as dirty.
    #[arg(long)]
    omit_clean_shutdown: bool,
    /// Write byte for byte what cache_restore 0.9 does (with --order tool). Linux drops the hints of such an image at the next activation, and
    /// later tools find leaked blocks in it.
    #[arg(long = "as-0.9")]
    as_0_9: bool,
    /// Print nothing.
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

pub(super) fn run(args: &Args) -> Outcome {
    let failed = |path: &std::path::Path, e: &std::io::Error| miette::miette!("{}: {}", path.display(), super::reason(e));
    let options = Options {
        version: args.metadata_version,
        placement: if args.order == Order::Tool { Placement::Tool } else { Placement::Kernel },
        omit_clean_shutdown: args.omit_clean_shutdown,
        as_0_9: args.as_0_9,
    };
    let mut out = FileSink::open(&args.output).map_err(|e| failed(&args.output, &e))?;
    let result = if args.input.as_os_str() == "-" {
        restore(std::io::stdin().lock(), &mut out, &options)
    } else {
        let file = std::fs::File::open(&args.input).map_err(|e| failed(&args.input, &e))?;
        restore(BufReader::with_capacity(1 << 18, file), &mut out, &options)
    };
    match result {
        Ok(()) => {
            if !args.quiet {
                eprintln!("restored {}", args.output.display());
            }
            Ok(true)
        }
        Err(_) if args.quiet => Ok(false),
        Err(e) => Err(miette::miette!("{e}")),
    }
}
