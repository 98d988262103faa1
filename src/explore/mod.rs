//! Every order of two tasks that open and close one metadata device, found by running the registry's own steps.
//!
//! Nothing here knows what an order leads to: each one is run over a machine of its own, and its [`Class`] is read off
//! what came of it. An [`Act`] is a run of steps inside of which the other task changes nothing and sees nothing new: a critical
//! section of the list's mutex is one act, reading and flushing a superblock is one act. The tests hold that against
//! the orders of single steps.

mod party;
mod race;
mod words;

#[cfg(test)]
mod tests;

pub use race::{Class, Exploration, Order, Race, explore};
pub use words::{PSEUDOCODE, PseudoLine, code_line, explanation, sentence};

use dm_cache_engine::event::CacheId;
use dm_cache_engine::metadata::{CloseStep, OpenStep, Step};
use std::fmt;

/// One of the two tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The first.
    P,
    /// The second.
    Q,
}

impl Who {
    /// As holders of references are numbered.
    const fn id(self) -> CacheId {
        match self {
            Self::P => 1,
            Self::Q => 2,
        }
    }

    const fn of(id: CacheId) -> Option<Self> {
        match id {
            1 => Some(Self::P),
            2 => Some(Self::Q),
            _ => None,
        }
    }

    /// The letter of the object that this task made.
    #[must_use]
    pub const fn object(self) -> &'static str {
        match self {
            Self::P => "p",
            Self::Q => "q",
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P => "P",
            Self::Q => "Q",
        })
    }
}

/// What an act does, in the order of a task's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Takes the mutex and looks for an object of the device.
    LookUp,
    /// Opens an object of its own, outside of the mutex.
    Open,
    /// Takes the mutex, looks again, and lists its own object or destroys it for the one it finds.
    Insert,
    /// Goes on with the object it was given.
    Use,
    /// Drops its reference, without the mutex.
    Drop,
    /// Takes the mutex and removes the object from the list.
    Unlink,
    /// Destroys the object.
    Destroy,
}

impl Deed {
    /// The deed that a step of the registry belongs to.
    #[must_use]
    pub const fn of(step: Step) -> Self {
        match step {
            Step::Open(OpenStep::Lock | OpenStep::LookUp) => Self::LookUp,
            Step::Open(OpenStep::Open | OpenStep::Begin | OpenStep::Flush) => Self::Open,
            Step::Open(OpenStep::LockAgain | OpenStep::LookUpAgain | OpenStep::DestroyOwn) => Self::Insert,
            Step::Open(OpenStep::Compare) => Self::Use,
            Step::Close(CloseStep::Drop) => Self::Drop,
            Step::Close(CloseStep::Lock | CloseStep::Unlink) => Self::Unlink,
            Step::Close(CloseStep::Destroy) => Self::Destroy,
        }
    }

    /// As the picture labels it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LookUp => "look up",
            Self::Open => "open",
            Self::Insert => "insert",
            Self::Use => "use",
            Self::Drop => "drop",
            Self::Unlink => "unlink",
            Self::Destroy => "destroy",
        }
    }

    /// Whether it is done under the list's mutex.
    #[must_use]
    pub const fn locks(self) -> bool {
        matches!(self, Self::LookUp | Self::Insert | Self::Unlink)
    }
}

/// What came of an act, by the events of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing of the device was listed.
    Missed,
    /// A listed object was found and a reference taken.
    Attached {
        /// Who made it.
        object: Who,
        /// `ref_count` before.
        from: u32,
        /// An object of one's own was destroyed for it.
        own_destroyed: bool,
    },
    /// An object was opened.
    Opened {
        /// A blank device was formatted.
        formatted: bool,
        /// The superblock said that the last user went cleanly.
        clean: bool,
    },
    /// The own object was listed.
    Listed,
    /// The object was used.
    Used {
        /// Who made it.
        object: Who,
        /// It was still there.
        alive: bool,
    },
    /// A reference was dropped.
    Dropped {
        /// Who made the object.
        object: Who,
        /// `ref_count` before.
        from: u32,
    },
    /// The object was removed from the list.
    Unlinked {
        /// Who made it.
        object: Who,
    },
    /// The object was destroyed.
    Destroyed {
        /// Who made it.
        object: Who,
        /// Whoever still held it.
        held_by: Vec<Who>,
    },
    /// A step that failed or had nothing to do.
    Nothing,
}

/// A metadata object at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMoment {
    /// Who made it.
    pub made_by: Who,
    /// `ref_count`.
    pub ref_count: u32,
    /// Who holds references.
    pub holders: Vec<Who>,
    /// Whether a look-up would find it.
    pub listed: bool,
}

/// What stands after an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moment {
    /// Every object alive, oldest first.
    pub objects: Vec<ObjectMoment>,
    /// Where each task stands on its own line: the deed that comes next, none at its end.
    pub next: [Option<Deed>; 2],
}

impl Moment {
    /// The object of whoever made it, if it is alive.
    #[must_use]
    pub fn object(&self, made_by: Who) -> Option<&ObjectMoment> {
        self.objects.iter().find(|o| o.made_by == made_by)
    }

    /// Whether a listed object has no reference left: a look-up now takes what is about to be destroyed.
    #[must_use]
    pub fn in_window(&self) -> bool {
        self.objects.iter().any(|o| o.listed && o.ref_count == 0)
    }
}

/// One act of one task, as it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Whose.
    pub who: Who,
    /// What.
    pub deed: Deed,
    /// The registry's steps it is made of.
    pub steps: Vec<Step>,
    /// What came of it.
    pub effect: Effect,
    /// What the kernel logged.
    pub log: Vec<String>,
    /// What stands after it.
    pub after: Moment,
}

impl Act {
    /// The names of its steps.
    #[must_use]
    pub fn step_names(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.name()).collect()
    }
}
