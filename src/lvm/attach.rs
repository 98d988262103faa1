//! lvconvert: a pool becomes the cache of a volume.

use super::detach;
use super::lines::Syntax;
use super::model::{Cached, Group, Kind, Mode, Part, Pool, Volume};
use super::names::{self, Named};
use super::nodes::Runs;
use super::options::{Given, invalid};
use super::pools::{self, Asked};
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
    let task = match (attaches, given.has("splitcache"), given.has("uncache")) {
        (true, false, false) => Task::Attach,
        (false, true, false) => Task::Split,
        (false, false, true) => Task::Uncache,
        (false, false, false) => return session.absent("lvconvert without --type cache, --splitcache or --uncache"),
        _ => return session.absent("several of --type cache, --splitcache and --uncache at once"),
    };
    if task != Task::Attach && (asked.is_some() || given.has("cachepool") || given.has("chunksize")) {
        return session.absent("options of a new cache where a cache is taken off");
    }
    let word = match given.words.as_slice() {
        [word] => word,
        [_, extra, ..] => {
            session.warn(format!("Command does not accept argument: {extra}."));
            return Err(Stop::Code(super::session::MISUSED));
        }
        [] => return no_volume(session, task),
    };
    if task == Task::Attach && !given.has("cachepool") {
        return no_pool(session);
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
    let group = session.group(&group_name)?;
    let Some(named) = names::find(&group, &name) else {
        return session.fail(format!("Failed to find logical volume \"{group_name}/{name}\""));
    };
    let full = format!("{group_name}/{name}");
    match (task, named) {
        (Task::Attach, Named::Volume(Volume { name, id, kind: Kind::Linear(_) })) => {
            let linear = group.volume(&name).filter(|v| v.id == id).cloned();
            let Some(linear) = linear else { return Ok(()) };
            attach(session, given, &group, &linear, asked.unwrap_or_default())
        }
        (Task::Split | Task::Uncache, Named::Volume(volume)) if matches!(volume.kind, Kind::Cached(_)) => {
            detach::lvconvert(session, &group, &volume, task == Task::Split)
        }
        (Task::Split, Named::PoolInUse(volume)) => detach::lvconvert(session, &group, &volume, true),
        (Task::Split, Named::Volume(Volume { kind: Kind::Pool(_), .. })) => session.fail(format!("Cannot find LV with cache from {full}.")),
        (_, Named::Volume(volume)) => not_permitted(session, &full, volume.kind.type_name()),
        (_, Named::PoolInUse(_)) => not_permitted(session, &full, "cachepool"),
        (_, Named::Origin(_) | Named::PoolPart | Named::Spare) => session.absent(format!("lvconvert of a hidden volume ({full})")),
    }
}

fn not_permitted(session: &mut Session<'_>, full: &str, kind: &str) -> Done {
    session.warn(format!("Command on LV {full} does not accept LV type {kind}."));
    session.fail(format!("Command not permitted on LV {full}."))
}

fn no_volume(session: &mut Session<'_>, task: Task) -> Done {
    match task {
        Task::Attach => session.absent("lvconvert without a volume"),
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
    let (_, pool_name) = match names::split(given.value("cachepool").unwrap_or_default()) {
        (of, Some(name)) => (of, name),
        (name, None) => (group.name.clone(), name),
    };
    let (pool_id, pool) = match group.volume(&pool_name).map(|v| (&v.id, &v.kind)) {
        Some((id, Kind::Pool(pool))) => (id.clone(), pool.clone()),
        Some(_) => return session.absent(format!("turning {}/{pool_name} into a cache pool", group.name)),
        None => return session.fail(format!("Cache pool {pool_name} not found.")),
    };
    if !given.yes() {
        session.ask(&format!("Do you want wipe existing metadata of cache pool {}/{pool_name}?", group.name));
        session.warn("Conversion aborted.");
        session.warn("To preserve cache metadata add option \"--zero n\".");
        return session.fail("WARNING: Reusing mismatched cache pool metadata MAY DESTROY YOUR DATA!");
    }
    session.wipe_metadata(group, &pool_name, &pool_id, &pool)?;
    let pool = set_up(session, given, group, pool, chunk, &mut asked)?;
    let cached = turned(session, volume, &pool_name, pool_id, pool);
    let runs = session.is_active(group, volume);
    if runs && let Err(stop) = session.reload(group, &cached, Runs::AsSet) {
        session.revert();
        return session.or_not_suspended(Err(stop), group, volume);
    }
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.volumes.retain(|v| v.name != pool_name);
        if let Some(kept) = kept.volume_mut(&volume.name) {
            *kept = cached;
        }
    }
    session.commit();
    session.say(format!("Logical volume {}/{} is now cached.", group.name, volume.name));
    Ok(())
}

/// The pool as the volume is to run it.
fn set_up(session: &mut Session<'_>, given: &Given, group: &Group, mut pool: Pool, chunk: Option<u64>, asked: &mut Asked) -> Done<Pool> {
    if let Some(chunk) = chunk {
        let wrong = pools::wrong_chunk(chunk);
        if !wrong.is_empty() {
            wrong.iter().for_each(|wrong| session.warn(wrong));
            return Err(Stop::Code(FAILED));
        }
        let sectors = super::model::extents(&pool.data.segments) * group.extent;
        let meta = super::model::extents(&pool.meta.segments) * group.extent;
        if chunk < pools::least_chunk(sectors) || pools::metadata_sectors(sectors, chunk) > meta {
            return session.absent("a chunk that is too small for the pool's size or metadata");
        }
        pool.chunk = chunk;
    }
    asked.read_settings(session, given)?;
    asked.apply(&mut pool);
    pool.mode = pool.mode.or(Some(Mode::Writethrough));
    pool.policy = pool.policy.take().or_else(|| Some("smq".to_owned()));
    if pool.policy.as_deref() == Some("cleaner") && pool.mode == Some(Mode::Writeback) {
        return session.fail("Cache mode \"writeback\" is not compatible with cache policy \"cleaner\".");
    }
    session.check_settings(&pool)?;
    Ok(pool)
}

/// The volume over its origin and the pool.
fn turned(session: &mut Session<'_>, volume: &Volume, pool_name: &str, pool_id: String, pool: Pool) -> Volume {
    let Kind::Linear(segments) = &volume.kind else { return volume.clone() };
    let origin = Part { id: session.lvm.new_id(), segments: segments.clone() };
    let cached = Cached { origin, pool_name: pool_name.to_owned(), pool_id, pool };
    Volume { kind: Kind::Cached(cached), ..volume.clone() }
}
