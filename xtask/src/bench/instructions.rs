//! Instructions instead of time: what does not depend on who else is using the machine. valgrind counts them. What the kernel does for a
//! program is not among them: `cache_check` 0.9 spends most of its time in reads of single blocks.
#![allow(clippy::print_stdout, reason = "a report is printed")]

use super::image::{make, tool};
use crate::sh::{cmd, root};
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::process::{Command, Stdio};

/// Mappings of the image: under valgrind a million would take an hour.
const BLOCKS: u64 = 100_000;

/// Workloads, and how many requests are counted of each.
const WORKLOADS: [(&str, u64); 4] = [("hits", 20_000), ("promotions", 4_000), ("zipf", 20_000), ("hits_recorded", 10_000)];

pub(super) fn run() -> Result<()> {
    ensure!(Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok(), "--instructions needs valgrind");
    cmd("cargo build --release --quiet --bin dmlab").run()?;
    cmd("cargo build --release --quiet --package dm-cache-lab-bench --bins").run()?;
    let release = root().join("target/release");
    println!("commit {}, {}\n", cmd("git rev-parse --short HEAD").read()?.trim(), cmd("date -u +%F").read()?.trim());
    images(&release)?;
    blocks(&release.join("dm-cache-lab-bench-blocks"))
}

/// Counts one program's instructions.
fn count(command: &mut Command) -> Result<u64> {
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program).args(&args);
    let told = valgrind.stdout(Stdio::null()).output()?;
    ensure!(told.status.success(), "{} failed: {}", program.display(), told.status);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    let counted = told.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    counted.with_context(|| format!("{} under valgrind: {told}", program.display()))
}

fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

/// Each command beside the real tool, and beside reading the metadata and its checksums alone.
fn images(release: &Path) -> Result<()> {
    let dmlab = release.join("dmlab");
    let dir = root().join("target/bench");
    println!("million instructions, {BLOCKS} mapped blocks\n");
    println!("| work | dmlab | peer | ours ÷ peer | reading and CRC-32C | ours ÷ these |");
    println!("|---|---|---|---|---|---|");
    for version in ["1", "2"] {
        let (xml, image) = make(&dmlab, &dir, version, BLOCKS)?;
        let limit = count(Command::new(release.join("dm-cache-lab-bench-limit")).arg(&image))?;
        for what in ["check", "dump", "restore"] {
            let command = |mut command: Command| {
                if what == "restore" {
                    let out = dir.join("restored.img");
                    std::fs::File::create(&out)?.set_len(64 << 20)?;
                    command.args(["--quiet", "--metadata-version", version]).arg("-i").arg(&xml).arg("-o").arg(out);
                } else {
                    command.arg(&image);
                }
                count(&mut command)
            };
            let mut with_word = Command::new(&dmlab);
            with_word.arg(what);
            let ours = command(with_word)?;
            let theirs = command(Command::new(tool(what)))
                .map_or_else(|_| "none | ".to_owned(), |theirs| format!("{:.0} | {:.3}", millions(theirs), ours as f64 / theirs as f64));
            let (limit, times) = (millions(limit), ours as f64 / limit as f64);
            println!("| {what}, version {version} | {:.0} | {theirs} | {limit:.0} | {times:.1} |", millions(ours));
        }
    }
    println!();
    Ok(())
}

/// One request through the whole target: what a run with requests takes more than one without.
fn blocks(program: &Path) -> Result<()> {
    println!("| a request through the whole target | instructions |");
    println!("|---|---|");
    for (name, requests) in WORKLOADS {
        let run = |requests: u64| count(Command::new(program).arg(name).arg(requests.to_string()));
        let each = run(requests)?.saturating_sub(run(0)?) / requests;
        println!("| {} | {each} |", name.replace('_', ", "));
    }
    Ok(())
}
