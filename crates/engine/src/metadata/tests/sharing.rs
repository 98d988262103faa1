//! The registry run to the end: one object per device with sharing, one per open without.

use super::*;
use crate::event::Event;

#[test]
fn a_second_open_shares_the_object_and_does_no_io() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    bench.host.listen = true;
    assert_eq!(bench.open(2, 2), Ok(a));
    assert!(!bench.host.events.iter().any(|e| matches!(e, Event::DiskRead { .. } | Event::DiskWrite { .. } | Event::DiskFlush { .. })));
    assert_eq!((bench.object(a).ref_count(), bench.object(a).holders()), (2, &[1, 2][..]));
    bench.close(1, a);
    assert_eq!(bench.object(a).holders(), [2]);
    assert_eq!(bench.registry.list().collect::<Vec<_>>(), [a]);
    bench.close(2, a);
    assert_eq!((bench.registry.objects().count(), bench.registry.list().count()), (0, 0));
    assert_eq!(bench.registry.defects().count(), 0);
}

#[test]
fn without_sharing_every_open_makes_an_object_and_nothing_is_listed() {
    let mut bench = Bench::new(Kernel::V6_1, false);
    let (a, b) = (bench.open(1, 1).unwrap(), bench.open(2, 1).unwrap());
    assert_ne!(a, b);
    assert_eq!((bench.registry.objects().count(), bench.registry.list().count()), (2, 0));
    bench.close(1, a);
    assert!(bench.registry.object(b).is_some());
    bench.close(2, b);
    assert_eq!(bench.registry.objects().count(), 0);
}

#[test]
fn another_block_size_on_a_shared_object_is_refused_and_the_reference_given_back() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    assert_eq!(bench.registry.open(&mut bench.host, 2, bench.dev, OpenArgs { data_block_size: 256, ..ARGS }), Err(Errno::Inval));
    assert_eq!(bench.object(a).holders(), [1]);
    assert_eq!(bench.take_log(), ["device-mapper: cache metadata: data_block_size (256) different from that in metadata (128)"]);
}

#[test]
fn another_block_size_on_a_closed_device_is_refused_and_nothing_is_written() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    bench.with(a, |o, host| o.commit(host, true)).unwrap();
    bench.close(1, a);
    let before = bench.image();
    assert_eq!(bench.registry.open(&mut bench.host, 2, bench.dev, OpenArgs { data_block_size: 256, ..ARGS }), Err(Errno::Inval));
    assert_eq!(differing_blocks(&before, &bench.image()), Vec::<usize>::new(), "CLEAN stays set");
    assert_eq!(bench.take_log(), ["device-mapper: cache metadata: changing the data block size (from 128 to 256) is not supported"]);
}

#[test]
fn a_snapshot_of_the_registry_goes_its_own_way() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    let (snapshot, host) = (bench.registry.clone(), bench.host.clone());
    bench.with(a, |o, host| o.resize(host, 256)).unwrap();
    assert_eq!(snapshot.object(a).unwrap().size(), Ok(0));
    let mut other = Bench { registry: snapshot, host, dev: bench.dev };
    other.with(a, |o, host| o.resize(host, 256)).unwrap();
    assert_eq!(other.object(a).fields(), bench.object(a).fields());
}

#[test]
fn read_only_can_never_be_taken_back() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let a = bench.open(1, 1).unwrap();
    bench.with(a, |o, host| {
        o.set_read_only(host);
        o.set_read_write(host);
        assert_eq!(o.resize(host, 256), Err(Errno::Inval));
        assert_eq!(o.commit(host, false), Err(Errno::Inval));
        assert_eq!(o.size(), Ok(0), "reading goes on");
    });
    assert!(bench.object(a).fields().read_only);
}

#[test]
fn newer_kernels_leave_the_end_of_an_older_policy_name_in_the_superblock() {
    let names = |kernel| {
        let mut bench = Bench::new(kernel, true);
        let a = bench.open(1, 1).unwrap();
        bench.with(a, |o, host| {
            let cleaner = PolicyIdentity { name: "cleaner".into(), ..smq() };
            o.write_hints(host, &cleaner, &mut |_| 0).unwrap();
            o.commit(host, true).unwrap();
            o.write_hints(host, &smq(), &mut |_| 0).unwrap();
            o.commit(host, true).unwrap();
        });
        bench.superblock().policy_name
    };
    assert_eq!(&names(Kernel::V6_1), b"smq\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(&names(Kernel::V7_3), b"smq\0ner\0\0\0\0\0\0\0\0\0");
}
