//! `cargo xtask linux run`: a scenario on a real kernel and on the engine; what both print, and the bytes of all disks at the end.

use super::ask::{Scenario, Sides, each};
use super::{Boot, compare};
use crate::sh::{root, say};
use anyhow::Result;
use std::fs::{self, File};
use std::path::Path;

/// The engine hands out no larger image.
const IMAGE_BYTES_MAX: u64 = 256 << 20;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Script files, or names of library scenarios
    #[arg(required = true)]
    scenarios: Vec<String>,
    /// Keep what the kernel printed as the recording of a library scenario, in `tests/recordings/scenarios`
    #[arg(long)]
    record: bool,
    #[command(flatten)]
    boot: Boot,
}

pub(super) fn run(args: &Args) -> Result<()> {
    each("run", &args.scenarios, &args.boot, |one, sides, dir| ask(one, sides, dir, args.record))
}

fn ask(one: &Scenario, sides: &Sides<'_>, dir: &Path, keep: bool) -> Result<Vec<String>> {
    let script = sides.export(&one.text)?;
    let ran = sides.on_linux(&script, dir, |file, number| Ok(File::create(file)?.set_len(script.disks[number].bytes)?))?;
    let told = sides.engine.transcript(&one.text)?;
    fs::write(dir.join("transcript.linux"), &ran.printed)?;
    fs::write(dir.join("transcript.engine"), &told)?;
    if keep {
        record(&one.name, sides.boot.kernel.name(), &ran.printed)?;
    }
    let mut all: Vec<String> = compare::lines(&ran.printed, &told).into_iter().collect();
    let end = script.removed(&one.text);
    for (disk, file) in script.disks.iter().zip(&ran.files) {
        if disk.bytes > IMAGE_BYTES_MAX {
            say(&format!("{}: larger than 256 MiB: its bytes are not compared", disk.path));
            continue;
        }
        let image = sides.engine.image(&end, &disk.path)?;
        all.extend(compare::images(&disk.path, &fs::read(file)?, &image));
        fs::write(dir.join(format!("{}.engine", disk.variable)), image)?;
    }
    Ok(all)
}

/// Keeps a transcript: 6.1's by its name, another kernel's only where it is not the same.
fn record(name: &str, kernel: &str, printed: &str) -> Result<()> {
    let folder = root().join("tests/recordings/scenarios");
    let common = folder.join(format!("{name}.txt"));
    if kernel == "6.1" {
        return fs::write(common, printed).map_err(Into::into);
    }
    let own = folder.join(kernel).join(format!("{name}.txt"));
    if fs::read_to_string(common).is_ok_and(|recorded| recorded == printed) {
        if own.exists() {
            fs::remove_file(own)?;
        }
        return Ok(());
    }
    fs::create_dir_all(folder.join(kernel))?;
    fs::write(own, printed).map_err(Into::into)
}
