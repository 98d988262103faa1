//! Events folded into a View, steps to stop at, and seeking among them.
//!
//! A [`Timeline`] holds every event of a run, a keyframe of the View every [`KEYFRAME_EVENTS`] events (fewer where Views are large), and the
//! steps. Seeking is the nearest keyframe and a replay from there, so stepping back costs what stepping forward does.

mod ages;
pub mod causes;
pub mod changes;
mod check;
pub mod chips;
pub mod closing;
mod digest;
pub mod few;
pub mod history;
pub mod names;
pub mod picture;
mod project;
pub mod promises;
mod route;
pub mod series;
pub mod steps;
pub mod terms;
pub mod text;
pub mod trace;
pub mod track;
pub mod tree;
pub mod view;
pub mod why;
pub mod words;

pub use check::{Checked, MetadataPlaces, OnDisk};
pub use dm_cache_engine::event::StepKind;
pub use project::project;
pub use view::View;

use ages::Ages;
use dm_cache_engine::event::{Event, Slot, TableId};
use std::ops::Range;
use std::sync::Arc;

/// Events between two keyframes: replaying so many takes a few milliseconds.
pub const KEYFRAME_EVENTS: usize = 8192;
/// Bytes that keyframes may take.
pub const KEYFRAMES_BYTES: usize = 48 << 20;
/// Bytes of a View's maps that one event makes new: a leaf, and what leads to it.
const CHANGE_BYTES: usize = 2 << 10;

/// One stop of the scrubber: the state after `events` events. What a command typed and its exit code are no stops of their own where
/// something lies between them: they belong to the first and the last stop of the command. A command that fails stops once more, and so
/// does one that waits, where dirty blocks are left that nothing writes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How many events of the timeline have happened at this stop.
    pub events: usize,
    /// What kind of change ends here.
    pub kind: StepKind,
    /// Why it happened and what it means, in at most [`steps::WORDS_MAX`] words.
    pub sentence: String,
    /// Which command (counted from 0) this belongs to; none before the first.
    pub command: Option<usize>,
}

/// A run: all its events, ready to be looked at from any step.
#[derive(Debug, Clone)]
pub struct Timeline {
    events: Vec<Event>,
    keyframes: Vec<Keyframe>,
    /// Events between two keyframes.
    every: usize,
    next_keyframe: usize,
    steps: Vec<Step>,
    head: View,
    /// The View at the last stop.
    stop: View,
    /// A command was typed, and nothing has stopped since.
    typed: bool,
    ages: Ages,
}

/// The View after so many events.
#[derive(Debug, Clone)]
struct Keyframe {
    events: usize,
    view: View,
    /// Bytes of the View's maps.
    bytes: usize,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            keyframes: Vec::new(),
            every: KEYFRAME_EVENTS,
            next_keyframe: 0,
            steps: Vec::new(),
            head: View::default(),
            stop: View::default(),
            typed: false,
            ages: Ages::default(),
        }
    }
}

impl Timeline {
    /// An empty timeline.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends events in order.
    pub fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.push(event);
        }
    }

    fn push(&mut self, event: Event) {
        if self.events.len() >= self.next_keyframe {
            self.keep();
        }
        let resumed = self.resumes(&event);
        self.head.apply(&event);
        self.ages.apply(&event, &self.head, self.events.len());
        self.events.push(event);
        let Some(event) = self.events.last() else { return };
        let kind = match event {
            Event::Command { .. } => {
                self.typed = true;
                return;
            }
            Event::CommandEnd { rc: 0, .. } => (self.typed || self.comes_to_rest()).then_some(StepKind::Command),
            Event::Klog { .. } => {
                self.is_logged();
                return;
            }
            event => event.stops(),
        };
        if let Some(kind) = kind {
            self.typed = false;
            self.comes_to_live();
            let since = self.steps.last().map_or(0, |step| step.events);
            let mut sentence = steps::sentence(&mut steps::Told {
                before: &self.stop,
                after: &self.head,
                since: self.events.get(since..).unwrap_or_default(),
                ages: &mut self.ages,
            });
            sentence.shrink_to_fit();
            let command = self.head.commands.len().checked_sub(1);
            self.steps.push(Step { events: self.events.len(), kind, sentence, command });
        } else if !(resumed || matches!(event, Event::CommandEnd { .. })) {
            return;
        }
        if let Some(step) = self.steps.last_mut() {
            step.events = self.events.len();
            self.stop.clone_from(&self.head);
        }
    }

    /// The kernel says why the last step was refused: it logs that after the callback.
    fn is_logged(&mut self) {
        let (Some(Event::Klog { line }), Some(step)) = (self.events.last(), self.steps.last_mut()) else { return };
        let said = step.events.checked_sub(1).and_then(|at| self.events.get(at));
        if matches!(said, Some(Event::Callback { result: Err(_), .. }))
            && let Some(sentence) = steps::logged(&step.sentence, line)
        {
            step.sentence = sentence;
        }
    }

    /// Time has passed, background work has stopped on the way, and dirty blocks are left: where they are is a stop of its own.
    fn comes_to_rest(&self) -> bool {
        let waits = self.head.commands.back().is_some_and(|c| c.text.starts_with("wait ") || &*c.text == "settle");
        let since = self.steps.last().map_or(0, |step| step.events);
        let stopped = |event: &Event| matches!(event, Event::StaysDirty { why: Some(_), .. });
        waits && self.events.get(since..).unwrap_or_default().iter().any(stopped) && !self.head.why_dirty().is_empty()
    }

    /// A table that the last step took out of its INACTIVE slot is LIVE now: only this tells a resume from a clear.
    fn comes_to_live(&mut self) {
        let Some(Event::SlotChanged { dev, slot: Slot::Live, table: Some(table) }) = self.events.last() else { return };
        let Some(step) = self.steps.last_mut() else { return };
        let said = step.events.checked_sub(1).and_then(|at| self.events.get(at));
        if matches!(said, Some(Event::SlotChanged { slot: Slot::Inactive, table: None, .. })) {
            step.sentence = steps::moves(&self.stop, *dev, table.id);
        }
    }

    /// Whether a device turns live with `event`, as the last step says: the callback comes first, and the step ends where it is so.
    fn resumes(&self, event: &Event) -> bool {
        let Event::DeviceState { dev, suspended: false, .. } = event else { return false };
        let was_suspended = self.head.mapped.get(dev).is_some_and(|m| m.suspended);
        let said = self.steps.last().and_then(|step| self.events.get(step.events.checked_sub(1)?));
        was_suspended && matches!(said, Some(Event::Callback { dev: of, name: "resume", .. }) if of == dev)
    }

    /// Keeps the View as it is. Where keyframes take too much memory, every second one goes, and they come half as often.
    fn keep(&mut self) {
        self.keyframes.push(Keyframe { events: self.events.len(), view: self.head.clone(), bytes: self.head.bytes() });
        // What a keyframe shares with none: all of it, or what so many events have changed.
        let bytes = |every: usize, frames: &[Keyframe]| frames.iter().map(|k| k.bytes.min(every * CHANGE_BYTES)).sum::<usize>();
        while self.keyframes.len() > 2 && bytes(self.every, &self.keyframes) > KEYFRAMES_BYTES {
            self.every *= 2;
            let every = self.every;
            self.keyframes.retain(|k| k.events.is_multiple_of(every));
        }
        self.next_keyframe = (self.events.len() / self.every + 1) * self.every;
    }

    /// Gives back memory that was set aside for a longer run.
    pub fn shrink(&mut self) {
        self.events.shrink_to_fit();
        self.keyframes.shrink_to_fit();
        self.steps.shrink_to_fit();
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// All events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events that lead from the step before to this one.
    #[must_use]
    pub fn events_of(&self, step: usize) -> &[Event] {
        self.events_in(step..step + 1)
    }

    /// The events that lead from the step before the first of these to the last of them.
    #[must_use]
    pub fn events_in(&self, steps: Range<usize>) -> &[Event] {
        let events = |end: usize| end.checked_sub(1).map_or(Some(0), |s| self.steps.get(s).map(|s| s.events));
        let range = events(steps.start).zip(events(steps.end));
        range.and_then(|(from, to)| self.events.get(from..to)).unwrap_or(&[])
    }

    /// The Views of one step after the other.
    #[must_use]
    pub fn walk(&self) -> Walk<'_> {
        Walk { timeline: self, events: 0, view: View::default() }
    }

    /// The View after all events.
    #[must_use]
    pub fn last(&self) -> &View {
        &self.head
    }

    /// The View at a step (past the last one: at the end).
    #[must_use]
    pub fn view_at(&self, step: usize) -> View {
        match self.steps.get(step) {
            Some(step) => self.view_after(step.events),
            None => self.head.clone(),
        }
    }

    fn view_after(&self, events: usize) -> View {
        let at = self.keyframes.partition_point(|k| k.events <= events);
        let (from, mut view) = match at.checked_sub(1).and_then(|k| self.keyframes.get(k)) {
            Some(k) => (k.events, k.view.clone()),
            None => (0, View::default()),
        };
        for event in self.events.get(from..events).unwrap_or(&[]) {
            view.apply(event);
        }
        view.moving = self.moving(&view, events);
        view
    }

    /// The table that is in no slot after so many events and will be LIVE: whether its destructor runs instead only what follows tells.
    #[must_use]
    pub fn moving(&self, view: &View, events: usize) -> Option<TableId> {
        let ahead = self.events.get(events..)?;
        let is_moving = |id: TableId| {
            ahead.iter().find_map(|event| match event {
                Event::SlotChanged { table: Some(table), .. } if table.id == id => Some(true),
                Event::TableDestroyed { table } if *table == id => Some(false),
                _ => None,
            })
        };
        view.mapped.values().flat_map(|m| &m.leaving).map(|t| t.id).find(|id| is_moving(*id) == Some(true))
    }

    /// Every command, with its first step. One that ran beside others and did nothing by itself has the step that follows.
    pub fn commands(&self) -> impl Iterator<Item = (usize, &Arc<str>)> {
        let first = |command| self.steps.partition_point(move |s| s.command.is_none_or(|c| c < command));
        let all = self.head.commands.iter().enumerate().map(move |(n, command)| (first(n), &command.text));
        all.filter(|(step, _)| *step < self.steps.len())
    }

    /// The last step of a command.
    #[must_use]
    pub fn end_of_command(&self, command: usize) -> Option<usize> {
        self.steps.iter().rposition(|s| s.command == Some(command))
    }

    /// The step at a share of the run, 0 to 100.
    #[must_use]
    pub fn at_percent(&self, percent: f64) -> usize {
        let last = self.steps.len().saturating_sub(1);
        let share = percent.clamp(0.0, 100.0) / 100.0;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "bounded by the number of steps"
        )]
        let step = (share * last as f64).round() as usize;
        step.min(last)
    }
}

/// Goes from step to step: forward for the events between them alone, so that one View shares what it holds with the next.
#[derive(Debug)]
pub struct Walk<'t> {
    timeline: &'t Timeline,
    events: usize,
    view: View,
}

impl Walk<'_> {
    /// The View at a step (past the last one: at the end).
    pub fn to(&mut self, step: usize) -> &View {
        let events = self.timeline.steps.get(step).map_or(self.timeline.events.len(), |s| s.events);
        if events < self.events {
            *self = self.timeline.walk();
        }
        for event in self.timeline.events.get(self.events..events).unwrap_or(&[]) {
            self.view.apply(event);
        }
        self.events = events;
        self.view.moving = self.timeline.moving(&self.view, events);
        &self.view
    }

    /// The View of the step that it came to.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Goes on from that View instead.
    pub fn go_on_from(&mut self, view: View) {
        self.view = view;
    }
}
