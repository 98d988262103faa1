//! A table: an ordered sequence of targets without gaps. Immutable once built, so both slots hold it by handle.

use super::simple::{Delay, Flakey};
use super::striped::Striped;
use crate::device::DevNo;
use crate::event::{CacheId, TableId};

/// What a target is and where it points.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A cache; its state is kept with the machine under this id. The devices are metadata, cache, origin.
    Cache {
        /// The target's id.
        id: CacheId,
        /// Devices it holds open, in the order opened.
        devices: [DevNo; 3],
        /// `ti->max_io_len` in sectors.
        max_io_sectors: u64,
    },
    /// `linear`: `sector - begin + start` on `dev`.
    Linear {
        /// Lower device.
        dev: DevNo,
        /// First sector there.
        start: u64,
    },
    /// `striped`.
    Striped(Striped),
    /// `zero`: reads zeros, drops writes.
    Zero,
    /// `error`: fails all I/O.
    Error,
    /// `flakey`.
    Flakey(Flakey),
    /// `delay`.
    Delay(Delay),
}

/// One target of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// First sector on the mapped device.
    pub begin: u64,
    /// Length in sectors.
    pub len: u64,
    /// What it does.
    pub kind: Kind,
    /// The parameters as given.
    pub params: String,
}

impl Target {
    /// The type's name.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Cache { .. } => "cache",
            Kind::Linear { .. } => "linear",
            Kind::Striped(_) => "striped",
            Kind::Zero => "zero",
            Kind::Error => "error",
            Kind::Flakey(_) => "flakey",
            Kind::Delay(_) => "delay",
        }
    }
    /// First sector past it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.begin + self.len
    }
    /// The devices it holds open, each once, in the order opened.
    #[must_use]
    pub fn devices(&self) -> Vec<DevNo> {
        let mut out: Vec<DevNo> = Vec::new();
        let mut add = |dev| {
            if !out.contains(&dev) {
                out.push(dev);
            }
        };
        match &self.kind {
            Kind::Cache { devices, .. } => devices.iter().copied().for_each(add),
            Kind::Linear { dev, .. } => add(*dev),
            Kind::Striped(s) => s.stripes.iter().for_each(|(dev, _)| add(*dev)),
            Kind::Flakey(f) => add(f.dev),
            Kind::Delay(d) => d.legs().for_each(|leg| add(leg.dev)),
            Kind::Zero | Kind::Error => {}
        }
        out
    }
    /// `ti->num_discard_bios`.
    #[must_use]
    pub const fn discard_bios(&self) -> u32 {
        match &self.kind {
            Kind::Striped(s) => s.stripes.len() as u32,
            _ => 1,
        }
    }
    /// `ti->num_flush_bios`.
    #[must_use]
    pub const fn flush_bios(&self) -> u32 {
        match &self.kind {
            Kind::Cache { .. } => 2,
            Kind::Striped(s) => s.stripes.len() as u32,
            Kind::Linear { .. } | Kind::Flakey(_) | Kind::Delay(_) => 1,
            Kind::Zero | Kind::Error => 0,
        }
    }
}

/// A table, built by `TABLE_LOAD`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Never re-used.
    pub id: TableId,
    /// Targets by first sector; grows by [`Table::push`].
    pub targets: Vec<Target>,
    /// Loaded with the read-only flag.
    pub read_only: bool,
    caches: Vec<CacheId>,
    devices: Vec<DevNo>,
}

impl Table {
    /// A table without targets yet.
    #[must_use]
    pub const fn new(id: TableId, read_only: bool) -> Self {
        Self { id, targets: Vec::new(), read_only, caches: Vec::new(), devices: Vec::new() }
    }
    /// Adds a target at the end.
    pub fn push(&mut self, target: Target) {
        if let Kind::Cache { id, .. } = target.kind {
            self.caches.push(id);
        }
        for dev in target.devices() {
            if !self.devices.contains(&dev) {
                self.devices.push(dev);
            }
        }
        self.targets.push(target);
    }
    /// Size of a device that uses it.
    #[must_use]
    pub fn sectors(&self) -> u64 {
        self.targets.last().map_or(0, Target::end)
    }
    /// `dm_table_find_target`: index of the target that holds `sector`.
    #[must_use]
    pub fn find(&self, sector: u64) -> Option<usize> {
        let i = self.targets.partition_point(|t| t.end() <= sector);
        self.targets.get(i).is_some_and(|t| t.begin <= sector).then_some(i)
    }
    /// Ids of the cache targets.
    #[must_use]
    pub fn caches(&self) -> &[CacheId] {
        &self.caches
    }
    /// Devices of all targets, each once, in the order opened.
    #[must_use]
    pub fn devices(&self) -> &[DevNo] {
        &self.devices
    }
}
