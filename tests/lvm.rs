//! LVM's commands, held against recordings of lvm2: every session of `recordings/lvm` is typed at a machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_engine::event::Event;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::World;
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
        let flushing = line.strip_prefix("  Flushing ").and_then(|rest| rest.split_once(' ')).map(|(_, rest)| format!("  Flushing N {rest}"));
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
