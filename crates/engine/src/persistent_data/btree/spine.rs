//! The shadow spine: the one or two nodes of a top-down walk that are locked for writing.

use super::node::{Node, VALIDATOR, set_child};
use super::{MAX_DEPTH, ValueType};
use crate::device::Host;
use crate::errno::Errno;
use crate::persistent_data::{Locked, TransactionManager};

/// `struct shadow_spine`.
#[derive(Default)]
pub(super) struct Spine {
    root: Option<u64>,
    pub(super) parent: Option<Locked>,
    pub(super) current: Option<Locked>,
    depth: usize,
}

impl Spine {
    /// `shadow_step`: the current node becomes the parent, `block` the current one; the parent's slot is made to point to it.
    pub(super) fn step(
        &mut self,
        host: &mut dyn Host,
        tm: &mut TransactionManager,
        vt: ValueType,
        block: u64,
        slot_in_parent: usize,
    ) -> Result<(), Errno> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Errno::Inval);
        }
        if let Some(old) = self.parent.take() {
            tm.bm.unlock(host, old);
        }
        self.parent = self.current.take();
        let locked = shadow(host, tm, vt, block)?;
        if let Some(parent) = &mut self.parent {
            if Node::of(parent.bytes()).child(slot_in_parent) != locked.location() {
                set_child(parent.bytes_mut(), slot_in_parent, locked.location());
            }
        } else {
            self.root = Some(locked.location());
        }
        self.current = Some(locked);
        Ok(())
    }

    /// The current node; there is one once a step was made.
    pub(super) fn node(&self) -> Result<Node<'_>, Errno> {
        self.current.as_ref().map(|l| Node::of(l.bytes())).ok_or(Errno::Inval)
    }
    pub(super) fn current(&mut self) -> Result<&mut Locked, Errno> {
        self.current.as_mut().ok_or(Errno::Inval)
    }
    /// Parent and current node.
    pub(super) fn pair(&mut self) -> Result<(&mut Locked, &mut Locked), Errno> {
        match (&mut self.parent, &mut self.current) {
            (Some(parent), Some(current)) => Ok((parent, current)),
            _ => Err(Errno::Inval),
        }
    }
    /// Makes `locked` the current node; the one before is unlocked.
    pub(super) fn replace_current(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, locked: Locked) {
        if let Some(old) = self.current.replace(locked) {
            tm.bm.unlock(host, old);
        }
    }

    /// `exit_shadow_spine`: unlocks all and tells the new root.
    pub(super) fn exit(self, host: &mut dyn Host, tm: &mut TransactionManager) -> Option<u64> {
        for locked in [self.parent, self.current].into_iter().flatten() {
            tm.bm.unlock(host, locked);
        }
        self.root
    }
}

/// `bn_shadow`: a node of our own, its children counted once more if it had other owners.
pub(super) fn shadow(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, block: u64) -> Result<Locked, Errno> {
    let (locked, inc) = tm.shadow_block(host, block, &VALIDATOR)?;
    if inc {
        let node = Node::of(locked.bytes());
        for slot in 0..node.nr() {
            if node.is_internal() {
                tm.inc(host, node.child(slot));
            } else {
                vt.inc(host, tm, node.value(slot, vt.size()));
            }
        }
    }
    Ok(locked)
}

/// `shadow_child` and `init_child`: a child of `parent`, ready to change, `parent` pointing to it.
pub(super) fn shadow_child(
    host: &mut dyn Host,
    tm: &mut TransactionManager,
    vt: ValueType,
    parent: &mut Locked,
    slot: usize,
) -> Result<Locked, Errno> {
    let child = Node::of(parent.bytes()).child(slot);
    let locked = shadow(host, tm, vt, child)?;
    set_child(parent.bytes_mut(), slot, locked.location());
    Ok(locked)
}
