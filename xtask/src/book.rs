//! `cargo xtask book`: the book with its players, built by mdBook's library as Cargo.lock pins it; and its tests.

use crate::browser::{self, Browser};
use crate::sh::{cmd, root, say};
use crate::tools::Progress;
use crate::{notices, npm, package};
use anyhow::Result;
use std::fs;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the player out: every figure is its picture and its story
    #[arg(long)]
    without_player: bool,
}

const OUT: &str = "target/book";

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.without_player {
        build(None, Path::new(OUT), None)?;
    } else {
        build(Some(&package::build(Progress::Shown)?), Path::new(OUT), None)?;
    }
    say(&format!("the book is in {OUT}"));
    Ok(())
}

/// Builds the book into `out`; `lab` is where the page stands, seen from there.
pub(crate) fn build(player: Option<&Path>, out: &Path, lab: Option<&str>) -> Result<()> {
    let mut command = cmd("cargo run --quiet --locked --package mdbook-dm-cache-lab -- build book --dest").arg(out);
    if let Some(player) = player {
        command = command.arg("--player").arg(player);
    }
    if let Some(lab) = lab {
        command = command.arg("--lab").arg(lab);
    }
    command.run()?;
    fs::copy(root().join(notices::FILE), root().join(out).join(notices::FILE))?;
    Ok(())
}

/// Lints and tests of the builder, and the built book: spelling, links, pages in the browser.
pub(crate) fn test(browser: &Browser) -> Result<()> {
    cmd("cargo clippy --package mdbook-dm-cache-lab --all-targets -- -D warnings").run()?;
    cmd("cargo test --quiet --package mdbook-dm-cache-lab").run()?;
    npm::install(Progress::Logged)?;
    let player = package::built(Progress::Logged)?;
    build(Some(&player), &root().join(OUT), None)?;
    cmd("npx --no-install cspell lint --no-progress --no-summary --config book/cspell.json").run()?;
    cmd("npx --no-install linkinator target/book --recurse --check-fragments --verbosity error").run()?;
    single_file(&player)?;
    cmd("npx --no-install playwright test --config tests/book/playwright.config.js").env("CHROMIUM", &browser.chromium).run()
}

/// The first scenario as one file, for the tests.
fn single_file(player: &Path) -> Result<()> {
    let dir = root().join("target/single-file");
    fs::create_dir_all(&dir)?;
    let page = cmd(&browser::dmlab()?.display().to_string())
        .arg("export")
        .arg("--html")
        .arg("--sharing")
        .arg("off")
        .arg("--step")
        .arg("swapped")
        .arg("--package")
        .arg(player)
        .arg("reload-while-live")
        .read()?;
    fs::write(dir.join("reload-while-live.html"), page)?;
    Ok(())
}
