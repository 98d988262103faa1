//! Writes of a program that opened a device without `O_DIRECT`: the page cache takes them and sends each block in a bio of its own when
//! the program syncs or the last one closes the device. Of reads only the retry is here: nothing is read ahead.

use super::{Failure, World};
use crate::device::{DevNo, Host as _, PAGE_SIZE, Page, SECTOR_SIZE};
use crate::errno::Errno;
use crate::target::env::BioOp;
use std::collections::BTreeMap;

const SECTOR: u64 = SECTOR_SIZE as u64;
/// Blocks that are kept at most; Linux would write back by then, too, at a moment that depends on its memory.
const BLOCKS_MAX: usize = 8192;

#[derive(Debug, Clone)]
struct Block {
    bytes: Vec<u8>,
    dirty: bool,
}

/// What one program has written to a device, until it closes it.
#[derive(Debug, Clone)]
pub struct Buffered {
    dev: DevNo,
    /// Bytes of a block: `set_blocksize`, the largest power of two up to a page that the device's size is a multiple of.
    block_bytes: u64,
    blocks: BTreeMap<u64, Block>,
}

impl World {
    /// Opens a device for writes through the page cache.
    #[must_use]
    pub fn buffered(&self, dev: DevNo) -> Buffered {
        let size = self.sectors(dev).saturating_mul(SECTOR);
        let mut block_bytes = SECTOR;
        while block_bytes < PAGE_SIZE as u64 && size & block_bytes == 0 {
            block_bytes *= 2;
        }
        Buffered { dev, block_bytes, blocks: BTreeMap::new() }
    }

    /// `write(2)` without `O_DIRECT`: bytes taken, short at the device's end and before a block that cannot be read. What a block holds
    /// beside the data is read first, once.
    ///
    /// # Errors
    /// ENOSPC beyond the device's end, what reading the first block ended with, and what a write-back in between does not come back from.
    pub fn write_buffered(&mut self, to: &mut Buffered, offset: u64, data: &[u8]) -> Result<u64, Failure> {
        let size = self.sectors(to.dev).saturating_mul(SECTOR);
        if !data.is_empty() && offset >= size {
            return Err(Errno::NoSpc.into());
        }
        let end = offset.saturating_add(data.len() as u64).min(size);
        let mut at = offset;
        while at < end {
            let (block, skip) = (at / to.block_bytes, at % to.block_bytes);
            let len = (to.block_bytes - skip).min(end - at);
            let source = usize::try_from(at - offset).ok().and_then(|from| data.get(from..)?.get(..usize::try_from(len).ok()?));
            let source = source.ok_or(Errno::Inval)?;
            if len == to.block_bytes {
                to.blocks.insert(block, Block { bytes: source.to_vec(), dirty: true });
            } else {
                if !to.blocks.contains_key(&block) {
                    let bytes = match self.read(to.dev, block * to.block_bytes, to.block_bytes, true) {
                        Ok(bytes) => bytes,
                        Err(Failure::Errno(_)) if at > offset => return Ok(at - offset),
                        Err(failure) => return Err(failure),
                    };
                    to.blocks.insert(block, Block { bytes, dirty: false });
                }
                let held = to.blocks.get_mut(&block).ok_or(Errno::Io)?;
                let from = usize::try_from(skip).map_err(|_| Errno::Inval)?;
                held.bytes.get_mut(from..from + source.len()).ok_or(Errno::Io)?.copy_from_slice(source);
                held.dirty = true;
            }
            at += len;
            if to.blocks.len() > BLOCKS_MAX {
                // An error of this is one that nobody waits for.
                self.write_back(to).or_else(Failure::unless_errno)?;
                to.blocks.retain(|kept, _| *kept == block);
            }
        }
        Ok(end - offset)
    }

    /// Sends what is dirty, all at once, and waits for it: what closing the device does, and `fsync(2)` before its flush.
    ///
    /// # Errors
    /// What the first block that failed ended with (closing a device does not tell), and what never comes back.
    pub fn write_back(&mut self, to: &mut Buffered) -> Result<(), Failure> {
        let sectors = to.block_bytes / SECTOR;
        let mut sent = Vec::new();
        let mut last: Option<Page> = None;
        for (block, held) in to.blocks.iter_mut().filter(|(_, held)| held.dirty) {
            held.dirty = false;
            let sector = block * sectors;
            let pages = if sectors * SECTOR == PAGE_SIZE as u64 {
                // Equal neighbours share one: a run remembers every page.
                let page =
                    last.take().filter(|page| page.bytes() == held.bytes.as_slice()).unwrap_or_else(|| Page::from_slice(&held.bytes));
                last = Some(page.clone());
                vec![page]
            } else {
                super::request::to_pages(sector, &held.bytes)
            };
            sent.push((*block, self.submit_pages(to.dev, BioOp::Write, sector, sectors, pages)));
        }
        let mut result = Ok(());
        for (block, id) in sent {
            match self.wait(id) {
                Ok(_) => {}
                Err(Failure::Errno(errno)) => {
                    self.buffer_io_error(to.dev, block, "lost async page write");
                    result = result.and(Err(errno));
                }
                Err(failure) => return Err(failure),
            }
        }
        self.run_due();
        Ok(result?)
    }

    /// `buffer_io_error`.
    pub(super) fn buffer_io_error(&mut self, dev: DevNo, block: u64, what: &str) {
        if self.machine.may_log("buffer_io_error") {
            self.machine.klog(format!("Buffer I/O error on dev {}, logical block {block}, {what}", super::names::kernel_name(dev)));
        }
    }
}
