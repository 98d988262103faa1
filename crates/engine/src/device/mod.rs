//! Block devices in memory, and the contract ([`Host`]) through which everything above reaches them.

mod disk;
mod mem_host;
mod page;
pub(crate) mod page_map;
mod pages;
mod speed;

pub use disk::{Counters, Disk, Failure, Unflushed};
pub use mem_host::MemHost;
pub use page::{PAGE_SIZE, Page};
pub use pages::Pages;
pub use speed::Speed;

use crate::errno::Errno;
use crate::event::{ClientId, Event};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes in a sector.
pub const SECTOR_SIZE: usize = 512;
/// Sectors in a 4 KiB page.
pub const PAGE_SECTORS: u64 = 8;

/// A block device's identity: its device number. A disk is major 254, a mapped device major 253.
///
/// The kernel's registry compares `block_device` pointers; two numbers here are two pointers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DevNo {
    /// Major number.
    pub major: u32,
    /// Minor number.
    pub minor: u32,
}

impl DevNo {
    /// Major number of the virtual disks (`/dev/vda`, …), as virtio-blk has it in the recordings.
    pub const DISK_MAJOR: u32 = 254;
    /// Major number of mapped devices.
    pub const DM_MAJOR: u32 = 253;

    /// Whether this is a mapped device.
    #[must_use]
    pub const fn is_dm(self) -> bool {
        self.major == Self::DM_MAJOR
    }
}

impl fmt::Display for DevNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

/// What the metadata engine needs from the machine around it: synchronous block I/O, the kernel log, events.
///
/// Blocks are 4 KiB, numbered from 0. I/O to a mapped device is routed through its live table.
pub trait Host {
    /// Reads one 4 KiB block.
    fn read(&mut self, dev: DevNo, block: u64, by: Option<ClientId>) -> Result<Page, Errno>;
    /// Writes one 4 KiB block (into the device's volatile cache).
    fn write(&mut self, dev: DevNo, block: u64, page: &Page, by: Option<ClientId>) -> Result<(), Errno>;
    /// Makes everything written so far durable.
    fn flush(&mut self, dev: DevNo) -> Result<(), Errno>;
    /// Size in 512-byte sectors; 0 for a device that is gone.
    fn sectors(&self, dev: DevNo) -> u64;
    /// Whether the device refuses writes.
    fn is_read_only(&self, dev: DevNo) -> bool;
    /// One line of the kernel log, complete as `dmesg` prints it (`device-mapper: cache: 253:0: …`).
    fn klog(&mut self, line: String);
    /// The same with the kernel's rate limit (`___ratelimit`): a function logs ten lines in five seconds, then none; when it logs again
    /// after that time a line before says how many were left out.
    fn klog_limited(&mut self, _function: &'static str, line: String) {
        self.klog(line);
    }
    /// Whether anybody listens to events; ask before building one.
    fn listening(&self) -> bool;
    /// Hands an event to the listener, if any.
    fn event(&mut self, event: Event);
    /// A fresh id, never used before in this machine (objects, buffer-cache clients, tables).
    fn fresh_id(&mut self) -> u64;
    /// The kernel this machine behaves like.
    fn kernel(&self) -> crate::kernel::Kernel;
    /// A laboratory's fault: commits leave out the flush between their blocks and the superblock. No real kernel does.
    fn skips_precommit_flush(&self) -> bool {
        false
    }
}
