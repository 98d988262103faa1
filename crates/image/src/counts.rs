//! Who uses which metadata block: the counts that the space map should hold.

use super::damage::Area;
use std::collections::BTreeMap;

const PAGE: u64 = 4096;

/// First user and number of users of each block. Memory follows the blocks in use, not the blocks there are.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pages: BTreeMap<u64, Box<[u8; PAGE as usize]>>,
    /// Uses beyond the first.
    again: BTreeMap<u64, u32>,
    used: u64,
}

impl Counts {
    /// Counts a use. The earlier user, if there is one.
    pub fn take(&mut self, block: u64, area: Area) -> Option<Area> {
        let page = self.pages.entry(block / PAGE).or_insert_with(|| Box::new([0; PAGE as usize]));
        let cell = &mut page[(block % PAGE) as usize];
        if let Some(other) = decode(*cell) {
            *self.again.entry(block).or_insert(0) += 1;
            return Some(other);
        }
        *cell = area as u8 + 1;
        self.used += 1;
        None
    }

    /// How often a block is used.
    #[must_use]
    pub fn get(&self, block: u64) -> u32 {
        match self.owner(block) {
            None => 0,
            Some(_) => 1 + self.again.get(&block).copied().unwrap_or(0),
        }
    }

    /// Who uses it first.
    #[must_use]
    pub fn owner(&self, block: u64) -> Option<Area> {
        self.pages.get(&(block / PAGE)).and_then(|p| decode(p[(block % PAGE) as usize]))
    }

    /// Blocks in use.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// Whether some block of [begin, begin + 32) is used, told fast when none of its page is.
    pub(super) fn page_of(&self, block: u64) -> Option<&[u8; PAGE as usize]> {
        self.pages.get(&(block / PAGE)).map(|p| &**p)
    }

    /// The used blocks at or beyond `from`, ascending.
    pub fn used_from(&self, from: u64) -> impl Iterator<Item = u64> + '_ {
        self.pages
            .range(from / PAGE..)
            .flat_map(|(n, p)| p.iter().enumerate().filter(|(_, c)| **c != 0).map(move |(i, _)| n * PAGE + i as u64))
            .filter(move |b| *b >= from)
    }
}

fn decode(cell: u8) -> Option<Area> {
    Area::ALL.get(usize::from(cell).checked_sub(1)?).copied()
}
