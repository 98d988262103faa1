//! How many orders there are, how they end, and that cutting tasks into acts hides no ending.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::party::Grain;
use super::race::Run;
use super::*;
use std::collections::BTreeSet;

fn counts(race: Race, sharing: bool) -> [usize; 5] {
    let found = explore(race, sharing);
    Class::ALL.map(|class| found.count(class))
}

#[test]
fn two_opens_share_one_object_in_every_order() {
    assert_eq!(counts(Race::OpenOpen, true), [2, 0, 18, 0, 0]);
    for order in explore(Race::OpenOpen, true).orders {
        let end = &order.acts.last().unwrap().after;
        assert_eq!(end.objects.len(), 1, "{}", order.name());
        let object = &end.objects[0];
        assert_eq!((object.ref_count, object.listed), (2, true), "{}", order.name());
    }
}

#[test]
fn the_loser_of_two_opens_is_whoever_looks_again_second() {
    let found = explore(Race::OpenOpen, true);
    let order = &found.orders[found.find("PQPQPQ").unwrap()];
    assert_eq!(order.acts[5].effect, Effect::Attached { object: Who::P, from: 1, own_destroyed: true });
    assert_eq!(order.acts[5].step_names(), ["lock", "look up again", "destroy own", "compare"]);
    let order = &found.orders[found.find("PPPQ").unwrap()];
    assert_eq!(order.acts[3].effect, Effect::Attached { object: Who::P, from: 1, own_destroyed: false });
}

#[test]
fn a_race_can_leave_an_object_that_takes_the_cache_for_crashed() {
    let found = explore(Race::OpenOpen, true);
    for order in &found.orders {
        let openers: Vec<Who> = order.acts.iter().filter(|a| a.deed == Deed::Open).map(|a| a.who).collect();
        let (winner, clean) = order.left_clean[0];
        assert_eq!(clean, winner == openers[0], "{}: only whoever opens first finds CLEAN_SHUTDOWN set", order.name());
    }
    assert!(found.orders.iter().any(|o| !o.left_clean[0].1));
}

#[test]
fn a_lookup_inside_the_window_always_ends_in_a_use_after_free() {
    let found = explore(Race::CloseOpen, true);
    let (inside, failing) = found.in_window();
    assert_eq!((inside, failing), (found.count(Class::UseAfterFree), found.count(Class::UseAfterFree)));
    assert!(inside > 0);
    for (_, order) in found.of(Class::UseAfterFree) {
        assert!(order.acts[..order.decisive()].last().unwrap().after.in_window(), "{}", order.name());
        assert!(order.acts.iter().any(|a| a.log.iter().any(|l| l == "refcount_t: addition on 0; use-after-free.")), "{}", order.name());
    }
}

#[test]
fn the_order_of_the_drawing_is_the_one_that_is_drawn() {
    let found = explore(Race::CloseOpen, true);
    let order = &found.orders[found.find("PPPPQPPQ").unwrap()];
    assert_eq!(order.class, Class::UseAfterFree);
    let deeds: Vec<&str> = order.acts.iter().map(|a| a.deed.name()).collect();
    assert_eq!(deeds, ["look up", "open", "insert", "drop", "look up", "unlink", "destroy", "use"]);
    assert_eq!(order.acts[6].effect, Effect::Destroyed { object: Who::P, held_by: vec![Who::Q] });
    assert_eq!(order.acts[7].effect, Effect::Used { object: Who::P, alive: false });
    assert_eq!(order.decisive(), 4);
    assert!(sentence(order, 4).contains("ref_count goes from 0 to 1"), "{}", sentence(order, 4));
}

#[test]
fn a_close_against_an_open_has_every_ending() {
    assert_eq!(counts(Race::CloseOpen, true), [3, 5, 27, 32, 39]);
}

#[test]
fn on_a_blank_device_one_formats_and_the_other_opens_what_it_wrote() {
    for order in explore(Race::FormatFormat, true).orders {
        let formatted = order.acts.iter().filter(|a| matches!(a.effect, Effect::Opened { formatted: true, .. })).count();
        assert_eq!(formatted, 1, "{}", order.name());
        assert_eq!(order.acts.last().unwrap().after.objects.len(), 1);
    }
    assert_eq!(counts(Race::FormatFormat, true), counts(Race::OpenOpen, true));
}

#[test]
fn without_sharing_two_opens_are_two_objects_in_every_order() {
    assert_eq!(counts(Race::OpenOpen, false), [0, 0, 0, 2, 0]);
    assert_eq!(counts(Race::CloseOpen, false), [0, 1, 0, 3, 0]);
}

#[test]
fn orders_of_single_steps_end_as_orders_of_acts_do() {
    for (race, sharing) in [(Race::OpenOpen, true), (Race::CloseOpen, false), (Race::OpenOpen, false)] {
        let mut fine = Vec::new();
        Run::new(race, sharing, Grain::Steps).go_on(&mut fine);
        let found = explore(race, sharing);
        assert!(fine.len() > found.orders.len());
        let ends = |orders: &[Order]| orders.iter().map(|o| (o.class, o.left_clean.len())).collect::<BTreeSet<_>>();
        assert_eq!(ends(&fine), ends(&found.orders), "{race:?}");
    }
}

#[test]
fn every_deed_that_happens_is_one_the_picture_has_a_place_for() {
    for (race, sharing) in Race::ALL.into_iter().flat_map(|r| [(r, true), (r, false)]) {
        for order in explore(race, sharing).orders {
            for (n, act) in order.acts.iter().enumerate() {
                assert!(race.deeds(act.who, sharing).contains(&act.deed), "{race:?} {act:?}");
                assert!(!sentence(&order, n).is_empty());
                let line = PSEUDOCODE[code_line(act)];
                assert!(!line.text.is_empty(), "{act:?}");
                assert!(if sharing { !line.apart } else { !line.shared }, "{act:?}");
            }
        }
    }
}
