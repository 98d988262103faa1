//! `cargo xtask bench`: how fast, beside the real tools where there are any.

mod blocks;
mod image;
mod instructions;
mod page;
mod seek;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Rounds; the best time of each program counts
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Count instructions of image commands and block requests with valgrind, instead of timing anything
    #[arg(long, conflicts_with = "part")]
    instructions: bool,
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
    /// Going to any step of a run of 10,000, native beside wasm
    Seek,
    /// The page: time to the first picture, work in each frame, a step of a large machine
    Page,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.instructions {
        return instructions::run();
    }
    let wanted = |part| args.part.is_none_or(|only| only == part);
    if wanted(Part::Image) {
        image::run(args.rounds)?;
    }
    if wanted(Part::Blocks) {
        blocks::run()?;
    }
    if wanted(Part::Seek) {
        seek::run()?;
    }
    if wanted(Part::Page) {
        page::run()?;
    }
    Ok(())
}
