//! `cargo xtask shots`: the documentation's pictures of the page, taken anew.

use crate::browser;
use crate::sh::{cmd, say};
use crate::tools::{Progress, page_builder};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the pictures go
    #[arg(long, default_value = "docs/screens")]
    out: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    page_builder(Progress::Shown)?;
    let browser = browser::chromium(Progress::Shown)?;
    let dmlab = browser::dmlab()?;
    cmd("npx --no-install playwright test shots").env("SHOTS", &args.out).env("CHROMIUM", &browser.chromium).env("DMLAB", dmlab).run()?;
    say(&format!("the pictures are in {}", args.out));
    Ok(())
}
