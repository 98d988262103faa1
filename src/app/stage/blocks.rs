//! The rows of tiles: each object's buffers, and the blocks of the metadata device between them.

use super::super::model::{Model, Msg};
use super::super::page::{Link, PageMsg};
use super::objects::Layout;
use super::shapes::{n, text};
use crate::timeline::picture::{BlockPicture, BufferPicture, ObjectPicture, Picture};
use crate::timeline::tree::{BlockKind, Owner};
use std::collections::{BTreeMap, BTreeSet};
use yew::prelude::*;

/// Height of a tile.
pub(super) const TILE: f64 = 34.0;
/// Where the columns start.
const START: f64 = 212.0;
/// A column is at least so wide; others are left out before that.
const PITCH_MIN: f64 = 23.0;
const PITCH_MAX: f64 = 34.0;

/// Which blocks have a column, and where; the same for all pictures side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    places: BTreeMap<u64, f64>,
    gaps: Vec<f64>,
    pitch: f64,
    left_out: usize,
}

impl Columns {
    pub(super) fn new(pictures: &[&Picture], width: f64) -> Self {
        let room = width - 24.0 - START;
        let mut all = BTreeSet::new();
        let mut needed = BTreeSet::from([0]);
        for picture in pictures {
            for device in &picture.metadata {
                all.extend(device.blocks.iter().map(|b| b.block));
                needed.extend(device.blocks.iter().filter(|b| !b.seen_by.is_empty()).map(|b| b.block));
            }
            needed.extend(picture.objects.iter().flat_map(|o| o.stale.iter().copied()));
        }
        let fits = |set: &BTreeSet<u64>, gaps: f64| count(set.len()) * PITCH_MIN + gaps <= room;
        let chosen = if fits(&all, 0.0) { all.clone() } else { needed };
        let most = (room / (PITCH_MIN + 2.0)) as usize;
        let left_out = chosen.len().saturating_sub(most);
        let chosen: Vec<u64> = chosen.into_iter().take(most).collect();
        let gaps = chosen.windows(2).filter(|w| w[1] != w[0] + 1).count();
        let gap = if gaps == 0 { 0.0 } else { ((room - count(chosen.len()) * PITCH_MIN) / count(gaps)).clamp(2.0, 18.0) };
        let pitch = ((room - gap * count(gaps)) / count(chosen.len().max(1))).min(PITCH_MAX);
        let mut columns = Self { places: BTreeMap::new(), gaps: Vec::new(), pitch, left_out };
        let (mut x, mut last) = (START, None);
        for block in chosen {
            if last.is_some_and(|last: u64| block != last + 1) {
                columns.gaps.push(x + gap / 2.0 - 1.0);
                x += gap;
            }
            columns.places.insert(block, x);
            x += pitch;
            last = Some(block);
        }
        columns
    }

    fn left(&self, block: u64) -> Option<f64> {
        self.places.get(&block).copied()
    }

    /// The middle of a block's column.
    pub(super) fn middle(&self, block: u64) -> Option<f64> {
        self.left(block).map(|x| x + (self.pitch - 2.0) / 2.0)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand at most")]
fn count(n: usize) -> f64 {
    n as f64
}

pub(super) fn view(model: &Model, link: &Link, picture: &Picture, layout: &Layout, columns: &Columns) -> Html {
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let onclick = link.batch_callback(|event: MouseEvent| block_of(&event).map(|block| PageMsg(Msg::Select(block))));
    let onkeydown = link.batch_callback(|event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" => {}
            "ArrowLeft" => return focus_beside(&event, false),
            "ArrowRight" => return focus_beside(&event, true),
            _ => return None,
        }
        block_of(&event).map(|block| PageMsg(Msg::Select(block)))
    });
    let disk = device.blocks.iter().filter_map(|b| disk_tile(model, columns, layout.disk, b));
    let rows = picture.objects.iter().enumerate().map(|(i, object)| buffers(model, layout, columns, i, object));
    let y = layout.disk + 14.0;
    let gaps = columns.gaps.iter().map(|x| text(*x, layout.disk + 21.0, "gap", "⋯"));
    let more = (columns.left_out > 0).then(|| text(24.0, y + 32.0, "small", format!("{} more blocks in use", columns.left_out)));
    html! {
        <g {onclick} {onkeydown}>
            { for rows }
            <g role="group" aria-label={format!("blocks of {}", device.name)}>
                { text(24.0, y, "strong", "metadata device") }
                { text(24.0, y + 16.0, "small", "4 KiB blocks on disk") }
                { for disk }
            </g>
            { for gaps }
            { more }
        </g>
    }
}

/// The block of the tile that an event came from.
fn block_of(event: &web_sys::Event) -> Option<u64> {
    use wasm_bindgen::JsCast as _;
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    element.closest("[data-block]").ok()??.get_attribute("data-block")?.parse().ok()
}

/// Moves the focus to the tile before or after; all tiles are one stop of the Tab key.
fn focus_beside(event: &KeyboardEvent, forward: bool) -> Option<PageMsg> {
    use wasm_bindgen::JsCast as _;
    let tile = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(".tile").ok()??;
    let mut beside = Some(tile);
    while let Some(element) = beside {
        beside = if forward { element.next_element_sibling() } else { element.previous_element_sibling() };
        if let Some(next) = beside.as_ref().filter(|e| e.has_attribute("data-block")) {
            event.prevent_default();
            // Where the focus is refused nothing else changes.
            let _ = next.unchecked_ref::<web_sys::HtmlElement>().focus();
            return None;
        }
    }
    None
}

fn owner_class(owner: Owner) -> &'static str {
    match owner {
        Owner::Sb => "owner-sb",
        Owner::Map => "owner-map",
        Owner::Hint => "owner-hint",
        Owner::Disc => "owner-disc",
        Owner::Dirty => "owner-dirty",
        Owner::Sm => "owner-sm",
    }
}

fn kind_name(kind: BlockKind) -> (&'static str, &'static str) {
    match kind {
        BlockKind::S => ("S", "superblock"),
        BlockKind::N => ("N", "btree node"),
        BlockKind::A => ("A", "array block"),
        BlockKind::I => ("I", "index"),
        BlockKind::B => ("B", "bitmap"),
        BlockKind::R => ("R", "reference counts"),
    }
}

fn tree_name(owner: Owner) -> &'static str {
    match owner {
        Owner::Sb => "",
        Owner::Map => "of the mapping tree, ",
        Owner::Hint => "of the hints, ",
        Owner::Disc => "of the discard bitset, ",
        Owner::Dirty => "of the dirty bitset, ",
        Owner::Sm => "of the space map, ",
    }
}

fn disk_tile(model: &Model, columns: &Columns, y: f64, block: &BlockPicture) -> Option<Html> {
    let x = columns.left(block.block)?;
    let width = columns.pitch - 2.0;
    let free = block.count == 0;
    let (letter, name) = block.kind.map_or(("", "never written"), kind_name);
    let owner = block.owner.filter(|_| !free);
    let class =
        classes!("tile", owner.map(owner_class), free.then_some("free"), (model.selected == Some(block.block)).then_some("selected"));
    let label = format!("Block {}, {name}, on disk, {}{}", block.block, owner.map_or("", tree_name), if free { "free" } else { "in use" });
    Some(html! {
        <g key={block.block} {class} role="img" tabindex={if model.selected.unwrap_or(0) == block.block { "0" } else { "-1" }} aria-label={label} data-block={block.block.to_string()} data-row="disk" data-count={block.count.to_string()}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="3" />
            <text class="kind" x={n(x + width / 2.0)} y={n(y + 14.0)}>{ letter }</text>
            <text x={n(x + width / 2.0)} y={n(y + 28.0)}>{ block.block }</text>
        </g>
    })
}

fn buffers(model: &Model, layout: &Layout, columns: &Columns, i: usize, object: &ObjectPicture) -> Html {
    let y = layout.buffers.get(i).copied().unwrap_or(0.0);
    let above = y < layout.disk;
    let tiles = object.buffers.iter().filter_map(|b| buffer_tile(model, columns, y, above, &object.letter, b));
    let arcs = object.buffers.iter().filter_map(|b| {
        let (from, to) = (columns.middle(b.role?.parent?)?, columns.middle(b.block)?);
        let (edge, bow) = if above { (y, y - 12.0) } else { (y + TILE, y + TILE + 12.0) };
        let d = format!("M{} {}Q{} {} {} {}", n(from), n(edge), n(f64::midpoint(from, to)), n(bow), n(to), n(edge));
        Some(html! { <path class={classes!("arc", owner_class(b.role?.owner))} {d} /> })
    });
    let count = object.buffers.len();
    html! {
        <g class={super::shapes::hue(&object.letter)} role="group" aria-label={format!("buffers of {}", object.letter)}>
            { text(24.0, y + 21.0, "hued", format!("bufio of {}", object.letter)) }
            { text(196.0, y + 21.0, "small end", if count == 1 { "1 buffer".to_owned() } else { format!("{count} buffers") }) }
            { for arcs }
            { for tiles }
        </g>
    }
}

fn buffer_tile(model: &Model, columns: &Columns, y: f64, above: bool, letter: &str, buffer: &BufferPicture) -> Option<Html> {
    let x = columns.left(buffer.block)?;
    let width = columns.pitch - 2.0;
    let stale = buffer.state == "stale";
    let dirty = buffer.state == "dirty";
    let owner = buffer.role.map(|r| owner_class(r.owner));
    let class = classes!(
        "tile",
        if stale { None } else { owner },
        stale.then_some("stale"),
        dirty.then_some("dirty"),
        (model.selected == Some(buffer.block)).then_some("selected")
    );
    let (kind, name) = buffer.role.map_or(("", "no longer in its trees"), |r| kind_name(r.kind));
    let label = format!("Block {}, {name}, buffer of {letter}, {}", buffer.block, buffer.state);
    let gap = if above { y + TILE + 4.0 } else { y - 4.0 };
    let middle = x + width / 2.0;
    Some(html! {
        <g key={buffer.block} {class} role="img" tabindex="-1" aria-label={label} data-block={buffer.block.to_string()} data-buffer-of={letter.to_owned()} data-state={buffer.state}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="3" />
            { dirty.then(|| html! { <rect class="dots" x={n(x)} y={n(y)} width={n(width)} height={n(TILE)} rx="3" /> }) }
            <text class="kind" x={n(middle)} y={n(y + 14.0)}>{ kind }</text>
            <text x={n(middle)} y={n(y + 28.0)}>{ buffer.block }</text>
            { stale.then(|| html! {
                <g class="not-equal">
                    <circle cx={n(x)} cy={n(gap)} r="6.5" /><text x={n(x)} y={n(gap + 3.5)}>{ "≠" }</text>
                    <text class="stale-word" x={n(middle)} y={n(if above { y - 5.0 } else { y + TILE + 13.0 })}>{ "STALE" }</text>
                </g>
            }) }
        </g>
    })
}
