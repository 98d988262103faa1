//! `TABLE_LOAD`: building a table, target by target.

use super::names::Directory;
use super::{Failure, World, env::CacheSlot};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::Slot;
use crate::mapper::{Kind, Table, Target, TargetSpec};
use crate::target::cache::Cache;
use std::sync::Arc;

/// Sectors of the largest device: its bytes fit a signed number of 64 bits.
const SECTORS_MAX: u64 = (i64::MAX as u64) >> 9;

impl World {
    /// `TABLE_LOAD`: builds a table (all constructors run now) and puts it into the inactive slot.
    pub fn table_load(&mut self, name: &str, targets: &[TargetSpec], read_only: bool) -> Result<(), Failure> {
        let minor = self.minor(name)?;
        let id = self.machine.fresh_id();
        let mut table = Table::new(id, read_only);
        let mut result = if targets.is_empty() {
            self.machine.klog(String::from("device-mapper: ioctl: populate_table: no targets specified"));
            Err(Errno::Inval)
        } else {
            self.check_targets(targets.len())
        };
        let fitting = if result.is_ok() { targets } else { &[] };
        for spec in fitting {
            result = self.add_target(minor, &mut table, spec);
            if result.is_err() {
                self.machine.klog(String::from("device-mapper: ioctl: error adding target to table"));
                break;
            }
        }
        if let Some(what) = self.machine.hang.take() {
            self.destroy_table(minor, &table);
            return Err(Failure::Hang(what));
        }
        let table = Arc::new(table);
        if result.is_ok() && self.md(minor).is_some_and(|d| !d.has_type) {
            // The first load gives the device its type, for good, and sets its queue up.
            let limits = self.queue_limits(minor, &table);
            result = limits.map(|limits| {
                if let Some(md) = self.md_mut(minor) {
                    md.limits = limits;
                }
            });
            if result.is_err() {
                self.machine.klog(String::from("device-mapper: core: Cannot calculate initial queue limits"));
                self.machine.klog(String::from("device-mapper: ioctl: unable to set up device queue for new table."));
            }
        }
        if let Err(errno) = result {
            self.destroy_table(minor, &table);
            return Err(errno.into());
        }
        let old = self.md_mut(minor).and_then(|d| {
            d.has_type = true;
            d.inactive.replace(table.clone())
        });
        self.tell_slot(minor, Slot::Inactive);
        self.tell_lower(&table);
        if let Some(old) = old {
            self.destroy_table(minor, &old);
        }
        self.run_due();
        Ok(())
    }

    /// `dm_table_add_target`.
    fn add_target(&mut self, minor: u32, table: &mut Table, spec: &TargetSpec) -> Result<(), Errno> {
        let dev = DevNo { major: DevNo::DM_MAJOR, minor };
        let fail = |w: &mut Self, errno: Errno, what: &str| {
            let code = if w.machine.kernel.constructor_errors_have_a_number() { format!(" (-{})", errno.name()) } else { String::new() };
            w.machine.klog(format!("device-mapper: table: {dev}: {}: {what}{code}", spec.kind));
            Err(errno)
        };
        if spec.len == 0 {
            self.machine.klog(format!("device-mapper: table: {dev}: zero-length target"));
            return Err(Errno::Inval);
        }
        let end = spec.start.checked_add(spec.len);
        if self.machine.kernel.device_size_is_checked() && end.is_none_or(|end| end > SECTORS_MAX) {
            self.machine.klog(format!("device-mapper: table: {dev}: too large device"));
            return Err(Errno::Inval);
        }
        if !matches!(spec.kind.as_str(), "cache" | "linear" | "striped" | "zero" | "error" | "flakey" | "delay") {
            self.machine.klog(format!("device-mapper: table: {dev}: {}: unknown target type", spec.kind));
            return Err(Errno::Inval);
        }
        if spec.start != table.sectors() || end.is_none() {
            return fail(self, Errno::Inval, "Gap in table");
        }
        let directory = Directory::of(&self.machine, Some(dev));
        self.spend(1 + directory.len() as u64);
        let resolve = |path: &str| directory.open(path);
        let args: Vec<&str> = spec.params.split_ascii_whitespace().collect();
        self.tell_callback(minor, table, "ctr", Ok(()));
        let at = self.machine.events.as_ref().map_or(0, Vec::len);
        let built = match crate::mapper::construct(&spec.kind, &args, spec.len, self.machine.now_ns, &resolve) {
            Some(built) => built,
            None => self.construct_cache(dev, spec.len, &args, &resolve),
        };
        match built {
            Ok(kind) => {
                table.push(Target { begin: spec.start, len: spec.len, kind, params: spec.params.clone() });
                Ok(())
            }
            Err((errno, what)) => {
                if let Some(crate::event::Event::Callback { result, .. }) =
                    self.machine.events.as_mut().and_then(|e| e.get_mut(at.wrapping_sub(1)))
                {
                    *result = Err(errno);
                }
                fail(self, errno, &what)
            }
        }
    }

    fn construct_cache(
        &mut self,
        md: DevNo,
        len: u64,
        args: &[&str],
        resolve: &dyn Fn(&str) -> Result<DevNo, Errno>,
    ) -> Result<Kind, (Errno, String)> {
        let id = self.machine.reserved.take().unwrap_or_else(|| self.machine.fresh_id());
        self.machine.cache_blocks_left = self.cache_blocks_left();
        let built = Cache::ctr(&mut self.env(), id, md, len, args, resolve);
        self.drain();
        let cache = built.map_err(|e| (e.errno, e.message))?;
        self.spend(cache.cache_blocks().into());
        let devices = cache.devices();
        let kind = Kind::Cache { id, devices: [devices.metadata, devices.cache, devices.origin], max_io_sectors: cache.max_io_len() };
        self.caches.push(CacheSlot { id, cache: Box::new(cache) });
        self.count_cache_blocks();
        Ok(kind)
    }
}
