//! Running a script piece by piece: the page answers meanwhile and says how far it is. Most scripts end within the first piece.

use super::model::Model;
use super::msg::Msg;
use super::page::{Link, send};
use crate::playback::{Frames, Moment, Playback};
use crate::scenario::run::Options;
use std::rc::Rc;
use yew::prelude::*;

/// A script may take so many milliseconds before the page says that it runs.
const AT_ONCE_MS: f64 = 120.0;
/// Milliseconds between two times that the page answers.
pub(super) const GO_ON_MS: f64 = 40.0;

/// Where the playhead goes when a script has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    At(usize),
    /// To where the script was in these worlds.
    Same(Rc<[Moment]>),
    Last,
}

impl Model {
    /// Runs the script, or begins to.
    pub(super) fn run(&mut self, then: Then) {
        self.playing = false;
        self.prompt = None;
        self.asked.clear();
        self.show(None, Then::At(0));
        let options = Options { sharing: Some(self.sharing), kernel: Some(self.kernel), seed: self.seed };
        self.running = self.source.as_ref().ok().map(|source| (Playback::new(source.script.clone(), options), then));
        self.go_on_running(AT_ONCE_MS);
    }

    /// Goes on with the lines behind those that have run; where nothing has run, with all of them.
    pub(super) fn run_on(&mut self) {
        let (Ok(source), Some(playback)) = (&self.source, self.playback.take()) else { return self.run(Then::Last) };
        let mut playback = Rc::unwrap_or_clone(playback);
        playback.append(source.script.clone());
        self.playing = false;
        self.prompt = None;
        self.show(None, Then::At(0));
        self.running = Some((playback, Then::Last));
        self.go_on_running(AT_ONCE_MS);
    }

    /// Goes on running the script for so many milliseconds, and shows it when it has ended.
    pub(super) fn go_on_running(&mut self, ms: f64) {
        let Some((mut running, then)) = self.running.take() else { return };
        let until = js_sys::Date::now() + ms;
        if running.advance_while(|| js_sys::Date::now() < until) {
            self.show(Some(running), then);
        } else {
            self.running = Some((running, then));
        }
    }

    /// Ends the run where it is, and shows what there is of it.
    pub(super) fn stop_running(&mut self) {
        if let Some((mut running, _)) = self.running.take() {
            running.tell();
            self.show(Some(running), Then::Last);
        }
    }

    fn show(&mut self, playback: Option<Playback>, then: Then) {
        self.kept = Frames::default();
        self.playback = playback.map(Rc::new);
        self.go(match &then {
            Then::At(at) => *at,
            Then::Same(moments) => self.position_of(moments),
            Then::Last => self.track().last(),
        });
        self.came = if let Then::Same(moments) = then { Some((self.at, moments)) } else { None };
    }

    /// Where a moment is now: in the world that it was seen in, or else in the one on show.
    fn position_of(&self, moments: &[Moment]) -> usize {
        let mut sides = self.sides().enumerate();
        let same = sides.find_map(|(n, side)| Some((n, side, moments.iter().find(|m| m.sharing == side.sharing)?)));
        let found = same.or_else(|| Some((0, self.sides().next()?, moments.first()?)));
        found.map_or(0, |(n, side, moment)| self.track().position(moment.step(side), n))
    }

    /// The step on show, or the one that a script which still runs was opened at.
    pub(super) fn step_to_come(&self) -> usize {
        match &self.running {
            Some((_, Then::At(at))) => *at,
            _ => self.at,
        }
    }

    /// Of a script that is running: statements done, of so many.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        self.running.as_ref().map(|(running, _)| running.progress())
    }

    /// Runs the script again in other circumstances and stays at the same moment of it.
    pub(super) fn again(&mut self) {
        let then = self.here();
        self.run(then);
    }

    /// The moment at the playhead, or where it is to go. Where it came to from a world that has more steps, the moment there: so the
    /// way back leads to where it began.
    pub(super) fn here(&self) -> Then {
        if let Some((_, then)) = &self.running {
            return then.clone();
        }
        match &self.came {
            Some((at, moments)) if *at == self.at => Then::Same(Rc::clone(moments)),
            _ => Then::Same(self.sides().enumerate().filter_map(|(n, side)| Moment::of(side, self.track().step(self.at, n))).collect()),
        }
    }
}

/// How far the script has run.
pub(super) fn view((done, of): (usize, usize), link: &Link) -> Html {
    html! {
        <div class="empty running" data-running="true">
            <strong role="status">{ "Running the script" }</strong>
            <p class="mono">{ format!("statement {} of {of}", (done + 1).min(of)) }</p>
            <p><progress aria-label="Statements run" max={of.max(1).to_string()} value={done.to_string()} /></p>
            <p><button class="button boxed" type="button" onclick={send(link, Msg::StopRunning)}>{ "Stop" }<kbd>{ "Esc" }</kbd></button></p>
            <p class="quiet">{ "You can step through it and play it when it has finished, or as far as it got when you stop it." }</p>
        </div>
    }
}
