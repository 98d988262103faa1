//! `cargo xtask site`: page, book and element as one folder of static files, for any host and any path.

use crate::sh::{cmd, root, say};
use crate::tools::{Progress, page_builder};
use crate::{book, package};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

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
    copy_all(&player, &out.join("dm-cache-lab"))?;
    book::build(Some(&player), &out.join("book"), Some("../"))?;
    // Hosts that would run the files through a generator of their own leave them alone.
    fs::write(out.join(".nojekyll"), "")?;
    say(&format!("the site is in {}: page in its root, book/, and the element in dm-cache-lab/", args.out));
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
