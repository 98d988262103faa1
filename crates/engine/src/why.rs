//! Why a cache target or its policy does not act. The code that decides says so; nothing here is guessed from outside.
//! `docs/target-and-policies.md#why`

/// Why the cache does not count as idle (`check_migrations`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "not_idle", rename_all = "kebab-case")]
pub enum NotIdle {
    /// The chunks on the move and one more are more than `migration_threshold`.
    Threshold {
        /// Migrations under way that copy. With none, the threshold is less than one chunk, and the cache never counts as idle.
        migrations: u32,
        /// Cache block size in sectors; at most 2^21.
        chunk_sectors: u32,
        /// `migration_threshold`, in sectors.
        threshold_sectors: u64,
    },
    /// The origin has I/O under way, or had some within the last second.
    OriginIo,
}

/// Why dirty blocks stay dirty while nothing is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum StaysDirty {
    /// smq writes back only while the cache is idle.
    NotIdle(NotIdle),
    /// The cleaner works on, but while the cache is not idle it stops at the first sentinel of each level.
    BehindSentinels {
        /// Why it may not pass them.
        #[serde(flatten)]
        because: NotIdle,
        /// From when on the first block stands ahead of both sentinels of its level, nanoseconds since boot: they move at the tick after.
        until_ns: u64,
    },
    /// The device is suspended: no background work starts.
    Suspended,
    /// The last write-back failed; it is tried again.
    Failed {
        /// The block that could not be written back.
        cblock: u32,
    },
}

/// What is done about a full cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// A quarter of the cache is free, or on its way out, already.
    BeingMade,
    /// A clean block goes.
    Demoting,
    /// None of the lower half is clean: a dirty one is written back first.
    Cleaning,
    /// None of the lower half is clean, and the dirty ones stand behind sentinels.
    NoVictim,
}

/// Why a block that was missed is not promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum NotPromoted {
    /// The level of its region in the hotspot queue is below the one from which a miss is promoted.
    Cold {
        /// The region's level after this miss.
        level: u8,
        /// Promotion begins at this level; 64 before the first tick: at none.
        promote_level: u8,
        /// No cblock is free: one that is would be given to a write of a whole block at any level.
        full: bool,
    },
    /// No cblock is free.
    Full {
        /// What is done about it.
        room: Room,
    },
    /// There is work on this origin block under way.
    UnderWay,
    /// As much work is under way as the policy keeps at a time.
    TooMuchWork,
    /// The cleaner promotes nothing.
    Cleaner,
    /// The target forbids migrations: passthrough mode.
    Passthrough,
    /// It lies behind the last whole block of the origin.
    BehindLastBlock,
    /// A promotion was begun and failed: a copy, or its mapping.
    Failed,
}
