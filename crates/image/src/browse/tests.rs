//! What is seen of images made here: sound ones, damaged ones, large ones, and files that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::seen::{Row, TreeNode};
use super::*;
use crate::restore::{self, Options};
use std::fmt::Write as _;

/// An image with `mapped` of `cache_blocks` cache blocks mapped, each to `stride` times its number, every tenth dirty.
fn image(mib: usize, cache_blocks: u64, mapped: u64, stride: u64) -> Vec<u8> {
    let mut xml = format!(
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"{cache_blocks}\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n"
    );
    for c in 0..mapped {
        writeln!(xml, "<mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"{}\"/>", c * stride, c % 10 == 0).unwrap();
    }
    xml.push_str("</mappings>\n<hints>\n</hints>\n</superblock>\n");
    let mut bytes = vec![0; mib << 20];
    restore::restore(xml.as_bytes(), &mut bytes, &Options::default()).unwrap();
    bytes
}

fn open(bytes: Vec<u8>) -> Browser {
    Browser::of_bytes("cmeta.img", bytes).unwrap()
}

fn arrays(browser: &Browser) -> Vec<&TreeNode> {
    browser.overview().tree.iter().filter(|n| n.array).collect()
}

#[test]
fn an_overview_counts_every_block_once() {
    let browser = open(image(4, 2_000, 1_500, 3));
    let seen = browser.overview();
    assert_eq!((seen.nr_blocks, browser.verdict().mapped, browser.verdict().dirty, seen.exit_code), (1024, Some(1_500), Some(150), 0));
    assert_eq!(seen.owners.iter().map(|(_, run)| run).sum::<u64>(), 1024);
    assert_eq!(seen.tally.iter().map(|t| t.blocks).sum::<u64>(), 1024);
    let mapping = seen.tally.iter().find(|t| t.owner == Owner::Mapping).unwrap();
    assert_eq!((mapping.nodes, mapping.arrays), (1, 4), "2000 entries of which 509 fit a block");
    assert!(seen.bad.is_empty());
}

#[test]
fn the_chart_counts_every_mapping_in_parts_of_equal_width() {
    let browser = open(image(4, 2_000, 1_500, 3));
    let chart = &browser.overview().chart;
    assert_eq!(chart.highest, 4_497);
    assert!(chart.parts.len() <= 64 && chart.width.is_power_of_two());
    assert_eq!(chart.parts.iter().map(|p| p.mapped).sum::<u64>(), 1_500);
    assert_eq!(chart.parts.iter().map(|p| p.dirty).sum::<u64>(), 150);
    assert!(chart.parts.iter().all(|p| p.mapped <= chart.width));
}

#[test]
fn mappings_are_listed_from_a_cblock_on_and_found_by_their_oblock() {
    let browser = open(image(4, 2_000, 1_500, 3));
    let rows = browser.rows(700);
    assert_eq!(rows.list[0], Row::Mapping { cblock: 700, oblock: 2_100, dirty: true, hint: Some(0) });
    assert_eq!((rows.list.len(), rows.next), (100, Some(800)));
    assert_eq!(browser.find(2_103), Some(701));
    assert_eq!(browser.find(2_104), None);
    assert_eq!(browser.answer(&Ask::Oblock(5)), Answer::NotMapped(5));
    let Answer::Rows(rows) = browser.answer(&Ask::Oblock(4_497)) else { panic!() };
    assert_eq!((rows.from, rows.list.len()), (1_499, 1));
}

#[test]
fn a_damaged_array_block_is_a_hole_in_the_list_and_marked_in_tree_and_map() {
    let mut bytes = image(4, 2_000, 1_500, 3);
    let second = open(bytes.clone()).mapping.blocks[1].block;
    bytes[second as usize * 4096 + 100] ^= 0xff;
    let browser = open(bytes);
    let seen = browser.overview();
    assert_eq!((seen.exit_code, seen.bad.as_slice()), (1, &[second][..]));
    assert_eq!(seen.damages[0].cblocks, Some((509, 1_017)));
    let bad: Vec<&TreeNode> = arrays(&browser).into_iter().filter(|n| n.bad).collect();
    assert_eq!((bad.len(), bad[0].cblocks), (1, (509, 1_017)));
    let rows = browser.rows(500);
    assert_eq!(rows.list.len(), 100);
    assert!(matches!(rows.list[9], Row::Hole { from: 509, to: 1_017, .. }), "{:?}", rows.list[9]);
    let Answer::Block(block) = browser.answer(&Ask::Block(second)) else { panic!() };
    assert!(block.fault.is_some() && block.computed_csum.is_some());
    assert_eq!(block.bytes.len(), 4096);
    assert_eq!(block.cblocks, Some((509, 1_017)));
}

#[test]
fn a_repaired_image_keeps_what_the_verdict_says_can_be_saved() {
    let mut bytes = image(4, 2_000, 1_500, 3);
    let second = open(bytes.clone()).mapping.blocks[1].block;
    bytes[second as usize * 4096 + 100] ^= 0xff;
    let browser = open(bytes.clone());
    let verdict = browser.verdict();
    assert_eq!((verdict.will, verdict.block, verdict.mapped), (Will::Refuse, Some(second), Some(991)));
    assert!(verdict.printed.iter().any(|line| line.ends_with("could not load cache mappings")), "{:?}", verdict.printed);
    let repaired = browser.repaired().unwrap();
    assert_eq!(repaired.len(), bytes.len());
    let seen = open(repaired);
    assert_eq!((seen.verdict().will, seen.verdict().mapped), (Will::Load, Some(991)));
    let mut blank = bytes;
    blank[4..4096].fill(9);
    assert!(Browser::of_bytes("x", blank).is_err());
}

#[test]
fn a_block_is_seen_among_its_neighbours_also_at_the_ends_of_the_image() {
    let browser = open(image(4, 2_000, 1_500, 3));
    let near = |at| {
        let Answer::Block(seen) = browser.answer(&Ask::Block(at)) else { panic!() };
        seen.near
    };
    let first_and_last = |at| (near(at)[0].block, near(at).len(), near(at)[8].block);
    assert_eq!([0, 100, 1_023].map(first_and_last), [(0, 9, 8), (96, 9, 104), (1_015, 9, 1_023)]);
    assert_eq!((near(0)[0].letter, near(0)[0].owner), (Some('S'), Owner::Superblock));
    for array in &browser.mapping.blocks {
        let seen = near(array.block).into_iter().find(|n| n.block == array.block).unwrap();
        assert_eq!((seen.letter, seen.owner), (Some('A'), Owner::Mapping));
    }
    assert_eq!((near(1_023)[8].letter, near(1_023)[8].owner), (None, Owner::Free));
}

#[test]
fn a_tree_of_many_blocks_shows_its_ends_and_says_how_many_are_between() {
    let browser = open(image(4, 200_000, 100, 1));
    let tree = &browser.overview().tree;
    assert_eq!(browser.overview().tree_arrays, 393);
    assert!(tree[0].internal && tree[0].level == 0);
    for (n, leaf) in tree.iter().enumerate().filter(|(_, node)| node.level == 1) {
        let below: u64 = tree.iter().filter(|c| c.parent == Some(n)).map(|c| 1 + c.more).sum();
        assert_eq!(below, (leaf.cblocks.1 + 1 - leaf.cblocks.0).div_ceil(509), "every child is shown or counted");
    }
    let shown = arrays(&browser);
    assert_eq!(shown.last().unwrap().cblocks.1, 199_999);
}

#[test]
fn reading_tells_how_far_it_is_and_never_goes_back() {
    let bytes = image(16, 800_000, 10, 1);
    let head = bytes[..4096].to_vec();
    let told = RefCell::new(Vec::new());
    let progress = |done, of| told.borrow_mut().push((done, of));
    Browser::open("x", bytes.len() as u64, Box::new(bytes), &head, &|| Err("not asked".into()), &progress).unwrap();
    let told = told.into_inner();
    assert!(told.len() > 3, "{told:?}");
    assert!(told.windows(2).all(|w| w[0].0 <= w[1].0) && told.iter().all(|(done, of)| done <= of));
    assert_eq!(told.last().unwrap().0, told.last().unwrap().1);
}

#[test]
fn xml_opens_as_the_image_that_a_restore_makes_of_it_and_comes_out_again() {
    let browser = open(image(4, 300, 200, 2));
    let mut xml = Vec::new();
    browser.xml(&mut xml).unwrap();
    let again = Browser::of_bytes("dump.xml", xml.clone()).unwrap();
    assert_eq!((again.overview().packing, again.verdict().mapped), (Packing::Xml, Some(200)));
    let Answer::Xml { text, whole, problem } = browser.answer(&Ask::Xml) else { panic!() };
    assert_eq!((text.as_bytes(), whole, problem), (xml.as_slice(), true, None));
    let large = open(image(4, 20_000, 20_000, 1));
    let Answer::Xml { text, whole, problem } = large.answer(&Ask::Xml) else { panic!() };
    assert!(!whole && problem.is_none() && text.len() <= XML_BYTES_MAX && text.ends_with('\n'));
}

#[test]
fn everything_it_says_survives_being_sent_as_text() {
    let browser = open(image(4, 2_000, 1_500, 3));
    let text = serde_json::to_string(browser.overview()).unwrap();
    assert_eq!(&serde_json::from_str::<Overview>(&text).unwrap(), browser.overview());
    for ask in [Ask::Block(0), Ask::Rows(3), Ask::Oblock(9), Ask::Oblock(1), Ask::Xml] {
        let asked: Ask = serde_json::from_str(&serde_json::to_string(&ask).unwrap()).unwrap();
        let answer = browser.answer(&asked);
        assert_eq!(serde_json::from_str::<Answer>(&serde_json::to_string(&answer).unwrap()).unwrap(), answer);
    }
}

#[test]
fn the_contents_are_the_blocks_in_use() {
    let bytes = image(4, 2_000, 1_500, 3);
    let browser = open(bytes.clone());
    let mut copy = vec![0; bytes.len()];
    browser.contents(&mut |at, block| copy[at as usize * 4096..][..4096].copy_from_slice(block));
    assert!(copy == bytes);
}

#[test]
fn what_is_no_image_is_refused_with_the_check_that_failed_and_a_guess() {
    let refused = |bytes: &[u8]| Browser::of_bytes("f", bytes.to_vec()).unwrap_err();
    assert!(refused(b"hello").why.contains("5 bytes"));
    assert_eq!(refused(b"hello").seems.as_deref(), Some("text"));
    assert!(refused(&[0; 8192]).seems.unwrap().starts_with("zeros"));
    assert!(refused(b"<superblock nonsense").why.contains("cannot be restored"));
    let large = Browser::open("f", BYTES_MAX + 1, Box::new(Vec::new()), &[], &|| Err(String::new()), &|_, _| {}).unwrap_err();
    assert!(large.why.contains("256 MiB"));
}
