//! A policy laid open for drawing: queues level by level with their sentinels, thresholds, hotspot hits, planned work.

use super::entry::Entry;
use super::queue::{LEVELS, Queue};
use super::smq::Sentinels;
use super::{Performance, Policy, Stats, Work};

/// Which of smq's three queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum QueueName {
    /// Missed origin blocks, in hotspot blocks.
    Hotspot,
    /// Cached blocks equal to the origin.
    Clean,
    /// Cached blocks the origin does not know yet.
    Dirty,
}

/// What stands in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Item {
    /// A mark; `current` is the set moved last.
    Sentinel {
        /// Of the set moved last.
        current: bool,
    },
    /// A cached block.
    Block {
        /// Cache block.
        cblock: u32,
        /// Origin block.
        oblock: u64,
        /// Hit since the cache period began; it climbs no further till then.
        hit: bool,
    },
    /// A stretch of the origin.
    Hotspot {
        /// Its first origin block.
        oblock: u64,
        /// Origin blocks in it.
        len: u64,
        /// Hit since the last tick; it climbs no further till then.
        hit: bool,
    },
}

/// A cache block as the policy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Block {
    /// Cache block.
    pub cblock: u32,
    /// Origin block, for a promotion under way the one it is reserved for.
    pub oblock: u64,
    /// 0 (first to go) to 63: the hint.
    pub level: u8,
    /// In the dirty queue, or to be put there.
    pub dirty: bool,
    /// Held by background work, out of the queues.
    pub pending: bool,
}

/// The numbers smq decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Gauges {
    /// Ticks so far.
    pub ticks: u32,
    /// A missed block is promoted when its hotspot block has at least this level; reads and writes have the same.
    pub promote_level: u8,
    /// Levels a hotspot block climbs with a hit.
    pub hotspot_level_jump: u8,
    /// Misses by the level of their hotspot block, since the hotspot period began.
    pub hotspot_stats: Stats,
    /// What those say.
    pub hotspot_performance: Performance,
    /// Lookups by the level of the cached block, since the cache period began.
    pub cache_stats: Stats,
    /// Cache blocks in a hotspot block.
    pub blocks_per_hotspot: u64,
    /// Cache blocks in use or reserved.
    pub allocated: u32,
    /// Cache blocks in all.
    pub cache_blocks: u32,
    /// Whether promotions and demotions are allowed.
    pub migrations_allowed: bool,
    /// End of the one-second period, nanoseconds since boot.
    pub hotspot_period_end_ns: u64,
    /// End of the sixty-second period.
    pub cache_period_end_ns: u64,
    /// When the dirty queue's sentinels move next.
    pub writeback_sentinels_move_ns: u64,
    /// When the clean queue's sentinels move next.
    pub demote_sentinels_move_ns: u64,
}

impl Policy {
    fn queue(&self, name: QueueName) -> &Queue {
        match name {
            QueueName::Hotspot => &self.smq.hotspot,
            QueueName::Clean => &self.smq.clean,
            QueueName::Dirty => &self.smq.dirty,
        }
    }

    /// Entries of a queue, sentinels not counted.
    #[must_use]
    pub fn queue_len(&self, name: QueueName) -> u32 {
        self.queue(name).len
    }

    /// Entries of one level and how many the last redistribution wanted there; (0, 0) beyond level 63.
    #[must_use]
    pub fn level_len(&self, name: QueueName, level: usize) -> (u32, u32) {
        let queue = self.queue(name);
        if level < LEVELS { (queue.level(level).len, queue.target(level)) } else { (0, 0) }
    }

    /// One level of a queue from head (first to go) to tail.
    pub fn level_items(&self, name: QueueName, level: usize) -> impl Iterator<Item = Item> + '_ {
        let list = (level < LEVELS).then(|| self.queue(name).level(level));
        list.into_iter().flat_map(|list| list.iter(&self.smq.space)).map(move |e| self.item(name, e))
    }

    fn item(&self, name: QueueName, e: u32) -> Item {
        let smq = &self.smq;
        let entry = smq.space.get(e);
        match name {
            QueueName::Hotspot => Item::Hotspot {
                oblock: entry.oblock * smq.blocks_per_hotspot,
                len: smq.blocks_per_hotspot,
                hit: smq.hotspot_hit.get(smq.hotspot_alloc.index(e)),
            },
            QueueName::Clean if entry.is_sentinel() => sentinel(&smq.demote_marks, e, entry),
            QueueName::Dirty if entry.is_sentinel() => sentinel(&smq.writeback_marks, e, entry),
            QueueName::Clean | QueueName::Dirty => {
                let cblock = smq.cache_alloc.index(e);
                Item::Block { cblock, oblock: entry.oblock, hit: smq.cache_hit.get(cblock) }
            }
        }
    }

    /// A cache block in use or reserved; None if it is free or there is no such block.
    #[must_use]
    pub fn block(&self, cblock: u32) -> Option<Block> {
        let entry = self.smq.cache_entry(cblock).filter(Entry::is_allocated)?;
        Some(Block { cblock, oblock: entry.oblock, level: entry.level, dirty: entry.is_dirty(), pending: entry.is_pending() })
    }

    /// Where a block is cached, without counting it as a use.
    #[must_use]
    pub fn peek(&self, oblock: u64) -> Option<u32> {
        self.smq.table.find(&self.smq.space, oblock).map(|e| self.smq.cache_alloc.index(e))
    }

    /// Free cache blocks in the order they will be taken.
    pub fn free_blocks(&self) -> impl Iterator<Item = u32> + '_ {
        self.smq.cache_alloc.free_entries(&self.smq.space).map(|e| self.smq.cache_alloc.index(e))
    }

    /// Level of the hotspot block an origin block lies in, if it was missed lately.
    #[must_use]
    pub fn hotspot_level(&self, oblock: u64) -> Option<u8> {
        let smq = &self.smq;
        smq.hotspot_table.find(&smq.space, oblock / smq.blocks_per_hotspot).map(|e| smq.space.get(e).level)
    }

    /// Planned work in the order it will be handed out.
    pub fn queued_work(&self) -> impl Iterator<Item = Work> + '_ {
        self.smq.tracker.queued()
    }

    /// Work handed out and not yet ended, by origin block.
    pub fn issued_work(&self) -> impl Iterator<Item = Work> + '_ {
        self.smq.tracker.issued()
    }

    /// The numbers smq decides by.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let smq = &self.smq;
        Gauges {
            ticks: smq.ticks,
            promote_level: smq.promote_level,
            hotspot_level_jump: smq.hotspot_level_jump,
            hotspot_stats: smq.hotspot_stats,
            hotspot_performance: smq.hotspot_stats.assess(),
            cache_stats: smq.cache_stats,
            blocks_per_hotspot: smq.blocks_per_hotspot,
            allocated: smq.cache_alloc.allocated,
            cache_blocks: smq.cache_blocks,
            migrations_allowed: smq.migrations_allowed,
            hotspot_period_end_ns: smq.hotspot_period.end_ns(),
            cache_period_end_ns: smq.cache_period.end_ns(),
            writeback_sentinels_move_ns: smq.writeback_marks.period.end_ns(),
            demote_sentinels_move_ns: smq.demote_marks.period.end_ns(),
        }
    }
}

fn sentinel(marks: &Sentinels, e: u32, entry: Entry) -> Item {
    Item::Sentinel { current: marks.mark(entry.level, marks.current) == e }
}
