//! `cache_writeback`.

use super::super::exec::{Ran, take_work};
use super::super::image_tools;
use super::{failed, free, last, options};
use crate::getopt::Known;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::world::{Failure, World, work_of_bytes};
use dm_cache_image::writeback::{Options, dirty};

const KNOWN: [Known; 8] = [
    ("help", 'h', false),
    ("version", 'V', false),
    ("metadata-device", '\0', true),
    ("origin-device", '\0', true),
    ("fast-device", '\0', true),
    ("buffer-size-meg", '\0', true),
    ("list-failed-blocks", '\0', false),
    ("no-metadata-update", '\0', false),
];
const USAGE: &str = include_str!("cache_writeback.txt");
/// What stays on a terminal of the bar.
const BAR: &str = "Copying data: [==================================================]   100%\n";

/// `cache_writeback --metadata-device DEVICE --origin-device DEVICE --fast-device DEVICE [--no-metadata-update]`, as 0.9.0 does it: it reads no
/// dirty bitset, so in metadata of version 2 it finds nothing dirty; it counts every block as copied, one that failed, too; and when it comes
/// to the superblock it crashes, before anything has been written to the metadata.
pub(in crate::shell) fn cache_writeback(world: &mut World, args: &[String]) -> Ran {
    written_back(world, args).unwrap_or_else(|ran| ran)
}

fn written_back(world: &mut World, args: &[String]) -> Result<Ran, Ran> {
    let (options, words) = options("cache_writeback", args, &KNOWN, USAGE, "")?;
    let misused = |what: &str| Ran { stderr: format!("{what}{USAGE}"), rc: 1, ..Ran::ok("") };
    match last(&options, "buffer-size-meg").map(|size| (size, size.parse::<u32>())) {
        Some((size, Err(_))) => return Err(misused(&format!("Couldn't parse buffer size: '{size}'\n"))),
        Some((_, Ok(0))) => return Err(Ran::fail(1, "io_setup failed")),
        _ => {}
    }
    if !words.is_empty() {
        return Err(misused(""));
    }
    let given = |name, what: &str| last(&options, name).ok_or_else(|| misused(&format!("No {what} device provided.\n\n")));
    let metadata = given("metadata-device", "metadata")?;
    let (origin, fast) = (given("origin-device", "origin")?, given("fast-device", "fast")?);
    let metadata = world.lookup_dev(metadata).map_err(|_| Ran::fail(1, "Couldn't stat path"))?;
    free(world, metadata)?;
    let image = image_tools::bytes(world, metadata).map_err(|failure| failed(&failure))?;
    let found = dirty(&image, &Options { as_0_9: true }).map_err(|error| Ran::fail(1, error.to_string()))?;
    let open = |path: &str| {
        let dev = world.lookup_dev(path).ok().filter(|dev| free(world, *dev).is_ok());
        dev.ok_or_else(|| Ran::fail(1, format!("unable to open '{path}'")))
    };
    let (origin, fast) = (open(origin)?, open(fast)?);

    let bytes = u64::from(found.block_sectors) * 512;
    let mut copied = Vec::new();
    for (cblock, oblock) in &found.blocks {
        match copy(world, (fast, cblock * bytes), (origin, oblock.saturating_mul(bytes)), bytes) {
            Ok(()) => copied.push(*cblock),
            Err(Failure::Errno(_)) => {}
            Err(hang) => return Err(failed(&hang)),
        }
    }
    let all = found.blocks.len();
    let mut text = format!("{BAR}{all}/{all} blocks successfully copied.\n");
    if !found.damages.is_empty() {
        text.push_str("Metadata corruption was found, some data may not have been copied.\n");
    }
    if last(&options, "no-metadata-update").is_some() {
        return Ok(Ran::ok(text + "\n"));
    }
    // Both streams of it, in the order in which a terminal shows them.
    text.push_str("Updating metadata ... ");
    copied.iter().for_each(|cblock| text.push_str(&format!("clearing dirty flag for block {cblock}\n")));
    Ok(Ran { rc: 139, ..Ran::ok(text + "Segmentation fault\n") })
}

fn copy(world: &mut World, from: (DevNo, u64), to: (DevNo, u64), bytes: u64) -> Result<(), Failure> {
    take_work(world, 2 * work_of_bytes(bytes))?;
    let ends_within = |world: &World, (dev, at): (DevNo, u64)| at.checked_add(bytes).is_some_and(|end| end <= world.sectors(dev) * 512);
    if !ends_within(world, from) || !ends_within(world, to) {
        return Err(Errno::NoSpc.into());
    }
    let block = world.read(from.0, from.1, bytes, true)?;
    world.write(to.0, to.1, &block, false)?;
    world.fsync(to.0)?;
    Ok(())
}
