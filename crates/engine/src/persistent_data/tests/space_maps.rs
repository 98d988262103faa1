//! Counts against a plain map, over several bitmaps.

use super::*;
use crate::errno::Errno;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    New(u32),
    Inc { pick: prop::sample::Index, len: u64, times: u32 },
    Dec { pick: prop::sample::Index, len: u64, times: u32 },
    Commit,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (1u32..4_000).prop_map(Op::New),
        2 => (any::<prop::sample::Index>(), 1u64..800, 1u32..5).prop_map(|(pick, len, times)| Op::Inc { pick, len, times }),
        3 => (any::<prop::sample::Index>(), 1u64..3_000, 1u32..5).prop_map(|(pick, len, times)| Op::Dec { pick, len, times }),
        1 => Just(Op::Commit),
    ]
}

struct Counts {
    lab: Lab,
    /// Counts of blocks that this test made.
    model: BTreeMap<u64, u32>,
    committed: BTreeMap<u64, u32>,
}

impl Counts {
    fn apply(&mut self, op: &Op) {
        let (host, tm) = (&mut self.lab.host, &mut self.lab.tm);
        match op {
            Op::New(n) => {
                for _ in 0..*n {
                    let block = space_map::new_block(host, tm).unwrap();
                    assert_eq!(self.model.insert(block, 1), None, "block {block} was free");
                    assert!(!self.committed.contains_key(&block), "block {block} was free at the last commit");
                }
            }
            Op::Inc { pick, len, times } => {
                for block in self.some(*pick, *len) {
                    for _ in 0..*times {
                        self.lab.tm.inc(&mut self.lab.host, block);
                    }
                    *self.model.get_mut(&block).unwrap() += times;
                }
            }
            Op::Dec { pick, len, times } => {
                for block in self.some(*pick, *len) {
                    for _ in 0..*times {
                        let Some(count) = self.model.get_mut(&block) else { break };
                        self.lab.tm.dec(&mut self.lab.host, block);
                        *count -= 1;
                        if *count == 0 {
                            self.model.remove(&block);
                        }
                    }
                }
            }
            Op::Commit => {
                self.lab.commit();
                self.committed = self.model.clone();
                let map = self.lab.tm.sm.current();
                assert_eq!(self.lab.tm.sm.nr_free(), map.nr_blocks - map.nr_allocated);
            }
        }
    }

    fn some(&self, pick: prop::sample::Index, len: u64) -> Vec<u64> {
        let blocks: Vec<u64> = self.model.keys().copied().collect();
        if blocks.is_empty() {
            return blocks;
        }
        let start = pick.index(blocks.len());
        blocks[start..].iter().copied().take(len as usize).collect()
    }

    fn check(&mut self) {
        for (block, count) in &self.model {
            assert_eq!(self.lab.tm.ref_count(&mut self.lab.host, *block), Ok(*count));
        }
        let map = self.lab.tm.sm.current().clone();
        let mut own = BTreeMap::from([(0, 1), (map.bitmap_root, 1)]);
        own.extend(map.entries().map(|entry| (entry.block, 1)));
        self.lab.count_tree(map.ref_count_root, ValueType::Le32, &mut own);
        for (block, count) in &own {
            assert_eq!(self.model.insert(*block, *count), None, "block {block} has one use");
        }
        assert_eq!(map.nr_allocated, self.model.len() as u64);
        for block in own.keys() {
            self.model.remove(block);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_are_exact(ops in prop::collection::vec(op(), 1..14), legacy: bool) {
        let kernel = if legacy { Kernel::V3_18 } else { Kernel::V6_1 };
        let mut counts = Counts { lab: Lab::new(kernel, 70_000), model: BTreeMap::new(), committed: BTreeMap::new() };
        counts.lab.commit();
        counts.apply(&Op::New(2_000));
        for op in &ops {
            counts.apply(op);
        }
        counts.check();
        counts.apply(&Op::Commit);
        counts.lab = counts.lab.reopen();
        counts.check();
    }
}

#[test]
fn a_second_bitmap_and_a_count_tree_of_many_leaves_come_into_use() {
    let lab = Lab::new(Kernel::V6_1, 40_000);
    let mut counts = Counts { lab, model: BTreeMap::new(), committed: BTreeMap::new() };
    counts.lab.commit();
    counts.apply(&Op::New(18_000));
    for block in counts.model.keys().copied().collect::<Vec<_>>() {
        (0..3).for_each(|_| counts.lab.tm.inc(&mut counts.lab.host, block));
    }
    counts.model.values_mut().for_each(|count| *count = 4);
    counts.check();
    counts.apply(&Op::Commit);
    for block in counts.model.keys().copied().collect::<Vec<_>>() {
        (0..4).for_each(|_| counts.lab.tm.dec(&mut counts.lab.host, block));
    }
    counts.model.clear();
    counts.check();
    counts.apply(&Op::Commit);
    counts.lab.audit(&[]);
}

#[test]
fn a_full_device_says_so() {
    let mut lab = Lab::new(Kernel::V6_1, 16);
    lab.commit();
    let mut taken = 0;
    while space_map::new_block(&mut lab.host, &mut lab.tm).is_ok() {
        taken += 1;
    }
    // 16 less superblock, index, count root and two generations of the bitmap.
    assert_eq!(taken, 11);
    assert_eq!(lab.host.log, ["device-mapper: space map metadata: unable to allocate new metadata block"]);
}

#[test]
fn a_block_freed_in_this_transaction_is_not_reused_in_it() {
    let mut lab = Lab::new(Kernel::V6_1, 64);
    let block = space_map::new_block(&mut lab.host, &mut lab.tm).unwrap();
    lab.commit();
    let free = lab.tm.sm.nr_free();
    lab.tm.dec(&mut lab.host, block);
    assert!(lab.tm.sm.nr_free() <= free);
    while let Ok(other) = space_map::new_block(&mut lab.host, &mut lab.tm) {
        assert_ne!(other, block);
    }
}

#[test]
fn devices_too_small_fail_as_recorded() {
    let format = |blocks: u64| {
        let (mut host, dev) = MemHost::with_disk(blocks * 8);
        let bm = BlockManager::new(&mut host, dev);
        let result = TransactionManager::create_with_sm(&mut host, bm, 0).map(|_| ()).map_err(|(_, errno)| errno);
        (result, host.log)
    };
    for blocks in [1, 2] {
        let (result, log) = format(blocks);
        assert_eq!(result, Err(Errno::Inval));
        assert_eq!(
            log,
            [
                "device-mapper: space map common: metadata block out of bounds",
                "device-mapper: space map common: dm_tm_shadow_block() failed",
                "device-mapper: space map metadata: dm_sm_metadata_create: apply_bops failed",
                "device-mapper: transaction manager: couldn't create metadata space map",
            ]
        );
    }
    let (result, log) = format(3);
    assert_eq!(result, Err(Errno::NoSpc));
    assert_eq!(log, ["device-mapper: transaction manager: couldn't create metadata space map"]);
    assert_eq!(format(4).0, Ok(()));
}

#[test]
fn the_largest_device_uses_255_bitmaps() {
    let lab = Lab::new(Kernel::V6_1, 5_000_000);
    assert_eq!(lab.tm.sm.nr_blocks(), 4_161_600);
    assert_eq!(lab.tm.sm.current().entries().count(), 255);
}
