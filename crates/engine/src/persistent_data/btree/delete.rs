//! Deletion of a whole tree.

use super::node::{Node, VALIDATOR};
use super::{MAX_DEPTH, ValueType};
use crate::device::{Host, Page};
use crate::errno::Errno;
use crate::persistent_data::TransactionManager;

struct Frame {
    block: u64,
    page: Page,
    next_child: usize,
}

/// `dm_btree_del`: lets go of every node and value. A node with other owners loses one and is left alone.
pub fn del(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, root: u64) -> Result<(), Errno> {
    let mut stack = Vec::new();
    push(host, tm, &mut stack, root)?;
    while let Some(frame) = stack.last_mut() {
        let node = Node::of(frame.page.bytes());
        if node.is_internal() && frame.next_child < node.nr() {
            let child = node.child(frame.next_child);
            frame.next_child += 1;
            push(host, tm, &mut stack, child)?;
            continue;
        }
        let Some(frame) = stack.pop() else { break };
        let node = Node::of(frame.page.bytes());
        if !node.is_internal() {
            for slot in 0..node.nr() {
                vt.dec(host, tm, node.value(slot, vt.size()));
            }
        }
        tm.dec(host, frame.block);
    }
    Ok(())
}

/// `push_frame`.
fn push(host: &mut dyn Host, tm: &mut TransactionManager, stack: &mut Vec<Frame>, block: u64) -> Result<(), Errno> {
    if stack.len() >= MAX_DEPTH {
        host.klog("device-mapper: btree: btree deletion stack out of memory".to_owned());
        return Err(Errno::NoMem);
    }
    if tm.ref_count(host, block)? > 1 {
        tm.dec(host, block);
        return Ok(());
    }
    let page = tm.bm.read(host, block, Some(&VALIDATOR))?;
    let node = Node::of(page.bytes());
    if node.is_internal() {
        for slot in 0..node.nr() {
            tm.bm.prefetch(host, node.child(slot));
        }
    }
    stack.push(Frame { block, page, next_child: 0 });
    Ok(())
}
