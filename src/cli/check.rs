//! `dmlab check`

use super::Outcome;
use dm_cache_engine::kernel::Kernel;
use dm_cache_image::check::{Options, check_parallel};
use dm_cache_image::verdict;
use std::path::PathBuf;

/// Check an image: everything cache_check checks, plus bitsets and the space map.
///
/// Exits 0 for a sound image, 1 for a damaged one. The last line says whether Linux would load it, what is lost if not, and what to do. The report goes to stderr, as cache_check's does; --json goes to
/// stdout.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Metadata device or file.
    image: PathBuf,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// Print nothing; only set the exit code.
    #[arg(short, long)]
    quiet: bool,
    /// Check only the superblock.
    #[arg(long)]
    super_block_only: bool,
    /// Skip the mapping array (and the space map).
    #[arg(long)]
    skip_mappings: bool,
    /// Skip the hint array (and the space map).
    #[arg(long)]
    skip_hints: bool,
    /// Skip the discard bitset (and the space map).
    #[arg(long)]
    skip_discards: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let source = match super::open(&args.image) {
        Err(_) if args.quiet => return Ok(false),
        other => other?,
    };
    let options = Options {
        super_block_only: args.super_block_only,
        skip_mappings: args.skip_mappings,
        skip_hints: args.skip_hints,
        skip_discards: args.skip_discards,
    };
    let report = check_parallel(&source, &options);
    // Only of a whole check follows what Linux would do.
    let verdict = (options == Options::default() && (args.json || !args.quiet)).then(|| verdict::of(&source, &report, Kernel::default()));
    if args.json {
        let mut json = serde_json::to_value(&report).map_err(|e| miette::miette!("{e}"))?;
        if let Some(o) = json.as_object_mut() {
            o.insert("exit_code".into(), report.exit_code().into());
            o.insert("cache_check_exit_code".into(), report.cache_check_exit_code().into());
            if let Some(verdict) = verdict {
                o.insert("linux".into(), serde_json::to_value(verdict).map_err(|e| miette::miette!("{e}"))?);
            }
        }
        super::print(format!("{json:#}\n").as_bytes())?;
    } else if !args.quiet {
        super::say(&report);
        if let Some(verdict) = verdict {
            super::say(verdict);
        }
    }
    Ok(report.exit_code() == 0)
}
