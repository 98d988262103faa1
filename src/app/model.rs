//! The page's state as a plain value, and what changes it.

use super::image::{self, Image, ImageMsg};
use super::run::{self, Run, Source};
use super::track::{MarkKind, Track};
use crate::kernel::Kernel;
use crate::scenario::ast::Sharing;
use crate::timeline::View;
use crate::timeline::picture::Picture;
use std::rc::Rc;

/// Playback speeds, in quarters of normal.
pub(super) const SPEEDS: [u32; 5] = [2, 4, 8, 16, 32];

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// What stands below the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tab {
    #[default]
    Console,
    Log,
    Trace,
}

/// A move of the playhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    First,
    Back,
    Forward,
    Last,
    PreviousCommand,
    NextCommand,
    Divergence,
    NextFailure,
    To(usize),
}

/// Something a viewer did, or the clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Msg {
    Scenario(usize),
    Sharing(Sharing),
    Kernel(Kernel),
    Move(Move),
    /// To the end of a script line.
    Line(usize),
    Toggle,
    /// Time to show the next step.
    Tick,
    Speed,
    Theme,
    Tab(Tab),
    Select(u64),
    Inspector,
    Help,
    Close,
    Image(ImageMsg),
}

/// What the page shows of one run at the playhead.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) view: View,
    pub(super) picture: Picture,
    /// Errors a check of the metadata finds, where there is something to check.
    pub(super) check: Option<usize>,
}

/// The whole state.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) scenario: usize,
    pub(super) source: Result<Rc<Source>, String>,
    pub(super) sharing: Sharing,
    pub(super) kernel: Kernel,
    pub(super) runs: Vec<Rc<Run>>,
    pub(super) track: Rc<Track>,
    pub(super) frames: Vec<Rc<Frame>>,
    pub(super) at: usize,
    pub(super) playing: bool,
    pub(super) speed: usize,
    pub(super) theme: Theme,
    pub(super) tab: Tab,
    pub(super) selected: Option<u64>,
    pub(super) inspector: bool,
    pub(super) help: bool,
    /// A metadata image that is looked at instead of the machine.
    pub(super) image: Option<Image>,
}

impl Model {
    pub(super) fn new() -> Self {
        let mut model = Self {
            scenario: 0,
            source: Err(String::new()),
            sharing: Sharing::Off,
            kernel: Kernel::default(),
            runs: Vec::new(),
            track: Rc::default(),
            frames: Vec::new(),
            at: 0,
            playing: false,
            speed: 1,
            theme: Theme::default(),
            tab: Tab::default(),
            selected: None,
            inspector: false,
            help: false,
            image: None,
        };
        model.open(0);
        model
    }

    /// Opens a built-in scenario at its first step.
    fn open(&mut self, scenario: usize) {
        let Some((name, text)) = super::script::SCENARIOS.get(scenario) else { return };
        self.scenario = scenario;
        self.source = run::read(name, text);
        if let Ok(source) = &self.source {
            self.kernel = source.script.kernel;
        }
        self.compute();
        self.go(0);
    }

    fn compute(&mut self) {
        self.playing = false;
        self.runs = match &self.source {
            Ok(source) => run::run(source, self.kernel, self.sharing),
            Err(_) => Vec::new(),
        };
        self.track = Rc::new(Track::new(&self.runs));
    }

    fn go(&mut self, at: usize) {
        self.at = at.min(self.track.last());
        let frame = |(n, run): (usize, &Rc<Run>)| {
            let view = if run.timeline.steps().is_empty() { View::default() } else { run.timeline.view_at(self.track.step(self.at, n)) };
            let picture = view.picture();
            let check = super::transport::check_errors(&view, &picture);
            Rc::new(Frame { view, picture, check })
        };
        self.frames = self.runs.iter().enumerate().map(frame).collect();
    }

    /// Runs the script again in other circumstances and stays at the same share of it.
    fn again(&mut self) {
        let line = self.line();
        self.compute();
        let step = self.runs.first().and_then(|r| r.lines.iter().find(|l| Some(l.line) == line)).map_or(0, |l| l.step);
        self.go(self.track.position(step, 0));
    }

    /// The script line that the playhead is in.
    pub(super) fn line(&self) -> Option<usize> {
        let step = self.track.step(self.at, 0);
        let lines = &self.runs.first()?.lines;
        lines.iter().find(|l| l.step >= step).or(lines.last()).map(|l| l.line)
    }

    /// Changes the state. What the browser has to do about it (timer, storage) is the page's.
    pub(super) fn update(&mut self, msg: Msg) {
        match msg {
            Msg::Scenario(n) => self.open(n),
            Msg::Sharing(sharing) => {
                self.sharing = sharing;
                self.again();
            }
            Msg::Kernel(kernel) => {
                self.kernel = kernel;
                self.again();
            }
            Msg::Move(to) => {
                self.playing = false;
                if let Some(at) = self.target(to) {
                    self.go(at);
                }
            }
            Msg::Line(line) => {
                self.playing = false;
                let step = self.runs.first().and_then(|r| r.lines.iter().find(|l| l.line == line)).map(|l| l.step);
                if let Some(step) = step {
                    self.go(self.track.position(step, 0));
                }
            }
            Msg::Toggle => {
                if !self.playing && self.at == self.track.last() {
                    self.go(0);
                }
                self.playing = !self.playing && self.track.last() > 0;
            }
            Msg::Tick => {
                if self.playing {
                    self.go(self.at + 1);
                    self.playing = self.at < self.track.last();
                }
            }
            Msg::Speed => self.speed = (self.speed + 1) % SPEEDS.len(),
            Msg::Theme => {
                self.theme = match self.theme {
                    Theme::System => Theme::Light,
                    Theme::Light => Theme::Dark,
                    Theme::Dark => Theme::System,
                };
            }
            Msg::Tab(tab) => self.tab = tab,
            Msg::Select(block) => {
                self.selected = Some(block);
                self.inspector = true;
            }
            Msg::Inspector => self.inspector = !self.inspector,
            Msg::Image(msg) => {
                self.playing = false;
                self.image = image::update(self.image.take(), msg);
            }
            Msg::Help => self.help = !self.help,
            Msg::Close => {
                self.help = false;
                self.inspector = false;
            }
        }
    }

    fn target(&self, to: Move) -> Option<usize> {
        let commands = || self.track.marks.iter().filter(|m| m.kind == MarkKind::Command && m.run == 0).map(|m| m.at);
        match to {
            Move::First => Some(0),
            Move::Back => self.at.checked_sub(1),
            Move::Forward => Some(self.at + 1),
            Move::Last => Some(self.track.last()),
            Move::PreviousCommand => Some(commands().filter(|at| *at < self.at).last().unwrap_or(0)),
            Move::NextCommand => Some(commands().find(|at| *at > self.at).unwrap_or_else(|| self.track.last())),
            Move::Divergence => self.track.apart.map(|(from, _)| from),
            Move::NextFailure => self.track.next(self.at, MarkKind::Failed),
            Move::To(at) => Some(at),
        }
    }
}
