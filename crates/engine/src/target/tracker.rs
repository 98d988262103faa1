//! The I/O tracker (`struct dm_io_tracker`): sectors under way to the origin, and since when there were none.
//!
//! Hits are not counted, so the tracker says how busy the origin is.

/// Nanoseconds per jiffy of the recorded kernels (`HZ` = 250).
const JIFFY_NS: u64 = 4_000_000;
/// Jiffies in a second.
const HZ: u64 = 250;

/// Sectors in flight and the time of the last end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IoTracker {
    in_flight_sectors: u64,
    idle_since_jiffies: Option<u64>,
}

impl IoTracker {
    /// `dm_iot_io_begin`.
    pub fn begin(&mut self, sectors: u64) {
        self.in_flight_sectors += sectors;
    }

    /// `dm_iot_io_end`.
    pub fn end(&mut self, sectors: u64, now_ns: u64) {
        if sectors == 0 {
            return;
        }
        self.in_flight_sectors = self.in_flight_sectors.saturating_sub(sectors);
        if self.in_flight_sectors == 0 {
            self.idle_since_jiffies = Some(now_ns / JIFFY_NS);
        }
    }

    /// `dm_iot_idle_for` one second: nothing in flight for longer than that. A fresh tracker counts as idle.
    #[must_use]
    pub fn idle_for_a_second(&self, now_ns: u64) -> bool {
        self.in_flight_sectors == 0 && self.idle_since_jiffies.is_none_or(|since| now_ns / JIFFY_NS > since + HZ)
    }

    /// Sectors under way.
    #[must_use]
    pub fn in_flight_sectors(&self) -> u64 {
        self.in_flight_sectors
    }
}
