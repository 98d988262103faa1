//! Which roots each metadata object has copied, and which the disk has had since. No field on disk carries an age, so it is folded from
//! who read and who wrote the superblock.

use super::causes::{Cause, CauseKind};
use super::promises::Place;
use super::{Checked, View};
use dm_cache_engine::device::Page;
use dm_cache_engine::event::{CacheId, ClientId, Event, ObjectId, Slot};
use dm_cache_image::format::{le64, sb};
use std::collections::BTreeMap;

/// A space map's index and reference counts behind the start of its root: what a commit moves besides the trees.
const SM_BITMAP_ROOT: usize = sb::SM_ROOT + 16;
const SM_REF_COUNT_ROOT: usize = sb::SM_ROOT + 24;

/// Everything in a superblock that names a block.
pub(super) type Roots = [u64; 6];

/// Mapping, hints, discards, dirty bits (0 where there is no such bitset), the space map's index and its reference counts.
pub(super) fn roots(page: &Page) -> Roots {
    [sb::MAPPING_ROOT, sb::HINT_ROOT, sb::DISCARD_ROOT, sb::DIRTY_ROOT, SM_BITMAP_ROOT, SM_REF_COUNT_ROOT].map(|at| le64(page.bytes(), at))
}

/// The superblock at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    roots: Roots,
    /// How often the roots have changed.
    age: u64,
}

/// What the object over a buffer cache has copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Copied {
    place: Place,
    /// The age of the roots it copied or wrote last; none before it has read the superblock.
    age: Option<u64>,
    /// The mapping root among them.
    root: u64,
    /// How many events came before it copied them.
    at: usize,
    object: Option<ObjectId>,
    opened_by: Option<CacheId>,
    /// That it has fallen behind is told.
    is_told: bool,
}

/// An object wrote roots over newer ones that it never read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WroteBack {
    client: ClientId,
    /// The mapping root that the object had copied, or written last.
    pub(super) copied: u64,
    /// The mapping root that stood on the disk until then.
    pub(super) replaced: u64,
}

/// Times that a sentence may ask for a check of all metadata: each takes milliseconds.
const CHECKS_MAX: u32 = 32;

/// The ages of all places and objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Ages {
    checks: u32,
    places: BTreeMap<Place, Written>,
    copies: BTreeMap<ClientId, Copied>,
    wrote_back: Option<WroteBack>,
    causes: Vec<Cause>,
    /// From how many events on some object is behind its disk, and since when none is.
    pub(super) apart: Option<(usize, Option<usize>)>,
}

impl Ages {
    /// Folds an event that was just applied to the View; `n` events came before it.
    pub(super) fn apply(&mut self, event: &Event, after: &View, n: usize) {
        match event {
            Event::ClientOpened { client, dev } => {
                if let Some(place) = after.resolve(*dev) {
                    self.copies.insert(*client, Copied { place, age: None, root: 0, at: n, object: None, opened_by: None, is_told: false });
                }
            }
            Event::ClientClosed { client } => {
                self.copies.remove(client);
                self.agree(n);
            }
            // The first read of the superblock is the one that fills the fields.
            Event::BufferRead { client, block: 0, page } => {
                if let Some(copied) = self.copies.get_mut(client).filter(|c| c.age.is_none()) {
                    let written = self.places.entry(copied.place).or_insert(Written { roots: roots(page), age: 0 });
                    (copied.age, copied.root, copied.at) = (Some(written.age), written.roots[0], n);
                }
            }
            Event::DiskWrite { dev, block, page, by } => self.wrote((*dev, *block), page, by.map(std::num::NonZero::get), n),
            Event::ObjectOpened { object, client, by, .. } => {
                if let Some(copied) = self.copies.get_mut(client) {
                    (copied.object, copied.opened_by) = (Some(*object), Some(*by));
                }
            }
            Event::ObjectRebuilt { object, client: Some(client) } => {
                if let Some(copied) = self.copies.get_mut(client) {
                    copied.object = Some(*object);
                }
            }
            Event::SlotChanged { slot: Slot::Live, table: Some(table), .. } => {
                let objects = table.caches.iter().filter_map(|cache| after.caches.get(cache)).map(|cache| cache.object);
                if let Some(object) = objects.into_iter().find(|object| self.is_behind(after, *object)) {
                    self.cause(CauseKind::TablesSwap, Some(object), n);
                }
            }
            Event::PowerCut { .. } => {
                (self.places, self.copies) = Default::default();
                self.agree(n);
                // One cut takes the power of every disk.
                let last = self.causes.last().is_some_and(|c| c.kind == CauseKind::PowerFails && c.events + 1 == n);
                match self.causes.last_mut().filter(|_| last) {
                    Some(cause) => cause.events = n,
                    None => self.causes.push(Cause { kind: CauseKind::PowerFails, object: None, events: n, root: None }),
                }
            }
            Event::Aborted { object } => self.cause(CauseKind::Aborted, Some(*object), n),
            _ => {}
        }
    }

    /// The superblock of a place was written, by a buffer cache or past all of them.
    fn wrote(&mut self, place: Place, page: &Page, by: Option<ClientId>, n: usize) {
        if self.copies.values().all(|c| c.place != place) {
            self.places.remove(&place);
            return;
        }
        let new = roots(page);
        let old = self.places.get(&place).copied();
        let age = match old {
            Some(old) if old.roots == new => old.age,
            Some(old) => old.age + 1,
            None => 0,
        };
        self.places.insert(place, Written { roots: new, age });
        let writer = by.and_then(|client| self.copies.get_mut(&client).map(|copied| (client, copied)));
        if let Some((client, copied)) = writer {
            let knew = copied.age.replace(age);
            let was = std::mem::replace(&mut copied.root, new[0]);
            let object = copied.object;
            if let (Some(knew), Some(old)) = (knew, old)
                && knew < old.age
                && age > old.age
            {
                self.wrote_back = Some(WroteBack { client, copied: was, replaced: old.roots[0] });
                self.causes.push(Cause { kind: CauseKind::OldRoot, object, events: n, root: Some(new[0]) });
            }
        }
        let behind = self.copies.values_mut().filter(|c| c.place == place && c.age.is_some_and(|known| known < age));
        for copied in behind {
            if !std::mem::replace(&mut copied.is_told, true) {
                let cause = |kind, events, root| Cause { kind, object: copied.object, events, root };
                self.causes.push(cause(CauseKind::RootsCopied, copied.at, Some(copied.root)));
                self.causes.push(cause(CauseKind::DiskMovesOn, n, Some(new[0])));
            }
            let (from, _) = self.apart.unwrap_or((n, None));
            self.apart = Some((from, None));
        }
        self.agree(n);
    }

    /// Ends the stretch in which somebody is behind, if nobody is.
    fn agree(&mut self, n: usize) {
        let anybody = self.copies.values().any(|c| self.is_old(c));
        if let Some((_, end @ None)) = self.apart.as_mut().filter(|_| !anybody) {
            *end = Some(n);
        }
    }

    fn is_old(&self, copied: &Copied) -> bool {
        let newest = self.places.get(&copied.place).map(|w| w.age);
        copied.age.zip(newest).is_some_and(|(known, newest)| known < newest)
    }

    fn cause(&mut self, kind: CauseKind, object: Option<ObjectId>, n: usize) {
        self.causes.push(Cause { kind, object, events: n, root: None });
    }

    fn copied(&self, view: &View, object: ObjectId) -> Option<&Copied> {
        self.copies.get(&view.objects.get(&object)?.client?)
    }

    /// Whether the disk has roots that the object never read nor wrote.
    pub(super) fn is_behind(&self, view: &View, object: ObjectId) -> bool {
        self.copied(view, object).is_some_and(|copied| self.is_old(copied))
    }

    /// The other objects over the same blocks, whatever device they were opened by.
    pub(super) fn others(&self, view: &View, object: ObjectId) -> Vec<ObjectId> {
        let Some(own) = self.copied(view, object).map(|c| c.place) else { return Vec::new() };
        let others = view.objects.keys().copied().filter(|other| *other != object);
        others.filter(|other| self.copied(view, *other).is_some_and(|c| c.place == own)).collect()
    }

    /// Who opened the metadata for an object.
    pub(super) fn opener(&self, view: &View, object: ObjectId) -> Option<CacheId> {
        self.copied(view, object)?.opened_by
    }

    /// Whether a cache target has opened an object of its own that is still there.
    pub(super) fn has_opened(&self, cache: CacheId) -> bool {
        self.copies.values().any(|copied| copied.opened_by == Some(cache))
    }

    /// What the object wrote over without having read it, if that is the newest of what was written over.
    pub(super) fn wrote_back(&self, view: &View, object: ObjectId) -> Option<WroteBack> {
        let client = view.objects.get(&object)?.client?;
        self.wrote_back.filter(|back| back.client == client)
    }

    /// That is told.
    pub(super) fn tell(&mut self) {
        self.wrote_back = None;
    }

    /// What a check finds now; unknown where the run has asked too often.
    pub(super) fn checked(&mut self, view: &View) -> Checked {
        if self.may_look() { view.checked() } else { Checked::Unknown }
    }

    /// Whether all blocks that an object's roots lead to are what they should be; none where the run has asked too often.
    pub(super) fn is_whole(&mut self, view: &View, object: ObjectId) -> Option<bool> {
        self.may_look().then(|| view.trees(object).unreadable.is_empty())
    }

    fn may_look(&mut self) -> bool {
        self.checks += 1;
        self.checks <= CHECKS_MAX
    }

    pub(super) fn causes(&self) -> &[Cause] {
        &self.causes
    }
}
