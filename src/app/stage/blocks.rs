//! The rows of tiles: each object's buffers, and the blocks of the metadata device between them.

use super::super::model::Model;
use super::super::msg::Msg;
use super::super::page::{Link, PageMsg};
use super::measure::{BLOCK, BUFFER, LEFT, Measure};
use super::objects::Layout;
use super::shapes::{n, number, text};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{BlockPicture, BufferPicture, ObjectPicture, Picture};
use crate::timeline::tree::Owner;
use std::collections::BTreeMap;
use yew::prelude::*;

/// A column is at least so wide; others are left out before that.
const PITCH_MIN: f64 = 23.0;
const PITCH_MAX: f64 = 34.0;

/// Which blocks have a column, and where; the same for all pictures side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    places: BTreeMap<u64, f64>,
    gaps: Vec<f64>,
    pitch: f64,
    pub(super) left_out: usize,
}

impl Columns {
    pub(super) fn new(pictures: &[&Picture], measure: &Measure) -> Self {
        let room = measure.width - LEFT - measure.start;
        let devices = || pictures.iter().flat_map(|p| &p.metadata);
        let mut chosen: Vec<u64> = devices().flat_map(|d| &d.blocks).map(|b| b.block).collect();
        ordered(&mut chosen);
        if count(chosen.len()) * PITCH_MIN > room {
            chosen = devices().flat_map(|d| &d.blocks).filter(|b| !b.seen_by.is_empty()).map(|b| b.block).collect();
            chosen.extend(pictures.iter().flat_map(|p| &p.objects).flat_map(|o| &o.stale));
            chosen.push(0);
            ordered(&mut chosen);
        }
        let most = Self::most(measure);
        let left_out = chosen.len().saturating_sub(most);
        chosen.truncate(most);
        let gaps = chosen.windows(2).filter(|w| w[1] != w[0] + 1).count();
        let gap = if gaps == 0 { 0.0 } else { ((room - count(chosen.len()) * PITCH_MIN) / count(gaps)).clamp(2.0, 18.0) };
        let pitch = ((room - gap * count(gaps)) / count(chosen.len().max(1))).min(PITCH_MAX);
        let mut columns = Self { places: BTreeMap::new(), gaps: Vec::new(), pitch, left_out };
        let (mut x, mut last) = (measure.start, None);
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

    /// No more blocks than these have a column.
    pub(super) fn most(measure: &Measure) -> usize {
        ((measure.width - LEFT - measure.start) / (PITCH_MIN + 2.0)) as usize
    }

    /// How many blocks have a column.
    pub(super) fn shown(&self) -> usize {
        self.places.len()
    }

    fn left(&self, block: u64) -> Option<f64> {
        self.places.get(&block).copied()
    }

    /// The middle of a block's column.
    pub(super) fn middle(&self, block: u64) -> Option<f64> {
        self.left(block).map(|x| x + (self.pitch - 2.0) / 2.0)
    }
}

fn ordered(blocks: &mut Vec<u64>) {
    blocks.sort_unstable();
    blocks.dedup();
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand at most")]
fn count(n: usize) -> f64 {
    n as f64
}

/// What the rows of tiles are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'p> {
    pub(super) model: &'p Model,
    pub(super) picture: &'p Picture,
    pub(super) changes: &'p Changes,
    pub(super) layout: &'p Layout,
    pub(super) columns: &'p Columns,
    pub(super) measure: &'p Measure,
}

pub(super) fn view(rows: Rows<'_>, link: &Link) -> Html {
    let Rows { picture, layout, columns, measure, .. } = rows;
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let onclick = link.batch_callback(|event: MouseEvent| block_of(&event).map(|block| PageMsg(Msg::Select(block))));
    let onkeydown = link.batch_callback(on_tile_key);
    let disk = device.blocks.iter().filter_map(|b| disk_tile(rows, b));
    let buffers = picture.objects.iter().enumerate().map(|(i, object)| self::buffers(rows, i, object));
    let badges = picture.objects.iter().enumerate().map(|(i, object)| stale_badges(rows, i, object));
    let y = layout.disk + 15.0;
    let gaps = columns.gaps.iter().map(|x| text(*x, layout.disk + 22.0, "gap", "⋯"));
    let more = if columns.left_out > 0 { format!("4 KiB blocks, {} more", columns.left_out) } else { "4 KiB blocks on disk".to_owned() };
    html! {
        <g {onclick} {onkeydown}>
            { for buffers }
            <g role="group" aria-label={format!("blocks of {}", device.name)}>
                { text(LEFT, y, "strong", "metadata device") }
                { text(LEFT, y + 16.0, "small", more) }
                { for disk }
            </g>
            { for gaps }
            { for picture.objects.iter().enumerate().filter_map(|(i, object)| free_note(rows, i, object, measure.width)) }
            { for badges }
        </g>
    }
}

/// Enter opens the tile; arrows go along the row, and across to the same block of another row.
pub(super) fn on_tile_key(event: KeyboardEvent) -> Option<PageMsg> {
    match event.key().as_str() {
        "Enter" => block_of(&event).map(|block| PageMsg(Msg::Select(block))),
        "ArrowLeft" => focus_beside(&event, false),
        "ArrowRight" => focus_beside(&event, true),
        "ArrowUp" => focus_across(&event, true),
        "ArrowDown" => focus_across(&event, false),
        _ => None,
    }
}

/// The block of the tile that an event came from.
pub(super) fn block_of(event: &web_sys::Event) -> Option<u64> {
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
            // If the element cannot be focused, nothing else changes.
            let _ = next.unchecked_ref::<web_sys::HtmlElement>().focus();
            return None;
        }
    }
    None
}

/// Moves the focus to the same block in the next row up or down that has it.
fn focus_across(event: &KeyboardEvent, up: bool) -> Option<PageMsg> {
    use wasm_bindgen::JsCast as _;
    let tile = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(".tile").ok()??;
    let block = tile.get_attribute("data-block")?;
    event.prevent_default();
    let tiles = tile.closest("svg").ok()??.query_selector_all(&format!(".tile[data-block='{block}']")).ok()?;
    let from = tile.get_bounding_client_rect().top();
    let others = (0..tiles.length()).filter_map(|i| tiles.get(i)).filter_map(|t| t.dyn_into::<web_sys::Element>().ok());
    let away =
        |e: &web_sys::Element| if up { from - e.get_bounding_client_rect().top() } else { e.get_bounding_client_rect().top() - from };
    let next = others.filter(|e| away(e) > 1.0).min_by(|a, b| away(a).total_cmp(&away(b)))?;
    // If the element cannot be focused, nothing else changes.
    let _ = next.unchecked_ref::<web_sys::HtmlElement>().focus();
    None
}

pub(super) fn owner_class(owner: Owner) -> &'static str {
    match owner {
        Owner::Sb => "owner-sb",
        Owner::Map => "owner-map",
        Owner::Hint => "owner-hint",
        Owner::Disc => "owner-disc",
        Owner::Dirty => "owner-dirty",
        Owner::Sm => "owner-sm",
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

/// The key that enters the tiles: the selected block's on the disk, else the first.
fn entry(rows: Rows<'_>) -> u64 {
    rows.model.selected.filter(|b| rows.columns.places.contains_key(b)).unwrap_or(0)
}

fn disk_tile(rows: Rows<'_>, block: &BlockPicture) -> Option<Html> {
    let x = rows.columns.left(block.block)?;
    let y = rows.layout.disk;
    let width = rows.columns.pitch - 2.0;
    let free = block.count == 0;
    let (letter, name) = block.kind.map_or(("", "never written"), |kind| kind.names());
    let owner = block.owner.filter(|_| !free);
    let selected = rows.model.selected == Some(block.block);
    let written = rows.changes.written.iter().any(|(_, b)| *b == block.block);
    let class = classes!(
        "tile",
        owner.map(owner_class),
        free.then_some("free"),
        selected.then_some("selected"),
        written.then_some("changed"),
        written.then_some("arrived")
    );
    let label = format!("Block {}, {name}, on disk, {}{}", block.block, owner.map_or("", tree_name), if free { "free" } else { "in use" });
    Some(html! {
        <g key={block.block} {class} role="img" tabindex={if entry(rows) == block.block { "0" } else { "-1" }} aria-label={label} data-block={block.block.to_string()} data-row="disk" data-count={block.count.to_string()}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(BLOCK)} rx="3" />
            <text class="kind" x={n(x + width / 2.0)} y={n(y + 15.0)}>{ letter }</text>
            { number(x + width / 2.0, y + 30.0, width - 2.0, "", block.block) }
        </g>
    })
}

fn buffers(rows: Rows<'_>, i: usize, object: &ObjectPicture) -> Html {
    let y = rows.layout.buffers.get(i).copied().unwrap_or(0.0);
    let above = rows.layout.above(i);
    let columns = rows.columns;
    let tiles = object.buffers.iter().filter_map(|b| buffer_tile(rows, y, above, &object.letter, b));
    let arcs = object.buffers.iter().filter_map(|b| {
        let (from, to) = (columns.middle(b.role?.parent?)?, columns.middle(b.block)?);
        let (edge, bow) = if above { (y, y - 12.0) } else { (y + BUFFER, y + BUFFER + 12.0) };
        let d = format!("M{} {}Q{} {} {} {}", n(from), n(edge), n(f64::midpoint(from, to)), n(bow), n(to), n(edge));
        Some(html! { <path class={classes!("arc", owner_class(b.role?.owner))} {d} /> })
    });
    let count = object.buffers.len();
    html! {
        <g key={object.letter.clone()} class={super::shapes::hue(&object.letter)} role="group" aria-label={format!("buffers of {}", object.letter)}>
            { text(LEFT, y + 16.0, "hued", format!("bufio of {}", object.letter)) }
            { text(rows.measure.start - 16.0, y + 16.0, "small end", if count == 1 { "1 buffer".to_owned() } else { format!("{count} buffers") }) }
            { for arcs }
            { for tiles }
        </g>
    }
}

fn buffer_tile(rows: Rows<'_>, y: f64, above: bool, letter: &str, buffer: &BufferPicture) -> Option<Html> {
    let x = rows.columns.left(buffer.block)?;
    let width = rows.columns.pitch - 2.0;
    let stale = buffer.state == "stale";
    let dirty = buffer.state == "dirty";
    let owner = buffer.role.map(|r| owner_class(r.owner));
    let changed = rows.changes.tile(letter, buffer.block);
    let class = classes!(
        "tile",
        if above { "above" } else { "below" },
        if stale { None } else { owner },
        stale.then_some("stale"),
        dirty.then_some("dirty"),
        (rows.model.selected == Some(buffer.block)).then_some("selected"),
        changed.map(|_| "changed"),
        changed,
    );
    let name = buffer.role.map_or("no longer in its trees", |r| r.kind.names().1);
    let label = format!("Block {}, {name}, buffer of {letter}, {}", buffer.block, buffer.state);
    Some(html! {
        <g key={buffer.block} {class} role="img" tabindex="-1" aria-label={label} data-block={buffer.block.to_string()} data-buffer-of={letter.to_owned()} data-state={buffer.state}>
            <rect class="face" x={n(x)} y={n(y)} width={n(width)} height={n(BUFFER)} rx="3" />
            { dirty.then(|| html! { <rect class="dots" x={n(x)} y={n(y)} width={n(width)} height={n(BUFFER)} rx="3" /> }) }
            { number(x + width / 2.0, y + 16.5, width - 2.0, "", buffer.block) }
        </g>
    })
}

/// Over all tiles, so that no tile hides one: the sign between a stale buffer and the disk, and the word.
fn stale_badges(rows: Rows<'_>, i: usize, object: &ObjectPicture) -> Html {
    let y = rows.layout.buffers.get(i).copied().unwrap_or(0.0);
    let above = rows.layout.above(i);
    let badge = |block: &u64| {
        let x = rows.columns.left(*block)?;
        let middle = x + (rows.columns.pitch - 2.0) / 2.0;
        let (sign, word) = if above { (y + BUFFER + 3.0, y - 5.0) } else { (y - 4.0, y + BUFFER + 12.0) };
        let newly = rows.changes.stale.iter().any(|(l, b)| *l == object.letter && b == block).then_some("newly-stale");
        Some(html! {
            <g class={classes!("not-equal", newly)} aria-hidden="true">
                <circle cx={n(x)} cy={n(sign)} r="7" /><text class="sign" x={n(x)} y={n(sign + 3.5)}>{ "≠" }</text>
                <text class="stale-word" x={n(middle.max(rows.measure.start + 14.0))} y={n(word)}>{ "STALE" }</text>
            </g>
        })
    };
    html! { <>{ for object.stale.iter().filter_map(badge) }</> }
}

/// Told of buffers whose blocks the disk has free: another transaction may take them.
fn free_note(rows: Rows<'_>, i: usize, object: &ObjectPicture, width: f64) -> Option<Html> {
    const NOTE: f64 = 212.0;
    if rows.layout.above(i) {
        return None;
    }
    let blocks = &rows.picture.metadata.first()?.blocks;
    let is_free = |block: u64| blocks.binary_search_by_key(&block, |b| b.block).is_ok_and(|at| blocks[at].count == 0);
    object.buffers.iter().find(|b| b.role.is_some() && is_free(b.block))?;
    let right = object.buffers.iter().filter_map(|b| rows.columns.left(b.block)).fold(0.0, f64::max) + rows.columns.pitch + 6.0;
    let y = rows.layout.buffers.get(i)? + 16.0;
    // A rail to a block in no buffer goes up through this row.
    let mut rails = object.roots.iter().filter_map(|(_, block)| rows.columns.middle(*block));
    if rails.any(|x| x > right && x < right + NOTE) {
        return None;
    }
    (right + NOTE <= width).then(|| text(right, y, "small", "← free on disk: may be overwritten"))
}
