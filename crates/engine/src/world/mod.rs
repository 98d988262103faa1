//! The simulated machine as one value: clock, scheduler, disks, mapped devices, metadata objects, kernel log.
//!
//! A shell drives [`World`]. Its methods are the ioctls of `dm-ioctl.c`, block I/O as a program does it,
//! and what only a laboratory can do: cut the power, fail a range of sectors, look without touching. Cloning is cheap.

mod callbacks;
mod conductor;
mod env;
mod io;
mod ioctl;
mod lab;
mod limits;
mod machine;
mod names;
mod page_cache;
mod parallel;
mod request;
mod sched;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod truth;
pub mod verdict;

pub use lab::Moment;
pub use limits::{DEVICES_MAX, Limit, TARGETS_MAX, Usage, work_of_bytes, work_of_text};
pub use page_cache::Buffered;
pub use request::RequestId;

use crate::device::{DevNo, Disk, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event};
use crate::kernel::Kernel;
use crate::metadata::Registry;
use crate::target::cache::Cache;
use conductor::Conductor;
use env::CacheSlot;
use io::{Copying, Flight, Out, Parent};
use machine::{Drive, Machine};
use sched::{Job, Sched};
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The kernel's error number.
    Errno(Errno),
    /// The caller would sleep forever; says what it waits for.
    Hang(String),
}

impl Failure {
    /// Ok for an error number, which the caller passes over; what never comes back stays.
    fn unless_errno(self) -> Result<(), Self> {
        if let Self::Errno(_) = self { Ok(()) } else { Err(self) }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => write!(f, "{errno}"),
            Self::Hang(what) => write!(f, "blocked: {what}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The machine.
#[derive(Debug, Clone)]
pub struct World {
    machine: Machine,
    registry: Registry,
    conductor: Conductor,
    caches: Vec<CacheSlot>,
    sched: Sched,
    out: VecDeque<Out>,
    flights: BTreeMap<u64, Flight>,
    parents: BTreeMap<u64, Parent>,
    copies: BTreeMap<u64, Copying>,
    requests: BTreeMap<RequestId, request::Request>,
    truth: truth::Truth,
    /// Cache blocks of all tables.
    cache_blocks: u64,
    /// See [`World::kept`].
    kept: Option<Arc<dyn Any + Send + Sync>>,
}

impl World {
    /// A machine with no disks. With `sharing` off, each table gets its own metadata object (before Linux 9b1cc9f251af).
    #[must_use]
    pub fn new(kernel: Kernel, sharing: bool) -> Self {
        Self {
            machine: Machine::new(kernel),
            registry: Registry::new(sharing),
            conductor: Conductor::default(),
            caches: Vec::new(),
            sched: Sched::default(),
            out: VecDeque::new(),
            flights: BTreeMap::new(),
            parents: BTreeMap::new(),
            copies: BTreeMap::new(),
            requests: BTreeMap::new(),
            truth: truth::Truth::default(),
            cache_blocks: 0,
            kept: None,
        }
    }
    /// Its kernel.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.machine.kernel
    }
    /// Whether tables share metadata objects.
    #[must_use]
    pub fn sharing(&self) -> bool {
        self.registry.sharing
    }

    // ---- disks and names
    /// Adds a disk of `sectors` 512-byte sectors: 254:0, 254:16, … also `/dev/vda`, `/dev/NAME`, `/dev/d/NAME`.
    pub fn add_disk(&mut self, name: &str, sectors: u64) -> DevNo {
        let n = u32::try_from(self.machine.drives.len()).unwrap_or(u32::MAX / 16);
        let dev = DevNo { major: DevNo::DISK_MAJOR, minor: n * 16 };
        let disk = Disk::new(names::kernel_name(dev), sectors);
        self.machine.drives.insert(dev, Drive { disk, alias: name.to_owned(), read_only: false });
        if self.machine.listening() {
            self.machine.event(Event::DiskAdded { dev, name: name.into(), sectors });
        }
        dev
    }
    /// The device a path names: `/dev/NAME`, `/dev/d/NAME`, `/dev/vdX`, `/dev/mapper/NAME`, `/dev/dm-N`, `MAJOR:MINOR`.
    /// -ENOENT if there is none (table lines of older kernels turn that into -ENODEV).
    pub fn lookup_dev(&self, path: &str) -> Result<DevNo, Errno> {
        names::Directory::of(&self.machine, None).find(path)
    }
    /// The device that a program opens by its path: as [`Self::lookup_dev`], and -ENXIO for a mapped device that no table was ever loaded into.
    pub fn open_dev(&self, path: &str) -> Result<DevNo, Errno> {
        names::Directory::of(&self.machine, None).opened(path)
    }
    /// The kernel's own name of a device: `vda`, `dm-0`.
    #[must_use]
    pub fn dev_name(&self, dev: DevNo) -> String {
        names::kernel_name(dev)
    }
    /// Size in sectors; 0 if there is no such device or it has no table.
    #[must_use]
    pub fn sectors(&self, dev: DevNo) -> u64 {
        self.machine.sectors(dev)
    }
    /// `blockdev --setro` and `--setrw`.
    pub fn set_read_only(&mut self, dev: DevNo, read_only: bool) -> Result<(), Errno> {
        if dev.is_dm() {
            self.machine.mapper.devices.get_mut(&dev.minor).ok_or(Errno::NoDev)?.read_only = read_only;
        } else {
            self.machine.drives.get_mut(&dev).ok_or(Errno::NoDev)?.read_only = read_only;
        }
        Ok(())
    }
    /// `blockdev --getro`.
    #[must_use]
    pub fn is_read_only(&self, dev: DevNo) -> bool {
        self.machine.is_read_only(dev)
    }
    /// Resizes a disk.
    pub fn resize_disk(&mut self, dev: DevNo, sectors: u64) -> Result<(), Errno> {
        let disk = &mut self.machine.drives.get_mut(&dev).ok_or(Errno::NoDev)?.disk;
        // Each unflushed write is looked at: does it lie past the new end?
        let work = disk.unflushed().len() as u64;
        disk.resize(sectors);
        self.machine.spend(work);
        if self.machine.listening() {
            self.machine.event(Event::DiskResized { dev, sectors });
        }
        Ok(())
    }

    /// What a program above the kernel keeps on disks for good without taking any of their sectors here, such as LVM's description of
    /// its volumes. A power cut leaves it.
    #[must_use]
    pub fn kept<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.kept.as_deref().and_then(|kept| kept.downcast_ref())
    }
    /// Keeps it from now on.
    pub fn keep<T: Any + Send + Sync>(&mut self, value: T) {
        self.kept = Some(Arc::new(value));
    }

    // ---- time
    /// Virtual nanoseconds since boot.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.machine.now_ns
    }
    /// Sleeps: runs everything due within `ns`.
    pub fn advance(&mut self, ns: u64) {
        let until = self.machine.now_ns.saturating_add(ns);
        let (mut at, mut failed) = (self.machine.now_ns, self.machine.failed_bios);
        while self.sched.next_ns().is_some_and(|at| at <= until) && !self.is_to_rest(failed) {
            self.step();
            if self.machine.now_ns > at {
                (at, failed) = (self.machine.now_ns, self.machine.failed_bios);
            }
        }
        self.machine.now_ns = until;
        if self.machine.listening() {
            self.machine.event(Event::Clock { now_ns: until });
        }
    }
    /// Runs until background work has settled: the wakers of all caches have run three times and no I/O followed.
    pub fn settle(&mut self) {
        self.run_until_or_rest(|_| false, 3);
    }
    /// Runs the next job that is due; false if there is none.
    fn step(&mut self) -> bool {
        let Some((at_ns, job)) = self.sched.pop() else { return false };
        self.machine.now_ns = self.machine.now_ns.max(at_ns);
        self.spend(1);
        match job {
            Job::Disk { dev, bio, owner } => {
                self.machine.in_worker = true;
                self.run_disk(dev, bio, owner);
            }
            Job::Release { dev, bio, owner } => {
                self.machine.in_worker = true;
                self.out.push_back(Out::Submit(dev, bio, owner));
            }
            Job::Cache(cache, task) => {
                self.machine.in_worker = true;
                self.with_cache(cache, |c, env| c.run(env, task));
            }
        }
        self.drain();
        self.machine.in_worker = false;
        true
    }
    /// Runs what is due by now.
    fn run_due(&mut self) {
        self.drain();
        let failed_before = self.machine.failed_bios;
        while self.sched.next_ns().is_some_and(|at| at <= self.machine.now_ns) && !self.is_to_rest(failed_before) {
            self.step();
        }
    }
    /// Whether background work has to rest where Linux would not: it failed so often since then that it looks like a retry without
    /// end (a failure takes no time, the retry comes at once), or there was more of it than is allowed.
    fn is_to_rest(&self, failed_before: u64) -> bool {
        const FAILED_BIOS_MAX: u64 = 4_096;
        self.machine.failed_bios - failed_before > FAILED_BIOS_MAX || self.exceeded().is_some()
    }
    /// Runs until `done`; false if it can't come to that, since nothing but heartbeats is left.
    fn run_until(&mut self, done: impl Fn(&Self) -> bool) -> bool {
        self.run_until_or_rest(done, 5)
    }
    /// Runs until `done`, until the wakers went round `rounds` times without any I/O between, or until failing background work
    /// has been tried some thousand times.
    fn run_until_or_rest(&mut self, done: impl Fn(&Self) -> bool, rounds: usize) -> bool {
        /// A worker that wakes itself for ever without any I/O is at rest, too.
        const TASKS_MAX: u32 = 100_000;
        let (mut idle, mut tasks) = (0, 0);
        let failed_before = self.machine.failed_bios;
        while !done(self) {
            let Some(kind) = self.sched.next_kind() else { return false };
            match kind {
                sched::JobKind::Io => (idle, tasks) = (0, 0),
                sched::JobKind::Waker => idle += 1,
                sched::JobKind::Task => tasks += 1,
            }
            let quiet = idle > rounds * self.caches.len().max(1) && !self.sched.waits_for_a_disk();
            let at_rest = quiet || tasks > TASKS_MAX || self.is_to_rest(failed_before);
            if at_rest || !self.step() {
                return false;
            }
        }
        true
    }

    fn spend_on_blocks(&mut self, cache: CacheId) {
        self.count_cache_blocks();
        let Some(c) = self.cache(cache) else { return };
        // A small table may share the metadata of a large one.
        let shared = self.registry.object(c.object()).and_then(|object| object.size().ok()).unwrap_or(0);
        let work = u64::from(c.most_blocks().max(shared)) + c.discard_blocks();
        self.spend(work);
    }

    // ---- looking
    /// The metadata objects.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
    /// The metadata objects, for a laboratory's hand (evicting buffers), beside the host they work on.
    pub fn registry_mut(&mut self) -> (&mut Registry, &mut dyn Host) {
        (&mut self.registry, &mut self.machine)
    }
    /// A cache target.
    #[must_use]
    pub fn cache(&self, id: CacheId) -> Option<&Cache> {
        self.caches.iter().find(|slot| slot.id == id).map(|slot| &*slot.cache)
    }
    /// All cache targets, oldest first.
    pub fn caches(&self) -> impl Iterator<Item = (CacheId, &Cache)> {
        self.caches.iter().map(|slot| (slot.id, &*slot.cache))
    }
    /// The mapped devices.
    #[must_use]
    pub fn mapper(&self) -> &crate::mapper::Mapper {
        &self.machine.mapper
    }
    /// A disk.
    #[must_use]
    pub fn disk(&self, dev: DevNo) -> Option<&Disk> {
        self.machine.drives.get(&dev).map(|d| &d.disk)
    }
    /// The disks: device number, the name it was added under, content.
    pub fn disks(&self) -> impl Iterator<Item = (DevNo, &str, &Disk)> {
        self.machine.drives.iter().map(|(dev, d)| (*dev, d.alias.as_str(), &d.disk))
    }
}
