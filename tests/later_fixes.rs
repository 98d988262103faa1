//! The reproducers of fixes that came after the sharing of metadata objects, and what Debian's Linux 6.1, which has
//! them, was recorded to do (cases 04b, 08, 09 and 10 under `tests/recordings/6.1`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::World;
use dm_cache_image::check;
use dm_cache_image::format::Superblock;
use dm_cache_lab::shell::{self, Output};

const BIG: u64 = 262_144;
const SMALL: u64 = 131_072;

/// A machine with a linear device under each of a cache's three: `md`, `cd` (256 cache blocks) and `od`.
struct Guest(World);

impl Guest {
    fn new() -> Self {
        let mut w = World::new(Kernel::V6_1, true);
        w.add_disk("meta", 8192);
        w.add_disk("cache", 32768);
        w.add_disk("origin", BIG);
        let mut guest = Self(w);
        guest.ok("dmsetup create md --table '0 8192 linear /dev/d/meta 0'");
        guest.ok("dmsetup create cd --table '0 32768 linear /dev/d/cache 0'");
        guest.ok(&format!("dmsetup create od --table '0 {BIG} linear /dev/d/origin 0'"));
        guest
    }

    fn run(&mut self, line: &str) -> Output {
        let out = shell::type_in(&mut self.0, line);
        assert_eq!(out.hang, None, "{line}");
        out
    }

    fn ok(&mut self, line: &str) -> String {
        let out = self.run(line);
        assert_eq!(out.rc, 0, "{line}: {}", out.both);
        out.stdout
    }

    /// Fails with this text; gives back what the kernel said, devices taken out.
    fn fails(&mut self, line: &str, errno: &str) -> Vec<String> {
        self.0.take_klog();
        let out = self.run(line);
        assert_eq!(out.rc, 1, "{line} succeeds");
        assert!(out.both.contains(errno), "{line}: {}", out.both);
        self.0.take_klog().into_iter().map(|l| l.replace("253:3: ", "")).collect()
    }

    fn write(&mut self, block: u64, count: u64, byte: u8) {
        let c = self.0.lookup_dev("/dev/mapper/c").unwrap();
        for b in block..block + count {
            self.0.write(c, b << 16, &[byte; 1 << 16], false).unwrap();
        }
    }

    /// First byte of each block; `None` where the read fails.
    fn peek(&mut self, blocks: std::ops::Range<u64>) -> Vec<Option<u8>> {
        let c = self.0.lookup_dev("/dev/mapper/c").unwrap();
        blocks.map(|b| self.0.read(c, b << 16, 1 << 16, true).ok().map(|d| d[0])).collect()
    }

    fn cache_device(&mut self, sectors: u64) {
        self.ok(&format!(
            "dmsetup load cd --table '0 {sectors} linear /dev/d/cache 0' && dmsetup suspend --noflush cd && dmsetup resume cd"
        ));
    }

    /// `RESIDENT/BLOCKS` and the number of dirty blocks, and whether it is writable.
    fn status(&mut self) -> (String, String, String) {
        let line = self.ok("dmsetup status --noflush c");
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[6].to_owned(), words[13].to_owned(), words[words.len() - 2..].join(" "))
    }

    fn suspended(&mut self) -> bool {
        self.0.dev_status("c").unwrap().suspended
    }

    fn superblock(&mut self) -> Superblock {
        let image = self.0.image(self.0.lookup_dev("/dev/d/meta").unwrap()).unwrap();
        let report = check::check(&image, &check::Options::default());
        assert_eq!(report.exit_code(), 0, "{report}");
        report.superblock.unwrap()
    }
}

fn table(sectors: u64, mode: &str, policy: &str, threshold: u64) -> String {
    format!(
        "--table '0 {sectors} cache /dev/mapper/md /dev/mapper/cd /dev/mapper/od 128 1 {mode} {policy} 2 migration_threshold {threshold}'"
    )
}

fn frozen(sectors: u64) -> String {
    table(sectors, "writeback", "smq", 0)
}

fn says(resident: &str, dirty: &str, health: &str) -> (String, String, String) {
    (resident.to_owned(), dirty.to_owned(), health.to_owned())
}

/// Everything written back by the cleaner, the device removed.
fn clean(guest: &mut Guest, sectors: u64) {
    guest.ok(&format!("dmsetup create c {}", table(sectors, "writeback", "cleaner", 2_048_000)));
    guest.0.settle();
    assert_eq!(guest.status().1, "0");
    guest.ok("dmsetup remove c");
}

/// 09, a.
#[test]
fn a_resume_that_failed_is_refused_again_until_a_table_is_loaded() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 8, 0x41);
    g.ok("dmsetup remove c; dmsetup create c --notable");
    g.ok(&format!("dmsetup load c {}", table(BIG, "passthrough", "smq", 0)));
    g.fails("dmsetup resume c", "Device or resource busy");
    for sectors in [32768, 16384, 32768] {
        g.cache_device(sectors);
        let log = g.fails("dmsetup resume c", "Invalid argument");
        assert_eq!(log[0], "device-mapper: cache: unable to resume cache due to missing proper cache table reload");
    }
    g.ok(&format!("dmsetup reload c {}; dmsetup resume c", frozen(BIG)));
    assert_eq!(g.peek(0..8), [Some(0x41); 8]);
}

/// 09, b: on a live, suspended cache a shrink over dirty blocks is refused and nothing comes of it.
#[test]
fn shrinking_a_live_cache_over_dirty_blocks_is_refused_harmlessly() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 148, 0x42);
    g.ok("dmsetup suspend c");
    g.cache_device(16384);
    for _ in 0..2 {
        let log = g.fails("dmsetup resume c", "Invalid argument");
        assert_eq!(log[0], "device-mapper: cache: unable to shrink cache; cache block 128 is dirty");
        assert_eq!(g.status(), says("148/256", "148", "rw -"));
    }
    g.cache_device(32768);
    g.ok("dmsetup resume c");
    assert_eq!(g.peek(140..144), [Some(0x42); 4]);
}

/// 09, c: the tail goes, but the policy still hands it out: reads of it fail. It looks like a defect of Linux.
#[test]
fn shrinking_a_live_cache_over_clean_blocks_leaves_reads_that_fail() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 148, 0x42);
    g.ok("dmsetup remove c");
    clean(&mut g, BIG);
    g.ok(&format!("dmsetup create c {}; dmsetup suspend c", frozen(BIG)));
    g.cache_device(16384);
    g.ok("dmsetup resume c");
    assert_eq!(g.status(), says("148/128", "0", "rw -"));
    assert_eq!(g.peek(140..144), [None; 4]);
    // Growing back takes a new table; with it the blocks are read from the origin.
    g.ok("dmsetup suspend c");
    g.cache_device(32768);
    let log = g.fails("dmsetup resume c", "Invalid argument");
    assert_eq!(log[0], "device-mapper: cache: unable to extend cache due to missing cache table reload");
    g.ok(&format!("dmsetup reload c {}; dmsetup resume c", frozen(BIG)));
    assert_eq!(g.status(), says("128/256", "0", "rw -"));
    assert_eq!(g.peek(140..144), [Some(0x42); 4]);
}

/// 08: at the first resume the same refusal costs needs_check, and every later load.
#[test]
fn opening_with_a_cache_device_too_small_for_dirty_blocks_sets_needs_check() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 148, 0x42);
    g.ok("dmsetup remove c");
    g.cache_device(16384);
    let log = g.fails(&format!("dmsetup create c {}", frozen(BIG)), "Invalid argument");
    assert_eq!(
        log,
        [
            "device-mapper: cache metadata: cache block 128 is dirty",
            "device-mapper: cache metadata: unable to shrink cache due to dirty blocks",
            "device-mapper: cache: could not resize cache metadata",
            "device-mapper: cache: metadata operation 'dm_cache_resize' failed: error = -22",
            "device-mapper: cache: aborting current metadata transaction",
            "device-mapper: cache: switching cache to read-only mode",
            "device-mapper: table: 253:3: cache: preresume failed, error = -22",
        ]
        .map(|l| l.replace("253:3: ", ""))
    );
    g.cache_device(32768);
    let log = g.fails(&format!("dmsetup create c {}", frozen(BIG)), "Invalid argument");
    assert_eq!(log[0], "device-mapper: cache: unable to switch cache to write mode until repaired.");
}

/// 08: the dirty bitset of version 2 is looked at only up to its end, and its bits beyond the new size stop a shrink.
#[test]
fn separate_dirty_bits_stop_a_shrink_too() {
    let mut g = Guest::new();
    let v2 = frozen(BIG).replace("1 writeback", "2 writeback metadata2");
    g.ok(&format!("dmsetup create c {v2}"));
    g.write(0, 148, 0x42);
    g.ok("dmsetup remove c");
    g.cache_device(16384);
    let log = g.fails(&format!("dmsetup create c {v2}"), "Invalid argument");
    assert_eq!(log[0], "device-mapper: cache metadata: blocks_are_clean_separate_dirty: cache block 128 is dirty");
    assert!(log.iter().any(|l| l == "device-mapper: cache metadata: unable to shrink cache due to dirty blocks"));
}

/// 08: a device grown between load and resume is no table's business but the next one's.
#[test]
fn growing_the_cache_device_takes_a_new_table() {
    let mut g = Guest::new();
    g.cache_device(16384);
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 8, 0x41);
    g.cache_device(32768);
    g.ok("dmsetup suspend c");
    let log = g.fails("dmsetup resume c", "Invalid argument");
    assert_eq!(log[0], "device-mapper: cache: unable to extend cache due to missing cache table reload");
    g.ok(&format!("dmsetup reload c {}; dmsetup resume c", frozen(BIG)));
    assert_eq!(g.status(), says("8/256", "8", "rw -"));
}

/// 08: an origin that ends before a dirty block is refused without needs_check; the old length takes over again.
#[test]
fn shrinking_the_origin_over_dirty_blocks_is_refused_harmlessly() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(10, 2, 0x44);
    g.write(1500, 2, 0x45);
    g.ok(&format!("dmsetup suspend c; dmsetup reload c {}", frozen(SMALL)));
    let log = g.fails("dmsetup resume c", "File too large");
    assert_eq!(log[0], "device-mapper: cache: unable to shrink origin; cache block 2 is dirty");
    assert!(g.suspended());
    g.ok(&format!("dmsetup reload c {}; dmsetup resume c", frozen(BIG)));
    assert_eq!(g.status(), says("4/256", "4", "rw -"));
    assert_eq!(g.peek(1500..1502), [Some(0x45); 2]);
}

/// 08: clean blocks beyond the new end are dropped.
#[test]
fn shrinking_the_origin_over_clean_blocks_drops_them() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(10, 2, 0x44);
    g.write(1500, 2, 0x45);
    g.ok("dmsetup remove c");
    clean(&mut g, BIG);
    g.ok(&format!("dmsetup create c {}", frozen(SMALL)));
    assert_eq!(g.status(), says("2/256", "0", "rw -"));
    assert_eq!(g.peek(10..12), [Some(0x44); 2]);
    g.ok("dmsetup remove c");
    assert_eq!(g.superblock().discard_nr_blocks, SMALL / 128);
}

/// A shorter table is loaded while the longer one lives: the discard bitset has the length of the table, not of the device.
#[test]
fn a_preloaded_table_with_a_smaller_origin_brings_its_own_discard_bitset() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 4, 0x41);
    g.ok("blkdiscard -o 13107200 -l 6553600 /dev/mapper/c");
    g.ok("blkdiscard -o 100007936 -l 10000384 /dev/mapper/c");
    g.ok(&format!("dmsetup reload c {}", frozen(SMALL)));
    g.ok("dmsetup suspend c");
    assert_eq!(g.superblock().discard_nr_blocks, BIG / 128);
    g.ok("dmsetup resume c");
    assert_eq!(g.status(), says("4/256", "4", "rw -"));
    g.ok("dmsetup remove c");
    assert_eq!(g.superblock().discard_nr_blocks, SMALL / 128);
}

/// 10, 4: what the preloading constructor could see was clean; what counts is what is dirty at resume.
#[test]
fn passthrough_preloaded_over_blocks_dirtied_since_is_refused_at_resume() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 2, 0x41);
    g.ok("dmsetup message c 0 migration_threshold 2048000");
    g.0.settle();
    g.ok("dmsetup message c 0 migration_threshold 0");
    g.ok("dmsetup suspend c; dmsetup resume c");
    g.write(0, 2, 0x42);
    g.ok(&format!("dmsetup reload c {}", table(BIG, "passthrough", "smq", 0)));
    let log = g.fails("dmsetup resume c", "Device or resource busy");
    assert_eq!(log[0], "device-mapper: cache: cannot enter passthrough mode unless all blocks are clean");
    assert!(g.suspended());
    assert_eq!(g.status(), says("0/256", "0", "rw -"));
}

/// 10, 3: the status of the inactive table commits for the live one, and has no mappings of its own yet.
#[test]
fn status_of_a_shared_inactive_table_commits_early_and_harmlessly() {
    let mut g = Guest::new();
    g.ok(&format!("dmsetup create c {}", frozen(BIG)));
    g.write(0, 4, 0x41);
    g.ok("dmsetup status c");
    g.ok(&format!("dmsetup reload c {}", frozen(BIG)));
    g.write(50, 4, 0x42);
    let before = g.superblock().mapping_root;
    assert!(g.ok("dmsetup status --inactive c").contains(" 0/256 "));
    assert_ne!(g.superblock().mapping_root, before);
    assert_eq!(g.status(), says("8/256", "8", "rw -"));
}
