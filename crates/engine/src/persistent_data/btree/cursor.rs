//! A walk over the entries in order.

use super::node::{Node, VALIDATOR};
use crate::device::{Host, Page};
use crate::errno::Errno;
use crate::persistent_data::TransactionManager;

/// `DM_BTREE_CURSOR_MAX_DEPTH`.
const MAX_DEPTH: usize = 16;

/// `struct dm_btree_cursor`, over 8-byte values.
#[derive(Debug, Clone)]
pub struct Cursor {
    stack: Vec<(Page, usize)>,
    prefetch_leaves: bool,
}

impl Cursor {
    /// `dm_btree_cursor_begin`: on the first entry; ENODATA in an empty tree.
    ///
    /// With `prefetch_leaves` the values are blocks, and all of a leaf's are read into the cache.
    pub fn begin(host: &mut dyn Host, tm: &mut TransactionManager, root: u64, prefetch_leaves: bool) -> Result<Self, Errno> {
        let mut cursor = Self { stack: Vec::new(), prefetch_leaves };
        cursor.push(host, tm, root)?;
        cursor.find_leaf(host, tm)?;
        Ok(cursor)
    }

    /// `dm_btree_cursor_get_value`: key and value; ENODATA at the end, EINVAL in a damaged node that is leaf and internal at once.
    pub fn value(&self) -> Result<(u64, u64), Errno> {
        let (page, slot) = self.stack.last().ok_or(Errno::NoData)?;
        let node = Node::of(page.bytes());
        if node.is_internal() { Err(Errno::Inval) } else { Ok((node.key(*slot), node.value(*slot, 8))) }
    }

    /// `dm_btree_cursor_next`; ENODATA at the end.
    pub fn next(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        loop {
            let Some((page, slot)) = self.stack.last_mut() else { return Err(Errno::NoData) };
            *slot += 1;
            if *slot < Node::of(page.bytes()).nr() {
                break;
            }
            self.stack.pop();
        }
        self.find_leaf(host, tm).inspect_err(|_| dmerr(host, "find_leaf failed"))
    }

    /// `dm_btree_cursor_skip`.
    pub fn skip(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, count: u32) -> Result<(), Errno> {
        (0..count).try_for_each(|_| self.next(host, tm))
    }

    fn find_leaf(&mut self, host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
        while let Some((page, slot)) = self.stack.last() {
            let node = Node::of(page.bytes());
            if node.is_leaf() {
                return if node.nr() == 0 { Err(Errno::NoData) } else { Ok(()) };
            }
            let child = node.child(*slot);
            self.push(host, tm, child)?;
        }
        Err(Errno::NoData)
    }

    fn push(&mut self, host: &mut dyn Host, tm: &mut TransactionManager, block: u64) -> Result<(), Errno> {
        if self.stack.len() >= MAX_DEPTH - 1 {
            dmerr(host, "couldn't push cursor node, stack depth too high");
            return Err(Errno::Inval);
        }
        let page = tm.bm.read(host, block, Some(&VALIDATOR))?;
        let node = Node::of(page.bytes());
        if self.prefetch_leaves || !node.is_leaf() {
            for slot in 0..node.nr() {
                tm.bm.prefetch(host, node.child(slot));
            }
        }
        self.stack.push((page, 0));
        Ok(())
    }
}

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: btree: {text}"));
}
