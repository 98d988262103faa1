//! `dmlab run`

use super::interrupt;
use super::scenario::{self, Header, WRONG, Wrong};
use crate::scenario::run::{Outcome, Run};
use crate::scenario::story::verdict;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

/// Run scenarios and report whether each went as declared.
///
/// Exits 0 if every expectation held (and every `expect fixed` failed without the fix), 1 if not, 2 if a script has an
/// error, 130 if it was interrupted.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Script files, names of library scenarios, or - for standard input.
    #[arg(required = true)]
    scenarios: Vec<String>,
    #[command(flatten)]
    header: Header,
    /// Print one line of JSON per scenario: every step, with everything a picture shows.
    #[arg(long, conflicts_with = "transcript")]
    json: bool,
    /// Print the transcript, in the same form as the recordings of real kernels.
    #[arg(long)]
    transcript: bool,
    /// Print only what did not go as declared.
    #[arg(short, long)]
    quiet: bool,
}

/// Statements from which on a progress bar is worth its place.
const LONG: usize = 100;

fn finish(run: &mut Run) {
    let total = run.script.body.len();
    let bar = if total >= LONG { ProgressBar::new(total as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} statements") {
        bar.set_style(style);
    }
    run.cancel_by(interrupt::flag());
    while run.advance() {
        bar.inc(1);
    }
    bar.finish_and_clear();
}

fn mark(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => " ",
        Outcome::Skipped => "·",
        Outcome::Held => "✓",
        Outcome::FailedBeforeFix { .. } => "✗",
        Outcome::Failed { .. } | Outcome::HeldUnexpectedly | Outcome::Error { .. } => "!",
    }
}

fn human(out: &mut impl Write, name: &str, run: &Run, quiet: bool) -> std::io::Result<()> {
    let sides: Vec<&str> = run.worlds.iter().map(|w| if w.sharing { "on" } else { "off" }).collect();
    if !quiet {
        writeln!(out, "{name}: {}\nsharing {}, kernel {}", run.script.title, sides.join(" | "), run.kernel().name())?;
    }
    for (number, statement) in run.script.body.iter().enumerate().take(run.done()) {
        let outcomes: Vec<&Outcome> = run.worlds.iter().filter_map(|w| w.marks.get(number)).map(|m| &m.outcome).collect();
        let bad = outcomes.iter().any(|o| !o.is_as_declared());
        if quiet && !bad {
            continue;
        }
        let marks: Vec<&str> = outcomes.iter().map(|o| mark(o)).collect();
        writeln!(out, "{:>4} {} {}", statement.line, marks.join(" "), statement.action)?;
        for (world, outcome) in run.worlds.iter().zip(&outcomes) {
            if matches!(outcome, Outcome::Held) {
                continue;
            }
            if let Some(text) = verdict(outcome) {
                let head = if run.worlds.len() > 1 { if world.sharing { "on: " } else { "off: " } } else { "" };
                writeln!(out, "         {head}{}", text.replace('\n', "\n         "))?;
            }
        }
    }
    if let Some(limit) = run.why_stopped() {
        writeln!(out, "stopped: {limit}")?;
    }
    if let (Some(d), false) = (run.divergence(), quiet)
        && let Some(statement) = run.script.body.get(d.statement)
    {
        writeln!(out, "the worlds part at line {}: {}", statement.line, statement.action)?;
    }
    if run.script.body.is_empty() && !quiet {
        writeln!(out, "nothing to do: the script has no statement")?;
    }
    match run.is_as_declared() {
        true if quiet => Ok(()),
        true => writeln!(out, "{name}: as declared"),
        false => writeln!(out, "{name}: NOT as declared"),
    }
}

/// A line of `--json`.
#[derive(serde::Serialize)]
struct Document<'r, T> {
    /// As it was named on the command line.
    scenario: &'r str,
    /// Of every random choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(flatten)]
    what: T,
}

/// What a script that is wrong has instead of a report.
#[derive(serde::Serialize)]
struct Refused<'w> {
    error: &'w Wrong,
}

fn document<T: serde::Serialize>(out: &mut impl Write, scenario: &str, seed: Option<u64>, what: T) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, &Document { scenario, seed, what }).map_err(std::io::Error::from)?;
    writeln!(out)
}

/// One scenario: whether it went as declared, none if its script is wrong; and what came of printing that.
fn one(out: &mut impl Write, name: &str, args: &Args) -> (Option<bool>, std::io::Result<()>) {
    let script = match scenario::read(name) {
        Ok(script) => script,
        Err(wrong) => {
            super::say(&wrong.shown);
            return (None, if args.json { document(out, name, None, Refused { error: &wrong }) } else { Ok(()) });
        }
    };
    let mut run = Run::new(script, args.header.options());
    finish(&mut run);
    (Some(run.is_as_declared()), show(out, name, &run, args))
}

fn show(out: &mut impl Write, name: &str, run: &Run, args: &Args) -> std::io::Result<()> {
    if !args.json && !args.transcript {
        return human(out, name, run, args.quiet);
    }
    if args.json {
        document(out, name, Some(run.script.seed), run.report())?;
    } else {
        for (n, world) in run.worlds.iter().enumerate() {
            if run.worlds.len() > 1 {
                writeln!(out, "######## sharing {}", if world.sharing { "on" } else { "off" })?;
            }
            write!(out, "{}", run.transcript(n))?;
        }
        out.flush()?;
        say_why_dirty(name, run);
    }
    // The transcript is compared with those of real machines: what it cannot tell goes to standard error.
    out.flush()?;
    scenario::say_if_stopped(name, run);
    Ok(())
}

/// What a transcript, which has only what a real machine prints, cannot say: why blocks stay dirty where the script waits or asks for a status.
fn say_why_dirty(name: &str, run: &Run) {
    for world in &run.worlds {
        let whose = if run.worlds.len() == 1 {
            ""
        } else if world.sharing {
            ", sharing on"
        } else {
            ", sharing off"
        };
        for (number, statement) in run.script.body.iter().enumerate().take(run.done()) {
            for why in world.why_dirty_at(number, &statement.action) {
                super::say(format!("{name}:{}{whose}: {why}", statement.line));
            }
        }
    }
}

pub(super) fn run(args: &Args) -> ExitCode {
    let (mut wrong, mut failed) = (false, false);
    let mut out = super::terminal::stdout();
    for name in &args.scenarios {
        let (as_declared, shown) = one(&mut out, name, args);
        wrong |= as_declared.is_none();
        failed |= as_declared == Some(false);
        if let Err(e) = shown.and_then(|()| out.flush()) {
            super::say(format!("cannot write: {}", super::reason(&e)));
            failed = true;
            break;
        }
        if interrupt::flag().load(Ordering::Relaxed) {
            return ExitCode::from(interrupt::INTERRUPTED);
        }
    }
    ExitCode::from(if wrong { WRONG } else { u8::from(failed) })
}
