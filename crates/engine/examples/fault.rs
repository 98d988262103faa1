//! A fault of your own: sectors of the metadata device fail to be written. What the target does is what Linux does.
//!
//! `cargo run -p dm-cache-engine --example fault`
#![allow(clippy::print_stdout, reason = "an example")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::{StatusKind, SuspendFlags, TargetSpec};
use dm_cache_engine::world::{Failure, World};

fn main() -> Result<(), Failure> {
    let mut world = World::new(Kernel::V6_1, true);
    let meta = world.add_disk("meta", 4 << 11);
    world.add_disk("fast", 16 << 11);
    world.add_disk("slow", 128 << 11);
    let line = "0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0";
    let table: Vec<TargetSpec> = TargetSpec::parse(line).into_iter().collect();
    let dev = world.dev_create("c", "", None)?;
    world.table_load("c", &table, false)?;
    world.dev_resume("c", SuspendFlags::default())?;

    // From here on no sector of the superblock can be written.
    world.fail_device(meta, 0..8, false, true)?;
    let wrote = world.write(dev, 0, &[0x41; 4096], true);
    println!("write: {wrote:?}");
    for target in world.table_status("c", false, StatusKind::Info, true)? {
        println!("status: {}", target.status);
    }
    for line in world.klog() {
        println!("{line}");
    }
    Ok(())
}
