//! `dmlab metadata-size`

use super::Outcome;
use dm_cache_image::size::{HINT_WIDTH, sectors};

/// Say how large a metadata device should be, as cache_metadata_size does.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Size of a cache block, in sectors.
    #[arg(long, value_name = "SECTORS", requires = "device_size", value_parser = clap::value_parser!(u32).range(1..))]
    block_size: Option<u32>,
    /// Size of the fast device, in sectors: not of the origin.
    #[arg(long, value_name = "SECTORS", requires = "block_size")]
    device_size: Option<u64>,
    /// Number of cache blocks.
    #[arg(long, value_name = "N", required_unless_present = "block_size", conflicts_with = "block_size")]
    nr_blocks: Option<u32>,
    /// Bytes of the largest hint.
    #[arg(long, value_name = "BYTES", default_value_t = HINT_WIDTH, value_parser = clap::value_parser!(u32).range(..=128))]
    max_hint_width: u32,
}

pub(super) fn run(args: &Args) -> Outcome {
    let blocks = match (args.nr_blocks, args.block_size, args.device_size) {
        (Some(blocks), ..) => u64::from(blocks),
        (None, Some(block), Some(device)) => device / u64::from(block),
        _ => 0,
    };
    if u32::try_from(blocks).is_err() {
        return Err(miette::miette!("{blocks} cache blocks: Linux counts them with 32 bits"));
    }
    super::print(format!("{} sectors\n", sectors(blocks, args.max_hint_width)).as_bytes())?;
    Ok(true)
}
