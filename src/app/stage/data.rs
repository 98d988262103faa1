//! The bottom rows: blocks of the cache device over blocks of the origin, with what was written and what a read returns.

use super::measure::{LEFT, Measure};
use super::shapes::{n, text};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{DataBlock, DataPicture, Picture};
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
    let lost = data.blocks.iter().filter(|b| b.lost);
    let chosen: Vec<&DataBlock> = if data.blocks.len() > most {
        // What is lost is never left out for lack of room.
        let lost: Vec<_> = lost.take(most).collect();
        let mut chosen: Vec<_> = data.blocks.iter().filter(|b| !b.lost).take(most - lost.len()).chain(lost).collect();
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
    let html = html! {
        <g role="group" aria-label={format!("data of {}", data.device)} data-data={data.device.clone()} data-lost={data.lost.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")}>
            { text(LEFT, y + 17.0, "strong", "cache device") }
            { text(LEFT, y + 33.0, "small", format!("{} of {} cblocks", data.resident, data.cache_blocks)) }
            { text(LEFT, y + DOWN + 17.0, "strong", "origin device") }
            { text(LEFT, y + DOWN + 33.0, "small", if more > 0 { format!("oblocks, {more} more") } else { "oblocks".to_owned() }) }
            { for tiles }
            { read_back(data, y, measure) }
        </g>
    };
    (html, y + HEIGHT)
}

fn byte(byte: Option<u8>) -> String {
    byte.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"))
}

fn datum(block: &DataBlock, changes: &Changes, x: f64, y: f64, measure: &Measure) -> Html {
    let width = measure.datum;
    let middle = x + width / 2.0;
    let cached = block.cblock.is_some();
    let shown = if cached { block.cache_byte } else { block.written };
    let origin_y = y + DOWN;
    let words = match (block.lost, block.dirty) {
        (true, _) => "LOST",
        (false, true) => "DIRTY",
        _ => "",
    };
    let class = classes!("datum", block.lost.then_some("lost"));
    let changed = changes.mapped.contains(&block.oblock) || changes.lost.contains(&block.oblock);
    let newly = classes!(changed.then_some("changed"), changes.lost.contains(&block.oblock).then_some("newly-lost"));
    let label = format!(
        "origin block {}: written {}, cached as {}, a read returns {}{}",
        block.oblock,
        byte(block.written),
        byte(block.cache_byte),
        byte(block.reads),
        if block.lost { ", lost" } else { "" }
    );
    let upper = (cached || block.lost).then(|| {
        html! {
            <g {class}>
                <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="4" />
                { (block.dirty && !block.lost).then(|| html! { <rect class="dots" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="4" /> }) }
                <text x={n(middle)} y={n(y + 16.0)}>{ byte(shown) }</text>
                { block.lost.then(|| html! { <rect class="plate" x={n(x + 3.0)} y={n(y + 20.5)} width={n(width - 6.0)} height="14" rx="3" /> }) }
                <text class={if block.lost { "on-plate" } else { "word" }} x={n(middle)} y={n(y + 31.5)}>{ words }</text>
            </g>
        }
    });
    let link = match (block.lost, cached) {
        (true, _) => html! { <path class="cut" d={format!("M{} {}l7 7m0 -7l-7 7", n(middle - 3.5), n(y + 46.5))} /> },
        (false, true) => html! { <path class="link" d={format!("M{} {}V{}", n(middle), n(y + TILE), n(origin_y))} /> },
        (false, false) => Html::default(),
    };
    html! {
        <g key={block.oblock} class={newly} role="img" aria-label={label} data-oblock={block.oblock.to_string()} data-lost={block.lost.to_string()}>
            { upper }
            { link }
            <g class={classes!("datum", block.lost.then_some("lost-origin"))}>
                <rect class="face" x={n(x)} y={n(origin_y)} width={n(width)} height={n(TILE)} rx="4" />
                <text class="number" x={n(middle)} y={n(origin_y + 15.0)}>{ block.oblock }</text>
                <text x={n(middle)} y={n(origin_y + 31.0)}>{ byte(Some(block.origin_byte)) }</text>
            </g>
        </g>
    }
}

fn read_back(data: &DataPicture, y: f64, measure: &Measure) -> Html {
    let of_interest = interesting(data);
    let (Some(first), Some(last)) = (of_interest.first(), of_interest.last()) else { return Html::default() };
    let bytes = |of: fn(&DataBlock) -> Option<u8>| of_interest.iter().map(|b| byte(of(b))).collect::<Vec<_>>().join(" ");
    let (written, reads) = (bytes(|b| b.written), bytes(|b| b.reads));
    let lost = first.lost;
    let x = measure.width - LEFT - measure.read_back;
    let range = range(&of_interest, first.oblock, last.oblock);
    html! {
        <g role="img" aria-label={format!("last written {written}, {} returns {reads}", data.device)}>
            <rect class="card" x={n(x)} y={n(y)} width={n(measure.read_back)} height="100" rx="8" />
            { text(x + 12.0, y + 20.0, "mono strong", format!("read {} {range}", data.device)) }
            { text(x + 12.0, y + 40.0, "small", "last written") }
            { text(x + 12.0, y + 56.0, "mono", written) }
            { text(x + 12.0, y + 74.0, "small", format!("{} returns", data.device)) }
            <text class={classes!("mono", lost.then_some("lost-text"))} x={n(x + 12.0)} y={n(y + 90.0)}>{ reads }{ if lost { " ✗" } else { " ✓" } }</text>
        </g>
    }
}

/// `50–53`, or `3, 50` where they are no neighbours.
pub(super) fn range(blocks: &[&DataBlock], first: u64, last: u64) -> String {
    let neighbours = blocks.windows(2).all(|w| w[1].oblock == w[0].oblock + 1);
    match blocks.len() {
        1 => first.to_string(),
        _ if neighbours => format!("{first}–{last}"),
        _ => blocks.iter().map(|b| b.oblock.to_string()).collect::<Vec<_>>().join(", "),
    }
}

/// The blocks whose bytes are told: what is lost, else what was written last.
pub(super) fn interesting(data: &DataPicture) -> Vec<&DataBlock> {
    const SHOWN: usize = 4;
    if data.lost.is_empty() {
        let mut written: Vec<&DataBlock> = data.blocks.iter().filter(|b| b.written.is_some()).rev().take(SHOWN).collect();
        written.reverse();
        written
    } else {
        data.blocks.iter().filter(|b| b.lost).take(SHOWN).collect()
    }
}
