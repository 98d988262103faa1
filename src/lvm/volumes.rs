//! lvcreate: linear volumes, and what they have in common with cache pools.

use super::alloc;
use super::cached;
use super::lines::Syntax;
use super::model::{DATA_START, Group, Kind, Segment, Volume};
use super::names;
use super::nodes::{Node, Table, uuid};
use super::options::{Given, invalid};
use super::pools;
use super::session::{Done, Session};
use super::units;
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, PAGE_SIZE};
use dm_cache_engine::world::Failure;

/// Segment types of lvm2 that are not there.
const TYPES: [&str; 21] = [
    "error",
    "linear",
    "mirror",
    "raid0",
    "raid0_meta",
    "raid1",
    "raid10",
    "raid4",
    "raid5",
    "raid5_la",
    "raid5_ls",
    "raid5_ra",
    "raid5_rs",
    "raid6",
    "snapshot",
    "striped",
    "thin",
    "thin-pool",
    "vdo",
    "vdo-pool",
    "writecache",
];
/// Volumes of all groups together: LVM has no such limit, but every run ends here.
const VOLUMES_MAX: usize = 256;
/// Sectors that are zeroed at the beginning of a new volume.
const WIPED: u64 = 8;

/// How large a new volume is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Sectors.
    Size(u64),
    Extents(u64),
    /// Per cent of what.
    Share(u64, Of),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Free,
    Group,
    Disks,
}

/// What is asked for, in words of the command line.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) group: Group,
    pub(super) name: String,
    pub(super) asked: Asked,
    /// Where the extents may come from, and whether somebody said so.
    pub(super) disks: Vec<DevNo>,
    pub(super) chosen: bool,
}

/// Which kind of volume lvcreate makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Linear,
    Pool,
    Cached,
}

pub(super) fn lvcreate(session: &mut Session<'_>, given: &Given) -> Done {
    let kind = match given.value("type") {
        None if given.has("cache") => Made::Cached,
        None | Some("linear") => Made::Linear,
        Some("cache-pool") => Made::Pool,
        Some("cache") => Made::Cached,
        Some(known) if TYPES.contains(&known) => return session.absent(format!("volumes of type {known}")),
        Some(other) => {
            session.warn(format!("WARNING: Unrecognised segment type {other}"));
            return Err(session.refuse(&invalid("type", other, "")));
        }
    };
    let asked = asked(session, given)?;
    let settings = pools::Asked::read(session, given)?;
    if kind != Made::Cached {
        for option in ["cachevol", "cachedevice", "cachesize", "cachepool"] {
            if let Some(value) = given.value(option) {
                return session.takes_no(option, value);
            }
        }
    }
    if kind == Made::Linear && settings.is_some() {
        return session.absent("options of a cache for a volume that is no cache pool");
    }
    if kind == Made::Cached {
        session.room_for_volumes()?;
        return cached::lvcreate(session, given, asked, settings.unwrap_or_default());
    }
    let Some(asked) = asked else {
        return session.no_syntax(None);
    };
    session.room_for_volumes()?;
    let order = order(session, given, asked)?;
    if kind == Made::Pool {
        return pools::create(session, given, &order, settings.unwrap_or_default());
    }
    let (_, volume) = make(session, given, &order)?;
    session.say(format!("Logical volume \"{}\" created.", volume.name));
    Ok(())
}

/// `-L` or `-l`.
fn asked(session: &mut Session<'_>, given: &Given) -> Done<Option<Asked>> {
    let size = match given.value("size") {
        None => None,
        Some(text) => match units::parse(text, 'm') {
            Ok(sectors) => Some(sectors),
            Err(why) => return Err(session.refuse(&invalid("size", text, why))),
        },
    };
    let extents = match given.value("extents") {
        None => None,
        Some(text) => Some(extents(session, text)?),
    };
    match (size, extents) {
        (Some(_), Some(_)) => session.misused("Please specify either size or extents (not both)."),
        (Some(0), None) => session.misused("--size may not be zero."),
        (None, Some(Asked::Extents(0))) => session.misused("--extents may not be zero."),
        (Some(sectors), None) => Ok(Some(Asked::Size(sectors))),
        (None, extents) => Ok(extents),
    }
}

fn extents(session: &mut Session<'_>, text: &str) -> Done<Asked> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let Some(number) = number.parse::<u64>().ok().filter(|n| *n <= u64::from(u32::MAX)) else {
        return Err(session.refuse(&invalid("extents", text, "")));
    };
    match rest.to_ascii_uppercase().as_str() {
        "" => Ok(Asked::Extents(number)),
        "%FREE" => Ok(Asked::Share(number, Of::Free)),
        "%VG" => Ok(Asked::Share(number, Of::Group)),
        "%PVS" => Ok(Asked::Share(number, Of::Disks)),
        _ => session.absent(format!("--extents {text}: only a number, %FREE, %VG and %PVS")),
    }
}

/// Group, name and disks.
pub(super) fn order(session: &mut Session<'_>, given: &Given, asked: Asked) -> Done<Order> {
    let (in_name, name) = match given.value("name") {
        None => (None, None),
        Some(word) => match names::split(word) {
            (name, None) => (None, Some(name)),
            (group, Some(name)) => (Some(group), Some(name)),
        },
    };
    if let Some(name) = &name {
        session.check_volume_name(name)?;
    }
    let (group, disks) = match (in_name, given.words.split_first()) {
        (Some(group), _) => (group, given.words.as_slice()),
        (None, Some((word, disks))) => match names::split(word) {
            (group, None) => (group, disks),
            (_, Some(_)) => return session.absent(format!("a volume in the place of a group ({word})")),
        },
        (None, None) => {
            let text = "lvcreate --type error -L|--size Size[m|UNIT] VG";
            return session.no_syntax(Some(Syntax { is_only: false, text, does: "Create an LV that returns errors when used." }));
        }
    };
    let group = session.group(&group)?;
    let chosen = !disks.is_empty();
    let devs = devices(session, &group, disks)?;
    let name = name.unwrap_or_else(|| format!("lvol{}", group.free_number()));
    Ok(Order { group, name, asked, disks: devs, chosen })
}

/// The disks that new extents may come from: those that are named, or all.
pub(super) fn devices(session: &mut Session<'_>, group: &Group, words: &[String]) -> Done<Vec<DevNo>> {
    let mut devs = Vec::new();
    for path in words {
        let dev = session.world.lookup_dev(path).ok().filter(|dev| group.disks.iter().any(|disk| disk.dev == *dev));
        let Some(dev) = dev else {
            return session.fail(format!("Physical Volume \"{path}\" not found in Volume Group \"{}\".", group.name));
        };
        devs.push(dev);
    }
    if devs.is_empty() {
        devs = group.disks.iter().map(|disk| disk.dev).collect();
    }
    Ok(devs)
}

impl Session<'_> {
    /// Whether one more volume is allowed.
    pub(super) fn room_for_volumes(&mut self) -> Done {
        if self.lvm.groups.iter().map(|group| group.volumes.len()).sum::<usize>() >= VOLUMES_MAX {
            return self.absent(format!("more than {VOLUMES_MAX} volumes"));
        }
        Ok(())
    }

    /// Rounds a size up to whole extents, and says so.
    pub(super) fn whole_extents(&mut self, group: &Group, sectors: u64) -> u64 {
        let extents = sectors.div_ceil(group.extent);
        if !sectors.is_multiple_of(group.extent) {
            self.say(format!("Rounding up size to full physical extent {}", units::long(extents * group.extent)));
        }
        extents
    }

    /// The extents that a volume is to have.
    pub(super) fn extents_of(&mut self, order: &Order) -> Done<u64> {
        let Order { group, asked, disks, chosen, .. } = order;
        let extents = match *asked {
            Asked::Size(sectors) => self.whole_extents(group, sectors),
            Asked::Extents(extents) => extents,
            Asked::Share(percent, of) => {
                let total = match of {
                    Of::Free => group.free(),
                    Of::Group => group.extents(),
                    Of::Disks => alloc::free(group, disks),
                };
                let extents = total.saturating_mul(percent) / 100;
                if extents == 0 {
                    return self.fail("Calculated size of logical volume is 0 extents. Needs to be larger.");
                }
                if of == Of::Group && extents > group.free() && group.free() > 0 {
                    let free = units::long(group.free() * group.extent);
                    self.say(format!("Reducing {percent}%VG to remaining free space {free} in VG."));
                    group.free()
                } else {
                    extents
                }
            }
        };
        let free = group.free();
        if *chosen {
            for dev in disks.iter().filter(|dev| alloc::free(group, &[**dev]) == 0) {
                let path = self.path(*dev);
                self.warn(format!("WARNING: No free extents on physical volume \"{path}\"."));
            }
            if alloc::free(group, disks) == 0 {
                return self.fail("No specified PVs have space available.");
            }
        }
        if extents > free {
            let text = format!("Volume group \"{}\" has insufficient free space ({free} extents): {extents} required.", group.name);
            return self.fail(text);
        }
        Ok(extents)
    }

    /// Runs a new volume and zeroes its beginning, all of it where `whole`.
    pub(super) fn wipe(&mut self, node: &Node, segments: &[Segment], group: &Group, whole: bool) -> Done {
        self.create(node)?;
        self.zero(&node.name, segments, group, whole)
    }

    /// Zeroes the beginning of a volume that is active, all of it where `whole`.
    fn zero(&mut self, name: &str, segments: &[Segment], group: &Group, whole: bool) -> Done {
        let Ok(info) = self.world.dev_status(name) else { return Ok(()) };
        let sectors = if whole { self.world.sectors(info.dev) } else { WIPED.min(self.world.sectors(info.dev)) };
        let page_bytes = PAGE_SIZE as u64;
        for page in 0..sectors / PAGE_SECTORS {
            // A page that is zero already stays as it is: thousands of writes would say nothing.
            if self.is_zero(group, segments, page * PAGE_SECTORS) {
                continue;
            }
            match self.world.write(info.dev, page * page_bytes, &[0; PAGE_SIZE], false) {
                Ok(_) => {}
                Err(Failure::Hang(what)) => return Err(super::session::Stop::Hang(what)),
                Err(Failure::Errno(errno)) => {
                    return self.fail(format!("Failed to wipe {name}: {}.", errno.text()));
                }
            }
        }
        Ok(())
    }

    /// Zeroes the beginning of a linear volume, which is left inactive.
    pub(super) fn wipe_beginning(&mut self, group: &Group, volume: &Volume, segments: &[Segment]) -> Done {
        let name = group.device(&volume.name);
        if self.is_there(&name) {
            self.zero(&name, segments, group, false)?;
        } else {
            let table = Table::Lines(group.table(segments));
            self.wipe(&Node { name: name.clone(), uuid: uuid(group, &volume.id, ""), table }, segments, group, false)?;
        }
        self.remove(&name)
    }

    /// Whether the disk below holds zeros there.
    fn is_zero(&mut self, group: &Group, segments: &[Segment], sector: u64) -> bool {
        self.world.spend(1);
        let mut at = sector;
        for segment in segments {
            let len = segment.extents * group.extent;
            if at < len {
                let on_disk = DATA_START + segment.from * group.extent + at;
                // Extents of less than a page may lie across pages of the disk.
                return on_disk.is_multiple_of(PAGE_SECTORS)
                    && self.world.disk(segment.dev).is_some_and(|disk| disk.peek(on_disk / PAGE_SECTORS).bytes().iter().all(|b| *b == 0));
            }
            at -= len;
        }
        true
    }
}

/// Makes a linear volume, active; the group with it.
pub(super) fn make(session: &mut Session<'_>, given: &Given, order: &Order) -> Done<(Group, Volume)> {
    if given.value("type") != Some("cache")
        && !given.has("cache")
        && ["chunksize", "poolmetadatasize", "poolmetadataspare"].iter().any(|option| given.has(option))
    {
        return session.absent("options of a cache pool for a linear volume");
    }
    let zero = match given.value("zero") {
        None | Some("y") => true,
        Some("n") => false,
        Some(other) => return Err(session.refuse(&invalid("zero", other, ""))),
    };
    let Order { group, name, disks, asked, .. } = order;
    if group.names().contains(name) {
        return session.fail(format!("Logical Volume \"{name}\" already exists in volume group \"{}\"", group.name));
    }
    let extents = session.extents_of(order)?;
    let Some(segments) = alloc::anywhere(group, disks, extents) else {
        if matches!(asked, Asked::Share(..)) {
            return session.absent("a share of more than the chosen disks have");
        }
        let free = alloc::free(group, disks);
        return session.fail(format!("Insufficient free space: {extents} extents needed, but only {free} available"));
    };
    let id = session.lvm.new_id();
    let volume = Volume { name: name.clone(), id: id.clone(), kind: Kind::Linear(segments.clone()) };
    let mut group = group.clone();
    group.volumes.push(volume.clone());
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.clone_from(&group);
    }
    session.commit();
    let node = Node { name: group.device(name), uuid: uuid(&group, &id, ""), table: Table::Lines(group.table(&segments)) };
    if zero {
        session.wipe(&node, &segments, &group, false)?;
    } else {
        session.create(&node)?;
        session.warn(format!("WARNING: Logical volume {}/{name} not zeroed.", group.name));
    }
    Ok((group, volume))
}
