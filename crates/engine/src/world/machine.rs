//! Devices, routes between them, the kernel log and the clock: all that the metadata engine sees of the machine.

use super::limits::{EVENT_BYTES, Limit, PAGE_BYTES, STEP_BYTES, Usage, work_of_bytes, work_of_text};
use super::names;
use crate::device::{DevNo, Disk, Host, PAGE_SECTORS, PAGE_SIZE, Page, Pages, SECTOR_SIZE};
use crate::errno::Errno;
use crate::event::{ClientId, Event};
use crate::kernel::{Kernel, ReadOnlyWarning};
use crate::mapper::{FlakeyAction, Kind, Mapper};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Mapped devices stacked deeper than this fail, so that a cycle ends.
const DEPTH_MAX: u32 = 16;

/// A disk and what the block layer knows about it.
#[derive(Debug, Clone)]
pub(crate) struct Drive {
    pub(crate) disk: Disk,
    /// The name it was added under, `meta`; the disk itself is called `vda`.
    pub(crate) alias: String,
    /// `bdev_read_only`; the kernel only warns of writes from inside.
    pub(crate) read_only: bool,
}

/// The part of the world that is not a target.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) kernel: Kernel,
    pub(crate) now_ns: u64,
    pub(crate) drives: BTreeMap<DevNo, Drive>,
    pub(crate) mapper: Mapper,
    pub(crate) klog: imbl::Vector<Arc<str>>,
    /// Lines that `dmesg -c` has not taken yet start here.
    pub(crate) klog_seen: usize,
    pub(crate) events: Option<Vec<Event>>,
    /// The pages of all events so far.
    pages: Pages,
    pub(crate) next_id: u64,
    /// The running program.
    pub(crate) comm: String,
    /// Inside a kernel worker; its name is what the log quotes.
    pub(crate) in_worker: bool,
    /// The id of the next cache target, where it was given out before its constructor runs.
    pub(crate) reserved: Option<u64>,
    /// Synchronous I/O hit a suspended device: what the caller would wait for.
    pub(crate) hang: Option<String>,
    /// Each write to this disk leaves a [`super::Moment`].
    pub(crate) watched: Option<DevNo>,
    pub(crate) moments: Vec<BTreeMap<DevNo, Drive>>,
    /// An injected fault: commits do not flush before they write the superblock.
    pub(crate) skip_precommit_flush: bool,
    /// Virtual time a disk takes for any bio, and for each page of it.
    pub(crate) disk_bio_ns: u64,
    pub(crate) disk_page_ns: u64,
    /// Bios that a disk ended with an error, since boot.
    pub(crate) failed_bios: u64,
    /// What was taken so far, but for what [`super::World::usage`] adds.
    pub(crate) taken: Usage,
    /// Background work rests from there on.
    pub(crate) most: Usage,
    /// A limit that was passed for good.
    pub(crate) reached: Option<Limit>,
    /// Set from outside, it ends what is under way.
    pub(crate) cancelled: Option<Arc<AtomicBool>>,
    /// Cache blocks that the target being built may have.
    pub(crate) cache_blocks_left: u64,
    /// Of each kernel function that logs with a limit.
    limits: BTreeMap<&'static str, RateLimit>,
    /// Read-only devices that were warned of.
    warned_read_only: BTreeSet<DevNo>,
}

/// `struct ratelimit_state`.
#[derive(Debug, Clone, Copy)]
struct RateLimit {
    since_ns: u64,
    printed: u32,
    missed: u32,
}

/// Where a run of sectors ends up.
#[derive(Debug, Clone, Copy)]
enum End {
    Disk(DevNo, u64),
    Zeros,
    Vanish,
    Fail(Errno),
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Offset within the request, in sectors.
    at: u64,
    sectors: u64,
    end: End,
    corrupt: Option<(u32, u8)>,
}

impl Machine {
    pub(crate) fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            now_ns: 0,
            drives: BTreeMap::new(),
            mapper: Mapper { devices: BTreeMap::new() },
            klog: imbl::Vector::new(),
            klog_seen: 0,
            events: None,
            pages: Pages::default(),
            next_id: 0,
            comm: String::new(),
            in_worker: false,
            reserved: None,
            hang: None,
            watched: None,
            moments: Vec::new(),
            skip_precommit_flush: false,
            disk_bio_ns: 60_000,
            disk_page_ns: 2_000,
            failed_bios: 0,
            taken: Usage::default(),
            most: Usage::ANY,
            reached: None,
            cancelled: None,
            cache_blocks_left: u64::MAX,
            limits: BTreeMap::new(),
            warned_read_only: BTreeSet::new(),
        }
    }

    /// Counts work.
    pub(crate) fn spend(&mut self, work: u64) {
        self.taken.work = self.taken.work.saturating_add(work);
    }

    /// Counts memory that is held from now on.
    pub(crate) fn hold(&mut self, bytes: u64) {
        self.taken.memory = self.taken.memory.saturating_add(bytes);
    }

    /// Counts pages that are new.
    pub(crate) fn hold_pages(&mut self, pages: u64) {
        self.hold(pages.saturating_mul(PAGE_BYTES));
    }

    /// Counts a page that may be new. Where events are recorded, it becomes the same memory as an equal one before it.
    pub(crate) fn hold_page(&mut self, page: &mut Page) {
        if !self.listening() || self.pages.share(page) {
            self.hold_pages(1);
        }
    }

    fn record(&mut self, event: Event) {
        self.taken.events += 1;
        if event.stops().is_some() {
            self.taken.steps += 1;
            self.hold(STEP_BYTES);
        }
        self.hold(EVENT_BYTES + event.bytes() as u64);
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }

    /// No events from now on, and no pages of them.
    pub(crate) fn stop_recording(&mut self) {
        self.events = None;
        self.pages = Pages::default();
    }

    /// The limit that is passed.
    pub(crate) fn exceeded(&self) -> Option<Limit> {
        self.reached().or_else(|| self.taken.beyond(self.most))
    }

    /// A limit that was passed before, or that somebody ends what is under way.
    pub(crate) fn reached(&self) -> Option<Limit> {
        self.reached.or_else(|| self.is_cancelled().then_some(Limit::Cancelled))
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    pub(crate) fn comm(&self) -> &str {
        if self.in_worker {
            "kworker/u2:0"
        } else if self.comm.is_empty() {
            "sh"
        } else {
            &self.comm
        }
    }

    /// `bio_check_eod`: two log lines and EIO for I/O past the end. `op` is the number after `rw=`; what kcopyd `copies`, it does in a worker.
    pub(crate) fn check_end(&mut self, dev: DevNo, sector: u64, sectors: u64, op: u32, copies: bool) -> Result<(), Errno> {
        let limit = self.sectors(dev);
        if sectors == 0 || sector.checked_add(sectors).is_some_and(|end| end <= limit) {
            return Ok(());
        }
        let name = names::kernel_name(dev);
        if self.kernel <= Kernel::V5_10 {
            if self.may_log("handle_bad_sector") {
                self.klog(String::from("attempt to access beyond end of device"));
                self.klog(format!("{name}: rw={op}, want={}, limit={limit}", sector.saturating_add(sectors)));
            }
        } else if self.may_log("bio_check_eod") {
            let comm = if copies { "kworker/0:1" } else { self.comm() };
            self.klog(format!("{comm}: attempt to access beyond end of device"));
            self.klog(format!("{name}: rw={op}, sector={sector}, nr_sectors = {sectors} limit={limit}"));
        }
        Err(Errno::Io)
    }

    /// `___ratelimit`: whether a function may log now. If it has been silenced before, a line says how often.
    pub(super) fn may_log(&mut self, function: &'static str) -> bool {
        const INTERVAL_NS: u64 = 5_000_000_000;
        const BURST: u32 = 10;
        let now_ns = self.now_ns;
        let limit = self.limits.entry(function).or_insert(RateLimit { since_ns: now_ns, printed: 0, missed: 0 });
        let mut missed = 0;
        if now_ns - limit.since_ns > INTERVAL_NS {
            missed = limit.missed;
            *limit = RateLimit { since_ns: now_ns, printed: 0, missed: 0 };
        }
        if limit.printed == BURST {
            limit.missed += 1;
            return false;
        }
        limit.printed += 1;
        if missed > 0 {
            self.klog(format!("{function}: {missed} callbacks suppressed"));
        }
        true
    }

    /// `bio_check_ro`: a write to a read-only device goes on, after a warning on older kernels.
    pub(crate) fn warn_read_only(&mut self, dev: DevNo) {
        if !self.is_read_only(dev) {
            return;
        }
        let name = names::kernel_name(dev);
        let line = format!("Trying to write to read-only block-device {name}");
        match self.kernel.read_only_warning() {
            ReadOnlyWarning::Always => self.klog(format!("{line} (partno 0)")),
            ReadOnlyWarning::Limited => self.klog_limited("bio_check_ro", line),
            ReadOnlyWarning::Once if self.warned_read_only.insert(dev) => self.klog(line),
            ReadOnlyWarning::Once => {}
        }
    }

    /// Follows a run of sectors through the live tables, down to disks.
    #[allow(clippy::too_many_arguments, reason = "a walk carries its place and its output")]
    fn walk(&mut self, dev: DevNo, at: u64, sector: u64, sectors: u64, write: bool, depth: u32, out: &mut Vec<Piece>) {
        let fail = |end, out: &mut Vec<Piece>| out.push(Piece { at, sectors, end, corrupt: None });
        if let Err(errno) = self.check_end(dev, sector, sectors, u32::from(write), false) {
            return fail(End::Fail(errno), out);
        }
        if write {
            self.warn_read_only(dev);
        }
        if !dev.is_dm() {
            return fail(End::Disk(dev, sector), out);
        }
        let Some(md) = self.mapper.get(dev) else { return fail(End::Fail(Errno::Io), out) };
        if md.blocked {
            self.hang = Some(format!("{} ({dev}) is suspended", md.name));
            return fail(End::Fail(Errno::Io), out);
        }
        let Some(table) = md.live.clone() else { return fail(End::Fail(Errno::Io), out) };
        let mut done = 0;
        while done < sectors {
            let here = sector + done;
            let Some(target) = table.find(here).and_then(|i| table.targets.get(i)) else {
                return out.push(Piece { at: at + done, sectors: sectors - done, end: End::Fail(Errno::Io), corrupt: None });
            };
            let mut run = (sectors - done).min(target.end() - here);
            if let Kind::Striped(s) = &target.kind {
                run = run.min(s.left_in_chunk(here - target.begin));
            }
            let piece = |end| Piece { at: at + done, sectors: run, end, corrupt: None };
            let lower = |start: u64| start + (here - target.begin);
            match &target.kind {
                Kind::Linear { dev, start } if depth < DEPTH_MAX => self.walk(*dev, at + done, lower(*start), run, write, depth + 1, out),
                Kind::Striped(s) if depth < DEPTH_MAX => {
                    let (dev, sector) = s.device_of(here - target.begin);
                    self.walk(dev, at + done, sector, run, write, depth + 1, out);
                }
                Kind::Delay(d) if depth < DEPTH_MAX => {
                    let leg = if write { d.write.unwrap_or(d.read) } else { d.read };
                    self.walk(leg.dev, at + done, lower(leg.start), run, write, depth + 1, out);
                }
                Kind::Flakey(f) if depth < DEPTH_MAX => match f.action(self.now_ns, write) {
                    FlakeyAction::Fail => out.push(piece(End::Fail(Errno::Io))),
                    FlakeyAction::Drop => out.push(piece(End::Vanish)),
                    FlakeyAction::Pass => self.walk(f.dev, at + done, lower(f.start), run, write, depth + 1, out),
                    FlakeyAction::Corrupt(byte, value) => {
                        let from = out.len();
                        self.walk(f.dev, at + done, lower(f.start), run, write, depth + 1, out);
                        if let Some(first) = out.get_mut(from) {
                            first.corrupt = Some((byte, value));
                        }
                    }
                },
                Kind::Zero => out.push(piece(if write { End::Vanish } else { End::Zeros })),
                _ => out.push(piece(End::Fail(Errno::Io))),
            }
            done += run;
        }
    }

    fn block_pieces(&mut self, dev: DevNo, block: u64, write: bool) -> Vec<Piece> {
        let mut out = Vec::with_capacity(1);
        let sector = block.saturating_mul(PAGE_SECTORS);
        // The last block of a device whose size is not a multiple of 4 KiB ends with the device.
        self.walk(dev, 0, sector, PAGE_SECTORS, write, 0, &mut out);
        out
    }

    fn failed(&mut self, dev: DevNo, block: u64, write: bool, errno: Errno) -> Errno {
        if self.listening() {
            self.event(Event::DiskError { dev, block, write, errno });
        }
        errno
    }

    pub(crate) fn disk_read(&mut self, dev: DevNo, page_no: u64, by: Option<ClientId>) -> Result<Page, Errno> {
        self.spend(work_of_bytes(PAGE_SIZE as u64));
        let page = self.drives.get_mut(&dev).ok_or(Errno::NxIo)?.disk.read_page(page_no);
        match page {
            Ok(page) => {
                if self.listening() {
                    self.event(Event::DiskRead { dev, block: page_no, by: by.and_then(NonZero::new) });
                }
                Ok(page)
            }
            Err(errno) => Err(self.failed(dev, page_no, false, errno)),
        }
    }

    /// Writes sectors `from..to` of a page. One that is not whole makes a page of its own, as the metadata engine does.
    pub(crate) fn disk_write(
        &mut self,
        dev: DevNo,
        page_no: u64,
        page: &Page,
        from: u64,
        to: u64,
        by: Option<ClientId>,
    ) -> Result<(), Errno> {
        let whole = from == 0 && to == PAGE_SECTORS;
        self.spend(work_of_bytes(PAGE_SIZE as u64));
        let mut page = page.clone();
        if !whole {
            self.hold_pages(1);
        } else if self.listening() || by.is_some() {
            self.hold_page(&mut page);
        }
        let drive = self.drives.get_mut(&dev).ok_or(Errno::NxIo)?;
        let done = if whole {
            drive.disk.write_page(page_no, &page)
        } else {
            let sector = SECTOR_SIZE as u64;
            let range = usize::try_from(from * sector).unwrap_or(0)..usize::try_from(to * sector).unwrap_or(0);
            drive.disk.write((page_no * PAGE_SECTORS + from) * sector, page.bytes().get(range).unwrap_or_default())
        };
        match done {
            Ok(()) => {
                if self.watched == Some(dev) {
                    self.moments.push(self.drives.clone());
                }
                if self.listening() {
                    if !whole {
                        page = self.drives.get(&dev).map_or_else(Page::zero, |d| d.disk.peek(page_no));
                        self.hold_page(&mut page);
                    }
                    self.record(Event::DiskWrite { dev, block: page_no, page, by: by.and_then(NonZero::new) });
                }
                Ok(())
            }
            Err(errno) => Err(self.failed(dev, page_no, true, errno)),
        }
    }

    pub(crate) fn disk_flush(&mut self, dev: DevNo) -> Result<(), Errno> {
        self.drives.get_mut(&dev).ok_or(Errno::NxIo)?.disk.flush()?;
        if self.listening() {
            self.event(Event::DiskFlush { dev });
        }
        Ok(())
    }

    /// Where a sector of a device lies now on a disk, looking only; `None` for what has no place.
    pub(crate) fn locate(&self, dev: DevNo, sector: u64, depth: u32) -> Option<(DevNo, u64)> {
        if !dev.is_dm() {
            return Some((dev, sector));
        }
        let table = self.mapper.get(dev)?.live.as_ref()?;
        let target = table.targets.get(table.find(sector)?)?;
        let (lower, start) = match &target.kind {
            Kind::Linear { dev, start } => (*dev, *start),
            Kind::Flakey(f) => (f.dev, f.start),
            Kind::Delay(d) => (d.read.dev, d.read.start),
            // What begins there lies elsewhere a chunk later.
            Kind::Striped(_) | Kind::Cache { .. } | Kind::Zero | Kind::Error => return None,
        };
        (depth < DEPTH_MAX).then(|| self.locate(lower, start + sector - target.begin, depth + 1)).flatten()
    }

    fn flush_through(&mut self, dev: DevNo, depth: u32) -> Result<(), Errno> {
        if !dev.is_dm() {
            return self.disk_flush(dev);
        }
        let Some(md) = self.mapper.get(dev) else { return Err(Errno::NxIo) };
        if md.blocked {
            self.hang = Some(format!("{} ({dev}) is suspended", md.name));
            return Err(Errno::Io);
        }
        let Some(table) = md.live.clone() else { return Err(Errno::Io) };
        if depth >= DEPTH_MAX {
            return Err(Errno::Io);
        }
        let mut result = Ok(());
        for target in &table.targets {
            // A stack of tables with several targets each multiplies them.
            self.spend(1);
            if self.exceeded().is_some() {
                return Err(Errno::Io);
            }
            let one = match &target.kind {
                Kind::Linear { dev, .. } => self.flush_through(*dev, depth + 1),
                Kind::Striped(s) => s.stripes.iter().map(|(dev, _)| self.flush_through(*dev, depth + 1)).fold(Ok(()), Result::and),
                Kind::Delay(d) => self.flush_through(d.flush.or(d.write).unwrap_or(d.read).dev, depth + 1),
                Kind::Flakey(f) => match f.action(self.now_ns, true) {
                    FlakeyAction::Fail => Err(Errno::Io),
                    FlakeyAction::Drop => Ok(()),
                    _ => self.flush_through(f.dev, depth + 1),
                },
                // No flush bios of their own: a flush passes by.
                Kind::Zero | Kind::Error => Ok(()),
                Kind::Cache { .. } => Err(Errno::Io),
            };
            result = result.and(one);
        }
        result
    }
}

fn bytes_of(sectors: u64) -> usize {
    usize::try_from(sectors).unwrap_or(0) * SECTOR_SIZE
}

impl Host for Machine {
    fn read(&mut self, dev: DevNo, block: u64, by: Option<ClientId>) -> Result<Page, Errno> {
        let pieces = self.block_pieces(dev, block, false);
        if let [Piece { end: End::Disk(disk, sector), sectors: PAGE_SECTORS, corrupt: None, .. }] = pieces[..]
            && sector % PAGE_SECTORS == 0
        {
            return self.disk_read(disk, sector / PAGE_SECTORS, by);
        }
        let mut page = Page::zero();
        self.spend(pieces.len() as u64);
        for piece in pieces {
            let bytes = page.make_mut().get_mut(bytes_of(piece.at)..bytes_of(piece.at + piece.sectors)).unwrap_or_default();
            match piece.end {
                End::Fail(errno) => return Err(self.failed(dev, block, false, errno)),
                End::Disk(disk, sector) => {
                    let drive = self.drives.get_mut(&disk).ok_or(Errno::NxIo)?;
                    drive.disk.read(sector * SECTOR_SIZE as u64, bytes)?;
                }
                End::Zeros | End::Vanish => {}
            }
            if let Some((byte, value)) = piece.corrupt
                && let Some(b) = usize::try_from(byte).ok().and_then(|i| bytes.get_mut(i))
            {
                *b = value;
            }
        }
        Ok(page)
    }

    fn write(&mut self, dev: DevNo, block: u64, page: &Page, by: Option<ClientId>) -> Result<(), Errno> {
        let pieces = self.block_pieces(dev, block, true);
        for piece in pieces {
            self.spend(1);
            match piece.end {
                End::Fail(errno) => return Err(self.failed(dev, block, true, errno)),
                End::Zeros | End::Vanish => {}
                End::Disk(disk, sector) if sector % PAGE_SECTORS == piece.at && piece.corrupt.is_none() => {
                    self.disk_write(disk, sector / PAGE_SECTORS, page, piece.at, piece.at + piece.sectors, by)?;
                }
                End::Disk(disk, sector) => {
                    let mut bytes = page.bytes().get(bytes_of(piece.at)..bytes_of(piece.at + piece.sectors)).unwrap_or_default().to_vec();
                    if let Some((byte, value)) = piece.corrupt
                        && let Some(b) = usize::try_from(byte).ok().and_then(|i| bytes.get_mut(i))
                    {
                        *b = value;
                    }
                    self.hold_pages(2);
                    let drive = self.drives.get_mut(&disk).ok_or(Errno::NxIo)?;
                    drive.disk.write(sector * SECTOR_SIZE as u64, &bytes)?;
                    if self.listening() {
                        for page_no in sector / PAGE_SECTORS..(sector + piece.sectors).div_ceil(PAGE_SECTORS) {
                            let page = self.drives.get(&disk).map_or_else(Page::zero, |d| d.disk.peek(page_no));
                            self.event(Event::DiskWrite { dev: disk, block: page_no, page, by: by.and_then(NonZero::new) });
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self, dev: DevNo) -> Result<(), Errno> {
        self.flush_through(dev, 0)
    }

    fn sectors(&self, dev: DevNo) -> u64 {
        if dev.is_dm() { self.mapper.get(dev).map_or(0, |d| d.sectors()) } else { self.drives.get(&dev).map_or(0, |d| d.disk.sectors()) }
    }

    fn is_read_only(&self, dev: DevNo) -> bool {
        if dev.is_dm() { self.mapper.get(dev).is_some_and(|d| d.read_only) } else { self.drives.get(&dev).is_some_and(|d| d.read_only) }
    }

    fn klog_limited(&mut self, function: &'static str, line: String) {
        if self.may_log(function) {
            self.klog(line);
        }
    }

    fn klog(&mut self, line: String) {
        self.spend(work_of_text(line.len()));
        let line: Arc<str> = line.into();
        if self.listening() {
            self.event(Event::Klog { line: line.clone() });
        }
        self.klog.push_back(line);
    }

    fn listening(&self) -> bool {
        self.events.is_some()
    }

    fn event(&mut self, mut event: Event) {
        if !self.listening() {
            return;
        }
        event.pages_mut(|page| self.hold_page(page));
        self.record(event);
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn kernel(&self) -> Kernel {
        self.kernel
    }

    fn skips_precommit_flush(&self) -> bool {
        self.skip_precommit_flush
    }
}
