//! The machine as a whole.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::event::{Event, Slot};
use crate::mapper::{StatusKind, SuspendFlags, TargetSpec};

const CACHE: &str = "0 262144 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback smq 2 migration_threshold 0";
const BLOCK: u64 = 65536;

fn machine(sharing: bool) -> World {
    let mut w = World::new(Kernel::V6_1, sharing);
    w.add_disk("meta", 8192);
    w.add_disk("cache", 32768);
    w.add_disk("origin", 262_144);
    w
}

fn specs(table: &str) -> Vec<TargetSpec> {
    table.lines().map(|l| TargetSpec::parse(l).unwrap()).collect()
}

fn load(w: &mut World, name: &str, table: &str) -> Result<(), Failure> {
    w.table_load(name, &specs(table), false)
}

fn resume(w: &mut World, name: &str) {
    w.dev_resume(name, SuspendFlags::default()).unwrap();
}

fn create(w: &mut World, name: &str, table: &str) -> DevNo {
    let dev = w.dev_create(name, "", None).unwrap();
    load(w, name, table).unwrap();
    resume(w, name);
    dev
}

fn write_blocks(w: &mut World, dev: DevNo, blocks: std::ops::Range<u64>, byte: u8) {
    for block in blocks {
        assert_eq!(w.write(dev, block * BLOCK, &vec![byte; BLOCK as usize], true, false), Ok(BLOCK));
    }
}

fn first_byte(w: &mut World, dev: DevNo, block: u64) -> u8 {
    w.read(dev, block * BLOCK, 4096, true).unwrap()[0]
}

fn status(w: &mut World, name: &str, noflush: bool) -> String {
    let s = w.table_status(name, false, StatusKind::Info, noflush).unwrap();
    s.iter().map(|t| format!("{} {} {} {}", t.start, t.len, t.kind, t.status)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_fresh_cache_looks_like_the_recorded_one() {
    let mut w = machine(true);
    let c = create(&mut w, "c", CACHE);
    assert_eq!(status(&mut w, "c", true), "0 262144 cache 8 9/1024 128 0/256 0 0 0 0 0 0 0 1 writeback 2 migration_threshold 0 smq 0 rw - ");
    write_blocks(&mut w, c, 0..4, 0x41);
    assert_eq!(status(&mut w, "c", false), "0 262144 cache 8 7/1024 128 4/256 0 0 0 0 0 4 4 1 writeback 2 migration_threshold 0 smq 0 rw - ");
    assert_eq!(w.klog().count(), 0);
}

/// 03c and 03e: four blocks, a status that commits, a load, four more, the swap.
fn seed(w: &mut World) -> DevNo {
    let c = create(w, "c", CACHE);
    write_blocks(w, c, 0..4, 0x41);
    status(w, "c", false);
    load(w, "c", CACHE).unwrap();
    write_blocks(w, c, 50..54, 0x42);
    status(w, "c", false);
    w.dev_suspend("c", SuspendFlags::default()).unwrap();
    resume(w, "c");
    c
}

#[test]
fn shared_metadata_carries_over_a_swap() {
    let mut w = machine(true);
    let c = seed(&mut w);
    assert_eq!(status(&mut w, "c", true), "0 262144 cache 8 10/1024 128 8/256 0 0 0 0 0 0 8 1 writeback 2 migration_threshold 0 smq 0 rw - ");
    assert_eq!(first_byte(&mut w, c, 50), 0x42);
    assert!(w.lost_pages("c").is_empty());
}

#[test]
fn unshared_metadata_loses_what_was_written_after_the_load() {
    let mut w = machine(false);
    let c = seed(&mut w);
    let lost: std::collections::BTreeSet<u64> = w.lost_pages("c").into_iter().map(|p| p / 16).collect();
    assert_eq!(lost.into_iter().collect::<Vec<_>>(), [50, 51, 52, 53]);
    assert_eq!(first_byte(&mut w, c, 50), 0);
    assert_eq!(first_byte(&mut w, c, 0), 0x41);
}
