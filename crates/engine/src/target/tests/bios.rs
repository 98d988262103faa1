//! What bios do: counters, mappings, data.

use super::rig::{FAST, FROZEN, Rig, SLOW};
use crate::errno::Errno;
use crate::target::env::BioOp;
use crate::target::mode::Mode;

const SECOND: u64 = 1_000_000_000;

#[test]
fn whole_block_writes_are_promoted_at_once_and_stay_dirty() {
    let mut rig = Rig::new();
    let mut cache = rig.up(FROZEN);
    for oblock in 0..4 {
        rig.write_block(&mut cache, oblock, 0x41).unwrap();
    }
    assert_eq!(
        cache.status_info(&mut rig, false, false),
        "8 7/1024 128 4/256 0 0 0 0 0 4 4 1 writeback 2 migration_threshold 0 smq 0 rw - "
    );
    for oblock in 0..4 {
        assert_eq!(rig.read_byte(&mut cache, oblock), 0x41);
        assert_eq!(rig.raw_byte(SLOW, oblock), 0);
    }
    assert_eq!(cache.mappings().collect::<Vec<_>>(), [(0, 0, true), (1, 1, true), (2, 2, true), (3, 3, true)]);
    assert_eq!(cache.stats().read_hits, 4);
    assert_eq!(cache.prison().cells().count(), 0);
}

#[test]
fn mappings_and_dirty_bits_outlive_suspension_and_the_table() {
    let mut rig = Rig::new();
    let mut old = rig.up(FROZEN);
    rig.write_block(&mut old, 7, 0x42).unwrap();
    rig.suspend(&mut old);
    old.dtr(&mut rig);
    let mut new = rig.up(FROZEN);
    assert_eq!(new.mappings().collect::<Vec<_>>(), [(0, 7, true)]);
    assert_eq!(rig.read_byte(&mut new, 7), 0x42);
}

#[test]
fn an_idle_origin_gets_the_dirty_blocks_back() {
    let mut rig = Rig::new();
    let mut cache = rig.up("meta fast slow 128 1 writeback smq 0");
    rig.write_block(&mut cache, 3, 0x43).unwrap();
    rig.advance(&mut cache, 5 * SECOND);
    assert_eq!(rig.raw_byte(SLOW, 3), 0x43);
    assert_eq!((cache.nr_dirty(), cache.stats().writebacks, rig.events_raised), (0, 1, 1));
    assert_eq!(cache.migrations().count(), 0);
}

#[test]
fn writethrough_writes_clean_blocks_to_both_devices() {
    let mut rig = Rig::new();
    let mut cache = rig.up("meta fast slow 128 1 writeback smq 0");
    rig.write_block(&mut cache, 3, 0x43).unwrap();
    rig.advance(&mut cache, 5 * SECOND);
    rig.suspend(&mut cache);
    cache.dtr(&mut rig);
    let mut cache = rig.up("meta fast slow 128 1 writethrough smq 0");
    rig.write_block(&mut cache, 3, 0x44).unwrap();
    assert_eq!((rig.raw_byte(FAST, 0), rig.raw_byte(SLOW, 3)), (0x44, 0x44));
    assert_eq!((cache.nr_dirty(), cache.stats().write_hits), (0, 1));

    rig.hw.disks.get_mut(&SLOW).unwrap().fail_range(0..262_144, false, true);
    assert_eq!(rig.write_block(&mut cache, 3, 0x45), Err(Errno::Io));
}

#[test]
fn a_passthrough_write_drops_the_block_behind_a_commit() {
    let mut rig = Rig::new();
    let mut cache = rig.up("meta fast slow 128 1 writeback smq 0");
    for oblock in 0..3 {
        rig.write_block(&mut cache, oblock, 0x41).unwrap();
    }
    rig.advance(&mut cache, 5 * SECOND);
    rig.suspend(&mut cache);
    cache.dtr(&mut rig);

    let mut cache = rig.up("meta fast slow 128 1 passthrough smq 2 migration_threshold 0");
    rig.write_block(&mut cache, 1, 0x42).unwrap();
    assert_eq!(rig.read_byte(&mut cache, 1), 0x42);
    assert_eq!(cache.mappings().map(|(cblock, ..)| cblock).collect::<Vec<_>>(), [0, 2]);
    assert_eq!((cache.stats().demotions, cache.stats().write_hits), (1, 1));
    assert_eq!(cache.message(&mut rig, &["invalidate_cblocks", "0", "1-3"]), Ok(None));
    assert_eq!(cache.policy().residency(), 0);
    assert_eq!(cache.message(&mut rig, &["invalidate_cblocks", "99999999999999999999"]), Err(Errno::Inval));
    assert_eq!(rig.hw.log.last().unwrap(), "device-mapper: cache: 253:0: begin cblock out of range: 1661992959 >= 256");
}

#[test]
fn passthrough_over_dirty_blocks_is_refused_at_resume() {
    let mut rig = Rig::new();
    let mut cache = rig.up(FROZEN);
    rig.write_block(&mut cache, 0, 0x41).unwrap();
    rig.suspend(&mut cache);
    cache.dtr(&mut rig);
    let mut cache = rig.ctr("meta fast slow 128 1 passthrough smq 0").unwrap();
    assert_eq!(cache.preresume(&mut rig), Err(Errno::Busy));
    assert_eq!(
        rig.hw.log,
        [
            "device-mapper: cache: 253:0: cannot enter passthrough mode unless all blocks are clean",
            "device-mapper: cache metadata: policy couldn't load cache block 0",
            "device-mapper: cache: 253:0: could not load cache mappings",
        ]
    );
    assert_eq!(cache.preresume(&mut rig), Err(Errno::Inval));
    assert_eq!(rig.hw.log.last().unwrap(), "device-mapper: cache: 253:0: unable to resume cache due to missing proper cache table reload");
}

#[test]
fn only_a_flush_or_fua_write_commits() {
    let mut rig = Rig::new();
    let mut cache = rig.up(FROZEN);
    rig.write_block(&mut cache, 0, 0x41).unwrap();
    rig.advance(&mut cache, 3 * SECOND);
    assert_eq!(cache.stats().commits, 0);
    rig.bio(&mut cache, BioOp::Flush, 0, 0, 0).1.unwrap();
    assert_eq!(cache.stats().commits, 1);
    rig.bio(&mut cache, BioOp::Flush, 0, 0, 0).1.unwrap();
    assert_eq!(cache.stats().commits, 1, "nothing changed");
    rig.write_block(&mut cache, 1, 0x41).unwrap();
    rig.bio_with(&mut cache, BioOp::Write, 0, 8, 0x42, true).1.unwrap();
    assert_eq!((cache.stats().commits, cache.stats().write_hits), (2, 1));
}

#[test]
fn a_discarded_block_is_promoted_by_a_partial_write() {
    let mut rig = Rig::new();
    let mut cache = rig.up(FROZEN);
    rig.bio(&mut cache, BioOp::Discard, 200 * 128 + 8, 4 * 128, 0).1.unwrap();
    assert_eq!(cache.discards().ones().collect::<Vec<_>>(), [201, 202, 203]);
    rig.bio(&mut cache, BioOp::Write, 202 * 128 + 16, 8, 0x41).1.unwrap();
    assert_eq!((cache.stats().promotions, cache.nr_dirty()), (1, 1));
    assert_eq!(cache.discards().ones().collect::<Vec<_>>(), [201, 203]);
}

#[test]
fn a_commit_that_fails_makes_the_cache_read_only() {
    let mut rig = Rig::new();
    let mut cache = rig.up(FROZEN);
    rig.write_block(&mut cache, 0, 0x41).unwrap();
    // Everything but the superblock.
    rig.hw.disks.get_mut(&super::rig::META).unwrap().fail_range(8..8192, false, true);
    assert_eq!(rig.bio(&mut cache, BioOp::Flush, 0, 0, 0).1, Err(Errno::Io));
    assert_eq!(
        rig.hw.log,
        [
            "device-mapper: cache: 253:0: metadata operation 'dm_cache_commit' failed: error = -5",
            "device-mapper: cache: 253:0: aborting current metadata transaction",
            "device-mapper: cache: 253:0: switching cache to read-only mode",
        ]
    );
    assert_eq!(cache.mode(), Mode::ReadOnly);
    assert!(rig.status(&mut cache).ends_with(" ro needs_check "));
    rig.write_block(&mut cache, 0, 0x42).unwrap();
    assert_eq!(rig.write_block(&mut cache, 30, 0x42), Err(Errno::Io));
    assert_eq!(cache.message(&mut rig, &["migration_threshold", "1"]), Err(Errno::OpNotSupp));
}

#[test]
fn the_tail_beyond_the_last_whole_block_goes_to_the_origin() {
    let mut rig = Rig::new();
    let words: Vec<&str> = FROZEN.split(' ').collect();
    let mut cache = crate::target::Cache::ctr(&mut rig, 1, super::rig::MD, 100, &words, &|name| {
        Ok(match name {
            "meta" => super::rig::META,
            "fast" => FAST,
            _ => SLOW,
        })
    })
    .unwrap();
    cache.preresume(&mut rig).unwrap();
    cache.resume(&mut rig);
    rig.bio(&mut cache, BioOp::Write, 0, 8, 0x41).1.unwrap();
    assert_eq!(rig.raw_byte(SLOW, 0), 0x41);
    assert_eq!(cache.stats(), Default::default());
}
