//! What the kernel says of a running cache. lvm2 asks without a flush, so its looks never commit.

use dm_cache_engine::mapper::StatusKind;
use dm_cache_engine::world::World;

/// A cache's status line, as far as lvm2 shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// It failed; then nothing else is known.
    pub(super) fails: bool,
    pub(super) read_only: bool,
    pub(super) metadata_used: u64,
    pub(super) metadata_total: u64,
    pub(super) used: u64,
    pub(super) total: u64,
    /// Read hits and misses, write hits and misses.
    pub(super) requests: [u64; 4],
    pub(super) dirty: u64,
    pub(super) mode: String,
    pub(super) policy: String,
    /// Core and policy settings, as `key=value`.
    pub(super) settings: Vec<String>,
}

/// The status of the device of that name; none where there is none, or it is no cache.
pub(super) fn of(world: &mut World, name: &str) -> Option<Status> {
    let lines = world.table_status(name, false, StatusKind::Info, true).ok()?;
    let line = lines.into_iter().find(|line| line.kind == "cache")?;
    read(&line.status)
}

fn read(line: &str) -> Option<Status> {
    if matches!(line.trim(), "Fail" | "Error") {
        return Some(Status { fails: true, ..Status::default() });
    }
    let mut words = line.split_whitespace();
    let mut status = Status::default();
    let pair = |word: &str| {
        let (a, b) = word.split_once('/')?;
        Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?))
    };
    words.next()?;
    (status.metadata_used, status.metadata_total) = pair(words.next()?)?;
    words.next()?;
    (status.used, status.total) = pair(words.next()?)?;
    for count in &mut status.requests {
        *count = words.next()?.parse().ok()?;
    }
    // Demotions and promotions.
    words.next()?;
    words.next()?;
    status.dirty = words.next()?.parse().ok()?;
    let features: usize = words.next()?.parse().ok()?;
    for _ in 0..features {
        let feature = words.next()?;
        if matches!(feature, "writethrough" | "writeback" | "passthrough") {
            status.mode = feature.to_owned();
        }
    }
    settings(&mut words, &mut status.settings)?;
    status.policy = words.next()?.to_owned();
    settings(&mut words, &mut status.settings)?;
    status.read_only = words.next()? == "ro";
    Some(status)
}

/// A count, and so many words in pairs.
fn settings<'l>(words: &mut impl Iterator<Item = &'l str>, out: &mut Vec<String>) -> Option<()> {
    let count: usize = words.next()?.parse().ok()?;
    for _ in 0..count / 2 {
        let (key, value) = (words.next()?, words.next()?);
        out.push(format!("{key}={value}"));
    }
    Some(())
}
