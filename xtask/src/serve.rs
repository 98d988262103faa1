//! `cargo xtask serve`

use crate::sh::{cmd, say};
use crate::tools::{Progress, page_builder};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build without optimizing: ready sooner after a change, but slower and larger than what is published
    #[arg(long)]
    dev: bool,
    /// The port to serve on
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    page_builder(Progress::Shown)?;
    say(&format!("building the page; then it is at http://127.0.0.1:{}", args.port));
    let trunk = cmd("trunk serve --port").arg(args.port.to_string());
    if args.dev { trunk.run() } else { trunk.arg("--release").run() }
}
