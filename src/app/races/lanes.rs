//! The chosen order in time: what each task does, who holds the mutex, what is listed, how the references are counted.

use super::{Races, hue};
use crate::explore::{Act, Effect, Order, Who};
use yew::prelude::*;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 108.0;
const COLUMN_MAX: f64 = 88.0;
const BOX: f64 = 44.0;
const P: f64 = 12.0;
const Q: f64 = 66.0;
const LOCK: f64 = 122.0;
const LIST: f64 = 156.0;
/// Where ref_count 0 is drawn; each reference stands a level higher.
const ZERO: f64 = 258.0;
const LEVEL: f64 = 28.0;
const HEIGHT: f64 = 288.0;

/// Where columns stand.
struct Columns {
    width: f64,
    count: usize,
}

impl Columns {
    fn x(&self, n: usize) -> f64 {
        LEFT + self.width * number(n)
    }

    fn middle(&self, n: usize) -> f64 {
        self.x(n) + self.width / 2.0
    }

    fn end(&self) -> f64 {
        self.x(self.count)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of columns")]
fn number(n: usize) -> f64 {
    n as f64
}

fn s(value: f64) -> String {
    format!("{}", (value * 2.0).round() / 2.0)
}

pub(super) fn view(races: &Races, order: &Order) -> Html {
    let count = order.acts.len();
    let columns = Columns { width: ((WIDTH - LEFT - 8.0) / number(count.max(1))).min(COLUMN_MAX), count };
    let now = columns.x(races.at.saturating_sub(1));
    let acts = order.acts.iter().enumerate().map(|(n, act)| task(&columns, n, act, n < races.at));
    let label = |y: f64, class: &'static str, word: &'static str| html! { <text class={classes!("mono", "label", class)} x="0" y={s(y)}>{ word }</text> };
    html! {
        <section class="race-lanes">
            <div class="section-head"><h2>{ "Chosen path" }</h2><span class="mono path-name">{ spaced(&order.name()) }</span><span class="grow" /><span class="quiet mono">{ format!("step {} / {count}", races.at) }</span></div>
            <svg class="race-picture" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="group" aria-label="The chosen path in time">
                <rect class="now" x={s(now + 1.0)} y="4" width={s(columns.width - 2.0)} height={s(HEIGHT - 8.0)} rx="6" />
                <path class="lane" d={format!("M{} {}H{}M{} {}H{}", s(LEFT), s(P + BOX / 2.0), s(columns.end()), s(LEFT), s(Q + BOX / 2.0), s(columns.end()))} />
                { label(P + BOX / 2.0 + 4.0, "hue-0", "P") }
                { label(Q + BOX / 2.0 + 4.0, "hue-1", "Q") }
                { label(LOCK + 14.0, "plain", "table_lock") }
                { label(LIST + 14.0, "plain", "list") }
                { label(ZERO - LEVEL + 4.0, "plain", "ref_count") }
                { for acts }
                { for order.acts.iter().enumerate().filter_map(|(n, act)| held(&columns, n, act, n < races.at, races.found.sharing)) }
                { listed(&columns, order) }
                { references(&columns, order) }
            </svg>
        </section>
    }
}

fn spaced(name: &str) -> String {
    name.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// What came of an act, short enough for its box.
fn note(act: &Act) -> String {
    match &act.effect {
        Effect::Missed => "miss".into(),
        Effect::Attached { from, .. } => format!("hit, {from}→{}", from + 1),
        Effect::Opened { formatted: true, .. } => "formats".into(),
        Effect::Opened { clean: true, .. } => "own object".into(),
        Effect::Opened { .. } => "own, unclean".into(),
        Effect::Listed => "ref 1".into(),
        Effect::Used { alive: true, .. } => "alive".into(),
        Effect::Used { .. } => "freed mem.".into(),
        Effect::Dropped { from, .. } => format!("ref {from}→{}", from.saturating_sub(1)),
        Effect::Unlinked { .. } => "off the list".into(),
        Effect::Destroyed { .. } => "freed".into(),
        Effect::Nothing => String::new(),
    }
}

/// Whether the act is where things go wrong.
fn wrong(act: &Act) -> bool {
    match &act.effect {
        Effect::Attached { from: 0, .. } | Effect::Used { alive: false, .. } => true,
        Effect::Destroyed { held_by, .. } => !held_by.is_empty(),
        _ => false,
    }
}

fn task(columns: &Columns, n: usize, act: &Act, done: bool) -> Html {
    let y = if act.who == Who::P { P } else { Q };
    let class = classes!("act", hue(act.who), (!done).then_some("ahead"), wrong(act).then_some("wrong"));
    html! {
        <g {class} role="img" aria-label={format!("{}: {} {}, {}", n + 1, act.who, act.deed.name(), note(act))} data-act={act.deed.name()} data-who={act.who.to_string()}>
            <title>{ act.step_names().join(" · ") }</title>
            <rect x={s(columns.x(n) + 4.0)} y={s(y)} width={s(columns.width - 8.0)} height={s(BOX)} rx="5" />
            <text class="mono strong middle" x={s(columns.middle(n))} y={s(y + 19.0)}>{ act.deed.name() }</text>
            <text class="small middle" x={s(columns.middle(n))} y={s(y + 35.0)}>{ note(act) }</text>
        </g>
    }
}

/// Who holds the mutex while the act runs.
fn held(columns: &Columns, n: usize, act: &Act, done: bool, sharing: bool) -> Option<Html> {
    (sharing && act.deed.locks()).then(|| {
        html! {
            <g class={classes!("holder", hue(act.who), (!done).then_some("ahead"))}>
                <rect x={s(columns.x(n) + 4.0)} y={s(LOCK)} width={s(columns.width - 8.0)} height="20" rx="4" />
                <text class="small strong middle" x={s(columns.middle(n))} y={s(LOCK + 14.0)}>{ format!("{} holds", act.who) }</text>
            </g>
        }
    })
}

/// Whose objects are on the list after each act.
fn listed(columns: &Columns, order: &Order) -> Html {
    let of = |act: &Act| act.after.objects.iter().filter(|o| o.listed).map(|o| o.made_by).collect::<Vec<_>>();
    let mut spans: Vec<(usize, usize, Vec<Who>)> = Vec::new();
    for (n, act) in order.acts.iter().enumerate() {
        let now = of(act);
        match spans.last_mut() {
            Some((_, to, listed)) if *listed == now => *to = n + 1,
            _ => spans.push((n, n + 1, now)),
        }
    }
    let span = |(from, to, listed): &(usize, usize, Vec<Who>)| {
        let (x, end) = (columns.x(*from) + 4.0, columns.x(*to) - 4.0);
        match listed.first() {
            None => html! { <text class="small middle" x={s((x + end) / 2.0)} y={s(LIST + 14.0)}>{ "empty" }</text> },
            Some(who) => html! {
                <g class={classes!("listed", hue(*who))}>
                    <rect x={s(x)} y={s(LIST)} width={s(end - x)} height="20" rx="4" />
                    <text class="small strong" x={s(x + 10.0)} y={s(LIST + 14.0)}>{ format!("object {}", who.object()) }</text>
                </g>
            },
        }
    };
    html! { <>{ for spans.iter().map(span) }</> }
}

/// The reference count of each object over time, and what is left of it when it is freed under a user.
fn references(columns: &Columns, order: &Order) -> Html {
    let level = |n: u32| ZERO - LEVEL * f64::from(n);
    let scale = [0, 1, 2].map(|n| {
        html! { <><path class="lane" d={format!("M{} {}H{}", s(LEFT), s(level(n)), s(columns.end()))} /><text class="small mono end" x={s(LEFT - 8.0)} y={s(level(n) + 4.0)}>{ n }</text></> }
    });
    let line = |who: Who| {
        let mut d = String::new();
        let mut freed = None;
        for (n, act) in order.acts.iter().enumerate() {
            let x = columns.middle(n);
            match (act.after.object(who), d.is_empty()) {
                (Some(object), true) => d = format!("M{} {}V{}", s(x), s(ZERO), s(level(object.ref_count))),
                (Some(object), false) => d.push_str(&format!("H{}V{}", s(x), s(level(object.ref_count)))),
                (None, false) if freed.is_none() => {
                    d.push_str(&format!("H{}", s(x)));
                    freed = Some(n);
                }
                _ => {}
            }
        }
        if freed.is_none() && !d.is_empty() {
            d.push_str(&format!("H{}", s(columns.end())));
        }
        let under = freed
            .filter(|n| matches!(order.acts.get(*n).map(|a| &a.effect), Some(Effect::Destroyed { held_by, .. }) if !held_by.is_empty()));
        let rest = under.map(|n| {
            let (x, end) = (columns.middle(n), columns.end());
            html! {
                <>
                    <rect class="freed" x={s(x)} y={s(level(1))} width={s(end - x)} height={s(LEVEL)} rx="3" />
                    <text class="bad-text middle plate" x={s((x + end) / 2.0)} y={s(level(1) + 18.0)}>{ "freed" }</text>
                </>
            }
        });
        html! { <g class={hue(who)}><path class="count" {d} />{ rest }</g> }
    };
    let revived = order.acts.iter().position(|a| matches!(a.effect, Effect::Attached { from: 0, .. })).map(|n| {
        let x = columns.middle(n);
        html! {
            <>
                <path class="revived" d={format!("M{} {}l10 10m0 -10l-10 10", s(x - 5.0), s(ZERO - 5.0))} />
                <text class="bad-text middle" x={s(x)} y={s(ZERO + 19.0)}>{ "revived from 0" }</text>
            </>
        }
    });
    html! { <>{ for scale }{ line(Who::P) }{ line(Who::Q) }{ revived }</> }
}
