//! Orders as paths: P's acts go right, Q's go down. What an order skips is dashed.

use super::Races;
use crate::explore::{Class, Deed, Moment, Order, Who};
use std::collections::BTreeSet;
use yew::prelude::*;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 122.0;
const RIGHT: f64 = 716.0;
const TOP: f64 = 62.0;
const ROW: f64 = 54.0;

/// A place in the lattice: how far each task is along its line.
type Place = (usize, usize);

/// Where things stand.
struct Frame {
    columns: Vec<Deed>,
    rows: Vec<Deed>,
}

impl Frame {
    fn place(&self, moment: &Moment) -> Place {
        let at = |line: &[Deed], next: Option<Deed>| next.and_then(|d| line.iter().position(|l| *l == d)).unwrap_or(line.len());
        (at(&self.columns, moment.next[0]), at(&self.rows, moment.next[1]))
    }

    fn x(&self, column: usize) -> f64 {
        LEFT + (RIGHT - LEFT) / number(self.columns.len().max(1)) * number(column)
    }

    fn y(&self, row: usize) -> f64 {
        let _ = self;
        TOP + ROW * number(row)
    }

    fn bottom(&self) -> f64 {
        self.y(self.rows.len())
    }
}

#[allow(clippy::cast_precision_loss, reason = "a handful of places")]
fn number(n: usize) -> f64 {
    n as f64
}

fn s(value: f64) -> String {
    format!("{}", (value * 2.0).round() / 2.0)
}

pub(super) fn view(races: &Races, order: &Order) -> Html {
    let found = &races.found;
    let frame = Frame { columns: found.race.deeds(Who::P, found.sharing), rows: found.race.deeds(Who::Q, found.sharing) };
    let mut reached: BTreeSet<Place> = BTreeSet::new();
    let mut window: BTreeSet<usize> = BTreeSet::new();
    for moment in found.orders.iter().flat_map(|o| o.acts.iter().map(|a| &a.after)) {
        let place = frame.place(moment);
        reached.insert(place);
        if moment.in_window() {
            window.insert(place.0);
        }
    }
    reached.insert((0, 0));
    let path: Vec<Place> = std::iter::once((0, 0)).chain(order.acts.iter().map(|a| frame.place(&a.after))).collect();
    let places = (0..=frame.columns.len()).flat_map(|x| (0..=frame.rows.len()).map(move |y| (x, y)));
    let grid = grid(&frame);
    let node = |place: Place| {
        let on = path.iter().position(|p| *p == place);
        let class = match on {
            Some(n) if order.class == Class::UseAfterFree && n > order.decisive() => "node on bad",
            Some(_) => "node on",
            None if reached.contains(&place) => "node",
            None => return Html::default(),
        };
        html! { <circle {class} cx={s(frame.x(place.0))} cy={s(frame.y(place.1))} r={if on.is_some() { "4.5" } else { "3.5" }} /> }
    };
    let here = path.get(races.at).copied().unwrap_or_default();
    let inside = found.in_window();
    let height = frame.bottom() + 56.0;
    html! {
        <section class="race-lattice">
            <svg class="race-picture" viewBox={format!("0 0 {WIDTH} {height}")} role="img"
                aria-label={format!("The order {} as a path: P to the right, Q downwards; {} of {} orders look up while ref_count is 0 and the object still listed", order.name(), inside.0, found.orders.len())}>
                <defs><pattern id="window" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="window-line" d="M0 1h6" /></pattern></defs>
                { for window.iter().map(|column| hatch(&frame, *column)) }
                { grid }
                <text class="quiet-text" x="0" y="34">{ "Q ↓" }</text>
                <text class="quiet-text" x={s(LEFT)} y={s(height - 8.0)}>{ "P →" }</text>
                { for frame.rows.iter().enumerate().map(|(n, deed)| html! { <text class="mono hue-1 label end" x={s(LEFT - 18.0)} y={s(frame.y(n) + ROW / 2.0 + 4.0)}>{ deed.name() }</text> }) }
                { for frame.columns.iter().enumerate().map(|(n, deed)| html! { <text class="mono hue-0 label middle" x={s((frame.x(n) + frame.x(n + 1)) / 2.0)} y={s(frame.bottom() + 26.0)}>{ deed.name() }</text> }) }
                { for path.windows(2).enumerate().map(|(n, leg)| self::leg(&frame, leg[0], leg[1], n < races.at)) }
                { for places.map(node) }
                <circle class={if order.class == Class::UseAfterFree && races.at > order.decisive() { "here bad" } else { "here" }} cx={s(frame.x(here.0))} cy={s(frame.y(here.1))} r="9.5" />
            </svg>
        </section>
    }
}

fn grid(frame: &Frame) -> Html {
    let columns = (0..=frame.columns.len()).map(|n| format!("M{} {}V{}", s(frame.x(n)), s(TOP), s(frame.bottom())));
    let rows = (0..=frame.rows.len()).map(|n| format!("M{} {}H{}", s(LEFT), s(frame.y(n)), s(RIGHT)));
    html! { <path class="grid" d={columns.chain(rows).collect::<String>()} /> }
}

/// The column in which an object without references is still listed.
fn hatch(frame: &Frame, column: usize) -> Html {
    let (from, to) = (frame.x(column) - 16.0, frame.x(column + 1));
    html! {
        <>
            <rect class="window" x={s(from)} y={s(TOP - 16.0)} width={s(to - from)} height={s(frame.bottom() - TOP + 32.0)} />
            <text class="bad-text middle" x={s((from + to) / 2.0)} y={s(TOP - 26.0)}>{ "ref_count 0, still listed" }</text>
        </>
    }
}

/// One act: solid along its own place, dashed where it passes what the task has no need to do any more.
fn leg(frame: &Frame, from: Place, to: Place, done: bool) -> Html {
    let own = (to.0.min(from.0 + 1), to.1.min(from.1 + 1));
    let line = |from: Place, to: Place| format!("M{} {}L{} {}", s(frame.x(from.0)), s(frame.y(from.1)), s(frame.x(to.0)), s(frame.y(to.1)));
    let class = if done { "path" } else { "path ahead" };
    html! {
        <>
            <path {class} d={line(from, own)} />
            { (own != to).then(|| html! { <path class={classes!(class, "skipped")} d={line(own, to)} /> }) }
        </>
    }
}
