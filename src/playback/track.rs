//! The marks along a run: what a scrubber shows, and where playback may pause.

use crate::scenario::ast::Action;
use crate::scenario::run::{Outcome, Run};
use crate::timeline::causes::CauseKind;
use crate::timeline::{StepKind, Timeline, causes, track};
use serde::Serialize;

/// What stands at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// A command was typed.
    Command,
    /// A transaction was committed.
    Commit,
    /// The worlds part.
    Divergence,
    /// What leads to a loss: an object copies its roots, the disk moves on, tables swap, an old root is written back; power fails.
    Cause,
    /// Promised data are lost from here on.
    Lost,
    /// An expectation.
    Expect,
    /// A command that could not be done.
    Undone,
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
    /// The command, the label, the question, the expectation as written; of a commit what it says; of a cause its name.
    pub text: String,
    /// Line of the script, counted from 1, where the mark is a line of it.
    pub line: Option<usize>,
    /// Of an expectation: whether it held; none if it is not asked in this world. False of what could not be done.
    pub held: Option<bool>,
    /// Of an expectation: whether that is what the scenario declares.
    pub as_declared: bool,
    /// What was seen instead; why it could not be done; an answer; of a cause, the sentence of its step.
    pub note: Option<String>,
    /// Of a cause: which.
    #[serde(skip)]
    pub cause: Option<CauseKind>,
}

impl Mark {
    /// Something did not go as the script says.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.held == Some(false)
    }
}

/// Positions from the first to the last, each with the step that every world is at, and the marks along them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    /// Step of each world, by position.
    steps: Vec<Vec<usize>>,
    /// The marks, in order.
    pub marks: Vec<Mark>,
    /// From where to where two worlds differ, or an object does not know its disk's roots.
    pub apart: Option<(usize, usize)>,
}

impl Track {
    /// No position but the first, which no world has.
    pub const EMPTY: Self = Self { steps: Vec::new(), marks: Vec::new(), apart: None };

    pub(super) fn new(run: &Run) -> Self {
        let timelines: Vec<&Timeline> = run.worlds.iter().map(|w| &w.timeline).collect();
        let mut track = Self { steps: track::merged(&timelines), ..Self::default() };
        for world in 0..run.worlds.len() {
            track.mark_steps(run, world);
            track.mark_causes(run, world);
            track.mark_statements(run, world);
        }
        track.apart = match timelines.as_slice() {
            [one] => one.apart(),
            _ => run.divergence().map(|d| (track.position(d.steps[0], 0), track.last())),
        };
        if let Some((at, _)) = track.apart.filter(|_| timelines.len() > 1) {
            // It is a cause itself, and the first.
            track.marks.retain(|mark| mark.kind != MarkKind::Cause || mark.at != at);
            track.marks.push(mark(at, MarkKind::Divergence, 0, causes::PART));
        }
        track.marks.sort_by_key(|mark| mark.at);
        track
    }

    /// The last position.
    #[must_use]
    pub fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// The step that a world is at.
    #[must_use]
    pub fn step(&self, at: usize, world: usize) -> usize {
        self.steps.get(at).and_then(|s| s.get(world)).copied().unwrap_or(0)
    }

    /// The first position at which a world is at `step`.
    #[must_use]
    pub fn position(&self, step: usize, world: usize) -> usize {
        self.steps.partition_point(|s| s.get(world).is_some_and(|s| *s < step)).min(self.last())
    }

    /// The next failure after `at`, of an expectation or a command, else the first one.
    #[must_use]
    pub fn next_failure(&self, at: usize) -> Option<usize> {
        let mut marks = self.marks.iter().filter(|m| m.is_failure()).map(|m| m.at);
        marks.clone().find(|m| *m > at).or_else(|| marks.next())
    }

    fn mark_steps(&mut self, run: &Run, world: usize) {
        let Some(timeline) = run.worlds.get(world).map(|w| &w.timeline) else { return };
        for (step, text) in timeline.commands() {
            self.marks.push(mark(self.position(step, world), MarkKind::Command, world, text));
        }
        for (step, s) in timeline.steps().iter().enumerate().filter(|(_, s)| s.kind == StepKind::Commit) {
            self.marks.push(mark(self.position(step, world), MarkKind::Commit, world, &s.sentence));
        }
    }

    fn mark_causes(&mut self, run: &Run, world: usize) {
        let Some(timeline) = run.worlds.get(world).map(|w| &w.timeline) else { return };
        for cause in timeline.causes() {
            let at = self.position(cause.step, world);
            self.marks.push(Mark {
                note: Some(cause.sentence),
                cause: Some(cause.kind),
                ..mark(at, MarkKind::Cause, world, cause.kind.name())
            });
        }
        if let Some(step) = track::first_loss(timeline) {
            self.marks.push(mark(self.position(step, world), MarkKind::Lost, world, "data lost"));
        }
    }

    fn mark_statements(&mut self, run: &Run, world: usize) {
        let Some(marks) = run.worlds.get(world).map(|w| &w.marks) else { return };
        for (statement, done) in run.script.body.iter().zip(marks) {
            let at = self.position(done.end_step.saturating_sub(1), world);
            let line = Some(statement.line);
            let new = match &statement.action {
                // Labels and questions belong to the script, so one world's are enough.
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
                action => match &done.outcome {
                    Outcome::Error { text } => {
                        let note = Some(text.clone());
                        Mark { line, held: Some(false), note, as_declared: false, ..mark(at, MarkKind::Undone, world, &action.to_string()) }
                    }
                    _ => continue,
                },
            };
            self.marks.push(new);
        }
    }
}

fn mark(at: usize, kind: MarkKind, world: usize, text: &str) -> Mark {
    Mark { at, kind, world, text: text.to_owned(), line: None, held: None, as_declared: true, note: None, cause: None }
}
