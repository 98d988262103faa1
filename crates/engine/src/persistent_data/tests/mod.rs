//! The library against golden checksums and against plain in-memory models.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

mod arrays;
mod btrees;
mod damage;
mod golden;
mod space_maps;

use super::btree::{self, Node, ValueType};
use super::*;
use crate::device::{DevNo, MemHost};
use crate::kernel::Kernel;
use std::collections::BTreeMap;

/// A formatted space map, a superblock and nothing else.
pub(super) struct Lab {
    pub(super) host: MemHost,
    pub(super) tm: TransactionManager,
    pub(super) dev: DevNo,
}

static SUPERBLOCK: Validator = Validator { name: "superblock", prepare_for_write: |_, _| {}, check: |_, _, _, _| Ok(()) };

impl Lab {
    pub(super) fn new(kernel: Kernel, blocks: u64) -> Self {
        let (mut host, dev) = MemHost::with_disk(blocks * 8);
        host.kernel = kernel;
        let bm = BlockManager::new(&mut host, dev);
        let tm = TransactionManager::create_with_sm(&mut host, bm, 0).map_err(|(_, e)| e).unwrap();
        Self { host, tm, dev }
    }

    /// Two-phase commit, with the space map root as the whole superblock.
    pub(super) fn commit(&mut self) {
        self.tm.pre_commit(&mut self.host).unwrap();
        let root = self.tm.sm.root();
        let mut superblock = self.tm.bm.write_lock_zero(&mut self.host, 0, Some(&SUPERBLOCK)).unwrap();
        superblock.bytes_mut()[..32].copy_from_slice(&root);
        self.tm.commit(&mut self.host, superblock).unwrap();
    }

    /// Everything forgotten but the device, then opened from it.
    pub(super) fn reopen(self) -> Self {
        let Self { mut host, tm, dev } = self;
        let root = host.disk(dev).unwrap().peek(0).bytes()[..32].to_vec();
        tm.into_bm().destroy(&mut host);
        let bm = BlockManager::new(&mut host, dev);
        let tm = TransactionManager::open_with_sm(&mut host, bm, &root).map_err(|(_, e)| e).unwrap();
        Self { host, tm, dev }
    }

    fn count_tree(&mut self, root: u64, vt: ValueType, owners: &mut BTreeMap<u64, u32>) -> usize {
        let seen = owners.entry(root).or_default();
        *seen += 1;
        if *seen > 1 {
            return 0;
        }
        let page = self.tm.bm.read(&mut self.host, root, Some(&btree::VALIDATOR)).unwrap();
        let node = Node::of(page.bytes());
        let keys: Vec<u64> = (0..node.nr()).map(|slot| node.key(slot)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "keys of block {root} ascend");
        let mut depth = 1;
        for slot in 0..node.nr() {
            if node.is_internal() {
                depth = 1 + self.count_tree(node.child(slot), vt, owners);
            } else if matches!(vt, ValueType::ArrayBlock(_)) {
                *owners.entry(node.child(slot)).or_default() += 1;
            }
        }
        depth
    }

    /// Checks that every block's count is the number of its owners; the depth of each tree.
    pub(super) fn audit(&mut self, roots: &[(u64, ValueType)]) -> Vec<usize> {
        let map = self.tm.sm.current().clone();
        let mut owners = BTreeMap::from([(0, 1), (map.bitmap_root, 1)]);
        owners.extend(map.entries().map(|entry| (entry.block, 1)));
        self.count_tree(map.ref_count_root, ValueType::Le32, &mut owners);
        let depths = roots.iter().map(|(root, vt)| self.count_tree(*root, *vt, &mut owners)).collect();
        let mut used = 0;
        for block in 0..map.nr_blocks {
            let count = self.tm.ref_count(&mut self.host, block).unwrap();
            assert_eq!(count, owners.get(&block).copied().unwrap_or(0), "count of block {block}");
            used += u64::from(count > 0);
        }
        assert_eq!(map.nr_allocated, used);
        depths
    }
}
