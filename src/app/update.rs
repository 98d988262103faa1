//! What each message does to the state.

use super::embed::Embed;
use super::image::{self, ImageMsg};
use super::keys;
use super::landing;
use super::look::Sheet;
use super::model::{Draft, Model, SPEEDS, Typed};
use super::msg::{Move, Msg, Theme};
use super::panes::Pane;
use super::races::{self, Races, RacesMsg};
use super::running::{GO_ON_MS, Then};
use crate::explore::Race;
use crate::playback::MarkKind;
use crate::scenario::typed;
use std::rc::Rc;

/// Why a script that was edited stays open.
const UNSAVED: &str = "What you have edited has not run: Run (Ctrl Enter) keeps it, Cancel discards it.";
/// Commands that the console remembers.
const HISTORY_MAX: usize = 200;

impl Model {
    /// Changes the state. What the browser has to do about it (timer, storage) is the page's.
    pub(super) fn update(&mut self, msg: Msg) {
        if !matches!(msg, Msg::Tick | Msg::GoOnRunning | Msg::Copied(_) | Msg::Link(_) | Msg::Image(ImageMsg::Answer(_))) {
            self.notice = None;
        }
        if matches!(msg, Msg::Scenario(_) | Msg::Link(_)) {
            self.picking = false;
            self.pasted = None;
        }
        if let Some(playing) = self.races.as_mut().and_then(|races| races.update(&msg, self.playing)) {
            self.playing = playing;
            return;
        }
        match msg {
            Msg::Scenario(n) if n == self.catalogue.len() => self.update(Msg::Races(RacesMsg::Open)),
            // The one that this browser has kept.
            Msg::Scenario(n) if n == self.catalogue.len() + 2 => {
                self.races = None;
                if !self.has_unsaved() {
                    self.draft = self.kept_script.as_ref().map(|text| Draft { text: text.to_string(), problem: None });
                }
            }
            Msg::Scenario(n) if n == self.catalogue.len() + 3 => self.paste(Some(String::new())),
            // The viewer's own script, which is still there.
            Msg::Scenario(n) if n > self.catalogue.len() => self.races = None,
            Msg::Scenario(n) => {
                self.races = None;
                self.open(n);
            }
            Msg::Picker(open) => self.picking = open,
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
                let forward = matches!(to, Move::Forward | Move::NextCommand);
                if forward && self.ask_here() {
                    return;
                }
                self.leave_question(forward);
                if let Some(at) = self.target(to) {
                    let asks = (self.at + 1..at).find(|at| self.question_at(*at).is_some());
                    self.go(asks.filter(|_| forward).unwrap_or(at));
                }
                if forward {
                    self.ask_here();
                }
            }
            Msg::Line(line) => {
                self.playing = false;
                self.prompt = None;
                if let Some(at) = self.playback.as_ref().map(|playback| playback.at_line(line)) {
                    self.go(at);
                }
            }
            Msg::Toggle => {
                self.leave_question(true);
                if !self.playing && self.at == self.track().last() {
                    self.go(0);
                }
                self.playing = !self.playing && self.track().last() > 0;
            }
            Msg::Tick => self.tick(),
            Msg::GoOnRunning => self.go_on_running(GO_ON_MS),
            Msg::StopRunning => self.stop_running(),
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
            Msg::Datum(datum) => {
                self.datum = Some(datum);
                self.pane = Pane::Mappings;
                self.inspector = true;
            }
            Msg::Inspector => self.inspector = !self.inspector,
            Msg::Help => self.help = !self.help,
            Msg::Close => {
                self.plots = false;
                self.help = false;
                self.look.going = false;
                self.look.presenting = false;
                self.look.embed = Embed::Closed;
                self.inspector = false;
                self.told = false;
                self.prompt = None;
                self.notice = self.has_unsaved().then(|| UNSAVED.to_owned());
                self.close_editor();
            }
            Msg::Discard => self.draft = None,
            Msg::Edit => self.draft = Some(Draft { text: self.text.to_string(), problem: None }),
            Msg::Draft(text) => {
                if let Some(draft) = &mut self.draft {
                    draft.text = text;
                    draft.problem = None;
                }
            }
            Msg::RunDraft => self.run_draft(),
            Msg::Type(command) => self.type_commands(&command),
            Msg::TakeBack => self.take_back(),
            Msg::TraceFilter(text) => self.trace_filter = text,
            Msg::Answer(choice) => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.answered = Some(choice);
                }
            }
            Msg::GoOn if self.prompt.as_ref().is_some_and(|prompt| prompt.playing) => {
                self.leave_question(true);
                self.playing = self.at < self.track().last();
            }
            Msg::GoOn => self.update(Msg::Move(Move::Forward)),
            // The landing stands before the machine, which waits as it is.
            Msg::Link(hash) if landing::asks_for_nothing(&hash) => self.playing = false,
            Msg::Link(hash) => {
                self.image = None;
                self.close_editor();
                self.restore(&hash);
            }
            Msg::Share => {}
            Msg::Copied(copied) => {
                let text = if copied { "The link to this moment is copied." } else { "The link to this moment is in the address bar." };
                self.notice = Some(text.to_owned());
            }
            Msg::Paste(text) => self.paste(text),
            Msg::Build(text) => self.show_own(&text),
            Msg::Notice(text) => self.notice = Some(text),
            Msg::Pane(pane) => {
                self.pane = pane;
                self.inspector = true;
                self.look.sheet = Sheet::Inspect;
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
        if self.pasted.is_some() {
            return match key {
                "Escape" => Some(Msg::Paste(None)),
                "t" => Some(Msg::Theme),
                _ => None,
            };
        }
        if let (Some(prompt), Ok(digit)) = (&self.prompt, key.parse::<usize>()) {
            let open = prompt.answered.is_none() && (1..=prompt.question.choices.len()).contains(&digit);
            return open.then_some(Msg::Answer(digit));
        }
        let own = match (&self.image, &self.races) {
            (Some(_), _) => image::key(key),
            (None, Some(_)) => races::key(key),
            (None, None) => None,
        };
        let machine = self.image.is_none() && self.races.is_none();
        // What a screen does not have does nothing there.
        let here = |msg: &Msg| match msg {
            Msg::Look(_) => machine,
            Msg::Picker(_) => self.image.is_none(),
            _ => true,
        };
        own.or_else(|| keys::message(key, shift).filter(here))
    }

    /// The next step; a question that stands there pauses playback.
    fn tick(&mut self) {
        if !self.playing {
            return;
        }
        if self.ask_here() {
            return;
        }
        self.go(self.at + 1);
        self.playing = self.at < self.track().last();
        self.ask_here();
    }

    fn run_draft(&mut self) {
        let Some(Draft { text, .. }) = self.draft.clone() else { return };
        if let Err(problem) = self.understood(&text) {
            self.draft = Some(Draft { text, problem: Some(problem) });
            return;
        }
        self.draft = None;
        self.refused = None;
        self.typed.clear();
        self.edited = self.entry().is_none_or(|e| e.source != text);
        let then = self.here();
        self.read(&text);
        self.run(then);
    }

    /// Commands typed or pasted at the console become the last lines of the script: so they are in the link, and can be taken back.
    fn type_commands(&mut self, typed: &str) {
        let commands = typed::commands(typed);
        self.told = commands == ["help"];
        if commands.is_empty() || self.told {
            return;
        }
        if self.has_unsaved() {
            self.notice = Some(UNSAVED.to_owned());
            return;
        }
        for command in &commands {
            self.history.retain(|c| c != command);
            self.history.push((*command).to_owned());
        }
        self.history.drain(..self.history.len().saturating_sub(HISTORY_MAX));
        let lines: Vec<String> = commands.into_iter().map(typed::statement).collect();
        let text = typed::behind(&self.text, &lines);
        match self.understood(&text) {
            Err(problem) => self.refused = Some(problem),
            Ok(_) => {
                self.typed.push(Typed { text: Rc::clone(&self.text), edited: self.edited, at: self.step_to_come() });
                self.typed.drain(..self.typed.len().saturating_sub(HISTORY_MAX));
                self.refused = None;
                self.edited = true;
                self.draft = None;
                let kernel = self.kernel;
                self.read(&text);
                self.kernel = kernel;
                self.run_on();
            }
        }
    }

    /// The script as it was before the last commands were typed, and the playhead where it was.
    fn take_back(&mut self) {
        let Some(Typed { text, edited, at }) = self.typed.pop() else { return };
        let kernel = self.kernel;
        self.refused = None;
        self.edited = edited;
        self.read(&text);
        self.kernel = kernel;
        self.run(Then::At(at));
    }

    fn target(&self, to: Move) -> Option<usize> {
        let commands = || self.track().marks.iter().filter(|m| m.kind == MarkKind::Command && m.world == 0).map(|m| m.at);
        match to {
            Move::First => Some(0),
            Move::Back => self.at.checked_sub(1),
            Move::Forward => Some(self.at + 1),
            Move::Last => Some(self.track().last()),
            Move::PreviousCommand => Some(commands().rfind(|at| *at < self.at).unwrap_or(0)),
            Move::NextCommand => Some(commands().find(|at| *at > self.at).unwrap_or_else(|| self.track().last())),
            Move::Divergence => self.track().apart.map(|(from, _)| from),
            Move::NextFailure => self.track().next_failure(self.at),
            Move::To(at) => Some(at),
        }
    }
}
