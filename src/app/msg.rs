//! What can happen to the page: a viewer did something, or time went by.

use super::catalogue::Format;
use super::image::ImageMsg;
use super::look::LookMsg;
use super::panes::{Pane, Saved};
use super::races::RacesMsg;
use crate::scenario::ast::Sharing;
use crate::timeline::trace::Group;
use dm_cache_engine::kernel::Kernel;
use std::rc::Rc;

/// A data block: the device it belongs to, and its number on the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Datum {
    pub(super) device: String,
    pub(super) oblock: u64,
}

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// Its word for the style sheets; none where the system decides.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
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
    /// Opens or closes the list of scenarios.
    Picker(bool),
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
    /// Ends a script that takes long where it is.
    StopRunning,
    Speed,
    Theme,
    Tab(Tab),
    Select(u64),
    /// A block of data was chosen.
    Datum(Datum),
    Inspector,
    Help,
    Close,
    /// Starts editing the script.
    Edit,
    Draft(String),
    /// Runs the edited script.
    RunDraft,
    /// Ends editing; what was edited is gone.
    Discard,
    /// Types a command after the end of the script.
    Type(String),
    /// Takes what was typed last off the end of the script.
    TakeBack,
    /// Only those events of the trace that contain this.
    TraceFilter(String),
    /// Answers the question that stands open, by the number of a choice; 0 where there are none.
    Answer(usize),
    /// Goes on after a question, or skips it.
    GoOn,
    /// Restores what a link says.
    Link(String),
    /// Makes the link to this moment; the page copies it.
    Share,
    /// The link to this moment has been copied.
    Copied(bool),
    Image(ImageMsg),
    /// A line of a real machine to tell; none leads back to the machine.
    Paste(Option<String>),
    /// Builds a machine: its script.
    Build(Rc<str>),
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
