//! `mdbook-dm-cache-lab`: a preprocessor for any mdBook, and `build`, which makes this repository's book without an installed mdBook.
//!
//! In another book's `book.toml`: `[preprocessor.dm-cache-lab]`, with `player = "URL of the element's script"` where players are wanted,
//! and `lab = "URL of the page"` where they shall link to it.

mod build;
mod figures;

use anyhow::Result;
use clap::{Parser, Subcommand};
use figures::Figures;
use mdbook_preprocessor::{Preprocessor as _, parse_input};

#[derive(Parser)]
#[command(name = "mdbook-dm-cache-lab", version, about)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// mdBook's question whether a renderer is served
    Supports {
        /// The renderer's name
        renderer: String,
    },
    /// Build a book with its figures
    Build(build::Args),
}

fn main() -> Result<()> {
    match Args::parse().command {
        Some(Command::Supports { renderer }) => std::process::exit(i32::from(!Figures::serves(&renderer))),
        Some(Command::Build(args)) => build::run(&args),
        None => {
            let (context, book) = parse_input(std::io::stdin())?;
            let book = Figures.run(&context, book)?;
            serde_json::to_writer(std::io::stdout(), &book)?;
            Ok(())
        }
    }
}
