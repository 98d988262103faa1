//! `dmlab dump`

use super::Outcome;
use crate::image::dump::{DumpError, Format, Options, dump};
use miette::IntoDiagnostic;
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
            let mut file = std::fs::File::create(path).into_diagnostic()?;
            dump(&source, &mut file, &options)
        }
        None => dump(&source, &mut std::io::stdout().lock(), &options),
    };
    match result {
        Ok(_) => Ok(true),
        Err(DumpError::Io(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(true),
        Err(e) => Err(miette::miette!("{e}")),
    }
}
