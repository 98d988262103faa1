//! The smallest machine: some disks, a log, a list of events.

use super::{DevNo, Disk, Host, Page};
use crate::errno::Errno;
use crate::event::{ClientId, Event};
use crate::kernel::Kernel;
use std::collections::BTreeMap;
use std::num::NonZero;

/// A [`Host`] of in-memory disks for tests and for users of the metadata engine alone.
#[derive(Debug, Clone, Default)]
pub struct MemHost {
    /// The disks.
    pub disks: BTreeMap<DevNo, Disk>,
    /// The kernel log so far.
    pub log: Vec<String>,
    /// Events so far, if `listen` is set.
    pub events: Vec<Event>,
    /// Whether to keep events.
    pub listen: bool,
    /// Which kernel to be.
    pub kernel: Kernel,
    next_id: u64,
}

impl MemHost {
    /// A machine with one disk, 254:0 (`vda`).
    #[must_use]
    pub fn with_disk(sectors: u64) -> (Self, DevNo) {
        let dev = DevNo { major: DevNo::DISK_MAJOR, minor: 0 };
        let mut host = Self::default();
        host.disks.insert(dev, Disk::new("vda", sectors));
        (host, dev)
    }

    /// The disk, if there is one.
    #[must_use]
    pub fn disk(&self, dev: DevNo) -> Option<&Disk> {
        self.disks.get(&dev)
    }

    fn disk_mut(&mut self, dev: DevNo) -> Result<&mut Disk, Errno> {
        self.disks.get_mut(&dev).ok_or(Errno::NxIo)
    }

    fn failed(&mut self, dev: DevNo, block: u64, write: bool, errno: Errno) -> Errno {
        if self.listen {
            self.events.push(Event::DiskError { dev, block, write, errno });
        }
        errno
    }
}

impl Host for MemHost {
    fn read(&mut self, dev: DevNo, block: u64, by: Option<ClientId>) -> Result<Page, Errno> {
        let page = self.disk_mut(dev)?.read_page(block).map_err(|e| self.failed(dev, block, false, e))?;
        if self.listen {
            self.events.push(Event::DiskRead { dev, block, by: by.and_then(NonZero::new) });
        }
        Ok(page)
    }

    fn write(&mut self, dev: DevNo, block: u64, page: &Page, by: Option<ClientId>) -> Result<(), Errno> {
        self.disk_mut(dev)?.write_page(block, page).map_err(|e| self.failed(dev, block, true, e))?;
        if self.listen {
            self.events.push(Event::DiskWrite { dev, block, page: page.clone(), by: by.and_then(NonZero::new) });
        }
        Ok(())
    }

    fn flush(&mut self, dev: DevNo) -> Result<(), Errno> {
        self.disk_mut(dev)?.flush()?;
        if self.listen {
            self.events.push(Event::DiskFlush { dev });
        }
        Ok(())
    }

    fn sectors(&self, dev: DevNo) -> u64 {
        self.disks.get(&dev).map_or(0, Disk::sectors)
    }

    fn is_read_only(&self, dev: DevNo) -> bool {
        self.disks.get(&dev).is_some_and(Disk::is_read_only)
    }

    fn klog(&mut self, line: String) {
        if self.listen {
            self.events.push(Event::Klog { line: line.as_str().into() });
        }
        self.log.push(line);
    }

    fn listening(&self) -> bool {
        self.listen
    }

    fn event(&mut self, event: Event) {
        if self.listen {
            self.events.push(event);
        }
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn kernel(&self) -> Kernel {
        self.kernel
    }
}
