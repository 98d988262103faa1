//! Runs a scenario, cuts the power after each metadata write, and says what is lost.

use super::scenarios::{Scenario, Step};
use dm_cache_engine::device::{DevNo, PAGE_SIZE};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::{Moment, World};
use dm_cache_image::check;
use dm_cache_image::damage::{self, Area, Damage};
use dm_cache_image::format::CLEAN_SHUTDOWN;
use dm_cache_lab::shell;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const BLOCK: u64 = 65536;
const ORIGIN_BLOCKS: u64 = 256;

/// What is wrong with the machine under test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Commits do not flush between their blocks and the superblock.
    NoPrecommitFlush,
    /// Each table has a metadata object of its own.
    Unshared,
}

/// A cut after which something was missing.
#[derive(Debug)]
#[allow(dead_code, reason = "read by a person when a test fails")]
pub(crate) struct Loss {
    /// During which step, and after which of its metadata writes (from 1).
    pub(crate) step: usize,
    pub(crate) write: usize,
    /// What became of the unflushed metadata writes.
    pub(crate) way: &'static str,
    pub(crate) what: What,
}

impl Loss {
    /// Metadata that our check refuses, or the kernel.
    pub(crate) fn damaged(&self) -> bool {
        !matches!(self.what, What::Lost(_))
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "read by a person when a test fails")]
pub(crate) enum What {
    /// Our check of the metadata device, before or after re-creation.
    Check(&'static str, String),
    /// Re-creation failed or left the cache degraded.
    Create(String),
    /// Blocks that read neither what was fsynced nor what was written since.
    Lost(Vec<u64>),
}

#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) cuts: usize,
    pub(crate) losses: Vec<Loss>,
}

/// What a block may hold after a cut now.
#[derive(Clone, Default)]
struct Promise {
    /// Acknowledged by an fsync.
    flushed: u8,
    /// Written, or being written, since.
    since: Vec<u8>,
    /// Discarded since: anything goes.
    any: bool,
}

impl Promise {
    fn allows(&self, page: &[u8]) -> bool {
        let first = page[0];
        self.any || ((first == self.flushed || self.since.contains(&first)) && page.iter().all(|b| *b == first))
    }
}

pub(crate) fn machine(cache_blocks: u64, sharing: bool) -> (World, DevNo) {
    let mut w = World::new(Kernel::V6_1, sharing);
    let meta = w.add_disk("meta", 1024);
    w.add_disk("cache", cache_blocks * 128);
    w.add_disk("origin", ORIGIN_BLOCKS * 128);
    (w, meta)
}

/// Runs a line that must succeed.
pub(crate) fn sh(w: &mut World, line: &str) -> String {
    let out = shell::type_in(w, line);
    assert_eq!((out.rc, out.hang), (0, None), "{line}: {}", out.both);
    out.stdout
}

pub(crate) fn run(scenario: &Scenario, fault: Fault) -> Outcome {
    let (mut w, meta) = machine(scenario.cache_blocks, fault != Fault::Unshared);
    w.set_skip_precommit_flush(fault == Fault::NoPrecommitFlush);
    w.watch_writes(Some(meta));
    let mut promises: BTreeMap<u64, Promise> = BTreeMap::new();
    let mut outcome = Outcome::default();
    for (step, command) in scenario.steps.iter().enumerate() {
        match *command {
            Step::Write { block, count, byte } => {
                for b in block..block + count {
                    promises.entry(b).or_default().since.push(byte);
                }
            }
            Step::Discard { block, count } => {
                for b in block..block + count {
                    promises.insert(b, Promise { any: true, ..Promise::default() });
                }
            }
            _ => {}
        }
        let ended = perform(&mut w, command);
        if fault == Fault::None {
            ended.unwrap_or_else(|e| panic!("{} step {step}: {e}", scenario.name));
        }
        let moments = w.take_moments();
        for (write, moment) in moments.iter().enumerate() {
            cut_every_way(&w, moment, meta, scenario, &promises, &mut |way, what| {
                outcome.cuts += 1;
                if let Some(what) = what {
                    outcome.losses.push(Loss { step, write: write + 1, way, what });
                }
            });
        }
        if matches!(command, Step::Fsync) {
            for promise in promises.values_mut() {
                if let Some(last) = promise.since.pop() {
                    *promise = Promise { flushed: last, ..Promise::default() };
                }
            }
        }
    }
    outcome
}

fn perform(w: &mut World, command: &Step) -> Result<(), String> {
    let dev = w.lookup_dev("/dev/mapper/c");
    let say = |e: dm_cache_engine::world::Failure| e.to_string();
    match *command {
        Step::Sh(line) => {
            let out = shell::type_in(w, line);
            return if out.rc == 0 { Ok(()) } else { Err(format!("{line}: {}", out.both)) };
        }
        Step::Settle => w.settle(),
        Step::Fsync => w.fsync(dev.unwrap()).map_err(say)?,
        Step::Discard { block, count } => w.discard(dev.unwrap(), block * 128, count * 128).map_err(say)?,
        Step::Write { block, count, byte } => {
            for b in block..block + count {
                w.write(dev.unwrap(), b * BLOCK, &vec![byte; BLOCK as usize], false).map_err(say)?;
            }
        }
        Step::Read { block, count } => {
            for b in block..block + count {
                w.read(dev.unwrap(), b * BLOCK, BLOCK, true).map_err(say)?;
            }
        }
    }
    Ok(())
}

/// Which sectors of unflushed metadata write `index` of `n` arrive, under each way of losing power.
type Way = (&'static str, fn(u64, u64) -> u8);
const WAYS: [Way; 7] = [
    ("all lost", |_, _| 0),
    ("all kept", |_, _| 0xff),
    ("only the last kept", |i, n| if i + 1 == n { 0xff } else { 0 }),
    ("the last torn after its first sector", |i, n| if i + 1 == n { 0x01 } else { 0xff }),
    ("the last torn, its first sector missing", |i, n| if i + 1 == n { 0xfe } else { 0xff }),
    ("half of them", |i, n| if scramble(i, n) & 1 == 0 { 0xff } else { 0 }),
    ("sectors here and there", |i, n| scramble(i, n ^ 0x5eed).to_le_bytes()[0]),
];

/// A seeded coin that is the same everywhere (splitmix64).
fn scramble(index: u64, seed: u64) -> u64 {
    let mut z = (index.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn cut_every_way(
    w: &World,
    moment: &Moment,
    meta: DevNo,
    scenario: &Scenario,
    promises: &BTreeMap<u64, Promise>,
    judge: &mut dyn FnMut(&'static str, Option<What>),
) {
    let n = moment.disk(meta).unwrap().unflushed().len() as u64;
    let mut tried = BTreeSet::new();
    for (way, sectors) in WAYS {
        let fate: Vec<u8> = (0..n).map(|i| sectors(i, n)).collect();
        if !tried.insert(fate) {
            continue;
        }
        let mut after = w.clone();
        after.watch_writes(None);
        after.set_skip_precommit_flush(false);
        after.power_cut_at(moment, &|dev, i| if dev == meta { sectors(i, n) } else { 0xff });
        judge(way, whats_wrong(&mut after, meta, scenario, promises));
    }
}

fn whats_wrong(w: &mut World, meta: DevNo, scenario: &Scenario, promises: &BTreeMap<u64, Promise>) -> Option<What> {
    let image = w.image(meta).unwrap();
    // Nothing written yet: the kernel formats it.
    if image[..PAGE_SIZE].iter().any(|b| *b != 0)
        && let Some(text) = unsound(&image, scenario)
    {
        return Some(What::Check("before re-creation", text));
    }
    w.take_klog();
    let created = shell::type_in(w, scenario.again);
    let status = shell::type_in(w, "dmsetup status --noflush c").stdout;
    if created.rc != 0 || !status.contains(" rw - ") {
        return Some(What::Create(format!("{}{status}{:?}", created.both, w.take_klog())));
    }
    let dev = w.lookup_dev("/dev/mapper/c").unwrap();
    let intact = |w: &mut World, block: u64, promise: &Promise| {
        w.read(dev, block * BLOCK, BLOCK, true).is_ok_and(|data| data.chunks(PAGE_SIZE).all(|page| promise.allows(page)))
    };
    let lost: Vec<u64> = promises.iter().filter(|(block, promise)| !intact(w, **block, promise)).map(|(block, _)| *block).collect();
    if !lost.is_empty() {
        return Some(What::Lost(lost));
    }
    sh(w, "dmsetup remove c");
    unsound(&w.image(meta).unwrap(), scenario).map(|text| What::Check("after re-creation and removal", text))
}

fn unsound(image: &[u8], scenario: &Scenario) -> Option<String> {
    let report = check::check(&image, &check::Options::default());
    let unclean = report.superblock.as_ref().is_some_and(|sb| sb.flags & CLEAN_SHUTDOWN == 0);
    // Linux gives new cache blocks their hints at the next suspend, and reads no hints after an unclean stop.
    // cache_check 0.9 calls the short array damage, and so do we; it costs nothing.
    let short_hints = |d: &&Damage| scenario.grows && unclean && d.area == Area::Hint && matches!(d.fault, damage::Fault::Missing);
    (!report.damages.iter().all(|d| short_hints(&d))).then(|| report.to_string())
}
