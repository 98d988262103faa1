//! `cargo xtask notices`: the notices of everything that is shipped and not ours, from Cargo.lock and package-lock.json.

use crate::npm;
use crate::sh::{cmd, root, say};
use crate::tools::Progress;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name, here and wherever it is shipped.
pub(crate) const FILE: &str = "THIRD-PARTY-NOTICES.txt";

/// Crates that are linked into what we ship: `dmlab` for any system, the page with its image reader, the npm package's engine.
const LINKED: &str = "cargo tree --locked --package dm-cache-lab --package dm-cache-reader --features cli,page,api --target all --edges normal,no-proc-macro --prefix none --format {p}";
/// The crate whose styles, scripts and fonts stand in the book.
const BOOK: &str = "mdbook-html";
/// npm packages whose files stand in the page.
const NPM: [&str; 1] = ["uplot"];

const HEAD: &str = "Third-party notices of dm-cache-lab

dm-cache-lab is MIT or Apache-2.0, at your choice. The program dmlab, the page, the book and the npm package contain the works of
others that are named here, unchanged. First the list, then each licence with the works that it came with. Where a work leaves the
choice between MIT and Apache-2.0, it is taken under MIT.

Crates under MPL-2.0: their source is what the list names beside them, and that version on crates.io.
The Rust standard library is linked in, too: MIT OR Apache-2.0, https://github.com/rust-lang/rust
";

/// Something shipped that is not ours.
struct Work {
    /// Name and version.
    name: String,
    licence: String,
    source: String,
    folder: PathBuf,
}

pub(crate) fn run() -> Result<()> {
    npm::install(Progress::Shown)?;
    fs::write(root().join(FILE), text()?)?;
    say(&format!("the notices are in {FILE}"));
    Ok(())
}

/// Fails where the notices are not those of what the lock files name.
pub(crate) fn test() -> Result<()> {
    npm::install(Progress::Logged)?;
    let kept = fs::read_to_string(root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    ensure!(kept == text()?, "{FILE} is not what the lock files ask for: `cargo xtask notices` writes it");
    Ok(())
}

fn text() -> Result<String> {
    let mut works = crates()?;
    for name in NPM {
        works.push(npm_package(name)?);
    }
    let mut out = format!("{HEAD}\n");
    for Work { name, licence, source, .. } in &works {
        writeln!(out, "{name}: {licence}, {source}")?;
    }
    // What crates without a text of their own are under, where they leave the choice.
    let apache = fs::read_to_string(root().join("LICENSE-APACHE"))?;
    // By their words: copies of a text differ in blanks and line ends.
    let mut texts: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
    for work in &works {
        let mut own = licence_texts(&work.folder)?;
        if own.is_empty() {
            ensure!(work.licence.contains("Apache-2.0"), "{} is {} and has no text of it", work.name, work.licence);
            own.push(apache.clone());
        }
        for text in own {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            texts.entry(words).or_insert_with(|| (plain(&text), BTreeSet::new())).1.insert(&work.name);
        }
    }
    for (text, names) in texts.into_values() {
        let names: Vec<&str> = names.into_iter().collect();
        write!(out, "\n{}\n{}\n\n{text}\n", "=".repeat(100), names.join("\n"))?;
    }
    Ok(out)
}

/// The crates, sorted by name and version.
fn crates() -> Result<Vec<Work>> {
    let linked = cmd(LINKED).read()?;
    let linked: BTreeSet<(&str, &str)> = linked.lines().filter_map(name_and_version).collect();
    let metadata: Value = serde_json::from_str(&cmd("cargo metadata --locked --all-features --format-version 1").read()?)?;
    let (mut works, mut ours) = (BTreeMap::new(), BTreeSet::new());
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let get = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, version) = (get("name"), get("version"));
        if package["source"].is_null() {
            ours.insert(name);
            continue;
        }
        if !(linked.contains(&(name, version)) || name == BOOK) {
            continue;
        }
        let folder = Path::new(get("manifest_path")).parent().context("a manifest without a folder")?.to_owned();
        let work =
            Work { name: format!("{name} {version}"), licence: get("license").to_owned(), source: get("repository").to_owned(), folder };
        works.insert((name, version), work);
    }
    for (name, version) in linked {
        ensure!(ours.contains(name) || works.contains_key(&(name, version)), "{name} {version} is linked and not in cargo metadata");
    }
    ensure!(works.keys().any(|(name, _)| *name == BOOK), "no {BOOK} in Cargo.lock");
    Ok(works.into_values().collect())
}

/// `name v1.2.3 (…)`, as `cargo tree` prints it.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

fn npm_package(name: &str) -> Result<Work> {
    let folder = root().join("node_modules").join(name);
    let package: Value = serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
    let get = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    Ok(Work { name: format!("{name} {}", get("version")), licence: get("license"), source: get("homepage"), folder })
}

/// Every licence and notice in a folder and below, in the order of their paths.
fn licence_texts(folder: &Path) -> Result<Vec<String>> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    let named = |path: &Path, part: &str| path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains(part));
    if entries.iter().any(|path| named(path, "license-mit")) {
        entries.retain(|path| !named(path, "license-apache"));
    }
    let mut texts = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let licence = ["licen", "copying", "copyright", "notice", "unlicense"].iter().any(|start| name.starts_with(start));
        let font = name.ends_with("-license.txt") || name.ends_with("-license.md");
        if path.is_dir() {
            texts.extend(licence_texts(&path)?);
        } else if (licence || font) && !name.ends_with(".rs") {
            texts.push(fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(texts)
}

/// A text without other line ends, blanks behind lines and empty lines around it.
fn plain(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cargo_tree_names_crate_and_version() {
        assert_eq!(name_and_version("imbl v7.0.2"), Some(("imbl", "7.0.2")));
        assert_eq!(name_and_version("dm-cache-lab v0.1.0 (/a b) (*)"), Some(("dm-cache-lab", "0.1.0")));
        assert_eq!(name_and_version(""), None);
    }
}
