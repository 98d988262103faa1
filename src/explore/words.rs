//! What an act did, in a sentence; and the two functions in our own words, with the line that each act stands at.

use super::{Act, Class, Deed, Effect, Order, Who};

/// A line of the pseudocode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PseudoLine {
    /// Its text, indented by two spaces a level.
    pub text: &'static str,
    /// It is there only with sharing.
    pub shared: bool,
    /// It is there only without.
    pub apart: bool,
}

const fn both(text: &'static str) -> PseudoLine {
    PseudoLine { text, shared: false, apart: false }
}

const fn shared(text: &'static str) -> PseudoLine {
    PseudoLine { text, shared: true, apart: false }
}

const fn apart(text: &'static str) -> PseudoLine {
    PseudoLine { text, shared: false, apart: true }
}

/// Opening and closing, with and without the list; an empty line parts the two.
pub const PSEUDOCODE: [PseudoLine; 20] = [
    both("open(device)"),
    shared("  lock(table_lock)"),
    shared("  found = find(list, device)"),
    shared("  found: ref_count += 1"),
    shared("  unlock(table_lock)"),
    shared("  found: use it"),
    both("  own = read and flush superblock"),
    shared("  lock; find again"),
    shared("  found: ref_count += 1"),
    shared("  else:  add(list, own)"),
    shared("  unlock"),
    shared("  found: destroy(own), use it"),
    apart("  use own"),
    both(""),
    both("close(object)"),
    both("  if --ref_count == 0:"),
    shared("    lock(table_lock)"),
    shared("    remove(list, object)"),
    shared("    unlock(table_lock)"),
    both("    destroy(object)"),
];

/// The line of [`PSEUDOCODE`] that an act ended at.
#[must_use]
pub const fn code_line(act: &Act) -> usize {
    match (act.deed, &act.effect) {
        (Deed::LookUp, Effect::Attached { .. }) => 3,
        (Deed::LookUp, _) => 2,
        (Deed::Open, _) => 6,
        (Deed::Insert, Effect::Attached { own_destroyed: true, .. }) => 11,
        (Deed::Insert, Effect::Attached { .. }) => 8,
        (Deed::Insert, _) => 9,
        (Deed::Use, _) => 5,
        (Deed::Drop, _) => 15,
        (Deed::Unlink, _) => 17,
        (Deed::Destroy, _) => 19,
    }
}

/// What an act of an order did.
#[must_use]
pub fn sentence(order: &Order, at: usize) -> String {
    let Some(act) = order.acts.get(at) else { return String::new() };
    let who = act.who;
    match &act.effect {
        Effect::Missed => format!("{who} looks up the device under table_lock. No object is listed for it."),
        Effect::Attached { object, from: 0, own_destroyed } => {
            let own = if *own_destroyed { format!(" {who} destroys the object it opened itself.") } else { String::new() };
            format!(
                "{who} looks up the device between “drop” and “unlink” of {}: object {} is still listed, and ref_count goes from 0 to 1.{own}",
                other(who),
                object.object()
            )
        }
        Effect::Attached { object, from, own_destroyed: false } => {
            format!(
                "{who} looks up the device and finds object {}: ref_count {from} → {}. {who} opens nothing of its own.",
                object.object(),
                from + 1
            )
        }
        Effect::Attached { object, from, own_destroyed: true } => {
            format!(
                "{who} looks again and finds object {}: ref_count {from} → {}. {who} destroys the object it opened itself.",
                object.object(),
                from + 1
            )
        }
        Effect::Opened { formatted: true, .. } => {
            format!("{who} opens its own object on a blank device: it formats the metadata and flushes the superblock.")
        }
        Effect::Opened { clean: true, .. } => {
            format!("{who} opens its own object: it reads the superblock, clears CLEAN_SHUTDOWN in it and flushes it.")
        }
        Effect::Opened { .. } => {
            format!("{who} opens its own object. CLEAN_SHUTDOWN is already off on disk, so {who} assumes that the cache crashed.")
        }
        Effect::Listed => format!("{who} looks again, finds nothing and lists object {} with ref_count 1.", who.object()),
        Effect::Used { object, alive: true } => format!("{who} goes on with object {}, which is alive.", object.object()),
        Effect::Used { object, alive: false } => {
            format!("{who} goes on with object {}, which was freed before: {who} reads freed memory.", object.object())
        }
        Effect::Dropped { object, from: 1 } if act.after.object(*object).is_some_and(|o| o.listed) => {
            format!(
                "{who} drops the last reference to object {}, without table_lock: ref_count 1 → 0. The object is still listed.",
                object.object()
            )
        }
        Effect::Dropped { object, from } => {
            format!("{who} drops its reference to object {}: ref_count {from} → {}.", object.object(), from - from.min(&1))
        }
        Effect::Unlinked { object } => format!("{who} takes table_lock and removes object {} from the list.", object.object()),
        Effect::Destroyed { object, held_by } if held_by.is_empty() => {
            format!("{who} destroys object {} with its buffer cache.", object.object())
        }
        Effect::Destroyed { object, held_by } => {
            let held: Vec<String> = held_by.iter().map(Who::to_string).collect();
            format!(
                "{who} destroys object {} with its buffer cache, without looking at ref_count again. {} still holds it.",
                object.object(),
                held.join(" and ")
            )
        }
        Effect::Nothing => format!("{who}: {}.", act.step_names().join(", ")),
    }
}

const fn other(who: Who) -> Who {
    match who {
        Who::P => Who::Q,
        Who::Q => Who::P,
    }
}

/// Why orders of a class end as they do.
#[must_use]
pub const fn explanation(class: Class) -> &'static str {
    match class {
        Class::Shared => {
            "The look-up finds a live object. The second opener takes a reference to it and neither reads nor writes the device."
        }
        Class::Sequential => {
            "The first object is closed and gone before the second is opened. There is nothing to share, and nothing to confuse."
        }
        Class::LoserTearsDown => {
            "Both look-ups miss, so both open an object, outside of table_lock. The one that looks again second finds the other's object, takes a reference to it, and destroys its own, whose buffers are all written."
        }
        Class::TwoObjects => {
            "For a while there are two objects over one device, each with its own buffer cache. Neither sees what the other writes."
        }
        Class::UseAfterFree => {
            "P drops the last reference without holding table_lock. The object is still on the list, so Q’s look-up finds it and raises ref_count from 0 to 1. P does not look again: it unlinks and destroys the object that Q now uses."
        }
    }
}
