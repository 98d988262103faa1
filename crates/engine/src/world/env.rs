//! What a cache target sees of the machine while one of its methods runs.

use super::World;
use super::conductor::Conductor;
use super::io::{Copying, Out};
use super::machine::Machine;
use super::sched::{Job, Sched};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectId};
use crate::mapper::Owner;
use crate::metadata::{OpenArgs, Registry};
use crate::target::cache::Cache;
use crate::target::env::{Bio, BioOp, BioTag, CacheTask, Done, Env};
use std::collections::{BTreeMap, VecDeque};

/// A cache target and its id.
#[derive(Debug, Clone)]
pub(crate) struct CacheSlot {
    pub(crate) id: CacheId,
    pub(crate) cache: Box<Cache>,
}

/// The world without its caches.
pub(crate) struct WorldEnv<'a> {
    pub(crate) machine: &'a mut Machine,
    pub(crate) registry: &'a mut Registry,
    pub(crate) conductor: &'a mut Conductor,
    pub(crate) sched: &'a mut Sched,
    pub(crate) out: &'a mut VecDeque<Out>,
    pub(crate) copies: &'a mut BTreeMap<u64, Copying>,
}

const fn owner(done: Done) -> Owner {
    match done {
        Done::Cache(cache, token) => Owner::Cache(cache, token),
        Done::Upwards => Owner::Clone,
    }
}

impl Env for WorldEnv<'_> {
    fn host(&mut self) -> &mut dyn Host {
        self.machine
    }
    fn metadata(&mut self) -> (&mut Registry, &mut dyn Host) {
        (self.registry, self.machine)
    }
    fn open_metadata(&mut self, by: CacheId, bdev: DevNo, args: OpenArgs) -> Result<ObjectId, Errno> {
        self.conductor.open(self.registry, self.machine, by, bdev, args)
    }
    fn close_metadata(&mut self, by: CacheId, object: ObjectId) {
        self.conductor.close(self.registry, self.machine, by, object);
    }
    fn now_ns(&self) -> u64 {
        self.machine.now_ns
    }
    fn submit(&mut self, dev: DevNo, bio: Box<Bio>, done: Done) {
        self.out.push_back(Out::Submit(dev, bio, owner(done)));
    }
    fn end_bio(&mut self, bio: Box<Bio>, result: Result<(), Errno>) {
        self.out.push_back(Out::End(bio, result));
    }
    fn requeue_bio(&mut self, bio: Box<Bio>) {
        self.out.push_back(Out::Requeue(bio));
    }
    fn copy(&mut self, from: (DevNo, u64), to: (DevNo, u64), sectors: u64, done: Done) {
        let id = self.machine.fresh_id();
        let bio =
            Bio { id, op: BioOp::Read, sector: from.1, sectors, pages: Vec::new(), fua: false, preflush: false, tag: BioTag::default() };
        self.copies.insert(id, Copying { to, done });
        self.out.push_back(Out::Submit(from.0, Box::new(bio), Owner::CopyRead(id)));
    }
    fn schedule(&mut self, cache: CacheId, task: CacheTask, delay_ns: u64) {
        self.sched.push(self.machine.now_ns.saturating_add(delay_ns), Job::Cache(cache, task));
    }
    fn cancel(&mut self, cache: CacheId, task: CacheTask) {
        self.sched.cancel(cache, Some(task));
    }
    fn max_discard_sectors(&self, dev: DevNo) -> u64 {
        World::max_discard(self.machine, dev)
    }
    fn raise_event(&mut self, cache: CacheId) {
        let Some(md) = self.machine.mapper.running(cache) else { return };
        md.event_nr += 1;
        let dev = md.dev();
        self.machine.device_state(dev);
    }
    fn cache_blocks_left(&self) -> u64 {
        self.machine.cache_blocks_left
    }
    fn may_work(&mut self, work: u64) -> bool {
        self.machine.spend(work);
        self.machine.exceeded().is_none()
    }
    fn lose_io(&mut self, cache: CacheId) {
        if let Some(md) = self.machine.mapper.running(cache) {
            md.in_flight += 1;
        }
    }
}

impl Machine {
    /// Tells of a device's state.
    pub(crate) fn device_state(&mut self, dev: DevNo) {
        if !self.listening() {
            return;
        }
        let open_count = self.mapper.open_count(dev);
        if let Some(md) = self.mapper.get(dev) {
            let event = Event::DeviceState { dev, suspended: md.suspended, event_nr: md.event_nr, open_count };
            self.event(event);
        }
    }
}

impl World {
    /// Everything but the caches, as a target may use it.
    pub(super) fn env(&mut self) -> WorldEnv<'_> {
        WorldEnv {
            machine: &mut self.machine,
            registry: &mut self.registry,
            conductor: &mut self.conductor,
            sched: &mut self.sched,
            out: &mut self.out,
            copies: &mut self.copies,
        }
    }

    /// Runs a method of a cache target; `None` if it is gone.
    pub(super) fn with_cache<R>(&mut self, id: CacheId, f: impl FnOnce(&mut Cache, &mut WorldEnv<'_>) -> R) -> Option<R> {
        let slot = self.caches.iter_mut().find(|slot| slot.id == id)?;
        let mut env = WorldEnv {
            machine: &mut self.machine,
            registry: &mut self.registry,
            conductor: &mut self.conductor,
            sched: &mut self.sched,
            out: &mut self.out,
            copies: &mut self.copies,
        };
        Some(f(&mut slot.cache, &mut env))
    }
}
