//! A run as plain data: what `dmlab run --json` prints and other pages may read.

use super::ast::{Script, Statement};
use super::run::{Divergence, Mark, Run, WorldRun};
use crate::timeline::picture::Picture;
use crate::timeline::{StepKind, Timeline};
use serde::{Serialize, Serializer};

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
    pub steps: Steps<'r>,
}

/// The steps of a world; each is made when it is written, since together they may be large.
#[derive(Debug)]
pub struct Steps<'r>(&'r Timeline);

/// Blocks, buffers, mappings and targets that the pictures of one world hold together; a step that comes later has none.
const PICTURED_MAX: usize = 1 << 22;
/// Acknowledged pages that count as one of these: they are looked at for what is lost, and not listed.
const PAGES_AS_ONE: usize = 8;

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (mut walk, mut pictured) = (self.0.walk(), 0);
        to.collect_seq(self.0.steps().iter().enumerate().map(|(number, step)| {
            let view = walk.to(number);
            let picture = (pictured < PICTURED_MAX).then(|| view.picture());
            pictured += picture.as_ref().map_or(0, |p| p.size() + view.acknowledged.len() / PAGES_AS_ONE);
            StepReport { step: number, kind: step.kind, sentence: &step.sentence, command: step.command, now_ns: view.now_ns, picture }
        }))
    }
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
pub struct StepReport<'r> {
    /// Number, from 0.
    pub step: usize,
    /// What kind of change.
    pub kind: StepKind,
    /// What changed.
    pub sentence: &'r str,
    /// The command it belongs to, from 0.
    pub command: Option<usize>,
    /// Virtual time.
    pub now_ns: u64,
    /// Everything visible; not there behind the steps whose pictures hold 2^22 blocks, buffers and mappings together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

fn statement<'r>(statement: &Statement, mark: &'r Mark) -> StatementReport<'r> {
    StatementReport { line: statement.line, text: statement.action.to_string(), mark }
}

fn world<'r>(script: &Script, world: &'r WorldRun) -> WorldReport<'r> {
    WorldReport {
        sharing: world.sharing,
        digest: world.timeline.digest(),
        statements: script.body.iter().zip(&world.marks).map(|(s, m)| statement(s, m)).collect(),
        steps: Steps(&world.timeline),
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
