//! `cargo xtask split`: which functions of the page's program can come after the first picture.

use crate::browser;
use crate::sh::{cmd, say};
use crate::tools::{Progress, page_builder};
use anyhow::Result;

pub(crate) fn run() -> Result<()> {
    const LIST: &str = "www/later.txt";
    page_builder(Progress::Shown)?;
    let browser = browser::chromium(Progress::Shown)?;
    cmd("npx --no-install playwright test later").env("LATER", LIST).env("SPLIT_RECORD", "1").env("CHROMIUM", &browser.chromium).run()?;
    say(&format!("the list is in {LIST}"));
    Ok(())
}
