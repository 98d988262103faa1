//! Outlines around what a step changed, for as long as the step: one around things of a kind that stand side by side.

use super::look::Look;
use super::node::{Group, Node, Place, Role, Shape};
use super::shapes::{n, rect};

/// How far outside of a frame an outline stands; tiles are too close to each other for more than the second.
const OUTSIDE: f64 = 4.0;
const OUTSIDE_TILE: f64 = 3.0;
/// Outlines that are closer than this are one.
const APART: f64 = 4.0;

/// Left, top, width, height.
type Frame = (f64, f64, f64, f64);

/// The outlines of a scene, over all else.
pub(super) fn outlines(parts: &[Node]) -> Option<Node> {
    let mut frames = Vec::new();
    changed(parts, &mut frames);
    let outline = |(x, y, width, height): Frame| {
        // Named by its place: another place is another outline, and none moves.
        let name = format!("{} {} {} {}", n(x), n(y), n(width), n(height));
        Group::new(Role::Outlines, name).with(rect([Look::Outlined], (x, y, width, height), 8.0))
    };
    let outlines: Vec<Group> = joined(frames).into_iter().map(outline).collect();
    (!outlines.is_empty()).then(|| Group::new(Role::Outlines, "").fact("aria-hidden", "true").all(outlines).into())
}

fn changed(nodes: &[Node], out: &mut Vec<Frame>) {
    for node in nodes {
        let Node::Group(group) = node else { continue };
        if group.looks.contains(&Look::Changed) {
            out.extend(frame(group));
        }
        changed(&group.parts, out);
    }
}

/// Where the outline of a group stands: around its frame, or of a root field around its line in the card.
fn frame(group: &Group) -> Option<Frame> {
    if group.role == Role::Root {
        let mut texts = group.parts.iter().filter_map(|part| match part {
            Node::Shape(Shape { place: Place::Text { x, y, .. }, .. }) => Some((*x, *y)),
            _ => None,
        });
        let ((left, y), (right, _)) = (texts.next()?, texts.next()?);
        return Some((left - 8.0, y - 12.0, right - left + 16.0, 16.0));
    }
    let (x, y, width, height, tile) = first_frame(&group.parts)?;
    let outside = if tile { OUTSIDE_TILE } else { OUTSIDE };
    Some((x - outside, y - outside, width + 2.0 * outside, height + 2.0 * outside))
}

fn first_frame(parts: &[Node]) -> Option<(f64, f64, f64, f64, bool)> {
    parts.iter().find_map(|part| match part {
        Node::Shape(Shape { place: Place::Rect(x, y, width, height, _), looks, .. }) => {
            let tile = looks.contains(&Look::Face);
            (tile || looks.contains(&Look::Slot) || looks.contains(&Look::Card)).then_some((*x, *y, *width, *height, tile))
        }
        Node::Shape(_) => None,
        Node::Group(group) => first_frame(&group.parts),
    })
}

/// Neighbours in a row or in a column as one.
fn joined(mut frames: Vec<Frame>) -> Vec<Frame> {
    let same = |a: f64, b: f64| (a - b).abs() < 0.5;
    let near = |a: f64, length: f64, b: f64, other: f64| a <= b + other + APART && b <= a + length + APART;
    let beside = |a: &Frame, b: &Frame| {
        same(a.1, b.1) && same(a.3, b.3) && near(a.0, a.2, b.0, b.2) || same(a.0, b.0) && same(a.2, b.2) && near(a.1, a.3, b.1, b.3)
    };
    let mut out: Vec<Frame> = Vec::new();
    while let Some(mut frame) = frames.pop() {
        while let Some(at) = frames.iter().position(|other| beside(&frame, other)) {
            let other = frames.swap_remove(at);
            let (left, top) = (frame.0.min(other.0), frame.1.min(other.1));
            let (right, end) = ((frame.0 + frame.2).max(other.0 + other.2), (frame.1 + frame.3).max(other.1 + other.3));
            frame = (left, top, right - left, end - top);
        }
        out.push(frame);
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_have_one_outline_and_others_one_each() {
        let row = |x| (x, 10.0, 30.0, 20.0);
        assert_eq!(joined(vec![row(0.0), row(32.0), row(64.0), row(200.0)]), [(0.0, 10.0, 94.0, 20.0), row(200.0)]);
        assert_eq!(joined(vec![(0.0, 0.0, 30.0, 16.0), (0.0, 16.0, 30.0, 16.0), (0.0, 64.0, 30.0, 16.0)]).len(), 2);
        assert_eq!(joined(vec![(0.0, 0.0, 30.0, 20.0), (32.0, 2.0, 30.0, 20.0)]).len(), 2, "no row");
    }
}
