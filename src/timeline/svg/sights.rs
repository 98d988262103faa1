//! What an object's mapping tree leads to, and what reads through a device return beside what was written.

use super::sheet::{Anchor, LABEL, MONO, MONO_BOLD, SMALL, STRONG, Sheet};
use super::style::{Ink, both, stroke};
use crate::timeline::picture::{DataBlock, DataPicture, ObjectPicture};
use crate::timeline::text::runs;
use std::collections::BTreeSet;

const CHIP_HEIGHT: i32 = 20;
/// Rows of chips, at most.
const ROWS: usize = 2;
/// Blocks whose bytes are spelled out.
const BYTES: usize = 4;

/// Every oblock that one of the objects has a mapping for.
pub(super) fn union<'p>(objects: impl Iterator<Item = &'p ObjectPicture>) -> BTreeSet<u64> {
    objects.flat_map(|o| o.oblocks.iter().copied()).collect()
}

/// Draws what `object` sees of `all`; gives where that ends.
pub(super) fn sight(sheet: &mut Sheet, object: &ObjectPicture, all: &BTreeSet<u64>, (x, y): (i32, i32), room: i32) -> i32 {
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    sheet.text((x, y + 11), room, STRONG, Ink::Text, &format!("{} sees {} {word}", object.letter, object.nr_mappings));
    if all.is_empty() {
        return y + 24;
    }
    let missing: BTreeSet<u64> = all.iter().copied().filter(|o| !object.oblocks.contains(o)).collect();
    let digits = all.last().map_or(1, |o| o.to_string().len());
    let chip = (MONO.width(&"0".repeat(digits)) + 6).max(24);
    let pitch = chip + 3;
    let in_a_row = usize::try_from((room + 3) / pitch).unwrap_or(1).max(1);
    let most = in_a_row * ROWS;
    // Where not all have room the missing ones do, and the last place says how many others there are.
    let shown: BTreeSet<u64> =
        if all.len() <= most { all.clone() } else { missing.iter().chain(all.difference(&missing)).copied().take(most - 1).collect() };
    let (mut at, mut top, mut n) = (x, y + 19, 0);
    let mut place = || {
        if n > 0 && n % in_a_row == 0 {
            at = x;
            top += CHIP_HEIGHT + 4;
        }
        n += 1;
        at += pitch;
        (at - pitch, top)
    };
    for oblock in &shown {
        let at = place();
        if missing.contains(oblock) {
            sheet.open(&format!("{} has no mapping of block {oblock}", object.letter));
            sheet.card((at.0, at.1, chip, CHIP_HEIGHT), 3, &format!(r#"{} stroke-dasharray="3 2""#, stroke(Ink::Bad)));
            sheet.cross((at.0 + chip / 2, at.1 + CHIP_HEIGHT / 2));
            sheet.close();
        } else {
            sheet.card((at.0, at.1, chip, CHIP_HEIGHT), 3, &both(Ink::MapTint, Ink::Map));
            sheet.aligned((at.0 + chip / 2, at.1 + 14), Anchor::Middle, chip, MONO, Ink::Map, &oblock.to_string());
        }
    }
    if shown.len() < all.len() {
        let at = place();
        sheet.text((at.0, at.1 + 14), chip + 10, SMALL, Ink::Text2, &format!("+{}", all.len() - shown.len()));
    }
    top + CHIP_HEIGHT + 14
}

pub(super) fn bytes(blocks: &[&DataBlock], byte: impl Fn(&DataBlock) -> Option<u8>) -> String {
    let more = if blocks.len() > BYTES { " …" } else { "" };
    let shown: Vec<String> =
        blocks.iter().take(BYTES).map(|b| byte(b).map_or_else(|| "--".to_owned(), |byte| format!("{byte:02x}"))).collect();
    format!("{}{more}", shown.join(" "))
}

/// Draws what reads through the data's device return; gives where that ends.
pub(super) fn reads(sheet: &mut Sheet, data: &DataPicture, (x, y): (i32, i32), room: i32) -> i32 {
    let mut line = y + 12;
    let written = data.blocks.iter().any(|b| b.written.is_some());
    let refused = data.blocks.iter().any(|b| b.written.is_some() && b.reads.is_none());
    let lost: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.lost).collect();
    if !lost.is_empty() {
        sheet.text((x, line), room, MONO, Ink::Text, &format!("read {} {}", data.device, runs(&data.lost)));
        line += 17;
        let width = sheet.crossed_out((x, line), room, MONO, Ink::Text3, &bytes(&lost, |b| b.written));
        let after = x + width + 10;
        let width = sheet.text((after, line), x + room - after - 16, MONO_BOLD, Ink::Bad, &bytes(&lost, |b| b.reads));
        sheet.cross((after + width + 10, line - 4));
        line += 16;
    } else if refused {
        sheet.text((x, line), room, LABEL, Ink::Bad, &format!("reads of {} fail", data.device));
        line += 16;
    } else if written {
        sheet.check((x + 5, line - 4));
        let named = format!("{} returns what was written", data.device);
        let said = if LABEL.width(&named) <= room - 16 { named.as_str() } else { "reads return what was written" };
        sheet.text((x + 16, line), room - 16, LABEL, Ink::Text, said);
        line += 16;
    }
    summary(sheet, data, (x, line), room)
}

/// How full the cache is; gives where that ends.
pub(super) fn summary(sheet: &mut Sheet, data: &DataPicture, (x, line): (i32, i32), room: i32) -> i32 {
    let mode = if data.mode == "write" { String::new() } else { format!(", {} mode", data.mode) };
    let summary = format!("{}: {} of {} cblocks, {} dirty{mode}", data.device, data.resident, data.cache_blocks, data.dirty);
    sheet.text((x, line), room, SMALL, Ink::Text2, &summary);
    line + 14
}
