//! The page's state as a plain value, and what changes it.

use super::catalogue::{self, Entry, Format};
use super::embed::Embed;
use super::frame::{Frame, Frames};
use super::image::{self, Image, ImageMsg};
use super::look::{Look, LookMsg};
use super::panes::{Pane, Saved};
use super::races::{self, Races, RacesMsg};
use super::run::{self, Problem, Run, Running, Source};
use super::running::{GO_ON_MS, Then};
use super::track::{MarkKind, Track};
use super::{keys, link};
use crate::explore::Race;
use crate::kernel::Kernel;
use crate::scenario::ast::{Action, Sharing};
use crate::timeline::trace::Group;
use std::rc::Rc;

/// Playback speeds, in quarters of normal.
pub(super) const SPEEDS: [u32; 5] = [2, 4, 8, 16, 32];
/// Commands that the console remembers.
const HISTORY_MAX: usize = 200;

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
    Format(Format),
    Move(Move),
    /// To the end of a script line.
    Line(usize),
    Toggle,
    /// Time to show the next step.
    Tick,
    /// Time to go on running a script that takes long.
    GoOnRunning,
    Speed,
    Theme,
    Tab(Tab),
    Select(u64),
    Inspector,
    Help,
    Close,
    /// Starts editing the script.
    Edit,
    Draft(String),
    /// Runs the edited script.
    RunDraft,
    /// Types a command after the end of the script.
    Type(String),
    /// Only those events of the trace that contain this.
    TraceFilter(String),
    /// Shows the answer of a prompt.
    Answer,
    /// Goes on after a prompt.
    GoOn,
    /// Restores what a link says.
    Link(String),
    /// Makes the link to this moment; the page copies it.
    Share,
    /// The link to this moment has been copied.
    Copied(bool),
    Image(ImageMsg),
    /// Something to be told once.
    Notice(String),
    /// What the inspector shows.
    Pane(Pane),
    /// A file of the moment, to be saved; the page does it.
    Save(Saved),
    /// Only events of this group, or all.
    TraceGroup(Option<Group>),
    /// Shows or hides the plots.
    Plots,
    Races(RacesMsg),
    /// A key pressed outside of a text field, with Shift or without.
    Key(String, bool),
    Look(LookMsg),
    /// The seed of every random choice, instead of the script's own.
    Seed(Option<u64>),
}

/// A question that paused playback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) shown: bool,
}

/// A script being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
}

/// The whole state.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) catalogue: Rc<Vec<Entry>>,
    pub(super) scenario: usize,
    /// The script differs from the catalogue's.
    pub(super) edited: bool,
    pub(super) text: Rc<str>,
    pub(super) source: Result<Rc<Source>, Problem>,
    pub(super) draft: Option<Draft>,
    pub(super) sharing: Sharing,
    pub(super) kernel: Kernel,
    pub(super) format: Format,
    /// Instead of the script's own.
    pub(super) seed: Option<u64>,
    pub(super) runs: Vec<Rc<Run>>,
    /// A script that takes long: until it has run there are no runs to show.
    pub(super) running: Option<(Running, Then)>,
    pub(super) track: Rc<Track>,
    pub(super) frames: Vec<Rc<Frame>>,
    pub(super) kept: Frames,
    pub(super) at: usize,
    /// The playhead came here by a step forward: what changed may move.
    pub(super) stepped: bool,
    pub(super) playing: bool,
    pub(super) speed: usize,
    pub(super) prompt: Option<Prompt>,
    pub(super) theme: Theme,
    pub(super) tab: Tab,
    pub(super) history: Vec<String>,
    pub(super) refused: Option<Problem>,
    pub(super) trace_filter: String,
    pub(super) selected: Option<u64>,
    pub(super) inspector: bool,
    pub(super) help: bool,
    /// Something to be told once: a link not understood, a link copied.
    pub(super) notice: Option<String>,
    /// A metadata image that is looked at instead of the machine.
    pub(super) image: Option<Image>,
    pub(super) pane: Pane,
    pub(super) trace_group: Option<Group>,
    pub(super) plots: bool,
    /// What the script's metadata device holds from the start.
    pub(super) loaded: Option<Rc<image::Contents>>,
    /// The races, shown instead of the machine.
    pub(super) races: Option<Races>,
    pub(super) look: Look,
}

impl Model {
    /// The page at a link's moment; an empty link is the first scenario.
    pub(super) fn new(hash: &str) -> Self {
        let mut model = Self {
            catalogue: Rc::new(catalogue::all()),
            scenario: 0,
            edited: false,
            text: "".into(),
            source: Err(Problem::default()),
            draft: None,
            sharing: Sharing::Off,
            kernel: Kernel::default(),
            format: Format::default(),
            seed: None,
            runs: Vec::new(),
            running: None,
            track: Rc::default(),
            frames: Vec::new(),
            kept: Frames::default(),
            at: 0,
            stepped: false,
            playing: false,
            speed: 1,
            prompt: None,
            theme: Theme::default(),
            tab: Tab::default(),
            history: Vec::new(),
            refused: None,
            trace_filter: String::new(),
            selected: None,
            inspector: false,
            help: false,
            notice: None,
            image: None,
            pane: Pane::default(),
            trace_group: None,
            plots: false,
            loaded: None,
            races: None,
            look: Look::default(),
        };
        model.restore(hash);
        model
    }

    /// Everything as a link says; what is not understood is named, and the rest holds.
    fn restore(&mut self, hash: &str) {
        let (place, unknown) = link::read(hash);
        self.loaded = None;
        let known = place.scenario.as_ref().map(|name| self.catalogue.iter().position(|e| e.name == name));
        self.scenario = known.flatten().unwrap_or(0);
        self.notice = unknown.or_else(|| match known {
            Some(None) => Some("The link names a scenario that is not in this page.".to_owned()),
            _ => None,
        });
        self.sharing = place.sharing.unwrap_or(Sharing::Off);
        self.format = place.format;
        self.seed = place.seed;
        self.edited = place.text.is_some();
        let text = place.text.unwrap_or_else(|| self.entry().map_or_else(String::new, |e| e.source.to_owned()));
        self.read(&text);
        if place.sharing.is_none() {
            self.sharing = self.declared_sharing().unwrap_or(Sharing::Off);
        }
        if let Some(kernel) = place.kernel {
            self.kernel = kernel;
        }
        self.selected = place.block;
        self.races = place.races.map(|race| Races::of_link(race, place.sharing != Some(Sharing::Off), place.order.as_deref(), place.at));
        self.run(Then::At(if self.races.is_some() { 0 } else { place.at }));
    }

    /// The scenario of the catalogue that the script comes from.
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.catalogue.get(self.scenario)
    }

    /// The moment on show, as a link says it.
    pub(super) fn link(&self) -> String {
        if let Some(races) = &self.races {
            return link::write(&link::Place {
                races: Some(races.found.race),
                order: races.shown().map(crate::explore::Order::name),
                sharing: Some(if races.found.sharing { Sharing::On } else { Sharing::Off }),
                at: races.at,
                ..link::Place::default()
            });
        }
        link::write(&link::Place {
            scenario: self.entry().map(|e| e.name.to_owned()),
            text: self.edited.then(|| self.text.to_string()),
            sharing: Some(self.sharing),
            kernel: Some(self.kernel),
            format: self.format,
            seed: self.seed,
            at: self.at,
            block: self.selected,
            ..link::Place::default()
        })
    }

    /// Opens a built-in scenario at its first step.
    fn open(&mut self, scenario: usize) {
        let Some(entry) = self.catalogue.get(scenario).copied() else { return };
        self.scenario = scenario;
        self.loaded = None;
        self.edited = false;
        self.draft = None;
        self.refused = None;
        self.seed = None;
        self.read(entry.source);
        self.sharing = self.declared_sharing().unwrap_or(self.sharing);
        self.run(Then::At(0));
    }

    /// A machine over the metadata of the image that is open.
    fn load(&mut self, contents: Rc<image::Contents>) {
        let Some(Image::Open(shown)) = &self.image else { return };
        match image::script_of(&shown.overview, contents.pages.len()) {
            Err(why) => self.notice = Some(why),
            Ok(text) => {
                self.image = None;
                self.races = None;
                self.draft = None;
                self.refused = None;
                self.loaded = Some(contents);
                self.edited = true;
                self.format = Format::default();
                self.read(&text);
                self.sharing = self.declared_sharing().unwrap_or(self.sharing);
                self.run(Then::Last);
            }
        }
    }

    fn read(&mut self, text: &str) {
        self.text = text.into();
        self.source = run::read(self.entry().map_or("script", |e| e.name), &self.format.applied(text));
        if let Ok(source) = &mut self.source {
            if let Some(source) = Rc::get_mut(source) {
                source.loaded.clone_from(&self.loaded);
            }
            self.kernel = source.script.kernel;
        }
    }

    /// A script that speaks of one world only is shown in that one.
    fn declared_sharing(&self) -> Option<Sharing> {
        self.source.as_ref().ok().map(|s| s.script.sharing).filter(|s| *s != Sharing::Compare)
    }

    pub(super) fn go(&mut self, at: usize) {
        let at = at.min(self.track.last());
        self.stepped = at == self.at + 1;
        self.at = at;
        let step = |n: usize| self.track.step(at, n);
        self.frames = self.runs.iter().enumerate().map(|(n, run)| self.kept.frame(n, run, step(n))).collect();
    }

    /// Which of two runs the inspector, the console, the log and the trace tell of.
    pub(super) fn looked_at(&self) -> usize {
        self.look.half.min(self.frames.len().saturating_sub(1))
    }

    /// That run at the playhead.
    pub(super) fn frame(&self) -> Option<&Rc<Frame>> {
        self.frames.get(self.looked_at())
    }

    /// That run, and its step at the playhead.
    pub(super) fn run_and_step(&self) -> Option<(&Rc<Run>, usize)> {
        let n = self.looked_at();
        Some((self.runs.get(n)?, self.track.step(self.at, n)))
    }

    /// The script line that the playhead is in.
    pub(super) fn line(&self) -> Option<usize> {
        let step = self.track.step(self.at, 0);
        let lines = &self.runs.first()?.lines;
        lines.iter().find(|l| l.step >= step).or(lines.last()).map(|l| l.line)
    }

    /// Changes the state. What the browser has to do about it (timer, storage) is the page's.
    pub(super) fn update(&mut self, msg: Msg) {
        if !matches!(msg, Msg::Tick | Msg::GoOnRunning | Msg::Copied(_) | Msg::Link(_) | Msg::Image(ImageMsg::Answer(_))) {
            self.notice = None;
        }
        if let Some(playing) = self.races.as_mut().and_then(|races| races.update(&msg, self.playing)) {
            self.playing = playing;
            return;
        }
        match msg {
            Msg::Scenario(n) if n == self.catalogue.len() => self.update(Msg::Races(RacesMsg::Open)),
            Msg::Scenario(n) => {
                self.races = None;
                self.open(n);
            }
            Msg::Races(_) => {
                self.playing = false;
                self.prompt = None;
                self.races = Some(Races::new(Race::CloseOpen, true));
            }
            Msg::Key(key, shift) => {
                if let Some(msg) = self.key(&key, shift) {
                    self.update(msg);
                }
            }
            Msg::Sharing(sharing) => {
                self.sharing = sharing;
                self.again();
            }
            Msg::Kernel(kernel) => {
                self.kernel = kernel;
                self.again();
            }
            Msg::Format(format) => {
                self.format = format;
                let kernel = self.kernel;
                self.read(&self.text.clone());
                self.kernel = kernel;
                self.again();
            }
            Msg::Move(to) => {
                self.playing = false;
                self.prompt = None;
                if let Some(at) = self.target(to) {
                    self.go(at);
                }
            }
            Msg::Line(line) => {
                self.playing = false;
                self.prompt = None;
                let step = self.runs.first().and_then(|r| r.lines.iter().find(|l| l.line == line)).map(|l| l.step);
                if let Some(step) = step {
                    self.go(self.track.position(step, 0));
                }
            }
            Msg::Toggle => {
                self.prompt = None;
                if !self.playing && self.at == self.track.last() {
                    self.go(0);
                }
                self.playing = !self.playing && self.track.last() > 0;
            }
            Msg::Tick => self.tick(),
            Msg::GoOnRunning => self.go_on_running(GO_ON_MS),
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
                self.pane = Pane::Block;
                self.inspector = true;
                self.look.going = false;
            }
            Msg::Inspector => self.inspector = !self.inspector,
            Msg::Help => self.help = !self.help,
            Msg::Close => {
                self.plots = false;
                self.help = false;
                self.look.going = false;
                self.look.embed = Embed::Closed;
                self.inspector = false;
                self.draft = None;
                self.prompt = None;
            }
            Msg::Edit => self.draft = Some(Draft { text: self.text.to_string(), problem: None }),
            Msg::Draft(text) => {
                if let Some(draft) = &mut self.draft {
                    draft.text = text;
                }
            }
            Msg::RunDraft => self.run_draft(),
            Msg::Type(command) => self.type_command(&command),
            Msg::TraceFilter(text) => self.trace_filter = text,
            Msg::Answer => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.shown = true;
                }
            }
            Msg::GoOn => {
                self.prompt = None;
                self.playing = self.at < self.track.last();
            }
            Msg::Link(hash) => {
                self.image = None;
                self.draft = None;
                self.restore(&hash);
            }
            Msg::Share => {}
            Msg::Copied(copied) => {
                let text = if copied { "The link to this moment is copied." } else { "The link to this moment is in the address bar." };
                self.notice = Some(text.to_owned());
            }
            Msg::Notice(text) => self.notice = Some(text),
            Msg::Pane(pane) => {
                self.pane = pane;
                self.inspector = true;
            }
            Msg::Save(_) => {}
            Msg::TraceGroup(group) => self.trace_group = group,
            Msg::Plots => self.plots = !self.plots,
            Msg::Image(ImageMsg::Contents(contents)) => self.load(contents),
            Msg::Image(msg) => {
                self.playing = false;
                self.image = image::update(self.image.take(), msg);
            }
            Msg::Look(msg) => self.look.update(msg),
            Msg::Seed(seed) => {
                self.seed = seed;
                self.again();
            }
        }
    }

    /// What a key means on the screen that is shown.
    pub(super) fn key(&self, key: &str, shift: bool) -> Option<Msg> {
        let own = match (&self.image, &self.races) {
            (Some(_), _) => image::key(key),
            (None, Some(_)) => races::key(key),
            (None, None) => None,
        };
        let machine = self.image.is_none() && self.races.is_none();
        // What only the machine has does nothing on another screen.
        own.or_else(|| keys::message(key, shift).filter(|msg| machine || !matches!(msg, Msg::Look(_))))
    }

    /// The next step; a question that stands there pauses playback.
    fn tick(&mut self) {
        if !self.playing {
            return;
        }
        self.go(self.at + 1);
        self.playing = self.at < self.track.last();
        let step = self.track.step(self.at, 0);
        let before = self.at.checked_sub(1).map(|at| self.track.step(at, 0));
        let (Ok(source), Some(run)) = (&self.source, self.runs.first()) else { return };
        let reached = |l: &&run::Line| l.step == step && before != Some(step);
        let asked = run
            .lines
            .iter()
            .filter(reached)
            .find_map(|l| source.script.body.iter().find(|s| s.line == l.line && matches!(s.action, Action::Ask(..))));
        if let Some(Action::Ask(question, answer)) = asked.map(|s| &s.action) {
            self.prompt = Some(Prompt { question: question.clone(), answer: answer.clone(), shown: false });
            self.playing = false;
        }
    }

    fn run_draft(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        let text = draft.text.clone();
        if let Err(problem) = run::read("script", &self.format.applied(&text)) {
            draft.problem = Some(problem);
            return;
        }
        self.draft = None;
        self.refused = None;
        self.edited = self.entry().is_none_or(|e| e.source != text);
        let then = self.here();
        self.read(&text);
        self.run(then);
    }

    /// A command typed at the console becomes the last line of the script: so it is in the link, and can be taken back.
    fn type_command(&mut self, command: &str) {
        let command = command.trim();
        if command.is_empty() {
            return;
        }
        self.history.retain(|c| c != command);
        self.history.push(command.to_owned());
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
        let own = command.split(' ').next().is_some_and(run::is_verb);
        let line = if own { command.to_owned() } else { format!("$ {command}") };
        let text = format!("{}\n{line}\n", self.text.trim_end());
        match run::read("script", &self.format.applied(&text)) {
            Err(problem) => self.refused = Some(problem),
            Ok(_) => {
                self.refused = None;
                self.edited = true;
                self.draft = None;
                let kernel = self.kernel;
                self.read(&text);
                self.kernel = kernel;
                self.run(Then::Last);
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
            Move::PreviousCommand => Some(commands().rfind(|at| *at < self.at).unwrap_or(0)),
            Move::NextCommand => Some(commands().find(|at| *at > self.at).unwrap_or_else(|| self.track.last())),
            Move::Divergence => self.track.apart.map(|(from, _)| from),
            Move::NextFailure => self.track.next(self.at, MarkKind::Failed),
            Move::To(at) => Some(at),
        }
    }
}
