//! One task: an open, and perhaps the close of what it opened, cut into acts.

use super::{Deed, Effect, Who};
use dm_cache_engine::device::{DevNo, MemHost};
use dm_cache_engine::event::{Event, ObjectId};
use dm_cache_engine::metadata::{Call, OpenArgs, Progress, Registry, Step, Task};
use std::collections::BTreeMap;

/// How finely tasks are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Into acts.
    Acts,
    /// Into the registry's single steps.
    #[cfg(test)]
    Steps,
}

/// How the tasks open the device.
pub(super) const ARGS: OpenArgs = OpenArgs { data_block_size: 128, may_format: true, policy_hint_size: 4, version: 1 };

/// A task, as far as it got.
#[derive(Debug, Clone)]
pub(super) struct Party {
    pub(super) who: Who,
    task: Task,
    /// Whether it closes what it opened.
    closes: bool,
    /// What it opened, once it has.
    pub(super) opened: Option<ObjectId>,
}

impl Party {
    pub(super) fn new(registry: &Registry, who: Who, bdev: DevNo, closes: bool) -> Self {
        Self { who, task: registry.begin(Call::Open { by: who.id(), bdev, args: ARGS }), closes, opened: None }
    }

    /// The deed that comes next; none at the end.
    pub(super) fn next(&self) -> Option<Deed> {
        self.task.next().map(Deed::of)
    }

    /// Runs one step of the registry.
    fn step(&mut self, registry: &mut Registry, host: &mut MemHost) -> Progress {
        let progress = registry.step(host, &mut self.task);
        if let Task::Open(open) = &self.task
            && let Some(Ok(object)) = open.result()
        {
            self.opened = Some(object);
            if self.closes {
                self.task = registry.begin(Call::Close { by: self.who.id(), object });
            }
        }
        progress
    }

    /// Runs the next act: its steps, or nothing if it has to wait for the mutex.
    ///
    /// `apart` tells that the other task may destroy what this one was given: then using it is an act of its own.
    pub(super) fn act(
        &mut self,
        registry: &mut Registry,
        host: &mut MemHost,
        grain: Grain,
        apart: bool,
        makers: &BTreeMap<ObjectId, Who>,
    ) -> Option<Vec<Step>> {
        let deed = self.next()?;
        let mut steps = Vec::new();
        loop {
            let step = self.task.next()?;
            if self.step(registry, host) != Progress::Ran {
                return (!steps.is_empty()).then_some(steps);
            }
            steps.push(step);
            let more = match self.next() {
                Some(next) if next == deed => true,
                // Nobody else can touch an own object, nor destroy another's while this task holds it.
                Some(Deed::Use) => !apart || self.has_own(registry, makers),
                _ => false,
            };
            if !more || grain != Grain::Acts {
                return Some(steps);
            }
        }
    }

    /// Whether the object it is about to use is the one it made.
    fn has_own(&self, registry: &Registry, makers: &BTreeMap<ObjectId, Who>) -> bool {
        let held = |id: &ObjectId| registry.object(*id).is_some_and(|o| o.holders().contains(&self.who.id()));
        makers.iter().any(|(id, maker)| *maker == self.who && held(id))
    }
}

/// What came of an act's steps, by their events.
pub(super) fn effect(deed: Deed, events: &[Event], party: &Party, registry: &Registry, makers: &BTreeMap<ObjectId, Who>) -> Effect {
    let maker = |id: &ObjectId| makers.get(id).copied().unwrap_or(party.who);
    let attached = events.iter().find_map(|e| match e {
        Event::LookupHit { object, .. } => Some(*object),
        _ => None,
    });
    let count = |id: ObjectId| {
        events.iter().find_map(|e| match e {
            Event::ReferenceTaken { object, ref_count, .. } if *object == id => Some(ref_count - 1),
            Event::ReferenceDropped { object, ref_count, .. } if *object == id => Some(ref_count + 1),
            _ => None,
        })
    };
    let own_destroyed = events.iter().any(|e| matches!(e, Event::ObjectDestroyed { .. }));
    if let Some(object) = attached {
        return Effect::Attached { object: maker(&object), from: count(object).unwrap_or(0), own_destroyed };
    }
    if deed == Deed::Use {
        let Some(object) = party.opened else { return Effect::Nothing };
        return Effect::Used { object: maker(&object), alive: registry.object(object).is_some() };
    }
    let found = events.iter().find_map(|e| match e {
        Event::ObjectOpened { object, formatted, .. } => {
            let clean = registry.object(*object).is_some_and(|o| o.clean_when_opened().unwrap_or(false));
            Some(Effect::Opened { formatted: *formatted, clean })
        }
        Event::ListInserted { .. } => Some(Effect::Listed),
        Event::ReferenceDropped { object, ref_count, .. } => Some(Effect::Dropped { object: maker(object), from: ref_count + 1 }),
        Event::ListRemoved { object } => Some(Effect::Unlinked { object: maker(object) }),
        Event::ObjectDestroyed { object } => Some(Effect::Destroyed { object: maker(object), held_by: Vec::new() }),
        _ => None,
    });
    let missed = events.iter().any(|e| matches!(e, Event::LookupMiss { .. }));
    found.unwrap_or(if missed { Effect::Missed } else { Effect::Nothing })
}
