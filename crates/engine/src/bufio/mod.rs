//! dm-bufio: one client is one buffer cache over one device.
//!
//! A cached buffer is never compared with the device again. That is Linux's behaviour, and the root of the stale-buffer bug:
//! two clients over one device share nothing but the device. `docs/metadata-engine.md#bufio`

mod validator;

pub use validator::Validator;

use crate::device::{DevNo, Host, Page};
use crate::errno::Errno;
use crate::event::{ClientId, Event};
use imbl::{OrdMap, OrdSet};

/// `DM_BUFIO_WRITEBACK_RATIO`: dirty buffers are written early when there are more than this many times the clean ones.
const WRITEBACK_RATIO: usize = 3;

/// One cached block.
#[derive(Debug, Clone)]
pub struct Buffer {
    /// Content as the engine sees it.
    pub page: Page,
    /// Differs from the device until written.
    pub dirty: bool,
    /// Holders that may write (readers come and go within one call).
    pub hold_count: u32,
    /// The validator it passed, or was made with.
    pub validator: Option<&'static Validator>,
    /// The last write failed.
    pub write_error: Option<Errno>,
    /// Order of last use.
    last_use: u64,
}

/// A buffer cache over one device. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    id: ClientId,
    dev: DevNo,
    buffers: OrdMap<u64, Buffer>,
    dirty: OrdSet<u64>,
    limit: Option<usize>,
    async_write_error: Option<Errno>,
    clock: u64,
}

impl Client {
    /// `dm_bufio_client_create`: an empty cache.
    pub fn open(host: &mut dyn Host, dev: DevNo) -> Self {
        let id = host.fresh_id();
        if host.listening() {
            host.event(Event::ClientOpened { client: id, dev });
        }
        Self { id, dev, buffers: OrdMap::new(), dirty: OrdSet::new(), limit: None, async_write_error: None, clock: 0 }
    }

    /// Its name in events.
    #[must_use]
    pub const fn id(&self) -> ClientId {
        self.id
    }
    /// The device below.
    #[must_use]
    pub const fn dev(&self) -> DevNo {
        self.dev
    }
    /// Every cached block, in block order.
    pub fn buffers(&self) -> impl Iterator<Item = (u64, &Buffer)> {
        self.buffers.iter().map(|(b, buffer)| (*b, buffer))
    }
    /// The cached block, if it is there.
    #[must_use]
    pub fn buffer(&self, block: u64) -> Option<&Buffer> {
        self.buffers.get(&block)
    }
    /// How many buffers are dirty.
    #[must_use]
    pub fn nr_dirty(&self) -> usize {
        self.dirty.len()
    }
    /// At most so many buffers are kept (memory pressure); `None`, as it starts: no limit.
    pub fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit;
    }

    /// `dm_bufio_read`: the content, from the cache if it is there, else from the device.
    pub fn read(&mut self, host: &mut dyn Host, block: u64) -> Result<Page, Errno> {
        let now = self.tick();
        if let Some(buffer) = self.buffers.get_mut(&block) {
            buffer.last_use = now;
            return Ok(buffer.page.clone());
        }
        self.make_room(host);
        let page = host.read(self.dev, block, Some(self.id))?;
        self.insert(block, page.clone());
        if host.listening() {
            host.event(Event::BufferRead { client: self.id, block, page: page.clone() });
        }
        Ok(page)
    }

    /// `dm_bufio_prefetch`: into the cache, unless it is there; errors stay unseen.
    pub fn prefetch(&mut self, host: &mut dyn Host, block: u64) {
        if !self.buffers.contains_key(&block) {
            let _ = self.read(host, block);
        }
    }

    /// `dm_bufio_new`: a buffer that is about to be overwritten, so never read from the device.
    pub fn new_buffer(&mut self, host: &mut dyn Host, block: u64) {
        let now = self.tick();
        if let Some(buffer) = self.buffers.get_mut(&block) {
            buffer.last_use = now;
            return;
        }
        self.make_room(host);
        self.insert(block, Page::zero());
        if host.listening() {
            host.event(Event::BufferNew { client: self.id, block });
        }
    }

    /// The validator a cached buffer remembers.
    #[must_use]
    pub fn validator(&self, block: u64) -> Option<&'static Validator> {
        self.buffers.get(&block).and_then(|b| b.validator)
    }
    /// Makes a cached buffer remember a validator.
    pub fn set_validator(&mut self, block: u64, validator: Option<&'static Validator>) {
        if let Some(buffer) = self.buffers.get_mut(&block) {
            buffer.validator = validator;
        }
    }

    /// Takes a hold, so that eviction spares the buffer.
    pub fn hold(&mut self, host: &mut dyn Host, block: u64) {
        if let Some(buffer) = self.buffers.get_mut(&block) {
            buffer.hold_count += 1;
            if host.listening() {
                host.event(Event::BufferHeld { client: self.id, block, write: true });
            }
        }
    }

    /// `dm_bufio_mark_buffer_dirty` and `dm_bufio_release`: new content, hold dropped.
    pub fn release_dirty(&mut self, host: &mut dyn Host, block: u64, page: Page) {
        let Some(buffer) = self.buffers.get_mut(&block) else { return };
        buffer.page = page.clone();
        buffer.dirty = true;
        buffer.hold_count = buffer.hold_count.saturating_sub(1);
        self.dirty.insert(block);
        if host.listening() {
            host.event(Event::BufferDirtied { client: self.id, block, page });
            host.event(Event::BufferReleased { client: self.id, block });
        }
    }

    /// `dm_bufio_release` of a reader: a buffer whose last write failed leaves the cache.
    pub fn release_read(&mut self, host: &mut dyn Host, block: u64) {
        if self.buffers.get(&block).is_some_and(|b| b.write_error.is_some() && !b.dirty && b.hold_count == 0) {
            self.drop_buffer(host, block);
        }
    }

    /// `dm_bufio_write_dirty_buffers`: writes every dirty buffer, then flushes the device.
    ///
    /// Fails with the first error of any write since the last call (early write-back included), else with the flush's.
    pub fn write_dirty_buffers(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        self.write_all(host);
        let flushed = host.flush(self.dev);
        match self.async_write_error.take() {
            Some(errno) => Err(errno),
            None => flushed,
        }
    }

    /// Takes one buffer out of the cache, as memory pressure would; a dirty one is written first, a held one stays.
    pub fn evict(&mut self, host: &mut dyn Host, block: u64) -> bool {
        match self.buffers.get(&block) {
            Some(buffer) if buffer.hold_count == 0 => {
                if buffer.dirty {
                    self.write_buffer(host, block);
                }
                self.drop_buffer(host, block);
                true
            }
            _ => false,
        }
    }

    /// Takes every buffer that nobody holds out of the cache.
    pub fn evict_all(&mut self, host: &mut dyn Host) {
        let blocks: Vec<u64> = self.buffers.keys().copied().collect();
        for block in blocks {
            self.evict(host, block);
        }
    }

    /// `dm_bufio_client_destroy`: **writes all dirty buffers first**, without a flush and deaf to errors.
    pub fn destroy(mut self, host: &mut dyn Host) {
        self.write_all(host);
        let blocks: Vec<u64> = self.buffers.keys().copied().collect();
        for block in blocks {
            self.drop_buffer(host, block);
        }
        if host.listening() {
            host.event(Event::ClientClosed { client: self.id });
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn insert(&mut self, block: u64, page: Page) {
        let last_use = self.clock;
        let buffer = Buffer { page, dirty: false, hold_count: 0, validator: None, write_error: None, last_use };
        self.buffers.insert(block, buffer);
    }

    /// What an allocation does first: early write-back (`__check_watermark`) and the limit.
    fn make_room(&mut self, host: &mut dyn Host) {
        if self.dirty.len() > WRITEBACK_RATIO * (self.buffers.len() - self.dirty.len()) {
            self.write_all(host);
        }
        let Some(limit) = self.limit else { return };
        while self.buffers.len() >= limit.max(1) {
            let idle = |b: &&(u64, &Buffer)| b.1.hold_count == 0;
            let oldest =
                self.buffers().collect::<Vec<_>>().iter().filter(idle).min_by_key(|(_, b)| (b.dirty, b.last_use)).map(|(block, _)| *block);
            match oldest {
                Some(block) => {
                    self.evict(host, block);
                }
                None => return,
            }
        }
    }

    /// `__write_dirty_buffers_async`: oldest use first.
    pub(crate) fn write_all(&mut self, host: &mut dyn Host) {
        let mut order: Vec<(u64, u64)> =
            self.dirty.iter().filter_map(|b| self.buffers.get(b).map(|buffer| (buffer.last_use, *b))).collect();
        order.sort_unstable();
        for (_, block) in order {
            self.write_buffer(host, block);
        }
    }

    /// `__write_dirty_buffer`: the validator fills in location and checksum just before the write.
    fn write_buffer(&mut self, host: &mut dyn Host, block: u64) {
        let Some(buffer) = self.buffers.get_mut(&block) else { return };
        if let Some(validator) = buffer.validator {
            (validator.prepare_for_write)(buffer.page.make_mut(), block);
        }
        buffer.dirty = false;
        self.dirty.remove(&block);
        let page = buffer.page.clone();
        let result = host.write(self.dev, block, &page, Some(self.id));
        buffer.write_error = result.err();
        if self.async_write_error.is_none() {
            self.async_write_error = result.err();
        }
        if host.listening() {
            host.event(Event::BufferWritten { client: self.id, block, page });
        }
    }

    fn drop_buffer(&mut self, host: &mut dyn Host, block: u64) {
        self.dirty.remove(&block);
        if self.buffers.remove(&block).is_some() && host.listening() {
            host.event(Event::BufferDropped { client: self.id, block });
        }
    }
}
