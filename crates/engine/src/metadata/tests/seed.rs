//! The bug of commit 9b1cc9f251af: the same commands with and without sharing, byte for byte as recorded.

use super::*;

/// A metadata device with 4 dirty blocks committed, a second table loaded, 4 more committed through the first, suspended.
fn until_suspended(version: u32, sharing: bool, case: &str) -> (Bench, ObjectId, ObjectId) {
    let mut bench = Bench::new(Kernel::V6_1, sharing);
    let a = bench.open(1, version).unwrap();
    bench.with(a, |o, host| {
        o.resize(host, 256).unwrap();
        for c in 0..4 {
            o.insert_mapping(host, c, u64::from(c)).unwrap();
        }
        o.commit(host, false).unwrap();
    });
    assert_image_is_linuxs(&bench, &format!("{case}/v{version}-1a-before"));
    let b = bench.open(2, version).unwrap();
    bench.with(a, |o, host| {
        for c in 0..4 {
            o.insert_mapping(host, 4 + c, 50 + u64::from(c)).unwrap();
        }
        o.commit(host, false).unwrap();
    });
    let all: Vec<u32> = (0..8).collect();
    bench.sync(a, RECORDED, &all, &all);
    assert_image_is_linuxs(&bench, &format!("{case}/v{version}-1d-suspended"));
    (bench, a, b)
}

#[test]
fn shared_the_second_table_sees_every_mapping() {
    for version in [1, 2] {
        let (mut bench, a, b) = until_suspended(version, true, "03c-seed-frozen");
        assert_eq!(a, b);
        bench.with(b, |o, host| o.resize(host, 256)).unwrap();
        let loaded = bench.load(b).unwrap();
        assert_eq!(by_cblock(&loaded), (0..4).map(|c| (c, u64::from(c))).chain((4..8).map(|c| (c, 46 + u64::from(c)))).collect());
        assert!(loaded.iter().all(|m| m.hint_valid && m.hint == 63));
        bench.close(1, a);
        assert_image_is_linuxs(&bench, &format!("03c-seed-frozen/v{version}-1e-swapped"));
        bench.with(b, |o, host| o.commit(host, false)).unwrap();
        assert_image_is_linuxs(&bench, &format!("03c-seed-frozen/v{version}-1f-swapped-committed"));
    }
}

#[test]
fn unshared_the_second_table_forgets_what_was_committed_after_its_load() {
    for version in [1, 2] {
        let (mut bench, a, b) = until_suspended(version, false, "03e-alias-frozen");
        assert_ne!(a, b);
        bench.with(b, |o, host| o.resize(host, 256)).unwrap();
        let loaded = bench.load(b).unwrap();
        assert_eq!(by_cblock(&loaded), (0..4).map(|c| (c, u64::from(c))).collect(), "50..53 are lost");
        assert!(loaded.iter().all(|m| m.dirty), "opened unclean");
        bench.close(1, a);
        assert_image_is_linuxs(&bench, &format!("03e-alias-frozen/v{version}-1e-swapped"));
        bench.with(b, |o, host| o.commit(host, false)).unwrap();
        assert_image_is_linuxs(&bench, &format!("03e-alias-frozen/v{version}-1f-committed"));
        assert_eq!(bench.take_log(), Vec::<String>::new(), "nothing notices");
    }
}

#[test]
fn opened_unclean_is_remembered_until_the_last_reference_goes() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    bench.with(a, |o, host| {
        o.resize(host, 256).unwrap();
        o.insert_mapping(host, 0, 9).unwrap();
        o.commit(host, false).unwrap();
    });
    bench.close(1, a);
    let a = bench.open(1, 1).unwrap();
    bench.sync(a, RECORDED, &[], &[0]);
    let b = bench.open(2, 1).unwrap();
    assert!(bench.load(b).unwrap()[0].dirty, "everything is dirty again");
    bench.close(1, a);
    bench.close(2, b);
    let c = bench.open(3, 1).unwrap();
    assert!(!bench.load(c).unwrap()[0].dirty);
}
