//! The scrubber's track: positions shared by all runs on show, and the marks along it.

use super::run::Run;
use super::run::Source;
use crate::event::Event;
use crate::scenario::ast::Action;
use crate::timeline::{StepKind, Timeline, View};
use std::rc::Rc;

/// What stands at a position of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    Command,
    Commit,
    Divergence,
    Held,
    Failed,
    /// A `label` of the script.
    Label,
    /// A question that pauses playback.
    Ask,
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
        let steps = merged(runs);
        let mut track = Self { steps, marks: Vec::new(), apart: None };
        for (n, run) in runs.iter().enumerate() {
            track.mark_run(n, run);
        }
        for statement in source.iter().flat_map(|s| &s.script.body) {
            let (kind, text) = match &statement.action {
                Action::Label(name) => (MarkKind::Label, name),
                Action::Ask(question, _) => (MarkKind::Ask, question),
                _ => continue,
            };
            let step = runs.first().and_then(|r| r.lines.iter().find(|l| l.line == statement.line)).map(|l| l.step);
            track.marks.extend(step.map(|step| Mark { at: track.position(step, 0), kind, text: text.clone(), run: 0 }));
        }
        track.apart = if let [one, two] = runs { track.first_difference(one, two) } else { runs.first().and_then(|r| staleness(r)) };
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

    /// The next mark of a kind after `at`, else the first one.
    pub(super) fn next(&self, at: usize, kind: MarkKind) -> Option<usize> {
        let mut marks = self.marks.iter().filter(|m| m.kind == kind).map(|m| m.at);
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
        for line in &run.lines {
            if let Some(held) = line.held {
                let kind = if held { MarkKind::Held } else { MarkKind::Failed };
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

/// Two runs of one script on one clock: each command starts at the same position in both.
fn merged(runs: &[Rc<Run>]) -> Vec<Vec<usize>> {
    match runs {
        [] => Vec::new(),
        [one] => (0..one.timeline.steps().len()).map(|s| vec![s]).collect(),
        runs => {
            let commands: Vec<Vec<(usize, usize)>> = runs.iter().map(|r| spans(&r.timeline)).collect();
            let count = commands.iter().map(Vec::len).max().unwrap_or(0);
            let mut out = Vec::new();
            for c in 0..count {
                let span = |r: &Vec<(usize, usize)>| r.get(c).or(r.last()).copied().unwrap_or((0, 0));
                let longest = commands.iter().map(|r| span(r).1 - span(r).0).max().unwrap_or(0);
                for i in 0..=longest {
                    out.push(commands.iter().map(|r| (span(r).0 + i).min(span(r).1)).collect());
                }
            }
            out
        }
    }
}

/// First and last step of each command.
fn spans(timeline: &Timeline) -> Vec<(usize, usize)> {
    let mut spans: Vec<(Option<usize>, usize, usize)> = Vec::new();
    for (n, step) in timeline.steps().iter().enumerate() {
        match spans.last_mut() {
            Some((command, _, last)) if *command == step.command => *last = n,
            _ => spans.push((step.command, n, n)),
        }
    }
    spans.into_iter().map(|(_, first, last)| (first, last)).collect()
}

/// From the first step at which a buffer is stale to the last, in a run short enough to look at every step.
/// One pass over the events; buffers are compared only where one of them or a disk has changed.
fn staleness(run: &Run) -> Option<(usize, usize)> {
    const STEPS_MAX: usize = 4_000;
    let mut view = View::default();
    let mut stale = false;
    let mut span: Option<(usize, usize)> = None;
    for step in 0..run.timeline.steps().len().min(STEPS_MAX) {
        let events = run.timeline.events_of(step);
        for event in events {
            view.apply(event);
        }
        if events.iter().any(moves_bytes) {
            stale = view.objects.keys().any(|object| !view.stale_blocks(*object).is_empty());
        }
        if stale {
            span = Some((span.map_or(step, |(from, _)| from), step));
        }
    }
    span
}

/// Whether an event can make a buffer equal or unequal to its disk.
fn moves_bytes(event: &Event) -> bool {
    matches!(
        event,
        Event::DiskWrite { .. }
            | Event::PowerCut { .. }
            | Event::ClientClosed { .. }
            | Event::BufferRead { .. }
            | Event::BufferNew { .. }
            | Event::BufferDirtied { .. }
            | Event::BufferWritten { .. }
            | Event::BufferDropped { .. }
            | Event::ObjectDestroyed { .. }
            | Event::ObjectRebuilt { .. }
            | Event::SlotChanged { .. }
    )
}
