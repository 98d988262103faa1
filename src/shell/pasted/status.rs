//! The line of `dmsetup status`: `docs/target-and-policies.md#status`.

use super::remarks::Counts;
use super::{Machine, Told, Words, owned, percent, size};

pub(super) fn tell(told: &mut Told, words: &mut Words<'_>) {
    match words.words.first() {
        Some(&"Fail") => return failed(told, words, "Fail", "the cache has failed"),
        Some(&"Error") => return failed(told, words, "Error", "the metadata cannot be asked"),
        _ => {}
    }
    // Whatever is not there ends the line: what comes after it would be taken for something else.
    let _ = fields(told, words);
}

fn failed(told: &mut Told, words: &mut Words<'_>, word: &str, means: &str) {
    words.next();
    told.field(word.to_owned(), "", means.to_owned());
    told.remark_on_failure();
}

fn fields(told: &mut Told, words: &mut Words<'_>) -> Option<()> {
    let mut counts = Counts::default();
    let block = words.number()?;
    told.field(block.to_string(), "sectors", format!("metadata block: {}", size(block)));
    let (used, total) = words.share()?;
    told.field(format!("{used}/{total}"), "blocks", format!("metadata in use: {}", percent(used, total)));
    told.remark_on_room(used, total);
    let chunk = words.number()?;
    told.field(chunk.to_string(), "sectors", format!("chunk (cache block): {}", size(chunk)));
    (counts.resident, counts.cache_blocks) = words.share()?;
    let part = percent(counts.resident, counts.cache_blocks);
    let sizes = [counts.resident, counts.cache_blocks].map(|blocks| size(blocks.saturating_mul(chunk)));
    told.field(
        format!("{}/{}", counts.resident, counts.cache_blocks),
        "blocks",
        format!("cache in use: {} of {}, {part}", sizes[0], sizes[1]),
    );
    for what in ["read", "write"] {
        let (hits, misses) = (words.number()?, words.number()?);
        let of = hits.saturating_add(misses);
        told.field(format!("{hits} {misses}"), "requests", format!("{what} hits, misses: {} of {of} hit", percent(hits, of)));
    }
    let (demotions, promotions) = (words.number()?, words.number()?);
    told.field(format!("{demotions} {promotions}"), "blocks", "demotions, promotions since the table was loaded".to_owned());
    counts.dirty = words.number()?;
    let dirty = match counts.dirty {
        0 => "dirty: none".to_owned(),
        n if n == counts.resident => "dirty: every block in use".to_owned(),
        n => format!("dirty: {}, {} of those in use", size(n.saturating_mul(chunk)), percent(n, counts.resident)),
    };
    told.field(counts.dirty.to_string(), "blocks", dirty);
    let dirty_at = told.fields.len() - 1;
    let features = words.counted()?;
    told.features(features);
    let core = words.counted()?;
    // The policy stands behind the settings that depend on it.
    let policy = words.next()?;
    told.settings(core, Some(chunk), Some(policy));
    told.remarks_on_dirty(&counts, features, policy, dirty_at);
    let settings = words.counted()?;
    told.policy(policy, settings);
    told.machine = Some(Machine {
        origin: 0,
        metadata: total.saturating_mul(block),
        chunk,
        cache_blocks: counts.cache_blocks,
        features: owned(features),
        core: owned(core),
        policy: policy.to_owned(),
        settings: owned(settings),
    });
    let access = words.words.first().filter(|word| matches!(**word, "rw" | "ro"))?;
    words.next();
    told.field((*access).to_owned(), "", if *access == "rw" { "metadata can be written" } else { "metadata is read-only" }.to_owned());
    if *access == "ro" {
        told.remark_on_read_only();
    }
    match words.words.first() {
        Some(&"-") => told.field("-".to_owned(), "", "no check needed".to_owned()),
        Some(&"needs_check") => {
            told.field("needs_check".to_owned(), "", "the metadata needs a check".to_owned());
            told.remark_on_needs_check();
        }
        _ => return None,
    }
    words.next();
    Some(())
}
