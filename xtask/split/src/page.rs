//! The files of a page that Trunk has built and not yet put in their place.

use crate::{instrument, names, split};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What the name of every program ends in.
const PROGRAM: &str = "_bg.wasm";

/// Splits the page's program and lets `index.html` name both parts. Their names say what is in them, so that no cache
/// ever pairs parts of two builds.
pub(crate) fn split(staging: &Path, list: &Path) -> Result<()> {
    let program = program(staging)?;
    let old = file_name(&program)?;
    let list = fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    let parts = split::split(&fs::read(&program)?, &names::Listed::new(&list))?;
    let stem = old.strip_suffix(PROGRAM).unwrap_or(old);
    let cut = crc32c::crc32c_append(crc32c::crc32c(&parts.first), &parts.rest);
    let (first, rest) = (format!("{stem}-{cut:08x}{PROGRAM}"), format!("{stem}-{cut:08x}_rest.wasm"));
    fs::write(staging.join(&first), parts.first)?;
    fs::write(staging.join(&rest), parts.rest)?;
    fs::remove_file(&program)?;
    let index = staging.join("index.html");
    let html = fs::read_to_string(&index).context("the page has no index.html")?;
    let named = html.replace(old, &first).replace("data-rest=\"\"", &format!("data-rest=\"./{rest}\""));
    anyhow::ensure!(named.contains(&first) && named.contains(&rest), "index.html names no program and no place for its rest");
    fs::write(&index, named)?;
    Ok(())
}

/// Makes the page's program remember which functions ran, and lists their names, as `www/later.txt` has them, in `functions.txt`.
pub(crate) fn instrument(staging: &Path) -> Result<()> {
    let program = program(staging)?;
    let (bytes, functions) = instrument::instrument(&fs::read(&program)?)?;
    fs::write(&program, bytes)?;
    fs::write(staging.join("functions.txt"), functions.join("\n"))?;
    Ok(())
}

fn program(staging: &Path) -> Result<PathBuf> {
    let mut entries = fs::read_dir(staging).with_context(|| format!("cannot read {}", staging.display()))?.filter_map(Result::ok);
    let found = entries.find(|e| e.file_name().to_string_lossy().ends_with(PROGRAM)).map(|e| e.path());
    found.with_context(|| format!("no program in {}", staging.display()))
}

fn file_name(path: &Path) -> Result<&str> {
    path.file_name().and_then(|name| name.to_str()).context("a file without a name")
}
