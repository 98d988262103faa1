//! What the page shows of a run at one step, and the last few of those, so that a step costs one picture.

use super::run::Run;
use crate::timeline::changes::Changes;
use crate::timeline::picture::Picture;
use crate::timeline::{Checked, View};
use std::collections::VecDeque;
use std::rc::Rc;

/// Drawn steps that are kept.
const KEPT_MAX: usize = 6;

/// Metadata blocks of a machine whose steps are compared also where the step before was not drawn.
const COMPARED_BLOCKS_MAX: usize = 250;

/// What the page shows of one run at the playhead.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) view: View,
    pub(super) picture: Picture,
    /// What a check of the metadata finds.
    pub(super) check: Checked,
    /// What the step changed.
    pub(super) changes: Changes,
}

/// A step, drawn.
#[derive(Debug, Clone)]
struct Drawn {
    run: usize,
    step: usize,
    frame: Rc<Frame>,
}

/// The last steps that were drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames {
    kept: VecDeque<Drawn>,
}

impl Frames {
    /// Run number `n` at `step`.
    pub(super) fn frame(&mut self, n: usize, run: &Run, step: usize) -> Rc<Frame> {
        if let Some(frame) = self.find(n, step) {
            return frame;
        }
        let view = run.timeline.view_at(step);
        let picture = view.picture();
        let check = self.checked(&view);
        let changes = match step.checked_sub(1) {
            None => Changes::between(&View::default().picture(), &picture),
            Some(before) => match self.find(n, before) {
                Some(before) => Changes::between(&before.picture, &picture),
                // A second picture of a large machine would double what the step costs.
                None if picture.metadata.iter().any(|d| d.blocks.len() > COMPARED_BLOCKS_MAX) => Changes::default(),
                None => Changes::between(&run.timeline.view_at(before).picture(), &picture),
            },
        };
        let frame = Rc::new(Frame { view, picture, check, changes });
        self.kept.push_front(Drawn { run: n, step, frame: Rc::clone(&frame) });
        self.kept.truncate(KEPT_MAX);
        frame
    }

    fn find(&self, n: usize, step: usize) -> Option<Rc<Frame>> {
        self.kept.iter().find(|d| d.run == n && d.step == step).map(|d| Rc::clone(&d.frame))
    }

    /// What a check of the metadata finds.
    fn checked(&self, view: &View) -> Checked {
        // What was found of the same bytes holds again.
        let known = self.kept.iter().find(|d| view.has_metadata_of(&d.frame.view)).map(|d| d.frame.check);
        known.unwrap_or_else(|| view.checked())
    }
}
