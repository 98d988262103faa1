//! The mapping tree: superblock, nodes, array blocks; of many siblings the first, the last, and one that leads to damage.

use super::{ImageMsg, Shown, some, tell};
use crate::app::page::Link;
use dm_cache_image::browse::seen::TreeNode;
use yew::prelude::*;

const BOX: (f64, f64) = (150.0, 34.0);
const COLUMN: f64 = 186.0;
const ROW: f64 = 50.0;
/// From a parent to its children where they stand under it.
const INDENT: f64 = 26.0;
/// Under a node of which there are more.
const MORE: f64 = 18.0;

/// The tree within `room` pixels: from left to right where that has room, else each node under its parent.
pub(super) fn view(shown: &Shown, link: &Link, room: f64) -> Html {
    let image = &shown.overview;
    let nodes = &image.tree;
    let levels = nodes.iter().map(|n| n.level).max().unwrap_or(0) + 1;
    let across = COLUMN * number(levels) + BOX.0 + 2.0;
    let indented = across > room;
    let width = if indented { INDENT * number(levels) + BOX.0 + 2.0 } else { across };
    let (y, height) = if indented { under(nodes) } else { beside(nodes) };
    let x = |level: usize| if indented { INDENT * (number(level) + 1.0) } else { COLUMN * (number(level) + 1.0) };
    let unreadable = image.tree.iter().filter(|n| n.bad).count();
    let root_y = if indented { 0.0 } else { y.first().copied().unwrap_or(0.0) };
    let boxes = nodes.iter().zip(&y).map(|(node, y)| place(node, (x(node.level), *y), link));
    let lines = nodes.iter().zip(&y).map(|(node, to)| {
        let from = node.parent.and_then(|p| y.get(p)).copied().unwrap_or(root_y);
        let class = if node.bad { "tree-line bad" } else { "tree-line" };
        if indented {
            let d = format!("M{} {}V{}H{}", x(node.level) - INDENT / 2.0, from + BOX.1, to + BOX.1 / 2.0, x(node.level));
            return html! { <path {class} {d} /> };
        }
        let (x1, x2) = (x(node.level) - COLUMN + BOX.0, x(node.level));
        let bend = f64::midpoint(x1, x2);
        let (y1, y2) = (from + BOX.1 / 2.0, to + BOX.1 / 2.0);
        html! { <path {class} d={format!("M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}")} /> }
    });
    html! {
        <section class="image-tree" data-tree={nodes.len().to_string()}>
            <div class="section-head"><h2>{ "Mapping tree" }</h2>
                <span class="quiet">{ format!("{}, {}{}", some(number_of_levels(nodes), "level"), some(image.tree_arrays, "array block"), if unreadable > 0 { ", damage shown" } else { "" }) }</span></div>
            <div class="scroll" tabindex="0" role="group" aria-label="Mapping tree">
                <svg class="tree-picture" viewBox={format!("0 0 {width} {height}")} width={width.to_string()} height={height.to_string()} aria-hidden="true">
                    <rect class="tree-sb" x="0" y={root_y.to_string()} width={BOX.0.to_string()} height={BOX.1.to_string()} rx="4" />
                    <text class="on-sb strong" x="10" y={(root_y + 14.0).to_string()}>{ "0 superblock" }</text>
                    <text class="on-sb mono" x="10" y={(root_y + 28.0).to_string()}>{ format!("mapping_root {}", nodes.first().map_or(0, |n| n.block)) }</text>
                    { for lines }
                    { for boxes }
                </svg>
            </div>
            <ul class="hidden">{ for nodes.iter().map(|n| html! { <li><button type="button" onclick={tell(link, ImageMsg::Block(n.block))}>{ said(n) }</button></li> }) }</ul>
        </section>
    }
}

/// Levels of nodes, without the array blocks.
fn number_of_levels(nodes: &[TreeNode]) -> u64 {
    nodes.iter().filter(|n| !n.array).map(|n| n.level as u64 + 1).max().unwrap_or(0)
}

/// Leaves of the drawing stand one below the other; a parent stands in the middle of its children.
fn beside(nodes: &[TreeNode]) -> (Vec<f64>, f64) {
    let mut y: Vec<f64> = vec![0.0; nodes.len()];
    let mut next = 0.0;
    for (n, node) in nodes.iter().enumerate() {
        if !nodes.iter().any(|c| c.parent == Some(n)) {
            if let Some(y) = y.get_mut(n) {
                *y = next;
            }
            next += if node.more > 0 { ROW + MORE } else { ROW };
        }
    }
    for n in (0..nodes.len()).rev() {
        let children: Vec<f64> = nodes.iter().zip(&y).filter(|(c, _)| c.parent == Some(n)).map(|(_, y)| *y).collect();
        if let (Some(first), Some(last), Some(y)) = (children.first(), children.last(), y.get_mut(n)) {
            *y = f64::midpoint(*first, *last);
        }
    }
    (y, next.max(ROW))
}

/// Every node under its parent and that one's earlier children, the superblock over all.
fn under(nodes: &[TreeNode]) -> (Vec<f64>, f64) {
    let mut next = ROW;
    let mut y = vec![0.0; nodes.len()];
    let mut wanted: Vec<usize> = (0..nodes.len()).rev().filter(|n| nodes.get(*n).is_some_and(|node| node.parent.is_none())).collect();
    while let Some(n) = wanted.pop() {
        let more = nodes.get(n).is_some_and(|node| node.more > 0);
        if let Some(y) = y.get_mut(n) {
            *y = next;
        }
        next += if more { ROW + MORE } else { ROW };
        wanted.extend((0..nodes.len()).rev().filter(|c| nodes.get(*c).is_some_and(|child| child.parent == Some(n))));
    }
    (y, next)
}

#[allow(clippy::cast_precision_loss, reason = "a handful of levels")]
fn number(n: usize) -> f64 {
    n as f64
}

fn said(node: &TreeNode) -> String {
    let what = if node.array { "array block" } else { "btree node" };
    let bad = if node.bad { ", unreadable" } else { "" };
    format!("{what} {}, cblocks {} to {}{bad}", node.block, node.cblocks.0, node.cblocks.1)
}

fn place(node: &TreeNode, (x, y): (f64, f64), link: &Link) -> Html {
    let class = match (node.bad, node.array) {
        (true, _) => "tree-node bad",
        (false, true) => "tree-node array",
        (false, false) => "tree-node",
    };
    let kind = match (node.array, node.internal) {
        (true, _) => "array",
        (false, true) => "internal",
        (false, false) => "leaf",
    };
    html! {
        <g {class} onclick={tell(link, ImageMsg::Block(node.block))} data-tree-block={node.block.to_string()}>
            <rect x={x.to_string()} y={y.to_string()} width={BOX.0.to_string()} height={BOX.1.to_string()} rx="4" />
            <text class="mono strong" x={(x + 10.0).to_string()} y={(y + 14.0).to_string()}>{ format!("{} {}", if node.array { "A" } else { "N" }, node.block) }</text>
            <text class="small end" x={(x + BOX.0 - 10.0).to_string()} y={(y + 14.0).to_string()}>{ if node.bad { "✗ unreadable" } else { kind } }</text>
            <text class="small mono" x={(x + 10.0).to_string()} y={(y + 28.0).to_string()}>{ format!("{}–{}", node.cblocks.0, node.cblocks.1) }</text>
            { (node.more > 0).then(|| html! { <text class="small middle" x={(x + BOX.0 / 2.0).to_string()} y={(y + BOX.1 + 20.0).to_string()}>{ format!("⋯ {} more", node.more) }</text> }) }
        </g>
    }
}
