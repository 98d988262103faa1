//! The side panel's first pane: at the end of a script what it comes to, then the causes in order, then what the step changed.

use super::catalogue::Entry;
use super::model::Model;
use super::msg::{Move, Msg};
use super::page::{Link, send};
use super::races::RacesMsg;
use crate::playback::{Mark, MarkKind};
use crate::scenario::ast::Sharing;
use crate::scenario::library;
use crate::timeline::causes::CauseKind;
use crate::timeline::chips::chips;
use crate::timeline::closing::closing;
use yew::prelude::*;

/// Causes and changes that are listed.
const LISTED_MAX: usize = 40;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    html! {
        <div class="why">
            { if is_over(model) { card(model, link) } else { Html::default() } }
            { causes(model, link) }
            { changes(model) }
        </div>
    }
}

/// The playhead has come to the end of a script.
pub(super) fn is_over(model: &Model) -> bool {
    model.at > 0 && model.at == model.track().last() && model.running.is_none()
}

fn card(model: &Model, link: &Link) -> Html {
    let told: Vec<_> = model
        .sides()
        .zip(&model.frames)
        .map(|(side, frame)| (side.sharing, closing(side.timeline, side.sharing, chips(&frame.picture, frame.check))))
        .collect();
    let several = told.len() > 1;
    let happened = told.iter().map(|(sharing, closing)| {
        let side = several.then(|| html! { <strong>{ if *sharing { "On: " } else { "Off: " } }</strong> });
        html! { <p>{ side }{ closing.happened.join(" ") }</p> }
    });
    let mut means: Vec<&str> = Vec::new();
    for line in told.iter().flat_map(|(_, closing)| &closing.means) {
        if !means.contains(line) {
            means.push(line);
        }
    }
    html! {
        <section class="closing" aria-label="What happened">
            <h3>{ "What happened" }</h3>{ for happened }
            <h3>{ "On a real machine" }</h3>{ for means.into_iter().map(|line| html! { <p>{ line }</p> }) }
            { ways(model, link) }
        </section>
    }
}

/// What to try next.
fn ways(model: &Model, link: &Link) -> Html {
    let mut ways: Vec<Html> = Vec::new();
    let mut way = |title: String, why: String, msg: Msg| {
        let why = (!why.is_empty()).then(|| html! { <span>{ why }</span> });
        ways.push(html! { <li><button type="button" class="way" onclick={send(link, msg)}><strong>{ title }{ " →" }</strong>{ why }</button></li> });
    };
    if model.sharing == Sharing::Off && model.source.as_ref().is_ok_and(|s| s.script.sharing == Sharing::Compare) {
        way("Compare with the fix".to_owned(), "the same commands, one object".to_owned(), Msg::Sharing(Sharing::Compare));
    }
    if let Some(entry) = model.entry().filter(|_| model.is_of_the_catalogue()) {
        for (next, why) in library::next(entry.name) {
            let Some(n) = model.catalogue.iter().position(|e: &Entry| e.name == next.name) else { continue };
            let title = model.catalogue.get(n).map_or(next.name, |e| e.title);
            way(title.to_owned(), why.to_owned(), Msg::Scenario(n));
        }
        way(
            "Races in lookup_or_open".to_owned(),
            "every order of two opens, or of a close and an open".to_owned(),
            Msg::Races(RacesMsg::Open),
        );
    }
    way("Change this script".to_owned(), String::new(), Msg::Edit);
    html! { <><h3>{ "Try next" }</h3><ul class="ways">{ for ways }</ul></> }
}

fn causes(model: &Model, link: &Link) -> Html {
    // What comes would answer a question that stands open.
    let hidden = model.hidden_from();
    let shown = |m: &&Mark| matches!(m.kind, MarkKind::Cause | MarkKind::Divergence) && hidden.is_none_or(|from| m.at <= from);
    let marks: Vec<&Mark> = model.track().marks.iter().filter(shown).collect();
    let title = match marks.len() {
        _ if hidden.is_some() => "Known so far".to_owned(),
        0 => "No causes of a loss".to_owned(),
        1 => "One cause".to_owned(),
        n => format!("{} causes, in order", number(n)),
    };
    let cause = |mark: &&Mark| {
        let ahead = mark.at > model.at;
        let when = match mark.at.cmp(&model.at) {
            std::cmp::Ordering::Less => "",
            std::cmp::Ordering::Equal => ", now",
            std::cmp::Ordering::Greater => ", ahead",
        };
        let steps = model.side(mark.world).map_or(&[][..], |side| side.timeline.steps());
        let said = steps.get(model.track().step(mark.at, mark.world)).map(|s| s.sentence.clone());
        html! {
            <li aria-current={(mark.at == model.at).then_some("step")}>
                <svg class="cause-sign" viewBox="-8 -8 16 16" aria-hidden="true"><path class={classes!("diamond", ahead.then_some("ahead"))} d="M0 -6L6 0L0 6L-6 0z" /></svg>
                <div><button type="button" class="cause" onclick={send(link, Msg::Move(Move::To(mark.at)))}>{ &mark.text }</button>
                <span class="quiet">{ format!(" step {}{when}", mark.at + 1) }</span>
                <p>{ said }</p></div>
            </li>
        }
    };
    let reload = marks.iter().any(|m| m.kind == MarkKind::Divergence || m.cause == Some(CauseKind::RootsCopied));
    html! {
        <>
            <section><h3>{ title }</h3>
                if marks.is_empty() && hidden.is_none() {
                    <p class="quiet">{ "At every step each object knows the roots that its disk has, and no power fails." }</p>
                } else {
                    <ol class="causes">{ for marks.iter().take(LISTED_MAX).map(cause) }</ol>
                }
            </section>
            if reload {
                <section><h3>{ "Why LVM loads first" }</h3><p>{ "A load may allocate memory and read disks. Under a suspended device that could wait for itself, so LVM loads while the old table runs." }</p></section>
            }
        </>
    }
}

fn number(n: usize) -> String {
    const WORDS: [&str; 9] = ["Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    n.checked_sub(2).and_then(|n| WORDS.get(n)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn changes(model: &Model) -> Html {
    let words = model.frame().map(|f| f.changes.words()).unwrap_or_default();
    if words.is_empty() {
        return Html::default();
    }
    html! { <section><h3>{ "Changed by this step" }</h3><ul class="changed-list">{ for words.iter().take(LISTED_MAX).map(|w| html! { <li>{ w }</li> }) }</ul></section> }
}
