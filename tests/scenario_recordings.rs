//! Scenarios that ran on a real kernel, as `dmlab export --sh` wrote them: every line printed must come out the same here.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library;
use dm_cache_lab::scenario::run::{Options, Run};
use std::path::Path;

/// The transcript, with the fix in place as on any kernel of today.
fn transcript(name: &str) -> String {
    let script = library::find(name).unwrap_or_else(|| panic!("{name} is in the library")).script().unwrap();
    let mut run = Run::new(script, Options { sharing: Some(Sharing::On), ..Options::default() });
    run.finish();
    run.transcript(0)
}

#[test]
fn scenarios_print_what_a_real_kernel_printed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/scenarios");
    let (mut seen, mut different) = (0, Vec::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let recorded = std::fs::read_to_string(&path).unwrap();
        let replayed = transcript(name);
        seen += 1;
        if recorded != replayed {
            let line = recorded.lines().zip(replayed.lines()).position(|(a, b)| a != b);
            let at = line.unwrap_or(recorded.lines().count().min(replayed.lines().count()));
            let show = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
            different.push(format!("{name}, line {}:\n  recorded {}\n  replayed {}", at + 1, show(&recorded), show(&replayed)));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(seen >= 12, "only {seen} recordings");
}
