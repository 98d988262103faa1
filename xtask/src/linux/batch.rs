//! Many scripts in one boot: each prints between two marks, and its metadata device is copied to a disk of copies.

use super::Boot;
use super::engine::Engine;
use super::export::{Disk, Exported};
use super::guest::Machine;
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a script printed, and what its first disk held at its end.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) printed: String,
    pub(super) image: Vec<u8>,
}

const MARK: &str = "=== script ";

/// Runs scripts, one after the other, on the same disks; each export begins by filling its own with zeros.
///
/// # Errors
/// If the scripts have different disks, or the machine does not come to the end: a kernel that hangs is a find, too.
pub(super) fn on_linux(machine: &Machine, boot: &Boot, scripts: &[Exported], dir: &Path) -> Result<Vec<Outcome>> {
    let Some(first) = scripts.first() else { return Ok(Vec::new()) };
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for Disk { path, bytes, .. } in &first.disks {
        let file = dir.join(path);
        File::create(&file)?.set_len(*bytes)?;
        files.push((path.clone(), file));
    }
    let image = first.disks.first().context("a script needs a disk")?;
    let copies = dir.join("copies");
    File::create(&copies)?.set_len(image.bytes * u64::try_from(scripts.len())?)?;
    files.push(("copies".to_owned(), copies.clone()));
    const UNIT: u64 = 65536;
    let units = image.bytes / UNIT;
    let mut text = String::new();
    for (number, script) in scripts.iter().enumerate() {
        if !script.disks.iter().map(|d| (&d.path, d.bytes)).eq(first.disks.iter().map(|d| (&d.path, d.bytes))) {
            bail!("scripts of one boot need the same disks");
        }
        writeln!(text, "cat >/tmp/one.sh <<'=== END OF ONE'\n{}\n=== END OF ONE", script.text.trim_end())?;
        let named: Vec<String> = script.disks.iter().map(|d| format!("{}=/dev/d/{}", d.variable, d.path)).collect();
        writeln!(text, "echo '{MARK}{number}'\nOVERWRITE=yes {} sh /tmp/one.sh 2>&1\ndmesg -c >/dev/null", named.join(" "))?;
        let at = u64::try_from(number)? * units;
        writeln!(
            text,
            "dd if=/dev/d/{} of=/dev/d/copies bs={UNIT} seek={at} oflag=direct iflag=direct conv=notrunc status=none",
            image.path
        )?;
    }
    let printed = machine.run(&text, &files, dir, Duration::from_secs(boot.limit))?;
    let all = fs::read(copies)?;
    let mut parts = printed.split(MARK).skip(1);
    let size = usize::try_from(image.bytes)?;
    all.chunks(size)
        .enumerate()
        .map(|(number, image)| {
            let part = parts.next().and_then(|part| part.split_once('\n')).filter(|(n, _)| *n == number.to_string());
            let (_, printed) = part.with_context(|| format!("script {number} has printed nothing"))?;
            Ok(Outcome { printed: printed.to_owned(), image: image.to_vec() })
        })
        .collect()
}

/// The same from the engine.
pub(super) fn on_the_engine(engine: &Engine, source: &str, script: &Exported) -> Result<Outcome> {
    let disk = script.disks.first().context("a script needs a disk")?;
    Ok(Outcome { printed: engine.transcript(source)?, image: engine.image(&script.removed(source), &disk.path)? })
}
