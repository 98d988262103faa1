//! Hostile images: every one gives a report, in bounded time and memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "image/hostile.rs"]
mod hostile;

use dm_cache_image::check::{self, Report};
use dm_cache_image::damage::{Area, Fault};
use dm_cache_image::format::{BLOCK_SIZE, Kind, Superblock, le64, sb, seal};
use std::path::Path;

fn checked(image: &[u8]) -> Report {
    check::check(&image, &check::Options::default())
}

fn edit(image: &mut [u8], block: u64, f: impl FnOnce(&mut [u8; BLOCK_SIZE])) {
    let b: &mut [u8; BLOCK_SIZE] = (&mut image[block as usize * BLOCK_SIZE..][..BLOCK_SIZE]).try_into().unwrap();
    let kind = Kind::sniff(b).unwrap();
    f(b);
    seal(b, kind, block);
}

fn fields(image: &[u8]) -> Superblock {
    Superblock::decode(image[..BLOCK_SIZE].try_into().unwrap())
}

fn put(b: &mut [u8; BLOCK_SIZE], at: usize, v: u64) {
    b[at..at + 8].copy_from_slice(&v.to_le_bytes());
}

/// Where the first value of a node of 8-byte values lies.
const VALUES: usize = 32 + 252 * 8;

#[test]
fn the_base_images_are_sound() {
    for version in [1, 2] {
        let report = checked(&hostile::base(version));
        assert_eq!(report.exit_code(), 0, "{report}");
        assert_eq!(report.mapped, 400);
        assert_eq!(report.dirty, 200);
    }
}

#[test]
fn a_flipped_bit_in_any_block_in_use_is_found() {
    for version in [1, 2] {
        let image = hostile::base(version);
        for block in dm_cache_image::inspect::Map::of(&image).blocks() {
            for bit in [0, 40, 200, 8 * 4095 + 7] {
                let mut flipped = image.clone();
                flipped[block as usize * BLOCK_SIZE + bit / 8] ^= 1 << (bit % 8);
                assert_eq!(checked(&flipped).exit_code(), 1, "version {version}, block {block}, bit {bit}");
            }
        }
    }
}

#[test]
fn every_truncation_gives_a_report() {
    let image = hostile::base(2);
    for len in (0..image.len()).step_by(1000) {
        let cut = image[..len].to_vec();
        let report = checked(&cut);
        let used = fields(&image).space_map.nr_allocated as usize * BLOCK_SIZE;
        assert_eq!(report.exit_code(), i32::from(len < used), "{len}\n{report}");
    }
}

#[test]
fn a_cycle_ends_at_the_second_meeting() {
    let mut image = hostile::base(1);
    let root = fields(&image).mapping_root;
    edit(&mut image, root, |b| {
        b[4..8].copy_from_slice(&1u32.to_le_bytes()); // now internal
        put(b, VALUES, root);
    });
    let report = checked(&image);
    let met = report.damages.iter().any(|d| matches!(d.fault, Fault::UsedTwice { block, other: Area::Mapping } if block == root));
    assert!(met, "{report}");
}

#[test]
fn a_shared_subtree_is_entered_once_and_costs_its_cache_blocks() {
    let mut image = hostile::base(1);
    let root = fields(&image).mapping_root;
    edit(&mut image, root, |b| {
        let first = le64(b, VALUES);
        put(b, VALUES + 8, first);
    });
    let report = checked(&image);
    let shared = report.damages.iter().find(|d| matches!(d.fault, Fault::UsedTwice { .. })).unwrap();
    assert_eq!(shared.cblocks, Some(509..600), "{report}");
}

#[test]
fn a_pointer_outside_the_image_costs_what_lies_behind_it() {
    let mut image = hostile::base(2);
    let root = fields(&image).dirty_root;
    edit(&mut image, root, |b| put(b, VALUES, u64::MAX));
    let report = checked(&image);
    let wild = report.damages.iter().find(|d| matches!(d.fault, Fault::OutOfBounds { .. })).unwrap();
    assert_eq!((wild.area, wild.cblocks.clone()), (Area::Dirty, Some(0..600)), "{report}");
}

#[test]
fn a_count_beyond_the_block_is_refused() {
    let mut image = hostile::base(1);
    let root = fields(&image).mapping_root;
    let array = le64(&image[root as usize * BLOCK_SIZE..], VALUES);
    for (block, at) in [(root, 16), (array, 8)] {
        let mut bad = image.clone();
        edit(&mut bad, block, |b| b[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes()));
        assert_eq!(checked(&bad).exit_code(), 1);
    }
    edit(&mut image, root, |b| b[20..24].copy_from_slice(&0xffff_fffdu32.to_le_bytes()));
    assert_eq!(checked(&image).exit_code(), 1);
}

#[test]
fn claims_of_terabytes_cost_no_memory() {
    let mut image = hostile::base(2);
    edit(&mut image, 0, |b| {
        b[sb::CACHE_BLOCKS..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
        put(b, sb::DISCARD_NR_BLOCKS, u64::MAX);
        put(b, sb::SM_ROOT, u64::MAX);
    });
    let report = checked(&image);
    let costs = |area| report.damages.iter().filter(|d| d.area == area).map(|d| d.cblocks.clone().unwrap()).collect::<Vec<_>>();
    let all = u64::from(u32::MAX);
    assert_eq!(costs(Area::Mapping), [1018..all, 600..1018], "{report}");
    // A key far beyond: the array block behind it must not make the bitset as large as it claims.
    edit(&mut image, fields(&hostile::base(2)).dirty_root, |b| put(b, 32, 131_000));
    assert_eq!(checked(&image).exit_code(), 1);
}

#[test]
fn a_block_of_another_kind_with_a_right_checksum_is_named() {
    let image = hostile::base(1);
    let s = fields(&image);
    for at in [sb::MAPPING_ROOT, sb::HINT_ROOT, sb::DISCARD_ROOT, sb::SM_ROOT + 24] {
        let mut wrong = image.clone();
        edit(&mut wrong, 0, |b| put(b, at, s.space_map.bitmap_root));
        let report = checked(&wrong);
        let named = report.damages.iter().any(|d| match d.fault {
            Fault::BadChecksum { looks_like, .. } => looks_like == Some(Kind::Index),
            Fault::UsedTwice { .. } => true,
            _ => false,
        });
        assert!(named, "{report}");
    }
}

#[test]
fn two_cache_blocks_over_one_far_origin_block_are_named() {
    let mut image = hostile::base(1);
    let root = fields(&image).mapping_root;
    let array = le64(&image[root as usize * BLOCK_SIZE..], VALUES);
    edit(&mut image, array, |b| {
        for cblock in [4, 7] {
            put(b, 24 + cblock * 8, 0xffff_ffff_fff0 << 16 | 1);
        }
    });
    let report = checked(&image);
    assert!(report.damages.iter().any(|d| d.fault == Fault::DuplicateOrigin { cblock: 7, oblock: 0xffff_ffff_fff0, flags: 1 }), "{report}");
}

#[test]
fn a_near_origin_block_mapped_by_three_cache_blocks_is_reported_for_two_of_them() {
    let mut image = hostile::base(2);
    let root = fields(&image).mapping_root;
    let [early, late] = [0, 8].map(|i| le64(&image[root as usize * BLOCK_SIZE..], VALUES + i));
    for (block, slot) in [(early, 3), (late, 0), (late, 90)] {
        edit(&mut image, block, |b| put(b, 24 + slot * 8, 77 << 16 | 1));
    }
    let report = checked(&image);
    let mut second: Vec<u64> = report
        .damages
        .iter()
        .filter_map(|d| if let Fault::DuplicateOrigin { cblock, oblock: 77, .. } = d.fault { Some(cblock) } else { None })
        .collect();
    second.sort_unstable();
    assert_eq!(second, [509, 599], "{report}");
    assert_eq!(check::check_parallel(&image, &check::Options::default()), report);
}

#[test]
fn a_count_of_zero_for_a_block_in_use_is_found_and_a_leak_is_noted() {
    let image = hostile::base(2);
    let s = fields(&image);
    let index = s.space_map.bitmap_root as usize * BLOCK_SIZE;
    let bitmap = le64(&image[index..], 16);
    let mut lost = image.clone();
    edit(&mut lost, bitmap, |b| b[16] &= !0b1100_0000);
    assert!(checked(&lost).damages.iter().any(|d| matches!(d.fault, Fault::CountTooLow { block: 3, counted: 0, used: 1 })));
    let mut leaked = image;
    edit(&mut leaked, bitmap, |b| b[16 + 5] |= 2 << 4);
    let report = checked(&leaked);
    assert!(report.notes.iter().any(|n| n.to_string().contains("1 leaked metadata block(s), from block 22")), "{report}");
}

#[test]
fn the_fuzzers_corpus_is_survived() {
    let dir = Path::new("fuzz/corpus/image");
    let mut replayed = 0;
    for file in std::fs::read_dir(dir).into_iter().flatten() {
        hostile::survive(&std::fs::read(file.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "no corpus in {}", dir.display());
}
