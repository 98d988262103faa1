//! Scenarios that ran on real kernels, as `dmlab export --sh` wrote them: every line printed must come out the same here.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library;
use dm_cache_lab::scenario::parse::parse;
use dm_cache_lab::scenario::run::{Options, Run};
use std::path::PathBuf;

/// What the kernels that print something else than 6.1 have printed is in a folder of their own.
const KERNELS: [Kernel; 4] = [Kernel::V5_10, Kernel::V6_1, Kernel::V6_12, Kernel::V7_3];

/// A race of 5.10 decides how many of this scenario's writes count twice; its suspend hangs there as it does here.
const RACES: (Kernel, &str) = (Kernel::V5_10, "demoted-block");

fn folder() -> PathBuf {
    PathBuf::from("tests/recordings/scenarios")
}

/// The transcript on a kernel, with the fix in place as on any of today.
fn transcript(name: &str, kernel: Kernel) -> String {
    let script = match library::find(name) {
        Some(entry) => entry.script().unwrap(),
        None => parse(name, &std::fs::read_to_string(folder().join(format!("{name}.dml"))).unwrap()).unwrap(),
    };
    let mut run = Run::new(script, Options { sharing: Some(Sharing::On), kernel: Some(kernel), ..Options::default() });
    run.finish();
    run.transcript(0)
}

/// Where two transcripts that are not the same differ first.
fn difference(recorded: &str, replayed: &str) -> String {
    let line = recorded.lines().zip(replayed.lines()).position(|(a, b)| a != b);
    let at = line.unwrap_or(recorded.lines().count().min(replayed.lines().count()));
    let show = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    format!("line {}:\n  recorded {}\n  replayed {}", at + 1, show(recorded), show(replayed))
}

#[test]
fn scenarios_print_what_real_kernels_printed() {
    let names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|file| Some(file.unwrap().file_name().to_str()?.strip_suffix(".txt")?.to_owned()))
        .collect();
    assert!(names.len() >= 12, "only {} recordings", names.len());
    let mut different = Vec::new();
    for kernel in KERNELS {
        for name in names.iter().filter(|name| (kernel, name.as_str()) != RACES) {
            let own = folder().join(kernel.name()).join(format!("{name}.txt"));
            let file = if own.exists() { own } else { folder().join(format!("{name}.txt")) };
            let recorded = std::fs::read_to_string(file).unwrap();
            let replayed = transcript(name, kernel);
            if recorded != replayed {
                different.push(format!("{name} on {}, {}", kernel.name(), difference(&recorded, &replayed)));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
