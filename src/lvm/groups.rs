//! pvcreate, vgcreate and vgchange.

use super::lines::Syntax;
use super::model::{DATA_START, Group, Physical};
use super::names;
use super::options::{Given, invalid};
use super::session::{Done, FAILED, Session, Stop};
use super::units;
use dm_cache_engine::device::DevNo;

/// Sectors that a physical volume has at least (`pv_min_size`).
const DISK_MIN: u64 = 4096;
/// Sectors of an extent, where nobody says: 4 MiB.
const EXTENT: u64 = 8192;
/// An extent that is no power of two is a multiple of this.
const ODD_EXTENT: u64 = 256;

/// `-a`: y, n and what means the same here.
pub(super) fn activation(session: &mut Session<'_>, given: &Given) -> Done<Option<bool>> {
    match given.value("activate") {
        None => Ok(None),
        Some("y") => Ok(Some(true)),
        Some("n") => Ok(Some(false)),
        Some(other @ ("ay" | "ey" | "sy" | "ly" | "en" | "ln")) => session.absent(format!("--activate {other}")),
        Some(other) => Err(session.refuse(&invalid("activate", other, ""))),
    }
}

impl Session<'_> {
    /// The path that lvm2 prints of a disk.
    pub(super) fn path(&self, dev: DevNo) -> String {
        format!("/dev/{}", self.world.dev_name(dev))
    }

    /// Whether a disk can become a physical volume; what is wrong is said.
    fn usable(&mut self, dev: DevNo, again: bool) -> Done {
        let path = self.path(dev);
        if dev.is_dm() {
            return self.absent(format!("physical volumes on mapped devices ({path})"));
        }
        if let Some(group) = self.lvm.group_of(dev).map(|g| g.name.clone()) {
            if again {
                self.warn(format!("Can't initialize physical volume \"{path}\" of volume group \"{group}\" without -ff"));
            }
            return self.fail(format!("{path}: physical volume not initialized."));
        }
        if self.world.mapper().open_count(dev) > 0 {
            let held = format!("Can't open {path} exclusively.  Mounted filesystem?");
            self.warn(&held);
            for bytes in [512, 4096] {
                self.warn(&held);
                self.warn(format!("Error opening device {path} for reading at 0 length {bytes}."));
            }
            return self.fail(format!("Cannot use {path}: device has a signature"));
        }
        if self.world.sectors(dev) < DISK_MIN {
            return self.fail(format!("Cannot use {path}: device is too small (pv_min_size)"));
        }
        Ok(())
    }

    fn make_physical(&mut self, dev: DevNo) {
        let path = self.path(dev);
        if let Err(at) = self.lvm.orphans.binary_search(&dev) {
            self.lvm.orphans.insert(at, dev);
        }
        self.say(format!("Physical volume \"{path}\" successfully created."));
    }

    fn disk(&mut self, path: &str) -> Done<DevNo> {
        match self.world.lookup_dev(path) {
            Ok(dev) => Ok(dev),
            Err(_) => self.fail(format!("No device found for {path}.")),
        }
    }

    /// The groups that words name, or all by their names.
    pub(super) fn groups_named(&mut self, words: &[String]) -> Vec<Done<Group>> {
        if words.is_empty() {
            let mut all: Vec<Group> = self.lvm.groups.clone();
            all.sort_by(|a, b| a.name.cmp(&b.name));
            return all.into_iter().map(Ok).collect();
        }
        words.iter().map(|word| self.group(&names::split(word).0)).collect()
    }
}

pub(super) fn pvcreate(session: &mut Session<'_>, given: &Given) -> Done {
    if given.words.is_empty() {
        return session.no_syntax(Some(Syntax { is_only: true, text: "pvcreate PV ...", does: "" }));
    }
    if given.count("force") > 1 {
        return session.absent("-ff: a physical volume is not taken from its group");
    }
    let (mut fine, mut worst) = (Vec::new(), Ok(()));
    for path in &given.words {
        match session.disk(path).and_then(|dev| session.usable(dev, true).map(|()| dev)) {
            Ok(dev) => fine.push(dev),
            Err(stop @ Stop::Code(FAILED)) => worst = Err(stop),
            Err(stop) => return Err(stop),
        }
    }
    fine.into_iter().for_each(|dev| session.make_physical(dev));
    session.commit();
    worst
}

pub(super) fn vgcreate(session: &mut Session<'_>, given: &Given) -> Done {
    let [name, disks @ ..] = given.words.as_slice() else { return no_words(session) };
    if disks.is_empty() {
        return no_words(session);
    }
    let extent = match given.value("physicalextentsize") {
        None => EXTENT,
        Some(text) => match units::parse(text, 'm') {
            Ok(sectors) if sectors >= 2 => sectors,
            Ok(_) => return session.absent("extents of less than 1 KiB"),
            Err(why) => return Err(session.refuse(&invalid("physicalextentsize", text, why))),
        },
    };
    session.check_group_name(name)?;
    if let Some(group) = session.lvm.group(name).cloned() {
        // Its directory is there as long as a volume is active.
        if group.volumes.iter().any(|v| session.is_active(&group, v)) {
            return session.misused(format!("/dev/{name}: already exists in filesystem"));
        }
        return session.fail(format!("A volume group called {name} already exists."));
    }
    let mut devs = Vec::new();
    for path in disks {
        let dev = session.disk(path)?;
        let path = session.path(dev);
        if let Some(group) = session.lvm.group_of(dev).map(|g| g.name.clone()) {
            session.warn(format!("Physical volume '{path}' is already in volume group '{group}'"));
            session.warn(format!("Unable to add physical volume '{path}' to volume group '{group}'"));
        }
        session.usable(dev, false)?;
        devs.push(dev);
    }
    // Those that were physical volumes before come first in the group.
    let is_new = |session: &Session<'_>, dev: &DevNo| session.lvm.orphans.binary_search(dev).is_err();
    devs.sort_by_key(|dev| is_new(session, dev));
    for dev in &devs {
        if is_new(session, dev) {
            session.make_physical(*dev);
        }
    }
    session.commit();
    if !extent.is_power_of_two() && !extent.is_multiple_of(ODD_EXTENT) {
        return session.fail("Physical Extent size must be a multiple of 128.00 KiB when not a power of 2.");
    }
    let mut physical: Vec<Physical> = Vec::new();
    for dev in devs {
        let path = session.path(dev);
        if physical.iter().any(|disk| disk.dev == dev) {
            session.warn(format!("Physical volume '{path}' is already in volume group '{name}'"));
            return session.fail(format!("PV {path} cannot be added to VG {name}."));
        }
        let extents = session.world.sectors(dev).saturating_sub(DATA_START) / extent;
        if extents == 0 {
            return session.absent(format!("a physical volume without an extent: {path} is too small, a disk of 8M has room for one"));
        }
        physical.push(Physical { dev, extents });
    }
    session.lvm.orphans.retain(|dev| physical.iter().all(|disk| disk.dev != *dev));
    let id = session.lvm.new_id();
    let group = Group { name: name.clone(), id, extent, disks: physical, volumes: Vec::new(), spare: None };
    session.lvm.groups.push(group);
    session.commit();
    session.say(format!("Volume group \"{name}\" successfully created"));
    Ok(())
}

fn no_words(session: &mut Session<'_>) -> Done {
    session.no_syntax(Some(Syntax { is_only: true, text: "vgcreate VG_new PV ...", does: "" }))
}

pub(super) fn vgchange(session: &mut Session<'_>, given: &Given) -> Done {
    let Some(on) = activation(session, given)? else { return session.no_syntax(None) };
    let mut worst = Ok(());
    for group in session.groups_named(&given.words) {
        match group.and_then(|group| if on { activate(session, &group) } else { deactivate(session, &group) }) {
            Err(stop @ Stop::Code(_)) => worst = Err(stop),
            other => other?,
        }
    }
    worst
}

fn active(session: &Session<'_>, group: &Group) -> usize {
    group.volumes.iter().filter(|v| session.is_active(group, v)).count()
}

fn activate(session: &mut Session<'_>, group: &Group) -> Done {
    let mut worst = Ok(());
    for volume in &group.volumes {
        match session.activate(group, volume) {
            Err(stop @ Stop::Code(_)) => worst = Err(stop),
            other => other?,
        }
    }
    session.say(format!("{} logical volume(s) in volume group \"{}\" now active", active(session, group), group.name));
    worst
}

fn deactivate(session: &mut Session<'_>, group: &Group) -> Done {
    let held: Vec<String> = group
        .volumes
        .iter()
        .filter(|v| session.holders(&group.device(&v.name)) > 0)
        .map(|v| format!("{}/{}", group.name, v.name))
        .collect();
    if !held.is_empty() {
        held.iter().for_each(|name| session.warn(format!("Logical volume {name} is used by another device.")));
        let text = format!("Can't deactivate volume group \"{}\" with {} open logical volume(s)", group.name, held.len());
        return session.fail(text);
    }
    for volume in &group.volumes {
        session.deactivate(group, volume)?;
    }
    session.say(format!("{} logical volume(s) in volume group \"{}\" now active", active(session, group), group.name));
    Ok(())
}
