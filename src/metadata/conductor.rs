//! Who runs next: the steps of several opens and closes, interleaved in a chosen order.
//!
//! The machine runs one command after the other. To interleave two of them, the registry tasks of commands whose turn
//! has not come are begun ahead of them, step by step, whenever the order says so; the command takes its task over, as
//! far as it got, when it reaches that point itself. All that a constructor does before it opens its metadata touches
//! nothing that others see, so the result is one that real concurrency can have.

use super::open::OpenArgs;
use super::registry::Registry;
use super::task::{CloseTask, OpenTask, Progress};
use crate::device::{DevNo, Host};
use crate::event::{CacheId, ObjectId};
use std::collections::{BTreeMap, VecDeque};

/// How a command's first task of the registry begins.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// It opens a device.
    Open {
        /// Who opens.
        by: CacheId,
        /// The metadata device.
        bdev: DevNo,
        /// How.
        args: OpenArgs,
    },
    /// It drops a reference.
    Close {
        /// Whose.
        by: CacheId,
        /// On what.
        object: ObjectId,
    },
}

/// Either task.
#[derive(Debug, Clone)]
pub(super) enum Task {
    Open(OpenTask),
    Close(CloseTask),
}

impl Task {
    fn new(sharing: bool, start: Start) -> Self {
        match start {
            Start::Open { by, bdev, args } => Self::Open(OpenTask::new(sharing, by, bdev, args)),
            Start::Close { by, object } => Self::Close(CloseTask::new(by, object)),
        }
    }

    fn step(&mut self, registry: &mut Registry, host: &mut dyn Host) -> Progress {
        match self {
            Self::Open(task) => task.step(registry, host),
            Self::Close(task) => task.step(registry, host),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Open(task) => task.result().is_some(),
            Self::Close(task) => task.is_done(),
        }
    }

    /// Whether `other`, not begun, is this very task.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open(a), Self::Open(b)) => a.by() == b.by() && a.bdev() == b.bdev(),
            (Self::Close(a), Self::Close(b)) => a.target() == b.target(),
            _ => false,
        }
    }
}

/// An order of steps, and the tasks begun ahead of their commands.
#[derive(Debug, Clone, Default)]
pub(super) struct Conductor {
    order: VecDeque<usize>,
    ahead: BTreeMap<usize, Task>,
    /// The command that runs now; none once it has taken its own task.
    turn: Option<usize>,
}

impl Registry {
    /// From now on tasks take steps in `order` (numbers of commands); `starts` are the tasks of commands yet to run.
    pub fn conduct(&mut self, order: &[usize], starts: impl IntoIterator<Item = (usize, Start)>) {
        let sharing = self.sharing;
        let ahead = starts.into_iter().map(|(command, start)| (command, Task::new(sharing, start))).collect();
        self.conductor = Some(Conductor { order: order.iter().copied().collect(), ahead, turn: None });
    }

    /// Command number `command` runs now.
    pub fn set_turn(&mut self, command: usize) {
        if let Some(conductor) = &mut self.conductor {
            conductor.turn = Some(command);
        }
    }

    /// The order is over; what was begun for commands that never came is forgotten.
    pub fn end_conducting(&mut self) {
        self.conductor = None;
    }

    /// Remembers how the next task begins, for [`Registry::take_start`].
    pub fn listen_for_start(&mut self) {
        self.start_heard = None;
        self.hears_start = true;
    }

    /// The first task begun since [`Registry::listen_for_start`].
    pub fn take_start(&mut self) -> Option<Start> {
        self.hears_start = false;
        self.start_heard.take()
    }

    pub(super) fn perform(&mut self, host: &mut dyn Host, start: Start) -> Task {
        if self.hears_start {
            self.start_heard.get_or_insert(start);
        }
        let mut task = Task::new(self.sharing, start);
        let Some(mut conductor) = self.conductor.take() else {
            while task.step(self, host) == Progress::Ran {}
            return task;
        };
        let me = conductor.turn.take();
        if let Some(begun) = me.and_then(|me| conductor.ahead.remove(&me))
            && begun.is_same(&task)
        {
            task = begun;
        }
        while !task.is_done() {
            let next = if me.is_some() { conductor.order.pop_front() } else { None };
            let other = next.filter(|n| Some(*n) != me);
            let ran = match other.and_then(|n| conductor.ahead.get_mut(&n)) {
                // An order may name a command that has run already: its turns are over.
                Some(other) => other.is_done() || other.step(self, host) != Progress::Done,
                None if other.is_some() => true,
                None => task.step(self, host) == Progress::Ran,
            };
            // Whoever holds the mutex this waits for goes on.
            if !ran && !conductor.ahead.values_mut().any(|other| other.step(self, host) == Progress::Ran) {
                break;
            }
        }
        self.conductor = Some(conductor);
        task
    }
}
