//! Damaged images, each made from a number: bits flipped under a mended checksum, blocks lost or elsewhere, pointers that lead back.

use dm_cache_image::format::{BLOCK_SIZE, Block, Kind, NODE_HEADER, NODE_INTERNAL, NodeHeader, le64, sb, seal};
use dm_cache_image::inspect::Map;
use dm_cache_image::restore::{self, Placement};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Numbers from a number (splitmix64).
struct Draw(u64);

impl Draw {
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.any() % n as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A sound image: small ones have all their array blocks in a leaf, the large ones a tree of two levels.
fn sound(version: u32, placement: Placement, cache_blocks: u64, a_third: bool) -> Vec<u8> {
    let mut text = format!(
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"{cache_blocks}\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n"
    );
    let mapped = || (0..cache_blocks).filter(|c| if a_third { c % 3 == 1 } else { c % 7 != 1 });
    // Origin blocks lie close together: a flipped bit of one is often another.
    for c in mapped() {
        let _ = writeln!(text, "<mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"{}\"/>", c ^ 5, c % 4 == 0);
    }
    text += "</mappings>\n<hints>\n";
    for c in mapped() {
        let _ = writeln!(text, "<hint cache_block=\"{c}\" data=\"BAAAAA==\"/>");
    }
    text += "</hints>\n</superblock>\n";
    // A mapping block for 509 cache blocks, a hint block for 1018, and room for the rest.
    let mut image = vec![0; (cache_blocks as usize / 300 + 40) * BLOCK_SIZE];
    let options = restore::Options { version, placement, ..restore::Options::default() };
    restore::restore(text.as_bytes(), &mut image, &options).unwrap();
    image
}

static SOUND: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        sound(1, Placement::Tool, 4096, false),
        sound(2, Placement::Tool, 4096, false),
        sound(1, Placement::Kernel, 3000, true),
        sound(2, Placement::Kernel, 3000, true),
        sound(1, Placement::Tool, 140_000, true),
        sound(2, Placement::Tool, 140_000, true),
    ]
});

/// A damaged image, the sound one it was, and what was done to it.
pub(super) fn image(number: u64) -> (Vec<u8>, &'static Vec<u8>, String) {
    let mut draw = Draw(number);
    // The large ones take a moment: one in twenty.
    let base = if draw.below(20) == 0 { 4 + draw.below(2) } else { draw.below(4) };
    let mut image = SOUND[base].clone();
    let used: Vec<u64> = Map::of(&image).blocks().collect();
    let mut done = format!("image {base}");
    for _ in 0..1 + draw.below(3) {
        match draw.below(10) {
            0..4 => flip(&mut image, &used, &mut draw, &mut done),
            4..7 => lose(&mut image, &used, &mut draw, &mut done),
            _ => point(&mut image, &used, &mut draw, &mut done),
        }
    }
    (image, &SOUND[base], done)
}

fn block(image: &mut [u8], at: u64) -> &mut Block {
    image[at as usize * BLOCK_SIZE..].first_chunk_mut().unwrap()
}

/// A bit of a block, and the checksum as it should then be. Every other one is in a header or beside it, a few in the superblock's fields.
fn flip(image: &mut [u8], used: &[u64], draw: &mut Draw, done: &mut String) {
    let at = if draw.below(6) == 0 { 0 } else { draw.one_of(used) };
    let b = block(image, at);
    let Some(kind) = Kind::sniff(b) else { return };
    let part = match kind {
        Kind::Superblock => sb::END,
        _ if draw.below(2) == 0 => 64,
        _ => BLOCK_SIZE,
    };
    // The superblock's second half: sizes, flags, counters.
    let from = if kind == Kind::Superblock && draw.below(2) == 0 { sb::DATA_BLOCK_SIZE } else { 4 };
    let bit = from * 8 + draw.below((part - from) * 8);
    b[bit / 8] ^= 1 << (bit % 8);
    let claims = le64(&b[..], kind.blocknr_offset());
    seal(b, kind, claims);
    let _ = write!(done, ", {} {at} bit {bit}", kind.name());
}

/// A block that is gone: zeros, noise, or another block's bytes. Rarely the superblock: nothing is to be had without it.
fn lose(image: &mut [u8], used: &[u64], draw: &mut Draw, done: &mut String) {
    let from = if draw.below(8) == 0 { used } else { &used[1..] };
    let at = draw.one_of(from);
    let (with, bytes) = match draw.below(3) {
        0 => ("zeros".to_owned(), [0; BLOCK_SIZE]),
        1 => ("noise".to_owned(), [(); BLOCK_SIZE].map(|()| draw.any() as u8)),
        _ => {
            let other = draw.one_of(used);
            (format!("block {other}"), *block(image, other))
        }
    };
    *block(image, at) = bytes;
    let _ = write!(done, ", block {at} has {with}");
}

/// A pointer to another block in use, a root's or a node's: cycles, shared blocks, one array's blocks in another.
fn point(image: &mut [u8], used: &[u64], draw: &mut Draw, done: &mut String) {
    let nodes: Vec<u64> = used.iter().copied().filter(|at| Kind::sniff(block(image, *at)) == Some(Kind::BtreeNode)).collect();
    let among = if draw.below(2) == 0 { used } else { &nodes };
    let to = draw.one_of(among);
    if draw.below(4) == 0 {
        let root = draw.one_of(&[sb::MAPPING_ROOT, sb::HINT_ROOT, sb::DISCARD_ROOT, sb::DIRTY_ROOT]);
        let b = block(image, 0);
        b[root..root + 8].copy_from_slice(&to.to_le_bytes());
        seal(b, Kind::Superblock, 0);
        let _ = write!(done, ", root at {root} is {to}");
        return;
    }
    let at = draw.one_of(&nodes);
    let b = block(image, at);
    let h = NodeHeader::decode(b);
    if h.nr_entries == 0 || h.value_size != 8 {
        return;
    }
    // Now and then a leaf says that it is an internal node.
    if draw.below(4) == 0 {
        b[4..8].copy_from_slice(&NODE_INTERNAL.to_le_bytes());
    }
    let slot = draw.below(h.nr_entries as usize);
    let value = NODE_HEADER + h.max_entries as usize * 8 + slot * 8;
    if value + 8 <= BLOCK_SIZE {
        b[value..value + 8].copy_from_slice(&to.to_le_bytes());
        seal(b, Kind::BtreeNode, at);
        let _ = write!(done, ", node {at} slot {slot} is {to}");
    }
}
