//! A live cache table is reloaded, once with one metadata object per device and once, as before 2015, with one per table.
//!
//! `cargo run -p dm-cache-engine --example lose_four_blocks`
#![allow(clippy::print_stdout, reason = "an example")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::{SuspendFlags, TargetSpec};
use dm_cache_engine::world::{Failure, World};

const BLOCK_BYTES: u64 = 128 * 512;

fn main() -> Result<(), Failure> {
    for sharing in [false, true] {
        println!("sharing {}: {} blocks lost", if sharing { "on" } else { "off" }, reload_while_live(sharing)?.len());
    }
    Ok(())
}

/// The cache blocks whose acknowledged content is gone after the reload.
fn reload_while_live(sharing: bool) -> Result<Vec<u64>, Failure> {
    let mut world = World::new(Kernel::V6_1, sharing);
    for (name, mib) in [("meta", 4), ("fast", 16), ("slow", 128)] {
        world.add_disk(name, mib << 11);
    }
    let line = "0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0";
    let table: Vec<TargetSpec> = TargetSpec::parse(line).into_iter().collect();

    let dev = world.dev_create("c", "", None)?;
    world.table_load("c", &table, false)?;
    world.dev_resume("c", SuspendFlags::default())?;

    // The second table is loaded into the inactive slot; the first one goes on.
    world.table_load("c", &table, false)?;
    for block in 50..54 {
        world.write(dev, block * BLOCK_BYTES, &vec![b'B'; BLOCK_BYTES as usize], true)?;
    }
    world.settle();
    world.dev_suspend("c", SuspendFlags::default())?;
    world.dev_resume("c", SuspendFlags::default())?;

    let pages_per_block = BLOCK_BYTES / 4096;
    let mut lost: Vec<u64> = world.lost_pages("c").into_iter().map(|page| page / pages_per_block).collect();
    lost.dedup();
    Ok(lost)
}
