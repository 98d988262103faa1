//! A scene as nodes of the page: the blocks in it can be picked, and are one stop of the Tab key.

use super::super::msg::{Datum, Msg};
use super::super::page::{Link, PageMsg};
use crate::scene::{Attributes, Group, Look, Node, Role, Scene, Shape, Words, n};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use yew::prelude::*;
use yew::virtual_dom::{VList, VNode, VTag};

/// What of a scene is shown.
pub(super) struct Shown<'s> {
    pub(super) scene: &'s Scene,
    /// Shapes that are not seen yet, by their numbers.
    pub(super) hidden: &'s BTreeSet<usize>,
    /// What leaves it, on top.
    pub(super) left: &'s [Node],
    pub(super) selected: Option<u64>,
    /// A motion is under way.
    pub(super) moving: bool,
}

/// The drawing, so many pixels wide and high.
pub(super) fn view(shown: &Shown<'_>, link: &Link, (width, height): (f64, f64), svg: &NodeRef) -> Html {
    let Shown { scene, hidden, left, selected, moving } = *shown;
    let onclick = link.batch_callback(|event: MouseEvent| chosen(&event).map(PageMsg));
    let onkeydown = link.batch_callback(on_tile_key);
    let entry = selected.filter(|block| has_column(&scene.parts, *block)).unwrap_or(0);
    html! {
        <svg ref={svg} class={scene.form.class()} role="group" aria-label={scene.label.clone()} width={n(width)} height={n(height)}
            viewBox={format!("0 0 {} {}", n(scene.size.0), n(scene.size.1))} preserveAspectRatio="xMidYMin" data-run={if scene.sharing { "on" } else { "off" }} data-moving={moving.then_some("")} {onclick} {onkeydown}>
            { Nodes { selected, entry, hidden, at: Cell::new(0), data: Cell::new(false) }.list(&scene.parts) }
            if !left.is_empty() {
                <g class="left" aria-hidden="true">{ for left.iter().map(gone) }</g>
            }
        </svg>
    }
}

/// What leaves, without what it was called.
fn gone(node: &Node) -> VNode {
    match node {
        Node::Group(group) => {
            let mut element = element("g", vec![("class", Look::class(&group.looks))]);
            element.add_children(group.parts.iter().map(gone));
            element.into()
        }
        Node::Shape(shape) => self::shape(shape).into(),
    }
}

/// Whether a block has a tile on the disk's row.
fn has_column(parts: &[Node], block: u64) -> bool {
    parts.iter().any(|part| match part {
        Node::Group(group) => is_entry(group, block) || has_column(&group.parts, block),
        Node::Shape(_) => false,
    })
}

/// The key that enters the tiles comes to one block on the disk.
fn is_entry(group: &Group, block: u64) -> bool {
    group.role == Role::Block && group.block == Some(block)
}

fn element(tag: &'static str, attributes: Attributes) -> VTag {
    let mut element = VTag::new(tag);
    for (name, value) in attributes {
        element.add_attribute(name, value);
    }
    element
}

/// Makes nodes of a scene's parts.
struct Nodes<'s> {
    selected: Option<u64>,
    entry: u64,
    hidden: &'s BTreeSet<usize>,
    /// The number of the next shape.
    at: Cell<usize>,
    /// A data block has been drawn: the first one is where the Tab key enters their row.
    data: Cell<bool>,
}

impl Nodes<'_> {
    /// Every node has a key, so that the same thing keeps its element while others come and go: a group its own, a shape its number
    /// among those of its kind.
    fn list(&self, parts: &[Node]) -> VList {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let keyed = parts.iter().map(|part| match part {
            Node::Group(group) => self.group(group),
            Node::Shape(shape) => {
                let number = numbers.entry(shape.tag()).or_default();
                *number += 1;
                let mut element = self::shape(shape);
                element.key = Some(format!("{}{number}", shape.tag()).into());
                if self.hidden.contains(&self.at.replace(self.at.get() + 1)) {
                    element.add_attribute("opacity", "0");
                }
                element.into()
            }
        });
        VList::with_children(keyed.collect(), None)
    }

    fn group(&self, group: &Group) -> VNode {
        let picked = group.block.is_some() && group.block == self.selected;
        let mut element = element("g", group.attributes(if picked { &["selected"] } else { &[] }));
        if group.block.is_some() {
            element.add_attribute("tabindex", if is_entry(group, self.entry) { "0" } else { "-1" });
        }
        if group.role == Role::Datum {
            element.add_attribute("tabindex", if self.data.replace(true) { "-1" } else { "0" });
        }
        element.key = Some(group.key().into());
        element.add_child(self.list(&group.parts).into());
        element.into()
    }
}

pub(in crate::app) fn shape(shape: &Shape) -> VTag {
    let mut element = element(shape.tag(), shape.attributes(""));
    match shape.words() {
        None => {}
        Some(Words::Plain(text)) => element.add_child(VNode::from(text.clone())),
        Some(Words::Two([(first, one), (second, two)], apart)) => element.add_children([
            html! { <tspan class={Look::class(first)}>{ one }</tspan> },
            html! { <tspan class={Look::class(second)} dx={apart.to_string()}>{ two }</tspan> },
        ]),
    }
    element
}

/// A group outside of a scene.
pub(in crate::app) fn still(of: &Group) -> Html {
    Nodes { selected: None, entry: 0, hidden: &BTreeSet::new(), at: Cell::new(0), data: Cell::new(false) }.group(of)
}

/// Enter opens the tile; arrows go along the row, and across to the same block of another row.
fn on_tile_key(event: KeyboardEvent) -> Option<PageMsg> {
    match event.key().as_str() {
        "Enter" => chosen(&event).map(PageMsg),
        "ArrowLeft" => focus_beside(&event, false),
        "ArrowRight" => focus_beside(&event, true),
        "ArrowUp" => focus_across(&event, true),
        "ArrowDown" => focus_across(&event, false),
        _ => None,
    }
}

/// What a tile that an event came from asks for: a metadata block, or a block of data.
fn chosen(event: &web_sys::Event) -> Option<Msg> {
    use wasm_bindgen::JsCast as _;
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let told = |name: &str| element.closest(&format!("[{name}]")).ok()??.get_attribute(name);
    if let Some(block) = told("data-block") {
        return block.parse().ok().map(Msg::Select);
    }
    let (device, oblock) = (told("data-data")?, told("data-oblock")?.parse().ok()?);
    Some(Msg::Datum(Datum { device, oblock }))
}

/// What the arrows go along.
const TILES: &str = ".tile[data-block], [data-oblock]";

/// Moves the focus to the tile before or after; all tiles are one stop of the Tab key.
fn focus_beside(event: &KeyboardEvent, forward: bool) -> Option<PageMsg> {
    use wasm_bindgen::JsCast as _;
    let tile = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(TILES).ok()??;
    let mut beside = Some(tile);
    while let Some(element) = beside {
        beside = if forward { element.next_element_sibling() } else { element.previous_element_sibling() };
        if let Some(next) = beside.as_ref().filter(|e| e.matches(TILES).unwrap_or(false)) {
            event.prevent_default();
            // If the element cannot be focused, nothing else changes.
            let _ = next.unchecked_ref::<web_sys::HtmlElement>().focus();
            return None;
        }
    }
    None
}

/// Moves the focus to the same block in the next row up or down that has it.
fn focus_across(event: &KeyboardEvent, up: bool) -> Option<PageMsg> {
    use wasm_bindgen::JsCast as _;
    let tile = event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(".tile").ok()??;
    let block = tile.get_attribute("data-block")?;
    event.prevent_default();
    let tiles = tile.closest("svg").ok()??.query_selector_all(&format!(".tile[data-block='{block}']")).ok()?;
    let from = tile.get_bounding_client_rect().top();
    let others = (0..tiles.length()).filter_map(|i| tiles.get(i)).filter_map(|t| t.dyn_into::<web_sys::Element>().ok());
    let away =
        |e: &web_sys::Element| if up { from - e.get_bounding_client_rect().top() } else { e.get_bounding_client_rect().top() - from };
    let next = others.filter(|e| away(e) > 1.0).min_by(|a, b| away(a).total_cmp(&away(b)))?;
    // If the element cannot be focused, nothing else changes.
    let _ = next.unchecked_ref::<web_sys::HtmlElement>().focus();
    None
}
