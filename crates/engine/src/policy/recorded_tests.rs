//! Hints, mappings and work as recorded on Linux 6.1.192 (cases 03c, 03e, 03f, 02), replayed with a policy and just enough of a
//! target around it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use super::view::QueueName;
use super::{Dir, Policy};
use crate::event::WorkOp;

const SECOND: u64 = 1_000_000_000;

/// What the metadata keeps of one cache block: origin block, dirty, hint.
type Disk = BTreeMap<u32, (u64, bool, u32)>;

/// A cache of 256 blocks of 64 KiB over 2048 whose background work is frozen.
struct Cache {
    policy: Policy,
    mapped: BTreeMap<u64, (u32, bool)>,
    now: u64,
}

impl Cache {
    fn fresh(name: &str) -> Self {
        Self::open(name, &Disk::new(), false)
    }

    /// Create and resume: load, then tick.
    fn open(name: &str, disk: &Disk, hints_valid: bool) -> Self {
        let mut policy = Policy::create(name, 256, 262_144, 128, SECOND).unwrap();
        let mut mapped = BTreeMap::new();
        for (cblock, (oblock, dirty, hint)) in disk {
            policy.load_mapping(*oblock, *cblock, *dirty, hints_valid.then_some(*hint)).unwrap();
            mapped.insert(*oblock, (*cblock, *dirty));
        }
        policy.tick(true, SECOND);
        Self { policy, mapped, now: SECOND }
    }

    /// Full-block writes, in writeback mode.
    fn write(&mut self, first: u64, count: u64) {
        for oblock in first..first + count {
            let full = self.policy.residency() == 256;
            let found = self.policy.lookup_with_work(oblock, Dir::Write, true);
            match self.mapped.get_mut(&oblock) {
                Some((cblock, dirty)) => {
                    assert_eq!(found.cblock, Some(*cblock));
                    if !std::mem::replace(dirty, true) {
                        self.policy.set_dirty(*cblock);
                    }
                }
                None if full => assert_eq!(found.work, None),
                None => {
                    let work = found.work.unwrap();
                    self.policy.complete_background_work(&work, true);
                    self.policy.set_dirty(work.cblock);
                    self.mapped.insert(oblock, (work.cblock, true));
                }
            }
        }
    }

    fn read(&mut self, first: u64, count: u64) {
        for oblock in first..first + count {
            let found = self.policy.lookup(oblock, Dir::Read, false);
            assert_eq!(found.cblock, self.mapped.get(&oblock).map(|m| m.0));
        }
    }

    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += SECOND;
            self.policy.tick(true, self.now);
        }
    }

    /// All background work there is, done at once.
    fn work(&mut self, idle: bool) -> usize {
        let mut done = 0;
        while let Ok(work) = self.policy.get_background_work(idle) {
            assert_eq!(work.op, WorkOp::Writeback);
            self.policy.clear_dirty(work.cblock);
            self.policy.complete_background_work(&work, true);
            self.mapped.get_mut(&work.oblock).unwrap().1 = false;
            done += 1;
        }
        done
    }

    fn disk(&self) -> Disk {
        self.mapped.iter().map(|(oblock, (cblock, dirty))| (*cblock, (*oblock, *dirty, self.policy.get_hint(*cblock)))).collect()
    }

    /// `cblock:hint` of all that is not 0, as the decoded recordings have it.
    fn hints(&self) -> String {
        let shown: Vec<String> =
            (0..256).map(|c| (c, self.policy.get_hint(c))).filter(|h| h.1 > 0).map(|(c, h)| format!("{c}:{h}")).collect();
        shown.join(" ")
    }

    /// The hints of all 256 blocks as (how many in a row, hint).
    fn hint_runs(&self) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for hint in (0..256).map(|c| self.policy.get_hint(c)) {
            match runs.last_mut() {
                Some((count, last)) if *last == hint => *count += 1,
                _ => runs.push((1, hint)),
            }
        }
        runs
    }

    fn suspend_and_swap(&mut self) {
        *self = Self::open(self.policy.identity().name, &self.disk(), true);
    }
}

#[test]
fn shared_seed_03c() {
    // 1: reload, write, suspend, resume, read, write, remove
    let mut c = Cache::fresh("smq");
    c.write(0, 4);
    c.write(50, 4);
    assert_eq!(c.hints(), "0:63 1:63 2:63 3:63 4:63 5:63 6:63 7:63");
    assert_eq!(c.disk().into_values().map(|m| m.0).collect::<Vec<_>>(), [0, 1, 2, 3, 50, 51, 52, 53]);
    c.suspend_and_swap();
    c.read(0, 4);
    c.read(50, 4);
    c.wait(3);
    c.write(60, 2);
    assert_eq!(c.hints(), "0:8 1:7 2:6 3:5 4:4 5:3 6:2 7:1 8:63 9:63");
    c.suspend_and_swap();
    assert_eq!(c.hints(), "0:7 1:6 2:5 3:4 4:3 5:2 6:1 8:9 9:8");
    // 2
    c.suspend_and_swap();
    c.write(70, 2);
    assert_eq!(c.hints(), "0:7 1:6 2:5 3:4 4:3 5:2 6:1 8:9 9:8 10:63 11:63");
    c.suspend_and_swap();
    // 3
    c.suspend_and_swap();
    c.write(80, 1);
    assert_eq!(c.hints(), "0:7 1:6 2:5 3:4 4:3 5:2 6:1 8:9 9:8 10:11 11:10 12:63");
    c.suspend_and_swap();
    assert_eq!(c.hints(), "0:7 1:6 2:5 3:4 4:3 5:2 6:1 8:9 9:8 10:11 11:10 12:12");
    // 4: the cleaner does not know smq's hints, nor smq the cleaner's
    let mut c = Cache::open("cleaner", &c.disk(), false);
    let cleaned: usize = (0..4)
        .map(|_| {
            c.wait(1);
            c.work(true)
        })
        .sum();
    assert_eq!(cleaned, 13);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9 10:10 11:11 12:12");
    let c = Cache::open("smq", &c.disk(), false);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9 10:10 11:11 12:12");
}

#[test]
fn unshared_seed_03e() {
    // 1: the second object knows the first four blocks only, and takes them for dirty and without hints
    let mut c = Cache::fresh("smq");
    c.write(0, 4);
    let at_load = c.disk();
    c.write(50, 4);
    let mut c = Cache::open("smq", &at_load, false);
    c.read(0, 4);
    c.read(50, 4);
    c.write(60, 2);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:63 5:63");
    c.suspend_and_swap();
    c.read(0, 4);
    c.read(50, 4);
    c.read(60, 2);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:6 5:5");
    // 6: the safe order
    let mut c = Cache::fresh("smq");
    c.write(0, 4);
    c.write(50, 4);
    c.suspend_and_swap();
    c.read(0, 4);
    c.read(50, 4);
    assert_eq!(c.hints(), "0:8 1:7 2:6 3:5 4:4 5:3 6:2 7:1");
    // 7: two, two and two blocks, the swap shared
    let mut c = Cache::fresh("smq");
    for first in [0, 50, 60] {
        c.write(first, 2);
    }
    c.suspend_and_swap();
    for first in [0, 50, 60] {
        c.read(first, 2);
    }
    assert_eq!(c.hints(), "0:6 1:5 2:4 3:3 4:2 5:1");
}

#[test]
fn reopened_then_suspended_06_good() {
    let mut c = Cache::fresh("smq");
    c.write(0, 8);
    c.suspend_and_swap();
    c.read(0, 8);
    c.write(60, 1);
    assert_eq!(c.hints(), "0:8 1:7 2:6 3:5 4:4 5:3 6:2 7:1 8:63");
}

#[test]
fn a_cleaner_never_idle_cleans_one_block_then_stalls() {
    let mut c = Cache::fresh("smq");
    c.write(0, 8);
    let mut c = Cache::open("cleaner", &c.disk(), false);
    assert_eq!(c.work(false), 1);
    assert_eq!((c.work(false), c.policy.queue_len(QueueName::Dirty)), (0, 7));
    assert_eq!(c.work(true), 7);
}

#[test]
fn a_busy_smq_never_writes_back_by_itself() {
    let mut c = Cache::fresh("smq");
    c.write(0, 8);
    assert_eq!(c.work(false), 0);
    assert_eq!(c.work(true), 8);
}

#[test]
fn a_hotspot_missed_again_after_a_redistribution_promotes_every_miss() {
    let mut c = Cache::fresh("smq");
    c.read(100, 1);
    assert!(!c.policy.lookup(101, Dir::Read, false).background_queued);
    c.wait(1);
    assert_eq!(c.policy.hotspot_level(100), Some(56));
    c.read(102, 1);
    c.policy.tick(false, c.now);
    assert_eq!(c.policy.gauges().promote_level, 48);
    assert!(c.policy.lookup(100, Dir::Read, false).background_queued);
    c.wait(1);
    assert_eq!(c.policy.gauges().promote_level, 0);
    assert!(c.policy.lookup(1000, Dir::Read, false).background_queued);
    assert_eq!(c.policy.queued_work().map(|w| (w.op, w.oblock)).next(), Some((WorkOp::Promote, 1000)));
}

#[test]
fn a_full_clean_cache_makes_room_for_a_quarter() {
    let mut c = Cache::fresh("smq");
    c.write(0, 256);
    c.work(true);
    let want = |c: &mut Cache| {
        c.policy.smq.promote_level = 0;
        for oblock in 1000..1400 {
            assert!(c.policy.lookup(oblock, Dir::Write, true).background_queued);
        }
    };
    // all blocks stand at level 63, out of a demotion's reach, until the next redistribution
    want(&mut c);
    assert_eq!(c.policy.queued_work().count(), 0);
    c.wait(60);
    assert_eq!(c.policy.level_len(QueueName::Clean, 0), (4, 4));
    want(&mut c);
    assert!(c.policy.queued_work().all(|work| work.op == WorkOp::Demote));
    assert_eq!(c.policy.queued_work().count(), 64);
}

#[test]
fn reopened_then_cleaned_02() {
    let mut c = Cache::fresh("smq");
    for (first, count) in [(0, 4), (100, 4), (200, 1), (300, 1)] {
        c.write(first, count);
    }
    c.suspend_and_swap();
    c.read(0, 4);
    c.read(100, 4);
    assert_eq!(c.hints(), "0:10 1:9 2:8 3:7 4:6 5:5 6:4 7:3 8:1");
    c.work(true);
    c.suspend_and_swap();
    c.write(110, 3);
    assert_eq!(c.hints(), "0:9 1:8 2:7 3:6 4:5 5:4 6:3 7:2 8:1 10:63 11:63 12:63");
    let mut c = Cache::open("cleaner", &c.disk(), false);
    assert_eq!(c.work(true), 3);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9 11:1 12:2");
    let mut c = Cache::open("smq", &c.disk(), false);
    assert_eq!(c.hints(), "1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9 10:10 11:11 12:12");
    // more than fits; then written back; then hit and missed again
    c.write(0, 300);
    assert_eq!((c.policy.residency(), c.policy.queue_len(QueueName::Dirty)), (256, 255));
    assert_eq!(c.work(true), 255);
    for _ in 0..3 {
        c.write(300, 100);
    }
    let full = [(2, 1), (2, 3), (2, 5), (2, 7), (1, 8), (1, 9), (2, 11), (1, 13), (243, 63)];
    assert_eq!(c.hint_runs(), full);
    c.suspend_and_swap();
    c.write(500, 8);
    let mut spread = vec![(4, 0), (4, 1), (1, 2), (1, 0), (3, 2), (3, 63)];
    spread.extend((3..63).rev().map(|level| (4, level)));
    assert_eq!(c.hint_runs(), spread);
}
