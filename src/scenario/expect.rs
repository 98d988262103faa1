//! Whether an expectation holds, and what is seen where it does not.

use super::ast::{Deed, Expectation};
use super::run::WorldRun;
use crate::timeline::View;
use crate::timeline::names::{cache_letter, object_letter};
use crate::timeline::picture::roots;
use crate::timeline::view::{MappedView, ObjectView};
use dm_cache_engine::device::{DevNo, PAGE_SIZE};
use dm_cache_engine::event::ObjectId;
use dm_cache_engine::mapper::StatusKind;
use dm_cache_engine::world::{work_of_bytes, work_of_text};

type Seen = Result<(), String>;

/// Bytes as two hex digits each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

fn same<T: PartialEq>(seen: T, wanted: T, show: impl Fn(&T) -> String) -> Seen {
    if seen == wanted { Ok(()) } else { Err(show(&seen)) }
}

fn words<T: ToString>(list: &[T]) -> String {
    if list.is_empty() { "none".into() } else { list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ") }
}

/// Bytes that are kept of the beginning of what was seen, and of its end.
const SEEN_BYTES_MAX: usize = 2 << 10;

/// What is kept of a text: all of it, or its beginning and its end.
pub(super) fn clipped(text: &str) -> String {
    let whole = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (begin, end) = (whole(SEEN_BYTES_MAX.min(text.len())), whole(text.len().saturating_sub(SEEN_BYTES_MAX)));
    match (text.get(..begin), text.get(end..)) {
        (Some(first), Some(last)) if begin < end => format!("{first}\n… {} bytes …\n{last}", end - begin),
        _ => text.to_owned(),
    }
}

/// The metadata object that a script calls so.
pub(super) fn object<'v>(view: &'v View, letter: &str) -> Result<(ObjectId, &'v ObjectView), String> {
    let mut objects = view.objects.iter();
    objects.find(|(id, _)| object_letter(view, **id) == letter).map(|(id, object)| (*id, object)).ok_or_else(|| {
        let there: Vec<String> = view.objects.keys().map(|id| object_letter(view, *id)).collect();
        format!("no object {letter}; objects: {}", words(&there))
    })
}

fn device<'v>(view: &'v View, name: &str) -> Result<(DevNo, &'v MappedView), String> {
    let found = view.mapped.iter().find(|(_, m)| m.name == name);
    found.map(|(dev, m)| (*dev, m)).ok_or_else(|| format!("no device {name}"))
}

/// Checks one expectation in one world; the error is what was seen.
pub(super) fn holds(run: &mut WorldRun, what: &Expectation) -> Seen {
    match what {
        Expectation::Read(device, extent, bytes) => {
            let seen = run.read_quietly(device, extent).map_err(|why| why.to_string())?;
            let wanted: Vec<u8> = if bytes.len() == 1 { vec![bytes[0]; seen.len()] } else { bytes.clone() };
            same(seen, wanted, |s| hex(s))
        }
        Expectation::Status(device, field, value) => {
            let line = status_line(run, device)?;
            let seen = status_field(&line, field).ok_or_else(|| format!("the status has no {field}: {line}"))?;
            same(seen, value.clone(), String::clone)
        }
        Expectation::Slots(name, wanted) => {
            let (_, d) = device(run.timeline.last(), name)?;
            let seen = match (&d.live, &d.inactive) {
                (None, None) => "none",
                (Some(_), None) => "live",
                (None, Some(_)) => "inactive",
                (Some(_), Some(_)) => "live+inactive",
            };
            same(seen, wanted.as_str(), |s| (*s).to_owned())
        }
        Expectation::Suspended(name, wanted) => {
            let (_, d) = device(run.timeline.last(), name)?;
            same(d.suspended, *wanted, |s| if *s { "suspended".into() } else { "active".into() })
        }
        Expectation::Objects(wanted) => same(run.timeline.last().objects.len() as u64, *wanted, |n| format!("{n} objects")),
        Expectation::List(wanted) => {
            let view = run.timeline.last();
            same(view.list.iter().map(|o| object_letter(view, *o)).collect(), wanted.clone(), |l: &Vec<String>| words(l))
        }
        Expectation::RefCount(letter, wanted) => {
            let (_, o) = object(run.timeline.last(), letter)?;
            same(u64::from(o.ref_count), *wanted, |n| format!("ref_count {n}"))
        }
        Expectation::Holders(letter, wanted) => {
            let view = run.timeline.last();
            let (_, o) = object(view, letter)?;
            same(o.holders.iter().map(|c| cache_letter(view, *c)).collect(), wanted.clone(), |l: &Vec<String>| words(l))
        }
        Expectation::Stale(letter, wanted) => {
            let view = run.timeline.last();
            let (id, _) = object(view, letter)?;
            let buffers = view.client_of(id).map_or(0, |c| c.buffers.len());
            run.world.spend(buffers as u64);
            same(view.stale_blocks(id), wanted.clone(), |l| words(l))
        }
        Expectation::Root(letter, root, wanted) => {
            let name = match root.as_str() {
                "index" => "sm index".to_owned(),
                other => format!("{other}_root"),
            };
            let (_, o) = object(run.timeline.last(), letter)?;
            let seen = roots(&o.fields).into_iter().find(|(n, _)| *n == name).map(|r| r.1).ok_or_else(|| format!("no {name}"))?;
            same(seen, *wanted, |n| format!("{name} {n}"))
        }
        Expectation::Mappings(letter, wanted) => {
            let view = run.timeline.last();
            let trees = view.trees(object(view, letter)?.0);
            run.world.spend(work_of_bytes((trees.blocks.len() * PAGE_SIZE) as u64));
            same(trees.mappings.len() as u64, *wanted, |n| format!("{n} mappings"))
        }
        Expectation::Check(device, wanted) => {
            let report = run.check(device)?;
            same(report.exit_code() == 0, *wanted, |ok| if *ok { "the check passes".into() } else { format!("{report}") })
        }
        Expectation::Rc(wanted) => same(run.last.rc, *wanted, |rc| format!("exit code {rc}")),
        Expectation::Output(wanted) => {
            let seen = &run.last.both;
            run.world.spend(work_of_text(seen.len()));
            let holds = if wanted.is_empty() { seen.is_empty() } else { seen.contains(wanted.as_str()) };
            if holds { Ok(()) } else { Err(if seen.is_empty() { "no output".into() } else { seen.clone() }) }
        }
        Expectation::Log(wanted) => {
            let log = &run.timeline.last().log;
            run.world.spend(log.len() as u64);
            let new = || log.iter().skip(run.log_seen);
            run.world.spend(new().map(|line| work_of_text(line.len())).sum());
            let holds = if wanted.is_empty() { new().next().is_none() } else { new().any(|line| line.contains(wanted.as_str())) };
            if holds {
                return Ok(());
            }
            let lines: Vec<&str> = new().map(|line| &**line).collect();
            Err(if lines.is_empty() { "nothing in the log since the last command".into() } else { lines.join("\n") })
        }
        Expectation::Why(name, deed, wanted) => {
            let view = run.timeline.last();
            let (_, mapped) = device(view, name)?;
            let seen = match deed {
                Deed::WriteBack => view.why_dirty_of(mapped),
                Deed::Promote => view.why_not_promoted_of(mapped),
            };
            let as_wanted = wanted.as_ref().map_or(seen.is_empty(), |text| seen.iter().any(|why| why.contains(text.as_str())));
            let shown = if seen.is_empty() { "nothing holds it up".to_owned() } else { seen.join("\n") };
            if as_wanted { Ok(()) } else { Err(shown) }
        }
        Expectation::Verdict(verdict, name, wanted) => {
            let view = run.timeline.last();
            let verdicts = view.verdicts(name);
            let pages = view.acknowledged.len() as u64;
            run.world.spend(pages);
            let lost = verdicts.ok_or_else(|| format!("no cache table of {name} was ever live"))?.of(*verdict);
            // The ranges may be huge: they are not written out before they are known to be as long as the list.
            let count = wanted.iter().fold(0u64, |n, r| n.saturating_add((r.end() - r.start()).saturating_add(1)));
            let alike = count == lost.len() as u64 && lost.iter().copied().eq(wanted.iter().flat_map(Clone::clone));
            if alike { Ok(()) } else { Err(words(&lost)) }
        }
    }
}

pub(super) fn status_line(run: &mut WorldRun, device: &str) -> Result<String, String> {
    let lines = run.world.in_a_copy(|copy| copy.table_status(device, false, StatusKind::Info, true)).map_err(|e| e.to_string())?;
    lines.first().map(|t| format!("{} {} {} {}", t.start, t.len, t.kind, t.status)).ok_or_else(|| format!("{device} has no live table"))
}

/// A field of a cache status line (`cache_status`), by the name `expect status` gives it.
#[must_use]
pub fn status_field(line: &str, field: &str) -> Option<String> {
    // Behind start, length and target type.
    let words: Vec<&str> = line.split_whitespace().skip(3).collect();
    let at = |n: usize| words.get(n).map(|w| (*w).to_owned());
    let features: usize = words.get(11)?.parse().ok()?;
    let core = 12 + features;
    let core_args: usize = words.get(core)?.parse().ok()?;
    match field {
        "used" => at(1),
        "resident" => at(3),
        "read_hits" => at(4),
        "read_misses" => at(5),
        "write_hits" => at(6),
        "write_misses" => at(7),
        "demotions" => at(8),
        "promotions" => at(9),
        "dirty" => at(10),
        "mode" => {
            words.get(12..core)?.iter().find(|w| matches!(**w, "writeback" | "writethrough" | "passthrough")).map(|w| (*w).to_owned())
        }
        "policy" => at(core + 1 + core_args),
        "access" => words.iter().rev().nth(1).map(|w| (*w).to_owned()),
        "needs_check" => words.last().map(|w| (*w).to_owned()),
        "line" => Some(line.trim_end().to_owned()),
        _ => None,
    }
}
