//! `cargo xtask linux fuzz`: random scenarios on a real kernel and on the engine. What differs is run again, shrunk and written as a script.

use super::batch::{self, Outcome};
use super::engine::Engine;
use super::export::Exported;
use super::generate::{Generator, script};
use super::guest::Machine;
use super::packages::folder;
use super::{Boot, compare};
use crate::sh::say;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Seeds, as A..B; B is not among them
    #[arg(long, value_parser = seeds)]
    seeds: (u64, u64),
    /// Scenarios in one boot
    #[arg(long, default_value_t = 24)]
    batch: usize,
    #[command(flatten)]
    boot: Boot,
}

fn seeds(text: &str) -> std::result::Result<(u64, u64), String> {
    let range = text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    range.filter(|(a, b)| a < b).ok_or_else(|| "two numbers are needed, as in 0..100".to_owned())
}

/// A scenario that can be run on both sides.
#[derive(Clone)]
struct Case {
    seed: u64,
    lines: Vec<String>,
    source: String,
    exported: Exported,
}

/// Takes out what no real machine can do (a command that never comes back, a stack that no kernel survives), line by line.
fn case(engine: &Engine, seed: u64, mut lines: Vec<String>) -> Result<Option<Case>> {
    while !lines.is_empty() {
        let source = script(&format!("Seed {seed}"), &lines);
        let why = match engine.export(&source)? {
            Ok(exported) => return Ok(Some(Case { seed, lines, source, exported })),
            Err(why) => why,
        };
        let line = why.split("line ").nth(1).and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
        let above = source.lines().count() - lines.len();
        let wrong = line.and_then(|line| line.checked_sub(above + 1)).filter(|at| *at < lines.len());
        lines.remove(wrong.with_context(|| format!("seed {seed}: {}", why.trim()))?);
    }
    Ok(None)
}

struct Fuzz<'a> {
    engine: Engine,
    machine: Machine,
    boot: &'a Boot,
    dir: PathBuf,
}

impl Fuzz<'_> {
    fn on_linux(&self, cases: &[Case]) -> Result<Vec<Outcome>> {
        let scripts: Vec<Exported> = cases.iter().map(|case| case.exported.clone()).collect();
        batch::on_linux(&self.machine, self.boot, &scripts, &self.dir.join("boot"))
    }

    /// What differs, or nothing.
    fn difference(&self, case: &Case, linux: &Outcome) -> Result<Option<String>> {
        let engine = batch::on_the_engine(&self.engine, &case.source, &case.exported)?;
        let image = compare::images("meta", &linux.image, &engine.image);
        Ok(compare::lines(&linux.printed, &engine.printed).or(image))
    }

    /// Those of the cases that still differ, the shortest first.
    fn still(&self, cases: Vec<Case>) -> Result<Vec<(Case, String)>> {
        let mut still = Vec::new();
        for (case, outcome) in cases.iter().zip(self.on_linux(&cases)?) {
            if let Some(told) = self.difference(case, &outcome)? {
                still.push((case.clone(), told));
            }
        }
        still.sort_by_key(|(case, _)| case.lines.len());
        Ok(still)
    }

    /// The fewest lines that still differ. All ways to leave one out are run in one boot; then what could be left out is left out together.
    fn shrink(&self, mut least: (Case, String)) -> Result<(Case, String)> {
        loop {
            let (case, _) = &least;
            let without = |gone: &[usize]| -> Result<Option<Case>> {
                let lines = case.lines.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, line)| line.clone());
                self::case(&self.engine, case.seed, lines.collect())
            };
            let mut one_less = Vec::new();
            for at in 0..case.lines.len() {
                one_less.extend(without(&[at])?);
            }
            let still = self.still(one_less)?;
            let Some(found) = still.first().cloned() else { return Ok(least) };
            let can_go: Vec<usize> =
                (0..case.lines.len()).filter(|at| still.iter().any(|(c, _)| !c.lines.contains(&case.lines[*at]))).collect();
            let mut together = Vec::new();
            let halves = can_go.len().div_ceil(2).max(1);
            for gone in [&can_go[..]].into_iter().chain(can_go.chunks(halves)).chain(can_go.chunks(halves.div_ceil(2).max(1))) {
                together.extend(without(gone)?);
            }
            least = self.still(together)?.into_iter().next().filter(|(c, _)| c.lines.len() < found.0.lines.len()).unwrap_or(found);
        }
    }
}

pub(super) fn run(args: &Args) -> Result<()> {
    let dir = folder().join("fuzz").join(args.boot.kernel.name());
    fs::create_dir_all(&dir)?;
    let fuzz = Fuzz {
        engine: Engine::of(args.boot.kernel)?,
        machine: Machine::of(args.boot.kernel, &args.boot.mirror)?,
        boot: &args.boot,
        dir: dir.clone(),
    };
    let (mut equal, mut aside, mut found) = (0, Vec::new(), Vec::new());
    let all: Vec<u64> = (args.seeds.0..args.seeds.1).collect();
    for seeds in all.chunks(args.batch.max(1)) {
        let mut cases = Vec::new();
        for seed in seeds {
            cases.extend(case(&fuzz.engine, *seed, Generator::lines(*seed))?);
        }
        let outcomes = fuzz.on_linux(&cases)?;
        let mut suspects = Vec::new();
        for (case, outcome) in cases.into_iter().zip(outcomes) {
            match fuzz.difference(&case, &outcome)? {
                None => equal += 1,
                Some(told) => suspects.push((case, outcome, told)),
            }
        }
        // What the kernel does not do the same way twice says nothing about the engine.
        let again = fuzz.on_linux(&suspects.iter().map(|(case, ..)| case.clone()).collect::<Vec<_>>())?;
        for ((case, first, told), second) in suspects.into_iter().zip(again) {
            let seed = case.seed;
            if first != second {
                aside.push(seed);
                continue;
            }
            say(&format!("seed {seed} differs; shrinking it"));
            eprintln!("{told}");
            let (least, told) = fuzz.shrink((case, told))?;
            let file = dir.join(format!("seed-{seed}.dml"));
            fs::write(&file, &least.source)?;
            eprintln!("{}\n{told}", file.display());
            found.push(seed);
        }
        say(&format!(
            "{} of {} seeds: {equal} equal, {} set aside, {} differ",
            equal + aside.len() + found.len(),
            all.len(),
            aside.len(),
            found.len()
        ));
    }
    if !aside.is_empty() {
        say(&format!("set aside, since two runs on the kernel differ: {aside:?}"));
    }
    if !found.is_empty() {
        bail!("seeds that differ: {found:?}");
    }
    Ok(())
}
