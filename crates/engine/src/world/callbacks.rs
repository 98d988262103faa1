//! Life cycle: the callbacks of targets in the kernel's order, suspend and resume of a device, swapping tables.

use super::{Failure, World};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{Event, Slot, SlotTable};
use crate::mapper::{Kind, Limits, MappedDevice, SuspendFlags, Table};
use std::sync::Arc;

impl World {
    pub(super) fn md(&self, minor: u32) -> Option<&MappedDevice> {
        self.machine.mapper.devices.get(&minor)
    }
    pub(super) fn md_mut(&mut self, minor: u32) -> Option<&mut MappedDevice> {
        self.machine.mapper.devices.get_mut(&minor)
    }
    const fn dev(minor: u32) -> DevNo {
        DevNo { major: DevNo::DM_MAJOR, minor }
    }

    pub(super) fn tell_callback(&mut self, minor: u32, table: &Table, name: &'static str, result: Result<(), Errno>) {
        if self.machine.listening() {
            self.machine.event(Event::Callback { dev: Self::dev(minor), table: table.id, name, result });
        }
    }

    pub(super) fn tell_slot(&mut self, minor: u32, slot: Slot) {
        if !self.machine.listening() {
            return;
        }
        let table = self.md(minor).and_then(|d| d.slot(slot).cloned());
        self.spend(table.as_ref().map_or(0, |t| t.targets.len() as u64));
        let params = |t: &crate::mapper::Target| match &t.kind {
            Kind::Cache { .. } => t.params.clone(),
            small => crate::mapper::status(small, true),
        };
        let table = table.map(|t| {
            let targets = t.targets.iter().map(|t| (t.type_name().to_owned(), params(t))).collect();
            Arc::new(SlotTable { id: t.id, targets, caches: t.caches().to_vec() })
        });
        self.machine.event(Event::SlotChanged { dev: Self::dev(minor), slot, table });
    }

    /// The open counts of the devices below a table may have changed.
    pub(super) fn tell_lower(&mut self, table: &Table) {
        if self.machine.listening() {
            for dev in table.devices().iter().copied().filter(|d| d.is_dm()) {
                self.machine.device_state(dev);
            }
        }
    }

    /// `dm_table_destroy`: every target's destructor.
    pub(super) fn destroy_table(&mut self, minor: u32, table: &Table) {
        for target in &table.targets {
            self.tell_callback(minor, table, "dtr", Ok(()));
            if let Kind::Cache { id, .. } = target.kind
                && let Some(at) = self.caches.iter().position(|slot| slot.id == id)
            {
                self.spend_on_blocks(id);
                let slot = self.caches.remove(at);
                slot.cache.dtr(&mut self.env());
                self.sched.cancel(id, None);
            }
        }
        if self.machine.listening() {
            self.machine.event(Event::TableDestroyed { table: table.id });
        }
        self.drain();
        self.tell_lower(table);
        self.remove_deferred(table);
    }

    /// `dm_suspend`; nothing if suspended already.
    pub(super) fn suspend(&mut self, minor: u32, flags: SuspendFlags) -> Result<(), Failure> {
        let Some(md) = self.md_mut(minor) else { return Err(Errno::NxIo.into()) };
        if md.suspended {
            return Ok(());
        }
        let live = md.live.clone();
        md.noflush = flags.noflush;
        if let Some(table) = &live {
            self.presuspend(minor, table);
        }
        if let Some(md) = self.md_mut(minor) {
            md.blocked = true;
        }
        if !self.run_until(|w| w.md(minor).is_none_or(|d| d.in_flight == 0)) {
            let (name, n) = self.md(minor).map(|d| (d.name.clone(), d.in_flight)).unwrap_or_default();
            self.unblock(minor);
            return Err(Failure::Hang(format!("suspend of {name} waits for {n} outstanding I/O requests")));
        }
        if let Some(md) = self.md_mut(minor) {
            md.suspended = true;
        }
        let result = live.map_or(Ok(()), |table| self.postsuspend(minor, &table));
        if let Some(md) = self.md_mut(minor) {
            md.noflush = false;
        }
        self.machine.device_state(Self::dev(minor));
        result
    }

    pub(super) fn presuspend(&mut self, minor: u32, table: &Table) {
        for target in &table.targets {
            match target.kind {
                Kind::Cache { id, .. } => {
                    self.with_cache(id, |c, env| c.presuspend(env));
                }
                Kind::Delay(_) => self.tell_callback(minor, table, "presuspend", Ok(())),
                _ => {}
            }
        }
        self.drain();
    }

    pub(super) fn postsuspend(&mut self, minor: u32, table: &Table) -> Result<(), Failure> {
        for target in &table.targets {
            let Kind::Cache { id, .. } = target.kind else { continue };
            self.with_cache(id, |c, _| c.prevent_background_work());
            self.drain();
            if !self.run_until(|w| w.cache(id).is_none_or(crate::target::cache::Cache::background_work_ended)) {
                let name = self.md(minor).map(|d| d.name.clone()).unwrap_or_default();
                return Err(Failure::Hang(format!("suspend of {name} waits for the background work of its cache to end")));
            }
            self.tell_callback(minor, table, "postsuspend", Ok(()));
            self.spend_on_blocks(id);
            self.with_cache(id, |c, env| c.postsuspend(env));
            self.drain();
        }
        Ok(())
    }

    fn unblock(&mut self, minor: u32) {
        let Some(md) = self.md_mut(minor) else { return };
        md.blocked = false;
        md.suspended = false;
        md.noflush = false;
        let deferred = std::mem::take(&mut md.deferred);
        // Before what waited goes on: whoever looks sees it go through a device that is live.
        self.machine.device_state(Self::dev(minor));
        for held in deferred {
            self.submit_bio(Self::dev(minor), held.bio, held.owner);
        }
    }

    /// `dm_resume`.
    fn resume_live(&mut self, minor: u32) -> Result<(), Errno> {
        let Some(md) = self.md(minor) else { return Err(Errno::NxIo) };
        let Some(table) = md.live.clone().filter(|t| !t.targets.is_empty()) else { return Err(Errno::Inval) };
        for target in &table.targets {
            let Kind::Cache { id, .. } = target.kind else { continue };
            // The event goes first: what the callback does follows it.
            let at = self.machine.events.as_ref().map(Vec::len);
            self.tell_callback(minor, &table, "preresume", Ok(()));
            self.spend_on_blocks(id);
            let result = self.with_cache(id, |c, env| c.preresume(env)).unwrap_or(Err(Errno::Inval));
            self.drain();
            if let Err(errno) = result {
                if let (Some(events), Some(at)) = (&mut self.machine.events, at)
                    && let Some(Event::Callback { result, .. }) = events.get_mut(at)
                {
                    *result = Err(errno);
                }
                let dev = Self::dev(minor);
                self.machine.klog(format!("device-mapper: table: {dev}: cache: preresume failed, error = {}", -errno.number()));
                return Err(errno);
            }
        }
        for target in &table.targets {
            match target.kind {
                Kind::Cache { id, .. } => {
                    self.tell_callback(minor, &table, "resume", Ok(()));
                    self.with_cache(id, |c, env| c.resume(env));
                    self.drain();
                }
                Kind::Delay(_) => self.tell_callback(minor, &table, "resume", Ok(())),
                _ => {}
            }
        }
        self.unblock(minor);
        Ok(())
    }

    /// `do_resume`.
    pub(super) fn resume(&mut self, minor: u32, flags: SuspendFlags) -> Result<(), Failure> {
        let Some(md) = self.md_mut(minor) else { return Err(Errno::NxIo.into()) };
        let mut old = None;
        if let Some(table) = md.inactive.take() {
            let was_suspended = md.suspended;
            self.tell_slot(minor, Slot::Inactive);
            if !was_suspended && let Err(failure) = self.suspend(minor, flags) {
                if let Some(md) = self.md_mut(minor) {
                    md.inactive = Some(table);
                }
                self.tell_slot(minor, Slot::Inactive);
                return Err(failure);
            }
            let limits = match self.queue_limits(minor, &table) {
                Ok(limits) => limits,
                Err(errno) => {
                    self.destroy_table(minor, &table);
                    return Err(errno.into());
                }
            };
            if let Some(md) = self.md_mut(minor) {
                md.limits = limits;
                md.read_only = table.read_only;
                old = md.live.replace(table);
            }
            self.tell_slot(minor, Slot::Live);
            self.truth_bound(minor);
        }
        let suspended = self.md(minor).is_some_and(|d| d.suspended);
        let result = if suspended { self.resume_live(minor) } else { Ok(()) };
        if !suspended || result.is_err() {
            self.machine.device_state(Self::dev(minor));
        }
        if let Some(old) = old {
            self.destroy_table(minor, &old);
        }
        self.run_due();
        result.map_err(Failure::from)
    }

    /// `dm_calculate_queue_limits`: every device is long enough, and what the targets can do together. Calls `io_hints`.
    pub(super) fn queue_limits(&mut self, minor: u32, table: &Arc<Table>) -> Result<Limits, Errno> {
        // `dm_swap_table`: a table without data devices keeps the limits of the one before it. Of error targets that is known only
        // where they tell of devices at all, and these take discards; of zero targets, never.
        if Self::error_discards(self.machine.kernel)
            && table.targets.iter().all(|target| target.kind == Kind::Error)
            && let Some(md) = self.md(minor).filter(|md| md.live.is_some())
        {
            return Ok(md.limits);
        }
        let mut limits = Limits { max_discard_sectors: u64::MAX, ..Limits::default() };
        limits.rotational_sectors = table.devices().iter().map(|d| self.rotational(*d)).max().unwrap_or(0);
        for target in &table.targets {
            self.check_area(minor, target)?;
            let below: Vec<DevNo> = match &target.kind {
                Kind::Cache { devices, .. } => vec![devices[1], devices[2]],
                _ => target.devices(),
            };
            let mut max = below.iter().map(|d| Self::max_discard(&self.machine, *d)).min().unwrap_or(u64::MAX);
            let mut io_opt = below.iter().map(|d| self.io_opt(*d)).fold(0, lcm_not_zero);
            match &target.kind {
                Kind::Striped(s) => io_opt = s.chunk_sectors * s.count(),
                Kind::Cache { id, .. } => {
                    let id = *id;
                    if let Some(hints) = self.with_cache(id, |c, env| c.io_hints(env)) {
                        // What the devices below ask for stays only where it is a multiple of a block.
                        if io_opt == 0 || io_opt % hints.io_opt_sectors != 0 {
                            io_opt = hints.io_opt_sectors;
                        }
                        max = hints.max_discard_sectors;
                        limits.discard_granularity_sectors =
                            limits.discard_granularity_sectors.max(hints.discard_granularity_sectors.unwrap_or(1));
                    }
                }
                Kind::Error if !Self::error_discards(self.machine.kernel) => max = 0,
                _ => {}
            }
            limits.max_discard_sectors = limits.max_discard_sectors.min(max);
            limits.io_opt_sectors = lcm_not_zero(limits.io_opt_sectors, io_opt);
        }
        limits.max_discard_sectors = limits.max_discard_sectors.min(u64::from(u32::MAX >> 9));
        Ok(limits)
    }

    fn rotational(&self, dev: DevNo) -> u64 {
        // `BLK_DEF_MAX_SECTORS_CAP`: 4 MiB; the disks are virtio-blk's, which say that they turn.
        let disk = if self.machine.kernel.reads_ahead_by_max_sectors() { 8192 } else { 0 };
        if dev.is_dm() { self.machine.mapper.get(dev).map_or(0, |d| d.limits.rotational_sectors) } else { disk }
    }

    fn io_opt(&self, dev: DevNo) -> u64 {
        if dev.is_dm() { self.machine.mapper.get(dev).map_or(0, |d| d.limits.io_opt_sectors) } else { 0 }
    }

    /// `device_area_is_invalid` for each device of a target.
    fn check_area(&mut self, minor: u32, target: &crate::mapper::Target) -> Result<(), Errno> {
        let mut len = target.len;
        let areas: Vec<(DevNo, u64)> = match &target.kind {
            Kind::Striped(s) => {
                len = s.width_sectors;
                s.stripes.clone()
            }
            Kind::Linear { dev, start } => vec![(*dev, *start)],
            Kind::Flakey(f) => vec![(f.dev, f.start)],
            Kind::Delay(d) => d.legs().map(|leg| (leg.dev, leg.start)).collect(),
            // The cache target gives the cache device's own size, and the origin from 0.
            Kind::Cache { devices, .. } => vec![(devices[2], 0)],
            Kind::Zero | Kind::Error => Vec::new(),
        };
        for (dev, start) in areas {
            let size = self.machine.sectors(dev);
            // A device of size 0 passes: it may get its table later.
            if size > 0 && (start >= size || start.checked_add(len).is_none_or(|end| end > size)) {
                let name = super::names::kernel_name(dev);
                let line = format!(
                    "device-mapper: table: {}: {name} too small for target: start={start}, len={len}, dev_size={size}",
                    Self::dev(minor)
                );
                self.machine.klog(line);
                return Err(Errno::Inval);
            }
        }
        Ok(())
    }
}

/// How queue limits stack a size that 0 leaves open.
fn lcm_not_zero(a: u64, b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a.max(b);
    }
    let (mut gcd, mut rest) = (a, b);
    while rest != 0 {
        (gcd, rest) = (rest, gcd % rest);
    }
    (a / gcd).saturating_mul(b)
}
