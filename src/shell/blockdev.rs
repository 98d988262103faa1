//! blkdiscard and blockdev, as util-linux 2.38 has them.

use super::exec::Ran;
use super::small;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::world::{Failure, Usage, World, work_of_bytes};

/// `blkdiscard [-o OFFSET] [-l LENGTH] [-p STEP] [-z] [-f] [-v] DEVICE`.
pub(super) fn blkdiscard(world: &mut World, args: &[String]) -> Ran {
    let (mut offset, mut length, mut step) = (0, u64::MAX, 0);
    let (mut zero, mut force, mut verbose, mut path) = (false, false, false, None);
    let mut words =
        args.iter().flat_map(|a| a.split_once('=').filter(|_| a.starts_with("--")).map_or(vec![a.as_str()], |(k, v)| vec![k, v]));
    while let Some(word) = words.next() {
        let number = match word {
            "-o" | "--offset" => &mut offset,
            "-l" | "--length" => &mut length,
            "-p" | "--step" => &mut step,
            "-z" | "--zeroout" => {
                zero = true;
                continue;
            }
            "-f" | "--force" => {
                force = true;
                continue;
            }
            "-v" | "--verbose" => {
                verbose = true;
                continue;
            }
            "-s" | "--secure" => return Ran::fail(1, "blkdiscard: BLKSECDISCARD ioctl failed: Operation not supported"),
            w if w.starts_with('-') => {
                return Ran::fail(1, format!("blkdiscard: unrecognized option '{w}'\nTry 'blkdiscard --help' for more information."));
            }
            w => {
                path = Some(w.to_owned());
                continue;
            }
        };
        let text = words.next().unwrap_or_default();
        let Some(value) = size(text) else {
            return Ran::fail(1, format!("blkdiscard: failed to parse {}: '{text}'", word.trim_start_matches('-')));
        };
        *number = value;
    }
    let Some(path) = path else { return Ran::fail(1, "blkdiscard: no device specified") };
    let dev = match world.open_dev(&path) {
        Ok(dev) => dev,
        Err(errno) => return Ran::fail(1, format!("blkdiscard: can't open '{path}': {}", errno.text())),
    };
    if !force && !small::holders_of(world, dev).is_empty() {
        return Ran::fail(1, format!("blkdiscard: can't open '{path}': {}", Errno::Busy.text()));
    }
    let total = world.sectors(dev).saturating_mul(512);
    if offset % 512 != 0 {
        return Ran::fail(1, format!("blkdiscard: {path}: offset {offset} is not aligned to sector size 512"));
    }
    if offset > total {
        return Ran::fail(1, format!("blkdiscard: {path}: offset is greater than device size"));
    }
    let end = offset.saturating_add(length).min(total);
    if (end - offset) % 512 != 0 {
        return Ran::fail(1, format!("blkdiscard: {path}: length {} is not aligned to sector size 512", end - offset));
    }
    if let Err(failure) = world.allows(Usage { work: if zero { work_of_bytes(end - offset) } else { 0 }, ..Usage::default() }) {
        return Ran::failure(&failure, str::to_owned);
    }
    let mut said = String::new();
    let mut at = offset;
    while at < end {
        let len = if step == 0 { end - at } else { step.min(end - at) };
        // The kernel takes whole sectors.
        let done = world.allows(Usage::default()).and_then(|()| match len % 512 {
            0 if zero => write_zeroes(world, dev, at, len),
            0 => world.discard(dev, at / 512, len / 512),
            _ => Err(Errno::Inval.into()),
        });
        if let Err(failure) = done {
            let ioctl = if zero { "BLKZEROOUT" } else { "BLKDISCARD" };
            return Ran::failure(&failure, |text| format!("blkdiscard: {path}: {ioctl} failed: {text}"));
        }
        if verbose {
            let verb = if zero { "Zero-filled" } else { "Discarded" };
            said.push_str(&format!("{path}: {verb} {len} bytes from the offset {at}\n"));
        }
        at += len;
    }
    Ran::ok(said)
}

fn write_zeroes(world: &mut World, dev: DevNo, offset: u64, len: u64) -> Result<(), Failure> {
    const CHUNK: u64 = 1 << 20;
    let zeroes = vec![0; usize::try_from(CHUNK.min(len)).unwrap_or(0)];
    let mut done = 0;
    while done < len {
        let n = CHUNK.min(len - done);
        let bytes = usize::try_from(n).ok().and_then(|n| zeroes.get(..n)).unwrap_or_default();
        world.write(dev, offset + done, bytes, false)?;
        done += n;
    }
    Ok(())
}

/// A size with an optional suffix: `4096`, `64K`, `1M`, `1MiB`, `1MB`, `0x100`.
pub(super) fn size(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, suffix) = text.split_at_checked(end)?;
    let value: u64 = digits.parse().ok()?;
    let suffix = suffix.to_ascii_uppercase();
    let power = match suffix.chars().next() {
        None => return Some(value),
        Some('K') => 1,
        Some('M') => 2,
        Some('G') => 3,
        Some('T') => 4,
        Some(_) => return None,
    };
    let base: u64 = match suffix.get(1..)? {
        "" | "IB" => 1024,
        "B" => 1000,
        _ => return None,
    };
    value.checked_mul(base.checked_pow(power)?)
}

/// `blockdev [--getsz] [--getsize64] [--getss] [--getro] [--setro] [--setrw] [--flushbufs] DEVICE`.
pub(super) fn blockdev(world: &mut World, args: &[String]) -> Ran {
    let (flags, paths): (Vec<&String>, Vec<&String>) = args.iter().partition(|a| a.starts_with('-'));
    if flags.is_empty() || paths.is_empty() {
        return Ran::fail(1, "blockdev: no device specified");
    }
    let mut said = String::new();
    for path in paths {
        let dev = match world.open_dev(path) {
            Ok(dev) => dev,
            Err(errno) => return Ran::fail(1, format!("blockdev: cannot open {path}: {}", errno.text())),
        };
        for flag in &flags {
            match flag.as_str() {
                "--getsz" | "--getsize" => said.push_str(&format!("{}\n", world.sectors(dev))),
                "--getsize64" => said.push_str(&format!("{}\n", world.sectors(dev).saturating_mul(512))),
                "--getss" | "--getpbsz" => said.push_str("512\n"),
                "--getbsz" => said.push_str("4096\n"),
                "--getro" => said.push_str(&format!("{}\n", u8::from(world.is_read_only(dev)))),
                "--setro" | "--setrw" => {
                    if let Err(errno) = world.set_read_only(dev, *flag == "--setro") {
                        return Ran::fail(1, format!("blockdev: ioctl error on BLKROSET: {}", errno.text()));
                    }
                }
                // BLKFLSBUF writes dirty pages, of which this machine has none, and drops clean ones; it sends no flush.
                "--flushbufs" => {}
                other => return Ran::fail(1, format!("blockdev: Unknown command: {other}")),
            }
        }
    }
    Ran::ok(said)
}
