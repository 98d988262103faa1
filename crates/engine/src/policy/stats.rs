//! Hit statistics over one period and what smq concludes from them (`struct stats`, `stats_assess`).

use super::queue::LEVELS;

/// How well a queue predicts what is hot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Performance {
    /// Fewer than one access in 16 hit a high level, or there was none.
    Poor,
    /// Fewer than one in 8.
    Fair,
    /// One in 8 or more.
    Well,
}

/// Accesses counted since the period began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Stats {
    /// Accesses to an entry at level 48 or above.
    pub hits: u32,
    /// All others, misses included.
    pub misses: u32,
}

impl Stats {
    const HIT_THRESHOLD: u8 = (LEVELS as u8 * 3) / 4;

    pub(super) fn accessed(&mut self, level: u8) {
        if level >= Self::HIT_THRESHOLD {
            self.hits = self.hits.wrapping_add(1);
        } else {
            self.missed();
        }
    }

    pub(super) fn missed(&mut self) {
        self.misses = self.misses.wrapping_add(1);
    }

    /// `hits / (hits + misses)` in units of 1/`scale`; 0 without samples.
    pub(super) fn ratio(self, scale: u32) -> u32 {
        self.hits.wrapping_mul(scale).checked_div(self.hits.wrapping_add(self.misses)).unwrap_or(0)
    }

    /// The verdict.
    #[must_use]
    pub fn assess(self) -> Performance {
        match self.ratio(256) {
            0..16 => Performance::Poor,
            16..32 => Performance::Fair,
            _ => Performance::Well,
        }
    }
}
