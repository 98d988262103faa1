//! What a run comes to: what happened, from its causes and its verdicts, and what that means on a real machine.

use super::Timeline;
use super::causes::{CauseKind, Marked};
use super::chips::{Chip, ChipKind};
use super::why;
use dm_cache_engine::event::Event;
use dm_cache_engine::why::{NotIdle, StaysDirty};
use serde::Serialize;

/// The end of a run, told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// What happened, in sentences.
    pub happened: Vec<String>,
    /// What it means on a real machine.
    pub means: Vec<&'static str>,
}

/// What the causes of a run have in common with what a real machine does.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// An object worked on roots older than its disk's.
    behind: bool,
    /// Two tables held one object.
    shared: bool,
    power: bool,
    aborted: bool,
    /// Mappings were loaded through an object whose superblock carried no clean flag.
    unclean: bool,
}

/// What a run comes to, by the chips of its end.
#[must_use]
pub fn closing(timeline: &Timeline, sharing: bool, chips: Vec<Chip>) -> Closing {
    let causes = timeline.causes();
    let has = |kind| causes.iter().any(|cause| cause.kind == kind);
    let seen = Seen {
        behind: has(CauseKind::TablesSwap) || has(CauseKind::OldRoot),
        shared: timeline.events().iter().any(|e| matches!(e, Event::ReferenceTaken { ref_count: 2.., .. })),
        power: has(CauseKind::PowerFails),
        aborted: has(CauseKind::Aborted),
        unclean: timeline.last().objects.values().any(|o| !o.fields.clean_when_opened && o.fields.cache_blocks > 0),
    };
    let mut happened: Vec<String> = Vec::new();
    for cause in &causes {
        let told = told(cause);
        // The same may happen twice; what is said says so once.
        if !happened.contains(&told) {
            happened.push(told);
        }
    }
    happened.extend(held_up(timeline));
    if seen.shared {
        happened.push("Two tables held one object with one set of roots, so none of them could know less than the other.".to_owned());
    }
    // What is lost is not explained by what is dirty.
    let seen = Seen { unclean: seen.unclean && chips.iter().all(|chip| chip.kind != ChipKind::Lost), ..seen };
    happened.push(end(chips));
    Closing { happened, means: means(seen, sharing) }
}

/// What kept blocks dirty and would have done so for ever: nothing that passes by itself. A threshold of 0 is meant to.
fn held_up(timeline: &Timeline) -> Option<String> {
    let lasting = |why: &StaysDirty| {
        matches!(why, StaysDirty::NotIdle(NotIdle::Threshold { migrations: 0, threshold_sectors: 1.., .. }) | StaysDirty::Failed { .. })
    };
    let whys = timeline.events().iter().rev();
    let mut whys = whys.filter_map(|e| if let Event::StaysDirty { why: Some(why), .. } = e { Some(&**why) } else { None });
    let why = whys.find(|why| lasting(why))?;
    let dirty: usize = timeline.last().caches.values().map(|cache| cache.mappings.values().filter(|m| m.dirty).count()).sum();
    let left = if dirty == 0 { "none is dirty any more".to_owned() } else { format!("{} still dirty", are(dirty)) };
    Some(format!("Dirty blocks stayed dirty: {}. In the end {left}.", why::stays_dirty(why)))
}

fn are(blocks: usize) -> String {
    if blocks == 1 { "one block is".to_owned() } else { format!("{blocks} blocks are") }
}

fn told(cause: &Marked) -> String {
    let object = cause.object.as_deref().unwrap_or("?");
    let root = cause.root.map(|root| format!("root {root}")).unwrap_or_default();
    match cause.kind {
        CauseKind::RootsCopied => format!("Object {object} copied {root} into its fields."),
        CauseKind::DiskMovesOn => format!("The disk moved on, first to {root}, and nothing told {object}."),
        CauseKind::TablesSwap => format!("The swap made the table of {object} LIVE and refreshed no field, so it ran on the older tree."),
        CauseKind::OldRoot => format!("A commit through {object} put {root} on the disk, over what it had never read."),
        CauseKind::PowerFails => "Power failed: tables, objects and buffers were memory, and the disks are all that is left.".to_owned(),
        CauseKind::Aborted => format!("A transaction of object {object} could not be written and was dropped."),
    }
}

/// The verdicts at the end.
fn end(chips: Vec<Chip>) -> String {
    let (mut check, mut data) = (None, Vec::new());
    for chip in chips {
        match chip.of {
            "check" if chip.said == "passes" => check = Some("the metadata check passes".to_owned()),
            "check" => check = Some(format!("the metadata check says: {}", chip.said)),
            _ => data.push(chip.said),
        }
    }
    let check = check.map(|check| format!(", and {check}")).unwrap_or_default();
    format!("In the end: {}{check}.", data.join(", "))
}

fn means(seen: Seen, sharing: bool) -> Vec<&'static str> {
    let mut means = Vec::new();
    match (seen.behind, seen.shared, sharing) {
        (true, _, false) => means.push(
            "Kernels from 3.9, the first with dm-cache, until commit 9b1cc9f251af (January 2015) do this whenever a live cache is reloaded: \
             lvchange --cachemode, --cachepolicy or --cachesettings, and lvextend of a cached volume.",
        ),
        (true, _, true) => means.push(
            "Current kernels do this, too. The list compares device numbers: the same blocks behind another number are another device to it.",
        ),
        (false, true, _) => means.push(
            "Linux since commit 9b1cc9f251af (January 2015): a second table finds the open object by the number of the metadata device.",
        ),
        (false, false, _) => {}
    }
    if seen.power || seen.unclean {
        means.push(
            "Dirty bits reach the disk only with a clean suspend. Without the clean flag every cached block counts as dirty, until the \
             policy has written all of them back and a suspend has set the flag again.",
        );
    }
    if seen.aborted {
        means
            .push("A cache that aborts turns read-only and sets needs_check; cache_check and cache_repair come before it may write again.");
    }
    if means.is_empty() {
        means.push("Every step is what the kernel does, and the metadata written here equal a real kernel's, byte for byte.");
    }
    means
}
