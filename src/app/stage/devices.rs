//! The top row: the mapped device with its two slots, tables on their way out, and the kernel's list.

use super::shapes::{badge, hue, n, text};
use crate::timeline::picture::{DevicePicture, Picture, TablePicture};
use yew::prelude::*;

const LEFT: f64 = 24.0;
const TOP: f64 = 16.0;
const CARD: f64 = 92.0;
const SLOT: f64 = 46.0;
const LEAVING: f64 = 132.0;
const LIST: f64 = 168.0;
const GAP: f64 = 16.0;

/// The devices one below the other, the list beside the first; with the y at which they end.
pub(super) fn view(picture: &Picture, sharing: bool, width: f64) -> (Html, f64) {
    let list = if width >= 800.0 { LIST } else { 128.0 };
    let card = width - 2.0 * LEFT - list - LEAVING - 2.0 * GAP;
    let shown: Vec<&DevicePicture> = picture.devices.iter().filter(|d| d.has_cache()).collect();
    let shown = if shown.is_empty() { picture.devices.iter().take(1).collect() } else { shown };
    let devices = shown.iter().enumerate().map(|(row, d)| device(d, TOP + row_y(row), card));
    let end = TOP + row_y(shown.len().max(1)) - 12.0;
    let html = html! { <>{ for devices }{ the_list(picture, sharing, width - LEFT - list, list) }</> };
    (html, end)
}

#[allow(clippy::cast_precision_loss, reason = "a handful of rows")]
fn row_y(row: usize) -> f64 {
    row as f64 * (CARD + 12.0)
}

trait HasCache {
    fn has_cache(&self) -> bool;
}

impl HasCache for DevicePicture {
    fn has_cache(&self) -> bool {
        self.live.iter().chain(&self.inactive).chain(&self.leaving).any(|t| t.targets.iter().any(|kind| kind == "cache"))
    }
}

fn device(device: &DevicePicture, y: f64, width: f64) -> Html {
    let slot = (width - 3.0 * GAP) / 2.0;
    let state = if device.suspended { "SUSPENDED" } else { "ACTIVE" };
    let leaving = device.leaving.first().map(|t| leaving(t, LEFT + width + GAP, y + 34.0));
    html! {
        <g data-device={device.name.clone()} data-suspended={device.suspended.to_string()}>
            <rect class="card" x={n(LEFT)} y={n(y)} width={n(width)} height={n(CARD)} rx="8" />
            <text x={n(LEFT + GAP)} y={n(y + 22.0)}><tspan class="strong mono">{ &device.name }</tspan><tspan class="small" dx="8">{ "mapped device" }</tspan></text>
            { text(LEFT + width - GAP, y + 22.0, "small end", state) }
            { self::slot("live", device.live.as_ref(), LEFT + GAP, y + 34.0, slot) }
            { self::slot("inactive", device.inactive.as_ref(), LEFT + 2.0 * GAP + slot, y + 34.0, slot) }
            { leaving }
        </g>
    }
}

fn slot(name: &'static str, table: Option<&TablePicture>, x: f64, y: f64, width: f64) -> Html {
    let title = name.to_uppercase();
    let Some(table) = table else {
        return html! {
            <g data-slot={name} data-table="" role="img" aria-label={format!("{title} slot: empty")}>
                <rect class="slot vacant" x={n(x)} y={n(y)} width={n(width)} height={n(SLOT)} rx="6" />
                { text(x + 12.0, y + 18.0, "small strong", title) }
                { text(x + 12.0, y + 36.0, "small", "empty") }
            </g>
        };
    };
    let kind = table.targets.join(", ");
    html! {
        <g class={hue(&table.letter)} data-slot={name} data-table={table.letter.clone()} role="img"
            aria-label={format!("{title} slot: table {}, {kind}, metadata object {}", table.letter, table.objects.join(" and "))}>
            <rect class="slot filled" x={n(x)} y={n(y)} width={n(width)} height={n(SLOT)} rx="6" />
            { text(x + 12.0, y + 17.0, "small hued", title) }
            { badge(x + 12.0, y + 22.0, &table.letter) }
            { text(x + 40.0, y + 37.0, "strong", format!("{kind} target")) }
        </g>
    }
}

fn leaving(table: &TablePicture, x: f64, y: f64) -> Html {
    html! {
        <g class={hue(&table.letter)} data-slot="leaving" data-table={table.letter.clone()} role="img" aria-label={format!("old table {}: its destructor runs next", table.letter)}>
            <rect class="slot leaving" x={n(x)} y={n(y)} width={n(LEAVING)} height={n(SLOT)} rx="6" />
            { text(x + 10.0, y + 17.0, "small hued", "OLD TABLE") }
            { badge(x + 10.0, y + 22.0, &table.letter) }
            { text(x + 38.0, y + 37.0, "", "dtr runs next") }
        </g>
    }
}

fn the_list(picture: &Picture, sharing: bool, x: f64, width: f64) -> Html {
    let count = picture.list.len();
    let mutex = match &picture.mutex {
        Some(by) => format!("mutex held by {by}"),
        None if sharing => "mutex free".to_owned(),
        None => "mutex not taken".to_owned(),
    };
    let objects = if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
    let second = if sharing { mutex.clone() } else { "no ref_count kept".to_owned() };
    let class = classes!("card", (!sharing).then_some("vacant"));
    let badges = picture.list.iter().enumerate().map(|(i, letter)| badge(x + 12.0 + row_x(i), TOP + 64.0, letter));
    html! {
        <g data-list={picture.list.join(" ")} data-mutex={picture.mutex.clone().unwrap_or_default()} role="img" aria-label={format!("shared list: {objects}, {second}")}>
            <rect {class} x={n(x)} y={n(TOP)} width={n(width)} height={n(CARD)} rx="8" />
            { text(x + 12.0, TOP + 22.0, "strong", "shared list") }
            { text(x + 12.0, TOP + 41.0, "small", objects) }
            { text(x + 12.0, TOP + 58.0, "small", second) }
            { if sharing { html! { <>{ for badges }</> } } else { text(x + 12.0, TOP + 75.0, "small", mutex) } }
        </g>
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of badges")]
fn row_x(i: usize) -> f64 {
    i as f64 * 26.0
}
