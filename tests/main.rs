//! Every native test of the whole in one program, so that a change is linked once. `cargo nextest run replay::` runs one part.
#![cfg(not(target_arch = "wasm32"))]

mod alias_form;
mod architecture;
mod book;
mod cache_check_words;
mod captions;
#[cfg(target_os = "linux")]
mod cli;
mod cli_files;
mod cli_scenario;
mod cli_terminal;
mod disks;
mod image_engine;
mod image_hostile;
mod image_recordings;
mod image_repair;
mod image_restore;
mod image_verdict;
mod later_fixes;
mod limits;
mod lvm;
mod messages;
mod overwritten;
mod pasted;
mod playback;
mod power_cut;
mod questions;
mod replay;
mod reports;
mod scenario_digests;
mod scenario_hostile;
mod scenario_recordings;
mod scenarios;
mod scene;
mod shell_lines;
mod shown;
mod slots_drawn;
mod still;
mod target_properties;
mod verdicts;
mod why;
#[cfg(unix)]
mod writeback;
