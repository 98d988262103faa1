//! Every block of a metadata device too large for columns: a small tile each, over one for each object that has it in a
//! buffer. Tiles of one colour are one path, so thousands cost a handful of elements.

use super::super::msg::Msg;
use super::super::page::{Link, PageMsg};
use super::super::pointer;
use super::blocks::owner_class;
use super::shapes::hue;
use crate::timeline::picture::{MetadataPicture, Picture};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use yew::prelude::*;

/// From one tile to the next.
const PITCH: usize = 6;
/// Tiles in a row.
const ROW: usize = 132;
/// Between two rows of blocks.
const APART: usize = 4;

pub(super) fn view(picture: &Picture, link: &Link) -> Html {
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let lanes = 1 + picture.objects.len();
    let line = lanes * PITCH + APART;
    let mut paths: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut tiles = device.blocks.len();
    let mut tile = |class: &'static str, at: usize, lane: usize| {
        // Writing to a String cannot fail.
        let _ = write!(paths.entry(class).or_default(), "M{} {}h5v5h-5z", at % ROW * PITCH, at / ROW * line + lane * PITCH);
    };
    for (at, block) in device.blocks.iter().enumerate() {
        let class = if block.count == 0 { "free" } else { block.owner.map_or("used", owner_class) };
        tile(class, at, 0);
    }
    for (lane, object) in picture.objects.iter().enumerate() {
        let mut at = 0;
        for buffer in &object.buffers {
            while device.blocks.get(at).is_some_and(|b| b.block < buffer.block) {
                at += 1;
            }
            tiles += 1;
            let class = match buffer.state {
                "stale" => "stale",
                "dirty" => "dirty",
                _ => hue(&object.letter),
            };
            tile(class, at, lane + 1);
        }
    }
    let (width, height) = (ROW * PITCH, device.blocks.len().div_ceil(ROW) * line);
    let blocks: Vec<u64> = device.blocks.iter().map(|b| b.block).collect();
    let drawing = NodeRef::default();
    let (on, rows) = (drawing.clone(), blocks.len().div_ceil(ROW));
    let onclick = link.batch_callback(move |event: MouseEvent| {
        let (x, y) = pointer::share(&on, &event)?;
        let (column, row) = (pointer::part(x, ROW as u64)?, pointer::part(y, rows as u64)?);
        let at = usize::try_from(row * ROW as u64 + column).ok()?;
        blocks.get(at).map(|block| PageMsg(Msg::Select(*block)))
    });
    html! {
        <figure class="overview">
            <figcaption>{ caption(device, picture) }</figcaption>
            <svg viewBox={format!("0 0 {width} {height}")} role="img" aria-label={caption(device, picture)} data-tiles={tiles.to_string()} ref={drawing} {onclick}>
                { for paths.into_iter().map(|(class, d)| html! { <path class={classes!("mini", class)} {d} /> }) }
            </svg>
        </figure>
    }
}

fn caption(device: &MetadataPicture, picture: &Picture) -> String {
    let used = device.blocks.iter().filter(|b| b.count > 0).count();
    let buffers: Vec<String> = picture.objects.iter().map(|o| format!("{} buffers of {}", o.buffers.len(), o.letter)).collect();
    format!(
        "All {} blocks of {} that were ever written, {used} in use; below each: {}",
        device.blocks.len(),
        device.name,
        buffers.join(", ")
    )
}
