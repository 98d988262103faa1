//! Removal: children are merged or evened out on the way down, so that none gets too empty.
//! `docs/metadata-engine.md#btree-remove`

use super::ValueType;
use super::node::{Node, VALIDATOR, copy_entries, delete_at, move_entries, set_key, set_nr};
use super::spine::{Spine, shadow_child};
use crate::device::{Host, PAGE_SIZE};
use crate::errno::Errno;
use crate::persistent_data::{Locked, TransactionManager};

/// `dm_btree_remove`: the key and what its value owns; ENODATA if it isn't there.
pub fn remove(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, root: &mut u64, key: u64) -> Result<(), Errno> {
    let mut spine = Spine::default();
    let result = remove_on(host, tm, vt, &mut spine, *root, key);
    // Even a failure has shadowed its way down, so the new root stands in either case.
    if let Some(new_root) = spine.exit(host, tm) {
        *root = new_root;
    }
    result
}

/// `remove_raw` and the deletion in the leaf.
fn remove_on(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, spine: &mut Spine, root: u64, key: u64) -> Result<(), Errno> {
    let (mut block, mut slot) = (root, 0);
    loop {
        spine.step(host, tm, vt, block, slot)?;
        if !spine.node()?.is_leaf() {
            rebalance_children(host, tm, vt, spine.current()?, key)?;
        }
        let node = spine.node()?;
        slot = node.lower_bound(key).ok_or(Errno::NoData)?;
        if node.is_leaf() {
            if node.key(slot) != key {
                return Err(Errno::NoData);
            }
            vt.dec(host, tm, node.value(slot, vt.size()));
            return delete_at(spine.current()?.bytes_mut(), slot);
        }
        block = node.child(slot);
    }
}

/// A child under change and its slot in the parent.
struct Child {
    slot: usize,
    locked: Locked,
}

impl Child {
    fn nr(&self) -> usize {
        Node::of(self.locked.bytes()).nr()
    }
    fn first_key(&self) -> u64 {
        Node::of(self.locked.bytes()).key(0)
    }
    fn page(&mut self) -> &mut [u8; PAGE_SIZE] {
        self.locked.bytes_mut()
    }
    fn merge_threshold(&self) -> usize {
        Node::of(self.locked.bytes()).max() / 3
    }
}

fn rebalance_children(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, parent: &mut Locked, key: u64) -> Result<(), Errno> {
    let node = Node::of(parent.bytes());
    let nr = node.nr();
    if nr == 1 {
        let only = node.child(0);
        let page = tm.bm.read(host, only, Some(&VALIDATOR))?;
        parent.set_page(page);
        tm.dec(host, only);
        return Ok(());
    }
    let slot = node.lower_bound(key).ok_or(Errno::NoData)?;
    let (first, count) = match slot {
        0 => (0, 2),
        _ if slot + 1 == nr => (slot - 1, 2),
        _ => (slot - 1, 3),
    };
    let mut children = Vec::with_capacity(count);
    let mut result = Ok(());
    for slot in first..first + count {
        match shadow_child(host, tm, vt, parent, slot) {
            Ok(locked) => children.push(Child { slot, locked }),
            Err(errno) => {
                result = Err(errno);
                break;
            }
        }
    }
    if result.is_ok() {
        result = match children.as_mut_slice() {
            [left, right] => rebalance2(host, tm, parent, left, right),
            [left, center, right] => rebalance3(host, tm, parent, left, center, right),
            _ => Err(Errno::Inval),
        };
    }
    for child in children {
        tm.bm.unlock(host, child.locked);
    }
    result
}

fn rebalance2(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    parent: &mut Locked,
    left: &mut Child,
    right: &mut Child,
) -> Result<(), Errno> {
    let (nr_left, nr_right) = (left.nr(), right.nr());
    // One above the threshold in each, so that the removal to come leaves neither below it (seen on 6.1: 16-depth-two).
    if nr_left + nr_right < 2 * (left.merge_threshold() + 1) {
        copy_entries(left.page(), nr_left, right.locked.bytes(), 0, nr_right)?;
        set_nr(left.page(), nr_left + nr_right);
        delete_at(parent.bytes_mut(), right.slot)?;
        // The right node's children live on in the left one.
        tm.dec(host, right.locked.location());
        return Ok(());
    }
    let target_left = (nr_left + nr_right) / 2;
    shift(left, right, nr_left as isize - target_left as isize)?;
    set_key(parent.bytes_mut(), right.slot, right.first_key());
    Ok(())
}

fn rebalance3(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    parent: &mut Locked,
    left: &mut Child,
    center: &mut Child,
    right: &mut Child,
) -> Result<(), Errno> {
    if left.nr() + center.nr() + right.nr() < 4 * left.merge_threshold() + 1 {
        delete_center(host, tm, parent, left, center, right)
    } else {
        redistribute3(parent, left, center, right)
    }
}

/// `delete_center_node`: fills the left node, gives the rest to the right, then evens those two out.
fn delete_center(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    parent: &mut Locked,
    left: &mut Child,
    center: &mut Child,
    right: &mut Child,
) -> Result<(), Errno> {
    let (nr_left, nr_center, nr_right) = (left.nr(), center.nr(), right.nr());
    let to_left = Node::of(left.locked.bytes()).max().saturating_sub(nr_left).min(nr_center);
    copy_entries(left.page(), nr_left, center.locked.bytes(), 0, to_left)?;
    set_nr(left.page(), nr_left + to_left);
    let to_right = nr_center - to_left;
    if to_right > 0 {
        move_entries(right.page(), to_right, 0, nr_right)?;
        copy_entries(right.page(), 0, center.locked.bytes(), to_left, to_right)?;
        set_nr(right.page(), nr_right + to_right);
    }
    set_key(parent.bytes_mut(), right.slot, right.first_key());
    delete_at(parent.bytes_mut(), center.slot)?;
    right.slot -= 1;
    tm.dec(host, center.locked.location());
    rebalance2(host, tm, parent, left, right)
}

fn redistribute3(parent: &mut Locked, left: &mut Child, center: &mut Child, right: &mut Child) -> Result<(), Errno> {
    let (nr_left, nr_center, nr_right) = (left.nr() as isize, center.nr() as isize, right.nr() as isize);
    let total = nr_left + nr_center + nr_right;
    let target_right = total / 3;
    let target_left = target_right + isize::from(target_right * 3 != total);
    if nr_left < nr_right {
        let mut s = nr_left - target_left;
        let mut nr_right = nr_right;
        if s < 0 && nr_center < -s {
            shift(left, center, -nr_center)?;
            s += nr_center;
            shift(left, right, s)?;
            nr_right += s;
        } else {
            shift(left, center, s)?;
        }
        shift(center, right, target_right - nr_right)?;
    } else {
        let mut s = target_right - nr_right;
        let mut nr_left = nr_left;
        if s > 0 && nr_center < s {
            shift(center, right, nr_center)?;
            s -= nr_center;
            shift(left, right, s)?;
            nr_left -= s;
        } else {
            shift(center, right, s)?;
        }
        shift(left, center, nr_left - target_left)?;
    }
    set_key(parent.bytes_mut(), center.slot, center.first_key());
    set_key(parent.bytes_mut(), right.slot, right.first_key());
    Ok(())
}

/// Moves `count` entries from the left node's end to the right node's start, or -`count` the other way.
fn shift(left: &mut Child, right: &mut Child, count: isize) -> Result<(), Errno> {
    let (nr_left, nr_right) = (left.nr(), right.nr());
    let n = count.unsigned_abs();
    if count > 0 {
        let from = nr_left.checked_sub(n).ok_or(Errno::IlSeq)?;
        move_entries(right.page(), n, 0, nr_right)?;
        copy_entries(right.page(), 0, left.locked.bytes(), from, n)?;
        set_nr(left.page(), from);
        set_nr(right.page(), nr_right + n);
    } else if count < 0 {
        let rest = nr_right.checked_sub(n).ok_or(Errno::IlSeq)?;
        copy_entries(left.page(), nr_left, right.locked.bytes(), 0, n)?;
        move_entries(right.page(), 0, n, rest)?;
        set_nr(left.page(), nr_left + n);
        set_nr(right.page(), rest);
    }
    Ok(())
}
