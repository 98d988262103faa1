//! The orders, class by class; one tile each.

use super::{Filter, Races, RacesMsg, tell};
use crate::app::page::Link;
use crate::explore::{Class, Order, Race};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

pub(super) fn view(races: &Races, link: &Link) -> Html {
    let found = &races.found;
    let tab = |race: Race| {
        let on = race == found.race;
        html! {
            <button type="button" role="tab" id={race.name()} aria-selected={on.to_string()} aria-controls="orders" tabindex={if on { "0" } else { "-1" }}
                onclick={tell(link, RacesMsg::Race(race))}>{ title(race) }</button>
        }
    };
    let tabs = NodeRef::default();
    let group = tabs.clone();
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| move_focus(&event, &group, "[role=tab]"));
    html! {
        <>
            <div class="panel-head"><h2>{ "Interleavings" }</h2><span class="quiet" data-orders={found.orders.len().to_string()}>{ format!("{} orders of {}", found.orders.len(), acts(races)) }</span></div>
            <div class="tabs" role="tablist" aria-label="Race" ref={tabs} {onkeydown}>{ for Race::ALL.into_iter().map(tab) }</div>
            <div class="orders" id="orders" role="tabpanel" aria-labelledby={found.race.name()}>{ for Class::ALL.into_iter().filter_map(|c| of_class(races, c, link)) }</div>
        </>
    }
}

const fn title(race: Race) -> &'static str {
    match race {
        Race::OpenOpen => "open ‖ open",
        Race::CloseOpen => "close ‖ open",
        Race::FormatFormat => "format ‖ format",
    }
}

/// The most acts that each task has in any order.
fn acts(races: &Races) -> String {
    use crate::explore::Who;
    let most = |who: Who| races.found.orders.iter().map(|o| o.acts.iter().filter(|a| a.who == who).count()).max().unwrap_or(0);
    format!("up to {} + {} acts", most(Who::P), most(Who::Q))
}

fn of_class(races: &Races, class: Class, link: &Link) -> Option<Html> {
    let orders: Vec<(usize, &Order)> = races.found.of(class).collect();
    if orders.is_empty() || !races.filter.lets(class) {
        return None;
    }
    let tile = |(n, order): &(usize, &Order)| {
        let on = *n == races.order;
        html! {
            <button type="button" class="order" data-n={n.to_string()} aria-pressed={on.to_string()} aria-label={format!("{}: {}", order.name(), class.title())}
                title={order.name()} tabindex={if on { "0" } else { "-1" }} onclick={tell(link, RacesMsg::Order(*n))}>{ glyph(class) }</button>
        }
    };
    let tiles = NodeRef::default();
    let group = tiles.clone();
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| move_focus(&event, &group, ".order"));
    // A group without the chosen order still has a way in.
    let entry = orders.iter().all(|(n, _)| *n != races.order);
    let first = orders.first().map(|(n, _)| *n).unwrap_or_default();
    Some(html! {
        <section class={classes!("order-class", name(class))} data-class={format!("{class:?}")} data-count={orders.len().to_string()}>
            <h3><span>{ class.title() }</span><span class="count">{ orders.len() }</span></h3>
            <p class="quiet">{ note(class) }</p>
            <div class="order-tiles" role="group" aria-label={class.title()} ref={tiles} {onkeydown}>
                { for orders.iter().map(tile) }
                { entry.then(|| html! { <button type="button" class="hidden" onclick={tell(link, RacesMsg::Order(first))}>{ format!("First of {}", class.title()) }</button> }) }
            </div>
        </section>
    })
}

const fn name(class: Class) -> &'static str {
    match class {
        Class::Shared => "shared",
        Class::Sequential => "sequential",
        Class::LoserTearsDown => "loser",
        Class::TwoObjects => "two",
        Class::UseAfterFree => "failing",
    }
}

const fn note(class: Class) -> &'static str {
    match class {
        Class::Shared => "look-up hits a live object",
        Class::Sequential => "one is gone before the other opens",
        Class::LoserTearsDown => "second look-up finds the winner",
        Class::TwoObjects => "opened before the other was destroyed",
        Class::UseAfterFree => "Q revives an object at ref_count 0",
    }
}

fn glyph(class: Class) -> Html {
    let shape = match class {
        Class::Shared => html! { <path class="line" d="m3 8.5 3.2 3.2L13 5" /> },
        Class::Sequential => html! { <path class="line" d="M2.5 6h4v4h-4zM9.5 6h4v4h-4z" /> },
        Class::LoserTearsDown => {
            html! { <><circle class="line" cx="8" cy="8" r="4.5" /><path class="full" d="M8 3.5a4.5 4.5 0 0 1 0 9z" /></> }
        }
        Class::TwoObjects => html! { <path class="line" d="M3 3h6v6H3zM7 7h6v6H7z" /> },
        Class::UseAfterFree => html! { <path class="line" d="m4 4 8 8M12 4l-8 8" /> },
    };
    html! { <svg viewBox="0 0 16 16" aria-hidden="true">{ shape }</svg> }
}

/// Arrows move the focus along those of the group that match.
fn move_focus(event: &KeyboardEvent, group: &NodeRef, selector: &str) -> Option<crate::app::page::PageMsg> {
    let step = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => 1,
        "ArrowLeft" | "ArrowUp" => usize::MAX,
        _ => return None,
    };
    let group = group.cast::<web_sys::Element>()?;
    let from = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let list = group.query_selector_all(selector).ok()?;
    let all: Vec<web_sys::Node> = (0..list.length()).filter_map(|n| list.get(n)).collect();
    let at = all.iter().position(|e| e.is_same_node(Some(&from)))?;
    let to = at.wrapping_add(step).wrapping_add(all.len()) % all.len();
    event.prevent_default();
    if let Some(to) = all.get(to).and_then(|e| e.dyn_ref::<web_sys::HtmlElement>()) {
        // If the element cannot be focused, nothing else changes.
        let _ = to.focus();
    }
    None
}

/// The filter, with how many orders each choice lists.
pub(super) fn filter(races: &Races, link: &Link) -> Html {
    let count = |filter: Filter| races.found.orders.iter().filter(|o| filter.lets(o.class)).count();
    let option = |filter: Filter| {
        let word = match filter {
            Filter::All => "All",
            Filter::Failing => "Failing",
            Filter::TwoObjects => "Two objects",
        };
        (format!("{word} {}", count(filter)), filter == races.filter, crate::app::msg::Msg::Races(RacesMsg::Filter(filter)))
    };
    super::radios("Filter", Filter::ALL.into_iter().map(option).collect(), link)
}
