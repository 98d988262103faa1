//! The stage: the stack as kernel people draw it. Blocks of the metadata device form one row, block number = column;
//! one object looks down on it from above, the others look up from below, so that in each column equality is adjacency.
//! Where what stands is a [`Scene`]'s business; here it becomes nodes, in the form that has room.

mod drawing;
pub(super) mod nodes;
mod overview;
mod table;

use super::image;
use super::look::LookMsg;
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, reduced_motion, send};
use super::races;
use super::running;
use super::verdicts::verdicts;
use crate::playback::Frame;
use crate::scenario::ast::Sharing;
use crate::scene::motion::Pace;
use crate::scene::overview::overview;
use crate::scene::{Form, Scene, Subject, is_empty, leaves_blocks_out};
use crate::timeline::picture::Picture;
use drawing::Drawing;
use std::rc::Rc;
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let tables = model.look.table || model.look.printing;
    let drawn = !model.frames.is_empty() && !tables;
    let body = match model.frames.as_slice() {
        [] if let Some(progress) = model.progress() => running::view(progress, link),
        [] if model.loaded.is_none() && image::over_an_image(&model.text) => nothing(
            "The image is not here",
            "This machine runs on an image file. A link cannot hold it, and it was not uploaded. If you have the file, open it with Open image, then press Activate it in the machine.",
        ),
        [] => nothing("No run", "The script has an error, which is shown beside it."),
        frames if tables => html! {
            <>
                if model.look.printing {
                    { for frames.iter().enumerate().map(|(n, frame)| printed(model, link, frame, n)) }
                }
                { for frames.iter().enumerate().map(|(n, frame)| table::view(frame, side(model, n))) }
            </>
        },
        [one] => html! { <>{ picture(model, link, one, 0, None) }{ all_blocks(&one.picture, link) }</> },
        two if side_by_side(model) => html! { <>{ for (0..two.len()).map(|n| half(model, link, n)) }</> },
        two => one_at_a_time(model, link, two.len()),
    };
    html! {
        <main class="stage machine" aria-label="Stage">
            <div class={classes!("drawings", drawn.then_some("drawn"))} tabindex={tables.then_some("0")}>{ body }</div>
            { if drawn { legend() } else { Html::default() } }
        </main>
    }
}

/// On paper: the whole picture, of two runs under its heading and verdicts.
fn printed(model: &Model, link: &Link, frame: &Frame, n: usize) -> Html {
    let head = side(model, n).map(
        |(title, note)| html! { <div class="half-head"><h2>{ title }</h2><span class="quiet">{ note }</span>{ verdicts(frame) }</div> },
    );
    html! { <section class="printed">{ head }{ picture(model, link, frame, n, None) }</section> }
}

/// What the stage has room for.
fn room(model: &Model) -> (f64, f64) {
    if model.look.printing {
        return (Form::Whole.width(), f64::INFINITY);
    }
    let compare = model.sharing == Sharing::Compare;
    let (width, height) = model.look.stage(compare, model.inspector);
    (if compare && side_by_side(model) { (width / 2.0).floor() } else { width }, height)
}

/// Whether two drawings have room next to each other.
fn side_by_side(model: &Model) -> bool {
    model.look.stage(true, model.inspector).0 / 2.0 >= Form::Narrow.width()
}

/// The largest form that has room without letters getting smaller: the whole stage, one half of two, or the small one.
fn form(model: &Model) -> Form {
    let (width, height) = room(model);
    let halves = model.sharing == Sharing::Compare && side_by_side(model) && !model.look.printing;
    let whole = if halves { Form::Half } else { Form::Whole };
    let whole = if model.look.presenting { Form::Small } else { whole };
    let fits = |form: &Form| width >= form.width() && height >= form.usual_height();
    [whole, Form::Small].into_iter().find(fits).unwrap_or(Form::Narrow)
}

/// Width and height of a drawing in pixels: as large as its room, within reason, and never so small that letters shrink, unless the
/// window itself is narrower than any drawing.
fn scaled(drawing: (f64, f64), room: (f64, f64), largest: f64) -> (f64, f64) {
    let fits = (room.0 / drawing.0).min(room.1 / drawing.1);
    let scale = fits.clamp(1.0, largest).min(room.0 / drawing.0);
    ((drawing.0 * scale).floor(), (drawing.1 * scale).floor())
}

/// A run's heading, where there are two.
pub(super) fn side(model: &Model, n: usize) -> Option<(&'static str, &'static str)> {
    let run = model.side(n).filter(|_| model.frames.len() > 1)?;
    Some(if run.sharing { ("Sharing on", "Linux since") } else { ("Sharing off", "before the 2015 fix") })
}

fn half(model: &Model, link: &Link, n: usize) -> Html {
    let Some(frame) = model.frames.get(n) else { return Html::default() };
    let (title, note) = side(model, n).unwrap_or_default();
    // Both are drawn to one scale and one layout, so that the eye can go straight across.
    let beside = model.frames.iter().enumerate().find(|(i, _)| *i != n).map(|(_, f)| &f.picture);
    html! {
        <section class="half" aria-label={title} onfocusin={send(link, Msg::Look(LookMsg::Half(n)))}>
            <div class="half-head"><div class="half-name"><h2>{ title }</h2><span class="quiet">{ note }</span></div>{ verdicts(frame) }</div>
            { picture(model, link, frame, n, beside) }
        </section>
    }
}

/// Where two drawings have no room: one of them, under a switch that shows the verdicts of both.
fn one_at_a_time(model: &Model, link: &Link, runs: usize) -> Html {
    let n = model.looked_at();
    let Some(frame) = model.frame() else { return Html::default() };
    let option = |i| (side(model, i).unwrap_or_default().0.to_owned(), i == n, Msg::Look(LookMsg::Half(i)));
    html! {
        <>
            <div class="halves">
                { races::radios("Which of the two", (0..runs).map(option).collect(), link) }
                { for model.frames.iter().map(|f| verdicts(f)) }
            </div>
            { picture(model, link, frame, n, None) }
        </>
    }
}

fn nothing(title: &'static str, text: &'static str) -> Html {
    html! { <p class="empty"><strong>{ title }</strong>{ text }</p> }
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
        " Type a command in the console: the key ` opens it."
    } else if model.at < model.track().last() {
        " Step forward to run the script: → or Space."
    } else {
        ""
    };
    html! { <p class="empty"><strong>{ "An empty machine" }</strong>{ there }{ next }</p> }
}

fn picture(model: &Model, link: &Link, frame: &Frame, n: usize, beside: Option<&Picture>) -> Html {
    let Frame { picture, changes, .. } = frame;
    if is_empty(picture) {
        return empty_machine(model);
    }
    let sharing = model.side(n).is_some_and(|r| r.sharing);
    let of_the_run = model.playback.as_ref().map(|playback| playback.room());
    let scene = Scene::new(&Subject { picture, changes, beside, room: of_the_run, sharing }, form(model));
    let size = scaled(scene.size, room(model), model.look.largest());
    html! { <Drawing scene={Rc::new(scene)} pace={pace(model)} selected={model.selected} {size} link={link.clone()} /> }
}

/// A step forward moves what it changes, unless steps follow too fast; anything else fades.
fn pace(model: &Model) -> Pace {
    /// Milliseconds in which what differs fades.
    const FADE: f64 = 160.0;
    const FADE_REDUCED: f64 = 80.0;
    match (model.look.printing || model.hurries(), reduced_motion()) {
        (true, _) => Pace::Cut,
        (false, true) => Pace::Fade(FADE_REDUCED),
        (false, false) if model.stepped => Pace::Move,
        (false, false) => Pace::Fade(FADE),
    }
}

/// Where not every block has a column, all of them in small.
fn all_blocks(picture: &Picture, link: &Link) -> Html {
    let strip = leaves_blocks_out(picture).then(|| overview(picture)).flatten();
    strip.map(|strip| overview::view(strip, link)).unwrap_or_default()
}

/// Hatches, lines and dots: the third channel of a tile. They are the page's, not a picture's: legend and help show them before
/// there is one.
pub(super) fn patterns() -> Html {
    let svg = format!("<svg class=\"patterns\" aria-hidden=\"true\"><defs>{}</defs></svg>", crate::scene::svg::patterns(""));
    Html::from_html_unchecked(svg.into())
}

/// What a ground is filled with, where that is no colour.
pub(super) fn pattern(state: &str) -> Option<&'static str> {
    match state {
        "stale" => Some("url(#stale)"),
        "lost" => Some("url(#lost)"),
        "unreadable" => Some("url(#rows)"),
        _ => None,
    }
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
                html! { <g class="tile dirty"><rect class="face" x="1" y="1" width="14" height="14" rx="3" /><rect class="dots" x="1" y="1" width="14" height="14" rx="3" fill="url(#dots)" /></g> }
            }
            "lost" | "unreadable" | "unpromised" => {
                html! { <g class={classes!("datum", class)}><rect class="face" x="1" y="1" width="14" height="14" rx="3" fill={pattern(class)} /></g> }
            }
            "old" => {
                html! { <g class="datum old"><rect class="face" x="1" y="1" width="14" height="14" rx="3" /><path class="corner" d="M7 1h8v8z" /></g> }
            }
            _ => {
                html! { <g class={classes!("tile", class, owner)}><rect class="face" x="1" y="1" width="14" height="14" rx="3" fill={pattern(class)} /></g> }
            }
        };
        html! { <li><svg viewBox="0 0 16 16" aria-hidden="true">{ drawn }</svg>{ word }</li> }
    };
    let letters = [("S", "superblock"), ("N", "btree node"), ("A", "array"), ("I", "index"), ("B", "bitmap"), ("R", "ref counts")];
    html! {
        <div class="legend">
            <ul>{ for states.into_iter().map(state) }</ul>
            <p>{ "Colour: the tree of a block. Letter: its type. " }{ for letters.map(|(letter, word)| html! { <span><b>{ letter }</b>{ " " }{ word }</span> }) }</p>
        </div>
    }
}
