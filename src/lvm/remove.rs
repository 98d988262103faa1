//! lvremove.

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
    for word in &given.words {
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
