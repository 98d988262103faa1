//! Discarded blocks of the origin: kept in memory in discard blocks of their own size, written out at suspend.
//! `docs/target-and-policies.md#discards`

use super::args::device_name;
use super::cache::{Cache, IoHints};
use super::env::{BIO_TOKEN, Bio, Done, Env};
use crate::event::Event;
use crate::metadata::DiscardRun;

/// `MAX_DISCARD_BLOCKS`.
const DISCARD_BLOCKS_MAX: u64 = 1 << 14;

/// `calculate_discard_block_size`: doubled from the cache block's until there are few enough.
pub(super) fn discard_block_sectors(block_sectors: u64, origin_sectors: u64) -> u64 {
    let mut size = block_sectors;
    while origin_sectors / size > DISCARD_BLOCKS_MAX {
        size *= 2;
    }
    size
}

impl Cache {
    fn dblock_of(&self, oblock: u64) -> u64 {
        oblock / (self.discard_block_sectors / self.block_sectors)
    }

    fn mark_discarded(&mut self, env: &mut dyn Env, dblock: u64, discarded: bool) {
        if dblock < self.discards.len() && self.discards.set(dblock, discarded) != discarded {
            Self::event(env, || Event::DiscardSet { cache: self.id, dblock, discarded });
        }
    }

    fn set_discard(&mut self, env: &mut dyn Env, dblock: u64) {
        self.stats.discards = self.stats.discards.wrapping_add(1);
        self.mark_discarded(env, dblock, true);
    }

    pub(super) fn clear_discard(&mut self, env: &mut dyn Env, oblock: u64) {
        self.mark_discarded(env, self.dblock_of(oblock), false);
    }

    pub(super) fn is_discarded(&self, oblock: u64) -> bool {
        self.discards.get(self.dblock_of(oblock))
    }

    /// `process_discard_bio`: marks the discard blocks wholly inside, then hands on or ends the bio. Cached blocks stay.
    pub(super) fn process_discard_bio(&mut self, env: &mut dyn Env, bio: Box<Bio>) {
        let size = self.discard_block_sectors;
        let begin = bio.sector.div_ceil(size);
        let end = if bio.sectors < size { begin } else { (bio.sector + bio.sectors) / size };
        for dblock in begin..end.min(self.discards.len()) {
            self.set_discard(env, dblock);
        }
        if self.features.discard_passdown {
            env.submit(self.devices.origin, bio, Done::Cache(self.id, BIO_TOKEN));
        } else {
            self.end_bio(env, bio, Ok(()));
        }
    }

    /// `set_discard_range`: a run of discarded blocks as it is on disk, in blocks of today's size.
    pub(super) fn load_discard_run(&mut self, env: &mut dyn Env, run: &DiscardRun) {
        let (Some(begin), Some(end)) = (run.blocks.start.checked_mul(run.block_size), run.blocks.end.checked_mul(run.block_size)) else {
            return;
        };
        let end = (end / self.discard_block_sectors).min(self.discards.len());
        for dblock in begin.div_ceil(self.discard_block_sectors)..end {
            self.set_discard(env, dblock);
        }
    }

    /// Forgets all discards.
    pub(super) fn clear_all_discards(&mut self, env: &mut dyn Env) {
        if env.host().listening() {
            let set: Vec<u64> = self.discards.ones().collect();
            for dblock in set {
                self.mark_discarded(env, dblock, false);
            }
        }
        self.discards.clear();
    }

    /// `cache_io_hints`: called whenever the table's limits are worked out (at the swap on resume); may switch discard passdown off.
    pub fn io_hints(&mut self, env: &mut dyn Env) -> IoHints {
        let origin_max = env.max_discard_sectors(self.devices.origin);
        if self.features.discard_passdown {
            let reason = if origin_max == 0 {
                Some("discard unsupported")
            } else if origin_max < self.block_sectors {
                Some("max discard sectors smaller than a block")
            } else {
                None
            };
            if let Some(reason) = reason {
                let origin = device_name(self.devices.origin);
                env.host().klog(format!("device-mapper: cache: Origin device ({origin}) {reason}: Disabling discard passdown."));
                self.features.discard_passdown = false;
            }
        }
        let own_max = self.discard_block_sectors.saturating_mul(1024).min(self.origin_sectors);
        let passdown = self.features.discard_passdown;
        IoHints {
            io_opt_sectors: self.block_sectors,
            max_discard_sectors: if passdown { origin_max } else { own_max },
            discard_granularity_sectors: (!passdown).then_some(self.discard_block_sectors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::discard_block_sectors;

    #[test]
    fn discard_blocks_double_until_there_are_at_most_16384() {
        assert_eq!(discard_block_sectors(128, 262_144), 128);
        assert_eq!(discard_block_sectors(64, 2_097_152), 128);
        assert_eq!(discard_block_sectors(64, 64 * 16_385), 128);
    }
}
