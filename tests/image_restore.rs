//! Restore: what it writes is sound, says the same, and lies where cache_restore puts it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dm_cache_image::restore::{Options, Placement, RestoreError};
use dm_cache_image::{check, dump, restore};
use std::process::Command;

fn options(version: u32, placement: Placement) -> Options {
    Options { version, placement, ..Options::default() }
}

fn text(cache_blocks: u32, every: u32) -> String {
    let mut s = format!(
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"{cache_blocks}\" policy=\"smq\" hint_width=\"4\">\n  <mappings>\n"
    );
    let mapped = || (0..cache_blocks).filter(|c| c % every == 0);
    for c in mapped() {
        s += &format!("    <mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"{}\"/>\n", u64::from(c) * 7 + 1, c % 3 == 0);
    }
    s += "  </mappings>\n  <hints>\n";
    for c in mapped() {
        let data = ["AAAAAA==", "PwAAAA==", "BAAAAA=="][c as usize % 3];
        s += &format!("    <hint cache_block=\"{c}\" data=\"{data}\"/>\n");
    }
    s + "  </hints>\n</superblock>\n"
}

fn image(text: &str, blocks: usize, options: &Options) -> Vec<u8> {
    let mut image = vec![0; blocks * 4096];
    restore::restore(text.as_bytes(), &mut image, options).unwrap();
    image
}

#[test]
fn a_restored_image_is_sound_and_dumps_to_the_same_text() {
    for (cache_blocks, every) in [(1, 1), (64, 2), (509, 1), (510, 3), (1018, 1), (5000, 7), (130_000, 11)] {
        for version in [1, 2] {
            for placement in [Placement::Tool, Placement::Kernel] {
                let text = text(cache_blocks, every);
                let image = image(&text, 1024, &options(version, placement));
                let report = check::check(&image, &check::Options::default());
                assert_eq!(report.exit_code(), 0, "{cache_blocks} {version} {placement:?}\n{report}");
                assert!(report.notes.is_empty(), "{cache_blocks} {version} {placement:?}\n{report}");
                let mut again = Vec::new();
                dump::dump(&image, &mut again, &dump::Options::default()).unwrap();
                assert!(String::from_utf8(again).unwrap() == text, "{cache_blocks} {version} {placement:?}");
            }
        }
    }
}

/// Debian's tools, 0.9; tests that need them say so and pass without.
fn tools() -> bool {
    Command::new("cache_restore").arg("-V").output().is_ok_and(|o| o.stdout.starts_with(b"0.9"))
}

#[test]
fn the_tool_placement_equals_cache_restore_byte_for_byte() {
    if !tools() {
        eprintln!("cache_restore 0.9 is not installed: not compared");
        return;
    }
    let dir = std::env::temp_dir().join(format!("dm-cache-lab-restore-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (xml, img) = (dir.join("in.xml"), dir.join("out.img"));
    for (cache_blocks, every, blocks) in [(1, 1, 1024), (100, 3, 1024), (2000, 1, 1024), (200_000, 5, 17_000)] {
        for version in [1, 2] {
            let text = text(cache_blocks, every);
            std::fs::write(&xml, &text).unwrap();
            std::fs::write(&img, vec![0; blocks * 4096]).unwrap();
            let done = Command::new("cache_restore")
                .args(["--metadata-version", &version.to_string(), "-i"])
                .args([&xml, std::path::Path::new("-o"), &img])
                .output()
                .unwrap();
            assert!(done.status.success(), "{done:?}");
            let theirs = std::fs::read(&img).unwrap();
            let ours = image(&text, blocks, &Options { as_0_9: true, ..options(version, Placement::Tool) });
            let differ: Vec<usize> = (0..blocks).filter(|b| ours[b * 4096..][..4096] != theirs[b * 4096..][..4096]).collect();
            assert!(differ.is_empty(), "{cache_blocks} blocks, version {version}: {differ:?} differ");
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_claim_beyond_the_image_is_refused_before_anything_is_allocated_or_written() {
    let text = r#"<superblock uuid="" block_size="128" nr_cache_blocks="4294967295" policy="smq" hint_width="128"></superblock>"#;
    let mut image = vec![0; 64 * 4096];
    let error = restore::restore(text.as_bytes(), &mut image, &Options::default()).unwrap_err();
    assert!(matches!(error, RestoreError::TooSmall { .. }), "{error}");
    assert!(image.iter().all(|b| *b == 0));
}

#[test]
fn a_wrong_text_says_what_is_wrong() {
    let head = r#"<superblock uuid="" block_size="128" nr_cache_blocks="8" policy="smq" hint_width="4">"#;
    for (body, said) in [
        ("<mappings><mapping cache_block=\"9\" origin_block=\"1\" dirty=\"true\"/></mappings></superblock>", "beyond nr_cache_blocks"),
        ("<mappings><mapping cache_block=\"1\" origin_block=\"1\" dirty=\"maybe\"/></mappings></superblock>", "dirty is missing or wrong"),
        ("<mappings><mapping origin_block=\"1\" dirty=\"true\"/></mappings></superblock>", "cache_block is missing"),
        ("<hints><hint cache_block=\"1\" data=\"AAAA\"/></hints></superblock>", "has 3 bytes, not 4"),
        ("<hints><hint cache_block=\"1\" data=\"*\"/></hints></superblock>", "data is missing or wrong"),
        ("<mappings>", "ends before"),
        ("<what/></superblock>", "unknown tag type: what"),
    ] {
        let mut image = vec![0; 64 * 4096];
        let error = restore::restore(format!("{head}{body}").as_bytes(), &mut image, &Options::default()).unwrap_err();
        assert!(error.to_string().contains(said), "{body}: {error}");
    }
}

/// A medium that fails after so many writes.
struct Breaks {
    image: Vec<u8>,
    left: usize,
}

impl restore::Sink for Breaks {
    fn nr_blocks(&self) -> u64 {
        restore::Sink::nr_blocks(&self.image)
    }

    fn write(&mut self, at: u64, block: &[u8; 4096]) -> Result<(), String> {
        self.left = self.left.checked_sub(1).ok_or("no room")?;
        restore::Sink::write(&mut self.image, at, block)
    }
}

#[test]
fn a_restore_that_ends_half_way_leaves_no_superblock() {
    let old = image(&text(3000, 1), 64, &Options::default());
    let new = text(2000, 1);
    for placement in [Placement::Tool, Placement::Kernel] {
        let mut left = 1;
        loop {
            let mut out = Breaks { image: old.clone(), left };
            let done = restore::restore(new.as_bytes(), &mut out, &options(1, placement)).is_ok();
            let report = check::check(&out.image, &check::Options::default());
            assert_eq!(report.exit_code(), i32::from(!done), "{placement:?} after {left} writes\n{report}");
            if done {
                break;
            }
            assert!(report.superblock.is_none(), "{placement:?} after {left} writes\n{report}");
            left += 1;
        }
        assert!(left > 8, "{placement:?}: only {left} writes");
    }
}

#[test]
fn a_restored_superblock_says_how_large_hints_are() {
    for placement in [Placement::Tool, Placement::Kernel] {
        let image = image(&text(100, 1), 64, &options(1, placement));
        let sb = check::check(&image, &check::Options::default()).superblock.unwrap();
        assert_eq!((sb.policy_hint_size, sb.policy_version), (4, [2, 0, 0]), "{placement:?}");
    }
}

/// As 0.9.0: blanks and remarks may follow the dump, anything else is junk.
#[test]
fn nothing_but_blanks_and_remarks_follows_the_dump() {
    let dump = "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"2\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n</mappings>\n<hints>\n</hints>\n</superblock>";
    let restored = |tail: &str| {
        let mut image = vec![0; 64 << 12];
        restore::restore(format!("{dump}{tail}").as_bytes(), &mut image, &Options::default()).map_err(|e| e.to_string())
    };
    for tail in ["", "\n", " \t\r\n\n", "\n<!-- said -->\n", "<?pi?>"] {
        assert_eq!(restored(tail), Ok(()), "{tail:?}");
    }
    for tail in ["garbage", "\n.", dump, "<discards/>", "</superblock>", "<![CDATA[x]]>", "\0", "&amp;"] {
        let refused = restored(tail).unwrap_err();
        assert!(refused.starts_with("Parse error at byte"), "{tail:?}: {refused}");
    }
    assert_eq!(restored("\n x").unwrap_err(), format!("Parse error at byte {}: junk after document element", dump.len()));
}
