//! `cache_metadata_size`.

use super::super::exec::Ran;
use super::{last, number, options, small_number};
use crate::getopt::Known;
use dm_cache_image::size::{HINT_WIDTH, sectors};

const KNOWN: [Known; 6] = [
    ("help", 'h', false),
    ("version", 'V', false),
    ("block-size", '\0', true),
    ("device-size", '\0', true),
    ("nr-blocks", '\0', true),
    ("max-hint-width", '\0', true),
];

/// `cache_metadata_size {--block-size SECTORS --device-size SECTORS | --nr-blocks N} [--max-hint-width BYTES]`.
pub(in crate::shell) fn cache_metadata_size(args: &[String]) -> Ran {
    advised(args).unwrap_or_else(|ran| ran)
}

fn advised(args: &[String]) -> Result<Ran, Ran> {
    let (options, _) = options("cache_metadata_size", args, &KNOWN, include_str!("cache_metadata_size.txt"), "Invalid command line\n")?;
    let of = |name| last(&options, name).map(number).transpose();
    let (block, device, blocks) = (of("block-size")?, of("device-size")?, of("nr-blocks")?);
    let hint = last(&options, "max-hint-width").map_or(Ok(HINT_WIDTH), small_number)?;
    let says = |text: &str| Err(Ran::fail(1, text));
    let blocks = match (block, device, blocks) {
        (None, None, None) => return says("Please specify either --device-size and --block-size, or --nr-blocks."),
        (Some(_), None, _) => return says("If you specify --block-size you must also give --device-size."),
        (None, Some(_), _) => return says("If you specify --device-size you must also give --block-size."),
        (Some(0), Some(_), _) => return Err(Ran::fail(136, "Floating point exception")),
        (Some(block), Some(device), Some(blocks)) if device / block != blocks => {
            return says("Contradictory arguments given, --nr-blocks doesn't match the --device-size and --block-size.");
        }
        (Some(block), Some(device), _) => device / block,
        (None, None, Some(blocks)) => blocks,
    };
    Ok(Ran::ok(format!("{} sectors\n", sectors(blocks, hint))))
}
