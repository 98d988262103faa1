//! What is known of the data behind every cached device: what of it is durable, what a power cut took, what waits on a cache device
//! while nothing is mapped. Folded from events; [`dm_cache_engine::world::verdict`] says what follows from it for a block.

use super::View;
use super::few::Few;
use super::view::CacheView;
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, Page};
use dm_cache_engine::event::{CacheId, Event, Slot, SlotTable};
use dm_cache_engine::world::verdict::{Path, Promise, Verdict, judge};
use imbl::{OrdMap, OrdSet};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A place on a disk: the disk, and a 4 KiB page of it.
pub type Place = (DevNo, u64);

/// What a power cut took of a page.
#[derive(Debug, Clone, PartialEq)]
struct Taken {
    before: Option<Page>,
    left: Option<Page>,
}

/// The last cache table that was resumed and is LIVE no more.
#[derive(Debug, Clone, PartialEq)]
struct Last {
    cache: CacheView,
    passthrough: bool,
    /// oblocks whose mappings were never committed.
    fresh: OrdSet<u64>,
}

/// The data behind one name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Volume {
    origin: Option<Place>,
    fast: Option<Place>,
    block_sectors: u64,
    /// Pages written since their place was flushed, with what was durable before, if anything was.
    unflushed: OrdMap<u64, Option<Page>>,
    taken: OrdMap<u64, Taken>,
    last: Option<Last>,
    /// What was acknowledged, while the device is gone.
    pages: OrdMap<u64, Page>,
    /// Of a device that comes back: pages that the truth keeper is about to name again.
    back: OrdSet<u64>,
    /// Power failed since it was there.
    cut: bool,
}

/// All volumes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Promises {
    /// Of mapped devices that have, or had, a cache table.
    live: Few<DevNo, Volume>,
    /// Of devices removed or cut off, by name, until they come back.
    gone: OrdMap<String, Volume>,
    /// oblocks whose mappings no commit has seen yet.
    fresh: Few<CacheId, OrdSet<u64>>,
}

/// How the data of a device can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Through a live cache table.
    Open,
    /// Not now: the device is suspended, reads wait.
    Suspended,
    /// Not now: the live cache has failed, or an error target stands in its place.
    Failed,
    /// Past the cache: the live table has no cache target.
    Detached,
    /// The device is gone, or has no table: the origin alone can be read.
    Gone,
}

/// What is to be said of the blocks of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdicts {
    /// The verdict of every block that was written and does not read so.
    pub blocks: BTreeMap<u64, Verdict>,
    /// Blocks of which nothing can be known: no single disk lies behind them.
    pub unknown: Vec<u64>,
    /// How many blocks were ever written.
    pub written: usize,
}

impl Verdicts {
    /// The blocks of one verdict, in order.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> Vec<u64> {
        self.blocks.iter().filter(|(_, v)| **v == verdict).map(|(block, _)| *block).collect()
    }
}

impl Promises {
    /// About the bytes of its maps, pages not among them.
    pub(super) fn bytes(&self) -> usize {
        let volumes = self.live.values().chain(self.gone.values());
        let pages = volumes.map(|v| v.unflushed.len() + v.taken.len() + v.pages.len() + v.back.len()).sum::<usize>();
        32 * pages + 16 * self.fresh.values().map(OrdSet::len).sum::<usize>()
    }
}

fn pages_per_block(block_sectors: u64) -> u64 {
    (block_sectors / PAGE_SECTORS).max(1)
}

pub(super) fn is_passthrough(table: &SlotTable) -> bool {
    let words = table.targets.first().map_or("", |(_, params)| params.as_str()).split_whitespace();
    words.skip(3).any(|word| word.eq_ignore_ascii_case("passthrough"))
}

impl Last {
    /// Where the cache has a block.
    fn cblock(&self, oblock: u64) -> Option<u32> {
        self.cache.by_oblock.get(&oblock).copied().filter(|_| !self.passthrough)
    }

    fn is_dirty(&self, oblock: u64) -> bool {
        self.cblock(oblock).and_then(|c| self.cache.mappings.get(&c)).is_some_and(|m| m.dirty)
    }
}

impl Volume {
    fn per_block(&self) -> u64 {
        pages_per_block(self.block_sectors)
    }

    /// Where a page of it lies, if its cache has `cblock` for the block.
    fn place(&self, page_no: u64, cblock: Option<u32>) -> Option<Place> {
        let per_block = self.per_block();
        match cblock {
            Some(cblock) => self.fast.map(|(disk, first)| (disk, first + u64::from(cblock) * per_block + page_no % per_block)),
            None => self.origin.map(|(disk, first)| (disk, first + page_no)),
        }
    }

    fn promise(&self, page_no: u64) -> Promise<'_> {
        match self.taken.get(&page_no) {
            None => Promise::Kept,
            Some(taken) => Promise::Cut { before: taken.before.as_ref(), left: taken.left.as_ref() },
        }
    }

    fn wrote(&mut self, page_no: u64, old: Option<&Page>) {
        let before = match (self.taken.remove(&page_no), old) {
            (Some(taken), _) => taken.before,
            (None, old) => old.cloned(),
        };
        if !self.unflushed.contains_key(&page_no) {
            self.unflushed.insert(page_no, before);
        }
    }

    fn forget(&mut self, page_no: u64) {
        self.unflushed.remove(&page_no);
        self.taken.remove(&page_no);
        self.pages.remove(&page_no);
    }

    /// A disk was flushed: what lies there and is found again is durable.
    fn flushed(&mut self, disk: DevNo, cblock: impl Fn(u64) -> Option<u32>, fresh: &OrdSet<u64>) {
        // Commits flush the metadata device all the time.
        if [self.origin, self.fast].iter().flatten().all(|(d, _)| *d != disk) {
            return;
        }
        let per_block = self.per_block();
        let durable = |page_no: &u64| {
            let cblock = cblock(page_no / per_block);
            !(cblock.is_some() && fresh.contains(&(page_no / per_block))) && self.place(*page_no, cblock).is_some_and(|(d, _)| d == disk)
        };
        let durable: Vec<u64> = self.unflushed.keys().copied().filter(durable).collect();
        for page_no in durable {
            self.unflushed.remove(&page_no);
        }
    }

    /// Power failed, and pages of a disk changed back.
    fn cut(&mut self, disk: DevNo, reverted: &[(u64, Page)]) {
        self.cut = true;
        let per_block = self.per_block();
        let mut taken = Vec::new();
        for (page_no, before) in &self.unflushed {
            let oblock = page_no / per_block;
            let cblock = self.last.as_ref().and_then(|last| last.cblock(oblock));
            let is_fresh = cblock.is_some() && self.last.as_ref().is_some_and(|last| last.fresh.contains(&oblock));
            let at = self.place(*page_no, cblock).filter(|(d, _)| *d == disk);
            let left = at.and_then(|(_, at)| reverted.iter().find(|(block, _)| *block == at)).map(|(_, page)| page.clone());
            if is_fresh || left.as_ref().is_some_and(|left| self.pages.get(page_no) != Some(left)) {
                taken.push((*page_no, Taken { before: before.clone(), left: left.filter(|_| !is_fresh) }));
            }
        }
        for (page_no, what) in taken {
            self.unflushed.remove(&page_no);
            self.taken.insert(page_no, what);
        }
    }
}

fn pages_of(dev: DevNo) -> RangeInclusive<(DevNo, u64)> {
    (dev, 0)..=(dev, u64::MAX)
}

impl View {
    /// Folds an event that is about to be applied to the rest of the View.
    pub(super) fn apply_promises(&mut self, event: &Event) {
        match event {
            Event::Acknowledged { dev, page_no, page } => {
                let old = self.acknowledged.get(&(*dev, *page_no)).cloned();
                let volume = self.promises.live.or_default(*dev);
                if volume.back.remove(page_no).is_none() || volume.pages.remove(page_no).as_ref() != Some(page) {
                    volume.wrote(*page_no, old.as_ref());
                }
            }
            Event::Unpromised { dev, page_no } => {
                if let Some(volume) = self.promises.live.get_mut(dev) {
                    volume.forget(*page_no);
                }
            }
            Event::DiskWrite { dev, block, .. } => self.overwritten(*dev, *block),
            Event::DiskFlush { dev } => self.flushed(*dev),
            Event::PowerCut { dev, reverted } => {
                for name in self.promises.gone.keys().cloned().collect::<Vec<_>>() {
                    if let Some(volume) = self.promises.gone.get_mut(&name) {
                        volume.cut(*dev, reverted);
                    }
                }
            }
            Event::MappingAdded { cache, oblock, .. } if !self.is_loading(*cache) => {
                self.promises.fresh.or_default(*cache).insert(*oblock);
            }
            Event::Committed { object, .. } => {
                let seen: Vec<CacheId> = self.caches.iter().filter(|(_, c)| c.object == *object).map(|(id, _)| *id).collect();
                for cache in seen {
                    self.promises.fresh.remove(&cache);
                }
            }
            Event::CacheDestroyed { cache } => self.promises.fresh.remove(cache),
            Event::SlotChanged { dev, slot: Slot::Live, table } => self.promises_at_swap(*dev, table.as_deref()),
            Event::Callback { dev, name: "resume", .. } => {
                if let Some(volume) = self.promises.live.get_mut(dev) {
                    volume.last = None;
                    volume.cut = false;
                    // Those the truth keeper did not name: another origin.
                    for page_no in std::mem::take(&mut volume.back) {
                        volume.forget(page_no);
                    }
                }
            }
            Event::DeviceRemoved { dev } => self.park(*dev),
            _ => {}
        }
    }

    /// Whether a cache target is being told of its mappings, which its table has yet to serve.
    fn is_loading(&self, cache: CacheId) -> bool {
        let device = self.mapped.values().find(|m| m.live.as_ref().is_some_and(|t| t.caches.contains(&cache)));
        device.is_none_or(|m| m.suspended)
    }

    /// The live cache table of a device.
    fn serving(&self, dev: DevNo) -> Option<Last> {
        let table = self.mapped.get(&dev)?.live.as_ref()?;
        let [id] = table.caches.as_slice() else { return None };
        let fresh = self.promises.fresh.get(id).cloned().unwrap_or_default();
        Some(Last { cache: self.caches.get(id)?.clone(), passthrough: is_passthrough(table), fresh })
    }

    fn promises_at_swap(&mut self, dev: DevNo, table: Option<&SlotTable>) {
        let last = self.serving(dev);
        // One that was never resumed knows nothing of what the table before it left.
        if let Some(volume) = self.promises.live.get_mut(&dev).filter(|volume| volume.last.is_none()) {
            volume.last = last;
        }
        let Some([id]) = table.map(|t| t.caches.as_slice()) else { return };
        let Some(cache) = self.caches.get(id) else { return };
        let (origin, fast, block_sectors) = (self.resolve(cache.origin), self.resolve(cache.cache_dev), cache.block_sectors);
        if self.promises.live.get(&dev).is_none() {
            let name = self.mapped.get(&dev).map(|m| m.name.clone()).unwrap_or_default();
            // Over another origin it is another volume.
            let mut volume = self.promises.gone.remove(&name).filter(|volume| volume.origin == origin).unwrap_or_default();
            volume.back = volume.pages.keys().copied().collect();
            self.promises.live.insert(dev, volume);
        }
        let volume = self.promises.live.or_default(dev);
        (volume.origin, volume.fast, volume.block_sectors) = (origin, fast, block_sectors);
    }

    fn park(&mut self, dev: DevNo) {
        let (Some(mut volume), Some(mapped)) = (self.promises.live.get(&dev).cloned(), self.mapped.get(&dev)) else { return };
        self.promises.live.remove(&dev);
        let name = mapped.name.clone();
        // A device that is removed loses its table first: this one went with the power.
        volume.cut = mapped.live.is_some();
        volume.last = volume.last.or_else(|| self.serving(dev));
        let acknowledged = self.acknowledged.range(pages_of(dev));
        volume.pages.extend(acknowledged.map(|((_, page_no), page)| (*page_no, page.clone())));
        if !volume.pages.is_empty() {
            self.promises.gone.insert(name, volume);
        }
    }

    fn flushed(&mut self, disk: DevNo) {
        let waiting: Vec<DevNo> = self.promises.live.iter().filter(|(_, v)| !v.unflushed.is_empty()).map(|(dev, _)| *dev).collect();
        for dev in waiting {
            let serving = self.serving(dev);
            let Some(volume) = self.promises.live.get_mut(&dev) else { continue };
            let last = serving.or_else(|| volume.last.clone());
            let fresh = last.as_ref().map(|l| l.fresh.clone()).unwrap_or_default();
            volume.flushed(disk, |oblock| last.as_ref().and_then(|l| l.cblock(oblock)), &fresh);
        }
        for name in self.promises.gone.keys().cloned().collect::<Vec<_>>() {
            let Some(volume) = self.promises.gone.get_mut(&name) else { continue };
            let last = volume.last.clone();
            let fresh = last.as_ref().map(|l| l.fresh.clone()).unwrap_or_default();
            volume.flushed(disk, |oblock| last.as_ref().and_then(|l| l.cblock(oblock)), &fresh);
        }
    }

    /// Someone wrote to an origin whose device is gone: what was there is nobody's promise any more.
    fn overwritten(&mut self, disk: DevNo, block: u64) {
        let hit = |v: &Volume| v.origin.filter(|(d, first)| *d == disk && *first <= block).map(|(_, first)| block - first);
        let names: Vec<(String, u64)> = self.promises.gone.iter().filter_map(|(name, v)| Some((name.clone(), hit(v)?))).collect();
        for (name, page_no) in names {
            if let Some(volume) = self.promises.gone.get_mut(&name) {
                volume.forget(page_no);
            }
        }
    }

    // ---- verdicts
    /// The mapped device of a name, and the volume kept of one that is gone.
    pub(super) fn volumes(&self) -> Vec<(Option<DevNo>, &str, &Volume)> {
        let mapped = self.promises.live.iter().filter_map(|(dev, v)| Some((Some(*dev), self.mapped.get(dev)?.name.as_str(), v)));
        let gone = self.promises.gone.iter().map(|(name, v)| {
            let again = self.mapped.iter().find(|(_, m)| m.name == *name).map(|(dev, _)| *dev);
            (again, name.as_str(), v)
        });
        mapped.chain(gone).collect()
    }

    /// How the data behind a volume can be reached; `dev` is the mapped device of its name, if there is one.
    pub(super) fn access(&self, dev: Option<DevNo>) -> Access {
        let Some(mapped) = dev.and_then(|dev| self.mapped.get(&dev)) else { return Access::Gone };
        match &mapped.live {
            None => Access::Gone,
            _ if mapped.suspended => Access::Suspended,
            Some(table) => match table.caches.as_slice() {
                [cache] if self.caches.get(cache).is_none_or(|c| c.mode == "fail") => Access::Failed,
                [_] => Access::Open,
                _ if table.targets.iter().all(|(kind, _)| kind == "error") => Access::Failed,
                _ => Access::Detached,
            },
        }
    }

    /// What was acknowledged of a volume, by page.
    pub(super) fn written<'v>(&'v self, dev: Option<DevNo>, volume: &'v Volume) -> Box<dyn Iterator<Item = (u64, &'v Page)> + 'v> {
        match dev {
            // Until the truth keeper has named it again, what is known of a device that came back is what was known before.
            Some(dev) if volume.back.is_empty() && self.promises.live.get(&dev).is_some() => {
                Box::new(self.acknowledged.range(pages_of(dev)).map(|((_, page_no), page)| (*page_no, page)))
            }
            _ => Box::new(volume.pages.iter().map(|(page_no, page)| (*page_no, page))),
        }
    }

    /// The verdict on every block of a volume.
    pub(super) fn judged(&self, dev: Option<DevNo>, volume: &Volume) -> Verdicts {
        let (access, per_block) = (self.access(dev), volume.per_block());
        let reader = dev.and_then(|dev| self.reader(dev));
        let mut read = reader.as_ref().map(super::route::Reader::in_order);
        let (mut out, mut last) = (Verdicts::default(), None);
        for (page_no, written) in self.written(dev, volume) {
            let oblock = page_no / per_block;
            if last.replace(oblock) != Some(oblock) {
                out.written += 1;
            }
            let path = match access {
                Access::Suspended | Access::Failed => Some(Path::Closed),
                Access::Open => read.as_mut().and_then(|read| read(page_no)).map(Path::Cache),
                Access::Detached => read.as_mut().and_then(|read| read(page_no)).map(Path::Origin),
                Access::Gone => self.at_origin(volume, page_no).map(|page| {
                    let waits = volume.cut || volume.last.as_ref().is_some_and(|last| last.is_dirty(oblock));
                    if waits && page != written { Path::Closed } else { Path::Origin(page) }
                }),
            };
            match path.map(|path| judge(written, volume.promise(page_no), path)) {
                None => {
                    if out.unknown.last() != Some(&oblock) {
                        out.unknown.push(oblock);
                    }
                }
                Some(None) => {}
                Some(Some(verdict)) => {
                    let of_block = out.blocks.entry(oblock).or_insert(verdict);
                    *of_block = (*of_block).min(verdict);
                }
            }
        }
        out
    }

    /// What an origin holds.
    pub(super) fn at_origin(&self, volume: &Volume, page_no: u64) -> Option<&Page> {
        let (disk, first) = volume.origin?;
        self.page_behind(disk, first + page_no)
    }

    /// The verdicts on the blocks of the device or the former device of that name; none where no cache table of it was ever live.
    #[must_use]
    pub fn verdicts(&self, name: &str) -> Option<Verdicts> {
        self.volumes().into_iter().find(|(_, n, _)| *n == name).map(|(dev, _, volume)| self.judged(dev, volume))
    }
}

impl Volume {
    /// Cache block size, in sectors.
    pub(super) const fn block_sectors(&self) -> u64 {
        self.block_sectors
    }

    /// The last cache table that served it, while none does; with where its cache device begins.
    pub(super) fn last(&self) -> Option<(&CacheView, Option<Place>)> {
        self.last.as_ref().map(|last| (&last.cache, self.fast))
    }
}
