//! The foot: the sentence of the step, the pair of verdicts, and the transport with its scrubber.

use super::icons::{Icon, icon};
use super::model::{Model, Move, Msg, SPEEDS};
use super::page::{Link, PageMsg, send};
use super::track::{Mark, MarkKind};
use crate::image::check;
use crate::timeline::picture::Picture;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// The scrubber's own units from end to end.
const LENGTH: f64 = 1000.0;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    html! {
        <footer class="foot" aria-label="Transport">
            <div class="said">
                <p class="where">{ format!("step {} / {}", model.at + 1, model.track.last() + 1) }<br />{ model.line().map(|l| format!("line {l}")).unwrap_or_default() }</p>
                <p class="sentence" aria-live="polite">{ sentence(model) }</p>
                { verdicts(model) }
            </div>
            <div class="transport">
                { button(link, Icon::First, "First step", Move::First) }
                { button(link, Icon::Back, "Step back", Move::Back) }
                <button class="icon-button play" type="button" aria-label={if model.playing { "Pause" } else { "Play" }} onclick={send(link, Msg::Toggle)}>
                    { icon(if model.playing { Icon::Pause } else { Icon::Play }) }
                </button>
                { button(link, Icon::Forward, "Step forward", Move::Forward) }
                { button(link, Icon::Last, "Last step", Move::Last) }
                <button class="button boxed speed" type="button" aria-label={format!("Speed {}", speed(model))} onclick={send(link, Msg::Speed)}>{ speed(model) }</button>
                { scrubber(model, link) }
            </div>
        </footer>
    }
}

fn button(link: &Link, shown: Icon, label: &'static str, to: Move) -> Html {
    html! { <button class="icon-button" type="button" aria-label={label} onclick={send(link, Msg::Move(to))}>{ icon(shown) }</button> }
}

fn speed(model: &Model) -> String {
    match SPEEDS.get(model.speed).copied().unwrap_or(4) {
        2 => "½×".to_owned(),
        quarters => format!("{}×", quarters / 4),
    }
}

fn sentence(model: &Model) -> String {
    let of = |n: usize| {
        let run = model.runs.get(n)?;
        run.timeline.steps().get(model.track.step(model.at, n)).map(|s| s.sentence.clone())
    };
    match (of(0), of(1)) {
        (None, _) => String::new(),
        (Some(off), Some(on)) if off != on => format!("Off: {off} On: {on}"),
        (Some(one), _) => one,
    }
}

/// Metadata check, then data truth: never merged, because the contrast between them is the lesson.
fn verdicts(model: &Model) -> Html {
    if model.frames.len() != 1 {
        return Html::default();
    }
    let Some(frame) = model.frames.first() else { return Html::default() };
    let lost = lost(&frame.picture);
    let (truth, failing) = if lost.is_empty() { ("nothing lost".to_owned(), false) } else { (lost, true) };
    let check =
        frame.check.as_ref().map(|errors| if *errors == 0 { ("passes".to_owned(), false) } else { (format!("{errors} errors"), true) });
    html! {
        <div class="verdicts" role="status">
            { check.map(|(said, failing)| verdict("Metadata check", said, failing, "check")) }
            { verdict("Data truth", truth, failing, "truth") }
        </div>
    }
}

fn verdict(title: &'static str, said: String, failing: bool, name: &'static str) -> Html {
    html! {
        <div class={classes!("verdict", failing.then_some("failing"))} data-verdict={name} data-failing={failing.to_string()}>
            { icon(if failing { Icon::Cross } else { Icon::Check }) }
            <span><span>{ title }</span><strong>{ said }</strong></span>
        </div>
    }
}

/// `4 blocks lost: 50–53`.
fn lost(picture: &Picture) -> String {
    let blocks: Vec<u64> = picture.data.iter().flat_map(|d| d.lost.iter().copied()).collect();
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return String::new() };
    let range = if first == last { first.to_string() } else { format!("{first}–{last}") };
    format!("{} {} lost: {range}", blocks.len(), if blocks.len() == 1 { "block" } else { "blocks" })
}

/// Errors that a check of the metadata device finds; none where there is no formatted one.
pub(super) fn check_errors(view: &crate::timeline::View, picture: &Picture) -> Option<usize> {
    /// Larger devices are not checked at every step.
    const BLOCKS_MAX: u64 = 4_096;
    let device = picture.metadata.first()?;
    let (_, disk) = view.disks.iter().find(|(dev, _)| dev.to_string() == device.dev)?;
    if device.nr_blocks > BLOCKS_MAX || disk.pages.is_empty() {
        return None;
    }
    let mut image = Vec::new();
    for block in 0..device.nr_blocks {
        match disk.pages.get(&block) {
            Some(page) => image.extend_from_slice(page.bytes()),
            None => image.resize(image.len() + crate::device::PAGE_SIZE, 0),
        }
    }
    let report = check::check(&image.as_slice(), &check::Options::default());
    Some(usize::from(report.exit_code() != 0))
}

#[allow(clippy::cast_precision_loss, reason = "steps of a run are few")]
fn place(at: usize, last: usize) -> f64 {
    if last == 0 { 0.0 } else { at as f64 / last as f64 * LENGTH }
}

fn scrubber(model: &Model, link: &Link) -> Html {
    let last = model.track.last();
    let to = move |event: &PointerEvent| {
        let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
        let rect = element.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded by the number of steps"
        )]
        let at = (share.clamp(0.0, 1.0) * last as f64).round() as usize;
        Some(PageMsg(Msg::Move(Move::To(at))))
    };
    let onpointerdown = link.batch_callback(move |event: PointerEvent| {
        if let Some(element) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
            // Without a captured pointer a drag ends at the edge, and nothing else changes.
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        to(&event)
    });
    let onpointermove = link.batch_callback(move |event: PointerEvent| if event.buttons() & 1 == 1 { to(&event) } else { None });
    let head = place(model.at, last);
    let marks = model.track.marks.iter().map(|m| mark(m, model.at, last));
    let band = model.track.apart.map(|(from, to)| {
        let (from, to) = (place(from, last), place(to, last));
        html! { <rect class="band" x={from.to_string()} y="35" width={(to - from).max(2.0).to_string()} height="5" fill="url(#lost)" /> }
    });
    html! {
        <div class="scrubber" role="slider" tabindex="0" aria-label="Step" aria-valuemin="1" aria-valuemax={(last + 1).to_string()}
            aria-valuenow={(model.at + 1).to_string()} aria-valuetext={format!("Step {} of {}, {}", model.at + 1, last + 1, sentence(model))}
            {onpointerdown} {onpointermove}>
            <svg viewBox={format!("0 0 {LENGTH} 62")} preserveAspectRatio="none" aria-hidden="true">
                <path class="track" d={format!("M0 31H{LENGTH}")} />
                <path class="done" d={format!("M0 31H{head}")} />
                { band }
            </svg>
            <svg class="marks" aria-hidden="true">
                { for marks }
                <circle class="playhead" cx={format!("{}%", head / 10.0)} cy="31" r="7" />
            </svg>
        </div>
    }
}

fn mark(mark: &Mark, at: usize, last: usize) -> Html {
    let x = format!("{}%", place(mark.at, last) / 10.0);
    let ahead = mark.at > at;
    match mark.kind {
        MarkKind::Command => html! {
            <g><title>{ &mark.text }</title><line class="tick" x1={x.clone()} x2={x} y1="22" y2="31" /></g>
        },
        MarkKind::Commit => {
            html! { <circle class={classes!("mark", ahead.then_some("ahead"))} cx={x} cy="31" r="4.5"><title>{ &mark.text }</title></circle> }
        }
        MarkKind::Divergence => html! {
            <g><circle class="mark diamond" cx={x.clone()} cy="20" r="5" /><text class="bad" text-anchor="middle" {x} y="10">{ &mark.text }</text></g>
        },
        MarkKind::Held => html! { <circle class="mark" cx={x} cy="31" r="5.5"><title>{ format!("{}: holds", mark.text) }</title></circle> },
        MarkKind::Failed => html! {
            <g><circle class="mark failed" cx={x.clone()} cy="31" r="6.5" /><text class="bad" text-anchor="middle" {x} y="35">{ "×" }</text><title>{ format!("{}: fails", mark.text) }</title></g>
        },
    }
}
