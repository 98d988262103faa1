//! Tables: slots, the callbacks of their targets, and their end.

use super::{Told, capital, count, device_name, disk_root, listed, quoted};
use crate::timeline::View;
use crate::timeline::chips;
use crate::timeline::names::{cache_letter, table_letters};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::event::{CacheId, Event, ObjectId, Slot, SlotTable, TableId};

/// Words of Linux that fit beside what is said about them.
const QUOTED_WORDS: usize = 14;

/// `A`, or `table T7` for a table without a cache.
fn named(view: &View, table: TableId) -> String {
    let letters = table_letters(view, table);
    if is_cache(view, table) { letters } else { format!("table {letters}") }
}

fn is_cache(view: &View, table: TableId) -> bool {
    view.table_caches.get(&table).is_some_and(|caches| !caches.is_empty())
}

/// The cache target of a table, and its object.
fn held(told: &Told<'_>, table: TableId) -> Option<(CacheId, ObjectId)> {
    let cache = *told.after.table_caches.get(&table)?.first()?;
    let view = told.after.caches.get(&cache).or_else(|| told.before.caches.get(&cache))?;
    Some((cache, view.object))
}

/// A table that a resume took out of the INACTIVE slot, told by the View before the slots changed.
pub(in crate::timeline) fn moves(before: &View, dev: DevNo, table: TableId) -> String {
    let (name, device) = (named(before, table), device_name(before, dev));
    match before.mapped.get(&dev).and_then(|m| m.live.as_ref()) {
        Some(live) => {
            format!("The resume takes {name} out of the INACTIVE slot; I/O waits while it and {} swap.", named(before, live.id))
        }
        None => format!("The resume takes {name} out of the INACTIVE slot: it will be the first LIVE table of {device}."),
    }
}

pub(super) fn slot(told: &Told<'_>, dev: DevNo, slot: Slot, table: Option<&SlotTable>) -> String {
    let name = device_name(told.after, dev);
    let side = |view: &View| {
        let mapped = view.mapped.get(&dev)?;
        match slot {
            Slot::Live => mapped.live.as_ref().map(|t| t.id),
            Slot::Inactive => mapped.inactive.as_ref().map(|t| t.id),
        }
    };
    let old = side(told.before).map(|id| named(told.after, id));
    let live = told.after.mapped.get(&dev).and_then(|m| m.live.as_ref()).map(|t| named(told.after, t.id));
    match (slot, table) {
        (Slot::Live, Some(new)) => to_live(told, &name, old, new),
        (Slot::Live, None) => {
            format!("{} leaves the LIVE slot of {name}: no table maps its reads and writes now.", capital(&old.unwrap_or_default()))
        }
        (Slot::Inactive, Some(new)) => {
            let cache = is_cache(told.after, new.id);
            let new = capital(&named(told.after, new.id));
            match (old, live) {
                (Some(old), _) => format!("{new} takes the INACTIVE slot of {name} from {old}, which was never LIVE and is destroyed."),
                (None, Some(live)) if cache => {
                    format!("{new} waits in the INACTIVE slot of {name}: it has loaded no mappings, and {live} keeps the I/O.")
                }
                (None, Some(live)) => format!("{new} waits in the INACTIVE slot of {name} until a resume; {live} keeps the I/O."),
                (None, None) => format!("{new} is built and waits in the INACTIVE slot of {name}: a resume makes it LIVE."),
            }
        }
        (Slot::Inactive, None) => {
            format!("{} leaves the INACTIVE slot of {name} without ever having been LIVE.", capital(&old.unwrap_or_default()))
        }
    }
}

fn to_live(told: &Told<'_>, name: &str, old: Option<String>, table: &SlotTable) -> String {
    let new = capital(&named(told.after, table.id));
    let Some((_, object)) = held(told, table.id) else {
        return match old {
            Some(old) => format!("{new} replaces {old} in the LIVE slot of {name}; I/O follows it once it is resumed."),
            None => format!("{new} is in the LIVE slot of {name}; I/O goes through it once it is resumed."),
        };
    };
    let (root, letter) = (told.root(object), told.object(object));
    if told.ages.is_behind(told.after, object) {
        let dev = told.after.objects.get(&object).map(|o| o.dev);
        return match dev.and_then(|dev| disk_root(told.after, dev)) {
            Some(disk) if disk != root => format!(
                "{new} copied root {root} at its load; the disk has since moved to {disk}. Next, preresume will load {new}'s mappings from root {root}."
            ),
            _ => {
                format!("{new} copied its roots at its load; the superblock has been written since, and nothing makes {new} read it again.")
            }
        };
    }
    let others: Vec<String> = told.holders(object).into_iter().filter(|l| *l != new).collect();
    match old {
        Some(old) if !others.is_empty() => {
            format!("{new} replaces {old} and holds the same object {letter}: root {root} is the newest there is.")
        }
        Some(old) => format!("{new} replaces {old} in the LIVE slot of {name}; its root {root} is what the disk says."),
        None => format!("{new} is in the LIVE slot of {name}. Next, preresume will load its mappings from root {root}."),
    }
}

pub(super) fn destroyed(told: &Told<'_>, table: TableId) -> String {
    let name = capital(&named(told.after, table));
    if !told.after.table_caches.contains_key(&table) {
        return "The refused table is freed; no slot ever held it, and nothing of it is left.".to_owned();
    }
    if !is_cache(told.after, table) {
        return format!("Nothing refers to {} any more, so the kernel frees it.", named(told.after, table));
    }
    let alive = held(told, table).map(|(_, object)| object).filter(|object| told.after.objects.contains_key(object));
    match alive {
        Some(object) => format!("{name} is gone from memory; object {} lives on, for others hold it.", told.object(object)),
        None => format!("{name} is gone from memory; of all it knew, only what it committed is left."),
    }
}

pub(super) fn callback(told: &mut Told<'_>, dev: DevNo, table: TableId, name: &str, result: Result<(), Errno>) -> String {
    if let Err(errno) = result {
        return refused(told, table, name, errno);
    }
    if name == "ctr" {
        return constructed(told, dev);
    }
    let who = capital(&named(told.after, table));
    let Some((cache, object)) = held(told, table) else {
        return match name {
            "resume" => format!("{who} is resumed: reads and writes of {} go through it now.", device_name(told.after, dev)),
            "dtr" => format!("{who} is in no slot any more, so its targets are destroyed."),
            _ => format!("The kernel calls {name} of {}.", named(told.after, table)),
        };
    };
    match name {
        "preresume" => loads(told, &who, object),
        "resume" => resumed(told, dev, &who, cache, object),
        "postsuspend" => suspended(told, &who, cache),
        "dtr" => {
            let letter = told.object(object);
            let rest: Vec<String> = told.holders(object).into_iter().filter(|l| *l != who).collect();
            match rest.is_empty() {
                true => format!("{who} is in no slot any more, so its destructor runs and will let go of object {letter}."),
                false => format!("{who} is in no slot any more, so its destructor runs; object {letter} stays, held by {}.", listed(&rest)),
            }
        }
        _ => format!("The kernel calls {name} of {who}."),
    }
}

/// A constructor has run: its event comes before what it opens. Which target it was is not known yet.
fn constructed(told: &Told<'_>, dev: DevNo) -> String {
    let name = device_name(told.after, dev);
    match told.after.mapped.get(&dev) {
        Some(m) if m.live.is_some() && !m.suspended => {
            format!("LVM loads a table before it suspends, since a load may wait for memory or disks: {name} is in use all along.")
        }
        Some(m) if m.live.is_some() => {
            format!("{name} is suspended while the new table is built: nothing can change what its ctr reads.")
        }
        _ => "The kernel builds the new table: ctr checks its line and opens its devices. Nothing is mapped yet.".to_owned(),
    }
}

fn refused(told: &Told<'_>, table: TableId, name: &str, errno: Errno) -> String {
    let what = if name == "ctr" { "The new table's ctr".to_owned() } else { format!("{name} of {}", named(told.after, table)) };
    format!("{what} fails with {}{NOT_LOGGED}", errno.name())
}

/// At the end of what a refusal is told by, until the kernel logs why.
const NOT_LOGGED: &str = ".";

/// The sentence of a refusal, with what the kernel logged first about it.
pub(in crate::timeline) fn logged(refusal: &str, line: &str) -> Option<String> {
    let refusal = refusal.strip_suffix(NOT_LOGGED)?;
    Some(format!("{refusal}: {}", quoted(line, QUOTED_WORDS)))
}

/// `preresume`: its event comes before it loads the mappings.
fn loads(told: &mut Told<'_>, who: &str, object: ObjectId) -> String {
    let (letter, root) = (told.object(object), told.root(object));
    if told.ages.is_behind(told.after, object) {
        let dev = told.after.objects.get(&object).map(|o| o.dev);
        let disk = dev.and_then(|dev| disk_root(told.after, dev)).filter(|disk| *disk != root);
        let disk = disk.map(|disk| format!(", while the disk says {disk}")).unwrap_or_default();
        return match told.ages.is_whole(told.after, object) {
            Some(false) => format!("{who} follows its old field, root {root}, to a tree of which blocks were reused{disk}."),
            Some(true) => format!("{who} follows its old field to a tree that is still whole: root {root}{disk}."),
            None => format!("{who} follows its old field to the tree it names: root {root}{disk}."),
        };
    }
    let others: Vec<String> = told.holders(object).into_iter().filter(|l| l != who).collect();
    if others.is_empty() {
        format!("Only now does {who} load its mappings: preresume reads them from root {root} of object {letter}.")
    } else {
        format!(
            "Only now does {who} load its mappings: preresume reads root {root} of object {letter}, which {} kept up to date.",
            listed(&others)
        )
    }
}

fn resumed(told: &Told<'_>, dev: DevNo, who: &str, cache: CacheId, object: ObjectId) -> String {
    let Some(view) = told.after.caches.get(&cache) else { return format!("{who} is resumed.") };
    let (all, dirty) = (view.mappings.len(), view.mappings.values().filter(|m| m.dirty).count());
    let mappings = count(all, "mapping");
    // What the table before had cached, and this one has no mapping for.
    let leaving = told.before.mapped.get(&dev).into_iter().flat_map(|m| &m.leaving).flat_map(|t| &t.caches);
    let missed = leaving.filter_map(|old| Some((*old, told.before.caches.get(old)?))).find_map(|(old, was)| {
        let missing: Vec<u64> = was.by_oblock.keys().copied().filter(|oblock| !view.by_oblock.contains_key(oblock)).collect();
        (was.origin == view.origin && !missing.is_empty()).then_some((old, missing))
    });
    if let Some((old, missing)) = missed {
        let blocks = chips::blocks(&missing);
        let old = cache_letter(told.after, old);
        return format!("I/O goes through {who} now. It has {mappings} and none of {old}'s {blocks}: reads of those go to the origin.");
    }
    let unclean = told.after.objects.get(&object).is_some_and(|o| !o.fields.clean_when_opened);
    match (all, dirty) {
        (0, _) => format!("{who} has loaded an empty mapping tree: I/O goes through it now, to the origin."),
        _ if all == dirty && unclean && told.loaded() => {
            let all = if all == 1 { "its mapping counts".to_owned() } else { format!("all {mappings} count") };
            format!("I/O goes through {who} now. There was no clean flag when its object was opened, so {all} as dirty.")
        }
        _ => format!("I/O goes through {who} now. It has {mappings}, {dirty} of them dirty."),
    }
}

impl Told<'_> {
    /// Mappings were loaded, and not only kept over a suspend.
    fn loaded(&self) -> bool {
        self.since.iter().any(|event| matches!(event, Event::MappingAdded { .. }))
    }
}

fn suspended(told: &Told<'_>, who: &str, cache: CacheId) -> String {
    let mode = told.after.caches.get(&cache).map_or("", |c| c.mode.as_str());
    if mode != "write" {
        return format!("No I/O is under way any more. {who} is in {mode} mode, so it writes no metadata at its suspend.");
    }
    format!("No I/O is under way any more, so {who} writes hints, discards and dirty bits, to be committed as clean.")
}
