//! What is shown of a world at one step, and the last few of those, so that a step costs one picture.

use crate::timeline::changes::Changes;
use crate::timeline::picture::Picture;
use crate::timeline::{Checked, Timeline, View};
use std::collections::VecDeque;
use std::rc::Rc;

/// Drawn steps that are kept.
const KEPT_MAX: usize = 6;

/// Metadata blocks of a machine whose steps are compared also where the step before was not drawn.
const COMPARED_BLOCKS_MAX: usize = 250;

/// What is shown of one world at a step.
#[derive(Debug)]
pub struct Frame {
    /// The state.
    pub view: View,
    /// What is drawn of it.
    pub picture: Picture,
    /// What a check of the metadata finds.
    pub check: Checked,
    /// What the step changed.
    pub changes: Changes,
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
pub struct Frames {
    kept: VecDeque<Drawn>,
}

impl Frames {
    /// World number `n` at `step` of its timeline.
    pub fn frame(&mut self, n: usize, timeline: &Timeline, step: usize) -> Rc<Frame> {
        if let Some(frame) = self.find(n, step) {
            return frame;
        }
        let view = timeline.view_at(step);
        let picture = view.picture();
        let check = self.checked(&view);
        let changes = match step.checked_sub(1).map(|before| self.find(n, before)) {
            Some(Some(before)) => Changes::between(&before.picture, &picture),
            // A second picture of a large machine would double what the step costs.
            Some(None) if picture.metadata.iter().any(|d| d.blocks.len() > COMPARED_BLOCKS_MAX) => Changes::default(),
            Some(None) | None => timeline.changes_at(step, &picture),
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
        // The same bytes give the same result.
        let known = self.kept.iter().find(|d| view.has_metadata_of(&d.frame.view)).map(|d| d.frame.check);
        known.unwrap_or_else(|| view.checked())
    }
}
