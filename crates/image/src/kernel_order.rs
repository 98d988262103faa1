//! Restoring in the kernel's order: by the engine itself, which does what Linux does to a new cache.
//!
//! Format, first resume (grow, commit), one mapping after the other, suspend (dirty bits, hints, clean commit). This and
//! [`super::activate`] are the places in this crate that use the engine; checks and dumps never do.

use super::format::{M_DIRTY, M_VALID, le32, le64};
use super::restore::{Content, Options, RestoreError, Sink};
use dm_cache_engine::device::MemHost;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::metadata::{OpenArgs, PolicyIdentity, Registry};

const US: dm_cache_engine::event::CacheId = 1;
/// Version of every policy in Linux since smq.
pub(super) const POLICY_VERSION: [u32; 3] = [2, 0, 0];

pub(super) fn restore<S: Sink + ?Sized>(c: &Content, out: &mut S, options: &Options) -> Result<(), RestoreError> {
    if c.header.hint_width != 4 {
        return Err(RestoreError::KernelHints(c.header.hint_width));
    }
    let sectors = out.nr_blocks() * u64::from(super::format::BLOCK_SECTORS);
    let (mut host, dev) = MemHost::with_disk(sectors);
    fill(&mut host, dev, c, options).map_err(|errno| {
        let log = host.log.last().map_or_else(String::new, |line| format!(": {line}"));
        RestoreError::Engine(format!("{errno}{log}"))
    })?;
    let Some(disk) = host.disk(dev) else { return Ok(()) };
    super::restore::unmake_superblock(out)?;
    for (at, page) in disk.pages().filter(|p| p.0 != 0) {
        out.write(at, page.bytes()).map_err(RestoreError::Write)?;
    }
    super::restore::write_superblock(out, disk.peek(0).bytes())
}

fn fill(host: &mut MemHost, dev: dm_cache_engine::device::DevNo, c: &Content, options: &Options) -> Result<(), Errno> {
    let h = &c.header;
    let mut registry = Registry::new(true);
    let args = OpenArgs { data_block_size: h.block_size.into(), may_format: true, policy_hint_size: 4, version: options.version };
    let id = registry.open(host, US, dev, args)?;
    let object = registry.object_mut(id).ok_or(Errno::Inval)?;
    object.resize(host, h.cache_blocks)?;
    object.commit(host, false)?;
    for (cblock, entry) in (0..).zip(c.mappings.chunks_exact(8)) {
        let entry = le64(entry, 0);
        if entry & M_VALID != 0 {
            object.insert_mapping(host, cblock, entry >> 16)?;
        }
    }
    let entry = |cblock: u32| le64(&c.mappings, cblock as usize * 8);
    object.set_dirty_bits(host, h.cache_blocks, &|cblock| match options.version {
        2 => entry(cblock) & M_VALID != 0 && c.dirty.get(cblock as usize / 8).is_some_and(|b| b >> (cblock % 8) & 1 != 0),
        _ => entry(cblock) & M_DIRTY != 0,
    })?;
    let name = super::format::until_nul(&h.policy);
    if !name.is_empty() {
        let policy = PolicyIdentity { name, version: POLICY_VERSION, hint_size: 4 };
        object.write_hints(host, &policy, &mut |cblock| le32(&c.hints, cblock as usize * 4))?;
    }
    object.commit(host, !options.omit_clean_shutdown)?;
    registry.close(host, US, id);
    Ok(())
}
