//! The ioctls that query: status, deps, list, message, wait.

use super::{Failure, World};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::Slot;
use crate::mapper::{Info, Kind, StatusKind, TargetStatus};

impl World {
    /// `DEV_STATUS`. ENXIO if there is no such device.
    pub fn dev_status(&self, name: &str) -> Result<Info, Errno> {
        let md = self.machine.mapper.by_name(name).ok_or(Errno::NxIo)?;
        Ok(self.machine.mapper.info(md))
    }

    /// `LIST_DEVICES`, by name.
    #[must_use]
    pub fn list_devices(&self) -> Vec<Info> {
        let mut all: Vec<Info> = self.machine.mapper.devices.values().map(|d| self.machine.mapper.info(d)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// `TABLE_STATUS`; empty if the slot is. Without `noflush` the INFO status of a running cache commits.
    pub fn table_status(&mut self, name: &str, inactive: bool, kind: StatusKind, noflush: bool) -> Result<Vec<TargetStatus>, Failure> {
        let minor = self.minor(name)?;
        let slot = if inactive { Slot::Inactive } else { Slot::Live };
        let Some(md) = self.md(minor) else { return Ok(Vec::new()) };
        let suspended = md.suspended;
        let Some(table) = md.slot(slot).cloned() else { return Ok(Vec::new()) };
        self.spend(table.targets.len() as u64);
        let mut out = Vec::with_capacity(table.targets.len());
        for target in &table.targets {
            let status = match (&target.kind, kind) {
                (Kind::Cache { id, .. }, StatusKind::Info) => {
                    self.with_cache(*id, |c, env| c.status_info(env, noflush, suspended)).unwrap_or_default()
                }
                (Kind::Cache { id, .. }, StatusKind::Table) => {
                    self.cache(*id).map(crate::target::cache::Cache::status_table).unwrap_or_default()
                }
                (small, kind) => crate::mapper::status(small, kind == StatusKind::Table),
            };
            self.drain();
            out.push(TargetStatus { start: target.begin, len: target.len, kind: target.type_name().to_owned(), status });
        }
        self.run_due();
        Ok(out)
    }

    /// `TABLE_DEPS`: devices the table uses.
    pub fn table_deps(&self, name: &str, inactive: bool) -> Result<Vec<DevNo>, Errno> {
        let md = self.machine.mapper.by_name(name).ok_or(Errno::NxIo)?;
        let slot = if inactive { Slot::Inactive } else { Slot::Live };
        let mut devices = md.slot(slot).map_or_else(Vec::new, |t| t.devices().to_vec());
        // The list is built by putting each new device in front.
        devices.reverse();
        Ok(devices)
    }

    /// `TARGET_MSG` to the live table's target at `sector`; the answer, if the target gives one.
    pub fn target_message(&mut self, name: &str, sector: u64, words: &[&str]) -> Result<Option<String>, Failure> {
        let minor = self.minor(name)?;
        if words.is_empty() {
            self.machine.klog(String::from("device-mapper: ioctl: Empty message received."));
            return Err(Errno::Inval.into());
        }
        if let Some(word) = words[0].strip_prefix('@') {
            if word.eq_ignore_ascii_case("cancel_deferred_remove") {
                if let Some(md) = self.md_mut(minor) {
                    md.deferred_remove = false;
                }
                return Ok(None);
            }
            self.machine.klog(format!("device-mapper: ioctl: Unsupported message sent to DM core: {}", words[0]));
            return Err(Errno::Inval.into());
        }
        let Some(table) = self.md(minor).and_then(|d| d.live.clone()) else {
            self.machine.klog(String::from("device-mapper: ioctl: The device has no table."));
            return Err(Errno::Inval.into());
        };
        let Some(target) = table.find(sector).and_then(|i| table.targets.get(i)) else {
            self.machine.klog(String::from("device-mapper: ioctl: Target message sector outside device."));
            return Err(Errno::Inval.into());
        };
        let Kind::Cache { id, .. } = target.kind else {
            self.machine.klog(String::from("device-mapper: ioctl: Target type does not support messages"));
            return Err(Errno::Inval.into());
        };
        let answer = self.with_cache(id, |c, env| c.message(env, words)).unwrap_or(Err(Errno::NxIo));
        self.drain();
        self.run_due();
        answer.map_err(Failure::from)
    }

    /// `DEV_WAIT`: runs the machine until the event number differs from `event_nr`; the new number.
    pub fn dev_wait(&mut self, name: &str, event_nr: u32) -> Result<u32, Failure> {
        let minor = self.minor(name)?;
        if !self.run_until(|w| w.md(minor).is_none_or(|d| d.event_nr != event_nr)) {
            return Err(Failure::Hang(format!("wait for an event of {name}")));
        }
        self.md(minor).map(|d| d.event_nr).ok_or(Failure::Errno(Errno::NxIo))
    }
}
