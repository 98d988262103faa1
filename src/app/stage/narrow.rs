//! The stage of a narrow page: the mapping rails alone, and what they cost.

use super::super::frame::Frame;
use super::super::model::Model;
use super::super::msg::Msg;
use super::super::page::{Link, PageMsg};
use super::data::{at_origin, byte, cached, has_cached_tile, interesting, range, said_of, sign};
use super::objects::{chip, held_by, live_holder};
use super::shapes::{badge, head, hue, n, text};
use crate::timeline::chips::reason;
use crate::timeline::picture::{DataBlock, DataPicture, DevicePicture, ObjectPicture, Picture, TablePicture};
use crate::timeline::promises::Access;
use crate::timeline::tree::Owner;
use dm_cache_engine::world::verdict::Verdict;
use std::collections::BTreeSet;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

const WIDTH: f64 = 390.0;
const LEFT: f64 = 16.0;
const CARD: f64 = 122.0;
const CARD_HEIGHT: f64 = 58.0;
const TILE: f64 = 42.0;
const COLUMN: f64 = 46.0;
/// Blocks that have room in the row.
const COLUMNS_MAX: usize = 7;

/// Heights, top to bottom.
struct Heights {
    above: f64,
    disk: f64,
    below: f64,
    data: f64,
    end: f64,
}

impl Heights {
    fn of(picture: &Picture) -> Self {
        let above = 104.0;
        let disk = above + CARD_HEIGHT + 48.0;
        let below = disk + TILE + 46.0;
        let others = picture.objects.len().saturating_sub(1);
        let data = if others == 0 { disk + TILE + 24.0 } else { below + number(others) * (CARD_HEIGHT + 14.0) };
        Self { above, disk, below, data, end: data + if picture.data.is_empty() { 0.0 } else { 60.0 } }
    }

    fn card(&self, i: usize) -> f64 {
        if i == 0 { self.above } else { self.below + number(i - 1) * (CARD_HEIGHT + 14.0) }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful")]
fn number(n: usize) -> f64 {
    n as f64
}

pub(super) fn view(model: &Model, link: &Link, frame: &Frame, run: usize) -> Html {
    let picture = &frame.picture;
    let sharing = model.runs.get(run).is_some_and(|r| r.sharing);
    let heights = Heights::of(picture);
    let columns = columns(picture);
    let onclick = link.batch_callback(|event: MouseEvent| {
        let element = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest("[data-block]").ok()??;
        element.get_attribute("data-block")?.parse().ok().map(|block| PageMsg(Msg::Select(block)))
    });
    html! {
        <svg class="picture narrow" role="group" aria-label={format!("The machine {} sharing", if sharing { "with" } else { "without" })}
            viewBox={format!("0 0 {} {}", n(WIDTH), n(heights.end))} data-run={if sharing { "on" } else { "off" }} {onclick}>
            { picture.devices.first().map(|d| device(d, picture, sharing)) }
            { for picture.objects.iter().enumerate().map(|(i, o)| object(picture, &heights, &columns, i, o)) }
            { blocks(model, picture, &heights, &columns) }
            { picture.data.first().map(|d| data(d, heights.data)) }
        </svg>
    }
}

fn device(device: &DevicePicture, picture: &Picture, sharing: bool) -> Html {
    let out = match &device.moving {
        Some(table) => Some(seat("NEW TABLE", "moving", Some(table), "becoming LIVE", 254.0, 34.0, 120.0)),
        None => device.leaving.first().map(|t| seat("OLD TABLE", "leaving", Some(t), "dtr next", 254.0, 34.0, 120.0)),
    };
    let live = if device.becoming_live { "becoming LIVE" } else { "" };
    let list = if sharing {
        format!(
            "list: {}, mutex {}",
            if picture.list.is_empty() { "empty".to_owned() } else { picture.list.join(" ") },
            picture.mutex.as_ref().map_or("free".to_owned(), |by| format!("held by {by}"))
        )
    } else {
        "no list".to_owned()
    };
    html! {
        <g data-device={device.name.clone()} data-suspended={device.suspended.to_string()}>
            <rect class="card" x={n(LEFT)} y="12" width="226" height="70" rx="8" />
            <text x="28" y="28"><tspan class="strong mono">{ &device.name }</tspan><tspan class="small" dx="6">{ if device.suspended { "SUSPENDED" } else { "mapped device" } }</tspan></text>
            { seat("LIVE", "live", device.live.as_ref(), live, 26.0, 34.0, 108.0) }
            { seat("INACTIVE", "inactive", device.inactive.as_ref(), "", 142.0, 34.0, 92.0) }
            { out }
            <g data-list={picture.list.join(" ")}>{ text(254.0, 26.0, "small", list) }</g>
        </g>
    }
}

/// A table's place; `next` is what becomes of it, where something does.
fn seat(title: &'static str, slot: &'static str, table: Option<&TablePicture>, next: &'static str, x: f64, y: f64, width: f64) -> Html {
    let class = match (table, slot) {
        (None, _) => "slot vacant",
        (Some(_), "leaving" | "moving") => "slot leaving",
        (Some(_), _) => "slot filled",
    };
    let words = match table {
        None => "empty".to_owned(),
        Some(t) if next.is_empty() => format!("table {}", t.letter),
        Some(_) => next.to_owned(),
    };
    let letter = table.map(|t| t.letter.clone()).unwrap_or_default();
    let indent = if table.is_some() { 34.0 } else { 10.0 };
    html! {
        <g class={classes!(table.map(|t| hue(&t.letter)))} data-slot={slot} data-table={letter.clone()} role="img" aria-label={format!("{title}: {letter} {words}")}>
            <rect {class} x={n(x)} y={n(y)} width={n(width)} height="38" rx="6" />
            { table.map(|t| badge(x + 8.0, y + 9.0, &t.letter)) }
            { text(x + indent, y + 16.0, "small hued", title) }
            { text(x + indent, y + 31.0, "small", words) }
        </g>
    }
}

/// Blocks with a column: the superblock, and what the mapping trees of the objects consist of.
fn columns(picture: &Picture) -> Vec<u64> {
    let mut wanted = BTreeSet::from([0]);
    for object in &picture.objects {
        let mapping = object.buffers.iter().filter(|b| b.role.is_some_and(|r| r.owner == Owner::Map)).map(|b| b.block);
        wanted.extend(mapping.take(2));
        wanted.extend(root(object));
        wanted.extend(object.stale.iter().take(1));
    }
    wanted.into_iter().take(COLUMNS_MAX).collect()
}

fn root(object: &ObjectPicture) -> Option<u64> {
    object.roots.iter().find(|(name, _)| name == "mapping_root").map(|(_, block)| *block)
}

fn column(columns: &[u64], block: u64) -> Option<f64> {
    let at = columns.iter().position(|b| *b == block)?;
    let room = (WIDTH - 2.0 * LEFT - COLUMN * number(columns.len())).max(0.0);
    let gaps = columns.windows(2).filter(|w| w[1] != w[0] + 1).count().max(1);
    let gap = (room / number(gaps)).min(24.0);
    let before = columns.windows(2).take(at).filter(|w| w[1] != w[0] + 1).count();
    Some(LEFT + COLUMN * number(at) + gap * number(before))
}

fn object(picture: &Picture, heights: &Heights, columns: &[u64], i: usize, object: &ObjectPicture) -> Html {
    let y = heights.card(i);
    let block = root(object).unwrap_or(0);
    let live = live_holder(picture, object);
    let lane = live.map(|letter| {
        let end = y + 29.0;
        let d = format!("M16 53H12Q7 53 7 59V{}Q7 {} 12 {}H14", n(end - 6.0), n(end), n(end));
        html! { <g class={hue(&letter)}><path class="hold" {d} /></g> }
    });
    let rail = column(columns, block).filter(|_| block != 0).map(|x| {
        let (from, to, turn, x) = if i == 0 {
            (y + CARD_HEIGHT, heights.disk - 2.0, 1.0, x + TILE / 2.0)
        } else {
            (y, heights.disk + TILE + 2.0, -1.0, x + TILE / 2.0)
        };
        let middle = if i == 0 { from + 12.0 } else { from - 12.0 };
        let start = LEFT + 46.0;
        let d = format!(
            "M{} {}V{}Q{} {} {} {}H{}Q{} {} {} {}V{}",
            n(start),
            n(from),
            n(middle - 6.0 * turn),
            n(start),
            n(middle),
            n(start + 6.0),
            n(middle),
            n(x - 6.0),
            n(x),
            n(middle),
            n(x),
            n(middle + 6.0 * turn),
            n(to)
        );
        html! { <g class="owner-map"><path class="rail owner-map" {d} /><path class="badge" d={head(x, to, i == 0)} /></g> }
    });
    let all: BTreeSet<u64> = picture.objects.iter().flat_map(|o| o.oblocks.iter().copied()).collect();
    let chips = all
        .iter()
        .take(8)
        .enumerate()
        .map(|(c, oblock)| chip(150.0 + 28.2 * number(c), y + 24.0, *oblock, !object.oblocks.contains(oblock)));
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    html! {
        <g class={hue(&object.letter)} data-object={object.letter.clone()} data-holders={object.holders.join(" ")} data-ref-count={object.ref_count.to_string()}
            data-stale={object.stale.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")} role="group" aria-label={format!("metadata object {}, {}", object.letter, held_by(picture, object))}>
            { lane }
            { rail }
            <rect class="card outline-filled" x={n(LEFT)} y={n(y)} width={n(CARD)} height={n(CARD_HEIGHT)} rx="8" />
            { badge(LEFT + 8.0, y + 8.0, &object.letter) }
            { text(LEFT + 34.0, y + 17.0, "strong", "object") }
            { text(LEFT + 34.0, y + 32.0, "small", if object.ref_count > 1 { format!("ref_count {}", object.ref_count) } else { held_by(picture, object) }) }
            { text(LEFT + 10.0, y + 50.0, "small mono", format!("mapping_root {block}")) }
            { text(150.0, y + 15.0, "strong", format!("{} {} {} {word}", if object.ref_count > 1 { object.holders.join(" and ") } else { object.letter.clone() }, if object.ref_count > 1 { "see" } else { "sees" }, object.nr_mappings)) }
            { for chips }
        </g>
    }
}

fn blocks(model: &Model, picture: &Picture, heights: &Heights, columns: &[u64]) -> Html {
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let y = heights.disk;
    let tile = |block: &u64| {
        let x = column(columns, *block)?;
        let known = device.blocks.iter().find(|b| b.block == *block)?;
        let free = known.count == 0;
        let owner = known.owner.filter(|_| !free).map(|o| super::blocks::owner_class(o));
        let letter = known.kind.map_or("", |kind| kind.names().0);
        let stale: Vec<&str> = picture.objects.iter().filter(|o| o.stale.contains(block)).map(|o| o.letter.as_str()).collect();
        let selected = model.selected == Some(*block);
        let label = format!(
            "Block {block}, {}{}",
            if free { "free on disk" } else { "on disk" },
            if stale.is_empty() { String::new() } else { format!(", stale in the buffer of {}", stale.join(" and ")) }
        );
        Some(html! {
            <g class={classes!("tile", owner, free.then_some("free"), selected.then_some("selected"))} role="img" tabindex={if selected || *block == 0 { "0" } else { "-1" }} aria-label={label} data-block={block.to_string()} data-row="disk">
                <rect class="face" x={n(x)} y={n(y)} width={n(TILE)} height={n(TILE)} rx="4" />
                <text class="kind" x={n(x + TILE / 2.0)} y={n(y + 17.0)}>{ letter }</text>
                <text x={n(x + TILE / 2.0)} y={n(y + 34.0)}>{ *block }</text>
                if !stale.is_empty() {
                    <g class="not-equal"><text class="stale-word" x={n(x + TILE / 2.0)} y={n(y + TILE + 12.0)}>{ format!("≠ {}", stale.join(" ")) }</text></g>
                }
            </g>
        })
    };
    let gaps =
        columns.windows(2).filter(|w| w[1] != w[0] + 1).filter_map(|w| column(columns, w[1])).map(|x| text(x - 13.0, y + 25.0, "gap", "⋯"));
    let free: Vec<u64> = device.blocks.iter().filter(|b| b.count == 0 && columns.contains(&b.block)).map(|b| b.block).collect();
    let free = match free.as_slice() {
        [] => Html::default(),
        [one] => text(WIDTH - LEFT, y + TILE + 16.0, "small end", format!("{one} is free on disk")),
        many => text(
            WIDTH - LEFT,
            y + TILE + 16.0,
            "small end",
            format!("{} are free on disk", many.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        ),
    };
    html! { <g role="group" aria-label={format!("blocks of {}", device.name)}>{ text(LEFT, y - 8.0, "strong", "metadata device") }{ for columns.iter().filter_map(tile) }{ for gaps }{ free }</g> }
}

fn data(data: &DataPicture, y: f64) -> Html {
    let blocks = interesting(data);
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Html::default() };
    let tile = |(i, block): (usize, &&DataBlock)| {
        let place = (78.0 + 44.0 * number(i), y, 41.0);
        let label = format!(
            "origin block {}: written {}, a read returns {}{}",
            block.oblock,
            byte(block.written),
            byte(block.reads),
            said_of(block.verdict)
        );
        let tile = if has_cached_tile(block) { cached(block, place) } else { at_origin(block, place) };
        html! { <g role="img" aria-label={label} data-block-verdict={block.verdict.map(Verdict::word).unwrap_or_default()}>{ tile }</g> }
    };
    let reads = blocks.iter().map(|b| byte(b.reads)).collect::<Vec<_>>().join(" ");
    let (class, sign) = sign(first.verdict, first);
    let (above, below) = if first.verdict == Some(Verdict::Unreadable) {
        ("not readable now:".to_owned(), text(264.0, y + 32.0, "small", reason(data)))
    } else {
        let returned = if data.access == Access::Gone { "the origin holds".to_owned() } else { format!("{} returns", data.device) };
        (returned, html! { <text class={classes!("mono", class)} x="264" y={n(y + 32.0)}>{ reads }{ sign }</text> })
    };
    html! {
        <g data-data={data.device.clone()} data-lost={data.lost.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")}>
            { text(LEFT, y + 15.0, "strong", range(&blocks, first.oblock, last.oblock)) }
            { text(LEFT, y + 31.0, "small", if has_cached_tile(first) { "on cache" } else { "on origin" }) }
            { for blocks.iter().enumerate().map(tile) }
            { text(264.0, y + 15.0, "small", above) }
            { below }
        </g>
    }
}
