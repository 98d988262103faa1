//! `dmlab status`

use super::Outcome;
use crate::scenario::machine;
use crate::shell::pasted::{self, Told};
use std::fmt::Write as _;
use std::path::Path;

/// Tell lines of a real machine field by field: of dmsetup status, dmsetup table, or lvs with its heading.
///
/// Lines may be wrapped, several, and have LVM's names. Each field gets its unit and its meaning; what is unusual (!) gets a remark: what it
/// means for the data, and a scenario that shows it. Exits 1 if there is no line of a cache.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The line, with or without quotes. Without it, standard input is read.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "LINE")]
    words: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print a script instead: a machine of the sizes, features and policy that the first status line tells, with an empty cache.
    #[arg(long, conflicts_with = "json")]
    script: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let text = if args.words.is_empty() {
        let bytes = super::files::read(Path::new("-"), pasted::BYTES_MAX).map_err(|text| miette::miette!("{text}"))?;
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        args.words.join(" ")
    };
    let told = pasted::tell(&text);
    if args.script {
        const NONE: &str = "no line tells the sizes of a machine: wanted is one of dmsetup status, of a cache that has not failed";
        let script = told.lines.iter().find_map(machine::script).ok_or_else(|| miette::miette!("{NONE}"))?;
        super::print(script.map_err(|why| miette::miette!("{why}"))?.as_bytes())?;
        return Ok(true);
    }
    if args.json {
        let json = serde_json::to_string_pretty(&told).map_err(|e| miette::miette!("{e}"))?;
        super::print(format!("{json}\n").as_bytes())?;
    } else {
        let mut out: String = told.lines.iter().map(Told::to_string).collect::<Vec<_>>().join("\n");
        passed_over(&mut out, &told.passed_over);
        super::print(out.as_bytes())?;
    }
    if told.lines.is_empty() {
        return Err(miette::miette!("no line of a cache: wanted is one of dmsetup status, dmsetup table, or lvs with its heading"));
    }
    Ok(true)
}

fn passed_over(out: &mut String, words: &[String]) {
    if !words.is_empty() {
        // A String takes everything.
        let _ = writeln!(out, "not known, passed over: {}", words.join(" "));
    }
}
