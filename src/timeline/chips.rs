//! The verdicts of a step in words: of the metadata check, and beside it, never merged with it, of the data.

use super::check::Checked;
use super::picture::{DataPicture, Picture};
use super::promises::Access;
use super::text::runs;
use dm_cache_engine::world::verdict::Verdict;
use serde::Serialize;

/// Runs of blocks that are named one by one.
const RUNS_MAX: usize = 3;

/// What a chip says; each is drawn its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChipKind {
    /// The check passes.
    Passes,
    /// The check fails.
    Fails,
    /// Nothing can be known.
    Unknown,
    /// Everything that was written reads so.
    Kept,
    /// Not readable now.
    Unreadable,
    /// Promised and lost.
    Lost,
    /// Old on the origin.
    Old,
    /// Never promised.
    Unpromised,
}

impl ChipKind {
    /// Its word in JSON and in attributes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
            Self::Kept => "kept",
            Self::Unreadable => "unreadable",
            Self::Lost => "lost",
            Self::Old => "old",
            Self::Unpromised => "unpromised",
        }
    }

    /// Whether it costs promised data, or the metadata is damaged.
    #[must_use]
    pub const fn is_failing(self) -> bool {
        matches!(self, Self::Fails | Self::Lost | Self::Old)
    }
}

impl From<Verdict> for ChipKind {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Unreadable => Self::Unreadable,
            Verdict::Lost => Self::Lost,
            Verdict::Old => Self::Old,
            Verdict::Unpromised => Self::Unpromised,
        }
    }
}

/// A verdict in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    /// `check` of the metadata, or `data`.
    pub of: &'static str,
    /// What it says.
    pub kind: ChipKind,
    /// In words: `passes`, `2 errors`, `4 blocks lost: 50–53`.
    pub said: String,
}

/// `50–53, 60`; none where that would be long.
fn named(blocks: &[u64]) -> Option<String> {
    let named = runs(blocks).replace("..", "–");
    (named.split(' ').count() <= RUNS_MAX).then(|| named.replace(' ', ", "))
}

/// `1 mapping`, `4 mappings`.
pub(super) fn counted(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

/// `block 7`, `blocks 50–53`; how many there are where naming them would be long.
pub(super) fn blocks(blocks: &[u64]) -> String {
    let word = if blocks.len() == 1 { "block" } else { "blocks" };
    named(blocks).map_or_else(|| counted(blocks.len(), "block"), |named| format!("{word} {named}"))
}

/// What is said of blocks with a verdict.
#[must_use]
pub fn said(verdict: Verdict, blocks: &[u64]) -> String {
    let list = |what: &str| format!("{what}: {}", named(blocks).unwrap_or_else(|| counted(blocks.len(), "block")));
    match verdict {
        Verdict::Unreadable => list("not readable now"),
        Verdict::Lost => {
            let first = || runs(blocks).replace("..", "–").split(' ').take(RUNS_MAX).collect::<Vec<_>>().join(", ");
            let named = named(blocks).unwrap_or_else(|| format!("{}, …", first()));
            format!("{} lost: {named}", counted(blocks.len(), "block"))
        }
        Verdict::Old => list("old on the origin"),
        Verdict::Unpromised => format!("{} gone, never promised", counted(blocks.len(), "write")),
    }
}

/// Why blocks of a device cannot be read.
#[must_use]
pub fn reason(data: &DataPicture) -> String {
    let device = &data.device;
    match data.access {
        Access::Suspended => format!("{device} is suspended"),
        Access::Failed => format!("{device} has failed"),
        Access::Gone => format!("{device} is not there"),
        Access::Open | Access::Detached => String::new(),
    }
}

/// The verdicts of a step: the check's first, then those on data, the ones that cost promised data before the others.
#[must_use]
pub fn chips(picture: &Picture, checked: Checked) -> Vec<Chip> {
    let check = match checked {
        Checked::Nothing => None,
        Checked::Unknown => Some((ChipKind::Unknown, "unknown".to_owned())),
        Checked::Errors(0) => Some((ChipKind::Passes, "passes".to_owned())),
        Checked::Errors(n) => Some((ChipKind::Fails, counted(n, "error"))),
    };
    let mut chips: Vec<Chip> = check.into_iter().map(|(kind, said)| Chip { of: "check", kind, said }).collect();
    let all = chips.len();
    for verdict in [Verdict::Lost, Verdict::Old, Verdict::Unreadable, Verdict::Unpromised] {
        let blocks: Vec<u64> = picture.data.iter().flat_map(|d| d.of(verdict).iter().copied()).collect();
        if !blocks.is_empty() {
            chips.push(Chip { of: "data", kind: verdict.into(), said: said(verdict, &blocks) });
        }
    }
    let unknown: usize = picture.data.iter().map(|d| d.unknown.len()).sum();
    if unknown > 0 {
        chips.push(Chip { of: "data", kind: ChipKind::Unknown, said: format!("unknown: {}", counted(unknown, "block")) });
    }
    if chips.len() == all {
        chips.push(Chip { of: "data", kind: ChipKind::Kept, said: "nothing lost".to_owned() });
    }
    chips
}
