//! Laws over the recordings: what must hold of any replay, not of one.

use super::guest::{Guest, Run, Variation};
use super::recording::Recording;

const LIN: &str = "/dev/mapper/lin";

/// Sections 1 to 6 of the alias case over one device: no alias, and no sharing.
fn unshared(case: &str, replace: &[(&str, &str)], only: impl Fn(&str) -> bool) {
    let recording = Recording::open("6.1", case);
    let replace = replace.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let run = Guest::run(&recording, &Variation { sharing: false, replace, ..Variation::default() });
    let mut seen = 0;
    for (name, image) in run.images.iter().filter(|(name, _)| only(name)) {
        assert_eq!(differing(&recording, name, image), Vec::<usize>::new(), "{case} {name}: blocks differ");
        seen += 1;
    }
    assert!(seen > 4);
}

fn differing(recording: &Recording, name: &str, image: &[u8]) -> Vec<usize> {
    let recorded = recording.image(name).unwrap();
    recorded.chunks(4096).zip(image.chunks(4096)).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect()
}

#[test]
fn sharing_off_over_one_device_equals_two_objects_through_an_alias() {
    unshared("03e-alias-frozen", &[(LIN, "/dev/d/meta")], |name| !name.contains("-7"));
}

#[test]
fn sharing_off_over_one_device_equals_three_objects_through_two_aliases() {
    unshared("03f-three-objects", &[("/dev/mapper/lin2", "/dev/d/meta"), (LIN, "/dev/d/meta")], |_| true);
}

/// The seed scenario up to its swap: section 1 of 03e over one device.
fn seed(sharing: bool) -> Run {
    let recording = Recording::open("6.1", "03e-alias-frozen");
    let swapped = recording
        .steps
        .iter()
        .position(|s| s.first().is_some_and(|w| w == "snap") && s.get(1).is_some_and(|n| n == "v1-1e-swapped"))
        .unwrap();
    Guest::run(
        &recording,
        &Variation { sharing, replace: vec![(LIN.to_owned(), "/dev/d/meta".to_owned())], end: swapped, ..Variation::default() },
    )
}

#[test]
fn without_sharing_exactly_the_four_blocks_written_after_the_load_are_lost() {
    let lost = seed(false).world.lost_pages("c");
    let expected: Vec<u64> = (50 * 16..54 * 16).collect();
    assert_eq!(lost, expected);
}

#[test]
fn with_sharing_nothing_is_lost() {
    assert_eq!(seed(true).world.lost_pages("c"), Vec::<u64>::new());
}

#[test]
fn leaving_out_any_one_write_changes_an_image() {
    let recording = Recording::open("6.1", "03f-three-objects");
    let whole = Guest::run(&recording, &Variation::default());
    let writes = recording.steps.iter().enumerate().filter(|(_, s)| s.first().is_some_and(|w| w == "w")).map(|(i, _)| i);
    for write in writes {
        let without = Guest::run(&recording, &Variation { skip: vec![write], ..Variation::default() });
        assert_ne!(whole.images, without.images, "step {write} left no trace");
    }
}

#[test]
fn cache_check_says_of_every_image_what_0_9_said() {
    let root = std::path::Path::new("tests/recordings/6.1");
    let mut seen = 0;
    for case in std::fs::read_dir(root).unwrap() {
        let case = case.unwrap().file_name().into_string().unwrap();
        let recording = Recording::open("6.1", &case);
        for (name, said) in recording.checks() {
            let image = recording.image(&name).unwrap();
            let mut world = dm_cache_engine::world::World::new(recording.kernel, true);
            let dev = world.add_disk("image", (image.len() as u64).div_ceil(512));
            world.restore_image(dev, &image).unwrap();
            let out = dm_cache_lab::shell::type_in(&mut world, "cache_check /dev/image");
            assert_eq!(format!("{}[rc={}]\n", out.both, out.rc), said, "{case} {name}");
            seen += 1;
        }
    }
    assert!(seen >= 438, "{seen}");
}

/// Of case 00 what dm-cache's users see; the rest of it (uname, lsmod, boot messages) describes the recorder's guest.
#[test]
fn dmsetup_names_its_versions_and_targets_as_case_00_recorded() {
    let recorded = std::fs::read_to_string("tests/recordings/smoke-6.1.txt").unwrap();
    let mut world = dm_cache_engine::world::World::new(dm_cache_engine::kernel::Kernel::V6_1, true);
    for command in ["dmsetup version", "dmsetup targets"] {
        let said = recorded.lines().skip_while(|l| *l != format!("$ {command}")).skip(1).take_while(|l| *l != "[rc=0]");
        let said: String = said.map(|l| format!("{l}\n")).collect();
        assert_eq!(dm_cache_lab::shell::type_in(&mut world, command).both, said);
    }
}
