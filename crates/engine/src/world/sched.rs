//! The scheduler: jobs ordered by virtual time, then by the order in which they were queued.

use crate::device::DevNo;
use crate::event::CacheId;
use crate::mapper::Owner;
use crate::target::env::{Bio, CacheTask};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something that happens later.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// A disk handles a bio.
    Disk { dev: DevNo, bio: Box<Bio>, owner: Owner },
    /// A delay target releases a bio.
    Release { dev: DevNo, bio: Box<Bio>, owner: Owner },
    /// A cache's worker runs.
    Cache(CacheId, CacheTask),
}

/// What kind of job it is: it moves data, does work, or is only a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    Io,
    Task,
    Waker,
}

impl Job {
    const fn kind(&self) -> JobKind {
        match self {
            Self::Disk { .. } | Self::Release { .. } => JobKind::Io,
            Self::Cache(_, CacheTask::Waker) => JobKind::Waker,
            Self::Cache(..) => JobKind::Task,
        }
    }
}

#[derive(Debug, Clone)]
struct Due {
    at_ns: u64,
    seq: u64,
    /// In a box, as a heap moves what it holds about.
    job: Box<Job>,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.seq == other.seq
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    /// Reversed: the heap's greatest is what comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_ns, other.seq).cmp(&(self.at_ns, self.seq))
    }
}

/// Jobs to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sched {
    heap: BinaryHeap<Due>,
    seq: u64,
    /// Tasks queued, each at most once, as `queue_work` has it.
    pending: Vec<(CacheId, CacheTask)>,
}

impl Sched {
    /// The bios that wait for a disk or a delay.
    pub(crate) fn bios(&self) -> impl Iterator<Item = &Bio> {
        self.heap.iter().filter_map(|due| match &*due.job {
            Job::Disk { bio, .. } | Job::Release { bio, .. } => Some(&**bio),
            Job::Cache(..) => None,
        })
    }

    /// Whether a disk is at work.
    pub(crate) fn waits_for_a_disk(&self) -> bool {
        self.heap.iter().any(|due| matches!(*due.job, Job::Disk { .. }))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Puts a job at a moment.
    pub(crate) fn push(&mut self, at_ns: u64, job: Job) {
        if let Job::Cache(cache, task) = job {
            if self.pending.contains(&(cache, task)) {
                return;
            }
            self.pending.push((cache, task));
        }
        self.seq += 1;
        self.heap.push(Due { at_ns, seq: self.seq, job: Box::new(job) });
    }
    /// When the next job is due.
    pub(crate) fn next_ns(&self) -> Option<u64> {
        self.heap.peek().map(|due| due.at_ns)
    }
    /// Takes the next job.
    pub(crate) fn pop(&mut self) -> Option<(u64, Job)> {
        let due = self.heap.pop()?;
        if let Job::Cache(cache, task) = *due.job {
            self.pending.retain(|p| *p != (cache, task));
        }
        Some((due.at_ns, *due.job))
    }
    /// Forgets a task.
    pub(crate) fn cancel(&mut self, cache: CacheId, task: Option<CacheTask>) {
        let gone = |c: CacheId, t: CacheTask| c == cache && task.is_none_or(|task| task == t);
        if !self.pending.iter().any(|(c, t)| gone(*c, *t)) {
            return;
        }
        self.pending.retain(|(c, t)| !gone(*c, *t));
        self.heap.retain(|due| !matches!(*due.job, Job::Cache(c, t) if gone(c, t)));
    }
    /// What the next job is.
    pub(crate) fn next_kind(&self) -> Option<JobKind> {
        self.heap.peek().map(|due| due.job.kind())
    }
}
