//! cache_check and cache_dump 0.9 over a device of the machine.

use super::array_wording::{self, Values};
use super::exec::Ran;
use super::small;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::world::{Failure, Usage, World, work_of_bytes};
use dm_cache_image::damage::{Area, Fault};
use dm_cache_image::{check, dump};

/// What 0.9 says of a metadata device that a table holds.
pub(super) const LIVE: &str =
    "syscall 'open' failed: Device or resource busy\nNote: you cannot run this tool with these options on live metadata.";
/// Where a superblock keeps its flags, and the one that asks for a check.
const FLAGS_AT: usize = 4;
const NEEDS_CHECK: u8 = 2;
/// Where it keeps `policy_hint_size`: 0.9 doesn't read the field, and so writes 0 into it with every superblock.
const HINT_SIZE: std::ops::Range<usize> = 60..64;
const BLOCK: usize = 4096;

/// `cache_check [-q] [--super-block-only] [--skip-…] [--clear-needs-check-flag] DEVICE`.
pub(super) fn cache_check(world: &mut World, args: &[String]) -> Ran {
    let (mut options, mut clear, mut quiet) = (check::Options::default(), false, false);
    for flag in args.iter().filter(|a| a.starts_with('-')) {
        match flag.as_str() {
            "--clear-needs-check-flag" => clear = true,
            "-q" | "--quiet" => quiet = true,
            "--super-block-only" => options.super_block_only = true,
            "--skip-mappings" => options.skip_mappings = true,
            "--skip-hints" => options.skip_hints = true,
            "--skip-discards" => options.skip_discards = true,
            other => return Ran::fail(1, format!("cache_check: unrecognized option '{other}'")),
        }
    }
    let (dev, image) = match image(world, args) {
        Ok(found) => found,
        Err(text) => return Ran::fail(1, text),
    };
    let report = check::check(&image, &options);
    let rc = report.cache_check_exit_code();
    if rc == 0
        && clear
        && report.superblock.as_ref().is_some_and(|sb| sb.flags & dm_cache_image::format::NEEDS_CHECK != 0)
        && let Err(failure) = clear_needs_check(world, dev, &image)
    {
        return Ran::failure(&failure, |text| text.to_owned());
    }
    let stderr = if quiet { String::new() } else { wording(&report, &image) };
    Ran { stderr, rc, ..Ran::ok("") }
}

/// The report in 0.9's words, which names the dirty bitset and the space map nowhere and reads no discards.
fn wording(report: &check::Report, image: &[u8]) -> String {
    let mut text = "examining superblock\n".to_owned();
    for d in report.damages.iter().filter(|d| d.area == Area::Superblock && d.seen_by_cache_check) {
        match &d.fault {
            Fault::Field { .. } => text.push_str(&format!("  superblock is invalid\n    {}\n", d.fault)),
            _ => text.push_str("  superblock is corrupt\n    bad checksum in superblock\n"),
        }
    }
    let Some(sb) = report.superblock.as_ref().filter(|_| report.examined.len() > 1) else { return text };
    for (area, absent) in [(Area::Mapping, ""), (Area::Hint, "no hint array present\n"), (Area::Discard, "no discard bitset present\n")] {
        let root = match area {
            Area::Hint => sb.hint_root,
            Area::Discard => sb.discard_root,
            _ => sb.mapping_root,
        };
        if report.examined.contains(&area) {
            text.push_str(&format!("examining {area}\n"));
            if let Some(values) = Values::of(area) {
                text.push_str(&array_wording::faults(report, image, values, root, u64::from(sb.cache_blocks)));
            }
        } else if root == 0 {
            text.push_str(absent);
        }
    }
    text
}

/// `cache_dump DEVICE`.
pub(super) fn cache_dump(world: &mut World, args: &[String]) -> Ran {
    let repair = args.iter().any(|a| a == "-r" || a == "--repair");
    let (_, image) = match image(world, args) {
        Ok(found) => found,
        Err(text) => return Ran::fail(1, text),
    };
    let mut text = Vec::new();
    let options = dump::Options { repair, as_0_9: true, ..dump::Options::default() };
    let result = dump::dump(&image, &mut text, &options);
    let printed = Ran::ok(String::from_utf8_lossy(&text).into_owned());
    match result {
        Ok(_) => printed,
        // What was read before the damage has been printed by then.
        Err(error) => Ran { stderr: format!("{error}\n"), rc: 1, ..printed },
    }
}

/// The device named and its bytes, unless somebody holds it.
fn image(world: &mut World, args: &[String]) -> Result<(DevNo, Vec<u8>), String> {
    let path = args.iter().find(|a| !a.starts_with('-')).ok_or("No input file provided.")?;
    let dev = world.lookup_dev(path).map_err(|_| format!("Couldn't stat path '{path}'"))?;
    if !small::holders_of(world, dev).is_empty() {
        return Err(LIVE.to_owned());
    }
    Ok((dev, bytes(world, dev).map_err(|failure| failure.to_string())?))
}

/// All bytes of a device.
pub(super) fn bytes(world: &mut World, dev: DevNo) -> Result<Vec<u8>, Failure> {
    let len = world.sectors(dev).saturating_mul(512);
    // Asked of the device, and moved by its disks; the bytes, and the text about them.
    world.allows(Usage { work: 2 * work_of_bytes(len), memory: 2 * len, ..Usage::default() })?;
    world.read(dev, 0, len, true)
}

/// Takes the flag off, where it is set, and seals the block again; the checksum's salt drops out of the difference.
fn clear_needs_check(world: &mut World, dev: DevNo, image: &[u8]) -> Result<(), dm_cache_engine::world::Failure> {
    let Some(old) = image.get(..BLOCK) else { return Ok(()) };
    let mut block = old.to_vec();
    if let Some(flags) = block.get_mut(FLAGS_AT) {
        *flags &= !NEEDS_CHECK;
    }
    if let Some(hint_size) = block.get_mut(HINT_SIZE) {
        hint_size.fill(0);
    }
    let change = |b: &[u8]| crc32c::crc32c(b.get(FLAGS_AT..).unwrap_or_default());
    let difference = (change(old) ^ change(&block)).to_le_bytes();
    for (byte, d) in block.iter_mut().zip(difference) {
        *byte ^= d;
    }
    world.write(dev, 0, &block, true).map(|_| ())
}
