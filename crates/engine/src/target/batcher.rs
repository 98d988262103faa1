//! The commit batcher (`struct batcher`): work and bios that must wait for a commit share one.
//! `docs/target-and-policies.md#commit-batching`

use super::cache::Cache;
use super::env::{BIO_TOKEN, Bio, CacheTask, Done, Env};
use crate::device::DevNo;
use crate::errno::Errno;

/// What waits for the next commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Batcher {
    /// Migrations to continue.
    migrations: Vec<u64>,
    /// Bios to issue, mapped already.
    bios: Vec<(DevNo, Box<Bio>)>,
    commit_scheduled: bool,
    work_queued: bool,
}

impl Batcher {
    fn is_empty(&self) -> bool {
        self.migrations.is_empty() && self.bios.is_empty()
    }

    pub(super) fn work_queued(&self) -> bool {
        self.work_queued
    }
}

impl Cache {
    fn async_commit(&mut self, env: &mut dyn Env) {
        if !self.batcher.work_queued {
            self.batcher.work_queued = true;
            env.schedule(self.id, CacheTask::Commit, 0);
        }
    }

    /// `continue_after_commit`: starts the commit only if one is scheduled.
    pub(super) fn continue_after_commit(&mut self, env: &mut dyn Env, migration: u64) {
        self.batcher.migrations.push(migration);
        if self.batcher.commit_scheduled {
            self.async_commit(env);
        }
    }

    /// `issue_after_commit`.
    pub(super) fn issue_after_commit(&mut self, env: &mut dyn Env, dev: DevNo, bio: Box<Bio>) {
        self.batcher.bios.push((dev, bio));
        if self.batcher.commit_scheduled {
            self.async_commit(env);
        }
    }

    /// `schedule_commit`: with nothing waiting it only arms the flag; the next that waits then commits at once.
    pub(super) fn schedule_commit(&mut self, env: &mut dyn Env) {
        let immediate = !self.batcher.is_empty();
        self.batcher.commit_scheduled = true;
        if immediate {
            self.async_commit(env);
        }
    }

    /// `__commit`: one commit, if anything changed, then everything that waited for it.
    pub(super) fn commit_batch(&mut self, env: &mut dyn Env) {
        self.batcher.work_queued = false;
        self.batcher.commit_scheduled = false;
        let migrations = std::mem::take(&mut self.batcher.migrations);
        let bios = std::mem::take(&mut self.batcher.bios);

        let changed = self.metadata(env, |object, _| object.changed_this_transaction()).unwrap_or(true);
        let result = if changed { self.commit(env, false).map_err(in_a_bio) } else { Ok(()) };

        for migration in migrations {
            if let Some(m) = self.migrations.get_mut(&migration) {
                m.input = result.err();
            }
            self.queue_continuation(env, migration);
        }
        for (dev, mut bio) in bios {
            match result {
                Err(errno) => self.end_bio(env, bio, Err(errno)),
                Ok(()) => {
                    self.account_begin(&mut bio);
                    env.submit(dev, bio, Done::Cache(self.id, BIO_TOKEN));
                }
            }
        }
    }
}

/// `errno_to_blk_status` and back: an error a bio has no word for becomes `EIO`.
fn in_a_bio(errno: Errno) -> Errno {
    match errno {
        Errno::OpNotSupp | Errno::NoSpc | Errno::NoData | Errno::IlSeq | Errno::NoMem | Errno::Again | Errno::Busy | Errno::Io => errno,
        _ => Errno::Io,
    }
}
