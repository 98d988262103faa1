//! Block I/O as programs do it: requests split into bios, one after the other, or many at once.

use super::{Failure, World, work_of_bytes};
use crate::device::{DevNo, Host, PAGE_SECTORS, PAGE_SIZE, Page, SECTOR_SIZE};
use crate::errno::Errno;
use crate::mapper::Owner;
use crate::target::env::{Bio, BioOp, BioTag};

/// Identifies a request in flight.
pub type RequestId = u64;

/// Most of one bio: 256 pages, `BIO_MAX_VECS`.
const BIO_BYTES: u64 = 256 * PAGE_SIZE as u64;
const SECTOR: u64 = SECTOR_SIZE as u64;

/// A program's request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    dev: DevNo,
    pub(super) done: Option<(Box<Bio>, Result<(), Errno>)>,
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Bytes of a range of sectors laid out on the page grid.
pub(super) fn to_pages(sector: u64, data: &[u8]) -> Vec<Page> {
    let lead = index(sector % PAGE_SECTORS) * SECTOR_SIZE;
    if lead == 0 {
        return cut(data);
    }
    let mut bytes = vec![0; lead];
    bytes.extend_from_slice(data);
    cut(&bytes)
}

/// Bytes as pages. Equal neighbours share one: scripts mostly write patterns, and a run remembers every page.
fn cut(data: &[u8]) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::with_capacity(data.len().div_ceil(PAGE_SIZE));
    for chunk in data.chunks(PAGE_SIZE) {
        let page = pages.last().filter(|last| last.bytes() == chunk).cloned();
        pages.push(page.unwrap_or_else(|| Page::from_slice(chunk)));
    }
    pages
}

/// The bytes of a finished read.
fn from_pages(bio: &Bio, out: &mut Vec<u8>) {
    let lead = index(bio.sector % PAGE_SECTORS) * SECTOR_SIZE;
    let mut left = index(bio.sectors) * SECTOR_SIZE;
    let mut skip = lead;
    for page in &bio.pages {
        let n = (PAGE_SIZE - skip).min(left);
        out.extend_from_slice(page.bytes().get(skip..skip + n).unwrap_or_default());
        left -= n;
        skip = 0;
    }
    out.resize(out.len() + left, 0);
}

impl World {
    /// The running program's name, as the kernel log quotes it (`dd: attempt to access beyond end of device`).
    pub fn set_comm(&mut self, comm: &str) {
        // `TASK_COMM_LEN`: 16 bytes, the last of them a zero.
        let fits = comm.as_bytes().get(..15).unwrap_or(comm.as_bytes());
        self.machine.comm = String::from_utf8_lossy(fits).into_owned();
    }

    /// Sends one bio without waiting for it. `data` is for writes: whole sectors.
    pub fn submit(&mut self, dev: DevNo, op: BioOp, sector: u64, sectors: u64, data: &[u8]) -> RequestId {
        let pages = if op == BioOp::Write { to_pages(sector, data) } else { Vec::new() };
        self.submit_pages(dev, op, sector, sectors, pages)
    }

    /// As [`World::submit`], with the data on the device's page grid already.
    pub fn submit_pages(&mut self, dev: DevNo, op: BioOp, sector: u64, sectors: u64, mut pages: Vec<Page>) -> RequestId {
        let id = self.machine.fresh_id();
        let moved = if op == BioOp::Discard { 0 } else { sectors.saturating_mul(SECTOR) };
        self.spend(work_of_bytes(moved.max(PAGE_SIZE as u64)));
        let mut last: Option<(Page, Page)> = None;
        for page in &mut pages {
            match &last {
                Some((is, becomes)) if is.same_memory(page) => page.clone_from(becomes),
                _ => {
                    let is = page.clone();
                    self.machine.hold_page(page);
                    last = Some((is, page.clone()));
                }
            }
        }
        if !dev.is_dm() && matches!(op, BioOp::Write | BioOp::Discard) {
            self.truth_overwritten(dev, sector, sectors);
        }
        self.requests.insert(id, Request { dev, done: None });
        let bio = Bio { id, op, sector, sectors, pages, fua: false, preflush: false, tag: BioTag::default() };
        self.submit_bio(dev, Box::new(bio), Owner::Request(id));
        id
    }

    /// Whether a request has completed.
    #[must_use]
    pub fn is_done(&self, id: RequestId) -> bool {
        self.requests.get(&id).is_none_or(|r| r.done.is_some())
    }

    /// The outcome of a completed request, once: its pages.
    pub fn take_result(&mut self, id: RequestId) -> Option<Result<Vec<Page>, Errno>> {
        if !self.is_done(id) {
            return None;
        }
        let (bio, result) = self.requests.remove(&id)?.done?;
        Some(result.map(|()| bio.pages))
    }

    pub(super) fn request_done(&mut self, id: RequestId, bio: Box<Bio>, result: Result<(), Errno>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let dev = request.dev;
        if dev.is_dm() && matches!(bio.op, BioOp::Write | BioOp::Discard) {
            self.truth_done(dev, &bio, result);
        }
        if let Some(request) = self.requests.get_mut(&id) {
            request.done = Some((bio, result));
        }
    }

    /// Waits for a request.
    pub(super) fn wait(&mut self, id: RequestId) -> Result<Box<Bio>, Failure> {
        while !self.is_done(id) {
            if !self.run_until(|w| w.is_done(id)) {
                let dev = self.requests.get(&id).map(|r| r.dev);
                return Err(Failure::Hang(self.why_stuck(dev)));
            }
        }
        let (bio, result) = self.requests.remove(&id).and_then(|r| r.done).ok_or(Errno::Io)?;
        result?;
        Ok(bio)
    }

    fn why_stuck(&self, dev: Option<DevNo>) -> String {
        if let Some(limit) = self.exceeded() {
            return limit.hang();
        }
        let mut devices = self.machine.mapper.devices.values().filter(|d| !d.deferred.is_empty());
        match devices.clone().find(|d| Some(d.dev()) == dev).or_else(|| devices.next()) {
            Some(d) => format!("I/O waits for {} ({}) to be resumed", d.name, d.dev()),
            None => String::from("I/O waits for a request that never ends"),
        }
    }

    fn io(&mut self, dev: DevNo, op: BioOp, sector: u64, sectors: u64, pages: Vec<Page>) -> Result<Box<Bio>, Failure> {
        let id = self.submit_pages(dev, op, sector, sectors, pages);
        self.wait(id)
    }

    /// One request, waited for: the pages it read. `pages` are a write's data on the device's page grid.
    pub fn request(&mut self, dev: DevNo, op: BioOp, sector: u64, sectors: u64, pages: Vec<Page>) -> Result<Vec<Page>, Failure> {
        self.io(dev, op, sector, sectors, pages).map(|bio| bio.pages)
    }

    fn check_dev(&self, dev: DevNo) -> Result<u64, Errno> {
        let known = if dev.is_dm() { self.machine.mapper.get(dev).is_some() } else { self.machine.drives.contains_key(&dev) };
        if known { Ok(self.machine.sectors(dev) * SECTOR) } else { Err(Errno::NxIo) }
    }

    /// `read(2)` on the device at a byte offset: short at its end. With `direct` offset and length must be whole sectors.
    pub fn read(&mut self, dev: DevNo, offset: u64, len: u64, direct: bool) -> Result<Vec<u8>, Failure> {
        let size = self.check_dev(dev)?;
        if direct && (!offset.is_multiple_of(SECTOR) || !len.is_multiple_of(SECTOR)) {
            return Err(Errno::Inval.into());
        }
        let end = offset.saturating_add(len).min(size);
        // The page cache reads whole pages.
        let unit = if direct { SECTOR } else { PAGE_SIZE as u64 };
        let from = offset / unit * unit;
        let to = end.div_ceil(unit).saturating_mul(unit).min(size);
        let mut out = Vec::new();
        let mut at = from;
        while at < to && offset < end {
            let n = (to - at).min(BIO_BYTES);
            match self.io(dev, BioOp::Read, at / SECTOR, n / SECTOR, Vec::new()) {
                Ok(bio) => from_pages(&bio, &mut out),
                Err(Failure::Errno(_)) if !direct => {
                    if let Err(failure) = self.read_page_by_page(dev, at, n, &mut out) {
                        // What came before it is returned first.
                        if matches!(failure, Failure::Hang(_)) || out.len() as u64 <= offset - from {
                            return Err(failure);
                        }
                        break;
                    }
                }
                Err(failure) => return Err(failure),
            }
            at += n;
        }
        self.run_due();
        if offset >= end {
            return Ok(Vec::new());
        }
        let skip = index(offset - from);
        out.truncate(skip + index(end - offset));
        out.drain(..skip);
        Ok(out)
    }

    /// `filemap_read_folio`: what reading ahead did not bring is read again, a page at a time.
    fn read_page_by_page(&mut self, dev: DevNo, offset: u64, len: u64, out: &mut Vec<u8>) -> Result<(), Failure> {
        let unit = PAGE_SIZE as u64;
        for at in (offset..offset + len).step_by(PAGE_SIZE) {
            match self.io(dev, BioOp::Read, at / SECTOR, (offset + len - at).min(unit) / SECTOR, Vec::new()) {
                Ok(bio) => from_pages(&bio, out),
                Err(failure) => {
                    if let Failure::Errno(_) = failure {
                        self.buffer_io_error(dev, at / unit, "async page read");
                    }
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// `write(2)` with `O_DIRECT`: bytes written, short at the device's end, ENOSPC beyond it. Offset and length must be whole sectors.
    /// `fsync` follows it with a flush. [`World::buffered`] is for writes through the page cache.
    pub fn write(&mut self, dev: DevNo, offset: u64, data: &[u8], fsync: bool) -> Result<u64, Failure> {
        let size = self.check_dev(dev)?;
        let len = data.len() as u64;
        if !offset.is_multiple_of(SECTOR) || !len.is_multiple_of(SECTOR) {
            return Err(Errno::Inval.into());
        }
        if len > 0 && offset >= size {
            return Err(Errno::NoSpc.into());
        }
        let end = offset.saturating_add(len).min(size);
        let mut at = offset;
        for chunk in data.get(..index(end - offset)).unwrap_or_default().chunks(index(BIO_BYTES)) {
            let n = chunk.len() as u64;
            self.io(dev, BioOp::Write, at / SECTOR, n / SECTOR, to_pages(at / SECTOR, chunk))?;
            at += n;
        }
        if fsync {
            self.fsync(dev)?;
        }
        self.run_due();
        Ok(end - offset)
    }

    /// `fsync(2)`: an empty flush.
    pub fn fsync(&mut self, dev: DevNo) -> Result<(), Failure> {
        self.check_dev(dev)?;
        self.io(dev, BioOp::Flush, 0, 0, Vec::new())?;
        self.run_due();
        Ok(())
    }

    /// `BLKDISCARD` on a range of sectors; EOPNOTSUPP if the device takes none.
    pub fn discard(&mut self, dev: DevNo, sector: u64, sectors: u64) -> Result<(), Failure> {
        let size = self.check_dev(dev)? / SECTOR;
        if sector.checked_add(sectors).is_none_or(|end| end > size) {
            return Err(Errno::Inval.into());
        }
        if Self::max_discard(&self.machine, dev) == 0 {
            return Err(Errno::OpNotSupp.into());
        }
        let granularity = self.discard_granularity(dev);
        let (mut at, end) = (sector, sector + sectors);
        let mut ids = Vec::new();
        while at < end {
            let n = (end - at).min(discard_limit(at, granularity));
            ids.push(self.submit_pages(dev, BioOp::Discard, at, n, Vec::new()));
            at += n;
        }
        for id in ids {
            self.wait(id)?;
        }
        self.run_due();
        Ok(())
    }
}

/// `bio_discard_limit`: the most sectors that a bio of a discard takes from `sector` on: up to the next multiple of the granularity, and
/// from one on what its 32-bit byte count holds. It rounds as if the granularity were a power of two, so of another one, such as 192
/// sectors, it finds boundaries that are none, and a block across one is discarded in two parts: that is, not at all.
const fn discard_limit(sector: u64, granularity: u64) -> u64 {
    let mask = granularity.saturating_sub(1);
    let aligned = (sector.wrapping_sub(1) | mask).wrapping_add(1);
    if aligned == sector { (u32::MAX as u64 & !((granularity << 9).saturating_sub(1))) >> 9 } else { aligned - sector }
}
