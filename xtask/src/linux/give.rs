//! `cargo xtask linux give`: the engine runs a scenario up to its label `given`; its disks are handed to a real kernel, and both go on from there.

use super::engine::Engine;
use super::export::Exported;
use super::guest::Machine;
use super::packages::folder;
use super::run::Scenario;
use super::{Boot, compare};
use crate::sh::say;
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Script files with a line `label given`
    #[arg(required = true)]
    scenarios: Vec<String>,
    #[command(flatten)]
    boot: Boot,
}

const LABEL: &str = "given";

pub(super) fn run(args: &Args) -> Result<()> {
    let engine = Engine::of(args.boot.kernel)?;
    let machine = Machine::of(args.boot.kernel, &args.boot.mirror)?;
    let mut different = Vec::new();
    for scenario in &args.scenarios {
        let one = Scenario::read(scenario)?;
        let dir = folder().join("give").join(args.boot.kernel.name()).join(&one.name);
        let differences = give(&one, &args.boot, &machine, &engine, &dir)?;
        if differences.is_empty() {
            say(&format!("{scenario}: goes on the same on Linux {}", machine.release));
        } else {
            say(&format!("{scenario}: DIFFERS on Linux {}", machine.release));
            eprintln!("{}", differences.join("\n"));
            different.push(scenario.as_str());
        }
    }
    if !different.is_empty() {
        bail!("not equal: {}", different.join(", "));
    }
    Ok(())
}

/// The script of what comes after the label, for a real machine whose disks are filled already.
fn rest(engine: &Engine, text: &str) -> Result<Exported> {
    let is_label = |line: &&str| line.split_whitespace().eq(["label", LABEL]);
    let at = text.lines().position(|line| is_label(&line)).with_context(|| format!("the script has no line `label {LABEL}`"))?;
    let header = |line: &&str| ["disk ", "let ", "kernel ", "#"].iter().any(|word| line.starts_with(word));
    let lines: Vec<&str> = text.lines().take(at).filter(header).chain(text.lines().skip(at)).collect();
    let mut script = match engine.export(&lines.join("\n"))? {
        Ok(script) => script,
        Err(why) => bail!("what comes after `label {LABEL}`: {}", why.trim()),
    };
    // It fills its disks with zeros at its start; these keep what they hold.
    script.text = script.text.replacen("\nzeros() { dd", "\nzeros() { : dd", 1);
    Ok(script)
}

fn give(one: &Scenario, boot: &Boot, machine: &Machine, engine: &Engine, dir: &Path) -> Result<Vec<String>> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    let script = rest(engine, &one.text)?;
    let mut text = String::from("export OVERWRITE=yes");
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for disk in &script.disks {
        let file = dir.join(format!("{}.linux", disk.variable));
        fs::write(&file, engine.image_at(&one.text, &disk.path, LABEL)?)?;
        write!(text, " {0}=/dev/d/{0}", disk.variable)?;
        files.push((disk.variable.clone(), file));
    }
    let printed = machine.run(&format!("{text}\n{}", script.text), &files, dir, Duration::from_secs(boot.limit))?;
    let told = engine.transcript(&one.text)?;
    let heading = format!("\n######## {LABEL}\n");
    let after =
        |text: &str| text.split_once(&heading).map(|(_, rest)| rest.to_owned()).with_context(|| format!("`label {LABEL}` was not reached"));
    let mut all: Vec<String> = compare::lines(&after(&printed)?, &after(&told)?).into_iter().collect();
    let end = script.removed(&one.text);
    for (disk, (_, file)) in script.disks.iter().zip(&files) {
        all.extend(compare::images(&disk.path, &fs::read(file)?, &engine.image(&end, &disk.path)?));
    }
    Ok(all)
}
