//! A running script and what can be told about it: how its lines ended, the marks along it, what is seen at a step. The page and the API
//! each play it with a playhead of their own. A typed line continues the run.

mod frames;
mod moment;
mod track;

pub use frames::{Frame, Frames};
pub use moment::Moment;
pub use track::{Mark, MarkKind, Track};

use crate::scenario::Script;
use crate::scenario::ast::{Action, Statement};
use crate::scenario::run::{self, Options, Outcome, Run, WorldRun};
use crate::scene::Room;
use crate::timeline::Timeline;
use dm_cache_engine::event::CacheId;
use dm_cache_engine::policy::Policy;
use std::rc::Rc;

/// How one statement of the script ended in one world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Line in the script text, counted from 1.
    pub line: usize,
    /// It is an expectation.
    pub asked: bool,
    /// The first step of the timeline that belongs to it; behind `step` where it made none.
    pub first: usize,
    /// The last step of the timeline that belongs to it, or the one that it was asked at.
    pub step: usize,
    /// Of an expectation: whether it held. Of another statement: false where it could not be done.
    pub held: Option<bool>,
    /// It ended as the scenario declares: an expectation that must fail without sharing, and does, is as declared.
    pub as_declared: bool,
    /// Where it did not hold: what was seen instead, or why the statement could not be done.
    pub seen: String,
}

impl Line {
    fn of(statement: &Statement, mark: &run::Mark) -> Self {
        let (held, seen) = match &mark.outcome {
            Outcome::Done | Outcome::Skipped => (None, String::new()),
            Outcome::Held | Outcome::HeldUnexpectedly => (Some(true), String::new()),
            Outcome::Failed { seen } | Outcome::FailedBeforeFix { seen } => (Some(false), seen.clone()),
            Outcome::Error { text } => (Some(false), text.clone()),
        };
        Self {
            line: statement.line,
            asked: matches!(statement.action, Action::Expect(_)),
            first: mark.first_step,
            step: mark.end_step.saturating_sub(1),
            held,
            as_declared: mark.outcome.is_as_declared(),
            seen,
        }
    }
}

/// The policy of every cache target of a world.
pub type Policies = Vec<(CacheId, Policy)>;

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The script's end.
    Whole,
    /// A limit.
    AtLimit,
    /// Whoever looks on.
    ByHand,
}

/// What is kept of a world beside its events.
#[derive(Debug, Clone, Default)]
struct Told {
    lines: Vec<Line>,
    policies: Vec<Policies>,
}

/// One world of a playback.
#[derive(Debug, Clone, Copy)]
pub struct Side<'p> {
    /// With the fix.
    pub sharing: bool,
    /// Everything that happened.
    pub timeline: &'p Timeline,
    /// How the statements ended, as far as they came.
    pub lines: &'p [Line],
    /// The policies after each statement.
    pub policies: &'p [Policies],
}

/// A script that runs in one world, or in two with the one without sharing first.
#[derive(Debug, Clone)]
pub struct Playback {
    run: Run,
    told: Vec<Told>,
    track: Track,
    room: Room,
    /// Steps of each world that there is room for.
    roomed: Vec<usize>,
}

impl Playback {
    /// The worlds are there; nothing has run.
    #[must_use]
    pub fn new(script: Script, options: Options) -> Self {
        let run = Run::new(script, options);
        let told = vec![Told::default(); run.worlds.len()];
        let roomed = vec![0; run.worlds.len()];
        Self { run, told, track: Track::default(), room: Room::default(), roomed }
    }

    /// Runs statement after statement while there is one and `go_on` says so, which is asked within long ones, too. True at the end of
    /// the script; a playback that is left before is told by [`Playback::tell`].
    pub fn advance_while(&mut self, go_on: impl Fn() -> bool) -> bool {
        while go_on() {
            let done = self.run.done();
            if !self.run.advance_while(&go_on) {
                self.tell();
                return true;
            }
            if self.run.done() == done {
                continue;
            }
            for (told, world) in self.told.iter_mut().zip(&self.run.worlds) {
                told.policies.push(world.world.caches().map(|(id, cache)| (id, cache.policy().clone())).collect());
            }
        }
        false
    }

    /// Runs to the end.
    pub fn finish(&mut self) {
        self.advance_while(|| true);
    }

    /// Tells of what has run: lines and marks.
    pub fn tell(&mut self) {
        for (told, world) in self.told.iter_mut().zip(&mut self.run.worlds) {
            world.timeline.shrink();
            told.lines = self.run.script.body.iter().zip(&world.marks).map(|(statement, mark)| Line::of(statement, mark)).collect();
        }
        self.track = Track::new(&self.run);
        for (from, world) in self.roomed.iter_mut().zip(&self.run.worlds) {
            self.room.add_steps(&world.timeline, world.sharing, *from);
            *from = world.timeline.steps().len();
        }
    }

    /// The same script with statements behind its end, which the run goes on with.
    pub fn append(&mut self, script: Script) {
        self.run.append(script);
    }

    /// The run itself.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Statements done, of so many.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.run.done(), self.run.script.body.len())
    }

    /// What ended the run.
    #[must_use]
    pub fn ended(&self) -> Ended {
        let (done, statements) = self.progress();
        match (self.run.stopped, done < statements) {
            (true, _) => Ended::AtLimit,
            (false, true) => Ended::ByHand,
            (false, false) => Ended::Whole,
        }
    }

    /// One of its worlds.
    #[must_use]
    pub fn side(&self, world: usize) -> Option<Side<'_>> {
        self.run.worlds.get(world).zip(self.told.get(world)).map(|(world, told)| side(world, told))
    }

    /// Its worlds.
    pub fn sides(&self) -> impl Iterator<Item = Side<'_>> {
        self.run.worlds.iter().zip(&self.told).map(|(world, told)| side(world, told))
    }

    /// The positions that its worlds share, and the marks along them.
    #[must_use]
    pub fn track(&self) -> &Track {
        &self.track
    }

    /// What the pictures of all its steps need room for.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// What changed at a position; of two worlds that differ, both.
    #[must_use]
    pub fn sentence(&self, at: usize) -> String {
        let of = |n: usize| Some(self.side(n)?.timeline.steps().get(self.track.step(at, n))?.sentence.as_str());
        match (of(0), of(1)) {
            (Some(off), Some(on)) if off != on => format!("Off: {off} On: {on}"),
            (one, _) => one.unwrap_or_default().to_owned(),
        }
    }

    /// The script line that a position is in, counted from 1.
    #[must_use]
    pub fn line(&self, at: usize) -> Option<usize> {
        let lines = self.side(0)?.lines;
        let step = self.track.step(at, 0);
        lines.iter().find(|l| l.step >= step).or(lines.last()).map(|l| l.line)
    }

    /// The position of the last step of a line of the script, or of the next line that has one.
    #[must_use]
    pub fn at_line(&self, line: usize) -> usize {
        let found = self.side(0).and_then(|side| side.lines.iter().find(|l| l.line >= line));
        found.map_or(self.track.last(), |l| self.track.position(l.step, 0))
    }
}

fn side<'p>(world: &'p WorldRun, told: &'p Told) -> Side<'p> {
    Side { sharing: world.sharing, timeline: &world.timeline, lines: &told.lines, policies: &told.policies }
}

/// A world of a playback that is shared, told from another by where it lies.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The playback.
    pub playback: Rc<Playback>,
    /// Which of its worlds.
    pub world: usize,
}

impl Shared {
    /// That world.
    #[must_use]
    pub fn side(&self) -> Option<Side<'_>> {
        self.playback.side(self.world)
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.playback, &other.playback) && self.world == other.world
    }
}
