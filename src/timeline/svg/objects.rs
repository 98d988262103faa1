//! Metadata objects as cards over and under the line of blocks, the rails of their mapping roots, and who holds them.

use super::blocks::{self, Columns, TILE};
use super::devices::{Holder, Place};
use super::measure::{Measure, NARROW};
use super::narrow;
use super::sheet::{Hue, LABEL, MONO, SMALL, STRONG, Sheet, Towards};
use super::sights;
use super::style::Ink;
use crate::timeline::picture::{DataPicture, MetadataPicture, ObjectPicture, Picture};
use crate::timeline::text::runs;

pub(super) const BELOW: i32 = 20;

pub(super) struct Card<'p> {
    pub(super) object: &'p ObjectPicture,
    pub(super) y: i32,
    pub(super) above: bool,
}

fn height(object: &ObjectPicture) -> i32 {
    if object.listed { 60 } else { 46 }
}

/// A line in the margin for whoever else needs one.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    used: i32,
    tops: i32,
}

impl Lanes {
    fn next(&mut self, left: i32) -> i32 {
        self.used += 1;
        (left - 6 - 4 * (self.used - 1)).max(2)
    }
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
    let mut cards = Vec::new();
    let mut y = top + BELOW;
    if let Some(first) = objects.first() {
        cards.push(Card { object: first, y, above: true });
        y += height(first) + BELOW;
    }
    let row = y;
    y += TILE + 24;
    for object in objects.iter().skip(1) {
        cards.push(Card { object, y, above: false });
        y += height(object) + BELOW;
    }
    links(sheet, holders, &cards, lanes, top);
    for card in &cards {
        rail(sheet, card, &columns, row, &cards);
        blocks::arcs(sheet, device, card.object, &columns, row, card.above);
    }
    blocks::heading(sheet, device, &columns, row);
    blocks::row(sheet, device, &objects, &columns, row);
    for card in &cards {
        draw(sheet, card, holders);
    }
    stale(sheet, &cards, &columns, row);
    y.max(beside(sheet, picture, &cards, row)) - 4
}

/// Objects that no metadata device leads to.
pub(super) fn strays(sheet: &mut Sheet, picture: &Picture, holders: &[Holder], top: i32, lanes: &mut Lanes) -> i32 {
    let placed = |o: &ObjectPicture| picture.metadata.iter().any(|m| m.objects.contains(&o.letter));
    let mut y = top + BELOW;
    let mut cards = Vec::new();
    for object in picture.objects.iter().filter(|o| !placed(o)) {
        cards.push(Card { object, y, above: true });
        y += BELOW + if *sheet.measure == NARROW { narrow::height(object) } else { height(object) };
    }
    if cards.is_empty() {
        return top;
    }
    links(sheet, holders, &cards, lanes, top);
    for card in &cards {
        if *sheet.measure == NARROW { narrow::draw(sheet, card, holders) } else { draw(sheet, card, holders) }
    }
    y
}

fn draw(sheet: &mut Sheet, card: &Card<'_>, holders: &[Holder]) {
    let Card { object, y, .. } = card;
    let hue = Hue::of(&object.letter);
    let Measure { left, object: width, .. } = *sheet.measure;
    let held = held_by(object, holders, width - 42);
    sheet.open(&format!("metadata object {} over {}, ref_count {}, {held}", object.letter, object.dev_name, object.ref_count));
    sheet.hued((left, *y, width, height(object)), 8, hue, false, false);
    let badge = sheet.badge((left + 10, y + 8), &object.letter);
    let (x, room) = (left + badge + 18, width - badge - 22);
    sheet.text((x, y + 20), room, STRONG, Ink::Text, "metadata object");
    sheet.text((x, y + 36), room, SMALL, Ink::Text2, &held);
    if object.listed {
        sheet.text((x, y + 52), room, MONO, Ink::Text, &format!("ref_count {}", object.ref_count));
    }
    sheet.close();
}

/// Who holds the object, in as many words as there is room for.
pub(super) fn held_by(object: &ObjectPicture, holders: &[Holder], room: i32) -> String {
    match object.holders.as_slice() {
        [] => "held by nobody".to_owned(),
        [one] => {
            let place = holders.iter().find(|h| h.letter.split('+').any(|l| l == one)).map_or("", |h| match h.place {
                Place::Live => "live table ",
                Place::Inactive => "inactive table ",
                Place::Moving => "new table ",
                Place::Old => "old table ",
            });
            let short = place.replace("table ", "");
            let all = [format!("held by {place}{one}"), format!("held by {short}{one}"), format!("{place}{one}"), format!("{short}{one}")];
            let fitting = all.iter().find(|text| SMALL.width(text) <= room);
            fitting.unwrap_or(&all[3]).clone()
        }
        many => format!("held by {}", many.join(", ")),
    }
}

pub(super) fn links(sheet: &mut Sheet, holders: &[Holder], cards: &[Card<'_>], lanes: &mut Lanes, top: i32) {
    for (n, card) in cards.iter().enumerate() {
        for holder in holders.iter().filter(|h| h.objects.contains(&card.object.letter)) {
            link(sheet, holder, card, n == 0, lanes, top);
        }
    }
}

fn link(sheet: &mut Sheet, holder: &Holder, card: &Card<'_>, first: bool, lanes: &mut Lanes, top: i32) {
    let ink = Hue::of(&holder.letter).strong;
    let (middle, _) = holder.middle();
    let Measure { left, object, .. } = *sheet.measure;
    let live = holder.place == Place::Live;
    let (width, dashed) = if live { ("2.5", false) } else { ("1.5", true) };
    if first && holder.last_row && !live && holder.below() <= top + 8 {
        // Straight down to the card's upper edge.
        lanes.tops += 1;
        let x = left + object - 34 - 24 * (lanes.tops - 1);
        let (turn, end) = (holder.below() + 4, card.y - 1);
        sheet.rail(&format!("M{middle} {}V{turn}H{x}V{end}", holder.bottom()), ink, width, dashed);
        sheet.head((x, end), Towards::Down, ink);
        return;
    }
    let lane = lanes.next(left);
    let y = card.y + 16 + if live { 0 } else { 14 };
    let start = if live {
        format!("M{} {}H{}Q{lane} {} {lane} {}", holder.left, holder.middle().1, lane + 6, holder.middle().1, holder.middle().1 + 6)
    } else {
        let turn = holder.below();
        format!("M{middle} {}V{turn}H{}Q{lane} {turn} {lane} {}", holder.bottom(), lane + 6, turn + 6)
    };
    let end = left - 1;
    sheet.rail(&format!("{start}V{}Q{lane} {y} {} {y}H{end}", y - 6, (lane + 6).min(end)), ink, width, dashed);
    sheet.head((end, y), Towards::Right, ink);
}

fn rail(sheet: &mut Sheet, card: &Card<'_>, columns: &Columns, row: i32, cards: &[Card<'_>]) {
    let y = card.y + 23;
    let Measure { left, object: width, columns: start, .. } = *sheet.measure;
    let (x, room) = (left + width + 6, start - left + 90);
    let label = if card.above { y - 6 } else { y + 15 };
    let Some(root) = blocks::mapping_root(card.object) else {
        sheet.text((x, label), room, MONO, Ink::Text3, "no mapping_root yet");
        return;
    };
    // Objects that name the same block do not draw over each other.
    let same = cards.iter().filter(|c| !c.above && c.y < card.y && blocks::mapping_root(c.object) == Some(root)).count();
    if let Some(middle) = columns.middle(root) {
        let to = middle + 6 * i32::try_from(same).unwrap_or(0);
        let cached = card.object.buffers.iter().any(|b| b.block == root);
        let (turn, end, towards) = if card.above { (6, row - 2, Towards::Down) } else { (-6, row + TILE + 2, Towards::Up) };
        let d = format!("M{} {y}H{}Q{to} {y} {to} {}V{end}", left + width, to - 6, y + turn);
        sheet.rail(&d, Ink::Map, "2.5", !cached);
        sheet.head((to, end), towards, Ink::Map);
    }
    sheet.over_lines((x, label), room, MONO, Ink::Map, &format!("mapping_root {root}"));
}

/// Says at the tiles which buffers are stale, and in whose buffer cache: one mark over the line of blocks, one under it.
pub(super) fn stale(sheet: &mut Sheet, cards: &[Card<'_>], columns: &Columns, row: i32) {
    for above in [true, false] {
        let of: Vec<&ObjectPicture> = cards.iter().filter(|c| c.above == above && !c.object.stale.is_empty()).map(|c| c.object).collect();
        let Some(middle) = of.iter().flat_map(|o| &o.stale).find_map(|block| columns.middle(*block)) else { continue };
        let letters: Vec<&str> = of.iter().map(|o| o.letter.as_str()).collect();
        let said: Vec<String> = of.iter().map(|o| format!("{}: {}", o.letter, runs(&o.stale))).collect();
        sheet.open(&format!("Stale: clean buffers that differ from the disk. {}", said.join(", ")));
        let y = if above { row - 5 } else { row + TILE + 13 };
        let text = format!("≠ STALE in {}", letters.join(", "));
        let right = middle + columns.tile() / 2;
        let x = (right - LABEL.width(&text)).max(sheet.measure.left);
        sheet.over_lines((x, y), 200, LABEL, Ink::Bad, &text);
        sheet.close();
    }
}

/// The right column: what each object sees, and what reads return.
fn beside(sheet: &mut Sheet, picture: &Picture, cards: &[Card<'_>], row: i32) -> i32 {
    let Measure { side, right, .. } = *sheet.measure;
    let room = right - side;
    let here = |d: &&DataPicture| cards.iter().any(|c| c.object.holders.contains(&d.table));
    let mut all = sights::union(cards.iter().map(|c| c.object));
    all.extend(picture.data.iter().filter(here).flat_map(|d| d.lost.iter().copied()));
    let mut y = 0;
    if let Some(first) = cards.first() {
        y = sights::sight(sheet, first.object, &all, (side, first.y), room);
    }
    y = y.max(row);
    for data in picture.data.iter().filter(here) {
        y = sights::reads(sheet, data, (side, y), room);
    }
    for card in cards.iter().skip(1) {
        y = sights::sight(sheet, card.object, &all, (side, card.y.max(y)), room);
    }
    y
}
