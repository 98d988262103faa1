//! `cargo xtask shots`: the documentation's pictures of the page, taken anew; with `--all` every screen, to be looked at.

use crate::browser;
use crate::sh::{cmd, say};
use crate::tools::{Progress, page_builder};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the pictures go
    #[arg(long, default_value = "docs/screens")]
    out: String,
    /// Every screen in every size, theme, at 200 % and on paper, into target/screens
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    page_builder(Progress::Shown)?;
    let browser = browser::chromium(Progress::Shown)?;
    let dmlab = browser::dmlab()?;
    let (tests, folder) = if args.all { ("screens", "target/screens") } else { ("shots", args.out.as_str()) };
    cmd("npx --no-install playwright test")
        .arg(tests)
        .env(&tests.to_uppercase(), folder)
        .env("CHROMIUM", &browser.chromium)
        .env("DMLAB", dmlab)
        .run()?;
    say(&format!("the pictures are in {folder}"));
    Ok(())
}
