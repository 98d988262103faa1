//! What a run needs room for. Whatever stood in one of its pictures keeps its place from the first step to the last, so that nothing
//! jumps where something comes or goes: rows of devices and objects, columns of blocks, data and mappings.

use super::objects::{self, mapping_root};
use super::section::{Over, looks_up};
use crate::timeline::Timeline;
use crate::timeline::picture::{ObjectPicture, Picture};
use crate::timeline::tree::Owner;
use std::collections::{BTreeMap, BTreeSet};

/// Things that the pictures of a run may list: of a longer run some pictures are left out, and what they alone show has no place of its own.
const LISTED_MAX: usize = 60_000;

/// Numbers that have a place, as long as there are not too many for places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Few {
    numbers: BTreeSet<u64>,
    too_many: bool,
}

impl Few {
    /// More have no places in any drawing.
    pub(super) const MOST: usize = 64;

    fn add(&mut self, numbers: impl IntoIterator<Item = u64>) {
        if self.too_many {
            return;
        }
        for number in numbers {
            self.numbers.insert(number);
            if self.numbers.len() > Self::MOST {
                *self = Self { numbers: BTreeSet::new(), too_many: true };
                return;
            }
        }
    }

    /// All of them, if they are no more than that.
    pub(super) fn within(&self, most: usize) -> Option<Vec<u64>> {
        (!self.too_many && self.numbers.len() <= most).then(|| self.numbers.iter().copied().collect())
    }
}

/// A metadata device with its objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) name: String,
    /// Its blocks.
    pub(super) blocks: Few,
    /// Mapping roots and stale blocks; other blocks of mapping trees; other roots.
    pub(super) first: Few,
    pub(super) second: Few,
    pub(super) third: Few,
    /// Mappings that an object saw.
    pub(super) mappings: Few,
    /// An object had its place above; so many have one below.
    pub(super) above: bool,
    pub(super) below: usize,
    /// Of the tallest card.
    pub(super) height: f64,
}

/// What a run needs room for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Room {
    /// Mapped devices that had a cache.
    pub(super) devices: Vec<String>,
    pub(super) sections: Vec<Kept>,
    /// Devices with data, and their origin blocks.
    data: Vec<(String, Few)>,
    /// Where objects stand, by whether their world shares and by their letter: 0 above the device, from 1 on below.
    seats: BTreeMap<(bool, String), usize>,
    listed: usize,
}

/// Puts a name that is not there yet behind the one that it follows.
fn place<T>(list: &mut Vec<T>, name: &str, before: Option<&str>, name_of: fn(&T) -> &str, new: impl FnOnce() -> T) -> usize {
    if let Some(at) = list.iter().position(|known| name_of(known) == name) {
        return at;
    }
    let at = before.and_then(|before| list.iter().position(|known| name_of(known) == before)).map_or(0, |at| at + 1);
    list.insert(at, new());
    at
}

impl Room {
    /// Room for the steps of a world from `first` on.
    pub fn add_steps(&mut self, timeline: &Timeline, sharing: bool, first: usize) {
        let mut walk = timeline.walk();
        let last = timeline.steps().len().saturating_sub(1);
        for step in first..=last {
            if self.listed < LISTED_MAX || step == last {
                self.add(&walk.to(step).picture(), sharing);
            }
        }
    }

    /// Room for a picture of a world.
    pub fn add(&mut self, picture: &Picture, sharing: bool) {
        self.listed += picture.size();
        let mut before = None;
        for device in picture.devices.iter().filter(|d| d.has_cache()) {
            place(&mut self.devices, &device.name, before, |name| name, || device.name.clone());
            before = Some(&device.name);
        }
        let mut before = None;
        for over in Over::all(picture).iter().filter(|over| over.device.is_some() || !over.objects.is_empty()) {
            let name = over.name();
            let new = || Kept { name: name.to_owned(), ..Kept::default() };
            let at = place(&mut self.sections, name, before, |kept| &kept.name, new);
            before = Some(name);
            self.seat(over, sharing, at);
            if let Some(kept) = self.sections.get_mut(at) {
                kept.add(over);
            }
        }
        let mut before = None;
        for data in &picture.data {
            let at = place(&mut self.data, &data.device, before, |(name, _)| name, || (data.device.clone(), Few::default()));
            before = Some(&data.device);
            if let Some((_, blocks)) = self.data.get_mut(at) {
                blocks.add(data.blocks.iter().map(|b| b.oblock));
            }
        }
    }

    /// An object keeps the place that it got when it was opened: the first one opened above, the second below, as far as they are free.
    fn seat(&mut self, over: &Over<'_>, sharing: bool, at: usize) {
        for object in &over.objects {
            let taken: Vec<usize> = over.objects.iter().filter_map(|o| self.seats.get(&(sharing, o.letter.clone()))).copied().collect();
            let first = usize::from(!over.of_several && looks_up(&object.letter));
            let free = (first..).find(|seat| !taken.contains(seat)).unwrap_or(first);
            let seat = *self.seats.entry((sharing, object.letter.clone())).or_insert(free);
            if let Some(kept) = self.sections.get_mut(at) {
                kept.above |= seat == 0;
                kept.below = kept.below.max(seat);
            }
        }
    }

    /// Where an object stands, if a picture showed it.
    pub(super) fn seat_of(&self, sharing: bool, letter: &str) -> Option<usize> {
        self.seats.get(&(sharing, letter.to_owned())).copied()
    }

    /// The row of a mapped device among those with a cache.
    pub(super) fn row(&self, device: &str) -> Option<usize> {
        self.devices.iter().position(|name| name == device)
    }

    /// Which of the devices with data this is, and its blocks as far as they are `most`.
    pub(super) fn data(&self, device: &str, most: usize) -> (usize, Option<Vec<u64>>) {
        let at = self.data.iter().position(|(name, _)| name == device).unwrap_or(0);
        (at, self.data.get(at).and_then(|(_, blocks)| blocks.within(most)))
    }

    /// How many devices with data there are.
    pub(super) fn data_rows(&self) -> usize {
        self.data.len()
    }
}

impl Kept {
    /// What one picture shows of a device.
    pub(super) fn of(over: &Over<'_>) -> Self {
        let mut kept = Self::default();
        kept.add(over);
        kept
    }

    fn add(&mut self, over: &Over<'_>) {
        self.blocks.add(over.device.into_iter().flat_map(|d| &d.blocks).map(|b| b.block));
        for object in &over.objects {
            self.height = self.height.max(objects::height(object));
            self.first.add(mapping_root(object).into_iter().chain(object.stale.iter().copied()));
            self.second.add(of_mappings(object));
            self.third.add(object.roots.iter().map(|(_, block)| *block));
            self.mappings.add(object.oblocks.iter().copied());
        }
    }
}

/// The first blocks of an object's mapping tree that it has in buffers.
pub(super) fn of_mappings(object: &ObjectPicture) -> impl Iterator<Item = u64> {
    let mapping = object.buffers.iter().filter(|b| b.role.is_some_and(|r| r.owner == Owner::Map));
    mapping.map(|b| b.block).take(2)
}
