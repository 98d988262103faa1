//! Runs a script in one world or two, recording a timeline of each and marking every statement.

use super::ast::{Action, Expect, Expectation, Parallel, Scope, Script, Sharing, Statement, Workload};
use super::expect;
use super::verbs::Undone;
use super::workload;
use crate::shell;
use crate::timeline::{KEYFRAMES_BYTES, Timeline};
use dm_cache_engine::event::Event;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::metadata::{Registry, Sequences};
use dm_cache_engine::world::{Failure, Limit, Usage, World};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Bytes of the program, and of what a statement needs in passing.
const PROGRAM_BYTES: u64 = 16 << 20;
/// Turns drawn for each task of a `parallel` block without an order: more than any open or close has steps.
const PARALLEL_TURNS: u64 = 16;
const _: () = {
    let Sequences { open, close } = Registry::sequences(true);
    // An open that fails at its end closes what it has.
    assert!(PARALLEL_TURNS > (open.len() + close.len()) as u64, "draw more turns");
};
/// The exit code a command gets that would never come back: `timeout`'s.
pub const RC_HANG: i32 = 124;

/// What overrides the script's own header.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Sharing.
    pub sharing: Option<Sharing>,
    /// Kernel profile.
    pub kernel: Option<Kernel>,
    /// Seed.
    pub seed: Option<u64>,
}

/// How a statement went in one world.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Not an expectation; it was done.
    Done,
    /// An expectation for the other world.
    Skipped,
    /// The expectation held.
    Held,
    /// It did not hold; what was seen instead.
    Failed {
        /// What was seen.
        seen: String,
    },
    /// It did not hold, and without sharing it must not.
    FailedBeforeFix {
        /// What was seen.
        seen: String,
    },
    /// It held although without sharing it must not.
    HeldUnexpectedly,
    /// The statement could not be done (no such device, a hang).
    Error {
        /// Why.
        text: String,
    },
}

impl Outcome {
    /// Whether the scenario behaves as it declares.
    #[must_use]
    pub fn is_as_declared(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::HeldUnexpectedly | Self::Error { .. })
    }
}

/// A statement's place in a timeline.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mark {
    /// Steps that existed before it.
    pub first_step: usize,
    /// Steps that existed after it.
    pub end_step: usize,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// One world's run.
#[derive(Debug, Clone)]
pub struct WorldRun {
    /// With the fix.
    pub sharing: bool,
    /// Everything that happened.
    pub timeline: Timeline,
    /// One mark a statement, as far as it came.
    pub marks: Vec<Mark>,
    /// The machine as it stands.
    pub world: World,
    /// Status lines as they stood at `expect status`, by statement.
    pub(super) status_lines: BTreeMap<usize, String>,
    /// Sectors of a block of the device that a verb named, as it stood then, by statement.
    pub(super) blocks: BTreeMap<usize, u64>,
    pub(super) last: shell::Output,
    pub(super) log_seen: usize,
    pub(super) rng: ChaCha8Rng,
    /// A workload that a pause has interrupted, and the steps that existed before it.
    load: Option<(workload::UnderWay, usize)>,
}

/// A script being run, statement by statement.
#[derive(Debug, Clone)]
pub struct Run {
    /// The script.
    pub script: Script,
    /// One world, or two (off first).
    pub worlds: Vec<WorldRun>,
    /// A limit was reached ([`Usage::RUN`]) and the rest did not run.
    pub stopped: bool,
    next: usize,
    /// The world whose turn it is to do the next statement.
    turn: usize,
    kernel: Kernel,
}

/// Where two worlds first differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Divergence {
    /// The statement in which they part.
    pub statement: usize,
    /// The step in each world at which they differ first.
    pub steps: [usize; 2],
}

impl Run {
    /// Sets up the worlds: disks are there, filled as far as [`Script::fill`] did, and nothing has run.
    #[must_use]
    pub fn new(mut script: Script, options: Options) -> Self {
        let kernel = options.kernel.unwrap_or(script.kernel);
        let seed = options.seed.unwrap_or(script.seed);
        script.seed = seed;
        let sharings: &[bool] = match options.sharing.unwrap_or(script.sharing) {
            Sharing::On => &[true],
            Sharing::Off => &[false],
            Sharing::Compare => &[false, true],
        };
        let worlds = sharings.iter().map(|sharing| {
            let mut world = World::new(kernel, *sharing);
            world.record(true);
            world.hold(KEYFRAMES_BYTES as u64 + PROGRAM_BYTES);
            for disk in &script.disks {
                let dev = world.add_disk(&disk.name, disk.sectors);
                if let Some(made) = world.disk_mut(dev) {
                    made.set_speed(disk.speed);
                    made.set_lies(disk.lies);
                }
                for (block, page) in disk.pages.iter() {
                    if let Some(disk) = world.disk_mut(dev) {
                        disk.poke(*block, page.clone());
                    }
                    world.note(Event::DiskWrite { dev, block: *block, page: page.clone(), by: None });
                }
            }
            let mut run = WorldRun {
                sharing: *sharing,
                timeline: Timeline::new(),
                marks: Vec::new(),
                world,
                status_lines: BTreeMap::new(),
                blocks: BTreeMap::new(),
                last: shell::Output::default(),
                log_seen: 0,
                rng: ChaCha8Rng::seed_from_u64(seed),
                load: None,
            };
            run.collect();
            run
        });
        let worlds = worlds.collect();
        Self { script, worlds, stopped: false, next: 0, turn: 0, kernel }
    }

    /// Runs the next statement in every world; false when there is none left or the step limit is reached.
    pub fn advance(&mut self) -> bool {
        self.advance_while(&|| true)
    }

    /// As [`Run::advance`], but for a pause as soon as `go_on` does not say so: between two worlds or two requests of a workload. The
    /// next call goes on from there; [`Run::done`] says whether the statement is done. A run with pauses equals one without.
    pub fn advance_while(&mut self, go_on: &dyn Fn() -> bool) -> bool {
        let Some(statement) = self.script.body.get(self.next) else { return false };
        if self.turn == 0 && self.worlds.iter().any(|w| w.load.is_none() && w.exhausted().is_some()) {
            self.stopped = true;
            return false;
        }
        let excused = self.is_excused(self.next);
        while self.turn < self.worlds.len() {
            share_limits(&mut self.worlds);
            let Some(world) = self.worlds.get_mut(self.turn) else { break };
            if !world.run(statement, excused, go_on) {
                return true;
            }
            self.turn += 1;
            if self.turn < self.worlds.len() && !go_on() {
                return true;
            }
        }
        self.next += 1;
        self.turn = 0;
        true
    }

    /// Whether a statement may fail: expectations just below it speak of its exit code, its output or the log.
    fn is_excused(&self, statement: usize) -> bool {
        let below = self.script.body.get(statement + 1..).unwrap_or(&[]).iter().map_while(|s| match &s.action {
            Action::Expect(expect) => Some(&expect.what),
            _ => None,
        });
        below.into_iter().any(|what| matches!(what, Expectation::Rc(_) | Expectation::Output(_) | Expectation::Log(_)))
    }

    /// The same script with statements behind its end, which [`Run::advance`] goes on with. It is as if they had always been there.
    pub fn append(&mut self, script: Script) {
        // What fills the disks did not come with the text.
        let disks = std::mem::take(&mut self.script.disks);
        self.script = Script { disks, ..script };
        let done = self.script.body.get(..self.next).unwrap_or(&[]);
        let Some(last) = done.iter().rposition(|s| s.action.is_done_by_the_machine()) else { return };
        if !self.is_excused(last) {
            return;
        }
        let failed = self.worlds.iter_mut().filter_map(|w| w.marks.get_mut(last));
        for mark in failed.filter(|mark| matches!(mark.outcome, Outcome::Error { .. })) {
            mark.outcome = Outcome::Done;
        }
    }

    /// Setting this ends the run, within a statement too, as if a limit were reached.
    pub fn cancel_by(&mut self, flag: &Arc<AtomicBool>) {
        self.worlds.iter_mut().for_each(|run| run.world.cancel_by(flag.clone()));
    }

    /// Which limit is reached.
    #[must_use]
    pub fn limit(&self) -> Option<String> {
        self.worlds.iter().find_map(WorldRun::exhausted)
    }

    /// Runs to the end.
    pub fn finish(&mut self) {
        while self.advance() {}
        for world in &mut self.worlds {
            world.timeline.shrink();
        }
    }

    /// The kernel profile it runs.
    #[must_use]
    pub const fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Labels and the statements they stand before.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, usize)> {
        let body = self.script.body.iter().enumerate();
        body.filter_map(|(n, s)| if let Action::Label(name) = &s.action { Some((name.clone(), n)) } else { None }).collect()
    }

    /// Statements done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.next
    }

    /// Whether every statement went as the scenario declares.
    #[must_use]
    pub fn is_as_declared(&self) -> bool {
        self.next == self.script.body.len() && self.worlds.iter().all(|w| w.marks.iter().all(|m| m.outcome.is_as_declared()))
    }

    /// Which limit ended the run before its script did.
    #[must_use]
    pub fn why_stopped(&self) -> Option<String> {
        self.limit().filter(|_| self.stopped)
    }

    /// Types a command into every world, after the script.
    pub fn type_command(&mut self, text: &str) -> Vec<shell::Output> {
        (0..self.worlds.len())
            .map(|n| {
                share_limits(&mut self.worlds);
                let Some(world) = self.worlds.get_mut(n) else { return shell::Output::default() };
                world.typed(text);
                world.last.clone()
            })
            .collect()
    }

    /// Finds where the two worlds part first, by comparing their Views.
    #[must_use]
    pub fn divergence(&self) -> Option<Divergence> {
        let [a, b] = self.worlds.as_slice() else { return None };
        super::divergence::find(a, b)
    }
}

/// Each world may take what the others leave.
fn share_limits(worlds: &mut [WorldRun]) {
    let taken: Vec<Usage> = worlds.iter().map(|w| w.world.usage()).collect();
    for (n, run) in worlds.iter_mut().enumerate() {
        let others = taken.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, usage)| *usage).sum();
        run.world.limit(Usage::RUN.without(others));
    }
}

/// Says of a command that would never come back what it waits for.
fn come_back(mut output: shell::Output) -> shell::Output {
    if let Some(what) = &output.hang {
        output.both.push_str(&format!("(does not come back: {what})\n"));
        output.rc = RC_HANG;
    }
    output
}

impl WorldRun {
    pub(super) fn collect(&mut self) {
        self.timeline.extend(self.world.take_events());
    }

    /// Which limit of a run is reached.
    #[must_use]
    pub fn exhausted(&self) -> Option<String> {
        self.world.exceeded().map(|limit| limit.to_string())
    }

    /// Does one statement, or a piece of it; true when it is done. A command that fails is an error of the scenario unless it is `excused`: unless expectations
    /// just below it speak of its exit code, its output or the log.
    fn run(&mut self, statement: &Statement, excused: bool, go_on: &dyn Fn() -> bool) -> bool {
        let mut first_step = self.timeline.steps().len();
        let mut outcome = if let Action::Workload(load) = &statement.action {
            match self.workload(statement.action.to_string(), load, go_on) {
                Some(before) => first_step = before,
                None => return false,
            }
            Outcome::Done
        } else {
            self.act(&statement.action)
        };
        self.collect();
        if outcome == Outcome::Done && self.last.rc != 0 && !excused && statement.action.is_done_by_the_machine() {
            outcome = Outcome::Error { text: format!("exit code {}: {}", self.last.rc, expect::clipped(self.last.both.trim_end())) };
        }
        if let Some(sectors) = self.block_of(&statement.action) {
            self.blocks.insert(self.marks.len(), sectors);
        }
        self.marks.push(Mark { first_step, end_step: self.timeline.steps().len(), outcome });
        true
    }

    /// A workload, or the next piece of one; when it has ended, the steps that existed before it.
    fn workload(&mut self, text: String, load: &Workload, go_on: &dyn Fn() -> bool) -> Option<usize> {
        let (result, first_step) = if let Some((at, first_step)) = self.load.take() {
            (self.go_on_with(load, at, first_step, go_on)?, first_step)
        } else {
            let first_step = self.timeline.steps().len();
            self.begin(text);
            let result = match workload::begin(self, load) {
                Ok(at) => self.go_on_with(load, at, first_step, go_on)?,
                Err(why) => Err(why),
            };
            (result, first_step)
        };
        self.end_verb(result);
        Some(first_step)
    }

    /// Keeps what is left of a workload that pauses.
    fn go_on_with(
        &mut self,
        load: &Workload,
        mut at: workload::UnderWay,
        first_step: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Result<String, Undone>> {
        let result = workload::go_on(self, load, &mut at, go_on);
        if result.is_none() {
            self.load = Some((at, first_step));
        }
        result
    }

    /// Types a command at the machine.
    fn command(&mut self, line: &shell::Line) {
        self.begin(line.text().to_owned());
        let output = shell::run(&mut self.world, line);
        self.end(come_back(output));
    }

    fn typed(&mut self, text: &str) {
        match shell::parse(text) {
            Ok(line) => self.command(&line),
            Err(fault) => {
                self.begin(text.to_owned());
                self.end(shell::unread(&fault));
            }
        }
    }

    /// A verb of the language, shown like a command.
    fn verb(&mut self, text: String, act: impl FnOnce(&mut Self) -> Result<String, Undone>) -> Outcome {
        self.begin(text);
        let result = act(self);
        self.end_verb(result);
        Outcome::Done
    }

    fn end_verb(&mut self, result: Result<String, Undone>) {
        let (rc, both, hang) = match result {
            _ if self.world.exceeded().is_some() => (1, self.world.exceeded().map(Limit::hang).unwrap_or_default(), None),
            Ok(output) => (0, output, None),
            Err(why) => {
                let text = why.to_string();
                let hang = match why {
                    Undone::Machine(Failure::Hang(what)) => Some(what),
                    _ => None,
                };
                (1, text, hang)
            }
        };
        self.end(shell::Output { stdout: both.clone(), both, rc, hang, ..Default::default() });
    }

    fn begin(&mut self, text: String) {
        self.log_seen = self.timeline.last().log.len();
        self.world.note(Event::Command { text: text.into() });
    }

    fn end(&mut self, output: shell::Output) {
        let now_ns = self.world.now_ns();
        self.world.note(Event::Clock { now_ns });
        self.world.note(Event::CommandEnd { rc: output.rc, output: output.both.as_str().into() });
        self.last = output;
        self.collect();
    }

    fn act(&mut self, action: &Action) -> Outcome {
        let text = action.to_string();
        match action {
            Action::Command(line) => {
                self.command(line);
                Outcome::Done
            }
            Action::Write(device, extent, byte) => self.verb(text, |w| w.write(device, extent, *byte)),
            Action::Read(device, extent) => self.verb(text, |w| w.read(device, extent)),
            Action::Discard(device, extent) => self.verb(text, |w| w.discard(device, extent)),
            // Done in pieces, by [`Self::workload`].
            Action::Workload(_) => Outcome::Done,
            Action::Settle => self.verb(text, |w| {
                let began_ns = w.world.now_ns();
                w.world.settle();
                Ok(w.last_request(began_ns))
            }),
            Action::Wait(ns) => self.verb(text, |w| {
                w.world.advance(*ns);
                Ok(String::new())
            }),
            Action::PowerCut(keep) => self.verb(text, |w| w.power_cut(keep)),
            Action::Evict(object, blocks) => self.verb(text, |w| w.evict(object, blocks)),
            Action::Fail(disk, direction, range) => self.verb(text, |w| w.fail(disk, *direction, range.as_ref())),
            Action::Heal(disk) => self.verb(text, |w| w.heal(disk)),
            Action::Resize(disk, sectors) => self.verb(text, |w| {
                let dev = w.device(disk)?;
                w.world.resize_disk(dev, *sectors).map_err(Failure::from)?;
                Ok(String::new())
            }),
            Action::Label(_) | Action::Ask(..) => Outcome::Done,
            Action::Parallel(block) => self.parallel(block),
            Action::Expect(expect) => self.expect(expect),
        }
    }

    /// When the last request to a disk with a speed was done, if there was one since then.
    fn last_request(&self, began_ns: u64) -> String {
        let done_ns = self.world.disks().map(|(_, _, disk)| disk.busy_until_ns()).max().unwrap_or(0);
        let took_ns = done_ns.saturating_sub(began_ns);
        if took_ns == 0 {
            String::new()
        } else {
            format!("the last request was done after {}.{:03} s\n", took_ns / 1_000_000_000, took_ns / 1_000_000 % 1_000)
        }
    }

    /// Commands that run at once. Each is a command of its own in the timeline; the steps of their opens and closes mix.
    fn parallel(&mut self, block: &Parallel) -> Outcome {
        self.log_seen = self.timeline.last().log.len();
        let number = |name: &String| block.tasks.iter().position(|(task, _)| task == name);
        let mut order: Vec<usize> = block.order.iter().filter_map(number).collect();
        if order.is_empty() && !block.tasks.is_empty() {
            let tasks = block.tasks.len() as u64;
            order = (0..PARALLEL_TURNS * tasks).filter_map(|_| usize::try_from(self.rng.next_u64() % tasks).ok()).collect();
        }
        let mut budget = shell::Budget::default();
        let outputs = self.world.parallel(&order, block.tasks.len(), |world, n| {
            let Some((task, line)) = block.tasks.get(n) else { return shell::Output::default() };
            world.note(Event::Command { text: format!("{task}: {line}").into() });
            let output = come_back(shell::run_within(world, line, &mut budget));
            let now_ns = world.now_ns();
            world.note(Event::Clock { now_ns });
            world.note(Event::CommandEnd { rc: output.rc, output: output.both.as_str().into() });
            output
        });
        budget.release(&mut self.world);
        let mut all = shell::Output::default();
        for output in outputs {
            all.both.push_str(&output.both);
            all.stdout.push_str(&output.stdout);
            all.stderr.push_str(&output.stderr);
            all.rc = all.rc.max(output.rc);
        }
        self.last = all;
        Outcome::Done
    }

    fn expect(&mut self, expect: &Expect) -> Outcome {
        if let Expectation::Status(device, ..) = &expect.what
            && let Ok(line) = expect::status_line(self, device)
        {
            self.status_lines.insert(self.marks.len(), line);
        }
        match (expect.scope, self.sharing) {
            (Scope::On, false) | (Scope::Off, true) => Outcome::Skipped,
            (scope, sharing) => match (expect::holds(self, &expect.what), scope == Scope::Fixed && !sharing) {
                (Ok(()), false) => Outcome::Held,
                (Ok(()), true) => Outcome::HeldUnexpectedly,
                (Err(seen), false) => Outcome::Failed { seen: expect::clipped(&seen) },
                (Err(seen), true) => Outcome::FailedBeforeFix { seen: expect::clipped(&seen) },
            },
        }
    }
}
