//! Metadata objects: their cards with root fields, who holds them, and what each of them sees.

use super::blocks::{Columns, TILE};
use super::shapes::{badge, head, hue, n, text};
use crate::timeline::picture::{ObjectPicture, Picture};
use yew::prelude::*;

const LEFT: f64 = 24.0;
const CARD: f64 = 172.0;
const HEAD: f64 = 38.0;
const ROW: f64 = 18.0;
const CHIPS_MAX: usize = 12;

/// Where things stand, top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Top of each object's card.
    pub(super) cards: Vec<f64>,
    /// Top of each object's row of buffers.
    pub(super) buffers: Vec<f64>,
    /// Top of the device's row of blocks.
    pub(super) disk: f64,
    /// Where the next part may start.
    pub(super) end: f64,
}

impl Layout {
    pub(super) fn new(picture: &Picture, top: f64) -> Self {
        let height = |o: &ObjectPicture| HEAD + ROW * count(o.roots.len()) + 10.0;
        let mut layout = Self { cards: Vec::new(), buffers: Vec::new(), disk: top, end: top };
        let mut y = top;
        if let Some(first) = picture.objects.first() {
            layout.cards.push(y);
            y += height(first) + 28.0;
            layout.buffers.push(y);
            y += TILE + 8.0;
        }
        layout.disk = y;
        y += TILE + 16.0;
        for object in picture.objects.iter().skip(1) {
            y += 4.0;
            layout.buffers.push(y);
            y += TILE + 28.0;
            layout.cards.push(y);
            y += height(object) + 16.0;
        }
        layout.end = y + 4.0;
        layout
    }

    /// Whether an object looks at the device from above.
    fn above(&self, n: usize) -> bool {
        self.buffers.get(n).is_some_and(|y| *y < self.disk)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of rows")]
fn count(n: usize) -> f64 {
    n as f64
}

/// The lines from slots to the objects that their tables hold.
pub(super) fn holds(picture: &Picture, layout: &Layout) -> Html {
    let line = |(i, object): (usize, &ObjectPicture)| {
        let y = layout.cards.get(i).copied().unwrap_or(0.0) + 19.0;
        let live = live_holder(picture, object)?;
        let d = format!("M24 73H18Q12 73 12 79V{}Q12 {} 18 {}H22", n(y - 6.0), n(y), n(y));
        let tip = format!("M17 {}L23 {}L17 {}z", n(y - 3.5), n(y), n(y + 3.5));
        Some(html! { <g class={hue(&live)}><path class="hold" {d} /><path class="badge" d={tip} /></g> })
    };
    html! { <>{ for picture.objects.iter().enumerate().filter_map(line) }</> }
}

/// The letter of the table in a LIVE slot that holds the object.
fn live_holder(picture: &Picture, object: &ObjectPicture) -> Option<String> {
    picture.devices.iter().filter_map(|d| d.live.as_ref()).find(|t| t.objects.contains(&object.letter)).map(|t| t.letter.clone())
}

/// The cards with rails from every root field to the block it names.
pub(super) fn cards(picture: &Picture, layout: &Layout, columns: &Columns) -> Html {
    let objects = picture.objects.iter().enumerate();
    html! { <>{ for objects.map(|(i, object)| card(picture, layout, columns, i, object)) }</> }
}

fn card(picture: &Picture, layout: &Layout, columns: &Columns, i: usize, object: &ObjectPicture) -> Html {
    let y = layout.cards.get(i).copied().unwrap_or(0.0);
    let above = layout.above(i);
    let mut roots = object.roots.clone();
    roots.sort_by_key(|(_, block)| *block);
    if above {
        roots.reverse();
    }
    let height = HEAD + ROW * count(roots.len()) + 10.0;
    let holders = if object.holders.is_empty() { "held by nobody".to_owned() } else { format!("held by {}", object.holders.join(" and ")) };
    let live = live_holder(picture, object).map(|_| " (live)").unwrap_or_default();
    let second = if object.ref_count > 1 {
        format!("ref_count {} · {}", object.ref_count, object.holders.join(" and "))
    } else {
        format!("{holders}{live}")
    };
    let rows = roots.iter().enumerate().map(|(row, (name, block))| {
        let y = y + HEAD + 4.0 + ROW * (count(row) + 0.5);
        let class = if name == "mapping_root" { "mono strong" } else { "mono" };
        html! {
            <g class={owner_class(name)}>
                { rail(layout, columns, i, object, y, name, *block) }
                { text(LEFT + 12.0, y + 4.0, class, name.clone()) }
                <text class="mono hued end" x={n(LEFT + CARD - 12.0)} y={n(y + 4.0)} data-root={name.clone()} data-block={block.to_string()}>{ *block }</text>
            </g>
        }
    });
    html! {
        <g class={hue(&object.letter)} data-object={object.letter.clone()} data-holders={object.holders.join(" ")} data-ref-count={object.ref_count.to_string()}
            data-stale={object.stale.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")} role="group"
            aria-label={format!("metadata object {}, {holders}{live}, ref_count {}", object.letter, object.ref_count)}>
            <rect class="card" x={n(LEFT)} y={n(y)} width={n(CARD)} height={n(height)} rx="8" />
            <path class="card-head" d={format!("M{} {}h{}v{}h-{}z", LEFT + 1.0, n(y + 8.0), CARD - 2.0, HEAD - 8.0, CARD - 2.0)} />
            <path class="card-head" d={format!("M{} {}v-1a6 6 0 0 1 6 -6h{}a6 6 0 0 1 6 6v1z", LEFT + 1.0, n(y + 8.0), CARD - 14.0)} />
            <rect class="card object vacancy" fill="none" x={n(LEFT)} y={n(y)} width={n(CARD)} height={n(height)} rx="8" fill-opacity="0" />
            { badge(LEFT + 10.0, y + 9.0, &object.letter) }
            { text(LEFT + 40.0, y + 17.0, "strong", "metadata object") }
            { text(LEFT + 40.0, y + 32.0, "small", second) }
            { for rows }
        </g>
    }
}

fn owner_class(root: &str) -> &'static str {
    match root {
        "mapping_root" => "owner-map",
        "hint_root" => "owner-hint",
        "discard_root" => "owner-disc",
        "dirty_root" => "owner-dirty",
        _ => "owner-sm",
    }
}

fn rail(layout: &Layout, columns: &Columns, i: usize, object: &ObjectPicture, y: f64, name: &str, block: u64) -> Html {
    let (Some(x), Some(buffers)) = (columns.middle(block).filter(|_| block != 0), layout.buffers.get(i)) else {
        return Html::default();
    };
    let cached = object.buffers.iter().any(|b| b.block == block);
    let down = layout.above(i);
    let end = match (down, cached) {
        (true, true) => buffers - 2.0,
        (true, false) => layout.disk - 2.0,
        (false, true) => buffers + TILE + 2.0,
        (false, false) => layout.disk + TILE + 2.0,
    };
    let start = LEFT + CARD;
    let turn = if down { 6.0 } else { -6.0 };
    let d = format!("M{} {}H{}Q{} {} {} {}V{}", n(start), n(y), n(x - 6.0), n(x), n(y), n(x), n(y + turn), n(end));
    let class = classes!("rail", owner_class(name), (!cached).then_some("unread"));
    html! { <><path class="halo" d={d.clone()} /><path {class} {d} /><path class="badge" d={head(x, end, down)} /></> }
}

/// What each object sees: the origin blocks that its own mapping tree leads to.
pub(super) fn sights(picture: &Picture, layout: &Layout, width: f64) -> Html {
    let all: Vec<u64> = {
        let mut all: Vec<u64> = picture.objects.iter().flat_map(|o| o.oblocks.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let objects = picture.objects.iter().enumerate();
    let seen = objects.map(|(i, object)| {
        let y = layout.cards.get(i).copied().unwrap_or(0.0);
        let y = if layout.above(i) { y - 8.0 } else { y + 56.0 };
        sight(object, &all, width - 276.0, y)
    });
    html! { <>{ for seen }</> }
}

fn sight(object: &ObjectPicture, all: &[u64], x: f64, y: f64) -> Html {
    let chip = |(i, oblock): (usize, &u64)| {
        let missing = !object.oblocks.contains(oblock);
        let at = x + 32.0 * count(i % 8);
        let y = y + 28.0 + 24.0 * count(i / 8);
        html! {
            <g class={classes!("chip", missing.then_some("missing"))}>
                <rect x={n(at)} y={n(y)} width="28" height="20" rx="3" />
                <text x={n(at + 14.0)} y={n(y + 14.0)}>{ if missing { "✗".to_owned() } else { oblock.to_string() } }</text>
            </g>
        }
    };
    let more = all.len().saturating_sub(CHIPS_MAX);
    let shown = if more > 0 { object.oblocks.len().min(CHIPS_MAX) } else { all.len() };
    let list = if more > 0 { &object.oblocks[..shown] } else { all };
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    html! {
        <g role="img" aria-label={format!("{} sees {} {word}", object.letter, object.nr_mappings)} data-sees={object.nr_mappings.to_string()}>
            { badge(x, y, &object.letter) }
            { text(x + 28.0, y + 15.0, "strong", format!("sees {} {word}", object.nr_mappings)) }
            { for list.iter().enumerate().map(chip) }
        </g>
    }
}
