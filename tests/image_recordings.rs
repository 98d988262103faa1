//! Check and dump beside what cache_check and cache_dump 0.9 said of every recorded image.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dm_cache_image::{check, dump};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

const DISAGREEMENTS: &str = "tests/image/disagreements.txt";

struct Recorded {
    name: String,
    base: PathBuf,
}

impl Recorded {
    fn read(&self, ext: &str) -> Option<String> {
        std::fs::read(self.base.with_extension(ext)).ok().map(|b| String::from_utf8_lossy(&b).into_owned())
    }

    fn image(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(format!("{}.img.gz", self.base.display())).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Exit codes of cache_check and cache_dump.
    fn exit_codes(&self) -> (i32, i32) {
        let text = self.read("check").unwrap();
        let mut codes = text.lines().filter_map(|l| l.strip_prefix("[rc=")?.strip_suffix(']')?.parse().ok());
        (codes.next().unwrap(), codes.next().unwrap())
    }

    fn field(&self, name: &str) -> String {
        let sb = self.read("sb").unwrap();
        sb.lines().find_map(|l| l.strip_prefix(name)).unwrap().split_whitespace().last().unwrap().to_owned()
    }

    /// The dirty cache blocks of version 2, from the decode of the raw bitset.
    fn dirty(&self) -> BTreeSet<u64> {
        let md = self.read("md").unwrap();
        let list = md.lines().find_map(|l| l.strip_prefix("dirty bitset:")).unwrap_or("-");
        let ranges = list.split_whitespace().filter(|r| *r != "-");
        ranges
            .flat_map(|r| {
                let (a, b) = r.split_once('-').unwrap_or((r, r));
                a.parse::<u64>().unwrap()..=b.parse().unwrap()
            })
            .collect()
    }
}

/// All recorded images that the tools were run on.
fn all() -> Vec<Recorded> {
    let root = Path::new("tests/recordings/6.1");
    let mut found = BTreeMap::new();
    for case in std::fs::read_dir(root).unwrap() {
        let case = case.unwrap().path();
        for file in std::fs::read_dir(&case).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            if let Some(stem) = file.strip_suffix(".check") {
                let name = format!("{}/{stem}", case.file_name().unwrap().to_str().unwrap());
                found.insert(name.clone(), Recorded { name, base: case.join(stem) });
            }
        }
    }
    assert!(found.len() >= 438, "only {} recordings", found.len());
    found.into_values().collect()
}

/// `check|dump NAME: reason`, one a line.
fn listed(what: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(DISAGREEMENTS).unwrap();
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    lines.filter_map(|l| l.strip_prefix(what)?.trim().split_once(": ")).map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

fn same_list(what: &str, seen: &BTreeMap<String, String>) {
    let listed: BTreeSet<String> = listed(what).into_keys().collect();
    let new: Vec<_> = seen.iter().filter(|(n, _)| !listed.contains(*n)).collect();
    let gone: Vec<_> = listed.iter().filter(|n| !seen.contains_key(*n)).collect();
    assert!(new.is_empty() && gone.is_empty(), "not in {DISAGREEMENTS}: {new:#?}\nno longer so: {gone:#?}");
}

#[test]
fn check_gives_the_verdict_of_cache_check_or_the_reason_is_listed() {
    let mut seen = BTreeMap::new();
    for r in all() {
        let (theirs, _) = r.exit_codes();
        let report = check::check(&r.image(), &check::Options::default());
        if report.exit_code() != theirs {
            seen.insert(r.name, format!("theirs {theirs}, ours:\n{report}"));
        }
    }
    same_list("check", &seen);
}

#[test]
fn the_verdict_that_cache_check_would_give_is_told_for_every_image() {
    for r in all() {
        let (theirs, _) = r.exit_codes();
        let report = check::check(&r.image(), &check::Options::default());
        assert_eq!(report.cache_check_exit_code(), theirs, "{}\n{report}", r.name);
    }
}

#[test]
fn two_threads_report_what_one_does() {
    for r in all() {
        let image = r.image();
        let one = check::check(&image, &check::Options::default());
        assert_eq!(check::check_parallel(&image, &check::Options::default()), one, "{}", r.name);
    }
}

#[test]
fn dump_equals_the_recorded_xml_of_every_version_1_image_that_cache_dump_read() {
    let mut compared = 0;
    for r in all() {
        if r.exit_codes().1 != 0 || r.field("version") != "1" {
            continue;
        }
        let mut ours = Vec::new();
        let result = dump::dump(&r.image(), &mut ours, &dump::Options::default());
        assert!(result.is_ok(), "{}: {result:?}", r.name);
        assert_eq!(String::from_utf8_lossy(&ours), r.read("xml").unwrap(), "{}", r.name);
        compared += 1;
    }
    assert!(compared > 250, "only {compared}");
}

#[test]
fn dump_stops_where_cache_dump_stopped() {
    let mut seen = BTreeMap::new();
    for r in all() {
        let (_, theirs) = r.exit_codes();
        let mut ours = Vec::new();
        let result = dump::dump(&r.image(), &mut ours, &dump::Options::default());
        if i32::from(result.is_err()) != theirs {
            seen.insert(r.name, format!("theirs {theirs}, ours {result:?}"));
        } else if theirs != 0 && r.field("version") == "1" {
            assert_eq!(String::from_utf8_lossy(&ours), r.read("xml").unwrap_or_default(), "{}", r.name);
        }
    }
    same_list("dump", &seen);
}

#[test]
fn dump_tells_the_true_dirty_bits_of_version_2() {
    let mut compared = 0;
    for r in all() {
        if r.exit_codes().1 != 0 || r.field("version") != "2" {
            continue;
        }
        let mut ours = Vec::new();
        if dump::dump(&r.image(), &mut ours, &dump::Options::default()).is_err() {
            continue; // listed, see above
        }
        let dirty = r.dirty();
        let xml = r.read("xml").unwrap();
        let wanted: String = xml
            .lines()
            .map(|line| {
                let Some(rest) = line.trim_start().strip_prefix("<mapping cache_block=\"") else {
                    return format!("{line}\n");
                };
                let cblock: u64 = rest.split('"').next().unwrap().parse().unwrap();
                let (head, _) = line.split_once(" dirty=").unwrap();
                format!("{head} dirty=\"{}\"/>\n", dirty.contains(&cblock))
            })
            .collect();
        assert_eq!(String::from_utf8_lossy(&ours), wanted, "{}", r.name);
        compared += 1;
    }
    assert!(compared > 90, "only {compared}");
}

/// Case 36: the header alone is wrong, the values and the checksum are right. `cache_check` and `cache_dump` 0.9 passed each of these with all
/// eight mappings; Linux since 6.1 refuses them.
#[test]
fn a_wrong_array_header_is_told_and_repair_keeps_the_mappings() {
    let root = Path::new("tests/recordings/6.1/36-block-headers");
    for name in [
        "v00-array-max-0",
        "v01-array-max-1",
        "v02-array-max-508",
        "v03-array-max-510",
        "v04-array-max-wild",
        "v05-array-vs-0",
        "v06-array-vs-4",
        "v07-array-vs-9",
        "v08-array-vs-wild",
    ] {
        let image = Recorded { name: name.into(), base: root.join(name) }.image();
        let report = check::check(&image, &check::Options::default());
        assert_eq!((report.exit_code(), report.cache_check_exit_code(), report.mapped), (1, 0, 8), "{name}\n{report}");
        let mut text = Vec::new();
        dump::dump(&image, &mut text, &dump::Options { repair: true, ..dump::Options::default() }).unwrap();
        assert_eq!(String::from_utf8(text).unwrap().matches("<mapping ").count(), 8, "{name}");
    }
}

/// An image of 2,000 mappings in four array blocks and 2,000 hints in two; each of these with what `edit` says done to its header, sealed again.
fn with_array_block(kind: u32, nth: usize, edit: &dyn Fn(&mut [u8])) -> Vec<u8> {
    use dm_cache_image::{format, restore};
    let mut xml = "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"2000\" policy=\"smq\" hint_width=\"4\"><mappings>".to_owned();
    for n in 0..2000 {
        xml += &format!("<mapping cache_block=\"{n}\" origin_block=\"{}\" dirty=\"false\"/>", n + 5);
    }
    xml += "</mappings><hints>";
    for n in 0..2000 {
        xml += &format!("<hint cache_block=\"{n}\" data=\"AQAAAA==\"/>");
    }
    let mut image = vec![0; 1 << 20];
    restore::restore((xml + "</hints></superblock>").as_bytes(), &mut image, &restore::Options::default()).unwrap();
    let is_one = |block: &[u8]| block[4..8] == format::array_max_entries(kind).to_le_bytes() && block[12..16] == kind.to_le_bytes();
    let (at, block) = image.chunks_exact_mut(4096).enumerate().filter(|(_, block)| is_one(block)).nth(nth).unwrap();
    edit(block);
    format::seal(block.try_into().unwrap(), format::Kind::ArrayBlock, at as u64);
    image
}

/// What Debian's `cache_check` 0.9.0 said: of a header it reads `nr_entries` alone, it looks where the array ends and for no hole before that.
#[test]
fn cache_check_is_foretold_to_mind_the_end_of_an_array_and_no_hole_before_it() {
    let (mapping, hint) = (8, 4);
    let nr = |nr: u32| move |block: &mut [u8]| block[8..12].copy_from_slice(&nr.to_le_bytes());
    for (kind, nth, values, theirs) in [
        (mapping, 0, 509, 0),
        (mapping, 0, 0, 1),
        (mapping, 0, 1, 0),
        (mapping, 0, 8, 0),
        (mapping, 0, 508, 0),
        (mapping, 0, 510, 1),
        (mapping, 1, 0, 0),
        (mapping, 1, 508, 0),
        (mapping, 3, 473, 0),
        (mapping, 3, 0, 1),
        (mapping, 3, 8, 1),
        (mapping, 3, 472, 1),
        (mapping, 3, 474, 1),
        (mapping, 3, 510, 1),
        (hint, 0, 1018, 0),
        (hint, 0, 0, 1),
        (hint, 0, 8, 0),
        (hint, 0, 1017, 0),
        (hint, 0, 1019, 0),
        (hint, 1, 982, 0),
        (hint, 1, 0, 1),
        (hint, 1, 981, 1),
        (hint, 1, 983, 1),
        (hint, 1, 1019, 1),
    ] {
        let image = with_array_block(kind, nth, &nr(values));
        let report = check::check(&image, &check::Options::default());
        assert_eq!(report.cache_check_exit_code(), theirs, "block {nth} of values of {kind} bytes has {values}\n{report}");
        let full = [(mapping, 509), (mapping, 473), (hint, 1018), (hint, 982)].contains(&(kind, values));
        assert_eq!(report.exit_code(), i32::from(!full), "{kind} {nth} {values}\n{report}");
    }
    // A header that is another array's altogether: the values are read all the same.
    for (kind, header, flags, theirs) in [(mapping, 4, 1, 0), (mapping, 16, 1, 0), (mapping, 4, 0xff, 1), (hint, 8, 1, 0)] {
        let image = with_array_block(kind, 0, &|block| {
            block[4..8].copy_from_slice(&dm_cache_image::format::array_max_entries(header).to_le_bytes());
            block[12..16].copy_from_slice(&header.to_le_bytes());
            block[24] = flags;
        });
        let report = check::check(&image, &check::Options::default());
        assert_eq!(report.exit_code(), 1, "{kind} {header}\n{report}");
        assert_eq!(report.cache_check_exit_code(), theirs, "{kind} as {header}, flags {flags}\n{report}");
    }
}
