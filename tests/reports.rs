//! The reports of `docs/reports.md`: every script in `tests/cases/reports` goes as it says there, and is told of there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::scenarios::{complaints, run};
use std::path::Path;
use std::process::Command;

#[test]
fn every_report_goes_as_its_script_says_and_has_its_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = std::fs::read_to_string(root.join("docs/reports.md")).unwrap();
    let mut scripts = 0;
    for entry in std::fs::read_dir(root.join("tests/cases/reports")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(rows.contains(&format!("dmlab run tests/cases/reports/{name}")), "{name} has no row");
        let run = run(name, &std::fs::read_to_string(&path).unwrap());
        assert_eq!((run.stopped, complaints(&run)), (false, Vec::new()), "{name}");
        scripts += 1;
    }
    assert_eq!(scripts, rows.matches("dmlab run tests/cases/reports/").count(), "each row's script is there");
}

/// The status line of a report, read as eight thousand dirty blocks.
#[test]
fn a_pasted_line_tells_used_blocks_from_dirty_ones() {
    let line =
        "0 209715200 cache 8 90/4096 512 8009/40960 107 43 915 1771 0 8009 0 2 metadata2 writeback 2 migration_threshold 2048 smq 0 rw -";
    let out = Command::new(env!("CARGO_BIN_EXE_dmlab")).args(["status", line]).output().unwrap();
    let told = String::from_utf8(out.stdout).unwrap();
    let has = |start: &str, end: &str| told.lines().any(|l| l.trim_start().starts_with(start) && l.ends_with(end));
    assert!(has("8009/40960 ", "cache in use: 1.9 GiB of 10 GiB, 20 %") && has("0 ", "dirty: none"), "{told}");
}

#[test]
fn fifty_gib_in_chunks_of_128_kib_need_fifteen_mib_of_metadata() {
    let args = ["metadata-size", "--block-size", "256", "--device-size", "104857600"];
    let out = Command::new(env!("CARGO_BIN_EXE_dmlab")).args(args).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "30592 sectors\n");
}
