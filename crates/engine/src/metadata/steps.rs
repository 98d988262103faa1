//! The steps of an open and of a close, and a task that works through them.
//!
//! Nothing here runs by itself: [`Registry::step`](super::Registry::step) runs the next step of a task. A caller that
//! interleaves two tasks decides whose step comes next.

use super::open::OpenArgs;
use crate::device::DevNo;
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};
use std::fmt;

/// A step of `dm_cache_metadata_open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenStep {
    /// Takes `table_lock`.
    Lock,
    /// `lookup`, then releases `table_lock`; if it finds an object, [`OpenStep::Compare`] comes next.
    LookUp,
    /// `metadata_open` up to the superblock: reads block 0 and the index block, or formats a blank device.
    Open,
    /// `begin_transaction_flags`: clears CLEAN_SHUTDOWN in the buffer of block 0.
    Begin,
    /// The rest of it: writes block 0 and flushes the device.
    Flush,
    /// Takes `table_lock` again.
    LockAgain,
    /// `lookup` again; if it finds nothing, `list_add` and then [`OpenStep::Compare`]. Releases `table_lock`.
    LookUpAgain,
    /// The loser destroys its own object.
    DestroyOwn,
    /// `same_params`.
    Compare,
}

/// A step of `dm_cache_metadata_close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloseStep {
    /// `refcount_dec_and_test`; unless the reference was the last one, the close ends here.
    Drop,
    /// Takes `table_lock`.
    Lock,
    /// `list_del`, then releases `table_lock`.
    Unlink,
    /// Destroys the object with its buffer cache.
    Destroy,
}

/// A step of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Of an open.
    Open(OpenStep),
    /// Of a close, or of an open that failed and closes what it has.
    Close(CloseStep),
}

impl Step {
    /// Its name, as pages and the script language's reference have it. The three that take `table_lock` share one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open(OpenStep::Lock | OpenStep::LockAgain) | Self::Close(CloseStep::Lock) => "lock",
            Self::Open(OpenStep::LookUp) => "look up",
            Self::Open(OpenStep::Open) => "open",
            Self::Open(OpenStep::Begin) => "begin",
            Self::Open(OpenStep::Flush) => "flush",
            Self::Open(OpenStep::LookUpAgain) => "look up again",
            Self::Open(OpenStep::DestroyOwn) => "destroy own",
            Self::Open(OpenStep::Compare) => "compare",
            Self::Close(CloseStep::Drop) => "drop",
            Self::Close(CloseStep::Unlink) => "unlink",
            Self::Close(CloseStep::Destroy) => "destroy",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The steps of an open and of a close if nothing fails and no step is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequences {
    /// `dm_cache_metadata_open`.
    pub open: &'static [OpenStep],
    /// `dm_cache_metadata_close` of the last reference.
    pub close: &'static [CloseStep],
}

/// The remaining steps when those before `step` are skipped.
pub(super) fn from<S: Copy + PartialEq>(todo: &'static [S], step: S) -> &'static [S] {
    todo.iter().position(|s| *s == step).and_then(|at| todo.get(at..)).unwrap_or_default()
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It ran; there may be more.
    Ran,
    /// It needs `table_lock`, which that cache's task holds; nothing changed.
    Waiting(CacheId),
    /// There was nothing left to do.
    Done,
}

/// What a cache target asks of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `dm_cache_metadata_open`.
    Open {
        /// Who opens.
        by: CacheId,
        /// The metadata device.
        bdev: DevNo,
        /// How.
        args: OpenArgs,
    },
    /// `dm_cache_metadata_close`.
    Close {
        /// Whose reference is dropped.
        by: CacheId,
        /// On what.
        object: ObjectId,
    },
}

/// A call in progress.
#[derive(Debug, Clone)]
pub enum Task {
    /// An open.
    Open(OpenTask),
    /// A close.
    Close(CloseTask),
}

impl Task {
    /// The step that comes next; none at the end.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        match self {
            Self::Open(open) => open.next(),
            Self::Close(close) => close.next(),
        }
    }

    /// Whether this is the call's task: the same user and device, or the same reference.
    #[must_use]
    pub fn is_of(&self, call: &Call) -> bool {
        match (self, *call) {
            (Self::Open(open), Call::Open { by, bdev, .. }) => (open.by, open.bdev) == (by, bdev),
            (Self::Close(close), Call::Close { by, object }) => (close.by, close.cmd) == (by, object),
            (Self::Open(_), Call::Close { .. }) | (Self::Close(_), Call::Open { .. }) => false,
        }
    }
}

/// An open in progress; `cmd` and `winner` are the kernel function's two pointers.
#[derive(Debug, Clone)]
pub struct OpenTask {
    pub(super) by: CacheId,
    pub(super) bdev: DevNo,
    pub(super) args: OpenArgs,
    pub(super) todo: &'static [OpenStep],
    /// What it returns: the object it found or made.
    pub(super) cmd: Option<ObjectId>,
    /// What the second look-up found instead.
    pub(super) winner: Option<ObjectId>,
    pub(super) failed: Option<Errno>,
    /// The close of `cmd` after a failure.
    pub(super) close: Option<CloseTask>,
}

impl OpenTask {
    pub(super) const fn new(by: CacheId, bdev: DevNo, args: OpenArgs, todo: &'static [OpenStep]) -> Self {
        Self { by, bdev, args, todo, cmd: None, winner: None, failed: None, close: None }
    }

    /// The step that comes next; none at the end.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        match &self.close {
            Some(close) => close.next(),
            None => self.todo.first().copied().map(Step::Open),
        }
    }

    /// What the open returned, once it is done.
    #[must_use]
    pub fn result(&self) -> Option<Result<ObjectId, Errno>> {
        match (self.next(), self.failed) {
            (Some(_), _) => None,
            (None, Some(errno)) => Some(Err(errno)),
            (None, None) => self.cmd.map(Ok),
        }
    }
}

/// A close in progress.
#[derive(Debug, Clone)]
pub struct CloseTask {
    pub(super) by: CacheId,
    pub(super) cmd: ObjectId,
    pub(super) todo: &'static [CloseStep],
}

impl CloseTask {
    pub(super) const fn new(by: CacheId, cmd: ObjectId, todo: &'static [CloseStep]) -> Self {
        Self { by, cmd, todo }
    }

    /// The step that comes next; none at the end.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        self.todo.first().copied().map(Step::Close)
    }
}
