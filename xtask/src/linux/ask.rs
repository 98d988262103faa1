//! One question after the other: scenarios by name, a kernel, the engine beside it, and what differs.

use super::Boot;
use super::engine::Engine;
use super::export::Exported;
use super::guest::Machine;
use super::packages::folder;
use crate::sh::{root, say};
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A script, by file or by its name in the library.
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) text: String,
}

impl Scenario {
    fn read(scenario: &str) -> Result<Self> {
        let library = root().join("scenarios").join(format!("{scenario}.dml"));
        let file = if library.is_file() { library.as_path() } else { Path::new(scenario) };
        let text =
            fs::read_to_string(file).with_context(|| format!("{scenario} is no script file, and the library has none of that name"))?;
        let name = file.file_stem().and_then(|s| s.to_str()).context("a script needs a name")?.to_owned();
        Ok(Self { name, text })
    }
}

/// Both sides of a question.
pub(super) struct Sides<'b> {
    pub(super) engine: Engine,
    machine: Machine,
    pub(super) boot: &'b Boot,
}

/// What the real kernel printed, and the files of its disks, in the script's order.
pub(super) struct Ran {
    pub(super) printed: String,
    pub(super) files: Vec<PathBuf>,
}

impl Sides<'_> {
    /// Runs an exported script. Each disk is a file in `dir`, filled by `fill`, which is told the file and the disk's number.
    pub(super) fn on_linux(&self, script: &Exported, dir: &Path, fill: impl Fn(&Path, usize) -> Result<()>) -> Result<Ran> {
        let mut text = String::from("export OVERWRITE=yes");
        let mut disks: Vec<(String, PathBuf)> = Vec::new();
        for (number, disk) in script.disks.iter().enumerate() {
            let file = dir.join(format!("{}.linux", disk.variable));
            fill(&file, number)?;
            write!(text, " {0}=/dev/d/{0}", disk.variable)?;
            disks.push((disk.variable.clone(), file));
        }
        let printed = self.machine.run(&format!("{text}\n{}", script.text), &disks, dir, Duration::from_secs(self.boot.limit))?;
        Ok(Ran { printed, files: disks.into_iter().map(|(_, file)| file).collect() })
    }

    /// The scenario as a script for a real machine.
    pub(super) fn export(&self, text: &str) -> Result<Exported> {
        self.engine.export(text)?.map_err(|why| anyhow::anyhow!("{}", why.trim()))
    }
}

/// Asks about each scenario in a folder of its own; `ask` says what differs, each as a few lines.
///
/// # Errors
/// If anything differs, or cannot be asked.
pub(super) fn each(
    kind: &str,
    scenarios: &[String],
    boot: &Boot,
    ask: impl Fn(&Scenario, &Sides<'_>, &Path) -> Result<Vec<String>>,
) -> Result<()> {
    let sides = Sides { engine: Engine::of(boot.kernel)?, machine: Machine::of(boot.kernel, &boot.mirror)?, boot };
    let mut different = Vec::new();
    for scenario in scenarios {
        let one = Scenario::read(scenario)?;
        let dir = folder().join(kind).join(boot.kernel.name()).join(&one.name);
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        let differences = ask(&one, &sides, &dir).with_context(|| scenario.clone())?;
        if differences.is_empty() {
            // Its disks are of no more use, and may be large.
            fs::remove_dir_all(&dir)?;
            say(&format!("{scenario}: equal on Linux {}", sides.machine.release));
        } else {
            say(&format!("{scenario}: DIFFERS on Linux {} (all of it in {})", sides.machine.release, dir.display()));
            eprintln!("{}", differences.join("\n"));
            different.push(scenario.as_str());
        }
    }
    if !different.is_empty() {
        bail!("not equal: {}", different.join(", "));
    }
    Ok(())
}
