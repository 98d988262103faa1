//! A cache is cleaned and taken off: lvconvert --splitcache and --uncache, and lvremove of a pool in use.

use super::model::{Cached, Group, Kind, Mode, Store, Volume};
use super::nodes::Runs;
use super::session::{Done, Session, Stop};
use super::status;

/// Between two looks at how many blocks are dirty.
const POLL_NS: u64 = 500_000_000;

/// How cleaning ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleaned {
    Clean,
    /// The cache has failed: what is dirty stays so.
    Failed,
}

impl Session<'_> {
    /// Brings the dirty blocks of an active volume to its origin: the cleaner takes over, unless it runs already, lvm2 looks at the count
    /// until it is 0, and suspends and resumes once more so that the metadata say so. A cache without the cleaner that is not in writeback
    /// mode and has none is left alone.
    pub(super) fn clean(&mut self, group: &Group, volume: &Volume) -> Done<Cleaned> {
        // Whose table the cleaner runs in, once it does.
        let mut cleaner = None;
        loop {
            let name = group.device(&volume.name);
            let Some(status) = status::of(self.world, &name) else {
                return self.absent(format!("cleaning {}/{}, whose cache does not answer", group.name, volume.name));
            };
            if status.fails {
                // The third p is lvm2's.
                self.warn(format!("WARNING: Skippping flush for failed cache {}/{}.", group.name, volume.name));
                return Ok(Cleaned::Failed);
            }
            if cleaner.is_none() && status.policy == "cleaner" {
                cleaner = Some(Runs::AsSet);
            }
            if status.dirty == 0 && (cleaner.is_some() || status.mode != Mode::Writeback.name()) {
                break;
            }
            self.say(format!("Flushing {} blocks for cache {}/{}.", status.dirty, group.name, volume.name));
            if cleaner.is_some() {
                if let Some(limit) = self.world.exceeded() {
                    return Err(Stop::Hang(limit.hang()));
                }
                self.world.spend(1);
                self.world.advance(POLL_NS);
                let after = status::of(self.world, &name);
                // What stops for a reason that the machine tells never goes on.
                if after.as_ref() == Some(&status) && self.rests(group, volume) {
                    let what = format!("{} blocks of {}/{} to become clean", status.dirty, group.name, volume.name);
                    return Err(Stop::Hang(what));
                }
                continue;
            }
            self.reload(group, volume, Runs::Cleaning)?;
            cleaner = Some(Runs::Cleaning);
        }
        cleaner.map_or(Ok(()), |runs| self.reload(group, volume, runs)).map(|()| Cleaned::Clean)
    }

    /// Whether background work of a volume has come to rest although blocks are dirty: a minute more changes nothing.
    fn rests(&mut self, group: &Group, volume: &Volume) -> bool {
        let name = group.device(&volume.name);
        let before = status::of(self.world, &name);
        for _ in 0..60 {
            self.world.advance(1_000_000_000);
            if status::of(self.world, &name) != before {
                return false;
            }
        }
        true
    }

    /// Cleans a cached volume, which is made active for it where blocks may be dirty, and takes the cache off. What that lay on is left.
    fn detach(&mut self, group: &Group, volume: &Volume, cached: &Cached) -> Done {
        let linear = Volume { kind: Kind::Linear(cached.origin.segments.clone()), ..volume.clone() };
        if self.is_active(group, volume) {
            self.clean(group, volume)?;
            self.take_down(group, volume, &linear)?;
        } else {
            self.drop_leftovers(group, volume)?;
            if cached.store.how().mode == Some(Mode::Writeback) {
                if let Err(stop) = self.activate(group, volume) {
                    if matches!(stop, Stop::Hang(_)) {
                        return Err(stop);
                    }
                    return self.fail(format!("Failed to activate {}/{} to flush cache.", group.name, volume.name));
                }
                self.clean(group, volume)?;
                self.take_down(group, volume, &linear)?;
            }
        }
        if let Some(kept) = self.lvm.group_mut(&group.name).and_then(|group| group.volume_mut(&volume.name)) {
            *kept = linear;
        }
        Ok(())
    }

    /// Removes devices below an inactive volume, which a failure may have left.
    pub(super) fn drop_leftovers(&mut self, group: &Group, volume: &Volume) -> Done {
        let Kind::Cached(cached @ Cached { store: Store::Volume(_), .. }) = &volume.kind else { return Ok(()) };
        let in_use = cached.store_in_use();
        let device = group.device(&in_use);
        let Ok(info) = self.world.dev_status(&device) else { return Ok(()) };
        if info.open_count > 0 {
            self.warn(format!("Device {device} ({}) is used by another device.", info.dev));
            return self.fail(format!("Cannot deactivate subvolume {0}/{in_use} of logical volume {0}/{1}.", group.name, volume.name));
        }
        self.remove(&device)
    }

    /// Removes what a cache lies on, with its data; the volume stays. Its name while it was in use.
    pub(super) fn uncache(&mut self, group: &Group, volume: &Volume) -> Done<String> {
        let Kind::Cached(cached) = &volume.kind else { return Ok(String::new()) };
        self.detach(group, volume, cached)?;
        if volume.kind.has_pool() {
            self.forget_spare(&group.name);
        }
        self.commit();
        Ok(cached.store_in_use())
    }

    /// The spare metadata volume goes with the last pool, unless there is a cache of the other kind.
    pub(super) fn forget_spare(&mut self, group: &str) {
        if let Some(group) = self.lvm.group_mut(group)
            && group.volumes.iter().all(|v| v.kind.how().is_none())
        {
            group.spare = None;
        }
    }
}

pub(super) fn lvconvert(session: &mut Session<'_>, group: &Group, volume: &Volume, keeps: bool) -> Done {
    let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
    let name = format!("{}/{}", group.name, volume.name);
    let is_pool = matches!(cached.store, Store::Pool(_));
    let done = if keeps { session.detach(group, volume, cached) } else { session.uncache(group, volume).map(|_| ()) };
    if let Err(stop) = done {
        // That is not so, but lvm2 says it.
        if matches!(stop, Stop::Code(_)) && !is_pool {
            let what = if keeps { "unused" } else { "removed" };
            session.say(format!("Logical volume {name} is not cached and {}/{} is {what}.", group.name, cached.store_in_use()));
        }
        return Err(stop);
    }
    if !keeps {
        let (removed, also) = if is_pool {
            (cached.store_in_use(), String::new())
        } else {
            (cached.store_name.clone(), format!(" and {}/{} is removed", group.name, cached.store_name))
        };
        session.say(format!("Logical volume \"{removed}\" successfully removed."));
        session.say(format!("Logical volume {name} is not cached{also}."));
        return Ok(());
    }
    // Its old name may have been given away meanwhile.
    let taken = session.lvm.group(&group.name).is_some_and(|group| group.names().contains(&cached.store_name));
    let number = session.lvm.group(&group.name).map_or(0, Group::free_number);
    let store_name = if taken { format!("lvol{number}") } else { cached.store_name.clone() };
    let kind = match &cached.store {
        Store::Pool(pool) => Kind::Pool(pool.clone()),
        Store::Volume(volume) => Kind::Linear(volume.segments.clone()),
    };
    let store = Volume { name: store_name.clone(), id: cached.store_id.clone(), kind };
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.volumes.push(store);
    }
    session.commit();
    session.say(format!("Logical volume {name} is not cached and {}/{store_name} is unused.", group.name));
    Ok(())
}
