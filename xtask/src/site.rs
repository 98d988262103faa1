//! `cargo xtask site`: page, book and element as one folder of static files, for any host and any path.

use crate::sh::{cmd, root, say};
use crate::tools::{Progress, page_builder};
use crate::{book, package};
use anyhow::{Context as _, Result};
use std::fs;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the folder goes
    #[arg(long, default_value = "target/site")]
    out: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let out = root().join(&args.out);
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    page_builder(Progress::Shown)?;
    cmd("trunk build --release --public-url ./ --dist").arg(&out).run()?;
    let player = package::build(Progress::Shown)?;
    package::copy(&player, &out.join("dm-cache-lab"))?;
    book::build(Some(&player), &out.join("book"), Some("../"))?;
    // Hosts that would run the files through a generator of their own leave them alone.
    fs::write(out.join(".nojekyll"), "")?;
    say(&format!("the site is in {}: page in its root, book/, and the element in dm-cache-lab/", args.out));
    Ok(())
}
