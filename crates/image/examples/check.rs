//! Checks a metadata image, as `cache_check` does: `cargo run -p dm-cache-image --example check -- meta.img`
#![allow(clippy::print_stdout, reason = "an example")]

use dm_cache_image::check::{self, Options};
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which image?")?;
    let bytes = std::fs::read(path)?;
    let report = check::check(&bytes.as_slice(), &Options::default());
    for damage in &report.damages {
        println!("{}: {}", damage.area, damage.fault);
    }
    println!("{}", if report.exit_code() == 0 { "sound" } else { "damaged" });
    Ok(ExitCode::from(u8::try_from(report.exit_code())?))
}
