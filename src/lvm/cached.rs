//! lvcreate --type cache: a new volume with a cache below, or a new pool below a volume that is there.

use super::attach::{self, Below};
use super::cachevol;
use super::lines::Syntax;
use super::model::{Group, Kind, Pool, Store, Volume};
use super::names::{self, Named};
use super::options::Given;
use super::pools;
use super::remove;
use super::session::{Done, Session, Stop};
use super::volumes::{self, Asked, Order};

pub(super) fn lvcreate(session: &mut Session<'_>, given: &Given, asked: Option<Asked>, settings: pools::Asked) -> Done {
    match ["cachepool", "cachevol", "cachedevice"].map(|option| given.has(option)) {
        [false, false, false] => {
            if let Some(size) = given.value("cachesize") {
                return session.takes_no("cachesize", size);
            }
            let Some(asked) = asked else { return session.no_syntax(None) };
            below_volume(session, given, asked, settings)
        }
        [true, false, false] if given.value("cachesize").is_none() => {
            let Some(asked) = asked else { return session.absent("lvcreate --type cache without a size") };
            let order = volumes::order(session, given, asked)?;
            over_pool(session, given, order, settings)
        }
        [false, true, true] => session.takes_no("cachedevice", ""),
        [false, true, false] if given.value("cachesize").is_none() => over_volume(session, given, asked, settings),
        [false, false, true] => over_volume(session, given, asked, settings),
        _ => session.absent("several things at once for a cache to lie on"),
    }
}

/// A new volume over a pool.
fn over_pool(session: &mut Session<'_>, given: &Given, order: Order, mut settings: pools::Asked) -> Done {
    let group = &order.group;
    let name = match names::split(given.value("cachepool").unwrap_or_default()) {
        (of, Some(_)) if of != group.name => return session.absent(format!("a pool of another group ({of})")),
        (_, Some(name)) | (name, None) => name,
    };
    let (id, pool) = match names::find(group, &name) {
        Some(Named::Volume(Volume { id, kind: Kind::Pool(pool), .. })) => (id, pool),
        Some(Named::PoolInUse(volume)) => {
            return session.fail(format!("Logical volume {0}/{name} is already in use by {0}/{1}.", group.name, volume.name));
        }
        Some(_) => return session.fail(format!("Logical volume {}/{name} is not a cache pool.", group.name)),
        None => return session.fail(format!("Ambiguous syntax, please create --type cache-pool {name} separately.")),
    };
    if group.names().contains(&order.name) {
        return session.fail(format!("Logical Volume \"{}\" already exists in volume group \"{}\"", order.name, group.name));
    }
    if group.names().contains(&format!("{name}_cpool")) {
        return session.absent(format!("a pool whose name belongs to one in use ({}/{name})", group.name));
    }
    let chunk = pools::chunk(session, given)?;
    let set_up: Pool = attach::set_up(session, given, group, pool.clone(), chunk, &mut settings)?;
    session.wipe_metadata(group, &name, &id, &pool)?;
    let (group, volume) = volumes::make(session, given, &order)?;
    attach::put_below(session, &group, &volume, Below { name, id, store: Store::Pool(set_up) })?;
    session.say(format!("Logical volume \"{}\" created.", volume.name));
    Ok(())
}

/// A new volume, and then a volume as its cache. Without that the new one goes again.
fn over_volume(session: &mut Session<'_>, given: &Given, asked: Option<Asked>, settings: pools::Asked) -> Done {
    let has_group = !given.words.is_empty() || given.value("name").is_some_and(|name| names::split(name).1.is_some());
    let Some(asked) = asked.filter(|_| has_group) else {
        if !given.has("cachevol") {
            return session.absent("lvcreate --cachedevice without a size or a group");
        }
        return session.no_syntax(Some(Syntax {
            is_only: false,
            text: "lvcreate --type cache -L|--size Size[m|UNIT] --cachevol LV VG",
            does: "Create a new LV, then attach the specified cachevol \n  which converts the new LV to type cache.",
        }));
    };
    if let Some(option) = ["cachemode", "cachepolicy"].into_iter().find(|option| given.has(option)) {
        return session.misused(format!("--{option} is supported only with cache."));
    }
    if given.has("chunksize") {
        return session.misused("--chunksize is supported only with pools and snapshots.");
    }
    if given.has("poolmetadatasize") || given.has("poolmetadataspare") {
        return session.absent("options of a cache pool for a volume that is no cache pool");
    }
    let order = volumes::order(session, given, asked)?;
    let (group, volume) = volumes::make(session, given, &order)?;
    session.say(format!("Logical volume \"{}\" created.", volume.name));
    let done = if given.has("cachevol") {
        cachevol::attach(session, given, &group, &volume, settings)
    } else {
        cachevol::attach_new(session, given, &group, &volume, settings)
    };
    if let Err(stop @ Stop::Code(_)) = done {
        session.warn("Removing new LV after failing to add cache.");
        remove::remove(session, &group, &volume, true)?;
        return Err(stop);
    }
    done
}

/// A new pool below a volume, or a new volume over a pool, where the word in the group's place names one.
fn below_volume(session: &mut Session<'_>, given: &Given, asked: Asked, settings: pools::Asked) -> Done {
    let (group_name, name) = match given.words.first().map(|word| names::split(word)) {
        Some((group, Some(name))) => (group, name),
        _ => return session.misused("Creation of cached volume and cache pool in one command is not yet supported."),
    };
    let group = session.group(&group_name)?;
    match names::find(&group, &name) {
        Some(Named::Volume(volume @ Volume { kind: Kind::Linear(_), .. })) => {
            let order = order_within(session, given, &group, asked)?;
            new_pool(session, given, &order, &volume, settings)
        }
        Some(Named::Volume(volume @ Volume { kind: Kind::Pool(_), .. })) => {
            let order = order_within(session, given, &group, asked)?;
            let mut given = given.clone();
            given.set("cachepool", &volume.name);
            over_pool(session, &given, order, settings)
        }
        Some(Named::Volume(volume)) => {
            let kind = volume.kind.type_name();
            session.fail(format!("Cache is not supported with {kind} segment type of the original logical volume {group_name}/{name}."))
        }
        Some(_) => session.absent(format!("a cache for a hidden volume ({group_name}/{name})")),
        None => session.fail(format!("Ambiguous syntax, please create --type cache-pool {name} separately.")),
    }
}

/// The order for a volume whose group is that of the first word.
fn order_within(session: &mut Session<'_>, given: &Given, group: &Group, asked: Asked) -> Done<Order> {
    let mut given = given.clone();
    if let Some(first) = given.words.first_mut() {
        first.clone_from(&group.name);
    }
    volumes::order(session, &given, asked)
}

fn new_pool(session: &mut Session<'_>, given: &Given, order: &Order, volume: &Volume, settings: pools::Asked) -> Done {
    let (group, name) = pools::make(session, given, order, settings)?;
    let Some(Volume { id, kind: Kind::Pool(pool), .. }) = group.volume(&name).cloned() else { return Ok(()) };
    let mut pool = pool;
    attach::settle(session, given, &mut pool.how, &mut pools::Asked::default())?;
    attach::put_below(session, &group, volume, Below { name, id, store: Store::Pool(pool) })?;
    session.say(format!("Logical volume {}/{} is now cached.", group.name, volume.name));
    Ok(())
}
