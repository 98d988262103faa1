//! lvchange: active or not, refresh, and how a cache runs.

use super::cachevol;
use super::detach::Cleaned;
use super::groups::activation;
use super::lines::Syntax;
use super::model::{Cached, Group, Kind, Mode, Store, Volume};
use super::names::{self, Named};
use super::nodes::{self, Runs};
use super::options::Given;
use super::pools::Asked;
use super::session::{Done, FAILED, Session, Stop};

/// What is to change.
#[derive(Debug, Clone)]
enum Change {
    Active(bool),
    Refresh,
    Cache(Asked),
}

pub(super) fn lvchange(session: &mut Session<'_>, given: &Given) -> Done {
    let active = activation(session, given)?;
    let cache = Asked::read(session, given)?;
    let change = match (active, given.has("refresh"), cache) {
        (Some(on), false, None) => Change::Active(on),
        (None, true, None) => Change::Refresh,
        (None, false, Some(asked)) => Change::Cache(asked),
        (None, false, None) => return session.no_syntax(None),
        _ => return session.absent("several kinds of change at once"),
    };
    if given.words.is_empty() {
        return match change {
            Change::Active(_) => {
                let text = "lvchange -a|--activate y|n|ay VG|LV|Tag|Select ...";
                session.no_syntax(Some(Syntax { is_only: false, text, does: "Activate or deactivate an LV." }))
            }
            _ => session.absent("lvchange without a volume"),
        };
    }
    let mut worst = Ok(());
    for word in &names::in_order(&session.lvm, &given.words) {
        match one(session, given, word, &change) {
            Err(stop @ Stop::Code(FAILED)) => worst = Err(stop),
            other => other?,
        }
    }
    worst
}

fn one(session: &mut Session<'_>, given: &Given, word: &str, change: &Change) -> Done {
    let (group_name, name) = names::split(word);
    let group = session.group(&group_name)?;
    let Some(name) = name else {
        let mut worst = Ok(());
        for volume in &group.volumes {
            if matches!(change, Change::Cache(_)) && volume.kind.how().is_none() {
                needs_cache(session, &group, &volume.name);
                continue;
            }
            match of_volume(session, given, &group, volume, change) {
                Err(stop @ Stop::Code(FAILED)) => worst = Err(stop),
                other => other?,
            }
        }
        return worst;
    };
    match names::find(&group, &name) {
        None => session.fail(format!("Failed to find logical volume \"{group_name}/{name}\"")),
        Some(Named::Volume(volume)) => of_volume(session, given, &group, &volume, change),
        Some(Named::Origin(_)) if matches!(change, Change::Cache(_)) => {
            needs_cache(session, &group, &name);
            session.fail(format!("Command not permitted on LV {group_name}/{name}."))
        }
        Some(Named::CacheVolume(over)) => of_cache_volume(session, &group, &over, &name, change),
        Some(_) => of_hidden(session, &group, &name, change),
    }
}

fn of_hidden(session: &mut Session<'_>, group: &Group, name: &str, change: &Change) -> Done {
    let full = format!("{}/{name}", group.name);
    match change {
        Change::Active(true) => {
            session.ask("Do you want to activate component LV in read-only mode?");
            session.fail(format!("Operation not permitted on hidden LV {full}."))
        }
        Change::Active(false) => {
            let device = group.device(name);
            match session.world.dev_status(&device) {
                Ok(info) if info.open_count > 0 => session.fail(format!("Device {device} ({}) is used by another device.", info.dev)),
                _ => Ok(()),
            }
        }
        Change::Refresh => session.fail(format!("Operation not permitted on hidden LV {full}.")),
        Change::Cache(_) => session.absent(format!("a change of a hidden volume ({full})")),
    }
}

fn of_cache_volume(session: &mut Session<'_>, group: &Group, over: &Volume, name: &str, change: &Change) -> Done {
    match change {
        Change::Active(true) => {
            // lvm2 asks twice, and takes no for an answer as yes.
            session.ask("Do you want to activate component LV in read-only mode?");
            session.ask("Do you want to activate component LV in read-only mode?");
            if session.is_active(group, over) {
                let prohibited = format!(
                    "Activation of logical volume {0}/{name} is prohibited while logical volume {0}/{1} is active.",
                    group.name, over.name
                );
                return session.fail(prohibited);
            }
            match nodes::of(group, over, Runs::AsSet).first() {
                Some(whole) if !session.is_there(&whole.name) => session.create(whole),
                _ => Ok(()),
            }
        }
        Change::Active(false) if !session.is_active(group, over) && session.holders(&group.device(name)) == 0 => {
            let device = group.device(name);
            if session.is_there(&device) { session.remove(&device) } else { Ok(()) }
        }
        Change::Cache(_) => {
            needs_cache(session, group, name);
            session.fail(format!("Command not permitted on LV {}/{name}.", group.name))
        }
        _ => of_hidden(session, group, name, change),
    }
}

fn of_volume(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, change: &Change) -> Done {
    match change {
        Change::Active(true) => session.activate(group, volume),
        Change::Active(false) => {
            if session.holders(&group.device(&volume.name)) > 0 {
                return session.fail(format!("Logical volume {}/{} is used by another device.", group.name, volume.name));
            }
            session.deactivate(group, volume)
        }
        Change::Refresh if session.is_active(group, volume) => session.reload(group, volume, Runs::AsSet),
        Change::Refresh => Ok(()),
        Change::Cache(asked) => cache(session, given, group, volume, asked.clone()),
    }
}

fn needs_cache(session: &mut Session<'_>, group: &Group, volume: &str) {
    let full = format!("{}/{volume}", group.name);
    session.warn(format!("Command on LV {full} uses options that require LV types cache cachepool writecache ."));
}

/// Mode, policy and settings. Each of the three is a change of its own to a running volume, with all of them in the metadata already.
fn cache(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, mut asked: Asked) -> Done {
    let full = format!("{}/{}", group.name, volume.name);
    let Some(how) = volume.kind.how() else {
        needs_cache(session, group, &volume.name);
        return session.fail(format!("Command not permitted on LV {full}."));
    };
    asked.read_settings(session, given)?;
    let options = || ["cachemode", "cachepolicy", "cachesettings"].into_iter().filter(|option| given.has(option));
    let is_cachevol = matches!(&volume.kind, Kind::Cached(Cached { store: Store::Volume(_), .. }));
    let warns = is_cachevol && asked.mode == Some(Mode::Writeback);
    if warns && !given.has("yes") {
        for _ in options() {
            cachevol::warn_of_writeback(session);
            session.print_error("Continue using writeback without repair?[n]\n");
        }
        session.warn("Command failed with status code 5.");
        return Err(Stop::Code(FAILED));
    }
    if warns {
        options().for_each(|_| cachevol::warn_of_writeback(session));
    }
    let is_active = session.is_active(group, volume);
    let switches = asked.mode.is_some_and(|mode| how.mode != Some(mode));
    if switches && matches!(volume.kind, Kind::Cached(_)) {
        if !is_active {
            session.warn("Command failed with status code 5.");
            return Err(Stop::Code(FAILED));
        }
        if session.clean(group, volume)? == Cleaned::Failed {
            return session.fail(format!("Cache {full} is not clean, refusing to switch cache mode."));
        }
    }
    let mut changed = volume.clone();
    if let Some(how) = changed.kind.how_mut() {
        asked.apply(how);
        let how = how.clone();
        session.check_settings(&how)?;
        if is_cachevol {
            cachevol::only_threshold(session, &how)?;
        }
    }
    session.say(format!("Logical volume {full} changed."));
    if is_active {
        for _ in options() {
            let done = session.reload(group, &changed, Runs::AsSet);
            session.or_not_suspended(done, group, volume)?;
        }
    }
    if let Some(kept) = session.lvm.group_mut(&group.name).and_then(|group| group.volume_mut(&volume.name)) {
        *kept = changed;
    }
    session.commit();
    Ok(())
}
