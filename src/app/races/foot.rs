//! The sentence of the act, the transport, and the filter.

use super::{Races, RacesMsg, list, tell};
use crate::app::icons::{Icon, icon};
use crate::app::model::Model;
use crate::app::msg::{Move, Msg};
use crate::app::page::{Link, send};
use crate::explore::{Effect, Order, sentence};
use yew::prelude::*;

pub(super) fn view(model: &Model, races: &Races, order: &Order, link: &Link) -> Html {
    let button = |shown: Icon, label: &'static str, to: Move| {
        html! { <button class="icon-button" type="button" aria-label={label} onclick={send(link, Msg::Move(to))}>{ icon(shown) }</button> }
    };
    html! {
        <footer class="foot" aria-label="Transport">
            <div class="said">
                <p class="where">{ format!("step {} / {}", races.at, order.acts.len()) }</p>
                <p class="sentence" aria-live="polite">{ said(races, order) }</p>
            </div>
            <div class="transport">
                { button(Icon::First, "First step", Move::First) }
                { button(Icon::Back, "Step back", Move::Back) }
                <button class="icon-button play" type="button" aria-label={if model.playing { "Pause" } else { "Play" }} onclick={send(link, Msg::Toggle)}>
                    { icon(if model.playing { Icon::Pause } else { Icon::Play }) }
                </button>
                { button(Icon::Forward, "Step forward", Move::Forward) }
                { button(Icon::Last, "Last step", Move::Last) }
                <button class="button boxed" type="button" onclick={tell(link, RacesMsg::NextFailing)} disabled={!races.found.orders.iter().any(|o| o.class.fails())}>{ "Next failing order" }<kbd>{ "n" }</kbd></button>
                <button class="button boxed" type="button" onclick={tell(link, RacesMsg::Shuffle)}>{ "Shuffle" }<kbd>{ "r" }</kbd></button>
                <span class="grow" />
                <span class="label" aria-hidden="true">{ "Filter" }</span>{ list::filter(races, link) }
            </div>
        </footer>
    }
}

fn said(races: &Races, order: &Order) -> String {
    let at = races.at.saturating_sub(1);
    let mut said = sentence(order, at);
    if matches!(order.acts.get(at).map(|a| &a.effect), Some(Effect::Attached { from: 0, .. })) {
        let (inside, failing) = races.found.in_window();
        let all = races.found.orders.len();
        said.push_str(&format!(" {inside} of {all} orders put a look-up there; {failing} of them end in a use after free."));
    }
    said
}
