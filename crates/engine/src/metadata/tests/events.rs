//! Events tell every change of an object's fields and of the list.

use super::*;
use crate::event::{Event, ObjectFields};

#[test]
fn the_last_fields_told_are_the_fields_of_the_object() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    bench.host.listen = true;
    let id = bench.open(1, 2).unwrap();
    let told = |bench: &Bench| -> Option<ObjectFields> {
        bench.host.events.iter().rev().find_map(|e| match e {
            Event::ObjectFields { object, fields } if *object == id => Some((**fields).clone()),
            _ => None,
        })
    };
    let check = |bench: &Bench, what: &str| assert_eq!(told(bench).unwrap(), bench.object(id).fields(), "{what}");
    check(&bench, "open");
    bench.with(id, |o, host| o.resize(host, 256)).unwrap();
    check(&bench, "resize");
    bench.with(id, |o, host| o.insert_mapping(host, 3, 9)).unwrap();
    check(&bench, "insert");
    bench.with(id, |o, host| o.commit(host, false)).unwrap();
    check(&bench, "commit");
    bench.sync(id, RECORDED, &[3], &[3]);
    check(&bench, "sync");
    bench.with(id, |o, host| o.remove_mapping(host, 3)).unwrap();
    bench.with(id, |o, host| o.abort(host)).unwrap();
    check(&bench, "abort");
    bench.with(id, |o, host| o.set_needs_check(host)).unwrap();
    check(&bench, "needs_check");
    bench.with(id, |o, host| o.set_read_only(host));
    check(&bench, "read-only");
}

#[test]
fn an_open_and_a_close_tell_their_steps_in_order() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    bench.host.listen = true;
    let id = bench.open(1, 1).unwrap();
    bench.close(1, id);
    let names: Vec<&str> = bench
        .host
        .events
        .iter()
        .filter_map(|e| match e {
            Event::TableLockTaken { .. } => Some("lock"),
            Event::TableLockReleased { .. } => Some("unlock"),
            Event::LookupMiss { .. } => Some("miss"),
            Event::ObjectOpened { formatted: true, .. } => Some("formatted"),
            Event::ReferenceTaken { ref_count, .. } => Some(if *ref_count == 1 { "ref 1" } else { "ref" }),
            Event::ListInserted { .. } => Some("listed"),
            Event::ReferenceDropped { ref_count: 0, .. } => Some("ref 0"),
            Event::ListRemoved { .. } => Some("unlisted"),
            Event::ClientClosed { .. } => Some("cache gone"),
            Event::ObjectDestroyed { .. } => Some("destroyed"),
            _ => None,
        })
        .collect();
    assert_eq!(
        names,
        [
            "lock",
            "miss",
            "unlock",
            "formatted",
            "ref 1",
            "lock",
            "miss",
            "listed",
            "unlock",
            "ref 0",
            "lock",
            "unlisted",
            "unlock",
            "cache gone",
            "destroyed"
        ]
    );
}
