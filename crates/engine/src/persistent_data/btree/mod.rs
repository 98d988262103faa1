//! dm-btree: B+ trees with 64-bit keys.

mod cursor;
mod delete;
mod insert;
mod node;
mod remove;
mod spine;

pub use cursor::Cursor;
pub use delete::del;
pub use insert::{insert, overwrite};
pub use node::{Node, VALIDATOR};
pub use remove::remove;

use super::{Array, TransactionManager};
use crate::device::Host;
use crate::errno::Errno;

/// Deepest walk that is believed; deeper ones are cycles made by damage.
const MAX_DEPTH: usize = 64;

/// What leaves hold, and what a tree owes to what they point to (`struct dm_btree_value_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Numbers of 4 bytes: the space map's counts.
    Le32,
    /// Numbers of 8 bytes.
    Le64,
    /// Numbers of blocks of such an array, counted as owned.
    ArrayBlock(Array),
}

impl ValueType {
    /// Bytes of a value.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Le32 => 4,
            Self::Le64 | Self::ArrayBlock(_) => 8,
        }
    }
    fn inc(self, host: &mut dyn Host, tm: &mut TransactionManager, value: u64) {
        if let Self::ArrayBlock(_) = self {
            tm.inc(host, value);
        }
    }
    fn dec(self, host: &mut dyn Host, tm: &mut TransactionManager, value: u64) {
        if let Self::ArrayBlock(array) = self {
            super::array::block_dec(host, tm, array, value);
        }
    }
}

/// `dm_btree_empty`: the root of a tree without entries.
pub fn empty(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType) -> Result<u64, Errno> {
    let mut locked = tm.new_block(host, &VALIDATOR)?;
    Node::init(locked.bytes_mut(), node::LEAF, vt.size());
    let root = locked.location();
    tm.bm.unlock(host, locked);
    Ok(root)
}

/// `dm_btree_lookup`: the value of a key; ENODATA if it isn't there.
pub fn lookup(host: &mut dyn Host, tm: &mut TransactionManager, vt: ValueType, root: u64, key: u64) -> Result<u64, Errno> {
    let mut block = root;
    for _ in 0..MAX_DEPTH {
        let page = tm.bm.read(host, block, Some(&VALIDATOR))?;
        let node = Node::of(page.bytes());
        let Some(slot) = node.lower_bound(key) else { return Err(Errno::NoData) };
        if node.is_leaf() {
            return if node.key(slot) == key { Ok(node.value(slot, vt.size())) } else { Err(Errno::NoData) };
        }
        block = node.child(slot);
    }
    Err(Errno::Inval)
}
