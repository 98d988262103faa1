//! A cache is cleaned and taken off: lvconvert --splitcache and --uncache, and lvremove of a pool in use.

use super::model::{Cached, Group, Kind, Mode, Volume};
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

    /// Cleans a cached volume, which is made active for it, and takes the cache off. The pool is left with its parts.
    fn detach(&mut self, group: &Group, volume: &Volume, cached: &Cached) -> Done {
        if !self.is_active(group, volume)
            && let Err(stop) = self.activate(group, volume)
        {
            if matches!(stop, Stop::Hang(_)) {
                return Err(stop);
            }
            return self.fail(format!("Failed to activate {}/{} to flush cache.", group.name, volume.name));
        }
        self.clean(group, volume)?;
        let linear = Volume { kind: Kind::Linear(cached.origin.segments.clone()), ..volume.clone() };
        self.take_down(group, volume, &linear)?;
        if let Some(kept) = self.lvm.group_mut(&group.name).and_then(|group| group.volume_mut(&volume.name)) {
            *kept = linear;
        }
        Ok(())
    }

    /// Removes a pool in use with its data; the volume stays.
    pub(super) fn uncache(&mut self, group: &Group, volume: &Volume) -> Done {
        let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
        self.detach(group, volume, cached)?;
        self.forget_spare(&group.name);
        self.commit();
        self.say(format!("Logical volume \"{}\" successfully removed.", cached.pool_in_use()));
        Ok(())
    }

    /// The spare metadata volume goes with the last pool.
    pub(super) fn forget_spare(&mut self, group: &str) {
        if let Some(group) = self.lvm.group_mut(group)
            && group.volumes.iter().all(|v| v.kind.pool().is_none())
        {
            group.spare = None;
        }
    }
}

pub(super) fn lvconvert(session: &mut Session<'_>, group: &Group, volume: &Volume, keeps_pool: bool) -> Done {
    let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
    let name = format!("{}/{}", group.name, volume.name);
    if !keeps_pool {
        session.uncache(group, volume)?;
        session.say(format!("Logical volume {name} is not cached."));
        return Ok(());
    }
    session.detach(group, volume, cached)?;
    // Its old name may have been given away meanwhile.
    let taken = session.lvm.group(&group.name).is_some_and(|group| group.names().contains(&cached.pool_name));
    let number = session.lvm.group(&group.name).map_or(0, Group::free_number);
    let pool_name = if taken { format!("lvol{number}") } else { cached.pool_name.clone() };
    let pool = Volume { name: pool_name.clone(), id: cached.pool_id.clone(), kind: Kind::Pool(cached.pool.clone()) };
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.volumes.push(pool);
    }
    session.commit();
    session.say(format!("Logical volume {name} is not cached and {}/{pool_name} is unused.", group.name));
    Ok(())
}
