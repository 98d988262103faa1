//! What the scenario subcommands share: finding a script, and options that override its header.

use crate::api::Opening;
use crate::kernel::Kernel;
use crate::scenario::ast::Sharing;
use crate::scenario::library;
use crate::scenario::run::Options;
use crate::scenario::{Script, parse};
use std::process::ExitCode;

/// The script could not be read or is wrong.
pub(super) const WRONG: u8 = 2;

/// Overrides of a script's header.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Header {
    /// Run with the fix (on), without it (off), or both side by side (compare), whatever the script says.
    #[arg(long, value_enum)]
    sharing: Option<SharingArg>,
    /// Run another kernel's profile: 5.10, 6.1, 6.12, 7.3 (3.18 is a model).
    #[arg(long, alias = "kernel", value_parser = kernel)]
    profile: Option<Kernel>,
    /// Another seed for workloads, random power cuts and orders.
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
        Opening { sharing, profile: kernel.map(|k| k.name().to_owned()), seed, name: Some(name.to_owned()) }
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

/// A script's text: a file, `-` for standard input, or the name of a library scenario.
pub(super) fn source(name: &str) -> Result<String, String> {
    let read = |r: std::io::Result<String>| r.map_err(|e| format!("{name}: {}", super::reason(&e)));
    if name == "-" {
        return read(std::io::read_to_string(std::io::stdin()));
    }
    if std::path::Path::new(name).exists() {
        return read(std::fs::read_to_string(name));
    }
    if let Some(entry) = library::find(name.trim_end_matches(".dml")) {
        return Ok(entry.source.to_owned());
    }
    let near =
        library::ALL.iter().map(|e| (strsim::damerau_levenshtein(e.name, name), e.name)).min().filter(|(d, n)| *d <= 1 + n.len() / 3);
    Err(match near {
        Some((_, near)) => format!("{name}: no such file, and no scenario of that name; did you mean `{near}`?"),
        None => format!("{name}: no such file, and no scenario of that name; `dmlab list` shows them"),
    })
}

/// Reads and parses; what is wrong goes to stderr.
pub(super) fn script(name: &str) -> Result<Script, ExitCode> {
    let text = source(name).map_err(|e| {
        eprintln!("{e}");
        ExitCode::from(WRONG)
    })?;
    parse(name, &text).map_err(|e| {
        eprint!("{}", e.render());
        ExitCode::from(WRONG)
    })
}
