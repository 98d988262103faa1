//! The ioctls of `dm-ioctl.c` that make, change and remove devices.

use super::{Failure, World};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{DeviceNames, Event, Slot};
use crate::mapper::{MappedDevice, SuspendFlags, Table};

impl World {
    /// The minor number of a device by name; ENXIO if there is none, as the ioctls have it.
    pub(super) fn minor(&self, name: &str) -> Result<u32, Errno> {
        self.machine.mapper.by_name(name).map(|d| d.minor).ok_or(Errno::NxIo)
    }

    /// `DEV_CREATE`: an empty device, on the lowest free minor unless one is asked for. EBUSY if name or uuid is taken, ENXIO if the minor is.
    pub fn dev_create(&mut self, name: &str, uuid: &str, minor: Option<u32>) -> Result<DevNo, Failure> {
        if name.is_empty() {
            self.machine.klog(String::from("device-mapper: ioctl: name not supplied when creating device"));
            return Err(Errno::Inval.into());
        }
        if name.contains('/') {
            return Err(Errno::Inval.into());
        }
        self.check_devices()?;
        let mapper = &mut self.machine.mapper;
        let minor = minor.unwrap_or_else(|| mapper.free_minor());
        if mapper.devices.contains_key(&minor) {
            return Err(Errno::NxIo.into());
        }
        if mapper.devices.values().any(|d| d.name == name || (!uuid.is_empty() && d.uuid == uuid)) {
            return Err(Errno::Busy.into());
        }
        let md = MappedDevice::new(minor, name, uuid);
        let dev = md.dev();
        mapper.devices.insert(minor, md);
        if self.machine.events.is_some() {
            let event = Event::DeviceCreated { dev, called: Box::new(DeviceNames { name: name.to_owned(), uuid: uuid.to_owned() }) };
            self.machine.event(event);
            self.machine.device_state(dev);
        }
        Ok(dev)
    }

    /// `TABLE_CLEAR`: empties the inactive slot.
    pub fn table_clear(&mut self, name: &str) -> Result<(), Failure> {
        let minor = self.minor(name)?;
        let old = self.md_mut(minor).and_then(|d| d.inactive.take());
        if let Some(old) = old {
            self.tell_slot(minor, Slot::Inactive);
            self.destroy_table(minor, &old);
        }
        self.run_due();
        Ok(())
    }

    /// `DEV_SUSPEND` with the suspend flag; nothing if suspended already.
    pub fn dev_suspend(&mut self, name: &str, flags: SuspendFlags) -> Result<(), Failure> {
        let minor = self.minor(name)?;
        self.suspend(minor, flags)?;
        self.run_due();
        self.hung()
    }

    /// `DEV_SUSPEND` without it; `flags` are for the suspend that swapping a live table implies.
    pub fn dev_resume(&mut self, name: &str, flags: SuspendFlags) -> Result<(), Failure> {
        let minor = self.minor(name)?;
        let result = self.resume(minor, flags);
        self.hung()?;
        if let (Ok(()), Some(md)) = (&result, self.md_mut(minor)) {
            md.has_node = true;
        }
        result
    }

    /// Whether metadata I/O met a suspended device meanwhile.
    fn hung(&mut self) -> Result<(), Failure> {
        self.machine.hang.take().map_or(Ok(()), |what| Err(Failure::Hang(what)))
    }

    /// `DEV_REMOVE`. Ok(true): deferred until the last user closes it. EBUSY while anyone holds it open.
    pub fn dev_remove(&mut self, name: &str, deferred: bool) -> Result<bool, Failure> {
        let minor = self.minor(name)?;
        let dev = DevNo { major: DevNo::DM_MAJOR, minor };
        if self.machine.mapper.open_count(dev) > 0 {
            if !deferred {
                return Err(Errno::Busy.into());
            }
            if let Some(md) = self.md_mut(minor) {
                md.deferred_remove = true;
            }
            return Ok(true);
        }
        self.destroy_device(minor)?;
        self.run_due();
        Ok(false)
    }

    /// The inactive table goes first, then the device is suspended for good, then the live table goes.
    fn destroy_device(&mut self, minor: u32) -> Result<(), Failure> {
        let Some(md) = self.md_mut(minor) else { return Err(Errno::NxIo.into()) };
        let dev = md.dev();
        if let Some(table) = md.inactive.take() {
            self.tell_slot(minor, Slot::Inactive);
            self.destroy_table(minor, &table);
        }
        let Some(md) = self.md_mut(minor) else { return Err(Errno::NxIo.into()) };
        let live = md.live.clone();
        let was_suspended = std::mem::replace(&mut md.suspended, true);
        md.blocked = true;
        let mut result = Ok(());
        if let Some(table) = &live
            && !was_suspended
        {
            self.presuspend(minor, table);
            result = self.postsuspend(minor, table);
        }
        self.truth_park(minor);
        if let Some(table) = live {
            if let Some(md) = self.md_mut(minor) {
                md.live = None;
            }
            self.tell_slot(minor, Slot::Live);
            self.destroy_table(minor, &table);
        }
        // Requests still put off end with an error; whoever waits for them is told.
        let deferred = self.md_mut(minor).map(|d| std::mem::take(&mut d.deferred)).unwrap_or_default();
        for held in deferred {
            self.out.push_back(super::io::Out::Finish(held.owner, held.bio, Err(Errno::Io)));
        }
        self.drain();
        self.machine.mapper.devices.remove(&minor);
        if self.machine.events.is_some() {
            self.machine.event(Event::DeviceRemoved { dev });
        }
        result
    }

    /// Devices below a destroyed table that were only waiting for it (`dm_deferred_remove`).
    pub(super) fn remove_deferred(&mut self, table: &Table) {
        for dev in table.devices().iter().copied() {
            let waiting = self.machine.mapper.get(dev).is_some_and(|d| d.deferred_remove);
            if waiting && self.machine.mapper.open_count(dev) == 0 {
                // Its own live table may hang in a suspend; there is nobody left to be told.
                let _ = self.destroy_device(dev.minor);
            }
        }
    }

    /// `REMOVE_ALL`: every device that nobody holds open, round after round.
    pub fn remove_all(&mut self, deferred: bool) -> Result<(), Failure> {
        loop {
            let mut removed = false;
            let minors: Vec<u32> = self.machine.mapper.devices.keys().copied().collect();
            for minor in minors {
                let dev = DevNo { major: DevNo::DM_MAJOR, minor };
                if self.machine.mapper.get(dev).is_none() {
                    continue;
                }
                if self.machine.mapper.open_count(dev) == 0 {
                    self.destroy_device(minor)?;
                    removed = true;
                } else if deferred && let Some(md) = self.md_mut(minor) {
                    md.deferred_remove = true;
                }
            }
            if !removed {
                break;
            }
        }
        self.run_due();
        Ok(())
    }

    /// `DEV_RENAME` to a new name; EBUSY if it is taken.
    pub fn dev_rename(&mut self, name: &str, new_name: &str) -> Result<(), Failure> {
        if new_name.is_empty() || new_name.contains('/') {
            return Err(Errno::Inval.into());
        }
        if self.machine.mapper.by_name(new_name).is_some() {
            let line =
                format!("device-mapper: ioctl: Unable to change name on mapped device {name} to one that already exists: {new_name}");
            self.machine.klog(line);
            return Err(Errno::Busy.into());
        }
        let minor = self.minor_to_rename(name, new_name)?;
        self.change_name(minor, |md| md.name = new_name.to_owned());
        Ok(())
    }

    /// `DEV_RENAME` with the uuid flag: a device gets its uuid, once.
    pub fn dev_set_uuid(&mut self, name: &str, uuid: &str) -> Result<(), Failure> {
        if uuid.is_empty() {
            return Err(Errno::Inval.into());
        }
        if self.machine.mapper.devices.values().any(|d| d.uuid == uuid) {
            let line = format!("device-mapper: ioctl: Unable to change uuid on mapped device {name} to one that already exists: {uuid}");
            self.machine.klog(line);
            return Err(Errno::Busy.into());
        }
        let minor = self.minor_to_rename(name, &format!("uuid {uuid}"))?;
        if let Some(has) = self.md(minor).map(|d| d.uuid.clone()).filter(|has| !has.is_empty()) {
            let line = format!(
                "device-mapper: ioctl: Unable to change uuid of mapped device {name} to {uuid} because uuid is already set to {has}"
            );
            self.machine.klog(line);
            return Err(Errno::Inval.into());
        }
        self.change_name(minor, |md| md.uuid = uuid.to_owned());
        Ok(())
    }

    fn minor_to_rename(&mut self, name: &str, to: &str) -> Result<u32, Errno> {
        self.minor(name).inspect_err(|_| {
            self.machine.klog(format!("device-mapper: ioctl: Unable to rename non-existent device, {name} to {to}"));
        })
    }

    /// A rename raises an event if there is a live table.
    fn change_name(&mut self, minor: u32, change: impl FnOnce(&mut MappedDevice)) {
        let Some(md) = self.md_mut(minor) else { return };
        change(md);
        md.event_nr += u32::from(md.live.is_some());
        let (dev, called) = (md.dev(), Box::new(DeviceNames { name: md.name.clone(), uuid: md.uuid.clone() }));
        if self.machine.events.is_some() {
            self.machine.event(Event::DeviceRenamed { dev, called });
        }
        self.machine.device_state(dev);
    }
}
