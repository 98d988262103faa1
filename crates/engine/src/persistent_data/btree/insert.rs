//! Insertion: room is made on the way down, by moving entries to a sibling before splitting.
//! `docs/metadata-engine.md#btree-insert`

use super::ValueType;
use super::node::{
    INTERNAL, Node, VALIDATOR, copy_entries, insert_at, max_entries, move_entries, set_header, set_header_like, set_key, set_nr, set_value,
};
use super::spine::{Spine, shadow_child};
use crate::device::{Host, PAGE_SIZE};
use crate::errno::Errno;
use crate::kernel::Allocator;
use crate::persistent_data::{Locked, TransactionManager};

/// `SPACE_THRESHOLD`: a sibling with fewer free slots is not worth the move.
const SPACE_THRESHOLD: usize = 8;

/// `dm_btree_insert`: adds or overwrites; true if it added. A value that is overwritten by another is let go of.
pub fn insert(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    root: &mut u64,
    key: u64,
    value: u64,
) -> Result<bool, Errno> {
    let mut spine = Spine::default();
    let result = insert_on(host, tm, vt, &mut spine, *root, key, value);
    let new_root = spine.exit(host, tm);
    let added = result?;
    if let Some(new_root) = new_root {
        *root = new_root;
    }
    Ok(added)
}

fn insert_on(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    root: u64,
    key: u64,
    value: u64,
) -> Result<bool, Errno> {
    let slot = descend(host, tm, vt, spine, root, key)?;
    let node = spine.node()?;
    if slot >= node.nr() || node.key(slot) != key {
        let inserted = insert_at(spine.current()?.bytes_mut(), slot, key, vt.size(), value);
        if inserted == Err(Errno::NoMem) {
            host.klog("device-mapper: btree: too many entries in btree node for insert".to_owned());
        }
        return inserted.map(|()| true);
    }
    let old = node.value(slot, vt.size());
    if old != value {
        vt.dec(host, tm, old);
    }
    set_value(spine.current()?.bytes_mut(), slot, vt.size(), value);
    Ok(false)
}

/// `btree_get_overwrite_leaf` and a change of the value; ENODATA if the key isn't there.
pub fn overwrite(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    root: &mut u64,
    key: u64,
    change: impl FnOnce(u64) -> u64,
) -> Result<(), Errno> {
    let mut spine = Spine::default();
    let result = overwrite_on(host, tm, vt, &mut spine, *root, key, change);
    if let Some(new_root) = spine.exit(host, tm)
        && result.is_ok()
    {
        *root = new_root;
    }
    result
}

fn overwrite_on(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    root: u64,
    key: u64,
    change: impl FnOnce(u64) -> u64,
) -> Result<(), Errno> {
    let (mut block, mut slot) = (root, 0);
    loop {
        spine.step(host, tm, vt, block, slot)?;
        let node = spine.node()?;
        slot = node.lower_bound(key).ok_or(Errno::NoData)?;
        if node.is_leaf() {
            if node.key(slot) != key {
                return Err(Errno::NoData);
            }
            let value = change(node.value(slot, vt.size()));
            set_value(spine.current()?.bytes_mut(), slot, vt.size(), value);
            return Ok(());
        }
        block = node.child(slot);
    }
}

/// `btree_insert_raw`: shadows the way to the leaf and makes room; the slot for the key.
fn descend(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    root: u64,
    key: u64,
) -> Result<usize, Errno> {
    let (mut block, mut slot) = (root, 0);
    loop {
        spine.step(host, tm, vt, block, slot)?;
        if !has_space(tm, spine.node()?, key) {
            if spine.parent.is_none() {
                split_beneath(host, tm, spine)?;
            } else {
                rebalance_or_split(host, tm, vt, spine, slot, key)?;
            }
        }
        let node = spine.node()?;
        let bound = node.lower_bound(key);
        if node.is_leaf() {
            return Ok(match bound {
                Some(at) if node.key(at) == key => at,
                Some(at) => at + 1,
                None => 0,
            });
        }
        slot = bound.unwrap_or(0);
        block = node.child(slot);
        if bound.is_none() {
            // A smaller key than any: it widens the first child's range.
            set_key(spine.current()?.bytes_mut(), 0, key);
        }
    }
}

/// `has_space_for_insert`. The legacy code splits a full node even to overwrite a value in it.
fn has_space(tm: &TransactionManager, node: Node<'_>, key: u64) -> bool {
    if node.nr() < node.max() {
        return true;
    }
    tm.sm.allocator() == Allocator::Modern && node.is_leaf() && node.lower_bound(key).is_some_and(|slot| node.key(slot) == key)
}

/// `btree_split_beneath`: the root keeps its block and gets two new children.
fn split_beneath(host: &mut dyn Host, tm: &mut TransactionManager, spine: &mut Spine) -> Result<(), Errno> {
    let old = *spine.current()?.bytes();
    let total = Node::of(&old).nr();
    let nr_left = total / 2;
    let mut half = |from: usize, count: usize| -> Result<(u64, u64), Errno> {
        let mut child = tm.new_block(host, &VALIDATOR)?;
        let page = child.bytes_mut();
        set_header_like(page, &old);
        set_nr(page, count);
        let copied = copy_entries(page, 0, &old, from, count);
        let made = (Node::of(page).key(0), child.location());
        tm.bm.unlock(host, child);
        copied.map(|()| made)
    };
    let left = half(0, nr_left)?;
    let right = half(nr_left, total - nr_left)?;

    let page = spine.current()?.bytes_mut();
    set_header(page, INTERNAL, max_entries(8), 8);
    set_nr(page, 2);
    for (slot, (key, child)) in [left, right].into_iter().enumerate() {
        set_key(page, slot, key);
        set_value(page, slot, 8, child);
    }
    Ok(())
}

/// `rebalance_or_split`: makes room in the current node, which is child `slot` of its parent.
fn rebalance_or_split(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    slot: usize,
    key: u64,
) -> Result<(), Errno> {
    if tm.sm.allocator() == Allocator::Legacy {
        return split_one_into_two(host, tm, spine, slot, key);
    }
    let (parent, _) = spine.pair()?;
    let nr = Node::of(parent.bytes()).nr();
    let mut shared = [false; 2];
    for (is_right, shared) in [false, true].into_iter().zip(&mut shared) {
        let sibling = if is_right { Some(slot + 1).filter(|s| *s < nr) } else { slot.checked_sub(1) };
        let Some(sibling) = sibling else { continue };
        let block = Node::of(spine.pair()?.0.bytes()).child(sibling);
        *shared = tm.is_shared(host, block)?;
        if !*shared {
            let page = tm.bm.read(host, block, Some(&VALIDATOR))?;
            let node = Node::of(page.bytes());
            if node.max() - node.nr() >= SPACE_THRESHOLD {
                return rebalance(host, tm, vt, spine, slot, is_right, key);
            }
        }
    }
    if shared.contains(&true) || nr <= 2 || slot == 0 || slot + 1 == nr {
        split_one_into_two(host, tm, spine, slot, key)
    } else {
        split_two_into_three(host, tm, vt, spine, slot, key)
    }
}

/// `rebalance_left` and `rebalance_right`: evens the current node out with a sibling.
fn rebalance(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    slot: usize,
    with_right: bool,
    key: u64,
) -> Result<(), Errno> {
    let (parent, current) = spine.pair()?;
    let right_slot = if with_right { slot + 1 } else { slot };
    let sibling_slot = if with_right { slot + 1 } else { slot - 1 };
    let mut sibling = shadow_child(host, tm, vt, parent, sibling_slot)?;
    let moved = if with_right {
        redistribute2(current.bytes_mut(), sibling.bytes_mut())
    } else {
        redistribute2(sibling.bytes_mut(), current.bytes_mut())
    };
    if moved.is_err() {
        tm.bm.unlock(host, sibling);
        return moved;
    }
    let first_right = Node::of(if with_right { sibling.bytes() } else { current.bytes() }).key(0);
    set_key(parent.bytes_mut(), right_slot, first_right);
    if (key < first_right) == with_right {
        tm.bm.unlock(host, sibling);
    } else {
        spine.replace_current(host, tm, sibling);
    }
    Ok(())
}

/// `split_one_into_two`, and the legacy `btree_split_sibling`.
fn split_one_into_two(host: &mut dyn Host, tm: &mut TransactionManager, spine: &mut Spine, slot: usize, key: u64) -> Result<(), Errno> {
    let mut right = tm.new_block(host, &VALIDATOR)?;
    let (parent, left) = spine.pair()?;
    set_header_like(right.bytes_mut(), left.bytes());
    let done = redistribute2(left.bytes_mut(), right.bytes_mut()).and_then(|()| {
        let first = Node::of(right.bytes()).key(0);
        insert_at(parent.bytes_mut(), slot + 1, first, 8, right.location()).map(|()| first)
    });
    match done {
        Ok(first) if key >= first => {
            spine.replace_current(host, tm, right);
            Ok(())
        }
        other => {
            tm.bm.unlock(host, right);
            other.map(|_| ())
        }
    }
}

/// `split_two_into_three`: the current node and its left sibling, with a new one between them.
fn split_two_into_three(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    spine: &mut Spine,
    slot: usize,
    key: u64,
) -> Result<(), Errno> {
    let (parent, right) = spine.pair()?;
    let mut left = shadow_child(host, tm, vt, parent, slot - 1)?;
    let mut middle = match tm.new_block(host, &VALIDATOR) {
        Ok(middle) => middle,
        Err(errno) => {
            tm.bm.unlock(host, left);
            return Err(errno);
        }
    };
    set_header_like(middle.bytes_mut(), left.bytes());
    let done = redistribute3(left.bytes_mut(), middle.bytes_mut(), right.bytes_mut()).and_then(|()| {
        let firsts = (Node::of(middle.bytes()).key(0), Node::of(right.bytes()).key(0));
        insert_at(parent.bytes_mut(), slot, firsts.0, 8, middle.location())?;
        set_key(parent.bytes_mut(), slot + 1, firsts.1);
        Ok(firsts)
    });
    let (go_on_with, done_with): (Option<Locked>, Vec<Locked>) = match done {
        Ok((first_middle, _)) if key < first_middle => (Some(left), vec![middle]),
        Ok((_, first_right)) if key < first_right => (Some(middle), vec![left]),
        _ => (None, vec![left, middle]),
    };
    for locked in done_with {
        tm.bm.unlock(host, locked);
    }
    if let Some(locked) = go_on_with {
        spine.replace_current(host, tm, locked);
    }
    done.map(|_| ())
}

/// `redistribute2`: half of all entries, rounded down, to the left.
fn redistribute2(left: &mut [u8; PAGE_SIZE], right: &mut [u8; PAGE_SIZE]) -> Result<(), Errno> {
    let (nr_left, nr_right) = (Node::of(left).nr(), Node::of(right).nr());
    let total = nr_left + nr_right;
    let target_left = total / 2;
    if nr_left < target_left {
        let delta = target_left - nr_left;
        copy_entries(left, nr_left, right, 0, delta)?;
        move_entries(right, 0, delta, nr_right - delta)?;
    } else if nr_left > target_left {
        let delta = nr_left - target_left;
        move_entries(right, delta, 0, nr_right)?;
        copy_entries(right, 0, left, target_left, delta)?;
    }
    set_nr(left, target_left);
    set_nr(right, total - target_left);
    Ok(())
}

/// `redistribute3` with an empty node in the middle: a third of all entries to each.
fn redistribute3(left: &mut [u8; PAGE_SIZE], center: &mut [u8; PAGE_SIZE], right: &mut [u8; PAGE_SIZE]) -> Result<(), Errno> {
    let (nr_left, nr_right) = (Node::of(left).nr(), Node::of(right).nr());
    let total = nr_left + nr_right;
    let target_left = total / 3;
    let target_center = (total - target_left) / 2;
    let target_right = total - target_left - target_center;
    if nr_left < target_left {
        let short = target_left - nr_left;
        copy_entries(left, nr_left, right, 0, short)?;
        copy_entries(center, 0, right, short, target_center)?;
        move_entries(right, 0, nr_right - target_right, target_right)?;
    } else if nr_left < target_left + target_center {
        let from_left = nr_left - target_left;
        copy_entries(center, 0, left, target_left, from_left)?;
        copy_entries(center, from_left, right, 0, target_center - from_left)?;
        move_entries(right, 0, nr_right - target_right, target_right)?;
    } else {
        let short = target_right.checked_sub(nr_right).ok_or(Errno::IlSeq)?;
        move_entries(right, short, 0, nr_right)?;
        copy_entries(right, 0, left, nr_left - short, short)?;
        copy_entries(center, 0, left, target_left, target_center)?;
    }
    set_nr(left, target_left);
    set_nr(center, target_center);
    set_nr(right, target_right);
    Ok(())
}
