//! `dmsetup info -c`: a report of fields, as libdevmapper lays it out.

use super::options::Options;
use super::show::{gone, has_sysfs};
use super::{Wrong, lookup};
use crate::device::DevNo;
use crate::mapper::Info;
use crate::world::World;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// What a field shows of a device.
enum Value {
    /// Shown at the left of its column.
    Text(String),
    /// Shown at the right.
    Number(u64),
    /// Could not be found out, and why.
    Missing(String),
}

impl Value {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => n.to_string(),
            Self::Missing(_) => String::new(),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (a, b) => a.shown().cmp(&b.shown()),
        }
    }
}

/// Name on the command line, heading, least width of the column, what it shows.
type Field = (&'static str, &'static str, usize, fn(&World, &Info) -> Value);

const FIELDS: [Field; 21] = [
    ("name", "Name", 16, |_, i| text(&i.name)),
    ("uuid", "UUID", 32, |_, i| text(&i.uuid)),
    ("read_ahead", "RAhead", 6, |_, i| Value::Number(i.read_ahead_sectors)),
    ("blkdevname", "BlkDevName", 16, block_device),
    ("attr", "Stat", 4, |_, i| attributes(i)),
    ("tables_loaded", "Tables", 6, |_, i| tables(i)),
    ("suspended", "Suspended", 9, |_, i| text(if i.suspended { "Suspended" } else { "Active" })),
    ("readonly", "Read-only", 9, |_, i| text(if i.read_only { "Read-only" } else { "Writeable" })),
    ("devno", "DevNo", 5, |_, i| text(i.dev)),
    ("major", "Maj", 3, |_, i| Value::Number(i.dev.major.into())),
    ("minor", "Min", 3, |_, i| Value::Number(i.dev.minor.into())),
    ("open", "Open", 4, |_, i| Value::Number(i.open_count.into())),
    ("segments", "Targ", 4, |_, i| Value::Number(i.target_count.into())),
    ("events", "Event", 6, |_, i| Value::Number(i.event_nr.into())),
    ("device_count", "#Devs", 5, |w, i| count(&below(w, i))),
    ("devs_used", "DevNamesUsed", 16, |w, i| list(&below(w, i), |dev| mapped(w, dev).map(|i| i.name))),
    ("devnos_used", "DevNosUsed", 16, |w, i| list(&below(w, i), |dev| Some(dev.to_string()))),
    ("blkdevs_used", "BlkDevNamesUsed", 16, |w, i| list(&below(w, i), |dev| Some(w.dev_name(dev)))),
    ("device_ref_count", "#Refs", 5, |w, i| count(&above(w, i))),
    ("names_using_dev", "RefNames", 8, |w, i| list(&above(w, i), |dev| mapped(w, dev).map(|i| i.name))),
    ("devnos_using_dev", "RefDevNos", 9, |w, i| list(&above(w, i), |dev| Some(dev.to_string()))),
];

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

fn attributes(info: &Info) -> Value {
    let flag = |on: bool, yes: char, no: char| if on { yes } else { no };
    let flags = [flag(info.live, 'L', '-'), flag(info.inactive, 'I', '-'), flag(info.suspended, 's', '-'), flag(info.read_only, 'r', 'w')];
    Value::Text(flags.iter().collect())
}

fn tables(info: &Info) -> Value {
    text(match (info.live, info.inactive) {
        (false, false) => "None",
        (true, false) => "Live",
        (false, true) => "Inactive",
        (true, true) => "Both",
    })
}

fn block_device(world: &World, info: &Info) -> Value {
    if has_sysfs(world.kernel(), info) {
        return text(format!("dm-{}", info.dev.minor));
    }
    Value::Missing(format!(
        "Could not resolve block device name for {}.\n_do_report_object: report function failed for field blkdevname",
        info.dev
    ))
}

fn below(world: &World, info: &Info) -> Vec<DevNo> {
    world.table_deps(&info.name, false).unwrap_or_default()
}

fn above(world: &World, info: &Info) -> Vec<DevNo> {
    world.list_devices().iter().filter(|other| below(world, other).contains(&info.dev)).map(|other| other.dev).collect()
}

fn mapped(world: &World, dev: DevNo) -> Option<Info> {
    world.list_devices().into_iter().find(|i| i.dev == dev)
}

fn count(devices: &[DevNo]) -> Value {
    Value::Number(u64::try_from(devices.len()).unwrap_or(u64::MAX))
}

fn list(devices: &[DevNo], name: impl Fn(DevNo) -> Option<String>) -> Value {
    Value::Text(devices.iter().filter_map(|dev| name(*dev)).collect::<Vec<_>>().join(","))
}

fn field(word: &str) -> Result<Field, Wrong> {
    FIELDS.into_iter().find(|f| f.0 == word).ok_or_else(|| Wrong::Plain(format!("Unrecognised field: {word}")))
}

/// Rows in the order that `--sort` asks for, by name without it.
fn sort(world: &World, options: &Options, devices: &mut [Info]) -> Result<(), Wrong> {
    let mut keys = Vec::new();
    for word in options.sort.as_deref().unwrap_or("name").split(',') {
        keys.push((field(word.trim_start_matches(['+', '-']))?, word.starts_with('-')));
    }
    devices.sort_by(|a, b| {
        let orders = keys.iter().map(|(field, down)| {
            let order = (field.3)(world, a).compare(&(field.3)(world, b));
            if *down { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    Ok(())
}

/// The whole report. A device with a value that can't be found out has no row.
pub(super) fn report(world: &World, options: &Options, names: &[String], said: &mut String) -> Result<(), Wrong> {
    let standard = "name,major,minor,attr,open,segments,events,uuid";
    let wanted = match options.fields.as_deref() {
        None => standard.to_owned(),
        Some(more) => more.strip_prefix('+').map_or_else(|| more.to_owned(), |extra| format!("{standard},{extra}")),
    };
    let fields = wanted.split(',').map(field).collect::<Result<Vec<Field>, Wrong>>()?;
    let mut devices = Vec::new();
    for name in names {
        devices.push(lookup(world, name)?.ok_or_else(gone)?);
    }
    sort(world, options, &mut devices)?;
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for info in &devices {
        let row: Vec<Value> = fields.iter().map(|f| (f.3)(world, info)).collect();
        match row.iter().find_map(|v| if let Value::Missing(why) = v { Some(why.clone()) } else { None }) {
            Some(why) => wrong.push(why),
            None => rows.push(row),
        }
    }
    // Columns are only aligned where each value stands under its heading.
    let separator = options.separator.as_deref().or(options.noheadings.then_some(":")).or(options.nameprefixes.then_some(" "));
    let widths: Vec<usize> = (0..fields.len())
        .map(|i| {
            rows.iter()
                .filter_map(|r| r.get(i))
                .map(|v| v.shown().len())
                .max()
                .unwrap_or(0)
                .max(fields.get(i).map_or(0, |f| f.2.max(f.1.len())))
        })
        .collect();
    let mut line = |cells: Vec<(String, bool)>| {
        let padded = cells.into_iter().zip(&widths).map(|((cell, right), width)| match separator {
            Some(_) => cell,
            None if right => format!("{cell:>width$}"),
            None => format!("{cell:<width$}"),
        });
        let _ = writeln!(said, "{}", padded.collect::<Vec<_>>().join(separator.unwrap_or(" ")));
    };
    if !options.noheadings {
        line(fields.iter().map(|f| (f.1.to_owned(), false)).collect());
    }
    for row in &rows {
        let prefixed = |f: &Field, v: &Value| match options.nameprefixes {
            true => format!("DM_{}='{}'", f.0.to_ascii_uppercase(), v.shown()),
            false => v.shown(),
        };
        line(fields.iter().zip(row).map(|(f, v)| (prefixed(f, v), matches!(v, Value::Number(_)))).collect());
    }
    if wrong.is_empty() { Ok(()) } else { Err(Wrong::Said(wrong.join("\n"))) }
}
