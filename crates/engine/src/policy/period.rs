//! smq's clock: ticks, the four periods, and what happens when one ends.

use super::entry::EntrySpace;
use super::queue::{LEVELS, Queue};
use super::smq::{Sentinels, Smq};
use super::stats::{Performance, Stats};

/// Ticks of the kernel's clock a second on Debian's kernels.
const HZ: u64 = 250;
const JIFFY_NS: u64 = 1_000_000_000 / HZ;

/// Something due every so many seconds, looked at with the grain of a jiffy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Period {
    jiffies: u64,
    next: u64,
}

impl Period {
    /// First due after a whole period.
    pub(super) fn starting(seconds: u64, now_ns: u64) -> Self {
        let jiffies = seconds * HZ;
        Self { jiffies, next: now_ns / JIFFY_NS + jiffies }
    }

    /// First due at once.
    pub(super) fn expired(seconds: u64, now_ns: u64) -> Self {
        Self { jiffies: seconds * HZ, next: now_ns / JIFFY_NS }
    }

    /// Whether the period is over; if so the next one begins.
    ///
    /// The kernel wants the clock to be past the end, not at it. There a one-second timer always fires a few jiffies late and
    /// a resume comes jiffies after the table's construction; the virtual clock is on the dot, so here the end itself counts.
    fn ends(&mut self, now_ns: u64) -> bool {
        let now = now_ns / JIFFY_NS;
        let over = now >= self.next;
        if over {
            self.next = now + self.jiffies;
        }
        over
    }

    /// When the one after it ends at the earliest, nanoseconds since boot.
    pub(super) fn following_end_ns(&self) -> u64 {
        self.next.saturating_add(self.jiffies).saturating_mul(JIFFY_NS)
    }

    /// When it ends, nanoseconds since boot.
    pub(super) fn end_ns(&self) -> u64 {
        self.next.saturating_mul(JIFFY_NS)
    }
}

impl Sentinels {
    /// Every so often the older set of marks moves to the tails and becomes the current one.
    fn update(&mut self, space: &mut EntrySpace, queue: &mut Queue, now_ns: u64) {
        if !self.period.ends(now_ns) {
            return;
        }
        self.current = !self.current;
        for level in 0..LEVELS as u8 {
            let mark = self.mark(level, self.current);
            queue.remove(space, mark);
            queue.push(space, mark);
        }
    }
}

impl Smq {
    /// `smq_tick`.
    pub(super) fn tick(&mut self, now_ns: u64) {
        self.ticks = self.ticks.wrapping_add(1);
        self.writeback_marks.update(&mut self.space, &mut self.dirty, now_ns);
        self.demote_marks.update(&mut self.space, &mut self.clean, now_ns);

        self.hotspot_hit.clear_all();
        let performance = self.hotspot_stats.assess();
        self.promote_level = promote_level(performance);
        if self.hotspot_period.ends(now_ns) {
            self.hotspot_level_jump = level_jump(performance);
            self.hotspot.redistribute(&mut self.space);
            self.hotspot_stats = Stats::default();
        }
        if self.cache_period.ends(now_ns) {
            self.cache_hit.clear_all();
            self.dirty.redistribute(&mut self.space);
            self.clean.redistribute(&mut self.space);
            self.cache_stats = Stats::default();
        }
    }
}

/// How far a hotspot block climbs with a hit: the worse the queue predicts, the faster it is stirred.
const fn level_jump(performance: Performance) -> u8 {
    match performance {
        Performance::Poor => 4,
        Performance::Fair => 2,
        Performance::Well => 1,
    }
}

/// The hotspot level from which a miss is promoted, for reads and writes alike.
///
/// The kernel first computes a threshold from the cache's hit rate (at most 32), then takes the *maximum* of it and 64, so
/// only the hotspot queue's performance counts (`update_promote_levels`).
const fn promote_level(performance: Performance) -> u8 {
    let threshold = LEVELS as u8;
    LEVELS as u8
        - match performance {
            Performance::Poor => threshold / 4,
            Performance::Fair => threshold / 2,
            Performance::Well => threshold,
        }
}

#[cfg(test)]
mod tests {
    use super::{Performance, Period, level_jump, promote_level};

    #[test]
    fn a_queue_that_predicts_well_promotes_every_miss() {
        let levels = [Performance::Poor, Performance::Fair, Performance::Well].map(|p| (promote_level(p), level_jump(p)));
        assert_eq!(levels, [(48, 4), (32, 2), (0, 1)]);
    }

    #[test]
    fn a_period_ends_once() {
        let mut period = Period::expired(1, 7_000_000);
        assert!(period.ends(7_000_000));
        assert!(!period.ends(1_003_000_000));
        assert!(period.ends(1_004_000_000));
    }
}
