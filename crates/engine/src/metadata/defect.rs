//! Where Linux itself mishandles the list of metadata objects.

use crate::event::{CacheId, ObjectId};
use std::fmt;

/// A point where Linux would go wrong; here the machine records it and goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// `dm_cache_metadata_close` of an object that was never listed, since its open failed at the superblock write:
    /// `list_del` follows a NULL pointer.
    UnlinkOfUnlisted {
        /// The object that was opened.
        object: ObjectId,
    },
    /// `lookup` took a reference to an object whose last one was just dropped: the count reaches 0 outside of
    /// `table_lock`.
    Revived {
        /// The dying object.
        object: ObjectId,
        /// Who looked it up.
        by: CacheId,
    },
    /// An object was destroyed while users that had revived it still hold it: use after free from here on.
    FreedWhileHeld {
        /// The object.
        object: ObjectId,
        /// Who still holds it.
        holders: Vec<CacheId>,
    },
    /// A reference to a destroyed object was dropped.
    UseAfterFree {
        /// The object.
        object: ObjectId,
        /// Who used it.
        by: CacheId,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnlinkOfUnlisted { object } => {
                write!(f, "metadata object {object} was unlinked without ever being listed: Linux dereferences NULL here")
            }
            Self::Revived { object, by } => {
                write!(f, "cache {by} took a reference to metadata object {object} after the last one was dropped")
            }
            Self::FreedWhileHeld { object, holders } => {
                write!(f, "metadata object {object} was freed while held by caches {holders:?}")
            }
            Self::UseAfterFree { object, by } => write!(f, "cache {by} used metadata object {object} after it was freed"),
        }
    }
}
