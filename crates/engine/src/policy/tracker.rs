//! The background tracker: work a policy wants done, at most one piece per origin block, newest first (`dm-cache-background-tracker.c`).

use imbl::{OrdMap, Vector};

use crate::event::WorkOp;

/// Most pieces of work queued and issued together.
pub(super) const MAX_WORK: u32 = 4096;

/// One piece of background work (`struct policy_work`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Work {
    /// What to do.
    pub op: WorkOp,
    /// Origin block.
    pub oblock: u64,
    /// Cache block: the reserved one for a promotion, else the mapped one.
    pub cblock: u32,
}

/// Why work was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// [`MAX_WORK`] reached.
    Full,
    /// There is work for that origin block already.
    Present,
}

/// `struct background_tracker`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracker {
    /// All work by origin block; true once issued.
    pending: OrdMap<u64, (Work, bool)>,
    /// Origin blocks of work not yet issued, newest first.
    queued: Vector<u64>,
    promotes: u32,
    demotes: u32,
    writebacks: u32,
}

impl Tracker {
    pub(super) fn is_present(&self, oblock: u64) -> bool {
        self.pending.contains_key(&oblock)
    }

    /// Demotions queued or issued.
    pub(super) fn demotes(&self) -> u32 {
        self.demotes
    }

    /// Takes work; `issued` when the caller starts it at once.
    pub(super) fn queue(&mut self, work: Work, issued: bool) -> Result<(), Refused> {
        if self.promotes + self.writebacks + self.demotes >= MAX_WORK {
            return Err(Refused::Full);
        }
        if self.is_present(work.oblock) {
            return Err(Refused::Present);
        }
        self.pending.insert(work.oblock, (work, issued));
        if !issued {
            self.queued.push_front(work.oblock);
        }
        *self.count(work.op) += 1;
        Ok(())
    }

    /// The newest queued work, now issued.
    pub(super) fn issue(&mut self) -> Option<Work> {
        let oblock = self.queued.pop_front()?;
        let (work, issued) = self.pending.get_mut(&oblock)?;
        *issued = true;
        Some(*work)
    }

    /// Forgets issued work; false if it was not there.
    pub(super) fn complete(&mut self, work: &Work) -> bool {
        if self.pending.get(&work.oblock) != Some(&(*work, true)) {
            return false;
        }
        self.pending.remove(&work.oblock);
        *self.count(work.op) -= 1;
        true
    }

    /// Drops the work on an origin block whose cache block goes away under it; its completion will be ignored.
    pub(super) fn forget(&mut self, oblock: u64) {
        if let Some((work, issued)) = self.pending.remove(&oblock) {
            *self.count(work.op) -= 1;
            if !issued {
                self.queued.retain(|queued| *queued != oblock);
            }
        }
    }

    /// The work on an origin block.
    pub(super) fn get(&self, oblock: u64) -> Option<Work> {
        self.pending.get(&oblock).map(|(work, _)| *work)
    }

    fn count(&mut self, op: WorkOp) -> &mut u32 {
        match op {
            WorkOp::Promote => &mut self.promotes,
            WorkOp::Demote => &mut self.demotes,
            WorkOp::Writeback => &mut self.writebacks,
        }
    }

    /// Work not yet issued, in the order it will be.
    pub(super) fn queued(&self) -> impl Iterator<Item = Work> + '_ {
        self.queued.iter().filter_map(|oblock| self.pending.get(oblock).map(|(work, _)| *work))
    }

    /// Issued work by origin block.
    pub(super) fn issued(&self) -> impl Iterator<Item = Work> + '_ {
        self.pending.values().filter(|(_, issued)| *issued).map(|(work, _)| *work)
    }
}
