//! Random operations on the engine's metadata, judged by readers that share no code with it, and by Debian's tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dm_cache_engine::device::MemHost;
use dm_cache_engine::metadata::{OpenArgs, PolicyIdentity, Registry};
use dm_cache_image::{check, dump, restore};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SECTORS: u64 = 8 * 1024;
const US: u64 = 1;

#[derive(Debug, Clone)]
enum Op {
    Resize(u32),
    Insert(u32, u64),
    Remove(u32),
    Discard(u64, bool),
    Suspend(u32),
    Commit(bool),
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => (1..3000u32).prop_map(Op::Resize),
        12 => (0..3000u32, 0..1u64 << 20).prop_map(|(c, o)| Op::Insert(c, o)),
        4 => (0..3000u32).prop_map(Op::Remove),
        3 => (0..2000u64, any::<bool>()).prop_map(|(d, v)| Op::Discard(d, v)),
        1 => any::<u32>().prop_map(Op::Suspend),
        2 => any::<bool>().prop_map(Op::Commit),
        1 => Just(Op::Reopen),
    ]
}

/// The image that a sequence leaves behind, after a last suspend.
fn run(ops: &[Op], version: u32) -> Vec<u8> {
    let (mut host, dev) = MemHost::with_disk(SECTORS);
    let h = &mut host;
    let mut registry = Registry::new(true);
    let args = OpenArgs { data_block_size: 128, may_format: true, policy_hint_size: 4, version };
    let open = |registry: &mut Registry, h: &mut MemHost| registry.open(h, US, dev, args).unwrap();
    let mut id = open(&mut registry, h);
    let object = registry.object_mut(id).unwrap();
    object.resize(h, 700).unwrap();
    object.discard_bitset_resize(h, 128, 2000).unwrap();
    let policy = PolicyIdentity { name: "smq".into(), version: [2, 0, 0], hint_size: 4 };
    for op in ops.iter().chain([&Op::Suspend(7)]) {
        let object = registry.object_mut(id).unwrap();
        let size = object.size().unwrap();
        match *op {
            // Refused when the tail is dirty, as Linux does; the sequence goes on.
            Op::Resize(n) => drop(object.resize(h, n)),
            // One origin block for each cache block, so that none is mapped twice.
            Op::Insert(c, o) if c < size => object.insert_mapping(h, c, o * 3000 + u64::from(c)).unwrap(),
            Op::Remove(c) if c < size => object.remove_mapping(h, c).unwrap(),
            Op::Insert(..) | Op::Remove(_) => {}
            Op::Discard(d, v) => object.set_discard(h, d, v).unwrap(),
            Op::Suspend(salt) => {
                let mapped: Vec<bool> = (0..size).map(|c| object.mapping_entry(h, c).unwrap() & 1 != 0).collect();
                object.set_dirty_bits(h, size, &|c| mapped[c as usize] && (c ^ salt) % 3 == 0).unwrap();
                object.write_hints(h, &policy, &mut |c| if mapped[c as usize] { (c ^ salt) % 64 } else { 0 }).unwrap();
                object.commit(h, true).unwrap();
            }
            Op::Commit(clean) => object.commit(h, clean).unwrap(),
            Op::Reopen => {
                object.commit(h, false).unwrap();
                registry.close(h, US, id);
                id = open(&mut registry, h);
            }
        }
    }
    registry.close(h, US, id);
    host.disk(dev).unwrap().image(SECTORS)
}

fn dumped(image: &[u8]) -> String {
    let mut text = Vec::new();
    dump::dump(&image, &mut text, &dump::Options::default()).unwrap();
    String::from_utf8(text).unwrap()
}

fn restored(text: &str, version: u32, placement: restore::Placement) -> Vec<u8> {
    let mut image = vec![0; (SECTORS * 512) as usize];
    let options = restore::Options { version, placement, omit_clean_shutdown: false, as_0_9: false };
    restore::restore(text.as_bytes(), &mut image, &options).unwrap();
    image
}

/// A folder of its own, gone with the value.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("dm-cache-lab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tool(name: &str, args: &[&Path]) -> Option<Output> {
    Command::new(name).args(args).output().ok()
}

/// Debian's verdicts on an image: cache_check passes, cache_dump prints ours, cache_restore takes ours, we take theirs.
fn debian_agrees(dir: &Path, image: &[u8], version: u32) {
    let (img, xml, back) = (dir.join("image"), dir.join("xml"), dir.join("back"));
    std::fs::write(&img, image).unwrap();
    let Some(checked) = tool("cache_check", &[&img]) else {
        eprintln!("cache_check is not installed: not compared");
        return;
    };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let ours = dumped(image);
    let theirs = String::from_utf8(tool("cache_dump", &[&img]).unwrap().stdout).unwrap();
    // 0.9 prints dirty="false" for all of version 2.
    let comparable = if version == 2 { ours.replace("dirty=\"true\"", "dirty=\"false\"") } else { ours.clone() };
    assert!(comparable == theirs, "dumps differ");
    std::fs::write(&xml, &ours).unwrap();
    std::fs::write(&back, vec![0; image.len()]).unwrap();
    let v = version.to_string();
    let done = tool("cache_restore", &["-i".as_ref(), &xml, "-o".as_ref(), &back, "--metadata-version".as_ref(), v.as_ref()]);
    assert!(done.unwrap().status.success());
    assert!(dumped(&std::fs::read(&back).unwrap()) == ours, "what they restored dumps otherwise");
    assert!(dumped(&restored(&theirs, version, restore::Placement::Tool)) == theirs, "their text is not ours again");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_engine_did_the_image_is_sound_and_every_tool_agrees(
        ops in prop::collection::vec(op(), 1..60),
        version in 1..=2u32,
    ) {
        let image = run(&ops, version);
        let report = check::check(&image, &check::Options::default());
        // Counts, leaks and reachability too: nothing at all may be odd. (A defect of Linux keeps an array block too many
        // after some shrinks, which cache_check minds: sequences that meet it are left out.)
        let too_many = report.damages.iter().any(|d| d.fault.to_string().contains("too many entries"));
        if !too_many {
            prop_assert_eq!(report.exit_code(), 0, "{}", report);
            prop_assert!(report.notes.is_empty(), "{}", report);
            let dir = Dir::new("engine");
            debian_agrees(&dir.0, &image, version);
            let text = dumped(&image);
            let again = restored(&text, version, restore::Placement::Kernel);
            prop_assert!(dumped(&again) == text);
        }
    }
}

#[test]
fn restoring_in_kernel_order_leaks_nothing_and_repeats_itself() {
    for version in [1, 2] {
        let ops: Vec<Op> = (0..700).map(|c| Op::Insert(c, u64::from(c % 5))).collect();
        let image = restored(&dumped(&run(&ops, version)), version, restore::Placement::Kernel);
        let report = check::check(&image, &check::Options::default());
        assert_eq!(report.exit_code(), 0, "{report}");
        assert_eq!(report.notes, [], "no leak, cleanly shut down");
        // Once more from its own dump: the same bytes.
        assert!(restored(&dumped(&image), version, restore::Placement::Kernel) == image);
    }
}
