//! The bottom rows: blocks of the cache device over blocks of the origin, with what was written and what a read returns.

use super::measure::{LEFT, Measure};
use super::shapes::{n, text};
use crate::timeline::changes::Changes;
use crate::timeline::chips::reason;
use crate::timeline::picture::{DataBlock, DataPicture, Picture};
use crate::timeline::promises::Access;
use crate::timeline::text::runs;
use dm_cache_engine::world::verdict::Verdict;
use yew::prelude::*;

/// Height of the part.
pub(super) const HEIGHT: f64 = 104.0;
/// Between blocks that are no neighbours on the origin.
const APART: f64 = 14.0;
const TILE: f64 = 38.0;
/// From a block of the cache down to that of the origin.
const DOWN: f64 = 62.0;

/// The data of the first cache device, with the y at which it ends.
pub(super) fn view(picture: &Picture, changes: &Changes, y: f64, measure: &Measure) -> (Html, f64) {
    let Some(data) = picture.data.first() else { return (Html::default(), y) };
    let room = measure.width - measure.start - measure.read_back - LEFT - 12.0 - APART;
    let most = ((room / measure.datum_pitch).max(1.0)) as usize;
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
    let mut x = measure.start;
    let mut last = None;
    let mut gaps = 0;
    let mut tiles = Vec::new();
    for block in chosen {
        if last.is_some_and(|last: u64| block.oblock != last + 1) && gaps == 0 {
            x += APART;
            gaps += 1;
        }
        tiles.push(datum(block, changes, x, y, measure));
        x += measure.datum_pitch;
        last = Some(block.oblock);
    }
    let about = match format!("{} of {} cblocks", data.resident, data.cache_blocks) {
        _ if data.table.is_empty() => "no cache in use".to_owned(),
        long if letters(&long) > measure.label => format!("{} cblocks", data.resident),
        whole => whole,
    };
    let html = html! {
        <g role="group" aria-label={format!("data of {}", data.device)} data-data={data.device.clone()} data-lost={data.lost.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")}>
            { text(LEFT, y + 17.0, "strong", "cache device") }
            { text(LEFT, y + 33.0, "small", about) }
            { text(LEFT, y + DOWN + 17.0, "strong", "origin device") }
            { text(LEFT, y + DOWN + 33.0, "small", if more > 0 { format!("oblocks, {more} more") } else { "oblocks".to_owned() }) }
            { for tiles }
            { read_back(data, y, measure) }
        </g>
    };
    (html, y + HEIGHT)
}

pub(super) fn byte(byte: Option<u8>) -> String {
    byte.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"))
}

/// The tile of a block on the cache device: what stands there, or stood there and is gone.
pub(super) fn cached(block: &DataBlock, place: (f64, f64, f64)) -> Html {
    let (x, y, width) = place;
    let middle = x + width / 2.0;
    let shown = if block.cblock.is_some() { block.cache_byte } else { block.written };
    let verdict = block.verdict.filter(|v| *v != Verdict::Old);
    let word = match verdict {
        Some(Verdict::Lost) => "LOST",
        Some(Verdict::Unpromised) => "GONE",
        None if block.dirty => "DIRTY",
        _ => "",
    };
    let lost = verdict == Some(Verdict::Lost);
    html! {
        <g class={classes!("datum", verdict.map(Verdict::word))}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="4" />
            { (block.dirty && verdict.is_none()).then(|| html! { <rect class="dots" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="4" /> }) }
            <text x={n(middle)} y={n(y + 16.0)}>{ byte(shown) }</text>
            { lost.then(|| html! { <rect class="plate" x={n(x + 3.0)} y={n(y + 20.5)} width={n(width - 6.0)} height="14" rx="3" /> }) }
            <text class={if lost { "on-plate" } else { "word" }} x={n(middle)} y={n(y + 31.5)}>{ word }</text>
        </g>
    }
}

/// Whether a block has a tile on the cache device's row.
pub(super) fn has_cached_tile(block: &DataBlock) -> bool {
    block.cblock.is_some() && block.verdict != Some(Verdict::Old) || matches!(block.verdict, Some(Verdict::Lost | Verdict::Unpromised))
}

/// The tile of a block of the origin, with its corner marked where it is old.
pub(super) fn at_origin(block: &DataBlock, place: (f64, f64, f64)) -> Html {
    let (x, y, width) = place;
    let middle = x + width / 2.0;
    let class = match block.verdict {
        Some(Verdict::Lost) => Some("lost-origin"),
        Some(Verdict::Old) => Some("old"),
        Some(Verdict::Unreadable) if block.cblock.is_none() => Some("unreadable"),
        _ => None,
    };
    let old = class == Some("old");
    let corner = || html! { <path class="corner" d={format!("M{} {}h15v15z", n(x + width - 15.0), n(y))} /> };
    let (number, value) = if old { (y + 12.0, y + 24.0) } else { (y + 15.0, y + 31.0) };
    html! {
        <g class={classes!("datum", class)}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="4" />
            { old.then(corner) }
            { super::shapes::number(if old { x + 4.0 } else { middle }, number, width - if old { 19.0 } else { 4.0 }, if old { "number beside" } else { "number" }, block.oblock) }
            <text x={n(middle)} y={n(value)}>{ byte(Some(block.origin_byte)) }</text>
            { old.then(|| html! { <text class="word" x={n(middle)} y={n(y + 35.5)}>{ "OLD" }</text> }) }
        </g>
    }
}

/// What is said of a block's verdict, behind what a read returns.
pub(super) fn said_of(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "",
        Some(Verdict::Unreadable) => ", not readable now",
        Some(Verdict::Lost) => ", lost",
        Some(Verdict::Old) => ", old on the origin",
        Some(Verdict::Unpromised) => ", gone, never promised",
    }
}

fn datum(block: &DataBlock, changes: &Changes, x: f64, y: f64, measure: &Measure) -> Html {
    let width = measure.datum;
    let middle = x + width / 2.0;
    let is_cached = block.cblock.is_some();
    let origin_y = y + DOWN;
    let turned = changes.turned.values().any(|blocks| blocks.contains(&block.oblock));
    let changed = turned || changes.mapped.contains(&block.oblock) || changes.lost.contains(&block.oblock);
    let newly = classes!(changed.then_some("changed"), changes.lost.contains(&block.oblock).then_some("newly-lost"));
    let label = format!(
        "origin block {}: written {}, cached as {}, a read returns {}{}",
        block.oblock,
        byte(block.written),
        byte(block.cache_byte),
        byte(block.reads),
        said_of(block.verdict)
    );
    let upper = has_cached_tile(block).then(|| cached(block, (x, y, width)));
    let link = match (block.verdict, is_cached) {
        (Some(Verdict::Lost), _) => html! { <path class="cut" d={format!("M{} {}l7 7m0 -7l-7 7", n(middle - 3.5), n(y + 46.5))} /> },
        (Some(Verdict::Old), _) | (_, false) => Html::default(),
        (verdict, true) => {
            let waits = (verdict == Some(Verdict::Unreadable)).then_some("waiting");
            html! { <path class={classes!("link", waits)} d={format!("M{} {}V{}", n(middle), n(y + TILE), n(origin_y))} /> }
        }
    };
    let verdict = block.verdict.map(Verdict::word).unwrap_or_default();
    html! {
        <g key={block.oblock} class={newly} role="img" aria-label={label} data-oblock={block.oblock.to_string()} data-lost={block.lost.to_string()} data-block-verdict={verdict}>
            { upper }
            { link }
            { at_origin(block, (x, origin_y, width)) }
        </g>
    }
}

fn read_back(data: &DataPicture, y: f64, measure: &Measure) -> Html {
    let of_interest = interesting(data);
    let Some(first) = of_interest.first() else { return Html::default() };
    let bytes = |of: fn(&DataBlock) -> Option<u8>| of_interest.iter().map(|b| byte(of(b))).collect::<Vec<_>>().join(" ");
    let (written, reads) = (bytes(|b| b.written), bytes(|b| b.reads));
    let x = measure.width - LEFT - measure.read_back;
    let title = title(&data.device, &range(&of_interest), measure.read_letters);
    let (label, third, fourth) = match first.verdict {
        Some(Verdict::Unreadable) => {
            let reason = reason_within(data, measure.read_letters);
            (
                format!("last written {written}, not readable now: {}", self::reason(data)),
                "not readable now:".to_owned(),
                html! { { text(x + 12.0, y + 90.0, "small", reason) } },
            )
        }
        verdict => {
            let (class, sign) = sign(verdict, first);
            let returned = returned(data, measure.read_letters);
            let bytes = html! { <text class={classes!("mono", class)} x={n(x + 12.0)} y={n(y + 90.0)}>{ &reads }{ sign }</text> };
            (format!("last written {written}, {returned} {reads}{}", said_of(verdict)), returned, bytes)
        }
    };
    html! {
        <g role="img" aria-label={label}>
            <rect class="card" x={n(x)} y={n(y)} width={n(measure.read_back)} height="100" rx="8" />
            { text(x + 12.0, y + 20.0, "mono strong", title) }
            { text(x + 12.0, y + 40.0, "small", "last written") }
            { text(x + 12.0, y + 56.0, "mono", written) }
            { text(x + 12.0, y + 74.0, "small", third) }
            { fourth }
        </g>
    }
}

/// How what a read returns is set, and the sign behind it.
pub(super) fn sign(verdict: Option<Verdict>, block: &DataBlock) -> (Option<&'static str>, &'static str) {
    match verdict {
        Some(Verdict::Lost) => (Some("lost-text"), " ✗"),
        Some(Verdict::Old) => (Some("lost-text"), " ◥"),
        Some(Verdict::Unpromised) => (None, " ○"),
        // What was never written is not kept either, and what cannot be read has no tick.
        _ if block.written.is_none() || block.reads.is_none() => (None, ""),
        _ => (None, " ✓"),
    }
}

/// `50–53`, or `3, 50–52` where not all are neighbours.
pub(super) fn range(blocks: &[&DataBlock]) -> String {
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
pub(super) fn returned(data: &DataPicture, most: usize) -> String {
    const RETURNS: &str = " returns";
    if data.access == Access::Gone {
        return "the origin holds".to_owned();
    }
    format!("{}{RETURNS}", cut(&data.device, most.saturating_sub(RETURNS.len())))
}

/// Why blocks cannot be read, without the device's name where that has no room.
pub(super) fn reason_within(data: &DataPicture, most: usize) -> String {
    let whole = reason(data);
    if letters(&whole) <= most { whole } else { whole.trim_start_matches(&data.device).trim_start().to_owned() }
}

/// The blocks whose bytes are told: those with a verdict, of one kind, else what was written last.
pub(super) fn interesting(data: &DataPicture) -> Vec<&DataBlock> {
    const SHOWN: usize = 4;
    for verdict in [Verdict::Lost, Verdict::Old, Verdict::Unpromised, Verdict::Unreadable] {
        if !data.of(verdict).is_empty() {
            return data.blocks.iter().filter(|b| b.verdict == Some(verdict)).take(SHOWN).collect();
        }
    }
    let mut written: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.written.is_some()).rev().take(SHOWN).collect();
    written.reverse();
    written
}
