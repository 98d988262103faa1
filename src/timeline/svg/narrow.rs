//! A phone's stage: the mapping rails alone, what each object sees beside its card, and what reads return below.

use super::blocks::{self, Columns, TILE};
use super::devices::Holder;
use super::measure::Measure;
use super::objects::{self, BELOW, Card, Lanes};
use super::sheet::{Anchor, Hue, LABEL, MONO, MONO_BOLD, SMALL, STRONG, Sheet, Towards};
use super::sights;
use super::style::{Ink, both, fill};
use crate::timeline::picture::{DataBlock, DataPicture, MetadataPicture, ObjectPicture, Picture};
use crate::timeline::text::runs;
use dm_cache_engine::world::verdict::Verdict;

/// From a card to the rail that leaves it, from there to the heading of the line of blocks, and on to the blocks.
const TURN: i32 = 13;
const HEADING: i32 = 17;
const ABOVE: i32 = 24;
/// From the blocks to the first rail under them.
const UNDER: i32 = 26;
/// From one rail to the next.
const RAIL: i32 = 7;
/// Size of a block that is lost.
const LOST: (i32, i32) = (40, 38);

pub(super) const fn height(object: &ObjectPicture) -> i32 {
    if object.listed { 74 } else { 58 }
}

/// Draws a metadata device with its objects from `top` on; gives where that ends.
pub(super) fn section(
    sheet: &mut Sheet,
    picture: &Picture,
    device: &MetadataPicture,
    holders: &[Holder],
    top: i32,
    lanes: &mut Lanes,
) -> i32 {
    let objects: Vec<&ObjectPicture> = picture.objects.iter().filter(|o| device.objects.contains(&o.letter)).collect();
    let columns = Columns::new(device, &objects, sheet.measure);
    let here = |d: &&DataPicture| objects.iter().any(|o| o.holders.contains(&d.table));
    let mut all = sights::union(objects.iter().copied());
    all.extend(picture.data.iter().filter(here).flat_map(|d| d.lost.iter().copied()));
    let Measure { side, right, .. } = *sheet.measure;
    let mut see = |object: &ObjectPicture, y: i32| {
        let end = sights::sight(sheet, object, &all, (side, y), right - side) - 8;
        end.max(y + height(object))
    };
    let mut cards = Vec::new();
    let mut y = top + BELOW;
    if let Some(first) = objects.first() {
        cards.push(Card { object: first, y, above: true });
        y = see(first, y) + TURN;
    }
    let (turn, row) = (y, y + HEADING + ABOVE);
    y = row + TILE + UNDER + RAIL * i32::try_from(objects.len().saturating_sub(2)).unwrap_or(0);
    let mut below = y + 11;
    for object in objects.iter().skip(1) {
        cards.push(Card { object, y: below, above: false });
        below = see(object, below) + BELOW;
    }
    objects::links(sheet, holders, &cards, lanes, top);
    for (n, card) in cards.iter().enumerate() {
        rail(sheet, card, n, &columns, (turn, row), &cards);
        blocks::arcs(sheet, device, card.object, &columns, row, card.above);
    }
    heading(sheet, device, &columns, &cards, row);
    blocks::row(sheet, device, &objects, &columns, row);
    for card in &cards {
        draw(sheet, card, holders);
    }
    objects::stale(sheet, &cards, &columns, row);
    y = if objects.len() > 1 { below } else { row + TILE + 22 };
    for shown in picture.data.iter().filter(here) {
        y = data(sheet, shown, y);
    }
    y
}

pub(super) fn draw(sheet: &mut Sheet, card: &Card<'_>, holders: &[Holder]) {
    let Card { object, y, .. } = card;
    let Measure { left, object: width, .. } = *sheet.measure;
    let held = objects::held_by(object, holders, width - 45);
    sheet.open(&format!("metadata object {} over {}, ref_count {}, {held}", object.letter, object.dev_name, object.ref_count));
    sheet.hued((left, *y, width, height(object)), 8, Hue::of(&object.letter), false, false);
    let badge = sheet.badge((left + 8, y + 8), &object.letter);
    let (x, room) = (left + badge + 15, width - badge - 20);
    sheet.text((x, y + 17), room, STRONG, Ink::Text, "object");
    sheet.text((x, y + 32), room, SMALL, Ink::Text2, &held);
    let root = blocks::mapping_root(object).map_or_else(|| "no root yet".to_owned(), |root| format!("mapping_root {root}"));
    sheet.text((left + 9, y + 50), width - 12, MONO, Ink::Map, &root);
    if object.listed {
        sheet.text((left + 9, y + 66), width - 12, MONO, Ink::Text, &format!("ref_count {}", object.ref_count));
    }
    sheet.close();
}

/// The line from a card to its mapping root; `turn` is where the first object's turns, `row` where the blocks are.
fn rail(sheet: &mut Sheet, card: &Card<'_>, n: usize, columns: &Columns, (turn, row): (i32, i32), cards: &[Card<'_>]) {
    let Measure { left, object: width, .. } = *sheet.measure;
    let Some(root) = blocks::mapping_root(card.object) else { return };
    let Some(middle) = columns.middle(root) else { return };
    let dashed = !card.object.buffers.iter().any(|b| b.block == root);
    let from = left + 46;
    if card.above {
        let end = row - 2;
        let bottom = card.y + height(card.object);
        let d = format!(
            "M{from} {bottom}V{}Q{from} {turn} {} {turn}H{}Q{middle} {turn} {middle} {}V{end}",
            turn - 6,
            from + 6,
            middle - 6,
            turn + 6
        );
        sheet.rail(&d, Ink::Map, "2.5", dashed);
        sheet.head((middle, end), Towards::Down, Ink::Map);
        return;
    }
    // Objects that name the same block do not draw over each other.
    let same = cards.iter().filter(|c| !c.above && c.y < card.y && blocks::mapping_root(c.object) == Some(root)).count();
    let to = middle + 6 * i32::try_from(same).unwrap_or(0);
    let after = i32::try_from(n).unwrap_or(1) - 1;
    let (lane, end) = (row + TILE + UNDER - 4 + RAIL * after, row + TILE + 2);
    // The cards in between are passed on their right.
    let (start, aside) = if after == 0 {
        (format!("M{from} {}V", card.y), from)
    } else {
        (format!("M{} {}H{}V", left + width, card.y + 12, left + width + 5), left + width + 5)
    };
    let d = format!("{start}{}Q{aside} {lane} {} {lane}H{}Q{to} {lane} {to} {}V{end}", lane + 6, aside + 6, to - 6, lane - 6);
    sheet.rail(&d, Ink::Map, "2.5", dashed);
    sheet.head((to, end), Towards::Up, Ink::Map);
}

/// What the line of blocks is: on whichever side of the rail there is room.
fn heading(sheet: &mut Sheet, device: &MetadataPicture, columns: &Columns, cards: &[Card<'_>], row: i32) {
    let Measure { left, right, side, .. } = *sheet.measure;
    let root = cards.iter().find(|c| c.above).and_then(|c| columns.middle(blocks::mapping_root(c.object)?));
    let more = if columns.left_out() > 0 { format!(", {} more blocks not shown", columns.left_out()) } else { String::new() };
    let y = row - ABOVE;
    let what = "metadata device";
    let about = format!("{}{more}", device.name);
    if root.is_some_and(|x| x < side + 60) {
        sheet.aligned((right, y), Anchor::End, 130, SMALL, Ink::Text3, &about);
        let width = SMALL.width(&about).min(130);
        sheet.aligned((right - width - 8, y), Anchor::End, 130, STRONG, Ink::Text, what);
    } else {
        let width = sheet.text((left, y), 130, STRONG, Ink::Text, what);
        let room = root.unwrap_or(right) - 10 - left - width - 8;
        sheet.text((left + width + 8, y), room, SMALL, Ink::Text3, if SMALL.width(&about) <= room { &about } else { &device.name });
    }
}

/// What was written and is lost, block by block, beside what reads return.
fn data(sheet: &mut Sheet, data: &DataPicture, y: i32) -> i32 {
    let Measure { left, right, .. } = *sheet.measure;
    let lost: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.verdict == Some(Verdict::Lost)).collect();
    if lost.is_empty() {
        return sights::reads(sheet, data, (left, y), right - left);
    }
    sheet.text((left, y + 15), 60, STRONG, Ink::Text, &runs(&data.lost));
    sheet.text((left, y + 31), 60, SMALL, Ink::Text2, "written");
    let mut x = left + 64;
    for block in lost.iter().take(4) {
        lost_tile(sheet, block, (x, y));
        x += LOST.0 + 4;
    }
    let x = left + 64 + 4 * (LOST.0 + 4) + 6;
    sheet.text((x, y + 15), right - x, SMALL, Ink::Text2, &format!("{} returns", data.device));
    let width = sheet.text((x, y + 32), right - x - 16, MONO_BOLD, Ink::Bad, &sights::bytes(&lost, |b| b.reads));
    sheet.cross((x + width + 10, y + 28));
    let end = sights::others(sheet, data, (left, y + LOST.1 + 6), right - left);
    sights::summary(sheet, data, (left, end + 12), right - left)
}

fn lost_tile(sheet: &mut Sheet, block: &DataBlock, (x, y): (i32, i32)) {
    let (width, height) = LOST;
    sheet.open(&format!("Block {}: what was written to it is lost", block.oblock));
    sheet.card((x, y, width, height), 4, &both(Ink::BadTint, Ink::Bad));
    let mut hatch = String::new();
    for d in (7..width + height).step_by(9) {
        let ((top, aside), (end, down)) = ((d.min(width), (d - width).max(0)), ((d - height).max(0), d.min(height)));
        hatch.push_str(&format!(
            "M{} {}L{} {}M{} {}L{} {}",
            x + top,
            y + aside,
            x + end,
            y + down,
            x + width - top,
            y + aside,
            x + width - end,
            y + down
        ));
    }
    sheet.line(&hatch, Ink::Bad, "0.6", false);
    let byte = block.written.map_or_else(|| "--".to_owned(), |byte| format!("{byte:02x}"));
    let middle = x + width / 2;
    sheet.card((middle - 10, y + 4, 20, 14), 3, &fill(Ink::BadTint));
    sheet.aligned((middle, y + 15), Anchor::Middle, width, MONO, Ink::Bad, &byte);
    sheet.card((x + 2, y + 20, width - 4, 15), 3, &fill(Ink::Bad));
    sheet.aligned((middle, y + 32), Anchor::Middle, width, LABEL, Ink::Panel, "LOST");
    sheet.close();
}
