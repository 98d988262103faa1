//! dm-transaction-manager: copy on write.

use super::space_map::{self, SpaceMap};
use super::{BlockManager, Locked, Validator};
use crate::device::Host;
use crate::errno::Errno;
use crate::event::Event;
use imbl::OrdSet;

/// Block manager, space map and the set of blocks already copied in this transaction. Cheap to clone.
/// `docs/metadata-engine.md#shadowing`
#[derive(Debug, Clone)]
pub struct TransactionManager {
    /// Access to the blocks.
    pub bm: BlockManager,
    /// Which blocks are in use.
    pub sm: SpaceMap,
    shadows: OrdSet<u64>,
}

fn dmerr(host: &mut dyn Host, text: &str) {
    host.klog(format!("device-mapper: transaction manager: {text}"));
}

impl TransactionManager {
    /// `dm_tm_create_with_sm`: makes a space map for the whole device, right behind the superblock.
    ///
    /// A failure hands the block manager back.
    pub fn create_with_sm(host: &mut dyn Host, bm: BlockManager, superblock: u64) -> Result<Self, (BlockManager, Errno)> {
        let allocator = host.kernel().allocator();
        let mut tm = Self { bm, sm: SpaceMap::bootstrap(allocator, superblock), shadows: OrdSet::new() };
        match space_map::create(host, &mut tm, superblock) {
            Ok(()) => Ok(tm),
            Err(errno) => {
                dmerr(host, "couldn't create metadata space map");
                Err((tm.bm, errno))
            }
        }
    }

    /// `dm_tm_open_with_sm`: reads the index block and nothing else. `root` is the superblock's space map root.
    pub fn open_with_sm(host: &mut dyn Host, mut bm: BlockManager, root: &[u8]) -> Result<Self, (BlockManager, Errno)> {
        match SpaceMap::open(host, &mut bm, root) {
            Ok(sm) => Ok(Self { bm, sm, shadows: OrdSet::new() }),
            Err(errno) => {
                dmerr(host, "couldn't open metadata space map");
                Err((bm, errno))
            }
        }
    }

    /// `dm_tm_destroy` and `dm_sm_destroy`: what is left is the block manager.
    #[must_use]
    pub fn into_bm(self) -> BlockManager {
        self.bm
    }

    /// Blocks made or copied in this transaction, which may be changed in place.
    pub fn shadows(&self) -> impl Iterator<Item = u64> {
        self.shadows.iter().copied()
    }

    /// `dm_tm_pre_commit`: the space map's changes, then every dirty buffer, then a flush.
    pub fn pre_commit(&mut self, host: &mut dyn Host) -> Result<(), Errno> {
        space_map::commit(host, self)?;
        if host.skips_precommit_flush() {
            self.bm.write_without_flush(host);
            return Ok(());
        }
        self.bm.flush(host)
    }

    /// `dm_tm_commit`: forgets the shadows, unlocks the superblock and makes it durable.
    pub fn commit(&mut self, host: &mut dyn Host, superblock: Locked) -> Result<(), Errno> {
        self.shadows.clear();
        self.bm.unlock(host, superblock);
        self.bm.flush(host)
    }

    /// `dm_tm_new_block`: a zeroed block, locked for writing.
    pub fn new_block(&mut self, host: &mut dyn Host, validator: &'static Validator) -> Result<Locked, Errno> {
        let block = space_map::new_block(host, self)?;
        match self.bm.write_lock_zero(host, block, Some(validator)) {
            Ok(locked) => {
                self.shadows.insert(block);
                Ok(locked)
            }
            Err(errno) => {
                self.dec(host, block);
                Err(errno)
            }
        }
    }

    /// `dm_tm_shadow_block`: the block itself if it was made in this transaction, else a copy of it elsewhere, locked for writing.
    ///
    /// The flag says that `orig` keeps other owners: the caller must increment what the block points to.
    pub fn shadow_block(&mut self, host: &mut dyn Host, orig: u64, validator: &'static Validator) -> Result<(Locked, bool), Errno> {
        let inc_children = space_map::count_is_more_than_one(host, self, orig)?;
        if !inc_children && self.shadows.contains(&orig) {
            return Ok((self.bm.write_lock(host, orig, Some(validator))?, false));
        }
        let new = space_map::new_block(host, self)?;
        space_map::dec(host, self, orig, orig + 1)?;
        let page = self.bm.read(host, orig, Some(validator))?;
        let mut locked = self.bm.write_lock_zero(host, new, Some(validator))?;
        locked.set_page(page);
        self.shadows.insert(new);
        if host.listening() {
            host.event(Event::Shadowed { client: self.bm.client_id(), from: orig, to: new });
        }
        Ok((locked, inc_children))
    }

    /// `dm_tm_inc`. As in the kernel nobody hears of a failure.
    pub fn inc(&mut self, host: &mut dyn Host, block: u64) {
        let _ = space_map::inc(host, self, block, block.saturating_add(1));
    }

    /// `dm_tm_dec`. As in the kernel nobody hears of a failure.
    pub fn dec(&mut self, host: &mut dyn Host, block: u64) {
        let _ = space_map::dec(host, self, block, block.saturating_add(1));
    }

    /// `dm_tm_ref`: how many owners a block has, queued changes included.
    pub fn ref_count(&mut self, host: &mut dyn Host, block: u64) -> Result<u32, Errno> {
        space_map::count(host, self, block)
    }

    /// `dm_tm_block_is_shared`.
    pub fn is_shared(&mut self, host: &mut dyn Host, block: u64) -> Result<bool, Errno> {
        space_map::count_is_more_than_one(host, self, block)
    }
}
