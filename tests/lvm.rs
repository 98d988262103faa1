//! LVM's commands, held against recordings of lvm2: every session of `recordings/lvm` is typed at a machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_engine::event::{Event, StepKind};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::World;
use dm_cache_lab::scenario::parse;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::shell;
use std::fs;
use std::path::PathBuf;

/// A command, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ended {
    stdout: Vec<String>,
    stderr: Vec<String>,
    rc: i32,
    /// Those that change something, in order.
    requests: Vec<String>,
}

/// A line of a session.
#[derive(Debug)]
enum Line {
    Disk(String, u64),
    Command(String, Ended),
    /// Something between commands: a write, a sleep, a power cut.
    Between(String),
}

fn sessions() -> Vec<(String, Vec<Line>)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/lvm/sessions");
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| (file.file_stem().unwrap().to_string_lossy().into_owned(), lines(&fs::read_to_string(file).unwrap()));
    files.iter().map(read).collect()
}

fn lines(text: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            out.push(Line::Command(command.to_owned(), Ended::default()));
            continue;
        }
        if let Some(disk) = line.strip_prefix("disk ") {
            let (name, sectors) = disk.split_once(' ').unwrap();
            out.push(Line::Disk(name.to_owned(), sectors.parse().unwrap()));
            continue;
        }
        if let Some(between) = line.strip_prefix("+ ") {
            out.push(Line::Between(between.to_owned()));
            continue;
        }
        let Some(Line::Command(_, ended)) = out.last_mut() else { continue };
        if let Some(text) = line.strip_prefix("out| ") {
            ended.stdout.push(text.to_owned());
        } else if let Some(text) = line.strip_prefix("err| ") {
            ended.stderr.push(text.to_owned());
        } else if let Some(text) = line.strip_prefix("dm| ") {
            ended.requests.push(text.to_owned());
        } else if let Some(rc) = line.strip_prefix("[rc=") {
            ended.rc = rc.trim_end_matches(']').parse().unwrap();
        }
    }
    out
}

/// How many blocks were dirty at each look, and so how often lvm2 looked, is a matter of how fast a machine is: of the lines that say so in
/// a row, one is left, without the number. Nothing else is masked.
fn masked(lines: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        let flushing =
            line.strip_prefix("  Flushing ").and_then(|rest| rest.split_once(' ')).map(|(_, rest)| format!("  Flushing N {rest}"));
        let line = flushing.unwrap_or(line);
        if !line.starts_with("  Flushing N ") || out.last() != Some(&line) {
            out.push(line);
        }
    }
    out
}

fn typed(world: &mut World, command: &str) -> Ended {
    world.take_events();
    let output = shell::type_in(world, command);
    assert_eq!(output.hang, None, "{command}");
    let requests = world.take_events().into_iter().filter_map(|event| match event {
        Event::Request { text } => Some(text.to_string()),
        _ => None,
    });
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    Ended { requests: requests.collect(), stdout: lines(&output.stdout), stderr: lines(&output.stderr), rc: output.rc }
}

fn between(world: &mut World, what: &str) {
    if what == "power-cut" {
        // The guest's disks kept what it had written: it was only the guest that was killed.
        world.power_cut(&|_, _| true);
        return;
    }
    let words: Vec<&str> = what.split(' ').collect();
    let command = match words.as_slice() {
        ["write", path, block, count] => {
            let (block, count) = (block.strip_prefix("block=").unwrap(), count.strip_prefix("count=").unwrap());
            format!(
                "tr '\\000' '\\101' </dev/zero | dd of=/dev/{path} bs=64k seek={block} count={count} iflag=fullblock oflag=direct conv=notrunc status=none"
            )
        }
        _ => what.to_owned(),
    };
    let output = shell::type_in(world, &command);
    assert_eq!((output.rc, output.hang), (0, None), "{what}: {}", output.both);
}

/// What differs in a session: the commands, with both sides.
fn differences(lines: &[Line]) -> (usize, String) {
    let mut world = World::new(Kernel::V6_1, true);
    world.record(true);
    let (mut commands, mut differ) = (0, String::new());
    for line in lines {
        match line {
            Line::Disk(name, sectors) => drop(world.add_disk(name, *sectors)),
            Line::Between(what) => between(&mut world, what),
            Line::Command(command, recorded) => {
                commands += 1;
                let mut here = typed(&mut world, command);
                let mut recorded = recorded.clone();
                here.stdout = masked(here.stdout);
                recorded.stdout = masked(recorded.stdout);
                if here != recorded {
                    differ += &format!("$ {command}\nlvm2: {recorded:#?}\nhere: {here:#?}\n");
                }
            }
        }
    }
    (commands, differ)
}

#[test]
fn every_recorded_session_prints_ends_and_asks_device_mapper_as_lvm2_does() {
    let (mut commands, mut differ) = (0, String::new());
    let sessions = sessions();
    for (name, lines) in &sessions {
        let (count, different) = differences(lines);
        commands += count;
        if !different.is_empty() {
            differ += &format!("######## {name}\n{different}");
        }
    }
    assert!(sessions.len() >= 6 && commands >= 60, "{} sessions, {commands} commands", sessions.len());
    assert!(differ.is_empty(), "{differ}");
}

/// A machine with a cached volume `vg/data`.
fn cached() -> World {
    let mut world = World::new(Kernel::V6_1, true);
    world.record(true);
    world.add_disk("slow", 262_144);
    world.add_disk("fast", 131_072);
    for command in [
        "pvcreate /dev/slow /dev/fast",
        "vgcreate vg /dev/slow /dev/fast",
        "lvcreate -n data -L 64m vg /dev/slow",
        "lvcreate --type cache-pool -n fast -L 16m vg /dev/fast",
        "lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data",
    ] {
        assert_eq!(typed(&mut world, command).rc, 0, "{command}");
    }
    world
}

#[test]
fn what_lvm2_has_and_is_not_there_is_refused_by_name_and_changes_nothing() {
    for (command, named) in [
        ("vgextend vg /dev/slow", "vgextend"),
        ("pvmove /dev/slow", "pvmove"),
        ("lvextend -r -L +8m vg/data", "-r"),
        ("lvextend -l 200%VG vg/data", "200%VG"),
        ("lvrename vg fast_cpool quick", "a pool in use"),
        ("pvremove -ff -y /dev/slow", "-ff"),
        ("lvdisplay", "lvdisplay"),
        ("lvcreate --type thin-pool -L 8m vg", "thin-pool"),
        ("lvcreate --type cache -L 8m -n x --cachepool other/fast vg", "another group"),
        ("lvcreate -L 8m --stripes 2 vg", "--stripes"),
        ("lvcreate -i 2 -L 8m vg", "-i"),
        ("lvcreate -l 10%ORIGIN vg", "10%ORIGIN"),
        ("lvconvert --type cache --cachevol vg/fast vg/data_corig", "hidden volume"),
        ("lvconvert --repair vg/fast_cpool", "--repair"),
        ("lvconvert --type raid1 vg/data", "raid1"),
        ("lvs --select lv_size=4m", "--select"),
        ("lvs -o lv_tags", "lv_tags"),
        ("lvs --units H", "--units H"),
        ("lvs --noh", "--noh"),
        ("vgchange -aay", "ay"),
        ("pvcreate -ff -y /dev/slow", "-ff"),
        ("pvcreate /dev/mapper/vg-data", "/dev/dm-"),
    ] {
        let mut world = cached();
        let before = typed(&mut world, "lvs -a -o +devices");
        let ended = typed(&mut world, command);
        let said = ended.stderr.join("\n");
        assert!(ended.rc != 0 && ended.requests.is_empty() && ended.stdout.is_empty(), "{command}: {ended:?}");
        assert!(said.contains("not in this lab") && said.contains(named), "{command}: {said}");
        assert_eq!(typed(&mut world, "lvs -a -o +devices"), before, "{command}");
    }
}

#[test]
fn devices_have_lvms_uuids_and_volumes_have_paths_of_their_own() {
    let mut world = cached();
    let uuids = typed(&mut world, "dmsetup info -c --noheadings -o name,uuid").stdout;
    let (group, layers): (Vec<&str>, Vec<&str>) = uuids
        .iter()
        .map(|line| {
            let (name, uuid) = line.split_once(':').expect("two columns");
            let id = uuid.strip_prefix("LVM-").unwrap_or_else(|| panic!("{uuid}"));
            assert!(id.as_bytes()[..64].iter().all(u8::is_ascii_alphanumeric), "{uuid}");
            (&id[..32], if id.len() == 64 { name } else { &id[64..] })
        })
        .unzip();
    assert_eq!(layers, ["vg-data", "-real", "-cdata", "-cmeta"]);
    assert!(group.iter().all(|id| *id == group[0]), "{uuids:?}");
    assert!(world.lookup_dev("/dev/vg/data").is_ok());
    assert_eq!(typed(&mut world, "lvcreate -n a-b- -L 4m vg").rc, 0);
    assert_eq!(world.lookup_dev("/dev/vg/a-b-"), world.lookup_dev("/dev/mapper/vg-a--b--"));
    for hidden in ["/dev/vg/data_corig", "/dev/vg/fast_cpool_cdata", "/dev/vg/fast", "/dev/vg/lvol0_pmspare"] {
        assert!(world.lookup_dev(hidden).is_err(), "{hidden}");
    }
}

#[test]
fn after_a_power_cut_the_group_is_there_and_nothing_is_active() {
    let mut world = cached();
    assert_eq!(typed(&mut world, "dmsetup status vg-data").rc, 0);
    let before = typed(&mut world, "lvs -a -o name,size,devices,cache_mode,chunk_size");
    world.power_cut(&|_, _| true);
    assert_eq!(typed(&mut world, "lvs -a -o name,size,devices,cache_mode,chunk_size"), before);
    assert_eq!(typed(&mut world, "lvs --noheadings -o lv_attr vg").stdout, ["  Cwi---C---"]);
    assert_eq!(typed(&mut world, "dmsetup ls").stdout, ["No devices found"]);
    let ended = typed(&mut world, "vgchange -ay");
    assert_eq!((ended.rc, ended.stdout.as_slice()), (0, &["  1 logical volume(s) in volume group \"vg\" now active".to_owned()][..]));
    assert_eq!(typed(&mut world, "lvs --noheadings -o lv_attr vg").stdout, ["  Cwi-a-C---"]);
}

#[test]
fn a_run_shows_each_request_as_a_step_and_in_its_transcript() {
    let source = "dm-cache-lab 1\n# A volume\ndisk slow 64M\n$ pvcreate /dev/slow\n$ vgcreate vg /dev/slow\n$ lvcreate -n data -L 8m vg\n";
    let mut run = Run::new(parse("volume", source).unwrap(), Options::default());
    run.finish();
    let requests = ["create vg-data, 253:0", "load vg-data: 0 16384 linear 254:0 2048", "resume vg-data"];
    let world = &run.worlds[0];
    for request in requests {
        let sentence = format!("Next, lvcreate asks device-mapper: “{request}”");
        assert!(world.timeline.steps().iter().any(|step| step.kind == StepKind::Request && step.sentence == sentence), "{sentence}");
    }
    let shown: Vec<String> = requests.iter().map(|request| format!("dm| {request}\n")).collect();
    let expected = format!("$ lvcreate -n data -L 8m vg\n  Logical volume \"data\" created.\n[rc=0]\n{}", shown.concat());
    assert!(run.transcript(0).ends_with(&expected), "{}", run.transcript(0));
}

#[test]
fn a_cache_that_never_gets_clean_is_waited_for_until_that_is_sure() {
    let mut world = cached();
    between(&mut world, "write vg/data block=0 count=8");
    let slow = world.lookup_dev("/dev/slow").unwrap();
    world.fail_device(slow, 0..262_144, false, true).unwrap();
    let output = shell::type_in(&mut world, "lvchange --cachemode writethrough vg/data");
    assert_eq!(output.hang.as_deref(), Some("8 blocks of vg/data to become clean"));
    assert!(output.both.starts_with("  Flushing 8 blocks for cache vg/data.\n"), "{}", output.both);
    // The volume keeps the mode that it had, as when the command is interrupted.
    assert_eq!(typed(&mut world, "lvs --noheadings -o cache_mode,cache_dirty_blocks vg").stdout, ["  writeback                8"]);
}
