//! `cargo xtask linux give`: the engine runs a scenario up to its label `given`; its disks are handed to a real kernel, and both go on from there.

use super::ask::{Scenario, Sides, each};
use super::export::Exported;
use super::{Boot, compare};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

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
    each("give", &args.scenarios, &args.boot, give)
}

/// The script of what comes after the label, for a real machine whose disks are filled already.
fn rest(sides: &Sides<'_>, text: &str) -> Result<Exported> {
    let is_label = |line: &str| line.split_whitespace().eq(["label", LABEL]);
    let at = text.lines().position(is_label).with_context(|| format!("the script has no line `label {LABEL}`"))?;
    let header = |line: &&str| ["disk ", "let ", "kernel ", "#"].iter().any(|word| line.starts_with(word));
    // What else is said of a disk is over at the label: what filled it, how fast it was, that it lied.
    let bare = |line: &str| match line.strip_prefix("disk ") {
        Some(disk) => format!("disk {}", disk.split_whitespace().take(2).collect::<Vec<_>>().join(" ")),
        None => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().take(at).filter(header).chain(text.lines().skip(at)).map(bare).collect();
    let mut script = sides.export(&lines.join("\n"))?;
    // It fills its disks with zeros at its start; these keep what they hold.
    script.text = script.text.replacen("\nzeros() { dd", "\nzeros() { : dd", 1);
    Ok(script)
}

fn give(one: &Scenario, sides: &Sides<'_>, dir: &Path) -> Result<Vec<String>> {
    let script = rest(sides, &one.text)?;
    let fill = |file: &Path, number: usize| Ok(fs::write(file, sides.engine.image_at(&one.text, &script.disks[number].path, LABEL)?)?);
    let ran = sides.on_linux(&script, dir, fill)?;
    let told = sides.engine.transcript(&one.text)?;
    let heading = format!("\n######## {LABEL}\n");
    let after =
        |text: &str| text.split_once(&heading).map(|(_, rest)| rest.to_owned()).with_context(|| format!("`label {LABEL}` was not reached"));
    let mut all: Vec<String> = compare::lines(&after(&ran.printed)?, &after(&told)?).into_iter().collect();
    let end = script.removed(&one.text);
    for (disk, file) in script.disks.iter().zip(&ran.files) {
        all.extend(compare::images(&disk.path, &fs::read(file)?, &sides.engine.image(&end, &disk.path)?));
    }
    Ok(all)
}
