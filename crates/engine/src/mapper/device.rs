//! A mapped device with its two slots, and the table of all of them by minor number.

use super::Held;
use super::status::Info;
use super::table::Table;
use crate::device::{DevNo, PAGE_SECTORS};
use crate::event::{CacheId, Slot};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Queue limits of a running table that matter here, in sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Largest discard; 0 if the device does not support discards.
    pub max_discard_sectors: u64,
    /// Discards are cut at multiples of it.
    pub discard_granularity_sectors: u64,
    /// `io_opt`; 0 if no device has a preferred size.
    pub io_opt_sectors: u64,
    /// `max_sectors` of the rotational device below, if the kernel reads ahead by it; else 0.
    pub rotational_sectors: u64,
}

impl Limits {
    /// `blk_apply_bdi_limits`: twice the optimal size, at least 128 KiB; in sectors.
    #[must_use]
    pub const fn read_ahead_sectors(&self) -> u64 {
        let size = if self.io_opt_sectors == 0 { self.rotational_sectors } else { self.io_opt_sectors };
        let pages = size.saturating_mul(2) / PAGE_SECTORS;
        PAGE_SECTORS * if pages > 32 { pages } else { 32 }
    }
}

/// `struct mapped_device` and its hash cell.
#[derive(Debug, Clone)]
pub struct MappedDevice {
    /// Minor number.
    pub minor: u32,
    /// Name under `/dev/mapper`.
    pub name: String,
    /// UUID, empty if none.
    pub uuid: String,
    /// The LIVE slot.
    pub live: Option<Arc<Table>>,
    /// The INACTIVE slot.
    pub inactive: Option<Arc<Table>>,
    /// `DMF_SUSPENDED`.
    pub suspended: bool,
    /// `DMF_BLOCK_IO_FOR_SUSPEND`: new bios are deferred.
    pub blocked: bool,
    /// `DMF_NOFLUSH_SUSPENDING`.
    pub noflush: bool,
    /// A table was loaded once; from then on the device is bio-based (`md->type`).
    pub has_type: bool,
    /// `DMF_DEFERRED_REMOVE`.
    pub deferred_remove: bool,
    /// The disk's own read-only flag, from the live table's mode.
    pub read_only: bool,
    /// `event_nr`.
    pub event_nr: u32,
    /// Bios accepted and not yet completed.
    pub in_flight: u64,
    /// Bios deferred until resume.
    pub deferred: VecDeque<Held>,
    /// Limits of the live table.
    pub limits: Limits,
    /// Programs that hold it open.
    pub openers: u32,
    /// It has been resumed once; `/dev/mapper/NAME` exists from then on.
    pub has_node: bool,
}

impl MappedDevice {
    /// `alloc_dev`: no tables, running.
    #[must_use]
    pub fn new(minor: u32, name: &str, uuid: &str) -> Self {
        Self {
            minor,
            name: name.to_owned(),
            uuid: uuid.to_owned(),
            live: None,
            inactive: None,
            suspended: false,
            blocked: false,
            noflush: false,
            has_type: false,
            deferred_remove: false,
            read_only: false,
            event_nr: 0,
            in_flight: 0,
            deferred: VecDeque::new(),
            limits: Limits::default(),
            openers: 0,
            has_node: false,
        }
    }
    /// Its device number.
    #[must_use]
    pub const fn dev(&self) -> DevNo {
        DevNo { major: DevNo::DM_MAJOR, minor: self.minor }
    }
    /// Size in sectors.
    #[must_use]
    pub fn sectors(&self) -> u64 {
        self.live.as_ref().map_or(0, |t| t.sectors())
    }
    /// Whether one of its tables holds that device open.
    #[must_use]
    pub fn stands_on(&self, dev: DevNo) -> bool {
        [&self.live, &self.inactive].into_iter().flatten().any(|t| t.devices().contains(&dev))
    }
    /// What a slot holds.
    #[must_use]
    pub const fn slot(&self, slot: Slot) -> Option<&Arc<Table>> {
        match slot {
            Slot::Live => self.live.as_ref(),
            Slot::Inactive => self.inactive.as_ref(),
        }
    }
}

/// All mapped devices.
#[derive(Debug, Clone, Default)]
pub struct Mapper {
    /// By minor number.
    pub devices: BTreeMap<u32, MappedDevice>,
}

impl Mapper {
    /// The device with a device number.
    #[must_use]
    pub fn get(&self, dev: DevNo) -> Option<&MappedDevice> {
        if dev.is_dm() { self.devices.get(&dev.minor) } else { None }
    }
    /// The device of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&MappedDevice> {
        self.devices.values().find(|d| d.name == name)
    }
    /// The device of that name, for changing.
    pub fn by_name_mut(&mut self, name: &str) -> Option<&mut MappedDevice> {
        self.devices.values_mut().find(|d| d.name == name)
    }
    /// The device that currently runs a cache target.
    pub fn running(&mut self, cache: CacheId) -> Option<&mut MappedDevice> {
        self.devices.values_mut().find(|d| d.live.as_ref().is_some_and(|t| t.caches().contains(&cache)))
    }
    /// The smallest minor number that is free.
    #[must_use]
    pub fn free_minor(&self) -> u32 {
        (0..)
            .zip(self.devices.keys())
            .find(|(want, have)| want != *have)
            .map_or(u32::try_from(self.devices.len()).unwrap_or(u32::MAX), |(want, _)| want)
    }
    /// `dm_open_count`: programs, and each mapped device whose tables use it (`dm_get_table_device` shares one open).
    #[must_use]
    pub fn open_count(&self, dev: DevNo) -> u32 {
        let own = self.get(dev).map_or(0, |d| d.openers);
        let above = self.devices.values().filter(|d| d.stands_on(dev));
        own + u32::try_from(above.count()).unwrap_or(u32::MAX)
    }
    /// `__dev_status`.
    #[must_use]
    pub fn info(&self, d: &MappedDevice) -> Info {
        Info {
            name: d.name.clone(),
            uuid: d.uuid.clone(),
            dev: d.dev(),
            suspended: d.suspended,
            live: d.live.is_some(),
            inactive: d.inactive.is_some(),
            read_only: d.read_only,
            deferred_remove: d.deferred_remove,
            open_count: self.open_count(d.dev()),
            event_nr: d.event_nr,
            has_type: d.has_type,
            has_node: d.has_node,
            read_ahead_sectors: d.limits.read_ahead_sectors(),
            target_count: d.live.as_ref().map_or(0, |t| u32::try_from(t.targets.len()).unwrap_or(u32::MAX)),
        }
    }
}
