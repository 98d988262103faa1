//! `striped`: chunks on each of several devices in turn.

use crate::device::DevNo;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// A `striped` target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Striped {
    /// Sectors that follow each other on one device.
    pub chunk_sectors: u64,
    /// Sectors of the target on each device.
    pub width_sectors: u64,
    /// Each device with its first sector, in turn.
    pub stripes: Vec<(DevNo, u64)>,
}

impl Striped {
    /// How many devices there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.stripes.len() as u64
    }

    /// Where a sector of the target lies: the stripe, and the sector on its part of it (`stripe_map_sector`).
    #[must_use]
    pub fn place(&self, offset: u64) -> (usize, u64) {
        let (chunk, within) = (offset / self.chunk_sectors, offset % self.chunk_sectors);
        let stripe = usize::try_from(chunk % self.count()).unwrap_or(0);
        (stripe, chunk / self.count() * self.chunk_sectors + within)
    }

    /// As [`Striped::place`], on the device.
    #[must_use]
    pub fn device_of(&self, offset: u64) -> (DevNo, u64) {
        let (stripe, at) = self.place(offset);
        self.stripes.get(stripe).map_or((DevNo { major: 0, minor: 0 }, 0), |(dev, start)| (*dev, start + at))
    }

    /// Sectors from there to the end of the chunk.
    #[must_use]
    pub const fn left_in_chunk(&self, offset: u64) -> u64 {
        self.chunk_sectors - offset % self.chunk_sectors
    }

    /// The part of a range of the target that lies on one stripe: the device, its first sector there and how many; none where it holds
    /// nothing of the range (`stripe_map_range`).
    #[must_use]
    pub fn range_on(&self, stripe: usize, offset: u64, sectors: u64) -> Option<(DevNo, u64, u64)> {
        let edge = |offset: u64| {
            let (on, at) = self.place(offset);
            let begin = at - at % self.chunk_sectors;
            match stripe.cmp(&on) {
                // Of this round, the stripe's chunk lies before the edge, or behind it.
                Ordering::Less => begin + self.chunk_sectors,
                Ordering::Equal => at,
                Ordering::Greater => begin,
            }
        };
        let (dev, start) = self.stripes.get(stripe)?;
        let (begin, end) = (edge(offset), edge(offset + sectors));
        (begin < end).then(|| (*dev, start + begin, end - begin))
    }

    /// The INFO or TABLE status: every device lives.
    pub(super) fn status(&self, table: bool, out: &mut String) -> std::fmt::Result {
        write!(out, "{}", self.stripes.len())?;
        if table {
            write!(out, " {}", self.chunk_sectors)?;
        }
        for (dev, start) in &self.stripes {
            if table { write!(out, " {dev} {start}") } else { write!(out, " {dev}") }?;
        }
        if table { Ok(()) } else { write!(out, " 1 {}", "A".repeat(self.stripes.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev(minor: u32) -> DevNo {
        DevNo { major: 8, minor }
    }

    #[test]
    fn a_range_on_a_stripe_holds_the_sectors_of_the_range_that_lie_there() {
        let striped = Striped { chunk_sectors: 8, width_sectors: 64, stripes: vec![(dev(0), 16), (dev(1), 0), (dev(2), 100)] };
        for offset in 0..70 {
            for sectors in 1..70 {
                for stripe in 0..3 {
                    let mut there = (offset..offset + sectors).map(|s| striped.place(s)).filter(|(on, _)| *on == stripe).map(|(_, at)| at);
                    let first = there.next();
                    let last = there.next_back().or(first);
                    let start = striped.stripes[stripe].1;
                    let expected = first.zip(last).map(|(first, last)| (striped.stripes[stripe].0, start + first, last + 1 - first));
                    assert_eq!(striped.range_on(stripe, offset, sectors), expected, "{offset}+{sectors} on {stripe}");
                }
            }
        }
    }
}
