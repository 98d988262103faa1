//! A command in which nothing else stops, and a command that fails.

use super::{Told, count, device_name, listed, quoted};
use crate::timeline::{chips, why};
use dm_cache_engine::event::{CacheId, Event};
use dm_cache_engine::why::NotPromoted;
use std::collections::BTreeSet;

/// Words of a program that fit beside what is said about them.
const QUOTED_WORDS: usize = 15;
/// Words of a request to device-mapper that fit behind who makes it.
const REQUEST_WORDS: usize = 20;

/// The words of the command that just ended.
fn words(told: &Told<'_>) -> Vec<String> {
    let text = told.after.commands.back().map_or("", |c| &*c.text);
    let text = text.trim_start_matches("sudo ");
    text.split_whitespace().map(str::to_owned).collect()
}

pub(super) fn failed(told: &Told<'_>, rc: i32, output: &str) -> String {
    let words = words(told);
    // A task of a `parallel` block is named before its command.
    let program = words.iter().find(|w| !w.ends_with(':')).map_or("The command", String::as_str);
    let line = output.lines().map(str::trim).find(|line| !line.is_empty());
    match line {
        Some(line) => format!("{program} ends with exit code {rc}: {}", quoted(line, QUOTED_WORDS)),
        None => format!("{program} ends with exit code {rc} and prints nothing."),
    }
}

/// What a command asks of device-mapper next, in the words of the recordings.
pub(super) fn requested(told: &Told<'_>, text: &str) -> String {
    let words = words(told);
    let program = words.iter().find(|w| !w.ends_with(':')).map_or("The command", String::as_str);
    format!("Next, {program} asks device-mapper: {}", quoted(text, REQUEST_WORDS))
}

pub(super) fn done(told: &Told<'_>) -> String {
    let words = words(told);
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    let is_at_rest = !told.after.why_dirty().is_empty();
    if let Some(said) = io(told) {
        return said;
    }
    // The first word behind the verb that is no option.
    let device = words.iter().skip(2).find(|w| !w.starts_with('-')).map_or("", String::as_str);
    match (word(0), word(1)) {
        ("dmsetup", "status") if words.iter().any(|w| w == "--noflush") => match told.after.why_dirty().first() {
            Some(why) => format!("It commits nothing. {why}."),
            None => "A status with --noflush only asks: it commits nothing.".to_owned(),
        },
        ("dmsetup", "status") => "Nothing has changed since the last commit, so the status only asks and commits nothing.".to_owned(),
        ("dmsetup", "message") => {
            let key = word(4).trim_matches('\'');
            format!("The LIVE target takes the new {key} at once: no table is built, no slot changes.")
        }
        ("dmsetup", "suspend") => format!("The kernel suspends {device}: new I/O waits until a resume."),
        ("dmsetup", "resume") => format!("The kernel resumes {device}: I/O goes through its LIVE table."),
        ("dmsetup", _) => "dmsetup asks the kernel: nothing in the machine changes.".to_owned(),
        ("wait", passed) if is_at_rest => format!("{passed} pass, and {}.", told.after.why_dirty().join("; ")),
        ("settle", _) if is_at_rest => format!("Background work rests: {}.", told.after.why_dirty().join("; ")),
        ("wait", _) => format!("{} pass; the kernel had no work left to do in that time.", word(1)),
        ("settle", _) => "The kernel finishes all background work: there was none.".to_owned(),
        ("evict", object) => evicted(told, object),
        ("fail", disk) => format!("From now on {disk} answers {} with an error; whoever sends one has to cope.", refused(&words)),
        ("heal", disk) => format!("{disk} works again; a table or object that has failed meanwhile does not notice."),
        ("resize", disk) => format!("{disk} has another size now; tables that are loaded were built for the old one."),
        ("discard", _) => discarded(told),
        (program, _) => format!("{} is done; nothing that the stage shows has changed.", program.trim_end_matches(':')),
    }
}

/// What a `fail` statement makes fail.
fn refused(words: &[String]) -> &str {
    words.get(2).map_or("reads and writes", String::as_str)
}

/// Reads and writes that moved no block: who took them, and from where.
fn io(told: &Told<'_>) -> Option<String> {
    let (mut caches, mut hits, mut misses) = (BTreeSet::<CacheId>::new(), BTreeSet::new(), BTreeSet::new());
    let (mut writes, mut passed, mut why) = (false, BTreeSet::new(), None);
    for event in told.since {
        if let Event::BioMapped { cache, oblock, cblock, hit, write, not_promoted } = event {
            caches.insert(*cache);
            writes |= write;
            why = not_promoted.or(why);
            match (hit, cblock) {
                (true, None) => passed.insert(*oblock),
                (true, Some(_)) => hits.insert(*oblock),
                (false, _) => misses.insert(*oblock),
            };
        }
    }
    let copied = told.since.iter().filter(|event| matches!(event, Event::MigrationCopied { .. })).count();
    if let Some(said) = told.since.iter().find_map(|event| behind_last_block(told, event)) {
        return Some(said);
    }
    if caches.is_empty() {
        let disks: BTreeSet<String> = told
            .since
            .iter()
            .filter_map(|event| if let Event::DiskWrite { dev, .. } = event { Some(device_name(told.after, *dev)) } else { None })
            .collect();
        let asks_of = told.after.commands.back().is_some_and(|c| c.text.contains("/dev/mapper"));
        let disks: Vec<String> = disks.into_iter().collect();
        return match disks.as_slice() {
            [] => None,
            disks if asks_of => Some(format!("No cache stands between: the data go to {} as they come.", listed(disks))),
            disks => Some(format!("The write goes to {} past every cache; no mapping and no buffer hears of it.", listed(disks))),
        };
    }
    let who = listed(&caches.iter().map(|cache| told.letter(*cache)).collect::<Vec<_>>());
    let dirty = || {
        let view = caches.iter().filter_map(|cache| told.after.caches.get(cache));
        view.into_iter().any(|c| hits.iter().any(|o| c.by_oblock.get(o).and_then(|at| c.mappings.get(at)).is_some_and(|m| m.dirty)))
    };
    let (hit, miss) = (blocks(&hits), blocks(&misses));
    if !passed.is_empty() {
        return Some(format!("{who} has {} cached and passes them by: the origin answers, as its mode says.", blocks(&passed)));
    }
    Some(match (writes, hits.is_empty(), misses.is_empty()) {
        _ if copied > 0 => format!("{who} answers from where the blocks are, and copies {} meanwhile.", count(copied, "block")),
        (true, false, true) if dirty() => format!("{who} has {hit} cached, so the write stays there: dirty, and newer than the origin."),
        (true, false, true) => format!("{who} has {hit} cached and writes cache and origin alike: nothing turns dirty."),
        (true, true, _) => format!("{who} has no mapping for {miss}, so the write goes to the origin{}.", stays_there(why)),
        (false, false, true) => format!("{who} has {hit} cached and reads the cache; nothing changes."),
        (false, true, _) => format!("{who} has no mapping for {miss}, so the read goes to the origin{}.", stays_there(why)),
        (_, false, false) => format!("{who} has {hit} cached; for {miss} it has no mapping, and those go to the origin."),
    })
}

/// What becomes of blocks that were missed: why they are not promoted, or that they will be.
fn stays_there(why: Option<NotPromoted>) -> String {
    why.map_or_else(|| "; its promotion is queued".to_owned(), |why| format!(": {}", why::not_promoted(why)))
}

fn behind_last_block(told: &Told<'_>, event: &Event) -> Option<String> {
    let Event::NotPromoted { cache, oblock, .. } = event else { return None };
    let who = told.letter(*cache);
    Some(format!(
        "Block {oblock} lies behind the origin's last whole block: {who} sends it to the origin, counts nothing and never promotes it."
    ))
}

fn blocks(oblocks: &BTreeSet<u64>) -> String {
    let list: Vec<u64> = oblocks.iter().copied().collect();
    chips::blocks(&list)
}

fn evicted(told: &Told<'_>, object: &str) -> String {
    let dropped = told.since.iter().filter(|event| matches!(event, Event::BufferDropped { .. })).count();
    let dropped = count(dropped, "buffer");
    format!("Memory pressure takes {dropped} of object {object}. The roots are fields of the object, not buffers, and stay as they are.")
}

fn discarded(told: &Told<'_>) -> String {
    let marked = told.since.iter().filter(|event| matches!(event, Event::DiscardSet { discarded: true, .. })).count();
    match marked {
        0 => "The discard is passed on: what those blocks held is promised to nobody any more.".to_owned(),
        n => format!("{} marked discarded: a promotion need not copy them, and what they held is promised to nobody.", is_are(n)),
    }
}

fn is_are(n: usize) -> String {
    if n == 1 { "1 discard block is".to_owned() } else { format!("{n} discard blocks are") }
}
