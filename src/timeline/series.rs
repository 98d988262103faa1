//! Figures of the LIVE caches over a run, step by step, to be drawn as curves.

use super::Timeline;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{CacheId, Event, Slot};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The figures at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// The step.
    pub step: u64,
    /// Bios that found their block in the cache, since the beginning.
    pub hits: u64,
    /// Bios that did not.
    pub misses: u64,
    /// Mapped cache blocks.
    pub resident: u64,
    /// Of these, dirty ones.
    pub dirty: u64,
    /// Promotions since the beginning.
    pub promotions: u64,
    /// Demotions since the beginning.
    pub demotions: u64,
}

impl Figures {
    /// Hit ratio in percent, if there were any bios.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio to draw")]
    pub fn hit_ratio(&self) -> Option<f64> {
        let all = self.hits + self.misses;
        (all > 0).then(|| self.hits as f64 * 100.0 / all as f64)
    }
}

/// What the figures need to know of the machine.
#[derive(Default)]
struct Fold {
    live: BTreeMap<DevNo, Vec<CacheId>>,
    mappings: BTreeMap<CacheId, BTreeMap<u32, bool>>,
    dirty: BTreeMap<CacheId, u64>,
    now: Figures,
}

/// The figures at every step that changed them, and at the last step.
#[must_use]
pub fn series(timeline: &Timeline) -> Vec<Figures> {
    let mut fold = Fold::default();
    let mut out: Vec<Figures> = Vec::new();
    let last = timeline.steps().len().saturating_sub(1);
    for step in 0..timeline.steps().len() {
        for event in timeline.events_of(step) {
            fold.apply(event);
        }
        let now = Figures { step: step as u64, ..fold.figures() };
        let same = out.last().is_some_and(|before| Figures { step: now.step, ..*before } == now);
        if !same || step == last {
            out.push(now);
        }
    }
    out
}

impl Fold {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::SlotChanged { dev, slot: Slot::Live, table } => {
                self.live.insert(*dev, table.as_ref().map(|t| t.caches.clone()).unwrap_or_default());
            }
            Event::DeviceRemoved { dev } => {
                self.live.remove(dev);
            }
            Event::CacheDestroyed { cache } => {
                self.mappings.remove(cache);
                self.dirty.remove(cache);
            }
            Event::MappingAdded { cache, cblock, dirty, .. } => self.set(*cache, *cblock, Some(*dirty)),
            Event::MappingRemoved { cache, cblock, .. } => self.set(*cache, *cblock, None),
            Event::DirtySet { cache, cblock, dirty } if self.mappings.get(cache).is_some_and(|m| m.contains_key(cblock)) => {
                self.set(*cache, *cblock, Some(*dirty))
            }
            Event::BioMapped { hit, .. } => {
                self.now.hits += u64::from(*hit);
                self.now.misses += u64::from(!*hit);
            }
            Event::MigrationEnded { op, ok: true, .. } => match op {
                dm_cache_engine::event::WorkOp::Promote => self.now.promotions += 1,
                dm_cache_engine::event::WorkOp::Demote => self.now.demotions += 1,
                dm_cache_engine::event::WorkOp::Writeback => {}
            },
            _ => {}
        }
    }

    /// Notes a mapping's dirty bit, or that it is gone.
    fn set(&mut self, cache: CacheId, cblock: u32, dirty: Option<bool>) {
        let mappings = self.mappings.entry(cache).or_default();
        let before = match dirty {
            Some(dirty) => mappings.insert(cblock, dirty),
            None => mappings.remove(&cblock),
        };
        let count = self.dirty.entry(cache).or_default();
        *count = *count + u64::from(dirty == Some(true)) - u64::from(before == Some(true));
    }

    fn figures(&self) -> Figures {
        let live: BTreeSet<CacheId> = self.live.values().flatten().copied().collect();
        let resident = live.iter().filter_map(|c| self.mappings.get(c)).map(|m| m.len() as u64).sum();
        let dirty = live.iter().filter_map(|c| self.dirty.get(c)).sum();
        Figures { resident, dirty, ..self.now }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::scenario::run::{Options, Run};
    use crate::scenario::{ast::Sharing, library, parse};

    #[test]
    fn figures_equal_those_of_the_view_at_their_step() {
        for entry in library::ALL.iter().take(6) {
            let mut run = Run::new(parse(entry.name, entry.source).unwrap(), Options { sharing: Some(Sharing::Off), ..Options::default() });
            run.finish();
            let timeline = &run.worlds[0].timeline;
            let figures = series(timeline);
            assert!(figures.windows(2).all(|w| w[0].step < w[1].step), "{}", entry.name);
            for now in figures {
                let view = timeline.view_at(usize::try_from(now.step).unwrap());
                let live = view.mapped.values().filter_map(|d| d.live.as_ref()).flat_map(|t| &t.caches);
                let live: Vec<_> = live.filter_map(|c| view.caches.get(c)).collect();
                let resident: usize = live.iter().map(|c| c.mappings.len()).sum();
                let dirty: usize = live.iter().map(|c| c.mappings.values().filter(|m| m.dirty).count()).sum();
                assert_eq!((now.resident, now.dirty), (resident as u64, dirty as u64), "{} step {}", entry.name, now.step);
            }
        }
    }

    #[test]
    fn without_a_bio_there_is_no_ratio() {
        assert_eq!(Figures::default().hit_ratio(), None);
        assert_eq!(Figures { hits: 1, misses: 3, ..Figures::default() }.hit_ratio(), Some(25.0));
    }
}
