//! `cargo xtask linux record`: a case of `tests/cases` on a real kernel: what it printed and the images it took, beside what is recorded.

use super::Boot;
use super::guest::{End, Machine};
use super::packages::folder;
use crate::sh::{cmd, root, say};
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Cases, as files of tests/cases without `.sh`
    #[arg(required = true)]
    cases: Vec<String>,
    /// Write transcript and images into tests/recordings in place of what is there
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    boot: Boot,
}

/// What a part of a case is done by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A boot that powers off.
    Boot,
    /// A boot whose power is cut when it prints `@KILLME`.
    Kill,
    /// This machine, with bash, among the disks.
    Host,
}

struct Case {
    /// Names and sizes, as `truncate` reads them.
    disks: Vec<(String, String)>,
    parts: Vec<(By, String)>,
}

impl Case {
    fn read(text: &str) -> Result<Self> {
        let mut case = Self { disks: Vec::new(), parts: vec![(By::Boot, String::new())] };
        for line in text.lines() {
            let Some(directive) = line.strip_prefix("#@") else {
                if let Some((_, part)) = case.parts.last_mut() {
                    part.push_str(line);
                    part.push('\n');
                }
                continue;
            };
            match directive.split_whitespace().collect::<Vec<_>>()[..] {
                ["disk", name, size] => case.disks.push((name.to_owned(), size.to_owned())),
                ["boot"] => case.parts.push((By::Boot, String::new())),
                ["boot", "kill"] => case.parts.push((By::Kill, String::new())),
                ["host"] => case.parts.push((By::Host, String::new())),
                _ => bail!("no such directive: #@{directive}"),
            }
        }
        let does = |text: &str| text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        case.parts.retain(|(_, text)| does(text));
        Ok(case)
    }
}

/// Where the kernel printed the seconds of a boot, which no recording holds to.
const TOOK: &str = "*** boot took";

pub(super) fn run(args: &Args) -> Result<()> {
    let machine = Machine::of(args.boot.kernel, &args.boot.mirror)?;
    let mut different = Vec::new();
    for name in &args.cases {
        let file = root().join("tests/cases").join(format!("{name}.sh"));
        let case = Case::read(&fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?)?;
        let dir = folder().join("record").join(args.boot.kernel.name()).join(name);
        record(&case, &args.boot, &machine, &dir)?;
        let kept = root().join("tests/recordings").join(args.boot.kernel.name()).join(name);
        let differences = beside(&dir, &kept)?;
        if args.keep {
            fs::create_dir_all(&kept)?;
            for file in fs::read_dir(dir.join("kept"))? {
                let file = file?;
                fs::copy(file.path(), kept.join(file.file_name()))?;
            }
        }
        if differences.is_empty() {
            say(&format!("{name}: recorded again on Linux {}, and equal", machine.release));
        } else {
            say(&format!("{name}: recorded on Linux {} in {}; not as kept:\n{}", machine.release, dir.display(), differences.join("\n")));
            different.push(name.as_str());
        }
    }
    if !different.is_empty() && !args.keep {
        bail!("not as kept: {}", different.join(", "));
    }
    Ok(())
}

fn record(case: &Case, boot: &Boot, machine: &Machine, dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    let kept = dir.join("kept");
    fs::create_dir_all(&kept)?;
    let mut disks: Vec<(String, PathBuf)> = Vec::new();
    for (name, size) in case.disks.iter().map(|(n, s)| (n.as_str(), s.as_str())).chain([("snap", "1G")]) {
        cmd("truncate -s").arg(size).arg(dir.join(name)).run()?;
        disks.push((name.to_owned(), dir.join(name)));
    }
    let words = fs::read_to_string(root().join("xtask/linux/words.sh"))?;
    let mut transcript = String::new();
    for (number, (by, text)) in (1..).zip(&case.parts) {
        let printed = match by {
            By::Host => {
                transcript.push_str(&format!("=== phase {number}: host\n"));
                cmd("bash -c").arg(format!("exec 2>&1\n{text}")).within(dir).all()?.0
            }
            By::Boot | By::Kill => {
                let (end, how) = if *by == By::Kill { (End::KilledAt("@KILLME"), " (to be killed)") } else { (End::PoweredOff, "") };
                transcript.push_str(&format!("=== phase {number}: guest boot{how}\n"));
                machine.boot(&format!("{words}\n{text}"), &disks, dir, Duration::from_secs(boot.limit), end)?
            }
        };
        for (name, at, size) in printed.lines().filter_map(snapshot) {
            let mut image = vec![0; size];
            let mut copies = File::open(dir.join("snap"))?;
            copies.seek(SeekFrom::Start(at))?;
            copies.read_exact(&mut image)?;
            keep(&kept, name, &image)?;
        }
        transcript.push_str(&printed);
    }
    fs::write(kept.join("transcript.txt"), transcript)?;
    Ok(())
}

/// `@SNAP NAME AT SIZE`: where a copy lies on the disk of copies (in 64 KiB), and its bytes.
fn snapshot(line: &str) -> Option<(&str, u64, usize)> {
    let mut words = line.strip_prefix("@SNAP ")?.split(' ');
    Some((words.next()?, words.next()?.parse::<u64>().ok()? * 65536, words.next()?.parse().ok()?))
}

/// An image, packed, with what the tools of thin-provisioning-tools say of it, where they are at hand.
fn keep(dir: &Path, name: &str, image: &[u8]) -> Result<()> {
    let file = dir.join(format!("{name}.img"));
    fs::write(&file, image)?;
    let tool = |tool: &str| cmd(tool).arg(&file).all();
    if let (Ok(check), Ok(dump)) = (tool("cache_check"), tool("cache_dump")) {
        let rc = |success: bool| i32::from(!success);
        let told = format!(
            "$ cache_check {name}\n{}{}[rc={}]\n$ cache_dump {name}\n{}[rc={}]\n",
            check.0,
            check.1,
            rc(check.2),
            dump.1,
            rc(dump.2)
        );
        fs::write(dir.join(format!("{name}.check")), told)?;
        if !dump.0.is_empty() {
            fs::write(dir.join(format!("{name}.xml")), dump.0)?;
        }
    }
    cmd("gzip -9nf").arg(&file).run()
}

/// What is not as it is kept: of the transcript the first line, of the images their names.
fn beside(new: &Path, kept: &Path) -> Result<Vec<String>> {
    let whole = |dir: &Path| -> Result<String> {
        let text = fs::read_to_string(dir.join("transcript.txt")).with_context(|| format!("{} has no transcript", dir.display()))?;
        Ok(text
            .lines()
            .filter(|line| !line.starts_with(TOOK) && !line.starts_with("=== END OF PHASE"))
            .map(|line| format!("{line}\n"))
            .collect())
    };
    let mut all: Vec<String> = super::compare::sides(&whole(&new.join("kept"))?, &whole(kept)?, "now", "kept").into_iter().collect();
    for file in fs::read_dir(new.join("kept"))? {
        let file = file?.path();
        let (Some(name), true) = (file.file_name(), file.to_string_lossy().ends_with(".img.gz")) else { continue };
        let unpacked = |file: &Path| cmd("gzip -dc").arg(file).output();
        let old = kept.join(name);
        if old.is_file() && unpacked(&file)? != unpacked(&old)? {
            all.push(format!("{} is not the same", name.to_string_lossy()));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_cut_at_its_boots() -> Result<()> {
        let case = Case::read("#@disk meta 4M\n# What it is.\n#@boot kill\nw c 0 4\n#@host\ncp meta kept\n#@boot\nst c\n")?;
        assert_eq!(case.disks, [("meta".to_owned(), "4M".to_owned())]);
        assert!(case.parts.iter().map(|(by, _)| *by).eq([By::Kill, By::Host, By::Boot]));
        assert!(Case::read("#@disks\n").is_err());
        Ok(())
    }

    #[test]
    fn copies_are_found_by_what_the_guest_printed() {
        assert_eq!(snapshot("@SNAP 01-smq 64 4194304"), Some(("01-smq", 64 * 65536, 4_194_304)));
        assert_eq!(snapshot("status: @SNAP"), None);
    }
}
