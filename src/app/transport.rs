//! The foot: the sentence of the step, the pair of verdicts, and the transport with its scrubber.

use super::icons::{Icon, icon};
use super::model::{Model, SPEEDS};
use super::msg::{Move, Msg};
use super::page::{Link, PageMsg, send};
use super::panes::Pane;
use super::pointer;
use super::prompt;
use super::verdicts::verdicts;
use super::{terms, why};
use crate::playback::{Ended, Mark, MarkKind};
use crate::scene::{hundredths, n};
use yew::prelude::*;

/// The scrubber's own units from end to end.
const LENGTH: f64 = 1000.0;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let sentence = sentence(model);
    html! {
        <footer class="foot" aria-label="Transport">
            <div class="said">
                <p class="where">{ format!("step {} / {}", model.at + 1, model.track().last() + 1) }<br />{ model.line().map(|l| format!(" line {l}")).unwrap_or_default() }</p>
                <p class="sentence" aria-live="polite">{ terms::said(&sentence) }{ stopped(model) }{ changed(model) }</p>
                { terms::explained(&sentence) }
                { summed_up(model, link) }
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
                if model.sides().count() > 1 {
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

/// What is said of the step; of two runs that differ, of both.
pub(super) fn sentence(model: &Model) -> String {
    if let Some(races) = &model.races {
        return races.shown().map(|order| crate::explore::sentence(order, races.at.saturating_sub(1))).unwrap_or_default();
    }
    model.playback.as_ref().map(|playback| playback.sentence(model.at)).unwrap_or_default()
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
    match model.playback.as_ref().filter(|_| model.at == model.track().last())?.ended() {
        Ended::Whole => None,
        Ended::AtLimit => Some(" The run was stopped here: it is too long for this page."),
        Ended::ByHand => Some(" You stopped the run here."),
    }
}

/// At the end of a script, where the side panel does not show by itself what it comes to.
fn summed_up(model: &Model, link: &Link) -> Html {
    let beside = model.inspector || (model.look.has_side_panel() && model.frames.len() < 2);
    if !why::is_over(model) || (beside && model.pane == Pane::Why && !model.look.narrow()) {
        return Html::default();
    }
    html! { <button class="button boxed" type="button" onclick={send(link, Msg::Pane(Pane::Why))}>{ "What happened" }</button> }
}

/// Of one run its verdicts; of two, which have theirs on the stage, the way to where they part.
fn beside(model: &Model, link: &Link) -> Html {
    match model.frames.as_slice() {
        [one] => verdicts(one),
        // Where there is little room the end has another button; the first diamond and the key lead there as well.
        [_, _] if model.track().apart.is_some() && (model.look.has_side_panel() || !why::is_over(model)) => html! {
            <button class="button boxed jump" type="button" onclick={send(link, Msg::Move(Move::Divergence))}>{ "Jump to first divergence" }<kbd>{ "d" }</kbd></button>
        },
        _ => Html::default(),
    }
}

#[allow(clippy::cast_precision_loss, reason = "steps of a run are few")]
fn place(at: usize, last: usize) -> f64 {
    if last == 0 { 0.0 } else { at as f64 / last as f64 * LENGTH }
}

fn scrubber(model: &Model, link: &Link) -> Html {
    let last = model.track().last();
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
                // Without pointer capture a drag only ends at the edge.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            to(&event)
        })
    };
    let onpointermove = link.batch_callback(move |event: PointerEvent| if event.buttons() & 1 == 1 { to(&event) } else { None });
    let head = place(model.at, last);
    let runs = model.sides().count();
    // Failures are drawn over what holds, and both over commits.
    let mut marks: Vec<&Mark> = shown(model).collect();
    marks.sort_by_key(|m| match m.kind {
        MarkKind::Command | MarkKind::Label | MarkKind::Ask => 0,
        MarkKind::Commit => 1,
        MarkKind::Expect if m.held == Some(true) => 2,
        MarkKind::Cause | MarkKind::Divergence | MarkKind::Expect | MarkKind::Undone => 3,
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
    let band = model.track().apart.filter(|(from, _)| *from <= hidden).map(|(from, to)| {
        let to = to.min(hidden);
        let (from, to) = (place(from, last), place(to, last));
        html! { <rect class="band" x={hundredths(from)} y={if runs > 1 { "29" } else { "35" }} width={hundredths((to - from).max(2.0))} height="5" fill="url(#stale)" /> }
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
    model.track().marks.iter().filter(move |m| m.at <= hidden)
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
    let y = rail(mark.world, runs);
    let ahead = (mark.at > at).then_some("ahead");
    let cy = n(y);
    match mark.kind {
        MarkKind::Command => html! {
            <g><title>{ &mark.text }</title><line class="tick" x1={x.clone()} x2={x} y1={n(y - 7.0)} y2={cy} /></g>
        },
        MarkKind::Commit => html! { <circle class={classes!("mark", ahead)} cx={x} {cy} r="4.5"><title>{ &mark.text }</title></circle> },
        MarkKind::Cause | MarkKind::Divergence => html! {
            <svg {x} y={n(rail(0, runs) - if runs > 1 { 7.0 } else { 11.0 })} class="diamond-place" data-mark="cause" data-at={(mark.at + 1).to_string()}><path class={classes!("diamond", ahead)} d="M0 -6L6 0L0 6L-6 0z"><title>{ &mark.text }</title></path></svg>
        },
        MarkKind::Lost => html! {
            <svg x={x} y={n(y)} class="diamond-place" data-mark="lost"><rect class="lost-mark" x="-6" y="-6" width="12" height="12" rx="2" /><path class="lost-sign" d="M-3 -3l6 6M3 -3l-6 6" /><title>{ &mark.text }</title></svg>
        },
        MarkKind::Expect if mark.held == Some(true) => html! {
            <svg {x} y={cy} class="diamond-place"><circle class={classes!("mark", ahead)} r="6" /><path class="mark-sign" d="M-2.6 .2l1.8 1.9L2.8 -2" /><title>{ format!("{}: holds", mark.text) }</title></svg>
        },
        MarkKind::Expect | MarkKind::Undone if mark.is_failure() => html! {
            <svg {x} y={cy} class="diamond-place"><circle class={classes!("mark", "failed", ahead)} r="6.5" /><path class="mark-sign failed" d="M-2.3 -2.3l4.6 4.6M2.3 -2.3l-4.6 4.6" /><title>{ format!("{}: fails", mark.text) }</title></svg>
        },
        MarkKind::Label => {
            html! { <g><title>{ &mark.text }</title><line class="tick label-tick" x1={x.clone()} x2={x} y1={cy} y2={n(y + 8.0)} /></g> }
        }
        // Questions, and expectations of the other world.
        MarkKind::Ask | MarkKind::Expect | MarkKind::Undone => Html::default(),
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

/// Words over the track for causes, and under it for what becomes of them and for commands, the important ones first; one that has no
/// room is left out, its mark stays.
fn words(model: &Model, last: usize) -> Html {
    /// Widest letter in pixels, and the room between two words.
    const LETTER: f64 = 7.2;
    const ROOM: f64 = 10.0;
    /// What stands beside the track.
    const BESIDE: u32 = 300;
    let unit = LENGTH / f64::from(model.look.width.saturating_sub(BESIDE).max(200));
    let marks = shown(model);
    let of = |kind: MarkKind| marks.clone().filter(move |m| m.kind == kind && m.world == 0);
    // One word for each kind, at the first of its kind.
    let failures = [(MarkKind::Undone, "command"), (MarkKind::Expect, "expect")].into_iter().filter_map(|(kind, one)| {
        let failed = || of(kind).filter(|m| m.is_failure());
        let (first, count) = (failed().next()?.at, failed().count());
        Some((first, if count == 1 { format!("1 {one} fails") } else { format!("{count} {one}s fail") }, "bad"))
    });
    // In whichever world it comes first.
    let lost = marks.clone().find(|m| m.kind == MarkKind::Lost).map(|m| (m.at, m.text.clone(), "bad"));
    let mut causes: Vec<(usize, String, &str)> = Vec::new();
    for m in marks.clone().filter(|m| matches!(m.kind, MarkKind::Cause | MarkKind::Divergence)) {
        // Said once, of the world in which it comes first.
        if causes.iter().all(|(_, text, _)| *text != m.text) {
            causes.push((m.at, m.text.clone(), "bad"));
        }
    }
    let under = lost.into_iter().chain(failures).chain(of(MarkKind::Label).map(|m| (m.at, m.text.clone(), "named")));
    let under = under.chain(of(MarkKind::Command).filter_map(|m| Some((m.at, short(&m.text)?.to_owned(), ""))));
    let row = |y: &'static str, wanted: Vec<(usize, String, &'static str)>| {
        let mut taken: Vec<(f64, f64)> = Vec::new();
        let mut shown = Vec::new();
        for (at, text, class) in wanted {
            let half = f64::from(u32::try_from(text.chars().count()).unwrap_or(0)) * LETTER / 2.0 * unit;
            let x = place(at, last);
            // At an end of the track it stands as near to its mark as it can.
            let (from, to, x, anchor) = if x < half {
                (0.0, 2.0 * half, 0.0, "start")
            } else if x + half > LENGTH {
                (LENGTH - 2.0 * half, LENGTH, LENGTH, "end")
            } else {
                (x - half, x + half, x, "middle")
            };
            if taken.iter().all(|(a, b)| to + ROOM * unit < *a || from > *b + ROOM * unit) {
                taken.push((from, to));
                let x = format!("{}%", hundredths(x / 10.0));
                shown.push(html! { <text {class} text-anchor={anchor} {x} {y}>{ text }</text> });
            }
        }
        shown
    };
    html! { <>{ for row("10", causes) }{ for row("60", under.collect()) }</> }
}
