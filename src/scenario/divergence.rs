//! Where two worlds part: found by comparing their Views, never annotated by hand.

use super::run::{Divergence, Mark, WorldRun};
use crate::timeline::{View, Walk};

/// What two worlds are compared by: everything but the list and its mutex, which differ by design from the first open on,
/// and the letters that are given out in passing.
fn visible(view: &View) -> View {
    let mut view = view.clone();
    view.list.clear();
    view.table_lock = None;
    view.cache_order.clear();
    view
}

/// The first step of each stretch of steps that look alike, with its View: `before` is what the statement starts from.
struct Changes<'t> {
    walk: Walk<'t>,
    next: usize,
    end: usize,
    shown: View,
}

impl Iterator for Changes<'_> {
    type Item = (usize, View);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.end {
            let step = self.next;
            self.next += 1;
            let view = visible(self.walk.to(step));
            if view != self.shown {
                self.shown.clone_from(&view);
                return Some((step, view));
            }
        }
        None
    }
}

/// The View before a step.
fn before(walk: &mut Walk<'_>, step: usize) -> View {
    step.checked_sub(1).map_or_else(View::default, |step| visible(walk.to(step)))
}

/// The first statement after which the worlds differ, and in it the first step of each that the other has not.
pub(super) fn find<'r>(a: &'r WorldRun, b: &'r WorldRun) -> Option<Divergence> {
    let (mut wa, mut wb) = (a.timeline.walk(), b.timeline.walk());
    let mut pairs = a.marks.iter().zip(&b.marks).enumerate();
    // The same events leave alike what was alike: only where they differ is all that is visible compared.
    let (statement, (ma, mb)) = pairs.find(|(_, (ma, mb))| {
        let events = |run: &'r WorldRun, mark: &Mark| run.timeline.events_in(mark.first_step..mark.end_step);
        events(a, ma) != events(b, mb) && before(&mut wa, ma.end_step) != before(&mut wb, mb.end_step)
    })?;
    let steps = (ma.first_step..ma.end_step).zip(mb.first_step..mb.end_step);
    let alike = steps.take_while(|(x, y)| a.timeline.events_of(*x) == b.timeline.events_of(*y)).count();
    let changes = |run: &'r WorldRun, mark: &Mark| {
        let mut walk = run.timeline.walk();
        let next = mark.first_step + alike;
        let shown = before(&mut walk, next);
        Changes { walk, next, end: mark.end_step, shown }
    };
    let (mut ca, mut cb) = (changes(a, ma), changes(b, mb));
    let (na, nb) = loop {
        match (ca.next(), cb.next()) {
            (Some((_, va)), Some((_, vb))) if va == vb => {}
            parted => break parted,
        }
    };
    let step = |next: Option<(usize, View)>, mark: &Mark| next.map_or(mark.end_step.saturating_sub(1), |c| c.0);
    Some(Divergence { statement, steps: [step(na, ma), step(nb, mb)] })
}
