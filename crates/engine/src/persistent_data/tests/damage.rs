//! Blocks that can't be believed, and buffers that shouldn't be.

use super::*;
use crate::device::Page;
use crate::errno::Errno;
use proptest::prelude::*;

fn array_lab() -> (Lab, u64, u64) {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    let root = Array::LE64.new_with(&mut lab.host, &mut lab.tm, 300 * 509, &mut |n| Ok(u64::from(n))).unwrap();
    lab.commit();
    let lab = lab.reopen();
    (lab, root, 0)
}

fn change(lab: &mut Lab, block: u64, f: impl FnOnce(&mut [u8; 4096])) {
    let disk = lab.host.disks.get_mut(&lab.dev).unwrap();
    let mut page = disk.peek(block);
    f(page.make_mut());
    disk.poke(block, page);
}

#[test]
fn a_wrong_checksum_is_eilseq_and_a_wrong_place_enotblk() {
    let (mut lab, root, _) = array_lab();
    let page = lab.host.disk(lab.dev).unwrap().peek(root);
    let stored = le32(page.bytes(), 0);
    change(&mut lab, root, |page| page[0] ^= 1);
    assert_eq!(Array::LE64.get(&mut lab.host, &mut lab.tm, root, 0), Err(Errno::IlSeq));
    assert_eq!(
        lab.host.log,
        [
            format!("device-mapper: btree spine: node_check failed: csum {stored} != wanted {}", stored ^ 1),
            format!("device-mapper: block manager: btree_node validator check failed for block {root}"),
        ]
    );
    lab.host.log.clear();
    lab.tm.bm.evict_all(&mut lab.host);
    change(&mut lab, root, |page| page[8] ^= 1);
    assert_eq!(Array::LE64.get(&mut lab.host, &mut lab.tm, root, 0), Err(Errno::NotBlk));
    assert_eq!(lab.host.log[0], format!("device-mapper: btree spine: node_check failed: blocknr {} != wanted {root}", root ^ 1));
}

#[test]
fn a_block_used_as_something_else_is_a_validator_mismatch() {
    let (mut lab, root, _) = array_lab();
    lab.tm.bm.read(&mut lab.host, root, Some(&btree::VALIDATOR)).unwrap();
    assert_eq!(lab.tm.bm.read(&mut lab.host, root, Some(&array::VALIDATOR)).err(), Some(Errno::Inval));
    assert_eq!(lab.tm.bm.read(&mut lab.host, root, None).err(), Some(Errno::Inval));
    assert_eq!(lab.host.log[0], format!("device-mapper: block manager: validator mismatch (old=btree_node vs new=array) for block {root}"));
}

#[test]
fn a_cached_block_is_never_compared_with_the_device_again() {
    let (mut lab, root, _) = array_lab();
    let before = lab.tm.bm.read(&mut lab.host, root, Some(&btree::VALIDATOR)).unwrap();
    change(&mut lab, root, |page| page.fill(0xee));
    assert_eq!(lab.tm.bm.read(&mut lab.host, root, Some(&btree::VALIDATOR)).unwrap(), before);
    assert!(lab.tm.bm.evict(&mut lab.host, root));
    assert!(lab.tm.bm.read(&mut lab.host, root, Some(&btree::VALIDATOR)).is_err());
}

#[test]
fn a_node_that_is_its_own_child_ends_in_an_error() {
    let (mut lab, root, _) = array_lab();
    let mut page = lab.host.disk(lab.dev).unwrap().peek(root);
    let bytes = page.make_mut();
    for slot in 0..252 {
        put64(bytes, 32 + 8 * 252 + 8 * slot, root);
    }
    (btree::VALIDATOR.prepare_for_write)(bytes, root);
    lab.host.disks.get_mut(&lab.dev).unwrap().poke(root, page);
    let (host, tm) = (&mut lab.host, &mut lab.tm);
    assert!(Array::LE64.get(host, tm, root, 5).is_err());
    assert!(Array::LE64.cursor(host, tm, root).is_err());
    assert!(Array::LE64.set(host, tm, &mut root.clone(), 5, 1).is_err());
    assert!(Array::LE64.resize(host, tm, &mut root.clone(), 300 * 509, 100, 1).is_err());
    assert!(Array::LE64.del(host, tm, root).is_err());
}

#[test]
fn destroying_a_client_writes_what_was_dirty() {
    let (mut host, dev) = MemHost::with_disk(80);
    let mut bm = BlockManager::new(&mut host, dev);
    let mut locked = bm.write_lock_zero(&mut host, 3, None).unwrap();
    locked.bytes_mut().fill(7);
    bm.unlock(&mut host, locked);
    assert_eq!(host.disk(dev).unwrap().peek(3), Page::zero());
    bm.destroy(&mut host);
    assert_eq!(host.disk(dev).unwrap().peek(3), Page::filled(7));
    assert_eq!(host.disk(dev).unwrap().counters().flushes, 0);
}

#[test]
fn a_read_only_manager_locks_and_flushes_nothing() {
    let (mut lab, root, _) = array_lab();
    lab.tm.bm.set_read_only();
    assert_eq!(lab.tm.bm.flush(&mut lab.host), Err(Errno::Perm));
    assert_eq!(Array::LE64.set(&mut lab.host, &mut lab.tm, &mut root.clone(), 1, 2), Err(Errno::Perm));
    assert_eq!(Array::LE64.get(&mut lab.host, &mut lab.tm, root, 1), Ok(1));
}

#[test]
fn a_failed_early_write_is_reported_by_the_next_flush_only() {
    let (mut host, dev) = MemHost::with_disk(800);
    let mut bm = BlockManager::new(&mut host, dev);
    host.disks.get_mut(&dev).unwrap().fail_range(0..800, false, true);
    for block in 0..6 {
        let locked = bm.write_lock_zero(&mut host, block, None).unwrap();
        bm.unlock(&mut host, locked);
    }
    host.disks.get_mut(&dev).unwrap().clear_failures();
    assert!(bm.client().nr_dirty() < 6, "some were written early");
    assert_eq!(bm.flush(&mut host), Err(Errno::Io));
    assert_eq!(bm.flush(&mut host), Ok(()));
}

#[test]
fn a_limited_cache_forgets_the_oldest_and_loses_nothing() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    lab.tm.bm.set_limit(Some(8));
    let mut root = Array::LE64.empty(&mut lab.host, &mut lab.tm).unwrap();
    Array::LE64.resize(&mut lab.host, &mut lab.tm, &mut root, 0, 20_000, 4).unwrap();
    assert!(lab.tm.bm.buffers().count() <= 8);
    lab.commit();
    let mut lab = lab.reopen();
    assert_eq!(lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]), [1]);
    assert_eq!(Array::LE64.get(&mut lab.host, &mut lab.tm, root, 19_999), Ok(4));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes under a good checksum: errors are fine, panics and endless loops are not.
    #[test]
    fn no_content_makes_it_panic(
        which in 0u64..8,
        edits in prop::collection::vec((4usize..4096, any::<u8>()), 1..12),
        header in prop::collection::vec((4usize..40, any::<u8>()), 0..6),
        index in 0u32..200_000,
    ) {
        let (mut lab, root, _) = array_lab();
        let map = lab.tm.sm.current().clone();
        let page = lab.host.disk(lab.dev).unwrap().peek(root);
        let leaf = Node::of(page.bytes()).child(0);
        let page = lab.host.disk(lab.dev).unwrap().peek(leaf);
        let block = Node::of(page.bytes()).child(0);
        let target = [map.bitmap_root, map.ref_count_root, map.entries().next().unwrap().block, root, root, leaf, leaf, block];
        let target = target[which as usize];
        let validator: &Validator = match which {
            0 => &space_map::INDEX_VALIDATOR,
            2 => &space_map::BITMAP_VALIDATOR,
            7 => &array::VALIDATOR,
            _ => &btree::VALIDATOR,
        };
        change(&mut lab, target, |page| {
            for (at, byte) in edits.iter().chain(&header) {
                page[*at] = *byte;
            }
            (validator.prepare_for_write)(page, target);
        });
        let sm_root = lab.tm.sm.root();
        let mut host = lab.host;
        let bm = BlockManager::new(&mut host, lab.dev);
        let Ok(mut tm) = TransactionManager::open_with_sm(&mut host, bm, &sm_root) else { return Ok(()) };
        let mut root = root;
        let _ = Array::LE64.get(&mut host, &mut tm, root, index);
        let _ = Array::LE64.set(&mut host, &mut tm, &mut root, index, 1);
        let _ = Array::LE64.resize(&mut host, &mut tm, &mut root, 300 * 509, index, 1);
        if let Ok(mut cursor) = Array::LE64.cursor(&mut host, &mut tm, root) {
            for _ in 0..3_000 {
                if cursor.next(&mut host, &mut tm).is_err() {
                    break;
                }
            }
            let _ = cursor.skip(&mut host, &mut tm, index);
        }
        let _ = tm.ref_count(&mut host, u64::from(index));
        let _ = Array::LE64.del(&mut host, &mut tm, root);
        let _ = tm.pre_commit(&mut host);
    }
}
