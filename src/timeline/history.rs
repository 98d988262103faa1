//! What happened to one block of a device, step by step: who read it, wrote it, shadowed it.

use super::names::object_letter;
use super::{Timeline, View};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::{ClientId, Event};

/// Most entries of a history: the newest are kept.
const ENTRIES_MAX: usize = 2_000;

/// A step that did something to the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The step.
    pub step: usize,
    /// What happened, in words.
    pub text: String,
    /// Whether the bytes on the device changed.
    pub wrote: bool,
}

/// The history of a block, oldest step first.
#[must_use]
pub fn history(timeline: &Timeline, dev: DevNo, block: u64) -> Vec<Touch> {
    let mut view = View::default();
    let mut touches: Vec<Touch> = Vec::new();
    let mut step = 0;
    for (n, event) in timeline.events().iter().enumerate() {
        while timeline.steps().get(step).is_some_and(|s| s.events <= n) {
            step += 1;
        }
        if names_things(event) {
            view.apply(event);
        }
        let Some((text, wrote)) = touch(&view, event, dev, block) else { continue };
        match touches.last_mut() {
            Some(last) if last.step == step => {
                // One step may read a block twice; it is told once.
                if !last.text.split(", ").any(|t| t == text) {
                    last.text = format!("{}, {text}", last.text);
                }
                last.wrote |= wrote;
            }
            _ => touches.push(Touch { step, text, wrote }),
        }
    }
    let first = touches.len().saturating_sub(ENTRIES_MAX);
    touches.split_off(first)
}

/// Whether an event tells what a client belongs to.
fn names_things(event: &Event) -> bool {
    matches!(
        event,
        Event::ClientOpened { .. }
            | Event::ClientClosed { .. }
            | Event::ObjectOpened { .. }
            | Event::ObjectRebuilt { .. }
            | Event::ObjectFields { .. }
    )
}

fn touch(view: &View, event: &Event, dev: DevNo, block: u64) -> Option<(String, bool)> {
    let whose = |client: ClientId| {
        let here = view.clients.get(&client).is_some_and(|c| c.dev == dev);
        let letter = view.objects.iter().find(|(_, o)| o.client == Some(client)).map(|(id, _)| object_letter(view, *id));
        here.then(|| letter.unwrap_or_else(|| "an object being opened".to_owned()))
    };
    let said = |client: ClientId, what: &str| Some((format!("{} {what}", whose(client)?), false));
    match event {
        Event::DiskWrite { dev: to, block: at, by, .. } if *to == dev && *at == block => {
            let who = by.and_then(|client| whose(client.get())).unwrap_or_else(|| "a command".to_owned());
            Some((format!("{who} writes it"), true))
        }
        Event::BufferRead { client, block: at, .. } if *at == block => said(*client, "reads it"),
        Event::BufferNew { client, block: at, .. } if *at == block => said(*client, "takes a new buffer for it"),
        Event::BufferDirtied { client, block: at, .. } if *at == block => said(*client, "changes its buffer"),
        Event::BufferDropped { client, block: at } if *at == block => said(*client, "drops its buffer"),
        Event::BlockAllocated { client, block: at } if *at == block => said(*client, "allocates it"),
        Event::Shadowed { client, from, to } if *from == block && *to != block => said(*client, &format!("shadows it into {to}")),
        Event::Shadowed { client, from, to } if *to == block && *from != block => said(*client, &format!("makes it the shadow of {from}")),
        Event::CountChanged { client, block: at, old, new } if *at == block => said(*client, &format!("counts it {new} instead of {old}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::scenario::run::{Options, Run};
    use crate::scenario::{ast::Sharing, library, parse};

    fn run(sharing: Sharing) -> Timeline {
        let source = library::ALL.iter().find(|e| e.name == "reload-while-live").unwrap().source;
        let mut run = Run::new(parse("reload-while-live.dml", source).unwrap(), Options { sharing: Some(sharing), ..Options::default() });
        run.finish();
        run.worlds.remove(0).timeline
    }

    #[test]
    fn the_superblock_is_written_by_both_objects_without_sharing_and_by_one_with() {
        let writers = |sharing| {
            let timeline = run(sharing);
            let dev = timeline.last().disks.iter().find(|(_, d)| d.name == "meta").map(|(dev, _)| *dev).unwrap();
            let touches = history(&timeline, dev, 0);
            let wrote = |who: &str| touches.iter().any(|t| t.wrote && t.text.contains(&format!("{who} writes it")));
            (wrote("a"), wrote("b"))
        };
        assert_eq!(writers(Sharing::Off), (true, true));
        assert_eq!(writers(Sharing::On), (true, false));
    }

    #[test]
    fn a_history_names_every_step_in_which_the_bytes_changed() {
        let timeline = run(Sharing::Off);
        let dev = timeline.last().disks.iter().find(|(_, d)| d.name == "meta").map(|(dev, _)| *dev).unwrap();
        for block in [0, 2, 8, 12] {
            let touches = history(&timeline, dev, block);
            for step in 1..timeline.steps().len() {
                let (before, after) = (timeline.view_at(step - 1), timeline.view_at(step));
                if before.device_page(dev, block) != after.device_page(dev, block) {
                    assert!(touches.iter().any(|t| t.step == step && t.wrote), "block {block} changed at step {step}");
                }
            }
            assert!(touches.windows(2).all(|w| w[0].step < w[1].step));
        }
    }
}
