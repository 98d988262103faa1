//! The picture that stands while the page's program loads, or where it cannot: drawn by the same engine, kept as a file.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::scenario::{library, parse};
use std::process::Command;

/// The old table lets go of its object next: both objects are there, and four blocks are lost.
fn moment() -> usize {
    let script = parse("reload-while-live", library::find("reload-while-live").unwrap().source).unwrap();
    let mut run = Run::new(script, Options { sharing: Some(Sharing::Off), kernel: None, seed: None });
    run.finish();
    let steps = run.worlds[0].timeline.steps();
    steps.iter().position(|s| s.sentence.starts_with("A is in no slot any more")).unwrap()
}

#[test]
fn the_still_is_what_the_engine_draws_today() {
    let step = moment().to_string();
    let drawn = Command::new(env!("CARGO_BIN_EXE_dmlab"))
        .args(["export", "--svg", "reload-while-live", "--sharing", "off", "--step", &step])
        .output()
        .unwrap();
    let mut drawn = String::from_utf8(drawn.stdout).unwrap();
    // It stands in an `img`, whose `alt` says what is seen: a description inside is read by nobody.
    let (from, to) = (drawn.find("<desc>").unwrap(), drawn.find("</desc>\n").unwrap() + "</desc>\n".len());
    drawn.replace_range(from..to, "");
    let file = "www/still.svg";
    if std::env::var_os("UPDATE_STILL").is_some() {
        std::fs::write(file, &drawn).unwrap();
    }
    assert!(drawn == std::fs::read_to_string(file).unwrap(), "www/still.svg is old: run this test with UPDATE_STILL=1");
}
