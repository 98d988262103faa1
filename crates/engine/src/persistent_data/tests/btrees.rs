//! Trees against `BTreeMap`.

use super::*;
use crate::errno::Errno;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Insert { start: u64, len: u64, stride: u64, down: bool },
    Remove { start: u64, len: u64, stride: u64 },
    Commit,
}

fn op() -> impl Strategy<Value = Op> {
    let range = || (0u64..40_000, 1u64..3_000, 1u64..40);
    prop_oneof![
        4 => (range(), any::<bool>()).prop_map(|((start, len, stride), down)| Op::Insert { start, len, stride, down }),
        3 => range().prop_map(|(start, len, stride)| Op::Remove { start, len, stride }),
        1 => Just(Op::Commit),
    ]
}

struct Tree {
    lab: Lab,
    root: u64,
    vt: ValueType,
    model: BTreeMap<u64, u64>,
}

impl Tree {
    fn new(kernel: Kernel, vt: ValueType) -> Self {
        let mut lab = Lab::new(kernel, 20_000);
        let root = btree::empty(&mut lab.host, &mut lab.tm, vt).unwrap();
        Self { lab, root, vt, model: BTreeMap::new() }
    }
    fn insert(&mut self, key: u64, value: u64) {
        let added = btree::insert(&mut self.lab.host, &mut self.lab.tm, self.vt, &mut self.root, key, value).unwrap();
        assert_eq!(added, self.model.insert(key, value).is_none());
    }
    fn remove(&mut self, key: u64) {
        let result = btree::remove(&mut self.lab.host, &mut self.lab.tm, self.vt, &mut self.root, key);
        assert_eq!(result, self.model.remove(&key).map(|_| ()).ok_or(Errno::NoData));
    }
    /// Contents and counts are right; the depth.
    fn check(&mut self) -> usize {
        let (host, tm) = (&mut self.lab.host, &mut self.lab.tm);
        for (key, value) in &self.model {
            assert_eq!(btree::lookup(host, tm, self.vt, self.root, *key), Ok(*value), "key {key}");
        }
        if self.vt == ValueType::Le64 {
            let mut seen = Vec::new();
            if let Ok(mut cursor) = btree::Cursor::begin(host, tm, self.root, false) {
                loop {
                    seen.extend(cursor.value());
                    if cursor.next(host, tm).is_err() {
                        break;
                    }
                }
            }
            assert!(seen.into_iter().eq(self.model.iter().map(|(k, v)| (*k, *v))));
        }
        self.lab.audit(&[(self.root, self.vt)])[0]
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_is_a_map(ops in prop::collection::vec(op(), 1..10), legacy: bool, small: bool) {
        let kernel = if legacy { Kernel::V3_18 } else { Kernel::V6_1 };
        let mut tree = Tree::new(kernel, if small { ValueType::Le32 } else { ValueType::Le64 });
        for op in ops {
            match op {
                Op::Insert { start, len, stride, down } => {
                    for n in 0..len {
                        let n = if down { len - 1 - n } else { n };
                        tree.insert(start + n * stride, n);
                    }
                }
                Op::Remove { start, len, stride } => (0..len).for_each(|n| tree.remove(start + n * stride)),
                Op::Commit => {
                    tree.lab.commit();
                    tree.check();
                }
            }
        }
        tree.check();
    }
}

#[test]
fn a_tree_grows_three_deep_and_shrinks_to_nothing() {
    for kernel in [Kernel::V3_18, Kernel::V6_1] {
        let mut tree = Tree::new(kernel, ValueType::Le64);
        // An odd multiplier visits every key below 2^16 once, in no order.
        let scattered = |n: u64| n * 40_503 % 65_536;
        // Two levels hold at most 252 * 252 = 63,504 entries.
        for n in 0..65_536 {
            tree.insert(scattered(n), n);
            if n % 16_000 == 0 {
                tree.lab.commit();
            }
        }
        assert_eq!(tree.check(), 3);
        tree.lab.commit();
        tree.lab = tree.lab.reopen();
        assert_eq!(tree.check(), 3);
        for n in (0..65_536).rev() {
            tree.remove(scattered(n));
        }
        assert_eq!(tree.check(), 1);
    }
}

#[test]
fn deleting_a_tree_gives_every_block_back() {
    let mut tree = Tree::new(Kernel::V6_1, ValueType::Le64);
    (0..5_000).for_each(|n| tree.insert(n, n));
    tree.lab.commit();
    let Tree { mut lab, root, vt, .. } = tree;
    btree::del(&mut lab.host, &mut lab.tm, vt, root).unwrap();
    lab.audit(&[]);
}

#[test]
fn a_shared_tree_is_copied_as_it_is_changed() {
    let mut tree = Tree::new(Kernel::V6_1, ValueType::Le64);
    (0..2_000).for_each(|n| tree.insert(n, n));
    tree.lab.commit();
    let (old_root, old) = (tree.root, tree.model.clone());
    tree.lab.tm.inc(&mut tree.lab.host, old_root);
    (0..2_000).step_by(7).for_each(|n| tree.insert(n, n + 1));
    (500..1_500).for_each(|n| tree.remove(n));
    tree.lab.audit(&[(tree.root, tree.vt), (old_root, tree.vt)]);
    for (key, value) in old {
        assert_eq!(btree::lookup(&mut tree.lab.host, &mut tree.lab.tm, tree.vt, old_root, key), Ok(value));
    }
}
