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
            let commands: Vec<Vec<Option<(usize, usize)>>> = timelines.iter().map(|t| spans(t)).collect();
            let count = commands.iter().map(Vec::len).max().unwrap_or(0);
            let mut at = vec![0; timelines.len()];
            let mut out = Vec::new();
            for c in 0..count {
                let span = |r: &Vec<Option<(usize, usize)>>| r.get(c).copied().flatten();
                let Some(longest) = commands.iter().filter_map(span).map(|(first, last)| last - first).max() else { continue };
                for i in 0..=longest {
                    for (at, (first, last)) in at.iter_mut().zip(&commands).filter_map(|(at, r)| Some((at, span(r)?))) {
                        *at = (first + i).min(last);
                    }
                    out.push(at.clone());
                }
            }
            out
        }
    }
}

/// First and last step of what came before all commands, and of each command: none where a command that ran beside others has no stop of
/// its own.
fn spans(timeline: &Timeline) -> Vec<Option<(usize, usize)>> {
    let mut spans = vec![None; timeline.last().commands.len() + 1];
    for (n, step) in timeline.steps().iter().enumerate() {
        if let Some(span) = spans.get_mut(step.command.map_or(0, |c| c + 1)) {
            let (first, _) = span.unwrap_or((n, n));
            *span = Some((first, n));
        }
    }
    spans
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
