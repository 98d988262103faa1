//! The small stage: the mapping rails alone, and what they cost. Where the whole one has no room, on one screen with its verdicts.

use super::super::model::Model;
use super::super::msg::Msg;
use super::super::page::{Link, PageMsg};
use super::blocks::{block_of, on_tile_key};
use super::data::{self, at_origin, byte, cached, has_cached_tile, interesting, range, reason_within, returned, said_of, sign};
use super::devices;
use super::measure::Measure;
use super::objects::{CHIP, chip, chips_within, held_by, live_holder, looks_up, seen, shown};
use super::shapes::{badge, head, hue, n, text};
use crate::playback::Frame;
use crate::timeline::picture::{DataBlock, DataPicture, DevicePicture, ObjectPicture, Picture, TablePicture};
use crate::timeline::tree::Owner;
use dm_cache_engine::world::verdict::Verdict;
use std::collections::BTreeSet;
use yew::prelude::*;

const TOP: f64 = 8.0;
const CARD_HEIGHT: f64 = 58.0;
/// From one card to the next one below it.
const CARD_PITCH: f64 = 68.0;
/// From one mapped device to the next.
const DEVICE_PITCH: f64 = 78.0;
/// From one chip of a mapping to the next.
const CHIP_PITCH: f64 = 28.0;
const TILE: f64 = 42.0;
const COLUMN: f64 = 46.0;

/// One of the two small drawings, in units of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    pub(super) width: f64,
    left: f64,
    /// Of an object's card.
    card: f64,
    /// Where the row of blocks starts.
    start: f64,
    /// Between a row of blocks and the cards over and under it.
    apart: f64,
    /// Of the two slots, and of a table in none.
    live: f64,
    inactive: f64,
    out: f64,
    /// Where it says what an object sees, and how many chips have room there.
    sees: f64,
    chips: usize,
    /// From here on the origin has a row of its own, and what a read returns a box.
    roomy: bool,
}

impl Form {
    /// One of two halves, or a stage between panels.
    pub(super) const SMALL: Self = Self {
        width: 640.0,
        left: 24.0,
        card: 150.0,
        start: 142.0,
        apart: 38.0,
        live: 190.0,
        inactive: 150.0,
        out: 150.0,
        sees: 190.0,
        chips: 14,
        roomy: true,
    };
    /// A phone, or a narrow half.
    pub(super) const NARROW: Self = Self {
        width: 390.0,
        left: 16.0,
        card: 128.0,
        start: 16.0,
        apart: 40.0,
        live: 116.0,
        inactive: 96.0,
        out: 116.0,
        sees: 152.0,
        chips: 8,
        roomy: false,
    };

    /// Right edge of the card of a mapped device.
    fn device(&self) -> f64 {
        self.left + self.live + self.inactive + 24.0
    }

    /// Left edge of a table in no slot.
    fn out(&self) -> f64 {
        self.device() + 8.0
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of columns")]
    fn columns_most(&self) -> usize {
        ((self.width - self.left - self.start) / COLUMN) as usize
    }
}

/// Heights, top to bottom; the same for all pictures side by side.
struct Heights {
    above: f64,
    disk: f64,
    below: f64,
    /// Cards below the row of blocks.
    places: usize,
    data: f64,
    end: f64,
}

impl Heights {
    fn of(pictures: &[&Picture], form: &Form) -> Self {
        let most = |of: fn(&Picture) -> usize| pictures.iter().map(|p| of(p)).max().unwrap_or(0);
        let rows = most(|p| devices::shown(p).len()).max(1);
        let places = most(|p| p.objects.len() - usize::from(upper(p).is_some()));
        let above = TOP + 4.0 + number(rows) * DEVICE_PITCH + if form.roomy { 0.0 } else { 14.0 };
        let disk = above + CARD_HEIGHT + form.apart;
        let below = disk + TILE + form.apart;
        let data = if places == 0 { disk + TILE + 24.0 } else { below + number(places) * CARD_PITCH };
        let end = match most(|p| p.data.len()) {
            0 => data,
            _ if form.roomy => data + data::HEIGHT,
            _ => data + 60.0,
        };
        Self { above, disk, below, places, data, end }
    }
}

/// Which object has its place above the row of blocks.
fn upper(picture: &Picture) -> Option<usize> {
    picture.objects.iter().position(|o| !looks_up(&o.letter))
}

#[allow(clippy::cast_precision_loss, reason = "a handful")]
fn number(n: usize) -> f64 {
    n as f64
}

/// What the drawing's parts are drawn from.
#[derive(Clone, Copy)]
struct Drawing<'p> {
    model: &'p Model,
    picture: &'p Picture,
    form: &'p Form,
    heights: &'p Heights,
    columns: &'p [u64],
}

/// The drawing of a run. `beside` is the picture next to this one: both have the same columns and heights. `room` is what the
/// drawing has in pixels.
pub(super) fn view(model: &Model, link: &Link, frame: &Frame, run: usize, form: &Form, beside: Option<&Picture>, room: (f64, f64)) -> Html {
    let picture = &frame.picture;
    let sharing = model.side(run).is_some_and(|r| r.sharing);
    let pictures: Vec<&Picture> = [Some(picture), beside].into_iter().flatten().collect();
    let heights = Heights::of(&pictures, form);
    let columns = columns(&pictures, form);
    let drawing = Drawing { model, picture, form, heights: &heights, columns: &columns };
    let onclick = link.batch_callback(|event: MouseEvent| block_of(&event).map(|block| PageMsg(Msg::Select(block))));
    let onkeydown = link.batch_callback(on_tile_key);
    let (width, height) = super::scaled((form.width, heights.end + 4.0), room, model.look.largest());
    let class = classes!("picture", if form.roomy { "small-stage" } else { "narrow" });
    html! {
        <svg {class} role="group" aria-label={format!("The machine {} sharing", if sharing { "with" } else { "without" })} {width} {height}
            viewBox={format!("0 0 {} {}", n(form.width), n(heights.end + 4.0))} data-run={if sharing { "on" } else { "off" }} {onclick} {onkeydown}>
            { for devices::shown(picture).into_iter().enumerate().map(|(row, d)| device(drawing, row, d)) }
            { list(drawing, sharing) }
            { for picture.objects.iter().enumerate().map(|(i, o)| object(drawing, i, o)) }
            { for vacancies(drawing) }
            { blocks(drawing) }
            { if form.roomy { data::view(picture, &frame.changes, heights.data, &Measure::SMALL).0 } else { picture.data.first().map(|d| data(d, form, heights.data)).unwrap_or_default() } }
        </svg>
    }
}

fn device(drawing: Drawing<'_>, row: usize, device: &DevicePicture) -> Html {
    let form = drawing.form;
    let y = TOP + DEVICE_PITCH * number(row);
    let out = match &device.moving {
        Some(table) => Some(("NEW TABLE", "moving", table, "becoming LIVE")),
        None => device.leaving.first().map(|t| ("OLD TABLE", "leaving", t, if form.roomy { "destructor next" } else { "dtr next" })),
    };
    let live = match (device.becoming_live, form.roomy) {
        (false, _) => "",
        (true, true) => "new table, becoming LIVE",
        (true, false) => "becoming LIVE",
    };
    let out = out.map(|(title, slot, table, next)| seat(title, slot, Some(table), next, form.out(), y + 22.0, form.out));
    html! {
        <g data-device={device.name.clone()} data-suspended={device.suspended.to_string()}>
            <rect class="card" x={n(form.left)} y={n(y)} width={n(form.device() - form.left)} height="70" rx="8" />
            <text x={n(form.left + 12.0)} y={n(y + 16.0)}><tspan class="strong mono">{ &device.name }</tspan><tspan class="small" dx="6">{ if device.suspended { "SUSPENDED" } else { "mapped device" } }</tspan></text>
            { seat("LIVE", "live", device.live.as_ref(), live, form.left + 8.0, y + 22.0, form.live) }
            { seat("INACTIVE", "inactive", device.inactive.as_ref(), "", form.left + form.live + 16.0, y + 22.0, form.inactive) }
            { out }
        </g>
    }
}

/// The kernel's list in one line.
fn list(drawing: Drawing<'_>, sharing: bool) -> Html {
    let Drawing { picture, form, heights, .. } = drawing;
    let words = if sharing {
        format!(
            "list: {}, mutex {}",
            if picture.list.is_empty() { "empty".to_owned() } else { picture.list.join(" ") },
            picture.mutex.as_ref().map_or("free".to_owned(), |by| format!("held by {by}"))
        )
    } else {
        "no list".to_owned()
    };
    let (x, y) = if form.roomy { (form.out(), TOP + 15.0) } else { (form.left, heights.above - 8.0) };
    html! { <g data-list={picture.list.join(" ")}>{ text(x, y, "small", words) }</g> }
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
    let indent = if table.is_some() { 28.0 } else { 10.0 };
    html! {
        <g class={classes!(table.map(|t| hue(&t.letter)))} data-slot={slot} data-table={letter.clone()} role="img" aria-label={format!("{title}: {letter} {words}")}>
            <rect {class} x={n(x)} y={n(y)} width={n(width)} height="40" rx="6" />
            { table.map(|t| badge(x + 5.0, y + 10.0, &t.letter)) }
            { text(x + indent, y + 16.0, "small hued", title) }
            { text(x + indent, y + 32.0, "small", words) }
        </g>
    }
}

/// Blocks with a column: the superblock, the mapping roots, what is stale, then what else the trees consist of as far as there is
/// room.
fn columns(pictures: &[&Picture], form: &Form) -> Vec<u64> {
    let objects = || pictures.iter().flat_map(|p| &p.objects);
    let of_mappings = |o: &ObjectPicture| {
        let mapping = o.buffers.iter().filter(|b| b.role.is_some_and(|r| r.owner == Owner::Map)).map(|b| b.block);
        mapping.collect::<Vec<_>>()
    };
    let others = |o: &ObjectPicture| o.roots.iter().map(|(_, block)| *block).collect::<Vec<_>>();
    let mut wanted = vec![0];
    wanted.extend(objects().filter_map(root));
    wanted.extend(objects().flat_map(|o| o.stale.iter().copied()));
    wanted.extend(objects().flat_map(|o| of_mappings(o).into_iter().take(2)));
    wanted.extend(objects().flat_map(others));
    let mut columns = BTreeSet::new();
    for block in wanted {
        if columns.len() < form.columns_most() {
            columns.insert(block);
        }
    }
    columns.into_iter().collect()
}

fn root(object: &ObjectPicture) -> Option<u64> {
    object.roots.iter().find(|(name, _)| name == "mapping_root").map(|(_, block)| *block)
}

fn column(form: &Form, columns: &[u64], block: u64) -> Option<f64> {
    let at = columns.iter().position(|b| *b == block)?;
    let room = (form.width - form.left - form.start - COLUMN * number(columns.len())).max(0.0);
    let gaps = columns.windows(2).filter(|w| w[1] != w[0] + 1).count().max(1);
    let gap = (room / number(gaps)).min(24.0);
    let before = columns.windows(2).take(at).filter(|w| w[1] != w[0] + 1).count();
    Some(form.start + COLUMN * number(at) + gap * number(before))
}

/// Top of an object's card.
fn place(drawing: Drawing<'_>, i: usize) -> (f64, bool) {
    let upper = upper(drawing.picture);
    if upper == Some(i) {
        return (drawing.heights.above, true);
    }
    let before = i - usize::from(upper.is_some_and(|u| u < i));
    (drawing.heights.below + number(before) * CARD_PITCH, false)
}

/// Places without an object, where there was one or the other picture has one.
fn vacancies(drawing: Drawing<'_>) -> Vec<Html> {
    let Drawing { picture, form, heights, .. } = drawing;
    let upper = upper(picture);
    let vacancy = |y: f64, words: &'static str| {
        html! {
            <g>
                <rect class="card vacant" x={n(form.left)} y={n(y)} width={n(form.card)} height={n(CARD_HEIGHT)} rx="8" />
                { text(form.left + form.card / 2.0, y + CARD_HEIGHT / 2.0 + 4.0, "middle small", words) }
            </g>
        }
    };
    let taken = picture.objects.len() - usize::from(upper.is_some());
    let above = (upper.is_none() && !picture.objects.is_empty()).then(|| vacancy(heights.above, "no object any more"));
    let below = (taken..heights.places).map(|at| vacancy(heights.below + number(at) * CARD_PITCH, "no second object"));
    above.into_iter().chain(below).collect()
}

fn object(drawing: Drawing<'_>, i: usize, object: &ObjectPicture) -> Html {
    let Drawing { picture, form, heights, columns, .. } = drawing;
    let (y, above) = place(drawing, i);
    let block = root(object).unwrap_or(0);
    let lane = live_holder(picture, object).map(|letter| {
        let (end, x) = (y + 29.0, form.left);
        let d = format!(
            "M{} {}H{}Q{} {} {} {}V{}Q{} {} {} {}H{}",
            n(x + 8.0),
            n(TOP + 42.0),
            n(x - 4.0),
            n(x - 9.0),
            n(TOP + 42.0),
            n(x - 9.0),
            n(TOP + 48.0),
            n(end - 6.0),
            n(x - 9.0),
            n(end),
            n(x - 4.0),
            n(end),
            n(x - 1.0)
        );
        html! { <g class={hue(&letter)}><path class="hold" {d} /></g> }
    });
    let rail = column(form, columns, block).filter(|_| block != 0).map(|x| {
        let x = x + TILE / 2.0;
        let (from, to, turn) = if above { (y + CARD_HEIGHT, heights.disk - 2.0, 1.0) } else { (y, heights.disk + TILE + 2.0, -1.0) };
        let middle = from + 12.0 * turn;
        // Straight where the block stands under the card, else round two corners.
        let start = (form.left + 46.0).min(x);
        let side = if x - start < 12.0 { 0.0 } else { 6.0 };
        let d = format!(
            "M{} {}V{}Q{} {} {} {}H{}Q{} {} {} {}V{}",
            n(start),
            n(from),
            n(middle - 6.0 * turn),
            n(start),
            n(middle),
            n(start + side),
            n(middle),
            n(x - side),
            n(x),
            n(middle),
            n(x),
            n(middle + 6.0 * turn),
            n(to)
        );
        html! { <g class="owner-map"><path class="rail owner-map" {d} /><path class="badge" d={head(x, to, above)} /></g> }
    });
    let all = seen(picture);
    let (most, width) = chips_within(CHIP_PITCH * number(form.chips), CHIP_PITCH, &all);
    let (chips, missing) = shown(object, &all, most);
    let pitch = CHIP_PITCH + width - CHIP;
    let chips =
        chips.iter().enumerate().map(|(c, oblock)| chip(form.sees + pitch * number(c), y + 24.0, width, *oblock, missing.contains(oblock)));
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    let (who, sees) = if object.ref_count > 1 { (object.holders.join(" and "), "see") } else { (object.letter.clone(), "sees") };
    html! {
        <g class={hue(&object.letter)} data-object={object.letter.clone()} data-holders={object.holders.join(" ")} data-ref-count={object.ref_count.to_string()}
            data-listed={object.listed.to_string()} data-stale={object.stale.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")} role="group" aria-label={format!("metadata object {}, {}", object.letter, held_by(picture, object))}>
            { lane }
            { rail }
            <rect class="card outline-filled" x={n(form.left)} y={n(y)} width={n(form.card)} height={n(CARD_HEIGHT)} rx="8" />
            { badge(form.left + 8.0, y + 8.0, &object.letter) }
            { text(form.left + 34.0, y + 17.0, "strong", "object") }
            { text(form.left + 34.0, y + 32.0, "small", if object.ref_count > 1 { format!("ref_count {}", object.ref_count) } else { held_by(picture, object) }) }
            { text(form.left + 10.0, y + 50.0, "small mono", format!("mapping_root {block}")) }
            <g data-sees={object.nr_mappings.to_string()} data-unreadable={object.unreadable.len().to_string()}>
                { text(form.sees, y + 15.0, "strong", format!("{who} {sees} {} {word}", object.nr_mappings)) }
                { for chips }
            </g>
        </g>
    }
}

fn blocks(drawing: Drawing<'_>) -> Html {
    let Drawing { model, picture, form, heights, columns } = drawing;
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let y = heights.disk;
    let entry = model.selected.filter(|b| columns.contains(b)).unwrap_or(0);
    let tile = |block: &u64| {
        let x = column(form, columns, *block)?;
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
            <g class={classes!("tile", owner, free.then_some("free"), selected.then_some("selected"))} role="img" tabindex={if *block == entry { "0" } else { "-1" }} aria-label={label} data-block={block.to_string()} data-row="disk">
                <rect class="face" x={n(x)} y={n(y)} width={n(TILE)} height={n(TILE)} rx="4" />
                <text class="kind" x={n(x + TILE / 2.0)} y={n(y + 17.0)}>{ letter }</text>
                { super::shapes::number(x + TILE / 2.0, y + 34.0, TILE - 4.0, "", *block) }
                if !stale.is_empty() {
                    <g class="not-equal"><text class="stale-word" x={n(x + TILE / 2.0)} y={n(y + TILE + 13.0)}>{ format!("≠ {}", stale.join(" ")) }</text></g>
                }
            </g>
        })
    };
    let gaps = columns
        .windows(2)
        .filter(|w| w[1] != w[0] + 1)
        .filter_map(|w| Some((column(form, columns, w[0])? + COLUMN - 4.0, column(form, columns, w[1])?)))
        .filter(|(from, to)| to - from > 12.0)
        .map(|(from, to)| text(f64::midpoint(from, to), y + 25.0, "gap", "⋯"));
    // Words keep clear of the rails: on the side of the row where none stands.
    let rails = |up: bool| {
        let of = picture.objects.iter().enumerate().filter(move |(i, _)| place(drawing, *i).1 == up);
        of.filter_map(|(_, o)| column(form, columns, root(o)?)).map(|x| x + TILE / 2.0).collect::<Vec<_>>()
    };
    const NAME: f64 = 112.0;
    let name = if form.roomy {
        html! { <>{ text(form.left, y + 17.0, "strong", "metadata device") }{ text(form.left, y + 33.0, "small", "blocks on disk") }</> }
    } else if rails(true).iter().all(|x| *x > form.left + NAME) {
        text(form.left, y - 8.0, "strong", "metadata device")
    } else {
        text(form.width - form.left, y - 8.0, "strong end", "metadata device")
    };
    let stale = picture.objects.iter().flat_map(|o| &o.stale).filter_map(|b| column(form, columns, *b)).map(|x| x + TILE / 2.0);
    let taken: Vec<f64> = rails(false).into_iter().chain(stale).collect();
    html! { <g role="group" aria-label={format!("blocks of {}", device.name)}>{ name }{ for columns.iter().filter_map(tile) }{ for gaps }{ free(drawing, device, &taken) }</g> }
}

/// Under the row: which of the blocks on show the disk has free.
fn free(drawing: Drawing<'_>, device: &crate::timeline::picture::MetadataPicture, taken: &[f64]) -> Option<Html> {
    /// Widest letter of small text.
    const LETTER: f64 = 7.0;
    let Drawing { form, heights, columns, .. } = drawing;
    let free: Vec<u64> = device.blocks.iter().filter(|b| b.count == 0 && columns.contains(&b.block)).map(|b| b.block).collect();
    let list = free.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let words = match free.as_slice() {
        [] => return None,
        [_] => format!("{list} is free on disk"),
        _ => format!("{list} are free on disk"),
    };
    let width = LETTER * number(data::letters(&words));
    let (y, right) = (heights.disk + TILE + 15.0, form.width - form.left);
    let clear = |from: f64| taken.iter().all(|x| *x < from - 12.0 || *x > from + width + 12.0);
    let left = form.start + COLUMN + 2.0;
    [form.start, left, right - width].into_iter().find(|from| clear(*from)).map(|from| text(from, y, "small", words))
}

/// The data of a narrow drawing: one row, of the blocks that a read is told of.
fn data(data: &DataPicture, form: &Form, y: f64) -> Html {
    /// Letters beside the tiles.
    const LETTERS: usize = 22;
    let blocks = interesting(data);
    let Some(first) = blocks.first() else { return Html::default() };
    let tile = |(i, block): (usize, &&DataBlock)| {
        let place = (form.left + 44.0 * number(i), y + 20.0, 41.0);
        let label = format!(
            "origin block {}: written {}, a read returns {}{}",
            block.oblock,
            byte(block.written),
            byte(block.reads),
            said_of(block.verdict)
        );
        let tile = if has_cached_tile(block) { cached(block, place) } else { at_origin(block, place) };
        html! { <g role="img" aria-label={label} data-oblock={block.oblock.to_string()} data-block-verdict={block.verdict.map(Verdict::word).unwrap_or_default()}>{ tile }</g> }
    };
    let reads = blocks.iter().map(|b| byte(b.reads)).collect::<Vec<_>>().join(" ");
    let (class, sign) = sign(first.verdict, first);
    let x = form.left + 44.0 * number(blocks.len()) + 8.0;
    let (above, below) = if first.verdict == Some(Verdict::Unreadable) {
        ("not readable now:".to_owned(), text(x, y + 52.0, "small", reason_within(data, LETTERS)))
    } else {
        (returned(data, LETTERS), html! { <text class={classes!("mono", class)} x={n(x)} y={n(y + 52.0)}>{ reads }{ sign }</text> })
    };
    let device = if has_cached_tile(first) { "cache device" } else { "origin device" };
    html! {
        <g data-data={data.device.clone()} data-lost={data.lost.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")}>
            <text x={n(form.left)} y={n(y + 12.0)}><tspan class="strong">{ device }</tspan><tspan class="small" dx="8">{ format!("blocks {}", range(&blocks)) }</tspan></text>
            { for blocks.iter().enumerate().map(tile) }
            { text(x, y + 35.0, "small", above) }
            { below }
        </g>
    }
}
