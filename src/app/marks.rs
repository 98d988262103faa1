//! What the marks of the stage mean: states, letters, lines. Colour only repeats what shape and word say.

use super::stage::nodes::still;
use super::stage::pattern;
use crate::scene::{badge, head};
use yew::prelude::*;

pub(super) fn view() -> Html {
    let state = |drawn: Html, name: &'static str, meaning: &'static str| html! { <li>{ drawn }<span><strong>{ name }</strong><span class="quiet">{ meaning }</span></span></li> };
    let owner = |class: &'static str, letter: &'static str, name: &'static str| html! { <li>{ tile(classes!(class), letter, "", Html::default()) }<span>{ name }</span></li> };
    html! {
        <section class="marks-sheet" aria-label="Marks">
            <h3>{ "Tile states" }</h3>
            <ul>
                { state(tile(classes!("owner-map"), "N", "16", Html::default()), "clean", "buffer = disk") }
                { state(tile(classes!("owner-map", "dirty"), "N", "16", html! { <rect class="dots" x="1" y="5" width="38" height="36" rx="3" fill="url(#dots)" /> }), "dirty", "not written yet: dots") }
                { state(tile(classes!("stale"), "", "0", html! { <g class="not-equal"><circle cx="2" cy="6" r="6.5" /><text class="sign" x="2" y="9.5">{ "≠" }</text></g> }), "STALE", "buffer ≠ disk, and not dirty") }
                { state(tile(classes!("owner-map", "dirty"), "N", "9", html! { <><rect class="dots" x="1" y="5" width="38" height="36" rx="3" fill="url(#dots)" /><g class="not-equal"><circle cx="2" cy="6" r="6.5" /><text class="sign" x="2" y="9.5">{ "!" }</text></g></> }), "in use on disk", "dirty over a block that a root on disk needs") }
                { state(tile(classes!(), "", "7", Html::default()), "superseded", "no root of the object leads to it") }
                { state(tile(classes!("free"), "N", "12", Html::default()), "free", "dashed: count 0 on disk") }
                { state(datum("unreadable", ""), "not readable now", "lines: no path to the data is open") }
                { state(lost(), "LOST", "promised, and no live mapping leads to it") }
                { state(datum("old", "OLD"), "OLD", "corner: the cache is gone, the origin holds an earlier write") }
                { state(datum("unpromised", "GONE"), "GONE", "dotted: not flushed before power failed, never promised") }
            </ul>
            <h3>{ "Identity" }</h3>
            <ul>
                <li>{ badges("A", "a") }<span>{ "opened first" }</span></li>
                <li>{ badges("B", "b") }<span>{ "opened second" }</span></li>
                <li>{ line("hold hue-1", true) }<span>{ "held by the LIVE table" }</span></li>
                <li>{ line("hold old hue-0", true) }<span>{ "held by an outgoing table" }</span></li>
                <li>{ line("rail owner-map", true) }<span>{ "a root field points to the block" }</span></li>
                <li>{ line("rail owner-sm unread", true) }<span>{ "block not read yet" }</span></li>
            </ul>
            <h3>{ "Owner and type" }</h3>
            <ul class="small-tiles">
                { owner("owner-sb", "S", "superblock") }
                { owner("owner-map", "N", "mapping node") }
                { owner("owner-map", "A", "mapping array") }
                { owner("owner-disc", "N", "discard bitset") }
                { owner("owner-hint", "A", "hints") }
                { owner("owner-dirty", "A", "dirty bitset (v2)") }
                { owner("owner-sm", "I", "space map index") }
                { owner("owner-sm", "B", "bitmap") }
                { owner("owner-sm", "R", "reference counts") }
            </ul>
        </section>
    }
}

fn tile(class: Classes, kind: &'static str, number: &'static str, more: Html) -> Html {
    let fill = class.contains("stale").then(|| pattern("stale")).flatten();
    html! {
        <svg class="picture mark-tile" viewBox="-6 -2 54 48" aria-hidden="true">
            <g class={classes!("tile", class)}>
                <rect class="face" x="1" y="5" width="38" height="36" rx="3" fill={fill} />
                { more }
                <text class="kind" x="20" y={if number.is_empty() { "27" } else { "20" }}>{ kind }</text>
                <text x="20" y={if kind.is_empty() { "27" } else { "35" }}>{ number }</text>
            </g>
        </svg>
    }
}

fn lost() -> Html {
    html! {
        <svg class="picture mark-tile" viewBox="-6 -2 54 48" aria-hidden="true">
            <g class="datum lost">
                <rect class="face" x="1" y="5" width="40" height="36" rx="3" fill={pattern("lost")} /><text x="21" y="20">{ "42" }</text>
                <rect class="plate" x="3" y="24" width="36" height="14" rx="3" /><text class="on-plate" x="21" y="35">{ "LOST" }</text>
            </g>
        </svg>
    }
}

fn datum(class: &'static str, word: &'static str) -> Html {
    html! {
        <svg class="picture mark-tile" viewBox="-6 -2 54 48" aria-hidden="true">
            <g class={classes!("datum", class)}>
                <rect class="face" x="1" y="5" width="40" height="36" rx="3" fill={pattern(class)} />
                { if class == "old" { html! { <path class="corner" d="M29 5h12v12z" /> } } else { Html::default() } }
                <text x="21" y="20">{ "42" }</text><text class="word" x="21" y="35">{ word }</text>
            </g>
        </svg>
    }
}

fn badges(one: &str, two: &str) -> Html {
    html! { <svg class="picture mark-tile" viewBox="-2 -2 54 24" aria-hidden="true">{ still(&badge(0.0, 0.0, one)) }{ still(&badge(26.0, 0.0, two)) }</svg> }
}

fn line(class: &'static str, arrow: bool) -> Html {
    html! {
        <svg class="picture mark-tile" viewBox="-2 -2 54 24" aria-hidden="true">
            <g class={class}><path class={class} d="M10 0V12" />{ if arrow { html! { <path class="badge" d={head(10.0, 20.0, true)} /> } } else { Html::default() } }</g>
        </svg>
    }
}
