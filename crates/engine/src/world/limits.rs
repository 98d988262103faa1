//! Limits of this machine that a real one does not have. Linux allocates memory as needed and returns ENOMEM when there is none; here the
//! numbers are fixed, so that a script ends the same way everywhere. A log line says which limit it was.

use super::World;
use crate::device::Host;
use crate::errno::Errno;
use crate::target::CACHE_BLOCKS_MAX;

/// Targets of all tables together, live and inactive.
pub const TARGETS_MAX: usize = 1 << 14;
/// Mapped devices.
pub const DEVICES_MAX: usize = 256;

impl World {
    /// Targets of all tables, live and inactive.
    #[must_use]
    pub fn targets(&self) -> usize {
        let tables = self.machine.mapper.devices.values().flat_map(|d| [&d.live, &d.inactive]);
        tables.flatten().map(|table| table.targets.len()).sum()
    }

    /// Cache blocks that another cache target may have.
    pub(super) fn cache_blocks_left(&self) -> u64 {
        let blocks: u64 = self.caches.iter().map(|slot| u64::from(slot.cache.most_blocks())).sum();
        CACHE_BLOCKS_MAX.saturating_sub(blocks)
    }

    /// Whether that many more targets fit; -ENOMEM and a log line if not.
    pub(super) fn check_targets(&mut self, more: usize) -> Result<(), Errno> {
        self.fits(self.targets().saturating_add(more) <= TARGETS_MAX, || format!("{TARGETS_MAX} targets in all tables"))
    }

    /// Whether one more mapped device fits; -ENOMEM and a log line if not.
    pub(super) fn check_devices(&mut self) -> Result<(), Errno> {
        self.fits(self.machine.mapper.devices.len() < DEVICES_MAX, || format!("{DEVICES_MAX} mapped devices"))
    }

    fn fits(&mut self, fits: bool, what: impl FnOnce() -> String) -> Result<(), Errno> {
        if fits {
            return Ok(());
        }
        self.machine.klog(format!("dm-cache-lab: no more than {}", what()));
        Err(Errno::NoMem)
    }
}
