//! The engine's side of a question: `dmlab`, on the profile of the kernel that is asked.

use super::export::Exported;
use super::packages::{Kernel, folder};
use crate::sh::{Cmd, cmd, root};
use anyhow::Result;
use std::env;
use std::fs;
use std::path::PathBuf;

pub(super) struct Engine {
    dmlab: PathBuf,
    profile: &'static str,
    /// The script that is asked about at the moment.
    script: PathBuf,
}

impl Engine {
    pub(super) fn of(kernel: Kernel) -> Result<Self> {
        fs::create_dir_all(folder())?;
        Ok(Self { dmlab: built()?, profile: kernel.name(), script: folder().join(format!("asked-{}.dml", kernel.name())) })
    }

    fn ask(&self, source: &str, words: &str) -> Result<Cmd> {
        fs::write(&self.script, source)?;
        Ok(cmd(&format!("{} {words}", self.dmlab.display())).arg(&self.script))
    }

    /// The scenario as a script for a real machine; else why it cannot be one.
    pub(super) fn export(&self, source: &str) -> Result<std::result::Result<Exported, String>> {
        let (out, errors, success) = self.ask(source, "export --sh")?.all()?;
        Ok(if success { Ok(Exported::new(out)) } else { Err(errors) })
    }

    /// What it prints, whether its expectations hold or not.
    pub(super) fn transcript(&self, source: &str) -> Result<String> {
        Ok(self.ask(source, &format!("run --transcript --sharing on --profile {}", self.profile))?.all()?.0)
    }

    /// The bytes of a disk at the end.
    pub(super) fn image(&self, source: &str, disk: &str) -> Result<Vec<u8>> {
        self.image_at(source, disk, "100%")
    }

    /// The bytes of a disk at a step or label.
    pub(super) fn image_at(&self, source: &str, disk: &str, step: &str) -> Result<Vec<u8>> {
        self.ask(source, &format!("export --sharing on --profile {} --step {step} --image {disk}", self.profile))?.output()
    }
}

/// The command line, built.
fn built() -> Result<PathBuf> {
    cmd("cargo build --quiet --bin dmlab").run()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug/dmlab"))
}
