//! The bug of old kernels, had on a kernel of today: two tables that reach one metadata device by two names do to each other
//! what any two tables did before sharing. Statement by statement the two runs print the same, read the same and leave the same bytes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_engine::device::Page;
use dm_cache_engine::world::World;
use dm_cache_lab::scenario::ast::{Action, Sharing};
use dm_cache_lab::scenario::library;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::shell;

/// The device by which the second table names the metadata, and by its number in a table line. All else is equal.
const SECOND_NAME: [&str; 2] = ["/dev/meta", "/dev/mapper/lin"];
const LINE_OF_C: [&str; 2] = ["0 262144 cache 254:0 254:16 254:32 ", "0 262144 cache 253:0 254:16 254:32 "];

const STATUS: &str = "dmsetup status --noflush c";

fn run(name: &str, sharing: Sharing) -> Run {
    Run::new(library::find(name).unwrap().script().unwrap(), Options { sharing: Some(sharing), ..Options::default() })
}

/// Goes on to the next statement that the machine does, but for making the alias; what it was.
fn next(run: &mut Run) -> Option<String> {
    while run.advance() {
        let action = &run.script.body[run.done() - 1].action;
        let makes_alias = matches!(action, Action::Command(line) if line.text().starts_with("dmsetup create lin "));
        if action.is_done_by_the_machine() && !makes_alias {
            return Some(action.to_string());
        }
    }
    None
}

/// Every page of every disk, by the disk's name.
fn bytes(world: &World) -> Vec<(String, Vec<(u64, Page)>)> {
    let pages = |disk: &dm_cache_engine::device::Disk| disk.pages().map(|(n, p)| (n, p.clone())).collect();
    world.disks().map(|(_, name, disk)| (name.to_owned(), pages(disk))).collect()
}

/// What a command would print now, without doing it to this world.
fn printed(world: &World, command: &str) -> String {
    let out = shell::type_in(&mut world.clone(), command);
    assert_eq!(out.rc, 0, "{command}: {}", out.both);
    out.stdout
}

/// The first 64 blocks of the cached device as a reader gets them, without a trace in this world; none where
/// it would wait for a resume.
fn data(world: &World) -> Option<Vec<u8>> {
    let mut world = world.clone();
    let dev = world.lookup_dev("/dev/mapper/c").unwrap();
    world.read(dev, 0, 64 << 16, true).ok()
}

#[test]
fn the_alias_does_on_a_kernel_of_today_what_the_seed_did_before_the_fix() {
    let (mut seed, mut alias) = (run("reload-while-live", Sharing::Off), run("alias-device", Sharing::On));
    let mut statements = 0;
    loop {
        let (before, now) = (next(&mut seed), next(&mut alias));
        let Some(statement) = before.clone() else {
            assert_eq!(now, None);
            break;
        };
        assert_eq!(now, Some(statement.replace(SECOND_NAME[0], SECOND_NAME[1])).filter(|_| statement.contains("reload")).or(before));
        let [a, b] = [&seed, &alias].map(|run| &run.worlds[0]);
        let output = |run: &dm_cache_lab::scenario::run::WorldRun| run.timeline.last().commands.back().unwrap().output.clone();
        assert_eq!(output(a), output(b), "{statement}");
        assert!(bytes(&a.world) == bytes(&b.world), "{statement}: the disks");
        assert_eq!(printed(&a.world, STATUS), printed(&b.world, STATUS), "{statement}");
        assert!(data(&a.world) == data(&b.world), "{statement}: what c reads");
        statements += 1;
    }
    assert!(statements >= 8, "{statements} statements compared");
    let [a, b] = [&seed, &alias].map(|run| &run.worlds[0]);
    assert!(data(&a.world).is_some_and(|bytes| bytes[0] == b'A' && bytes[50 << 16] == 0));
    assert_eq!(a.timeline.last().picture().data[0].lost, b.timeline.last().picture().data[0].lost);
    let tail = |world: &World, n: usize| printed(world, "dmsetup table c").strip_prefix(LINE_OF_C[n]).map(str::to_owned);
    assert!(tail(&a.world, 0).is_some());
    assert_eq!(tail(&a.world, 0), tail(&b.world, 1));
}
