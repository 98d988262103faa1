//! Reading through the View: which disk page a device's page really is, and what a read through a live table returns.

use super::View;
use super::view::{CacheView, ClientView, DiskView};
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, Page};
use dm_cache_engine::event::ObjectId;

/// Mapped devices stacked deeper than this are not followed.
const STACK_MAX: usize = 16;

/// Parses `MAJOR:MINOR`, as table lines name devices in their status form.
#[must_use]
pub(super) fn parse_devno(word: &str) -> Option<DevNo> {
    let (major, minor) = word.split_once(':')?;
    Some(DevNo { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

/// Page `page_no` of a disk: zeros where nothing was written.
fn page_of(disk: &DiskView, page_no: u64) -> &Page {
    match disk.pages.get(&page_no) {
        Some(page) => page,
        None => Page::zero_ref(),
    }
}

impl View {
    /// What all pages of `dev` follow each other on, and the page there that its first one is: a disk, or a striped device; none where a
    /// table in between has several targets, or another kind of target.
    #[must_use]
    pub fn resolve(&self, dev: DevNo) -> Option<(DevNo, u64)> {
        let (mut dev, mut page_no) = (dev, 0);
        for _ in 0..STACK_MAX {
            if self.disks.contains_key(&dev) {
                return Some((dev, page_no));
            }
            let (kind, params) = self.only_target(dev)?;
            if kind == "striped" {
                return Some((dev, page_no));
            }
            (dev, page_no) = straight(kind, params, page_no)?;
        }
        None
    }

    /// The disk and page number behind a page of `dev`.
    fn place(&self, dev: DevNo, page_no: u64) -> Option<(DevNo, u64)> {
        let (mut dev, mut page_no) = (dev, page_no);
        for _ in 0..STACK_MAX {
            if self.disks.contains_key(&dev) {
                return Some((dev, page_no));
            }
            let (kind, params) = self.only_target(dev)?;
            (dev, page_no) = if kind == "striped" { in_turn(params, page_no)? } else { straight(kind, params, page_no)? };
        }
        None
    }

    /// Kind and parameters of the live table's target, where it has one.
    fn only_target(&self, dev: DevNo) -> Option<(&str, &str)> {
        let table = self.mapped.get(&dev)?.live.as_ref()?;
        table.targets.first().filter(|_| table.targets.len() == 1).map(|(kind, params)| (kind.as_str(), params.as_str()))
    }

    /// The content of a device's page as it is on the disk behind it; zeros where nothing was written.
    #[must_use]
    pub fn device_page(&self, dev: DevNo, page_no: u64) -> Option<Page> {
        self.page_behind(dev, page_no).cloned()
    }

    pub(super) fn page_behind(&self, dev: DevNo, page_no: u64) -> Option<&Page> {
        let (disk, page_no) = self.place(dev, page_no)?;
        self.disks.get(&disk).map(|d| page_of(d, page_no))
    }

    /// What a read of page `page_no` of the mapped device `dev` would return through its live table, without doing it.
    /// None where the table has no single cache target, or the target has failed.
    #[must_use]
    pub fn read_through(&self, dev: DevNo, page_no: u64) -> Option<Page> {
        self.reader(dev)?.page(page_no).cloned()
    }

    /// What reads of `dev` return; none where [`Self::read_through`] returns none.
    pub(super) fn reader(&self, dev: DevNo) -> Option<Reader<'_>> {
        let live = self.mapped.get(&dev)?.live.as_ref()?;
        let [cache] = live.caches.as_slice() else { return Some(Reader::Plain(self, dev)) };
        let cache = self.caches.get(cache).filter(|c| c.mode != "fail")?;
        let passthrough = super::promises::is_passthrough(live);
        let below = |dev| {
            self.resolve(dev).map(|(dev, first)| self.disks.get(&dev).map_or(Below::Stripes(dev, first), |disk| Below::Disk(disk, first)))
        };
        Some(Reader::Cached { view: self, fast: below(cache.cache_dev), slow: below(cache.origin), cache, passthrough })
    }

    /// An object's buffer cache, while it has one.
    #[must_use]
    pub fn client_of(&self, object: ObjectId) -> Option<&ClientView> {
        self.objects.get(&object).and_then(|o| o.client).and_then(|c| self.clients.get(&c))
    }

    /// Blocks of an object's buffer cache that are clean and yet differ from the device: stale, by comparison.
    #[must_use]
    pub fn stale_blocks(&self, object: ObjectId) -> Vec<u64> {
        let Some(client) = self.client_of(object) else { return Vec::new() };
        // Resolved once: the tables between a metadata device and its disk shift all of its blocks alike.
        let Some((disk, first)) = self.resolve(client.dev).and_then(|(disk, first)| Some((self.disks.get(&disk)?, first))) else {
            return Vec::new();
        };
        let differs = |block: u64, page: &Page| page_of(disk, first + block) != page;
        client.buffers.iter().filter(|(block, buffer)| !buffer.dirty && differs(**block, &buffer.page)).map(|(block, _)| *block).collect()
    }

    /// Blocks of an object's dirty buffers that the committed space map on the device counts as used, without the superblock, which
    /// every commit writes in place.
    #[must_use]
    pub fn overwritten_blocks(&self, object: ObjectId) -> Vec<u64> {
        let Some(client) = self.client_of(object) else { return Vec::new() };
        let dirty: Vec<u64> =
            client.buffers.iter().filter(|(block, buffer)| buffer.dirty && **block != 0).map(|(block, _)| *block).collect();
        let (Some(last), Some((disk, first))) = (dirty.last(), self.resolve(client.dev)) else { return Vec::new() };
        let counts = super::tree::committed_counts(&|block| self.device_page(disk, first + block), last + 1);
        let is_used = |block: &u64| usize::try_from(*block).is_ok_and(|at| counts.get(at).is_some_and(|count| *count > 0));
        dirty.into_iter().filter(is_used).collect()
    }
}

/// What reads of one mapped device return: its live table, looked at once for many pages.
pub(super) enum Reader<'v> {
    /// No cache target: whatever is behind the device.
    Plain(&'v View, DevNo),
    /// A cache target over its two devices; none where a device has no one thing below it.
    Cached { view: &'v View, cache: &'v CacheView, fast: Option<Below<'v>>, slow: Option<Below<'v>>, passthrough: bool },
}

/// What a device lies on, and the page there that its first one is.
#[derive(Clone, Copy)]
pub(super) enum Below<'v> {
    Disk(&'v DiskView, u64),
    Stripes(DevNo, u64),
}

impl<'v> Below<'v> {
    fn page(self, view: &'v View, page_no: u64) -> Option<&'v Page> {
        match self {
            Self::Disk(disk, first) => Some(page_of(disk, first + page_no)),
            Self::Stripes(dev, first) => view.page_behind(dev, first + page_no),
        }
    }
}

/// One table down where the pages follow each other.
fn straight(kind: &str, params: &str, page_no: u64) -> Option<(DevNo, u64)> {
    if !matches!(kind, "linear" | "flakey" | "delay") {
        return None;
    }
    let mut words = params.split_whitespace();
    let dev = parse_devno(words.next()?)?;
    Some((dev, page_no.checked_add(pages(words.next()?)?)?))
}

/// One table down through a striped target; none where a chunk is no number of pages.
fn in_turn(params: &str, page_no: u64) -> Option<(DevNo, u64)> {
    let words: Vec<&str> = params.split_whitespace().collect();
    let (count, chunk): (u64, u64) = (words.first()?.parse().ok()?, pages(words.get(1)?)?);
    let number = page_no.checked_div(chunk)?;
    let stripe = usize::try_from(number.checked_rem(count)?).ok()?;
    let dev = parse_devno(words.get(2 + 2 * stripe)?)?;
    Some((dev, pages(words.get(3 + 2 * stripe)?)? + number / count * chunk + page_no % chunk))
}

/// A number of sectors in pages, where it is one.
fn pages(sectors: &str) -> Option<u64> {
    let sectors: u64 = sectors.parse().ok()?;
    sectors.is_multiple_of(PAGE_SECTORS).then_some(sectors / PAGE_SECTORS)
}

impl<'v> Reader<'v> {
    /// Page `page_no` of the mapped device.
    pub(super) fn page(&self, page_no: u64) -> Option<&'v Page> {
        self.in_order()(page_no)
    }

    /// [`Self::page`], for pages that follow each other: where a block lies is looked up once for all of its pages.
    pub(super) fn in_order(&self) -> impl FnMut(u64) -> Option<&'v Page> {
        let mut last = None;
        move |page_no| {
            let (view, cache, fast, slow, passthrough) = match self {
                Self::Plain(view, dev) => return view.page_behind(*dev, page_no),
                Self::Cached { view, cache, fast, slow, passthrough } => (view, cache, fast, slow, *passthrough),
            };
            let per_block = cache.block_sectors / PAGE_SECTORS;
            let oblock = page_no.checked_div(per_block)?;
            let cblock = match last {
                Some((looked_up, cblock)) if looked_up == oblock => cblock,
                _ => cache.by_oblock.get(&oblock).filter(|_| !passthrough),
            };
            last = Some((oblock, cblock));
            match cblock {
                Some(cblock) => (*fast)?.page(view, u64::from(*cblock) * per_block + page_no % per_block),
                None => (*slow)?.page(view, page_no),
            }
        }
    }
}
