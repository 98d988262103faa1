//! A linear volume becomes the cache of another one: LVM calls it a cachevol.

use super::alloc;
use super::attach::{self, Below};
use super::model::{CacheVolume, Group, How, Kind, Mode, Segment, Store, Volume, extents};
use super::names::{self, Named};
use super::nodes::THRESHOLD_NAME;
use super::options::{Given, invalid};
use super::pools::{self, Asked, CHUNK, CHUNKS_MAX};
use super::session::{Done, Session};
use super::units;

/// `lvconvert --type cache --cachevol`.
pub(super) fn attach(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, mut asked: Asked) -> Done {
    let chunk = pools::chunk(session, given)?;
    let fast = named(session, given, group)?;
    if fast.name == volume.name {
        return session.absent(format!("a volume as its own cache ({}/{})", group.name, volume.name));
    }
    let Kind::Linear(segments) = fast.kind.clone() else {
        return session.absent(format!("{}/{} as a cache, which is no linear volume", group.name, fast.name));
    };
    if session.holders(&group.device(&fast.name)) > 0 {
        return session.absent(format!("{}/{} as a cache, which somebody holds open", group.name, fast.name));
    }
    if !given.yes() {
        session.ask(&format!("Erase all existing data on {}/{}?", group.name, fast.name));
        return session.fail("Conversion aborted.");
    }
    session.wipe_beginning(group, &fast, &segments)?;
    let in_use = format!("{}_cvol", fast.name);
    if group.names().contains(&in_use) {
        return session.fail(format!("Logical Volume \"{in_use}\" already exists in volume group \"{}\"", group.name));
    }
    let store = laid_out(session, given, group, &segments, chunk, &mut asked)?;
    attach::put_below(session, group, volume, Below { name: fast.name, id: fast.id, store: Store::Volume(store) })?;
    session.say(format!("Logical volume {}/{} is now cached.", group.name, volume.name));
    Ok(())
}

/// `--cachedevice`: a new volume on these devices becomes the cache.
pub(super) fn attach_new(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, mut asked: Asked) -> Done {
    if let Some(option) = ["cachemode", "cachepolicy"].into_iter().find(|option| given.has(option)) {
        return session.takes_no(option, given.value(option).unwrap_or_default());
    }
    let chunk = pools::chunk(session, given)?;
    let size = match given.value("cachesize").map(|text| (text, units::parse(text, 'm'))) {
        None => None,
        Some((_, Ok(sectors))) => Some(sectors),
        Some((text, Err(why))) => return Err(session.refuse(&invalid("cachesize", text, why))),
    };
    let mut devs = Vec::new();
    for path in given.values("cachedevice") {
        let Ok(dev) = session.world.lookup_dev(path) else { return session.fail(format!("Device {path} not found.")) };
        if !group.disks.iter().any(|disk| disk.dev == dev) {
            return session.fail(format!("PV {path} not found in VG."));
        }
        if size.is_none() && group.used_on(dev) > 0 {
            return session.fail(format!("PV {path} is in use, --cachesize is required."));
        }
        devs.push(dev);
    }
    let sectors = size.unwrap_or(alloc::free(group, &devs) * group.extent);
    let wanted = sectors / group.extent;
    let name = format!("{}_cache", volume.name);
    if wanted == 0 || group.names().contains(&name) {
        return session.absent(format!("a cache of no extent, or one whose name is taken ({}/{name})", group.name));
    }
    session.say(format!("Creating cachevol LV {name} with size {}.", units::long(sectors)));
    if wanted > group.free() {
        let free = group.free();
        session.warn(format!("Volume group \"{}\" has insufficient free space ({free} extents): {wanted} required.", group.name));
        return session.fail("Failed to create cachevol LV");
    }
    let Some(segments) = alloc::anywhere(group, &devs, wanted) else {
        let free = alloc::free(group, &devs);
        session.warn(format!("Insufficient free space: {wanted} extents needed, but only {free} available"));
        return session.fail("Failed to create cachevol LV");
    };
    session.say(format!("Logical volume \"{name}\" created."));
    let fast = Volume { name, id: session.lvm.new_id(), kind: Kind::Linear(segments.clone()) };
    let mut group = group.clone();
    group.volumes.push(fast.clone());
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.clone_from(&group);
    }
    session.commit();
    session.wipe_beginning(&group, &fast, &segments)?;
    let store = laid_out(session, given, &group, &segments, chunk, &mut asked)?;
    attach::put_below(session, &group, volume, Below { name: fast.name, id: fast.id, store: Store::Volume(store) })?;
    session.say(format!("Logical volume {}/{} is now cached.", group.name, volume.name));
    Ok(())
}

/// The volume that `--cachevol` names.
fn named(session: &mut Session<'_>, given: &Given, group: &Group) -> Done<Volume> {
    let name = match names::split(given.value("cachevol").unwrap_or_default()) {
        (_, Some(name)) | (name, None) => name,
    };
    match names::find(group, &name) {
        Some(Named::Volume(volume)) => Ok(volume),
        Some(Named::CacheVolume(_)) => session.fail(format!("LV {}/{name} is already used as a cachevol.", group.name)),
        Some(_) => session.absent(format!("a hidden volume as a cache ({}/{name})", group.name)),
        None => session.fail(format!("LV {name} not found.")),
    }
}

/// Metadata and data within the volume, and how the cache is to run.
fn laid_out(
    session: &mut Session<'_>,
    given: &Given,
    group: &Group,
    segments: &[Segment],
    chunk: Option<u64>,
    asked: &mut Asked,
) -> Done<CacheVolume> {
    let chunk = chunk.unwrap_or(CHUNK);
    attach::fits(session, chunk)?;
    let mut how = How { chunk, ..How::default() };
    attach::settle(session, given, &mut how, asked)?;
    only_threshold(session, &how)?;
    if asked.mode == Some(Mode::Writeback) {
        warn_of_writeback(session);
    }
    let all = extents(segments);
    if all < 2 {
        return session.fail(format!("The minimum cache size is two extents ({} bytes).", units::long(2 * group.extent)));
    }
    let meta = metadata_extents(group, all, chunk) * group.extent;
    let data = all * group.extent - meta;
    if data / chunk > CHUNKS_MAX {
        session.warn(format!("Cache data blocks {data} and chunk size {chunk} exceed max chunks {CHUNKS_MAX}."));
        return session.fail("Use smaller cache, larger --chunksize or increase max chunks setting.");
    }
    Ok(CacheVolume { segments: segments.to_vec(), meta, how })
}

/// Other settings than one go to mq's end of the table, which takes what smq has not; nobody recorded all of them.
pub(super) fn only_threshold(session: &mut Session<'_>, how: &How) -> Done {
    match how.settings.iter().find(|(key, _)| key != THRESHOLD_NAME) {
        Some((key, _)) => session.absent(format!("the setting {key} of a cache on a volume")),
        None => Ok(()),
    }
}

/// Extents of metadata in a volume of so many: as many as a pool of its size has, but no more than half.
fn metadata_extents(group: &Group, all: u64, chunk: u64) -> u64 {
    let sectors = pools::metadata_sectors(all * group.extent, chunk).min(all * group.extent / 2);
    sectors.div_ceil(group.extent)
}

/// What lvm2 says before a cachevol runs in writeback mode.
pub(super) fn warn_of_writeback(session: &mut Session<'_>) {
    session.warn("WARNING: repairing a damaged cachevol is not yet possible.");
    session.warn("WARNING: cache mode writethrough is suggested for safe operation.");
}
