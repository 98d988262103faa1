//! `dmsetup info -c`: a report of fields, as libdevmapper lays it out.

use super::options::Options;
use super::show::{gone, has_sysfs};
use super::{Wrong, lookup};
use crate::device::DevNo;
use crate::kernel::Kernel;
use crate::mapper::Info;
use crate::world::World;
use std::cmp::Ordering;
use std::collections::BTreeMap;
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

/// All devices and what they stand on, looked up once for a report.
struct Devices {
    kernel: Kernel,
    all: BTreeMap<DevNo, (Info, Vec<DevNo>)>,
    /// Names of the devices below, where they are disks.
    disks: BTreeMap<DevNo, String>,
}

impl Devices {
    fn of(world: &World) -> Self {
        let below = |info: &Info| world.table_deps(&info.name, false).unwrap_or_default();
        let all = world.list_devices().into_iter().map(|info| (info.dev, (below(&info), info)));
        let all: BTreeMap<_, _> = all.map(|(dev, (below, info))| (dev, (info, below))).collect();
        let disks = world.disks().map(|(dev, ..)| (dev, world.dev_name(dev))).collect();
        Self { kernel: world.kernel(), all, disks }
    }

    fn name(&self, dev: DevNo) -> Option<String> {
        self.all.get(&dev).map(|(info, _)| info.name.clone())
    }

    fn kernel_name(&self, dev: DevNo) -> String {
        self.disks.get(&dev).cloned().unwrap_or_else(|| format!("dm-{}", dev.minor))
    }

    fn below(&self, info: &Info) -> &[DevNo] {
        self.all.get(&info.dev).map_or(&[], |(_, below)| below)
    }

    fn above(&self, info: &Info) -> Vec<DevNo> {
        let mut above: Vec<&Info> = self.all.values().filter(|(_, below)| below.contains(&info.dev)).map(|(other, _)| other).collect();
        above.sort_by(|a, b| a.name.cmp(&b.name));
        above.into_iter().map(|other| other.dev).collect()
    }
}

/// Name on the command line, heading, least width of the column, what it shows.
type Field = (&'static str, &'static str, usize, fn(&Devices, &Info) -> Value);

/// A report does not become longer: the same columns may be asked for again and again.
const REPORT_BYTES_MAX: usize = 8 << 20;

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
    ("device_count", "#Devs", 5, |d, i| count(d.below(i))),
    ("devs_used", "DevNamesUsed", 16, |d, i| list(d.below(i), |dev| d.name(dev))),
    ("devnos_used", "DevNosUsed", 16, |d, i| list(d.below(i), |dev| Some(dev.to_string()))),
    ("blkdevs_used", "BlkDevNamesUsed", 16, |d, i| list(d.below(i), |dev| Some(d.kernel_name(dev)))),
    ("device_ref_count", "#Refs", 5, |d, i| count(&d.above(i))),
    ("names_using_dev", "RefNames", 8, |d, i| list(&d.above(i), |dev| d.name(dev))),
    ("devnos_using_dev", "RefDevNos", 9, |d, i| list(&d.above(i), |dev| Some(dev.to_string()))),
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

fn block_device(devices: &Devices, info: &Info) -> Value {
    if has_sysfs(devices.kernel, info) {
        return text(format!("dm-{}", info.dev.minor));
    }
    Value::Missing(format!(
        "Could not resolve block device name for {}.\n_do_report_object: report function failed for field blkdevname",
        info.dev
    ))
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
fn sort(all: &Devices, options: &Options, devices: &mut [Info]) -> Result<(), Wrong> {
    let mut keys: Vec<(Field, bool)> = Vec::new();
    for word in options.sort.as_deref().unwrap_or("name").split(',') {
        let key = field(word.trim_start_matches(['+', '-']))?;
        // What is equal by a field already stays so.
        if keys.iter().all(|(known, _)| known.0 != key.0) {
            keys.push((key, word.starts_with('-')));
        }
    }
    let shown: BTreeMap<DevNo, Vec<Value>> =
        devices.iter().map(|info| (info.dev, keys.iter().map(|(field, _)| (field.3)(all, info)).collect())).collect();
    let of = |info: &Info| shown.get(&info.dev).into_iter().flatten();
    devices.sort_by(|a, b| {
        let orders = of(a).zip(of(b)).zip(&keys).map(|((a, b), (_, down))| {
            let order = a.compare(b);
            if *down { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    Ok(())
}

fn fits(bytes: usize) -> Result<(), Wrong> {
    if bytes > REPORT_BYTES_MAX { Err(Wrong::Hang(format!("it reports more than {} MiB", REPORT_BYTES_MAX >> 20))) } else { Ok(()) }
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
    let all = Devices::of(world);
    sort(&all, options, &mut devices)?;
    let (mut rows, mut wrong, mut bytes) = (Vec::new(), Vec::new(), 0);
    for info in &devices {
        let mut row: Vec<Value> = Vec::new();
        for field in &fields {
            let value = (field.3)(&all, info);
            bytes += value.shown().len().max(field.2);
            fits(bytes)?;
            row.push(value);
        }
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
    if separator.is_none() {
        fits(widths.iter().sum::<usize>().saturating_mul(rows.len()))?;
    }
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
