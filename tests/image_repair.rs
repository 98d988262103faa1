//! Repair: what can be read is kept, and as 0.9 it is what `cache_repair` writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::ptr_arg, reason = "tests; a slice is no Source")]

mod damaged;

use crate::scenarios::{complaints, run};
use dm_cache_image::damage::{Area, Fault};
use dm_cache_image::dump::Options;
use dm_cache_image::format::{Block, Kind, NODE_HEADER, le64, sb, seal};
use dm_cache_image::restore::{self, Placement};
use dm_cache_image::{check, dump, repair};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

const CACHE_BLOCKS: u32 = 4096;
const BLOCK: usize = 4096;

/// An image of nine mapping and five hint blocks.
fn image(version: u32, clean: bool) -> Vec<u8> {
    let mut text = format!(
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"{CACHE_BLOCKS}\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n"
    );
    let mapped = || (0..CACHE_BLOCKS).filter(|c| c % 3 != 1);
    for c in mapped() {
        text += &format!("<mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"{}\"/>\n", c + 7, c % 2 == 0);
    }
    text += "</mappings>\n<hints>\n";
    for c in mapped() {
        text += &format!("<hint cache_block=\"{c}\" data=\"BAAAAA==\"/>\n");
    }
    text += "</hints>\n</superblock>\n";
    let mut image = vec![0; 64 * BLOCK];
    let options = restore::Options { version, placement: Placement::Tool, omit_clean_shutdown: !clean, as_0_9: true };
    restore::restore(text.as_bytes(), &mut image, &options).unwrap();
    image
}

fn repaired(image: &Vec<u8>, as_0_9: bool) -> Vec<u8> {
    let mut out = vec![0; image.len()];
    repair::repair(image, &mut out, &repair::Options { as_0_9 }).unwrap();
    out
}

/// The lines of an image's dump that name a mapping.
fn mappings(image: &Vec<u8>, repair: bool) -> BTreeSet<String> {
    let mut text = Vec::new();
    dump::dump(image, &mut text, &Options { repair, ..Options::default() }).unwrap();
    String::from_utf8(text).unwrap().lines().filter(|l| l.contains("<mapping ")).map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_repaired_image_is_sound_and_keeps_every_mapping_that_can_be_read(
        version in 1..=2u32, clean: bool, bad in proptest::collection::btree_set(1..40usize, 1..4)
    ) {
        let mut image = image(version, clean);
        for block in bad {
            image[block * BLOCK..][..64].fill(0x67);
        }
        let out = repaired(&image, false);
        let report = check::check(&out, &check::Options::default());
        prop_assert_eq!(report.exit_code(), 0, "{}", report);
        prop_assert_eq!(mappings(&out, false), mappings(&image, true));
        let sb = report.superblock.unwrap();
        prop_assert_eq!((sb.version, sb.flags & dm_cache_image::format::CLEAN_SHUTDOWN != 0), (version, clean));
    }
}

#[test]
fn an_unclean_image_stays_unclean_though_its_superblock_names_another_block() {
    let mut image = image(2, false);
    let superblock: &mut [u8; BLOCK] = (&mut image[..BLOCK]).try_into().unwrap();
    dm_cache_image::format::seal(superblock, dm_cache_image::format::Kind::Superblock, 7);
    let report = check::check(&repaired(&image, false), &check::Options::default());
    let sb = report.superblock.unwrap();
    assert_eq!((sb.version, sb.flags & dm_cache_image::format::CLEAN_SHUTDOWN), (2, 0));
}

/// Writes to a block and mends its checksum.
fn edit(image: &mut [u8], at: u64, offset: usize, bytes: &[u8]) {
    let block: &mut Block = (&mut image[at as usize * BLOCK..][..BLOCK]).try_into().unwrap();
    let kind = Kind::sniff(block).unwrap();
    block[offset..offset + bytes.len()].copy_from_slice(bytes);
    seal(block, kind, at);
}

#[test]
fn of_two_cache_blocks_with_one_origin_block_the_first_is_kept() {
    let sound = image(2, true);
    let mut image = sound.clone();
    // Cache block 3 says that it holds what cache block 2 holds.
    let first = first_mapping_block(&image);
    edit(&mut image, first, 24 + 3 * 8, &((2 + 7_u64) << 16 | 1).to_le_bytes());
    let mut out = vec![0; image.len()];
    let left_out = repair::repair(&image, &mut out, &repair::Options::default()).unwrap();
    assert_eq!(left_out.cblocks(Area::Mapping), vec![3..4]);
    assert_eq!(check::check(&out, &check::Options::default()).exit_code(), 0);
    assert_eq!(kept(&out).0, kept(&sound).0.into_iter().filter(|(c, _)| *c != 3).collect());
}

#[test]
fn a_bitset_that_points_into_the_mappings_costs_no_mapping() {
    let sound = image(2, true);
    let mut image = sound.clone();
    let first = first_mapping_block(&image);
    edit(&mut image, 0, sb::DIRTY_ROOT, &first.to_le_bytes());
    let out = repaired(&image, false);
    assert_eq!(kept(&out).0, kept(&sound).0);
    assert_eq!(kept(&out).1.len(), kept(&sound).0.len(), "without dirty bits everything is dirty");
}

#[test]
fn a_wrong_number_of_entries_costs_no_mapping() {
    let sound = image(1, true);
    let mut image = sound.clone();
    let first = first_mapping_block(&image);
    edit(&mut image, first, 8, &0x1_01fd_u32.to_le_bytes());
    assert_eq!(check::check(&image, &check::Options::default()).exit_code(), 1);
    assert_eq!(kept(&repaired(&image, false)), kept(&sound));
}

#[test]
fn hints_of_an_impossible_size_are_left_out() {
    let sound = image(1, true);
    let mut image = sound.clone();
    edit(&mut image, 0, sb::INCOMPAT_FLAGS, &1_u32.to_le_bytes());
    edit(&mut image, 0, sb::POLICY_HINT_SIZE, &0_u32.to_le_bytes());
    let out = repaired(&image, false);
    assert_eq!((check::check(&out, &check::Options::default()).exit_code(), kept(&out)), (0, kept(&sound)));
}

#[test]
fn as_0_9_dump_and_repair_write_what_debians_tools_write() {
    if !has_cache_repair() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("in.img"), dir.path().join("out.img"));
    let mut damaged = 0;
    for bad in (1..40).map(|b| vec![b]).chain([vec![9, 12], vec![14, 21], vec![9, 20, 21]]) {
        let mut image = image(1, true);
        for block in &bad {
            image[block * BLOCK..][..64].fill(0x67);
        }
        std::fs::write(&from, &image).unwrap();
        std::fs::write(&to, vec![0; image.len()]).unwrap();
        let done = Command::new("cache_repair").arg("-i").arg(&from).arg("-o").arg(&to).output().unwrap();
        assert!(done.status.success(), "{bad:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(std::fs::read(&to).unwrap() == repaired(&image, true), "{bad:?}");

        for repair in [false, true] {
            let mut text = Vec::new();
            let ours = dump::dump(&image, &mut text, &Options { repair, as_0_9: true, ..Options::default() });
            let theirs = Command::new("cache_dump").args(repair.then_some("--repair")).arg(&from).output().unwrap();
            assert_eq!(ours.is_ok(), theirs.status.success(), "{bad:?} {repair}");
            assert!(text == theirs.stdout, "{bad:?} {repair}");
            damaged += usize::from(ours.is_err());
        }
    }
    assert!(damaged > 10, "{damaged} images were damaged where it matters");
}

#[test]
fn the_console_dumps_what_can_be_read_before_it_gives_up() {
    let script = "dm-cache-lab 1\n# Damage\ndisk meta 4M\ndisk fast 256M\ndisk slow 1G\n\n\
        $ dmsetup create c --table '0 2097152 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\nwrite c 0..36 A\n$ dmsetup remove c\n\
        write /dev/meta @40K+4K 0x67\n$ cache_dump /dev/meta 2>/dev/null\nexpect rc 1\nexpect output \"<mapping cache_block=\"\n";
    assert_eq!(complaints(&run("damage", script)), Vec::<String>::new());
}

/// The pairs of cache block and origin block, and which of the cache blocks are dirty.
type Kept = (BTreeMap<u64, u64>, BTreeSet<u64>);

fn kept(image: &Vec<u8>) -> Kept {
    let mut kept = Kept::default();
    for line in mappings(image, false) {
        let part: Vec<&str> = line.split('"').collect();
        let [cblock, oblock] = [1, 3].map(|n| part[n].parse().unwrap());
        kept.0.insert(cblock, oblock);
        if part[5] == "true" {
            kept.1.insert(cblock);
        }
    }
    kept
}

fn first_mapping_block(image: &Vec<u8>) -> u64 {
    let leaf = le64(image, sb::MAPPING_ROOT) as usize * BLOCK;
    le64(image, leaf + NODE_HEADER + 252 * 8)
}

/// Runs a tool, and ends one that does not end.
fn tool(name: &str, words: &[&OsStr]) -> Result<(), String> {
    let out = Command::new("timeout").args(["20", name]).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).trim().replace('\n', "; ");
    if out.status.success() { Ok(()) } else { Err(format!("{name} {}: {said}", out.status)) }
}

/// How the repair of a damaged image by `dmlab repair` and by `cache_repair` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    /// Both keep the same.
    Equal,
    /// Ours keeps more: theirs keeps nothing of an array after its first bad block.
    More,
    /// Theirs has mappings that the sound image had not: values at wrong places, or another array's values.
    TheirsInvents,
    /// Two entries of the mapping array point to one block: ours keeps it where it comes first; theirs has lost that place and keeps the other.
    OneOfTwoPlaces,
    /// Theirs writes nothing, or what `cache_check` does not pass.
    TheirsFails,
    /// Nothing can be had.
    BothFail,
}

/// Repairs an image with both; whatever ours writes passes both checks and keeps what theirs keeps.
fn compare(number: u64, dir: &Path) -> Ended {
    let (image, sound, done) = damaged::image(number);
    let (from, to) = (dir.join("in.img"), dir.join("out.img"));
    let mut out = vec![0; image.len()];
    let ours = repair::repair(&image, &mut out, &repair::Options::default());
    if ours.is_ok() {
        std::fs::write(&to, &out).unwrap();
        let report = check::check(&out, &check::Options::default());
        assert_eq!(report.exit_code(), 0, "{number}: {done}: {report}");
        assert_eq!(tool("cache_check", &[to.as_ref()]), Ok(()), "{number}: {done}");
    }
    std::fs::write(&from, &image).unwrap();
    std::fs::write(&to, vec![0; image.len()]).unwrap();
    let written = tool("cache_repair", &["-i".as_ref(), from.as_ref(), "-o".as_ref(), to.as_ref()]);
    let theirs = written.and_then(|()| tool("cache_check", &[to.as_ref()])).map(|()| kept(&std::fs::read(&to).unwrap()));
    match (ours, theirs) {
        (Ok(_), Err(_)) => Ended::TheirsFails,
        (Err(_), Err(_)) => Ended::BothFail,
        (Err(e), Ok(_)) => panic!("{number}: {done}: only cache_repair repairs it: {e}"),
        (Ok(left_out), Ok(theirs)) => {
            let (ours, before) = (kept(&out), kept(sound).0);
            let lost = left_out.cblocks(Area::Mapping);
            let in_two_places = left_out.list.iter().filter(|d| matches!(d.fault, Fault::UsedTwice { other: Area::Mapping, .. }));
            let in_two_places: Vec<_> = in_two_places.filter_map(|d| d.cblocks.clone()).collect();
            let missing: Vec<_> = theirs.0.iter().filter(|(c, o)| ours.0.get(c) != Some(o)).collect();
            let mut kept_elsewhere = false;
            for (c, o) in &missing {
                if in_two_places.iter().any(|run| run.contains(c)) {
                    kept_elsewhere = true;
                    continue;
                }
                let said = lost.iter().any(|run| run.contains(c)) || ours.0.get(c) == before.get(c);
                assert!(before.get(c) != Some(o) && said, "{number}: {done}: cblock {c} is lost");
            }
            let clean = theirs.1.iter().find(|c| ours.0.contains_key(c) && !ours.1.contains(c));
            assert_eq!(clean, None, "{number}: {done}: a dirty block became clean");
            match ours.0.len() + missing.len() - theirs.0.len() {
                _ if kept_elsewhere => Ended::OneOfTwoPlaces,
                _ if !missing.is_empty() => Ended::TheirsInvents,
                0 => Ended::Equal,
                _ => Ended::More,
            }
        }
    }
}

fn has_cache_repair() -> bool {
    let found = Command::new("cache_repair").arg("-V").output().is_ok_and(|out| out.stdout.starts_with(b"0.9"));
    if !found {
        eprintln!("cache_repair 0.9 is not installed: not compared");
    }
    found
}

/// Compares images; returns how many ended how.
fn compare_all(numbers: std::ops::Range<u64>) -> BTreeMap<Ended, u64> {
    let dir = tempfile::tempdir().unwrap();
    let mut ends = BTreeMap::new();
    let mut wrong = Vec::new();
    for number in numbers {
        match std::panic::catch_unwind(|| compare(number, dir.path())) {
            Ok(end) => *ends.entry(end).or_default() += 1,
            Err(e) => wrong.push(e.downcast_ref::<String>().cloned().unwrap_or_default()),
        }
    }
    assert!(wrong.is_empty(), "{} of {ends:?}\n{}", wrong.len(), wrong.join("\n"));
    ends
}

#[test]
fn a_repaired_image_passes_cache_check_and_keeps_what_cache_repair_keeps() {
    if has_cache_repair() {
        let ends = compare_all(0..20);
        assert!(ends[&Ended::Equal] > 0 && ends[&Ended::More] > 0, "{ends:?}");
    }
}

#[test]
#[ignore = "minutes: cargo test --test it a_thousand_repaired -- --ignored --nocapture"]
fn a_thousand_repaired_images_pass_cache_check_and_keep_what_cache_repair_keeps() {
    if has_cache_repair() {
        println!("{:?}", compare_all(0..1000));
    }
}
