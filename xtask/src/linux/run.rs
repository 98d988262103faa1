//! `cargo xtask linux run`: a scenario on a real kernel and on the engine; what both print, and the bytes of all disks at the end.

use super::engine::Engine;
use super::guest::Machine;
use super::packages::folder;
use super::{Boot, compare};
use crate::sh::{root, say};
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    let engine = Engine::of(args.boot.kernel)?;
    let machine = Machine::of(args.boot.kernel, &args.boot.mirror)?;
    let mut different = Vec::new();
    for scenario in &args.scenarios {
        let one = Scenario::read(scenario)?;
        let dir = folder().join("run").join(args.boot.kernel.name()).join(&one.name);
        let (printed, differences) = one.compare(&args.boot, &machine, &engine, &dir)?;
        if args.record {
            record(&one.name, args.boot.kernel.name(), &printed)?;
        }
        if differences.is_empty() {
            say(&format!("{scenario}: equal on Linux {}", machine.release));
        } else {
            say(&format!("{scenario}: DIFFERS on Linux {} (all of it in {})", machine.release, dir.display()));
            eprintln!("{}", differences.join("\n"));
            different.push(scenario.as_str());
        }
    }
    if !different.is_empty() {
        bail!("not equal: {}", different.join(", "));
    }
    Ok(())
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

/// A script, by file or by its name in the library.
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) text: String,
}

impl Scenario {
    pub(super) fn read(scenario: &str) -> Result<Self> {
        let library = root().join("scenarios").join(format!("{scenario}.dml"));
        let file = if library.is_file() { library.as_path() } else { Path::new(scenario) };
        let text =
            fs::read_to_string(file).with_context(|| format!("{scenario} is no script file, and the library has none of that name"))?;
        let name = file.file_stem().and_then(|s| s.to_str()).context("a script needs a name")?.to_owned();
        Ok(Self { name, text })
    }

    /// What the kernel printed, and what differs, each as a few lines; the files of both sides are left in `dir`.
    fn compare(&self, boot: &Boot, machine: &Machine, engine: &Engine, dir: &Path) -> Result<(String, Vec<String>)> {
        if dir.exists() {
            fs::remove_dir_all(dir)?;
        }
        fs::create_dir_all(dir)?;
        let script = match engine.export(&self.text)? {
            Ok(script) => script,
            Err(why) => bail!("{}: {}", self.name, why.trim()),
        };
        let mut text = String::from("export OVERWRITE=yes");
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for disk in &script.disks {
            let file = dir.join(format!("{}.linux", disk.variable));
            File::create(&file)?.set_len(disk.bytes)?;
            write!(text, " {0}=/dev/d/{0}", disk.variable)?;
            files.push((disk.variable.clone(), file));
        }
        let printed = machine.run(&format!("{text}\n{}", script.text), &files, dir, Duration::from_secs(boot.limit))?;
        let told = engine.transcript(&self.text)?;
        fs::write(dir.join("transcript.linux"), &printed)?;
        fs::write(dir.join("transcript.engine"), &told)?;
        let mut all: Vec<String> = compare::lines(&printed, &told).into_iter().collect();
        let end = script.removed(&self.text);
        for (disk, (_, file)) in script.disks.iter().zip(&files) {
            let image = engine.image(&end, &disk.path)?;
            all.extend(compare::images(&disk.path, &fs::read(file)?, &image));
            fs::write(dir.join(format!("{}.engine", disk.variable)), image)?;
        }
        Ok((printed, all))
    }
}
