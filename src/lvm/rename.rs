//! lvrename.

use super::model::Volume;
use super::names::{self, Named};
use super::options::Given;
use super::session::{Done, MISUSED, Session, Stop};

/// `lvrename VG OLD NEW`, `lvrename VG/OLD NEW`.
pub(super) fn lvrename(session: &mut Session<'_>, given: &Given) -> Done {
    let (group_name, old, new) = match given.words.as_slice() {
        [] | [_] => return session.no_syntax(None),
        [old, new] => match names::split(old) {
            (group, Some(old)) => (group, old, new),
            (group, None) => {
                session.warn(format!("Path required for Logical Volume \"{group}\"."));
                return session.misused("Please provide a valid volume group name");
            }
        },
        [group, old, new] => (names::split(group).0, names::split(old).1.unwrap_or_else(|| old.clone()), new),
        [_, _, _, extra, ..] => {
            session.warn(format!("Command does not accept argument: {extra}."));
            return Err(Stop::Code(MISUSED));
        }
    };
    let new = match names::split(new) {
        (group, Some(_)) if group != group_name => {
            let text = format!("Logical volume names must have the same volume group (\"{group_name}\" or \"{group}\")");
            return session.misused(text);
        }
        (_, Some(new)) | (new, None) => new,
    };
    session.check_new_name(&new)?;
    if old == new {
        return session.misused("Old and new logical volume names must differ");
    }
    let group = session.group(&group_name)?;
    let volume = match names::find(&group, &old) {
        None => return session.fail(format!("Existing logical volume \"{old}\" not found in volume group \"{group_name}\"")),
        Some(_) if group.names().contains(&new) => {
            return session.fail(format!("Logical Volume \"{new}\" already exists in volume group \"{group_name}\""));
        }
        Some(Named::Volume(volume)) => volume,
        Some(Named::PoolInUse(_)) => return session.absent(format!("another name for a pool in use ({group_name}/{old})")),
        Some(_) => return session.fail(format!("Cannot rename internal LV \"{old}\".")),
    };
    let renamed = Volume { name: new.clone(), ..volume.clone() };
    if session.is_active(&group, &volume) {
        session.rename(&group, &volume, &renamed)?;
    }
    if let Some(kept) = session.lvm.group_mut(&group_name).and_then(|group| group.volume_mut(&old)) {
        *kept = renamed;
    }
    session.commit();
    session.say(format!("Renamed \"{old}\" to \"{new}\" in volume group \"{group_name}\""));
    Ok(())
}
