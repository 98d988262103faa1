//! Waiting bios, each with the one to notify when it completes.

use crate::event::CacheId;
use crate::target::env::Bio;

/// Whom to notify when a bio completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A program's request.
    Request(u64),
    /// A cache target that asked to be notified, with its token.
    Cache(CacheId, u64),
    /// The mapped device it came through.
    Clone,
    /// One piece of a split bio.
    Part(u64),
    /// The first or second half of a copy.
    CopyRead(u64),
    /// The second half.
    CopyWrite(u64),
}

/// A bio and whom to notify; a suspended device keeps these until resume.
#[derive(Debug, Clone)]
pub struct Held {
    pub(crate) bio: Box<Bio>,
    pub(crate) owner: Owner,
}
