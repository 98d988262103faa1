//! `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none image`: any image at all, with checksums put right so that damage lies deeper.
#![no_main]

#[path = "../../tests/image_hostile/hostile.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::survive(data));
