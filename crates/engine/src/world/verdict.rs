//! The four verdicts on a block that was written, defined only here.
//!
//! They are tried in the order of [`Verdict`]; the first that holds applies. Each is a comparison of bytes: of what was
//! acknowledged with what a read returns. If none holds, the block reads back as it was written.

use crate::device::Page;

/// Why a block does not read back as it was written, in the order of checking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Not readable now: no path to it is open. It may turn into any of the others, or into none.
    Unreadable,
    /// Promised and lost: no live mapping leads to it.
    Lost,
    /// Old on the origin: the cache is gone or detached, and the origin holds an earlier write than the promised one.
    Old,
    /// Never promised: not flushed before power failed, and gone with it. The kernel broke no promise.
    Unpromised,
}

impl Verdict {
    /// All four, in the order of checking.
    pub const ALL: [Self; 4] = [Self::Unreadable, Self::Lost, Self::Old, Self::Unpromised];

    /// Its name in scripts and pictures.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Lost => "lost",
            Self::Old => "old",
            Self::Unpromised => "unpromised",
        }
    }
}

/// How far the last write is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise<'p> {
    /// Fully: power has not failed since, or the write was durable before it did.
    Kept,
    /// Power failed before it was durable. What was promised of the page until then, and what the cut left in its place, where
    /// that is known.
    Cut {
        /// The last durable content before, if any.
        before: Option<&'p Page>,
        /// What stands there since.
        left: Option<&'p Page>,
    },
}

/// Where a read of a page ends up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path<'p> {
    /// Nowhere: the device is suspended, its cache has failed, or nothing is mapped and the newest data is only on the cache device.
    Closed,
    /// Through a live cache table: what it returns.
    Cache(&'p Page),
    /// Past the cache, at the origin: what is there.
    Origin(&'p Page),
}

/// The verdict on a page; `written` is the newest acknowledged content. `None` if that is what a read returns.
#[must_use]
pub fn judge(written: &Page, promise: Promise<'_>, path: Path<'_>) -> Option<Verdict> {
    let (read, broken) = match path {
        Path::Closed => return Some(Verdict::Unreadable),
        Path::Cache(read) => (read, Verdict::Lost),
        Path::Origin(read) => (read, Verdict::Old),
    };
    if read == written {
        return None;
    }
    Some(match promise {
        Promise::Kept => broken,
        // Nothing was promised before the write that is gone; or that is there again.
        Promise::Cut { before: None, .. } => Verdict::Unpromised,
        Promise::Cut { before: Some(before), left } if read == before || Some(read) == left => Verdict::Unpromised,
        Promise::Cut { .. } => broken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(byte: u8) -> Page {
        Page::from_slice(&[byte; 4096])
    }

    #[test]
    fn what_reads_as_written_has_no_verdict_and_what_no_read_reaches_has_one_before_all_others() {
        let (new, old) = (page(2), page(1));
        let cut = Promise::Cut { before: Some(&old), left: None };
        for promise in [Promise::Kept, cut] {
            assert_eq!(judge(&new, promise, Path::Cache(&new)), None);
            assert_eq!(judge(&new, promise, Path::Origin(&new)), None);
            assert_eq!(judge(&new, promise, Path::Closed), Some(Verdict::Unreadable));
        }
    }

    #[test]
    fn a_promise_that_is_broken_is_a_loss_behind_a_cache_and_old_data_at_the_origin() {
        let (new, old) = (page(2), page(1));
        assert_eq!(judge(&new, Promise::Kept, Path::Cache(&old)), Some(Verdict::Lost));
        assert_eq!(judge(&new, Promise::Kept, Path::Origin(&old)), Some(Verdict::Old));
    }

    #[test]
    fn what_power_took_before_it_was_durable_was_never_promised_and_what_was_before_it_still_is() {
        let (new, old, other, torn) = (page(3), page(2), page(1), page(4));
        let first = Promise::Cut { before: None, left: None };
        assert_eq!(judge(&new, first, Path::Cache(&other)), Some(Verdict::Unpromised));
        let second = Promise::Cut { before: Some(&old), left: Some(&torn) };
        assert_eq!(judge(&new, second, Path::Cache(&old)), Some(Verdict::Unpromised));
        assert_eq!(judge(&new, second, Path::Cache(&torn)), Some(Verdict::Unpromised));
        assert_eq!(judge(&new, second, Path::Cache(&other)), Some(Verdict::Lost));
        assert_eq!(judge(&new, second, Path::Origin(&other)), Some(Verdict::Old));
    }
}
