//! The tree holds itself to ARCHITECTURE.md: layers look downwards, files stay small.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up; a room may use itself and those before it. Those on one line may use each other.
const ROOMS: &[&[&str]] = &[
    &["errno", "kernel", "decimal", "event", "device"],
    &["bufio"],
    &["persistent_data"],
    &["metadata"],
    &["policy"],
    &["target"],
    &["mapper"],
    &["world"],
    &["image"],
    &["shell"],
    &["timeline"],
    &["scenario"],
    &["explore"],
    &["api", "app", "cli"],
];
const LINES_MAX: usize = 600;

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    paths.sort();
    let room = |path: &Path| {
        let first = path.strip_prefix(&src).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    paths.into_iter().map(|path| (room(&path), path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests") || path.file_stem().is_some_and(|f| f.to_string_lossy().ends_with("tests"))
}

fn storey(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// Code without comments, and without the tests at the foot of a file.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let Some(own) = storey(&room) else { continue };
        if is_test(&path) {
            continue;
        }
        for used in code(&text).split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if storey(&used).is_some_and(|other| other > own) {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_its_place() {
    let rooms: Vec<String> = sources().into_iter().map(|s| s.0).filter(|r| !matches!(r.as_str(), "lib" | "bin")).collect();
    for room in rooms {
        assert!(storey(&room).is_some(), "{room} has no storey in this test and in ARCHITECTURE.md");
    }
}

#[test]
fn files_stay_small_enough_to_hold_in_the_head() {
    for (_, path, text) in sources() {
        let lines = code(&text).lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines of code", path.display());
    }
}

#[test]
fn only_the_edges_know_a_browser_or_a_terminal() {
    for (room, path, text) in sources() {
        if matches!(room.as_str(), "api" | "app" | "cli" | "bin" | "lib") || is_test(&path) {
            continue;
        }
        for stranger in ["web_sys", "js_sys", "yew", "wasm_bindgen", "clap", "std::thread::spawn", "std::time::"] {
            let code = code(&text);
            let found = code
                .match_indices(stranger)
                .any(|(at, _)| code[at + stranger.len()..].starts_with([':', ';', '{']) || stranger.ends_with(':'));
            assert!(!found, "{} knows {stranger}", path.display());
        }
    }
}
