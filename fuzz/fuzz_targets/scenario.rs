//! `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none scenario`: any script at all, read and run in both worlds.
#![no_main]

#[path = "../../tests/scenario_hostile/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::survive(data));
