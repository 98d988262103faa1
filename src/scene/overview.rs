//! Every block of a metadata device too large for columns: a small tile each, over one for each object that has it in a
//! buffer. Tiles of one colour are one path, so thousands cost a handful of elements.

use super::look::Look;
use super::node::Shape;
use super::shapes::path;
use crate::timeline::picture::{MetadataPicture, Picture};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// From one tile to the next.
const PITCH: usize = 6;
/// Tiles in a row.
pub const ROW: usize = 132;
/// Between two rows of blocks.
const APART: usize = 4;

/// The strip, laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// What it shows, in words.
    pub caption: String,
    /// Its width and height.
    pub size: (usize, usize),
    /// How many tiles it has.
    pub tiles: usize,
    /// The blocks, row by row.
    pub blocks: Vec<u64>,
    /// The tiles, one path for each colour.
    pub paths: Vec<Shape>,
}

/// The strip of a picture's metadata device.
#[must_use]
pub fn overview(picture: &Picture) -> Option<Overview> {
    let device = picture.metadata.first()?;
    let lanes = 1 + picture.objects.len();
    let line = lanes * PITCH + APART;
    let mut paths: BTreeMap<&'static str, (Look, String)> = BTreeMap::new();
    let mut tiles = device.blocks.len();
    let mut tile = |look: Look, at: usize, lane: usize| {
        let path = &mut paths.entry(look.word()).or_insert((look, String::new())).1;
        // A String takes everything.
        let _ = write!(path, "M{} {}h5v5h-5z", at % ROW * PITCH, at / ROW * line + lane * PITCH);
    };
    for (at, block) in device.blocks.iter().enumerate() {
        tile(if block.count == 0 { Look::Free } else { block.owner.map_or(Look::Used, Look::from) }, at, 0);
    }
    for (lane, object) in picture.objects.iter().enumerate() {
        let mut at = 0;
        for buffer in &object.buffers {
            while device.blocks.get(at).is_some_and(|b| b.block < buffer.block) {
                at += 1;
            }
            tiles += 1;
            let look = match buffer.state {
                "stale" => Look::Stale,
                "dirty" => Look::Dirty,
                _ => Look::hue(&object.letter),
            };
            tile(look, at, lane + 1);
        }
    }
    Some(Overview {
        caption: caption(device, picture),
        size: (ROW * PITCH, device.blocks.len().div_ceil(ROW) * line),
        tiles,
        blocks: device.blocks.iter().map(|b| b.block).collect(),
        paths: paths.into_values().map(|(look, d)| path([Look::Mini, look], d)).collect(),
    })
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
