//! `dmlab notices`

/// Written by `cargo xtask notices`.
const TEXT: &str = include_str!("../../THIRD-PARTY-NOTICES.txt");

/// Print the licences of the third-party code in this program, the page, the book and the element.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> super::Outcome {
    super::print(TEXT.as_bytes())?;
    Ok(true)
}
