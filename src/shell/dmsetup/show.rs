//! Verbs that show: info (both forms), status, table, deps, ls.

use super::options::Options;
use super::{Said, Wrong, columns, ioctl, lookup, names, verbs};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::{Info, StatusKind};
use dm_cache_engine::world::World;

/// `info`, `status`, `table`, `deps` for the devices named, or for all.
pub(super) fn each(
    world: &mut World,
    options: &Options,
    verb: &str,
    words: &[String],
    said: &mut String,
    complaints: &mut String,
) -> Result<(), Wrong> {
    let named = names(world, options, words)?;
    let all = named.len() != 1;
    let devices: Vec<String> = if named.is_empty() { world.list_devices().into_iter().map(|i| i.name).collect() } else { named };
    if devices.is_empty() {
        said.push_str("No devices found\n");
        return Ok(());
    }
    if verb == "info" && options.columns {
        return columns::report(world, options, &devices, said);
    }
    for name in devices {
        verbs::fits_name(&name)?;
        match verb {
            "info" => {
                let info = lookup(world, &name)?.ok_or_else(gone)?;
                let readahead = read_ahead(world.kernel(), &info);
                if let Err(why) = &readahead {
                    complaints.push_str(&format!("/dev/mapper/{name}: open failed: {}\n", why.text()));
                }
                said.push_str(&long(&info, options, readahead.is_ok()));
            }
            "deps" => said.push_str(&deps(world, options, &name, all)?),
            verb => said.push_str(&lines(world, options, verb, &name, all)?),
        }
    }
    Ok(())
}

/// Whether libdm finds the read-ahead: in sysfs, where newer kernels show a disk only once a table was loaded, or from the node,
/// which it makes at the first resume and which can't be opened as long as there is no disk.
fn read_ahead(kernel: Kernel, info: &Info) -> Result<(), Errno> {
    if has_sysfs(kernel, info) {
        return Ok(());
    }
    Err(if info.has_node { Errno::NxIo } else { Errno::NoEnt })
}

/// Whether sysfs shows the device.
pub(super) fn has_sysfs(kernel: Kernel, info: &Info) -> bool {
    info.has_type || kernel.disk_is_added_at_create()
}

pub(super) fn gone() -> Wrong {
    Wrong::Said("Device does not exist.".to_owned())
}

/// `status` and `table`: one line a target; an empty slot is an empty line.
fn lines(world: &mut World, options: &Options, verb: &str, name: &str, all: bool) -> Said {
    let kind = if verb == "table" { StatusKind::Table } else { StatusKind::Info };
    // libdm turns -ENXIO into "does not exist" for status, but not for table
    if kind == StatusKind::Info && lookup(world, name)?.is_none() {
        return Err(gone());
    }
    let noflush = options.noflush || kind == StatusKind::Table;
    let targets = world.table_status(name, options.inactive, kind, noflush).map_err(ioctl(verb, name))?;
    let wanted = |kind: &str| options.target.as_ref().is_none_or(|t| t == kind);
    let head = if all { format!("{name}: ") } else { String::new() };
    if targets.is_empty() {
        return Ok(if options.target.is_some() { String::new() } else { format!("{head}\n") });
    }
    Ok(targets.iter().filter(|t| wanted(&t.kind)).map(|t| format!("{head}{} {} {} {}\n", t.start, t.len, t.kind, t.status)).collect())
}

fn long(info: &Info, options: &Options, readahead: bool) -> String {
    let state = if info.suspended { "SUSPENDED" } else { "ACTIVE" };
    let ro = if info.read_only { " (READ-ONLY)" } else { "" };
    let deferred = if info.deferred_remove { " (DEFERRED REMOVE)" } else { "" };
    let tables = match (info.live, info.inactive) {
        (false, false) => "None",
        (true, false) => "LIVE",
        (false, true) => "INACTIVE",
        (true, true) => "LIVE & INACTIVE",
    };
    let readahead = if readahead { format!("Read Ahead:        {}\n", info.read_ahead_sectors) } else { String::new() };
    let targets = if options.inactive && !info.inactive { 0 } else { info.target_count };
    let mut text = format!(
        "Name:              {}\nState:             {state}{ro}{deferred}\n{readahead}Tables present:    {tables}\nOpen count:        {}\nEvent number:      {}\nMajor, minor:      {}, {}\nNumber of targets: {targets}\n",
        info.name, info.open_count, info.event_nr, info.dev.major, info.dev.minor
    );
    if !info.uuid.is_empty() {
        text.push_str(&format!("UUID: {}\n", info.uuid));
    }
    text + "\n"
}

fn deps(world: &World, options: &Options, name: &str, all: bool) -> Said {
    let deps = world.table_deps(name, options.inactive).map_err(|errno| ioctl("deps", name)(errno.into()))?;
    let shown = |dev: &DevNo| match options.fields.as_deref() {
        Some("devname") => {
            let mapped = world.mapper().get(*dev);
            format!("({})", mapped.map_or_else(|| world.dev_name(*dev), |d| d.name.clone()))
        }
        Some("blkdevname") => format!("({})", world.dev_name(*dev)),
        _ => format!("({}, {})", dev.major, dev.minor),
    };
    let head = if all { format!("{name}: ") } else { String::new() };
    let list: String = deps.iter().map(|d| format!(" {}", shown(d))).collect();
    Ok(format!("{head}{} dependencies\t:{list}\n", deps.len()))
}

pub(super) fn ls(world: &mut World, options: &Options) -> Said {
    let devices = world.list_devices();
    let below: Vec<DevNo> = match options.tree {
        true => devices.iter().flat_map(|d| world.table_deps(&d.name, false).unwrap_or_default()).collect(),
        false => Vec::new(),
    };
    let mut text = String::new();
    for info in &devices {
        if let Some(kind) = &options.target {
            // The tool asks for the status, and so a cache commits.
            let lines = world.table_status(&info.name, false, StatusKind::Info, options.noflush).unwrap_or_default();
            if lines.iter().any(|l| l.kind == *kind) {
                text.push_str(&format!("{}\t({}, {})\n", info.name, info.dev.major, info.dev.minor));
            }
        } else if options.tree {
            if !below.contains(&info.dev) {
                text.push_str(&format!("{} ({})\n", info.name, info.dev));
                branches(world, &devices, info, "", &mut text);
            }
        } else {
            let shown = match options.fields.as_deref() {
                Some("devname") if has_sysfs(world.kernel(), info) => info.name.clone(),
                Some("blkdevname") if has_sysfs(world.kernel(), info) => world.dev_name(info.dev),
                _ => info.dev.to_string(),
            };
            text.push_str(&format!("{}\t({shown})\n", info.name));
        }
    }
    Ok(if devices.is_empty() { "No devices found\n".to_owned() } else { text })
}

fn branches(world: &World, devices: &[Info], info: &Info, indent: &str, text: &mut String) {
    const DEPTH_MAX: usize = 32;
    /// Two devices on the same two below them double the tree; nothing so long is shown.
    const TREE_BYTES_MAX: usize = 8 << 20;
    let deps = world.table_deps(&info.name, false).unwrap_or_default();
    if indent.len() > 3 * DEPTH_MAX || text.len() > TREE_BYTES_MAX {
        return;
    }
    for (i, dev) in deps.iter().enumerate() {
        let last = i + 1 == deps.len();
        let mark = if last { " `-" } else { " |-" };
        match devices.iter().find(|d| d.dev == *dev) {
            None => text.push_str(&format!("{indent}{mark} ({dev})\n")),
            Some(below) => {
                text.push_str(&format!("{indent}{mark}{} ({dev})\n", below.name));
                branches(world, devices, below, &format!("{indent}{}", if last { "   " } else { " | " }), text);
            }
        }
    }
}
