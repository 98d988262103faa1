//! What differs between two pictures: what moves on a page, and what it says of a step where nothing may move.

use super::picture::{DevicePicture, ObjectPicture, Picture, TablePicture};
use super::{Timeline, View};
use dm_cache_engine::world::verdict::Verdict;
use std::collections::BTreeMap;

/// A buffer: its object's letter and its block.
pub type Tile = (String, u64);

/// What became of a buffer in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It no longer equals the device, and is not about to.
    Stale,
    /// Made or changed, not written yet.
    Dirtied,
    /// It reached the device.
    Written,
    /// Filled from the device.
    Read,
}

/// What a step changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Slots with another table in them: device and `LIVE` or `INACTIVE`.
    pub slots: Vec<(String, &'static str)>,
    /// Objects that were not there before.
    pub opened: Vec<String>,
    /// Objects that are gone.
    pub closed: Vec<String>,
    /// Objects with another reference count or other holders.
    pub held: Vec<String>,
    /// The kernel's list has other entries.
    pub list: bool,
    /// Root fields with another block: object and field.
    pub roots: Vec<(String, String)>,
    /// Buffers filled from the device.
    pub read: Vec<Tile>,
    /// Buffers made or changed, not written yet.
    pub dirtied: Vec<Tile>,
    /// Buffers that reached the device.
    pub written: Vec<Tile>,
    /// Buffers that no longer equal the device, and are not about to.
    pub stale: Vec<Tile>,
    /// Metadata blocks with another count in the committed space map: taken or freed.
    pub counted: Vec<u64>,
    /// Origin blocks whose acknowledged data became unreachable.
    pub lost: Vec<u64>,
    /// Origin blocks that turned unreadable, old on their origin, or gone without ever being promised.
    pub turned: BTreeMap<Verdict, Vec<u64>>,
    /// Origin blocks that came into the cache or left it, or became dirty or clean.
    pub mapped: Vec<u64>,
}

impl Timeline {
    /// What a step changed, whose picture this is.
    #[must_use]
    pub fn changes_at(&self, step: usize, picture: &Picture) -> Changes {
        match step.checked_sub(1) {
            // The machine as it was when it was switched on.
            _ if self.steps().is_empty() => Changes::default(),
            None => Changes::between(&View::default().picture(), picture),
            Some(before) => Changes::between(&self.view_at(before).picture(), picture),
        }
    }
}

impl Changes {
    /// What leads from one picture to the other.
    #[must_use]
    pub fn between(before: &Picture, after: &Picture) -> Self {
        let mut changes = Self { list: before.list != after.list, ..Self::default() };
        for device in &after.devices {
            changes.device(before.devices.iter().find(|d| d.dev == device.dev), device);
        }
        for object in &after.objects {
            changes.object(before.objects.iter().find(|o| o.letter == object.letter), object);
        }
        let gone = before.objects.iter().filter(|o| after.objects.iter().all(|now| now.letter != o.letter));
        changes.closed = gone.map(|o| o.letter.clone()).collect();
        changes.space_map(before, after);
        changes.data(before, after);
        changes
    }

    fn space_map(&mut self, before: &Picture, after: &Picture) {
        for device in &after.metadata {
            let was = before.metadata.iter().find(|d| d.dev == device.dev);
            let counts: BTreeMap<u64, u8> = was.into_iter().flat_map(|d| &d.blocks).map(|b| (b.block, b.count)).collect();
            let other = device.blocks.iter().filter(|b| counts.get(&b.block).copied().unwrap_or(0) != b.count);
            self.counted.extend(other.map(|b| b.block));
        }
    }

    fn device(&mut self, before: Option<&DevicePicture>, now: &DevicePicture) {
        let letter = |table: Option<&TablePicture>| table.map(|t| t.letter.clone());
        let was = |slot: fn(&DevicePicture) -> Option<&TablePicture>| letter(before.and_then(slot));
        if was(|d| d.live.as_ref()) != letter(now.live.as_ref()) {
            self.slots.push((now.name.clone(), "LIVE"));
        }
        if was(|d| d.inactive.as_ref()) != letter(now.inactive.as_ref()) {
            self.slots.push((now.name.clone(), "INACTIVE"));
        }
    }

    fn object(&mut self, before: Option<&ObjectPicture>, now: &ObjectPicture) {
        let letter = &now.letter;
        let Some(before) = before else {
            self.opened.push(letter.clone());
            return;
        };
        if (before.ref_count, &before.holders) != (now.ref_count, &now.holders) {
            self.held.push(letter.clone());
        }
        for (name, block) in &now.roots {
            if before.roots.iter().any(|(n, b)| n == name && b != block) {
                self.roots.push((letter.clone(), name.clone()));
            }
        }
        let states: BTreeMap<u64, &str> = before.buffers.iter().map(|b| (b.block, b.state)).collect();
        for buffer in &now.buffers {
            let kind = match (states.get(&buffer.block).copied(), buffer.state) {
                (was, is) if was == Some(is) => continue,
                (_, "stale") => &mut self.stale,
                (_, "dirty") => &mut self.dirtied,
                (Some("dirty"), _) => &mut self.written,
                _ => &mut self.read,
            };
            kind.push((letter.clone(), buffer.block));
        }
    }

    fn data(&mut self, before: &Picture, after: &Picture) {
        for data in &after.data {
            let was = before.data.iter().find(|d| d.device == data.device);
            let known: BTreeMap<u64, _> = was.into_iter().flat_map(|d| &d.blocks).map(|b| (b.oblock, (b.cblock, b.dirty))).collect();
            self.lost.extend(data.lost.iter().filter(|b| was.is_none_or(|w| w.lost.binary_search(b).is_err())));
            for verdict in [Verdict::Unreadable, Verdict::Old, Verdict::Unpromised] {
                let newly = data.of(verdict).iter().filter(|b| was.is_none_or(|w| w.of(verdict).binary_search(b).is_err()));
                let newly: Vec<u64> = newly.copied().collect();
                if !newly.is_empty() {
                    self.turned.entry(verdict).or_default().extend(newly);
                }
            }
            let moved = data.blocks.iter().filter(|b| known.get(&b.oblock).copied().unwrap_or_default() != (b.cblock, b.dirty));
            self.mapped.extend(moved.map(|b| b.oblock));
        }
    }

    /// The changes by name, most important first: `slot LIVE of c`, `mapping_root of a`, `buffers 3–5 of b read`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.slots.iter().map(|(device, slot)| format!("{slot} slot of {device}")).collect();
        words.extend(self.opened.iter().map(|letter| format!("object {letter} opened")));
        words.extend(self.closed.iter().map(|letter| format!("object {letter} gone")));
        words.extend(self.held.iter().map(|letter| format!("ref_count of {letter}")));
        words.extend(self.list.then(|| "the list".to_owned()));
        if !self.lost.is_empty() {
            words.push(format!("{} lost", named("block", &self.lost)));
        }
        for (verdict, blocks) in &self.turned {
            let how = match verdict {
                Verdict::Unreadable => "not readable",
                Verdict::Lost => "lost",
                Verdict::Old => "old on the origin",
                Verdict::Unpromised => "gone, never promised",
            };
            words.push(format!("{} {how}", named("block", blocks)));
        }
        words.extend(buffers(&self.stale, "stale"));
        words.extend(self.roots.iter().map(|(letter, root)| format!("{root} of {letter}")));
        words.extend(buffers(&self.dirtied, "dirty"));
        words.extend(buffers(&self.written, "written"));
        words.extend(buffers(&self.read, "read"));
        if !self.counted.is_empty() {
            words.push(format!("the count of {}", named("block", &self.counted)));
        }
        if !self.mapped.is_empty() {
            words.push(format!("cached {}", named("block", &self.mapped)));
        }
        words
    }

    /// What a buffer became, if it is among those that changed.
    #[must_use]
    pub fn tile(&self, letter: &str, block: u64) -> Option<Became> {
        let of = |tiles: &[Tile]| tiles.iter().any(|(l, b)| l == letter && *b == block);
        let kinds: [(&[Tile], Became); 4] =
            [(&self.stale, Became::Stale), (&self.dirtied, Became::Dirtied), (&self.written, Became::Written), (&self.read, Became::Read)];
        kinds.into_iter().find(|(tiles, _)| of(tiles)).map(|(_, became)| became)
    }
}

/// `buffer 0 of b stale`, once for each object.
fn buffers(tiles: &[Tile], how: &str) -> Vec<String> {
    let mut by_object: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (letter, block) in tiles {
        by_object.entry(letter).or_default().push(*block);
    }
    by_object.into_iter().map(|(letter, blocks)| format!("{} of {letter} {how}", named("buffer", &blocks))).collect()
}

/// `block 3`, `blocks 3–5, 9`; of many ranges the first few.
fn named(what: &str, blocks: &[u64]) -> String {
    /// Ranges that are named.
    const RANGES_MAX: usize = 3;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for block in blocks {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *block => *last = *block,
            _ => ranges.push((*block, *block)),
        }
    }
    let more = if ranges.len() > RANGES_MAX { " …" } else { "" };
    let range = |(from, to): &(u64, u64)| if from == to { from.to_string() } else { format!("{from}–{to}") };
    let list: Vec<String> = ranges.iter().take(RANGES_MAX).map(range).collect();
    format!("{what}{} {}{more}", if blocks.len() == 1 { "" } else { "s" }, list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ast::Sharing;
    use crate::scenario::run::{Options, Run};
    use crate::timeline::{StepKind, Timeline};
    use dm_cache_engine::event::Event;

    fn seed(sharing: Sharing) -> Run {
        let source = include_str!("../../scenarios/reload-while-live.dml");
        let script = crate::scenario::parse("reload-while-live", source).expect("the library parses");
        let mut run = Run::new(script, Options { sharing: Some(sharing), kernel: None, seed: None });
        run.finish();
        run
    }

    fn step(timeline: &Timeline, number: usize) -> Changes {
        let before = number.checked_sub(1).map(|n| timeline.view_at(n).picture());
        let empty = crate::timeline::View::default().picture();
        Changes::between(before.as_ref().unwrap_or(&empty), &timeline.view_at(number).picture())
    }

    #[test]
    fn a_picture_does_not_differ_from_itself() {
        let run = seed(Sharing::Off);
        let timeline = &run.worlds[0].timeline;
        for number in (0..timeline.steps().len()).step_by(7) {
            let picture = timeline.view_at(number).picture();
            assert_eq!(Changes::between(&picture, &picture), Changes::default());
        }
    }

    #[test]
    fn the_swap_of_the_tables_is_told_as_what_it_is() {
        let run = seed(Sharing::Off);
        let timeline = &run.worlds[0].timeline;
        let words: Vec<String> = (0..timeline.steps().len()).flat_map(|n| step(timeline, n).words()).collect();
        for wanted in [
            "LIVE slot of c",
            "INACTIVE slot of c",
            "object a opened",
            "object b opened",
            "object a gone",
            "buffer 0 of b stale",
            "blocks 50–53 lost",
        ] {
            assert!(words.iter().any(|w| w == wanted), "{wanted} is not in {words:?}");
        }
    }

    #[test]
    fn with_sharing_a_reload_changes_a_count_and_opens_nothing() {
        let run = seed(Sharing::On);
        let timeline = &run.worlds[0].timeline;
        let changes: Vec<Changes> = (0..timeline.steps().len()).map(|n| step(timeline, n)).collect();
        assert_eq!(changes.iter().flat_map(|c| c.opened.clone()).collect::<Vec<_>>(), ["a"]);
        assert!(changes.iter().any(|c| c.held == ["a"] && c.opened.is_empty()));
        assert!(changes.iter().all(|c| c.lost.is_empty() && c.stale.is_empty()));
    }

    #[test]
    fn a_step_that_says_something_moved_shows_it() {
        for sharing in [Sharing::Off, Sharing::On] {
            let run = seed(sharing);
            let timeline = &run.worlds[0].timeline;
            let visible = [StepKind::Slot, StepKind::Object];
            for (number, s) in timeline.steps().iter().enumerate().filter(|(_, s)| visible.contains(&s.kind)) {
                let destroyed = timeline.events_of(number).iter().any(|e| matches!(e, Event::TableDestroyed { .. }));
                assert!(destroyed || step(timeline, number) != Changes::default(), "{}", s.sentence);
            }
        }
    }
}
