//! Builds a book with mdBook's own library, the figures as one more preprocessor.

use crate::figures::Figures;
use anyhow::{Context as _, Result};
use mdbook_driver::MDBook;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with `book.toml`
    #[arg(default_value = "book")]
    book: PathBuf,
    /// Where the pages go
    #[arg(long, default_value = "target/book")]
    dest: PathBuf,
    /// Folder of the built element; without it figures are pictures and text
    #[arg(long, value_name = "DIR")]
    player: Option<PathBuf>,
    /// Where the page stands, as the book's own folder sees it; players link to it
    #[arg(long, value_name = "ADDRESS")]
    lab: Option<String>,
}

/// The folder of the element beside the pages, and the script in it that pages load.
const PLAYER: &str = "dm-cache-lab";
const ENTRY: &str = "element.js";

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut book = MDBook::load(&args.book).with_context(|| format!("cannot read the book in {}", args.book.display()))?;
    book.config.build.build_dir = std::path::absolute(&args.dest)?;
    if let Some(player) = &args.player {
        anyhow::ensure!(player.join(ENTRY).is_file(), "{} holds no {ENTRY}: is the package built?", player.display());
        book.config.set("preprocessor.dm-cache-lab.player", format!("{PLAYER}/{ENTRY}"))?;
    }
    if let Some(lab) = &args.lab {
        book.config.set("preprocessor.dm-cache-lab.lab", lab)?;
    }
    book.with_preprocessor(Figures);
    book.build().context("the book does not build")?;
    if let Some(player) = &args.player {
        copy(player, &args.dest.join(PLAYER))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
