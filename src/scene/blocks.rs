//! The rows of tiles: each object's buffers, and the blocks of the metadata device between them.

use super::look::Look;
use super::measure::{BLOCK, BUFFER, LEFT, Measure};
use super::node::{Group, Node, Pattern, Place, Role, Shape};
use super::objects::Section;
use super::room::Kept;
use super::section::Over;
use super::shapes::{count, n, number, path, rect, text};
use super::widths::SMALL;
use crate::timeline::changes::Changes;
use crate::timeline::picture::{BlockPicture, BufferPicture, MetadataPicture, ObjectPicture};
use crate::timeline::tree::Owner;
use std::collections::BTreeMap;

/// A column is at least so wide; others are left out before that.
const PITCH_MIN: f64 = 23.0;
const PITCH_MAX: f64 = 34.0;
/// Narrower than that only so that every block of a run keeps its column.
const PITCH_LEAST: f64 = 22.0;

/// Which blocks have a column, and where; the same for all pictures side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    places: BTreeMap<u64, f64>,
    gaps: Vec<f64>,
    pitch: f64,
    pub(super) left_out: usize,
}

impl Columns {
    /// Of every step where all have room, else of the pictures on show alone.
    pub(super) fn new(over: &[&Over<'_>], kept: &Kept, measure: &Measure) -> Self {
        if let Some(kept) = kept.blocks.within(usize::MAX).filter(|blocks| fits(blocks, measure)) {
            return Self::of(kept, 0, PITCH_LEAST, measure);
        }
        let room = measure.width - LEFT - measure.start;
        let devices = || over.iter().filter_map(|o| o.device);
        let mut chosen: Vec<u64> = devices().flat_map(|d| &d.blocks).map(|b| b.block).collect();
        ordered(&mut chosen);
        if count(chosen.len()) * PITCH_MIN > room {
            chosen = devices().flat_map(|d| &d.blocks).filter(|b| !b.seen_by.is_empty()).map(|b| b.block).collect();
            chosen.extend(over.iter().flat_map(|o| &o.objects).flat_map(|o| &o.stale));
            chosen.push(0);
            ordered(&mut chosen);
        }
        let most = Self::most(measure);
        let left_out = chosen.len().saturating_sub(most);
        chosen.truncate(most);
        Self::of(chosen, left_out, PITCH_MIN, measure)
    }

    /// The columns of these blocks, each so wide at least.
    fn of(chosen: Vec<u64>, left_out: usize, least: f64, measure: &Measure) -> Self {
        let room = measure.width - LEFT - measure.start;
        let gaps = gaps(&chosen);
        let gap = if gaps == 0 { 0.0 } else { ((room - count(chosen.len()) * least) / count(gaps)).clamp(2.0, 18.0) };
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
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen columns")]
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

/// Places where a number does not follow on the one before.
fn gaps(blocks: &[u64]) -> usize {
    blocks.windows(2).filter(|w| w[1] != w[0] + 1).count()
}

/// Whether so many columns have room next to each other.
fn fits(blocks: &[u64], measure: &Measure) -> bool {
    count(blocks.len()) * PITCH_LEAST + count(gaps(blocks)) * 4.0 <= measure.width - LEFT - measure.start
}

fn ordered(blocks: &mut Vec<u64>) {
    blocks.sort_unstable();
    blocks.dedup();
}

/// The rows of a metadata device.
pub(super) fn rows(section: &Section<'_>, changes: &Changes, measure: &Measure) -> Vec<Node> {
    let Section { over, layout, columns, .. } = section;
    let Some(device) = over.device else { return Vec::new() };
    let objects = || over.objects.iter().enumerate();
    let y = layout.disk + 15.0;
    let more = if columns.left_out > 0 { format!("4 KiB blocks, {} more", columns.left_out) } else { "4 KiB blocks on disk".to_owned() };
    let disk = Group::new(Role::Blocks, &device.name)
        .group(format!("blocks of {}", device.name))
        .with(text(LEFT, y, [Look::Strong], "metadata device"))
        .with(text(LEFT, y + 16.0, [Look::Small], more))
        .all(device.blocks.iter().filter_map(|b| disk_tile(section, device, changes, b)));
    let mut nodes: Vec<Node> = objects().map(|(i, object)| buffers(section, changes, measure, i, object).into()).collect();
    nodes.push(disk.into());
    nodes.extend(columns.gaps.iter().map(|x| text(*x, layout.disk + 22.0, [Look::Gap], "⋯").into()));
    nodes.extend(objects().filter_map(|(i, object)| note(section, i, object, measure.width)).map(Node::from));
    nodes.extend(objects().flat_map(|(i, object)| stale_badges(section, changes, measure, i, object)).map(Node::from));
    nodes.extend(objects().flat_map(|(i, object)| overwrite_signs(section, i, object)).map(Node::from));
    nodes
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

/// A block on the disk, without its place.
pub(super) fn block_group(device: &MetadataPicture, block: u64) -> Group {
    Group::new(Role::Block, format!("{block} of {}", device.name)).look([Look::Tile]).block(block).fact("data-row", "disk")
}

fn disk_tile(section: &Section<'_>, device: &MetadataPicture, changes: &Changes, block: &BlockPicture) -> Option<Group> {
    let x = section.columns.left(block.block)?;
    let y = section.layout.disk;
    let width = section.columns.pitch - 2.0;
    let free = block.count == 0;
    let (letter, name) = block.kind.map_or(("", "never written"), |kind| kind.names());
    let owner = block.owner.filter(|_| !free);
    let here = |letter: &String| section.over.objects.iter().any(|o| o.letter == *letter);
    let written = changes.written.iter().any(|(letter, b)| *b == block.block && here(letter));
    let label = format!("Block {}, {name}, on disk, {}{}", block.block, owner.map_or("", tree_name), if free { "free" } else { "in use" });
    Some(
        block_group(device, block.block)
            .look(owner.map(Look::from))
            .look(free.then_some(Look::Free))
            .look(written.then_some([Look::Changed, Look::Arrived]).into_iter().flatten())
            .image(label)
            .fact("data-count", block.count.to_string())
            .with(rect([Look::Face], (x, y, width, BLOCK), 3.0))
            .with(text(x + width / 2.0, y + 15.0, [Look::Kind], letter))
            .with(number(x + width / 2.0, y + 30.0, width - 2.0, [], block.block)),
    )
}

fn buffers(section: &Section<'_>, changes: &Changes, measure: &Measure, i: usize, object: &ObjectPicture) -> Group {
    let Section { layout, columns, .. } = section;
    let y = layout.buffers.get(i).copied().unwrap_or(0.0);
    let above = layout.above(i);
    let tiles = object.buffers.iter().filter_map(|b| buffer_tile(columns, changes, y, above, object, b));
    let arcs = object.buffers.iter().filter_map(|b| {
        let role = b.role?;
        let (from, to) = (columns.middle(role.parent?)?, columns.middle(b.block)?);
        let (edge, bow) = if above { (y, y - 12.0) } else { (y + BUFFER, y + BUFFER + 12.0) };
        let d = format!("M{} {}Q{} {} {} {}", n(from), n(edge), n(f64::midpoint(from, to)), n(bow), n(to), n(edge));
        Some(path([Look::Arc, role.owner.into()], d))
    });
    let count = object.buffers.len();
    let counted = if count == 1 { "1 buffer".to_owned() } else { format!("{count} buffers") };
    let name = format!("bufio of {}", object.letter);
    Group::new(Role::Buffers, &object.letter)
        .look([Look::hue(&object.letter)])
        .group(format!("buffers of {}", object.letter))
        .with(text(LEFT, y + 16.0, [Look::Hued], name))
        .with(text(measure.start - 16.0, y + 16.0, [Look::Small, Look::End], counted))
        .all(arcs)
        .all(tiles)
}

fn buffer_tile(columns: &Columns, changes: &Changes, y: f64, above: bool, object: &ObjectPicture, buffer: &BufferPicture) -> Option<Group> {
    let letter = &object.letter;
    let x = columns.left(buffer.block)?;
    let width = columns.pitch - 2.0;
    let stale = buffer.state == "stale";
    let dirty = buffer.state == "dirty";
    let place = (x, y, width, BUFFER);
    let changed = changes.tile(letter, buffer.block).map(|became| [Look::Changed, became.into()]);
    let name = buffer.role.map_or("no longer in its trees", |r| r.kind.names().1);
    let tree = buffer.role.filter(|_| !stale).map(|r| r.owner.into());
    let overwrites = if object.overwrites.contains(&buffer.block) { ", over a block in use on disk" } else { "" };
    Some(
        Group::new(Role::Buffer, format!("{} of {letter}", buffer.block))
            .look([Look::Tile, if above { Look::Above } else { Look::Below }])
            .look(tree)
            .look(stale.then_some(Look::Stale))
            .look(dirty.then_some(Look::Dirty))
            .look(changed.into_iter().flatten())
            .image(format!("Block {}, {name}, buffer of {letter}, {}{overwrites}", buffer.block, buffer.state))
            .block(buffer.block)
            .fact("data-buffer-of", letter)
            .fact("data-state", buffer.state)
            .with(rect([Look::Face], place, 3.0).filled(stale.then_some(Pattern::Stale)))
            .all(dirty.then(|| rect([Look::Dots], place, 3.0).filled(Some(Pattern::Dots))))
            .with(number(x + width / 2.0, y + 16.5, width - 2.0, [], buffer.block)),
    )
}

/// Over all tiles, so that no tile hides one: the sign between a stale buffer and the disk, and the word.
fn stale_badges(section: &Section<'_>, changes: &Changes, measure: &Measure, i: usize, object: &ObjectPicture) -> Vec<Group> {
    let y = section.layout.buffers.get(i).copied().unwrap_or(0.0);
    let above = section.layout.above(i);
    let badge = |block: &u64| {
        let (x, middle) = (section.columns.left(*block)?, section.columns.middle(*block)?);
        let (sign, word) = if above { (y + BUFFER + 3.0, y - 5.0) } else { (y - 4.0, y + BUFFER + 12.0) };
        let newly = changes.stale.iter().any(|(l, b)| *l == object.letter && b == block);
        Some(
            Group::new(Role::Stale, format!("{block} of {}", object.letter))
                .look([Look::NotEqual])
                .look(newly.then_some(Look::NewlyStale))
                .fact("aria-hidden", "true")
                .with(Shape::new(Place::Circle(x, sign, 7.0), []))
                .with(text(x, sign + 3.5, [Look::Sign], "≠"))
                .with(text(middle.max(measure.start + 14.0), word, [Look::StaleWord], "STALE")),
        )
    };
    object.stale.iter().filter_map(badge).collect()
}

/// The sign between a dirty buffer and the block in use that it would overwrite.
fn overwrite_signs(section: &Section<'_>, i: usize, object: &ObjectPicture) -> Vec<Group> {
    let y = section.layout.buffers.get(i).copied().unwrap_or(0.0);
    let sign = if section.layout.above(i) { y + BUFFER + 3.0 } else { y - 4.0 };
    let signed = |block: &u64| {
        let x = section.columns.left(*block)?;
        Some(
            Group::new(Role::Stale, format!("{block} of {}", object.letter))
                .look([Look::NotEqual])
                .fact("aria-hidden", "true")
                .with(Shape::new(Place::Circle(x, sign, 7.0), []))
                .with(text(x, sign + 3.5, [Look::Sign], "!")),
        )
    };
    object.overwrites.iter().filter_map(signed).collect()
}

/// Told of buffers whose blocks the disk has in use for something else, or has free: one of the two overwrites the other.
fn note(section: &Section<'_>, i: usize, object: &ObjectPicture, width: f64) -> Option<Shape> {
    const OVERWRITES: &str = "! in use on disk: dirty buffers over it";
    const MAY_BE: &str = "← free on disk: may be overwritten";
    let Section { over, layout, columns, .. } = section;
    let words = if object.overwrites.is_empty() {
        if layout.above(i) {
            return None;
        }
        let blocks = &over.device?.blocks;
        let is_free = |block: u64| blocks.binary_search_by_key(&block, |b| b.block).is_ok_and(|at| blocks[at].count == 0);
        object.buffers.iter().find(|b| b.role.is_some() && is_free(b.block))?;
        MAY_BE
    } else {
        OVERWRITES
    };
    let right = object.buffers.iter().filter_map(|b| columns.left(b.block)).fold(0.0, f64::max) + columns.pitch + 6.0;
    let y = layout.buffers.get(i)? + 16.0;
    let end = right + SMALL.width(words);
    // A rail to a block in no buffer goes up through this row.
    let mut rails = object.roots.iter().filter_map(|(_, block)| columns.middle(*block));
    if rails.any(|x| x > right && x < end) {
        return None;
    }
    (end <= width).then(|| text(right, y, [Look::Small], words))
}
