//! Disks that are not ideal: slow ones, and one that lies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::scenarios::{complaints, run};

const CACHE: &str = "0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback";

/// A cache with 64 dirty blocks of 64 KiB, flushed by the cleaner to an origin of that speed.
fn flushed(speed: &str, after: &str) -> Vec<String> {
    let script = format!(
        "dm-cache-lab 1\n# A flush\ndisk meta 4M\ndisk fast 64M\ndisk slow 128M {speed}\n\n\
         $ dmsetup create c --table '{CACHE} smq 2 migration_threshold 204800'\nwrite c 0..63 A\nexpect status c dirty 64\n\
         $ dmsetup suspend c\n$ dmsetup load c --table '{CACHE} cleaner 0'\n$ dmsetup resume c\nsettle\nexpect rc 0\n\
         expect output \"{after}\"\nexpect status c dirty 0\n"
    );
    complaints(&run("flush", &script))
}

#[test]
fn a_flush_takes_as_long_as_the_origin_takes_for_its_writes() {
    // 64 blocks of 64 KiB are 4 MiB; the cache device takes 92 µs for the first read.
    assert_eq!(flushed("write 4M/s", "the last request was done after 1.000 s"), Vec::<String>::new());
    assert_eq!(flushed("write 1M/s", "the last request was done after 4.000 s"), Vec::<String>::new());
    // The policy's order is not the disk's: 57 of the 64 writes are a seek away from the one before.
    assert_eq!(flushed("write 4M/s seek 8ms", "the last request was done after 1.456 s"), Vec::<String>::new());
    // Reading is not what takes time here.
    assert_eq!(flushed("read 1K/s write 4M/s", "the last request was done after 1.000 s"), Vec::<String>::new());
}

#[test]
fn a_request_that_takes_longer_than_the_workers_rounds_is_waited_for() {
    let script = "dm-cache-lab 1\n# Slow\ndisk meta 4M\ndisk fast 64M\ndisk slow 128M write 1K/s\n\n\
         $ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 passthrough smq 0'\n\
         write c 0 A\nsettle\nexpect read c 0 A\n";
    assert_eq!(complaints(&run("slow", script)), Vec::<String>::new());
}

#[test]
fn a_script_with_such_disks_is_not_exported() {
    for (disk, why) in [("hdd", "as fast as they are"), ("lies", "known to lie")] {
        let script = dm_cache_lab::scenario::parse("t", &format!("# T\ndisk slow 1M {disk}\n$ blockdev --getsz /dev/slow\n")).unwrap();
        let refused = dm_cache_lab::scenario::shell_script::export("t", &script).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
