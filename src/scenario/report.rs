//! A run as plain data: what `dmlab run --json` prints and other pages may read.

use super::ast::{Script, Statement};
use super::run::{Divergence, Mark, Run, WorldRun};
use crate::timeline::StepKind;
use crate::timeline::picture::Picture;
use serde::Serialize;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct RunReport<'r> {
    /// Title of the script.
    pub title: &'r str,
    /// Kernel profile.
    pub kernel: &'static str,
    /// Whether every statement went as the scenario declares.
    pub as_declared: bool,
    /// A limit was reached and the rest did not run.
    pub stopped: bool,
    /// Where two worlds part first.
    pub divergence: Option<Divergence>,
    /// One world, or two (off first).
    pub worlds: Vec<WorldReport<'r>>,
}

/// One world.
#[derive(Debug, Serialize)]
pub struct WorldReport<'r> {
    /// With the fix.
    pub sharing: bool,
    /// Digest over every event, block bytes included.
    pub digest: String,
    /// Statements, as far as they came.
    pub statements: Vec<StatementReport<'r>>,
    /// Stops of the scrubber, each with its picture.
    pub steps: Vec<StepReport>,
}

/// One statement.
#[derive(Debug, Serialize)]
pub struct StatementReport<'r> {
    /// Line in the script, from 1.
    pub line: usize,
    /// As the script writes it, names filled in.
    pub text: String,
    /// Steps and outcome.
    #[serde(flatten)]
    pub mark: &'r Mark,
}

/// One step.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// Number, from 0.
    pub step: usize,
    /// What kind of change.
    pub kind: StepKind,
    /// What changed.
    pub sentence: String,
    /// The command it belongs to, from 0.
    pub command: Option<usize>,
    /// Virtual time.
    pub now_ns: u64,
    /// Everything visible.
    pub picture: Picture,
}

fn statement<'r>(statement: &Statement, mark: &'r Mark) -> StatementReport<'r> {
    StatementReport { line: statement.line, text: statement.action.to_string(), mark }
}

fn world<'r>(script: &Script, world: &'r WorldRun) -> WorldReport<'r> {
    let steps = world.timeline.steps().iter().enumerate().map(|(number, step)| {
        let view = world.timeline.view_at(number);
        StepReport {
            step: number,
            kind: step.kind,
            sentence: step.sentence.clone(),
            command: step.command,
            now_ns: view.now_ns,
            picture: view.picture(),
        }
    });
    WorldReport {
        sharing: world.sharing,
        digest: world.timeline.digest(),
        statements: script.body.iter().zip(&world.marks).map(|(s, m)| statement(s, m)).collect(),
        steps: steps.collect(),
    }
}

impl Run {
    /// The run as plain data, with the picture of every step.
    #[must_use]
    pub fn report(&self) -> RunReport<'_> {
        RunReport {
            title: &self.script.title,
            kernel: self.kernel().name(),
            as_declared: self.is_as_declared(),
            stopped: self.stopped,
            divergence: self.divergence(),
            worlds: self.worlds.iter().map(|w| world(&self.script, w)).collect(),
        }
    }
}
