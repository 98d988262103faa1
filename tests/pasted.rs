//! Lines of real machines, told field by field.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::scenario::{library, machine, parse};
use dm_cache_lab::shell::pasted::{By, tell};
use std::collections::BTreeSet;

/// Every status and table line of a cache that a real kernel printed.
fn recorded() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from("tests/recordings")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "transcript.txt") {
                let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
                found.extend(text.lines().filter_map(line_of_a_cache).map(str::to_owned));
            }
        }
    }
    found
}

fn line_of_a_cache(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut words = rest.split_whitespace();
    let numbers = [words.next()?, words.next()?].iter().all(|w| w.parse::<u64>().is_ok());
    (numbers && words.next() == Some("cache") && line.starts_with(['s', 't'])).then_some(rest)
}

#[test]
fn every_recorded_line_is_read_to_its_end() {
    let (mut status, mut tables) = (0, 0);
    for line in recorded() {
        let pasted = tell(&line);
        assert_eq!((pasted.lines.len(), pasted.passed_over.len()), (1, 0), "{line}");
        let told = &pasted.lines[0];
        // A table may have words that Linux itself passes over; a status has none.
        assert!(told.by == By::Table || told.passed_over.is_empty(), "{line}: {:?}", told.passed_over);
        let again: String = told.fields.iter().map(|f| &f.value).chain(&told.passed_over).map(|word| format!("{word} ")).collect();
        let mut words: Vec<&str> = again.split_whitespace().collect();
        let mut there: Vec<&str> = line.split_whitespace().collect();
        // Numbers of words, and the settings of target and policy, are grouped: every word that is no number is there once.
        words.retain(|w| w.parse::<u64>().is_err());
        there.retain(|w| w.parse::<u64>().is_err());
        words.sort_unstable();
        there.sort_unstable();
        assert_eq!(words, there, "{line}");
        match told.by {
            By::Status => status += 1,
            By::Table => tables += 1,
            By::Lvs => {}
        }
    }
    assert!(status > 100 && tables > 30, "{status} status lines, {tables} table lines");
}

#[test]
fn every_remark_leads_to_a_scenario_that_there_is() {
    let lines = [
        "c: 0 8 cache Fail",
        "c: 0 8 cache 8 99/100 128 2/4 0 0 0 0 0 0 2 1 writethrough 2 migration_threshold 8 smq 0 ro needs_check",
        "c: 0 8 cache 8 9/100 128 2/4 0 0 0 0 0 0 1 1 passthrough 2 migration_threshold 2048 cleaner 0 rw -",
    ];
    let pasted = tell(&lines.join("\n"));
    let remarks: Vec<_> = pasted.lines.iter().flat_map(|l| &l.remarks).collect();
    assert!(remarks.len() >= 8, "{remarks:?}");
    for remark in remarks {
        assert!(remark.see.is_none_or(|name| library::find(name).is_some()), "{remark:?}");
    }
}

#[test]
fn the_machine_of_a_recorded_status_line_prints_the_sizes_features_and_settings_of_that_line() {
    let mut built = 0;
    for line in recorded() {
        let told = tell(&line).lines.remove(0);
        let Some(script) = machine::script(&told) else { continue };
        let mut run = Run::new(parse("built", &script.unwrap()).unwrap(), Options::default());
        run.finish();
        let view = run.worlds[0].timeline.last();
        let status = view.commands.last().unwrap();
        assert_eq!(status.rc, Some(0), "{line}: {}", status.output);
        assert_eq!(tell(&status.output).lines[0].machine, told.machine, "{line}");
        built += 1;
    }
    assert!(built > 300, "{built}");
}

#[test]
fn a_machine_that_is_too_large_or_has_foreign_words_is_refused_in_words() {
    let script = |line: &str| machine::script(&tell(line).lines[0]);
    let refused = |line: &str| script(line).unwrap().unwrap_err();
    let line = |cache: &str, words: &str| format!("0 2048 cache 8 1/1024 128 0/{cache} 0 0 0 0 0 0 0 {words} smq 0 rw -");
    assert!(script(&line("16", "1 writeback 2 migration_threshold 2048")).unwrap().is_ok());
    assert!(refused(&line("31000000", "1 writeback 0")).starts_with("The cache has 31000000 blocks"));
    assert!(refused(&line("16", "1 write'back 0")).contains("is no word of a table"));
    assert!(refused("0 9999999999999 cache 8 1/1024 128 0/16 0 0 0 0 0 0 0 0 0 smq 0 rw -").starts_with("A device would have more than"));
    assert!(script("0 2048 cache Fail").is_none());
}
