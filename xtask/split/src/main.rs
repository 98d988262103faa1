//! Splits the page's program in two, after it was linked: what the first picture needs, and the rest, which is
//! fetched once that stands.
//!
//! Which functions are the rest says a list (`www/later.txt`), made by running the instrumented program
//! (`cargo xtask split`). Where the list is out of date the page is as right as before: a function that no longer exists is
//! ignored, one that the list does not know stays in the first part, and one that is needed earlier than thought
//! fetches the rest at once.

mod instrument;
mod names;
mod page;
mod split;

use clap::Parser;

/// Run by Trunk after a build (`Trunk.toml`), which says in its environment where the page lies.
#[derive(Parser)]
struct Args {
    /// Instead of splitting the program, let it remember which of its functions ran
    #[arg(long, env = "SPLIT_RECORD", value_parser = clap::builder::BoolishValueParser::new())]
    record: bool,
    #[arg(long, env = "TRUNK_PROFILE")]
    profile: String,
    #[arg(long, env = "TRUNK_STAGING_DIR")]
    staging: std::path::PathBuf,
    #[arg(long, env = "TRUNK_SOURCE_DIR")]
    source: std::path::PathBuf,
}

fn main() -> anyhow::Result<()> {
    let Args { record, profile, staging, source } = Args::parse();
    match (profile.as_str(), record) {
        ("release", true) => page::instrument(&staging),
        ("release", false) => page::split(&staging, &source.join("www/later.txt")),
        _ => Ok(()),
    }
}
