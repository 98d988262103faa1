//! Runs of a script: what the page has to show, computed before playback starts.

use crate::kernel::Kernel;
use crate::scenario::Script;
use crate::scenario::ast::Sharing;
use crate::scenario::run::{Options, Outcome};
use crate::timeline::Timeline;
use std::rc::Rc;

/// How one statement of the script ended in one world.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    /// Line in the script text, counted from 1.
    pub(super) line: usize,
    /// The last step of the timeline that belongs to it.
    pub(super) step: usize,
    /// Of an expectation: whether it held.
    pub(super) held: Option<bool>,
    /// Where it did not: what was seen. Of another statement: why it could not be done.
    pub(super) seen: String,
}

/// A script, run to its end in one world.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) sharing: bool,
    pub(super) timeline: Timeline,
    pub(super) lines: Vec<Line>,
}

/// A script that could be read, with its text.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    pub(super) script: Script,
}

/// Reads a script.
pub(super) fn read(name: &str, text: &str) -> Result<Rc<Source>, String> {
    match crate::scenario::parse(name, text) {
        Ok(script) => Ok(Rc::new(Source { text: text.to_owned(), script })),
        Err(error) => Err(error.render()),
    }
}

/// Runs it to its end: in one world, or in two with the one without sharing first.
pub(super) fn run(source: &Source, kernel: Kernel, sharing: Sharing) -> Vec<Rc<Run>> {
    let options = Options { sharing: Some(sharing), kernel: Some(kernel), seed: None };
    let mut run = crate::scenario::run::Run::new(source.script.clone(), options);
    run.finish();
    let worlds = run.worlds.into_iter().map(|world| {
        let marks = source.script.body.iter().zip(&world.marks);
        let lines = marks.map(|(statement, mark)| {
            let (held, seen) = match &mark.outcome {
                Outcome::Done | Outcome::Skipped => (None, String::new()),
                Outcome::Held | Outcome::HeldUnexpectedly => (Some(true), String::new()),
                Outcome::Failed { seen } | Outcome::FailedBeforeFix { seen } => (Some(false), seen.clone()),
                Outcome::Error { text } => (Some(false), text.clone()),
            };
            Line { line: statement.line, step: mark.end_step.saturating_sub(1), held, seen }
        });
        let lines = lines.collect();
        Rc::new(Run { sharing: world.sharing, timeline: world.timeline, lines })
    });
    worlds.collect()
}
