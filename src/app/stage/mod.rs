//! The stage: the stack as kernel people draw it. Blocks of the metadata device form one row, block number = column;
//! one object looks down on it from above, the others look up from below, so that in each column equality is adjacency.

mod blocks;
mod data;
mod devices;
mod measure;
mod narrow;
mod objects;
mod overview;
pub(super) mod shapes;
mod table;

use super::frame::Frame;
use super::image;
use super::look::LookMsg;
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, send};
use super::running;
use super::verdicts::verdicts;
use crate::timeline::picture::Picture;
use blocks::{Columns, Rows};
use devices::Devices;
use dm_cache_image::format::sb;
use measure::Measure;
use objects::Layout;
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let tables = model.look.table || model.look.printing;
    let body = match model.frames.as_slice() {
        [] if let Some(progress) = model.progress() => running::view(progress, link),
        [] if model.loaded.is_none() && image::over_an_image(&model.text).is_some() => nothing(
            "The image is not here",
            "This machine runs on an image file. A link cannot hold it, and it was not uploaded. If you have the file, open it with Open image, then press Load into simulator.",
        ),
        [] => nothing("No run", "The script has an error, which is shown beside it."),
        frames if tables => html! { <>{ for frames.iter().enumerate().map(|(n, frame)| table::view(frame, side(model, n))) }</> },
        frames if model.look.narrow() => one_at_a_time(model, link, frames.len()),
        [one] => html! { <>{ picture(model, link, one, 0, &Measure::WHOLE, None) }{ all_blocks(&one.picture, link) }{ legend() }</> },
        two => html! { <>{ for (0..two.len()).map(|n| half(model, link, n)) }</> },
    };
    html! { <main class="stage" aria-label="Stage" tabindex={tables.then_some("0")}>{ body }</main> }
}

/// A run's heading, where there are two.
pub(super) fn side(model: &Model, n: usize) -> Option<(&'static str, &'static str)> {
    let run = model.runs.get(n).filter(|_| model.runs.len() > 1)?;
    Some(if run.sharing { ("Sharing on", "Linux since") } else { ("Sharing off", "before the 2015 fix") })
}

fn half(model: &Model, link: &Link, n: usize) -> Html {
    let Some(frame) = model.frames.get(n) else { return Html::default() };
    let (title, note) = side(model, n).unwrap_or_default();
    // Both are drawn to one scale and one layout, so that the eye can go straight across.
    let beside = model.frames.iter().enumerate().find(|(i, _)| *i != n).map(|(_, f)| &f.picture);
    html! {
        <section class="half" aria-label={title} onfocusin={send(link, Msg::Look(LookMsg::Half(n)))}>
            <div class="half-head"><h2>{ title }</h2><span class="quiet">{ note }</span><span class="grow" />{ verdicts(frame) }</div>
            { picture(model, link, frame, n, &Measure::HALF, beside) }
        </section>
    }
}

/// A narrow page: the one run, or one of two with a switch between them.
fn one_at_a_time(model: &Model, link: &Link, runs: usize) -> Html {
    let n = model.looked_at();
    let Some(frame) = model.frame() else { return Html::default() };
    let button = |i: usize| {
        let checked = i == n;
        html! {
            <button type="button" role="radio" aria-checked={checked.to_string()} onclick={send(link, Msg::Look(LookMsg::Half(i)))}>{ side(model, i).unwrap_or_default().0 }</button>
        }
    };
    html! {
        <>
            if runs > 1 {
                <div class="segmented halves" role="radiogroup" aria-label="Which of the two">{ for (0..runs).map(button) }</div>
            }
            { if is_empty(&frame.picture) { empty_machine(model) } else { narrow::view(model, link, frame, n) } }
        </>
    }
}

fn nothing(title: &'static str, text: &'static str) -> Html {
    html! { <p class="empty"><strong>{ title }</strong>{ text }</p> }
}

fn is_empty(picture: &Picture) -> bool {
    picture.devices.is_empty() && picture.objects.is_empty() && picture.data.is_empty()
}

/// What there is while no device is mapped, and how to go on.
fn empty_machine(model: &Model) -> Html {
    let Ok(source) = &model.source else { return Html::default() };
    let disks: Vec<&str> = source.script.disks.iter().map(|d| d.name.as_str()).collect();
    let there = match disks.as_slice() {
        [] => "There is no disk: a script names its disks.".to_owned(),
        [one] => format!("The disk {one} is there; no device is mapped."),
        disks => format!("The disks {} are there; no device is mapped.", disks.join(", ")),
    };
    let next = if source.script.body.is_empty() {
        " Type a command in the console, which ` leads to."
    } else if model.at < model.track.last() {
        " Step forward to run the script: → or Space."
    } else {
        ""
    };
    html! { <p class="empty"><strong>{ "An empty machine" }</strong>{ there }{ next }</p> }
}

fn picture(model: &Model, link: &Link, frame: &Frame, n: usize, measure: &Measure, beside: Option<&Picture>) -> Html {
    let Frame { picture, changes, .. } = frame;
    if is_empty(picture) {
        return empty_machine(model);
    }
    let sharing = model.runs.get(n).is_some_and(|r| r.sharing);
    let devices = Devices::new(picture, measure);
    let devices_end = beside.map_or(devices.end, |b| devices.end.max(Devices::new(b, measure).end));
    let layout = Layout::new(picture, beside, devices_end + 28.0);
    let pictures: Vec<&Picture> = [Some(picture), beside].into_iter().flatten().collect();
    let columns = Columns::new(&pictures, measure);
    let (data, end) = data::view(picture, changes, layout.end, measure);
    let end = if beside.is_some() { layout.end + data::HEIGHT } else { end };
    let label = format!("The machine {} sharing", if sharing { "with" } else { "without" });
    let rows = Rows { model, picture, changes, layout: &layout, columns: &columns, measure };
    html! {
        <svg class="picture" role="group" aria-label={label} viewBox={format!("0 0 {} {}", shapes::n(measure.width), shapes::n(end + 4.0))} preserveAspectRatio="xMidYMin" data-run={if sharing { "on" } else { "off" }}>
            { devices.view(picture, changes, sharing) }
            { objects::holds(picture, &devices, &layout) }
            { objects::cards(picture, changes, &layout, &columns, measure) }
            { objects::sights(picture, &layout, measure, disk_root(frame)) }
            { blocks::view(rows, link) }
            { data }
        </svg>
    }
}

/// Where not every block has a column, all of them in small.
fn all_blocks(picture: &Picture, link: &Link) -> Html {
    let blocks = picture.metadata.first().map_or(0, |device| device.blocks.len());
    let measure = &Measure::WHOLE;
    let left_out = blocks > Columns::most(measure) || blocks > Columns::new(&[picture], measure).shown();
    if left_out { overview::view(picture, link) } else { Html::default() }
}

/// The mapping root that the superblock on the disk names.
fn disk_root(frame: &Frame) -> Option<u64> {
    let device = frame.picture.metadata.first()?;
    let (dev, _) = frame.view.disks.iter().find(|(dev, _)| dev.to_string() == device.dev)?;
    let page = frame.view.device_page(*dev, 0)?;
    Some(dm_cache_image::format::le64(page.bytes(), sb::MAPPING_ROOT))
}

/// What tiles look like, and what their letters mean.
fn legend() -> Html {
    let states = [
        ("", "owner-map", "clean"),
        ("dirty", "", "dirty"),
        ("stale", "", "stale: buffer ≠ disk"),
        ("unreadable", "", "not readable now"),
        ("lost", "", "lost: no live mapping"),
        ("old", "", "old on the origin"),
        ("unpromised", "", "gone, never promised"),
        ("free", "", "free on disk"),
    ];
    let state = |(class, owner, word): (&'static str, &'static str, &'static str)| {
        let drawn = match class {
            "dirty" => {
                html! { <g class="tile dirty"><rect class="face" x="1" y="1" width="14" height="14" rx="3" /><rect class="dots" x="1" y="1" width="14" height="14" rx="3" /></g> }
            }
            "lost" | "unreadable" | "unpromised" => {
                html! { <g class={classes!("datum", class)}><rect class="face" x="1" y="1" width="14" height="14" rx="3" /></g> }
            }
            "old" => {
                html! { <g class="datum old"><rect class="face" x="1" y="1" width="14" height="14" rx="3" /><path class="corner" d="M7 1h8v8z" /></g> }
            }
            _ => html! { <g class={classes!("tile", class, owner)}><rect class="face" x="1" y="1" width="14" height="14" rx="3" /></g> },
        };
        html! { <li><svg viewBox="0 0 16 16" aria-hidden="true">{ drawn }</svg>{ word }</li> }
    };
    let letters = [("S", "superblock"), ("N", "btree node"), ("A", "array"), ("I", "index"), ("B", "bitmap"), ("R", "ref counts")];
    html! {
        <div class="legend">
            <ul>{ for states.into_iter().map(state) }</ul>
            <p>{ "Colour shows the tree a block belongs to; the letter its type: " }{ for letters.map(|(letter, word)| html! { <span><b>{ letter }</b>{ " " }{ word }</span> }) }</p>
        </div>
    }
}
