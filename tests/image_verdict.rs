//! The verdict on an image: what a real kernel did with 53 damaged ones, and what is lost of those that can be known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::ptr_arg, reason = "tests; a slice is no Source")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_image::activate::{Proposal, Step, activate, printed};
use dm_cache_image::check::{self, check};
use dm_cache_image::format::{self, CLEAN_SHUTDOWN, Kind, Superblock};
use dm_cache_image::inspect::Map;
use dm_cache_image::repair;
use dm_cache_image::restore::{self, Placement};
use dm_cache_image::verdict::{self, Amount, Verdict, Will};
use std::collections::BTreeMap;
use std::io::Read;

const BLOCK: usize = 4096;

fn recorded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(format!("tests/recordings/6.1/{name}.img.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn judge(image: &Vec<u8>) -> Verdict {
    verdict::of(image, &check(image, &check::Options::default()), Kernel::V6_1)
}

/// What Linux 6.1 printed and did with a variant: its log, and where it refused.
#[derive(Default)]
struct Seen {
    log: Vec<String>,
    refused: Option<Step>,
}

fn transcript() -> BTreeMap<String, Seen> {
    let text = std::fs::read_to_string("tests/recordings/6.1/06-corrupt/transcript.txt").unwrap();
    let mut out: BTreeMap<String, Seen> = BTreeMap::new();
    let (mut name, mut activating) = (String::new(), false);
    for line in text.lines() {
        if let Some(variant) = line.strip_prefix("######## ") {
            variant.clone_into(&mut name);
            activating = true;
        // What was written to a cache that works is another matter.
        } else if line.starts_with("--- state of c") || line.starts_with("+ write") {
            activating = false;
        } else if activating && !name.is_empty() {
            let seen = out.entry(name.clone()).or_default();
            if let Some(said) = line.strip_prefix("dmesg| ") {
                seen.log.push(said.to_owned());
            } else if line.contains("reload ioctl on c") {
                seen.refused = seen.refused.or(Some(Step::Load));
            } else if line.contains("resume ioctl on c") {
                seen.refused = seen.refused.or(Some(Step::Resume));
            }
        }
    }
    out
}

#[test]
fn what_is_said_of_damaged_images_is_what_a_real_kernel_printed_and_did() {
    let (mut wrong, mut refused) = (Vec::new(), 0);
    let seen = transcript();
    for (name, seen) in &seen {
        let image = recorded(&format!("06-corrupt/{name}"));
        // The machine of the recording: 256 cache blocks of 64 KiB over 128 MiB.
        let version = if seen.log.is_empty() && name.contains("good2") || name.contains("v2-") { 2 } else { 1 };
        let proposal = Proposal { block_sectors: 128, cache_blocks: 256, origin_sectors: 262_144, version, policy: "smq".to_owned() };
        let ours = activate(&image, &proposal, Kernel::V6_1);
        let machine = printed(&image, &proposal, Kernel::V6_1).unwrap();
        if machine.log != seen.log {
            wrong.push(format!("{name}: printed\n  {}\ninstead of\n  {}", machine.log.join("\n  "), seen.log.join("\n  ")));
        }
        let step = ours.refused.map(|r| r.step);
        if step != seen.refused || machine.works != seen.refused.is_none() {
            wrong.push(format!("{name}: refused at {step:?} instead of {:?}", seen.refused));
        }
        let metadata_lines_are_among_them = ours.log.iter().all(|line| seen.log.contains(line));
        if !metadata_lines_are_among_them {
            wrong.push(format!("{name}: the metadata engine alone printed {:#?}", ours.log));
        }
        refused += usize::from(seen.refused.is_some());
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen.len() >= 53 && refused > 15, "{} variants, {refused} refused", seen.len());
}

/// An image of nine mapping and five hint blocks; every mapped cache block in two is dirty.
fn image(version: u32, clean: bool) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text =
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"4096\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n".to_owned();
    for c in 0..4096 {
        writeln!(text, "<mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"{}\"/>", c + 7, c % 2 == 0).unwrap();
    }
    text += "</mappings>\n<hints>\n";
    for c in 0..4096 {
        writeln!(text, "<hint cache_block=\"{c}\" data=\"BAAAAA==\"/>").unwrap();
    }
    text += "</hints>\n</superblock>\n";
    let mut image = vec![0; 64 * BLOCK];
    let options = restore::Options { version, placement: Placement::Tool, omit_clean_shutdown: !clean, as_0_9: false };
    restore::restore(text.as_bytes(), &mut image, &options).unwrap();
    image
}

/// The blocks of an area that hold values, by their first.
fn values(image: &Vec<u8>, area: dm_cache_image::damage::Area) -> Vec<u64> {
    let map = Map::of(image);
    map.blocks().filter(|at| map.usage(*at) == Some((area, Kind::ArrayBlock))).collect()
}

fn amounts(verdict: &Verdict) -> BTreeMap<&str, Amount> {
    verdict.lost.iter().map(|loss| (loss.what.as_str(), loss.amount)).collect()
}

#[test]
fn a_sound_image_loads_and_after_an_unclean_shutdown_every_mapped_block_counts_as_dirty() {
    for version in [1, 2] {
        let clean = judge(&image(version, true));
        assert_eq!((clean.will, clean.headline.as_str()), (Will::Load, "Linux 6.1 will load it."));
        assert_eq!(clean.price, "It was shut down cleanly: 4096 of 4096 cache blocks are mapped, 2048 of them dirty.");
        assert_eq!((clean.mapped, clean.dirty, clean.lost.len(), &clean.repair), (Some(4096), Some(2048), 0, &None));
        let unclean = judge(&image(version, false));
        assert_eq!(unclean.will, Will::Load);
        assert!(unclean.price.contains("takes all 4096 mapped blocks as dirty"), "{}", unclean.price);
        assert!(unclean.next.contains("Keep the cache device"), "{}", unclean.next);
    }
}

#[test]
fn a_bad_mapping_block_is_named_and_what_it_costs_is_unknown_where_nothing_says_it() {
    for (version, clean) in [(1, true), (2, true), (2, false)] {
        let mut image = image(version, clean);
        let block = values(&image, dm_cache_image::damage::Area::Mapping)[1];
        image[block as usize * BLOCK + 100] ^= 0xff;
        let verdict = judge(&image);
        assert_eq!(verdict.headline, format!("Linux 6.1 will refuse it: mapping block {block} has a bad checksum."));
        assert_eq!(
            verdict.price,
            "Up to 509 of 4096 mappings are lost, 3587 can be saved. The resume fails; no data on the disks is changed."
        );
        assert_eq!((verdict.will, verdict.block, verdict.mapped), (Will::Refuse, Some(block), Some(3587)));
        let lost = amounts(&verdict);
        assert_eq!((lost["mappings"], lost["hints"]), (Amount::AtMost(509), Amount::Exactly(0)));
        // Cblocks 509 to 1017, of which the even ones are dirty.
        let dirty = if version == 2 && clean { Amount::Exactly(254) } else { Amount::Unknown };
        assert_eq!((lost["of them dirty"], lost["old on the origin"]), (dirty, dirty), "version {version}, clean {clean}");
        assert!(verdict.repair.unwrap().contains("Keeps 3587 mappings, drops cblocks 509–1017"));
    }
}

#[test]
fn damage_that_linux_passes_over_is_told_and_what_it_costs() {
    let mut hints = image(1, true);
    let block = values(&hints, dm_cache_image::damage::Area::Hint)[1];
    hints[block as usize * BLOCK + 100] ^= 0xff;
    let verdict = judge(&hints);
    assert_eq!((verdict.will, verdict.block), (Will::LoadDamaged, Some(block)), "{verdict}");
    assert_eq!(amounts(&verdict)["mappings"], Amount::Exactly(0));
    assert_eq!(amounts(&verdict)["hints"], Amount::AtMost(1018));
}

#[test]
fn without_a_superblock_nothing_is_known_and_nothing_is_called_0() {
    let mut image = image(2, true);
    image[200] ^= 1;
    let verdict = judge(&image);
    assert_eq!(verdict.headline, "Linux 6.1 will refuse it: the superblock has a bad checksum.");
    assert_eq!((verdict.mapped, verdict.dirty, &verdict.repair), (None, None, &None));
    assert!(verdict.lost.iter().all(|loss| loss.amount == Amount::Unknown), "{:?}", verdict.lost);
    assert!(verdict.price.starts_with("What is mapped is unknown"), "{}", verdict.price);
}

#[test]
fn a_tree_without_its_root_leaves_the_number_of_mappings_unknown() {
    let mut image = image(1, true);
    let root = Superblock::decode(image[..BLOCK].try_into().unwrap()).mapping_root;
    image[root as usize * BLOCK + 40] ^= 1;
    let verdict = judge(&image);
    assert_eq!((verdict.will, verdict.block, verdict.mapped, verdict.dirty), (Will::Refuse, Some(root), None, None));
    assert_eq!(amounts(&verdict)["mappings"], Amount::AtMost(4096));
}

#[test]
fn a_flag_alone_is_a_reason_and_repair_clears_it() {
    let mut image = image(1, true);
    let block: &mut [u8; BLOCK] = (&mut image[..BLOCK]).try_into().unwrap();
    block[4] |= 2;
    format::seal(block, Kind::Superblock, 0);
    let verdict = judge(&image);
    assert_eq!(verdict.headline, "Linux 6.1 will refuse it: its needs_check flag is set.");
    assert_eq!(verdict.price, "No mapping is lost, 4096 can be saved. The table is not loaded; no data on the disks is changed.");
    let mut out = vec![0; image.len()];
    repair::repair(&image, &mut out, &repair::Options::default()).unwrap();
    let sb = Superblock::decode(out[..BLOCK].try_into().unwrap());
    assert_eq!((judge(&out).will, sb.flags), (Will::Load, CLEAN_SHUTDOWN));
}

#[test]
fn a_blank_device_is_formatted() {
    let verdict = judge(&vec![0; 64 * BLOCK]);
    assert_eq!((verdict.will, verdict.mapped), (Will::Format, None));
}

#[test]
fn what_is_proposed_fits_the_image() {
    let verdict = judge(&image(2, true));
    let Proposal { block_sectors, cache_blocks, origin_sectors, version, policy } = verdict.proposal.clone();
    assert_eq!((block_sectors, cache_blocks, origin_sectors, version, policy.as_str()), (128, 4096, (4095 + 7 + 1) * 128, 2, "smq"));
    assert!(verdict.proposal.table().ends_with("128 2 metadata2 writeback smq 0"), "{}", verdict.proposal.table());
}
