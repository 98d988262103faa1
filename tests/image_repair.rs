//! Repair: what can be read is kept, and as 0.9 it is what `cache_repair` writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::ptr_arg, reason = "tests; a slice is no Source")]

use crate::scenarios::{complaints, run};
use dm_cache_image::dump::Options;
use dm_cache_image::restore::{self, Placement};
use dm_cache_image::{check, dump, repair};
use proptest::prelude::*;
use std::collections::BTreeSet;
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

#[test]
fn as_0_9_dump_and_repair_write_what_debians_tools_write() {
    if !Command::new("cache_repair").arg("-V").output().is_ok_and(|out| out.stdout.starts_with(b"0.9")) {
        eprintln!("cache_repair 0.9 is not installed: not compared");
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
