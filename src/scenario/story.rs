//! A run told in sentences: what each statement does and why, world by world.

use super::ast::Action;
use super::run::{Outcome, Run, WorldRun};
use dm_cache_engine::event::Event;
use std::fmt::Write;

/// Sentences shown for one statement in one world, at most.
const SENTENCES_MAX: usize = 60;

fn sentences(world: &WorldRun, statement: usize) -> Vec<String> {
    let Some(mark) = world.marks.get(statement) else { return Vec::new() };
    let steps = world.timeline.steps().get(mark.first_step..mark.end_step).unwrap_or(&[]);
    let mut out: Vec<String> = steps
        .iter()
        // What a command printed and its exit code follow.
        .filter(|s| s.kind != crate::timeline::StepKind::CommandEnd)
        .map(|s| s.sentence.clone())
        .collect();
    if out.len() > SENTENCES_MAX {
        let more = out.len() - SENTENCES_MAX;
        out.truncate(SENTENCES_MAX);
        out.push(format!("… and {more} more steps."));
    }
    out
}

/// What is said of an outcome, if anything is.
#[must_use]
pub fn verdict(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done | Outcome::Skipped => None,
        Outcome::Held => Some("holds".into()),
        Outcome::Failed { seen } => Some(format!("FAILS: {}", seen.trim_end())),
        Outcome::FailedBeforeFix { seen } => Some(format!("fails, as it did before the fix: {}", seen.trim_end())),
        Outcome::HeldUnexpectedly => Some("HOLDS, but must not without sharing".into()),
        Outcome::Error { text } => Some(format!("ERROR: {}", text.trim_end())),
    }
}

const fn name(world: &WorldRun) -> &'static str {
    if world.sharing { "sharing on " } else { "sharing off" }
}

/// One line or several for every world; a single one where all say the same.
fn together(out: &mut String, worlds: &[WorldRun], say: impl Fn(&WorldRun) -> Vec<String>) {
    let all: Vec<Vec<String>> = worlds.iter().map(&say).collect();
    let alike = all.windows(2).all(|w| w[0] == w[1]);
    for (world, lines) in worlds.iter().zip(&all).take(if alike { 1 } else { usize::MAX }) {
        for line in lines {
            let head = if alike { String::new() } else { format!("{}  ", name(world)) };
            for text in line.lines() {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "      {head}{text}");
            }
        }
    }
}

impl Run {
    /// The whole story: title, captions, statements, what each step did, and how the expectations went.
    #[must_use]
    pub fn story(&self) -> String {
        let mut out = format!("{}\n{}\n", self.script.title, "=".repeat(self.script.title.chars().count()));
        for line in &self.script.intro {
            let _ = writeln!(out, "{line}");
        }
        let divergence = self.divergence();
        for (number, statement) in self.script.body.iter().enumerate().take(self.done()) {
            if !statement.caption.is_empty() {
                let _ = writeln!(out, "\n  {}", statement.caption.join("\n  "));
            }
            let _ = writeln!(out, "{:>4}  {}", statement.line, statement.action);
            let shown = &statement.action;
            together(&mut out, &self.worlds, |w| {
                let mut said = sentences(w, number);
                let rest: Vec<String> =
                    w.why_dirty_at(number, shown).into_iter().filter(|why| !said.iter().any(|s| s.contains(why))).collect();
                said.extend(rest.into_iter().map(|why| format!("{why}.")));
                said
            });
            if shown.is_done_by_the_machine() {
                together(&mut out, &self.worlds, |w| w.output_of(number));
            }
            together(&mut out, &self.worlds, |w| w.marks.get(number).and_then(|m| verdict(&m.outcome)).into_iter().collect());
            if divergence.is_some_and(|d| d.statement == number) {
                let _ = writeln!(out, "      ── from here on the two worlds differ ──");
            }
        }
        out
    }
}

impl WorldRun {
    /// Why blocks stay dirty where somebody waits or asks for a status: what a machine that rests can be asked for.
    #[must_use]
    pub fn why_dirty_at(&self, statement: usize, action: &Action) -> Vec<String> {
        let asks = match action {
            Action::Wait(_) | Action::Settle => true,
            Action::Command(line) => line.text().trim_start_matches("sudo ").starts_with("dmsetup status"),
            _ => false,
        };
        let step = self.marks.get(statement).and_then(|mark| mark.end_step.checked_sub(1));
        step.filter(|_| asks).map(|step| self.timeline.view_at(step).why_dirty()).unwrap_or_default()
    }

    /// What the command of a statement printed, and the log lines it caused, as lines.
    #[must_use]
    pub fn output_of(&self, statement: usize) -> Vec<String> {
        let Some(mark) = self.marks.get(statement) else { return Vec::new() };
        let (mut out, mut log) = (Vec::new(), Vec::new());
        for event in self.timeline.events_in(mark.first_step..mark.end_step) {
            match event {
                Event::CommandEnd { rc, output } => {
                    out.extend(output.lines().map(str::to_owned));
                    out.extend((*rc != 0).then(|| format!("exit code {rc}")));
                }
                Event::Klog { line } => log.push(format!("kernel: {line}")),
                _ => {}
            }
        }
        out.append(&mut log);
        out
    }
}
