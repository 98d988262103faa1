//! `dmlab check` and `dmlab dump` beside `cache_check` and `cache_dump`, on an image with a million mapped blocks.
//!
//! Each timed check is followed by one with a flipped bit in each kind of block: a check that is fast because it does
//! not look would be found out.
#![allow(clippy::print_stdout, reason = "a report is printed")]

use crate::sh::{cmd, root};
use anyhow::ensure;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BLOCKS: u64 = 1_000_000;
const BLOCK_SIZE: u64 = 4096;
/// Goals, as ratios to the tools of version 0.9.
const GOALS: [(&str, f64); 2] = [("check", 95.0), ("dump", 7.0)];

pub(super) fn run(rounds: u32) -> anyhow::Result<()> {
    cmd("cargo build --release --quiet --bin dmlab").run()?;
    let dmlab = root().join("target/release/dmlab");
    let dir = root().join("target/bench");
    for version in ["1", "2"] {
        println!("metadata version {version}, {BLOCKS} mapped blocks");
        bench(&dmlab, &dir, version, rounds)?;
    }
    Ok(())
}

fn bench(dmlab: &Path, dir: &Path, version: &str, rounds: u32) -> anyhow::Result<()> {
    let (_, image) = make(dmlab, dir, version, BLOCKS)?;
    let file = File::options().read(true).write(true).open(&image)?;
    let metadata = number(&file, 0, 72)? * BLOCK_SIZE;
    let kinds = one_block_of_each_kind(&file, version)?;
    for (what, goal) in GOALS {
        let (mut ours, mut theirs, mut peak) = (Duration::MAX, Duration::MAX, 0);
        let mut have_tool = true;
        for round in 0..rounds {
            let (time, memory) = timed(Command::new(dmlab).arg(what).arg(&image))?;
            ours = ours.min(time);
            peak = peak.max(memory);
            if what == "check" {
                for (kind, block) in &kinds {
                    let found = flipped(dmlab, &image, &file, *block, round)?;
                    ensure!(found, "a flipped bit in block {block} ({kind}) was not found");
                }
            }
            if have_tool {
                match timed(Command::new(tool(what)).arg(&image)) {
                    Ok((time, _)) => theirs = theirs.min(time),
                    Err(_) => have_tool = false,
                }
            }
        }
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        print!("  {what:<6} dmlab {:9.1} ms", ms(ours));
        if have_tool {
            let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
            let verdict = if ratio >= goal { "reached" } else { "MISSED" };
            print!("   cache_{what} {:9.1} ms   {ratio:6.1} times as fast, goal {goal} {verdict}", ms(theirs));
        } else {
            print!("   cache_{what} is not installed (package thin-provisioning-tools)");
        }
        let share = peak as f64 / metadata as f64;
        println!("   peak {:.1} MB, {share:.2} of the metadata in use", peak as f64 / 1e6);
        if what == "check" {
            println!("         a flipped bit found {rounds} times in each of: {}", names(&kinds));
        }
    }
    Ok(())
}

fn names(kinds: &[(&'static str, u64)]) -> String {
    kinds.iter().map(|k| k.0).collect::<Vec<_>>().join(", ")
}

/// The real tool that does this: of the folder that `TPT` names, or the installed one.
pub(super) fn tool(what: &str) -> PathBuf {
    std::env::var_os("TPT").map(PathBuf::from).unwrap_or_default().join(format!("cache_{what}"))
}

/// A full cache, its origin blocks spread over three times as many: as XML, and as an image.
pub(super) fn make(dmlab: &Path, dir: &Path, version: &str, blocks: u64) -> anyhow::Result<(PathBuf, PathBuf)> {
    fs::create_dir_all(dir)?;
    let (xml, image) = (dir.join(format!("{blocks}.xml")), dir.join(format!("{blocks}-v{version}.img")));
    let mut out = BufWriter::new(File::create(&xml)?);
    writeln!(out, r#"<superblock uuid="" block_size="128" nr_cache_blocks="{blocks}" policy="smq" hint_width="4">"#)?;
    writeln!(out, "  <mappings>")?;
    for c in 0..blocks {
        // Multiplication modulo a prime: each origin block once, in no order.
        let oblock = c * 1_234_577 % 3_000_017;
        writeln!(out, r#"    <mapping cache_block="{c}" origin_block="{oblock}" dirty="{}"/>"#, c % 7 == 0)?;
    }
    writeln!(out, "  </mappings>\n  <hints>")?;
    for c in 0..blocks {
        let data = ["AAAAAA==", "PwAAAA==", "BAAAAA=="][c as usize % 3];
        writeln!(out, r#"    <hint cache_block="{c}" data="{data}"/>"#)?;
    }
    writeln!(out, "  </hints>\n</superblock>")?;
    out.flush()?;
    File::create(&image)?.set_len(64 << 20)?;
    let args = ["restore", "--quiet", "--metadata-version", version];
    let status = Command::new(dmlab).args(args).arg("-i").arg(&xml).arg("-o").arg(&image).status()?;
    ensure!(status.success(), "the image was not restored");
    Ok((xml, image))
}

/// Wall time, and the highest resident size seen while it ran.
fn timed(command: &mut Command) -> anyhow::Result<(Duration, u64)> {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(resident(&status_file));
        std::thread::sleep(Duration::from_micros(500));
    };
    let time = begin.elapsed();
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok((time, peak))
}

fn resident(status_file: &str) -> u64 {
    let text = fs::read_to_string(status_file).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn number(file: &File, block: u64, at: u64) -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, block * BLOCK_SIZE + at)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Follows the superblock's pointers to one block of each kind (offsets: spec of the disk format).
fn one_block_of_each_kind(file: &File, version: &str) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let first_value = 32 + 252 * 8;
    let mut kinds = vec![("superblock", 0), ("reference count tree", number(file, 0, 88)?)];
    let index = number(file, 0, 80)?;
    kinds.push(("space map index", index));
    kinds.push(("space map bitmap", number(file, index, 16)?));
    let mapping = number(file, 0, 192)?;
    let leaf = number(file, mapping, first_value)?;
    kinds.extend([("mapping tree root", mapping), ("mapping tree leaf", leaf)]);
    kinds.push(("mapping array block", number(file, leaf, first_value)?));
    let hint = number(file, 0, 200)?;
    let leaf = number(file, hint, first_value)?;
    kinds.extend([("hint tree root", hint), ("hint tree leaf", leaf)]);
    kinds.push(("hint array block", number(file, leaf, first_value)?));
    kinds.push(("discard tree root", number(file, 0, 208)?));
    if version == "2" {
        let dirty = number(file, 0, 284)?;
        kinds.extend([("dirty tree root", dirty), ("dirty array block", number(file, dirty, first_value)?)]);
    }
    Ok(kinds)
}

/// Whether a check finds one flipped bit; the bit is put back.
fn flipped(dmlab: &Path, image: &Path, file: &File, block: u64, round: u32) -> anyhow::Result<bool> {
    let bit = (u64::from(round) * 7919 + block * 31) % (BLOCK_SIZE * 8);
    let at = block * BLOCK_SIZE + bit / 8;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ 1 << (bit % 8)], at)?;
    let status = Command::new(dmlab).args(["check", "--quiet"]).arg(image).status();
    file.write_all_at(&byte, at)?;
    Ok(!status?.success())
}
