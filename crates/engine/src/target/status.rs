//! The status lines: `docs/target-and-policies.md#status`.

use super::cache::Cache;
use super::env::Env;
use super::mode::Mode;
use crate::errno::Errno;
use std::fmt::Write as _;

/// `DM_CACHE_METADATA_BLOCK_SIZE`, in sectors.
const METADATA_BLOCK_SECTORS: u32 = 8;

impl Cache {
    /// The INFO status. Commits first, unless `noflush` or the mapped device is `suspended` (a property of the device,
    /// also for an inactive table's target).
    pub fn status_info(&mut self, env: &mut dyn Env, noflush: bool, suspended: bool) -> String {
        if self.mode == Mode::Fail {
            return "Fail".into();
        }
        if !noflush && !suspended {
            // A failed commit has logged its failure and shows in what follows.
            let _ = self.commit(env, false);
        }
        let Some(free) = self.query(env, "dm_cache_get_free_metadata_block_count", |object| object.get_free_metadata_block_count()) else {
            return "Error".into();
        };
        let Some(total) = self.query(env, "dm_cache_get_metadata_dev_size", |object| object.get_metadata_dev_size()) else {
            return "Error".into();
        };
        let s = self.stats;
        let mut line = format!(
            "{METADATA_BLOCK_SECTORS} {}/{total} {} {}/{} {} {} {} {} {} {} {} ",
            total.wrapping_sub(free),
            self.block_sectors,
            self.policy.residency(),
            self.cache_blocks,
            s.read_hits,
            s.read_misses,
            s.write_hits,
            s.write_misses,
            s.demotions,
            s.promotions,
            self.nr_dirty,
        );
        let features = [
            (self.features.metadata_version == 2, "metadata2"),
            (true, self.features.io_mode.name()),
            (!self.features.discard_passdown, "no_discard_passdown"),
        ];
        let shown: Vec<&str> = features.into_iter().filter_map(|(shown, word)| shown.then_some(word)).collect();
        let mode = if self.mode == Mode::ReadOnly { "ro" } else { "rw" };
        let needs_check = self.metadata(env, |object, _| object.needs_check()).unwrap_or(true);
        let written = write!(
            line,
            "{} {} 2 migration_threshold {} {} {}{mode} {} ",
            shown.len(),
            shown.join(" "),
            self.migration_threshold_sectors,
            self.policy.identity().name,
            self.policy.status_args(),
            if needs_check { "needs_check" } else { "-" },
        );
        debug_assert!(written.is_ok(), "writing to a string");
        line
    }

    fn query(&self, env: &mut dyn Env, name: &str, ask: impl FnOnce(&crate::metadata::Object) -> Result<u64, Errno>) -> Option<u64> {
        match self.metadata(env, |object, _| ask(object)) {
            Ok(value) => Some(value),
            Err(errno) => {
                self.log(env, &format!("{name} returned -{}", errno.number()));
                None
            }
        }
    }

    /// The TABLE status: devices and the table's own words.
    #[must_use]
    pub fn status_table(&self) -> String {
        let mut line = format!("{} {} {}", self.devices.metadata, self.devices.cache, self.devices.origin);
        for word in &self.ctr_words {
            line.push(' ');
            line.push_str(word);
        }
        line
    }
}
