//! Every message that a real kernel was seen to log comes out of this one.
//!
//! `tests/recordings/dmesg-catalogue.txt` is what the guests' kernels logged in all recorded cases of 6.1, numbers and
//! devices taken out (`N`, `%s`). The commands of those cases are run again here and must bring out each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::replay::guest;
use crate::replay::recording::Recording;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Messages that no command can bring out here, and why. One that comes out all the same must leave the list.
const OUT_OF_REACH: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new("tests/recordings")
}

fn catalogue() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("dmesg-catalogue.txt")).unwrap();
    text.lines().filter_map(|l| l.trim_start().split_once(' ')).map(|(_, message)| message.to_owned()).collect()
}

/// A line of the log as the catalogue writes it: mapped devices are `%s`, any number is `N`.
fn normalised(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let before_is_word = out.ends_with(|c: char| c.is_ascii_alphanumeric());
        let digits = |s: &str| s.chars().take_while(char::is_ascii_digit).count();
        if let Some(minor) = rest.strip_prefix("253:").filter(|m| digits(m) > 0 && !before_is_word) {
            out.push_str("%s");
            rest = &minor[digits(minor)..];
        } else if c.is_ascii_digit() {
            out.push('N');
            rest = &rest[digits(rest)..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[test]
fn numbers_and_devices_are_taken_out_as_in_the_catalogue() {
    assert_eq!(
        normalised("device-mapper: table: 253:12: cache: preresume failed, error = -22"),
        "device-mapper: table: %s: cache: preresume failed, error = -N"
    );
    assert_eq!(
        normalised("device-mapper: cache: 253:0: invalid cblock range '0x10'"),
        "device-mapper: cache: %s: invalid cblock range 'NxN'"
    );
    assert_eq!(normalised("dm-3: rw=34817, sector=8, nr_sectors = 8 limit=0"), "dm-N: rw=N, sector=N, nr_sectors = N limit=N");
}

/// Message to the first case of 6.1 that brings it out.
fn produced() -> BTreeMap<String, String> {
    let mut cases: Vec<String> =
        std::fs::read_dir(root().join("6.1")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    cases.sort();
    let mut out = BTreeMap::new();
    for case in cases {
        let run = guest::Guest::run(&Recording::open("6.1", &case), &guest::Variation::default());
        for line in run.transcript.iter().filter_map(|l| l.strip_prefix("dmesg| ")) {
            out.entry(normalised(line)).or_insert_with(|| case.clone());
        }
    }
    out
}

/// What 6.1 was recorded to log, in cases younger than the catalogue, too.
fn recorded() -> BTreeSet<String> {
    let folders = std::fs::read_dir(root().join("6.1")).unwrap().map(|e| e.unwrap().path());
    let transcripts = folders.map(|folder| std::fs::read_to_string(folder.join("transcript.txt")).unwrap());
    let lines = transcripts.flat_map(|text| text.lines().filter_map(|l| l.strip_prefix("dmesg| ")).map(normalised).collect::<Vec<_>>());
    lines.chain(catalogue()).collect()
}

#[test]
fn every_message_of_the_catalogue_is_produced_or_out_of_reach_and_none_is_made_up() {
    let (catalogue, produced) = (catalogue(), produced());
    assert_eq!(catalogue.len(), 122);
    let out_of_reach: BTreeSet<String> = OUT_OF_REACH.iter().map(|(message, _)| (*message).to_owned()).collect();
    let missing: Vec<&String> = catalogue.iter().filter(|m| !produced.contains_key(*m) && !out_of_reach.contains(*m)).collect();
    assert!(missing.is_empty(), "{} never logged:\n{missing:#?}", missing.len());
    let reached: Vec<_> = out_of_reach.iter().filter_map(|m| Some((m, produced.get(m)?))).collect();
    assert!(reached.is_empty(), "listed as out of reach, yet logged:\n{reached:#?}");
    let unknown: Vec<&String> = out_of_reach.difference(&catalogue).collect();
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:#?}");
    let recorded = recorded();
    let made_up: Vec<_> = produced.iter().filter(|(message, _)| !recorded.contains(*message)).collect();
    assert!(made_up.is_empty(), "logged, but no kernel was recorded to: {made_up:#?}");
}
