//! Metadata objects: their cards with root fields, who holds them, and what each of them sees.

use super::blocks::Columns;
use super::devices::{Devices, Seat};
use super::look::Look;
use super::measure::{BLOCK, BUFFER, LEFT, Measure};
use super::node::{Group, Node, Place, Role, Shape};
use super::room::{Few, Kept};
use super::section::{Layout, Over, Vacancy};
use super::shapes::{badge, count, head, listed, n, path, rect, text};
use super::widths::{SMALL, STRONG};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{ObjectPicture, Picture};

pub(super) const HEAD: f64 = 36.0;
const ROW: f64 = 16.0;
/// Over the first root and under the last.
const PAD: f64 = 5.0;
/// Chips of mappings that have room in a row.
const CHIPS_MAX: usize = 8;
/// No more chips than these have room in any drawing.
const CHIPS_KEPT: usize = 32;
/// Width of a chip of up to three digits.
pub(super) const CHIP: f64 = 27.0;

/// Height of an object's card.
pub(super) fn height(object: &ObjectPicture) -> f64 {
    HEAD + ROW * count(object.roots.len()) + 2.0 * PAD
}

/// The metadata devices of a picture, each with its layout and its columns.
pub(super) struct Section<'p> {
    pub(super) over: Over<'p>,
    pub(super) layout: Layout,
    pub(super) columns: Columns,
    pub(super) kept: &'p Kept,
}

/// The lines from tables to the objects that they hold: thick from the LIVE slot, dashed from a table on its way out.
pub(super) fn holds(devices: &Devices<'_>, sections: &[Section<'_>]) -> Vec<Node> {
    let mut lanes = 0;
    let mut lines = Vec::new();
    for (table, seat, x, y) in devices.tables() {
        for Section { over, layout, .. } in sections {
            let held = over.objects.iter().enumerate().filter(|(_, o)| table.objects.contains(&o.letter));
            for (i, object) in held {
                let (d, end) = line(seat, (x, y), devices.end, &mut lanes, (layout.card(i), layout.head(i, object), layout.above(i)));
                let looks = [Look::Hold].into_iter().chain(match seat {
                    Seat::Live => None,
                    Seat::Leaving => Some(Look::OldTable),
                    Seat::Inactive | Seat::Moving => Some(Look::Waiting),
                });
                let group = Group::new(Role::Hold, format!("{} of {}", object.letter, table.letter)).look([Look::hue(&table.letter)]);
                lines.push(group.with(path(looks, d)).with(path([Look::Badge], end)).into());
            }
        }
    }
    lines
}

/// The way from a table to an object, and the arrow head at its end.
fn line(seat: Seat, (x, y): (f64, f64), end: f64, lanes: &mut usize, (card, beside, above): (f64, f64, bool)) -> (String, String) {
    if seat == Seat::Live {
        let end = beside + 19.0;
        let d = format!("M{} {}H18Q12 {} 12 {}V{}Q12 {} 18 {}H22", n(x), n(y), n(y), n(y + 6.0), n(end - 6.0), n(end), n(end));
        return (d, right(end));
    }
    let lane = end + 9.0 + 6.0 * count(*lanes % 3);
    *lanes += 1;
    let down = format!("M{} {}V{}Q{} {} {} {}", n(x), n(y), n(lane - 6.0), n(x), n(lane), n(x - 6.0), n(lane));
    if above {
        let to = LEFT + 86.0 + 18.0 * count(*lanes - 1);
        let d = format!("{down}H{}Q{} {} {} {}V{}", n(to + 6.0), n(to), n(lane), n(to), n(lane + 4.0), n(card - 4.0));
        (d, head(to, card - 1.0, true))
    } else {
        let end = beside + 29.0;
        let d = format!("{down}H11Q5 {} 5 {}V{}Q5 {} 11 {}H22", n(lane), n(lane + 6.0), n(end - 6.0), n(end), n(end));
        (d, right(end))
    }
}

/// An arrow head at a card's left edge.
fn right(y: f64) -> String {
    format!("M17 {}L23 {}L17 {}z", n(y - 3.5), n(y), n(y + 3.5))
}

/// The letter of the table in a LIVE slot that holds the object.
pub(super) fn live_holder(picture: &Picture, object: &ObjectPicture) -> Option<String> {
    picture.devices.iter().filter_map(|d| d.live.as_ref()).find(|t| t.objects.contains(&object.letter)).map(|t| t.letter.clone())
}

/// Who holds an object, in words.
#[must_use]
pub fn held_by(picture: &Picture, object: &ObjectPicture) -> String {
    let live = live_holder(picture, object).map(|_| " (live)").unwrap_or_default();
    match object.holders.as_slice() {
        [] => "held by nobody".to_owned(),
        [one] => format!("held by {one}{live}"),
        many => format!("ref_count {} · {}", object.ref_count, many.join(" and ")),
    }
}

/// What is known of an object, without its place.
pub(super) fn group(object: &ObjectPicture) -> Group {
    Group::new(Role::Object, &object.letter)
        .fact("data-object", &object.letter)
        .fact("data-holders", object.holders.join(" "))
        .fact("data-ref-count", object.ref_count.to_string())
        .fact("data-listed", object.listed.to_string())
        .fact("data-stale", listed(&object.stale))
}

/// The cards with rails from every root field to the block it names, and the places without a card.
pub(super) fn cards(picture: &Picture, changes: &Changes, section: &Section<'_>, measure: &Measure) -> Vec<Node> {
    let objects = section.over.objects.iter().enumerate();
    let cards = objects.map(|(i, object)| card(picture, changes, section, measure, i, object).into());
    let vacancies = section.layout.vacancies.iter().map(|place| vacancy(section, changes, measure, place).into());
    cards.chain(vacancies).collect()
}

/// What stands in a place without an object: why there is none.
fn vacancy(section: &Section<'_>, changes: &Changes, measure: &Measure, place: &Vacancy) -> Group {
    let Vacancy { seat, top: y, height, ref destroyed } = *place;
    let [first, second] = match (destroyed, section.over.objects.first()) {
        (Some(letter), _) => [format!("object {letter}"), "destroyed".to_owned()],
        (None, Some(o)) if seat > 0 && o.ref_count > 1 => {
            ["No second object.".to_owned(), format!("{} use one set of roots and buffers.", o.holders.join(" and "))]
        }
        (None, Some(_)) if seat > 0 => ["No second object.".to_owned(), String::new()],
        _ => ["No object here.".to_owned(), String::new()],
    };
    let width = if seat == 0 || destroyed.is_some() { measure.card } else { measure.width - 2.0 * LEFT };
    let middle = LEFT + width / 2.0;
    let lift = if second.is_empty() { 4.0 } else { -4.0 };
    let more = (!second.is_empty()).then(|| text(middle, y + height / 2.0 + 14.0, [Look::Middle, Look::Small], second));
    let ended = destroyed.as_ref().is_some_and(|letter| changes.closed.contains(letter));
    Group::new(Role::Vacancy, format!("{seat}{}", section.kept.name))
        .look(ended.then_some(Look::Changed))
        .with(rect([Look::Card, Look::Vacant], (LEFT, y, width, height), 8.0))
        .with(text(middle, y + height / 2.0 + lift, [Look::Middle, Look::Small], first))
        .all(more)
}

fn card(picture: &Picture, changes: &Changes, section: &Section<'_>, measure: &Measure, i: usize, object: &ObjectPicture) -> Group {
    let layout = &section.layout;
    let (y, above) = (layout.card(i), layout.above(i));
    let mut roots = object.roots.clone();
    roots.sort_by_key(|(_, block)| *block);
    if above {
        roots.reverse();
    }
    let (height, width, head) = (height(object), measure.card, layout.head(i, object));
    let held = held_by(picture, object);
    let opened = changes.opened.contains(&object.letter);
    let held_anew = changes.held.contains(&object.letter);
    let rows = roots.iter().enumerate().map(|(row, (name, block))| {
        let y = y + if above { HEAD } else { 0.0 } + PAD + ROW * (count(row) + 0.5);
        let looks = [Look::Mono].into_iter().chain((name == "mapping_root").then_some(Look::Strong));
        let changed = changes.roots.iter().any(|(letter, root)| *letter == object.letter && root == name);
        Group::new(Role::Root, format!("{name} of {}", object.letter))
            .look([Look::root(name)])
            .look(changed.then_some(Look::Changed))
            .fact("data-root", name)
            .fact("data-block-named", block.to_string())
            .all(rail(section, measure, i, object, y, name, *block))
            .with(text(LEFT + 12.0, y + 4.0, looks, name))
            .with(text(LEFT + width - 12.0, y + 4.0, [Look::Mono, Look::Hued, Look::End], block.to_string()))
    });
    group(object)
        .look([Look::Object, Look::hue(&object.letter)])
        .look(opened.then_some(Look::Opened))
        .look((opened || held_anew).then_some(Look::Changed))
        .group(format!("metadata object {}, {held}, ref_count {}", object.letter, object.ref_count))
        .with(rect([Look::Card], (LEFT, y, width, height), 8.0))
        .with(path([Look::CardHead], card_head(head, width, above)))
        .with(rect([Look::Card, Look::Outline], (LEFT, y, width, height), 8.0))
        .with(badge(LEFT + 10.0, head + 8.0, &object.letter))
        .with(text(LEFT + 40.0, head + 15.0, [Look::Strong], "metadata object"))
        .with(text(LEFT + 40.0, head + 30.0, [Look::Small], SMALL.fit(&held, width - 44.0)))
        .all(rows)
}

/// The ground of a card's head: its outer corners are round.
fn card_head(y: f64, width: f64, above: bool) -> String {
    let (from, turn, side) = if above { (y + HEAD, -1.0, 1) } else { (y, 1.0, 0) };
    let straight = n(turn * (HEAD - 7.0));
    format!(
        "M{} {}v{straight}a6 6 0 0 {side} 6 {}h{}a6 6 0 0 {side} 6 {}v{}z",
        n(LEFT + 1.0),
        n(from),
        n(turn * 6.0),
        n(width - 14.0),
        n(turn * -6.0),
        n(-turn * (HEAD - 7.0))
    )
}

fn rail(section: &Section<'_>, measure: &Measure, i: usize, object: &ObjectPicture, y: f64, name: &str, block: u64) -> Vec<Node> {
    let layout = &section.layout;
    let (Some(x), Some(buffers)) = (section.columns.middle(block).filter(|_| block != 0), layout.buffers.get(i)) else {
        return Vec::new();
    };
    let cached = object.buffers.iter().any(|b| b.block == block);
    let down = layout.above(i);
    let end = match (down, cached) {
        (true, true) => buffers - 2.0,
        (true, false) => layout.disk - 2.0,
        (false, true) => buffers + BUFFER + 2.0,
        (false, false) => layout.disk + BLOCK + 2.0,
    };
    let start = LEFT + measure.card;
    let turn = if down { 6.0 } else { -6.0 };
    let d = format!("M{} {}H{}Q{} {} {} {}V{}", n(start), n(y), n(x - 6.0), n(x), n(y), n(x), n(y + turn), n(end));
    let looks = [Look::Rail, Look::root(name)].into_iter().chain((!cached).then_some(Look::Unread));
    vec![
        path([Look::Halo], d.clone()).into(),
        Shape::new(Place::Path { d, whole: cached }, looks).into(),
        path([Look::Badge], head(x, end, down)).into(),
    ]
}

/// What each object sees: the origin blocks that its own mapping tree leads to.
pub(super) fn sights(section: &Section<'_>, measure: &Measure) -> Vec<Node> {
    let layout = &section.layout;
    let objects = &section.over.objects;
    let all = seen(objects);
    let x = measure.width - LEFT - measure.chip_pitch * count(CHIPS_MAX) + 4.0;
    let kept = &section.kept.mappings;
    let sights = objects.iter().enumerate().flat_map(|(i, object)| {
        let y = layout.head(i, object) - if layout.above(i) { 0.0 } else { 4.0 };
        let beside = LEFT + measure.card + 14.0;
        let note = (!layout.above(i)).then(|| note(section, object, beside, y + 15.0)).flatten();
        [Some(sight(object, &all, kept, measure, x, y).into()), note.map(Into::into)]
    });
    sights.flatten().collect()
}

/// Told of an object whose mapping tree is whole, but not the one that the superblock on the disk names: there its root is free.
fn note(section: &Section<'_>, object: &ObjectPicture, x: f64, y: f64) -> Option<Group> {
    let device = section.over.device?;
    let disk_root = device.mapping_root.filter(|_| has_loaded(object))?;
    let own = mapping_root(object)?;
    let free = device.blocks.iter().any(|b| b.block == own && b.count == 0);
    let apart = own != disk_root && free && object.unreadable.is_empty();
    apart.then(|| {
        Group::new(Role::Note, format!("roots of {}", object.letter))
            .with(text(x, y, [Look::Small], format!("Its tree under root {own} is whole, and old:")))
            .with(text(x, y + 15.0, [Look::Small], format!("the disk's superblock names root {disk_root}.")))
    })
}

/// The block that an object's mapping root names.
pub(super) fn mapping_root(object: &ObjectPicture) -> Option<u64> {
    object.roots.iter().find(|(name, _)| name == "mapping_root").map(|(_, block)| *block)
}

/// The mappings that have a chip, and those of all that the object does not see. Where not all have room, what it does not see
/// goes first.
fn shown(object: &ObjectPicture, all: &[u64], most: usize) -> (Vec<u64>, Vec<u64>) {
    if !has_loaded(object) {
        return (Vec::new(), Vec::new());
    }
    let missing: Vec<u64> = all.iter().filter(|b| !object.oblocks.contains(b)).copied().collect();
    if all.len() <= most {
        return (all.to_vec(), missing);
    }
    let kept = missing.len().min(most / 2);
    let mut shown: Vec<u64> = object.oblocks.iter().take(most - kept).chain(missing.iter().take(kept)).copied().collect();
    shown.sort_unstable();
    shown.dedup();
    (shown, missing)
}

/// The mappings that have a chip, and where: each in the place that it has in every picture of the run, if all of those have one.
pub(super) struct Chips {
    pub(super) shown: Vec<u64>,
    pub(super) missing: Vec<u64>,
    /// All that have a place.
    pub(super) places: Vec<u64>,
    pub(super) width: f64,
}

impl Chips {
    pub(super) fn new(object: &ObjectPicture, all: &[u64], kept: &Few, room: f64, pitch: f64) -> Self {
        let of_the_run = kept.within(CHIPS_KEPT).filter(|kept| kept.len() <= chips_within(room, pitch, kept).0);
        let (most, width) = chips_within(room, pitch, of_the_run.as_deref().unwrap_or(all));
        let (shown, missing) = shown(object, all, most);
        Self { places: of_the_run.unwrap_or_else(|| shown.clone()), shown, missing, width }
    }
}

/// Which place a number has.
pub(super) fn place_of(places: &[u64], number: u64) -> usize {
    places.iter().position(|place| *place == number).unwrap_or(0)
}

/// How many chips have room, `pitch` apart where they are as narrow as can be, and how wide the largest number makes them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of chips")]
fn chips_within(room: f64, pitch: f64, all: &[u64]) -> (usize, f64) {
    const DIGIT: f64 = 6.7;
    let digits = all.last().map_or(0, |largest| largest.to_string().len());
    let width = (count(digits) * DIGIT + 4.0).max(CHIP);
    ((room / (pitch + width - CHIP)) as usize, width)
}

/// Whether a table has loaded the object's mappings. Before, nobody knows which they are: the picture does not say it either.
pub(super) fn has_loaded(object: &ObjectPicture) -> bool {
    !object.loaded_by.is_empty()
}

/// Every mapping that any of the objects sees.
pub(super) fn seen(objects: &[&ObjectPicture]) -> Vec<u64> {
    let mut all: Vec<u64> = objects.iter().filter(|o| has_loaded(o)).flat_map(|o| o.oblocks.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What an object sees, without its place.
pub(super) fn sees(object: &ObjectPicture) -> Group {
    let sees = if has_loaded(object) { object.nr_mappings.to_string() } else { String::new() };
    Group::new(Role::Sees, &object.letter).fact("data-sees", sees).fact("data-unreadable", object.unreadable.len().to_string())
}

/// Who sees how many mappings: the tables that have loaded them, where the object is shared; else the object.
pub(super) fn said(object: &ObjectPicture) -> String {
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    match object.loaded_by.as_slice() {
        [] => "has loaded no mappings yet".to_owned(),
        [one] if object.ref_count > 1 => format!("{one} sees {} {word}", object.nr_mappings),
        [_] => format!("sees {} {word}", object.nr_mappings),
        many => format!("{} see {} {word}", many.join(" and "), object.nr_mappings),
    }
}

/// In place of the mappings, before they are loaded: where they will come from.
pub(super) fn to_load(object: &ObjectPicture, x: f64, y: f64) -> Option<Shape> {
    let root = mapping_root(object).filter(|root| *root != 0 && !has_loaded(object))?;
    Some(text(x, y, [Look::Small], format!("preresume reads them from root {root}")))
}

fn sight(object: &ObjectPicture, all: &[u64], kept: &Few, measure: &Measure, x: f64, y: f64) -> Group {
    let Chips { shown, missing, places, width } = Chips::new(object, all, kept, measure.chip_pitch * count(CHIPS_MAX), measure.chip_pitch);
    let pitch = measure.chip_pitch + width - CHIP;
    let more = if has_loaded(object) { all.len().saturating_sub(shown.len()) } else { 0 };
    let said = said(object);
    // Short where both have no room in one line.
    let left_out = (more > 0).then(|| {
        let room = measure.width - LEFT - x - 36.0 - STRONG.width(&said);
        text(
            measure.width - LEFT,
            y + 15.0,
            [Look::Small, Look::End],
            SMALL.first_that_fits(&[format!("{more} not shown"), format!("+{more}")], room),
        )
    });
    sees(object)
        .image(format!("{} {said}", object.letter))
        .with(badge(x, y, &object.letter))
        .with(text(x + 28.0, y + 15.0, [Look::Strong], said))
        .all(left_out)
        .all(to_load(object, x, y + 38.0))
        .all(shown.iter().map(|oblock| {
            let missing = missing.contains(oblock);
            chip(object, x + pitch * count(place_of(&places, *oblock)), y + 24.0, width, *oblock, missing)
        }))
}

/// A mapping that an object sees, or does not.
pub(super) fn chip(object: &ObjectPicture, x: f64, y: f64, width: f64, oblock: u64, missing: bool) -> Group {
    let said = if missing { "✗".to_owned() } else { oblock.to_string() };
    Group::new(Role::Chip, format!("{oblock} of {}", object.letter))
        .look([Look::Chip])
        .look(missing.then_some(Look::Missing))
        .with(rect([], (x, y, width, 19.0), 3.0))
        .with(text(x + width / 2.0, y + 13.5, [], said))
}
