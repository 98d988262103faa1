//! What a hostile image must not do, as one function over bytes: for the fuzzer and for the test that replays its corpus.

#![allow(unreachable_pub, clippy::unwrap_used)]

use dm_cache_image::format::{BLOCK_SIZE, Block, Kind, le32, seal};
use dm_cache_image::{Source as _, check, diff, dump, inspect, restore};
use std::sync::LazyLock;

/// A small sound image: two array blocks of mappings, hints, version 1 or 2.
pub fn base(version: u32) -> Vec<u8> {
    static BASES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [1, 2].map(make));
    BASES[version as usize - 1].clone()
}

fn make(version: u32) -> Vec<u8> {
    let mut text = String::from(r#"<superblock uuid="" block_size="128" nr_cache_blocks="600" policy="smq" hint_width="4"><mappings>"#);
    for c in 0..600 {
        if c % 3 != 0 {
            text += &format!(r#"<mapping cache_block="{c}" origin_block="{}" dirty="{}"/>"#, 1000 - c, c % 2 == 0);
        }
    }
    text += "</mappings></superblock>";
    let mut image = vec![0; 24 * BLOCK_SIZE];
    let options = restore::Options { version, placement: restore::Placement::Tool, omit_clean_shutdown: false, as_0_9: false };
    restore::restore(text.as_bytes(), &mut image, &options).unwrap();
    image
}

/// Bytes as an image. The first byte chooses: the rest is the image itself, or a list of patches to a sound one,
/// each of them block, offset, length and bytes; a patched block gets a right checksum again unless the patch says no.
pub fn image(data: &[u8]) -> Vec<u8> {
    let Some((mode, mut rest)) = data.split_first() else { return Vec::new() };
    if mode % 4 == 3 {
        return rest.to_vec();
    }
    let mut image = base(1 + u32::from(mode % 2));
    let nr = image.len() / BLOCK_SIZE;
    while let [block, hi, lo, len, tail @ ..] = rest {
        let at = usize::from(*block) % nr;
        let offset = (usize::from(*hi) << 8 | usize::from(*lo)) % BLOCK_SIZE;
        let len = usize::from(len & 0x3f).min(tail.len()).min(BLOCK_SIZE - offset);
        let (bytes, next) = tail.split_at(len);
        rest = next;
        let b: &mut Block = (&mut image[at * BLOCK_SIZE..][..BLOCK_SIZE]).try_into().unwrap();
        let kind = Kind::sniff(b);
        // Bit 6 copies a whole block over another: right checksums, wrong places.
        if rest.len() > 1 && data[0] & 0x40 != 0 {
            let from = usize::from(rest[0]) % nr;
            let copy = image[from * BLOCK_SIZE..][..BLOCK_SIZE].to_vec();
            image[at * BLOCK_SIZE..][..BLOCK_SIZE].copy_from_slice(&copy);
        }
        let b: &mut Block = (&mut image[at * BLOCK_SIZE..][..BLOCK_SIZE]).try_into().unwrap();
        b[offset..offset + len].copy_from_slice(bytes);
        if let Some(kind) = kind
            && data[0] & 0x80 == 0
            && le32(bytes, 0) != 0x5a5a_5a5a
        {
            let csum_only = offset < 4;
            let location = u64::from_le_bytes(b[kind.blocknr_offset()..][..8].try_into().unwrap());
            if !csum_only {
                seal(b, kind, location);
            }
        }
    }
    let cut = if mode & 0x20 != 0 { usize::from(*data.last().unwrap_or(&0)) * 100 } else { 0 };
    image.truncate(image.len().saturating_sub(cut));
    image
}

/// Everything that reads images reads this one, and their answers fit each other.
pub fn survive(data: &[u8]) {
    let image = image(data);
    let report = check::check(&image, &check::Options::default());
    let _ = report.to_string();
    let mut text = Vec::new();
    let dumped = dump::dump(&image, &mut text, &dump::Options::default());
    if report.exit_code() == 0 {
        assert!(dumped.is_ok(), "check found nothing, but dump stopped: {dumped:?}");
    }
    if dumped.is_ok() {
        // What was dumped can be restored, when the size fits and the header is one that a tool takes.
        let mut again = vec![0; 64 * BLOCK_SIZE];
        let _ = restore::restore(&text[..], &mut again, &restore::Options::default());
    }
    let mut repaired = Vec::new();
    let _ = dump::dump(&image, &mut repaired, &dump::Options { repair: true, format: dump::Format::Json, ..dump::Options::default() });
    let blocks = image.nr_blocks();
    let map = inspect::Map::of(&image);
    for at in (0..blocks.min(24)).step_by(5) {
        let _ = inspect::decode(at, &image.block(at).unwrap(), &map).to_string();
    }
    let mut differences = 0;
    diff::diff(&image, &base(1), &mut |d| {
        let _ = d.to_string();
        differences += 1;
        differences < 5
    })
    .unwrap();
}
