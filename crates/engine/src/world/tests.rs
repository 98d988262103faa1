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
        assert_eq!(w.write(dev, block * BLOCK, &vec![byte; BLOCK as usize], false), Ok(BLOCK));
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
    assert_eq!(
        status(&mut w, "c", true),
        "0 262144 cache 8 9/1024 128 0/256 0 0 0 0 0 0 0 1 writeback 2 migration_threshold 0 smq 0 rw - "
    );
    write_blocks(&mut w, c, 0..4, 0x41);
    assert_eq!(
        status(&mut w, "c", false),
        "0 262144 cache 8 7/1024 128 4/256 0 0 0 0 0 4 4 1 writeback 2 migration_threshold 0 smq 0 rw - "
    );
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
    assert_eq!(
        status(&mut w, "c", true),
        "0 262144 cache 8 10/1024 128 8/256 0 0 0 0 0 0 8 1 writeback 2 migration_threshold 0 smq 0 rw - "
    );
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

#[test]
fn a_load_joins_the_inactive_slot_and_clear_empties_it() {
    let mut w = machine(true);
    w.dev_create("c", "", None).unwrap();
    assert!(matches!(w.dev_resume("c", SuspendFlags::default()), Ok(())), "a device without tables is running");
    load(&mut w, "c", CACHE).unwrap();
    let info = w.dev_status("c").unwrap();
    assert_eq!((info.live, info.inactive, info.target_count), (false, true, 0));
    w.table_clear("c").unwrap();
    assert!(!w.dev_status("c").unwrap().inactive);
    assert_eq!(w.caches().count(), 0);
    load(&mut w, "c", CACHE).unwrap();
    resume(&mut w, "c");
    let info = w.dev_status("c").unwrap();
    assert_eq!((info.live, info.inactive, info.target_count), (true, false, 1));
    assert_eq!(w.dev_remove("c", false), Ok(false));
    assert_eq!(w.dev_status("c"), Err(Errno::NxIo));
    assert_eq!(w.registry().objects().count(), 0);
}

/// The callbacks and what became of objects, in order.
fn story(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|e| match e {
            Event::Callback { name, table, .. } => Some(format!("{name} {table}")),
            Event::SlotChanged { slot: Slot::Live, table: Some(t), .. } => Some(format!("live {}", t.id)),
            Event::ObjectDestroyed { .. } => Some(String::from("object gone")),
            _ => None,
        })
        .collect()
}

#[test]
fn a_swap_suspends_the_old_table_and_destroys_it_last() {
    for (sharing, end) in [(true, &["dtr A"][..]), (false, &["dtr A", "object gone"])] {
        let mut w = machine(sharing);
        create(&mut w, "c", CACHE);
        let a = w.mapper().by_name("c").unwrap().live.as_ref().unwrap().id;
        w.record(true);
        load(&mut w, "c", CACHE).unwrap();
        let b = w.mapper().by_name("c").unwrap().inactive.as_ref().unwrap().id;
        resume(&mut w, "c");
        let said: Vec<String> =
            story(&w.take_events()).iter().map(|s| s.replace(&format!(" {a}"), " A").replace(&format!(" {b}"), " B")).collect();
        let mut want = vec!["ctr B", "postsuspend A", "live B", "preresume B", "resume B"];
        want.extend(end);
        assert_eq!(said, want, "sharing {sharing}");
    }
}

#[test]
fn io_waits_while_suspended_and_goes_on_at_resume() {
    let mut w = machine(true);
    let c = create(&mut w, "c", CACHE);
    w.dev_suspend("c", SuspendFlags::default()).unwrap();
    let id = w.submit(c, crate::target::env::BioOp::Write, 0, 8, &[7; 4096]);
    w.advance(5_000_000_000);
    assert!(!w.is_done(id));
    assert_eq!(w.read(c, 0, 512, true), Err(Failure::Hang(String::from("I/O waits for c (253:0) to be resumed"))));
    w.record(true);
    resume(&mut w, "c");
    w.advance(1_000_000);
    assert!(matches!(w.take_result(id), Some(Ok(_))));
    let events = w.take_events();
    let first = |is: fn(&Event) -> bool| events.iter().position(is).unwrap();
    let live = first(|e| matches!(e, Event::DeviceState { suspended: false, .. }));
    assert!(first(|e| matches!(e, Event::Callback { name: "resume", .. })) < live);
    assert!(live < first(|e| matches!(e, Event::BioMapped { .. })), "what waited goes through a device that is told to be live");
    assert_eq!(events.iter().filter(|e| matches!(e, Event::DeviceState { suspended: false, .. })).count(), 1, "and that is told once");
    assert_eq!(first_byte(&mut w, c, 0), 7);
}

#[test]
fn an_open_device_is_not_removed_unless_deferred() {
    let mut w = machine(true);
    create(&mut w, "lin", "0 8192 linear /dev/d/meta 0");
    create(&mut w, "c", &CACHE.replace("/dev/d/meta", "/dev/mapper/lin"));
    assert_eq!(w.dev_status("lin").unwrap().open_count, 1);
    assert_eq!(w.dev_remove("lin", false), Err(Failure::Errno(Errno::Busy)));
    assert_eq!(w.dev_remove("lin", true), Ok(true));
    assert_eq!(w.dev_remove("c", false), Ok(false));
    assert_eq!(w.list_devices(), []);
}

#[test]
fn a_refused_table_leaves_the_device_and_two_lines_in_the_log() {
    let mut w = machine(true);
    w.dev_create("t", "", None).unwrap();
    assert_eq!(load(&mut w, "t", "8 262136 cache a b c"), Err(Failure::Errno(Errno::Inval)));
    assert_eq!(
        w.take_klog(),
        ["device-mapper: table: 253:0: cache: Gap in table (-EINVAL)", "device-mapper: ioctl: error adding target to table"]
    );
    assert_eq!(load(&mut w, "t", "0 8 linear /dev/nope 0"), Err(Failure::Errno(Errno::NoDev)));
    assert_eq!(
        w.take_klog(),
        ["device-mapper: table: 253:0: linear: Device lookup failed (-ENODEV)", "device-mapper: ioctl: error adding target to table"]
    );
}

#[test]
fn small_targets_do_what_they_say() {
    let mut w = machine(true);
    let t = create(&mut w, "t", "0 8 linear /dev/d/origin 3\n8 8 zero\n16 8 error\n24 8 flakey /dev/d/origin 100 0 3600 1 error_writes");
    assert_eq!(w.write(t, 0, &[1; 8192], false), Ok(8192));
    let origin = w.lookup_dev("/dev/vdc").unwrap();
    assert_eq!(w.read(origin, 3 * 512, 8 * 512, true).unwrap(), vec![1; 4096]);
    assert_eq!(w.read(origin, 11 * 512, 512, true).unwrap(), vec![0; 512]);
    assert_eq!(w.read(t, 0, 8192, true).unwrap(), [vec![1; 4096], vec![0; 4096]].concat());
    assert_eq!(w.read(t, 16 * 512, 512, true), Err(Failure::Errno(Errno::Io)));
    assert_eq!(w.write(t, 24 * 512, &[1; 512], false), Err(Failure::Errno(Errno::Io)));
    assert_eq!(w.read(t, 24 * 512, 512, true).unwrap(), vec![0; 512]);
    let lines: Vec<String> = w.table_status("t", false, StatusKind::Table, true).unwrap().into_iter().map(|t| t.status).collect();
    assert_eq!(lines, ["254:32 3", "", "", "254:32 100 0 3600 1 error_writes "]);
}

#[test]
fn the_same_commands_give_the_same_events() {
    let run = || {
        let mut w = machine(false);
        w.record(true);
        seed(&mut w);
        w.settle();
        format!("{:?}", w.take_events())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut w = machine(true);
    let c = create(&mut w, "c", CACHE);
    write_blocks(&mut w, c, 0..4, 0x41);
    let before = (w.image(DevNo { major: 254, minor: 16 }).unwrap(), status(&mut w.clone(), "c", true));
    let mut other = w.clone();
    write_blocks(&mut other, c, 0..8, 0x55);
    other.dev_remove("c", false).unwrap();
    assert_eq!((w.image(DevNo { major: 254, minor: 16 }).unwrap(), status(&mut w, "c", true)), before);
    assert_eq!(first_byte(&mut w, c, 0), 0x41);
}

#[test]
fn acknowledged_and_committed_data_survives_a_power_cut() {
    let mut w = machine(true);
    let c = create(&mut w, "c", CACHE);
    write_blocks(&mut w, c, 0..4, 0x41);
    w.fsync(c).unwrap();
    w.power_cut(&|_, _| false);
    assert_eq!(w.list_devices(), []);
    let c = create(&mut w, "c", CACHE);
    assert!(w.lost_pages("c").is_empty());
    assert_eq!(first_byte(&mut w, c, 3), 0x41);
}

#[test]
fn the_log_names_a_program_by_fifteen_bytes() {
    let mut w = machine(true);
    let long = create(&mut w, "long", "0 16384 linear /dev/d/origin 0");
    let origin = w.lookup_dev("/dev/d/origin").unwrap();
    w.resize_disk(origin, 8192).unwrap();
    w.set_comm("a_program_with_a_long_name");
    assert!(w.read(long, 4 << 20, 4096, true).is_err());
    assert!(w.take_klog().iter().any(|line| line == "a_program_with_: attempt to access beyond end of device"));
}
