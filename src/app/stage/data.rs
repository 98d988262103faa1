//! The bottom rows: blocks of the cache device over blocks of the origin, with what was written and what a read returns.

use super::shapes::{n, text};
use crate::timeline::picture::{DataBlock, DataPicture, Picture};
use yew::prelude::*;

const LEFT: f64 = 24.0;
const START: f64 = 212.0;
const TILE: f64 = 44.0;
const PITCH: f64 = 47.0;

/// The data of the first cache device, with the y at which it ends.
pub(super) fn view(picture: &Picture, y: f64, width: f64) -> (Html, f64) {
    let Some(data) = picture.data.first() else { return (Html::default(), y) };
    let most = (((width - START - 190.0) / PITCH).max(1.0)) as usize;
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
    let html = html! {
        <g role="group" aria-label={format!("data of {}", data.device)} data-data={data.device.clone()} data-lost={data.lost.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")}>
            { text(LEFT, y + 18.0, "strong", "cache device") }
            { text(LEFT, y + 34.0, "small", format!("{} of {} cblocks", data.resident, data.cache_blocks)) }
            { text(LEFT, y + 82.0, "strong", "origin device") }
            { text(LEFT, y + 98.0, "small", "oblocks") }
            { for chosen.iter().enumerate().map(|(i, block)| datum(block, column(i), y)) }
            { read_back(data, width - 190.0, y) }
        </g>
    };
    (html, y + 108.0)
}

#[allow(clippy::cast_precision_loss, reason = "a few columns")]
fn column(i: usize) -> f64 {
    START + PITCH * i as f64
}

fn byte(byte: Option<u8>) -> String {
    byte.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"))
}

fn datum(block: &DataBlock, x: f64, y: f64) -> Html {
    let middle = x + TILE / 2.0;
    let cached = block.cblock.is_some();
    let shown = if cached { block.cache_byte } else { block.written };
    let origin_y = y + 64.0;
    let words = match (block.lost, block.dirty) {
        (true, _) => "LOST",
        (false, true) => "DIRTY",
        _ => "",
    };
    let class = classes!("datum", block.lost.then_some("lost"));
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
                <rect class="face" x={n(x)} y={n(y)} width={n(TILE)} height="38" rx="4" />
                { (block.dirty && !block.lost).then(|| html! { <rect class="dots" x={n(x)} y={n(y)} width={n(TILE)} height="38" rx="4" /> }) }
                <text x={n(middle)} y={n(y + 16.0)}>{ byte(shown) }</text>
                { block.lost.then(|| html! { <rect class="plate" x={n(x + 4.0)} y={n(y + 20.0)} width={n(TILE - 8.0)} height="14" rx="3" /> }) }
                <text class={if block.lost { "on-plate" } else { "word" }} x={n(middle)} y={n(y + 31.0)}>{ words }</text>
            </g>
        }
    });
    let link = match (block.lost, cached) {
        (true, _) => html! { <path class="cut" d={format!("M{} {}l7 7m0 -7l-7 7", n(middle - 3.5), n(y + 47.0))} /> },
        (false, true) => html! { <path class="link" d={format!("M{} {}v26", n(middle), n(y + 38.0))} /> },
        (false, false) => Html::default(),
    };
    html! {
        <g role="img" aria-label={label} data-oblock={block.oblock.to_string()} data-lost={block.lost.to_string()}>
            { upper }
            { link }
            <g class={classes!("datum", block.lost.then_some("lost-origin"))}>
                <rect class="face" x={n(x)} y={n(origin_y)} width={n(TILE)} height="38" rx="4" />
                <text class="number" x={n(middle)} y={n(origin_y + 15.0)}>{ block.oblock }</text>
                <text x={n(middle)} y={n(origin_y + 31.0)}>{ byte(Some(block.origin_byte)) }</text>
            </g>
        </g>
    }
}

fn read_back(data: &DataPicture, x: f64, y: f64) -> Html {
    let of_interest: Vec<&DataBlock> = if data.lost.is_empty() {
        data.blocks.iter().filter(|b| b.written.is_some()).rev().take(4).collect::<Vec<_>>().into_iter().rev().collect()
    } else {
        data.blocks.iter().filter(|b| b.lost).take(4).collect()
    };
    let (Some(first), Some(last)) = (of_interest.first(), of_interest.last()) else { return Html::default() };
    let bytes = |of: fn(&DataBlock) -> Option<u8>| of_interest.iter().map(|b| byte(of(b))).collect::<Vec<_>>().join(" ");
    let lost = first.lost;
    html! {
        <g role="img" aria-label={format!("last written {}, {} returns {}", bytes(|b| b.written), data.device, bytes(|b| b.reads))}>
            <rect class="card" x={n(x)} y={n(y)} width="166" height="102" rx="8" />
            { text(x + 12.0, y + 20.0, "mono strong", format!("{} {}–{}", data.device, first.oblock, last.oblock)) }
            { text(x + 12.0, y + 40.0, "small", "last written") }
            { text(x + 12.0, y + 56.0, "mono", bytes(|b| b.written)) }
            { text(x + 12.0, y + 74.0, "small", "a read returns") }
            <text class={classes!("mono", lost.then_some("lost-text"))} x={n(x + 12.0)} y={n(y + 91.0)}>{ bytes(|b| b.reads) }{ if lost { " ✗" } else { " ✓" } }</text>
        </g>
    }
}
