//! Names of devices: paths to numbers, numbers to what the kernel calls them.

use super::machine::Machine;
use crate::device::DevNo;
use crate::errno::Errno;
use crate::kernel::Kernel;

/// `vda`, `vdb`, … `vdaa`; `dm-0`.
pub(crate) fn kernel_name(dev: DevNo) -> String {
    if dev.is_dm() {
        return format!("dm-{}", dev.minor);
    }
    let mut n = dev.minor / 16 + 1;
    let mut letters = Vec::new();
    while n > 0 {
        n -= 1;
        letters.push(char::from(b'a' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
    }
    format!("vd{}", letters.iter().rev().collect::<String>())
}

/// What LVM's rule for udev calls a mapped device under `/dev`: `vg/data` for `vg-data`; none for devices of others, and for the layers
/// below a volume, whose uuids end with the layer's name.
fn volume(name: &str, uuid: &str) -> Option<String> {
    uuid.strip_prefix("LVM-").filter(|id| id.len() == 64)?;
    // Two hyphens stand for one of a name, a single one stands between the names.
    let joined = name.replace("--", "\u{1}");
    let (group, volume) = joined.split_once('-')?;
    Some(format!("{group}/{volume}").replace('\u{1}', "-"))
}

/// A device's kernel name and its other name, which a mapped device has from its first resume on.
type Entry = (String, Option<String>, DevNo);

/// Every device there is, by all its names: what a constructor looks devices up in.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    /// The volumes of LVM among the mapped devices, as udev links them: `vg/data`.
    volumes: Vec<(String, DevNo)>,
    /// Mapped devices that have no disk behind them yet.
    diskless: Vec<DevNo>,
    kernel: Kernel,
    /// The device whose table is being built; from 6.12 on it can't stand on itself.
    own: Option<DevNo>,
}

impl Directory {
    pub(crate) fn of(machine: &Machine, own: Option<DevNo>) -> Self {
        let disks = machine.drives.iter().map(|(dev, d)| (kernel_name(*dev), Some(d.alias.clone()), *dev));
        let mapped = machine.mapper.devices.values().map(|d| (kernel_name(d.dev()), d.has_node.then(|| d.name.clone()), d.dev()));
        let diskless = machine.mapper.devices.values().filter(|d| !d.has_type && !machine.kernel.disk_is_added_at_create());
        let volumes = machine.mapper.devices.values().filter(|d| d.has_node).filter_map(|d| Some((volume(&d.name, &d.uuid)?, d.dev())));
        Self {
            entries: disks.chain(mapped).collect(),
            volumes: volumes.collect(),
            diskless: diskless.map(|d| d.dev()).collect(),
            kernel: machine.kernel,
            own,
        }
    }

    /// How many devices there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The device a path names, ENOENT if none.
    pub(crate) fn find(&self, path: &str) -> Result<DevNo, Errno> {
        let find = |test: &dyn Fn(&Entry) -> bool| self.entries.iter().find(|e| test(e)).map(|e| e.2);
        if let Some((major, minor)) = path.split_once(':')
            && let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
        {
            let dev = DevNo { major, minor };
            return find(&|e| e.2 == dev).ok_or(Errno::NxIo);
        }
        let rest = path.strip_prefix("/dev/").ok_or(Errno::NoEnt)?;
        let found = if let Some(name) = rest.strip_prefix("mapper/") {
            find(&|e| e.2.is_dm() && e.1.as_deref() == Some(name))
        } else if let Some(name) = rest.strip_prefix("d/") {
            find(&|e| !e.2.is_dm() && e.1.as_deref() == Some(name))
        } else if rest.contains('/') {
            self.volumes.iter().find(|(volume, _)| volume == rest).map(|(_, dev)| *dev)
        } else {
            find(&|e| e.0 == rest || (!e.2.is_dm() && e.1.as_deref() == Some(rest)))
        };
        found.ok_or(Errno::NoEnt)
    }

    /// The same, opened: ENXIO where the kernel knows the number but has no disk for it.
    pub(crate) fn opened(&self, path: &str) -> Result<DevNo, Errno> {
        self.find(path).and_then(|dev| if self.diskless.contains(&dev) { Err(Errno::NxIo) } else { Ok(dev) })
    }

    /// As a table's constructor sees it (`dm_get_device`).
    pub(crate) fn open(&self, path: &str) -> Result<DevNo, Errno> {
        match self.opened(path) {
            Ok(dev) if self.own == Some(dev) && self.kernel >= Kernel::V6_12 => Err(Errno::Inval),
            Err(Errno::NoEnt) if self.kernel < Kernel::V6_12 => Err(Errno::NoDev),
            other => other,
        }
    }
}
