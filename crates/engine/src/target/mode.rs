//! Write, read-only and fail: what a cache does when its metadata fails. `docs/target-and-policies.md#modes`

use super::cache::Cache;
use super::env::Env;
use crate::errno::Errno;
use crate::event::Event;

/// `enum cache_metadata_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Metadata may be changed.
    Write,
    /// Metadata may not be changed.
    ReadOnly,
    /// Metadata is out of reach, for good.
    Fail,
}

impl Mode {
    /// The word in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::ReadOnly => "read-only",
            Self::Fail => "fail",
        }
    }
}

impl Cache {
    /// `set_cache_mode`.
    pub(super) fn set_cache_mode(&mut self, env: &mut dyn Env, wanted: Mode) {
        let old = self.mode;
        let mut new = wanted;
        match self.metadata(env, |object, _| object.needs_check()) {
            Err(_) => {
                self.log(env, "unable to read needs_check flag, setting failure mode.");
                new = Mode::Fail;
            }
            Ok(true) if new == Mode::Write => {
                self.log(env, "unable to switch cache to write mode until repaired.");
                new = if old == Mode::Write { Mode::ReadOnly } else { old };
            }
            Ok(_) => {}
        }
        if old == Mode::Fail {
            new = Mode::Fail;
        }
        // An object freed under its holder (`docs/the-bug.md#race-close`) has no mode to set.
        let _ = self.metadata(env, |object, host| {
            match new {
                Mode::Write => object.set_read_write(host),
                Mode::ReadOnly | Mode::Fail => object.set_read_only(host),
            }
            Ok(())
        });
        self.mode = new;
        if new != old {
            env.raise_event(self.id);
            self.log(env, &format!("switching cache to {} mode", new.name()));
            Self::event(env, || Event::CacheMode { cache: self.id, mode: new.name() });
        }
    }

    /// `abort_transaction`: the flag is set after the abort, in the superblock as it is on disk.
    fn abort_transaction(&mut self, env: &mut dyn Env) {
        if self.mode >= Mode::ReadOnly {
            return;
        }
        self.log(env, "aborting current metadata transaction");
        if self.metadata(env, |object, host| object.abort(host)).is_err() {
            self.log(env, "failed to abort metadata transaction");
            self.set_cache_mode(env, Mode::Fail);
        }
        if self.metadata(env, |object, host| object.set_needs_check(host)).is_err() {
            self.log(env, "failed to set 'needs_check' flag in metadata");
            self.set_cache_mode(env, Mode::Fail);
        }
    }

    /// `metadata_operation_failed`; `operation` is the kernel function's name.
    pub(super) fn metadata_operation_failed(&mut self, env: &mut dyn Env, operation: &str, errno: Errno) {
        self.log(env, &format!("metadata operation '{operation}' failed: error = -{}", errno.number()));
        self.abort_transaction(env);
        self.set_cache_mode(env, Mode::ReadOnly);
    }

    /// `commit`.
    pub(super) fn commit(&mut self, env: &mut dyn Env, clean_shutdown: bool) -> Result<(), Errno> {
        if self.mode >= Mode::ReadOnly {
            return Err(Errno::Inval);
        }
        self.stats.commits = self.stats.commits.wrapping_add(1);
        let result = self.metadata(env, |object, host| object.commit(host, clean_shutdown));
        if let Err(errno) = result {
            self.metadata_operation_failed(env, "dm_cache_commit", errno);
        }
        result
    }
}
