//! A machine over an image: a script with disks of the right sizes and the table line that the metadata asks for.
//!
//! The image itself is in no script: a disk is filled `from` the file of that name.

use super::Shown;
use crate::scenario::machine::CACHE_BLOCKS_MAX;
use crate::scenario::parse::DISK_SECTORS_MAX;
use dm_cache_image::activate::Proposal;

/// Blocks of the largest image that a machine takes.
const BLOCKS_MAX: usize = 16_384;

/// A file's name as a script has it.
pub(in crate::app) fn name_in_scripts(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && *c != '"').take(80).collect()
}

/// Whether a script fills a disk from a file, which no link holds.
pub(in crate::app) fn over_an_image(script: &str) -> bool {
    crate::scenario::parse("script", script).is_ok_and(|s| s.disks.iter().any(|d| d.from.is_some()))
}

/// The script, or why there is none.
pub(in crate::app) fn script_of(shown: &Shown, blocks: usize) -> Result<String, String> {
    let (image, verdict, origin) = (&shown.overview, &shown.verdict, shown.origin);
    if blocks > BLOCKS_MAX {
        return Err(format!("The image has {blocks} blocks in use; the simulator takes {BLOCKS_MAX} at most."));
    }
    if u64::from(image.cache_blocks) > CACHE_BLOCKS_MAX {
        return Err(format!("The cache has {} blocks; the simulator takes {CACHE_BLOCKS_MAX} at most.", image.cache_blocks));
    }
    if origin > DISK_SECTORS_MAX {
        return Err(format!(
            "The metadata describes an origin of {origin} sectors; the simulator's disks have at most {DISK_SECTORS_MAX}."
        ));
    }
    let name = name_in_scripts(&image.name);
    let table = Proposal { origin_sectors: origin, ..verdict.proposal.clone() };
    Ok(format!(
        "dm-cache-lab 1\n# {name}, activated\n# A cache over the metadata of this file; what is on its cache and its origin device is not in it, so both are zeros.\n\
         kernel {}\nsharing on\ndisk meta {}s from \"{name}\"\ndisk fast {}s\ndisk slow {origin}s\n\n\
         $ cache_check /dev/meta\n\
         # The table as the superblock has it. Background work stands still (migration_threshold 0), so that the image is what you step through.\n\
         $ dmsetup create c --table '{} 2 migration_threshold 0'\n\
         $ dmsetup status c\n",
        verdict.kernel,
        image.nr_blocks * 8,
        table.cache_sectors(),
        table.table().trim_end_matches(" 0"),
    ))
}
