//! `cargo xtask bench page`: what the page costs a browser.

use crate::browser;
use crate::sh::cmd;
use crate::tools::{Progress, page_builder};
use anyhow::Result;

pub(super) fn run() -> Result<()> {
    page_builder(Progress::Shown)?;
    let browser = browser::chromium(Progress::Shown)?;
    cmd("npx --no-install playwright test bench.spec budget.spec --workers=1").env("BENCH", "1").env("CHROMIUM", &browser.chromium).run()
}
