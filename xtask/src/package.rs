//! `cargo xtask package`: the npm package, ready to publish, in `target/npm/dm-cache-lab`.

use crate::sh::{cmd, root, say};
use crate::tools::{self, Progress};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where the package is put together.
pub(crate) fn dir() -> PathBuf {
    root().join("target/npm/dm-cache-lab")
}

pub(crate) fn run() -> Result<()> {
    build(Progress::Shown)?;
    say("the package is in target/npm/dm-cache-lab: `npm publish target/npm/dm-cache-lab` publishes it");
    Ok(())
}

/// Set once this run has built the package: what an earlier run left may be older than the sources.
static BUILT: OnceLock<()> = OnceLock::new();

/// The package, for the tests of what holds it: built, unless the package's own step has done that in this run.
pub(crate) fn built(progress: Progress) -> Result<PathBuf> {
    if BUILT.get().is_some() { Ok(dir()) } else { build(progress) }
}

/// Builds the engine and lays the package's files around it.
pub(crate) fn build(progress: Progress) -> Result<PathBuf> {
    tools::wasm_target()?;
    crate::npm::install(progress)?;
    tools::wasm_bindgen(progress)?;
    let dir = dir();
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    fs::create_dir_all(&dir)?;
    cmd("cargo build --quiet --profile page --target wasm32-unknown-unknown --no-default-features --features api --bin api").run()?;
    let wasm = root().join("target/wasm32-unknown-unknown/page/api.wasm");
    cmd("wasm-bindgen --target web --out-name engine --remove-name-section --remove-producers-section --out-dir")
        .arg(&dir)
        .arg(&wasm)
        .run()?;
    let engine = dir.join("engine_bg.wasm");
    cmd("wasm-opt -Oz --converge --one-caller-inline-max-function-size=50 -o").arg(&engine).arg(&engine).run()?;
    // wasm-bindgen's types name Symbol.dispose, which users' own settings need not know.
    let types = dir.join("engine.d.ts");
    let text = fs::read_to_string(&types)?;
    fs::write(&types, format!("/// <reference lib=\"esnext.disposable\" />\n{text}"))?;
    copy(&root().join("npm"), &dir)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE", crate::notices::FILE] {
        fs::copy(root().join(licence), dir.join(licence)).with_context(|| format!("cannot copy {licence}"))?;
    }
    cmd("node xtask/npm/posters.mjs").arg(&dir).run()?;
    BUILT.get_or_init(|| ());
    Ok(dir)
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}
