//! The page's state as a plain value.

use super::catalogue::{self, Entry, Format};
use super::image::{self, Image};
use super::link;
use super::look::Look;
use super::msg::{Datum, Tab, Theme};
use super::panes::Pane;
use super::races::Races;
use super::run::{self, Problem, Source};
use super::running::Then;
use crate::playback::{Frame, Frames, Moment, Playback, Shared, Side, Track};
use crate::scenario::ast::{Question, Sharing};
use crate::timeline::trace::Group;
use dm_cache_engine::kernel::Kernel;
use std::rc::Rc;

/// Playback speeds, in quarters of normal.
pub(super) const SPEEDS: [u32; 5] = [2, 4, 8, 16, 32];
/// From this speed on nothing moves any more: steps show where they end.
const STILL_QUARTERS: u32 = 16;

/// A question that stands open: what comes after it is hidden until it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// Where it stands in the script.
    pub(super) line: usize,
    pub(super) question: Question,
    /// The choice that was made, counted from 1; 0 where there are none.
    pub(super) answered: Option<usize>,
    /// It paused playback, which goes on after it.
    pub(super) playing: bool,
}

/// A script being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
}

/// What a script was before commands were typed behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) text: Rc<str>,
    pub(super) edited: bool,
    /// Where the playhead was.
    pub(super) at: usize,
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
    /// What has run.
    pub(super) playback: Option<Rc<Playback>>,
    /// A script that takes long: until it has run there is nothing to show.
    pub(super) running: Option<(Playback, Then)>,
    pub(super) frames: Vec<Rc<Frame>>,
    pub(super) kept: Frames,
    pub(super) at: usize,
    /// The moment that a change of circumstances started from, and the position it led to.
    pub(super) came: Option<(usize, Rc<[Moment]>)>,
    /// The playhead came here by a step forward: what changed may move.
    pub(super) stepped: bool,
    pub(super) playing: bool,
    pub(super) speed: usize,
    pub(super) prompt: Option<Prompt>,
    /// Lines of the questions of this run that are answered or skipped.
    pub(super) asked: Vec<usize>,
    pub(super) theme: Theme,
    pub(super) tab: Tab,
    pub(super) history: Vec<String>,
    pub(super) refused: Option<Problem>,
    /// The console says what it understands.
    pub(super) told: bool,
    /// Before each typed command that can be taken back.
    pub(super) typed: Vec<Typed>,
    pub(super) trace_filter: String,
    pub(super) selected: Option<u64>,
    /// The data block that was chosen.
    pub(super) datum: Option<Datum>,
    pub(super) inspector: bool,
    pub(super) help: bool,
    /// The list of scenarios is open.
    pub(super) picking: bool,
    /// What was edited last, as this browser keeps it.
    pub(super) kept_script: Option<Rc<str>>,
    /// Something to be told once: a link not understood, a link copied.
    pub(super) notice: Option<String>,
    /// A metadata image that is looked at instead of the machine.
    pub(super) image: Option<Image>,
    pub(super) pane: Pane,
    pub(super) trace_group: Option<Group>,
    pub(super) plots: bool,
    /// What the script's metadata device holds from the start.
    pub(super) loaded: Option<Rc<image::Contents>>,
    /// A line of a real machine that is told instead of showing the machine.
    pub(super) pasted: Option<String>,
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
            playback: None,
            running: None,
            frames: Vec::new(),
            kept: Frames::default(),
            at: 0,
            came: None,
            stepped: false,
            playing: false,
            speed: 1,
            prompt: None,
            asked: Vec::new(),
            theme: Theme::default(),
            tab: Tab::default(),
            history: Vec::new(),
            refused: None,
            told: false,
            typed: Vec::new(),
            trace_filter: String::new(),
            selected: None,
            datum: None,
            inspector: false,
            help: false,
            picking: false,
            kept_script: None,
            notice: None,
            image: None,
            pane: Pane::default(),
            trace_group: None,
            plots: false,
            loaded: None,
            pasted: None,
            races: None,
            look: Look::default(),
        };
        model.restore(hash);
        model
    }

    /// Everything as a link says; what is not understood is named, and the rest holds.
    pub(super) fn restore(&mut self, hash: &str) {
        let (place, unknown) = link::read(hash);
        self.loaded = None;
        self.pasted = place.paste.then(String::new);
        let known = place.scenario.as_ref().map(|name| self.catalogue.iter().position(|e| e.name == name));
        self.scenario = known.flatten().unwrap_or(0);
        self.notice = unknown.or_else(|| match known {
            Some(None) => Some("The link names a scenario that this page does not have.".to_owned()),
            _ => None,
        });
        self.format = place.format;
        self.seed = place.seed;
        self.typed.clear();
        self.edited = place.text.is_some();
        let text = place.text.unwrap_or_else(|| self.entry().map_or_else(String::new, |e| e.source.to_owned()));
        self.read(&text);
        self.sharing = place.sharing.unwrap_or_else(|| self.opening_sharing());
        if let Some(kernel) = place.kernel {
            self.kernel = kernel;
        }
        self.selected = place.block;
        self.pane = if self.selected.is_some() { Pane::Block } else { Pane::default() };
        self.races = place.races.map(|race| Races::of_link(race, place.sharing != Some(Sharing::Off), place.order.as_deref(), place.at));
        self.run(Then::At(if self.races.is_some() { 0 } else { place.at }));
        self.playing = place.play && self.races.is_none() && self.track().last() > self.at;
    }

    /// The scenario of the catalogue that the script comes from.
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.catalogue.get(self.scenario)
    }

    /// The script's own title; none where it has none.
    pub(super) fn title(&self) -> Option<&str> {
        let title = match &self.source {
            Ok(source) => source.script.title.as_str(),
            // If the script cannot be parsed, the line that looks like a title.
            Err(_) => self.text.lines().find_map(|l| l.strip_prefix("# ")).unwrap_or_default(),
        };
        Some(title.trim()).filter(|title| !title.is_empty())
    }

    /// Whether the script is the catalogue's, or that one with changes; else it is the viewer's own.
    pub(super) fn is_of_the_catalogue(&self) -> bool {
        !self.edited || self.entry().is_some_and(|e| self.title() == Some(e.title))
    }

    /// What the script on show is called.
    pub(super) fn heading(&self) -> String {
        match (&self.races, self.edited, self.entry()) {
            (Some(_), ..) => "Races in lookup_or_open".to_owned(),
            (None, false, Some(entry)) => entry.title.to_owned(),
            _ => self.own_title(),
        }
    }

    /// The viewer's own script, or the scenario that it was made from.
    pub(super) fn own_title(&self) -> String {
        let title = self.title().unwrap_or("my script");
        if self.is_of_the_catalogue() { format!("{title}, edited") } else { title.to_owned() }
    }

    /// The name of files, without its ending.
    pub(super) fn file_stem(&self) -> String {
        if let Some(entry) = self.entry().filter(|_| self.is_of_the_catalogue()) {
            return entry.name.to_owned();
        }
        let words = self.title().unwrap_or_default().to_lowercase();
        let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let stem: String = words.join("-").chars().take(60).collect();
        if stem.is_empty() { "my-script".to_owned() } else { stem }
    }

    /// What was edited and has not run.
    pub(super) fn has_unsaved(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| *draft.text != *self.text)
    }

    /// Ends editing, unless something would be lost by it.
    pub(super) fn close_editor(&mut self) {
        if !self.has_unsaved() {
            self.draft = None;
        }
    }

    /// The moment on show, as a link says it.
    pub(super) fn link(&self) -> String {
        if self.pasted.is_some() {
            return link::write(&link::Place { paste: true, ..link::Place::default() });
        }
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
            scenario: self.entry().filter(|_| self.is_of_the_catalogue()).map(|e| e.name.to_owned()),
            text: self.edited.then(|| self.text.to_string()),
            sharing: Some(self.sharing),
            kernel: Some(self.kernel),
            format: self.format,
            seed: self.seed,
            at: self.step_to_come(),
            block: self.selected,
            ..link::Place::default()
        })
    }

    /// Opens a built-in scenario at its first step.
    pub(super) fn open(&mut self, scenario: usize) {
        let Some(entry) = self.catalogue.get(scenario).copied() else { return };
        self.scenario = scenario;
        self.loaded = None;
        self.edited = false;
        self.close_editor();
        self.refused = None;
        self.told = false;
        self.typed.clear();
        self.seed = None;
        self.format = Format::default();
        self.read(entry.source);
        self.sharing = self.opening_sharing();
        self.run(Then::At(0));
    }

    /// A machine over the metadata of the image that is open.
    pub(super) fn load(&mut self, contents: Rc<image::Contents>) {
        let Some(Image::Open(shown)) = &self.image else { return };
        let name = image::name_in_scripts(&shown.overview.name);
        // A script that waits for this file goes on with it.
        let waiting =
            self.source.is_err() && crate::scenario::parse("script", &self.text).is_ok_and(|s| s.unfilled().any(|(_, file)| file == name));
        let text = if waiting { Ok(self.text.to_string()) } else { image::script_of(shown, contents.pages.len()) };
        let contents = Rc::new(image::Contents { name, pages: contents.pages.clone() });
        match text {
            Err(why) => self.notice = Some(why),
            Ok(text) => {
                self.loaded = Some(contents);
                self.show_own(&text);
            }
        }
    }

    /// A script that was made here, run to its end.
    pub(super) fn show_own(&mut self, text: &str) {
        self.image = None;
        self.races = None;
        self.pasted = None;
        self.close_editor();
        self.refused = None;
        self.typed.clear();
        self.edited = true;
        self.format = Format::default();
        self.read(text);
        self.sharing = self.opening_sharing();
        self.run(Then::Last);
    }

    pub(super) fn read(&mut self, text: &str) {
        self.text = text.into();
        self.source = self.understood(text);
        if let Ok(source) = &self.source {
            self.kernel = source.script.kernel;
        }
    }

    /// A script as it would run here: in the format that was chosen, over the image that was opened.
    pub(super) fn understood(&self, text: &str) -> Result<Rc<Source>, Problem> {
        let mut source = run::read("script", &self.format.applied(text))?;
        let Some(own) = Rc::get_mut(&mut source) else { return Ok(source) };
        for disk in own.script.disks.clone() {
            let Some(file) = &disk.from else { continue };
            let problem = |message: String| Problem {
                line: disk.line,
                column: 1,
                message,
                expected: format!("the file: Open image, choose {file}, then Activate it in the machine"),
                help: Some("Without `from` the disk holds zeros.".to_owned()),
            };
            match self.loaded.as_ref().filter(|loaded| loaded.name == *file) {
                Some(loaded) => own.script.fill_pages(&disk.name, loaded.pages.clone()).map_err(problem)?,
                None => return Err(problem(format!("The file {file} is not here. A link does not hold it, and it was not uploaded."))),
            }
        }
        Ok(source)
    }

    /// What a script is opened in, whatever was chosen before: in the one world that it speaks of, and of two in the one without the
    /// fix, which is what a comparison is about.
    fn opening_sharing(&self) -> Sharing {
        let declared = self.source.as_ref().map(|s| s.script.sharing);
        declared.ok().filter(|s| *s != Sharing::Compare).unwrap_or(Sharing::Off)
    }

    pub(super) fn go(&mut self, at: usize) {
        let at = at.min(self.track().last());
        self.stepped = at == self.at + 1;
        self.at = at;
        let Some(playback) = &self.playback else {
            self.frames.clear();
            return;
        };
        let kept = &mut self.kept;
        self.frames = playback.sides().enumerate().map(|(n, side)| kept.frame(n, side.timeline, playback.track().step(at, n))).collect();
    }

    /// The worlds on show: none, one or two.
    pub(super) fn sides(&self) -> impl Iterator<Item = Side<'_>> {
        self.playback.iter().flat_map(|playback| playback.sides())
    }

    /// One of them.
    pub(super) fn side(&self, world: usize) -> Option<Side<'_>> {
        self.playback.as_ref()?.side(world)
    }

    /// Steps follow each other too fast for anything to move in between.
    pub(super) fn hurries(&self) -> bool {
        SPEEDS.get(self.speed).is_some_and(|quarters| *quarters >= STILL_QUARTERS)
    }

    /// One of them, for a part of the page that keeps it.
    pub(super) fn shared(&self, world: usize) -> Option<Shared> {
        Some(Shared { playback: Rc::clone(self.playback.as_ref()?), world })
    }

    /// The positions that they share; of none, the first alone.
    pub(super) fn track(&self) -> &Track {
        static NONE: Track = Track::EMPTY;
        self.playback.as_ref().map_or(&NONE, |playback| playback.track())
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
    pub(super) fn side_and_step(&self) -> Option<(Side<'_>, usize)> {
        let n = self.looked_at();
        Some((self.side(n)?, self.track().step(self.at, n)))
    }

    /// The script line that the playhead is in.
    pub(super) fn line(&self) -> Option<usize> {
        self.playback.as_ref()?.line(self.at)
    }
}
