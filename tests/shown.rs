//! What the list of scenarios says of each, computed from runs and recordings. `DMLAB_BLESS=1` rewrites `src/scenario/shown.rs`.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_engine::event::{Event, Slot};
use dm_cache_engine::world::verdict::Verdict;
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::{ALL, Entry, Shown, find};
use dm_cache_lab::scenario::run::{Options, Run, WorldRun};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FILE: &str = "src/scenario/shown.rs";

/// Whether one of the verdicts holds of a block at the end. What a script loses and then writes again is not counted: it may have wiped
/// a disk on purpose.
fn ends_with(world: &WorldRun, verdicts: &[Verdict]) -> bool {
    let picture = world.timeline.last().picture();
    picture.data.iter().any(|data| verdicts.iter().any(|verdict| !data.of(*verdict).is_empty()))
}

fn computed(entry: &Entry) -> Vec<Shown> {
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
    run.finish();
    let any = |verdicts: &[Verdict]| [false, true].map(|sharing| run.worlds.iter().any(|w| w.sharing == sharing && ends_with(w, verdicts)));
    let mut shown = match (any(&[Verdict::Lost, Verdict::Old]), any(&[Verdict::Unpromised])) {
        ([_, true], _) => vec![Shown::LosesWithFix],
        ([true, false], _) => vec![Shown::LosesWithoutFix],
        (_, [_, true] | [true, _]) => vec![Shown::NeverPromised],
        _ => Vec::new(),
    };
    shown.extend(Path::new(&format!("tests/recordings/scenarios/{}.txt", entry.name)).exists().then_some(Shown::OnRealMachine));
    shown.extend(run.worlds.iter().any(in_lvms_order).then_some(Shown::LvmOrder));
    shown
}

/// Whether a cache table is loaded into the INACTIVE slot of a device that works with another one, and becomes its LIVE table: what
/// `lvchange` and `lvextend` ask of a cached volume, as `tests/recordings/6.1` has it.
fn in_lvms_order(world: &WorldRun) -> bool {
    let mut active = BTreeSet::new();
    let mut loaded = BTreeSet::new();
    let mut live = BTreeMap::new();
    for step in 0..world.timeline.steps().len() {
        for event in world.timeline.events_of(step) {
            match event {
                Event::DeviceState { dev, suspended, .. } => {
                    if *suspended {
                        active.remove(dev)
                    } else {
                        active.insert(*dev)
                    };
                }
                Event::SlotChanged { dev, slot: Slot::Inactive, table: Some(table) }
                    if !table.caches.is_empty() && active.contains(dev) && live.get(dev) == Some(&true) =>
                {
                    loaded.insert(table.id);
                }
                Event::SlotChanged { dev, slot: Slot::Live, table } => {
                    if table.as_ref().is_some_and(|table| loaded.contains(&table.id)) {
                        return true;
                    }
                    live.insert(*dev, table.as_ref().is_some_and(|table| !table.caches.is_empty()));
                }
                Event::DeviceRemoved { dev } => _ = (active.remove(dev), live.remove(dev)),
                Event::PowerCut { .. } => (active.clear(), live.clear(), loaded.clear()).0,
                _ => {}
            }
        }
    }
    false
}

#[test]
fn the_list_says_of_each_scenario_what_its_runs_show() {
    let mut text = "//! What runs of each scenario have shown. `tests/shown.rs` writes this file.\n\nuse super::library::Shown::{self, LosesWithFix, LosesWithoutFix, LvmOrder, NeverPromised, OnRealMachine};\n\n/// By name, in the library's order.\npub(super) const SHOWN: &[(&str, &[Shown])] = &[\n".to_owned();
    for entry in ALL {
        let words: Vec<String> = computed(entry).iter().map(|shown| format!("{shown:?}")).collect();
        text += &format!("    (\"{}\", &[{}]),\n", entry.name, words.join(", "));
    }
    text += "];\n";
    if std::env::var_os("DMLAB_BLESS").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    assert!(text == std::fs::read_to_string(FILE).unwrap(), "{FILE} is old: run this test with DMLAB_BLESS=1");
}

/// Some that a reader can check: the file above is not only the same as before.
#[test]
fn the_marks_are_the_known_ones() {
    for (name, shown) in [
        ("reload-while-live", vec![Shown::LosesWithoutFix, Shown::OnRealMachine, Shown::LvmOrder]),
        ("lost-fsync", vec![Shown::LosesWithFix, Shown::LvmOrder]),
        ("crash", vec![Shown::NeverPromised]),
        ("safe-order", vec![Shown::OnRealMachine]),
        ("lvm-mode-switch", vec![Shown::LosesWithoutFix, Shown::OnRealMachine, Shown::LvmOrder]),
    ] {
        assert_eq!(find(name).unwrap().shown(), shown, "{name}");
    }
}
