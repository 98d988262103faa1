//! Events in the field's words: functions of the kernel, blocks, roots, letters.

use super::View;
use super::names::{cache_letter, object_letter, table_letters};
use super::picture::roots;
use super::trace::Group;
use super::why;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{CacheId, ClientId, Event, ObjectId, Slot, TableId, WorkOp};
use std::num::NonZero;

/// Letters and names, as they are known after a step.
struct Names<'v>(&'v View);

impl Names<'_> {
    fn dev(&self, dev: DevNo) -> String {
        let mapped = self.0.mapped.get(&dev).map(|m| m.name.clone());
        mapped.or_else(|| self.0.disks.get(&dev).map(|d| d.name.clone())).unwrap_or_else(|| dev.to_string())
    }

    /// The buffers of an object: what `bufio of a` is on the stage.
    fn bufio(&self, client: ClientId) -> String {
        let of = self.0.objects.iter().find(|(_, o)| o.client == Some(client)).map(|(id, _)| *id);
        of.map_or_else(|| format!("bufio client {client}"), |id| format!("bufio of {}", self.object(id)))
    }

    fn by(&self, client: Option<NonZero<ClientId>>) -> String {
        client.map_or_else(String::new, |client| format!(" for {}", self.bufio(client.get())))
    }

    fn object(&self, object: ObjectId) -> String {
        object_letter(self.0, object)
    }

    fn cache(&self, cache: CacheId) -> String {
        cache_letter(self.0, cache)
    }

    fn table(&self, table: TableId) -> String {
        format!("table {}", table_letters(self.0, table))
    }
}

/// What happened, in one line; `after` is the View after the step that it belongs to.
#[must_use]
pub fn words(after: &View, event: &Event) -> String {
    let names = Names(after);
    machine(&names, event)
        .or_else(|| buffers(&names, event))
        .or_else(|| metadata(&names, event))
        .or_else(|| registry(&names, event))
        .or_else(|| mapper(&names, event))
        .or_else(|| cache(&names, event))
        .unwrap_or_else(|| format!("{}: an event without words", Group::of(event).name()))
}

/// Work of a policy or a target: `promotion of oblock 50 to cblock 3`.
#[must_use]
pub fn work(op: WorkOp, oblock: u64, cblock: u32) -> String {
    match op {
        WorkOp::Promote => format!("promotion of oblock {oblock} to cblock {cblock}"),
        WorkOp::Demote => format!("demotion of oblock {oblock} from cblock {cblock}"),
        WorkOp::Writeback => format!("writeback of oblock {oblock} from cblock {cblock}"),
    }
}

fn machine(names: &Names<'_>, event: &Event) -> Option<String> {
    let dev = |dev: &DevNo| names.dev(*dev);
    Some(match event {
        Event::Command { text } => format!("# {}", text.trim_start_matches("# ")),
        Event::CommandEnd { rc, .. } => format!("exits with {rc}"),
        Event::Request { text } => format!("dm: {text}"),
        Event::Clock { now_ns } => format!("clock: {}.{:03} s", now_ns / 1_000_000_000, now_ns / 1_000_000 % 1_000),
        Event::Klog { line } => format!("printk: {line}"),
        Event::DiskAdded { name, sectors, .. } => format!("disk {name}: {sectors} sectors"),
        Event::DiskResized { dev: of, sectors } => format!("disk {}: {sectors} sectors from now on", dev(of)),
        Event::DiskRead { dev: of, block, by } => format!("{}: block {block} read{}", dev(of), names.by(*by)),
        Event::DiskWrite { dev: of, block, by, .. } => format!("{}: block {block} written{}", dev(of), names.by(*by)),
        Event::DiskFlush { dev: of } => format!("blkdev_issue_flush: {}", dev(of)),
        Event::DiskError { dev: of, block, write, errno } => {
            format!("{}: {} of block {block} fails: {errno}", dev(of), if *write { "write" } else { "read" })
        }
        Event::PowerCut { dev: of, reverted } => format!("{}: power fails, {} blocks are again what they were", dev(of), reverted.len()),
        Event::Acknowledged { dev: of, page_no, .. } => format!("{}: write of 4 KiB page {page_no} acknowledged", dev(of)),
        Event::Unpromised { dev: of, page_no } => format!("{}: 4 KiB page {page_no} is promised no more", dev(of)),
        _ => return None,
    })
}

fn buffers(names: &Names<'_>, event: &Event) -> Option<String> {
    let bufio = |client: &ClientId| names.bufio(*client);
    Some(match event {
        Event::ClientOpened { client, dev } => format!("dm_bufio_client_create: {} over {}", bufio(client), names.dev(*dev)),
        Event::ClientClosed { client } => format!("dm_bufio_client_destroy: {}", bufio(client)),
        Event::BufferRead { client, block, .. } => format!("dm_bufio_read: block {block} into {}", bufio(client)),
        Event::BufferNew { client, block } => format!("dm_bufio_new: block {block} in {}, without a read", bufio(client)),
        Event::BufferChecked { client, block, validator, ok } => {
            let found = if *ok { "right" } else { "WRONG" };
            format!("validator {validator}: block {block} in {}, blocknr and checksum {found}", bufio(client))
        }
        Event::BufferHeld { client, block, write } => {
            format!("dm_bm_{}_lock: block {block} in {}", if *write { "write" } else { "read" }, bufio(client))
        }
        Event::BufferReleased { client, block } => format!("dm_bm_unlock: block {block} in {}", bufio(client)),
        Event::BufferDirtied { client, block, .. } => format!("dm_bufio_mark_buffer_dirty: block {block} in {}", bufio(client)),
        Event::BufferWritten { client, block, .. } => format!("dm_bufio_write_dirty_buffers: block {block} of {}", bufio(client)),
        Event::BufferDropped { client, block } => format!("dm_bufio_release: block {block} leaves {}", bufio(client)),
        _ => return None,
    })
}

fn metadata(names: &Names<'_>, event: &Event) -> Option<String> {
    let bufio = |client: &ClientId| names.bufio(*client);
    Some(match event {
        Event::BlockAllocated { client, block } => format!("dm_sm_new_block: block {block} in {}", bufio(client)),
        Event::Shadowed { client, from, to } => format!("dm_tm_shadow_block: block {from} copied to {to} in {}", bufio(client)),
        Event::CountChanged { client, block, old, new } => {
            let call = if new > old { "dm_sm_inc_block" } else { "dm_sm_dec_block" };
            format!("{call}: count of block {block} {old} → {new} in {}", bufio(client))
        }
        Event::ObjectRebuilt { object, client } => {
            let over = client.map_or("no buffers".to_owned(), |_| "new buffers".to_owned());
            format!("dm_cache_metadata_abort: object {} has {over}", names.object(*object))
        }
        Event::ObjectFields { object, fields } => {
            let roots: Vec<String> = roots(fields).iter().map(|(name, block)| format!("{name} {block}")).collect();
            let changed = if fields.changed { ", changed" } else { "" };
            format!("fields of {}: {}{changed}", names.object(*object), roots.join(", "))
        }
        Event::Committed { object, clean } => {
            format!("dm_cache_commit: object {}, clean flag {}", names.object(*object), if *clean { "set" } else { "not set" })
        }
        Event::Aborted { object } => format!("dm_cache_metadata_abort: object {}", names.object(*object)),
        _ => return None,
    })
}

fn registry(names: &Names<'_>, event: &Event) -> Option<String> {
    let (object, cache) = (|o: &ObjectId| names.object(*o), |c: &CacheId| names.cache(*c));
    Some(match event {
        Event::TableLockTaken { by } => format!("mutex_lock(&table_lock): {}", cache(by)),
        Event::TableLockReleased { by } => format!("mutex_unlock(&table_lock): {}", cache(by)),
        Event::LookupHit { object: found, by } => format!("lookup: {} finds object {}", cache(by), object(found)),
        Event::LookupMiss { dev, by } => format!("lookup: {} finds no object over {}", cache(by), names.dev(*dev)),
        Event::ObjectOpened { object: opened, dev, by, formatted, .. } => {
            let how = if *formatted { ", formatted: there was no superblock" } else { "" };
            format!("metadata_open: object {} over {} for {}{how}", object(opened), names.dev(*dev), cache(by))
        }
        Event::ListInserted { object: of } => format!("list_add: object {}", object(of)),
        Event::ListRemoved { object: of } => format!("list_del: object {}", object(of)),
        Event::ReferenceTaken { object: of, by, ref_count } => {
            format!("{} takes a reference to object {}: ref_count {ref_count}", cache(by), object(of))
        }
        Event::ReferenceDropped { object: of, by, ref_count } => {
            format!("dm_cache_metadata_close: {} drops its reference to object {}: ref_count {ref_count}", cache(by), object(of))
        }
        Event::ObjectDestroyed { object: of } => format!("object {} is destroyed", object(of)),
        _ => return None,
    })
}

fn mapper(names: &Names<'_>, event: &Event) -> Option<String> {
    let dev = |dev: &DevNo| names.dev(*dev);
    Some(match event {
        Event::DeviceCreated { dev: number, called } => format!("dm_create: {}, {number}", called.name),
        Event::DeviceRenamed { dev: number, called } => format!("dm_hash_rename: {number} is {} from now on", called.name),
        Event::DeviceRemoved { dev: number } => format!("dm_destroy: {}", dev(number)),
        Event::DeviceState { dev: of, suspended, event_nr, open_count } => {
            let state = if *suspended { "SUSPENDED" } else { "ACTIVE" };
            format!("{}: {state}, open count {open_count}, event {event_nr}", dev(of))
        }
        Event::SlotChanged { dev: of, slot, table } => {
            let slot = match slot {
                Slot::Live => "LIVE",
                Slot::Inactive => "INACTIVE",
            };
            match table {
                Some(table) => format!("{}: {} in the {slot} slot", dev(of), names.table(table.id)),
                None => format!("{}: the {slot} slot is empty", dev(of)),
            }
        }
        Event::Callback { table, name, result, .. } => {
            let of_cache = names.0.table_caches.get(table).is_some_and(|caches| !caches.is_empty());
            let ended = result.map_or_else(|errno| format!(" fails: {errno}"), |()| String::new());
            format!("{}{name}: {}{ended}", if of_cache { "cache_" } else { "" }, names.table(*table))
        }
        Event::TableDestroyed { table } => format!("dm_table_destroy: {}", names.table(*table)),
        _ => return None,
    })
}

fn cache(names: &Names<'_>, event: &Event) -> Option<String> {
    let letter = |cache: &CacheId| names.cache(*cache);
    Some(match event {
        Event::CacheCreated { cache, is } => format!(
            "cache_create: {} over object {}, {} cblocks of {} sectors, policy {}",
            letter(cache),
            names.object(is.object),
            is.cache_blocks,
            is.block_sectors,
            is.policy
        ),
        Event::CacheDestroyed { cache } => format!("cache_dtr: {}", letter(cache)),
        Event::CacheMode { cache, mode } => format!("set_cache_mode: {}, {mode}", letter(cache)),
        Event::MappingAdded { cache, cblock, oblock, dirty } => {
            format!("{}: oblock {oblock} in cblock {cblock}, {}", letter(cache), if *dirty { "dirty" } else { "clean" })
        }
        Event::MappingRemoved { cache, cblock, oblock } => format!("{}: oblock {oblock} in cblock {cblock} no more", letter(cache)),
        Event::DirtySet { cache, cblock, dirty } => {
            format!("{}: {}, cblock {cblock}", if *dirty { "set_dirty" } else { "clear_dirty" }, letter(cache))
        }
        Event::DiscardSet { cache, dblock, discarded } => {
            format!("{}: {}, discard block {dblock}", if *discarded { "set_discard" } else { "clear_discard" }, letter(cache))
        }
        Event::BioMapped { cache, oblock, cblock, write, hit, not_promoted } => {
            let to = cblock.map_or("to the origin".to_owned(), |cblock| format!("to cblock {cblock}"));
            let (what, found) = (if *write { "write" } else { "read" }, if *hit { "hit" } else { "miss" });
            let why = not_promoted.map_or_else(String::new, |why| format!("; not promoted: {}", why::not_promoted(why)));
            format!("map_bio: {}, {what} of oblock {oblock}, {found}, {to}{why}", letter(cache))
        }
        Event::NotPromoted { cache, oblock, why } => {
            format!("{}: oblock {oblock} is not promoted: {}", letter(cache), why::not_promoted(*why))
        }
        Event::StaysDirty { cache, why: Some(why) } => format!("{}: dirty blocks stay dirty: {}", letter(cache), why::stays_dirty(why)),
        Event::StaysDirty { cache, why: None } => format!("{}: dirty blocks are written back", letter(cache)),
        Event::DemotionWaits { cache, oblock, cblock } => {
            format!("{}: demotion of oblock {oblock} done, cblock {cblock} waits for a commit", letter(cache))
        }
        Event::Stats { cache, read_hits, read_misses, write_hits, write_misses, demotions, promotions } => format!(
            "counters of {}: read {read_hits} hits {read_misses} misses, write {write_hits} hits {write_misses} misses, {demotions} demotions, {promotions} promotions",
            letter(cache)
        ),
        Event::MigrationStarted { cache, op, oblock, cblock } => format!("mg_start: {}, {}", letter(cache), work(*op, *oblock, *cblock)),
        Event::MigrationCopied { cache, op, oblock, cblock } => {
            format!("dm_kcopyd_copy: {}, {}: copied", letter(cache), work(*op, *oblock, *cblock))
        }
        Event::MigrationEnded { cache, op, oblock, cblock, ok } => {
            let ended = if *ok { "done" } else { "given up" };
            format!("mg_complete: {}, {}: {ended}", letter(cache), work(*op, *oblock, *cblock))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::scenario::ast::Sharing;
    use crate::scenario::library::ALL;
    use crate::scenario::run::{Options, Run};
    use std::collections::BTreeSet;

    /// Rust's way to write a value: a name with braces or brackets, an option, a quoted text.
    fn is_of_rust(words: &str) -> bool {
        words.contains(" { ") || words.contains("Some(") || words.contains("None") || words.contains("Ok(") || words.contains("\\n")
    }

    #[test]
    fn every_event_of_the_library_is_told_in_words() {
        let mut told = BTreeSet::new();
        for entry in ALL {
            let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
            run.finish();
            for world in &run.worlds {
                let steps = world.timeline.steps().len();
                for step in (0..steps).step_by(steps.div_ceil(80).max(1)) {
                    let after = world.timeline.view_at(step);
                    for event in world.timeline.events_of(step).iter().take(200) {
                        let words = words(&after, event);
                        assert!(!words.contains("without words") && !is_of_rust(&words), "{}: {words}", entry.name);
                        told.insert(words.split([':', ' ']).next().unwrap().to_owned());
                    }
                }
            }
        }
        for wanted in ["dm_bufio_read", "dm_tm_shadow_block", "metadata_open", "list_add", "cache_preresume", "map_bio", "mg_start"] {
            assert!(told.contains(wanted), "{wanted}: {told:?}");
        }
    }
}
