//! lvconvert --repair of a cached volume over a pool: what can be read of the metadata goes to the spare metadata volume, and the two change
//! places.

use super::alloc;
use super::model::{Group, Kind, Part, Pool, Spare, Volume, extents};
use super::nodes::{self, Node, Runs, Table, uuid};
use super::session::{Done, Session, Stop};
use dm_cache_engine::device::PAGE_SIZE;
use dm_cache_engine::world::{Failure, Usage};
use dm_cache_image::repair::{Options, repair};

pub(super) fn lvconvert(session: &mut Session<'_>, group: &Group, volume: &Volume, name: &str, pool: &Pool) -> Done {
    if session.is_active(group, volume) {
        return session.fail("Only inactive cache can be repaired.");
    }
    let nodes = nodes::of(group, volume, Runs::AsSet);
    let (Some(spare), [_, meta, ..]) = (group.spare.clone(), nodes.as_slice()) else {
        return session.absent(format!("the repair of {}/{name} without a spare metadata volume", group.name));
    };
    if extents(&spare.part.segments) < extents(&pool.meta.segments) {
        return session.absent(format!("the repair of {}/{name} with a spare that is too small", group.name));
    }
    let table = Table::Lines(group.table(&spare.part.segments));
    let spare_node = Node { name: group.device(&spare.name()), uuid: uuid(group, &spare.part.id, ""), table };
    session.create(&spare_node)?;
    session.create(meta)?;
    let done = copy(session, &meta.name, &spare_node.name);
    session.remove(&meta.name)?;
    session.remove(&spare_node.name)?;
    if !done? {
        let text =
            format!("Repair of cache metadata volume of cache {}/{} failed (status:1). Manual repair required!", group.name, volume.name);
        return session.fail(text);
    }
    exchange(session, group, volume, pool, spare)
}

/// What `cache_repair` 0.9 makes of the metadata on one device, on another; whether it can be done.
fn copy(session: &mut Session<'_>, from: &str, to: &str) -> Done<bool> {
    let (Ok(from), Ok(to)) = (session.world.dev_status(from), session.world.dev_status(to)) else { return Ok(false) };
    let image = match session.world.image_for_program(from.dev) {
        Ok(image) => image,
        Err(failure) => return session.failed(failure, |why| format!("Can't read the metadata: {why}")),
    };
    let bytes = session.world.sectors(to.dev).saturating_mul(512);
    if let Err(failure) = session.world.allows(Usage { memory: bytes, ..Usage::default() }) {
        return session.failed(failure, str::to_owned);
    }
    let mut out = vec![0; usize::try_from(bytes).unwrap_or(0)];
    if repair(&image, &mut out, &Options { as_0_9: true }).is_err() {
        return Ok(false);
    }
    for (at, page) in out.chunks(PAGE_SIZE).enumerate() {
        let offset = (at * PAGE_SIZE) as u64;
        if page.iter().all(|byte| *byte == 0) {
            continue;
        }
        match session.world.write(to.dev, offset, page, false) {
            Ok(_) => {}
            Err(Failure::Hang(what)) => return Err(Stop::Hang(what)),
            Err(Failure::Errno(_)) => return Ok(false),
        }
    }
    Ok(true)
}

/// The repaired metadata take the place of the old ones, which stay as a volume of their own, and there is a new spare.
fn exchange(session: &mut Session<'_>, group: &Group, volume: &Volume, pool: &Pool, spare: Spare) -> Done {
    let mut group = group.clone();
    let begins = format!("{}_meta", volume.name);
    let number_of = |name: &String| name.strip_prefix(&begins)?.parse::<u64>().ok();
    let number = group.names().iter().filter_map(number_of).max().map_or(0, |number| number + 1);
    let kept = format!("{}_meta{number}", volume.name);
    let disks: Vec<_> = group.disks.iter().map(|disk| disk.dev).collect();
    let old = Volume { name: kept.clone(), id: session.lvm.new_id(), kind: Kind::Linear(pool.meta.segments.clone()) };
    let Some(segments) = alloc::anywhere(&group, &disks, extents(&pool.meta.segments)) else {
        return session.absent("a repair without room for a new spare metadata volume");
    };
    let number = group.free_number();
    group.volumes.push(old);
    if let Some(Kind::Cached(super::model::Cached { store: super::model::Store::Pool(pool), .. })) =
        group.volume_mut(&volume.name).map(|volume| &mut volume.kind)
    {
        pool.meta.segments.clone_from(&spare.part.segments);
    }
    let id = session.lvm.new_id();
    let name = group.device(&format!("lvol{number}"));
    let node = Node { name: name.clone(), uuid: uuid(&group, &id, ""), table: Table::Lines(group.table(&segments)) };
    group.spare = Some(Spare { number, part: Part { id, segments: segments.clone() } });
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.clone_from(&group);
    }
    session.commit();
    session.wipe(&node, &segments, &group, true)?;
    session.remove(&name)?;
    let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
    session.warn(format!("WARNING: If everything works, remove {}/{kept} volume.", group.name));
    let meta = format!("{}/{}_cmeta", group.name, cached.store_in_use());
    session.warn(format!("WARNING: Use pvmove command to move {meta} on the best fitting PV."));
    Ok(())
}
