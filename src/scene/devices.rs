//! The top row: the mapped device with its two slots, tables on their way out, and the kernel's list.

use super::look::Look;
use super::measure::{LEFT, Measure};
use super::node::{Group, Node, Role};
use super::room::Room;
use super::shapes::{badge, count, n, path, rect, text, two};
use super::widths::{SMALL, STRONG};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{DevicePicture, Picture, TablePicture};

const TOP: f64 = 10.0;
const CARD: f64 = 92.0;
const SLOT: f64 = 46.0;
const LEAVING: f64 = 132.0;
const GAP: f64 = 16.0;

/// Where a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    Live,
    Inactive,
    /// Out of INACTIVE, and not LIVE yet.
    Moving,
    Leaving,
}

/// The devices one below the other, the list beside the first.
#[derive(Debug)]
pub(super) struct Devices<'p> {
    /// With the row of each.
    shown: Vec<(usize, &'p DevicePicture)>,
    measure: &'p Measure,
    /// Where the next part may start.
    pub(super) end: f64,
}

/// The devices on show, each with its row: those that have a cache at some step, else the first.
pub(super) fn shown<'p>(picture: &'p Picture, room: &Room) -> Vec<(usize, &'p DevicePicture)> {
    let with_cache: Vec<_> = picture.devices.iter().filter_map(|d| Some((room.row(&d.name)?, d))).collect();
    if with_cache.is_empty() { picture.devices.iter().take(1).map(|d| (0, d)).collect() } else { with_cache }
}

impl<'p> Devices<'p> {
    pub(super) fn new(picture: &'p Picture, room: &Room, measure: &'p Measure) -> Self {
        let shown = shown(picture, room);
        let end = TOP + row_y(room.devices.len().max(1)) - 12.0;
        Self { shown, measure, end }
    }

    fn card(&self) -> f64 {
        self.measure.width - 2.0 * LEFT - self.measure.list - LEAVING - 2.0 * GAP
    }

    fn slot(&self) -> f64 {
        (self.card() - 3.0 * GAP) / 2.0
    }

    /// Every table on show, with its seat and the place that a line from it starts at.
    pub(super) fn tables(&self) -> Vec<(&'p TablePicture, Seat, f64, f64)> {
        let mut tables = Vec::new();
        for (row, device) in &self.shown {
            let y = TOP + row_y(*row);
            tables.extend(device.live.iter().map(|t| (t, Seat::Live, LEFT, y + 57.0)));
            let x = LEFT + 2.0 * GAP + self.slot() * 1.5;
            tables.extend(device.inactive.iter().map(|t| (t, Seat::Inactive, x, y + 34.0 + SLOT)));
            let x = LEFT + self.card() + GAP + LEAVING / 2.0;
            tables.extend(device.moving.iter().map(|t| (t, Seat::Moving, x, y + 34.0 + SLOT)));
            tables.extend(device.leaving.iter().take(usize::from(device.moving.is_none())).map(|t| (t, Seat::Leaving, x, y + 34.0 + SLOT)));
        }
        tables
    }

    pub(super) fn draw(&self, picture: &Picture, changes: &Changes, sharing: bool) -> Vec<Node> {
        let devices = self.shown.iter().map(|(row, d)| self.device(d, changes, TOP + row_y(*row)).into());
        devices.chain([the_list(picture, changes, sharing, self.measure).into()]).collect()
    }

    fn device(&self, device: &DevicePicture, changes: &Changes, y: f64) -> Group {
        let (width, slot) = (self.card(), self.slot());
        let state = if device.suspended { "SUSPENDED" } else { "ACTIVE" };
        let (x, top) = (LEFT + width + GAP, y + 34.0);
        let changed = |name| changes.slots.iter().any(|(d, slot)| *d == device.name && *slot == name);
        group(device)
            .with(rect([Look::Card], (LEFT, y, width, CARD), 8.0))
            .with(title(LEFT + GAP, y + 22.0, device, "mapped device", width - 2.0 * GAP - SMALL.width(state) - 8.0))
            .with(text(LEFT + width - GAP, y + 22.0, [Look::Small, Look::End], state))
            .with(self::slot(Seat::Live, device, LEFT + GAP, y + 34.0, slot, changed("LIVE")))
            .with(self::slot(Seat::Inactive, device, LEFT + 2.0 * GAP + slot, y + 34.0, slot, changed("INACTIVE")))
            .all(out(device, "destructor next").map(|out| out.at(device, x, top).look(moved(changes, device).then_some(Look::Changed))))
    }
}

/// Whether a table of the device left its slot in this step.
pub(super) fn moved(changes: &Changes, device: &DevicePicture) -> bool {
    changes.slots.iter().any(|(name, _)| *name == device.name)
}

/// A mapped device.
pub(super) fn group(device: &DevicePicture) -> Group {
    Group::new(Role::Device, &device.name).fact("data-device", &device.name).fact("data-suspended", device.suspended.to_string())
}

/// Its name, cut where it has no room, and behind it what it is.
pub(super) fn title(x: f64, y: f64, device: &DevicePicture, what: &str, room: f64) -> super::node::Shape {
    let what_room = SMALL.width(what) + 8.0;
    let what = if what_room + 24.0 > room { "" } else { what };
    let name = super::widths::MONO_STRONG.fit(&device.name, if what.is_empty() { room } else { room - what_room });
    two(x, y, (&[Look::Strong, Look::Mono], &name), (&[Look::Small], what), 8)
}

fn row_y(row: usize) -> f64 {
    count(row) * (CARD + 12.0)
}

fn slot(seat: Seat, device: &DevicePicture, x: f64, y: f64, width: f64, changed: bool) -> Group {
    let (name, table) = if seat == Seat::Live { ("live", &device.live) } else { ("inactive", &device.inactive) };
    let title = name.to_uppercase();
    let group = Group::new(Role::Slot, format!("{name} of {}", device.name)).look(changed.then_some(Look::Changed)).fact("data-slot", name);
    let Some(table) = table else {
        return group
            .fact("data-table", "")
            .image(format!("{title} slot: empty"))
            .with(rect([Look::Slot, Look::Vacant], (x, y, width, SLOT), 6.0))
            .with(text(x + 12.0, y + 18.0, [Look::Small, Look::Strong], title))
            .with(text(x + 12.0, y + 36.0, [Look::Small], "empty"));
    };
    let kind = table.targets.join(", ");
    let becoming = seat == Seat::Live && device.becoming_live;
    let room = width - 44.0;
    let said = if becoming {
        ["new table, becoming LIVE".to_owned(), "becoming LIVE".to_owned()]
    } else {
        [format!("{kind} target · table {}", table.letter), format!("{kind} target")]
    };
    let label = format!(
        "{title} slot: table {}, {kind}, metadata object {}{}",
        table.letter,
        table.objects.join(" and "),
        if becoming { ", new table, becoming LIVE" } else { "" }
    );
    group
        .look([Look::Seat, Look::hue(&table.letter)])
        .fact("data-table", &table.letter)
        .image(label)
        .with(rect([Look::Slot, Look::Filled], (x, y, width, SLOT), 6.0))
        .with(text(x + 12.0, y + 17.0, [Look::Small, Look::Hued], title))
        .with(badge(x + 12.0, y + 22.0, &table.letter))
        .with(text(x + 40.0, y + 37.0, [Look::Strong], STRONG.first_that_fits(&said, room)))
}

/// A table in no slot: on its way to LIVE, or to its destructor.
pub(super) struct Out<'p> {
    pub(super) table: &'p TablePicture,
    pub(super) slot: &'static str,
    pub(super) title: &'static str,
    pub(super) next: &'static str,
}

/// The table of a device that is in no slot, if there is one; `next` is said of one whose destructor runs next.
pub(super) fn out<'p>(device: &'p DevicePicture, next: &'static str) -> Option<Out<'p>> {
    match &device.moving {
        Some(table) => Some(Out { table, slot: "moving", title: "NEW TABLE", next: "becoming LIVE" }),
        None => device.leaving.first().map(|table| Out { table, slot: "leaving", title: "OLD TABLE", next }),
    }
}

impl Out<'_> {
    fn at(&self, device: &DevicePicture, x: f64, y: f64) -> Group {
        let Self { table, slot, title, next } = self;
        Group::new(Role::Table, format!("{slot} of {}", device.name))
            .look([Look::hue(&table.letter)])
            .fact("data-slot", *slot)
            .fact("data-table", &table.letter)
            .image(format!("{title} {}: {next}", table.letter))
            .with(rect([Look::Slot, Look::Leaving], (x, y, LEAVING, SLOT), 6.0))
            .with(text(x + 10.0, y + 17.0, [Look::Small, Look::Hued], *title))
            .with(badge(x + 10.0, y + 22.0, &table.letter))
            .with(text(x + 38.0, y + 37.0, [Look::Small], *next))
    }
}

fn the_list(picture: &Picture, changes: &Changes, sharing: bool, measure: &Measure) -> Group {
    let (x, width) = (measure.width - LEFT - measure.list, measure.list);
    let count = picture.list.len();
    let mutex = match &picture.mutex {
        Some(by) => format!("mutex held by {by}"),
        None if sharing => "mutex free".to_owned(),
        None => "mutex not taken".to_owned(),
    };
    let objects = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
    let second = if sharing { mutex.clone() } else { "no ref_count kept".to_owned() };
    let entry = |(i, letter): (usize, &String)| -> Vec<Node> {
        let count = picture.objects.iter().find(|o| o.letter == *letter).map_or(0, |o| o.ref_count);
        let x = x + 12.0 + super::shapes::count(i) * 26.0;
        let counted = picture.list.len() == 1;
        let counted = counted.then(|| text(x + 26.0, TOP + 79.0, [Look::Small, Look::Mono], format!("ref_count {count}")).into());
        [badge(x, TOP + 65.0, letter).into()].into_iter().chain(counted).collect()
    };
    let entries: Vec<Node> = if sharing {
        picture.list.iter().enumerate().flat_map(entry).collect()
    } else {
        vec![text(x + 12.0, TOP + 75.0, [Look::Small], mutex).into()]
    };
    list(picture)
        .look(changes.list.then_some(Look::Changed))
        .fact("data-mutex", picture.mutex.clone().unwrap_or_default())
        .image(format!("shared list: {objects}, {second}"))
        .with(rect([Look::Card].into_iter().chain((!sharing).then_some(Look::Vacant)), (x, TOP, width, CARD), 8.0))
        .with(text(x + 12.0, TOP + 22.0, [Look::Strong], "shared list"))
        .with(padlock(x + width - 24.0, TOP + 12.0, picture.mutex.as_deref()))
        .with(text(x + 12.0, TOP + 41.0, [Look::Small], objects))
        .with(text(x + 12.0, TOP + 58.0, [Look::Small], second))
        .all(entries)
}

/// The kernel's list.
pub(super) fn list(picture: &Picture) -> Group {
    Group::new(Role::List, "").fact("data-list", picture.list.join(" "))
}

/// Open when the mutex is free; closed, in the colour of whoever holds it, when not.
fn padlock(x: f64, y: f64, by: Option<&str>) -> Group {
    let (from, end) = if by.is_some() { (3.0, "v2.5") } else { (9.0, "v1.5") };
    let shackle = format!("M{} {}v-2.5a3 3 0 0 1 6 0{end}", n(x + from), n(y + 6.0));
    Group::new(Role::Note, "mutex")
        .look(by.map(Look::hue))
        .with(rect([Look::LockBody], (x + 1.0, y + 6.0, 10.0, 7.0), 1.5))
        .with(path([Look::LockShackle], shackle))
}
