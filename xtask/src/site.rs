//! `cargo xtask site`: page, book and element as one folder of static files, for any host and any path.

use crate::browser::Browser;
use crate::sh::{cmd, root, say};
use crate::tools::{Progress, page_builder};
use crate::{book, package};
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the folder goes
    #[arg(long, default_value = OUT)]
    out: String,
    /// Address of the source, which the page then links to
    #[arg(long, value_name = "URL")]
    source: Option<String>,
}

/// How the page knows that it has a book beside it.
const HELP: &str = "<link rel=\"help\" href=\"book/index.html\">";
const OUT: &str = "target/site";

pub(crate) fn run(args: &Args) -> Result<()> {
    build(&root().join(&args.out), args.source.as_deref(), Progress::Shown, package::build)?;
    say(&format!("the site is in {}: page in its root, book/, and the element in dm-cache-lab/", args.out));
    Ok(())
}

fn build(out: &Path, source: Option<&str>, progress: Progress, package: fn(Progress) -> Result<PathBuf>) -> Result<()> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    page_builder(progress)?;
    cmd("trunk build --release --public-url ./ --dist").arg(out).run()?;
    let index = out.join("index.html");
    let page = fs::read_to_string(&index)?;
    ensure!(page.contains("</head>"), "{} has no head", index.display());
    ensure!(source.is_none_or(|url| url.starts_with("https://") && !url.contains(['"', '<', '>', '&'])), "the source has no https address");
    let source = source.map(|url| format!("<link rel=\"vcs-browse\" href=\"{url}\">")).unwrap_or_default();
    fs::write(index, page.replacen("</head>", &format!("{HELP}{source}</head>"), 1))?;
    let player = package(progress)?;
    package::copy(&player, &out.join("dm-cache-lab"))?;
    book::build(Some(&player), &out.join("book"), Some("../"))?;
    // Hosts that would run the files through a generator of their own leave them alone.
    fs::write(out.join(".nojekyll"), "")?;
    Ok(())
}

/// From page to book and back, and from the page's snippet to a player.
pub(crate) fn test(browser: &Browser) -> Result<()> {
    build(&root().join(OUT), Some("https://example.org/source"), Progress::Logged, package::built)?;
    cmd("npx --no-install playwright test --config tests/site/playwright.config.js").env("CHROMIUM", &browser.chromium).run()
}
