//! The queue against a naive model, and what must hold of a policy after any sequence of calls.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::entry::{Allocator, EntrySpace};
use super::queue::{LEVELS, Queue};
use super::view::{Item, QueueName};
use super::{Dir, Policy, Work};

const MARKS: u32 = 2 * LEVELS as u32;

/// Sixty-four plain lists; entries below `MARKS` are sentinels.
#[derive(Clone)]
struct Model {
    levels: Vec<Vec<u32>>,
    top: (usize, usize),
}

impl Model {
    fn place(&self, e: u32) -> Option<usize> {
        self.levels.iter().position(|l| l.contains(&e))
    }

    fn take(&mut self, e: u32) -> usize {
        let level = self.place(e).unwrap();
        self.levels[level].retain(|x| *x != e);
        level
    }

    fn len(&self) -> usize {
        self.levels.iter().flatten().filter(|e| **e >= MARKS).count()
    }

    /// How many blocks each level should have.
    fn targets(&self) -> Vec<usize> {
        let (levels, wanted) = self.top;
        let deal = |n: usize, over: usize| (0..over).map(move |i| n / over + usize::from(i < n % over));
        deal(self.len().saturating_sub(wanted), LEVELS - levels).chain(deal(wanted, levels)).collect()
    }

    fn redistribute(&mut self) {
        let targets = self.targets();
        for (level, target) in targets.into_iter().enumerate().take(LEVELS - 1) {
            let blocks = |l: &Vec<u32>| l.iter().filter(|e| **e >= MARKS).count();
            while blocks(&self.levels[level]) < target {
                let Some(e) = self.levels[level + 1..].iter().flatten().find(|e| **e >= MARKS).copied() else { break };
                self.take(e);
                self.levels[level].push(e);
            }
            while blocks(&self.levels[level]) > target {
                let e = self.levels[level].iter().rev().find(|e| **e >= MARKS).copied().unwrap();
                self.take(e);
                self.levels[level + 1].push(e);
            }
        }
    }

    fn requeue(&mut self, e: u32, extra: usize, marks: (u32, u32)) {
        let old = self.place(e).unwrap();
        let new = (old + extra).min(LEVELS - 1);
        let oldest = self.levels[new].iter().position(|x| *x >= MARKS);
        if let Some(at) = oldest.filter(|_| extra > 0 && old < LEVELS - 1) {
            let down = self.levels[new].remove(at);
            let before = [marks.0, marks.1].get(at).and_then(|m| self.levels[old].iter().position(|x| x == m));
            let to = before.unwrap_or(self.levels[old].len());
            self.levels[old].insert(to, down);
        }
        self.take(e);
        self.levels[new].push(e);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Push { e: u32, level: u8, front: bool },
    Remove { e: u32 },
    Requeue { e: u32, extra: u8 },
    Redistribute,
}

fn step() -> impl Strategy<Value = Step> {
    let e = MARKS..MARKS + 40;
    prop_oneof![
        4 => (e.clone(), 0u8..64, any::<bool>()).prop_map(|(e, level, front)| Step::Push { e, level, front }),
        1 => e.clone().prop_map(|e| Step::Remove { e }),
        4 => (e, 0u8..5).prop_map(|(e, extra)| Step::Requeue { e, extra }),
        1 => Just(Step::Redistribute),
    ]
}

proptest! {
    #[test]
    fn queue_behaves_like_the_model(steps in prop::collection::vec(step(), 1..120), top in prop_oneof![Just((0usize, 0u32)), Just((8, 5))]) {
        let mut space = EntrySpace::new(MARKS, LEVELS as u32, &[Allocator::new(MARKS, 40)]);
        let mut queue = Queue::new(top.0, top.1);
        let mut model = Model { levels: vec![Vec::new(); LEVELS], top: (top.0, top.1 as usize) };
        for mark in 0..MARKS {
            queue.push(&mut space, mark);
            model.levels[mark as usize % LEVELS].push(mark);
        }
        for step in steps {
            match step {
                Step::Push { e, level, front } if model.place(e).is_none() => {
                    space.at(e).level = level;
                    let list = &mut model.levels[usize::from(level)];
                    if front {
                        queue.push_front(&mut space, e);
                        list.insert(0, e);
                    } else {
                        queue.push(&mut space, e);
                        list.push(e);
                    }
                }
                Step::Remove { e } if model.place(e).is_some() => {
                    queue.remove(&mut space, e);
                    model.take(e);
                }
                Step::Requeue { e, extra } if model.place(e).is_some() => {
                    let level = space.get(e).level;
                    let marks = (u32::from(level), u32::from(level) + LEVELS as u32);
                    queue.requeue(&mut space, e, extra, Some(marks));
                    model.requeue(e, usize::from(extra), marks);
                }
                Step::Redistribute => {
                    queue.redistribute(&mut space);
                    model.redistribute();
                    let lens: Vec<usize> = (0..LEVELS).map(|l| queue.level(l).len as usize).collect();
                    if model.len() >= model.top.1 {
                        prop_assert_eq!(lens, model.targets());
                    }
                }
                _ => {}
            }
            let levels: Vec<Vec<u32>> = (0..LEVELS).map(|l| queue.level(l).iter(&space).collect()).collect();
            prop_assert_eq!(&levels, &model.levels);
            prop_assert_eq!(queue.len as usize, model.len());
            let block = |e: &&u32| **e >= MARKS;
            let first = |cross: bool| model.levels.iter().find_map(|l| if cross { l.iter().find(block) } else { l.first().filter(block) }).copied();
            prop_assert_eq!(queue.peek(&space, LEVELS, false), first(false));
            prop_assert_eq!(queue.peek(&space, LEVELS, true), first(true));
        }
    }
}

#[derive(Debug, Clone)]
enum Call {
    Lookup { oblock: u64, write: bool, fast: bool },
    LookupWithWork { oblock: u64, write: bool, fast: bool },
    GetWork { idle: bool },
    Complete { which: usize, ok: bool },
    Dirty { cblock: u32, dirty: bool },
    Invalidate { cblock: u32 },
    Load { oblock: u64, cblock: u32, hint: Option<u32> },
    Tick { ms: u64 },
}

fn call() -> impl Strategy<Value = Call> {
    let lookup = (0u64..80, any::<bool>(), any::<bool>());
    prop_oneof![
        3 => lookup.clone().prop_map(|(oblock, write, fast)| Call::Lookup { oblock, write, fast }),
        3 => lookup.prop_map(|(oblock, write, fast)| Call::LookupWithWork { oblock, write, fast }),
        3 => any::<bool>().prop_map(|idle| Call::GetWork { idle }),
        4 => (any::<usize>(), prop::bool::weighted(0.8)).prop_map(|(which, ok)| Call::Complete { which, ok }),
        2 => (0u32..26, any::<bool>()).prop_map(|(cblock, dirty)| Call::Dirty { cblock, dirty }),
        1 => (0u32..26).prop_map(|cblock| Call::Invalidate { cblock }),
        1 => (0u64..80, 0u32..26, prop::option::of(0u32..70)).prop_map(|(oblock, cblock, hint)| Call::Load { oblock, cblock, hint }),
        2 => (0u64..30_000).prop_map(|ms| Call::Tick { ms }),
    ]
}

/// Every block in use is in exactly one place, and all counts agree.
fn check(policy: &Policy) {
    let mut seen = BTreeMap::new();
    for name in [QueueName::Clean, QueueName::Dirty] {
        let mut blocks = 0;
        for level in 0..LEVELS {
            let items: Vec<Item> = policy.level_items(name, level).collect();
            let marks: BTreeSet<bool> =
                items.iter().filter_map(|i| if let Item::Sentinel { current } = i { Some(*current) } else { None }).collect();
            assert_eq!(marks.len(), 2, "one mark of each set in every level");
            for item in items {
                let Item::Block { cblock, .. } = item else { continue };
                let block = policy.block(cblock).unwrap();
                assert_eq!((usize::from(block.level), block.dirty, block.pending), (level, name == QueueName::Dirty, false));
                assert_eq!(policy.peek(block.oblock), Some(cblock));
                assert!(seen.insert(cblock, block.oblock).is_none(), "in one queue only");
                blocks += 1;
            }
        }
        assert_eq!(policy.queue_len(name), blocks);
    }
    let works: Vec<Work> = policy.queued_work().chain(policy.issued_work()).collect();
    for work in &works {
        assert!(policy.block(work.cblock).unwrap().pending);
        assert!(seen.insert(work.cblock, work.oblock).is_none(), "in a queue or held by work");
    }
    assert_eq!(seen.len() as u32, policy.residency());
    assert_eq!(seen.values().collect::<BTreeSet<_>>().len(), seen.len(), "an origin block is cached once");
    let free: BTreeSet<u32> = policy.free_blocks().collect();
    assert!(free.iter().all(|c| policy.block(*c).is_none()));
    assert_eq!(free.len() + seen.len(), policy.gauges().cache_blocks as usize);
    let hotspots = (0..LEVELS).map(|l| policy.level_items(QueueName::Hotspot, l).count()).sum::<usize>();
    assert_eq!(hotspots as u32, policy.queue_len(QueueName::Hotspot));
}

proptest! {
    #[test]
    fn every_block_is_in_exactly_one_place(calls in prop::collection::vec(call(), 1..200), name in prop_oneof![4 => Just("smq"), 1 => Just("cleaner")]) {
        let mut policy = Policy::create(name, 24, 100_000, 128, 0).unwrap();
        let mut now = 0;
        for call in calls {
            let dir = |write: bool| if write { Dir::Write } else { Dir::Read };
            match call {
                Call::Lookup { oblock, write, fast } => {
                    policy.lookup(oblock, dir(write), fast);
                }
                Call::LookupWithWork { oblock, write, fast } => {
                    policy.lookup_with_work(oblock, dir(write), fast);
                }
                Call::GetWork { idle } => {
                    let _ = policy.get_background_work(idle);
                }
                Call::Complete { which, ok } => {
                    let issued: Vec<Work> = policy.issued_work().collect();
                    if let Some(work) = issued.get(which % issued.len().max(1)) {
                        policy.complete_background_work(work, ok);
                        policy.complete_background_work(work, ok);
                    }
                }
                Call::Dirty { cblock, dirty } => if dirty { policy.set_dirty(cblock) } else { policy.clear_dirty(cblock) },
                Call::Invalidate { cblock } => {
                    let _ = policy.invalidate_mapping(cblock);
                }
                Call::Load { oblock, cblock, hint } => {
                    let known = policy.peek(oblock).is_some() || policy.queued_work().chain(policy.issued_work()).any(|w| w.oblock == oblock);
                    if !known {
                        let _ = policy.load_mapping(oblock, cblock, false, hint);
                    }
                }
                Call::Tick { ms } => {
                    now += ms * 1_000_000;
                    policy.tick(true, now);
                }
            }
            check(&policy);
        }
    }

    #[test]
    fn damaged_mappings_neither_panic_nor_hang(loads in prop::collection::vec((0u64..4, 0u32..12), 1..20), gone in prop::collection::vec(0u32..12, 0..20)) {
        let mut policy = Policy::create("smq", 10, 100_000, 128, 0).unwrap();
        for (oblock, cblock) in loads {
            let _ = policy.load_mapping(oblock, cblock, true, Some(u32::MAX));
        }
        for cblock in gone {
            let _ = policy.invalidate_mapping(cblock);
            for oblock in 0..4 {
                policy.lookup(oblock, Dir::Write, true);
            }
            while let Ok(work) = policy.get_background_work(true) {
                policy.complete_background_work(&work, true);
                policy.clear_dirty(work.cblock);
            }
        }
    }
}

#[test]
fn free_blocks_are_taken_lowest_first_then_in_the_order_they_came_back() {
    let mut policy = Policy::create("smq", 4, 100_000, 128, 0).unwrap();
    for cblock in [3, 1] {
        policy.load_mapping(u64::from(cblock), cblock, false, None).unwrap();
    }
    for cblock in [3, 1] {
        policy.invalidate_mapping(cblock).unwrap();
    }
    assert_eq!(policy.free_blocks().collect::<Vec<_>>(), [0, 2, 3, 1]);
}

#[test]
fn work_is_handed_out_newest_first_and_once_for_an_origin_block() {
    let mut policy = Policy::create("smq", 64, 100_000, 128, 0).unwrap();
    for oblock in [5, 6, 5, 7] {
        assert!(policy.lookup(oblock, Dir::Write, true).background_queued);
    }
    let order: Vec<u64> = std::iter::from_fn(|| policy.get_background_work(false).ok()).map(|w| w.oblock).collect();
    assert_eq!(order, [7, 6, 5]);
    assert_eq!(policy.residency(), 3);
}

#[test]
fn a_failed_promotion_gives_its_block_back() {
    let mut policy = Policy::create("smq", 64, 100_000, 128, 0).unwrap();
    let work = policy.lookup_with_work(9, Dir::Write, true).work.unwrap();
    policy.complete_background_work(&work, false);
    assert_eq!((policy.residency(), policy.peek(9), policy.get_hint(work.cblock)), (0, None, 0));
}

/// The shortest of some runs: a busy machine makes single ones slow.
fn shortest(runs: usize, mut run: impl FnMut() -> Duration) -> Duration {
    (0..runs).map(|_| run()).min().unwrap()
}

#[test]
fn a_million_blocks_are_created_and_cloned_fast() {
    let create = || Policy::create("smq", 1_000_000, 1 << 34, 128, 0).unwrap();
    let mut policy = create();
    policy.load_mapping(1, 999_999, true, None).unwrap();
    let created = shortest(3, || {
        let start = Instant::now();
        std::hint::black_box(create());
        start.elapsed()
    });
    let cloned = shortest(50, || {
        let start = Instant::now();
        std::hint::black_box(policy.clone());
        start.elapsed()
    });
    let stepped = shortest(20, || {
        let mut copy = policy.clone();
        let start = Instant::now();
        copy.lookup(1, Dir::Read, false);
        start.elapsed()
    });
    assert!(created < Duration::from_millis(500), "created in {created:?}");
    assert!(cloned < Duration::from_micros(200), "cloned in {cloned:?}");
    assert!(stepped < Duration::from_micros(500), "stepped in {stepped:?}");
}
