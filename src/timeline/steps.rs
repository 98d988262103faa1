//! The sentence that says what a step (a stop of the scrubber) changed.

use super::View;
use super::names::{cache_letter, object_letter, table_letters};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::event::{Event, Slot, TableId, WorkOp};

fn device_name(view: &View, dev: dm_cache_engine::device::DevNo) -> String {
    if let Some(m) = view.mapped.get(&dev) {
        m.name.clone()
    } else if let Some(d) = view.disks.get(&dev) {
        d.name.clone()
    } else {
        dev.to_string()
    }
}

/// One sentence about `event`, told with the View just `before` it and just `after` it.
#[must_use]
pub fn sentence(event: &Event, before: &View, after: &View) -> String {
    let letter = |c| cache_letter(after, c);
    match event {
        Event::Command { text } => format!("# {text}"),
        Event::CommandEnd { rc: 0, .. } => {
            let text = after.commands.back().map_or("", |c| &*c.text);
            format!("{text} ends with exit code 0.")
        }
        Event::CommandEnd { rc, .. } => {
            let text = after.commands.back().map_or("", |c| &*c.text);
            format!("{text} fails with exit code {rc}.")
        }
        Event::SlotChanged { dev, slot, table, .. } => slot_sentence(before, after, *dev, *slot, table.is_some()),
        Event::TableDestroyed { table } => format!("Table {} is destroyed.", table_letters(before, *table)),
        Event::LookupHit { object, by } => {
            format!("{} looks up the metadata device in the list and finds object {}.", letter(*by), object_letter(after, *object))
        }
        Event::LookupMiss { dev, by } => {
            format!("{} looks up {} in the list: no object yet.", letter(*by), device_name(after, *dev))
        }
        Event::ListInserted { object } => format!("Object {} is put on the list.", object_letter(after, *object)),
        Event::ListRemoved { object } => format!("Object {} is taken off the list.", object_letter(before, *object)),
        Event::ReferenceTaken { object, by, ref_count } => {
            format!("{} takes a reference on object {}: ref_count {ref_count}.", letter(*by), object_letter(after, *object))
        }
        Event::ReferenceDropped { object, by, ref_count } => {
            format!("{} drops its reference on object {}: ref_count {ref_count}.", letter(*by), object_letter(before, *object))
        }
        Event::ObjectOpened { object, dev, by, formatted, .. } => {
            let verb = if *formatted { "formats" } else { "opens" };
            format!(
                "{} {verb} {}: metadata object {} with a buffer cache of its own.",
                letter(*by),
                device_name(after, *dev),
                object_letter(after, *object)
            )
        }
        Event::ObjectDestroyed { object } => {
            format!("Object {} and its buffer cache are destroyed.", object_letter(before, *object))
        }
        Event::ObjectRebuilt { object, .. } => {
            format!("Object {} starts over with a new buffer cache.", object_letter(after, *object))
        }
        Event::Committed { object, clean } => {
            let root = after.objects.get(object).map_or(0, |o| o.fields.mapping_root);
            let clean = if *clean { " clean" } else { "" };
            format!("Object {} commits{clean}: mapping_root {root}.", object_letter(after, *object))
        }
        Event::Aborted { object } => format!("Object {} aborts its transaction.", object_letter(after, *object)),
        Event::CacheMode { cache, mode } => format!("{} switches to {mode} mode.", letter(*cache)),
        Event::Callback { table, name, result, .. } => callback_sentence(after, *table, name, *result),
        Event::MigrationEnded { cache, op, oblock, cblock, ok } => {
            let what = match op {
                WorkOp::Promote => format!("promotes block {oblock} into cblock {cblock}"),
                WorkOp::Demote => format!("demotes block {oblock} out of cblock {cblock}"),
                WorkOp::Writeback => format!("writes cblock {cblock} back to block {oblock}"),
            };
            if *ok { format!("{} {what}.", letter(*cache)) } else { format!("{} {what}: it fails.", letter(*cache)) }
        }
        Event::PowerCut { dev, reverted } => {
            format!("Power is cut: {} loses {} unflushed pages.", device_name(after, *dev), reverted.len())
        }
        Event::DeviceCreated { called, .. } => format!("Device {} is created, both slots empty.", called.name),
        Event::DeviceRenamed { called, .. } => format!("The device is now called {}.", called.name),
        Event::DeviceRemoved { dev } => format!("Device {} is removed.", device_name(before, *dev)),
        _ => String::new(),
    }
}

/// What a target callback of `table` is about to do: its event comes before what it does.
fn callback_sentence(view: &View, table: TableId, name: &str, result: Result<(), Errno>) -> String {
    let letters = table_letters(view, table);
    if let Err(errno) = result {
        return format!("{name} of table {letters} fails: {}.", errno.name());
    }
    if name == "ctr" {
        return "ctr: the target of a new table is constructed.".to_owned();
    }
    let cache = view.table_caches.get(&table).and_then(|caches| caches.first()).and_then(|id| view.caches.get(id));
    let Some((cache, object)) = cache.and_then(|c| view.objects.get(&c.object).map(|o| (c, o))) else {
        return format!("{name} of table {letters} runs.");
    };
    let object_name = object_letter(view, cache.object);
    match name {
        "preresume" => {
            format!(
                "preresume: table {letters} loads its mappings through object {object_name}, mapping_root {}.",
                object.fields.mapping_root
            )
        }
        "resume" => format!("resume: I/O goes through table {letters} now."),
        "postsuspend" => format!("postsuspend: table {letters} writes its state through object {object_name}."),
        "dtr" => format!("dtr: table {letters} lets go of object {object_name}."),
        _ => format!("{name} of table {letters} runs."),
    }
}

fn slot_sentence(before: &View, after: &View, dev: dm_cache_engine::device::DevNo, slot: Slot, filled: bool) -> String {
    let name = device_name(after, dev);
    let side = |view: &View| {
        view.mapped.get(&dev).and_then(|m| match slot {
            Slot::Live => m.live.as_ref().map(|t| t.id),
            Slot::Inactive => m.inactive.as_ref().map(|t| t.id),
        })
    };
    let slot = match slot {
        Slot::Live => "LIVE",
        Slot::Inactive => "INACTIVE",
    };
    match (filled, side(before), side(after)) {
        (true, Some(old), Some(new)) => {
            format!("Table {} replaces table {} in the {slot} slot of {name}.", table_letters(after, new), table_letters(after, old))
        }
        (true, None, Some(new)) => format!("Table {} enters the {slot} slot of {name}.", table_letters(after, new)),
        (_, Some(old), _) => format!("Table {} leaves the {slot} slot of {name}.", table_letters(after, old)),
        _ => format!("The {slot} slot of {name} is empty."),
    }
}
