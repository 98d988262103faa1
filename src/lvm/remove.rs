//! lvremove, vgremove and pvremove.

use super::lines::Syntax;
use super::model::{Group, Volume};
use super::names::{self, Named};
use super::options::Given;
use super::session::{Done, Session, Stop};

pub(super) fn lvremove(session: &mut Session<'_>, given: &Given) -> Done {
    if given.words.is_empty() {
        return session.no_syntax(Some(Syntax { is_only: true, text: "lvremove VG|LV|Tag|Select ...", does: "" }));
    }
    let mut worst = Ok(());
    let is_there = |session: &Session<'_>, word: &String| match names::split(word) {
        (group, Some(name)) => session.lvm.group(&group).is_some_and(|group| names::find(group, &name).is_some()),
        (group, None) => session.lvm.group(&group).is_some(),
    };
    let words = names::in_order(&session.lvm, &given.words);
    let known: Vec<bool> = words.iter().map(|word| is_there(session, word)).collect();
    for (word, known) in words.iter().zip(known) {
        if known && !is_there(session, word) {
            // It went with another one.
            continue;
        }
        match one(session, word, given.yes()) {
            Err(stop @ Stop::Code(_)) => worst = Err(stop),
            other => other?,
        }
    }
    worst
}

/// A volume, or all of a group.
fn one(session: &mut Session<'_>, word: &str, yes: bool) -> Done {
    let (group_name, name) = names::split(word);
    let group = session.group(&group_name)?;
    let Some(name) = name else {
        let mut worst = Ok(());
        for volume in &group.volumes {
            match remove(session, &group, volume, yes) {
                Err(stop @ Stop::Code(_)) => worst = Err(stop),
                other => other?,
            }
        }
        return worst;
    };
    match names::find(&group, &name) {
        None => session.fail(format!("Failed to find logical volume \"{group_name}/{name}\"")),
        Some(Named::Volume(volume) | Named::Origin(volume)) => remove(session, &group, &volume, yes),
        Some(Named::PoolInUse(volume) | Named::CacheVolume(volume)) => {
            let removed = session.uncache(&group, &volume)?;
            session.say(format!("Logical volume \"{removed}\" successfully removed."));
            Ok(())
        }
        Some(Named::PoolPart) => session.fail(format!("Can't remove logical volume {group_name}/{name} used by a pool.")),
        // lvm2 says nothing, and nothing happens.
        Some(Named::Spare) => Ok(()),
    }
}

pub(super) fn remove(session: &mut Session<'_>, group: &Group, volume: &Volume, yes: bool) -> Done {
    let name = format!("{}/{}", group.name, volume.name);
    if session.is_active(group, volume) {
        if session.holders(&group.device(&volume.name)) > 0 {
            return session.fail(format!("Logical volume {name} is used by another device."));
        }
        if !yes {
            session.ask(&format!("Do you really want to remove active logical volume {name}?"));
            return session.fail(format!("Logical volume {name} not removed."));
        }
        session.deactivate(group, volume)?;
    } else {
        session.drop_leftovers(group, volume)?;
    }
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.volumes.retain(|v| v.name != volume.name);
    }
    if volume.kind.has_pool() {
        session.forget_spare(&group.name);
    }
    session.commit();
    session.say(format!("Logical volume \"{}\" successfully removed.", volume.name));
    Ok(())
}

pub(super) fn vgremove(session: &mut Session<'_>, given: &Given) -> Done {
    if given.words.is_empty() {
        return session.no_syntax(Some(Syntax { is_only: true, text: "vgremove VG|Tag|Select ...", does: "" }));
    }
    let mut worst = Ok(());
    for word in &given.words {
        let (name, _) = names::split(word);
        match session.group(&name).and_then(|group| with_volumes(session, &group, given.yes())) {
            Err(stop @ Stop::Code(_)) => worst = Err(stop),
            other => other?,
        }
    }
    worst
}

/// A group and all its volumes; its disks stay physical volumes.
fn with_volumes(session: &mut Session<'_>, group: &Group, yes: bool) -> Done {
    let (name, count) = (&group.name, group.volumes.len());
    if count > 0 && !yes {
        session.ask(&format!("Do you really want to remove volume group \"{name}\" containing {count} logical volumes?"));
        return session.fail(format!("Volume group \"{name}\" not removed"));
    }
    for volume in &group.volumes {
        remove(session, group, volume, true)?;
    }
    session.lvm.groups.retain(|kept| kept.name != *name);
    session.lvm.orphans.extend(group.disks.iter().map(|disk| disk.dev));
    session.lvm.orphans.sort();
    session.commit();
    session.say(format!("Volume group \"{name}\" successfully removed"));
    Ok(())
}

pub(super) fn pvremove(session: &mut Session<'_>, given: &Given) -> Done {
    if given.words.is_empty() {
        return session.no_syntax(Some(Syntax { is_only: true, text: "pvremove PV ...", does: "" }));
    }
    let (mut fine, mut worst) = (Vec::new(), Ok(()));
    for path in &given.words {
        let Ok(dev) = session.world.lookup_dev(path) else {
            worst = session.fail(format!("No device found for {path}."));
            continue;
        };
        let path = session.path(dev);
        if let Some(group) = session.lvm.group_of(dev).map(|group| group.name.clone()) {
            if given.count("force") > 1 {
                return session.absent("-ff: a physical volume is not taken from its group");
            }
            session.warn(format!("PV {path} is used by VG {group} so please use vgreduce first."));
            session.warn("(If you are certain you need pvremove, then confirm by using --force twice.)");
            worst = session.fail(format!("{path}: physical volume label not removed."));
        } else if session.lvm.orphans.contains(&dev) {
            fine.push((dev, path));
        } else {
            worst = session.fail(format!("No PV found on device {path}."));
        }
    }
    for (dev, path) in fine {
        session.lvm.orphans.retain(|orphan| *orphan != dev);
        session.say(format!("Labels on physical volume \"{path}\" successfully wiped."));
    }
    session.commit();
    worst
}
