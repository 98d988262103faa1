//! `cargo xtask build`

use crate::sh::{cmd, say};
use crate::tools::{Progress, page_builder};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The address that the page will stand under
    #[arg(long, default_value = "./")]
    public_url: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    page_builder(Progress::Shown)?;
    cmd("trunk build --release --public-url").arg(&args.public_url).run()?;
    say("the page is in dist");
    Ok(())
}
