//! Abort, fail mode and NEEDS_CHECK.

use super::*;
use superblock::NEEDS_CHECK;

fn committed() -> (Bench, ObjectId) {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 1).unwrap();
    bench.with(id, |o, host| {
        o.resize(host, 256).unwrap();
        o.commit(host, false).unwrap();
    });
    (bench, id)
}

#[test]
fn abort_rebuilds_the_space_map_but_keeps_uncommitted_roots() {
    let (mut bench, id) = committed();
    let before = bench.object(id).fields();
    let client = bench.object(id).bm().unwrap().client_id();
    bench.with(id, |o, host| {
        o.insert_mapping(host, 0, 5).unwrap();
        o.abort(host).unwrap();
    });
    let after = bench.object(id).fields();
    assert_ne!(bench.object(id).bm().unwrap().client_id(), client);
    assert_eq!(after.sm_nr_allocated, before.sm_nr_allocated);
    assert_ne!(after.mapping_root, before.mapping_root, "the object is inconsistent from here on");
    assert!(after.changed);
    assert_eq!(bench.superblock().mapping_root, before.mapping_root);
}

#[test]
fn needs_check_set_after_an_abort_stays_in_the_buffer_until_a_flush_or_the_end() {
    let (mut bench, id) = committed();
    bench.with(id, |o, host| {
        o.abort(host).unwrap();
        o.set_needs_check(host).unwrap();
        o.set_read_only(host);
    });
    assert_eq!(bench.object(id).needs_check(), Ok(true));
    assert_eq!(bench.superblock().flags & NEEDS_CHECK, 0);
    bench.close(1, id);
    assert_eq!(bench.superblock().flags & NEEDS_CHECK, NEEDS_CHECK, "destroying the buffer cache writes it");
}

#[test]
fn needs_check_set_before_an_abort_is_on_disk_but_not_in_the_new_buffer() {
    let (mut bench, id) = committed();
    bench.with(id, |o, host| {
        o.set_needs_check(host).unwrap();
        o.abort(host).unwrap();
    });
    assert_eq!(bench.superblock().flags & NEEDS_CHECK, NEEDS_CHECK, "the old buffer cache wrote it");
    let stale = bench.object(id).bm().unwrap().client().buffer(0).unwrap().page.clone();
    assert_eq!(superblock::Superblock::decode(stale.bytes()).flags & NEEDS_CHECK, 0, "the new one had read block 0 before");
}

#[test]
fn a_failed_abort_is_final() {
    let (mut bench, id) = committed();
    bench.host.disks.get_mut(&bench.dev).unwrap().fail_range(0..SECTORS_4M, true, true);
    assert_eq!(bench.with(id, |o, host| o.abort(host)), Err(Errno::Io));
    bench.host.disks.get_mut(&bench.dev).unwrap().clear_failures();
    bench.with(id, |o, host| {
        assert_eq!(o.abort(host), Err(Errno::Inval));
        assert_eq!(o.size(), Err(Errno::Inval));
        assert_eq!(o.needs_check(), Err(Errno::Inval));
        assert_eq!(o.get_free_metadata_block_count(), Err(Errno::Inval));
        assert_eq!(o.get_stats(), None);
        assert_eq!(o.commit(host, true), Err(Errno::Inval));
    });
    assert!(bench.object(id).fields().fail_io);
    assert_eq!(bench.open(2, 1), Ok(id), "a new table attaches to the dead object");
    bench.close(1, id);
    bench.close(2, id);
    assert_eq!(bench.registry.objects().count(), 0);
}

#[test]
fn abort_is_refused_on_a_read_only_object() {
    let (mut bench, id) = committed();
    let client = bench.object(id).bm().unwrap().client_id();
    bench.with(id, |o, host| {
        o.set_read_only(host);
        assert_eq!(o.abort(host), Err(Errno::Inval));
    });
    assert_eq!(bench.object(id).bm().unwrap().client_id(), client);
}

#[test]
fn a_commit_whose_writes_fail_reports_it_and_leaves_the_old_superblock() {
    let (mut bench, id) = committed();
    let before = bench.superblock();
    bench.host.disks.get_mut(&bench.dev).unwrap().fail_range(8..SECTORS_4M, false, true);
    bench.with(id, |o, host| {
        o.insert_mapping(host, 0, 5).unwrap();
        assert_eq!(o.commit(host, false), Err(Errno::Io));
    });
    assert_eq!(bench.superblock(), before);
}

#[test]
fn shrinking_over_a_dirty_block_is_refused_in_linuxs_words() {
    for (version, words) in [(1, "cache block 200 is dirty"), (2, "blocks_are_clean_separate_dirty: cache block 200 is dirty")] {
        let mut bench = Bench::new(Kernel::V6_1, true);
        let id = bench.open(1, version).unwrap();
        bench.with(id, |o, host| {
            o.resize(host, 256).unwrap();
            o.insert_mapping(host, 200, 5).unwrap();
            o.set_dirty_bits(host, 256, &|c| c == 200).unwrap();
            assert_eq!(o.resize(host, 128), Err(Errno::Inval));
            assert_eq!(o.metadata_all_clean(host), Ok(false));
            o.set_dirty_bits(host, 256, &|_| false).unwrap();
            assert_eq!(o.metadata_all_clean(host), Ok(true));
            assert_eq!(o.resize(host, 128), Ok(()));
        });
        let log = bench.take_log();
        assert_eq!(log[0], format!("device-mapper: cache metadata: {words}"));
        assert_eq!(log[1], "device-mapper: cache metadata: unable to shrink cache due to dirty blocks");
    }
}

#[test]
fn dirty_bits_of_the_wrong_number() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 2).unwrap();
    assert_eq!(bench.with(id, |o, host| o.set_dirty_bits(host, 5, &|_| false)), Err(Errno::Inval));
    assert_eq!(bench.take_log(), ["device-mapper: cache metadata: dirty bitset is wrong size"]);
    let (mut bench, id) = committed();
    assert_eq!(bench.with(id, |o, host| o.set_dirty_bits(host, 257, &|_| false)), Err(Errno::NoData), "two tables of two sizes");
}
