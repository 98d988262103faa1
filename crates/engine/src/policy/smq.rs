//! Stochastic multiqueue: what is hot among the missed blocks (hotspot queue), what is cold among the cached ones (clean queue),
//! what is to be written back first (dirty queue). Despite its name nothing in it is random.
//! `docs/target-and-policies.md#smq`

use super::cow::Bits;
use super::entry::{Allocator, Entry, EntrySpace};
use super::hash::{HashTable, hash_32};
use super::period::Period;
use super::queue::{LEVELS, Queue};
use super::stats::Stats;
use super::tracker::{Refused, Tracker, Work};
use super::{Dir, Lookup, LookupWithWork, NoWork};
use crate::errno::Errno;
use crate::event::WorkOp;
use crate::why::{NotPromoted, Room};

/// Sentinels of one queue: two sets of one per level.
const SENTINELS: u32 = 2 * LEVELS as u32;

/// A set of moving marks in the clean or dirty queue: what stands behind the marks came after they were last moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sentinels {
    /// First of its entries.
    begin: u32,
    /// Which of the two sets was moved last.
    pub(super) current: bool,
    pub(super) period: Period,
}

impl Sentinels {
    fn new(begin: u32, seconds: u64, now_ns: u64) -> Self {
        Self { begin, current: true, period: Period::starting(seconds, now_ns) }
    }

    /// The mark of `level` in one of the sets (`get_sentinel`).
    pub(super) fn mark(&self, level: u8, set: bool) -> u32 {
        self.begin + u32::from(level) + if set { 0 } else { LEVELS as u32 }
    }

    /// Both marks of a level, the older one first.
    fn pair(&self, level: u8) -> (u32, u32) {
        (self.mark(level, !self.current), self.mark(level, self.current))
    }

    fn push_all(&self, space: &mut EntrySpace, queue: &mut Queue) {
        for set in [false, true] {
            for level in 0..LEVELS as u8 {
                queue.push(space, self.mark(level, set));
            }
        }
    }
}

/// `struct smq_policy`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Smq {
    pub(super) cleaner: bool,
    pub(super) migrations_allowed: bool,
    pub(super) cache_blocks: u32,
    /// Cache blocks in a hotspot block.
    pub(super) blocks_per_hotspot: u64,

    pub(super) space: EntrySpace,
    pub(super) cache_alloc: Allocator,
    pub(super) hotspot_alloc: Allocator,
    pub(super) hotspot: Queue,
    pub(super) clean: Queue,
    pub(super) dirty: Queue,
    pub(super) table: HashTable,
    pub(super) hotspot_table: HashTable,
    pub(super) hotspot_hit: Bits,
    pub(super) cache_hit: Bits,
    pub(super) tracker: Tracker,

    pub(super) hotspot_stats: Stats,
    pub(super) cache_stats: Stats,
    pub(super) hotspot_level_jump: u8,
    pub(super) promote_level: u8,

    pub(super) ticks: u32,
    pub(super) writeback_marks: Sentinels,
    pub(super) demote_marks: Sentinels,
    pub(super) hotspot_period: Period,
    pub(super) cache_period: Period,
}

impl Smq {
    /// `__smq_create`. Sizes: cache in cache blocks, origin and cache block in sectors.
    pub(super) fn new(cache_blocks: u32, origin_sectors: u64, cache_block_sectors: u64, cleaner: bool, now_ns: u64) -> Result<Self, Errno> {
        let hotspots = (cache_blocks / 4).max(1024);
        let total = 2 * u64::from(SENTINELS) + u64::from(hotspots) + u64::from(cache_blocks);
        if cache_block_sectors == 0 || total >= u64::from(super::entry::NIL) {
            return Err(Errno::NoMem);
        }
        let blocks_per_hotspot = hotspot_block_sectors(origin_sectors, cache_block_sectors, hotspots) / cache_block_sectors;
        let hotspot_alloc = Allocator::new(2 * SENTINELS, hotspots);
        let cache_alloc = Allocator::new(2 * SENTINELS + hotspots, cache_blocks);
        let mut space = EntrySpace::new(2 * SENTINELS, LEVELS as u32, &[hotspot_alloc.clone(), cache_alloc.clone()]);
        let in_top_levels = u64::from(hotspots / LEVELS as u32).min(u64::from(cache_blocks) / blocks_per_hotspot) as u32;
        let (mut clean, mut dirty) = (Queue::new(0, 0), Queue::new(0, 0));
        let writeback_marks = Sentinels::new(0, 10, now_ns);
        let demote_marks = Sentinels::new(SENTINELS, 60, now_ns);
        writeback_marks.push_all(&mut space, &mut dirty);
        demote_marks.push_all(&mut space, &mut clean);
        Ok(Self {
            cleaner,
            migrations_allowed: !cleaner,
            cache_blocks,
            blocks_per_hotspot,
            space,
            cache_alloc,
            hotspot_alloc,
            hotspot: Queue::new(8, in_top_levels),
            clean,
            dirty,
            table: HashTable::new(cache_blocks),
            hotspot_table: HashTable::new(hotspots),
            hotspot_hit: Bits::new(hotspots),
            cache_hit: Bits::new(cache_blocks),
            tracker: Tracker::default(),
            hotspot_stats: Stats::default(),
            cache_stats: Stats::default(),
            hotspot_level_jump: 1,
            promote_level: LEVELS as u8,
            ticks: 0,
            writeback_marks,
            demote_marks,
            hotspot_period: Period::expired(1, now_ns),
            cache_period: Period::expired(60, now_ns),
        })
    }

    // ---- lookups

    pub(super) fn lookup(&mut self, oblock: u64, dir: Dir, fast_copy: bool) -> Lookup {
        if let Some(cblock) = self.find_and_count(oblock) {
            return Lookup { cblock: Some(cblock), background_queued: false, not_promoted: None };
        }
        let wanted = self.wants(oblock, dir, fast_copy);
        let background_queued = wanted.is_ok();
        Lookup { cblock: None, background_queued, not_promoted: wanted.and_then(|()| self.queue_promotion(oblock, false)).err() }
    }

    pub(super) fn lookup_with_work(&mut self, oblock: u64, dir: Dir, fast_copy: bool) -> LookupWithWork {
        if let Some(cblock) = self.find_and_count(oblock) {
            return LookupWithWork { cblock: Some(cblock), work: None, not_promoted: None };
        }
        let work = self.wants(oblock, dir, fast_copy).and_then(|()| self.queue_promotion(oblock, true));
        LookupWithWork { cblock: None, work: work.ok(), not_promoted: work.err() }
    }

    fn find_and_count(&mut self, oblock: u64) -> Option<u32> {
        let Some(e) = self.table.lookup(&mut self.space, oblock) else {
            self.cache_stats.missed();
            return None;
        };
        self.cache_stats.accessed(self.space.get(e).level);
        self.hit(e);
        Some(self.cache_alloc.index(e))
    }

    /// A cached block was used: it climbs, once in a cache period (`requeue`).
    fn hit(&mut self, e: u32) {
        let entry = self.space.get(e);
        if entry.is_pending() || self.cache_hit.test_and_set(self.cache_alloc.index(e)) {
            return;
        }
        if entry.is_dirty() {
            let marks = self.writeback_marks.pair(entry.level);
            self.dirty.requeue(&mut self.space, e, 1, Some(marks));
        } else {
            self.clean.requeue(&mut self.space, e, 1, None);
        }
    }

    /// Counts the miss in the hotspot queue and decides whether to promote.
    fn wants(&mut self, oblock: u64, dir: Dir, fast_copy: bool) -> Result<(), NotPromoted> {
        let level = self.update_hotspot_queue(oblock);
        let full = self.cache_alloc.is_exhausted();
        if dir == Dir::Write && fast_copy && !full {
            return Ok(());
        }
        if level.is_some_and(|level| level >= self.promote_level) {
            return Ok(());
        }
        let cold = NotPromoted::Cold { level: level.unwrap_or(0), promote_level: self.promote_level, full };
        Err(self.forbidden().unwrap_or(cold))
    }

    /// Why it promotes no block at all.
    fn forbidden(&self) -> Option<NotPromoted> {
        match self.migrations_allowed {
            true => None,
            false if self.cleaner => Some(NotPromoted::Cleaner),
            false => Some(NotPromoted::Passthrough),
        }
    }

    /// The level of the hotspot block after this miss.
    fn update_hotspot_queue(&mut self, oblock: u64) -> Option<u8> {
        let hblock = oblock / self.blocks_per_hotspot;
        let space = &mut self.space;
        if let Some(e) = self.hotspot_table.lookup(space, hblock) {
            self.hotspot_stats.accessed(space.get(e).level);
            let again = self.hotspot_hit.test_and_set(self.hotspot_alloc.index(e));
            self.hotspot.requeue(space, e, if again { 0 } else { self.hotspot_level_jump }, None);
            return Some(space.get(e).level);
        }
        self.hotspot_stats.missed();
        let e = match self.hotspot_alloc.alloc(space) {
            Some(e) => e,
            None => {
                let e = self.hotspot.pop(space)?;
                self.hotspot_table.remove(space, e);
                self.hotspot_hit.clear(self.hotspot_alloc.index(e));
                e
            }
        };
        space.at(e).oblock = hblock;
        self.hotspot.push(space, e);
        self.hotspot_table.insert(space, e);
        Some(space.get(e).level)
    }

    // ---- background work

    /// The newest work; else, if there is something to clean, a writeback (`smq_get_background_work`).
    pub(super) fn get_background_work(&mut self, idle: bool) -> Result<Work, NoWork> {
        if let Some(work) = self.tracker.issue() {
            return Ok(work);
        }
        if self.dirty.len == 0 {
            return Err(NoWork::NothingDirty);
        }
        if !idle && !self.cleaner {
            return Err(NoWork::NotIdle);
        }
        if !self.queue_writeback(idle) {
            return Err(NoWork::BehindSentinels { until_ns: self.next_ahead_ns() });
        }
        self.tracker.issue().ok_or(NoWork::TooMuch)
    }

    /// When the first dirty block stands ahead of both marks of its level: the older ones move at the end of this period, the others one later.
    fn next_ahead_ns(&self) -> u64 {
        let marks = &self.writeback_marks;
        let next = (0..LEVELS as u8).any(|level| {
            let mut ahead = self.dirty.level(level.into()).iter(&self.space);
            let (older, _) = marks.pair(level);
            ahead.next() == Some(older) && ahead.next().is_some_and(|e| !self.space.get(e).is_sentinel())
        });
        if next { marks.period.end_ns() } else { marks.period.following_end_ns() }
    }

    /// Reserves a cache block and queues the copy into it; with none free, makes room instead.
    fn queue_promotion(&mut self, oblock: u64, at_once: bool) -> Result<Work, NotPromoted> {
        if let Some(forbidden) = self.forbidden() {
            return Err(forbidden);
        }
        if self.cache_alloc.is_exhausted() {
            let room = if self.free_target_met() { Room::BeingMade } else { self.queue_demotion() };
            return Err(NotPromoted::Full { room });
        }
        if self.tracker.is_present(oblock) {
            return Err(NotPromoted::UnderWay);
        }
        let e = self.cache_alloc.alloc(&mut self.space).ok_or(NotPromoted::Full { room: Room::NoVictim })?;
        let entry = self.space.at(e);
        entry.set_pending(true);
        entry.oblock = oblock;
        let work = Work { op: WorkOp::Promote, oblock, cblock: self.cache_alloc.index(e) };
        self.tracker.queue(work, at_once).map(|()| work).map_err(|refused| {
            self.cache_alloc.free(&mut self.space, e);
            match refused {
                Refused::Full => NotPromoted::TooMuchWork,
                Refused::Present => NotPromoted::UnderWay,
            }
        })
    }

    fn free_target_met(&self) -> bool {
        let free = self.cache_blocks - self.cache_alloc.allocated;
        u64::from(free) + u64::from(self.tracker.demotes()) >= u64::from(self.cache_blocks) * 25 / 100
    }

    /// The coldest clean block has to go; if none of the lower half is clean, a dirty one gets cleaned first.
    fn queue_demotion(&mut self) -> Room {
        match self.clean.peek(&self.space, LEVELS / 2, true) {
            Some(e) => {
                self.queue_work(WorkOp::Demote, e);
                Room::Demoting
            }
            None if self.queue_writeback(false) => Room::Cleaning,
            None => Room::NoVictim,
        }
    }

    /// Queues the first dirty block within reach; false if there is none.
    fn queue_writeback(&mut self, idle: bool) -> bool {
        let first = self.dirty.peek(&self.space, LEVELS, idle);
        if let Some(e) = first {
            self.queue_work(WorkOp::Writeback, e);
        }
        first.is_some()
    }

    fn queue_work(&mut self, op: WorkOp, e: u32) {
        let entry = self.space.get(e);
        let queue = if entry.is_dirty() { &mut self.dirty } else { &mut self.clean };
        queue.remove(&mut self.space, e);
        self.space.at(e).set_pending(true);
        let work = Work { op, oblock: entry.oblock, cblock: self.cache_alloc.index(e) };
        if self.tracker.queue(work, false).is_err() {
            self.space.at(e).set_pending(false);
            self.push_front_of_queue(e);
        }
    }

    /// Ends work handed out before; unknown work is ignored.
    pub(super) fn complete_background_work(&mut self, work: &Work, success: bool) {
        if !self.tracker.complete(work) {
            return;
        }
        let Some(e) = self.allocated(work.cblock) else { return };
        let entry = self.space.at(e);
        entry.set_pending(false);
        match (work.op, success) {
            (WorkOp::Promote, true) => {
                entry.level = LEVELS as u8 - 1;
                self.table.insert(&mut self.space, e);
                self.push(e);
            }
            (WorkOp::Promote, false) => self.cache_alloc.free(&mut self.space, e),
            (WorkOp::Demote, true) => {
                self.table.remove(&mut self.space, e);
                self.cache_alloc.free(&mut self.space, e);
            }
            (WorkOp::Demote, false) | (WorkOp::Writeback, _) => self.push(e),
        }
    }

    // ---- the cached blocks

    fn push(&mut self, e: u32) {
        let queue = if self.space.get(e).is_dirty() { &mut self.dirty } else { &mut self.clean };
        queue.push(&mut self.space, e);
    }

    fn push_front_of_queue(&mut self, e: u32) {
        let queue = if self.space.get(e).is_dirty() { &mut self.dirty } else { &mut self.clean };
        queue.push_front(&mut self.space, e);
    }

    fn remove_from_queue(&mut self, e: u32) {
        let queue = if self.space.get(e).is_dirty() { &mut self.dirty } else { &mut self.clean };
        queue.remove(&mut self.space, e);
    }

    /// The entry of a cache block in use.
    fn allocated(&self, cblock: u32) -> Option<u32> {
        self.cache_alloc.entry(cblock).filter(|e| self.space.get(*e).is_allocated())
    }

    /// The entry of a cache block, in use or not.
    pub(super) fn cache_entry(&self, cblock: u32) -> Option<Entry> {
        self.cache_alloc.entry(cblock).map(|e| self.space.get(e))
    }

    pub(super) fn set_dirty(&mut self, cblock: u32, dirty: bool) {
        let Some(e) = self.allocated(cblock) else { return };
        if self.space.get(e).is_pending() {
            self.space.at(e).set_dirty(dirty);
        } else {
            self.remove_from_queue(e);
            self.space.at(e).set_dirty(dirty);
            self.push(e);
        }
    }

    /// Takes over a mapping from the metadata. It goes ahead of the sentinels, so that it may be cleaned or demoted at once.
    pub(super) fn load_mapping(&mut self, oblock: u64, cblock: u32, dirty: bool, hint: Option<u32>) -> Result<(), Errno> {
        let e = self.cache_alloc.alloc_at(&mut self.space, cblock).ok_or(Errno::Inval)?;
        let entry = self.space.at(e);
        entry.oblock = oblock;
        entry.set_dirty(dirty);
        entry.level = hint.unwrap_or_else(|| level_without_hint(cblock)).min(LEVELS as u32 - 1) as u8;
        self.table.insert(&mut self.space, e);
        self.push_front_of_queue(e);
        Ok(())
    }

    /// The kernel does not consider blocks with work pending, nor does its target invalidate such. Here a promotion under way
    /// counts as not cached yet, and other work on the block is forgotten.
    pub(super) fn invalidate_mapping(&mut self, cblock: u32) -> Result<(), Errno> {
        let e = self.allocated(cblock).ok_or(Errno::NoData)?;
        let entry = self.space.get(e);
        if !entry.is_pending() {
            self.remove_from_queue(e);
        } else if self.tracker.get(entry.oblock).is_some_and(|work| work.op == WorkOp::Promote) {
            return Err(Errno::NoData);
        } else {
            self.tracker.forget(entry.oblock);
        }
        self.table.remove(&mut self.space, e);
        self.cache_alloc.free(&mut self.space, e);
        Ok(())
    }

    pub(super) fn hint(&self, cblock: u32) -> u32 {
        self.allocated(cblock).map_or(0, |e| u32::from(self.space.get(e).level))
    }
}

/// 16 cache blocks, halved until the hotspot queue does not see more than the origin holds (`calc_hotspot_params`).
fn hotspot_block_sectors(origin_sectors: u64, cache_block_sectors: u64, hotspots: u32) -> u64 {
    let mut size = cache_block_sectors.saturating_mul(16);
    while size > cache_block_sectors && size.saturating_mul(u64::from(hotspots)) > origin_sectors {
        size /= 2;
    }
    size
}

/// Spreads blocks loaded without a hint over the levels (`random_level`); not random at all.
const fn level_without_hint(cblock: u32) -> u32 {
    hash_32(cblock, 9) & (LEVELS as u32 - 1)
}

#[cfg(test)]
mod tests {
    use super::{hotspot_block_sectors, level_without_hint};

    #[test]
    fn blocks_without_hints_spread_over_the_levels() {
        let levels: Vec<u32> = (0..16).map(level_without_hint).collect();
        assert_eq!(levels, [0, 3, 7, 10, 14, 17, 21, 24, 28, 32, 35, 39, 42, 46, 49, 53]);
    }

    #[test]
    fn hotspot_blocks_shrink_until_they_fit_the_origin() {
        assert_eq!(hotspot_block_sectors(262_144, 128, 1024), 256);
        assert_eq!(hotspot_block_sectors(1 << 40, 128, 1024), 2048);
        assert_eq!(hotspot_block_sectors(100, 128, 1024), 128);
    }
}
