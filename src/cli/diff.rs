//! `dmlab diff`

use super::Outcome;
use dm_cache_image::diff::diff;
use std::path::PathBuf;

/// Compare two images field by field; exits 1 if they differ.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// First image.
    a: PathBuf,
    /// Second image.
    b: PathBuf,
    /// Print one JSON object per differing block.
    #[arg(long)]
    json: bool,
    /// Skip blocks that neither image uses.
    #[arg(long)]
    used_only: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (a, b) = (super::open(&args.a)?, super::open(&args.b)?);
    let mut equal = true;
    let mut failed = None;
    diff(&a, &b, &mut |d| {
        if args.used_only && d.areas == [None, None] {
            return true;
        }
        equal = false;
        let text = if args.json { serde_json::to_string(d).map(|t| t + "\n") } else { Ok(d.to_string()) };
        failed = text.map_err(|e| miette::miette!("{e}")).and_then(|t| super::print(t.as_bytes())).err();
        failed.is_none()
    })
    .map_err(|e| miette::miette!("{e}"))?;
    failed.map_or(Ok(equal), Err)
}
