//! Hostile scripts: whatever is written, the reader and the runner end without a panic.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "scenario/hostile.rs"]
mod hostile;

use dm_cache_lab::scenario::library::ALL;
use dm_cache_lab::scenario::parse;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        hostile::survive(&[&[0], text.as_bytes()].concat());
    }

    #[test]
    fn any_choice_of_lines_runs_to_an_end(choices in proptest::collection::vec(any::<u8>(), 0..60)) {
        hostile::survive(&[&[1], choices.as_slice()].concat());
    }

    #[test]
    fn an_error_points_into_the_script(entry in 0..ALL.len(), at in any::<prop::sample::Index>(), byte in "[ -~]") {
        let source = ALL[entry].source;
        let mut at = at.index(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        let text = format!("{}{byte}{}", &source[..at], &source[at..]);
        if let Err(error) = parse("t", &text) {
            prop_assert!(error.at.offset() <= text.len());
            prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1);
        }
    }
}

#[test]
fn the_kept_corpus_is_survived() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/scenario");
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files {
        hostile::survive(&std::fs::read(file.unwrap().path()).unwrap());
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let refused = |text: &str, why: &str| {
        let error = parse("t", text).expect_err("it is too large");
        assert!(error.message.contains(why), "{}", error.message);
    };
    refused(&"#".repeat(300_000), "too long");
    refused(&"settle\n".repeat(10_001), "too many statements");
    refused(&(0..65).map(|n| format!("disk d{n} 1M\n")).collect::<String>(), "too many disks");
    refused("disk d 512T\n", "at most 256 TiB");
    refused("workload c random ops 1000001\n", "a number up to 1000000");
    refused("wait 1441min\n", "up to a day");
}
