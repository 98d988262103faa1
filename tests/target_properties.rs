//! Random commands on small machines: nothing panics, nothing hangs unasked, no acknowledged write is forgotten, and
//! whatever lies on the metadata device after a commit is sound, by our check and by Debian's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_engine::device::{DevNo, PAGE_SIZE};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::World;
use dm_cache_image::{check, dump};
use dm_cache_lab::shell;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use std::path::Path;
use std::process::Command;

const ORIGIN_BLOCKS: u64 = 48;

/// A table in words.
#[derive(Debug, Clone, Copy)]
struct Table {
    mode: &'static str,
    policy: &'static str,
    threshold: u32,
    metadata2: bool,
}

impl Table {
    fn line(self) -> String {
        let Self { mode, policy, threshold, metadata2 } = self;
        let features = if metadata2 { format!("2 {mode} metadata2") } else { format!("1 {mode}") };
        let sectors = ORIGIN_BLOCKS * 128;
        format!("0 {sectors} cache /dev/d/meta /dev/d/cache /dev/d/origin 128 {features} {policy} 2 migration_threshold {threshold}")
    }
}

#[derive(Debug, Clone)]
enum Op {
    Create(Table),
    Reload(Table),
    Suspend,
    Resume,
    Clear,
    Remove,
    Status(bool),
    StatusInactive,
    Message(String),
    /// From this 4 KiB page on, so many pages, this byte.
    Write(u64, u64, u8, bool),
    Read(u64, u64),
    Discard(u64, u64),
    Fsync,
    Settle,
    Sleep(u8),
    PowerCut,
    Evict,
}

fn table() -> impl Strategy<Value = Table> {
    let mode = prop_oneof![4 => Just("writeback"), 1 => Just("writethrough"), 1 => Just("passthrough")];
    let policy = prop_oneof![4 => Just("smq"), 1 => Just("mq"), 1 => Just("cleaner")];
    (mode, policy, prop_oneof![Just(0), Just(2048), Just(204_800)], any::<bool>()).prop_map(|(mode, policy, threshold, metadata2)| Table {
        mode,
        policy,
        threshold,
        metadata2,
    })
}

fn op() -> impl Strategy<Value = Op> {
    let page = 0..ORIGIN_BLOCKS * 16;
    let message = prop_oneof![
        Just("migration_threshold 0".to_owned()),
        Just("migration_threshold 204800".to_owned()),
        (0..20u32, 0..20u32).prop_map(|(a, b)| format!("invalidate_cblocks {a}-{b}")),
    ];
    prop_oneof![
        3 => table().prop_map(Op::Create),
        3 => table().prop_map(Op::Reload),
        2 => Just(Op::Suspend),
        5 => Just(Op::Resume),
        1 => Just(Op::Clear),
        1 => Just(Op::Remove),
        3 => any::<bool>().prop_map(Op::Status),
        1 => Just(Op::StatusInactive),
        1 => message.prop_map(Op::Message),
        12 => (page.clone(), 1..40u64, 1..250u8, any::<bool>()).prop_map(|(p, n, b, s)| Op::Write(p, n, b, s)),
        // Whole cache blocks: these are promoted at once.
        8 => (0..ORIGIN_BLOCKS, 1..4u64, 1..250u8, any::<bool>()).prop_map(|(p, n, b, s)| Op::Write(p * 16, n * 16, b, s)),
        8 => (page, 1..40u64).prop_map(|(p, n)| Op::Read(p, n)),
        2 => (0..ORIGIN_BLOCKS, 1..6u64).prop_map(|(b, n)| Op::Discard(b, n)),
        3 => Just(Op::Fsync),
        2 => Just(Op::Settle),
        2 => (1..5u8).prop_map(Op::Sleep),
        1 => Just(Op::PowerCut),
        1 => Just(Op::Evict),
    ]
}

/// What a page must read: `None` while nobody promises anything.
type Shadow = Vec<Option<u8>>;

struct Machine {
    w: World,
    meta: DevNo,
    shadow: Shadow,
    seen_formatted: bool,
    /// The table was suspended and resumed: until the next table, a power cut may bring up the defect of Linux that
    /// `power_cut` shows (the clean flag outlives the suspend), so there is none.
    clean_flag_window: bool,
}

impl Machine {
    fn new(sharing: bool) -> Self {
        let mut w = World::new(Kernel::V6_1, sharing);
        let meta = w.add_disk("meta", 1024);
        w.add_disk("cache", 12 * 128);
        w.add_disk("origin", ORIGIN_BLOCKS * 128);
        w.record(true);
        Self { w, meta, shadow: vec![Some(0); (ORIGIN_BLOCKS * 16) as usize], seen_formatted: false, clean_flag_window: false }
    }

    fn sh(&mut self, line: &str) -> i32 {
        let out = shell::type_in(&mut self.w, line);
        assert_eq!(out.hang, None, "{line}");
        out.rc
    }

    /// The cached device, if it can serve.
    fn running(&self) -> Option<DevNo> {
        let info = self.w.dev_status("c").ok()?;
        (!info.suspended && self.w.sectors(info.dev) > 0).then_some(info.dev)
    }

    fn pages(&self, first: u64, count: u64) -> std::ops::Range<usize> {
        first as usize..self.shadow.len().min((first + count) as usize)
    }

    fn perform(&mut self, op: &Op) {
        match op {
            Op::Create(t) => {
                if self.sh(&format!("dmsetup create c --table '{}'", t.line())) == 0 {
                    self.clean_flag_window = false;
                }
            }
            Op::Reload(t) => drop(self.sh(&format!("dmsetup reload c --table '{}'", t.line()))),
            Op::Suspend => drop(self.sh("dmsetup suspend c")),
            Op::Resume => {
                if let Ok(info) = self.w.dev_status("c") {
                    self.clean_flag_window = !info.inactive && (info.suspended || self.clean_flag_window);
                }
                self.sh("dmsetup resume c");
            }
            Op::Clear => drop(self.sh("dmsetup clear c")),
            Op::Remove => drop(self.sh("dmsetup remove c")),
            Op::Status(noflush) => drop(self.sh(if *noflush { "dmsetup status --noflush c" } else { "dmsetup status c" })),
            Op::StatusInactive => drop(self.sh("dmsetup status --inactive c")),
            Op::Message(m) => drop(self.sh(&format!("dmsetup message c 0 {m}"))),
            Op::Settle => self.w.settle(),
            Op::Sleep(s) => self.w.advance(u64::from(*s) * 1_000_000_000),
            Op::Write(first, count, byte, fsync) => self.write(*first, *count, *byte, *fsync),
            Op::Read(first, count) => self.read(*first, *count),
            Op::Discard(block, count) => {
                if let Some(dev) = self.running() {
                    let end = ORIGIN_BLOCKS.min(block + count);
                    let _ = self.w.discard(dev, block * 128, (end - block) * 128);
                    let range = self.pages(block * 16, count * 16);
                    self.shadow[range].fill(None);
                }
            }
            Op::Fsync => {
                if let Some(dev) = self.running() {
                    self.w.fsync(dev).unwrap();
                }
            }
            Op::PowerCut => {
                // All that was acknowledged is flushed first: this is not the place to lose it.
                if let Some(dev) = self.running().filter(|_| !self.clean_flag_window) {
                    self.w.fsync(dev).unwrap();
                    self.w.power_cut(&|_, _| true);
                    self.after_the_cut();
                }
            }
            Op::Evict => {
                let (registry, host) = self.w.registry_mut();
                let ids: Vec<_> = registry.objects().map(|o| o.id()).collect();
                for id in ids {
                    if let Some(bm) = registry.object_mut(id).and_then(|o| o.bm_mut()) {
                        bm.evict_all(host);
                    }
                }
            }
        }
    }

    /// Dirty blocks exist in the cache alone: back to writeback, so that every read comes through the cache again.
    fn after_the_cut(&mut self) {
        let table = Table { mode: "writeback", policy: "smq", threshold: 0, metadata2: false };
        assert_eq!(self.sh(&format!("dmsetup create c --table '{}'", table.line())), 0, "{:?}", self.w.take_klog());
    }

    fn write(&mut self, first: u64, count: u64, byte: u8, fsync: bool) {
        let Some(dev) = self.running() else { return };
        let range = self.pages(first, count);
        let data = vec![byte; range.len() * PAGE_SIZE];
        assert_eq!(self.w.write(dev, first * PAGE_SIZE as u64, &data, fsync), Ok(data.len() as u64));
        self.shadow[range].fill(Some(byte));
    }

    fn read(&mut self, first: u64, count: u64) {
        let Some(dev) = self.running() else { return };
        let range = self.pages(first, count);
        let data = self.w.read(dev, first * PAGE_SIZE as u64, (range.len() * PAGE_SIZE) as u64, true).unwrap();
        for (page, bytes) in range.zip(data.chunks(PAGE_SIZE)) {
            if let Some(byte) = self.shadow[page] {
                assert!(bytes.iter().all(|b| *b == byte), "page {page} reads {}, {byte} was written", bytes[0]);
            }
        }
    }

    /// What must hold after every command.
    fn hold(&mut self) {
        if self.running().is_some() {
            assert_eq!(self.w.lost_pages("c"), Vec::<u64>::new());
        }
        // What is on the medium is always the last commit, whatever else has been written beside it.
        let image = self.w.image(self.meta).unwrap();
        self.seen_formatted |= image[..PAGE_SIZE].iter().any(|b| *b != 0);
        if self.seen_formatted {
            let report = check::check(&image, &check::Options::default());
            assert_eq!(report.exit_code(), 0, "{report}");
        }
    }

    /// The end: everything read once more, the device removed.
    fn finish(&mut self) -> Vec<u8> {
        if self.w.dev_status("c").is_ok_and(|info| info.suspended) {
            self.sh("dmsetup resume c");
        }
        self.read(0, ORIGIN_BLOCKS * 16);
        self.sh("dmsetup remove c");
        self.hold();
        self.w.image(self.meta).unwrap()
    }
}

fn play(ops: &[Op], sharing: bool) -> Vec<u8> {
    let mut machine = Machine::new(sharing);
    for op in ops {
        machine.perform(op);
        machine.hold();
    }
    machine.finish()
}

/// A device, and then whatever comes.
fn commands() -> impl Strategy<Value = Vec<Op>> {
    let first = Op::Create(Table { mode: "writeback", policy: "smq", threshold: 2048, metadata2: false });
    prop::collection::vec(op(), 1..60).prop_map(move |ops| std::iter::once(first.clone()).chain(ops).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_commands_lose_nothing_and_leave_sound_metadata(ops in commands()) {
        play(&ops, true);
    }
}

/// The property can fail: it does as soon as two tables have a metadata object each.
#[test]
fn without_sharing_random_commands_do_lose() {
    let config = ProptestConfig { cases: 200, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&commands(), |ops| {
        play(&ops, false);
        Ok(())
    });
    assert!(matches!(outcome, Err(TestError::Fail(..))), "{outcome:?}");
}

/// Debian's cache_check and cache_dump, if they are installed (`cargo xtask test` sees to it).
fn tool(name: &str) -> Option<Command> {
    let found = ["/usr/sbin", "/sbin", "/usr/bin"].into_iter().map(|dir| Path::new(dir).join(name)).find(|p| p.exists());
    if found.is_none() {
        eprintln!("{name} is not installed: skipped (apt-get install thin-provisioning-tools)");
    }
    found.map(Command::new)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn debians_tools_agree_on_what_random_commands_leave(ops in commands()) {
        let (Some(mut cache_check), Some(mut cache_dump)) = (tool("cache_check"), tool("cache_dump")) else { return Ok(()) };
        let image = play(&ops, true);
        let report = check::check(&image, &check::Options::default());
        let dir = std::env::temp_dir().join(format!("dm-cache-lab-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("target-properties.img");
        std::fs::write(&file, &image).unwrap();
        let verdict = cache_check.arg("-q").arg(&file).output().unwrap();
        prop_assert_eq!(verdict.status.code(), Some(report.cache_check_exit_code()), "cache_check: {}", String::from_utf8_lossy(&verdict.stderr));
        let theirs = cache_dump.arg(&file).output().unwrap();
        let superblock = report.superblock.as_ref().unwrap();
        // 0.9 does not know where version 2 keeps its dirty bits.
        if theirs.status.success() && superblock.version == 1 {
            let mut ours = Vec::new();
            dump::dump(&image, &mut ours, &dump::Options::default()).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs.stdout));
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
