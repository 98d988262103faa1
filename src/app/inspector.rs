//! One metadata block: the disk's bytes beside each object's buffer, differences marked.

use super::look::{LookMsg, Sheet};
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, send};
use super::stage::side;
use super::{panes, races};
use crate::playback::Frame;
use crate::scene::Look;
use crate::timeline::names::object_letter;
use crate::timeline::text::capital;
use dm_cache_engine::device::Page;
use dm_cache_image::format::{CLEAN_SHUTDOWN, Kind, le32, le64};
use yew::prelude::*;

/// Bytes in a row: so many as fit beside the stage.
const ROW_BYTES: usize = 12;
/// Rows shown at most: of what differs, and of a whole block.
const ROWS_MAX: usize = 12;
const ROWS_MAX_WHOLE: usize = 342;

/// Somewhere the block's bytes are.
struct Copy {
    name: String,
    page: Page,
    hue: &'static str,
}

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let body = match (model.selected, model.frame()) {
        (Some(block), Some(frame)) => inspect(model, link, frame, block),
        _ => nothing(),
    };
    let shown = panes::view(model, link).unwrap_or_else(|| html! { <>{ body }{ panes::block_history(model, link) }</> });
    html! { <section class="inspector" aria-label="Inspector" tabindex="0" role={model.look.role(&[Sheet::Inspect])}>{ whose(model, link) }{ panes::strip(model, link) }{ shown }</section> }
}

/// Of two runs, which one is inspected.
fn whose(model: &Model, link: &Link) -> Html {
    if model.frames.len() < 2 {
        return Html::default();
    }
    let option = |n| (side(model, n).unwrap_or_default().0.to_owned(), n == model.looked_at(), Msg::Look(LookMsg::Half(n)));
    let options = (0..model.frames.len()).map(option).collect();
    html! { <div class="whose-run">{ races::radios("Inspected run", options, link) }</div> }
}

/// No block is selected: how to select one.
fn nothing() -> Html {
    html! {
        <>
            <div class="panel-head"><h2>{ "Inspector" }</h2></div>
            <section class="quiet">{ "Select a block to see its bytes on the disk and in every buffer. " }<kbd>{ "g" }</kbd>{ " goes to a block by number." }</section>
        </>
    }
}

fn copies(frame: &Frame, block: u64) -> Vec<Copy> {
    let view = &frame.view;
    let mut copies = Vec::new();
    let devices = &frame.picture.metadata;
    if !devices.is_empty() && devices.iter().all(|d| d.nr_blocks <= block) {
        return copies;
    }
    let disk = view.objects.values().next().map(|o| o.dev).or_else(|| view.caches.values().next().map(|c| c.metadata));
    if let Some(page) = disk.and_then(|dev| view.device_page(dev, block)) {
        copies.push(Copy { name: "disk".into(), page, hue: "" });
    }
    for id in view.objects.keys() {
        let buffer = view.client_of(*id).and_then(|c| c.buffers.get(&block));
        if let Some(buffer) = buffer {
            let letter = object_letter(view, *id);
            copies.push(Copy { name: format!("buffer {letter}"), page: buffer.page.clone(), hue: Look::hue(&letter).word() });
        }
    }
    copies
}

fn inspect(model: &Model, link: &Link, frame: &Frame, block: u64) -> Html {
    let copies = copies(frame, block);
    let kind = copies.first().and_then(|c| Kind::sniff(c.page.bytes()));
    let name = match kind {
        Some(Kind::Superblock) => "superblock",
        Some(Kind::BtreeNode) => "btree node",
        Some(Kind::ArrayBlock) => "array block",
        Some(Kind::Index) => "space map index",
        Some(Kind::Bitmap) => "space map bitmap",
        None => "not a sealed block",
    };
    let rows: Vec<(&'static str, Vec<String>)> =
        fields(kind).iter().map(|field| (field.name, copies.iter().map(|c| field.read(&c.page)).collect())).collect();
    let differing = rows.iter().filter(|(_, values)| differ(values)).count();
    let row = |(name, values): &(&'static str, Vec<String>)| {
        let class = differ(values).then_some("differs");
        let first = values.first().cloned().unwrap_or_default();
        html! {
            <tr class={classes!(class)}>
                <td>{ class.map(|_| html! { <span class="sign">{ "≠" }</span> }) }{ *name }</td>
                { for values.iter().map(|v| html! { <td class={classes!((*v != first).then_some("other"))}>{ v }</td> }) }
            </tr>
        }
    };
    let summary = match (copies.len(), differing) {
        (0, _) => html! { <span class="quiet">{ "There is no such block." }</span> },
        (1, _) => html! { <span class="quiet">{ "In no buffer." }</span> },
        (_, 0) if copies.windows(2).all(|w| w[0].page.bytes() == w[1].page.bytes()) => {
            html! { <span>{ "Every buffer equals the disk, byte for byte." }</span> }
        }
        (_, 0) => html! { <span>{ "Every buffer equals the disk in these fields." }</span> },
        (_, n) => {
            html! { <span><strong class="bad">{ format!("≠ {n} of {} fields differ.", rows.len()) }</strong>{ sound(&copies) }</span> }
        }
    };
    let fields = html! {
        <>
            <table>
                <thead><tr><th scope="col">{ "field" }</th>{ for copies.iter().map(|c| html! { <th scope="col" class={c.hue}>{ &c.name }</th> }) }</tr></thead>
                <tbody>{ for rows.iter().map(row) }</tbody>
            </table>
            <section>{ summary }</section>
        </>
    };
    html! {
        <>
            <div class="panel-head"><h2>{ format!("Block {block}") }</h2><span class="quiet">{ name }</span><span class="grow" /><span class="mono quiet">{ offset(block) }</span></div>
            { if model.look.hex { Html::default() } else { fields } }
            { bytes(model, link, &copies) }
        </>
    }
}

/// The byte at which a block begins. A link may name a block that no device has.
fn offset(block: u64) -> String {
    block.checked_mul(dm_cache_engine::device::PAGE_SIZE as u64).map(|at| format!("{at:#06x}")).unwrap_or_default()
}

/// Whether the last buffer's checksum holds although it differs: it is not damaged, it is old.
fn sound(copies: &[Copy]) -> Html {
    let Some(last) = copies.last() else { return Html::default() };
    if Kind::sniff(last.page.bytes()).is_none() {
        return Html::default();
    }
    html! { <>{ format!(" {} is a valid block with a correct checksum.", capital(&last.name)) }</> }
}

/// The bytes of one copy, chosen by a tab: what differs from the disk, or the whole block.
fn bytes(model: &Model, link: &Link, copies: &[Copy]) -> Html {
    let Some(shown) = copies.get(model.look.copy).or(copies.last()) else { return Html::default() };
    let tab = |(i, copy): (usize, &Copy)| {
        html! {
            <button type="button" class={copy.hue} aria-pressed={(copy.name == shown.name).to_string()} onclick={send(link, Msg::Look(LookMsg::Copy(i)))}>{ &copy.name }</button>
        }
    };
    html! {
        <>
            <div class="copies">
                { for copies.iter().enumerate().map(tab) }
                <span class="grow" />
                <button type="button" title="x" aria-pressed={model.look.hex.to_string()} onclick={send(link, Msg::Look(LookMsg::Hex))}>{ "hex" }</button>
            </div>
            <section>{ hex(shown, copies.first(), model.look.hex) }</section>
        </>
    }
}

fn differ(values: &[String]) -> bool {
    values.windows(2).any(|w| w[0] != w[1])
}

/// A field by its place and width.
struct Field {
    name: &'static str,
    at: usize,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    U32,
    U64,
    Hex,
    /// Of the superblock.
    Flags,
    Text(usize),
}

impl Field {
    fn read(&self, page: &Page) -> String {
        let bytes = page.bytes();
        match self.shape {
            Shape::U32 => le32(bytes, self.at).to_string(),
            Shape::U64 => le64(bytes, self.at).to_string(),
            Shape::Hex => format!("{:08x}", le32(bytes, self.at)),
            Shape::Flags => match le32(bytes, self.at) {
                CLEAN_SHUTDOWN => "CLEAN".to_owned(),
                flags => flags.to_string(),
            },
            Shape::Text(len) => {
                let text = dm_cache_image::format::until_nul(bytes.get(self.at..self.at + len).unwrap_or_default());
                if text.is_empty() { "–".to_owned() } else { text }
            }
        }
    }
}

const fn field(name: &'static str, at: usize, shape: Shape) -> Field {
    Field { name, at, shape }
}

/// `struct cache_disk_superblock`.
const SUPERBLOCK: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("flags", 4, Shape::Flags),
    field("blocknr", 8, Shape::U64),
    field("magic", 32, Shape::Hex),
    field("version", 40, Shape::U32),
    field("policy_name", 44, Shape::Text(16)),
    field("policy_hint_size", 60, Shape::U32),
    field("sm.nr_blocks", 64, Shape::U64),
    field("sm.nr_allocated", 72, Shape::U64),
    field("sm.bitmap_root", 80, Shape::U64),
    field("sm.ref_count_root", 88, Shape::U64),
    field("mapping_root", 192, Shape::U64),
    field("hint_root", 200, Shape::U64),
    field("discard_root", 208, Shape::U64),
    field("discard_nr_blocks", 224, Shape::U64),
    field("data_block_size", 232, Shape::U32),
    field("cache_blocks", 240, Shape::U32),
    field("read_hits", 256, Shape::U32),
    field("read_misses", 260, Shape::U32),
    field("write_hits", 264, Shape::U32),
    field("write_misses", 268, Shape::U32),
];
/// `struct btree_node`.
const NODE: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("flags", 4, Shape::U32),
    field("blocknr", 8, Shape::U64),
    field("nr_entries", 16, Shape::U32),
    field("max_entries", 20, Shape::U32),
    field("value_size", 24, Shape::U32),
    field("key 0", 32, Shape::U64),
];
/// `struct array_block`.
const ARRAY: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("max_entries", 4, Shape::U32),
    field("nr_entries", 8, Shape::U32),
    field("value_size", 12, Shape::U32),
    field("blocknr", 16, Shape::U64),
    field("value 0", 24, Shape::U64),
];
/// `struct disk_metadata_index` and `struct disk_bitmap_header` start alike.
const SPACE_MAP: &[Field] = &[field("csum", 0, Shape::Hex), field("blocknr", 8, Shape::U64), field("word 0", 16, Shape::U64)];

fn fields(kind: Option<Kind>) -> &'static [Field] {
    match kind {
        Some(Kind::Superblock) => SUPERBLOCK,
        Some(Kind::BtreeNode) => NODE,
        Some(Kind::ArrayBlock) => ARRAY,
        Some(Kind::Index | Kind::Bitmap) => SPACE_MAP,
        None => &[],
    }
}

fn hex(copy: &Copy, disk: Option<&Copy>, whole: bool) -> Html {
    let bytes = copy.page.bytes();
    let other = disk.map_or(bytes, |d| d.page.bytes());
    let differs = bytes != other;
    // Without a difference to show, what is there: rows that are not all zeros.
    let wanted = |at: usize| {
        let word = at..at + 4;
        if differs && !whole {
            bytes.get(word.clone()) != other.get(word)
        } else {
            bytes.get(word).is_some_and(|w| w.iter().any(|b| *b != 0))
        }
    };
    let most = if whole { ROWS_MAX_WHOLE } else { ROWS_MAX };
    let mut rows = Vec::new();
    let mut at = 0;
    while at < bytes.len() && rows.len() < most {
        if !wanted(at) {
            at += 4;
            continue;
        }
        let end = (at + ROW_BYTES).min(bytes.len());
        let row = bytes.get(at..end).unwrap_or_default().iter().zip(other.get(at..end).unwrap_or_default());
        let byte = |(i, (b, o)): (usize, (&u8, &u8))| {
            let space = if i % 4 == 3 { "  " } else { " " };
            if b == o {
                html! { <>{ format!("{b:02x}{space}") }</> }
            } else {
                html! { <><b>{ format!("{b:02x}") }</b>{ space }</> }
            }
        };
        rows.push(html! { <>{ format!("{at:03x}  ") }{ for row.enumerate().map(byte) }{ "\n" }</> });
        at = end;
    }
    if rows.is_empty() {
        return html! { <p class="quiet">{ "All zeros." }</p> };
    }
    html! { <pre class="hex" tabindex="0" aria-label={format!("Bytes, {}", copy.name)}>{ for rows }</pre> }
}
