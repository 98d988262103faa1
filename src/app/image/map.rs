//! The map: one tile a block, coloured by owner. Blocks of one owner in a row are one path; a grid over them cuts tiles.

use super::{ImageMsg, Shown, number};
use crate::app::msg::Msg;
use crate::app::page::{Link, PageMsg};
use crate::app::pointer;
use crate::scene::hundredths;
use dm_cache_image::browse::seen::Owner;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use yew::prelude::*;

/// Width of all tiles of a row, whatever their size.
const TILES: u64 = 768;
/// Side of the smallest mark of a damaged block.
const BAD_MIN: u64 = 9;

/// Everything a block can belong to, in the order of the legend.
pub(super) const OWNERS: [(Owner, &str, &str); 8] = [
    (Owner::Superblock, "owner-sb", "Superblock"),
    (Owner::Mapping, "owner-map", "Mapping"),
    (Owner::Hint, "owner-hint", "Hints"),
    (Owner::Dirty, "owner-dirty", "Dirty bitset"),
    (Owner::Discard, "owner-disc", "Discard bitset"),
    (Owner::SpaceMap, "owner-sm", "Space map"),
    (Owner::Leaked, "owner-leak", "Counted, unused"),
    (Owner::Free, "owner-free", "Free"),
];

/// Class and name of an owner.
pub(super) fn look(owner: Owner) -> (&'static str, &'static str) {
    OWNERS.iter().find(|(o, ..)| *o == owner).map_or(("owner-free", "Free"), |(_, class, name)| (class, name))
}

/// What tells owners apart besides colour; those without are filled.
pub(super) fn patterns() -> Html {
    let pattern = |id: &'static str, class: &'static str, turn: &'static str, ink: Html| {
        html! {
            <pattern {id} {class} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform={turn}>
                <rect class="mark-ground" width="4" height="4" />{ ink }
            </pattern>
        }
    };
    html! {
        <svg class="hidden" aria-hidden="true"><defs>
            { pattern("mark-hint", "owner-hint", "rotate(-45)", html! { <path class="mark-line" d="M0 2h4" /> }) }
            { pattern("mark-dirty", "owner-dirty", "", html! { <path class="mark-dot" d="M0 0h2v2h-2zM2 2h2v2h-2z" /> }) }
            { pattern("mark-disc", "owner-disc", "", html! { <path class="mark-dot" d="M0 0h2.5v4h-2.5z" /> }) }
            { pattern("mark-sm", "owner-sm", "", html! { <path class="mark-dot" d="M0 0h4v2.5h-4z" /> }) }
        </defs></svg>
    }
}

/// How many tiles stand in a row, and how far apart.
#[derive(Debug, Clone, Copy)]
struct Scale {
    row: u64,
    pitch: u64,
}

impl Scale {
    /// Larger images have smaller tiles: a map stays at most some screens tall.
    const fn of(nr_blocks: u64) -> Self {
        let row = if nr_blocks <= 4_096 {
            64
        } else if nr_blocks <= 16_384 {
            128
        } else {
            256
        };
        Self { row, pitch: TILES / row }
    }

    /// Where a block's tile stands.
    const fn place(self, block: u64) -> (u64, u64) {
        (block % self.row * self.pitch, block / self.row * self.pitch)
    }
}

pub(super) fn view(shown: &Shown, link: &Link) -> Html {
    let image = &shown.overview;
    let nr = image.nr_blocks;
    let scale = Scale::of(nr);
    let pitch = scale.pitch;
    let rows = nr.div_ceil(scale.row);
    let (width, height) = (TILES, rows * pitch);
    let mut paths: BTreeMap<Owner, String> = BTreeMap::new();
    let mut at = 0;
    for (owner, count) in &image.owners {
        let end = (at + count).min(nr);
        let d = paths.entry(*owner).or_default();
        while at < end {
            // Whole rows form one path segment, as does the rest of a row.
            let (x, y) = scale.place(at);
            let full = if at.is_multiple_of(scale.row) { (end - at) / scale.row } else { 0 };
            let (wide, tall) = if full > 0 { (scale.row, full) } else { ((end - at).min(scale.row - at % scale.row), 1) };
            // Writing to a String cannot fail.
            let _ = write!(d, "M{x} {y}h{}v{}h-{}z", wide * pitch, tall * pitch, wide * pitch);
            at += wide * tall;
        }
    }
    let dot = pitch / 4;
    let marks = |blocks: &[u64], shape: &dyn Fn(u64, u64) -> String| {
        blocks.iter().map(|b| scale.place(*b)).map(|(x, y)| shape(x, y)).collect::<String>()
    };
    let nodes = marks(&image.nodes, &|x, y| format!("M{} {}h{dot}v{dot}h-{dot}z", x + (pitch - dot) / 2, y + (pitch - dot) / 2));
    let shared = marks(&image.shared, &|x, y| format!("M{x} {y}h{dot}l-{dot} {dot}z"));
    let bad = image.bad.iter().map(|block| {
        // Where tiles are small a mark is larger than its tile: damage must not be overlooked.
        let (x, y) = scale.place(*block);
        let size = pitch.max(BAD_MIN);
        let (x, y) = (x + pitch / 2 - (size / 2).min(x), (y + pitch / 2).saturating_sub(size / 2));
        html! { <path class="bad-tile" d={format!("M{x} {y}h{size}v{size}h-{size}zm{0} {0}l{1} {1}m0 -{1}l-{1} {1}", size / 4, size - size / 4 * 2)} data-bad={block.to_string()} /> }
    });
    let every = (rows / 16).max(4);
    // Beside the map and not in it, so that they keep their size whatever the map's.
    let labels = (0..rows).step_by(usize::try_from(every).unwrap_or(4)).map(|row| {
        html! { <text x="100%" y={format!("{}%", hundredths(px(row) / px(rows) * 100.0))} dy="9">{ row * scale.row }</text> }
    });
    let (x, y) = scale.place(shown.block);
    let drawing = NodeRef::default();
    let on = drawing.clone();
    let onclick = link.batch_callback(move |event: MouseEvent| {
        let (x, y) = pointer::share(&on, &event)?;
        let column = pointer::part(x * px(width + 2) / px(TILES), scale.row)?;
        let row = pointer::part(y * px(height + 2) / px(height), rows)?;
        Some(PageMsg(Msg::Image(ImageMsg::Block(row * scale.row + column))))
    });
    let tile = |(owner, class, _): &(Owner, &'static str, &str)| {
        let d = paths.get(owner)?.clone();
        Some(html! { <path class={classes!("run", *class)} {d} /> })
    };
    let used: u64 = image.tally.iter().filter(|t| !matches!(t.owner, Owner::Free | Owner::Leaked)).map(|t| t.blocks).sum();
    html! {
        <section class="image-map">
            <div class="section-head">
                <h2>{ "Block map" }</h2>
                <span class="quiet">{ format!("{nr} blocks of 4 KiB, {} per row; a square in it: node or index", scale.row) }</span>
                <span class="grow" />
                <label class="picker">{ "Block" }<input type="number" min="0" max={(nr.saturating_sub(1)).to_string()} value={shown.block.to_string()} aria-label="Go to block" onchange={number(link, ImageMsg::Block)} /></label>
            </div>
            <div class="map-frame">
            <svg class="map-labels" aria-hidden="true">{ for labels }</svg>
            <svg class="map" viewBox={format!("0 0 {} {}", width + 2, height + 2)} role="img" ref={drawing} {onclick}
                aria-label={format!("{nr} blocks, {used} in use, {} unreadable; block {} is selected", image.bad.len(), shown.block)}
                data-blocks={nr.to_string()} data-used={used.to_string()} data-bad-blocks={image.bad.len().to_string()}>
                <defs><pattern id="grid" width={pitch.to_string()} height={pitch.to_string()} patternUnits="userSpaceOnUse">
                    <path class={if pitch < 6 { "grid-line fine" } else { "grid-line" }} d={format!("M0 0h{pitch}M0 0v{pitch}")} />
                </pattern></defs>
                { for OWNERS.iter().filter_map(tile) }
                <path class="map-node" d={nodes} />
                <path class="map-shared" d={shared} />
                <rect fill="url(#grid)" x="0" y="0" width={TILES.to_string()} height={height.to_string()} />
                { for bad }
                <rect class="map-selected" x={x.to_string()} y={y.to_string()} width={pitch.to_string()} height={pitch.to_string()} rx="2" />
            </svg>
            </div>
        </section>
    }
}

#[allow(clippy::cast_precision_loss, reason = "a drawing's own units, far below 2^52")]
fn px(n: u64) -> f64 {
    n as f64
}
