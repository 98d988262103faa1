//! The bottom rows: blocks of the cache device over blocks of the origin, with what was written and what a read returns.

use super::look::Look;
use super::measure::{LEFT, Measure};
use super::node::{Group, Node, Pattern, Role};
use super::room::Room;
use super::shapes::{count, listed, n, number, path, rect, text, two};
use crate::timeline::changes::Changes;
use crate::timeline::chips::reason;
use crate::timeline::picture::{DataBlock, DataPicture, Picture};
use crate::timeline::promises::Access;
use crate::timeline::text::runs;
use dm_cache_engine::world::verdict::Verdict;

/// Height of the part.
pub(super) const HEIGHT: f64 = 104.0;
/// Between blocks that are no neighbours on the origin.
const APART: f64 = 14.0;
const TILE: f64 = 38.0;
/// Blocks that what a read returns is told of.
const SHOWN: usize = 4;
/// From a block of the cache down to that of the origin.
const DOWN: f64 = 62.0;

/// The data of a mapped device, in rows of their own from `top` on.
pub(super) fn rows(picture: &Picture, data: &DataPicture, changes: &Changes, kept: &Room, top: f64, measure: &Measure) -> Node {
    let room = measure.width - measure.start - measure.read_back - LEFT - 12.0 - APART;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen tiles")]
    let most = ((room / measure.datum_pitch).max(1.0)) as usize;
    let (row, of_the_run) = kept.data(&data.device, most);
    let y = top + HEIGHT * count(row);
    let costs = |b: &&DataBlock| matches!(b.verdict, Some(Verdict::Lost | Verdict::Old | Verdict::Unpromised));
    let chosen: Vec<&DataBlock> = if data.blocks.len() > most {
        // What is lost is never left out for lack of room.
        let lost: Vec<_> = data.blocks.iter().filter(costs).take(most).collect();
        let mut chosen: Vec<_> = data.blocks.iter().filter(|b| !costs(b)).take(most - lost.len()).chain(lost).collect();
        chosen.sort_by_key(|b| b.oblock);
        chosen
    } else {
        data.blocks.iter().collect()
    };
    let more = data.blocks.len() - chosen.len();
    let columns = of_the_run.unwrap_or_else(|| chosen.iter().map(|b| b.oblock).collect());
    let mut x = measure.start;
    let mut last = None;
    let mut gaps = 0;
    let mut tiles = Vec::new();
    for oblock in columns {
        if last.is_some_and(|last: u64| oblock != last + 1) && gaps == 0 {
            x += APART;
            gaps += 1;
        }
        // What is not there yet keeps its place.
        tiles.extend(chosen.iter().find(|b| b.oblock == oblock).map(|block| datum(data, block, changes, (x, y), measure)));
        x += measure.datum_pitch;
        last = Some(oblock);
    }
    let about = match format!("{} of {} cblocks", data.resident, data.cache_blocks) {
        _ if data.table.is_empty() => "no cache in use".to_owned(),
        _ if waits(picture, data) => format!("not loaded by {} yet", data.table),
        long if letters(&long) > measure.label => format!("{} cblocks", data.resident),
        whole => whole,
    };
    let oblocks = if more > 0 { format!("oblocks, {more} more") } else { "oblocks".to_owned() };
    group(data)
        .group(format!("data of {}", data.device))
        .with(text(LEFT, y + 17.0, [Look::Strong], "cache device"))
        .with(text(LEFT, y + 33.0, [Look::Small], about))
        .with(text(LEFT, y + DOWN + 17.0, [Look::Strong], "origin device"))
        .with(text(LEFT, y + DOWN + 33.0, [Look::Small], oblocks))
        .all(tiles)
        .all(read_back(data, y, measure))
        .into()
}

/// Whether the table in the LIVE slot is a new one that has not loaded its mappings: the data are where the one before it put them.
fn waits(picture: &Picture, data: &DataPicture) -> bool {
    picture.devices.iter().any(|d| d.name == data.device && d.becoming_live) && !data.unreadable.is_empty()
}

/// The data of a mapped device, without their place.
pub(super) fn group(data: &DataPicture) -> Group {
    Group::new(Role::Data, &data.device).fact("data-data", &data.device).fact("data-lost", listed(&data.lost))
}

/// A data block, without its place.
fn datum_group(data: &DataPicture, block: &DataBlock) -> Group {
    Group::new(Role::Datum, key(data, block))
        .fact("data-oblock", block.oblock.to_string())
        .fact("data-lost", block.lost.to_string())
        .fact("data-block-verdict", block.verdict.map(Verdict::word).unwrap_or_default())
}

fn key(data: &DataPicture, block: &DataBlock) -> String {
    format!("{} of {}", block.oblock, data.device)
}

fn byte(byte: Option<u8>) -> String {
    byte.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"))
}

/// The tile of a block on the cache device: what stands there, or stood there and is gone.
fn cached(data: &DataPicture, block: &DataBlock, (x, y, width): (f64, f64, f64)) -> Group {
    let middle = x + width / 2.0;
    let shown = if block.cblock.is_some() { block.cache_byte } else { block.written };
    let verdict = block.verdict.filter(|v| *v != Verdict::Old);
    let word = match verdict {
        Some(Verdict::Lost) => "LOST",
        Some(Verdict::Unpromised) => "GONE",
        None if block.dirty => "DIRTY",
        _ => "",
    };
    let pattern = match verdict {
        Some(Verdict::Lost) => Some(Pattern::Lost),
        Some(Verdict::Unreadable) => Some(Pattern::Rows),
        _ => None,
    };
    let lost = verdict == Some(Verdict::Lost);
    let place = (x, y, width, TILE);
    let dots = block.dirty && verdict.is_none();
    Group::new(Role::Cached, key(data, block))
        .look([Look::Datum])
        .look(verdict.map(Look::from))
        .with(rect([Look::Face], place, 4.0).filled(pattern))
        .all(dots.then(|| rect([Look::Dots], place, 4.0).filled(Some(Pattern::Dots))))
        .with(text(middle, y + 16.0, [], byte(shown)))
        .all(lost.then(|| rect([Look::Plate], (x + 3.0, y + 20.5, width - 6.0, 14.0), 3.0)))
        .all((!word.is_empty()).then(|| text(middle, y + 31.5, [if lost { Look::OnPlate } else { Look::Word }], word)))
}

/// Whether a block has a tile on the cache device's row.
fn has_cached_tile(block: &DataBlock) -> bool {
    block.cblock.is_some() && block.verdict != Some(Verdict::Old) || matches!(block.verdict, Some(Verdict::Lost | Verdict::Unpromised))
}

/// The tile of a block of the origin, with its corner marked where it is old.
fn at_origin(data: &DataPicture, block: &DataBlock, (x, y, width): (f64, f64, f64)) -> Group {
    let middle = x + width / 2.0;
    let look = match block.verdict {
        Some(Verdict::Lost) => Some(Look::LostOrigin),
        Some(Verdict::Old) => Some(Look::OldTable),
        Some(Verdict::Unreadable) if block.cblock.is_none() => Some(Look::Unreadable),
        _ => None,
    };
    let pattern = (look == Some(Look::Unreadable)).then_some(Pattern::Rows);
    let group = Group::new(Role::Origin, key(data, block)).look([Look::Datum]).look(look);
    let group = group.with(rect([Look::Face], (x, y, width, TILE), 4.0).filled(pattern));
    if block.verdict == Some(Verdict::Old) {
        return group
            .with(path([Look::Corner], format!("M{} {}h15v15z", n(x + width - 15.0), n(y))))
            .with(number(x + 4.0, y + 12.0, width - 19.0, [Look::Number, Look::Beside], block.oblock))
            .with(text(middle, y + 24.0, [], byte(Some(block.origin_byte))))
            .with(text(middle, y + 35.5, [Look::Word], "OLD"));
    }
    group.with(number(middle, y + 15.0, width - 4.0, [Look::Number], block.oblock)).with(text(
        middle,
        y + 31.0,
        [],
        byte(Some(block.origin_byte)),
    ))
}

/// What is said of a block's verdict, behind what a read returns.
fn said_of(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "",
        Some(Verdict::Unreadable) => ", not readable now",
        Some(Verdict::Lost) => ", lost",
        Some(Verdict::Old) => ", old on the origin",
        Some(Verdict::Unpromised) => ", gone, never promised",
    }
}

fn datum(data: &DataPicture, block: &DataBlock, changes: &Changes, (x, y): (f64, f64), measure: &Measure) -> Group {
    let width = measure.datum;
    let middle = x + width / 2.0;
    let is_cached = block.cblock.is_some();
    let origin_y = y + DOWN;
    let turned = changes.turned.values().any(|blocks| blocks.contains(&block.oblock));
    let changed = turned || changes.mapped.contains(&block.oblock) || changes.lost.contains(&block.oblock);
    let label = format!(
        "origin block {}: written {}, cached as {}, a read returns {}{}",
        block.oblock,
        byte(block.written),
        byte(block.cache_byte),
        byte(block.reads),
        said_of(block.verdict)
    );
    let link = match (block.verdict, is_cached) {
        (Some(Verdict::Lost), _) => Some(path([Look::Cut], format!("M{} {}l7 7m0 -7l-7 7", n(middle - 3.5), n(y + 46.5)))),
        (Some(Verdict::Old), _) | (_, false) => None,
        (verdict, true) => {
            let waits = (verdict == Some(Verdict::Unreadable)).then_some(Look::Waiting);
            Some(path([Look::Link].into_iter().chain(waits), format!("M{} {}V{}", n(middle), n(y + TILE), n(origin_y))))
        }
    };
    datum_group(data, block)
        .look(changed.then_some(Look::Changed))
        .look(changes.lost.contains(&block.oblock).then_some(Look::NewlyLost))
        .image(label)
        .all(has_cached_tile(block).then(|| cached(data, block, (x, y, width))))
        .all(link)
        .with(at_origin(data, block, (x, origin_y, width)))
}

fn read_back(data: &DataPicture, y: f64, measure: &Measure) -> Option<Group> {
    let of_interest = interesting(data);
    let first = of_interest.first()?;
    let bytes = |of: fn(&DataBlock) -> Option<u8>| of_interest.iter().map(|b| byte(of(b))).collect::<Vec<_>>().join(" ");
    let (written, reads) = (bytes(|b| b.written), bytes(|b| b.reads));
    let x = measure.width - LEFT - measure.read_back;
    let title = title(&data.device, &range(&of_interest), measure.read_letters);
    let (label, third, fourth) = match first.verdict {
        Some(Verdict::Unreadable) => {
            let reason = reason_within(data, measure.read_letters);
            let label = format!("last written {written}, not readable now: {}", self::reason(data));
            (label, "not readable now:".to_owned(), text(x + 12.0, y + 90.0, [Look::Small], reason))
        }
        verdict => {
            let (look, sign) = sign(verdict, first);
            let returned = returned(data, measure.read_letters);
            let label = format!("last written {written}, {returned} {reads}{}", said_of(verdict));
            (label, returned, text(x + 12.0, y + 90.0, [Look::Mono].into_iter().chain(look), format!("{reads}{sign}")))
        }
    };
    Some(
        Group::new(Role::Read, &data.device)
            .image(label)
            .with(rect([Look::Card], (x, y, measure.read_back, 100.0), 8.0))
            .with(text(x + 12.0, y + 20.0, [Look::Mono, Look::Strong], title))
            .with(text(x + 12.0, y + 40.0, [Look::Small], "last written"))
            .with(text(x + 12.0, y + 56.0, [Look::Mono], written))
            .with(text(x + 12.0, y + 74.0, [Look::Small], third))
            .with(fourth),
    )
}

/// The data in one row, of the blocks that a read is told of.
pub(super) fn one_row(data: &DataPicture, left: f64, y: f64) -> Option<Node> {
    /// Letters beside the tiles.
    const LETTERS: usize = 22;
    let blocks = interesting(data);
    let first = blocks.first()?;
    let tile = |(i, block): (usize, &&DataBlock)| {
        let place = (left + 44.0 * count(i), y + 20.0, 41.0);
        let label = format!(
            "origin block {}: written {}, a read returns {}{}",
            block.oblock,
            byte(block.written),
            byte(block.reads),
            said_of(block.verdict)
        );
        let tile = if has_cached_tile(block) { cached(data, block, place) } else { at_origin(data, block, place) };
        datum_group(data, block).image(label).with(tile)
    };
    let reads = blocks.iter().map(|b| byte(b.reads)).collect::<Vec<_>>().join(" ");
    let (look, sign) = sign(first.verdict, first);
    let x = left + 44.0 * count(SHOWN) + 8.0;
    let (above, below) = if first.verdict == Some(Verdict::Unreadable) {
        ("not readable now:".to_owned(), text(x, y + 52.0, [Look::Small], reason_within(data, LETTERS)))
    } else {
        (returned(data, LETTERS), text(x, y + 52.0, [Look::Mono].into_iter().chain(look), format!("{reads}{sign}")))
    };
    let device = if has_cached_tile(first) { "cache device" } else { "origin device" };
    let row = group(data)
        .with(two(left, y + 12.0, (&[Look::Strong], device), (&[Look::Small], &format!("blocks {}", range(&blocks))), 8))
        .all(blocks.iter().enumerate().map(tile))
        .with(text(x, y + 35.0, [Look::Small], above))
        .with(below);
    Some(row.into())
}

/// How what a read returns is set, and the sign behind it.
fn sign(verdict: Option<Verdict>, block: &DataBlock) -> (Option<Look>, &'static str) {
    match verdict {
        Some(Verdict::Lost) => (Some(Look::LostText), " ✗"),
        Some(Verdict::Old) => (Some(Look::LostText), " ◥"),
        Some(Verdict::Unpromised) => (None, " ○"),
        // What was never written is not kept either, and what cannot be read has no tick.
        _ if block.written.is_none() || block.reads.is_none() => (None, ""),
        _ => (None, " ✓"),
    }
}

/// `50–53`, or `3, 50–52` where not all are neighbours.
fn range(blocks: &[&DataBlock]) -> String {
    runs(&blocks.iter().map(|b| b.oblock).collect::<Vec<_>>()).replace("..", "–").replace(' ', ", ")
}

pub(super) fn letters(text: &str) -> usize {
    text.chars().count()
}

/// So much of a text as has room, with a sign where it is cut.
fn cut(text: &str, most: usize) -> String {
    if letters(text) <= most { text.to_owned() } else { text.chars().take(most.saturating_sub(1)).chain(['…']).collect() }
}

/// `read c 50–53`; where that is too long without its verb, then with the device's name cut, then the blocks alone.
fn title(device: &str, range: &str, most: usize) -> String {
    const NAME_LEAST: usize = 3;
    let whole = format!("read {device} {range}");
    let room = most.saturating_sub(letters(range) + 1);
    match letters(&whole) {
        all if all <= most => whole,
        _ if room >= letters(device).min(NAME_LEAST) => format!("{} {range}", cut(device, room)),
        _ => cut(range, most),
    }
}

/// Who returns the bytes of a read.
fn returned(data: &DataPicture, most: usize) -> String {
    const RETURNS: &str = " returns";
    if data.access == Access::Gone {
        return "the origin holds".to_owned();
    }
    format!("{}{RETURNS}", cut(&data.device, most.saturating_sub(RETURNS.len())))
}

/// Why blocks cannot be read, without the device's name where that has no room.
fn reason_within(data: &DataPicture, most: usize) -> String {
    let whole = reason(data);
    if letters(&whole) <= most { whole } else { whole.trim_start_matches(&data.device).trim_start().to_owned() }
}

/// The blocks whose bytes are told: those with a verdict, of one kind, else what was written last.
fn interesting(data: &DataPicture) -> Vec<&DataBlock> {
    for verdict in [Verdict::Lost, Verdict::Old, Verdict::Unpromised, Verdict::Unreadable] {
        if !data.of(verdict).is_empty() {
            return data.blocks.iter().filter(|b| b.verdict == Some(verdict)).take(SHOWN).collect();
        }
    }
    let mut written: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.written.is_some()).rev().take(SHOWN).collect();
    written.reverse();
    written
}
