//! Bios in flight: through mapped devices and their targets, down to disks, and back up.
//!
//! Nothing here recurses: as with `current->bio_list`, what a target submits is put into a queue and sent when the
//! target has returned.

use super::machine::Machine;
use super::sched::Job;
use super::{World, work_of_bytes};
use crate::device::{DevNo, Host, PAGE_SECTORS, PAGE_SIZE, Page, SECTOR_SIZE};
use crate::errno::Errno;
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mapper::{FlakeyAction, Kind, Target};
use crate::mapper::{Held, Owner};
use crate::target::cache::Cache;
use crate::target::env::{BIO_TOKEN, Bio, BioId, BioOp, BioTag, Done, Mapped};
use std::sync::Arc;

/// What a mapped device remembers of a bio it sent down.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    minor: u32,
    owner: Owner,
    id: BioId,
    sector: u64,
    tag: BioTag,
    /// A read that flakey spoils on its way up.
    corrupt: Option<(u32, u8)>,
}

/// A bio that went down in pieces.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    minor: u32,
    pub(super) bio: Box<Bio>,
    owner: Owner,
    left: u32,
    result: Result<(), Errno>,
}

/// A copy under way.
#[derive(Debug, Clone)]
pub(crate) struct Copying {
    pub(crate) to: (DevNo, u64),
    pub(crate) done: Done,
}

/// What is to be done as soon as the present caller has returned.
#[derive(Debug, Clone)]
pub(crate) enum Out {
    Submit(DevNo, Box<Bio>, Owner),
    /// A clone ends at its mapped device.
    End(Box<Bio>, Result<(), Errno>),
    Requeue(Box<Bio>),
    Finish(Owner, Box<Bio>, Result<(), Errno>),
}

/// A bio that has ended, and whose it is.
type Ending = (Owner, Box<Bio>, Result<(), Errno>);

/// `pages` of a range at `from` laid out for the same range at `to`: new ones, if the two lie differently.
fn regrid(machine: &mut Machine, pages: Vec<Page>, from: u64, to: u64, sectors: u64) -> Vec<Page> {
    let (a, b) = (from % PAGE_SECTORS, to % PAGE_SECTORS);
    if a == b || pages.is_empty() {
        return pages;
    }
    let n = usize::try_from((b + sectors).div_ceil(PAGE_SECTORS)).unwrap_or(0);
    machine.spend(work_of_bytes((n * PAGE_SIZE) as u64));
    machine.hold_pages(n as u64);
    let mut out = vec![Page::zero(); n];
    for s in 0..sectors {
        let place =
            |at: u64| (usize::try_from(at / PAGE_SECTORS).unwrap_or(0), usize::try_from(at % PAGE_SECTORS).unwrap_or(0) * SECTOR_SIZE);
        let ((fp, fo), (tp, to)) = (place(a + s), place(b + s));
        if let (Some(src), Some(dst)) = (pages.get(fp), out.get_mut(tp)) {
            dst.make_mut()[to..to + SECTOR_SIZE].copy_from_slice(&src.bytes()[fo..fo + SECTOR_SIZE]);
        }
    }
    out
}

/// The pages of a piece of a range that starts at `whole`.
fn pages_of(pages: &[Page], whole: u64, sector: u64, sectors: u64) -> Vec<Page> {
    let base = whole / PAGE_SECTORS;
    let first = usize::try_from(sector / PAGE_SECTORS - base).unwrap_or(0);
    let end = usize::try_from((sector + sectors).div_ceil(PAGE_SECTORS) - base).unwrap_or(0);
    pages.get(first..end.min(pages.len())).unwrap_or_default().to_vec()
}

fn corrupt_page(bio: &mut Bio, (byte, value): (u32, u8)) {
    let at = usize::try_from(bio.sector % PAGE_SECTORS).unwrap_or(0) * SECTOR_SIZE + usize::try_from(byte).unwrap_or(0);
    if let Some(b) = bio.pages.get_mut(at / crate::device::PAGE_SIZE).and_then(|p| p.make_mut().get_mut(at % crate::device::PAGE_SIZE)) {
        *b = value;
    }
}

impl World {
    /// Sends a bio to a device and does all that follows at once.
    pub(super) fn submit_bio(&mut self, dev: DevNo, bio: Box<Bio>, owner: Owner) {
        self.out.push_back(Out::Submit(dev, bio, owner));
        self.drain();
    }

    /// Works off the queue of what targets asked for.
    pub(super) fn drain(&mut self) {
        while let Some(out) = self.out.pop_front() {
            match out {
                Out::Submit(dev, bio, owner) => self.send(dev, bio, owner),
                Out::End(bio, result) => self.finish(Owner::Clone, bio, result),
                Out::Requeue(bio) => self.requeue(bio),
                Out::Finish(owner, bio, result) => self.finish(owner, bio, result),
            }
        }
    }

    fn send(&mut self, dev: DevNo, bio: Box<Bio>, owner: Owner) {
        // Programs read and write directly, and wait for it; kcopyd does not.
        let copies = matches!(owner, Owner::CopyRead(_) | Owner::CopyWrite(_));
        let op = match bio.op {
            BioOp::Read if copies || self.machine.kernel <= Kernel::V5_10 => 0,
            BioOp::Read => 2048,
            BioOp::Write if copies => 1,
            BioOp::Write => 34817,
            BioOp::Flush => 0,
            BioOp::Discard => 3,
        };
        if bio.op != BioOp::Flush
            && let Err(errno) = self.machine.check_end(dev, bio.sector, bio.sectors, op, copies)
        {
            self.machine.failed_bios += 1;
            return self.finish(owner, bio, Err(errno));
        }
        if bio.op == BioOp::Write {
            self.machine.warn_read_only(dev);
        }
        if dev.is_dm() {
            return self.enter(dev, bio, owner);
        }
        let m = &mut self.machine;
        let moved = if matches!(bio.op, BioOp::Read | BioOp::Write) { bio.sector..bio.sector + bio.sectors } else { 0..0 };
        let served = m.drives.get_mut(&dev).and_then(|drive| drive.disk.serve(m.now_ns, bio.op == BioOp::Write, &moved));
        let at_ns = served.unwrap_or_else(|| m.now_ns + m.disk_bio_ns + m.disk_page_ns.saturating_mul(bio.sectors.div_ceil(PAGE_SECTORS)));
        self.sched.push(at_ns, Job::Disk { dev, bio, owner });
    }

    /// `dm_submit_bio`.
    fn enter(&mut self, dev: DevNo, bio: Box<Bio>, owner: Owner) {
        self.spend(1);
        if self.reaches_a_limit(0) {
            return self.finish(owner, bio, Err(Errno::Io));
        }
        let Some(md) = self.machine.mapper.devices.get_mut(&dev.minor) else { return self.finish(owner, bio, Err(Errno::Io)) };
        if md.blocked {
            md.deferred.push_back(Held { bio, owner });
            return;
        }
        let Some(table) = md.live.clone() else { return self.finish(owner, bio, Err(Errno::Io)) };
        md.in_flight += 1;
        let limits = md.limits;
        if bio.op == BioOp::Flush {
            return self.enter_flush(dev.minor, &table.targets, bio, owner);
        }
        if bio.op == BioOp::Discard && limits.max_discard_sectors == 0 {
            return self.leave(dev.minor, owner, bio, Err(Errno::OpNotSupp));
        }
        let mut pieces = Vec::new();
        let (mut at, end) = (bio.sector, bio.sector + bio.sectors);
        while at < end {
            let Some(i) = table.find(at) else { return self.leave(dev.minor, owner, bio, Err(Errno::Io)) };
            let target = &table.targets[i];
            let mut run = (end - at).min(target.end() - at);
            if bio.op == BioOp::Discard {
                let gran = limits.discard_granularity_sectors.max(1);
                let max = (limits.max_discard_sectors - limits.max_discard_sectors % gran).max(1);
                if run > max {
                    run = max - ((at + max) % gran).min(max - 1);
                }
            } else if let Kind::Striped(s) = &target.kind {
                run = run.min(s.left_in_chunk(at - target.begin));
            } else if let Kind::Cache { max_io_sectors, .. } = target.kind
                && max_io_sectors > 0
            {
                run = run.min(max_io_sectors - (at - target.begin) % max_io_sectors);
            }
            let bios = if bio.op == BioOp::Discard { target.discard_bios() } else { 1 };
            if at == bio.sector && run == bio.sectors && bios == 1 {
                return self.map_clone(dev.minor, &table, i, bio, owner);
            }
            // The targets of a table, and its limit for discards, may cut a bio into very many.
            self.spend(u64::from(bios));
            if self.reaches_a_limit(pieces.len()) {
                return self.leave(dev.minor, owner, bio, Err(Errno::Io));
            }
            pieces.extend((0..bios).map(|req_nr| (i, at, run, req_nr)));
            at += run;
        }
        let parent = self.machine.fresh_id();
        let parts: Vec<(usize, Box<Bio>)> = pieces
            .into_iter()
            .map(|(i, sector, sectors, req_nr)| {
                let pages = if bio.op == BioOp::Write { pages_of(&bio.pages, bio.sector, sector, sectors) } else { Vec::new() };
                (i, Box::new(Bio { id: bio.id, sector, sectors, pages, tag: BioTag { req_nr, ..BioTag::default() }, ..bio_head(&bio) }))
            })
            .collect();
        self.parents
            .insert(parent, Parent { minor: dev.minor, bio, owner, left: u32::try_from(parts.len()).unwrap_or(u32::MAX), result: Ok(()) });
        for (i, part) in parts {
            self.map_clone(dev.minor, &table, i, part, Owner::Part(parent));
        }
    }

    /// `__send_empty_flush`: as many clones as each target wants.
    fn enter_flush(&mut self, minor: u32, targets: &[Target], bio: Box<Bio>, owner: Owner) {
        let left: u32 = targets.iter().map(Target::flush_bios).sum();
        if left == 0 {
            return self.leave(minor, owner, bio, Ok(()));
        }
        self.spend(left.into());
        if self.reaches_a_limit(usize::try_from(left).unwrap_or(usize::MAX)) {
            return self.leave(minor, owner, bio, Err(Errno::Io));
        }
        let Some(table) = self.machine.mapper.devices.get(&minor).and_then(|d| d.live.clone()) else { return };
        let parent = self.machine.fresh_id();
        let head = bio_head(&bio);
        self.parents.insert(parent, Parent { minor, bio, owner, left, result: Ok(()) });
        for (i, target) in targets.iter().enumerate() {
            for req_nr in 0..target.flush_bios() {
                let clone = Bio { tag: BioTag { req_nr, ..BioTag::default() }, sector: target.begin, ..head.clone() };
                self.map_clone(minor, &table, i, Box::new(clone), Owner::Part(parent));
            }
        }
    }

    /// `__map_bio`: one clone to one target.
    fn map_clone(&mut self, minor: u32, table: &Arc<crate::mapper::Table>, index: usize, mut bio: Box<Bio>, owner: Owner) {
        let Some(target) = table.targets.get(index) else { return };
        let mut flight = Flight { minor, owner, id: bio.id, sector: bio.sector, tag: bio.tag, corrupt: None };
        bio.id = self.machine.fresh_id();
        let req_nr = usize::try_from(bio.tag.req_nr).unwrap_or(usize::MAX);
        if !matches!(bio.op, BioOp::Flush) {
            bio.tag = BioTag::default();
        }
        let id = bio.id;
        let write = bio.op != BioOp::Read;
        let offset = bio.sector.saturating_sub(target.begin);
        let lower = |start: u64| start + offset;
        let (dev, sector, delay_ms) = match &target.kind {
            Kind::Cache { id: cache, .. } => {
                self.flights.insert(id, flight);
                let cache = *cache;
                if bio.op == BioOp::Discard {
                    let block = self.cache(cache).map_or(1, Cache::discard_block_sectors).max(1);
                    self.spend(bio.sectors / block);
                }
                // cache_map takes the bio's sector as it is, wherever the target begins.
                match self.with_cache(cache, |c, env| c.map(env, bio)) {
                    Some(Mapped::Remapped { dev, bio }) => self.out.push_back(Out::Submit(dev, bio, Owner::Cache(cache, BIO_TOKEN))),
                    Some(Mapped::Submitted) => {}
                    None => {}
                }
                return;
            }
            Kind::Linear { dev, start } => (*dev, lower(*start), 0),
            Kind::Striped(s) => match bio.op {
                BioOp::Flush => (s.stripes.get(req_nr).map_or(s.device_of(0).0, |(dev, _)| *dev), bio.sector, 0),
                BioOp::Discard => {
                    let Some((dev, sector, sectors)) = s.range_on(req_nr, offset, bio.sectors) else {
                        self.flights.insert(id, flight);
                        return self.out.push_back(Out::End(bio, Ok(())));
                    };
                    bio.sectors = sectors;
                    (dev, sector, 0)
                }
                BioOp::Read | BioOp::Write => {
                    let (dev, sector) = s.device_of(offset);
                    (dev, sector, 0)
                }
            },
            Kind::Delay(d) => {
                let leg = match bio.op {
                    BioOp::Read => d.read,
                    BioOp::Flush => d.flush.or(d.write).unwrap_or(d.read),
                    _ => d.write.unwrap_or(d.read),
                };
                (leg.dev, lower(leg.start), leg.delay_ms)
            }
            Kind::Flakey(f) => {
                match f.action(self.machine.now_ns, write) {
                    FlakeyAction::Fail => {
                        self.flights.insert(id, flight);
                        return self.out.push_back(Out::End(bio, Err(Errno::Io)));
                    }
                    FlakeyAction::Drop => {
                        self.flights.insert(id, flight);
                        return self.out.push_back(Out::End(bio, Ok(())));
                    }
                    FlakeyAction::Corrupt(byte, value) if write => {
                        self.machine.hold_pages(1);
                        corrupt_page(&mut bio, (byte, value));
                    }
                    FlakeyAction::Corrupt(byte, value) => flight.corrupt = Some((byte, value)),
                    FlakeyAction::Pass => {}
                }
                (f.dev, lower(f.start), 0)
            }
            Kind::Zero | Kind::Error => {
                let result = if target.kind == Kind::Error { Err(Errno::Io) } else { Ok(()) };
                if bio.op == BioOp::Read {
                    let n = (bio.sector % PAGE_SECTORS + bio.sectors).div_ceil(PAGE_SECTORS);
                    bio.pages = vec![Page::zero(); usize::try_from(n).unwrap_or(0)];
                }
                self.flights.insert(id, flight);
                return self.out.push_back(Out::End(bio, result));
            }
        };
        self.flights.insert(id, flight);
        bio.pages = regrid(&mut self.machine, std::mem::take(&mut bio.pages), bio.sector, sector, bio.sectors);
        bio.sector = sector;
        if delay_ms > 0 {
            let at_ns = self.machine.now_ns + u64::from(delay_ms) * 1_000_000;
            self.sched.push(at_ns, Job::Release { dev, bio, owner: Owner::Clone });
        } else {
            self.out.push_back(Out::Submit(dev, bio, Owner::Clone));
        }
    }

    /// `clone_endio`; what ends with it.
    fn end_clone(&mut self, mut bio: Box<Bio>, result: Result<(), Errno>) -> Option<Ending> {
        let flight = self.flights.remove(&bio.id)?;
        if bio.op != BioOp::Flush {
            bio.pages = regrid(&mut self.machine, std::mem::take(&mut bio.pages), bio.sector, flight.sector, bio.sectors);
        }
        bio.sector = flight.sector;
        bio.id = flight.id;
        bio.tag = flight.tag;
        if let (Some(what), Ok(())) = (flight.corrupt, result) {
            corrupt_page(&mut bio, what);
        }
        if !matches!(flight.owner, Owner::Part(_)) {
            self.left(flight.minor);
        }
        Some((flight.owner, bio, result))
    }

    fn end_part(&mut self, id: u64, part: &Bio, result: Result<(), Errno>) -> Option<Ending> {
        let parent = self.parents.get_mut(&id)?;
        parent.left -= 1;
        // The first error to come is the bio's.
        parent.result = parent.result.and(result);
        if part.op == BioOp::Read && result.is_ok() {
            merge(&mut parent.bio, part);
        }
        if parent.left > 0 {
            return None;
        }
        let parent = self.parents.remove(&id)?;
        self.left(parent.minor);
        Some((parent.owner, parent.bio, parent.result))
    }

    /// A bio leaves its mapped device upwards.
    fn leave(&mut self, minor: u32, owner: Owner, bio: Box<Bio>, result: Result<(), Errno>) {
        self.left(minor);
        self.finish(owner, bio, result);
    }

    fn left(&mut self, minor: u32) {
        if let Some(md) = self.machine.mapper.devices.get_mut(&minor) {
            md.in_flight = md.in_flight.saturating_sub(1);
        }
    }

    /// `DM_MAPIO_REQUEUE`: back to the head of the device's list; fails unless the device is being suspended without flushing.
    fn requeue(&mut self, mut bio: Box<Bio>) {
        let Some(flight) = self.flights.remove(&bio.id) else { return };
        bio.sector = flight.sector;
        bio.id = flight.id;
        bio.tag = flight.tag;
        if bio.op == BioOp::Read {
            bio.pages.clear();
        }
        let Some(md) = self.machine.mapper.devices.get_mut(&flight.minor) else { return };
        match flight.owner {
            Owner::Part(parent) => self.finish(Owner::Part(parent), bio, Err(Errno::Io)),
            owner if md.noflush => {
                md.in_flight = md.in_flight.saturating_sub(1);
                md.deferred.push_back(Held { bio, owner });
            }
            owner => self.leave(flight.minor, owner, bio, Err(Errno::Io)),
        }
    }

    /// A bio ends, and with it those that it is a part of: one after the other, as tables that stand on each other make a bio of very
    /// many clones.
    fn finish(&mut self, owner: Owner, bio: Box<Bio>, result: Result<(), Errno>) {
        let mut ending = Some((owner, bio, result));
        while let Some((owner, bio, result)) = ending {
            ending = match owner {
                Owner::Clone => self.end_clone(bio, result),
                Owner::Part(parent) => self.end_part(parent, &bio, result),
                owner => {
                    self.tell(owner, bio, result);
                    None
                }
            };
        }
    }

    /// Tells who sent a bio that it has ended.
    fn tell(&mut self, owner: Owner, mut bio: Box<Bio>, result: Result<(), Errno>) {
        match owner {
            Owner::Clone | Owner::Part(_) => {}
            Owner::Request(id) => self.request_done(id, bio, result),
            Owner::Cache(cache, token) => {
                self.with_cache(cache, |c, env| c.bio_done(env, token, bio, result));
            }
            Owner::CopyRead(id) => {
                let Some(copy) = self.copies.get(&id) else { return };
                if result.is_err() {
                    return self.copy_done(id, result);
                }
                let (dev, sector) = copy.to;
                bio.pages = regrid(&mut self.machine, std::mem::take(&mut bio.pages), bio.sector, sector, bio.sectors);
                bio.op = BioOp::Write;
                bio.sector = sector;
                bio.id = self.machine.fresh_id();
                self.out.push_back(Out::Submit(dev, bio, Owner::CopyWrite(id)));
            }
            Owner::CopyWrite(id) => self.copy_done(id, result),
        }
    }

    fn copy_done(&mut self, id: u64, result: Result<(), Errno>) {
        if let Some(Copying { done: Done::Cache(cache, token), .. }) = self.copies.remove(&id) {
            self.with_cache(cache, |c, env| c.copy_done(env, token, result));
        }
    }

    /// A disk handles a bio.
    pub(super) fn run_disk(&mut self, dev: DevNo, mut bio: Box<Bio>, owner: Owner) {
        let result = self.disk_bio(dev, &mut bio);
        self.machine.failed_bios += u64::from(result.is_err());
        self.out.push_back(Out::Finish(owner, bio, result));
    }

    fn disk_bio(&mut self, dev: DevNo, bio: &mut Bio) -> Result<(), Errno> {
        let m = &mut self.machine;
        if bio.op == BioOp::Flush || bio.preflush {
            m.disk_flush(dev)?;
        }
        let end = bio.sector + bio.sectors;
        let (first, last) = (bio.sector / PAGE_SECTORS, end.div_ceil(PAGE_SECTORS));
        match bio.op {
            BioOp::Flush => {}
            BioOp::Read => {
                bio.pages.clear();
                bio.pages.reserve_exact(usize::try_from(last - first).unwrap_or(0));
                for page_no in first..last {
                    bio.pages.push(m.disk_read(dev, page_no, None)?);
                }
            }
            BioOp::Write => {
                for (page_no, page) in (first..last).zip(&bio.pages) {
                    let from = bio.sector.saturating_sub(page_no * PAGE_SECTORS);
                    let to = (end - page_no * PAGE_SECTORS).min(PAGE_SECTORS);
                    m.disk_write(dev, page_no, page, from, to, None)?;
                }
                if bio.fua {
                    m.disk_flush(dev)?;
                }
            }
            BioOp::Discard => {
                let drive = m.drives.get_mut(&dev).ok_or(Errno::NxIo)?;
                let touched = drive.disk.discard(bio.sector..end)?;
                if m.listening() {
                    for block in touched {
                        let page = m.drives.get(&dev).map_or_else(Page::zero, |d| d.disk.peek(block));
                        m.event(Event::DiskWrite { dev, block, page, by: None });
                    }
                }
            }
        }
        Ok(())
    }

    /// `bdev_max_discard_sectors`.
    pub(super) fn max_discard(machine: &super::machine::Machine, dev: DevNo) -> u64 {
        // virtio-blk's 2147483136 bytes.
        const DISK_MAX: u64 = 4_194_303;
        if dev.is_dm() { machine.mapper.get(dev).map_or(0, |d| d.limits.max_discard_sectors) } else { DISK_MAX }
    }

    /// `bdev_discard_granularity`, in sectors: a disk's own is one.
    pub(super) fn discard_granularity(&self, dev: DevNo) -> u64 {
        self.machine.mapper.get(dev).map_or(1, |d| d.limits.discard_granularity_sectors.max(1))
    }

    /// Whether the error target claims to support discards.
    pub(super) fn error_discards(kernel: Kernel) -> bool {
        kernel >= Kernel::V6_12
    }
}

/// A bio without its data.
fn bio_head(bio: &Bio) -> Bio {
    Bio {
        id: bio.id,
        op: bio.op,
        sector: bio.sector,
        sectors: bio.sectors,
        pages: Vec::new(),
        fua: bio.fua,
        preflush: bio.preflush,
        tag: BioTag::default(),
    }
}

/// Puts what a piece has read into the whole.
fn merge(whole: &mut Bio, part: &Bio) {
    let base = whole.sector / PAGE_SECTORS;
    let n = usize::try_from((whole.sector + whole.sectors).div_ceil(PAGE_SECTORS) - base).unwrap_or(0);
    if whole.pages.len() < n {
        whole.pages.resize(n, Page::zero());
    }
    let first = part.sector / PAGE_SECTORS;
    for (i, page) in (0u64..).zip(&part.pages) {
        let page_no = first + i;
        let from = part.sector.saturating_sub(page_no * PAGE_SECTORS);
        let to = (part.sector + part.sectors - page_no * PAGE_SECTORS).min(PAGE_SECTORS);
        let Some(dst) = usize::try_from(page_no - base).ok().and_then(|i| whole.pages.get_mut(i)) else { continue };
        if from == 0 && to == PAGE_SECTORS {
            *dst = page.clone();
        } else {
            let bytes = usize::try_from(from).unwrap_or(0) * SECTOR_SIZE..usize::try_from(to).unwrap_or(0) * SECTOR_SIZE;
            dst.make_mut()[bytes.clone()].copy_from_slice(&page.bytes()[bytes]);
        }
    }
}
