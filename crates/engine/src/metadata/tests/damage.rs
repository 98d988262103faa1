//! The damaged images of case 06, opened and loaded: errors and log lines as Linux had them.

use super::*;

/// What a kernel log said of a variant, without the lines of target and mapper.
fn recorded_log(variant: &str) -> Vec<String> {
    let transcript = std::fs::read_to_string(recording("06-corrupt/transcript.txt")).unwrap();
    let from = transcript.find(&format!("######## {variant}\n")).unwrap();
    let section = transcript[from + 8..].split("########").next().unwrap();
    let lines = section.lines().filter_map(|l| l.strip_prefix("dmesg| "));
    lines
        .filter(|l| {
            l.starts_with("device-mapper:")
                && !["device-mapper: cache: ", "device-mapper: table: ", "device-mapper: ioctl: "].iter().any(|p| l.starts_with(p))
        })
        .map(str::to_owned)
        .collect()
}

/// Opening, all that a first resume reads (resize, mappings, discards), and one promotion.
fn open_and_load(image: &[u8]) -> (Result<(), Errno>, Vec<String>) {
    let mut bench = Bench::with_image(image);
    let result = (|| {
        let id = bench.open(1, 1)?;
        bench.with(id, |o, host| {
            o.resize(host, 256)?;
            o.load_mappings(host, &smq(), &mut |_, _| Ok(()))?;
            o.load_discards(host, &mut |_, _| Ok(()))?;
            // A bad bitmap is found by the first allocation only.
            o.insert_mapping(host, 8, 120)
        })
    })();
    (result, bench.take_log())
}

#[test]
fn every_damaged_image_fails_as_on_linux() {
    let mut names: Vec<String> = std::fs::read_dir(recording("06-corrupt"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".img.gz").map(str::to_owned))
        .filter(|name| name.starts_with('v') && !name.ends_with("-after"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 53);
    for name in names {
        let (_, log) = open_and_load(&recorded_image(&format!("06-corrupt/{name}")));
        assert_eq!(log, recorded_log(&name), "{name}");
    }
}

#[test]
fn errors_of_some_damage() {
    for (name, errno) in [
        ("v02-sb-flip", Errno::IlSeq),
        ("v05-sb-blocknr", Errno::NotBlk),
        ("v07-sb-version3", Errno::Inval),
        ("v08-sb-version2-no-dirty", Errno::Inval),
        ("v20-mapping-array-flip", Errno::IlSeq),
        ("v21-mapping-array-blocknr", Errno::NotBlk),
        ("v29-mapping-root-wild", Errno::Io),
        ("v31-cache-blocks-300", Errno::NoData),
        ("v41-discard-nr-bigger", Errno::NoData),
    ] {
        assert_eq!(open_and_load(&recorded_image(&format!("06-corrupt/{name}"))).0, Err(errno), "{name}");
    }
}
