//! One metadata device with the objects over it: what stands in which row.

use super::measure::{BLOCK, BUFFER};
use super::objects::{self, HEAD};
use super::room::Kept;
use crate::timeline::picture::{MetadataPicture, ObjectPicture, Picture};

/// A metadata device and its objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Over<'p> {
    pub(super) device: Option<&'p MetadataPicture>,
    /// In the order they were opened.
    pub(super) objects: Vec<&'p ObjectPicture>,
    /// Of several devices of a machine.
    pub(super) of_several: bool,
}

impl<'p> Over<'p> {
    /// The devices of a picture one after the other; objects that none of them leads to come last.
    pub(super) fn all(picture: &'p Picture) -> Vec<Self> {
        let of_several = picture.metadata.len() > 1;
        let over = |device: &'p MetadataPicture| {
            let objects = picture.objects.iter().filter(|o| device.objects.contains(&o.letter)).collect();
            Self { device: Some(device), objects, of_several }
        };
        let mut all: Vec<Self> = picture.metadata.iter().map(over).collect();
        let placed = |o: &&ObjectPicture| picture.metadata.iter().any(|m| m.objects.contains(&o.letter));
        let strays: Vec<&ObjectPicture> = picture.objects.iter().filter(|o| !placed(o)).collect();
        if all.is_empty() || !strays.is_empty() {
            all.push(Self { device: None, objects: strays, of_several });
        }
        all
    }

    /// The last object that was destroyed, of those that stood in a place.
    pub(super) fn destroyed(&self, stood: impl Fn(&str) -> bool) -> Option<String> {
        self.device?.destroyed.iter().rev().find(|letter| stood(letter)).cloned()
    }

    /// What the key of a block starts with.
    pub(super) fn name(&self) -> &'p str {
        self.device.map_or("", |d| d.name.as_str())
    }
}

/// Whether an object of this letter has its place below: b, d, f …
pub(super) fn looks_up(letter: &str) -> bool {
    letter.as_bytes().first().is_some_and(|l| l.wrapping_sub(b'a') % 2 == 1)
}

/// A place without an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vacancy {
    /// 0 is the one above the device.
    pub(super) seat: usize,
    pub(super) top: f64,
    pub(super) height: f64,
    /// The object that was the last to stand there, and was destroyed.
    pub(super) destroyed: Option<String>,
}

/// Where things stand, top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Top of each object's card.
    pub(super) cards: Vec<f64>,
    /// Top of each object's row of buffers.
    pub(super) buffers: Vec<f64>,
    /// Top of the device's row of blocks.
    pub(super) disk: f64,
    /// Places without an object, where there is one at another step or in the picture beside.
    pub(super) vacancies: Vec<Vacancy>,
    /// Where the next part may start.
    pub(super) end: f64,
}

impl Layout {
    /// `kept` says what has its place; `seat` where an object stands.
    pub(super) fn new(over: &Over<'_>, kept: &Kept, seat: impl Fn(&str) -> Option<usize>, top: f64) -> Self {
        let objects = &over.objects;
        let mut layout =
            Self { cards: vec![0.0; objects.len()], buffers: vec![0.0; objects.len()], disk: top, vacancies: Vec::new(), end: top };
        let mut y = top;
        let at = |wanted: usize| objects.iter().position(|o| seat(&o.letter) == Some(wanted));
        let vacancy = |at: usize, top: f64| Vacancy {
            seat: at,
            top,
            height: kept.height,
            destroyed: over.destroyed(|letter| seat(letter) == Some(at)),
        };
        if kept.height > 0.0 {
            match at(0) {
                Some(i) => layout.set(i, y, y + kept.height + 20.0),
                None => layout.vacancies.push(vacancy(0, y)),
            }
            y += kept.height + 20.0 + BUFFER + 6.0;
        }
        layout.disk = y;
        y += BLOCK + 8.0;
        for below in 1..=kept.below {
            match at(below) {
                Some(i) => layout.set(i, y + BUFFER + 13.0, y),
                None => layout.vacancies.push(vacancy(below, y + BUFFER + 13.0)),
            }
            y += BUFFER + 13.0 + kept.height + 12.0;
        }
        layout.end = if kept.below == 0 { y + 16.0 } else { y };
        layout
    }

    fn set(&mut self, i: usize, card: f64, buffers: f64) {
        if let (Some(c), Some(b)) = (self.cards.get_mut(i), self.buffers.get_mut(i)) {
            (*c, *b) = (card, buffers);
        }
    }

    /// Top of an object's card.
    pub(super) fn card(&self, i: usize) -> f64 {
        self.cards.get(i).copied().unwrap_or(0.0)
    }

    /// Top of an object's head: over its roots, or under them where they look up, so that no rail crosses what stands beside it.
    pub(super) fn head(&self, i: usize, object: &ObjectPicture) -> f64 {
        if self.above(i) { self.card(i) } else { self.card(i) + objects::height(object) - HEAD }
    }

    /// Whether an object looks at the device from above.
    pub(super) fn above(&self, n: usize) -> bool {
        self.buffers.get(n).is_some_and(|y| *y < self.disk)
    }
}
