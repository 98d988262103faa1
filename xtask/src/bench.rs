//! `cargo xtask bench`: how fast, beside the real tools where there are any.

mod image;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rounds; the best time of each program counts
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    image::run(args.rounds)
}
