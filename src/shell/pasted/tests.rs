#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn one(text: &str) -> Told {
    let pasted = tell(text);
    assert_eq!(pasted.lines.len(), 1, "{text:?}: {pasted:?}");
    pasted.lines.into_iter().next().unwrap()
}

fn titles(told: &Told) -> Vec<&str> {
    told.remarks.iter().map(|r| r.title).collect()
}

const SOUND: &str = "vg-data: 0 209715200 cache 8 331/2048 1024 51200/102400 1182210 113904 640031 88160 0 7 0 2 metadata2 writeback 2 migration_threshold 8192 smq 0 rw - ";

#[test]
fn every_field_of_a_status_line_is_named_with_its_unit() {
    let told = one(SOUND);
    assert_eq!((told.name.as_deref(), told.by, titles(&told).len(), told.passed_over.len()), (Some("vg-data"), By::Status, 0, 0));
    let means: Vec<(&str, &str, &str)> = told.fields.iter().map(|f| (f.value.as_str(), f.unit, f.means.as_str())).collect();
    assert_eq!(means[0], ("0 209715200", "sectors", "100 GiB from sector 0 of the device on"));
    assert_eq!(means[3], ("331/2048", "blocks", "metadata in use: 16 %"));
    assert_eq!(means[5], ("51200/102400", "blocks", "cache in use: 25 GiB of 50 GiB, 50 %"));
    assert_eq!(means[6], ("1182210 113904", "requests", "read hits, misses: 91 % of 1296114 hit"));
    assert_eq!(told.fields.last().unwrap().means, "no check needed");
}

#[test]
fn a_wrapped_line_and_one_without_a_name_say_the_same() {
    let wrapped = SOUND.replace(" 2 migration", "\n> 2 migration").replace("> ", "").replace(" smq", "\n    smq");
    assert_eq!(one(&wrapped).fields, one(SOUND).fields);
    assert_eq!(one(SOUND.strip_prefix("vg-data: ").unwrap()).name, None);
}

#[test]
fn what_is_unusual_is_remarked_on_and_marked() {
    let at = |from: &str, to: &str| one(&SOUND.replace(from, to));
    assert_eq!(titles(&at("rw -", "ro -")), ["Metadata is read-only"]);
    assert_eq!(titles(&at("rw -", "ro needs_check")), ["Metadata is read-only", "The metadata needs a check"]);
    assert_eq!(titles(&at("331/2048", "1990/2048")), ["Metadata nearly full"]);
    let small = at("threshold 8192", "threshold 512");
    assert_eq!(titles(&small), ["It will not get clean"]);
    assert!(small.remarks[0].data.contains("dmsetup message vg-data 0 migration_threshold 8192"), "{}", small.remarks[0].data);
    assert_eq!(small.fields.iter().filter(|f| f.unusual).map(|f| f.value.as_str()).collect::<Vec<_>>(), ["migration_threshold 512"]);
    assert!(titles(&at("threshold 8192 smq", "threshold 512 cleaner")).is_empty(), "the cleaner does not wait to be idle");
    let through = at("0 7 0 2 metadata2 writeback", "0 7 51200 2 metadata2 writethrough");
    assert_eq!(titles(&through), ["Everything is dirty"]);
    assert!(through.remarks[0].data.contains("nothing is lost"));
    assert!(titles(&at("0 7 0 2", "0 7 51200 2")).is_empty(), "in writeback blocks are dirty");
    assert_eq!(titles(&one("c: 0 8192 cache Fail")), ["The cache has failed"]);
}

#[test]
fn a_table_line_names_devices_and_the_settings_of_the_target() {
    let told = one("vg-data: 0 209715200 cache 253:3 253:2 253:4 1024 1 writeback smq 2 migration_threshold 512");
    assert_eq!((told.by, titles(&told)), (By::Table, vec!["It will not get clean"]));
    let roles: Vec<(&str, &str)> = told.fields[2..5].iter().map(|f| (f.value.as_str(), f.means.as_str())).collect();
    assert_eq!(roles, [("253:3", "metadata device"), ("253:2", "cache device"), ("253:4", "origin device")]);
    assert!(told.passed_over.is_empty());
}

#[test]
fn what_is_not_known_is_passed_over_and_named() {
    let told = one(&SOUND.replace("rw - ", "rw - 17 newer"));
    assert_eq!(told.passed_over, ["17", "newer"]);
    let told = one(&SOUND.replace("2 metadata2 writeback", "3 metadata2 writeback shiny"));
    assert_eq!((told.passed_over.as_slice(), told.fields.last().unwrap().value.as_str()), (&["shiny".to_owned()][..], "-"));
    let told = one(&SOUND.replace("1182210", "many"));
    assert_eq!(told.passed_over.first().map(String::as_str), Some("many"), "and all after it");
    assert_eq!(tell("root@host# ls\n").lines, []);
    assert_eq!(tell("root@host# dmsetup status\n").passed_over, ["root@host#", "dmsetup", "status"]);
}

#[test]
fn the_table_of_lvs_is_read_by_its_headings() {
    let text = "\
  LV   VG Attr       LSize   Pool         Origin       Data%  Meta%  Cpy%Sync CacheMode    CacheDirtyBlocks Tags
  data vg Cwi-aoC--- 100.00g [fast_cpool] [data_corig] 93.75  16.16  12.50    writethrough            12000 own
  root vg -wi-ao----  20.00g                                                                                \n\nvg-x: 0 8 cache Fail\n";
    let pasted = tell(text);
    assert_eq!(
        pasted.lines.iter().map(|l| (l.by, l.name.as_deref())).collect::<Vec<_>>(),
        [(By::Lvs, Some("data")), (By::Lvs, Some("root")), (By::Status, Some("vg-x"))]
    );
    let data = &pasted.lines[0];
    let field = |means: &str| data.fields.iter().find(|f| f.means == means).map(|f| (f.value.as_str(), f.unit));
    assert_eq!(field("of the metadata in use"), Some(("16.16", "%")));
    assert_eq!(field("dirty"), Some(("12000", "blocks")));
    assert_eq!(titles(data), ["Dirty although nothing makes it dirty"]);
    assert_eq!(data.passed_over, ["Tags own"]);
    assert!(pasted.passed_over.is_empty());
}

#[test]
fn sizes_are_in_the_unit_that_fits() {
    for (sectors, said) in [(1, "0.5 KiB"), (8, "4 KiB"), (1024, "512 KiB"), (3 << 20, "1.5 GiB"), (u64::MAX, "8388607.9 PiB")] {
        assert_eq!(size(sectors), said);
    }
}
