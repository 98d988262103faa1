//! Workloads through the whole stack (request, mapped device, cache target, policy, disks), the same natively and in wasm.
//!
//! Each workload is a function of a count and returns a digest of what it did, so that nothing can be optimised away
//! and both platforms can be seen to have done the same.

pub mod seek;

use dm_cache_engine::device::{DevNo, Page};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::target::env::BioOp;
use dm_cache_engine::world::World;
use dm_cache_lab::shell;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const BLOCK_SECTORS: u64 = 128;

/// A machine with one cache of `cblocks` blocks over an origin four times as large.
#[must_use]
pub fn machine(cblocks: u64, record: bool) -> Option<(World, DevNo)> {
    let mut world = World::new(Kernel::default(), true);
    world.record(record);
    let origin = cblocks * 4 * BLOCK_SECTORS;
    world.add_disk("meta", 8 * (1024 + cblocks / 64));
    world.add_disk("fast", cblocks * BLOCK_SECTORS);
    world.add_disk("slow", origin);
    let table = format!("0 {origin} cache /dev/meta /dev/fast /dev/slow {BLOCK_SECTORS} 1 writeback smq 2 migration_threshold 0");
    let out = shell::type_in(&mut world, &format!("dmsetup create c --table '{table}'"));
    let dev = world.lookup_dev("/dev/mapper/c").ok()?;
    (out.rc == 0).then_some((world, dev))
}

fn whole_block(byte: u8) -> Vec<Page> {
    vec![Page::filled(byte); 16]
}

fn request(world: &mut World, dev: DevNo, op: BioOp, sector: u64, sectors: u64, pages: Vec<Page>) -> u64 {
    match world.request(dev, op, sector, sectors, pages) {
        Ok(pages) => pages.first().map_or(1, |p| u64::from(p.bytes()[0]) + 1),
        Err(_) => 0,
    }
}

/// Promotes `blocks` blocks by whole-block writes.
pub fn fill(world: &mut World, dev: DevNo, blocks: u64) -> u64 {
    (0..blocks).map(|b| request(world, dev, BioOp::Write, b * BLOCK_SECTORS, BLOCK_SECTORS, whole_block(7))).sum()
}

/// 4 KiB requests to blocks that are cached, half of them writes.
pub fn hits(world: &mut World, dev: DevNo, blocks: u64, ops: u64) -> u64 {
    let page = Page::filled(9);
    let mut digest = 0u64;
    for n in 0..ops {
        let sector = (n.wrapping_mul(0x9E37_79B9) % blocks) * BLOCK_SECTORS + 8 * (n % 16);
        let got = if n % 2 == 0 {
            request(world, dev, BioOp::Read, sector, 8, Vec::new())
        } else {
            request(world, dev, BioOp::Write, sector, 8, vec![page.clone()])
        };
        digest = digest.wrapping_mul(31).wrapping_add(got);
    }
    digest
}

/// 4 KiB requests over the whole origin, popularity by a zipf-like law, all choices from one seed.
pub fn zipf(world: &mut World, dev: DevNo, cblocks: u64, ops: u64) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut digest, origin) = (0u64, cblocks * 4);
    for n in 0..ops {
        // The product of two even choices favours low numbers; integers only, so that platforms agree.
        let block = (rng.next_u64() % origin) * (rng.next_u64() % origin) / origin;
        let sector = block * BLOCK_SECTORS + 8 * (n % 16);
        let got = if rng.next_u64() % 10 < 7 {
            request(world, dev, BioOp::Read, sector, 8, Vec::new())
        } else {
            request(world, dev, BioOp::Write, sector, 8, vec![Page::filled(3)])
        };
        digest = digest.wrapping_mul(31).wrapping_add(got);
    }
    digest
}

/// The workloads by number: 0 hits, 1 promotions, 2 zipf, 3 hits with events recorded. `ops` requests each; a digest comes back.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
#[must_use]
pub fn workload(which: u32, ops: u32) -> u64 {
    let (cblocks, ops) = (8192, u64::from(ops));
    let Some((mut world, dev)) = machine(cblocks, which == 3) else { return 0 };
    match which {
        1 => fill(&mut world, dev, ops.min(cblocks)),
        2 => zipf(&mut world, dev, cblocks, ops),
        _ => {
            fill(&mut world, dev, 4096);
            hits(&mut world, dev, 4096, ops)
        }
    }
}
