//! The stage: the stack as kernel people draw it. Blocks of the metadata device form one row, block number = column;
//! one object looks down on it from above, the others look up from below, so that in each column equality is adjacency.

mod blocks;
mod data;
mod devices;
mod objects;
mod shapes;

use super::model::{Frame, Model};
use super::page::Link;
use super::transport::verdicts;
use blocks::Columns;
use yew::prelude::*;

/// Width of the drawing in its own units; its text is set for a stage of this many pixels.
const WIDTH: f64 = 840.0;
/// The same for one of two halves.
const WIDTH_HALF: f64 = 700.0;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let body = match model.frames.as_slice() {
        [] => nothing("No run", "The script cannot be read: its first error stands beside it."),
        [one] => picture(model, link, one, 0, (WIDTH, 0.0), &columns(model, WIDTH)),
        two => {
            let columns = columns(model, WIDTH_HALF);
            // Both are drawn to one scale, so that the eye can go straight across.
            let height = two.iter().map(|frame| height(frame)).fold(0.0, f64::max);
            html! { <>{ for two.iter().enumerate().map(|(n, frame)| half(model, link, frame, n, height, &columns)) }</> }
        }
    };
    html! { <main class="stage" aria-label="Stage">{ body }</main> }
}

fn columns(model: &Model, width: f64) -> Columns {
    let pictures: Vec<_> = model.frames.iter().map(|f| &f.picture).collect();
    Columns::new(&pictures, width)
}

fn half(model: &Model, link: &Link, frame: &Frame, n: usize, height: f64, columns: &Columns) -> Html {
    let sharing = model.runs.get(n).is_some_and(|r| r.sharing);
    let (title, note) = if sharing { ("Sharing on", "with 9b1cc9f251af") } else { ("Sharing off", "before the fix") };
    let verdicts = verdicts(frame);
    html! {
        <section class="half" aria-label={title}>
            <div class="half-head"><h2>{ title }</h2><span class="quiet">{ note }</span><span class="grow" />{ verdicts }</div>
            { picture(model, link, frame, n, (WIDTH_HALF, height), columns) }
        </section>
    }
}

/// How tall the picture of a half is.
fn height(frame: &Frame) -> f64 {
    let (_, devices_end) = devices::view(&frame.picture, true, WIDTH_HALF);
    let layout = objects::Layout::new(&frame.picture, devices_end + 20.0);
    data::view(&frame.picture, layout.end, WIDTH_HALF).1 + 12.0
}

fn nothing(title: &'static str, text: &'static str) -> Html {
    html! { <p class="empty"><strong>{ title }</strong>{ text }</p> }
}

fn picture(model: &Model, link: &Link, frame: &Frame, n: usize, (width, height): (f64, f64), columns: &Columns) -> Html {
    let picture = &frame.picture;
    if picture.devices.is_empty() && picture.objects.is_empty() {
        return nothing("An empty machine", "Disks are there; no device is mapped yet. Step forward to run the script.");
    }
    let sharing = model.runs.get(n).is_some_and(|r| r.sharing);
    let (top, devices_end) = devices::view(picture, sharing, width);
    let layout = objects::Layout::new(picture, devices_end + 20.0);
    let data_at = layout.end;
    let (data, end) = data::view(picture, data_at, width);
    let label = format!("The machine {} sharing", if sharing { "with" } else { "without" });
    html! {
        <svg class="picture" role="group" aria-label={label} viewBox={format!("0 0 {width} {}", height.max(end + 12.0))} preserveAspectRatio="xMidYMin" data-run={if sharing { "on" } else { "off" }}>
            { shapes::patterns() }
            { top }
            { objects::holds(picture, &layout) }
            { objects::cards(picture, &layout, columns) }
            { objects::sights(picture, &layout, width) }
            { blocks::view(model, link, picture, &layout, columns) }
            { data }
        </svg>
    }
}
