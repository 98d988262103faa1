//! What a block must look like to be believed, as the buffer that holds it remembers it.

use crate::device::PAGE_SIZE;
use crate::errno::Errno;
use crate::kernel::Kernel;
use std::fmt;

/// `struct dm_block_validator`: fills in location and checksum before a write, checks them after a read.
///
/// Two validators are the same when their names are.
pub struct Validator {
    /// As kernel messages have it: `btree_node`.
    pub name: &'static str,
    /// Fills in location and checksum.
    pub prepare_for_write: fn(&mut [u8; PAGE_SIZE], block: u64),
    /// Checks a block that was just read; the reason goes to the log, as a complete line.
    pub check: Check,
}

/// Checks the bytes of a block read from that place, as that kernel does; the last argument takes lines for its log.
pub(super) type Check = fn(&[u8; PAGE_SIZE], block: u64, kernel: Kernel, log: &mut dyn FnMut(String)) -> Result<(), Errno>;

impl PartialEq for Validator {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Validator {}
impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
