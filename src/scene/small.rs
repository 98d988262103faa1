//! The small stage: the mapping rails alone, and what they cost. Where the whole one has no room, on one screen with its verdicts.

use super::Subject;
use super::blocks::block_group;
use super::data;
use super::devices;
use super::look::Look;
use super::measure::Measure;
use super::node::{Group, Node, Role, Shape};
use super::objects::{CHIP, Chips, chip, has_loaded, held_by, live_holder, mapping_root, place_of, seen, to_load};
use super::room::{Kept, Room, of_mappings};
use super::section::Over;
use super::shapes::{badge, count, head, n, number, path, rect, text};
use super::widths::SMALL;
use crate::timeline::changes::Changes;
use crate::timeline::picture::{DevicePicture, MetadataPicture, ObjectPicture, Picture, TablePicture};
use std::collections::BTreeSet;

const TOP: f64 = 8.0;
const CARD_HEIGHT: f64 = 58.0;
/// From one card to the next one below it.
const CARD_PITCH: f64 = 68.0;
/// From one mapped device to the next.
const DEVICE_PITCH: f64 = 78.0;
/// From one chip of a mapping to the next.
const CHIP_PITCH: f64 = 28.0;
const TILE: f64 = 42.0;
const COLUMN: f64 = 46.0;
/// Height of the data in one row.
const ROW: f64 = 60.0;

/// One of the two small drawings, in units of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sizes {
    pub(super) width: f64,
    left: f64,
    /// Of an object's card.
    card: f64,
    /// Where the row of blocks starts.
    start: f64,
    /// Between a row of blocks and the cards over and under it.
    apart: f64,
    /// Of the two slots, and of a table in none.
    live: f64,
    inactive: f64,
    out: f64,
    /// Where it says what an object sees, and how many chips have room there.
    sees: f64,
    chips: usize,
    /// From here on the origin has a row of its own, and what a read returns a box.
    roomy: bool,
}

impl Sizes {
    /// One of two halves, or a stage between panels.
    pub(super) const SMALL: Self = Self {
        width: 640.0,
        left: 24.0,
        card: 150.0,
        start: 142.0,
        apart: 38.0,
        live: 190.0,
        inactive: 150.0,
        out: 150.0,
        sees: 190.0,
        chips: 14,
        roomy: true,
    };
    /// A phone, or a narrow half.
    pub(super) const NARROW: Self = Self {
        width: 390.0,
        left: 16.0,
        card: 128.0,
        start: 16.0,
        apart: 32.0,
        live: 116.0,
        inactive: 96.0,
        out: 116.0,
        sees: 152.0,
        chips: 8,
        roomy: false,
    };

    /// Right edge of the card of a mapped device.
    fn device(&self) -> f64 {
        self.left + self.live + self.inactive + 24.0
    }

    /// Left edge of a table in no slot.
    fn out(&self) -> f64 {
        self.device() + 8.0
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of columns")]
    fn columns_most(&self) -> usize {
        ((self.width - self.left - self.start) / COLUMN) as usize
    }
}

/// Heights of a metadata device, top to bottom; the same for all pictures side by side.
#[derive(Debug, Clone, Copy, Default)]
struct Heights {
    above: f64,
    disk: f64,
    below: f64,
    /// Cards below the row of blocks.
    places: usize,
    end: f64,
}

impl Heights {
    fn new(kept: &Kept, above: f64, sizes: &Sizes) -> Self {
        let places = kept.below;
        let disk = above + CARD_HEIGHT + sizes.apart;
        let below = disk + TILE + sizes.apart;
        let end = if places == 0 { disk + TILE + 24.0 } else { below + count(places) * CARD_PITCH };
        Self { above, disk, below, places, end }
    }
}

/// What the drawing of a metadata device is drawn from.
#[derive(Clone, Copy)]
struct Drawing<'p> {
    picture: &'p Picture,
    changes: &'p Changes,
    sizes: &'p Sizes,
    over: &'p Over<'p>,
    heights: Heights,
    columns: &'p [u64],
    kept: &'p Kept,
    room: &'p Room,
    sharing: bool,
}

/// The drawing, with its height.
pub(super) fn draw(subject: &Subject<'_>, room: &Room, sizes: &Sizes) -> (Vec<Node>, f64) {
    let Subject { picture, changes, beside, sharing, .. } = *subject;
    let rows = room.devices.len().max(1);
    let top = TOP + 4.0 + count(rows) * DEVICE_PITCH + if sizes.roomy { 0.0 } else { 14.0 };
    let devices = devices::shown(picture, room);
    let mut nodes: Vec<Node> = devices.into_iter().map(|(row, d)| device(sizes, changes, row, d).into()).collect();
    nodes.push(list(subject, sizes, top - 8.0).into());
    let (here, there) = (Over::all(picture), beside.map(Over::all).unwrap_or_default());
    let mut y = top;
    for kept in &room.sections {
        let both: Vec<&Over<'_>> = here.iter().chain(&there).filter(|over| over.name() == kept.name).collect();
        let heights = Heights::new(kept, y, sizes);
        y = heights.end;
        if let Some(over) = here.iter().find(|over| over.name() == kept.name) {
            let columns = columns(&both, kept, sizes);
            let drawing = Drawing { picture, changes, sizes, over, heights, columns: &columns, kept, room, sharing };
            nodes.extend(over.objects.iter().enumerate().map(|(i, o)| object(drawing, i, o).into()));
            nodes.extend(vacancies(drawing).into_iter().map(Node::from));
            nodes.extend(blocks(drawing).map(Node::from));
        }
    }
    let height = if sizes.roomy { data::HEIGHT } else { ROW };
    for data in &picture.data {
        if sizes.roomy {
            nodes.push(data::rows(picture, data, changes, room, y, &Measure::SMALL));
        } else {
            nodes.extend(data::one_row(data, sizes.left, y + count(room.data(&data.device, 0).0) * height));
        }
    }
    (nodes, y + count(room.data_rows()) * height)
}

fn device(sizes: &Sizes, changes: &Changes, row: usize, device: &DevicePicture) -> Group {
    let y = TOP + DEVICE_PITCH * count(row);
    let live = match (device.becoming_live, sizes.roomy) {
        (false, _) => "",
        (true, true) => "new table, becoming LIVE",
        (true, false) => "becoming LIVE",
    };
    let seat = |title, slot, table: Option<&TablePicture>, next, x, width| {
        let in_slot = matches!(slot, "live" | "inactive");
        let changed = changes.slots.iter().any(|(d, s)| *d == device.name && (*s == title || !in_slot));
        seat(device, [title, slot, next], table, (x, y + 22.0, width)).look(changed.then_some(Look::Changed))
    };
    let width = sizes.device() - sizes.left;
    let what = if device.suspended { "SUSPENDED" } else { "mapped device" };
    let out = devices::out(device, if sizes.roomy { "destructor next" } else { "dtr runs next" });
    devices::group(device)
        .with(rect([Look::Card], (sizes.left, y, width, 70.0), 8.0))
        .with(devices::title(sizes.left + 12.0, y + 16.0, device, what, width - 20.0))
        .with(seat("LIVE", "live", device.live.as_ref(), live, sizes.left + 8.0, sizes.live))
        .with(seat("INACTIVE", "inactive", device.inactive.as_ref(), "", sizes.left + sizes.live + 16.0, sizes.inactive))
        .all(out.map(|out| seat(out.title, out.slot, Some(out.table), out.next, sizes.out(), sizes.out)))
}

/// The kernel's list in one line.
fn list(subject: &Subject<'_>, sizes: &Sizes, y: f64) -> Group {
    let picture = subject.picture;
    let words = if subject.sharing {
        format!(
            "list: {}, mutex {}",
            if picture.list.is_empty() { "empty".to_owned() } else { picture.list.join(" ") },
            picture.mutex.as_ref().map_or("free".to_owned(), |by| format!("held by {by}"))
        )
    } else {
        "no list".to_owned()
    };
    let (x, y) = if sizes.roomy { (sizes.out(), TOP + 15.0) } else { (sizes.left, y) };
    devices::list(picture).with(text(x, y, [Look::Small], words))
}

/// A table's place: its title, its name in facts, and what becomes of the table, where something does.
fn seat(
    device: &DevicePicture,
    [title, slot, next]: [&'static str; 3],
    table: Option<&TablePicture>,
    (x, y, width): (f64, f64, f64),
) -> Group {
    let in_slot = matches!(slot, "live" | "inactive");
    let state = match table {
        None => Look::Vacant,
        Some(_) if in_slot => Look::Filled,
        Some(_) => Look::Leaving,
    };
    let words = match table {
        None => "empty".to_owned(),
        Some(t) if next.is_empty() => format!("table {}", t.letter),
        Some(_) => next.to_owned(),
    };
    let letter = table.map_or("", |t| t.letter.as_str());
    let indent = if table.is_some() { 28.0 } else { 10.0 };
    let words_shown = SMALL.fit(&words, width - indent - 2.0);
    Group::new(if in_slot { Role::Slot } else { Role::Table }, format!("{slot} of {}", device.name))
        .look(table.map(|t| [Look::Seat, Look::hue(&t.letter)]).into_iter().flatten())
        .fact("data-slot", slot)
        .fact("data-table", letter)
        .image(format!("{title}: {letter} {words}"))
        .with(rect([Look::Slot, state], (x, y, width, 40.0), 6.0))
        .all(table.map(|t| badge(x + 5.0, y + 10.0, &t.letter)))
        .with(text(x + indent, y + 16.0, [Look::Small, Look::Hued], title))
        .with(text(x + indent, y + 32.0, [Look::Small], words_shown))
}

/// Blocks with a column: the superblock, the mapping roots, what is stale, then what else the trees consist of as far as there is
/// room.
fn columns(both: &[&Over<'_>], kept: &Kept, sizes: &Sizes) -> Vec<u64> {
    let objects = || both.iter().flat_map(|o| &o.objects);
    let others = |o: &ObjectPicture| o.roots.iter().map(|(_, block)| *block).collect::<Vec<_>>();
    let mut wanted = vec![0];
    // Those of the whole run, so that each keeps its column, if all that matter most have one.
    if let Some(first) = kept.first.within(sizes.columns_most() - 1) {
        wanted.extend(first);
        wanted.extend([&kept.second, &kept.third].into_iter().filter_map(|few| few.within(usize::MAX)).flatten());
    } else {
        wanted.extend(objects().filter_map(|o| mapping_root(o)));
        wanted.extend(objects().flat_map(|o| o.stale.iter().copied()));
        wanted.extend(objects().flat_map(|o| of_mappings(o)));
        wanted.extend(objects().flat_map(|o| others(o)));
    }
    let mut columns = BTreeSet::new();
    for block in wanted {
        if columns.len() < sizes.columns_most() {
            columns.insert(block);
        }
    }
    columns.into_iter().collect()
}

fn column(sizes: &Sizes, columns: &[u64], block: u64) -> Option<f64> {
    let at = columns.iter().position(|b| *b == block)?;
    let room = (sizes.width - sizes.left - sizes.start - COLUMN * count(columns.len())).max(0.0);
    let gaps = columns.windows(2).filter(|w| w[1] != w[0] + 1).count().max(1);
    let gap = (room / count(gaps)).min(24.0);
    let before = columns.windows(2).take(at).filter(|w| w[1] != w[0] + 1).count();
    Some(sizes.start + COLUMN * count(at) + gap * count(before))
}

impl Drawing<'_> {
    /// Top of an object's card, and how many cards stand between it and the row of blocks; none where it stands above.
    fn place(&self, i: usize) -> (f64, Option<usize>) {
        let seat = self.over.objects.get(i).and_then(|o| self.room.seat_of(self.sharing, &o.letter)).unwrap_or(0);
        match seat.checked_sub(1) {
            None => (self.heights.above, None),
            Some(before) => (self.heights.below + count(before) * CARD_PITCH, Some(before)),
        }
    }

    fn column(&self, block: u64) -> Option<f64> {
        column(self.sizes, self.columns, block)
    }
}

/// Places without an object, where there was one or the other picture has one.
fn vacancies(drawing: Drawing<'_>) -> Vec<Group> {
    let Drawing { sizes, heights, over, changes, .. } = drawing;
    let vacancy = |seat: usize, y: f64, words: &'static str| {
        let destroyed = over.destroyed(|letter| drawing.room.seat_of(drawing.sharing, letter) == Some(seat));
        let ended = destroyed.as_ref().is_some_and(|letter| changes.closed.contains(letter));
        let words = destroyed.map_or_else(|| words.to_owned(), |letter| format!("object {letter} destroyed"));
        Group::new(Role::Vacancy, format!("{seat}{}", over.name()))
            .look(ended.then_some(Look::Changed))
            .with(rect([Look::Card, Look::Vacant], (sizes.left, y, sizes.card, CARD_HEIGHT), 8.0))
            .with(text(sizes.left + sizes.card / 2.0, y + CARD_HEIGHT / 2.0 + 4.0, [Look::Middle, Look::Small], words))
    };
    let taken: Vec<usize> = over.objects.iter().filter_map(|o| drawing.room.seat_of(drawing.sharing, &o.letter)).collect();
    let is_free = |seat: &usize| !taken.contains(seat);
    let above = Some(0).filter(is_free).map(|seat| vacancy(seat, heights.above, "no object here"));
    let below = (1..=heights.places).filter(is_free);
    let below = below.map(|seat| vacancy(seat, heights.below + count(seat - 1) * CARD_PITCH, "no second object"));
    above.into_iter().chain(below).collect()
}

fn object(drawing: Drawing<'_>, i: usize, object: &ObjectPicture) -> Group {
    let Drawing { picture, changes, sizes, over, .. } = drawing;
    let (y, before) = drawing.place(i);
    let block = mapping_root(object).unwrap_or(0);
    let lane = live_holder(picture, object).map(|letter| {
        let (end, x) = (y + 29.0, sizes.left);
        let d = format!(
            "M{} {}H{}Q{} {} {} {}V{}Q{} {} {} {}H{}",
            n(x + 8.0),
            n(TOP + 42.0),
            n(x - 4.0),
            n(x - 9.0),
            n(TOP + 42.0),
            n(x - 9.0),
            n(TOP + 48.0),
            n(end - 6.0),
            n(x - 9.0),
            n(end),
            n(x - 4.0),
            n(end),
            n(x - 1.0)
        );
        Group::new(Role::Hold, format!("{} of {letter}", object.letter)).look([Look::hue(&letter)]).with(path([Look::Hold], d))
    });
    let rail = drawing.column(block).filter(|_| block != 0).map(|x| rail(drawing, object, x + TILE / 2.0, y, before));
    let all = seen(&over.objects);
    let Chips { shown, missing, places, width } =
        Chips::new(object, &all, &drawing.kept.mappings, CHIP_PITCH * count(sizes.chips), CHIP_PITCH);
    let pitch = CHIP_PITCH + width - CHIP;
    let chips = shown.iter().map(|oblock| {
        let missing = missing.contains(oblock);
        chip(object, sizes.sees + pitch * count(place_of(&places, *oblock)), y + 24.0, width, *oblock, missing)
    });
    let said = super::objects::said(object);
    let said = if object.ref_count > 1 && has_loaded(object) { said } else { format!("{} {said}", object.letter) };
    let held = if object.ref_count > 1 { format!("ref_count {}", object.ref_count) } else { held_by(picture, object) };
    let opened = changes.opened.contains(&object.letter);
    super::objects::group(object)
        .look([Look::Object, Look::hue(&object.letter)])
        .look((opened || changes.held.contains(&object.letter)).then_some(Look::Changed))
        .group(format!("metadata object {}, {}", object.letter, held_by(picture, object)))
        .all(lane)
        .all(rail)
        .with(rect([Look::Card, Look::OutlineFilled], (sizes.left, y, sizes.card, CARD_HEIGHT), 8.0))
        .with(badge(sizes.left + 8.0, y + 8.0, &object.letter))
        .with(text(sizes.left + 34.0, y + 17.0, [Look::Strong], "object"))
        .with(text(sizes.left + 34.0, y + 32.0, [Look::Small], SMALL.fit(&held, sizes.card - 36.0)))
        .with(text(sizes.left + 10.0, y + 50.0, [Look::Small, Look::Mono], format!("mapping_root {block}")))
        .with(
            super::objects::sees(object)
                .with(text(sizes.sees, y + 15.0, [Look::Strong], said))
                .all(to_load(object, sizes.sees, y + 38.0))
                .all(chips),
        )
}

/// The line from a card to its mapping root, whose column has its middle at `x`.
fn rail(drawing: Drawing<'_>, object: &ObjectPicture, x: f64, y: f64, before: Option<usize>) -> Group {
    let Drawing { sizes, heights, .. } = drawing;
    let (edge, turn) = if before.is_none() { (y + CARD_HEIGHT, 1.0) } else { (y, -1.0) };
    let to = if before.is_none() { heights.disk - 2.0 } else { heights.disk + TILE + 2.0 };
    // The cards in between are passed on their right.
    let lanes = count(before.unwrap_or(0));
    let middle = if before.is_none() { edge + 12.0 } else { heights.below - 12.0 - 5.0 * lanes };
    let passing = before.is_some_and(|cards| cards > 0);
    let right = sizes.left + sizes.card;
    // Straight where the block stands under the card, else round two corners.
    let start = if passing { right + 5.0 } else { (sizes.left + 46.0).min(x) };
    let from = if passing { format!("M{} {}H{}", n(right), n(y + 12.0), n(start)) } else { format!("M{} {}", n(start), n(edge)) };
    let bow = if (x - start).abs() < 12.0 { 0.0 } else { 6.0 };
    let side = if x < start { -bow } else { bow };
    let d = format!(
        "{from}V{}Q{} {} {} {}H{}Q{} {} {} {}V{}",
        n(middle - 6.0 * turn),
        n(start),
        n(middle),
        n(start + side),
        n(middle),
        n(x - side),
        n(x),
        n(middle),
        n(x),
        n(middle + 6.0 * turn),
        n(to)
    );
    Group::new(Role::Root, format!("mapping_root of {}", object.letter))
        .look([Look::Mappings])
        .with(path([Look::Rail, Look::Mappings], d))
        .with(path([Look::Badge], head(x, to, before.is_none())))
}

fn blocks(drawing: Drawing<'_>) -> Option<Group> {
    let Drawing { changes, sizes, over, heights, columns, .. } = drawing;
    let device = over.device?;
    let y = heights.disk;
    // Words keep clear of the rails: on the side of the row where none stands.
    let rails = |up: bool| {
        let of = over.objects.iter().enumerate().filter(move |(i, _)| drawing.place(*i).1.is_none() == up);
        of.filter_map(|(_, o)| drawing.column(mapping_root(o)?)).map(|x| x + TILE / 2.0).collect::<Vec<_>>()
    };
    let tile = |block: &u64| {
        let x = drawing.column(*block)?;
        let known = device.blocks.iter().find(|b| b.block == *block)?;
        let free = known.count == 0;
        let owner = known.owner.filter(|_| !free).map(Look::from);
        let letter = known.kind.map_or("", |kind| kind.names().0);
        let who =
            |of: fn(&ObjectPicture) -> &[u64]| over.objects.iter().filter(|o| of(o).contains(block)).map(|o| o.letter.as_str()).collect();
        let stale: Vec<&str> = who(|o| &o.stale);
        let over_it: Vec<&str> = who(|o| &o.overwrites);
        let here = |letter: &String| over.objects.iter().any(|o| o.letter == *letter);
        let written = changes.written.iter().any(|(l, b)| b == block && here(l));
        let label = format!(
            "Block {block}, {}{}{}",
            if free { "free on disk" } else { "on disk" },
            if stale.is_empty() { String::new() } else { format!(", stale in the buffer of {}", stale.join(" and ")) },
            if over_it.is_empty() { String::new() } else { format!(", in use, and dirty in the buffer of {}", over_it.join(" and ")) }
        );
        let sign = (!stale.is_empty() || !over_it.is_empty()).then(|| {
            let words = if stale.is_empty() { format!("! {}", over_it.join(" ")) } else { format!("≠ {}", stale.join(" ")) };
            // Beside the arrow that comes from below.
            let aside = if rails(false).contains(&(x + TILE / 2.0)) { 14.0 } else { 0.0 };
            Group::new(Role::Stale, block.to_string()).look([Look::NotEqual]).with(text(
                x + TILE / 2.0 - aside,
                y + TILE + 13.0,
                [Look::StaleWord],
                words,
            ))
        });
        Some(
            block_group(device, *block)
                .look(owner)
                .look(free.then_some(Look::Free))
                .look(written.then_some([Look::Changed, Look::Arrived]).into_iter().flatten())
                .image(label)
                .with(rect([Look::Face], (x, y, TILE, TILE), 4.0))
                .with(text(x + TILE / 2.0, y + 17.0, [Look::Kind], letter))
                .with(number(x + TILE / 2.0, y + 34.0, TILE - 4.0, [], *block))
                .all(sign),
        )
    };
    let gaps = columns
        .windows(2)
        .filter(|w| w[1] != w[0] + 1)
        .filter_map(|w| Some((drawing.column(w[0])? + COLUMN - 4.0, drawing.column(w[1])?)))
        .filter(|(from, to)| to - from > 12.0)
        .map(|(from, to)| text(f64::midpoint(from, to), y + 25.0, [Look::Gap], "⋯"));
    const NAME: f64 = 112.0;
    let name: Vec<Shape> = if sizes.roomy {
        vec![text(sizes.left, y + 17.0, [Look::Strong], "metadata device"), text(sizes.left, y + 33.0, [Look::Small], "blocks on disk")]
    } else if rails(true).iter().all(|x| *x > sizes.left + NAME) {
        vec![text(sizes.left, y - 8.0, [Look::Strong], "metadata device")]
    } else {
        vec![text(sizes.width - sizes.left, y - 8.0, [Look::Strong, Look::End], "metadata device")]
    };
    let stale =
        over.objects.iter().flat_map(|o| o.stale.iter().chain(&o.overwrites)).filter_map(|b| drawing.column(*b)).map(|x| x + TILE / 2.0);
    let taken: Vec<f64> = rails(false).into_iter().chain(stale).collect();
    Some(
        Group::new(Role::Blocks, &device.name)
            .group(format!("blocks of {}", device.name))
            .all(name)
            .all(columns.iter().filter_map(tile))
            .all(gaps)
            .all(free(drawing, device, &taken)),
    )
}

/// Under the row: which of the blocks on show the disk has free.
fn free(drawing: Drawing<'_>, device: &MetadataPicture, taken: &[f64]) -> Option<Group> {
    let Drawing { sizes, heights, columns, .. } = drawing;
    let free: Vec<u64> = device.blocks.iter().filter(|b| b.count == 0 && columns.contains(&b.block)).map(|b| b.block).collect();
    let list = free.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let words = match free.as_slice() {
        [] => return None,
        [_] => format!("{list} is free on disk"),
        _ => format!("{list} are free on disk"),
    };
    let width = SMALL.width(&words);
    let (y, right) = (heights.disk + TILE + 15.0, sizes.width - sizes.left);
    let clear = |from: f64| taken.iter().all(|x| *x < from - 12.0 || *x > from + width + 12.0);
    let left = sizes.start + COLUMN + 2.0;
    [sizes.start, left, right - width]
        .into_iter()
        .find(|from| clear(*from))
        .map(|from| Group::new(Role::Note, "free").with(text(from, y, [Look::Small], words)))
}
