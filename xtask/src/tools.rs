//! What builds the page: the wasm target, Trunk, and the wasm-bindgen that fits Cargo.lock.

use crate::sh::{Cmd, cmd, root, say};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;

/// The newest Trunk that builds with the Rust we ask for.
const TRUNK: &str = "0.21.14";

/// Reads `deny.toml`.
const DENY: &str = "0.20.2";

/// Where a tool's build output goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    /// Into `target/tools/NAME.log`.
    Logged,
}

impl Progress {
    fn apply(self, command: Cmd, name: &str) -> Result<Cmd> {
        match self {
            Self::Shown => Ok(command),
            Self::Logged => command.log_to(&dir()?.join(format!("{name}.log"))),
        }
    }
}

fn dir() -> Result<PathBuf> {
    let dir = root().join("target/tools");
    fs::create_dir_all(dir.join("bin")).with_context(|| format!("cannot create {}", dir.display()))?;
    Ok(dir)
}

/// Everything that turns the sources into a page.
pub(crate) fn page_builder(progress: Progress) -> Result<()> {
    wasm_target()?;
    crate::npm::install(progress)?;
    trunk(progress)?;
    wasm_bindgen(progress)
}

pub(crate) fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = PathBuf::from(cmd("rustc --print sysroot").read()?);
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    say("adding the wasm target");
    cmd("rustup target add")
        .arg(TARGET)
        .run()
        .context("the Rust installed here has no wasm32-unknown-unknown target; install it the way this Rust was installed")
}

pub(crate) fn trunk(progress: Progress) -> Result<()> {
    if cmd("trunk --version").read().is_ok_and(|version| version == format!("trunk {TRUNK}")) {
        return Ok(());
    }
    say(&format!("building Trunk {TRUNK}, once (some minutes)"));
    // It downloads nothing here, so it needs no TLS, a sixth of its building time.
    install("trunk", TRUNK, progress)
}

/// Builds a program from its crate, without its default features, into `target/tools`.
fn install(name: &str, version: &str, progress: Progress) -> Result<()> {
    let build = dir()?.join(format!("build-{name}"));
    let install = cmd("cargo install --locked --debug --no-default-features --version")
        .arg(version)
        .arg("--root")
        .arg(dir()?)
        .arg(name)
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    progress.apply(install, name)?.run()?;
    // Of up to 1 GB of intermediate files none is needed again.
    let _ = fs::remove_dir_all(build);
    Ok(())
}

/// cargo-deny, without what asks the network for advisories.
pub(crate) fn deny(progress: Progress) -> Result<()> {
    if cmd("cargo deny --version").read().is_ok() {
        return Ok(());
    }
    say(&format!("building cargo-deny {DENY}, once"));
    install("cargo-deny", DENY, progress)
}

/// wasm-bindgen alone, which is all that a page needs.
pub(crate) fn wasm_bindgen(progress: Progress) -> Result<()> {
    of_wasm_bindgen(&["wasm-bindgen"], progress)
}

/// wasm-bindgen and its test runner, built together.
pub(crate) fn wasm_bindgen_tests(progress: Progress) -> Result<()> {
    of_wasm_bindgen(&["wasm-bindgen", "wasm-bindgen-test-runner"], progress)
}

/// Builds wasm-bindgen's programs as members of this workspace, so that Cargo.lock pins them to the version of the library.
fn of_wasm_bindgen(programs: &[&str], progress: Progress) -> Result<()> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let wanted = locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?;
    let fits = |name: &str| cmd(name).arg("--version").read().is_ok_and(|said| said.ends_with(&format!(" {wanted}")));
    if programs.iter().all(|name| fits(name)) {
        return Ok(());
    }
    say(&format!("building wasm-bindgen {wanted}, once"));
    let target = dir()?.join("build-wasm-bindgen");
    let build = cmd("cargo build --locked --profile tools --package wasm-bindgen-tools --target-dir").arg(&target);
    let build = programs.iter().fold(build, |build, name| build.arg("--bin").arg(name));
    progress.apply(build, "wasm-bindgen")?.run()?;
    for name in programs {
        fs::copy(target.join("tools").join(name), dir()?.join("bin").join(name)).with_context(|| format!("cannot install {name}"))?;
    }
    let _ = fs::remove_dir_all(target);
    Ok(())
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| **line != *name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked_version(lock, "a"), Some("2.0.0"));
        assert_eq!(locked_version(lock, "c"), None);
    }
}
