//! Which command runs next: the steps of several opens and closes of metadata, interleaved in a chosen order.
//!
//! The machine runs one command after the other. To interleave two of them, the tasks of commands whose turn has not
//! come are begun ahead of them, step by step, whenever the order says so; the command takes its task over, as far as
//! it got, when it makes the call itself. All that a constructor does before it opens its metadata touches nothing that
//! others see, so the result is one that real concurrency can have.

use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};
use crate::metadata::{Call, OpenArgs, Progress, Registry, Task};
use std::collections::{BTreeMap, VecDeque};

/// How the registry calls of cache targets run.
#[derive(Debug, Clone, Default)]
pub(crate) enum Conductor {
    /// Each to its end.
    #[default]
    Absent,
    /// Each to its end; the first one is remembered.
    Hearing(Option<Call>),
    /// One step at a time, as an order says.
    Conducting(Turns),
}

/// An order of steps, and the tasks begun ahead of their commands.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    /// Numbers of commands, one for each step.
    order: VecDeque<usize>,
    ahead: BTreeMap<usize, Task>,
    /// The command that runs now; none once it has taken its own task.
    turn: Option<usize>,
}

impl Conductor {
    /// From now on calls take steps in `order`; `calls` are those of commands yet to run.
    pub(super) fn conduct(registry: &Registry, order: &[usize], calls: impl IntoIterator<Item = (usize, Call)>) -> Self {
        let ahead = calls.into_iter().map(|(command, call)| (command, registry.begin(call))).collect();
        Self::Conducting(Turns { order: order.iter().copied().collect(), ahead, turn: None })
    }

    /// Command number `command` runs now.
    pub(super) fn set_turn(&mut self, command: usize) {
        if let Self::Conducting(turns) = self {
            turns.turn = Some(command);
        }
    }

    /// The first call since it began to hear.
    pub(super) const fn heard(&self) -> Option<Call> {
        match self {
            Self::Hearing(call) => *call,
            Self::Absent | Self::Conducting(_) => None,
        }
    }

    /// `dm_cache_metadata_open`.
    pub(super) fn open(
        &mut self,
        registry: &mut Registry,
        host: &mut dyn Host,
        by: CacheId,
        bdev: DevNo,
        args: OpenArgs,
    ) -> Result<ObjectId, Errno> {
        match self.run(registry, host, Call::Open { by, bdev, args }) {
            Task::Open(open) => registry.opened(&open),
            Task::Close(_) => Err(Errno::Inval),
        }
    }

    /// `dm_cache_metadata_close`.
    pub(super) fn close(&mut self, registry: &mut Registry, host: &mut dyn Host, by: CacheId, object: ObjectId) {
        self.run(registry, host, Call::Close { by, object });
    }

    fn run(&mut self, registry: &mut Registry, host: &mut dyn Host, call: Call) -> Task {
        match self {
            Self::Absent => run_to_its_end(registry, host, call),
            Self::Hearing(first) => {
                first.get_or_insert(call);
                run_to_its_end(registry, host, call)
            }
            Self::Conducting(turns) => turns.run(registry, host, call),
        }
    }
}

fn run_to_its_end(registry: &mut Registry, host: &mut dyn Host, call: Call) -> Task {
    let mut task = registry.begin(call);
    while registry.step(host, &mut task) == Progress::Ran {}
    task
}

impl Turns {
    fn run(&mut self, registry: &mut Registry, host: &mut dyn Host, call: Call) -> Task {
        let me = self.turn.take();
        let begun = me.and_then(|me| self.ahead.remove(&me)).filter(|begun| begun.is_of(&call));
        let mut task = begun.unwrap_or_else(|| registry.begin(call));
        while task.next().is_some() {
            let next = if me.is_some() { self.order.pop_front() } else { None };
            let other = next.filter(|n| Some(*n) != me);
            let ran = match other.and_then(|n| self.ahead.get_mut(&n)) {
                // An order may name a command that has run already: its turns are over.
                Some(other) => other.next().is_none() || registry.step(host, other) != Progress::Done,
                None if other.is_some() => true,
                None => registry.step(host, &mut task) == Progress::Ran,
            };
            // Whoever holds the mutex this waits for goes on.
            if !ran && !self.ahead.values_mut().any(|other| registry.step(host, other) == Progress::Ran) {
                break;
            }
        }
        task
    }
}
