//! The discard bitset (`dm_cache_set_discard`, `dm_cache_load_discards`).

use super::object::{DiscardRun, Object};
use crate::device::Host;
use crate::errno::Errno;

impl Object {
    /// `dm_cache_discard_bitset_resize`; block size in sectors. Bit counts are 32 bits wide there.
    pub fn discard_bitset_resize(&mut self, host: &mut dyn Host, discard_block_size: u64, nr_blocks: u64) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, discard_info, changed, .. } = o else { return Err(Errno::Inval) };
            let (old, new) = (core.discard_nr_blocks as u32, nr_blocks as u32);
            let result = discard_info.resize(host, tm, &mut core.discard_root, old, new, false);
            if result.is_ok() {
                core.discard_block_size = discard_block_size;
                core.discard_nr_blocks = nr_blocks;
            }
            *changed = true;
            result
        })
    }

    /// `dm_cache_set_discard`.
    pub fn set_discard(&mut self, host: &mut dyn Host, dblock: u64, discard: bool) -> Result<(), Errno> {
        self.write_lock()?;
        self.tracked(host, |o, host| {
            let Self { tm: Some(tm), core, discard_info, changed, .. } = o else { return Err(Errno::Inval) };
            let root = &mut core.discard_root;
            let bit = dblock as u32;
            if discard {
                discard_info.set(host, tm, root, bit)?
            } else {
                discard_info.clear(host, tm, root, bit)?
            }
            *changed = true;
            Ok(())
        })
    }

    /// `dm_cache_load_discards`: calls `f` with runs of equal bits, ascending, until it fails. Opened unclean, nothing counts
    /// as discarded. May move the bitset: the word in memory is written into it first.
    pub fn load_discards(
        &mut self,
        host: &mut dyn Host,
        f: &mut dyn FnMut(&mut dyn Host, DiscardRun) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        self.read_lock()?;
        self.tracked(host, |o, host| {
            let clean = o.clean_when_opened;
            let Self { tm: Some(tm), core, discard_info, .. } = o else { return Err(Errno::Inval) };
            let (block_size, nr) = (core.discard_block_size, core.discard_nr_blocks);
            if nr == 0 {
                return Ok(());
            }
            if !clean {
                return f(host, DiscardRun { block_size, blocks: 0..nr, discarded: false });
            }
            discard_info.flush(host, tm, &mut core.discard_root)?;
            let mut cursor = discard_info.cursor(host, tm, core.discard_root, nr as u32)?;
            let mut begin = 0;
            let mut discarded = cursor.value();
            for b in 1..nr {
                let next = cursor.next(host, tm);
                if next.is_err() || cursor.value() != discarded {
                    f(host, DiscardRun { block_size, blocks: begin..b, discarded })?;
                    next?;
                    begin = b;
                    discarded = !discarded;
                }
            }
            f(host, DiscardRun { block_size, blocks: begin..nr, discarded })
        })
    }
}
