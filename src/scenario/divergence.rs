//! Where two worlds part: found by comparing their Views, never annotated by hand.

use super::run::{Divergence, Mark, WorldRun};
use crate::timeline::{Timeline, View};

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
    timeline: &'t Timeline,
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
            let view = visible(&self.timeline.view_at(step));
            if view != self.shown {
                self.shown.clone_from(&view);
                return Some((step, view));
            }
        }
        None
    }
}

fn end_of(timeline: &Timeline, mark: &Mark) -> View {
    mark.end_step.checked_sub(1).map_or_else(View::default, |step| visible(&timeline.view_at(step)))
}

/// The first statement after which the worlds differ, and in it the first step of each that the other has not.
pub(super) fn find(a: &WorldRun, b: &WorldRun) -> Option<Divergence> {
    let pairs = || a.marks.iter().zip(&b.marks).enumerate();
    let (statement, (ma, mb)) = pairs().find(|(_, (ma, mb))| end_of(&a.timeline, ma) != end_of(&b.timeline, mb))?;
    let changes = |run: &'_ WorldRun, mark: &Mark| {
        let shown = mark.first_step.checked_sub(1).map_or_else(View::default, |s| visible(&run.timeline.view_at(s)));
        Changes { timeline: &run.timeline, next: mark.first_step, end: mark.end_step, shown }.collect::<Vec<_>>()
    };
    let (ca, cb) = (changes(a, ma), changes(b, mb));
    let alike = ca.iter().zip(&cb).take_while(|((_, va), (_, vb))| va == vb).count();
    let step = |list: &[(usize, View)], mark: &Mark| list.get(alike).map_or(mark.end_step.saturating_sub(1), |c| c.0);
    Some(Divergence { statement, steps: [step(&ca, ma), step(&cb, mb)] })
}
