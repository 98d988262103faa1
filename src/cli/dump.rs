//! `dmlab dump`

use super::Outcome;
use super::files;
use dm_cache_image::dump::{DumpError, Format, Options, dump};
use std::io::Write;
use std::path::PathBuf;

/// Print an image as cache_dump's XML, or as JSON.
///
/// For version 2 metadata the dirty bits are the true ones; cache_dump 0.9 prints "false" for all.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Metadata device or file.
    image: PathBuf,
    /// Write here instead of to stdout.
    #[arg(short)]
    output: Option<PathBuf>,
    /// Leave out what cannot be read, instead of stopping there.
    #[arg(long)]
    repair: bool,
    /// JSON, with all superblock fields and the discards.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let source = super::open(&args.image)?;
    let options = Options { repair: args.repair, format: if args.json { Format::Json } else { Format::Xml }, ..Options::default() };
    let result = match &args.output {
        Some(path) => {
            let written = files::replace(path, Some(source.file()), |file| {
                dump(&source, file, &options).map(drop).map_err(|e| said(&e, path.display()))
            });
            return written.map(|()| true).map_err(|text| miette::miette!("{text}"));
        }
        None => {
            let mut out = super::terminal::stdout();
            dump(&source, &mut out, &options).and_then(|_| out.flush().map_err(DumpError::Io))
        }
    };
    match result {
        Ok(()) => Ok(true),
        Err(e) => Err(miette::miette!("{}", said(&e, "cannot write"))),
    }
}

/// What went wrong; of a write that failed, where.
fn said(e: &DumpError, place: impl std::fmt::Display) -> String {
    match e {
        DumpError::Io(e) => format!("{place}: {}", super::reason(e)),
        other => other.to_string(),
    }
}
