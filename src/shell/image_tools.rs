//! cache_check and cache_dump 0.9 over a device of the machine.

use super::exec::Ran;
use super::small;
use crate::device::DevNo;
use crate::image::{check, dump};
use crate::world::World;

/// What 0.9 says of a metadata device that a table holds.
const LIVE: &str = "syscall 'open' failed: Device or resource busy\nNote: you cannot run this tool with these options on live metadata.";
/// Where a superblock keeps its flags, and the one that asks for a check.
const FLAGS_AT: usize = 4;
const NEEDS_CHECK: u8 = 2;
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
        && let Err(failure) = clear_needs_check(world, dev, &image)
    {
        return Ran::failure(&failure, |text| text.to_owned());
    }
    let stderr = if quiet { String::new() } else { wording(&report) };
    Ran { stderr, rc, ..Ran::ok("") }
}

/// The report without what 0.9 does not look at: the dirty bitset and the space map.
fn wording(report: &check::Report) -> String {
    let mut text = String::new();
    let mut keep = true;
    for line in report.to_string().lines() {
        if line.starts_with("examining ") {
            keep = ["superblock", "mapping array", "hint array", "discard bitset"].iter().any(|a| line.ends_with(a));
        }
        if keep && (line.starts_with("examining ") || line.starts_with("  ") || line.starts_with("no ")) {
            text.push_str(line);
            text.push('\n');
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
    let options = dump::Options { repair, ..dump::Options::default() };
    match dump::dump(&image, &mut text, &options) {
        Ok(_) => Ran::ok(String::from_utf8_lossy(&text).into_owned()),
        Err(error) => Ran::fail(1, error.to_string()),
    }
}

/// The device named and its bytes, unless somebody holds it.
fn image(world: &mut World, args: &[String]) -> Result<(DevNo, Vec<u8>), String> {
    let path = args.iter().find(|a| !a.starts_with('-')).ok_or("No input file provided.")?;
    let dev = world.lookup_dev(path).map_err(|_| format!("Couldn't stat path '{path}'"))?;
    if !small::holders_of(world, dev).is_empty() {
        return Err(LIVE.to_owned());
    }
    let len = world.sectors(dev).saturating_mul(512);
    let image = world.read(dev, 0, len, true).map_err(|failure| failure.to_string())?;
    Ok((dev, image))
}

/// Takes the flag off and seals the block again; the checksum's salt drops out of the difference.
fn clear_needs_check(world: &mut World, dev: DevNo, image: &[u8]) -> Result<(), crate::world::Failure> {
    let Some(old) = image.get(..BLOCK) else { return Ok(()) };
    let mut block = old.to_vec();
    if let Some(flags) = block.get_mut(FLAGS_AT) {
        *flags &= !NEEDS_CHECK;
    }
    let change = |b: &[u8]| crc32c::crc32c(b.get(FLAGS_AT..).unwrap_or_default());
    let difference = (change(old) ^ change(&block)).to_le_bytes();
    for (byte, d) in block.iter_mut().zip(difference) {
        *byte ^= d;
    }
    world.write(dev, 0, &block, true, true).map(|_| ())
}
