//! dm-block-manager: validated, locked access to the blocks of one device.

use super::Validator;
use crate::bufio::{Buffer, Client};
use crate::device::{DevNo, Host, PAGE_SECTORS, PAGE_SIZE, Page};
use crate::errno::Errno;
use crate::event::{ClientId, Event};

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: block manager: {text}"));
}

/// A write-locked block: change its bytes, then give it back with [`BlockManager::unlock`].
#[derive(Debug)]
#[must_use = "a locked block must be unlocked"]
pub struct Locked {
    block: u64,
    page: Page,
}

impl Locked {
    /// Where the block lies.
    #[must_use]
    pub const fn location(&self) -> u64 {
        self.block
    }
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; PAGE_SIZE] {
        self.page.bytes()
    }
    /// Its bytes, for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8; PAGE_SIZE] {
        self.page.make_mut()
    }
    /// Replaces all of it.
    pub fn set_page(&mut self, page: Page) {
        self.page = page;
    }
}

/// Owns exactly one buffer cache. Cheap to clone. `docs/metadata-engine.md#block-manager`
#[derive(Debug, Clone)]
pub struct BlockManager {
    client: Client,
    read_only: bool,
}

impl BlockManager {
    /// `dm_block_manager_create`: over a fresh buffer cache.
    pub fn new(host: &mut dyn Host, dev: DevNo) -> Self {
        Self { client: Client::open(host, dev), read_only: false }
    }
    /// `dm_block_manager_destroy`: dirty buffers are written, whatever the reason.
    pub fn destroy(self, host: &mut dyn Host) {
        self.client.destroy(host);
    }

    /// The buffer cache.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }
    /// The buffer cache's name in events.
    #[must_use]
    pub const fn client_id(&self) -> ClientId {
        self.client.id()
    }
    /// The device below.
    #[must_use]
    pub const fn dev(&self) -> DevNo {
        self.client.dev()
    }
    /// `dm_bm_nr_blocks`.
    #[must_use]
    pub fn nr_blocks(&self, host: &dyn Host) -> u64 {
        host.sectors(self.dev()) / PAGE_SECTORS
    }
    /// Cached blocks in block order, for drawing.
    pub fn buffers(&self) -> impl Iterator<Item = (u64, &Buffer)> {
        self.client.buffers()
    }
    /// Limits the cache, see [`Client::set_limit`].
    pub fn set_limit(&mut self, limit: Option<usize>) {
        self.client.set_limit(limit);
    }
    /// Takes a block out of the cache, see [`Client::evict`].
    pub fn evict(&mut self, host: &mut dyn Host, block: u64) -> bool {
        self.client.evict(host, block)
    }
    /// Takes every idle block out of the cache.
    pub fn evict_all(&mut self, host: &mut dyn Host) {
        self.client.evict_all(host);
    }

    /// `dm_bm_is_read_only`.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }
    /// `dm_bm_set_read_only`: from now on nothing is locked for writing, nothing flushed.
    pub fn set_read_only(&mut self) {
        self.read_only = true;
    }
    /// `dm_bm_set_read_write`.
    pub fn set_read_write(&mut self) {
        self.read_only = false;
    }

    /// `dm_bm_read_lock`, a look, `dm_bm_unlock`: the bytes stay as seen, whoever writes later.
    pub fn read(&mut self, host: &mut dyn Host, block: u64, validator: Option<&'static Validator>) -> Result<Page, Errno> {
        let page = self.client.read(host, block)?;
        let checked = self.validate(host, block, validator, &page);
        self.client.release_read(host, block);
        checked.map(|()| page)
    }

    /// `dm_bm_write_lock`; EPERM if read-only.
    pub fn write_lock(&mut self, host: &mut dyn Host, block: u64, validator: Option<&'static Validator>) -> Result<Locked, Errno> {
        if self.read_only {
            return Err(Errno::Perm);
        }
        let page = self.client.read(host, block)?;
        if let Err(errno) = self.validate(host, block, validator, &page) {
            self.client.release_read(host, block);
            return Err(errno);
        }
        self.client.hold(host, block);
        Ok(Locked { block, page })
    }

    /// `dm_bm_write_lock_zero`: a block of zeros, never read; EPERM if read-only.
    pub fn write_lock_zero(&mut self, host: &mut dyn Host, block: u64, validator: Option<&'static Validator>) -> Result<Locked, Errno> {
        if self.read_only {
            return Err(Errno::Perm);
        }
        self.client.new_buffer(host, block);
        self.client.set_validator(block, validator);
        self.client.hold(host, block);
        Ok(Locked { block, page: Page::zero() })
    }

    /// `dm_bm_unlock` of a write lock: the buffer is dirty now.
    pub fn unlock(&mut self, host: &mut dyn Host, locked: Locked) {
        self.client.release_dirty(host, locked.block, locked.page);
    }

    /// `dm_bm_prefetch`: into the cache, unchecked.
    pub fn prefetch(&mut self, host: &mut dyn Host, block: u64) {
        self.client.prefetch(host, block);
    }

    /// `dm_bm_flush`: writes every dirty buffer, then flushes the device; EPERM if read-only.
    pub fn flush(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        if self.read_only {
            return Err(Errno::Perm);
        }
        self.client.write_dirty_buffers(host)
    }

    /// Half of [`BlockManager::flush`], for [`Host::skips_precommit_flush`].
    pub(super) fn write_without_flush(&mut self, host: &mut dyn Host) {
        self.client.write_all(host);
    }

    /// `dm_bm_validate_buffer`: the first use with a validator checks, later ones only compare its name.
    fn validate(&mut self, host: &mut dyn Host, block: u64, validator: Option<&'static Validator>, page: &Page) -> Result<(), Errno> {
        let seen = self.client.validator(block);
        match (seen, validator) {
            (None, None) => Ok(()),
            (None, Some(new)) => {
                let kernel = host.kernel();
                let result = (new.check)(page.bytes(), block, kernel, &mut |line| host.klog(line));
                if host.listening() {
                    let client = self.client.id();
                    host.event(Event::BufferChecked { client, block, validator: new.name, ok: result.is_ok() });
                }
                match result {
                    Ok(()) => self.client.set_validator(block, Some(new)),
                    Err(_) => dmerr(host, &format!("{} validator check failed for block {block}", new.name)),
                }
                result
            }
            (Some(old), new) if new != Some(old) => {
                let new = new.map_or("NULL", |v| v.name);
                dmerr(host, &format!("validator mismatch (old={} vs new={new}) for block {block}", old.name));
                Err(Errno::Inval)
            }
            _ => Ok(()),
        }
    }
}
