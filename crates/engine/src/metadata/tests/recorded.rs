//! Every image recorded from Linux reads back as its decode says, and the first ones are made again byte for byte.

use super::*;

/// The parts of a `.md` decode: superblock fields, mappings with flags, bitset ranges, hints.
#[derive(Debug, Default, PartialEq, Eq)]
struct Decode {
    fields: BTreeMap<String, String>,
    mappings: BTreeMap<u32, (u64, u64)>,
    discards: Vec<u64>,
    dirty: Vec<u64>,
    hints: BTreeMap<u32, u32>,
}

fn ranges(text: &str) -> Vec<u64> {
    let parts = text.split_whitespace().filter(|part| *part != "-");
    parts
        .flat_map(|part| {
            let (a, b) = part.split_once('-').unwrap_or((part, part));
            a.parse().unwrap()..=b.parse().unwrap()
        })
        .collect()
}

fn decode(name: &str) -> Decode {
    let mut out = Decode::default();
    for line in std::fs::read_to_string(recording(&format!("{name}.md"))).unwrap().lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(rest) = line.strip_prefix("discard bitset:") {
            out.discards = ranges(rest);
        } else if let Some(rest) = line.strip_prefix("dirty bitset:") {
            out.dirty = ranges(rest);
        } else if line.starts_with("hints (array of") {
            let (_, list) = line.split_once("):").unwrap();
            let pairs = list.split_whitespace().map(|pair| pair.split_once(':').unwrap());
            out.hints = pairs.map(|(c, h)| (c.parse().unwrap(), h.parse().unwrap())).collect();
        } else if let ["cblock", c, "->", "oblock", o, "flags", f] = words[..] {
            let flags = u64::from_str_radix(f.trim_start_matches("0x"), 16).unwrap();
            out.mappings.insert(c.parse().unwrap(), (o.parse().unwrap(), flags));
        } else if words.len() == 2 {
            out.fields.insert(words[0].to_owned(), words[1].to_owned());
        }
    }
    out
}

/// Opens an image and compares all that can be loaded from it with its decode.
fn compare(name: &str) {
    let expected = decode(name);
    let number = |field: &str| expected.fields[field].parse::<u64>().unwrap();
    let mut bench = Bench::with_image(&recorded_image(name));
    let block_size = number("data_block_size");
    let args = OpenArgs { data_block_size: block_size, may_format: false, ..ARGS };
    let id = bench.registry.open(&mut bench.host, 1, bench.dev, args).unwrap();
    let fields = bench.object(id).fields();
    for (field, found) in [
        ("version", u64::from(fields.version)),
        ("mapping_root", fields.mapping_root),
        ("hint_root", fields.hint_root),
        ("discard_root", fields.discard_root),
        ("discard_block_size", fields.discard_block_size),
        ("discard_nr_blocks", fields.discard_nr_blocks),
        ("cache_blocks", u64::from(fields.cache_blocks)),
        ("dirty_root", fields.dirty_root),
        ("read_hits", u64::from(fields.read_hits)),
        ("write_misses", u64::from(fields.write_misses)),
    ] {
        assert_eq!(found, number(field), "{name}: {field}");
    }
    let clean = fields.clean_when_opened;
    let policy = PolicyIdentity { name: fields.policy_name, version: fields.policy_version, hint_size: 4 };
    let mut seen = Vec::new();
    bench.with(id, |o, host| {
        o.load_mappings(host, &policy, &mut |_, m| {
            seen.push(m);
            Ok(())
        })
        .unwrap();
    });
    let valid = expected.mappings.iter().filter(|(_, (_, flags))| flags & 1 == 1);
    let wanted: Vec<Mapping> = valid
        .map(|(cblock, (oblock, flags))| {
            let stored = if fields.version == 2 { expected.dirty.contains(&u64::from(*cblock)) } else { flags & 2 != 0 };
            let hint_valid = clean && fields.hint_root != 0 && fields.policy_hint_size == 4;
            let hint = if hint_valid { expected.hints.get(cblock).copied().unwrap_or(0) } else { 0 };
            Mapping { oblock: *oblock, cblock: *cblock, dirty: !clean || stored, hint, hint_valid }
        })
        .collect();
    assert_eq!(seen, wanted, "{name}");
    let mut discards = Vec::new();
    bench.with(id, |o, host| {
        o.load_discards(host, &mut |_, run| {
            if run.discarded {
                discards.extend(run.blocks);
            }
            Ok(())
        })
        .unwrap();
    });
    assert_eq!(discards, if clean { expected.discards } else { vec![] }, "{name}");
}

#[test]
fn images_load_as_decoded() {
    let mut compared = 0;
    for case in ["01-create", "02-writeback", "03c-seed-frozen", "03e-alias-frozen", "03f-three-objects", "05-crash", "07-discard"] {
        let mut names: Vec<String> = std::fs::read_dir(recording(case))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".img.gz").map(str::to_owned))
            .collect();
        names.sort();
        for name in names {
            let name = format!("{case}/{name}");
            let image = recorded_image(&name);
            if image.iter().take(4096).any(|b| *b != 0) {
                compare(&name);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared} images");
}

#[test]
fn a_created_and_suspended_cache_is_linuxs() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 1).unwrap();
    bench.with(id, |o, host| {
        o.resize(host, 256).unwrap();
        o.commit(host, false).unwrap();
    });
    assert_image_is_linuxs(&bench, "01-create/01-after-create-active");
    bench.sync(id, RECORDED, &[], &[]);
    assert_image_is_linuxs(&bench, "01-create/02-suspended");
}
