//! What only a laboratory can do: cut the power, fail sectors, look at disks, listen.

use super::conductor::Conductor;
use super::machine::Drive;
use super::{Failure, Usage, World, work_of_bytes};
use crate::device::{DevNo, Disk, Host, Page};
use crate::errno::Errno;
use crate::event::Event;
use crate::metadata::Registry;
use crate::target::env::Bio;
use std::collections::BTreeMap;

/// All disks as they were right after one write: what a power cut at that instant would have found.
#[derive(Debug, Clone)]
pub struct Moment(BTreeMap<DevNo, Drive>);

impl Moment {
    /// A disk, with its unflushed writes.
    #[must_use]
    pub fn disk(&self, dev: DevNo) -> Option<&Disk> {
        self.0.get(&dev).map(|drive| &drive.disk)
    }
}

impl World {
    /// From now on each write to this disk records a [`Moment`] (`None`: stop). Each is a clone, and clones are cheap.
    pub fn watch_writes(&mut self, dev: Option<DevNo>) {
        self.machine.watched = dev;
    }

    /// The moments since the last call, oldest first.
    pub fn take_moments(&mut self) -> Vec<Moment> {
        std::mem::take(&mut self.machine.moments).into_iter().map(Moment).collect()
    }

    /// Removes the flush before the superblock from every commit, or restores it. No real kernel has this fault.
    pub fn set_skip_precommit_flush(&mut self, skip: bool) {
        self.machine.skip_precommit_flush = skip;
    }

    /// Cuts the power as of that moment; otherwise as [`World::power_cut_torn`].
    ///
    /// What was acknowledged between that moment and now still counts: [`World::lost_pages`] expects it.
    pub fn power_cut_at(&mut self, moment: &Moment, keep: &dyn Fn(DevNo, u64) -> u8) {
        self.machine.drives = moment.0.clone();
        self.power_cut_torn(keep);
    }

    /// The kernel log since the last call (`dmesg -c`).
    pub fn take_klog(&mut self) -> Vec<String> {
        let lines = self.machine.klog.iter().skip(self.machine.klog_seen).map(|line| line.to_string()).collect();
        self.machine.klog_seen = self.machine.klog.len();
        lines
    }

    /// The whole kernel log since boot.
    pub fn klog(&self) -> impl Iterator<Item = &str> {
        self.machine.klog.iter().map(|line| &**line)
    }

    /// Cuts the power and restores it. In-core state is lost; each unflushed write survives if `keep(dev, its number)` says so.
    pub fn power_cut(&mut self, keep: &dyn Fn(DevNo, u64) -> bool) {
        self.power_cut_torn(&|dev, write| if keep(dev, write) { 0xff } else { 0 });
    }

    /// As [`World::power_cut`], sector by sector: bit n of the mask says whether sector n of the written page arrived.
    pub fn power_cut_torn(&mut self, keep: &dyn Fn(DevNo, u64) -> u8) {
        self.truth_cut();
        self.caches.clear();
        self.sched = super::Sched::default();
        self.out.clear();
        self.flights.clear();
        self.parents.clear();
        self.copies.clear();
        self.requests.clear();
        let listening = self.machine.listening();
        if listening {
            let gone: Vec<DevNo> = self.machine.mapper.devices.values().map(crate::mapper::MappedDevice::dev).collect();
            for dev in gone {
                self.machine.event(Event::DeviceRemoved { dev });
            }
        }
        self.registry = Registry::new(self.registry.sharing);
        self.conductor = Conductor::default();
        self.machine.mapper.devices.clear();
        self.machine.hang = None;
        let devs: Vec<DevNo> = self.machine.drives.keys().copied().collect();
        for dev in devs {
            let Some(Drive { disk, .. }) = self.machine.drives.get_mut(&dev) else { continue };
            let reverted = disk.power_cut_torn(|i, _| keep(dev, i as u64));
            if listening {
                self.machine.event(Event::PowerCut { dev, reverted });
            }
        }
    }

    /// Sets how long disks take from now on, in virtual nanoseconds: per bio, and per page of it (60,000 and 2,000 by default).
    pub fn set_disk_time(&mut self, bio_ns: u64, page_ns: u64) {
        self.machine.disk_bio_ns = bio_ns;
        self.machine.disk_page_ns = page_ns;
    }

    /// A disk, to damage it, fail ranges of its sectors, or put an image onto it.
    pub fn disk_mut(&mut self, dev: DevNo) -> Option<&mut Disk> {
        self.machine.drives.get_mut(&dev).map(|d| &mut d.disk)
    }

    /// From now on reads and/or writes of these sectors of a disk fail.
    pub fn fail_device(&mut self, dev: DevNo, sectors: std::ops::Range<u64>, read: bool, write: bool) -> Result<(), Errno> {
        self.disk_mut(dev).ok_or(Errno::NoDev)?.fail_range(sectors, read, write);
        Ok(())
    }

    /// Puts bytes onto a disk behind the machine's back, from its first sector on, durable at once.
    pub fn restore_image(&mut self, dev: DevNo, bytes: &[u8]) -> Result<(), Errno> {
        self.truth_overwritten(dev, 0, (bytes.len() as u64).div_ceil(crate::device::SECTOR_SIZE as u64));
        for (block, chunk) in (0..).zip(bytes.chunks(crate::device::PAGE_SIZE)) {
            let disk = &mut self.machine.drives.get_mut(&dev).ok_or(Errno::NoDev)?.disk;
            let mut page = disk.peek(block);
            if page.bytes()[..chunk.len()] == *chunk {
                continue;
            }
            page.make_mut()[..chunk.len()].copy_from_slice(chunk);
            disk.poke(block, page.clone());
            if self.machine.listening() {
                self.machine.event(Event::DiskWrite { dev, block, page, by: None });
            }
        }
        Ok(())
    }

    /// The bytes of a device as they would read now, touching nothing; unreadable pages of a mapped device are zeros.
    pub fn image(&self, dev: DevNo) -> Result<Vec<u8>, Errno> {
        if let Some(drive) = self.machine.drives.get(&dev) {
            return Ok(drive.disk.image(drive.disk.sectors()));
        }
        let sectors = self.machine.mapper.get(dev).ok_or(Errno::NoDev)?.sectors();
        let mut out = Vec::new();
        for page_no in 0..sectors.div_ceil(crate::device::PAGE_SECTORS) {
            out.extend_from_slice(self.peek_page(dev, page_no).unwrap_or_else(Page::zero).bytes());
        }
        out.truncate(usize::try_from(sectors).unwrap_or(0) * crate::device::SECTOR_SIZE);
        Ok(out)
    }

    /// [`World::image`] for a program that runs on the machine and holds it: its bytes, and as many again, count against the run's limits.
    ///
    /// # Errors
    /// A device that is not there; a limit that it would go beyond.
    pub fn image_for_program(&mut self, dev: DevNo) -> Result<Vec<u8>, Failure> {
        let len = self.sectors(dev).saturating_mul(crate::device::SECTOR_SIZE as u64);
        self.allows(Usage { work: 2 * work_of_bytes(len), memory: 2 * len, ..Usage::default() })?;
        self.spend(work_of_bytes(len));
        Ok(self.image(dev)?)
    }

    /// What is in flight, piece by piece; the rest of a world is shared with its copy.
    fn copying_work(&self) -> u64 {
        let mut pieces = self.flights.len() + self.copies.len() + self.truth.len();
        let mut pages = 0;
        let mut count = |bio: &Bio| {
            pieces += 1;
            pages += bio.pages.len();
        };
        self.sched.bios().for_each(&mut count);
        self.parents.values().for_each(|parent| count(&parent.bio));
        self.requests.values().filter_map(|request| request.done.as_ref()).for_each(|(bio, _)| count(bio));
        self.machine.mapper.devices.values().flat_map(|d| &d.deferred).for_each(|held| count(&held.bio));
        self.caches.iter().flat_map(|slot| slot.cache.bios()).for_each(&mut count);
        pieces += self.caches.iter().map(|slot| slot.cache.under_way()).sum::<usize>();
        (pieces + pages) as u64
    }

    /// Runs something in a copy of the world that records nothing; its cost counts here.
    pub fn in_a_copy<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> R {
        self.spend(self.copying_work());
        let mut copy = self.clone();
        copy.record(false);
        let result = act(&mut copy);
        self.machine.taken.work = copy.machine.taken.work;
        result
    }

    /// Records events from now on, or stops.
    pub fn record(&mut self, on: bool) {
        match (on, self.machine.events.is_some()) {
            (true, false) => self.machine.events = Some(Vec::new()),
            (false, true) => self.machine.stop_recording(),
            _ => {}
        }
    }

    /// The events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.machine.events.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Inserts one of the caller's events among the machine's (a command begins, a command ends).
    pub fn note(&mut self, event: Event) {
        self.machine.event(event);
    }
}
