//! Cached data: migrations, modes, power.

use super::{Told, count, device_name};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{CacheId, Event, WorkOp};
use dm_cache_image::format::NEEDS_CHECK;

pub(super) fn moved(told: &Told<'_>, cache: CacheId, op: WorkOp, oblock: u64, cblock: u32, ok: bool) -> String {
    let who = told.letter(cache);
    if !ok {
        return match op {
            WorkOp::Promote => {
                format!("{who} cannot copy block {oblock} into cblock {cblock}: it gets no mapping and stays on the origin.")
            }
            WorkOp::Demote => format!("{who} cannot demote block {oblock}: it keeps cblock {cblock} and its mapping."),
            WorkOp::Writeback => format!("{who} cannot write cblock {cblock} back to block {oblock}: it stays dirty."),
        };
    }
    match op {
        WorkOp::Promote => {
            let Some(view) = told.after.caches.get(&cache) else { return format!("{who} gives block {oblock} a place: cblock {cblock}.") };
            let wrote = |event: &Event| matches!(event, Event::BioMapped { cache: of, oblock: at, write: true, .. } if *of == cache && *at == oblock);
            let dirty = view.mappings.get(&cblock).is_some_and(|m| m.dirty);
            let why = if dirty || told.since.iter().any(wrote) { "is written" } else { "is wanted often" };
            if let Some(other) = told.ages.others(told.after, view.object).first() {
                let other = told.object(*other);
                return format!(
                    "Block {oblock} {why} and not cached: {who} gives it cblock {cblock}, in a tree that object {other} never reads."
                );
            }
            let where_ = if dirty { "the newest data are only there" } else { "cache and origin hold the same" };
            format!("Block {oblock} {why} and not cached: {who} promotes it into cblock {cblock}, and {where_}.")
        }
        WorkOp::Demote => {
            format!("The policy wants cblock {cblock} back, so {who} demotes block {oblock}: its reads go to the origin again.")
        }
        WorkOp::Writeback => {
            format!("Cblock {cblock} was newer than the origin: {who} copies it back to block {oblock}, and both are alike.")
        }
    }
}

pub(super) fn mode(told: &Told<'_>, cache: CacheId, mode: &str) -> String {
    let who = told.letter(cache);
    let object = told.after.caches.get(&cache).and_then(|c| told.after.objects.get(&c.object));
    let check = object.is_some_and(|o| o.fields.flags & NEEDS_CHECK != 0);
    match mode {
        "read-only" if check => {
            format!("A metadata operation failed, so {who} turns read-only and sets needs_check: until a repair, no table may write.")
        }
        "read-only" => {
            format!("A metadata operation failed, so {who} turns read-only: no mapping changes, and nothing is committed any more.")
        }
        "fail" => format!("{who} has no sound transaction to go back to, so it fails: every read and write gets an error."),
        _ => format!("{who} is in {mode} mode now."),
    }
}

pub(super) fn power_cut(told: &Told<'_>, dev: DevNo, lost: usize) -> String {
    let name = device_name(told.after, dev);
    match lost {
        0 => format!("Power fails. On {name} nothing changes; tables, objects and buffers were memory and are gone."),
        n => format!("Power fails. {name} loses {} that no flush had covered; tables, objects and buffers are gone.", count(n, "page")),
    }
}
