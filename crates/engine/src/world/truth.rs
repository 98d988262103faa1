//! The truth keeper: what was written through a cached device and acknowledged, so that losses can be named.
//!
//! Nothing here is ever a flag: a page is lost if its bytes, read now through the live table without touching
//! anything, are none of those that may stand there.

use super::World;
use super::machine::Machine;
use crate::device::page_map::PageMap;
use crate::device::{DevNo, Host, PAGE_SECTORS, Page, SECTOR_SIZE};
use crate::errno::Errno;
use crate::event::Event;
use crate::mapper::Kind;
use crate::target::args::IoMode;
use crate::target::env::{Bio, BioOp};
use std::collections::BTreeMap;
use std::ops::Range;

/// The acknowledged content of a page.
#[derive(Debug, Clone)]
struct Known {
    page: Page,
    /// A later write failed or was never acknowledged: either content is acceptable.
    doubtful: bool,
}

/// One device's.
#[derive(Debug, Clone, Default)]
struct Kept {
    /// The origin's place on a disk: device, first sector.
    origin: Option<(DevNo, u64)>,
    pages: PageMap<Known>,
}

/// What all cached devices acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    live: BTreeMap<u32, Kept>,
    /// For devices that were removed or cut off, by name, until they return.
    parked: BTreeMap<String, Kept>,
}

impl Truth {
    /// How many devices it knows.
    pub(super) fn len(&self) -> usize {
        self.live.len() + self.parked.len()
    }
}

/// Takes back what was promised of these pages, and tells it of a device that is there.
fn unpromise(machine: &mut Machine, minor: Option<u32>, kept: &mut Kept, pages: Range<u64>) {
    let gone: Vec<u64> = kept.pages.range(pages).map(|(n, _)| n).collect();
    for page_no in gone {
        kept.pages.remove(page_no);
        if let (Some(minor), true) = (minor, machine.listening()) {
            machine.event(Event::Unpromised { dev: DevNo { major: DevNo::DM_MAJOR, minor }, page_no });
        }
    }
}

impl World {
    /// A table was bound: whose origin is it now?
    pub(super) fn truth_bound(&mut self, minor: u32) {
        let Some(md) = self.machine.mapper.devices.get(&minor) else { return };
        let Some(Kind::Cache { devices, .. }) = md.live.as_ref().and_then(|t| t.targets.first()).map(|t| &t.kind) else { return };
        let origin = self.machine.locate(devices[2], 0, 0);
        let dev = md.dev();
        if !self.truth.live.contains_key(&minor)
            && let Some(parked) = self.truth.parked.remove(&md.name)
            && parked.origin == origin
        {
            if self.machine.listening() {
                for (page_no, known) in parked.pages.iter().filter(|(_, known)| !known.doubtful) {
                    self.machine.event(Event::Acknowledged { dev, page_no, page: known.page.clone() });
                }
            }
            self.truth.live.insert(minor, parked);
        }
        let kept = self.truth.live.entry(minor).or_default();
        if kept.origin.is_some() && kept.origin != origin {
            let gone = std::mem::take(&mut kept.pages);
            if self.machine.listening() {
                gone.iter().for_each(|(page_no, _)| self.machine.event(Event::Unpromised { dev, page_no }));
            }
        }
        kept.origin = origin;
    }

    /// The device is removed; what it promised stays known under its name.
    pub(super) fn truth_park(&mut self, minor: u32) {
        let kept = self.truth.live.remove(&minor).filter(|kept| !kept.pages.is_empty());
        if let (Some(kept), Some(md)) = (kept, self.machine.mapper.devices.get(&minor)) {
            self.truth.parked.insert(md.name.clone(), kept);
        }
    }

    /// A direct write to a disk: whatever part of an origin lies there is no longer promised.
    pub(super) fn truth_overwritten(&mut self, dev: DevNo, sector: u64, sectors: u64) {
        self.machine.spend(self.truth.len() as u64);
        let live = self.truth.live.iter_mut().map(|(minor, kept)| (Some(*minor), kept));
        for (minor, kept) in live.chain(self.truth.parked.values_mut().map(|kept| (None, kept))) {
            let Some((disk, start)) = kept.origin else { continue };
            if disk != dev || sector + sectors <= start || kept.pages.is_empty() {
                continue;
            }
            let first = sector.saturating_sub(start) / PAGE_SECTORS;
            let end = (sector + sectors - start).div_ceil(PAGE_SECTORS);
            unpromise(&mut self.machine, minor, kept, first..end);
        }
    }

    /// A write or discard on a mapped device has ended.
    pub(super) fn truth_done(&mut self, dev: DevNo, bio: &Bio, result: Result<(), Errno>) {
        if !self.truth.live.contains_key(&dev.minor) || bio.sectors == 0 {
            return;
        }
        let end = bio.sector + bio.sectors;
        let pages = bio.sector / PAGE_SECTORS..end.div_ceil(PAGE_SECTORS);
        if bio.op == BioOp::Discard {
            // What a discard leaves is nobody's promise.
            if let Some(kept) = self.truth.live.get_mut(&dev.minor) {
                unpromise(&mut self.machine, Some(dev.minor), kept, pages);
            }
            return;
        }
        for page_no in pages {
            let base = page_no * PAGE_SECTORS;
            let (from, to) = (bio.sector.max(base) - base, end.min(base + PAGE_SECTORS) - base);
            let whole = from == 0 && to == PAGE_SECTORS;
            let written = usize::try_from(page_no - bio.sector / PAGE_SECTORS).ok().and_then(|i| bio.pages.get(i));
            let old = self.truth.live.get(&dev.minor).and_then(|k| k.pages.get(page_no)).cloned();
            let known = match (bio.op, result, written) {
                (BioOp::Write, Ok(()), Some(page)) if whole => Some(Known { page: page.clone(), doubtful: false }),
                (BioOp::Write, Ok(()), Some(page)) => {
                    let mut base = match &old {
                        Some(known) => known.page.clone(),
                        None => self.peek_page(dev, page_no).unwrap_or_else(Page::zero),
                    };
                    let bytes = usize::try_from(from).unwrap_or(0) * SECTOR_SIZE..usize::try_from(to).unwrap_or(0) * SECTOR_SIZE;
                    base.make_mut()[bytes.clone()].copy_from_slice(&page.bytes()[bytes]);
                    Some(Known { page: base, doubtful: old.is_some_and(|k| k.doubtful) })
                }
                (BioOp::Write, Err(_), _) => old.map(|k| Known { doubtful: true, ..k }),
                _ => None,
            };
            let Some(kept) = self.truth.live.get_mut(&dev.minor) else { return };
            match known {
                Some(known) => {
                    let event = self.machine.events.is_some().then(|| match known.doubtful {
                        false => Event::Acknowledged { dev, page_no, page: known.page.clone() },
                        true => Event::Unpromised { dev, page_no },
                    });
                    kept.pages.insert(page_no, known);
                    if let Some(event) = event {
                        self.machine.event(event);
                    }
                }
                None => {
                    if kept.pages.remove(page_no).is_some() && self.machine.listening() {
                        self.machine.event(Event::Unpromised { dev, page_no });
                    }
                }
            }
        }
    }

    /// Power fails: devices are parked, and writes in flight may or may not have arrived.
    pub(super) fn truth_cut(&mut self) {
        let minors: Vec<u32> = self.truth.live.keys().copied().collect();
        for minor in minors {
            self.truth_park(minor);
        }
    }

    /// The 4 KiB page that a read of a device would return now, touching nothing; `None` where reads fail.
    #[must_use]
    pub fn peek_page(&self, dev: DevNo, page_no: u64) -> Option<Page> {
        self.peek_sector_page(dev, page_no * PAGE_SECTORS, 0)
    }

    fn peek_sector_page(&self, dev: DevNo, sector: u64, depth: u32) -> Option<Page> {
        if depth > 16 {
            return None;
        }
        if !dev.is_dm() {
            return self.machine.drives.get(&dev).filter(|d| sector < d.disk.sectors()).map(|d| d.disk.peek(sector / PAGE_SECTORS));
        }
        let table = self.machine.mapper.get(dev)?.live.as_ref()?;
        let target = table.targets.get(table.find(sector)?)?;
        let (lower, at) = match &target.kind {
            Kind::Linear { dev, start } => (*dev, start + sector - target.begin),
            Kind::Striped(s) => s.device_of(sector - target.begin),
            Kind::Flakey(f) => (f.dev, f.start + sector - target.begin),
            Kind::Delay(d) => (d.read.dev, d.read.start + sector - target.begin),
            Kind::Zero => return Some(Page::zero()),
            Kind::Error => return None,
            Kind::Cache { id, devices, max_io_sectors } => {
                let block = (*max_io_sectors).max(1);
                let cache = self.cache(*id)?;
                let passes = cache.features().io_mode == IoMode::Passthrough;
                match cache.policy().peek(sector / block).filter(|_| !passes) {
                    Some(cblock) => (devices[1], u64::from(cblock) * block + sector % block),
                    None => (devices[2], sector),
                }
            }
        };
        self.peek_sector_page(lower, at, depth + 1)
    }

    /// Every page of a mapped device whose acknowledged content is known: device, page number, content.
    pub fn promised(&self) -> impl Iterator<Item = (DevNo, u64, &Page)> {
        self.truth.live.iter().flat_map(|(minor, kept)| {
            let dev = DevNo { major: DevNo::DM_MAJOR, minor: *minor };
            kept.pages.iter().filter(|(_, known)| !known.doubtful).map(move |(page_no, known)| (dev, page_no, &known.page))
        })
    }

    /// 4 KiB pages of a mapped device whose acknowledged content the live table would not return now.
    #[must_use]
    pub fn lost_pages(&self, name: &str) -> Vec<u64> {
        let Some(md) = self.machine.mapper.by_name(name) else { return Vec::new() };
        let Some(kept) = self.truth.live.get(&md.minor) else { return Vec::new() };
        let dev = md.dev();
        kept.pages
            .iter()
            .filter(|(page_no, known)| !known.doubtful && self.peek_page(dev, *page_no).as_ref() != Some(&known.page))
            .map(|(page_no, _)| page_no)
            .collect()
    }
}
