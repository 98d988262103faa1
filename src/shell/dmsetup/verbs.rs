//! Verbs that change something, and the small ones.

use super::options::Options;
use super::{Said, Stream, Wrong, device_name, ioctl, ioctl_with_uuid, lookup, no_device};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::{SuspendFlags, TargetSpec};
use dm_cache_engine::world::{Failure, World};

fn flags(options: &Options) -> SuspendFlags {
    SuspendFlags { noflush: options.noflush, skip_lockfs: options.nolockfs }
}

/// The table from `--table` or standard input.
fn table(options: &Options, stdin: &mut Stream) -> Result<Vec<TargetSpec>, Wrong> {
    let (text, place) = options.table.clone().map_or_else(|| (stdin.text(), "on stdin"), |table| (table, ""));
    let mut targets = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        targets.push(TargetSpec::parse(line).ok_or_else(|| Wrong::Said(format!("Invalid format on line {} of table {place}.", i + 1)))?);
    }
    Ok(targets)
}

/// libdevmapper lets no such name through.
fn no_slash(name: &str) -> Result<(), Wrong> {
    if name.contains('/') { Err(Wrong::Said(format!("Name \"{name}\" invalid. It contains \"/\"."))) } else { Ok(()) }
}

/// Bytes that a name has room for (`DM_NAME_LEN`) and a uuid (`DM_UUID_LEN`), the zero behind them not counted.
const NAME_BYTES_MAX: usize = 127;
const UUID_BYTES_MAX: usize = 128;

/// Before a name is given to an ioctl.
pub(super) fn fits_name(name: &str) -> Result<(), Wrong> {
    if name.len() > NAME_BYTES_MAX { Err(Wrong::Said(format!("Name \"{name}\" too long."))) } else { Ok(()) }
}

/// Before a uuid is.
pub(super) fn fits_uuid(uuid: &str) -> Result<(), Wrong> {
    if uuid.len() <= UUID_BYTES_MAX {
        return Ok(());
    }
    Err(Wrong::Said(format!("Mangled form of the UUID too long for \"{uuid}\".\nFailed to mangle device uuid \"{uuid}\".")))
}

/// `create`: an empty device, its table, resume. What fails takes the device away again.
pub(super) fn create(world: &mut World, options: &Options, words: &[String], stdin: &mut Stream) -> Result<(), Wrong> {
    let Some(name) = words.first() else { return Err(Wrong::Plain("Incorrect number of arguments".to_owned())) };
    if words.len() > 1 {
        return Err(Wrong::Said(format!("{}: open failed: No such file or directory", words.get(1).map_or("", String::as_str))));
    }
    no_slash(name)?;
    fits_name(name)?;
    let targets = if options.notable { Vec::new() } else { table(options, stdin)? };
    let uuid = options.uuid.clone().unwrap_or_default();
    fits_uuid(&uuid)?;
    let number = options.minor.map(|minor| format!("({}:{minor})", DevNo::DM_MAJOR)).unwrap_or_default();
    let dev = world.dev_create(name, &uuid, options.minor).map_err(ioctl_with_uuid("create", name, &format!("{uuid}{number}")))?;
    if targets.is_empty() {
        return Ok(());
    }
    let made = world
        .table_load(name, &targets, options.readonly)
        .map_err(|failure| match failure {
            Failure::Errno(errno) => Wrong::Said(format!("device-mapper: reload ioctl on {name} ({dev}) failed: {}", errno.text())),
            Failure::Hang(what) => Wrong::Hang(what),
        })
        .and_then(|()| world.dev_resume(name, SuspendFlags::default()).map_err(ioctl("resume", name)));
    if made.is_err() && !matches!(made, Err(Wrong::Hang(_))) {
        let _ = world.dev_remove(name, false);
    }
    made
}

pub(super) fn load(world: &mut World, options: &Options, words: &[String], stdin: &mut Stream) -> Result<(), Wrong> {
    let name = match words.first() {
        Some(word) => device_name(world, word),
        None => super::names(world, options, words)?
            .into_iter()
            .next()
            .ok_or_else(|| Wrong::Plain("Incorrect number of arguments".to_owned()))?,
    };
    if let Some(file) = words.get(1) {
        return Err(Wrong::Said(format!("{file}: open failed: No such file or directory")));
    }
    fits_name(&name)?;
    let targets = table(options, stdin)?;
    world.table_load(&name, &targets, options.readonly).map_err(ioctl("reload", &name))
}

/// Verbs that take devices and print nothing; what went wrong on the way and stops nothing is a complaint.
pub(super) fn simple(world: &mut World, options: &Options, verb: &str, name: &str, complaints: &mut String) -> Result<(), Wrong> {
    fits_name(name)?;
    match verb {
        "suspend" => world.dev_suspend(name, flags(options)).map_err(ioctl("suspend", name)),
        "resume" => world.dev_resume(name, flags(options)).map_err(ioctl("resume", name)),
        "clear" => world.table_clear(name).map_err(ioctl("clear", name)),
        "wipe_table" => error_table(world, options, name),
        _ => {
            if options.force {
                match error_table(world, options, name) {
                    Err(Wrong::Said(text)) => *complaints += &(text + "\n"),
                    other => other?,
                }
            }
            world.dev_remove(name, options.deferred).map(|_| ()).map_err(ioctl("remove", name))
        }
    }
}

/// An error target over the whole device, live at once (`remove --force`, `wipe_table`).
fn error_table(world: &mut World, options: &Options, name: &str) -> Result<(), Wrong> {
    let Some(info) = lookup(world, name)? else {
        // How long it is cannot be asked; the load is tried all the same.
        let said = ["table", "reload"].map(|what| format!("device-mapper: {what} ioctl on {name}  failed: {}", Errno::NxIo.text()));
        return Err(Wrong::Said(said.join("\n")));
    };
    let len = world.sectors(info.dev);
    let target = TargetSpec { start: 0, len, kind: "error".to_owned(), params: String::new() };
    world.table_load(name, &[target], options.readonly).map_err(ioctl("reload", name))?;
    let how = SuspendFlags { noflush: true, skip_lockfs: true };
    world.dev_resume(name, how).map_err(ioctl("resume", name))
}

pub(super) fn rename(world: &mut World, options: &Options, words: &[String]) -> Result<(), Wrong> {
    // The kernel looks for the name alone, which a command by uuid leaves empty.
    let (name, new, uuid) = match (words, &options.uuid) {
        ([name, new], _) => (device_name(world, name), new, ""),
        ([new], Some(uuid)) => (String::new(), new, uuid.as_str()),
        _ => return Err(no_device()),
    };
    if new.is_empty() {
        return Err(Wrong::Said("Non empty new name is required.".to_owned()));
    }
    let (what, most) = if options.setuuid { ("Uuid", UUID_BYTES_MAX) } else { ("Name", NAME_BYTES_MAX) };
    if new.len() > most {
        return Err(Wrong::Said(format!("{what} \"{new}\" too long")));
    }
    if !options.setuuid {
        no_slash(new)?;
    }
    fits_name(&name).and(fits_uuid(uuid))?;
    let renamed = if options.setuuid { world.dev_set_uuid(&name, new) } else { world.dev_rename(&name, new) };
    renamed.map_err(ioctl_with_uuid("rename", &name, uuid))
}

pub(super) fn message(world: &mut World, _options: &Options, words: &[String]) -> Said {
    let [name, sector, message @ ..] = words else { return Err(Wrong::Plain("Incorrect number of arguments".to_owned())) };
    let name = device_name(world, name);
    fits_name(&name)?;
    let sector: u64 = sector.parse().map_err(|_| Wrong::Said("Invalid sector.".to_owned()))?;
    // the words are joined with blanks here and split by the kernel again: an empty word is lost on the way
    let joined = message.join(" ");
    let message: Vec<&str> = joined.split_whitespace().collect();
    let said_none = |wrong| match wrong {
        Wrong::Said(text) if words.len() == 2 => Wrong::Said(format!("No message supplied.\n{text}")),
        wrong => wrong,
    };
    let answer = world.target_message(&name, sector, &message).map_err(ioctl("message", &name)).map_err(said_none)?;
    Ok(answer.map(|a| if a.ends_with('\n') { a } else { a + "\n" }).unwrap_or_default())
}

pub(super) fn wait(world: &mut World, options: &Options, words: &[String]) -> Result<(), Wrong> {
    let (names, event) = match words {
        [name, event] => (vec![name.clone()], event.parse().ok()),
        words => (words.to_vec(), None),
    };
    let name =
        super::names(world, options, &names)?.into_iter().next().ok_or_else(|| Wrong::Plain("Incorrect number of arguments".to_owned()))?;
    fits_name(&name)?;
    let Some(info) = lookup(world, &name)? else { return Err(ioctl("waitevent", &name)(Errno::NxIo.into())) };
    world.dev_wait(&name, event.unwrap_or(info.event_nr)).map(|_| ()).map_err(ioctl("waitevent", &name))
}

pub(super) fn version(world: &World) -> String {
    let driver = match world.kernel() {
        Kernel::V3_18 => "4.28.0",
        Kernel::V5_10 => "4.43.0",
        Kernel::V6_1 => "4.47.0",
        Kernel::V6_12 => "4.48.0",
        Kernel::V7_3 => "4.50.0",
    };
    format!("Library version:   1.02.185 (2022-05-18)\nDriver version:    {driver}\n")
}

/// The targets each recorded kernel had, newest module first (3.18: from memory of its sources' version fields).
pub(super) fn targets(kernel: Kernel) -> String {
    let [delay, flakey, cache, linear, error] = match kernel {
        Kernel::V3_18 => ["v1.2.1", "v1.3.1", "v1.5.0", "v1.2.1", "v1.2.0"],
        Kernel::V5_10 => ["v1.2.1", "v1.5.0", "v2.2.0", "v1.4.0", "v1.5.0"],
        Kernel::V6_1 => ["v1.3.0", "v1.5.0", "v2.3.0", "v1.4.0", "v1.5.0"],
        Kernel::V6_12 => ["v1.4.0", "v1.5.0", "v2.3.0", "v1.4.0", "v1.7.0"],
        Kernel::V7_3 => ["v1.5.0", "v1.5.0", "v2.4.0", "v1.5.0", "v1.7.0"],
    };
    let striped = if kernel >= Kernel::V7_3 { "v1.7.0" } else { "v1.6.0" };
    [("delay", delay), ("flakey", flakey), ("cache", cache), ("striped", striped), ("linear", linear), ("error", error)]
        .into_iter()
        .map(|(name, version)| format!("{name:<16} {version}\n"))
        .collect()
}

/// `splitname` of an LVM name: volume group, volume and layer.
pub(super) fn splitname(words: &[String]) -> String {
    let name = words.first().map_or("", String::as_str).replace("--", "\u{1}");
    let mut parts = name.splitn(3, '-').map(|p| p.replace('\u{1}', "-"));
    let mut next = || parts.next().unwrap_or_default();
    format!("VG {} LV {} Layer {}\n", next(), next(), next())
}
