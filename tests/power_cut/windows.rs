//! Defects of Linux, with sharing on: these must lose, as the real kernel does.

use super::bench::{BLOCK, machine, sh};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::world::World;

const CREATE: &str =
    "dmsetup create c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback smq 2 migration_threshold 0'";

fn created() -> (World, DevNo) {
    let (mut w, _) = machine(64, true);
    sh(&mut w, CREATE);
    let c = w.lookup_dev("/dev/mapper/c").unwrap();
    (w, c)
}

fn write(w: &mut World, dev: DevNo, block: u64, byte: u8, fsync: bool) {
    w.write(dev, block * BLOCK, &vec![byte; BLOCK as usize], fsync).unwrap();
}

fn first_byte(w: &mut World, path: &str, block: u64) -> u8 {
    let dev = w.lookup_dev(path).unwrap();
    w.read(dev, block * BLOCK, 512, true).unwrap()[0]
}

/// Words of the status line: `hits` is read hits, `dirty` the number of dirty blocks.
fn status(w: &mut World, what: &str) -> String {
    let line = sh(w, "dmsetup status --noflush c");
    let at = match what {
        "hits" => 7,
        "dirty" => 13,
        _ => unreachable!(),
    };
    line.split(' ').nth(at).unwrap().to_owned()
}

/// 10-windows, 1: the new table counts from what was saved before its load.
#[test]
fn defect_of_linux_hits_counted_since_the_load_are_forgotten_at_the_swap() {
    let (mut w, c) = created();
    write(&mut w, c, 0, 1, true);
    for _ in 0..4 {
        first_byte(&mut w, "/dev/mapper/c", 0);
    }
    sh(&mut w, &CREATE.replace("create", "reload"));
    for _ in 0..4 {
        first_byte(&mut w, "/dev/mapper/c", 0);
    }
    assert_eq!(status(&mut w, "hits"), "8");
    sh(&mut w, "dmsetup suspend c; dmsetup resume c");
    assert_eq!(status(&mut w, "hits"), "0");
}

/// A cache that is clean and says so on disk; then its table is suspended and resumed, or loaded again.
fn cleaned(again: &str) -> (World, DevNo) {
    let (mut w, c) = created();
    write(&mut w, c, 0, 1, true);
    sh(&mut w, "dmsetup message c 0 migration_threshold 204800");
    w.settle();
    assert_eq!(status(&mut w, "dirty"), "0");
    sh(&mut w, "dmsetup message c 0 migration_threshold 0");
    sh(&mut w, again);
    (w, c)
}

/// After a cut: how many blocks are dirty, and what the origin holds once the cleaner is done and the cache is gone.
fn detach(w: &mut World) -> (String, u8) {
    w.power_cut(&|_, _| true);
    sh(w, CREATE);
    let dirty = status(w, "dirty");
    assert_eq!(first_byte(w, "/dev/mapper/c", 0), 2, "through the cache it still reads");
    sh(
        w,
        "dmsetup reload c --table '0 32768 cache /dev/d/meta /dev/d/cache /dev/d/origin 128 1 writeback cleaner 2 migration_threshold 204800'",
    );
    sh(w, "dmsetup resume c");
    w.settle();
    sh(w, "dmsetup remove c");
    (dirty, first_byte(w, "/dev/d/origin", 0))
}

/// 10-windows, 2: an overwrite of a cached block marks nothing changed, so the disk goes on saying clean.
#[test]
fn defect_of_linux_the_clean_flag_outlives_a_suspend_and_an_fsynced_write_is_lost() {
    let (mut w, c) = cleaned("dmsetup suspend c; dmsetup resume c");
    write(&mut w, c, 0, 2, true);
    assert_eq!(detach(&mut w), (String::from("0"), 1), "the origin has the old data");
}

/// The same with a reload instead: that marks the transaction changed, and the next flush clears the flag.
#[test]
fn a_reload_closes_the_window_of_the_clean_flag() {
    let (mut w, c) = cleaned(&format!("dmsetup suspend c; {}; dmsetup resume c", CREATE.replace("create", "reload")));
    write(&mut w, c, 0, 2, true);
    assert_eq!(detach(&mut w), (String::from("1"), 2));
}

/// What block 0 reads after a cut right after the first superblock write of an fsync: 7 was fsynced before there was
/// a cache, 9 is the write under way. `cache_keeps`: the cache device's own volatile cache is not lost.
fn cut_between_commit_and_flush(cache_keeps: bool) -> u8 {
    let (mut w, meta) = machine(64, true);
    let (cache, origin) = (w.lookup_dev("/dev/d/cache").unwrap(), w.lookup_dev("/dev/d/origin").unwrap());
    write(&mut w, origin, 0, 7, true);
    sh(&mut w, CREATE);
    let c = w.lookup_dev("/dev/mapper/c").unwrap();
    write(&mut w, c, 0, 9, false);
    w.watch_writes(Some(meta));
    w.fsync(c).unwrap();
    let moments = w.take_moments();
    let superblock = |m: &dm_cache_engine::world::Moment| m.disk(meta).unwrap().unflushed().last().is_some_and(|u| u.page_no == 0);
    let committed = moments.iter().find(|m| superblock(m)).expect("the commit writes the superblock");
    w.watch_writes(None);
    w.power_cut_at(committed, &|dev, _| if dev == cache && !cache_keeps { 0 } else { 0xff });
    sh(&mut w, CREATE);
    first_byte(&mut w, "/dev/mapper/c", 0)
}

/// The flush reaches the cache device only after the metadata commit: a mapping over data that never arrived.
#[test]
fn defect_of_linux_a_committed_mapping_may_stand_over_data_that_never_arrived() {
    assert_eq!(cut_between_commit_and_flush(true), 9);
    assert_eq!(cut_between_commit_and_flush(false), 0, "neither what was fsynced before nor what was being written");
}
