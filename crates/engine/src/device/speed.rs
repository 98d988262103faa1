//! How long a disk takes for a request: one head, one request at a time, in the order in which they come.

use super::SECTOR_SIZE;
use std::num::NonZeroU64;
use std::ops::Range;

/// What a disk can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Speed {
    /// Bytes a second of a read; without it reading takes no time.
    pub read: Option<NonZeroU64>,
    /// Bytes a second of a write; without it writing takes no time.
    pub write: Option<NonZeroU64>,
    /// Nanoseconds before a request that does not begin where the one before ended.
    pub seek_ns: u64,
}

impl Speed {
    /// A hard disk of 7,200 turns a minute, about: 150 MiB/s, 8 ms to anywhere else.
    pub const HDD: Self = Self { read: NonZeroU64::new(150 << 20), write: NonZeroU64::new(150 << 20), seek_ns: 8_000_000 };
}

/// Where a disk's head stands, and until when it is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head {
    sector: u64,
    busy_until_ns: u64,
}

impl Head {
    /// When a request that comes now is done.
    pub(super) fn serve(&mut self, speed: Speed, now_ns: u64, write: bool, sectors: &Range<u64>) -> u64 {
        let mut end_ns = self.busy_until_ns.max(now_ns);
        if !sectors.is_empty() {
            if self.sector != sectors.start {
                end_ns = end_ns.saturating_add(speed.seek_ns);
            }
            let bytes = u128::from(sectors.end - sectors.start) * SECTOR_SIZE as u128;
            if let Some(rate) = if write { speed.write } else { speed.read } {
                let ns = (bytes * 1_000_000_000).div_ceil(u128::from(rate.get()));
                end_ns = end_ns.saturating_add(u64::try_from(ns).unwrap_or(u64::MAX));
            }
            self.sector = sectors.end;
        }
        self.busy_until_ns = end_ns;
        end_ns
    }

    pub(super) const fn busy_until_ns(self) -> u64 {
        self.busy_until_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_for_the_one_before_seeks_and_is_transferred() {
        let mib = NonZeroU64::new(1 << 20);
        let speed = Speed { read: mib, write: NonZeroU64::new(2 << 20), seek_ns: 8_000_000 };
        let mut head = Head::default();
        // The head stands at sector 0 when power comes.
        assert_eq!(head.serve(speed, 0, false, &(0..2048)), 1_000_000_000);
        assert_eq!(head.serve(speed, 0, true, &(2048..4096)), 1_500_000_000, "it follows, and writing is twice as fast");
        assert_eq!(head.serve(speed, 0, true, &(0..2048)), 2_008_000_000, "it does not follow");
        assert_eq!(head.serve(speed, 0, true, &(0..0)), 2_008_000_000, "a flush waits only");
        assert_eq!(head.serve(speed, 9_000_000_000, false, &(2048..4096)), 10_000_000_000, "nothing was left to do");
    }
}
