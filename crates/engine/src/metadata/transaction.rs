//! Transactions: the two-phase commit, the beginning of the next one, abort (`__commit_transaction`, `dm_cache_metadata_abort`).

use super::object::{Object, dmerr};
use super::superblock::{self, CLEAN_SHUTDOWN, NEEDS_CHECK, POLICY_NAME_SIZE, Superblock, VALIDATOR};
use crate::device::Host;
use crate::errno::Errno;
use crate::event::Event;
use crate::persistent_data::BlockManager;

impl Object {
    /// `begin_transaction_flags`: clears CLEAN_SHUTDOWN in the superblock buffer and takes every field from it.
    /// The buffer is left dirty for [`Object::flush`].
    pub(super) fn clear_clean_shutdown(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        self.tracked(host, |o, host| {
            let name_limit = name_limit(host);
            let Self { tm: Some(tm), core, changed, .. } = o else { return Err(Errno::Inval) };
            let mut locked = tm.bm.write_lock(host, superblock::LOCATION, Some(&VALIDATOR))?;
            let flags = Superblock::decode(locked.bytes()).flags & !CLEAN_SHUTDOWN;
            superblock::put_flags(locked.bytes_mut(), flags);
            core.read(&Superblock::decode(locked.bytes()), name_limit);
            *changed = false;
            tm.bm.unlock(host, locked);
            Ok(())
        })
    }

    /// `dm_bm_flush`: every dirty buffer, then the device.
    pub(super) fn flush(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        self.tm.as_mut().ok_or(Errno::Inval)?.bm.flush(host)
    }

    /// `dm_cache_commit`: ends the transaction and begins the next; `clean` sets CLEAN_SHUTDOWN, else it is cleared.
    pub fn commit(&mut self, host: &mut dyn Host, clean: bool) -> Result<(), Errno> {
        self.write_lock()?;
        let result = self.tracked(host, |o, host| {
            o.commit_transaction(host, clean)?;
            o.begin_transaction(host)
        });
        if result.is_ok() && host.listening() {
            host.event(Event::Committed { object: self.id, clean });
        }
        result
    }

    /// `__commit_transaction`.
    fn commit_transaction(&mut self, host: &mut dyn Host, clean: bool) -> Result<(), Errno> {
        let Self { tm: Some(tm), core, discard_info, dirty_info, .. } = self else { return Err(Errno::Inval) };
        if core.separate_dirty_bits() {
            dirty_info.flush(host, tm, &mut core.dirty_root)?;
        }
        discard_info.flush(host, tm, &mut core.discard_root)?;
        tm.pre_commit(host)?;
        let sm_root = tm.sm.root();
        let mut locked = tm.bm.write_lock(host, superblock::LOCATION, Some(&VALIDATOR))?;
        let flags = if clean { core.flags | CLEAN_SHUTDOWN } else { core.flags & !CLEAN_SHUTDOWN };
        let keep_old_name_bytes = host.kernel().policy_name_keeps_old_bytes();
        let page = locked.bytes_mut();
        superblock::put_flags(page, flags);
        superblock::put_commit(page, core, keep_old_name_bytes);
        superblock::put_sm_root(page, &sm_root);
        tm.commit(host, locked)
    }

    /// `__begin_transaction`: the fields as this object's own buffer has them, however old the buffer is.
    fn begin_transaction(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        let name_limit = name_limit(host);
        let Self { tm: Some(tm), core, changed, .. } = self else { return Err(Errno::Inval) };
        let page = tm.bm.read(host, superblock::LOCATION, Some(&VALIDATOR))?;
        core.read(&Superblock::decode(page.bytes()), name_limit);
        *changed = false;
        Ok(())
    }

    /// `dm_cache_metadata_set_needs_check`: marks the superblock, which stays in the buffer until the next flush.
    pub fn set_needs_check(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, .. } = o else { return Err(Errno::Inval) };
            core.flags |= NEEDS_CHECK;
            match tm.bm.write_lock(host, superblock::LOCATION, Some(&VALIDATOR)) {
                Ok(mut locked) => {
                    superblock::put_flags(locked.bytes_mut(), core.flags);
                    tm.bm.unlock(host, locked);
                    Ok(())
                }
                Err(errno) => {
                    dmerr(host, "couldn't read superblock");
                    Err(errno)
                }
            }
        })
    }

    /// `dm_cache_metadata_abort`: space map and caches go back to what is on disk, over a new buffer cache; the roots in the
    /// object stay as they are. The new cache reads the disk before the old one writes its dirty buffers. A failure is final.
    pub fn abort(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        self.read_lock()?;
        // The kernel makes the new cache before it takes the lock that may refuse.
        let new = BlockManager::new(host, self.bdev);
        if let Err(errno) = self.write_lock() {
            new.destroy(host);
            return Err(errno);
        }
        self.tracked(host, |o, host| {
            let old = o.tm.take().map(crate::persistent_data::TransactionManager::into_bm);
            let opened = o.open_or_format(host, new, false);
            let result = match opened {
                Ok(_) => Ok(()),
                Err((bm, errno)) => {
                    o.fail_io = true;
                    bm.destroy(host);
                    Err(errno)
                }
            };
            if let Some(old) = old {
                old.destroy(host);
            }
            if host.listening() {
                host.event(Event::ObjectRebuilt { object: o.id, client: o.bm().map(BlockManager::client_id) });
                host.event(Event::Aborted { object: o.id });
            }
            result
        })
    }
}

/// How many bytes of a policy name are taken from disk: newer kernels always leave room for the NUL.
fn name_limit(host: &dyn Host) -> usize {
    if host.kernel().policy_name_keeps_old_bytes() { POLICY_NAME_SIZE - 1 } else { POLICY_NAME_SIZE }
}
