//! Opening and closing a metadata object as steps that can be interleaved (spec 03 §3, 07 §6.2).
//!
//! ```text
//! open:  lock · look up · (miss) open · begin · flush · lock · look up again · (lost) destroy own · compare parameters
//! close: drop · (last) lock · unlink · destroy
//! ```
//! With sharing off an open is `open · begin · flush`, a close `drop · destroy`.

use super::object::{Object, dmerr};
use super::open::OpenArgs;
use super::registry::{Defect, Registry};
use crate::device::{DevNo, Host};
use crate::errno::Errno;
use crate::event::{CacheId, Event, ObjectId};

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It ran; there may be more.
    Ran,
    /// It needs the list's mutex, which that cache's task holds; nothing changed.
    Waiting(CacheId),
    /// There was nothing left to do.
    Done,
}

/// `dm_cache_metadata_open`, one step at a time.
#[derive(Debug, Clone)]
pub struct OpenTask {
    by: CacheId,
    bdev: DevNo,
    args: OpenArgs,
    state: OpenState,
}

#[derive(Debug, Clone)]
enum OpenState {
    Lock,
    LookUp,
    Open,
    Begin(ObjectId),
    Flush(ObjectId),
    LockAgain(ObjectId),
    LookUpAgain(ObjectId),
    DestroyOwn { own: ObjectId, winner: ObjectId },
    Compare(ObjectId),
    Close(CloseTask, Errno),
    Done(Result<ObjectId, Errno>),
}

impl OpenTask {
    /// An open that has not begun; `sharing` as the registry has it.
    #[must_use]
    pub const fn new(sharing: bool, by: CacheId, bdev: DevNo, args: OpenArgs) -> Self {
        Self { by, bdev, args, state: if sharing { OpenState::Lock } else { OpenState::Open } }
    }

    /// Who opens.
    #[must_use]
    pub const fn by(&self) -> CacheId {
        self.by
    }

    /// The name of the next step, `done` if there is none.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match &self.state {
            OpenState::Lock | OpenState::LockAgain(_) => "lock",
            OpenState::LookUp => "look up",
            OpenState::Open => "open",
            OpenState::Begin(_) => "begin",
            OpenState::Flush(_) => "flush",
            OpenState::LookUpAgain(_) => "look up again",
            OpenState::DestroyOwn { .. } => "destroy own",
            OpenState::Compare(_) => "compare",
            OpenState::Close(close, _) => close.next(),
            OpenState::Done(_) => "done",
        }
    }

    /// What it opens.
    #[must_use]
    pub const fn bdev(&self) -> DevNo {
        self.bdev
    }

    /// What the open returned, once it is done.
    #[must_use]
    pub const fn result(&self) -> Option<Result<ObjectId, Errno>> {
        match self.state {
            OpenState::Done(result) => Some(result),
            _ => None,
        }
    }

    /// Runs the next step.
    pub fn step(&mut self, registry: &mut Registry, host: &mut dyn Host) -> Progress {
        let by = self.by;
        self.state = match &mut self.state {
            OpenState::Lock => match registry.lock_table(host, by) {
                Ok(()) => OpenState::LookUp,
                Err(owner) => return Progress::Waiting(owner),
            },
            OpenState::LookUp => {
                let found = registry.lookup(host, by, self.bdev);
                registry.unlock_table(host, by);
                found.map_or(OpenState::Open, OpenState::Compare)
            }
            OpenState::Open => match Object::create(host, by, self.bdev, self.args) {
                Ok(object) => {
                    let id = object.id();
                    registry.objects.insert(id, object);
                    OpenState::Begin(id)
                }
                Err(errno) => OpenState::Done(Err(errno)),
            },
            OpenState::Begin(id) => {
                let result = registry.object_mut(*id).ok_or(Errno::Inval).and_then(|o| o.clear_clean_shutdown(host));
                match result {
                    Ok(()) => OpenState::Flush(*id),
                    Err(errno) => OpenState::Close(CloseTask::new(by, *id), errno),
                }
            }
            OpenState::Flush(id) => {
                let result = registry.object_mut(*id).ok_or(Errno::Inval).and_then(|o| o.flush(host));
                match result {
                    Ok(()) if registry.sharing => OpenState::LockAgain(*id),
                    Ok(()) => OpenState::Done(Ok(*id)),
                    Err(errno) => OpenState::Close(CloseTask::new(by, *id), errno),
                }
            }
            OpenState::LockAgain(id) => match registry.lock_table(host, by) {
                Ok(()) => OpenState::LookUpAgain(*id),
                Err(owner) => return Progress::Waiting(owner),
            },
            OpenState::LookUpAgain(own) => {
                let winner = registry.lookup(host, by, self.bdev);
                if winner.is_none() {
                    registry.insert(host, *own);
                }
                registry.unlock_table(host, by);
                winner.map_or(OpenState::Compare(*own), |winner| OpenState::DestroyOwn { own: *own, winner })
            }
            OpenState::DestroyOwn { own, winner } => {
                registry.destroy(host, *own);
                OpenState::Compare(*winner)
            }
            OpenState::Compare(id) => match registry.object(*id).map(|o| o.core.data_block_size) {
                Some(found) if found != self.args.data_block_size => {
                    let wanted = self.args.data_block_size;
                    dmerr(host, &format!("data_block_size ({wanted}) different from that in metadata ({found})"));
                    OpenState::Close(CloseTask::new(by, *id), Errno::Inval)
                }
                _ => OpenState::Done(Ok(*id)),
            },
            OpenState::Close(close, errno) => match close.step(registry, host) {
                Progress::Ran if close.is_done() => OpenState::Done(Err(*errno)),
                Progress::Done => OpenState::Done(Err(*errno)),
                progress => return progress,
            },
            OpenState::Done(_) => return Progress::Done,
        };
        Progress::Ran
    }
}

/// `dm_cache_metadata_close`, one step at a time.
#[derive(Debug, Clone)]
pub struct CloseTask {
    by: CacheId,
    id: ObjectId,
    state: CloseState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CloseState {
    Drop,
    Lock,
    Unlink,
    Destroy,
    Done,
}

impl CloseTask {
    /// A close that has not begun.
    #[must_use]
    pub const fn new(by: CacheId, id: ObjectId) -> Self {
        Self { by, id, state: CloseState::Drop }
    }

    /// The name of the next step, `done` if there is none.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self.state {
            CloseState::Drop => "drop",
            CloseState::Lock => "lock",
            CloseState::Unlink => "unlink",
            CloseState::Destroy => "destroy",
            CloseState::Done => "done",
        }
    }

    /// Whose reference on what.
    #[must_use]
    pub const fn target(&self) -> (CacheId, ObjectId) {
        (self.by, self.id)
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == CloseState::Done
    }

    /// Runs the next step.
    pub fn step(&mut self, registry: &mut Registry, host: &mut dyn Host) -> Progress {
        let (by, id) = (self.by, self.id);
        self.state = match self.state {
            CloseState::Drop => match registry.object_mut(id).map(|object| drop_reference(host, object, by)) {
                None => {
                    registry.note(Defect::UseAfterFree { object: id, by });
                    CloseState::Done
                }
                Some(0) if registry.sharing => CloseState::Lock,
                Some(0) => CloseState::Destroy,
                Some(_) => CloseState::Done,
            },
            CloseState::Lock => match registry.lock_table(host, by) {
                Ok(()) => CloseState::Unlink,
                Err(owner) => return Progress::Waiting(owner),
            },
            CloseState::Unlink => {
                registry.unlink(host, id);
                registry.unlock_table(host, by);
                CloseState::Destroy
            }
            CloseState::Destroy => {
                let holders = registry.object(id).map(|o| o.holders.clone()).unwrap_or_default();
                if !holders.is_empty() {
                    registry.note(Defect::FreedWhileHeld { object: id, holders });
                }
                registry.destroy(host, id);
                CloseState::Done
            }
            CloseState::Done => return Progress::Done,
        };
        Progress::Ran
    }
}

/// `refcount_dec_and_test`: what is left.
fn drop_reference(host: &mut dyn Host, object: &mut Object, by: CacheId) -> u32 {
    object.ref_count = object.ref_count.saturating_sub(1);
    if let Some(at) = object.holders.iter().position(|holder| *holder == by) {
        object.holders.remove(at);
    }
    let ref_count = object.ref_count;
    if host.listening() {
        host.event(Event::ReferenceDropped { object: object.id, by, ref_count });
    }
    ref_count
}
