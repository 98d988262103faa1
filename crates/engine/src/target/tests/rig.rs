//! Three disks, a registry, a queue ordered by time: an [`Env`] without a mapper.

use crate::device::{DevNo, Disk, Host, Page};
use crate::errno::Errno;
use crate::event::{CacheId, ClientId, Event};
use crate::kernel::Kernel;
use crate::metadata::Registry;
use crate::target::cache::{Cache, CtrError};
use crate::target::env::{BIO_TOKEN, Bio, BioOp, BioTag, CacheTask, Done, Env, Mapped};
use std::collections::{BTreeMap, VecDeque};

pub(super) const META: DevNo = DevNo { major: 254, minor: 0 };
pub(super) const FAST: DevNo = DevNo { major: 254, minor: 16 };
pub(super) const SLOW: DevNo = DevNo { major: 254, minor: 32 };
pub(super) const MD: DevNo = DevNo { major: 253, minor: 0 };
const BLOCK: u64 = 128;

/// Frozen background work, as most recordings have it.
pub(super) const FROZEN: &str = "meta fast slow 128 1 writeback smq 2 migration_threshold 0";

pub(super) struct Hardware {
    pub(super) disks: BTreeMap<DevNo, Disk>,
    pub(super) log: Vec<String>,
    pub(super) events: Vec<Event>,
    pub(super) kernel: Kernel,
    next_id: u64,
}

impl Host for Hardware {
    fn read(&mut self, dev: DevNo, block: u64, _by: Option<ClientId>) -> Result<Page, Errno> {
        self.disks.get_mut(&dev).ok_or(Errno::NoDev)?.read_page(block)
    }
    fn write(&mut self, dev: DevNo, block: u64, page: &Page, _by: Option<ClientId>) -> Result<(), Errno> {
        self.disks.get_mut(&dev).ok_or(Errno::NoDev)?.write_page(block, page)
    }
    fn flush(&mut self, dev: DevNo) -> Result<(), Errno> {
        self.disks.get_mut(&dev).ok_or(Errno::NoDev)?.flush()
    }
    fn sectors(&self, dev: DevNo) -> u64 {
        self.disks.get(&dev).map_or(0, Disk::sectors)
    }
    fn is_read_only(&self, _dev: DevNo) -> bool {
        false
    }
    fn klog(&mut self, line: String) {
        self.log.push(line);
    }
    fn listening(&self) -> bool {
        true
    }
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
    fn kernel(&self) -> Kernel {
        self.kernel
    }
}

enum Due {
    Task(CacheTask),
    Bio(u64, Box<Bio>, Result<(), Errno>),
    Copy(u64, Result<(), Errno>),
}

pub(super) struct Rig {
    pub(super) hw: Hardware,
    pub(super) registry: Registry,
    pub(super) now_ns: u64,
    queue: BTreeMap<(u64, u64), Due>,
    seq: u64,
    pub(super) ended: VecDeque<(Box<Bio>, Result<(), Errno>)>,
    /// Bios sent to lower devices: device, operation, sector.
    pub(super) sent: Vec<(DevNo, BioOp, u64)>,
    pub(super) events_raised: u32,
    pub(super) discards_of_origin: u64,
}

impl Rig {
    pub(super) fn new() -> Self {
        let disks = [(META, "vda", 8192), (FAST, "vdb", 32_768), (SLOW, "vdc", 262_144)];
        Self {
            hw: Hardware {
                disks: disks.into_iter().map(|(dev, name, sectors)| (dev, Disk::new(name, sectors))).collect(),
                log: Vec::new(),
                events: Vec::new(),
                kernel: Kernel::V6_1,
                next_id: 100,
            },
            registry: Registry::default(),
            now_ns: 10_000_000_000,
            queue: BTreeMap::new(),
            seq: 0,
            ended: VecDeque::new(),
            sent: Vec::new(),
            events_raised: 0,
            discards_of_origin: 4_194_303,
        }
    }

    fn put(&mut self, delay_ns: u64, due: Due) {
        self.seq += 1;
        self.queue.insert((self.now_ns + delay_ns, self.seq), due);
    }

    pub(super) fn ctr(&mut self, line: &str) -> Result<Cache, CtrError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Cache::ctr(self, 1, MD, 262_144, &words, &|name| match name {
            "meta" => Ok(META),
            "fast" => Ok(FAST),
            "slow" => Ok(SLOW),
            _ => Err(Errno::NoDev),
        })
    }

    pub(super) fn up(&mut self, line: &str) -> Cache {
        let mut cache = self.ctr(line).unwrap();
        cache.io_hints(self);
        cache.preresume(self).unwrap();
        cache.resume(self);
        self.settle(&mut cache);
        cache
    }

    pub(super) fn suspend(&mut self, cache: &mut Cache) {
        self.settle(cache);
        cache.prevent_background_work();
        assert!(cache.background_work_ended());
        cache.postsuspend(self);
    }

    /// Runs everything due now and the I/O under way, not the waker.
    pub(super) fn settle(&mut self, cache: &mut Cache) {
        self.advance(cache, 10_000_000);
    }

    pub(super) fn advance(&mut self, cache: &mut Cache, ns: u64) {
        let end = self.now_ns + ns;
        while let Some(entry) = self.queue.first_entry().filter(|e| e.key().0 <= end) {
            let ((at, _), due) = entry.remove_entry();
            self.now_ns = self.now_ns.max(at);
            match due {
                Due::Task(task) => cache.run(self, task),
                Due::Bio(token, bio, result) => cache.bio_done(self, token, bio, result),
                Due::Copy(token, result) => cache.copy_done(self, token, result),
            }
        }
        self.now_ns = end;
    }

    /// Sends one bio through the target and lets the machine come to rest.
    pub(super) fn bio(&mut self, cache: &mut Cache, op: BioOp, sector: u64, sectors: u64, byte: u8) -> (Box<Bio>, Result<(), Errno>) {
        self.bio_with(cache, op, sector, sectors, byte, false)
    }

    pub(super) fn bio_with(
        &mut self,
        cache: &mut Cache,
        op: BioOp,
        sector: u64,
        sectors: u64,
        byte: u8,
        fua: bool,
    ) -> (Box<Bio>, Result<(), Errno>) {
        let pages = match op {
            BioOp::Read => vec![Page::zero(); sectors.div_ceil(8) as usize],
            BioOp::Write => vec![Page::filled(byte); sectors.div_ceil(8) as usize],
            BioOp::Flush | BioOp::Discard => Vec::new(),
        };
        let id = self.hw.fresh_id();
        let bio = Bio { id, op, sector, sectors, pages, fua, preflush: op == BioOp::Flush, tag: BioTag::default() };
        self.send(cache, Box::new(bio));
        self.settle(cache);
        self.ended.pop_front().expect("the bio ends")
    }

    pub(super) fn send(&mut self, cache: &mut Cache, bio: Box<Bio>) {
        if let Mapped::Remapped { dev, bio } = cache.map(self, bio) {
            self.submit(dev, bio, Done::Cache(cache.id(), BIO_TOKEN));
        }
    }

    pub(super) fn write_block(&mut self, cache: &mut Cache, oblock: u64, byte: u8) -> Result<(), Errno> {
        self.bio(cache, BioOp::Write, oblock * BLOCK, BLOCK, byte).1
    }

    pub(super) fn read_byte(&mut self, cache: &mut Cache, oblock: u64) -> u8 {
        let (bio, result) = self.bio(cache, BioOp::Read, oblock * BLOCK, 8, 0);
        result.unwrap();
        bio.pages[0].bytes()[0]
    }

    pub(super) fn raw_byte(&self, dev: DevNo, block: u64) -> u8 {
        self.hw.disks[&dev].peek(block * BLOCK / 8).bytes()[0]
    }

    pub(super) fn status(&mut self, cache: &mut Cache) -> String {
        cache.status_info(self, true, false)
    }
}

impl Env for Rig {
    fn host(&mut self) -> &mut dyn Host {
        &mut self.hw
    }
    fn metadata(&mut self) -> (&mut Registry, &mut dyn Host) {
        (&mut self.registry, &mut self.hw)
    }
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
    fn submit(&mut self, dev: DevNo, mut bio: Box<Bio>, done: Done) {
        self.sent.push((dev, bio.op, bio.sector));
        let disk = self.hw.disks.get_mut(&dev).unwrap();
        let first = bio.sector / 8;
        let result = match bio.op {
            BioOp::Read => (first..).zip(&mut bio.pages).try_for_each(|(no, page)| disk.read_page(no).map(|p| *page = p)),
            BioOp::Write => (first..).zip(&bio.pages).try_for_each(|(no, page)| disk.write_page(no, page)),
            BioOp::Flush => disk.flush(),
            BioOp::Discard => disk.discard(bio.sector..bio.sector + bio.sectors).map(|_| ()),
        };
        let Done::Cache(_, token) = done else { panic!("no other holder here") };
        self.put(100_000, Due::Bio(token, bio, result));
    }
    fn end_bio(&mut self, bio: Box<Bio>, result: Result<(), Errno>) {
        self.ended.push_back((bio, result));
    }
    fn requeue_bio(&mut self, bio: Box<Bio>) {
        self.ended.push_back((bio, Err(Errno::Again)));
    }
    fn copy(&mut self, from: (DevNo, u64), to: (DevNo, u64), sectors: u64, done: Done) {
        let result = (0..sectors / 8).try_for_each(|i| {
            let page = self.hw.read(from.0, from.1 / 8 + i, None)?;
            self.hw.write(to.0, to.1 / 8 + i, &page, None)
        });
        let Done::Cache(_, token) = done else { panic!("no other holder here") };
        self.put(1_000_000, Due::Copy(token, result));
    }
    fn schedule(&mut self, _cache: CacheId, task: CacheTask, delay_ns: u64) {
        self.put(delay_ns, Due::Task(task));
    }
    fn cancel(&mut self, _cache: CacheId, task: CacheTask) {
        self.queue.retain(|_, due| !matches!(due, Due::Task(t) if *t == task));
    }
    fn max_discard_sectors(&self, _dev: DevNo) -> u64 {
        self.discards_of_origin
    }
    fn lose_io(&mut self, _cache: CacheId) {}
    fn raise_event(&mut self, _cache: CacheId) {
        self.events_raised += 1;
    }
}
