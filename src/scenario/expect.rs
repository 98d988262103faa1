//! Whether an expectation holds, and what is seen where it does not.

use super::ast::Expectation;
use super::run::WorldRun;
use crate::mapper::StatusKind;
use crate::timeline::picture::{BLOCKS_MAX, ObjectPicture, Picture};

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

fn object<'p>(picture: &'p Picture, letter: &str) -> Result<&'p ObjectPicture, String> {
    picture.objects.iter().find(|o| o.letter == letter).ok_or_else(|| {
        let there: Vec<&str> = picture.objects.iter().map(|o| o.letter.as_str()).collect();
        format!("no object {letter}; objects: {}", words(&there))
    })
}

/// Work of a picture for each cache block and target in it, in bytes.
const PICTURE_WORK: u64 = 1 << 10;

/// The machine as it is shown.
fn picture(run: &mut WorldRun) -> Picture {
    let blocks: u64 = run.world.caches().map(|(_, cache)| u64::from(cache.cache_blocks()).min(BLOCKS_MAX)).sum();
    run.world.spend((blocks + run.world.targets() as u64) * PICTURE_WORK);
    run.timeline.last().picture()
}

/// Checks one expectation in one world; the error is what was seen.
pub(super) fn holds(run: &mut WorldRun, what: &Expectation) -> Seen {
    match what {
        Expectation::Read(device, extent, bytes) => {
            let seen = run.read_quietly(device, extent)?;
            let wanted: Vec<u8> = if bytes.len() == 1 { vec![bytes[0]; seen.len()] } else { bytes.clone() };
            same(seen, wanted, |s| hex(s))
        }
        Expectation::Status(device, field, value) => {
            let line = status_line(run, device)?;
            let seen = status_field(&line, field).ok_or_else(|| format!("the status has no {field}: {line}"))?;
            same(seen, value.clone(), String::clone)
        }
        Expectation::Slots(device, wanted) => {
            let picture = picture(run);
            let d = picture.devices.iter().find(|d| d.name == *device).ok_or_else(|| format!("no device {device}"))?;
            let seen = match (&d.live, &d.inactive) {
                (None, None) => "none",
                (Some(_), None) => "live",
                (None, Some(_)) => "inactive",
                (Some(_), Some(_)) => "live+inactive",
            };
            same(seen, wanted.as_str(), |s| (*s).to_owned())
        }
        Expectation::Suspended(device, wanted) => {
            let picture = picture(run);
            let d = picture.devices.iter().find(|d| d.name == *device).ok_or_else(|| format!("no device {device}"))?;
            same(d.suspended, *wanted, |s| if *s { "suspended".into() } else { "active".into() })
        }
        Expectation::Objects(wanted) => same(run.timeline.last().objects.len() as u64, *wanted, |n| format!("{n} objects")),
        Expectation::List(wanted) => same(picture(run).list, wanted.clone(), |l| words(l)),
        Expectation::RefCount(letter, wanted) => {
            let picture = picture(run);
            same(u64::from(object(&picture, letter)?.ref_count), *wanted, |n| format!("ref_count {n}"))
        }
        Expectation::Holders(letter, wanted) => {
            let picture = picture(run);
            same(object(&picture, letter)?.holders.clone(), wanted.clone(), |l| words(l))
        }
        Expectation::Stale(letter, wanted) => {
            let picture = picture(run);
            same(object(&picture, letter)?.stale.clone(), wanted.clone(), |l| words(l))
        }
        Expectation::Root(letter, root, wanted) => {
            let picture = picture(run);
            let name = match root.as_str() {
                "index" => "sm index".to_owned(),
                other => format!("{other}_root"),
            };
            let o = object(&picture, letter)?;
            let seen = o.roots.iter().find(|(n, _)| *n == name).map(|r| r.1).ok_or_else(|| format!("no {name}"))?;
            same(seen, *wanted, |n| format!("{name} {n}"))
        }
        Expectation::Mappings(letter, wanted) => {
            let picture = picture(run);
            same(object(&picture, letter)?.nr_mappings, *wanted, |n| format!("{n} mappings"))
        }
        Expectation::Check(device, wanted) => {
            let report = run.check(device)?;
            same(report.exit_code() == 0, *wanted, |ok| if *ok { "the check passes".into() } else { format!("{report}") })
        }
        Expectation::Rc(wanted) => same(run.last.rc, *wanted, |rc| format!("exit code {rc}")),
        Expectation::Output(wanted) => {
            let seen = &run.last.both;
            if wanted.is_empty() {
                return same(seen.as_str(), "", |s| (*s).to_owned());
            }
            if seen.contains(wanted.as_str()) { Ok(()) } else { Err(if seen.is_empty() { "no output".into() } else { seen.clone() }) }
        }
        Expectation::Log(wanted) => {
            let log = &run.timeline.last().log;
            let new: Vec<String> = log.iter().skip(run.log_seen).cloned().collect();
            if wanted.is_empty() {
                return same(new, Vec::new(), |l| l.join("\n"));
            }
            if new.iter().any(|l| l.contains(wanted.as_str())) {
                Ok(())
            } else {
                Err(if new.is_empty() { "nothing in the log since the last command".into() } else { new.join("\n") })
            }
        }
        Expectation::Lost(device, wanted) => {
            let picture = picture(run);
            let d = picture.data.iter().find(|d| d.device == *device).ok_or_else(|| format!("no live cache table on {device}"))?;
            // The ranges may be huge: they are not written out before they are known to be as long as the list.
            let count = wanted.iter().fold(0u64, |n, r| n.saturating_add((r.end() - r.start()).saturating_add(1)));
            let alike = count == d.lost.len() as u64 && d.lost.iter().copied().eq(wanted.iter().flat_map(Clone::clone));
            if alike { Ok(()) } else { Err(words(&d.lost)) }
        }
    }
}

pub(super) fn status_line(run: &mut WorldRun, device: &str) -> Result<String, String> {
    let lines = run.world.in_a_copy(|copy| copy.table_status(device, false, StatusKind::Info, true)).map_err(|e| e.to_string())?;
    lines.first().map(|t| format!("{} {} {} {}", t.start, t.len, t.kind, t.status)).ok_or_else(|| format!("{device} has no live table"))
}

/// A field of a cache status line (spec 04 §7), by the name `expect status` gives it.
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
