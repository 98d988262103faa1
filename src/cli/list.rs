//! `dmlab list`

use crate::scenario::library::{ALL, GROUPS};
use std::fmt::Write;

/// List the library's scenarios, group by group.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> super::Outcome {
    let scripts: Vec<_> = ALL.iter().filter_map(|e| e.script().ok().map(|s| (e, s))).collect();
    let mut out = String::new();
    if args.json {
        let list: Vec<_> = scripts
            .iter()
            .map(|(e, s)| serde_json::json!({ "name": e.name, "title": s.title, "group": s.group, "sharing": s.sharing, "intro": s.intro }))
            .collect();
        out = format!("{:#}\n", serde_json::Value::from(list));
    } else {
        for group in GROUPS {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{group}");
            for (e, s) in scripts.iter().filter(|(_, s)| s.group.as_deref() == Some(group)) {
                let _ = writeln!(out, "  {:<28} {}", e.name, s.title);
            }
        }
    }
    super::print(out.as_bytes())?;
    Ok(true)
}
