//! The foot: the sentence of the step, the pair of verdicts, and the transport with its scrubber.

use super::icons::{Icon, icon};
use super::model::{Model, SPEEDS};
use super::msg::{Move, Msg};
use super::page::{Link, PageMsg, send};
use super::pointer;
use super::prompt;
use super::run::Ended;
use super::stage::shapes::{hundredths, n};
use super::track::{Mark, MarkKind};
use super::verdicts::verdicts;
use yew::prelude::*;

/// The scrubber's own units from end to end.
const LENGTH: f64 = 1000.0;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    html! {
        <footer class="foot" aria-label="Transport">
            <div class="said">
                <p class="where">{ format!("step {} / {}", model.at + 1, model.track.last() + 1) }<br />{ model.line().map(|l| format!(" line {l}")).unwrap_or_default() }</p>
                <p class="sentence" aria-live="polite">{ sentence(model) }{ stopped(model) }{ changed(model) }</p>
                { beside(model, link) }
            </div>
            { prompt::dock(model, link) }
            <div class="transport">
                { button(link, Icon::First, "First step", Move::First) }
                { button(link, Icon::Back, "Step back", Move::Back) }
                <button class="icon-button play" type="button" aria-label={if model.playing { "Pause" } else { "Play" }} onclick={send(link, Msg::Toggle)}>
                    { icon(if model.playing { Icon::Pause } else { Icon::Play }) }
                </button>
                { button(link, Icon::Forward, "Step forward", Move::Forward) }
                { button(link, Icon::Last, "Last step", Move::Last) }
                <button class="button boxed speed" type="button" aria-label={format!("Speed {}", speed(model))} onclick={send(link, Msg::Speed)}>{ speed(model) }</button>
                <button class="icon-button" type="button" aria-label="Plots" title="Hit ratio, dirty blocks, promotions" aria-expanded={model.plots.to_string()} onclick={send(link, Msg::Plots)}>{ icon(Icon::Curve) }</button>
                if model.runs.len() > 1 {
                    <span class="rail-names mono" aria-hidden="true"><span>{ "off" }</span><span>{ "on" }</span></span>
                }
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

/// What the step changed, by name: for screen readers always, for everybody where nothing may move.
fn changed(model: &Model) -> Html {
    /// Changes that are named.
    const NAMED_MAX: usize = 5;
    let of = |n: usize| model.frames.get(n).map(|f| f.changes.words()).unwrap_or_default();
    let text = |words: &[String]| {
        let more = if words.len() > NAMED_MAX { ", …" } else { "" };
        format!("{} changed: {}{more}.", words.len(), words.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", "))
    };
    let said = match (model.frames.len(), of(0), of(1)) {
        (2, off, on) if off != on => {
            [("Off", off), ("On", on)].iter().filter(|(_, w)| !w.is_empty()).map(|(side, w)| format!(" {side}, {}", text(w))).collect()
        }
        (_, words, _) if !words.is_empty() => format!(" {}", text(&words)),
        _ => String::new(),
    };
    html! { <span class="changes" data-changes="true">{ said }</span> }
}

/// Said at the end of a run that is not the script's.
fn stopped(model: &Model) -> Option<&'static str> {
    let ended = model.runs.first().filter(|_| model.at == model.track.last())?.ended;
    match ended {
        Ended::Whole => None,
        Ended::AtLimit => Some(" The run was stopped here: it is too long for this page."),
        Ended::ByHand => Some(" You stopped the run here."),
    }
}

/// Of one run its verdicts; of two, which have theirs on the stage, the way to where they part.
fn beside(model: &Model, link: &Link) -> Html {
    match model.frames.as_slice() {
        [one] => verdicts(one),
        [_, _] if model.track.apart.is_some() => html! {
            <button class="button boxed" type="button" onclick={send(link, Msg::Move(Move::Divergence))}>{ "Jump to first divergence" }<kbd>{ "d" }</kbd></button>
        },
        _ => Html::default(),
    }
}

#[allow(clippy::cast_precision_loss, reason = "steps of a run are few")]
fn place(at: usize, last: usize) -> f64 {
    if last == 0 { 0.0 } else { at as f64 / last as f64 * LENGTH }
}

fn scrubber(model: &Model, link: &Link) -> Html {
    let last = model.track.last();
    let scrubber = NodeRef::default();
    let to = {
        let on = scrubber.clone();
        move |event: &PointerEvent| {
            let (along, _) = pointer::share(&on, event)?;
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "bounded by the number of steps"
            )]
            let at = (along.clamp(0.0, 1.0) * last as f64).round() as usize;
            Some(PageMsg(Msg::Move(Move::To(at))))
        }
    };
    let onpointerdown = {
        let (to, on) = (to.clone(), scrubber.clone());
        link.batch_callback(move |event: PointerEvent| {
            if event.button() != 0 {
                return None;
            }
            if let Some(element) = on.cast::<web_sys::Element>() {
                // Without a captured pointer a drag ends at the edge, and nothing else changes.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            to(&event)
        })
    };
    let onpointermove = link.batch_callback(move |event: PointerEvent| if event.buttons() & 1 == 1 { to(&event) } else { None });
    let head = place(model.at, last);
    let runs = model.runs.len();
    // Failures are drawn over what holds, and both over commits.
    let mut marks: Vec<&Mark> = shown(model).collect();
    marks.sort_by_key(|m| match m.kind {
        MarkKind::Command | MarkKind::Label | MarkKind::Ask => 0,
        MarkKind::Commit => 1,
        MarkKind::Held => 2,
        MarkKind::Divergence | MarkKind::Failed | MarkKind::Undone => 3,
        MarkKind::Lost => 4,
    });
    let marks = marks.into_iter().map(|m| mark(m, model.at, last, runs));
    let rails = (0..runs.max(1)).map(|run| {
        let y = rail(run, runs);
        html! { <><path class="track" d={format!("M0 {}H{}", n(y), n(LENGTH))} /><path class="done" d={format!("M0 {}H{}", n(y), hundredths(head))} /></> }
    });
    let heads = (0..runs.max(1))
        .map(|run| html! { <circle class="playhead" cx={format!("{}%", hundredths(head / 10.0))} cy={n(rail(run, runs))} r="7" /> });
    let hidden = model.hidden_from().unwrap_or(last);
    let band = model.track.apart.filter(|(from, _)| *from <= hidden).map(|(from, to)| {
        let to = to.min(hidden);
        let (from, to) = (place(from, last), place(to, last));
        html! { <rect class="band" x={hundredths(from)} y={if runs > 1 { "29" } else { "35" }} width={hundredths((to - from).max(2.0))} height="5" fill="url(#lost)" /> }
    });
    html! {
        <div class="scrubber" role="slider" tabindex="0" aria-label="Step" aria-valuemin="1" aria-valuemax={(last + 1).to_string()}
            aria-valuenow={(model.at + 1).to_string()} aria-valuetext={format!("Step {} of {}, {}", model.at + 1, last + 1, sentence(model))}
            ref={scrubber} {onpointerdown} {onpointermove}>
            <svg viewBox={format!("0 0 {} 62", n(LENGTH))} preserveAspectRatio="none" aria-hidden="true">
                { for rails }
                { band }
                if hidden < last {
                    <rect class="cover" x={hundredths(place(hidden, last))} y="20" width={hundredths(LENGTH - place(hidden, last))} height="22" />
                }
            </svg>
            <svg class="marks" aria-hidden="true">
                { words(model, last) }
                if hidden < last {
                    <text x={format!("{}%", hundredths((place(hidden, last) + LENGTH) / 20.0))} y="35" text-anchor="middle">{ "hidden until you answer" }</text>
                }
                { for marks }
                { for heads }
            </svg>
        </div>
    }
}

/// The marks, without those that would answer a question which stands open.
fn shown(model: &Model) -> impl Iterator<Item = &Mark> + Clone {
    let hidden = model.hidden_from().unwrap_or(usize::MAX);
    model.track.marks.iter().filter(move |m| m.at <= hidden)
}

/// The rail of a run: one in the middle, or two.
fn rail(run: usize, runs: usize) -> f64 {
    match (runs, run) {
        (0 | 1, _) => 31.0,
        (_, 0) => 25.0,
        _ => 38.0,
    }
}

fn mark(mark: &Mark, at: usize, last: usize, runs: usize) -> Html {
    let x = format!("{}%", hundredths(place(mark.at, last) / 10.0));
    let y = rail(mark.run, runs);
    let ahead = (mark.at > at).then_some("ahead");
    let cy = n(y);
    match mark.kind {
        MarkKind::Command => html! {
            <g><title>{ &mark.text }</title><line class="tick" x1={x.clone()} x2={x} y1={n(y - 7.0)} y2={cy} /></g>
        },
        MarkKind::Commit => html! { <circle class={classes!("mark", ahead)} cx={x} {cy} r="4.5"><title>{ &mark.text }</title></circle> },
        MarkKind::Divergence => html! {
            <svg x={x} y={n(y - 11.0)} class="diamond-place"><path class="diamond" d="M0 -6L6 0L0 6L-6 0z"><title>{ &mark.text }</title></path></svg>
        },
        MarkKind::Lost => html! {
            <svg x={x} y={n(y)} class="diamond-place" data-mark="lost"><rect class="lost-mark" x="-6" y="-6" width="12" height="12" rx="2" /><path class="lost-sign" d="M-3 -3l6 6M3 -3l-6 6" /><title>{ &mark.text }</title></svg>
        },
        MarkKind::Held => html! {
            <svg {x} y={cy} class="diamond-place"><circle class={classes!("mark", ahead)} r="6" /><path class="mark-sign" d="M-2.6 .2l1.8 1.9L2.8 -2" /><title>{ format!("{}: holds", mark.text) }</title></svg>
        },
        MarkKind::Failed | MarkKind::Undone => html! {
            <svg {x} y={cy} class="diamond-place"><circle class={classes!("mark", "failed", ahead)} r="6.5" /><path class="mark-sign failed" d="M-2.3 -2.3l4.6 4.6M2.3 -2.3l-4.6 4.6" /><title>{ format!("{}: fails", mark.text) }</title></svg>
        },
        MarkKind::Label => {
            html! { <g><title>{ &mark.text }</title><line class="tick label-tick" x1={x.clone()} x2={x} y1={cy} y2={n(y + 8.0)} /></g> }
        }
        MarkKind::Ask => Html::default(),
    }
}

/// The command as the track names it: the verb of dmsetup, or nothing.
fn short(text: &str) -> Option<&str> {
    const NAMED: &[&str] = &["create", "reload", "load", "suspend", "resume", "clear", "remove", "message"];
    let mut words = text.trim_start_matches("# ").split_whitespace();
    match words.next()? {
        "dmsetup" => words.next().filter(|verb| NAMED.contains(verb)),
        "power-cut" => Some("power-cut"),
        _ => None,
    }
}

/// Words over and under the track, the important ones first; one that has no room is left out, its mark stays.
fn words(model: &Model, last: usize) -> Html {
    /// Widest letter in pixels, and the room between two words.
    const LETTER: f64 = 7.2;
    const ROOM: f64 = 10.0;
    /// What stands beside the track.
    const BESIDE: u32 = 300;
    let unit = LENGTH / f64::from(model.look.width.saturating_sub(BESIDE).max(200));
    let marks = shown(model);
    let of = |kind: MarkKind| marks.clone().filter(move |m| m.kind == kind && m.run == 0);
    // Two words, each at the first of its own.
    let failures = [(MarkKind::Undone, "command"), (MarkKind::Failed, "expect")].into_iter().filter_map(|(kind, one)| {
        let (first, count) = (of(kind).next()?.at, of(kind).count());
        Some((first, if count == 1 { format!("1 {one} fails") } else { format!("{count} {one}s fail") }, "bad"))
    });
    // In whichever world it comes first.
    let lost = marks.clone().find(|m| m.kind == MarkKind::Lost).map(|m| (m.at, m.text.clone(), "bad"));
    let over = lost.into_iter().chain(of(MarkKind::Divergence).map(|m| (m.at, m.text.clone(), "bad"))).chain(failures);
    let over = over.chain(of(MarkKind::Command).filter_map(|m| Some((m.at, short(&m.text)?.to_owned(), ""))));
    let under =
        of(MarkKind::Label).map(|m| (m.at, m.text.clone(), "named")).chain(of(MarkKind::Commit).map(|m| (m.at, m.text.clone(), "")));
    let row = |y: &'static str, wanted: Vec<(usize, String, &'static str)>| {
        let mut taken: Vec<(f64, f64)> = Vec::new();
        let mut shown = Vec::new();
        for (at, text, class) in wanted {
            let half = f64::from(u32::try_from(text.chars().count()).unwrap_or(0)) * LETTER / 2.0 * unit;
            let x = place(at, last);
            let (from, to, anchor) = if x < half {
                (x, x + 2.0 * half, "start")
            } else if x + half > LENGTH {
                (x - 2.0 * half, x, "end")
            } else {
                (x - half, x + half, "middle")
            };
            if taken.iter().all(|(a, b)| to + ROOM * unit < *a || from > *b + ROOM * unit) {
                taken.push((from, to));
                let x = format!("{}%", hundredths(x / 10.0));
                shown.push(html! { <text {class} text-anchor={anchor} {x} {y}>{ text }</text> });
            }
        }
        shown
    };
    html! { <>{ for row("10", over.collect()) }{ for row("60", under.collect()) }</> }
}
