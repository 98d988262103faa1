//! The multilevel queue: 64 lists, level 0 first to go; hits climb by swapping places, and a redistribution from time to time
//! evens the levels out (`q_redistribute`).

use super::entry::{EntrySpace, List};

/// Levels of every queue (`NR_CACHE_LEVELS`, `NR_HOTSPOT_LEVELS`).
pub const LEVELS: usize = 64;

/// `struct queue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queue {
    /// Entries in all levels, sentinels not counted.
    pub(super) len: u32,
    levels: [List; LEVELS],
    targets: [u32; LEVELS],
    targets_are_for: u32,
    top_levels: usize,
    in_top_levels: u32,
}

impl Queue {
    /// An empty queue; the `top_levels` highest levels are to share `in_top_levels` entries.
    pub(super) fn new(top_levels: usize, in_top_levels: u32) -> Self {
        Self { len: 0, levels: [List::EMPTY; LEVELS], targets: [0; LEVELS], targets_are_for: 0, top_levels, in_top_levels }
    }

    pub(super) fn level(&self, level: usize) -> &List {
        &self.levels[level]
    }

    pub(super) fn target(&self, level: usize) -> u32 {
        self.targets[level]
    }

    fn list_of(&mut self, space: &EntrySpace, e: u32, step: i8) -> &mut List {
        let entry = space.get(e);
        if !entry.is_sentinel() {
            self.len = self.len.wrapping_add_signed(i32::from(step));
        }
        &mut self.levels[usize::from(entry.level)]
    }

    /// To the tail of its level.
    pub(super) fn push(&mut self, space: &mut EntrySpace, e: u32) {
        self.list_of(space, e, 1).push_tail(space, e);
    }

    /// To the head of its level, ahead of the sentinels.
    pub(super) fn push_front(&mut self, space: &mut EntrySpace, e: u32) {
        self.list_of(space, e, 1).push_head(space, e);
    }

    fn push_before(&mut self, space: &mut EntrySpace, old: u32, e: u32) {
        self.list_of(space, e, 1).push_before(space, old, e);
    }

    pub(super) fn remove(&mut self, space: &mut EntrySpace, e: u32) {
        self.list_of(space, e, -1).remove(space, e);
    }

    /// The first entry of the lowest `max_level` levels. Unless sentinels may be crossed, what stands behind the first
    /// sentinel of a level is out of reach.
    pub(super) fn peek(&self, space: &EntrySpace, max_level: usize, cross_sentinels: bool) -> Option<u32> {
        self.levels.iter().take(max_level).find_map(|list| {
            if cross_sentinels {
                return if list.len == 0 { None } else { list.first(space) };
            }
            list.iter(space).next().filter(|e| !space.get(*e).is_sentinel())
        })
    }

    /// Takes out the first entry of the lowest level.
    pub(super) fn pop(&mut self, space: &mut EntrySpace) -> Option<u32> {
        let e = self.peek(space, LEVELS, true)?;
        self.remove(space, e);
        Some(e)
    }

    /// A hit: `e` climbs by `extra` levels and goes to the tail there; the oldest entry of that level takes its old place.
    ///
    /// `sentinels` are the sentinels of `e`'s old level, older first: an entry that stood ahead of both stays ahead of both, and so on.
    pub(super) fn requeue(&mut self, space: &mut EntrySpace, e: u32, extra: u8, sentinels: Option<(u32, u32)>) {
        let old_level = space.get(e).level;
        let new_level = (LEVELS as u8 - 1).min(old_level.saturating_add(extra));
        if extra > 0 && usize::from(old_level) < LEVELS - 1 {
            let list = &self.levels[usize::from(new_level)];
            let passed = list.iter(space).take_while(|s| space.get(*s).is_sentinel()).count();
            let swapped = list.first(space);
            if let Some(down) = swapped {
                self.remove(space, down);
                space.at(down).level = old_level;
                match (sentinels, passed) {
                    (Some((first, _)), 0) => self.push_before(space, first, down),
                    (Some((_, second)), 1) => self.push_before(space, second, down),
                    _ => self.push(space, down),
                }
            }
        }
        self.remove(space, e);
        space.at(e).level = new_level;
        self.push(space, e);
    }

    /// Evens the levels out: from the bottom up, a level short of its target takes the oldest from above, a level over it hands its
    /// youngest to the next (`q_redistribute`).
    pub(super) fn redistribute(&mut self, space: &mut EntrySpace) {
        self.set_targets();
        for level in 0..LEVELS - 1 {
            let target = self.targets[level];
            while self.levels[level].len < target {
                let Some(from) = (level + 1..LEVELS).find(|l| self.levels[*l].len > 0) else { break };
                let Some(e) = self.levels[from].first(space) else { break };
                self.levels[from].remove(space, e);
                space.at(e).level = level as u8;
                self.levels[level].push_tail(space, e);
            }
            while self.levels[level].len > target {
                let Some(e) = self.levels[level].last(space) else { break };
                self.levels[level].remove(space, e);
                space.at(e).level = level as u8 + 1;
                self.levels[level + 1].push_tail(space, e);
            }
        }
    }

    fn set_targets(&mut self) {
        if self.targets_are_for == self.len {
            return;
        }
        self.targets_are_for = self.len;
        let (rest, top) = self.targets.split_at_mut(LEVELS - self.top_levels);
        share(top, self.in_top_levels);
        share(rest, self.len.saturating_sub(self.in_top_levels));
    }
}

/// Spreads `n` over the levels; what does not divide goes to the lower ones.
fn share(targets: &mut [u32], n: u32) {
    let levels = targets.len() as u32;
    for (i, target) in targets.iter_mut().enumerate() {
        *target = n / levels + u32::from((i as u32) < n % levels);
    }
}
