//! Why blocks stay dirty or are not promoted, in words. The reasons come with events, from the code that decided; here they are only said.

use super::chips::counted;
use super::names::cache_letter;
use super::view::{CacheView, MappedView, View};
use dm_cache_engine::event::CacheId;
use dm_cache_engine::why::{NotIdle, NotPromoted, Room, StaysDirty};
use std::fmt::Display;

/// A moment of virtual time in seconds since boot, to a tenth, never too early.
fn second(ns: u64) -> impl Display {
    let tenths = ns.div_ceil(100_000_000);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") }
}

/// What a threshold below one chunk comes to.
const NEVER_IDLE: &str = ", so it never counts as idle";

fn not_idle(why: &NotIdle) -> String {
    match why {
        NotIdle::Threshold { migrations: 0, chunk_sectors, threshold_sectors } => {
            format!("a chunk of {chunk_sectors} sectors is larger than migration_threshold {threshold_sectors}{NEVER_IDLE}")
        }
        NotIdle::Threshold { migrations, threshold_sectors, .. } => {
            format!("{} on the move and one more exceed migration_threshold {threshold_sectors}", counted(*migrations as usize, "chunk"))
        }
        NotIdle::OriginIo => "the origin had I/O within the last second".to_owned(),
    }
}

/// Why dirty blocks stay dirty, behind a colon.
#[must_use]
pub fn stays_dirty(why: &StaysDirty) -> String {
    match why {
        StaysDirty::NotIdle(because) => not_idle(because),
        StaysDirty::BehindSentinels { because, until_ns } => {
            let because = not_idle(because);
            // Not idle, it works on: only slower.
            let because = because.strip_suffix(NEVER_IDLE).unwrap_or(&because);
            format!("behind sentinels until second {}; {because}", second(*until_ns))
        }
        StaysDirty::Suspended => "the device is suspended".to_owned(),
        StaysDirty::Failed { cblock } => format!("writing cblock {cblock} back failed, and is tried again every second"),
    }
}

/// Why a block is not promoted, behind a colon.
#[must_use]
pub fn not_promoted(why: NotPromoted) -> String {
    match why {
        NotPromoted::Cold { promote_level: 64, .. } => "no level is enough before the first tick".to_owned(),
        NotPromoted::Cold { level, promote_level, full: false } => {
            format!("its region's level is {level}, promotion begins at {promote_level}")
        }
        NotPromoted::Cold { level, promote_level, full: true } => {
            format!("no cblock is free, its region's level {level} below {promote_level}")
        }
        NotPromoted::Full { room } => match room {
            Room::BeingMade => "no cblock is free yet; a quarter is being freed".to_owned(),
            Room::Demoting => "no cblock is free until a cold one is demoted".to_owned(),
            Room::Cleaning => "no cblock is free; a dirty one is cleaned first".to_owned(),
            Room::NoVictim => "no cblock is free, and no cold one may go".to_owned(),
        },
        NotPromoted::UnderWay => "it is being moved already".to_owned(),
        NotPromoted::TooMuchWork => "4096 blocks are being moved already".to_owned(),
        NotPromoted::Cleaner => "the cleaner promotes nothing".to_owned(),
        NotPromoted::Passthrough => "passthrough mode promotes nothing".to_owned(),
        NotPromoted::BehindLastBlock => "it lies behind the origin's last whole block".to_owned(),
        NotPromoted::Failed => "its promotion failed".to_owned(),
    }
}

impl CacheView {
    /// Why its dirty blocks stay dirty; none where none is dirty, or nothing has held them up so far.
    #[must_use]
    pub fn why_dirty(&self) -> Option<&StaysDirty> {
        self.stays_dirty.as_ref().filter(|_| self.mappings.values().any(|m| m.dirty))
    }

    /// The same in words.
    fn says_dirty(&self, letter: &str) -> Option<String> {
        let why = self.why_dirty()?;
        let dirty = self.mappings.values().filter(|m| m.dirty).count();
        Some(format!("{letter} keeps {} dirty: {}", counted(dirty, "block"), stays_dirty(why)))
    }

    /// Why the last block that was missed is not promoted, in words; none if it is, or its promotion is queued.
    fn says_not_promoted(&self, letter: &str) -> Option<String> {
        let (oblock, why) = self.not_promoted?;
        let mode = if why == NotPromoted::Failed && self.mode != "write" {
            format!(", for the metadata is in {} mode", self.mode)
        } else {
            String::new()
        };
        Some(format!("{letter} does not promote block {oblock}: {}{mode}", not_promoted(why)))
    }
}

impl View {
    fn live_of<'v>(&'v self, mapped: &'v MappedView) -> impl Iterator<Item = (CacheId, &'v CacheView)> {
        let ids = mapped.live.iter().flat_map(|table| table.caches.iter().copied());
        ids.filter_map(|id| Some((id, self.caches.get(&id)?)))
    }

    /// Which live caches keep blocks dirty, and why: a sentence each, without a full stop.
    #[must_use]
    pub fn why_dirty(&self) -> Vec<String> {
        let caches = self.mapped.values().flat_map(|mapped| self.live_of(mapped));
        caches.filter_map(|(id, cache)| cache.says_dirty(&cache_letter(self, id))).collect()
    }

    /// Why blocks of a mapped device stay dirty: nothing where none is dirty, or nothing has held them up so far.
    #[must_use]
    pub fn why_dirty_of(&self, mapped: &MappedView) -> Vec<String> {
        self.live_of(mapped).filter_map(|(id, cache)| cache.says_dirty(&cache_letter(self, id))).collect()
    }

    /// Why the block of a mapped device that was missed last is not promoted; nothing if it is.
    #[must_use]
    pub fn why_not_promoted_of(&self, mapped: &MappedView) -> Vec<String> {
        self.live_of(mapped).filter_map(|(id, cache)| cache.says_not_promoted(&cache_letter(self, id))).collect()
    }
}
