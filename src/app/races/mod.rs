//! The screen of the races: every order of two tasks as the registry runs it, one of them step by step.

mod foot;
mod lanes;
mod lattice;
mod list;
mod side;

use super::model::Model;
use super::msg::{Move, Msg};
use super::page::{Link, PageMsg, send};
use crate::explore::{Class, Exploration, Order, Race, explore};
use crate::scenario::ast::Sharing;
use std::rc::Rc;
use yew::prelude::*;

/// Which orders are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Filter {
    #[default]
    All,
    Failing,
    TwoObjects,
}

impl Filter {
    const ALL: [Self; 3] = [Self::All, Self::Failing, Self::TwoObjects];

    fn lets(self, class: Class) -> bool {
        match self {
            Self::All => true,
            Self::Failing => class.fails(),
            Self::TwoObjects => class == Class::TwoObjects,
        }
    }
}

/// Something done to the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RacesMsg {
    Open,
    Race(Race),
    Order(usize),
    NextFailing,
    Shuffle,
    Filter(Filter),
}

/// What the screen shows: of a race one order, after so many acts of it.
#[derive(Debug, Clone)]
pub(super) struct Races {
    pub(super) found: Rc<Exploration>,
    pub(super) order: usize,
    /// Acts done; from 1 to all of them.
    pub(super) at: usize,
    pub(super) filter: Filter,
}

impl Races {
    /// The race with its most telling order, at the act that decides it.
    pub(super) fn new(race: Race, sharing: bool) -> Self {
        let found = Rc::new(explore(race, sharing));
        let mut races = Self { found, order: 0, at: 1, filter: Filter::All };
        races.choose(races.failing_after(0).unwrap_or(0));
        races
    }

    /// The race at an order and an act, as a link says them.
    pub(super) fn of_link(race: Race, sharing: bool, order: Option<&str>, at: usize) -> Self {
        let mut races = Self::new(race, sharing);
        if let Some(n) = order.and_then(|name| races.found.find(name)) {
            races.choose(n);
        }
        if at > 0 {
            races.go(at);
        }
        races
    }

    pub(super) fn shown(&self) -> Option<&Order> {
        self.found.orders.get(self.order)
    }

    fn last(&self) -> usize {
        self.shown().map_or(0, |o| o.acts.len())
    }

    fn go(&mut self, at: usize) {
        self.at = at.clamp(1, self.last().max(1));
    }

    fn choose(&mut self, order: usize) {
        self.order = order.min(self.found.orders.len().saturating_sub(1));
        self.go(self.shown().map_or(1, |o| o.decisive() + 1));
    }

    /// The next order that fails, from the first again after the last.
    fn failing_after(&self, from: usize) -> Option<usize> {
        let failing: Vec<usize> = self.found.orders.iter().enumerate().filter(|(_, o)| o.class.fails()).map(|(n, _)| n).collect();
        failing.iter().copied().find(|n| *n > from).or_else(|| failing.first().copied())
    }

    /// What a message of the transport or of this screen does here, and whether playback goes on; none if it is not for here.
    pub(super) fn update(&mut self, msg: &Msg, playing: bool) -> Option<bool> {
        match msg {
            Msg::Move(to) => {
                match to {
                    Move::First => self.go(1),
                    Move::Back | Move::PreviousCommand => self.go(self.at.saturating_sub(1)),
                    Move::Forward | Move::NextCommand => self.go(self.at + 1),
                    Move::Last => self.go(self.last()),
                    Move::To(at) => self.go(*at),
                    Move::Divergence | Move::NextFailure => {}
                }
                Some(false)
            }
            Msg::Toggle => {
                if !playing && self.at == self.last() {
                    self.go(1);
                }
                Some(!playing)
            }
            Msg::Tick => {
                self.go(self.at + 1);
                Some(playing && self.at < self.last())
            }
            Msg::Sharing(Sharing::Compare) => Some(playing),
            Msg::Sharing(sharing) => {
                *self = Self { filter: self.filter, ..Self::new(self.found.race, *sharing == Sharing::On) };
                Some(false)
            }
            Msg::Races(msg) => {
                match msg {
                    RacesMsg::Open => {}
                    RacesMsg::Race(race) => *self = Self { filter: self.filter, ..Self::new(*race, self.found.sharing) },
                    RacesMsg::Order(n) => self.choose(*n),
                    RacesMsg::NextFailing => {
                        if let Some(n) = self.failing_after(self.order) {
                            self.choose(n);
                        }
                    }
                    RacesMsg::Shuffle => {
                        #[allow(
                            clippy::cast_precision_loss,
                            clippy::cast_possible_truncation,
                            clippy::cast_sign_loss,
                            reason = "a few hundred orders, and a number from 0 to below 1"
                        )]
                        let n = (js_sys::Math::random() * self.found.orders.len() as f64) as usize;
                        self.choose(n);
                    }
                    RacesMsg::Filter(filter) => self.filter = *filter,
                }
                Some(false)
            }
            _ => None,
        }
    }
}

/// What a key means on this screen and on no other.
pub(super) fn key(key: &str) -> Option<Msg> {
    match key {
        "n" => Some(Msg::Races(RacesMsg::NextFailing)),
        "r" => Some(Msg::Races(RacesMsg::Shuffle)),
        _ => None,
    }
}

/// A message for this screen, whatever the event.
fn tell<E>(link: &Link, msg: RacesMsg) -> Callback<E> {
    send(link, Msg::Races(msg))
}

/// A group of buttons of which one is on; arrows move along it.
pub(super) fn radios(label: &'static str, options: Vec<(String, bool, Msg)>, link: &Link) -> Html {
    let messages: Vec<Msg> = options.iter().map(|(.., msg)| msg.clone()).collect();
    let at = options.iter().position(|(_, on, _)| *on).unwrap_or(0);
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => messages.len() - 1,
            _ => return None,
        };
        event.prevent_default();
        messages.get((at + step) % messages.len()).cloned().map(PageMsg)
    });
    let button = |(word, on, msg): (String, bool, Msg)| {
        html! { <button type="button" role="radio" aria-checked={on.to_string()} tabindex={if on { "0" } else { "-1" }} onclick={send(link, msg)}>{ word }</button> }
    };
    html! { <div class="segmented" role="radiogroup" aria-label={label} {onkeydown}>{ for options.into_iter().map(button) }</div> }
}

/// Left the orders, in the middle one of them, right what it does, below the transport.
pub(super) fn view(model: &Model, races: &Races, link: &Link) -> Html {
    let Some(order) = races.shown() else { return Html::default() };
    html! {
        <>
            <aside class="script races-list" aria-label="Orders">{ list::view(races, link) }</aside>
            <main class="stage races-stage" aria-label="The chosen order" tabindex="0" data-order={order.name()} data-class={format!("{:?}", order.class)} data-at={races.at.to_string()}>
                { lattice::view(races, order) }
                { lanes::view(races, order) }
            </main>
            <aside class="inspector races-side" aria-label="Pseudocode" tabindex="0">{ side::view(races, order) }</aside>
            { foot::view(model, races, order, link) }
        </>
    }
}

/// The class that carries a task's colour.
const fn hue(who: crate::explore::Who) -> &'static str {
    match who {
        crate::explore::Who::P => "hue-0",
        crate::explore::Who::Q => "hue-1",
    }
}
