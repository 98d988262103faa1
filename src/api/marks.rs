//! The marks along a run: what a scrubber shows, and where playback may pause.

use crate::scenario::ast::Action;
use crate::scenario::run::{Outcome, Run};
use crate::timeline::{StepKind, Timeline, track};
use serde::Serialize;

/// What stands at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// A command was typed.
    Command,
    /// A transaction was committed.
    Commit,
    /// The worlds part, or a buffer turns stale.
    Divergence,
    /// An expectation.
    Expect,
    /// A `label` of the script.
    Label,
    /// An `ask` of the script.
    Ask,
}

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Its position, counted from 0.
    pub at: usize,
    /// What it is.
    pub kind: MarkKind,
    /// Which world it belongs to.
    pub world: usize,
    /// The command, the label, the question, or the expectation as written.
    pub text: String,
    /// Line of the script, counted from 1, where the mark is a line of it.
    pub line: Option<usize>,
    /// Of an expectation: whether it held; none if it is not asked in this world.
    pub held: Option<bool>,
    /// Of an expectation: whether that is what the scenario declares.
    pub as_declared: bool,
    /// What was seen instead; an answer.
    pub note: Option<String>,
}

/// Positions, each with the step that every world is at, and the marks along them.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    steps: Vec<Vec<usize>>,
    pub(super) marks: Vec<Mark>,
    /// From where to where worlds, or a buffer and its disk, differ.
    pub(super) apart: Option<(usize, usize)>,
}

impl Track {
    pub(super) fn new(run: &Run) -> Self {
        let timelines: Vec<&Timeline> = run.worlds.iter().map(|w| &w.timeline).collect();
        let mut track = Self { steps: track::merged(&timelines), ..Self::default() };
        for world in 0..run.worlds.len() {
            track.mark_steps(run, world);
            track.mark_statements(run, world);
        }
        let apart = match timelines.as_slice() {
            [one] => track::staleness(one),
            _ => run.divergence().map(|d| (track.position(d.steps[0], 0), track.last())),
        };
        if let Some((at, _)) = apart {
            let text = if timelines.len() > 1 { "first divergence" } else { "a buffer turns stale" };
            track.marks.push(Mark { as_declared: true, ..mark(at, MarkKind::Divergence, 0, text) });
        }
        track.apart = apart;
        track.marks.sort_by_key(|mark| mark.at);
        track
    }

    pub(super) fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    pub(super) fn step(&self, at: usize, world: usize) -> usize {
        self.steps.get(at).and_then(|s| s.get(world)).copied().unwrap_or(0)
    }

    /// The first position at which a world is at `step`.
    pub(super) fn position(&self, step: usize, world: usize) -> usize {
        self.steps.partition_point(|s| s.get(world).is_some_and(|s| *s < step)).min(self.last())
    }

    fn mark_steps(&mut self, run: &Run, world: usize) {
        let Some(timeline) = run.worlds.get(world).map(|w| &w.timeline) else { return };
        for (step, s) in timeline.steps().iter().enumerate() {
            let (kind, text) = match s.kind {
                StepKind::Command => (MarkKind::Command, s.sentence.trim_start_matches("# ")),
                StepKind::Commit => (MarkKind::Commit, s.sentence.as_str()),
                _ => continue,
            };
            self.marks.push(mark(self.position(step, world), kind, world, text));
        }
    }

    fn mark_statements(&mut self, run: &Run, world: usize) {
        let Some(marks) = run.worlds.get(world).map(|w| &w.marks) else { return };
        for (statement, done) in run.script.body.iter().zip(marks) {
            let at = self.position(done.end_step.saturating_sub(1), world);
            let line = Some(statement.line);
            let new = match &statement.action {
                // Of both worlds, labels and questions are the script's.
                Action::Label(_) | Action::Ask(..) if world > 0 => continue,
                Action::Label(name) => Mark { line, ..mark(at, MarkKind::Label, world, name) },
                Action::Ask(question) => {
                    Mark { line, note: Some(question.answer.clone()), ..mark(at, MarkKind::Ask, world, &question.text) }
                }
                Action::Expect(_) => {
                    let (held, note) = match &done.outcome {
                        Outcome::Done | Outcome::Skipped => (None, None),
                        Outcome::Held | Outcome::HeldUnexpectedly => (Some(true), None),
                        Outcome::Failed { seen } | Outcome::FailedBeforeFix { seen } => (Some(false), Some(seen.clone())),
                        Outcome::Error { text } => (Some(false), Some(text.clone())),
                    };
                    let as_declared = done.outcome.is_as_declared();
                    Mark { line, held, note, as_declared, ..mark(at, MarkKind::Expect, world, &statement.action.to_string()) }
                }
                _ => continue,
            };
            self.marks.push(new);
        }
    }
}

fn mark(at: usize, kind: MarkKind, world: usize, text: &str) -> Mark {
    Mark { at, kind, world, text: text.to_owned(), line: None, held: None, as_declared: true, note: None }
}
