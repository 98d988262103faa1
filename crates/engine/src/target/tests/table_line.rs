//! Every refusal of a table line, in the words and order of the recorded kernel.

use super::rig::{FROZEN, Rig};
use crate::errno::Errno;

fn refusal(line: &str) -> (Errno, String) {
    let error = Rig::new().ctr(line).expect_err(line);
    (error.errno, error.message)
}

#[test]
fn a_wrong_table_line_is_refused_in_linuxs_words() {
    for (line, message) in [
        ("", "Insufficient args"),
        ("meta fast slow", "Insufficient args"),
        ("meta fast slow 128", "Invalid number of cache feature arguments"),
        ("meta fast slow 128 0", "Insufficient args"),
        ("meta fast slow 128 1", "Invalid number of cache feature arguments"),
        ("meta fast slow 128 0 smq", "Invalid number of policy arguments"),
        ("meta fast slow 0 0 smq 0", "Invalid data block size"),
        ("meta fast slow 96 0 smq 0", "Invalid data block size"),
        ("meta fast slow 4294967360 0 smq 0", "Invalid data block size"),
        ("meta fast slow 32832 0 smq 0", "Data block size is larger than the cache device"),
        ("meta fast fast 128 0 smq 0", "Device size larger than cached device"),
        ("meta fast slow 128 4 a b c d smq 0", "Invalid number of cache feature arguments"),
        ("meta fast slow 128 2 writeback writeback smq 0", "Duplicate cache io_mode features requested"),
        ("meta fast slow 128 2 writeback foo smq 0", "Unrecognised cache feature requested"),
        ("meta fast slow 128 2 writeback smq 0", "Unrecognised cache feature requested"),
        ("meta fast slow 128 1x writeback smq 0", "Invalid number of cache feature arguments"),
        ("meta fast slow 128 0 lru 0", "Error creating cache's policy"),
        ("meta fast slow 128 0 smq 1 migration_threshold", "Error setting cache policy's config values"),
        ("meta fast slow 128 0 smq 2 migration_threshold -1", "Error setting cache policy's config values"),
        ("meta fast slow 128 0 smq 2 migration_threshold", "Invalid number of policy arguments"),
    ] {
        assert_eq!(refusal(line), (Errno::Inval, message.to_owned()), "{line}");
    }
    assert_eq!(refusal("nope fast slow 128 0 smq 0"), (Errno::NoDev, "Error opening metadata device".into()));
    assert_eq!(refusal("meta fast nope 128 0 smq 0"), (Errno::NoDev, "Error opening origin device".into()));
}

#[test]
fn a_new_cache_shows_the_recorded_status_and_its_own_words() {
    for (line, status) in [
        ("meta fast slow 128 0 default 0 extra", "8 9/1024 128 0/256 0 0 0 0 0 0 0 1 writeback 2 migration_threshold 2048 smq 0 rw - "),
        (
            "meta fast slow 128 3 no_discard_passdown METADATA2 passthrough smq 4 migration_threshold 1 migration_threshold 9",
            "8 12/1024 128 0/256 0 0 0 0 0 0 0 3 metadata2 passthrough no_discard_passdown 2 migration_threshold 9 smq 0 rw - ",
        ),
        (
            "meta fast slow 64 1 writethrough mq 0",
            "8 10/1024 64 0/512 0 0 0 0 0 0 0 1 writethrough 2 migration_threshold 2048 mq 10 random_threshold 0 sequential_threshold 0 \
             discard_promote_adjustment 0 read_promote_adjustment 0 write_promote_adjustment 0 rw - ",
        ),
    ] {
        let mut rig = Rig::new();
        let mut cache = rig.up(line);
        assert_eq!(rig.status(&mut cache), status);
        let words = line.split_once(" slow ").unwrap().1;
        assert_eq!(cache.status_table(), format!("254:0 254:16 254:32 {words}"));
    }
}

#[test]
fn an_origin_without_discards_switches_passdown_off() {
    let mut rig = Rig::new();
    rig.discards_of_origin = 0;
    let mut cache = rig.up(FROZEN);
    assert_eq!(rig.hw.log, ["device-mapper: cache: Origin device (vdc) discard unsupported: Disabling discard passdown."]);
    assert!(rig.status(&mut cache).contains(" 2 writeback no_discard_passdown 2 "));
}

#[test]
fn a_failed_constructor_keeps_nothing_open() {
    let mut rig = Rig::new();
    let cache = rig.up(FROZEN);
    assert_eq!(rig.ctr("meta fast slow 256 0 smq 0").unwrap_err().message, "Error creating metadata object");
    assert_eq!(rig.registry.objects().count(), 1);
    cache.dtr(&mut rig);
    assert_eq!(rig.registry.objects().count(), 0);
}
