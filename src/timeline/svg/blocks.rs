//! The line of metadata blocks: the superblock and every block of the mapping trees that the objects over it see.
//! Block number = column, for all objects alike.

use super::measure::Measure;
use super::sheet::{Anchor, LABEL, MONO, SMALL, STRONG, Sheet, Towards};
use super::style::{Ink, both, fill, stroke};
use crate::timeline::picture::{BlockPicture, MetadataPicture, ObjectPicture};
use crate::timeline::tree::{BlockKind, Owner};
use std::collections::{BTreeMap, BTreeSet};

/// Height of a tile.
pub(super) const TILE: i32 = 44;
const GAP: i32 = 20;

/// Which blocks have a column, and where.
#[derive(Debug)]
pub(super) struct Columns {
    places: BTreeMap<u64, i32>,
    gaps: Vec<i32>,
    tile: i32,
    left_out: usize,
}

/// The blocks of the mapping tree that an object sees.
pub(super) fn mapping_tree(device: &MetadataPicture, object: &ObjectPicture) -> BTreeSet<u64> {
    let on_disk = device.blocks.iter().filter(|b| b.owner == Some(Owner::Map) && b.seen_by.contains(&object.letter));
    let cached = object.buffers.iter().filter(|b| b.role.is_some_and(|r| r.owner == Owner::Map));
    on_disk.map(|b| b.block).chain(cached.map(|b| b.block)).chain(mapping_root(object)).collect()
}

/// The object's mapping root, if it has one.
pub(super) fn mapping_root(object: &ObjectPicture) -> Option<u64> {
    object.roots.iter().find(|(name, block)| name == "mapping_root" && *block != 0).map(|(_, block)| *block)
}

impl Columns {
    pub(super) fn new(device: &MetadataPicture, objects: &[&ObjectPicture], measure: &Measure) -> Self {
        let mut first = BTreeSet::from([0]);
        first.extend(objects.iter().filter_map(|o| mapping_root(o)));
        first.extend(objects.iter().flat_map(|o| o.unreadable.iter().copied()));
        let mut all = first.clone();
        all.extend(objects.iter().flat_map(|o| mapping_tree(device, o)));
        if objects.is_empty() {
            all.extend(device.blocks.iter().filter(|b| b.count > 0).map(|b| b.block));
        }
        let digits = all.last().map_or(1, |b| b.to_string().len());
        let least = (MONO.width(&"0".repeat(digits)) + 6).max(24) + 3;
        // Roots are kept first; of the rest, as many as there is room for.
        let mut order: Vec<u64> = first.iter().copied().collect();
        order.extend(all.iter().filter(|b| !first.contains(b)));
        while order.len() > 1 && span(&order.iter().copied().collect(), least) > measure.columns_end - measure.columns {
            order.pop();
        }
        let chosen: BTreeSet<u64> = order.into_iter().collect();
        let left_out = all.len() - chosen.len();
        Self::place(&chosen, least, left_out, measure)
    }

    fn place(chosen: &BTreeSet<u64>, least: i32, left_out: usize, measure: &Measure) -> Self {
        let room = measure.columns_end - measure.columns - GAP * breaks(chosen);
        let pitch = (room / count(chosen.len())).clamp(least, measure.pitch.max(least));
        let tile = if pitch >= 40 { pitch - 8 } else { pitch - 3 };
        let (mut x, mut last, mut columns) = (measure.columns, None, Self { places: BTreeMap::new(), gaps: Vec::new(), tile, left_out });
        for block in chosen {
            if last.is_some_and(|last: u64| *block != last + 1) {
                columns.gaps.push(x + (GAP + tile - pitch) / 2);
                x += GAP;
            }
            columns.places.insert(*block, x);
            x += pitch;
            last = Some(*block);
        }
        columns
    }

    /// Blocks that had no room.
    pub(super) const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Width of a tile.
    pub(super) const fn tile(&self) -> i32 {
        self.tile
    }

    /// The middle of a block's column.
    pub(super) fn middle(&self, block: u64) -> Option<i32> {
        self.places.get(&block).map(|x| x + self.tile / 2)
    }
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX).max(1)
}

fn breaks(chosen: &BTreeSet<u64>) -> i32 {
    let gaps = chosen.iter().zip(chosen.iter().skip(1)).filter(|(a, b)| **b != **a + 1).count();
    i32::try_from(gaps).unwrap_or(i32::MAX)
}

fn span(chosen: &BTreeSet<u64>, least: i32) -> i32 {
    count(chosen.len()) * least + GAP * breaks(chosen)
}

const fn inks(owner: Option<Owner>) -> (Ink, Ink) {
    match owner {
        Some(Owner::Sb) => (Ink::Sb, Ink::Sb),
        Some(Owner::Map) => (Ink::MapTint, Ink::Map),
        Some(Owner::Hint) => (Ink::HintTint, Ink::Hint),
        Some(Owner::Disc) => (Ink::DiscTint, Ink::Disc),
        Some(Owner::Dirty) => (Ink::DirtyTint, Ink::Dirty),
        Some(Owner::Sm) => (Ink::SmTint, Ink::Sm),
        None => (Ink::Panel, Ink::Line2),
    }
}

/// Says beside the row at `y` what it is.
pub(super) fn heading(sheet: &mut Sheet, device: &MetadataPicture, columns: &Columns, y: i32) {
    let Measure { left, columns: start, .. } = *sheet.measure;
    let room = start - left - 10;
    sheet.text((left, y + 14), room, STRONG, Ink::Text, "metadata device");
    let named = format!("{}, 4 KiB blocks", device.name);
    sheet.text((left, y + 29), room, SMALL, Ink::Text3, if SMALL.width(&named) <= room { &named } else { &device.name });
    if columns.left_out > 0 {
        sheet.text((left, y + 43), room, SMALL, Ink::Text3, &format!("{} more not shown", columns.left_out));
    }
}

/// Draws the row at `y`.
pub(super) fn row(sheet: &mut Sheet, device: &MetadataPicture, objects: &[&ObjectPicture], columns: &Columns, y: i32) {
    let known: BTreeMap<u64, &BlockPicture> = device.blocks.iter().map(|b| (b.block, b)).collect();
    for (block, x) in &columns.places {
        let unreadable = objects.iter().any(|o| o.unreadable.contains(block));
        tile(sheet, (*x, y, columns.tile), *block, known.get(block).copied(), unreadable);
    }
    for x in &columns.gaps {
        sheet.aligned((*x, y + 26), Anchor::Middle, GAP, LABEL, Ink::Text3, "⋯");
    }
}

fn tile(sheet: &mut Sheet, (x, y, width): (i32, i32, i32), block: u64, known: Option<&BlockPicture>, unreadable: bool) {
    let free = known.is_none_or(|b| b.count == 0);
    let (letter, name) = known.and_then(|b| b.kind).map_or(("", "never written"), BlockKind::names);
    let owner = known.and_then(|b| b.owner);
    let (inside, border) = inks(owner);
    let seen = known.map_or_else(String::new, |b| b.seen_by.join(" and "));
    let seen = if seen.is_empty() { String::new() } else { format!(", seen by {seen}") };
    let state = if free { "free in the space map" } else { "in use" };
    let what = if unreadable { ", not what a root says it is" } else { "" };
    sheet.open(&format!("Block {block}, {name}, {state}{seen}{what}"));
    let (ink, number) = if unreadable {
        sheet.card((x, y, width, TILE), 4, &format!(r#"{} stroke-width="1.5" stroke-dasharray="3 2""#, both(Ink::BadTint, Ink::Bad)));
        (Ink::Bad, Ink::Bad)
    } else if owner == Some(Owner::Sb) {
        sheet.card((x, y, width, TILE), 4, &fill(Ink::Sb));
        (Ink::Panel, Ink::Panel)
    } else if free {
        sheet.card((x, y, width, TILE), 4, &format!(r#"{} stroke-dasharray="3 2""#, stroke(Ink::Line2)));
        (Ink::Text3, Ink::Text3)
    } else {
        sheet.card((x, y, width, TILE), 4, &both(inside, border));
        (border, border)
    };
    let middle = x + width / 2;
    sheet.aligned((middle, y + 18), Anchor::Middle, width, STRONG, ink, letter);
    sheet.aligned((middle, y + 34), Anchor::Middle, width, MONO, number, &block.to_string());
    sheet.close();
}

/// Draws what leads from an object's mapping root to the blocks below it.
pub(super) fn arcs(sheet: &mut Sheet, device: &MetadataPicture, object: &ObjectPicture, columns: &Columns, y: i32, above: bool) {
    let Some(root) = mapping_root(object) else { return };
    let tree = mapping_tree(device, object);
    let nodes = device.blocks.iter().filter(|b| tree.contains(&b.block) && b.kind == Some(BlockKind::N)).count();
    for block in tree {
        let cached = object.buffers.iter().find(|b| b.block == block).and_then(|b| b.role);
        let parent = match cached {
            Some(role) => role.parent,
            // Of blocks not read yet the parent is only known where there is one candidate.
            None => (nodes <= 1 && block != root).then_some(root),
        };
        let (Some(from), Some(to)) = (parent.and_then(|p| columns.middle(p)), columns.middle(block)) else { continue };
        let (edge, bow, towards) = if above { (y, y - 17, Towards::Down) } else { (y + TILE, y + TILE + 17, Towards::Up) };
        let tip = if above { edge - 2 } else { edge + 2 };
        let aside = if from < to { 6 } else { -6 };
        sheet.line(&format!("M{} {edge}C{} {bow} {to} {bow} {to} {tip}", from + aside, from + aside), Ink::Map, "1.8", false);
        sheet.head((to, tip), towards, Ink::Map);
    }
}
