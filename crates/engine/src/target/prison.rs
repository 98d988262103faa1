//! The bio prison, second version (`dm-bio-prison-v2.c`): one lock per origin block, shared by bios, exclusive for migrations.

use super::env::Bio;
use std::collections::BTreeMap;

/// What an exclusive lock keeps out. A request is refused if its own level is not above the holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockLevel {
    /// Writes.
    Write,
    /// Writes and reads.
    ReadWrite,
}

/// The lock of one origin block.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Level of the exclusive lock, if held.
    pub exclusive: Option<LockLevel>,
    /// Bios sharing the cell.
    pub shared: u32,
    /// Bios that wait for the exclusive lock to go.
    pub waiting: Vec<Bio>,
    quiesce: Option<u64>,
}

/// Why an exclusive lock was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// All cells, by origin block.
#[derive(Debug, Clone, Default)]
pub struct Prison {
    cells: BTreeMap<u64, Cell>,
}

impl Prison {
    /// `dm_cell_get_v2`: shares the cell, unless an exclusive lock at that level or above is held.
    pub fn get(&mut self, oblock: u64, level: LockLevel) -> bool {
        let cell = self.cells.entry(oblock).or_default();
        if cell.exclusive.is_some_and(|held| level <= held) {
            return false;
        }
        cell.shared += 1;
        true
    }

    /// Keeps a refused bio until the exclusive lock goes.
    pub fn wait(&mut self, oblock: u64, bio: Bio) {
        self.cells.entry(oblock).or_default().waiting.push(bio);
    }

    /// `dm_cell_put_v2`: ends one share. Returns the migration that waited for the last one.
    pub fn put(&mut self, oblock: u64) -> Option<u64> {
        let cell = self.cells.get_mut(&oblock)?;
        cell.shared = cell.shared.saturating_sub(1);
        if cell.shared > 0 {
            return None;
        }
        if cell.exclusive.is_some() {
            return cell.quiesce.take();
        }
        self.cells.remove(&oblock);
        None
    }

    /// `dm_cell_lock_v2`: locks exclusively; true if sharers must leave first.
    pub fn lock(&mut self, oblock: u64, level: LockLevel) -> Result<bool, Busy> {
        let cell = self.cells.entry(oblock).or_default();
        if cell.exclusive.is_some() {
            return Err(Busy);
        }
        cell.exclusive = Some(level);
        Ok(cell.shared > 0)
    }

    /// `dm_cell_lock_promote_v2`: changes the level; true if sharers must leave first.
    pub fn promote(&mut self, oblock: u64, level: LockLevel) -> bool {
        let Some(cell) = self.cells.get_mut(&oblock) else { return false };
        cell.exclusive = Some(level);
        cell.shared > 0
    }

    /// `dm_cell_quiesce_v2`: names the migration that goes on when the last sharer has left.
    pub fn quiesce(&mut self, oblock: u64, migration: u64) {
        if let Some(cell) = self.cells.get_mut(&oblock) {
            cell.quiesce = Some(migration);
        }
    }

    /// `dm_cell_unlock_v2`: ends the exclusive lock and gives back the bios that waited.
    pub fn unlock(&mut self, oblock: u64) -> Vec<Bio> {
        let Some(cell) = self.cells.get_mut(&oblock) else { return Vec::new() };
        cell.exclusive = None;
        cell.quiesce = None;
        let waiting = std::mem::take(&mut cell.waiting);
        if cell.shared == 0 {
            self.cells.remove(&oblock);
        }
        waiting
    }

    /// The cells in use, by origin block.
    pub fn cells(&self) -> impl Iterator<Item = (u64, &Cell)> {
        self.cells.iter().map(|(oblock, cell)| (*oblock, cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_lock_lets_reads_through_and_waits_for_sharers() {
        let mut prison = Prison::default();
        assert!(prison.get(7, LockLevel::Write));
        assert_eq!(prison.lock(7, LockLevel::Write), Ok(true));
        prison.quiesce(7, 42);
        assert_eq!(prison.lock(7, LockLevel::Write), Err(Busy));
        assert!(!prison.get(7, LockLevel::Write));
        assert!(prison.get(7, LockLevel::ReadWrite));
        assert_eq!(prison.put(7), None);
        assert_eq!(prison.put(7), Some(42));
        assert!(!prison.promote(7, LockLevel::ReadWrite));
        assert!(!prison.get(7, LockLevel::ReadWrite));
        assert!(prison.unlock(7).is_empty());
        assert_eq!(prison.cells().count(), 0);
    }
}
