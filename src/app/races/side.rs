//! What the order does: the pseudocode with the line of each task, why it ends so, and what is held now.

use super::{Races, hue};
use crate::app::icons::{Icon, icon};
use crate::explore::{Order, PSEUDOCODE, Race, Who, code_line, explanation};
use crate::timeline::text::capital;
use yew::prelude::*;

pub(super) fn view(races: &Races, order: &Order) -> Html {
    let sharing = races.found.sharing;
    let at = |who: Who| order.acts.iter().take(races.at).rfind(|a| a.who == who).map(code_line);
    let places = [(Who::P, at(Who::P)), (Who::Q, at(Who::Q))];
    let current = order.acts.get(races.at.saturating_sub(1)).map(|a| a.who);
    let shown = PSEUDOCODE.iter().enumerate().filter(|(_, line)| if sharing { !line.apart } else { !line.shared });
    let line = |(number, (n, line)): (usize, (usize, &crate::explore::PseudoLine))| {
        let here: Vec<Who> = places.iter().filter(|(_, at)| *at == Some(n)).map(|(who, _)| *who).collect();
        let lead = here.iter().find(|w| Some(**w) == current).or(here.first()).copied();
        let letters: String = here.iter().map(Who::to_string).collect();
        html! {
            <li class={classes!(lead.map(|_| "here"), lead.map(hue))} data-who={letters.clone()}>
                <span class="number">{ if line.text.is_empty() { String::new() } else { (number + 1).to_string() } }</span>
                <span class="who">{ letters }</span><code>{ line.text }</code>
            </li>
        }
    };
    let fails = order.class.fails();
    let unclean = order.left_clean.iter().find(|(_, clean)| !clean);
    html! {
        <>
            <div class="panel-head"><h2>{ "Pseudocode" }</h2><span class="quiet">{ if sharing { "with sharing on: Linux since" } else { "with sharing off: before the 2015 fix" } }</span></div>
            <ol class="pseudo mono">{ for shown.enumerate().map(line) }</ol>
            <section>
                <h3 class={classes!("verdict-line", fails.then_some("bad"))}>{ icon(if fails { Icon::Cross } else { Icon::Check }) }{ order.class.title() }</h3>
                <p>{ explanation(order.class) }</p>
                { unclean.map(|(who, _)| html! { <p data-unclean="true">{ format!("The remaining object was opened after CLEAN_SHUTDOWN had been cleared, so mappings loaded through object {} are all treated as dirty.", who.object()) }</p> }) }
                { for order.defects.iter().map(|d| html! { <p class="bad">{ lettered(d) }{ "." }</p> }) }
            </section>
            <section><h3>{ "When can this happen?" }</h3><p>{ when(races.found.race) }</p></section>
            <section><h3>{ "Held now" }</h3>{ held(races, order) }</section>
        </>
    }
}

/// A sentence of the explorer, in the letters of the lanes.
fn lettered(text: &str) -> String {
    let text = text.replace("cache 1", "P").replace("cache 2", "Q").replace("caches [1]", "P").replace("caches [2]", "Q");
    capital(&text)
}

const fn when(race: Race) -> &'static str {
    match race {
        Race::OpenOpen => {
            "Loads on one mapped device are serialised. P and Q are loads on two mapped devices that name the same metadata device."
        }
        Race::CloseOpen => {
            "Loads on one mapped device are serialised. P and Q must be two devices: a remove or clear on one, a load on the other."
        }
        Race::FormatFormat => {
            "As with two opens, but on a zeroed device. Testing block 0 and formatting are one step here. Linux holds no lock across them, so there both may format, with the same bytes."
        }
    }
}

fn held(races: &Races, order: &Order) -> Html {
    let Some(act) = order.acts.get(races.at.saturating_sub(1)) else { return Html::default() };
    let lock = match (races.found.sharing, act.deed.locks()) {
        (false, _) => "not taken: there is no list".to_owned(),
        (true, true) => format!("{} held it in this step", act.who),
        (true, false) => "free".to_owned(),
    };
    let object = |o: &crate::explore::ObjectMoment| {
        let holders: Vec<String> = o.holders.iter().map(Who::to_string).collect();
        let holders = if holders.is_empty() { "nobody".to_owned() } else { holders.join(", ") };
        let listed = if o.listed { "listed" } else { "not listed" };
        html! { <li class="mono" data-object={o.made_by.object()} data-ref-count={o.ref_count.to_string()} data-listed={o.listed.to_string()}>{ format!("object {}: ref_count {}, held by {holders}, {listed}", o.made_by.object(), o.ref_count) }</li> }
    };
    html! {
        <ul class="held">
            <li class="mono">{ "table_lock: " }{ lock }</li>
            { for act.after.objects.iter().map(object) }
            { act.after.objects.is_empty().then(|| html! { <li class="mono">{ "no object" }</li> }) }
            { for act.log.iter().map(|line| html! { <li class="mono bad">{ line }</li> }) }
        </ul>
    }
}
