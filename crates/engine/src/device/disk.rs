//! One block device in memory: what reads see, what has reached the medium, and the unflushed writes between the two.

use super::page_map::PageMap;
use super::speed::{Head, Speed};
use super::{PAGE_SECTORS, PAGE_SIZE, Page, SECTOR_SIZE};
use crate::errno::Errno;
use imbl::Vector;
use std::ops::Range;

/// How much a device was used, since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Successful read requests.
    pub reads: u64,
    /// Successful write requests.
    pub writes: u64,
    /// Successful flushes.
    pub flushes: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes written.
    pub written_bytes: u64,
}

/// A page write that no flush has made durable yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unflushed {
    /// Which 4 KiB page.
    pub page_no: u64,
    /// Its sectors that the write covered: bit n is sector n of the page.
    pub sectors: u8,
    /// The page as it was after the write.
    pub page: Page,
}

/// An error injected over a range of sectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Sectors it concerns.
    pub sectors: Range<u64>,
    /// Fails reads.
    pub read: bool,
    /// Fails writes and discards.
    pub write: bool,
}

/// A block device: sparse, copy-on-write, with a volatile write cache. Cheap to clone.
///
/// A page that was never written reads as zeros and takes no memory, so terabytes are fine.
#[derive(Debug, Clone)]
pub struct Disk {
    name: String,
    sectors: u64,
    current: PageMap<Page>,
    durable: PageMap<Page>,
    unflushed: Vector<Unflushed>,
    failures: Vector<Failure>,
    fail_flushes: bool,
    read_only: bool,
    counters: Counters,
    speed: Option<Speed>,
    head: Head,
    lies: bool,
}

impl Disk {
    /// A device of zeros.
    #[must_use]
    pub fn new(name: impl Into<String>, sectors: u64) -> Self {
        Self {
            name: name.into(),
            sectors,
            current: PageMap::default(),
            durable: PageMap::default(),
            unflushed: Vector::new(),
            failures: Vector::new(),
            fail_flushes: false,
            read_only: false,
            counters: Counters::default(),
            speed: None,
            head: Head::default(),
            lies: false,
        }
    }

    /// A device holding `bytes`, durable, as large as they are (rounded up to whole sectors).
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Self {
        let mut disk = Self::new(name, bytes.len().div_ceil(SECTOR_SIZE) as u64);
        for (page_no, chunk) in (0..).zip(bytes.chunks(PAGE_SIZE)) {
            if chunk.iter().any(|&b| b != 0) {
                disk.current.insert(page_no, Page::from_slice(chunk));
            }
        }
        disk.durable = disk.current.clone();
        disk
    }

    /// What the kernel calls it: `vda`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Size in sectors.
    #[must_use]
    pub const fn sectors(&self) -> u64 {
        self.sectors
    }
    /// Use so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }
    /// Whether writes are refused.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }
    /// Makes the device refuse writes, or accept them again.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// How fast it is, if that is simulated.
    #[must_use]
    pub const fn speed(&self) -> Option<Speed> {
        self.speed
    }
    /// Says how fast it is.
    pub fn set_speed(&mut self, speed: Option<Speed>) {
        self.speed = speed;
    }
    /// When a request that comes now is done, as its speed has it. Of a flush or discard there are no sectors: it waits only.
    pub(crate) fn serve(&mut self, now_ns: u64, write: bool, sectors: &Range<u64>) -> Option<u64> {
        Some(self.head.serve(self.speed?, now_ns, write, sectors))
    }
    /// When the last of its requests is done; 0 without a speed.
    #[must_use]
    pub const fn busy_until_ns(&self) -> u64 {
        self.head.busy_until_ns()
    }
    /// Whether it acknowledges flushes without doing them.
    #[must_use]
    pub const fn lies(&self) -> bool {
        self.lies
    }
    /// Makes it acknowledge flushes without doing them, or honest again.
    pub fn set_lies(&mut self, lies: bool) {
        self.lies = lies;
    }

    /// Changes the size; what lies past the new end is gone, at once.
    pub fn resize(&mut self, sectors: u64) {
        let keep = sectors.div_ceil(PAGE_SECTORS);
        for map in [&mut self.current, &mut self.durable] {
            map.truncate(keep);
            let tail = sectors % PAGE_SECTORS;
            if tail != 0
                && let Some(mut page) = map.get(keep - 1).cloned()
            {
                page.make_mut()[byte(tail)..].fill(0);
                map.insert(keep - 1, page);
            }
        }
        if sectors < self.sectors {
            self.unflushed.retain(|w| w.page_no < keep);
        }
        self.sectors = sectors;
    }

    /// The 4 KiB page as a read would see it, without the failures, limits and counters of a real read.
    #[must_use]
    pub fn peek(&self, page_no: u64) -> Page {
        self.current.get(page_no).cloned().unwrap_or_else(Page::zero)
    }
    /// The 4 KiB page as it would be after a power cut that loses every unflushed write.
    #[must_use]
    pub fn peek_durable(&self, page_no: u64) -> Page {
        self.durable.get(page_no).cloned().unwrap_or_else(Page::zero)
    }
    /// The pages that were ever written and not discarded, in order.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &Page)> {
        self.current.iter()
    }
    /// Replaces a page behind the machine's back (damage, restored images): durable at once, never fails, counts nothing.
    pub fn poke(&mut self, page_no: u64, page: Page) {
        self.durable.insert(page_no, page.clone());
        self.current.insert(page_no, page);
    }

    /// The first `sectors` sectors as bytes.
    #[must_use]
    pub fn image(&self, sectors: u64) -> Vec<u8> {
        let sectors = sectors.min(self.sectors);
        let mut out = vec![0; usize::try_from(sectors).unwrap_or(usize::MAX / SECTOR_SIZE) * SECTOR_SIZE];
        for (page_no, chunk) in (0..).zip(out.chunks_mut(PAGE_SIZE)) {
            if let Some(page) = self.current.get(page_no) {
                let n = chunk.len();
                chunk.copy_from_slice(&page.bytes()[..n]);
            }
        }
        out
    }

    /// Reads one 4 KiB page (of a page that the end cuts, the existing part).
    pub fn read_page(&mut self, page_no: u64) -> Result<Page, Errno> {
        let range = self.page_range(page_no)?;
        self.check(&range, false)?;
        self.counters.reads += 1;
        self.counters.read_bytes += (range.end - range.start) * SECTOR_SIZE as u64;
        Ok(self.peek(page_no))
    }

    /// Writes one 4 KiB page into the volatile cache.
    pub fn write_page(&mut self, page_no: u64, page: &Page) -> Result<(), Errno> {
        let range = self.page_range(page_no)?;
        if range.end - range.start == PAGE_SECTORS {
            self.check(&range, true)?;
            self.counters.writes += 1;
            self.counters.written_bytes += PAGE_SIZE as u64;
            self.store(page_no, 0xff, page.clone());
            return Ok(());
        }
        let n = byte(range.end - range.start);
        self.write(range.start * SECTOR_SIZE as u64, &page.bytes()[..n])
    }

    /// Reads bytes at a byte offset.
    pub fn read(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Errno> {
        self.check(&self.covering(offset, buf.len())?, false)?;
        let mut at = offset;
        let mut rest = &mut buf[..];
        while !rest.is_empty() {
            let (page_no, start, n) = piece(at, rest.len());
            let (head, tail) = rest.split_at_mut(n);
            match self.current.get(page_no) {
                Some(page) => head.copy_from_slice(&page.bytes()[start..start + n]),
                None => head.fill(0),
            }
            rest = tail;
            at += n as u64;
        }
        self.counters.reads += 1;
        self.counters.read_bytes += buf.len() as u64;
        Ok(())
    }

    /// Writes bytes at a byte offset, into the volatile cache.
    pub fn write(&mut self, offset: u64, buf: &[u8]) -> Result<(), Errno> {
        self.check(&self.covering(offset, buf.len())?, true)?;
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let (page_no, start, n) = piece(at, rest.len());
            let (head, tail) = rest.split_at(n);
            let mut page = self.peek(page_no);
            page.make_mut()[start..start + n].copy_from_slice(head);
            self.store(page_no, sector_mask(start, n), page);
            rest = tail;
            at += n as u64;
        }
        self.counters.writes += 1;
        self.counters.written_bytes += buf.len() as u64;
        Ok(())
    }

    /// Forgets a range of sectors: it reads as zeros afterwards, as a sparse file behind `loop` or virtio would. Gives the
    /// numbers of the pages that held something.
    pub fn discard(&mut self, sectors: Range<u64>) -> Result<Vec<u64>, Errno> {
        if sectors.end > self.sectors || sectors.start > sectors.end {
            return Err(Errno::Io);
        }
        self.check(&sectors, true)?;
        let first_whole = sectors.start.div_ceil(PAGE_SECTORS);
        let end_whole = sectors.end / PAGE_SECTORS;
        let touched: Vec<u64> =
            self.current.range(sectors.start / PAGE_SECTORS..sectors.end.div_ceil(PAGE_SECTORS)).map(|(n, _)| n).collect();
        for &page_no in &touched {
            let base = page_no * PAGE_SECTORS;
            let from = sectors.start.saturating_sub(base);
            let to = (sectors.end - base).min(PAGE_SECTORS);
            let page = if (first_whole..end_whole).contains(&page_no) {
                Page::zero()
            } else {
                let mut page = self.peek(page_no);
                page.make_mut()[byte(from)..byte(to)].fill(0);
                page
            };
            let mask = sector_mask(byte(from), byte(to - from));
            self.store(page_no, mask, page);
        }
        Ok(touched)
    }

    /// Makes everything written so far durable, or only says so if the disk lies.
    pub fn flush(&mut self) -> Result<(), Errno> {
        if self.fail_flushes {
            return Err(Errno::Io);
        }
        self.counters.flushes += 1;
        if !self.lies {
            self.durable = self.current.clone();
            self.unflushed.clear();
        }
        Ok(())
    }

    /// Writes that a power cut may lose, oldest first.
    pub fn unflushed(&self) -> impl ExactSizeIterator<Item = &Unflushed> {
        self.unflushed.iter()
    }

    /// Power fails: of the unflushed writes only those `keep` says yes to (by index, oldest first) reached the medium.
    ///
    /// Returns the pages whose content changed by it.
    pub fn power_cut(&mut self, mut keep: impl FnMut(usize, &Unflushed) -> bool) -> Vec<(u64, Page)> {
        self.power_cut_torn(|index, write| if keep(index, write) { 0xff } else { 0 })
    }

    /// As [`Disk::power_cut`], but sector by sector: the mask says which sectors of each write arrived (bit n: sector n of the page).
    pub fn power_cut_torn(&mut self, mut keep: impl FnMut(usize, &Unflushed) -> u8) -> Vec<(u64, Page)> {
        let mut after = self.durable.clone();
        for (index, write) in self.unflushed.iter().enumerate() {
            let mask = write.sectors & keep(index, write);
            if mask == 0 {
                continue;
            }
            if mask == 0xff {
                after.insert(write.page_no, write.page.clone());
                continue;
            }
            let page = after.get_or_insert_with(write.page_no, Page::zero).make_mut();
            for sector in 0..PAGE_SECTORS {
                if mask & (1 << sector) != 0 {
                    let bytes = byte(sector)..byte(sector + 1);
                    page[bytes.clone()].copy_from_slice(&write.page.bytes()[bytes]);
                }
            }
        }
        let mut changed = imbl::OrdSet::new();
        for write in &self.unflushed {
            changed.insert(write.page_no);
        }
        let zero = Page::zero();
        let reverted = changed
            .into_iter()
            .filter_map(|n| {
                let new = after.get(n).unwrap_or(&zero);
                (self.current.get(n).unwrap_or(&zero) != new).then(|| (n, new.clone()))
            })
            .collect();
        self.head = Head::default();
        self.current = after.clone();
        self.durable = after;
        self.unflushed.clear();
        reverted
    }

    /// From now on reads and/or writes that touch these sectors fail with EIO.
    pub fn fail_range(&mut self, sectors: Range<u64>, read: bool, write: bool) {
        self.failures.push_back(Failure { sectors, read, write });
    }
    /// From now on flushes fail with EIO.
    pub fn fail_flushes(&mut self) {
        self.fail_flushes = true;
    }
    /// Ends all injected failures.
    pub fn clear_failures(&mut self) {
        self.failures.clear();
        self.fail_flushes = false;
    }
    /// Injected failures.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.failures.iter()
    }

    fn store(&mut self, page_no: u64, sectors: u8, page: Page) {
        self.current.insert(page_no, page.clone());
        self.unflushed.push_back(Unflushed { page_no, sectors, page });
    }

    /// The sectors of a page that exist; EIO past the end.
    fn page_range(&self, page_no: u64) -> Result<Range<u64>, Errno> {
        let start = page_no.checked_mul(PAGE_SECTORS).ok_or(Errno::Io)?;
        if start >= self.sectors {
            return Err(Errno::Io);
        }
        Ok(start..(start.saturating_add(PAGE_SECTORS)).min(self.sectors))
    }

    fn covering(&self, offset: u64, len: usize) -> Result<Range<u64>, Errno> {
        let end = offset.checked_add(len as u64).ok_or(Errno::Io)?;
        let range = offset / SECTOR_SIZE as u64..end.div_ceil(SECTOR_SIZE as u64);
        if range.end > self.sectors { Err(Errno::Io) } else { Ok(range) }
    }

    fn check(&self, sectors: &Range<u64>, write: bool) -> Result<(), Errno> {
        if write && self.read_only {
            return Err(Errno::Perm);
        }
        let hit = |f: &Failure| (if write { f.write } else { f.read }) && f.sectors.start < sectors.end && sectors.start < f.sectors.end;
        if self.failures.iter().any(hit) { Err(Errno::Io) } else { Ok(()) }
    }
}

/// Bytes in a few sectors of a page.
const fn byte(sectors_in_page: u64) -> usize {
    sectors_in_page as usize * SECTOR_SIZE
}

/// Page, offset in it, and length of the first piece of `len` bytes at byte `at`.
fn piece(at: u64, len: usize) -> (u64, usize, usize) {
    let start = (at % PAGE_SIZE as u64) as usize;
    (at / PAGE_SIZE as u64, start, len.min(PAGE_SIZE - start))
}

/// The sectors of a page that `len` bytes at `start` touch.
fn sector_mask(start: usize, len: usize) -> u8 {
    (0..8).filter(|s| s * SECTOR_SIZE < start + len && start < (s + 1) * SECTOR_SIZE).fold(0, |mask, s| mask | 1 << s)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn unflushed_writes_are_lost_at_a_power_cut_and_flushed_ones_stay() {
        let mut disk = Disk::new("vda", 64);
        disk.write_page(1, &Page::filled(1)).unwrap();
        disk.flush().unwrap();
        disk.write_page(1, &Page::filled(2)).unwrap();
        disk.write_page(2, &Page::filled(3)).unwrap();
        let reverted = disk.clone().power_cut(|_, _| false);
        assert_eq!(reverted, [(1, Page::filled(1)), (2, Page::zero())]);
        disk.power_cut(|index, _| index == 1);
        assert_eq!(disk.peek(1), Page::filled(1));
        assert_eq!(disk.peek(2), Page::filled(3));
    }

    #[test]
    fn a_disk_that_lies_acknowledges_a_flush_and_keeps_nothing() {
        let mut disk = Disk::new("vda", 64);
        disk.set_lies(true);
        disk.write_page(1, &Page::filled(1)).unwrap();
        disk.flush().unwrap();
        assert_eq!((disk.counters().flushes, disk.unflushed().len()), (1, 1));
        assert_eq!(disk.power_cut(|_, _| false), [(1, Page::zero())]);
    }

    #[test]
    fn a_torn_write_leaves_some_sectors_old() {
        let mut disk = Disk::new("vda", 64);
        disk.write_page(0, &Page::filled(1)).unwrap();
        disk.power_cut_torn(|_, _| 0b101);
        let page = disk.peek(0);
        assert_eq!([page.bytes()[0], page.bytes()[512], page.bytes()[1024], page.bytes()[1536]], [1, 0, 1, 0]);
    }

    #[test]
    fn bytes_cross_pages_and_discard_zeroes_sectors() {
        let mut disk = Disk::new("vda", 1 << 40);
        disk.write(4000, &[7; 5000]).unwrap();
        let mut back = [0; 5002];
        disk.read(3999, &mut back).unwrap();
        assert_eq!((back[0], back[1], back[5000], back[5001]), (0, 7, 7, 0));
        disk.discard(8..9).unwrap();
        let page = disk.peek(1);
        assert_eq!((page.bytes()[511], page.bytes()[512]), (0, 7));
        assert_eq!(disk.peek(0).bytes()[4095], 7);
        assert_eq!(disk.unflushed().map(|w| w.sectors).collect::<Vec<_>>(), [0x80, 0xff, 0x03, 0x01]);
    }

    #[test]
    fn failures_limits_and_read_only_refuse() {
        let mut disk = Disk::new("vda", 16);
        disk.fail_range(8..9, true, false);
        assert_eq!(disk.read_page(1), Err(Errno::Io));
        disk.write_page(1, &Page::filled(1)).unwrap();
        disk.clear_failures();
        disk.read_page(1).unwrap();
        assert_eq!(disk.read_page(2), Err(Errno::Io));
        assert_eq!(disk.read_page(u64::MAX), Err(Errno::Io));
        disk.set_read_only(true);
        assert_eq!(disk.write_page(0, &Page::zero()), Err(Errno::Perm));
    }

    #[test]
    fn what_a_shrink_cut_off_reads_as_zeros_after_a_growth() {
        let mut disk = Disk::new("vda", 64);
        disk.write_page(0, &Page::filled(9)).unwrap();
        disk.write_page(3, &Page::filled(9)).unwrap();
        disk.resize(4);
        disk.resize(64);
        assert_eq!((disk.peek(0).bytes()[2047], disk.peek(0).bytes()[2048]), (9, 0));
        assert_eq!(disk.peek(3), Page::zero());
    }
}
