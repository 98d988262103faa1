//! The scrubber's track: positions shared by all runs on show, and the marks along it.

use super::run::Run;
use super::run::Source;
use crate::scenario::ast::Action;
use crate::timeline::{StepKind, Timeline, track};
use std::rc::Rc;

/// What stands at a position of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    Command,
    Commit,
    Divergence,
    /// Promised data are lost from here on.
    Lost,
    Held,
    /// An expectation that does not hold.
    Failed,
    /// A command that could not be done.
    Undone,
    /// A `label` of the script.
    Label,
    /// A question that pauses playback.
    Ask,
}

impl MarkKind {
    /// Something did not go as the script says.
    pub(super) const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Undone)
    }
}

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) kind: MarkKind,
    pub(super) text: String,
    /// Which of the runs it belongs to.
    pub(super) run: usize,
}

/// Positions from the first to the last, each with the step that every run is at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Track {
    /// Step of each run, by position.
    pub(super) steps: Vec<Vec<usize>>,
    pub(super) marks: Vec<Mark>,
    /// Positions at which a clean buffer differs from its disk, or two runs differ.
    pub(super) apart: Option<(usize, usize)>,
}

impl Track {
    pub(super) fn new(runs: &[Rc<Run>], source: Option<&Source>) -> Self {
        let timelines: Vec<&Timeline> = runs.iter().map(|r| &r.timeline).collect();
        let steps = track::merged(&timelines);
        let mut track = Self { steps, marks: Vec::new(), apart: None };
        for (n, run) in runs.iter().enumerate() {
            track.mark_run(n, run);
        }
        for statement in source.iter().flat_map(|s| &s.script.body) {
            let (kind, text) = match &statement.action {
                Action::Label(name) => (MarkKind::Label, name),
                Action::Ask(question) => (MarkKind::Ask, &question.text),
                _ => continue,
            };
            let step = runs.first().and_then(|r| r.lines.iter().find(|l| l.line == statement.line)).map(|l| l.step);
            track.marks.extend(step.map(|step| Mark { at: track.position(step, 0), kind, text: text.clone(), run: 0 }));
        }
        track.apart =
            if let [one, two] = runs { track.first_difference(one, two) } else { runs.first().and_then(|r| track::staleness(&r.timeline)) };
        if let Some((from, _)) = track.apart {
            let text = if runs.len() > 1 { "first divergence" } else { "a buffer turns stale" };
            track.marks.push(Mark { at: from, kind: MarkKind::Divergence, text: text.into(), run: 0 });
        }
        track.marks.sort_by_key(|m| m.at);
        track
    }

    /// The last position.
    pub(super) fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// The step that a run is at.
    pub(super) fn step(&self, at: usize, run: usize) -> usize {
        self.steps.get(at).and_then(|s| s.get(run)).copied().unwrap_or(0)
    }

    /// The position at which a run is at `step`.
    pub(super) fn position(&self, step: usize, run: usize) -> usize {
        self.steps.partition_point(|s| s.get(run).is_some_and(|s| *s < step)).min(self.last())
    }

    /// The next failure after `at`, of an expectation or a command, else the first one.
    pub(super) fn next_failure(&self, at: usize) -> Option<usize> {
        let mut marks = self.marks.iter().filter(|m| m.kind.is_failure()).map(|m| m.at);
        marks.clone().find(|m| *m > at).or_else(|| marks.next())
    }

    fn mark_run(&mut self, n: usize, run: &Run) {
        let mut commits = 0;
        for (step, s) in run.timeline.steps().iter().enumerate() {
            let (kind, text) = match s.kind {
                StepKind::Command => (MarkKind::Command, s.sentence.trim_start_matches("# ").to_owned()),
                StepKind::Commit => {
                    commits += 1;
                    (MarkKind::Commit, format!("commit {commits}"))
                }
                _ => continue,
            };
            let at = self.position(step, n);
            self.marks.push(Mark { at, kind, text, run: n });
        }
        if let Some(step) = track::first_loss(&run.timeline) {
            self.marks.push(Mark { at: self.position(step, n), kind: MarkKind::Lost, text: "data lost".into(), run: n });
        }
        for line in &run.lines {
            if let Some(held) = line.held {
                let kind = match (held, line.asked) {
                    (true, _) => MarkKind::Held,
                    (false, true) => MarkKind::Failed,
                    (false, false) => MarkKind::Undone,
                };
                let at = self.position(line.step, n);
                self.marks.push(Mark { at, kind, text: format!("line {}", line.line), run: n });
            }
        }
    }

    fn first_difference(&self, one: &Run, two: &Run) -> Option<(usize, usize)> {
        if let Some(step) = one.parts_at {
            return Some((self.position(step, 0), self.last()));
        }
        let sentence = |t: &Timeline, step: usize| t.steps().get(step).map(|s| s.sentence.clone());
        let from =
            (0..self.steps.len()).find(|at| sentence(&one.timeline, self.step(*at, 0)) != sentence(&two.timeline, self.step(*at, 1)))?;
        Some((from, self.last()))
    }
}
