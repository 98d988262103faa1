//! Write-back of files: the data are where `cache_writeback` puts them, and the metadata say so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_image::bits::Bits;
use dm_cache_image::restore::{self, Sink};
use dm_cache_image::writeback::{Options, dirty, mark_clean};
use dm_cache_image::{check, dump, format};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CACHE_BLOCKS: u64 = 600;
const ORIGIN_BLOCKS: u64 = 900;
const BLOCK: u64 = 8 * 512;

/// A dump with some of the blocks mapped and some of these dirty, another one for each number.
fn xml(number: u64) -> String {
    let mut text =
        format!("<superblock uuid=\"\" block_size=\"8\" nr_cache_blocks=\"{CACHE_BLOCKS}\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n");
    let mut hints = String::new();
    for cblock in 0..CACHE_BLOCKS {
        let draw = (cblock + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number.wrapping_mul(0xbf58_476d_1ce4_e5b9)) >> 40;
        if draw.is_multiple_of(3) {
            continue;
        }
        // 7 shares no factor with the number of origin blocks: no two cache blocks have one origin block.
        let oblock = (cblock * 7 + number) % ORIGIN_BLOCKS;
        let _ = writeln!(text, "<mapping cache_block=\"{cblock}\" origin_block=\"{oblock}\" dirty=\"{}\"/>", draw.is_multiple_of(5));
        let _ = writeln!(hints, "<hint cache_block=\"{cblock}\" data=\"AQAAAA==\"/>");
    }
    text + "</mappings>\n<hints>\n" + &hints + "</hints></superblock>\n"
}

fn image(number: u64, version: u32, clean: bool) -> Vec<u8> {
    let mut out = vec![0; 64 << 12];
    let options = restore::Options { version, omit_clean_shutdown: !clean, ..restore::Options::default() };
    restore::restore(xml(number).as_bytes(), &mut out, &options).unwrap();
    out
}

/// Every block of a device begins with its number and its device's letter.
fn data(blocks: u64, letter: u8) -> Vec<u8> {
    let mut bytes = vec![letter; (blocks * BLOCK) as usize];
    bytes.chunks_mut(BLOCK as usize).zip(0u64..).for_each(|(block, n)| block[..8].copy_from_slice(&n.to_le_bytes()));
    bytes
}

struct Files(tempfile::TempDir);

impl Files {
    fn new(metadata: &[u8]) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        std::fs::write(files.path("m"), metadata).unwrap();
        std::fs::write(files.path("fast"), data(CACHE_BLOCKS, b'f')).unwrap();
        std::fs::write(files.path("slow"), data(ORIGIN_BLOCKS, b's')).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn run(&self, program: &Path, words: &[&str]) -> Output {
        let devices = ["--metadata-device", "m", "--origin-device", "slow", "--fast-device", "fast"];
        Command::new(program).args(words).args(devices).current_dir(self.0.path()).output().unwrap()
    }

    fn dmlab(&self, words: &[&str]) -> Output {
        self.run(Path::new(env!("CARGO_BIN_EXE_dmlab")), &[&["writeback"], words].concat())
    }
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn text(image: &[u8]) -> String {
    let mut text = Vec::new();
    dump::dump(&image, &mut text, &dump::Options::default()).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn the_origin_is_what_cache_writeback_leaves_on_twenty_images() {
    if !Command::new("cache_writeback").arg("-V").output().is_ok_and(|out| out.stdout.starts_with(b"0.9")) {
        eprintln!("cache_writeback 0.9 is not installed: not compared");
        return;
    }
    for number in 0..20 {
        // It reads dirty flags of version 1 alone; of a cache that was not shut down cleanly it takes every block.
        let metadata = image(number, 1 + u32::from(number % 5 == 4), number % 5 < 3);
        let (ours, theirs) = (Files::new(&metadata), Files::new(&metadata));
        let out = ours.dmlab(&[]);
        assert!(out.status.success(), "{number}: {}", said(&out));
        assert!(theirs.run(Path::new("cache_writeback"), &["--no-metadata-update"]).status.success());
        assert!(ours.read("slow") == theirs.read("slow"), "{number}");
        assert!(ours.read("slow") != data(ORIGIN_BLOCKS, b's'), "{number}: something was dirty");
    }
}

#[test]
fn what_was_dirty_is_copied_and_clean_and_nothing_else_changes() {
    for (version, clean) in [(1, true), (2, true), (1, false), (2, false)] {
        let metadata = image(7, version, clean);
        let files = Files::new(&metadata);
        let found = dirty(&metadata, &Options::default()).unwrap();
        let out = files.dmlab(&[]);
        assert!(out.status.success() && said(&out) == format!("{0}/{0} blocks copied\n", found.blocks.len()), "{}", said(&out));
        let mut slow = data(ORIGIN_BLOCKS, b's');
        for (cblock, oblock) in &found.blocks {
            let (from, to) = ((cblock * BLOCK) as usize, (oblock * BLOCK) as usize);
            slow[to..to + BLOCK as usize].copy_from_slice(&data(CACHE_BLOCKS, b'f')[from..from + BLOCK as usize]);
        }
        assert!(files.read("slow") == slow && files.read("fast") == data(CACHE_BLOCKS, b'f'), "version {version}");
        let now = files.read("m");
        assert_eq!(check::check(&now, &check::Options::default()).exit_code(), 0);
        assert_eq!(text(&now), text(&metadata).replace("dirty=\"true\"", "dirty=\"false\""), "version {version}");
        assert_ne!(format::le32(&now, 4) & format::CLEAN_SHUTDOWN, 0, "it counts as shut down cleanly");
        assert!(dirty(&now, &Options::default()).unwrap().blocks.is_empty());
        let changed: Vec<usize> =
            now.chunks(4096).zip(metadata.chunks(4096)).enumerate().filter(|(_, (a, b))| a != b).map(|(n, _)| n).collect();
        assert!(changed.len() <= 3 && changed.contains(&0) != clean, "blocks {changed:?}");
        let again = files.dmlab(&["-q"]);
        assert!(again.status.success() && said(&again).is_empty() && files.read("slow") == slow);
    }
}

#[test]
fn nothing_is_written_in_place_unless_told() {
    use std::os::unix::fs::MetadataExt;
    let files = Files::new(&image(3, 2, true));
    let inodes = || ["m", "slow", "fast"].map(|name| std::fs::metadata(files.path(name)).unwrap().ino());
    let before = inodes();
    assert!(files.dmlab(&["--no-metadata-update"]).status.success());
    assert!(inodes()[1] != before[1] && inodes()[0] == before[0] && files.read("m") == image(3, 2, true));
    let before = inodes();
    assert!(files.dmlab(&["--in-place"]).status.success());
    assert!(inodes() == before && dirty(&files.read("m"), &Options::default()).unwrap().blocks.is_empty());
}

#[test]
fn what_is_damaged_or_too_short_is_refused_and_stays_as_it_is() {
    let metadata = image(5, 1, true);
    let mut damaged = metadata.clone();
    let sb = format::Superblock::decode(metadata[..4096].try_into().unwrap());
    damaged[sb.mapping_root as usize * 4096 + 100] ^= 1;
    for (metadata, slow, word) in [(&damaged, ORIGIN_BLOCKS, "repair it first"), (&metadata, 100, "too few for block")] {
        let files = Files::new(metadata);
        std::fs::write(files.path("slow"), data(slow, b's')).unwrap();
        let out = files.dmlab(&[]);
        assert!(out.status.code() == Some(1) && said(&out).contains(word), "{}", said(&out));
        assert!(files.read("slow") == data(slow, b's') && files.read("m") == *metadata);
    }
}

/// Fails after so many writes.
struct Broken<'i> {
    image: &'i mut Vec<u8>,
    left: usize,
}

impl Sink for Broken<'_> {
    fn nr_blocks(&self) -> u64 {
        Sink::nr_blocks(self.image)
    }

    fn write(&mut self, at: u64, block: &format::Block) -> Result<(), String> {
        self.left = self.left.checked_sub(1).ok_or("broken off")?;
        self.image.write(at, block)
    }
}

#[test]
fn metadata_that_is_marked_in_place_is_whole_after_every_write() {
    for (version, clean) in [(1, true), (2, false)] {
        let before = image(9, version, clean);
        let mut copied = Bits::default();
        let blocks = dirty(&before, &Options::default()).unwrap().blocks;
        blocks.iter().for_each(|(cblock, _)| copied.set(*cblock));
        let mut writes = 0;
        loop {
            let mut image = before.clone();
            let done = mark_clean(&before, &mut Broken { image: &mut image, left: writes }, &copied, true);
            assert_eq!(check::check(&image, &check::Options::default()).exit_code(), 0, "version {version} after {writes} writes");
            let left = dirty(&image, &Options::default()).unwrap().blocks.len();
            assert!(if done.is_ok() { left == 0 } else { left > 0 }, "version {version} after {writes} writes: {left} dirty");
            if done.is_ok() {
                break;
            }
            writes += 1;
        }
        assert!(writes >= 2, "{writes}");
    }
}
