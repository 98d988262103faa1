//! The entry space of smq: one array of entries addressed by index, the lists threaded through it, and the free-list allocators.

use super::cow::CowVec;

/// "No entry": indices have 28 bits in the kernel (`INDEXER_NULL`).
pub(super) const NIL: u32 = (1 << 28) - 1;

const DIRTY: u8 = 1;
const ALLOCATED: u8 = 2;
const SENTINEL: u8 = 4;
const PENDING: u8 = 8;

/// One entry: a cached block, a hotspot block or a sentinel (`struct entry`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Origin block; hotspot block for hotspot entries.
    pub(super) oblock: u64,
    pub(super) hash_next: u32,
    pub(super) prev: u32,
    pub(super) next: u32,
    /// 0 (first to go) to 63.
    pub(super) level: u8,
    flags: u8,
}

impl Entry {
    const FREE: Self = Self { oblock: 0, hash_next: NIL, prev: NIL, next: NIL, level: 0, flags: 0 };
    const FRESH: Self = Self { flags: DIRTY | ALLOCATED, ..Self::FREE };

    pub(super) const fn sentinel(level: u8) -> Self {
        Self { level, flags: SENTINEL, ..Self::FREE }
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.flags & DIRTY != 0
    }

    pub(super) const fn is_allocated(&self) -> bool {
        self.flags & ALLOCATED != 0
    }

    pub(super) const fn is_sentinel(&self) -> bool {
        self.flags & SENTINEL != 0
    }

    /// Background work holds it, out of the queues.
    pub(super) const fn is_pending(&self) -> bool {
        self.flags & PENDING != 0
    }

    pub(super) fn set_dirty(&mut self, on: bool) {
        self.set(DIRTY, on);
    }

    pub(super) fn set_pending(&mut self, on: bool) {
        self.set(PENDING, on);
    }

    fn set(&mut self, flag: u8, on: bool) {
        self.flags = if on { self.flags | flag } else { self.flags & !flag };
    }
}

/// All entries of a policy (`struct entry_space`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntrySpace {
    entries: CowVec<Entry>,
}

impl EntrySpace {
    /// Sentinels first (the level of each given by its index), then free entries; entries of one allocator come linked as its
    /// free list in index order, as `init_allocator` leaves them.
    pub(super) fn new(sentinels: u32, levels: u32, allocators: &[Allocator]) -> Self {
        let total = allocators.iter().map(|a| a.begin + a.len).max().unwrap_or(sentinels).max(sentinels);
        let mut owner = 0;
        let entries = CowVec::from_fn(total as usize, |i| {
            let i = i as u32;
            if i < sentinels {
                return Entry::sentinel((i % levels) as u8);
            }
            while allocators.get(owner).is_some_and(|a| i >= a.begin + a.len) {
                owner += 1;
            }
            let Some(a) = allocators.get(owner) else { return Entry::FREE };
            Entry { prev: if i == a.begin { NIL } else { i - 1 }, next: if i + 1 == a.begin + a.len { NIL } else { i + 1 }, ..Entry::FREE }
        });
        Self { entries }
    }

    pub(super) fn get(&self, e: u32) -> Entry {
        self.entries.get(e as usize)
    }

    pub(super) fn at(&mut self, e: u32) -> &mut Entry {
        self.entries.at(e as usize)
    }
}

/// A doubly linked list of entries that does not count its sentinels (`struct ilist`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) len: u32,
    pub(super) head: u32,
    pub(super) tail: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self { len: 0, head: NIL, tail: NIL };

    pub(super) fn push_head(&mut self, space: &mut EntrySpace, e: u32) {
        self.link(space, NIL, e, self.head);
    }

    pub(super) fn push_tail(&mut self, space: &mut EntrySpace, e: u32) {
        self.link(space, self.tail, e, NIL);
    }

    /// Puts `e` right before `old`, which is in this list.
    pub(super) fn push_before(&mut self, space: &mut EntrySpace, old: u32, e: u32) {
        self.link(space, space.get(old).prev, e, old);
    }

    fn link(&mut self, space: &mut EntrySpace, prev: u32, e: u32, next: u32) {
        let entry = space.at(e);
        (entry.prev, entry.next) = (prev, next);
        if !entry.is_sentinel() {
            self.len += 1;
        }
        if prev == NIL {
            self.head = e;
        } else {
            space.at(prev).next = e;
        }
        if next == NIL {
            self.tail = e;
        } else {
            space.at(next).prev = e;
        }
    }

    /// Takes `e`, which is in this list, out.
    pub(super) fn remove(&mut self, space: &mut EntrySpace, e: u32) {
        let entry = space.get(e);
        if entry.prev == NIL {
            self.head = entry.next;
        } else {
            space.at(entry.prev).next = entry.next;
        }
        if entry.next == NIL {
            self.tail = entry.prev;
        } else {
            space.at(entry.next).prev = entry.prev;
        }
        if !entry.is_sentinel() {
            self.len -= 1;
        }
    }

    /// First entry that is no sentinel, head to tail.
    pub(super) fn first(&self, space: &EntrySpace) -> Option<u32> {
        self.iter(space).find(|e| !space.get(*e).is_sentinel())
    }

    /// Last entry that is no sentinel.
    pub(super) fn last(&self, space: &EntrySpace) -> Option<u32> {
        let mut e = self.tail;
        while e != NIL && space.get(e).is_sentinel() {
            e = space.get(e).prev;
        }
        (e != NIL).then_some(e)
    }

    /// Entries head to tail, sentinels included.
    pub(super) fn iter<'a>(&self, space: &'a EntrySpace) -> impl Iterator<Item = u32> + use<'a> {
        let mut e = self.head;
        std::iter::from_fn(move || {
            let here = (e != NIL).then_some(e)?;
            e = space.get(here).next;
            Some(here)
        })
    }
}

/// A range of entries with its free list (`struct entry_alloc`): taken from the head, given back at the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allocator {
    pub(super) begin: u32,
    pub(super) len: u32,
    pub(super) allocated: u32,
    free: List,
}

impl Allocator {
    /// `len` entries from `begin` on, all free, lowest first; [`EntrySpace::new`] makes the links.
    pub(super) fn new(begin: u32, len: u32) -> Self {
        let free = if len == 0 { List::EMPTY } else { List { len, head: begin, tail: begin + len - 1 } };
        Self { begin, len, allocated: 0, free }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.free.len == 0
    }

    pub(super) fn alloc(&mut self, space: &mut EntrySpace) -> Option<u32> {
        (self.free.head != NIL).then(|| self.take(space, self.free.head))
    }

    /// Takes the entry at `index` of the range; None if it is taken already or outside.
    pub(super) fn alloc_at(&mut self, space: &mut EntrySpace, index: u32) -> Option<u32> {
        let e = self.entry(index)?;
        (!space.get(e).is_allocated()).then(|| self.take(space, e))
    }

    fn take(&mut self, space: &mut EntrySpace, e: u32) -> u32 {
        self.free.remove(space, e);
        *space.at(e) = Entry::FRESH;
        self.allocated += 1;
        e
    }

    pub(super) fn free(&mut self, space: &mut EntrySpace, e: u32) {
        let entry = space.at(e);
        entry.set(ALLOCATED | PENDING, false);
        self.free.push_tail(space, e);
        self.allocated -= 1;
    }

    /// The entry at `index` of the range.
    pub(super) fn entry(&self, index: u32) -> Option<u32> {
        (index < self.len).then(|| self.begin + index)
    }

    pub(super) fn index(&self, e: u32) -> u32 {
        e - self.begin
    }

    /// Free entries in the order they will be taken.
    pub(super) fn free_entries<'a>(&self, space: &'a EntrySpace) -> impl Iterator<Item = u32> + use<'a> {
        self.free.iter(space)
    }
}
