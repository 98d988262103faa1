//! Where two worlds part: found by comparing their Views, never annotated by hand.
//!
//! Views that were found equal go on as one: the second world's continues from the first world's pages and maps, so that the next
//! comparison looks at what has changed since and at nothing else.

use super::run::{Divergence, Mark, WorldRun};
use crate::timeline::{View, Walk};
use imbl::Vector;

/// How much of what only grows two worlds were found to have in common: lines of the log, and commands that have ended.
#[derive(Clone, Copy, Default)]
struct Told {
    lines: usize,
    commands: usize,
}

impl Told {
    fn of(view: &View) -> Self {
        Self { lines: view.log.len(), commands: view.commands.len().saturating_sub(1) }
    }
}

/// Whether two Views show the same: everything but the list and its mutex, which differ by design from the first open on, the letters
/// that are given out in passing, and what was told before.
fn look_alike(a: &View, b: &View, told: Told) -> bool {
    let rest = |view: &View| {
        let mut view = view.clone();
        view.list.clear();
        view.table_lock = None;
        view.cache_order.clear();
        view.object_order.clear();
        view.destroyed.clear();
        view.log.clear();
        view.commands.clear();
        view
    };
    ends_alike(&a.log, &b.log, told.lines) && ends_alike(&a.commands, &b.commands, told.commands) && rest(a) == rest(b)
}

/// Whether two lists are equal, the first `known` of which are.
fn ends_alike<T: Clone + PartialEq>(a: &Vector<T>, b: &Vector<T>, known: usize) -> bool {
    a.len() == b.len() && a.iter().rev().zip(b.iter().rev()).take(a.len().saturating_sub(known)).all(|(a, b)| a == b)
}

/// The first step of each stretch of steps that look alike.
struct Changes<'t> {
    walk: Walk<'t>,
    next: usize,
    end: usize,
    told: Told,
    shown: View,
}

impl<'t> Changes<'t> {
    /// Those of a statement's steps from `next` on.
    fn of(run: &'t WorldRun, mark: &Mark, next: usize) -> Self {
        let mut walk = run.timeline.walk();
        before(&mut walk, next);
        Self { walk, next, end: mark.end_step, told: Told::default(), shown: View::default() }
    }

    /// What is shown now is known to be alike in both worlds.
    fn is_alike(&mut self, told: Told) {
        self.told = told;
        self.shown.clone_from(self.walk.view());
    }
}

impl Iterator for Changes<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.next < self.end {
            let step = self.next;
            self.next += 1;
            let view = self.walk.to(step);
            if !look_alike(view, &self.shown, self.told) {
                self.shown.clone_from(view);
                return Some(step);
            }
        }
        None
    }
}

/// The View before a step.
fn before<'w>(walk: &'w mut Walk<'_>, step: usize) -> &'w View {
    if let Some(last) = step.checked_sub(1) {
        walk.to(last);
    }
    walk.view()
}

/// Lets the second of two worlds that look alike go on from the first one's View; what it alone knows stays its own.
fn join(a: &Walk<'_>, b: &mut Walk<'_>) -> Told {
    let own = b.view().clone();
    let View { list, table_lock, cache_order, object_order, destroyed, .. } = own;
    b.go_on_from(View { list, table_lock, cache_order, object_order, destroyed, ..a.view().clone() });
    Told::of(a.view())
}

/// The first statement after which the worlds differ, and in it the first step of each that the other has not.
pub(super) fn find<'r>(a: &'r WorldRun, b: &'r WorldRun) -> Option<Divergence> {
    let (mut wa, mut wb) = (a.timeline.walk(), b.timeline.walk());
    let mut told = Told::default();
    let mut pairs = a.marks.iter().zip(&b.marks).enumerate();
    // The same events leave alike what was alike: only where they differ is all that is visible compared.
    let (statement, (ma, mb)) = pairs.find(|(_, (ma, mb))| {
        let events = |run: &'r WorldRun, mark: &Mark| run.timeline.events_in(mark.first_step..mark.end_step);
        if events(a, ma) == events(b, mb) {
            return false;
        }
        if !look_alike(before(&mut wa, ma.end_step), before(&mut wb, mb.end_step), told) {
            return true;
        }
        told = join(&wa, &mut wb);
        false
    })?;
    let steps = (ma.first_step..ma.end_step).zip(mb.first_step..mb.end_step);
    let alike = steps.take_while(|(x, y)| a.timeline.events_of(*x) == b.timeline.events_of(*y)).count();
    let (mut ca, mut cb) = (Changes::of(a, ma, ma.first_step + alike), Changes::of(b, mb, mb.first_step + alike));
    let (na, nb) = loop {
        let told = join(&ca.walk, &mut cb.walk);
        ca.is_alike(told);
        cb.is_alike(told);
        match (ca.next(), cb.next()) {
            (Some(_), Some(_)) if look_alike(&ca.shown, &cb.shown, told) => {}
            parted => break parted,
        }
    };
    let step = |next: Option<usize>, mark: &Mark| next.unwrap_or(mark.end_step.saturating_sub(1));
    Some(Divergence { statement, steps: [step(na, ma), step(nb, mb)] })
}
