//! Which blocks are taken in which order.

use super::*;

const TRACED: Shape = Shape { cache_blocks: 1024, discard_block_size: 128, discard_blocks: 512 };

/// Roots, array blocks, bitmap, index and allocated count of a committed device.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    mapping: (u64, Vec<u64>),
    dirty: Option<(u64, Vec<u64>)>,
    discard: (u64, Vec<u64>),
    hint: Option<(u64, Vec<u64>)>,
    bitmap: u64,
    index: u64,
    allocated: u64,
}

fn layout(bench: &Bench) -> Layout {
    let sb = bench.superblock();
    let tree = |root: u64| (root, bench.array_blocks(root));
    let index = u64::from_le_bytes(sb.sm_root[16..24].try_into().unwrap());
    Layout {
        mapping: tree(sb.mapping_root),
        dirty: (sb.version == 2).then(|| tree(sb.dirty_root)),
        discard: tree(sb.discard_root),
        hint: (sb.hint_root != 0).then(|| tree(sb.hint_root)),
        bitmap: le64(bench.page(index).bytes(), 16),
        index,
        allocated: u64::from_le_bytes(sb.sm_root[8..16].try_into().unwrap()),
    }
}

/// Commit 2 (first resume), 3 (one promotion), 4 (suspended, nothing dirty).
fn trace(kernel: Kernel, version: u32) -> [Layout; 3] {
    let mut bench = Bench::new(kernel, kernel != Kernel::V3_18);
    let id = bench.open(1, version).unwrap();
    bench.with(id, |o, host| {
        o.resize(host, 1024).unwrap();
        o.commit(host, false).unwrap();
    });
    let second = layout(&bench);
    bench.with(id, |o, host| {
        o.insert_mapping(host, 0, 77).unwrap();
        o.commit(host, false).unwrap();
    });
    let third = layout(&bench);
    bench.sync(id, TRACED, &[], &[0]);
    [second, third, layout(&bench)]
}

#[test]
fn version_1_with_the_modern_allocator() {
    let [second, third, fourth] = trace(Kernel::V6_1, 1);
    assert_eq!(
        second,
        Layout { mapping: (8, vec![6, 9, 10]), dirty: None, discard: (5, vec![]), hint: None, bitmap: 7, index: 11, allocated: 9 }
    );
    assert_eq!((third.mapping, third.bitmap, third.index), ((14, vec![12, 9, 10]), 13, 15));
    assert_eq!(
        fourth,
        Layout {
            mapping: (14, vec![12, 9, 10]),
            dirty: None,
            discard: (18, vec![16]),
            hint: Some((19, vec![20, 21])),
            bitmap: 17,
            index: 22,
            allocated: 13
        }
    );
}

#[test]
fn version_1_with_the_legacy_allocator() {
    let [second, third, fourth] = trace(Kernel::V3_18, 1);
    assert_eq!(
        second,
        Layout { mapping: (8, vec![6, 9, 10]), dirty: None, discard: (5, vec![]), hint: None, bitmap: 7, index: 11, allocated: 9 }
    );
    assert_eq!((third.mapping, third.bitmap, third.index), ((4, vec![1, 9, 10]), 3, 12));
    assert_eq!(
        fourth,
        Layout {
            mapping: (4, vec![1, 9, 10]),
            dirty: None,
            discard: (8, vec![6]),
            hint: Some((11, vec![13, 14])),
            bitmap: 7,
            index: 15,
            allocated: 13
        }
    );
}

#[test]
fn version_2_with_the_modern_allocator() {
    let [second, third, fourth] = trace(Kernel::V6_1, 2);
    assert_eq!(
        second,
        Layout {
            mapping: (9, vec![7, 10, 11]),
            dirty: Some((13, vec![12])),
            discard: (6, vec![]),
            hint: None,
            bitmap: 8,
            index: 14,
            allocated: 11
        }
    );
    assert_eq!((third.mapping, third.bitmap, third.index), ((17, vec![15, 10, 11]), 16, 18));
    assert_eq!(
        fourth,
        Layout {
            mapping: (17, vec![15, 10, 11]),
            dirty: Some((20, vec![21])),
            discard: (23, vec![22]),
            hint: Some((24, vec![25, 26])),
            bitmap: 19,
            index: 27,
            allocated: 15
        }
    );
}

#[test]
fn version_2_with_the_legacy_allocator() {
    let [second, third, fourth] = trace(Kernel::V3_18, 2);
    assert_eq!((second.index, second.allocated), (14, 11));
    assert_eq!((third.mapping, third.bitmap, third.index), ((4, vec![1, 10, 11]), 3, 5));
    assert_eq!(
        fourth,
        Layout {
            mapping: (4, vec![1, 10, 11]),
            dirty: Some((8, vec![9])),
            discard: (15, vec![14]),
            hint: Some((16, vec![17, 18])),
            bitmap: 7,
            index: 19,
            allocated: 15
        }
    );
}

/// A worked example: what a second object sees that was opened after commit 2.
fn second_object_after_commit_2(kernel: Kernel) -> (Bench, ObjectId) {
    let mut bench = Bench::new(kernel, false);
    let a = bench.open(1, 1).unwrap();
    bench.with(a, |o, host| {
        o.resize(host, 1024).unwrap();
        o.commit(host, false).unwrap();
    });
    let b = bench.open(2, 1).unwrap();
    bench.with(a, |o, host| {
        o.insert_mapping(host, 0, 77).unwrap();
        o.commit(host, false).unwrap();
    });
    bench.sync(a, TRACED, &[], &[0]);
    (bench, b)
}

#[test]
fn with_the_modern_allocator_a_second_object_finds_the_old_tree_whole() {
    let (mut bench, b) = second_object_after_commit_2(Kernel::V6_1);
    assert_eq!(bench.load(b), Ok(vec![]));
    assert_eq!(bench.with(b, |o, host| o.mapping_entry(host, 0)), Ok(0));
    assert_eq!(bench.take_log(), Vec::<String>::new(), "nothing notices");
}

#[test]
fn with_the_legacy_allocator_a_second_object_reads_discards_as_mappings() {
    let (mut bench, b) = second_object_after_commit_2(Kernel::V3_18);
    let root = bench.object(b).fields().mapping_root;
    assert_eq!((root, bench.array_blocks(root)), (8, vec![6]), "the newest discard tree");
    let words = (0..8).map(|c| bench.with(b, |o, host| o.mapping_entry(host, c))).collect::<Vec<_>>();
    assert_eq!(words, vec![Ok(0); 8]);
    assert_eq!(bench.with(b, |o, host| o.mapping_entry(host, 8)), Err(Errno::NoData));
    assert_eq!(bench.load(b), Err(Errno::NoData), "a cursor runs off the end");
}
