//! Metadata objects: their cards with root fields, who holds them, and what each of them sees.

use super::blocks::Columns;
use super::devices::{Devices, Seat};
use super::measure::{BLOCK, BUFFER, LEFT, Measure};
use super::shapes::{badge, head, hue, n, text};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{ObjectPicture, Picture};
use yew::prelude::*;

const HEAD: f64 = 36.0;
const ROW: f64 = 16.0;
/// Over the first root and under the last.
const PAD: f64 = 5.0;
/// Chips of mappings that have room in a row.
const CHIPS_MAX: usize = 8;
/// Width of a chip of up to three digits.
pub(super) const CHIP: f64 = 27.0;

/// Where things stand, top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Top of each object's card.
    pub(super) cards: Vec<f64>,
    /// Top of each object's row of buffers.
    pub(super) buffers: Vec<f64>,
    /// Top of the device's row of blocks.
    pub(super) disk: f64,
    /// Places without an object, where there was one or the other picture has one: top and height.
    pub(super) vacancies: Vec<(f64, f64)>,
    /// Where the next part may start.
    pub(super) end: f64,
}

impl Layout {
    /// `beside` is the picture next to this one: what stands in both stands at one height. The second object opened, the
    /// fourth and so on look up from below, and stay there when they are the only ones left.
    pub(super) fn new(picture: &Picture, beside: Option<&Picture>, top: f64) -> Self {
        let objects = &picture.objects;
        let looks_down = objects.iter().position(|o| !looks_up(&o.letter));
        let mut layout =
            Self { cards: vec![0.0; objects.len()], buffers: vec![0.0; objects.len()], disk: top, vacancies: Vec::new(), end: top };
        let mut y = top;
        let tallest = [Some(picture), beside].into_iter().flatten().flat_map(|p| &p.objects).map(height).fold(0.0, f64::max);
        if tallest > 0.0 {
            match looks_down {
                Some(i) => {
                    layout.set(i, y, y + tallest + 20.0);
                }
                None => layout.vacancies.push((y, tallest)),
            }
            y += tallest + 20.0 + BUFFER + 6.0;
        }
        layout.disk = y;
        y += BLOCK + 8.0;
        let below: Vec<usize> = (0..objects.len()).filter(|i| Some(*i) != looks_down).collect();
        let beside_below = beside.map_or(0, |p| p.objects.len() - usize::from(p.objects.iter().any(|o| !looks_up(&o.letter))));
        for i in &below {
            layout.set(*i, y + BUFFER + 13.0, y);
            y += BUFFER + 13.0 + objects.get(*i).map_or(0.0, height) + 12.0;
        }
        for _ in below.len()..beside_below {
            layout.vacancies.push((y + BUFFER + 13.0, tallest));
            y += BUFFER + 13.0 + tallest + 12.0;
        }
        layout.end = if below.is_empty() && beside_below == 0 { y + 16.0 } else { y };
        layout
    }

    fn set(&mut self, i: usize, card: f64, buffers: f64) {
        if let (Some(c), Some(b)) = (self.cards.get_mut(i), self.buffers.get_mut(i)) {
            (*c, *b) = (card, buffers);
        }
    }

    /// Top of an object's head: over its roots, or under them where they look up, so that no rail crosses what stands beside it.
    fn head(&self, i: usize, object: &ObjectPicture) -> f64 {
        let card = self.cards.get(i).copied().unwrap_or(0.0);
        if self.above(i) { card } else { card + height(object) - HEAD }
    }

    /// Whether an object looks at the device from above.
    pub(super) fn above(&self, n: usize) -> bool {
        self.buffers.get(n).is_some_and(|y| *y < self.disk)
    }
}

/// Whether an object of this letter has its place below: b, d, f …
pub(super) fn looks_up(letter: &str) -> bool {
    letter.as_bytes().first().is_some_and(|l| (l - b'a') % 2 == 1)
}

fn height(object: &ObjectPicture) -> f64 {
    HEAD + ROW * count(object.roots.len()) + 2.0 * PAD
}

#[allow(clippy::cast_precision_loss, reason = "a handful of rows")]
fn count(n: usize) -> f64 {
    n as f64
}

/// The lines from tables to the objects that they hold: thick from the LIVE slot, dashed from a table on its way out.
pub(super) fn holds(picture: &Picture, devices: &Devices<'_>, layout: &Layout) -> Html {
    let mut lanes = 0;
    let lines = devices.tables().into_iter().flat_map(|(table, seat, x, y)| {
        let held = picture.objects.iter().enumerate().filter(|(_, o)| table.objects.contains(&o.letter));
        held.map(|(i, _)| (i, table.letter.clone(), seat, x, y)).collect::<Vec<_>>()
    });
    let line = |(i, letter, seat, x, y): (usize, String, Seat, f64, f64)| {
        let card = layout.cards.get(i).copied().unwrap_or(0.0);
        let beside = picture.objects.get(i).map_or(card, |object| layout.head(i, object));
        if seat == Seat::Live {
            let end = beside + 19.0;
            let d = format!("M{} {}H18Q12 {} 12 {}V{}Q12 {} 18 {}H22", n(x), n(y), n(y), n(y + 6.0), n(end - 6.0), n(end), n(end));
            return html! { <g class={hue(&letter)}><path class="hold" {d} /><path class="badge" d={right(end)} /></g> };
        }
        let lane = devices.end + 9.0 + 6.0 * count(lanes % 3);
        let class = if seat == Seat::Leaving { "hold old" } else { "hold waiting" };
        lanes += 1;
        let down = format!("M{} {}V{}Q{} {} {} {}", n(x), n(y), n(lane - 6.0), n(x), n(lane), n(x - 6.0), n(lane));
        if layout.above(i) {
            let to = LEFT + 86.0 + 18.0 * count(lanes - 1);
            let d = format!("{down}H{}Q{} {} {} {}V{}", n(to + 6.0), n(to), n(lane), n(to), n(lane + 4.0), n(card - 4.0));
            html! { <g class={hue(&letter)}><path {class} {d} /><path class="badge" d={head(to, card - 1.0, true)} /></g> }
        } else {
            let end = beside + 29.0;
            let d = format!("{down}H11Q5 {} 5 {}V{}Q5 {} 11 {}H22", n(lane), n(lane + 6.0), n(end - 6.0), n(end), n(end));
            html! { <g class={hue(&letter)}><path {class} {d} /><path class="badge" d={right(end)} /></g> }
        }
    };
    html! { <>{ for lines.map(line) }</> }
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
pub(super) fn held_by(picture: &Picture, object: &ObjectPicture) -> String {
    let live = live_holder(picture, object).map(|_| " (live)").unwrap_or_default();
    match object.holders.as_slice() {
        [] => "held by nobody".to_owned(),
        [one] => format!("held by {one}{live}"),
        many => format!("ref_count {} · {}", object.ref_count, many.join(" and ")),
    }
}

/// The cards with rails from every root field to the block it names.
pub(super) fn cards(picture: &Picture, changes: &Changes, layout: &Layout, columns: &Columns, measure: &Measure) -> Html {
    let objects = picture.objects.iter().enumerate();
    html! { <>{ for objects.map(|(i, object)| card(picture, changes, layout, columns, measure, i, object)) }{ for layout.vacancies.iter().map(|place| vacancy(picture, layout, measure, *place)) }</> }
}

/// What stands in a place without an object: why there is none.
fn vacancy(picture: &Picture, layout: &Layout, measure: &Measure, (y, height): (f64, f64)) -> Html {
    let top = y < layout.disk;
    let words = match picture.objects.first() {
        _ if top => ["No object here any more.".to_owned(), String::new()],
        Some(o) if o.ref_count > 1 => {
            ["No second object.".to_owned(), format!("{} use one set of roots and buffers.", o.holders.join(" and "))]
        }
        _ => ["No second object.".to_owned(), String::new()],
    };
    let width = if top { measure.card } else { measure.width - 2.0 * LEFT };
    let middle = LEFT + width / 2.0;
    let [first, second] = words;
    let lift = if second.is_empty() { 4.0 } else { -4.0 };
    html! {
        <g>
            <rect class="card vacant" x={n(LEFT)} y={n(y)} width={n(width)} height={n(height)} rx="8" />
            { text(middle, y + height / 2.0 + lift, "middle small", first) }
            { text(middle, y + height / 2.0 + 14.0, "middle small", second) }
        </g>
    }
}

fn card(
    picture: &Picture,
    changes: &Changes,
    layout: &Layout,
    columns: &Columns,
    measure: &Measure,
    i: usize,
    object: &ObjectPicture,
) -> Html {
    let y = layout.cards.get(i).copied().unwrap_or(0.0);
    let above = layout.above(i);
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
        let class = if name == "mapping_root" { "mono strong" } else { "mono" };
        let changed = changes.roots.iter().any(|(letter, root)| *letter == object.letter && root == name).then_some("changed");
        html! {
            <g class={classes!(owner_class(name), changed)} data-root={name.clone()} data-block-named={block.to_string()}>
                { rail(layout, columns, measure, i, object, y, name, *block) }
                { text(LEFT + 12.0, y + 4.0, class, name.clone()) }
                <text class="mono hued end" x={n(LEFT + width - 12.0)} y={n(y + 4.0)}>{ *block }</text>
            </g>
        }
    });
    let class = classes!("object", hue(&object.letter), opened.then_some("opened"), (opened || held_anew).then_some("changed"));
    html! {
        <g key={object.letter.clone()} {class} data-object={object.letter.clone()} data-holders={object.holders.join(" ")} data-ref-count={object.ref_count.to_string()}
            data-listed={object.listed.to_string()} data-stale={object.stale.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")} role="group"
            aria-label={format!("metadata object {}, {held}, ref_count {}", object.letter, object.ref_count)}>
            <rect class="card" x={n(LEFT)} y={n(y)} width={n(width)} height={n(height)} rx="8" />
            <path class="card-head" d={card_head(head, width, above)} />
            <rect class="card outline" x={n(LEFT)} y={n(y)} width={n(width)} height={n(height)} rx="8" />
            { badge(LEFT + 10.0, head + 8.0, &object.letter) }
            { text(LEFT + 40.0, head + 15.0, "strong", "metadata object") }
            { text(LEFT + 40.0, head + 30.0, "small", held) }
            { for rows }
        </g>
    }
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

pub(super) fn owner_class(root: &str) -> &'static str {
    match root {
        "mapping_root" => "owner-map",
        "hint_root" => "owner-hint",
        "discard_root" => "owner-disc",
        "dirty_root" => "owner-dirty",
        _ => "owner-sm",
    }
}

#[allow(clippy::too_many_arguments, reason = "a line from here to there")]
fn rail(layout: &Layout, columns: &Columns, measure: &Measure, i: usize, object: &ObjectPicture, y: f64, name: &str, block: u64) -> Html {
    let (Some(x), Some(buffers)) = (columns.middle(block).filter(|_| block != 0), layout.buffers.get(i)) else {
        return Html::default();
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
    let class = classes!("rail", owner_class(name), (!cached).then_some("unread"));
    html! { <><path class="halo" d={d.clone()} /><path {class} {d} pathLength={cached.then_some("1")} /><path class="badge" d={head(x, end, down)} /></> }
}

/// What each object sees: the origin blocks that its own mapping tree leads to. `disk_root` is what the superblock on the
/// disk says, for an object whose tree is another one.
pub(super) fn sights(picture: &Picture, layout: &Layout, measure: &Measure, disk_root: Option<u64>) -> Html {
    let all = seen(picture);
    let x = measure.width - LEFT - measure.chip_pitch * count(CHIPS_MAX) + 4.0;
    let objects = picture.objects.iter().enumerate();
    let sights = objects.map(|(i, object)| {
        let y = layout.head(i, object) - if layout.above(i) { 0.0 } else { 4.0 };
        let beside = LEFT + measure.card + 14.0;
        let note = disk_root.filter(|_| !layout.above(i)).and_then(|root| note(picture, object, root, beside, y + 15.0));
        html! { <>{ sight(picture, object, &all, measure, x, y) }{ note }</> }
    });
    html! { <>{ for sights }</> }
}

/// Told of an object whose mapping tree is whole, but not the disk's: there its root is free.
fn note(picture: &Picture, object: &ObjectPicture, disk_root: u64, x: f64, y: f64) -> Option<Html> {
    let own = object.roots.iter().find(|(name, _)| name == "mapping_root").map(|(_, block)| *block)?;
    let free = picture.metadata.first()?.blocks.iter().any(|b| b.block == own && b.count == 0);
    let apart = own != disk_root && free && object.unreadable.is_empty() && disk_root != 0;
    apart.then(|| {
        html! {
            <>
                { text(x, y, "small", format!("Its tree under root {own} is whole, and old:")) }
                { text(x, y + 15.0, "small", format!("the disk's superblock names root {disk_root}.")) }
            </>
        }
    })
}

/// The mappings that have a chip, and those of all that the object does not see. Where not all have room, what it does not see
/// goes first.
pub(super) fn shown(object: &ObjectPicture, all: &[u64], most: usize) -> (Vec<u64>, Vec<u64>) {
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

/// How many chips have room, `pitch` apart where they are as narrow as can be, and how wide the largest number makes them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of chips")]
pub(super) fn chips_within(room: f64, pitch: f64, all: &[u64]) -> (usize, f64) {
    const DIGIT: f64 = 6.7;
    let digits = all.last().map_or(0, |largest| largest.to_string().len());
    let width = (count(digits) * DIGIT + 4.0).max(CHIP);
    ((room / (pitch + width - CHIP)) as usize, width)
}

/// Every mapping that any object sees.
pub(super) fn seen(picture: &Picture) -> Vec<u64> {
    let mut all: Vec<u64> = picture.objects.iter().flat_map(|o| o.oblocks.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn sight(picture: &Picture, object: &ObjectPicture, all: &[u64], measure: &Measure, x: f64, y: f64) -> Html {
    let (most, width) = chips_within(measure.chip_pitch * count(CHIPS_MAX), measure.chip_pitch, all);
    let (shown, missing) = shown(object, all, most);
    let pitch = measure.chip_pitch + width - CHIP;
    let more = all.len().saturating_sub(shown.len());
    let chip = |(i, oblock): (usize, &u64)| chip(x + pitch * count(i), y + 24.0, width, *oblock, missing.contains(oblock));
    let word = if object.nr_mappings == 1 { "mapping" } else { "mappings" };
    let who = if object.ref_count > 1 { format!("{} see", object.holders.join(" and ")) } else { "sees".to_owned() };
    html! {
        <g role="img" aria-label={format!("{} sees {} {word}", object.letter, object.nr_mappings)} data-sees={object.nr_mappings.to_string()} data-unreadable={object.unreadable.len().to_string()}>
            { badge(x, y, &object.letter) }
            { text(x + 28.0, y + 15.0, "strong", format!("{who} {} {word}", object.nr_mappings)) }
            { if picture.objects.len() > 1 || more > 0 { text(measure.width - LEFT, y + 15.0, "small end", if more > 0 { format!("{more} not shown") } else { String::new() }) } else { Html::default() } }
            { for shown.iter().enumerate().map(chip) }
        </g>
    }
}

/// A mapping that an object sees, or does not.
pub(super) fn chip(x: f64, y: f64, width: f64, oblock: u64, missing: bool) -> Html {
    html! {
        <g class={classes!("chip", missing.then_some("missing"))}>
            <rect x={n(x)} y={n(y)} width={n(width)} height="19" rx="3" />
            <text x={n(x + width / 2.0)} y={n(y + 13.5)}>{ if missing { "✗".to_owned() } else { oblock.to_string() } }</text>
        </g>
    }
}
