//! Metadata objects: who opens, finds, holds and commits through them.

use super::{Told, capital, count, device_name, disk_root, listed as together};
use crate::timeline::Checked;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{CacheId, ClientId, Event, ObjectId};
use dm_cache_image::format::{CLEAN_SHUTDOWN, NEEDS_CHECK, le32, sb};

pub(super) fn found(told: &Told<'_>, object: ObjectId, by: CacheId) -> String {
    let (by_letter, letter) = (told.letter(by), told.object(object));
    let dying = told.before.objects.get(&object).is_some_and(|o| o.ref_count == 0);
    if told.ages.has_opened(by) {
        format!("Another opener was quicker: {by_letter} finds that object, {letter}, on the list and will close its own.")
    } else if dying {
        format!("Object {letter} is on the list until it is destroyed: {by_letter} finds it with ref_count 0 and takes it.")
    } else {
        format!("The shared list has an object for this device: {by_letter} takes {letter} and opens no metadata of its own.")
    }
}

pub(super) fn not_found(told: &Told<'_>, dev: DevNo, by: CacheId) -> String {
    let (by_letter, dev) = (told.letter(by), device_name(told.after, dev));
    if told.ages.has_opened(by) {
        format!("Another opener may have been quicker, so {by_letter} looks a second time: still no object for {dev}, its own will do.")
    } else {
        format!("The list is searched by device number: no object for {dev} yet, so {by_letter} will open one.")
    }
}

pub(super) fn listed(told: &Told<'_>, object: ObjectId) -> String {
    let who = told.holders(object).first().cloned().unwrap_or_else(|| "The kernel".to_owned());
    format!("{who} puts object {} on the list: from now on every load of this device finds it.", told.object(object))
}

pub(super) fn unlisted(told: &Told<'_>, object: ObjectId) -> String {
    format!(
        "Nobody holds object {} any more, so the kernel takes it off the list; the next load opens the device anew.",
        told.object(object)
    )
}

pub(super) fn taken(told: &Told<'_>, object: ObjectId, by: CacheId, ref_count: u32) -> String {
    let (by_letter, letter) = (told.letter(by), told.object(object));
    let holders = told.holders(object);
    // Its fields are told behind the first reference.
    if told.before.objects.get(&object).is_some_and(|o| o.ref_count == 0 && o.fields.version != 0) {
        return format!("{by_letter} takes a reference on object {letter}, whose count was 0: it is being destroyed all the same.");
    }
    if ref_count > 1 && holders.len() > 1 {
        return format!("{} now hold one object, {letter}, with one set of roots and buffers: ref_count {ref_count}.", together(&holders));
    }
    match told.ages.others(told.after, object).first() {
        Some(other) => {
            format!("{by_letter} alone holds object {letter}: ref_count {ref_count}. Object {} knows nothing of it.", told.object(*other))
        }
        None => format!("{by_letter} holds object {letter}: ref_count {ref_count}. The object lives until its last holder lets go."),
    }
}

pub(super) fn dropped(told: &Told<'_>, object: ObjectId, by: CacheId, ref_count: u32) -> String {
    let (by_letter, letter) = (told.letter(by), told.object(object));
    if ref_count == 0 {
        format!("{by_letter} was the last holder of object {letter}: ref_count 0, so the kernel will destroy it.")
    } else {
        let rest: Vec<String> = told.holders(object).into_iter().filter(|l| *l != by_letter).collect();
        let rest = if rest.is_empty() { "another table".to_owned() } else { together(&rest) };
        format!("{by_letter} lets go of object {letter}: ref_count {ref_count}. It lives on, held by {rest}.")
    }
}

pub(super) fn opened(told: &Told<'_>, object: ObjectId, client: ClientId, dev: DevNo, by: CacheId, formatted: bool) -> String {
    let (by_letter, name) = (told.letter(by), device_name(told.after, dev));
    if formatted {
        let letter = told.object(object);
        return format!("{name} held no superblock, so {by_letter} writes one with empty trees and keeps the roots in object {letter}.");
    }
    let mut read: Vec<u64> = Vec::new();
    for event in told.since {
        if let Event::BufferRead { client: of, block, .. } = event
            && *of == client
        {
            read.push(*block);
        }
    }
    let page = told.after.device_page(dev, 0);
    let flags = page.as_ref().map_or(0, |p| le32(p.bytes(), sb::FLAGS));
    let alone = told.ages.others(told.after, object).is_empty();
    if alone && flags & CLEAN_SHUTDOWN == 0 {
        return format!("{by_letter} copied the roots into fields. The clean flag is not set, so every cached block will count as dirty.");
    }
    let blocks: Vec<String> = read.iter().map(u64::to_string).collect();
    let read = match blocks.len() {
        0 => String::new(),
        1 => format!("; it read block {} only", blocks.join("")),
        2..=4 => format!("; it read blocks {} only", together(&blocks)),
        n => format!("; it read {n} blocks"),
    };
    let root = disk_root(told.after, dev).map(|root| format!(" Its mapping root is {root}.")).unwrap_or_default();
    format!("{by_letter} copied the roots into fields{read}.{root}")
}

pub(super) fn destroyed(told: &Told<'_>, object: ObjectId) -> String {
    let letter = told.object(object);
    let dev = told.before.objects.get(&object).map(|o| o.dev);
    let root = dev.and_then(|dev| disk_root(told.after, dev));
    let other = told.after.objects.keys().copied().find(|other| told.after.objects.get(other).map(|o| o.dev) == dev);
    match (root, other) {
        (Some(root), Some(other)) => {
            let (name, said) = (told.object(other), told.root(other));
            if said == root && told.after.overwritten_blocks(other).contains(&root) {
                return format!(
                    "Nobody holds object {letter} any more. Disk and object {name} both say root {root}, but {name}'s block {root} is another tree, still dirty."
                );
            }
            format!("Nobody holds object {letter}: its fields and buffers go. The disk says root {root}, object {name} says {said}.")
        }
        (Some(root), None) => {
            format!("Nobody holds object {letter}: its fields and buffers go. What it committed stays, under root {root} on the disk.")
        }
        (None, _) => format!("Nobody holds object {letter}: its fields and buffers go, and nothing of it is on the disk."),
    }
}

pub(super) fn rebuilt(told: &Told<'_>, object: ObjectId, has_buffers: bool) -> String {
    let letter = told.object(object);
    if has_buffers {
        format!("The abort throws away what object {letter} had changed: new buffers, and roots copied from the disk once more.")
    } else {
        format!("The abort cannot read the metadata again: object {letter} is left without buffers, and everything through it fails.")
    }
}

pub(super) fn aborted(told: &Told<'_>, object: ObjectId) -> String {
    let (letter, root) = (told.object(object), told.root(object));
    let check = told.after.objects.get(&object).is_some_and(|o| o.fields.flags & NEEDS_CHECK != 0);
    let check = if check { " needs_check is set." } else { "" };
    format!("The metadata could not be written, so object {letter} drops its transaction and is back at root {root}.{check}")
}

pub(super) fn committed(told: &mut Told<'_>, object: ObjectId, clean: bool) -> String {
    let (who, letter, root) = (capital(&told.who(object)), told.object(object), told.root(object));
    if let Some(back) = told.ages.wrote_back(told.after, object) {
        told.ages.tell();
        return wrote_back(told, &who, root, back.copied, back.replaced);
    }
    let behind = told.ages.others(told.after, object).into_iter().find(|other| told.ages.is_behind(told.after, *other));
    if let Some(other) = behind {
        let whose = told.who(other);
        return if clean {
            let old = told.root(other);
            format!("{who} commits root {root}, its last, with the clean flag. The disk moves on, {whose}'s fields do not: they say {old}.")
        } else {
            format!("{who} commits root {root}. The disk moves on, {whose}'s fields do not; nothing on disk says which is newer.")
        };
    }
    let holders = told.holders(object);
    if holders.len() > 1 {
        return format!("Object {letter} commits root {root}. {} share its fields, so what they know cannot grow old.", together(&holders));
    }
    let dev = told.after.objects.get(&object).map(|o| o.dev);
    let old = dev.and_then(|dev| disk_root(told.before, dev));
    match old {
        _ if clean => {
            format!("{who} writes all it knows and commits root {root} with the clean flag: the next open can trust the dirty bits.")
        }
        Some(old) if old != root => match told.waits() {
            Some(cblock) => format!(
                "{who} commits root {root}: a demotion waited for it. No root on the disk names cblock {cblock} now, so it may be used again."
            ),
            None => format!(
                "{who} commits root {root}: new blocks first, then the superblock that names them. Blocks only root {old} named are free."
            ),
        },
        Some(_) => format!("{who} commits again: no mapping has changed since, so the superblock names root {root} as before."),
        None => format!("{who} commits root {root}: new blocks first, then the superblock that names them."),
    }
}

impl Told<'_> {
    /// The cblock of a demotion that waits for this commit.
    fn waits(&self) -> Option<u32> {
        self.since.iter().find_map(|event| if let Event::DemotionWaits { cblock, .. } = event { Some(*cblock) } else { None })
    }
}

/// A commit over roots that the object never read.
fn wrote_back(told: &mut Told<'_>, who: &str, root: u64, copied: u64, replaced: u64) -> String {
    let whole = told.ages.checked(told.after);
    let moved = match root {
        _ if root == replaced => format!("{who}'s commit writes its fields over a superblock it never read; root {root} stays."),
        _ if root == copied => format!("{who}'s commit writes its fields: root {root} is back on the disk."),
        _ => format!("{who}'s commit writes root {root}, grown from its old copy, over {replaced}."),
    };
    match whole {
        Checked::Errors(0) => format!("{moved} Whole tree, right checksums: nothing for a check to find."),
        Checked::Errors(n) => format!("{moved} Blocks it needs were reused: a check finds {}.", count(n, "error")),
        Checked::Nothing | Checked::Unknown => moved,
    }
}
