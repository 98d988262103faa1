//! What the scenario subcommands share: finding a script, and options that override its header.

use crate::api::Opening;
use crate::scenario::ast::Sharing;
use crate::scenario::error::place;
use crate::scenario::fill::{FILE_BYTES_MAX, is_xml};
use crate::scenario::library;
use crate::scenario::parse::SCRIPT_BYTES_MAX;
use crate::scenario::run::{Options, Run};
use crate::scenario::{Script, parse};
use dm_cache_engine::kernel::Kernel;
use dm_cache_image::restore;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// The script could not be read or is wrong.
pub(super) const WRONG: u8 = 2;

/// Overrides of a script's header.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Header {
    /// Override the script: run with the fix (on), without it (off), or both side by side (compare).
    #[arg(long, value_enum)]
    sharing: Option<SharingArg>,
    /// Override the kernel: 5.10, 6.1, 6.12, 7.3 (3.18 is a model).
    #[arg(long, alias = "kernel", value_parser = kernel)]
    profile: Option<Kernel>,
    /// Override the seed of workloads, random power cuts and orders.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SharingArg {
    On,
    Off,
    Compare,
}

fn kernel(name: &str) -> Result<Kernel, String> {
    let names: Vec<&str> = Kernel::ALL.iter().map(|k| k.name()).collect();
    Kernel::from_name(name).ok_or_else(|| format!("one of: {}", names.join(", ")))
}

impl Header {
    /// Whether a kernel of today runs a scenario so.
    pub(super) const fn is_what_a_real_machine_has(self) -> bool {
        self.profile.is_none() && self.seed.is_none() && matches!(self.sharing, None | Some(SharingArg::On))
    }

    /// The same as a player's attributes.
    pub(super) fn attributes(self) -> Vec<(String, String)> {
        let sharing = self.sharing.and_then(|s| clap::ValueEnum::to_possible_value(&s)).map(|v| v.get_name().to_owned());
        let profile = self.profile.map(|k| k.name().to_owned());
        let pairs = [("sharing", sharing), ("profile", profile), ("seed", self.seed.map(|s| s.to_string()))];
        pairs.into_iter().filter_map(|(name, value)| value.map(|v| (name.to_owned(), v))).collect()
    }

    /// The same as a player takes it, for the script of that name.
    pub(super) fn opening(self, name: &str) -> Opening {
        let Options { sharing, kernel, seed } = self.options();
        Opening { sharing, profile: kernel.map(|k| k.name().to_owned()), seed, name: Some(name.to_owned()), ..Opening::default() }
    }

    pub(super) fn options(self) -> Options {
        let sharing = self.sharing.map(|s| match s {
            SharingArg::On => Sharing::On,
            SharingArg::Off => Sharing::Off,
            SharingArg::Compare => Sharing::Compare,
        });
        Options { sharing, kernel: self.profile, seed: self.seed }
    }
}

/// The text of a file, or of standard input where the name is `-`.
pub(super) fn file(name: &str) -> Result<String, String> {
    let bytes = super::files::read(Path::new(name), SCRIPT_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|e| {
        let text = String::from_utf8_lossy(e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default());
        let (line, column) = place(&text, text.len());
        format!("{name}:{line}:{column}: this is no text: what stands here is not UTF-8")
    })
}

/// A script's text: a file, `-` for standard input, or the name of a library scenario.
pub(super) fn source(name: &str) -> Result<String, String> {
    let missing = |e: &std::io::Error| e.kind() == std::io::ErrorKind::NotFound;
    if name == "-" || std::fs::metadata(name).map_or_else(|e| !missing(&e), |_| true) {
        return file(name);
    }
    if let Some(entry) = library::find(name.trim_end_matches(".dml")) {
        return Ok(entry.source.to_owned());
    }
    let near =
        library::ALL.iter().map(|e| (strsim::damerau_levenshtein(e.name, name), e.name)).min().filter(|(d, n)| *d <= 1 + n.len() / 3);
    Err(match near {
        Some((_, near)) => format!("{name}: no such file, and no scenario of that name; did you mean `{near}`?"),
        None => format!("{name:?}: no such file, and no scenario of that name; `dmlab list` shows them"),
    })
}

/// The images that the disks of a script are filled with, by disk: files are named from where the script stands. What gzip packed is
/// unpacked, and the XML of `cache_dump` restored as `cache_restore` does.
pub(super) fn disks(name: &str, script: &Script) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let image = |(disk, file): (&str, &str)| {
        let bytes = unpacked(&folder.join(file))?;
        if !is_xml(&bytes) {
            return Ok((disk.to_owned(), bytes));
        }
        let sectors = script.disks.iter().find(|d| d.name == disk).map_or(0, |d| d.sectors);
        let room = usize::try_from(sectors.saturating_mul(512)).unwrap_or(usize::MAX).min(FILE_BYTES_MAX);
        let mut image = vec![0; room];
        let options = restore::Options { as_0_9: true, ..restore::Options::default() };
        restore::restore(bytes.as_slice(), &mut image, &options).map_err(|e| format!("{name}: {file}: {e}"))?;
        Ok((disk.to_owned(), image))
    };
    script.unfilled().map(image).collect()
}

fn unpacked(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| format!("{}: {}", path.display(), super::reason(&e));
    let mut bytes = Vec::new();
    let read = |from: &mut dyn Read, bytes: &mut Vec<u8>| from.take(FILE_BYTES_MAX as u64 + 1).read_to_end(bytes).map_err(failed);
    read(&mut super::files::open(path, super::files::Kind::Image)?, &mut bytes)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        read(&mut flate2::read::MultiGzDecoder::new(packed.as_slice()), &mut bytes)?;
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("{}: too long: at most {} MiB are read", path.display(), FILE_BYTES_MAX >> 20));
    }
    Ok(bytes)
}

/// What is wrong with a script: all of it as a terminal shows it, and as plain data.
#[derive(Debug, serde::Serialize)]
pub(super) struct Wrong {
    #[serde(skip)]
    pub(super) shown: String,
    message: String,
    line: Option<usize>,
    column: Option<usize>,
    expected: Option<String>,
    help: Option<String>,
}

/// Reads and parses, and fills the disks.
pub(super) fn read(name: &str) -> Result<Script, Box<Wrong>> {
    let no_place = |e: String| Wrong { shown: format!("{e}\n"), message: e, line: None, column: None, expected: None, help: None };
    let text = source(name).map_err(no_place)?;
    let mut script = parse(name, &text).map_err(|e| {
        Box::new(Wrong {
            shown: e.render(),
            message: e.message.clone(),
            line: Some(e.line),
            column: Some(e.column),
            expected: Some(e.label.clone()),
            help: e.help.clone(),
        })
    })?;
    for (disk, bytes) in disks(name, &script).map_err(no_place)? {
        script.fill(&disk, &bytes).map_err(|e| no_place(format!("{name}: {e}")))?;
    }
    Ok(script)
}

/// Reads and parses; what is wrong goes to stderr.
pub(super) fn script(name: &str) -> Result<Script, ExitCode> {
    read(name).map_err(|wrong| {
        super::say(&wrong.shown);
        ExitCode::from(WRONG)
    })
}

/// Says which limit ended a run before its script did, for outputs that have no place for it.
pub(super) fn say_if_stopped(name: &str, run: &Run) {
    if let Some(limit) = run.why_stopped() {
        super::say(format!("{name}: stopped: {limit}"));
    }
}
