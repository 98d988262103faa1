//! lvconvert: a pool, or a volume, becomes the cache of another volume.

use super::cachevol;
use super::detach;
use super::lines::Syntax;
use super::model::{Cached, Group, How, Id, Kind, Mode, Part, Pool, Store, Volume};
use super::names::{self, Named};
use super::nodes::Runs;
use super::options::{Given, invalid};
use super::pools::{self, Asked};
use super::repair;
use super::session::{Done, FAILED, Session, Stop};

/// Types of lvm2's lvconvert that are not there.
const TYPES: [&str; 12] =
    ["cache-pool", "linear", "mirror", "raid1", "raid5", "raid6", "snapshot", "striped", "thin", "thin-pool", "vdo-pool", "writecache"];

/// What lvconvert is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Attach,
    Split,
    Uncache,
    Repair,
}

pub(super) fn lvconvert(session: &mut Session<'_>, given: &Given) -> Done {
    match given.value("type") {
        None | Some("cache") => {}
        Some(known) if TYPES.contains(&known) => return session.absent(format!("lvconvert --type {known}")),
        Some(other) => {
            session.warn(format!("WARNING: Unrecognised segment type {other}"));
            return Err(session.refuse(&invalid("type", other, "")));
        }
    }
    let asked = Asked::read(session, given)?;
    let attaches = given.has("type") || given.has("cache");
    let task = match (attaches, given.has("splitcache"), given.has("uncache"), given.has("repair")) {
        (true, false, false, false) => Task::Attach,
        (false, true, false, false) => Task::Split,
        (false, false, true, false) => Task::Uncache,
        (false, false, false, true) => Task::Repair,
        (false, false, false, false) if given.has("cachevol") => {
            let does = "Attach a writecache to an LV, converts the LV to type writecache.";
            return session.no_syntax(Some(Syntax { is_only: false, text: "lvconvert --type writecache --cachevol LV LV", does }));
        }
        (false, false, false, false) => return session.absent("lvconvert without --type cache, --splitcache or --uncache"),
        _ => return session.absent("several of --type cache, --splitcache, --uncache and --repair at once"),
    };
    let below = ["cachepool", "cachevol", "cachedevice", "cachesize"];
    if task != Task::Attach && (asked.is_some() || given.has("chunksize") || below.iter().any(|option| given.has(option))) {
        return session.absent("options of a new cache where a cache is taken off");
    }
    let word = match given.words.as_slice() {
        [word] => word,
        [_, extra, ..] => {
            session.warn(format!("Command does not accept argument: {extra}."));
            return Err(Stop::Code(super::session::MISUSED));
        }
        [] if given.has("cachevol") => {
            let does = "Attach a cache to an LV, converts the LV to type cache.";
            return session.no_syntax(Some(Syntax { is_only: false, text: "lvconvert --type cache --cachevol LV LV", does }));
        }
        [] => return no_volume(session, task),
    };
    if task == Task::Attach {
        only_one(session, given)?;
    }
    let (group_name, name) = match names::split(word) {
        (group, Some(name)) => (group, name),
        (name, None) => return session.absent(format!("a volume without its group ({name})")),
    };
    if let (Task::Attach, Some((of, Some(_)))) = (task, given.value("cachepool").map(names::split))
        && of != group_name
    {
        return session.fail(format!("VG name mismatch from position arg ({group_name}) and option arg ({of})."));
    }
    if let (Task::Attach, Some((of, Some(_)))) = (task, given.value("cachevol").map(names::split))
        && of != group_name
    {
        return session.fail(format!("Please use a single volume group name (\"{of}\" or \"{group_name}\")."));
    }
    let group = session.group(&group_name)?;
    let Some(named) = names::find(&group, &name) else {
        return session.fail(format!("Failed to find logical volume \"{group_name}/{name}\""));
    };
    let full = format!("{group_name}/{name}");
    match (task, named) {
        (Task::Attach, Named::Volume(Volume { name, id, kind: Kind::Linear(_) })) => {
            let linear = group.volume(&name).filter(|v| v.id == id).cloned();
            let Some(linear) = linear else { return Ok(()) };
            let asked = asked.unwrap_or_default();
            match (given.has("cachevol"), given.has("cachedevice")) {
                (true, _) => cachevol::attach(session, given, &group, &linear, asked),
                (_, true) => cachevol::attach_new(session, given, &group, &linear, asked),
                _ => attach(session, given, &group, &linear, asked),
            }
        }
        (Task::Repair, Named::Volume(Volume { kind: Kind::Cached(Cached { store: Store::Volume(_), .. }), .. })) => {
            session.fail("Manual repair required.")
        }
        (Task::Repair, Named::Volume(volume)) if matches!(volume.kind, Kind::Cached(_)) => {
            let Kind::Cached(Cached { store: Store::Pool(pool), .. }) = &volume.kind else { return Ok(()) };
            repair::lvconvert(session, &group, &volume, &name, pool)
        }
        (Task::Repair, Named::Volume(Volume { kind: Kind::Linear(_), .. }) | Named::Origin(_)) => not_permitted(session, &full, "linear"),
        (Task::Repair, _) => session.absent(format!("lvconvert --repair of {full}")),
        (Task::Split | Task::Uncache, Named::Volume(volume)) if matches!(volume.kind, Kind::Cached(_)) => {
            detach::lvconvert(session, &group, &volume, task == Task::Split)
        }
        (Task::Split, Named::PoolInUse(volume)) => detach::lvconvert(session, &group, &volume, true),
        (Task::Split, Named::Volume(Volume { kind: Kind::Pool(_), .. })) => session.fail(format!("Cannot find LV with cache from {full}.")),
        (_, Named::Volume(volume)) => not_permitted(session, &full, volume.kind.type_name()),
        (_, Named::CacheVolume(_)) => not_permitted(session, &full, "linear"),
        (_, Named::PoolInUse(_)) => not_permitted(session, &full, "cachepool"),
        (_, Named::Origin(_) | Named::PoolPart | Named::Spare) => session.absent(format!("lvconvert of a hidden volume ({full})")),
    }
}

/// A new cache lies on a pool, on a volume, or on a volume that is made of devices.
fn only_one(session: &mut Session<'_>, given: &Given) -> Done {
    let given_ones = ["cachepool", "cachevol", "cachedevice"].map(|option| given.has(option));
    match (given_ones, given.value("cachevol"), given.value("cachesize")) {
        ([true, true, _], Some(value), _) => session.takes_no("cachevol", value),
        ([false, false, false], ..) => no_pool(session),
        ([_, _, false], _, Some(value)) => session.takes_no("cachesize", value),
        ([true, _, true] | [_, true, true], ..) => session.absent("several things at once for a cache to lie on"),
        _ => Ok(()),
    }
}

fn not_permitted(session: &mut Session<'_>, full: &str, kind: &str) -> Done {
    session.warn(format!("Command on LV {full} does not accept LV type {kind}."));
    session.fail(format!("Command not permitted on LV {full}."))
}

fn no_volume(session: &mut Session<'_>, task: Task) -> Done {
    match task {
        Task::Attach => session.absent("lvconvert without a volume"),
        Task::Repair => {
            let does = "Replace failed PVs in a raid or mirror LV. \n  Repair a thin pool. \n  Repair a cache pool.";
            session.no_syntax(Some(Syntax { is_only: false, text: "lvconvert --repair LV", does }))
        }
        Task::Split => session.absent("lvconvert --splitcache without a volume"),
        Task::Uncache => {
            let does = "Detach and delete a cache from an LV.";
            session.no_syntax(Some(Syntax { is_only: false, text: "lvconvert --uncache LV", does }))
        }
    }
}

fn no_pool(session: &mut Session<'_>) -> Done {
    let does = "Attach a cache pool to an LV, converts the LV to type cache.";
    session.no_syntax(Some(Syntax { is_only: false, text: "lvconvert --type cache --cachepool LV LV", does }))
}

fn attach(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, mut asked: Asked) -> Done {
    let chunk = pools::chunk(session, given)?;
    let (name, id, pool) = named_pool(session, given, group)?;
    if !given.yes() {
        session.ask(&format!("Do you want wipe existing metadata of cache pool {}/{name}?", group.name));
        session.warn("Conversion aborted.");
        session.warn("To preserve cache metadata add option \"--zero n\".");
        return session.fail("WARNING: Reusing mismatched cache pool metadata MAY DESTROY YOUR DATA!");
    }
    session.wipe_metadata(group, &name, &id, &pool)?;
    let pool = set_up(session, given, group, pool, chunk, &mut asked)?;
    put_below(session, group, volume, Below { name, id, store: Store::Pool(pool) })?;
    session.say(format!("Logical volume {}/{} is now cached.", group.name, volume.name));
    Ok(())
}

/// The pool that `--cachepool` names.
pub(super) fn named_pool(session: &mut Session<'_>, given: &Given, group: &Group) -> Done<(String, Id, Pool)> {
    let (_, name) = match names::split(given.value("cachepool").unwrap_or_default()) {
        (of, Some(name)) => (of, name),
        (name, None) => (group.name.clone(), name),
    };
    match group.volume(&name).map(|v| (&v.id, &v.kind)) {
        Some((_, Kind::Pool(_))) if group.names().contains(&format!("{name}_cpool")) => {
            session.absent(format!("a pool whose name belongs to one in use ({}/{name})", group.name))
        }
        Some((id, Kind::Pool(pool))) => Ok((name, id.clone(), pool.clone())),
        Some(_) => session.absent(format!("turning {}/{name} into a cache pool", group.name)),
        None => session.fail(format!("Cache pool {name} not found.")),
    }
}

/// What a volume is to lie on as its cache.
#[derive(Debug, Clone)]
pub(super) struct Below {
    pub(super) name: String,
    pub(super) id: Id,
    pub(super) store: Store,
}

/// Puts a pool or a volume that nobody uses below a linear volume as its cache, while that runs or not.
pub(super) fn put_below(session: &mut Session<'_>, group: &Group, volume: &Volume, below: Below) -> Done {
    let Kind::Linear(segments) = &volume.kind else { return Ok(()) };
    let Below { name, id, store } = below;
    let origin = Part { id: session.lvm.new_id(), segments: segments.clone() };
    let cached = Cached { origin, store_name: name.clone(), store_id: id, store };
    let cached = Volume { kind: Kind::Cached(cached), ..volume.clone() };
    let runs = session.is_active(group, volume);
    if runs && let Err(stop) = session.reload(group, &cached, Runs::AsSet) {
        session.revert();
        return session.or_not_suspended(Err(stop), group, volume);
    }
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.volumes.retain(|v| v.name != name);
        if let Some(kept) = kept.volume_mut(&volume.name) {
            *kept = cached;
        }
    }
    session.commit();
    Ok(())
}

/// The pool as the volume is to run it.
pub(super) fn set_up(
    session: &mut Session<'_>,
    given: &Given,
    group: &Group,
    mut pool: Pool,
    chunk: Option<u64>,
    asked: &mut Asked,
) -> Done<Pool> {
    if let Some(chunk) = chunk {
        fits(session, chunk)?;
        let sectors = super::model::extents(&pool.data.segments) * group.extent;
        let meta = super::model::extents(&pool.meta.segments) * group.extent;
        if chunk < pools::least_chunk(sectors) || pools::metadata_sectors(sectors, chunk) > meta {
            return session.absent("a chunk that is too small for the pool's size or metadata");
        }
        pool.how.chunk = chunk;
    }
    settle(session, given, &mut pool.how, asked)?;
    Ok(pool)
}

/// Says what is wrong with a chunk.
pub(super) fn fits(session: &mut Session<'_>, chunk: u64) -> Done {
    let wrong = pools::wrong_chunk(chunk);
    wrong.iter().for_each(|wrong| session.warn(wrong));
    if wrong.is_empty() { Ok(()) } else { Err(Stop::Code(FAILED)) }
}

/// How a cache is to run from now on: what is asked for, or else what was, or else LVM's choice.
pub(super) fn settle(session: &mut Session<'_>, given: &Given, how: &mut How, asked: &mut Asked) -> Done {
    asked.read_settings(session, given)?;
    asked.apply(how);
    how.mode = how.mode.or(Some(Mode::Writethrough));
    how.policy = how.policy.take().or_else(|| Some("smq".to_owned()));
    if how.policy.as_deref() == Some("cleaner") && how.mode == Some(Mode::Writeback) {
        return session.fail("Cache mode \"writeback\" is not compatible with cache policy \"cleaner\".");
    }
    session.check_settings(how)
}
