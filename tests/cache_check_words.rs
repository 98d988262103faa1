//! What `$ cache_check` prints of damaged arrays is what Debian's 0.9.0 prints.
#![allow(clippy::unwrap_used)]

use dm_cache_image::format::{self, ArrayHeader, Block, Kind, NODE_LEAF, NodeHeader};
use dm_cache_image::restore::{self, Options};
use dm_cache_lab::scenario::parse::parse;
use dm_cache_lab::scenario::run::{self, Run};
use std::path::Path;
use std::process::Command;

const BLOCK: usize = 4096;
/// Words that end every report on arrays.
const HINTS: &str = "examining hint array\nexamining discard bitset\n";

/// Metadata of so many cache blocks, none of them mapped.
fn image(cache_blocks: u64) -> Vec<u8> {
    let text = format!(
        r#"<superblock uuid="" block_size="128" nr_cache_blocks="{cache_blocks}" policy="smq" hint_width="4"><mappings></mappings><hints></hints></superblock>"#
    );
    let mut image = vec![0; 1024 * BLOCK];
    restore::restore(text.as_bytes(), &mut image, &Options::default()).unwrap();
    image
}

fn block(image: &[u8], at: u64) -> &Block {
    image[at as usize * BLOCK..][..BLOCK].try_into().unwrap()
}

/// The leaves of the mapping array's btree, each with its array blocks.
fn leaves(image: &[u8]) -> Vec<(u64, Vec<u64>)> {
    let root = format::Superblock::decode(block(image, 0)).mapping_root;
    let values = |at: u64| -> Vec<u64> {
        let header = NodeHeader::decode(block(image, at));
        (0..header.nr_entries).map(|i| format::le64(block(image, at), header.value_offset(i))).collect()
    };
    if NodeHeader::decode(block(image, root)).flags & NODE_LEAF != 0 {
        return vec![(root, values(root))];
    }
    values(root).into_iter().map(|leaf| (leaf, values(leaf))).collect()
}

/// With these array blocks and these leaves full of foreign bytes.
fn damaged(cache_blocks: u64, array_blocks: &[usize], bad_leaves: &[usize]) -> Vec<u8> {
    let mut image = image(cache_blocks);
    let leaves = leaves(&image);
    let blocks: Vec<u64> = leaves.iter().flat_map(|(_, blocks)| blocks.clone()).collect();
    for at in array_blocks.iter().map(|n| blocks[*n]).chain(bad_leaves.iter().map(|n| leaves[*n].0)) {
        image[at as usize * BLOCK..][..BLOCK].fill(0x67);
    }
    image
}

/// What the console prints.
fn ours(image: &[u8]) -> String {
    let mut script = parse("t", "dm-cache-lab 1\ndisk meta 4M\n").unwrap();
    script.fill("meta", image).unwrap();
    let mut run = Run::new(script, run::Options::default());
    run.finish();
    run.type_command("cache_check /dev/meta").remove(0).both
}

/// What Debian's tool prints, where it is installed.
fn theirs(image: &[u8]) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("meta");
    std::fs::write(&path, image).unwrap();
    let version = Command::new("cache_check").arg("-V").output().ok()?;
    if !version.stdout.starts_with(b"0.9") {
        return None;
    }
    let told = Command::new("cache_check").arg(Path::new(&path)).output().unwrap();
    Some(String::from_utf8([told.stdout, told.stderr].concat()).unwrap())
}

#[track_caller]
fn says(image: &[u8], of_mappings: &str) {
    let expected = format!("examining superblock\nexamining mapping array\n{of_mappings}{HINTS}");
    assert_eq!(ours(image), expected);
    if let Some(theirs) = theirs(image) {
        assert_eq!(theirs, expected, "as recorded of 0.9.0");
    }
}

fn missing(range: &str, why: &str) -> String {
    format!("  missing mappings [{range}]:\n    {why}\n")
}

const ARRAY: &str = "bad checksum in array block node";

#[test]
fn one_bad_array_block_hides_all_behind_it_and_the_range_begins_behind_the_leaf() {
    for (cache_blocks, bad, begins, end) in [(300, 0, 509, 1), (510, 0, 1018, 1), (1400, 1, 1527, 509), (4096, 2, 4581, 1018)] {
        let words = missing(&format!("{begins}, -"), ARRAY) + &missing(&format!("{end}, {cache_blocks}"), "missing blocks");
        says(&damaged(cache_blocks, &[bad], &[]), &words);
    }
    // A second one in the same leaf is not seen.
    says(&damaged(4096, &[2, 5], &[]), &(missing("4581, -", ARRAY) + &missing("1018, 4096", "missing blocks")));
}

#[test]
fn of_an_array_of_several_leaves_each_has_a_range_that_the_next_sound_one_closes() {
    const MANY: u64 = 200_000;
    let of_mapping = leaves(&image(MANY));
    let (first, second) = (of_mapping[0].0, of_mapping[1].0);
    let [end_0, end_1] = [0, 1].map(|n| 509 * of_mapping[..=n].iter().map(|(_, blocks)| blocks.len()).sum::<usize>());
    let node = |at: u64| format!("bad checksum in btree node (block {at})");
    says(&damaged(MANY, &[2], &[]), &missing(&format!("{end_0}, {end_0}"), ARRAY));
    says(&damaged(MANY, &[], &[0]), &missing(&format!("0, {end_0}"), &node(first)));
    says(&damaged(MANY, &[], &[0, 1]), &missing(&format!("0, {end_1}"), &(node(first) + &node(second))));
    says(&damaged(MANY, &[2], &[1]), &missing(&format!("{end_0}, {end_1}"), &(ARRAY.to_owned() + &node(second))));
    let last = ArrayHeader::decode(block(&image(MANY), *of_mapping.last().unwrap().1.last().unwrap())).nr_entries;
    let blocks = of_mapping.iter().map(|(_, blocks)| blocks.len()).sum::<usize>();
    says(
        &damaged(MANY, &[blocks - 1], &[]),
        &(missing(&format!("{}, -", blocks * 509), ARRAY) + &missing(&format!("{}, {MANY}", MANY - u64::from(last)), "missing blocks")),
    );
}

#[test]
fn a_pointer_that_leaves_the_device_ends_the_array_in_the_same_way() {
    let mut image = image(1400);
    let (leaf, _) = leaves(&image)[0];
    let header = NodeHeader::decode(block(&image, leaf));
    let at = leaf as usize * BLOCK;
    let node: &mut Block = (&mut image[at..][..BLOCK]).try_into().unwrap();
    node[header.value_offset(1)..][..8].copy_from_slice(&5000u64.to_le_bytes());
    format::seal(node, Kind::BtreeNode, leaf);
    let why = "block out of bounds (5000 >= 1024)\n";
    says(&image, &(missing("1527, -", why) + &missing("509, 1400", "missing blocks")));
}
