//! `dmlab inspect`

use super::Outcome;
use dm_cache_image::inspect::{Target, inspect};
use std::path::PathBuf;

/// Show a metadata block field by field, and what points to it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Metadata device or file.
    image: PathBuf,
    /// A block number, or a superblock field (mapping_root shows the block it points to).
    #[arg(value_name = "BLOCK|FIELD", default_value = "0")]
    target: Target,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let source = super::open(&args.image)?;
    let seen = inspect(&source, &args.target).map_err(|e| miette::miette!("{e}"))?;
    let text = if args.json { serde_json::to_string_pretty(&seen).map_err(|e| miette::miette!("{e}"))? + "\n" } else { seen.to_string() };
    super::print(text.as_bytes())?;
    Ok(seen.fault.is_none())
}
