//! The top row: the mapped device with its two slots, tables on their way out, and the kernel's list.

use super::measure::{LEFT, Measure};
use super::shapes::{badge, hue, n, text};
use crate::timeline::changes::Changes;
use crate::timeline::picture::{DevicePicture, Picture, TablePicture};
use yew::prelude::*;

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
    shown: Vec<&'p DevicePicture>,
    measure: &'p Measure,
    /// Where the next part may start.
    pub(super) end: f64,
}

/// The devices on show: those with a cache, else the first.
pub(super) fn shown(picture: &Picture) -> Vec<&DevicePicture> {
    let with_cache: Vec<&DevicePicture> = picture.devices.iter().filter(|d| d.has_cache()).collect();
    if with_cache.is_empty() { picture.devices.iter().take(1).collect() } else { with_cache }
}

impl<'p> Devices<'p> {
    pub(super) fn new(picture: &'p Picture, measure: &'p Measure) -> Self {
        let shown = shown(picture);
        let end = TOP + row_y(shown.len().max(1)) - 12.0;
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
        for (row, device) in self.shown.iter().enumerate() {
            let y = TOP + row_y(row);
            tables.extend(device.live.iter().map(|t| (t, Seat::Live, LEFT, y + 57.0)));
            let x = LEFT + 2.0 * GAP + self.slot() * 1.5;
            tables.extend(device.inactive.iter().map(|t| (t, Seat::Inactive, x, y + 34.0 + SLOT)));
            let x = LEFT + self.card() + GAP + LEAVING / 2.0;
            tables.extend(device.moving.iter().map(|t| (t, Seat::Moving, x, y + 34.0 + SLOT)));
            tables.extend(device.leaving.iter().take(usize::from(device.moving.is_none())).map(|t| (t, Seat::Leaving, x, y + 34.0 + SLOT)));
        }
        tables
    }

    pub(super) fn view(&self, picture: &Picture, changes: &Changes, sharing: bool) -> Html {
        let devices = self.shown.iter().enumerate().map(|(row, d)| self.device(d, changes, TOP + row_y(row)));
        html! { <>{ for devices }{ the_list(picture, changes, sharing, self.measure) }</> }
    }

    fn device(&self, device: &DevicePicture, changes: &Changes, y: f64) -> Html {
        let (width, slot) = (self.card(), self.slot());
        let state = if device.suspended { "SUSPENDED" } else { "ACTIVE" };
        let (x, top) = (LEFT + width + GAP, y + 34.0);
        let out = match &device.moving {
            Some(table) => Some(out_of_slot(table, "moving", ["NEW TABLE", "becoming LIVE"], x, top)),
            None => device.leaving.first().map(|t| out_of_slot(t, "leaving", ["OLD TABLE", "destructor next"], x, top)),
        };
        let changed = |name| changes.slots.iter().any(|(d, slot)| *d == device.name && *slot == name);
        html! {
            <g data-device={device.name.clone()} data-suspended={device.suspended.to_string()}>
                <rect class="card" x={n(LEFT)} y={n(y)} width={n(width)} height={n(CARD)} rx="8" />
                <text x={n(LEFT + GAP)} y={n(y + 22.0)}><tspan class="strong mono">{ &device.name }</tspan><tspan class="small" dx="8">{ "mapped device" }</tspan></text>
                { text(LEFT + width - GAP, y + 22.0, "small end", state) }
                { self::slot("live", device, LEFT + GAP, y + 34.0, slot, changed("LIVE")) }
                { self::slot("inactive", device, LEFT + 2.0 * GAP + slot, y + 34.0, slot, changed("INACTIVE")) }
                { out }
            </g>
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of rows")]
fn row_y(row: usize) -> f64 {
    row as f64 * (CARD + 12.0)
}

fn slot(name: &'static str, device: &DevicePicture, x: f64, y: f64, width: f64, changed: bool) -> Html {
    let title = name.to_uppercase();
    let table = if name == "live" { device.live.as_ref() } else { device.inactive.as_ref() };
    let changed = changed.then_some("changed");
    let Some(table) = table else {
        return html! {
            <g class={classes!(changed)} data-slot={name} data-table="" role="img" aria-label={format!("{title} slot: empty")}>
                <rect class="slot vacant" x={n(x)} y={n(y)} width={n(width)} height={n(SLOT)} rx="6" />
                { text(x + 12.0, y + 18.0, "small strong", title) }
                { text(x + 12.0, y + 36.0, "small", "empty") }
            </g>
        };
    };
    let kind = table.targets.join(", ");
    let becoming = name == "live" && device.becoming_live;
    let what = if becoming {
        if width > 230.0 { "new table, becoming LIVE".to_owned() } else { "becoming LIVE".to_owned() }
    } else if width > 200.0 {
        format!("{kind} target · table {}", table.letter)
    } else {
        format!("{kind} target")
    };
    html! {
        <g class={classes!("seat", hue(&table.letter), changed)} data-slot={name} data-table={table.letter.clone()} role="img"
            aria-label={format!("{title} slot: table {}, {kind}, metadata object {}{}", table.letter, table.objects.join(" and "), if becoming { ", new table, becoming LIVE" } else { "" })}>
            <rect class="slot filled" x={n(x)} y={n(y)} width={n(width)} height={n(SLOT)} rx="6" />
            { text(x + 12.0, y + 17.0, "small hued", title) }
            { badge(x + 12.0, y + 22.0, &table.letter) }
            { text(x + 40.0, y + 37.0, "strong", what) }
        </g>
    }
}

/// A table in no slot: on its way to LIVE, or to its destructor.
fn out_of_slot(table: &TablePicture, place: &'static str, [title, next]: [&'static str; 2], x: f64, y: f64) -> Html {
    html! {
        <g class={hue(&table.letter)} data-slot={place} data-table={table.letter.clone()} role="img" aria-label={format!("{title} {}: {next}", table.letter)}>
            <rect class="slot leaving" x={n(x)} y={n(y)} width={n(LEAVING)} height={n(SLOT)} rx="6" />
            { text(x + 10.0, y + 17.0, "small hued", title) }
            { badge(x + 10.0, y + 22.0, &table.letter) }
            { text(x + 38.0, y + 37.0, "small", next) }
        </g>
    }
}

fn the_list(picture: &Picture, changes: &Changes, sharing: bool, measure: &Measure) -> Html {
    let (x, width) = (measure.width - LEFT - measure.list, measure.list);
    let count = picture.list.len();
    let mutex = match &picture.mutex {
        Some(by) => format!("mutex held by {by}"),
        None if sharing => "mutex free".to_owned(),
        None => "mutex not taken".to_owned(),
    };
    let objects = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
    let second = if sharing { mutex.clone() } else { "no ref_count kept".to_owned() };
    let class = classes!("card", (!sharing).then_some("vacant"));
    let entry = |(i, letter): (usize, &String)| {
        let count = picture.objects.iter().find(|o| o.letter == *letter).map_or(0, |o| o.ref_count);
        let x = x + 12.0 + entry_x(i);
        html! { <>{ badge(x, TOP + 65.0, letter) }{ if i == 0 && picture.list.len() == 1 { text(x + 26.0, TOP + 79.0, "small mono", format!("ref_count {count}")) } else { Html::default() } }</> }
    };
    let padlock = padlock(x + width - 24.0, TOP + 12.0, picture.mutex.as_deref());
    html! {
        <g class={classes!(changes.list.then_some("changed"))} data-list={picture.list.join(" ")} data-mutex={picture.mutex.clone().unwrap_or_default()} role="img" aria-label={format!("shared list: {objects}, {second}")}>
            <rect {class} x={n(x)} y={n(TOP)} width={n(width)} height={n(CARD)} rx="8" />
            { text(x + 12.0, TOP + 22.0, "strong", "shared list") }
            { padlock }
            { text(x + 12.0, TOP + 41.0, "small", objects) }
            { text(x + 12.0, TOP + 58.0, "small", second) }
            { if sharing { html! { <>{ for picture.list.iter().enumerate().map(entry) }</> } } else { text(x + 12.0, TOP + 75.0, "small", mutex) } }
        </g>
    }
}

/// Open when the mutex is free; closed, in the colour of whoever holds it, when not.
fn padlock(x: f64, y: f64, by: Option<&str>) -> Html {
    let shackle = if by.is_some() { "M3 6V3.5a3 3 0 0 1 6 0V6" } else { "M9 6V3.5a3 3 0 0 1 6 0V5" };
    html! {
        <svg class={classes!("padlock", by.map(hue))} x={n(x)} y={n(y)} width="16" height="14" viewBox="0 0 16 14">
            <rect class="lock-body" x="1" y="6" width="10" height="7" rx="1.5" /><path class="lock-shackle" d={shackle} />
        </svg>
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of badges")]
fn entry_x(i: usize) -> f64 {
    i as f64 * 26.0
}
