//! The top rows: mapped devices with their slots, tables on their way out, and the kernel's list of metadata objects.

use super::measure::{Measure, NARROW};
use super::sheet::{Anchor, Hue, LABEL, MONO_BOLD, SMALL, STRONG, Sheet, TEXT};
use super::style::{Ink, both, stroke};
use crate::timeline::picture::{DevicePicture, Picture, TablePicture};

const HEIGHT: i32 = 72;
const GAP: i32 = 14;
const SLOT_HEIGHT: i32 = 38;
/// Most devices drawn with their slots.
const ROWS_MAX: usize = 4;

/// What kind of place a table is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Live,
    Inactive,
    /// Out of INACTIVE, and not LIVE yet.
    Moving,
    Old,
}

/// A table that is drawn, and where a line to its metadata object can start.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) letter: String,
    pub(super) objects: Vec<String>,
    pub(super) place: Place,
    pub(super) left: i32,
    pub(super) width: i32,
    pub(super) top: i32,
    pub(super) last_row: bool,
}

impl Holder {
    pub(super) const fn middle(&self) -> (i32, i32) {
        (self.left + self.width / 2, self.top + SLOT_HEIGHT / 2)
    }

    pub(super) const fn bottom(&self) -> i32 {
        self.top + SLOT_HEIGHT
    }

    /// The free stripe below its row.
    pub(super) const fn below(&self) -> i32 {
        self.top + SLOT_HEIGHT + 15
    }
}

/// Draws the rows from `top` on; gives the tables and where the rows end.
pub(super) fn rows(sheet: &mut Sheet, picture: &Picture, top: i32) -> (Vec<Holder>, i32) {
    let caches: Vec<&DevicePicture> = picture.devices.iter().filter(|d| d.has_cache()).collect();
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
        let Measure { left, right, .. } = *sheet.measure;
        sheet.text((left, y + 8), right - left, SMALL, Ink::Text3, &format!("other devices: {}", others.join(", ")));
        y += 20;
        // The stripe below the last row is taken: lines go round it.
        holders.iter_mut().for_each(|h| h.last_row = false);
    }
    (holders, y)
}

fn device_row(sheet: &mut Sheet, device: &DevicePicture, y: i32, last_row: bool, holders: &mut Vec<Holder>) {
    let Measure { left: start, device: card, slot: width, old, .. } = *sheet.measure;
    sheet.card((start, y, card, HEIGHT), 8, &both(Ink::Panel, Ink::Line2));
    let state = if device.suspended { "SUSPENDED" } else { "" };
    sheet.aligned((start + card - 12, y + 18), Anchor::End, 90, LABEL, Ink::Text, state);
    let room = card - 24 - if device.suspended { 84 } else { 0 };
    let name = sheet.text((start + 12, y + 18), room - 96, MONO_BOLD, Ink::Text, &device.name);
    let what = "mapped device";
    if SMALL.width(what) <= room - name - 8 {
        sheet.text((start + 12 + name + 8, y + 18), room - name - 8, SMALL, Ink::Text3, what);
    }
    let top = y + 26;
    let mut holder = |place, (left, width), table: &TablePicture| {
        holders.push(Holder { letter: table.letter.clone(), objects: table.objects.clone(), place, left, width, top, last_row });
    };
    let inset = (card - 2 * width - 8) / 2;
    for (place, title, table, left) in
        [(Place::Live, "LIVE", &device.live, start + inset), (Place::Inactive, "INACTIVE", &device.inactive, start + inset + width + 8)]
    {
        match table {
            Some(table) => {
                let kinds = table.targets.join(", ");
                let target = format!("{kinds} target");
                let texts: &[&str] = if place == Place::Live && device.becoming_live { &BECOMING } else { &[&target, &kinds] };
                slot(sheet, (left, top, width), &[title], texts, table, false);
                holder(place, (left, width), table);
            }
            None => vacant(sheet, (left, top, width), title),
        }
    }
    let left = start + card + if is_narrow(sheet) { 8 } else { 16 };
    if let Some(table) = &device.moving {
        slot(sheet, (left, top, old), &["NEW TABLE", "NEW"], &BECOMING, table, true);
        holder(Place::Moving, (left, old), table);
    } else if let Some(table) = device.leaving.first() {
        let more = device.leaving.len() - 1;
        let titles = if more == 0 {
            ["OLD TABLE".to_owned(), "OLD".to_owned()]
        } else {
            ["OLD TABLE", "OLD"].map(|old| format!("{old}, {more} more"))
        };
        slot(sheet, (left, top, old), &[&titles[0], &titles[1]], &["destructor next", "dtr next"], table, true);
        holder(Place::Old, (left, old), table);
    }
}

fn is_narrow(sheet: &Sheet) -> bool {
    *sheet.measure == NARROW
}

/// What a table is between INACTIVE and the end of its resume.
const BECOMING: [&str; 3] = ["new table, becoming LIVE", "becoming LIVE", "new"];

/// A table in its place, dashed where it is in no slot. Of the titles and of the texts it is the first one that fits, else the last.
fn slot(sheet: &mut Sheet, (x, y, width): (i32, i32, i32), titles: &[&str], texts: &[&str], table: &TablePicture, dashed: bool) {
    let hue = Hue::of(&table.letter);
    let said = |list: &[&str]| list.first().copied().unwrap_or_default().to_owned();
    sheet.open(&format!("{}: table {}, {}, {}", said(titles), table.letter, said(texts), table.params));
    sheet.hued((x, y, width, SLOT_HEIGHT), 6, hue, !dashed, dashed);
    let badge = sheet.badge((x + 8, y + 9), &table.letter);
    let (at, room) = (x + badge + 15, width - badge - 20);
    let fitting = |kind: super::widths::Type, list: &[&str]| {
        list.iter().find(|text| kind.width(text) <= room).or(list.last()).copied().unwrap_or_default().to_owned()
    };
    sheet.text((at, y + 16), room, LABEL, hue.strong, &fitting(LABEL, titles));
    sheet.text((at, y + 31), room, TEXT, Ink::Text, &fitting(TEXT, texts));
    sheet.close();
}

fn vacant(sheet: &mut Sheet, (x, y, width): (i32, i32, i32), title: &str) {
    sheet.card((x, y, width, SLOT_HEIGHT), 6, &format!(r#"{} stroke-dasharray="3 3""#, stroke(Ink::Line2)));
    sheet.text((x + 12, y + 16), width - 20, LABEL, Ink::Text2, title);
    sheet.text((x + 12, y + 31), width - 20, TEXT, Ink::Text3, "empty");
}

fn list(sheet: &mut Sheet, picture: &Picture, y: i32) {
    sheet.open("The kernel's list of metadata objects, and its mutex");
    let mutex = picture.mutex.as_ref().map_or_else(|| "mutex free".to_owned(), |by| format!("mutex held by {by}"));
    if is_narrow(sheet) {
        // There is room for two lines over the table that leaves.
        let Measure { left, device, right, .. } = *sheet.measure;
        let (x, room) = (left + device + 8, right - left - device - 8);
        let objects = if picture.list.is_empty() { "empty".to_owned() } else { picture.list.join(" ") };
        sheet.text((x, y + 8), room, LABEL, Ink::Text, &format!("shared list: {objects}"));
        sheet.text((x, y + 21), room, SMALL, Ink::Text2, &mutex);
        sheet.close();
        return;
    }
    let Measure { side, right, .. } = *sheet.measure;
    let width = right - side;
    sheet.card((side, y, width, HEIGHT), 8, &both(Ink::Panel, Ink::Line2));
    sheet.text((side + 12, y + 18), width - 24, STRONG, Ink::Text, "shared list");
    let objects = if picture.list.len() == 1 { "1 object".to_owned() } else { format!("{} objects", picture.list.len()) };
    sheet.text((side + 12, y + 37), 90, SMALL, Ink::Text2, &objects);
    sheet.text((side + 12, y + 58), width - 24, SMALL, Ink::Text2, &mutex);
    let mut x = side + 108;
    for letter in picture.list.iter().take(3) {
        x += sheet.badge((x, y + 23), letter) + 6;
    }
    sheet.close();
}
