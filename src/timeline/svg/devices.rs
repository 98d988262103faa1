//! The top rows: mapped devices with their slots, tables on their way out, and the kernel's list of metadata objects.

use super::sheet::{Anchor, Hue, LABEL, MONO_BOLD, SMALL, STRONG, Sheet, TEXT};
use super::style::{Ink, both, stroke};
use super::{LEFT, RIGHT, SIDE};
use crate::timeline::picture::{DevicePicture, Picture, TablePicture};

const CARD: i32 = 300;
const HEIGHT: i32 = 72;
const GAP: i32 = 14;
const SLOT: i32 = 134;
const SLOT_HEIGHT: i32 = 38;
/// Most devices drawn with their slots.
const ROWS_MAX: usize = 4;

/// What kind of place a table is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Live,
    Inactive,
    Old,
}

/// A table that is drawn, and where a line to its metadata object can start.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) letter: String,
    pub(super) objects: Vec<String>,
    pub(super) place: Place,
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) last_row: bool,
}

impl Holder {
    pub(super) const fn middle(&self) -> (i32, i32) {
        (self.left + SLOT / 2, self.top + SLOT_HEIGHT / 2)
    }

    pub(super) const fn bottom(&self) -> i32 {
        self.top + SLOT_HEIGHT
    }

    /// The free stripe below its row.
    pub(super) const fn below(&self) -> i32 {
        self.top + SLOT_HEIGHT + 15
    }
}

fn is_cache(device: &DevicePicture) -> bool {
    device.live.iter().chain(&device.inactive).chain(&device.leaving).any(|t| t.targets.iter().any(|kind| kind == "cache"))
}

/// Draws the rows from `top` on; gives the tables and where the rows end.
pub(super) fn rows(sheet: &mut Sheet, picture: &Picture, top: i32) -> (Vec<Holder>, i32) {
    let caches: Vec<&DevicePicture> = picture.devices.iter().filter(|d| is_cache(d)).collect();
    let shown: Vec<&DevicePicture> =
        if caches.is_empty() { picture.devices.iter().take(2).collect() } else { caches.into_iter().take(ROWS_MAX).collect() };
    let mut holders = Vec::new();
    let mut y = top;
    for (row, device) in shown.iter().enumerate() {
        device_row(sheet, device, y, row + 1 == shown.len(), &mut holders);
        y += HEIGHT + GAP;
    }
    let listed = picture.mutex.is_some() || picture.objects.iter().any(|o| o.listed);
    if listed {
        list(sheet, picture, top);
        y = y.max(top + HEIGHT + GAP);
    }
    let others: Vec<&str> = picture.devices.iter().filter(|d| !shown.iter().any(|s| s.dev == d.dev)).map(|d| d.name.as_str()).collect();
    if !others.is_empty() {
        sheet.text((LEFT, y + 8), RIGHT - LEFT, SMALL, Ink::Text3, &format!("other devices: {}", others.join(", ")));
        y += 20;
        // The stripe below the last row is taken: lines go round it.
        holders.iter_mut().for_each(|h| h.last_row = false);
    }
    (holders, y)
}

fn device_row(sheet: &mut Sheet, device: &DevicePicture, y: i32, last_row: bool, holders: &mut Vec<Holder>) {
    sheet.card((LEFT, y, CARD, HEIGHT), 8, &both(Ink::Panel, Ink::Line2));
    let state = if device.suspended { "SUSPENDED" } else { "" };
    let right = LEFT + CARD - 12;
    sheet.aligned((right, y + 18), Anchor::End, 90, LABEL, Ink::Text, state);
    let room = CARD - 24 - if device.suspended { 84 } else { 0 };
    let name = sheet.text((LEFT + 12, y + 18), room - 96, MONO_BOLD, Ink::Text, &device.name);
    sheet.text((LEFT + 12 + name + 8, y + 18), room - name - 8, SMALL, Ink::Text3, "mapped device");
    let top = y + 26;
    let mut holder = |place, left, table: &TablePicture| {
        holders.push(Holder { letter: table.letter.clone(), objects: table.objects.clone(), place, left, top, last_row });
    };
    for (place, title, table, left) in
        [(Place::Live, "LIVE", &device.live, LEFT + 12), (Place::Inactive, "INACTIVE", &device.inactive, LEFT + 20 + SLOT)]
    {
        match table {
            Some(table) => {
                slot(sheet, (left, top), title, &format!("{} target", table.targets.join(", ")), table, false);
                holder(place, left, table);
            }
            None => vacant(sheet, (left, top), title),
        }
    }
    if let Some(table) = device.leaving.first() {
        let left = LEFT + CARD + 16;
        let more = device.leaving.len() - 1;
        let title = if more == 0 { "OLD TABLE".to_owned() } else { format!("OLD TABLE, {more} more") };
        slot(sheet, (left, top), &title, "dtr runs next", table, true);
        holder(Place::Old, left, table);
    }
}

fn slot(sheet: &mut Sheet, (x, y): (i32, i32), title: &str, text: &str, table: &TablePicture, old: bool) {
    let hue = Hue::of(&table.letter);
    sheet.open(&format!("{title}: table {}, {}", table.letter, table.params));
    sheet.hued((x, y, SLOT, SLOT_HEIGHT), 6, hue, !old, old);
    let badge = sheet.badge((x + 8, y + 9), &table.letter);
    let room = SLOT - badge - 20;
    sheet.text((x + badge + 15, y + 16), room, LABEL, hue.strong, title);
    sheet.text((x + badge + 15, y + 31), room, TEXT, Ink::Text, text);
    sheet.close();
}

fn vacant(sheet: &mut Sheet, (x, y): (i32, i32), title: &str) {
    sheet.card((x, y, SLOT, SLOT_HEIGHT), 6, &format!(r#"{} stroke-dasharray="3 3""#, stroke(Ink::Line2)));
    sheet.text((x + 12, y + 16), SLOT - 20, LABEL, Ink::Text2, title);
    sheet.text((x + 12, y + 31), SLOT - 20, TEXT, Ink::Text3, "empty");
}

fn list(sheet: &mut Sheet, picture: &Picture, y: i32) {
    let width = RIGHT - SIDE;
    sheet.open("The kernel's list of metadata objects, and its mutex");
    sheet.card((SIDE, y, width, HEIGHT), 8, &both(Ink::Panel, Ink::Line2));
    sheet.text((SIDE + 12, y + 18), width - 24, STRONG, Ink::Text, "shared list");
    let objects = if picture.list.len() == 1 { "1 object".to_owned() } else { format!("{} objects", picture.list.len()) };
    sheet.text((SIDE + 12, y + 37), 90, SMALL, Ink::Text2, &objects);
    let mutex = picture.mutex.as_ref().map_or_else(|| "mutex free".to_owned(), |by| format!("mutex held by {by}"));
    sheet.text((SIDE + 12, y + 58), width - 24, SMALL, Ink::Text2, &mutex);
    let mut x = SIDE + 108;
    for letter in picture.list.iter().take(3) {
        x += sheet.badge((x, y + 23), letter) + 6;
    }
    sheet.close();
}
