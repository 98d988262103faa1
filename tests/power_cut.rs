//! The power goes after every single metadata write: what was acknowledged and flushed must still be there.
//!
//! Each scenario runs once; the disks as they were right after each write to the metadata device are kept
//! ([`World::watch_writes`]). From each of these moments the power is cut in several ways, the cache is created again
//! with its table, and the metadata must pass our check and every fsynced block must read back. The data devices are
//! durable here; what their own volatile caches may cost is in [`windows`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bench;
mod scenarios;
mod windows;

use bench::{Fault, What, run};
use scenarios::Scenario;

fn keeps_everything(scenario: &Scenario) {
    let outcome = run(scenario, Fault::None);
    assert!(outcome.cuts > 40, "{}: only {} cuts were tried", scenario.name, outcome.cuts);
    assert!(
        outcome.losses.is_empty(),
        "{}: {} of {} cuts lose, first: {:#?}",
        scenario.name,
        outcome.losses.len(),
        outcome.cuts,
        &outcome.losses[..outcome.losses.len().min(3)]
    );
}

#[test]
fn first_use_survives_every_cut() {
    keeps_everything(&scenarios::FIRST_USE);
}

#[test]
fn demotions_from_a_full_cache_survive_every_cut() {
    keeps_everything(&scenarios::FULL_CACHE);
}

#[test]
fn a_reload_while_live_survives_every_cut() {
    keeps_everything(&scenarios::RELOAD);
}

#[test]
fn separate_dirty_bits_and_discards_survive_every_cut() {
    keeps_everything(&scenarios::DISCARDS);
}

#[test]
fn cleaning_and_changing_the_mode_survive_every_cut() {
    keeps_everything(&scenarios::MODES);
}

#[test]
fn growing_the_cache_survives_every_cut() {
    keeps_everything(&scenarios::GROW);
}

#[test]
fn without_the_flush_before_the_superblock_every_scenario_is_damaged() {
    for scenario in scenarios::ALL {
        let outcome = run(scenario, Fault::NoPrecommitFlush);
        assert!(!outcome.losses.is_empty(), "{}: {} cuts, and nobody missed the flush", scenario.name, outcome.cuts);
        assert!(outcome.losses.iter().any(|l| l.damaged()), "{}: the metadata stays sound", scenario.name);
    }
}

#[test]
fn without_sharing_a_reload_while_live_loses_fsynced_data_from_the_first_write_after_the_swap_on() {
    let outcome = run(&scenarios::RELOAD, Fault::Unshared);
    let swap = scenarios::RELOAD.step("dmsetup resume c");
    // The new table takes cache blocks that it does not know to be in use; its own commit follows. A cut before that
    // would still have found the old table's mappings: going down at the swap is the last chance.
    let first = outcome.losses.iter().map(|l| l.step).min().expect("something is lost");
    assert_eq!(first, swap + 2, "the first cut that loses: {:?}", outcome.losses.iter().find(|l| l.step == first));
    assert!(outcome.losses.iter().filter(|l| l.step == first).all(|l| matches!(&l.what, What::Lost(blocks) if blocks.contains(&50))));
    // Not a matter of the cut: with everything kept it is lost as well.
    assert!(outcome.losses.iter().any(|l| l.way == "all kept"));
}
