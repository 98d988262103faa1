//! What is unusual about a line, and what it means for the data.

use super::{Remark, Told, size};

/// Counters that remarks speak of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) resident: u64,
    pub(super) cache_blocks: u64,
    pub(super) dirty: u64,
}

fn remark(title: &'static str, unusual: impl Into<String>, data: impl Into<String>, see: Option<&'static str>) -> Remark {
    Remark { title, unusual: unusual.into(), data: data.into(), see }
}

impl Told {
    pub(super) fn remark_on_failure(&mut self) {
        self.remark(remark(
            "The cache has failed",
            "Every read and write ends in an error until the table is loaded anew; the kernel's log says what came first.",
            "What is dirty lies on the cache device alone and cannot be read through this device now. Copy the metadata before you repair it.",
            Some("failed-live"),
        ));
    }

    pub(super) fn remark_on_read_only(&mut self) {
        self.remark(remark(
            "Metadata is read-only",
            "A metadata operation failed and its transaction was aborted: nothing is promoted, demoted or committed any more.",
            "Reads and writes of mapped blocks go on, but no change of a dirty flag is recorded: after the next load, blocks count as the last commit left them.",
            Some("load-after-failure"),
        ));
    }

    pub(super) fn remark_on_needs_check(&mut self) {
        self.remark(remark(
            "The metadata needs a check",
            "The flag is in the superblock: Linux refuses the next table over this metadata until a check or a repair clears it.",
            "Nothing is lost by the flag. Copy the metadata device and run cache_check on it before the cache is stopped.",
            Some("load-after-failure"),
        ));
    }

    pub(super) fn remark_on_passthrough(&mut self) {
        self.remark(remark(
            "Passthrough",
            "All reads and writes go to the origin; a write drops the cached copy of its block.",
            "The origin has everything. The hit counters say what the cache could have served.",
            Some("passthrough-reload"),
        ));
    }

    /// On the budget for moving data.
    pub(super) fn remarks_on_threshold(&mut self, sectors: u64, chunk: Option<u64>, policy: Option<&str>) {
        let Some(chunk) = chunk.filter(|chunk| sectors < *chunk && policy != Some("cleaner")) else { return };
        let eight = chunk.saturating_mul(8);
        let name = self.name.clone().unwrap_or_else(|| "NAME".to_owned());
        self.remark(remark(
            "It will not get clean",
            format!("The budget of {sectors} sectors is smaller than one chunk of {chunk}: the cache never counts as idle, and only an idle cache writes back."),
            format!("Dirty blocks stay on the cache device alone. Eight chunks are {}: dmsetup message {name} 0 migration_threshold {eight}", size(eight)),
            Some("stays-dirty"),
        ));
    }

    /// On dirty blocks; the field of their number is `at`.
    pub(super) fn remarks_on_dirty(&mut self, counts: &Counts, features: &[&str], policy: &str, at: usize) {
        if counts.dirty == 0 {
            return;
        }
        if features.contains(&"writeback") {
            if let Some(field) = self.fields.get_mut(at) {
                field.means.push_str(
                    "; usual in writeback: smq writes back while the origin is idle. To have all written back now: lvchange --cachemode \
                     writethrough, or the policy cleaner",
                );
            }
            return;
        }
        let mode = if features.contains(&"passthrough") { "passthrough" } else { "writethrough" };
        let all = counts.dirty == counts.resident;
        let unusual = if all {
            format!(
                "In {mode} no write makes a block dirty. After an unclean stop no dirty flag counts, so every mapped block is taken as dirty."
            )
        } else {
            format!("In {mode} no write makes a block dirty: these blocks were dirty before, in writeback.")
        };
        let data = if all && mode == "writethrough" {
            "If the cache has always been writethrough, nothing is lost: the origin has each write too. Linux writes the blocks back once more, as soon as its budget lets it."
        } else {
            "They lie on the cache device alone until they are written back: keep it."
        };
        if let Some(field) = self.fields.get_mut(at) {
            field.unusual = true;
        }
        let see = if policy == "cleaner" { "cleaner" } else { "crash" };
        self.remarks.push(remark(
            if all { "Everything is dirty" } else { "Dirty although nothing makes it dirty" },
            unusual,
            data,
            Some(see),
        ));
    }
}
