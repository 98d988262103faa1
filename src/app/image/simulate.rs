//! A machine over an image: a script with disks of the right sizes and the table line that the metadata asks for.

use crate::scenario::parse::DISK_SECTORS_MAX;
use dm_cache_image::browse::seen::Overview;

/// Blocks of the largest image that a machine takes.
const BLOCKS_MAX: usize = 16_384;
/// Cache blocks of the largest cache that is run in a page.
const CACHE_BLOCKS_MAX: u32 = 1_000_000;

/// The script, or why there is none.
pub(in crate::app) fn script_of(image: &Overview, blocks: usize) -> Result<String, String> {
    if blocks > BLOCKS_MAX {
        return Err(format!("The image has {blocks} blocks in use; the simulator takes {BLOCKS_MAX} at most."));
    }
    if image.cache_blocks > CACHE_BLOCKS_MAX {
        return Err(format!("The cache has {} blocks; the simulator takes {CACHE_BLOCKS_MAX} at most.", image.cache_blocks));
    }
    if image.data_block_size == 0 {
        return Err("The superblock has no block size.".to_owned());
    }
    let block = u64::from(image.data_block_size);
    let kib = |sectors: u64| format!("{}K", sectors.div_ceil(2));
    let field = |name: &str| image.superblock.iter().find(|f| f.name == name).and_then(|f| f.value.parse::<u64>().ok()).unwrap_or(0);
    // The origin reaches as far as any mapping and any discard does.
    let discarded = field("discard_block_size").saturating_mul(field("discard_nr_blocks"));
    let origin = image.chart.highest.saturating_add(1).saturating_mul(block).max(discarded).max(block);
    if origin > DISK_SECTORS_MAX {
        return Err(format!("The metadata describes an origin of {origin} sectors; the simulator's disks have at most {DISK_SECTORS_MAX}."));
    }
    let cache_blocks = u64::from(image.cache_blocks.max(1));
    let features = if image.version == 2 { "2 metadata2 writeback" } else { "1 writeback" };
    let policy = match image.policy.split(' ').next() {
        Some("cleaner") => "cleaner",
        _ => "smq",
    };
    let title: String = image.name.chars().filter(|c| !c.is_control()).take(80).collect();
    Ok(format!(
        "dm-cache-lab 1\n# {title}\n# A cache over the metadata of this image; what is on its cache and its origin device is not in the image, so both are zeros.\nkernel 6.1\nsharing off\n\
         disk meta {}\ndisk fast {}\ndisk slow {}\n\n\
         $ cache_check /dev/meta\n\
         # Background work stands still (migration_threshold 0), so that the image is what you step through.\n\
         $ dmsetup create c --table '0 {origin} cache /dev/meta /dev/fast /dev/slow {block} {features} {policy} 2 migration_threshold 0'\n\
         $ dmsetup status c\n",
        kib(image.nr_blocks * 8),
        kib(cache_blocks * block),
        kib(origin),
    ))
}
