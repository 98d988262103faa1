//! The map: one tile a block, coloured by owner. Blocks of one owner in a row are one path; a grid over them cuts tiles.

use super::opened::{Opened, Owner};
use super::{ImageMsg, number};
use crate::app::model::Msg;
use crate::app::page::{Link, PageMsg};
use crate::image::damage::Area;
use crate::image::format::Kind;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// Blocks in a row.
const ROW: u64 = 64;
/// From one tile to the next.
const PITCH: u64 = 12;
/// Width of the row labels.
const LABELS: u64 = 52;

/// Everything a block can belong to, in the order of the legend.
pub(super) const OWNERS: [(Owner, &str, &str); 8] = [
    (Owner::Of(Area::Superblock), "owner-sb", "Superblock"),
    (Owner::Of(Area::Mapping), "owner-map", "Mapping"),
    (Owner::Of(Area::Hint), "owner-hint", "Hints"),
    (Owner::Of(Area::Dirty), "owner-dirty", "Dirty bitset"),
    (Owner::Of(Area::Discard), "owner-disc", "Discard bitset"),
    (Owner::Of(Area::SpaceMap), "owner-sm", "Space map"),
    (Owner::Leaked, "owner-leak", "Counted, unused"),
    (Owner::Free, "owner-free", "Free"),
];

pub(super) fn class(owner: Owner) -> &'static str {
    OWNERS.iter().find(|(o, ..)| *o == owner).map_or("owner-free", |(_, class, _)| class)
}

/// How many blocks belong to whom; and of these how many are nodes, and how many array blocks.
pub(super) fn tally(image: &Opened) -> BTreeMap<Owner, (u64, u64, u64)> {
    let mut tally = BTreeMap::new();
    for at in 0..image.nr_blocks() {
        let (all, nodes, arrays) = tally.entry(image.owner(at)).or_insert((0, 0, 0));
        *all += 1;
        match image.map.usage(at) {
            Some((_, Kind::BtreeNode)) => *nodes += 1,
            Some((_, Kind::ArrayBlock)) => *arrays += 1,
            _ => {}
        }
    }
    tally
}

pub(super) fn view(image: &Opened, selected: u64, link: &Link) -> Html {
    let nr = image.nr_blocks();
    let (width, height) = (LABELS + ROW * PITCH, nr.div_ceil(ROW) * PITCH);
    let mut paths: BTreeMap<Owner, String> = BTreeMap::new();
    let mut nodes = String::new();
    let mut shared = String::new();
    let mut at = 0;
    while at < nr {
        let owner = image.owner(at);
        let row_end = (at / ROW + 1) * ROW;
        let run = (at..row_end.min(nr)).take_while(|b| image.owner(*b) == owner).count() as u64;
        let (x, y) = place(at);
        // A String takes everything.
        let _ = write!(paths.entry(owner).or_default(), "M{x} {y}h{}v{PITCH}h-{}z", run * PITCH, run * PITCH);
        at += run;
    }
    for block in image.map.blocks().filter(|b| *b < nr) {
        let (x, y) = place(block);
        if matches!(image.map.usage(block), Some((_, Kind::BtreeNode | Kind::Index))) {
            let _ = write!(nodes, "M{} {}h3v3h-3z", x + 4, y + 4);
        }
        if image.count(block) > 1 {
            let _ = write!(shared, "M{x} {y}h4l-4 4z");
        }
    }
    let bad = image.bad.iter().map(|block| {
        let (x, y) = place(*block);
        html! { <path class="bad-tile" d={format!("M{x} {y}h{PITCH}v{PITCH}h-{PITCH}zm3 3l6 6m0 -6l-6 6")} data-bad={block.to_string()} /> }
    });
    let labels = (0..nr.div_ceil(ROW)).step_by(4).map(|row| {
        html! { <text class="small mono end" x={(LABELS - 8).to_string()} y={(row * PITCH + 10).to_string()}>{ row * ROW }</text> }
    });
    let (x, y) = place(selected);
    let onclick = link.batch_callback(move |event: MouseEvent| {
        let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
        let rect = element.get_bounding_client_rect();
        let scale = px(width) / rect.width().max(1.0);
        let x = (f64::from(event.client_x()) - rect.left()) * scale - px(LABELS);
        let y = (f64::from(event.client_y()) - rect.top()) * scale;
        if x < 0.0 || y < 0.0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and bounded by the drawing")]
        let (column, row) = ((x / px(PITCH)) as u64, (y / px(PITCH)) as u64);
        (column < ROW).then_some(PageMsg(Msg::Image(ImageMsg::Block(row * ROW + column))))
    });
    let tile = |(owner, class, _): &(Owner, &'static str, &str)| {
        let d = paths.get(owner)?.clone();
        Some(html! { <path class={classes!("run", *class)} {d} /> })
    };
    let used = image.map.blocks().filter(|b| *b < nr).count();
    html! {
        <section class="image-map">
            <div class="section-head">
                <h2>{ "Block map" }</h2>
                <span class="quiet">{ format!("{nr} blocks of 4 KiB, {ROW} per row; square in the middle: node or index; corner: count above 1") }</span>
                <span class="grow" />
                <label class="picker">{ "Block" }<input type="number" min="0" max={(nr.saturating_sub(1)).to_string()} value={selected.to_string()} aria-label="Go to block" onchange={number(link, ImageMsg::Block)} /></label>
            </div>
            <svg class="map" viewBox={format!("0 0 {} {}", width + 2, height + 2)} role="img" {onclick}
                aria-label={format!("{nr} blocks, {used} in use, {} unreadable; block {selected} is selected", image.bad.len())}
                data-blocks={nr.to_string()} data-used={used.to_string()} data-bad-blocks={image.bad.len().to_string()}>
                <defs><pattern id="grid" width={PITCH.to_string()} height={PITCH.to_string()} x={LABELS.to_string()} patternUnits="userSpaceOnUse">
                    <path class="grid-line" d={format!("M0 0h{PITCH}M0 0v{PITCH}")} />
                </pattern></defs>
                { for OWNERS.iter().filter_map(tile) }
                <path class="map-node" d={nodes} />
                <path class="map-shared" d={shared} />
                <rect fill="url(#grid)" x={LABELS.to_string()} y="0" width={(ROW * PITCH).to_string()} height={height.to_string()} />
                { for bad }
                { for labels }
                <rect class="map-selected" x={x.to_string()} y={y.to_string()} width={PITCH.to_string()} height={PITCH.to_string()} rx="2" />
            </svg>
        </section>
    }
}

/// Where a block's tile stands.
fn place(block: u64) -> (u64, u64) {
    (LABELS + block % ROW * PITCH, block / ROW * PITCH)
}

#[allow(clippy::cast_precision_loss, reason = "a drawing's own units, far below 2^52")]
fn px(n: u64) -> f64 {
    n as f64
}
