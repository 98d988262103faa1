//! What leads to a loss, in order: the marks of a scrubber, and the list beside the stage. A buffer that turns stale is a symptom and is
//! not among them: without any buffer the loss is the same.

use super::Timeline;
use super::names::object_letter;
use dm_cache_engine::event::ObjectId;
use serde::Serialize;

/// What two worlds do at the first step at which they differ: the first cause of all that differs since.
pub const PART: &str = "worlds diverge";

/// A kind of cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// An object copied the roots of the superblock into its fields, and the disk has moved on since.
    RootsCopied,
    /// The first commit that the object does not know.
    DiskMovesOn,
    /// A table with such an object became LIVE.
    TablesSwap,
    /// The object wrote its roots over newer ones.
    OldRoot,
    /// Power failed.
    PowerFails,
    /// A transaction was aborted.
    Aborted,
}

impl CauseKind {
    /// Its name on the timeline.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RootsCopied => "roots copied",
            Self::DiskMovesOn => "disk moves on",
            Self::TablesSwap => "tables swap",
            Self::OldRoot => "old root written back",
            Self::PowerFails => "power fails",
            Self::Aborted => "transaction aborted",
        }
    }
}

/// A cause, by the events before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) kind: CauseKind,
    /// The object that is behind, or fails.
    pub(super) object: Option<ObjectId>,
    /// How many events came before it.
    pub(super) events: usize,
    /// The mapping root that was copied, or that the disk has since.
    pub(super) root: Option<u64>,
}

/// A cause and the step it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// The step.
    pub step: usize,
    /// What kind.
    pub kind: CauseKind,
    /// What happened there, in a sentence: the step's own.
    pub sentence: String,
    /// The letter of the object that is behind or fails.
    pub object: Option<String>,
    /// The mapping root that was copied, or that the disk has since then.
    pub root: Option<u64>,
}

impl Timeline {
    /// The causes, in order.
    #[must_use]
    pub fn causes(&self) -> Vec<Marked> {
        let mut causes: Vec<Marked> = self.ages.causes().iter().filter_map(|cause| self.marked(cause)).collect();
        causes.sort_by_key(|cause| cause.step);
        causes.dedup_by(|b, a| (a.step, a.kind) == (b.step, b.kind));
        causes
    }

    fn marked(&self, cause: &Cause) -> Option<Marked> {
        let step = self.step_of(cause.events)?;
        let object = cause.object.map(|object| object_letter(&self.head, object));
        let sentence = self.steps.get(step)?.sentence.clone();
        Some(Marked { step, kind: cause.kind, sentence, object, root: cause.root })
    }

    /// The step that the event after so many others belongs to.
    fn step_of(&self, events: usize) -> Option<usize> {
        Some(self.steps.partition_point(|step| step.events <= events)).filter(|step| *step < self.steps.len())
    }

    /// From the first step at which an object does not know its disk's roots to the one where all agree again, or the last.
    #[must_use]
    pub fn apart(&self) -> Option<(usize, usize)> {
        let (from, to) = self.ages.apart?;
        let last = self.steps.len().checked_sub(1)?;
        Some((self.step_of(from)?, to.and_then(|to| self.step_of(to)).unwrap_or(last)))
    }
}
