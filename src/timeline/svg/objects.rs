//! Metadata objects as cards over and under the line of blocks, the rails of their mapping roots, and who holds them.

use super::blocks::{self, Columns, TILE};
use super::devices::{Holder, Place};
use super::sheet::{Hue, LABEL, MONO, SMALL, STRONG, Sheet, Towards};
use super::sights;
use super::style::Ink;
use super::{COLUMNS, LEFT, RIGHT, SIDE};
use crate::timeline::picture::{DataPicture, MetadataPicture, ObjectPicture, Picture};
use crate::timeline::text::runs;

const CARD: i32 = 168;
const BELOW: i32 = 20;

struct Card<'p> {
    object: &'p ObjectPicture,
    y: i32,
    above: bool,
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
    fn next(&mut self) -> i32 {
        self.used += 1;
        (LEFT - 6 - 4 * (self.used - 1)).max(2)
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
    let columns = Columns::new(device, &objects);
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
        y += height(object) + BELOW;
    }
    if cards.is_empty() {
        return top;
    }
    links(sheet, holders, &cards, lanes, top);
    for card in &cards {
        draw(sheet, card, holders);
    }
    y
}

fn draw(sheet: &mut Sheet, card: &Card<'_>, holders: &[Holder]) {
    let Card { object, y, .. } = card;
    let hue = Hue::of(&object.letter);
    let held = held_by(object, holders);
    sheet.open(&format!("metadata object {} over {}, ref_count {}, {held}", object.letter, object.dev_name, object.ref_count));
    sheet.hued((LEFT, *y, CARD, height(object)), 8, hue, false, false);
    let badge = sheet.badge((LEFT + 10, y + 8), &object.letter);
    let (x, room) = (LEFT + badge + 18, CARD - badge - 22);
    sheet.text((x, y + 20), room, STRONG, Ink::Text, "metadata object");
    sheet.text((x, y + 36), room, SMALL, Ink::Text2, &held);
    if object.listed {
        sheet.text((x, y + 52), room, MONO, Ink::Text, &format!("ref_count {}", object.ref_count));
    }
    sheet.close();
}

fn held_by(object: &ObjectPicture, holders: &[Holder]) -> String {
    match object.holders.as_slice() {
        [] => "held by nobody".to_owned(),
        [one] => {
            let place = holders.iter().find(|h| h.letter.split('+').any(|l| l == one)).map_or("", |h| match h.place {
                Place::Live => "live table ",
                Place::Inactive => "inactive table ",
                Place::Old => "old table ",
            });
            let text = format!("held by {place}{one}");
            if SMALL.width(&text) <= CARD - 42 { text } else { format!("held by {}{one}", place.replace("table ", "")) }
        }
        many => format!("held by {}", many.join(", ")),
    }
}

fn links(sheet: &mut Sheet, holders: &[Holder], cards: &[Card<'_>], lanes: &mut Lanes, top: i32) {
    for (n, card) in cards.iter().enumerate() {
        for holder in holders.iter().filter(|h| h.objects.contains(&card.object.letter)) {
            link(sheet, holder, card, n == 0, lanes, top);
        }
    }
}

fn link(sheet: &mut Sheet, holder: &Holder, card: &Card<'_>, first: bool, lanes: &mut Lanes, top: i32) {
    let ink = Hue::of(&holder.letter).strong;
    let (middle, _) = holder.middle();
    let live = holder.place == Place::Live;
    let (width, dashed) = if live { ("2.5", false) } else { ("1.5", true) };
    if first && holder.last_row && !live && holder.below() <= top + 8 {
        // Straight down to the card's upper edge.
        lanes.tops += 1;
        let x = LEFT + CARD - 34 - 24 * (lanes.tops - 1);
        let (turn, end) = (holder.below() + 4, card.y - 1);
        sheet.rail(&format!("M{middle} {}V{turn}H{x}V{end}", holder.bottom()), ink, width, dashed);
        sheet.head((x, end), Towards::Down, ink);
        return;
    }
    let lane = lanes.next();
    let y = card.y + 16 + if live { 0 } else { 14 };
    let start = if live {
        format!("M{} {}H{}Q{lane} {} {lane} {}", holder.left, holder.middle().1, lane + 6, holder.middle().1, holder.middle().1 + 6)
    } else {
        let turn = holder.below();
        format!("M{middle} {}V{turn}H{}Q{lane} {turn} {lane} {}", holder.bottom(), lane + 6, turn + 6)
    };
    let end = LEFT - 1;
    sheet.rail(&format!("{start}V{}Q{lane} {y} {} {y}H{end}", y - 6, (lane + 6).min(end)), ink, width, dashed);
    sheet.head((end, y), Towards::Right, ink);
}

fn rail(sheet: &mut Sheet, card: &Card<'_>, columns: &Columns, row: i32, cards: &[Card<'_>]) {
    let y = card.y + 23;
    let (x, room) = (LEFT + CARD + 6, COLUMNS - LEFT + 90);
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
        let d = format!("M{} {y}H{}Q{to} {y} {to} {}V{end}", LEFT + CARD, to - 6, y + turn);
        sheet.rail(&d, Ink::Map, "2.5", !cached);
        sheet.head((to, end), towards, Ink::Map);
    }
    sheet.over_lines((x, label), room, MONO, Ink::Map, &format!("mapping_root {root}"));
}

/// Says at the tiles which buffers are stale, and in whose buffer cache: one mark over the line of blocks, one under it.
fn stale(sheet: &mut Sheet, cards: &[Card<'_>], columns: &Columns, row: i32) {
    for above in [true, false] {
        let of: Vec<&ObjectPicture> = cards.iter().filter(|c| c.above == above && !c.object.stale.is_empty()).map(|c| c.object).collect();
        let Some(middle) = of.iter().flat_map(|o| &o.stale).find_map(|block| columns.middle(*block)) else { continue };
        let letters: Vec<&str> = of.iter().map(|o| o.letter.as_str()).collect();
        let said: Vec<String> = of.iter().map(|o| format!("{}: {}", o.letter, runs(&o.stale))).collect();
        sheet.open(&format!("Stale: clean buffers that differ from the disk. {}", said.join(", ")));
        let y = if above { row - 5 } else { row + TILE + 13 };
        let text = format!("≠ STALE in {}", letters.join(", "));
        let right = middle + columns.tile() / 2;
        sheet.over_lines((right - LABEL.width(&text), y), 200, LABEL, Ink::Bad, &text);
        sheet.close();
    }
}

/// The right column: what each object sees, and what reads return.
fn beside(sheet: &mut Sheet, picture: &Picture, cards: &[Card<'_>], row: i32) -> i32 {
    let room = RIGHT - SIDE;
    let here = |d: &&DataPicture| cards.iter().any(|c| c.object.holders.contains(&d.table));
    let mut all = sights::union(cards.iter().map(|c| c.object));
    all.extend(picture.data.iter().filter(here).flat_map(|d| d.lost.iter().copied()));
    let mut y = 0;
    if let Some(first) = cards.first() {
        y = sights::sight(sheet, first.object, &all, (SIDE, first.y), room);
    }
    y = y.max(row);
    for data in picture.data.iter().filter(here) {
        y = sights::reads(sheet, data, (SIDE, y), room);
    }
    for card in cards.iter().skip(1) {
        y = sights::sight(sheet, card.object, &all, (SIDE, card.y.max(y)), room);
    }
    y
}
