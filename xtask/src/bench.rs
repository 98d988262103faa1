//! `cargo xtask bench`: how fast, beside the real tools where there are any.

mod blocks;
mod image;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rounds; the best time of each program counts
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Only this part
    #[arg(value_enum)]
    part: Option<Part>,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// `check` and `dump` of an image beside Debian's tools
    Image,
    /// Block requests through the target, native beside wasm
    Blocks,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.part != Some(Part::Blocks) {
        image::run(args.rounds)?;
    }
    if args.part != Some(Part::Image) {
        blocks::run()?;
    }
    Ok(())
}
