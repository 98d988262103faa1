//! What an object's mapping tree leads to, and what reads through a device return beside what was written.

use super::sheet::{Anchor, LABEL, MONO, MONO_BOLD, SMALL, STRONG, Sheet};
use super::style::{Ink, both, stroke};
use crate::timeline::chips::{reason, said};
use crate::timeline::picture::{DataBlock, DataPicture, ObjectPicture};
use crate::timeline::promises::Access;
use crate::timeline::text::runs;
use dm_cache_engine::world::verdict::Verdict;
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
    let lost: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.verdict == Some(Verdict::Lost)).collect();
    let mut line = y;
    if !lost.is_empty() {
        line += 12;
        sheet.text((x, line), room, MONO, Ink::Text, &format!("read {} {}", data.device, runs(&data.lost)));
        line = compared(sheet, &lost, (x, line + 17), room) + 4;
    }
    line = others(sheet, data, (x, line), room);
    if data.written > 0 && Verdict::ALL.iter().all(|v| data.of(*v).is_empty()) && data.unknown.is_empty() {
        line += 12;
        sheet.check((x + 5, line - 4));
        let named = match data.access {
            Access::Gone => format!("the origin holds what {} was told", data.device),
            _ => format!("{} returns what was written", data.device),
        };
        let said = if LABEL.width(&named) <= room - 16 { named.as_str() } else { "reads return what was written" };
        sheet.text((x + 16, line), room - 16, LABEL, Ink::Text, said);
        line += 4;
    }
    summary(sheet, data, (x, line + 12), room)
}

/// What was written, crossed out, beside what is there; gives the base line.
fn compared(sheet: &mut Sheet, blocks: &[&DataBlock], (x, line): (i32, i32), room: i32) -> i32 {
    let width = sheet.crossed_out((x, line), room, MONO, Ink::Text3, &bytes(blocks, |b| b.written));
    let after = x + width + 10;
    let width = sheet.text((after, line), x + room - after - 16, MONO_BOLD, Ink::Bad, &bytes(blocks, |b| b.reads));
    if blocks.iter().all(|b| b.verdict == Some(Verdict::Lost)) {
        sheet.cross((after + width + 10, line - 4));
    } else {
        sheet.corner((after + width + 6, line - 9));
    }
    line
}

/// Every verdict but the loss, each with a sign of its own; gives where that ends.
pub(super) fn others(sheet: &mut Sheet, data: &DataPicture, (x, y): (i32, i32), room: i32) -> i32 {
    let mut line = y;
    for verdict in [Verdict::Old, Verdict::Unreadable, Verdict::Unpromised] {
        let blocks = data.of(verdict);
        if blocks.is_empty() {
            continue;
        }
        line += 12;
        let ink = if verdict == Verdict::Old { Ink::Bad } else { Ink::Text };
        match verdict {
            Verdict::Unreadable => sheet.pause((x + 5, line - 4)),
            Verdict::Unpromised => sheet.ring((x + 5, line - 4)),
            _ => sheet.corner((x + 1, line - 9)),
        }
        sheet.text((x + 16, line), room - 16, LABEL, ink, &said(verdict, blocks));
        if verdict == Verdict::Unreadable {
            line += 14;
            sheet.text((x + 16, line), room - 16, SMALL, Ink::Text2, &reason(data));
        }
        if verdict == Verdict::Old {
            let old: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.verdict == Some(verdict)).collect();
            line = compared(sheet, &old, (x + 16, line + 15), room - 16);
        }
        line += 4;
    }
    if !data.unknown.is_empty() {
        line += 12;
        sheet.text((x + 16, line), room - 16, LABEL, Ink::Text2, &format!("? unknown: {}", runs(&data.unknown)));
        line += 4;
    }
    line
}

/// How full the cache is; gives where that ends.
pub(super) fn summary(sheet: &mut Sheet, data: &DataPicture, (x, line): (i32, i32), room: i32) -> i32 {
    let mode = if data.mode == "write" { String::new() } else { format!(", {} mode", data.mode) };
    if data.table.is_empty() {
        sheet.text((x, line), room, SMALL, Ink::Text2, &format!("{}: no cache in use", data.device));
        return line + 14;
    }
    let summary = format!("{}: {} of {} cblocks, {} dirty{mode}", data.device, data.resident, data.cache_blocks, data.dirty);
    sheet.text((x, line), room, SMALL, Ink::Text2, &summary);
    line + 14
}
