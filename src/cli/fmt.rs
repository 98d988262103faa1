//! `dmlab fmt`

use super::scenario::WRONG;
use crate::scenario::fmt::format;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Format scripts.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Script files, or - to read standard input and write standard output.
    #[arg(required = true)]
    files: Vec<String>,
    /// Change nothing; exit 1 if a file is not formatted.
    #[arg(long)]
    check: bool,
}

fn one(name: &str, check: bool) -> Result<bool, String> {
    let source = super::scenario::file(name)?;
    let text = format(name, &source).map_err(|e| e.render())?;
    if check {
        if text != source {
            super::say(format!("{name} is not formatted"));
        }
        return Ok(text == source);
    }
    if name == "-" {
        return super::print(text.as_bytes()).map(|()| true).map_err(|e| e.to_string());
    }
    if text != source {
        let shown = |e: &std::io::Error| format!("{name}: {}", super::reason(e));
        super::files::replace(Path::new(name), None, |file| file.write_all(text.as_bytes()).map_err(|e| shown(&e)))?;
    }
    Ok(true)
}

pub(super) fn run(args: &Args) -> ExitCode {
    let (mut wrong, mut otherwise) = (false, false);
    for name in &args.files {
        match one(name, args.check) {
            Ok(same) => otherwise |= !same,
            Err(text) => {
                super::say(text);
                wrong = true;
            }
        }
    }
    ExitCode::from(if wrong { WRONG } else { u8::from(otherwise) })
}
