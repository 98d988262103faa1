//! The metadata space map: reference counts of the device's own blocks (`dm-space-map-metadata.c`).
//!
//! Counting a block may copy a bitmap, which takes a block, which must be counted: changes that arise while another one is under
//! way wait in a ring and are applied after it. `docs/metadata-engine.md#space-maps`

mod counts;
mod layout;

pub use layout::{BITMAP_VALIDATOR, ENTRIES_PER_BITMAP, INDEX_VALIDATOR, IndexEntry, MAX_BITMAPS, MAX_BLOCKS, ROOT_SIZE};

use super::{BlockManager, TransactionManager, btree, le64};
use crate::device::{Host, Page};
use crate::errno::Errno;
use crate::event::Event;
use crate::kernel::Allocator;
use counts::{add_bitmaps, find_free, ll_count, ll_dec, ll_inc, lookup_bitmap};
use imbl::Vector;

/// `MAX_RECURSIVE_ALLOCATIONS`.
const MAX_QUEUED: usize = 1024;

/// One generation of the map (`struct ll_disk`): where its parts lie, and the index block in memory.
#[derive(Debug, Clone)]
pub struct Map {
    /// Blocks of the device, as counted at format.
    pub nr_blocks: u64,
    /// Blocks with a count above 0.
    pub nr_allocated: u64,
    /// The index block.
    pub bitmap_root: u64,
    /// The btree of counts above 2.
    pub ref_count_root: u64,
    index: Page,
    index_changed: bool,
}

impl Map {
    fn entry(&self, bitmap: u64) -> Result<IndexEntry, Errno> {
        layout::index_entry(&self.index, bitmap)
    }
    fn save_entry(&mut self, bitmap: u64, entry: IndexEntry) -> Result<(), Errno> {
        layout::put_index_entry(&mut self.index, bitmap, entry)?;
        self.index_changed = true;
        Ok(())
    }
    /// The index entries in use, in order.
    pub fn entries(&self) -> impl Iterator<Item = IndexEntry> + '_ {
        (0..self.nr_blocks.div_ceil(ENTRIES_PER_BITMAP)).map_while(|bitmap| self.entry(bitmap).ok())
    }
}

/// A change of counts that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Queued {
    inc: bool,
    begin: u64,
    end: u64,
}

/// `struct sm_metadata`. Its operations need the transaction manager around it and are functions of this module.
#[derive(Debug, Clone)]
pub struct SpaceMap {
    ll: Map,
    old_ll: Map,
    begin: u64,
    recursion_count: u32,
    allocated_this_transaction: u64,
    uncommitted: Vector<Queued>,
    allocator: Allocator,
    bootstrapping: bool,
}

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: space map metadata: {text}"));
}

impl SpaceMap {
    pub(super) fn bootstrap(allocator: Allocator, superblock: u64) -> Self {
        let ll = Map { nr_blocks: 0, nr_allocated: 0, bitmap_root: 0, ref_count_root: 0, index: Page::zero(), index_changed: false };
        Self {
            old_ll: ll.clone(),
            ll,
            begin: superblock + 1,
            recursion_count: 0,
            allocated_this_transaction: 0,
            uncommitted: Vector::new(),
            allocator,
            bootstrapping: true,
        }
    }

    /// `dm_sm_metadata_open`.
    pub(super) fn open(host: &mut dyn Host, bm: &mut BlockManager, root: &[u8]) -> Result<Self, Errno> {
        if root.len() < ROOT_SIZE {
            dmerr(host, "sm_metadata root too small");
            return Err(Errno::NoMem);
        }
        let root = Page::from_slice(&root[..ROOT_SIZE]);
        let mut sm = Self::bootstrap(host.kernel().allocator(), 0);
        sm.ll.nr_blocks = le64(root.bytes(), 0);
        sm.ll.nr_allocated = le64(root.bytes(), 8);
        sm.ll.bitmap_root = le64(root.bytes(), 16);
        sm.ll.ref_count_root = le64(root.bytes(), 24);
        sm.ll.index = bm.read(host, sm.ll.bitmap_root, Some(&INDEX_VALIDATOR))?;
        sm.old_ll = sm.ll.clone();
        sm.begin = 0;
        sm.bootstrapping = false;
        Ok(sm)
    }

    /// The map as it is now.
    #[must_use]
    pub const fn current(&self) -> &Map {
        &self.ll
    }
    /// The map as of the last commit.
    #[must_use]
    pub const fn committed(&self) -> &Map {
        &self.old_ll
    }
    /// Which generation of allocator and btree code this is.
    #[must_use]
    pub const fn allocator(&self) -> Allocator {
        self.allocator
    }
    /// Where the next search for a free block starts.
    #[must_use]
    pub const fn cursor(&self) -> u64 {
        self.begin
    }
    /// `dm_sm_get_nr_blocks`.
    #[must_use]
    pub const fn nr_blocks(&self) -> u64 {
        self.ll.nr_blocks
    }
    /// `dm_sm_get_nr_free`: blocks freed in this transaction don't count until it commits.
    #[must_use]
    pub const fn nr_free(&self) -> u64 {
        self.old_ll.nr_blocks.wrapping_sub(self.old_ll.nr_allocated).wrapping_sub(self.allocated_this_transaction)
    }
    /// `dm_sm_copy_root`: the first 32 bytes of the superblock's space map root.
    #[must_use]
    pub fn root(&self) -> [u8; ROOT_SIZE] {
        let mut root = [0; ROOT_SIZE];
        let fields = [self.ll.nr_blocks, self.ll.nr_allocated, self.ll.bitmap_root, self.ll.ref_count_root];
        for (at, field) in root.chunks_exact_mut(8).zip(fields) {
            at.copy_from_slice(&field.to_le_bytes());
        }
        root
    }

    /// `add_bop`.
    fn queue(&mut self, host: &mut dyn Host, op: Queued) -> Result<(), Errno> {
        if self.uncommitted.len() >= MAX_QUEUED {
            dmerr(host, "too many recursive allocations");
            return Err(Errno::NoMem);
        }
        self.uncommitted.push_back(op);
        Ok(())
    }

    /// What the queue will do to a block's count.
    fn pending(&self, block: u64) -> i64 {
        let ops = self.uncommitted.iter().filter(|op| (op.begin..op.end).contains(&block));
        ops.map(|op| if op.inc { 1 } else { -1 }).sum()
    }
}

/// `dm_sm_metadata_create`: index block, count btree and bitmaps right behind the superblock, then their own counts.
pub(super) fn create(host: &mut dyn Host, tm: &mut TransactionManager, superblock: u64) -> Result<(), Errno> {
    let nr_blocks = tm.bm.nr_blocks(host).min(MAX_BLOCKS);
    let mut index = tm.new_block(host, &INDEX_VALIDATOR)?;
    index.set_page(tm.sm.ll.index.clone());
    tm.sm.ll.bitmap_root = index.location();
    tm.bm.unlock(host, index);
    tm.sm.ll.ref_count_root = btree::empty(host, tm, btree::ValueType::Le32)?;
    add_bitmaps(host, tm, nr_blocks)?;

    tm.sm.bootstrapping = false;
    let end = tm.sm.begin;
    tm.sm.queue(host, Queued { inc: true, begin: superblock, end })?;
    if let Err(errno) = apply_queued(host, tm) {
        dmerr(host, "dm_sm_metadata_create: apply_bops failed");
        return Err(errno);
    }
    commit(host, tm)
}

/// `sm_metadata_commit`.
pub(super) fn commit(host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
    if tm.sm.ll.index_changed {
        let (mut locked, _) = tm.shadow_block(host, tm.sm.ll.bitmap_root, &INDEX_VALIDATOR)?;
        locked.set_page(tm.sm.ll.index.clone());
        tm.sm.ll.bitmap_root = locked.location();
        tm.sm.ll.index_changed = false;
        tm.bm.unlock(host, locked);
    }
    tm.sm.old_ll = tm.sm.ll.clone();
    tm.sm.allocated_this_transaction = 0;
    if tm.sm.allocator == Allocator::Legacy {
        tm.sm.begin = 0;
    }
    Ok(())
}

/// `sm_metadata_new_block`.
pub(super) fn new_block(host: &mut dyn Host, tm: &mut TransactionManager) -> Result<u64, Errno> {
    if tm.sm.bootstrapping {
        if tm.sm.begin == tm.sm.ll.nr_blocks {
            return Err(Errno::NoSpc);
        }
        let block = tm.sm.begin;
        tm.sm.begin += 1;
        announce(host, tm, block);
        return Ok(block);
    }
    match take_block(host, tm) {
        Ok(block) => {
            announce(host, tm, block);
            Ok(block)
        }
        Err(errno) => {
            host.klog_limited(
                "sm_metadata_new_block",
                "device-mapper: space map metadata: unable to allocate new metadata block".to_owned(),
            );
            Err(errno)
        }
    }
}

fn announce(host: &mut dyn Host, tm: &TransactionManager, block: u64) {
    if host.listening() {
        host.event(Event::BlockAllocated { client: tm.bm.client_id(), block });
    }
}

fn take_block(host: &mut dyn Host, tm: &mut TransactionManager) -> Result<u64, Errno> {
    let begin = tm.sm.begin;
    let block = match tm.sm.allocator {
        Allocator::Legacy => {
            let old = tm.sm.old_ll.clone();
            find_free(host, tm, &old, begin, old.nr_blocks)?
        }
        Allocator::Modern => match find_common_free(host, tm, begin) {
            Err(Errno::NoSpc) => find_common_free(host, tm, 0)?,
            found => found?,
        },
    };
    tm.sm.begin = block + 1;
    change(host, tm, Queued { inc: true, begin: block, end: block + 1 })?;
    tm.sm.allocated_this_transaction += 1;
    Ok(block)
}

/// `sm_ll_find_common_free_block`: free in the old map as in the new one.
fn find_common_free(host: &mut dyn Host, tm: &mut TransactionManager, mut begin: u64) -> Result<u64, Errno> {
    loop {
        let ll = tm.sm.ll.clone();
        let block = find_free(host, tm, &ll, begin, ll.nr_blocks)?;
        let old = tm.sm.old_ll.clone();
        if block >= old.nr_blocks || ll_count(host, tm, &old, block)? == 0 {
            return Ok(block);
        }
        begin = block + 1;
    }
}

/// `dm_sm_inc_blocks` for `[begin, end)`.
pub(super) fn inc(host: &mut dyn Host, tm: &mut TransactionManager, begin: u64, end: u64) -> Result<(), Errno> {
    change(host, tm, Queued { inc: true, begin, end })
}

/// `dm_sm_dec_blocks` for `[begin, end)`.
pub(super) fn dec(host: &mut dyn Host, tm: &mut TransactionManager, begin: u64, end: u64) -> Result<(), Errno> {
    change(host, tm, Queued { inc: false, begin, end })
}

fn change(host: &mut dyn Host, tm: &mut TransactionManager, op: Queued) -> Result<(), Errno> {
    if tm.sm.bootstrapping || tm.sm.recursion_count > 0 {
        return tm.sm.queue(host, op);
    }
    tm.sm.recursion_count += 1;
    let done = apply(host, tm, op);
    let queued = apply_queued(host, tm);
    tm.sm.recursion_count -= 1;
    done.and(queued)
}

fn apply(host: &mut dyn Host, tm: &mut TransactionManager, op: Queued) -> Result<(), Errno> {
    if op.inc { ll_inc(host, tm, op.begin, op.end) } else { ll_dec(host, tm, op.begin, op.end) }
}

/// `apply_bops`: an operation counts as pending until it is done.
fn apply_queued(host: &mut dyn Host, tm: &mut TransactionManager) -> Result<(), Errno> {
    while let Some(op) = tm.sm.uncommitted.front().copied() {
        apply(host, tm, op)?;
        tm.sm.uncommitted.pop_front();
    }
    Ok(())
}

/// `sm_metadata_get_count`: queued changes included.
pub(super) fn count(host: &mut dyn Host, tm: &mut TransactionManager, block: u64) -> Result<u32, Errno> {
    if tm.sm.bootstrapping {
        return Ok(u32::from(block < tm.sm.begin));
    }
    let ll = tm.sm.ll.clone();
    let stored = ll_count(host, tm, &ll, block)?;
    Ok(u32::try_from(i64::from(stored) + tm.sm.pending(block)).unwrap_or(0))
}

/// `sm_metadata_count_is_more_than_one`: errs on the side of caution, so 3 in the bitmap is enough.
pub(super) fn count_is_more_than_one(host: &mut dyn Host, tm: &mut TransactionManager, block: u64) -> Result<bool, Errno> {
    if tm.sm.bootstrapping {
        return Ok(false);
    }
    let pending = tm.sm.pending(block);
    if pending > 1 {
        return Ok(true);
    }
    let ll = tm.sm.ll.clone();
    let stored = lookup_bitmap(host, tm, &ll, block)?;
    Ok(stored == 3 || i64::from(stored) + pending > 1)
}
