//! One metadata block: the disk's bytes beside each object's buffer, differences marked.

use super::model::{Frame, Model};
use crate::device::Page;
use crate::image::format::{Kind, le32, le64};
use crate::timeline::names::object_letter;
use yew::prelude::*;

/// Rows of 16 bytes shown at most.
const HEX_ROWS_MAX: usize = 24;

/// Somewhere the block's bytes are.
struct Copy {
    name: String,
    page: Page,
}

pub(super) fn view(model: &Model) -> Html {
    let body = match (model.selected, model.frames.first()) {
        (Some(block), Some(frame)) => inspect(frame, block),
        _ => {
            html! { <><div class="panel-head"><h2>{ "Inspector" }</h2></div><section class="quiet">{ "Select a block to see its bytes on the disk and in every buffer." }</section></> }
        }
    };
    html! { <aside class="inspector" aria-label="Inspector" tabindex="0">{ body }</aside> }
}

fn copies(frame: &Frame, block: u64) -> Vec<Copy> {
    let view = &frame.view;
    let mut copies = Vec::new();
    let disk = view.objects.values().next().map(|o| o.dev).or_else(|| view.caches.values().next().map(|c| c.metadata));
    if let Some(page) = disk.and_then(|dev| view.device_page(dev, block)) {
        copies.push(Copy { name: "disk".into(), page });
    }
    for (id, object) in &view.objects {
        let buffer = object.client.and_then(|c| view.clients.get(&c)).and_then(|c| c.buffers.get(&block));
        if let Some(buffer) = buffer {
            copies.push(Copy { name: format!("buffer {}", object_letter(view, *id)), page: buffer.page.clone() });
        }
    }
    copies
}

fn inspect(frame: &Frame, block: u64) -> Html {
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
                <td>{ if class.is_some() { "≠ " } else { "" } }{ *name }</td>
                { for values.iter().map(|v| html! { <td class={classes!((*v != first).then_some("other"))}>{ v }</td> }) }
            </tr>
        }
    };
    let summary = match (copies.len(), differing) {
        (0 | 1, _) => html! { <span class="quiet">{ "In no buffer." }</span> },
        (_, 0) => html! { <span>{ "Every buffer equals the disk in these fields." }</span> },
        (_, n) => html! { <span><strong class="bad">{ format!("≠ {n} of {} fields differ.", rows.len()) }</strong></span> },
    };
    html! {
        <>
            <div class="panel-head"><h2>{ format!("Block {block}") }</h2><span class="quiet">{ name }</span><span class="grow" /><span class="mono quiet">{ format!("{:#06x}", block * 4096) }</span></div>
            <table>
                <thead><tr><th scope="col">{ "field" }</th>{ for copies.iter().map(|c| html! { <th scope="col">{ &c.name }</th> }) }</tr></thead>
                <tbody>{ for rows.iter().map(row) }</tbody>
            </table>
            <section>{ summary }</section>
            { for copies.iter().map(|copy| hex(copy, copies.first())) }
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
    Text(usize),
}

impl Field {
    fn read(&self, page: &Page) -> String {
        let bytes = page.bytes();
        match self.shape {
            Shape::U32 => le32(bytes, self.at).to_string(),
            Shape::U64 => le64(bytes, self.at).to_string(),
            Shape::Hex => format!("{:08x}", le32(bytes, self.at)),
            Shape::Text(len) => {
                let text = crate::image::format::until_nul(bytes.get(self.at..self.at + len).unwrap_or_default());
                if text.is_empty() { "–".to_owned() } else { text }
            }
        }
    }
}

const fn field(name: &'static str, at: usize, shape: Shape) -> Field {
    Field { name, at, shape }
}

/// Spec 01 §2.
const SUPERBLOCK: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("flags", 4, Shape::U32),
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
/// Spec 01 §3.
const NODE: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("flags", 4, Shape::U32),
    field("blocknr", 8, Shape::U64),
    field("nr_entries", 16, Shape::U32),
    field("max_entries", 20, Shape::U32),
    field("value_size", 24, Shape::U32),
    field("key 0", 32, Shape::U64),
];
/// Spec 01 §4.
const ARRAY: &[Field] = &[
    field("csum", 0, Shape::Hex),
    field("max_entries", 4, Shape::U32),
    field("nr_entries", 8, Shape::U32),
    field("value_size", 12, Shape::U32),
    field("blocknr", 16, Shape::U64),
    field("value 0", 24, Shape::U64),
];
/// Spec 01 §7: index and bitmap start alike.
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

fn hex(copy: &Copy, disk: Option<&Copy>) -> Html {
    let bytes = copy.page.bytes();
    let other = disk.map_or(bytes, |d| d.page.bytes());
    let rows = bytes.chunks(16).zip(other.chunks(16)).enumerate();
    let shown = rows.filter(|(n, (row, _))| *n == 0 || row.iter().any(|b| *b != 0)).take(HEX_ROWS_MAX).map(|(n, (row, other))| {
        let byte = |(b, o): (&u8, &u8)| {
            if b == o {
                html! { <>{ format!("{b:02x} ") }</> }
            } else {
                html! { <b>{ format!("{b:02x}") }{ " " }</b> }
            }
        };
        html! { <>{ format!("{:03x}  ", n * 16) }{ for row.iter().zip(other).map(byte) }{ "\n" }</> }
    });
    html! { <section><h3>{ &copy.name }</h3><pre class="hex">{ for shown }</pre></section> }
}
