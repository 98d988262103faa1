//! Kernel profiles: the one place where the simulated kernels differ from each other.
//!
//! Facts from the recordings, told in `docs/kernels.md`; 3.18 is a model that nobody recorded.

use serde::{Deserialize, Serialize};

/// Which kernel the machine behaves like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Kernel {
    /// 3.18, metadata engine only: no sharing, legacy allocator. A model from the spec, not recorded.
    V3_18,
    /// Debian's 5.10.223.
    V5_10,
    /// Debian's 6.1.192, the default.
    #[default]
    V6_1,
    /// Debian's 6.12.107.
    V6_12,
    /// Debian's 7.3.4.
    V7_3,
}

/// Which generation of the metadata space map's block search (`sm_ll_find_free_block`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Allocator {
    /// Up to 5.5: searches the committed bitmaps only, restarts at 0 with each transaction.
    Legacy,
    /// Later: a block must be free in old and new maps; the cursor survives a commit.
    Modern,
}

/// How often a kernel warns of writes to a read-only device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadOnlyWarning {
    /// Each time, with the partition's number.
    Always,
    /// With a rate limit.
    Limited,
    /// Once in the device's life.
    Once,
}

/// First and last line of the warning from `__flush_work`; the stack and registers between them are not modelled.
pub const FLUSH_WORK_WARNING: [&str; 3] = [
    "------------[ cut here ]------------",
    "WARNING: CPU: 0 PID: 1 at kernel/workqueue.c:3050 __flush_work.isra.0+0x6b/0x80",
    "---[ end trace 0000000000000000 ]---",
];

impl Kernel {
    /// All profiles, oldest first.
    pub const ALL: [Self; 5] = [Self::V3_18, Self::V5_10, Self::V6_1, Self::V6_12, Self::V7_3];

    /// The version as scripts write it: `6.1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_18 => "3.18",
            Self::V5_10 => "5.10",
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
            Self::V7_3 => "7.3",
        }
    }

    /// The profile of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// The space map's allocator generation.
    #[must_use]
    pub const fn allocator(self) -> Allocator {
        match self {
            Self::V3_18 => Allocator::Legacy,
            _ => Allocator::Modern,
        }
    }

    /// Whether an array block must have the header that belongs to it: `max_entries` as its `value_size` gives, no more entries than that,
    /// and the `value_size` of the array that reads it (case 36; 5.10 believes all of it).
    #[must_use]
    pub fn array_headers_are_checked(self) -> bool {
        !matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether a policy name is copied with its NUL only, leaving old bytes behind it in the superblock (6.12 and later).
    #[must_use]
    pub fn policy_name_keeps_old_bytes(self) -> bool {
        matches!(self, Self::V6_12 | Self::V7_3)
    }

    /// Whether the cache target itself refuses to be longer than its origin; later the core does.
    #[must_use]
    pub fn cache_target_checks_origin_size(self) -> bool {
        !matches!(self, Self::V7_3)
    }

    /// Whether passthrough is refused by the constructor while dirty blocks are on disk; later preresume refuses.
    #[must_use]
    pub fn passthrough_is_checked_in_constructor(self) -> bool {
        matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether preresume looks for mappings beyond the end of the origin: a dirty one is refused, a clean one taken out (seen with the scenario
    /// `origin-too-short`, which 5.10 lets pass).
    #[must_use]
    pub fn checks_mappings_against_origin(self) -> bool {
        !matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether a passthrough write that drops a cached block goes back to its own device besides: there it waits for the block, counts a
    /// second time, as a miss, and one of its two ends is booked on the origin, so that the next suspend waits for good (case 04b).
    /// It is a race with the worker that drops the block: asked six times, 5.10 lost it with a target's first such write and hardly later.
    #[must_use]
    pub fn passthrough_write_goes_round(self) -> bool {
        matches!(self, Self::V5_10)
    }

    /// Whether an origin's size is that of its device, however long the target is: discard blocks and smq's hotspot blocks follow from it.
    #[must_use]
    pub fn origin_size_is_the_devices(self) -> bool {
        matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether a target is refused whose end, in bytes, does not fit a signed number of 64 bits (`too large device`).
    #[must_use]
    pub fn device_size_is_checked(self) -> bool {
        !matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether `can_resize` counts on before it looks: the first block that a shrink drops is not looked at, and the one behind the last is.
    #[must_use]
    pub fn shrink_looks_one_block_on(self) -> bool {
        matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether `dm_array_cursor_skip` goes wrong across array blocks: it counts a whole block off and moves by one value.
    #[must_use]
    pub fn array_skip_stays_in_its_block(self) -> bool {
        matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether a passthrough cache is not resumed over metadata opened unclean.
    #[must_use]
    pub fn passthrough_needs_clean_shutdown(self) -> bool {
        matches!(self, Self::V7_3)
    }

    /// Whether `invalidate_cblocks` reads its numbers strictly, in 32 bits, and quotes what it could not read.
    #[must_use]
    pub fn cblock_ranges_are_strict(self) -> bool {
        matches!(self, Self::V7_3)
    }

    /// Whether a mapped device's disk appears with the device; later, with its first table (seen in `dmsetup info`).
    #[must_use]
    pub fn disk_is_added_at_create(self) -> bool {
        matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// Whether a device that turns and asks for no size of requests is read ahead by its largest one (seen in `dmsetup info`).
    #[must_use]
    pub fn reads_ahead_by_max_sectors(self) -> bool {
        self >= Self::V7_3
    }

    /// Whether a constructor that fails cancels work that was never set up, which earns a [`FLUSH_WORK_WARNING`] (CVE-2024-50280).
    #[must_use]
    pub fn destroys_work_not_set_up(self) -> bool {
        matches!(self, Self::V5_10)
    }

    /// Whether a constructor's error is logged with its errno in parentheses.
    #[must_use]
    pub fn constructor_errors_have_a_number(self) -> bool {
        !matches!(self, Self::V3_18 | Self::V5_10)
    }

    /// How often a write to a read-only device is warned of (`bio_check_ro`; the recordings of case 04).
    #[must_use]
    pub fn read_only_warning(self) -> ReadOnlyWarning {
        match self {
            Self::V3_18 | Self::V5_10 => ReadOnlyWarning::Always,
            Self::V6_1 => ReadOnlyWarning::Limited,
            Self::V6_12 | Self::V7_3 => ReadOnlyWarning::Once,
        }
    }
}
