//! Positions that several timelines of one script share, so that they can be walked side by side.

use super::{Timeline, View};
use dm_cache_engine::event::Event;
use dm_cache_engine::world::verdict::Verdict;

/// Two runs of one script on one clock: each command starts at the same position in both.
#[must_use]
pub fn merged(timelines: &[&Timeline]) -> Vec<Vec<usize>> {
    match timelines {
        [] => Vec::new(),
        [one] => (0..one.steps().len()).map(|s| vec![s]).collect(),
        timelines => {
            let commands: Vec<Vec<(usize, usize)>> = timelines.iter().map(|t| spans(t)).collect();
            let count = commands.iter().map(Vec::len).max().unwrap_or(0);
            let mut out = Vec::new();
            for c in 0..count {
                let span = |r: &Vec<(usize, usize)>| r.get(c).or(r.last()).copied().unwrap_or((0, 0));
                let longest = commands.iter().map(|r| span(r).1 - span(r).0).max().unwrap_or(0);
                for i in 0..=longest {
                    out.push(commands.iter().map(|r| (span(r).0 + i).min(span(r).1)).collect());
                }
            }
            out
        }
    }
}

/// First and last step of each command.
fn spans(timeline: &Timeline) -> Vec<(usize, usize)> {
    let mut spans: Vec<(Option<usize>, usize, usize)> = Vec::new();
    for (n, step) in timeline.steps().iter().enumerate() {
        match spans.last_mut() {
            Some((command, _, last)) if *command == step.command => *last = n,
            _ => spans.push((step.command, n, n)),
        }
    }
    spans.into_iter().map(|(_, first, last)| (first, last)).collect()
}

/// From the first step at which a buffer is stale to the last, in a run short enough to look at every step.
/// One pass over the events; buffers are compared only where one of them or a disk has changed.
#[must_use]
pub fn staleness(timeline: &Timeline) -> Option<(usize, usize)> {
    const STEPS_MAX: usize = 4_000;
    let mut view = View::default();
    let mut stale = false;
    let mut span: Option<(usize, usize)> = None;
    for step in 0..timeline.steps().len().min(STEPS_MAX) {
        let events = timeline.events_of(step);
        for event in events {
            view.apply(event);
        }
        if events.iter().any(moves_bytes) {
            stale = view.objects.keys().any(|object| !view.stale_blocks(*object).is_empty());
        }
        if stale {
            span = Some((span.map_or(step, |(from, _)| from), step));
        }
    }
    span
}

/// The first step at which data that were promised are lost. A run with many steps or much data is not looked at to its end: none is
/// found there.
#[must_use]
pub fn first_loss(timeline: &Timeline) -> Option<usize> {
    const STEPS_MAX: usize = 4_000;
    const PAGES_MAX: usize = 1 << 17;
    let (mut view, mut looked) = (View::default(), 0);
    for step in 0..timeline.steps().len().min(STEPS_MAX) {
        let events = timeline.events_of(step);
        for event in events {
            view.apply(event);
        }
        if !events.iter().any(moves_data) {
            continue;
        }
        looked += view.acknowledged.len();
        if looked > PAGES_MAX {
            return None;
        }
        if view.volumes().into_iter().any(|(dev, _, volume)| !view.judged(dev, volume).of(Verdict::Lost).is_empty()) {
            return Some(step);
        }
    }
    None
}

/// Whether an event can change what a read returns, or what it should.
fn moves_data(event: &Event) -> bool {
    matches!(
        event,
        Event::DiskWrite { .. }
            | Event::PowerCut { .. }
            | Event::DeviceState { .. }
            | Event::DeviceRemoved { .. }
            | Event::SlotChanged { .. }
            | Event::Callback { .. }
            | Event::CacheMode { .. }
            | Event::MappingAdded { .. }
            | Event::MappingRemoved { .. }
            | Event::Acknowledged { .. }
            | Event::Unpromised { .. }
    )
}

/// Whether an event can make a buffer equal or unequal to its disk.
fn moves_bytes(event: &Event) -> bool {
    matches!(
        event,
        Event::DiskWrite { .. }
            | Event::PowerCut { .. }
            | Event::ClientClosed { .. }
            | Event::BufferRead { .. }
            | Event::BufferNew { .. }
            | Event::BufferDirtied { .. }
            | Event::BufferWritten { .. }
            | Event::BufferDropped { .. }
            | Event::ObjectDestroyed { .. }
            | Event::ObjectRebuilt { .. }
            | Event::SlotChanged { .. }
    )
}
