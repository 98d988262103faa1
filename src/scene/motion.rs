//! What leads from one scene to the next: shapes that move, that come, and that leave. Whoever draws it needs elements and a clock.
//!
//! A shape is the same in two scenes if it has the same number of its kind in groups with the same keys. A table takes what stands in
//! its slot along.

use super::Scene;
use super::look::Look;
use super::measure::{BLOCK, BUFFER};
use super::node::{Group, Node, Place, Role, Shape};
use super::shapes::n;
use std::collections::{BTreeMap, BTreeSet};

/// Pixels that a shape moves by in a millisecond at most: 24 in [`FRAME_MS`].
const SPEED: f64 = 1.15;
/// No frame stands for more time than this, so that one that comes late moves nothing too far.
pub const FRAME_MS: f64 = 20.0;
/// Milliseconds: of a movement, of tables that change their slots, and of what takes longer and had better not be a movement.
const MOVE_MS: f64 = 240.0;
const TABLES_MS: f64 = 480.0;
const LONGEST_MS: f64 = 1_000.0;
/// Of what comes and what leaves, and of an object that ends.
const FADE_MS: f64 = 240.0;
const END_MS: f64 = 320.0;
/// More shapes than these change at once.
const SHAPES_MAX: usize = 2_000;

/// How a scene follows another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// At once.
    Cut,
    /// What differs fades in so many milliseconds; nothing moves.
    Fade(f64),
    /// Things move to their new places.
    Move,
}

/// A shape on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Which, of [`Scene::shapes`].
    pub shape: usize,
    from: Place,
    to: Place,
}

/// A shape that was not there before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Come {
    /// Which, of [`Scene::shapes`].
    pub shape: usize,
    from_ms: f64,
}

/// What leads to a scene.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Motion {
    /// Shapes that move.
    pub moved: Vec<Moved>,
    /// Shapes that appear.
    pub come: Vec<Come>,
    /// What fades, as it was: groups without keys, facts and labels.
    pub left: Vec<Node>,
    move_ms: f64,
    come_ms: f64,
    leave_ms: f64,
}

impl Moved {
    /// Where it is after so many milliseconds of a motion.
    #[must_use]
    pub fn place(&self, motion: &Motion, ms: f64) -> Place {
        let t = (ms / motion.move_ms).clamp(0.0, 1.0);
        if t < 1.0 { self.from.between(&self.to, t * t * (3.0 - 2.0 * t)) } else { self.to.clone() }
    }
}

impl Come {
    /// How much of it is seen after so many milliseconds of a motion: 0 to 1.
    #[must_use]
    pub fn seen(&self, motion: &Motion, ms: f64) -> f64 {
        ((ms - self.from_ms) / motion.come_ms).clamp(0.0, 1.0)
    }
}

impl Motion {
    /// What leads from a scene to another that is drawn `scale` times as large.
    #[must_use]
    pub fn between(before: &Scene, after: &Scene, pace: Pace, scale: f64) -> Self {
        let (was, is) = (known(&before.parts), known(&after.parts));
        if pace == Pace::Cut || was.len().max(is.len()) > SHAPES_MAX {
            return Self::default();
        }
        let longest = if pace == Pace::Move { LONGEST_MS } else { 0.0 };
        let places: BTreeMap<&str, usize> = was.iter().enumerate().map(|(at, known)| (known.key.as_str(), at)).collect();
        let (fade, end) = if let Pace::Fade(ms) = pace { (ms, ms) } else { (FADE_MS, END_MS) };
        let mut motion = Self { move_ms: MOVE_MS, come_ms: fade, leave_ms: fade, ..Self::default() };
        let mut stays = vec![false; was.len()];
        let mut tables = false;
        for (shape, now) in is.iter().enumerate() {
            let from = places.get(now.key.as_str()).copied().and_then(|at| Some((at, was.get(at)?)));
            let Some((at, then)) = from else {
                motion.come.push(Come { shape, from_ms: 0.0 });
                if let Some(from) = now.read_from.filter(|_| pace == Pace::Move).map(|down| now.shape.place.lower(down)) {
                    motion.moved.push(Moved { shape, from, to: now.shape.place.clone() });
                }
                continue;
            };
            let way = then.shape.place.way(&now.shape.place).filter(|_| !now.is_another(then));
            match way.map(|way| 1.5 * way * scale / SPEED) {
                Some(ms) if ms < 0.5 => stays[at] = true,
                Some(ms) if ms <= longest => {
                    stays[at] = true;
                    motion.move_ms = motion.move_ms.max(ms);
                    tables |= now.of_table;
                    motion.moved.push(Moved { shape, from: then.shape.place.clone(), to: now.shape.place.clone() });
                }
                _ => motion.come.push(Come { shape, from_ms: 0.0 }),
            }
        }
        if tables {
            motion.move_ms = motion.move_ms.max(TABLES_MS);
            // A line finds its way once its table is there.
            for come in motion.come.iter_mut().filter(|come| is.get(come.shape).is_some_and(|known| known.holds)) {
                come.from_ms = motion.move_ms;
            }
        }
        let ends = was.iter().zip(&stays).any(|(known, stays)| known.of_object && !stays);
        if ends {
            motion.leave_ms = end;
        }
        motion.left = left(&before.parts, &mut stays.into_iter());
        motion
    }

    /// How much is seen of what leaves after so many milliseconds: 1 to 0.
    #[must_use]
    pub fn leaving(&self, ms: f64) -> f64 {
        1.0 - (ms / self.leave_ms).clamp(0.0, 1.0)
    }

    /// How long it takes.
    #[must_use]
    pub fn ms(&self) -> f64 {
        let moved = if self.moved.is_empty() { 0.0 } else { self.move_ms };
        let come = self.come.iter().map(|come| come.from_ms + self.come_ms).fold(0.0, f64::max);
        let left = if self.left.is_empty() { 0.0 } else { self.leave_ms };
        moved.max(come).max(left)
    }
}

/// Shapes of a scene that are the same as some of another one, by their numbers.
#[must_use]
pub fn same(before: &Scene, after: &Scene, shapes: &[usize]) -> Vec<usize> {
    let was = known(&before.parts);
    let keys: BTreeSet<&str> = shapes.iter().filter_map(|at| was.get(*at)).map(|known| known.key.as_str()).collect();
    let is = known(&after.parts);
    is.iter().enumerate().filter(|(_, known)| keys.contains(known.key.as_str())).map(|(at, _)| at).collect()
}

impl Scene {
    /// The scene as it is seen so many milliseconds into the motion that leads to it.
    #[must_use]
    pub fn seen(&self, motion: &Motion, ms: f64) -> Self {
        fn walk(nodes: &mut [Node], at: &mut usize, places: &BTreeMap<usize, Place>) {
            for node in nodes {
                match node {
                    Node::Group(group) => walk(&mut group.parts, at, places),
                    Node::Shape(shape) => {
                        if let Some(place) = places.get(at) {
                            shape.place.clone_from(place);
                        }
                        *at += 1;
                    }
                }
            }
        }
        let mut scene = self.clone();
        let places = motion.moved.iter().map(|moved| (moved.shape, moved.place(motion, ms))).collect();
        walk(&mut scene.parts, &mut 0, &places);
        scene
    }
}

/// A shape, and what tells it from others.
struct Known<'s> {
    key: String,
    shape: &'s Shape,
    /// It stands in a slot with a table.
    of_table: bool,
    /// It is a root field.
    of_root: bool,
    /// It is the frame of an object.
    of_object: bool,
    /// It leads from a table to an object.
    holds: bool,
    /// It is a buffer that was read now: how far below it the disk's block is.
    read_from: Option<f64>,
}

impl Known<'_> {
    /// Other words at another place are another text, but in the line of a root field, which takes its number along. An arc between
    /// other blocks is another arc.
    fn is_another(&self, then: &Known<'_>) -> bool {
        let (now, was) = (self.shape, then.shape);
        now.place != was.place
            && (now.looks.contains(&Look::Arc) || !self.of_root && now.words() != was.words() && now.place.is_apart(&was.place))
    }
}

/// What a group is known by: a table by its letter, wherever it stands.
fn name(group: &Group) -> (String, bool) {
    let table = group.facts.iter().find(|(name, letter)| *name == "data-table" && !letter.is_empty());
    match table {
        Some((_, letter)) if matches!(group.role, Role::Slot | Role::Table) => (format!("table {letter}"), true),
        _ => (group.key(), false),
    }
}

fn known(nodes: &[Node]) -> Vec<Known<'_>> {
    fn walk<'s>(nodes: &'s [Node], path: &str, around: (bool, bool, bool, bool, Option<f64>), out: &mut Vec<Known<'s>>) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let (of_table, of_root, of_object, holds, read_from) = around;
        for node in nodes {
            match node {
                Node::Group(group) => {
                    let (name, table) = name(group);
                    let has = |look| group.looks.contains(&look);
                    let read_from = match (has(Look::ReadNow), has(Look::Above)) {
                        (false, _) => read_from,
                        (true, true) => Some(BUFFER + 6.0),
                        (true, false) => Some(-BLOCK - 8.0),
                    };
                    let around = (
                        of_table || table,
                        group.role == Role::Root,
                        group.role == Role::Object,
                        holds || group.role == Role::Hold,
                        read_from,
                    );
                    walk(&group.parts, &format!("{path}/{name}"), around, out);
                }
                Node::Shape(shape) => {
                    let number = numbers.entry(shape.tag()).or_default();
                    *number += 1;
                    out.push(Known {
                        key: format!("{path}/{}{number}", shape.tag()),
                        shape,
                        of_table,
                        of_root,
                        of_object,
                        holds,
                        read_from,
                    });
                }
            }
        }
    }
    let mut out = Vec::new();
    walk(nodes, "", (false, false, false, false, None), &mut out);
    out
}

/// The shapes that do not stay, in groups that only give them their looks.
fn left(nodes: &[Node], stays: &mut impl Iterator<Item = bool>) -> Vec<Node> {
    const OF_A_STEP: [Look; 9] = [
        Look::Changed,
        Look::Opened,
        Look::Arrived,
        Look::TurnedStale,
        Look::Dirtied,
        Look::Written,
        Look::ReadNow,
        Look::NewlyStale,
        Look::NewlyLost,
    ];
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Group(group) => {
                let parts = left(&group.parts, stays);
                if !parts.is_empty() {
                    let looks = group.looks.iter().filter(|look| !OF_A_STEP.contains(look)).copied();
                    out.push(Group::new(group.role, "").look(looks).all(parts).into());
                }
            }
            Node::Shape(shape) => {
                if !stays.next().unwrap_or(true) {
                    out.push(shape.clone().into());
                }
            }
        }
    }
    out
}

/// A path's letters with a sign for each number, and the numbers.
fn taken_apart(d: &str) -> (String, Vec<f64>) {
    let (mut form, mut numbers, mut number) = (String::new(), Vec::new(), String::new());
    for c in d.chars().chain([' ']) {
        if c.is_ascii_digit() || c == '.' || c == '-' {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            numbers.push(number.parse().unwrap_or(0.0));
            number.clear();
            form.push('#');
        }
        form.push(c);
    }
    (form, numbers)
}

fn together(form: &str, numbers: impl Iterator<Item = f64>) -> String {
    let mut numbers = numbers.map(n);
    let parts = form.trim_end().chars().map(|c| if c == '#' { numbers.next().unwrap_or_default() } else { c.to_string() });
    parts.collect()
}

impl Place {
    /// How far it is to another place at most; none where no way leads there.
    fn way(&self, to: &Self) -> Option<f64> {
        let far = |pairs: &[(f64, f64)]| pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        match (self, to) {
            (Self::Rect(x, y, w, h, _), Self::Rect(x2, y2, w2, h2, _)) => Some((x - x2).hypot(y - y2).max(far(&[(*w, *w2), (*h, *h2)]))),
            (Self::Circle(x, y, _), Self::Circle(x2, y2, _)) | (Self::Text { x, y, .. }, Self::Text { x: x2, y: y2, .. }) => {
                Some((x - x2).hypot(y - y2))
            }
            (Self::Path { d, whole }, Self::Path { d: to, whole: other }) if whole == other => {
                let ((form, from), (other, to)) = (taken_apart(d), taken_apart(to));
                let pairs: Vec<_> = from.into_iter().zip(to).collect();
                (form == other).then(|| far(&pairs) * std::f64::consts::SQRT_2)
            }
            _ => None,
        }
    }

    /// Whether another place is not this one.
    fn is_apart(&self, other: &Self) -> bool {
        self.way(other).is_none_or(|way| way > 0.5)
    }

    /// A place on the way to another one: at 0 here, at 1 there.
    fn between(&self, to: &Self, t: f64) -> Self {
        let at = |a: f64, b: f64| a + (b - a) * t;
        match (self, to) {
            (Self::Rect(x, y, w, h, _), Self::Rect(x2, y2, w2, h2, r)) => {
                Self::Rect(at(*x, *x2), at(*y, *y2), at(*w, *w2), at(*h, *h2), *r)
            }
            (Self::Circle(x, y, _), Self::Circle(x2, y2, r)) => Self::Circle(at(*x, *x2), at(*y, *y2), *r),
            (Self::Text { x, y, .. }, Self::Text { x: x2, y: y2, squeezed, words }) => {
                Self::Text { x: at(*x, *x2), y: at(*y, *y2), squeezed: *squeezed, words: words.clone() }
            }
            (Self::Path { d, .. }, Self::Path { d: to, whole }) => {
                let ((form, from), (_, to)) = (taken_apart(d), taken_apart(to));
                let d = together(&form, from.into_iter().zip(to).map(|(a, b)| at(a, b)));
                Self::Path { d, whole: *whole }
            }
            _ => to.clone(),
        }
    }

    /// The same place so far below.
    fn lower(&self, by: f64) -> Self {
        match self.clone() {
            Self::Rect(x, y, w, h, r) => Self::Rect(x, y + by, w, h, r),
            Self::Circle(x, y, r) => Self::Circle(x, y + by, r),
            Self::Text { x, y, squeezed, words } => Self::Text { x, y: y + by, squeezed, words },
            path @ Self::Path { .. } => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ast::Sharing;
    use crate::scenario::library;
    use crate::scenario::run::{Options, Run};
    use crate::scene::{Form, Room, Subject};

    /// The scenes of the first scenario, step by step.
    fn scenes(form: Form) -> Vec<Scene> {
        let script = library::find("reload-while-live").unwrap().script().unwrap();
        let mut run = Run::new(script, Options { sharing: Some(Sharing::Off), ..Options::default() });
        run.finish();
        let timeline = &run.worlds[0].timeline;
        let mut room = Room::default();
        room.add_steps(timeline, false, 0);
        let scene = |step| {
            let picture = timeline.view_at(step).picture();
            let changes = timeline.changes_at(step, &picture);
            Scene::new(&Subject { picture: &picture, changes: &changes, beside: None, room: Some(&room), sharing: false }, form)
        };
        (0..timeline.steps().len()).map(scene).collect()
    }

    #[test]
    fn a_motion_starts_at_what_was_there_and_ends_at_what_is_there() {
        for form in Form::ALL {
            let scenes = scenes(form);
            let mut moved = 0;
            for (before, after) in scenes.iter().zip(&scenes[1..]) {
                let motion = Motion::between(before, after, Pace::Move, 1.0);
                assert_eq!(after.seen(&motion, motion.ms()), *after);
                let (was, start) = (known(&before.parts), after.seen(&motion, 0.0));
                let start = known(&start.parts);
                for at in motion.moved.iter().map(|m| m.shape).filter(|at| motion.come.iter().all(|come| come.shape != *at)) {
                    let then = was.iter().find(|known| known.key == start[at].key).unwrap();
                    assert!(then.shape.place.way(&start[at].shape.place).unwrap() < 0.51, "{}", start[at].key);
                    moved += 1;
                }
            }
            assert!(moved > 20, "{form:?}: {moved}");
        }
    }

    #[test]
    fn no_frame_moves_a_shape_by_more_than_24_pixels() {
        for (form, scale) in [(Form::Whole, 1.3), (Form::Half, 1.0), (Form::Small, 1.3), (Form::Narrow, 1.0)] {
            let scenes = scenes(form);
            for (before, after) in scenes.iter().zip(&scenes[1..]) {
                let motion = Motion::between(before, after, Pace::Move, scale);
                let mut ms = 0.0;
                while ms < motion.ms() {
                    for moved in &motion.moved {
                        // A path's way is that of the farthest of its points, and their squares' diagonals.
                        let way = moved.place(&motion, ms).way(&moved.place(&motion, ms + FRAME_MS)).unwrap() * scale;
                        assert!(way <= 24.0 + 1.5, "{way} in {form:?}");
                    }
                    ms += FRAME_MS;
                }
            }
        }
    }

    #[test]
    fn columns_rows_data_and_chips_keep_their_places_for_the_whole_run() {
        for form in Form::ALL {
            let scenes = scenes(form);
            let sizes: Vec<_> = scenes.iter().skip(2).map(|scene| scene.size).collect();
            assert!(sizes.windows(2).all(|w| w[0] == w[1]), "{form:?}: {sizes:?}");
            for (before, after) in scenes.iter().zip(&scenes[1..]) {
                let motion = Motion::between(before, after, Pace::Move, 1.0);
                let is = known(&after.parts);
                for known in motion.moved.iter().map(|moved| &is[moved.shape]).filter(|known| known.read_from.is_none()) {
                    let fixed = ["/blocks", "/buffers", "/data", "/sees", "/chip", "/vacancy", "/list", "/stale"];
                    // Of the data a phone has room for the last blocks alone, which make way for the next.
                    if form == Form::Narrow && known.key.contains("/datum") {
                        continue;
                    }
                    let arc = matches!(known.shape.place, Place::Path { .. });
                    // Words beside a row make way for what moves.
                    let words = known.key.contains("/note") || known.key.starts_with("/blocks meta/text");
                    assert!(arc || words || fixed.iter().all(|part| !known.key.contains(part)), "{form:?}: {} moves", known.key);
                }
            }
        }
    }

    #[test]
    fn tables_change_their_slots_as_one_and_together() {
        let scenes = scenes(Form::Whole);
        let mut together = 0;
        for (before, after) in scenes.iter().zip(&scenes[1..]) {
            let motion = Motion::between(before, after, Pace::Move, 1.0);
            let is = known(&after.parts);
            let badges: Vec<&str> = motion
                .moved
                .iter()
                .map(|m| &is[m.shape])
                .filter(|k| k.of_table && k.shape.looks == [Look::Badge])
                .map(|k| &*k.key)
                .collect();
            if badges.len() == 2 {
                together += 1;
                assert!(badges[0].contains("/table B/") && badges[1].contains("/table A/"), "{badges:?}");
                assert!(motion.move_ms >= TABLES_MS);
            }
        }
        assert_eq!(together, 1, "B to LIVE, A out of it");
    }

    #[test]
    fn where_nothing_may_move_everything_else_fades() {
        let scenes = scenes(Form::Whole);
        let mut fades = 0;
        for (before, after) in scenes.iter().zip(&scenes[1..]) {
            let motion = Motion::between(before, after, Pace::Fade(80.0), 1.0);
            assert!(motion.moved.is_empty() && motion.ms() <= 80.0);
            fades += motion.come.len().min(motion.left.len());
            assert_eq!(Motion::between(before, after, Pace::Cut, 1.0), Motion::default());
            assert_eq!(Motion::between(before, before, Pace::Move, 1.0).ms(), 0.0);
        }
        assert!(fades > 20, "{fades}");
    }
}
