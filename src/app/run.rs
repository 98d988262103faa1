//! Runs of a script: what the page has to show, computed before playback starts.

use crate::scenario::Script;
use crate::scenario::ast::{Action, Sharing, Statement};
use crate::scenario::run::{self as scenario, Options, Outcome};
use crate::timeline::Timeline;
use dm_cache_engine::event::CacheId;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::policy::Policy;
use std::rc::Rc;

/// How one statement of the script ended in one world.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    /// Line in the script text, counted from 1.
    pub(super) line: usize,
    /// It is an expectation.
    pub(super) asked: bool,
    /// The first step of the timeline that belongs to it; behind `step` where it made none.
    pub(super) first: usize,
    /// The last step of the timeline that belongs to it, or the one that it was asked at.
    pub(super) step: usize,
    /// Of an expectation: whether it held. Of another statement: false where it could not be done.
    pub(super) held: Option<bool>,
    /// It ended as the scenario declares: an expectation that must fail without sharing, and does, is as declared.
    pub(super) as_declared: bool,
    /// Where it did not hold: what was seen instead, or why the statement could not be done.
    pub(super) seen: String,
}

/// A script, run to its end in one world.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) sharing: bool,
    pub(super) timeline: Timeline,
    pub(super) lines: Vec<Line>,
    /// The first step at which this world and the other differ.
    pub(super) parts_at: Option<usize>,
    /// The policy of every cache target after each statement.
    pub(super) policies: Vec<Vec<(CacheId, Policy)>>,
    pub(super) ended: Ended,
}

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The script's end.
    Whole,
    /// A limit.
    AtLimit,
    /// Whoever looks on.
    ByHand,
}

/// A run, told from another by where it lies.
#[derive(Debug, Clone)]
pub(super) struct Ran(pub(super) Rc<Run>);

impl PartialEq for Ran {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A script that could be read, with its text.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    pub(super) script: Script,
}

/// Why a script cannot be read, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// Line, counted from 1.
    pub(super) line: usize,
    /// Column in characters, counted from 1.
    pub(super) column: usize,
    pub(super) message: String,
    /// What was expected there.
    pub(super) expected: String,
    /// How to go on.
    pub(super) help: Option<String>,
}

/// Reads a script.
pub(super) fn read(name: &str, text: &str) -> Result<Rc<Source>, Problem> {
    match crate::scenario::parse(name, text) {
        Ok(script) => Ok(Rc::new(Source { text: text.to_owned(), script })),
        Err(e) => Err(Problem { line: e.line, column: e.column, message: e.message, expected: e.label, help: e.help }),
    }
}

/// The policy of every cache target of a world.
type Policies = Vec<(CacheId, Policy)>;

/// A script being run, in one world or in two with the one without sharing first.
#[derive(Debug, Clone)]
pub(super) struct Running {
    source: Rc<Source>,
    run: scenario::Run,
    /// By world, after each statement.
    policies: Vec<Vec<Policies>>,
}

impl Running {
    /// The worlds are there; nothing has run.
    pub(super) fn new(source: &Rc<Source>, kernel: Kernel, sharing: Sharing, seed: Option<u64>) -> Self {
        let options = Options { sharing: Some(sharing), kernel: Some(kernel), seed };
        let run = scenario::Run::new(source.script.clone(), options);
        let policies = vec![Vec::new(); run.worlds.len()];
        Self { source: Rc::clone(source), run, policies }
    }

    /// Statements done, of so many.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.run.done(), self.source.script.body.len())
    }

    /// Runs statement after statement while there is one and `go_on` says so, which is asked within long ones, too. True at the end of
    /// the script.
    pub(super) fn advance_while(&mut self, go_on: impl Fn() -> bool) -> bool {
        while go_on() {
            let done = self.run.done();
            if !self.run.advance_while(&go_on) {
                return true;
            }
            if self.run.done() == done {
                continue;
            }
            for (kept, world) in self.policies.iter_mut().zip(&self.run.worlds) {
                kept.push(world.world.caches().map(|(id, cache)| (id, cache.policy().clone())).collect());
            }
        }
        false
    }

    /// What there is to show of what has run.
    pub(super) fn end(self) -> Vec<Rc<Run>> {
        let Self { source, run, policies } = self;
        let divergence = run.divergence();
        let ended = match (run.stopped, run.done() < source.script.body.len()) {
            (true, _) => Ended::AtLimit,
            (false, true) => Ended::ByHand,
            (false, false) => Ended::Whole,
        };
        let worlds = run.worlds.into_iter().zip(policies).enumerate().map(|(n, (world, policies))| {
            let lines = source.script.body.iter().zip(&world.marks).map(|(statement, mark)| line(statement, mark)).collect();
            let parts_at = divergence.and_then(|d| d.steps.get(n).copied());
            Rc::new(Run { sharing: world.sharing, timeline: world.timeline, lines, parts_at, policies, ended })
        });
        worlds.collect()
    }
}

fn line(statement: &Statement, mark: &scenario::Mark) -> Line {
    let (held, seen) = match &mark.outcome {
        Outcome::Done | Outcome::Skipped => (None, String::new()),
        Outcome::Held | Outcome::HeldUnexpectedly => (Some(true), String::new()),
        Outcome::Failed { seen } | Outcome::FailedBeforeFix { seen } => (Some(false), seen.clone()),
        Outcome::Error { text } => (Some(false), text.clone()),
    };
    Line {
        line: statement.line,
        asked: matches!(statement.action, Action::Expect(_)),
        first: mark.first_step,
        step: mark.end_step.saturating_sub(1),
        held,
        as_declared: mark.outcome.is_as_declared(),
        seen,
    }
}
