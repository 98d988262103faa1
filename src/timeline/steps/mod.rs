//! The sentence of a step: cause first, then what it means. Composed from events and the View alone, never written by a script's author.

mod commands;
mod data;
mod objects;
mod tables;

pub(super) use tables::{logged, moves};

use super::View;
use super::ages::Ages;
use super::chips::counted as count;
use super::names::{cache_letter, object_letter};
use super::text::capital;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{CacheId, Event, ObjectId};

/// Most words of a sentence: two lines, read in three seconds.
pub const WORDS_MAX: usize = 24;

/// Milliseconds that a sentence takes to read at normal speed: as long its step is shown.
#[must_use]
pub fn reading_ms(sentence: &str) -> u32 {
    let words = u32::try_from(sentence.split_whitespace().count()).unwrap_or(u32::MAX);
    words.saturating_mul(60).saturating_add(1_000).clamp(1_600, 3_200)
}

/// What a sentence is made of.
#[derive(Debug)]
pub(super) struct Told<'t> {
    /// The View at the stop before.
    pub(super) before: &'t View,
    /// The View just after the event.
    pub(super) after: &'t View,
    /// The events since the stop before; the last one is told.
    pub(super) since: &'t [Event],
    pub(super) ages: &'t mut Ages,
}

/// One sentence, or two, about the last event.
#[must_use]
pub(super) fn sentence(told: &mut Told<'_>) -> String {
    let Some(event) = told.since.last() else { return String::new() };
    let said = match event {
        Event::CommandEnd { rc: 0, .. } => commands::done(told),
        Event::CommandEnd { rc, output } => commands::failed(told, *rc, output),
        Event::Request { text } => commands::requested(told, text),
        Event::SlotChanged { dev, slot, table, .. } => tables::slot(told, *dev, *slot, table.as_deref()),
        Event::TableDestroyed { table } => tables::destroyed(told, *table),
        Event::Callback { dev, table, name, result } => tables::callback(told, *dev, *table, name, *result),
        Event::LookupHit { object, by } => objects::found(told, *object, *by),
        Event::LookupMiss { dev, by } => objects::not_found(told, *dev, *by),
        Event::ListInserted { object } => objects::listed(told, *object),
        Event::ListRemoved { object } => objects::unlisted(told, *object),
        Event::ReferenceTaken { object, by, ref_count } => objects::taken(told, *object, *by, *ref_count),
        Event::ReferenceDropped { object, by, ref_count } => objects::dropped(told, *object, *by, *ref_count),
        Event::ObjectOpened { object, client, dev, by, formatted } => objects::opened(told, *object, *client, *dev, *by, *formatted),
        Event::ObjectDestroyed { object } => objects::destroyed(told, *object),
        Event::ObjectRebuilt { object, client } => objects::rebuilt(told, *object, client.is_some()),
        Event::Committed { object, clean } => objects::committed(told, *object, *clean),
        Event::Aborted { object } => objects::aborted(told, *object),
        Event::CacheMode { cache, mode } => data::mode(told, *cache, mode),
        Event::MigrationEnded { cache, op, oblock, cblock, ok } => data::moved(told, *cache, *op, *oblock, *cblock, *ok),
        Event::PowerCut { dev, reverted } => data::power_cut(told, *dev, reverted.len()),
        Event::DeviceCreated { called, .. } => {
            format!("The kernel creates {}, a mapped device with two table slots: LIVE and INACTIVE, both empty.", called.name)
        }
        Event::DeviceRenamed { dev, called } => {
            format!("The kernel renames {} to {}; its tables and its data stay.", device_name(told.before, *dev), called.name)
        }
        Event::DeviceRemoved { dev } => {
            format!(
                "Nothing uses {} any more, so the kernel removes it; what was written stays on the disks.",
                device_name(told.before, *dev)
            )
        }
        _ => String::new(),
    };
    within(&said, WORDS_MAX)
}

/// So many words of a text, and a mark where some are left out.
fn within(text: &str, words: usize) -> String {
    let all: Vec<&str> = text.split_whitespace().collect();
    if all.len() <= words { text.to_owned() } else { format!("{} …", all.get(..words - 1).unwrap_or_default().join(" ")) }
}

/// What a program printed or the kernel logged, in quotes: so many of its words.
fn quoted(line: &str, words: usize) -> String {
    format!("“{}”", within(&line.split_whitespace().collect::<Vec<_>>().join(" "), words))
}

fn device_name(view: &View, dev: DevNo) -> String {
    let mapped = view.mapped.get(&dev).map(|m| m.name.clone());
    mapped.or_else(|| view.disks.get(&dev).map(|d| d.name.clone())).unwrap_or_else(|| dev.to_string())
}

/// `A`, `A and B`, `A, B and C`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

impl Told<'_> {
    fn letter(&self, cache: CacheId) -> String {
        cache_letter(self.after, cache)
    }

    fn object(&self, object: ObjectId) -> String {
        object_letter(self.after, object)
    }

    /// Those that hold an object; its opener before anybody does.
    fn holders(&self, object: ObjectId) -> Vec<String> {
        let held = self.after.objects.get(&object).or_else(|| self.before.objects.get(&object)).map_or(&[][..], |o| &o.holders);
        let opener = self.ages.opener(self.after, object).filter(|_| held.is_empty());
        held.iter().copied().chain(opener).map(|cache| self.letter(cache)).collect()
    }

    /// Who it is that acts through an object: its one holder, or the object that several hold.
    fn who(&self, object: ObjectId) -> String {
        match self.holders(object).as_slice() {
            [one] => one.clone(),
            _ => format!("object {}", self.object(object)),
        }
    }

    /// The mapping root that an object has in its fields.
    fn root(&self, object: ObjectId) -> u64 {
        self.after.objects.get(&object).map_or(0, |o| o.fields.mapping_root)
    }
}

/// The mapping root on a metadata device; none where it has no superblock.
fn disk_root(view: &View, dev: DevNo) -> Option<u64> {
    view.roots_on_disk(dev).map(|[mapping_root, ..]| mapping_root)
}
