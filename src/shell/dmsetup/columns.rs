//! `dmsetup info -c`: a report of fields, as libdevmapper lays it out.

use super::options::Options;
use super::show::{gone, has_sysfs};
use super::{Wrong, lookup};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::mapper::{Info, MappedDevice};
use dm_cache_engine::world::World;
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
    ("device_count", "#Devs", 5, |w, i| count(&below(w, i))),
    ("devs_used", "DevNamesUsed", 16, |w, i| list(&below(w, i), |dev| name(w, dev))),
    ("devnos_used", "DevNosUsed", 16, |w, i| list(&below(w, i), |dev| Some(dev.to_string()))),
    ("blkdevs_used", "BlkDevNamesUsed", 16, |w, i| list(&below(w, i), |dev| Some(w.dev_name(dev)))),
    ("device_ref_count", "#Refs", 5, |w, i| count(&above(w, i))),
    ("names_using_dev", "RefNames", 8, |w, i| list(&above(w, i), |dev| name(w, dev))),
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

/// By name.
fn above(world: &World, info: &Info) -> Vec<DevNo> {
    let mut above: Vec<&MappedDevice> = Vec::new();
    let stands = |d: &&MappedDevice| d.live.as_ref().is_some_and(|table| table.devices().contains(&info.dev));
    for device in world.mapper().devices.values().filter(stands) {
        above.insert(above.partition_point(|d| d.name < device.name), device);
    }
    above.into_iter().map(MappedDevice::dev).collect()
}

fn name(world: &World, dev: DevNo) -> Option<String> {
    world.mapper().get(dev).map(|d| d.name.clone())
}

fn count(devices: &[DevNo]) -> Value {
    Value::Number(u64::try_from(devices.len()).unwrap_or(u64::MAX))
}

fn list(devices: &[DevNo], name: impl Fn(DevNo) -> Option<String>) -> Value {
    Value::Text(devices.iter().filter_map(|dev| name(*dev)).collect::<Vec<_>>().join(","))
}

/// Which of the [`FIELDS`] that is.
fn field(word: &str) -> Result<usize, Wrong> {
    FIELDS.iter().position(|f| f.0 == word).ok_or_else(|| Wrong::Plain(format!("Unrecognised field: {word}")))
}

/// What `--sort` asks for, by name without it: a field, and whether what is least comes last.
fn sort_keys(options: &Options) -> Result<Vec<(usize, bool)>, Wrong> {
    let mut keys: Vec<(usize, bool)> = Vec::new();
    for word in options.sort.as_deref().unwrap_or("name").split(',') {
        let key = field(word.trim_start_matches(['+', '-']))?;
        // A stable sort keeps the order of equal fields.
        if keys.iter().all(|(known, _)| *known != key) {
            keys.push((key, word.starts_with('-')));
        }
    }
    Ok(keys)
}

/// A device, and what the fields that are asked for show of it, each in its place among [`FIELDS`].
struct Row {
    name: String,
    cells: Vec<Value>,
}

impl Row {
    fn of(world: &World, name: &str, used: &[bool]) -> Result<Self, Wrong> {
        let info = lookup(world, name)?.ok_or_else(gone)?;
        let show = |(field, used): (&Field, &bool)| if *used { (field.3)(world, &info) } else { Value::Text(String::new()) };
        Ok(Self { name: name.to_owned(), cells: FIELDS.iter().zip(used).map(show).collect() })
    }

    fn cell(&self, field: usize) -> &Value {
        &self.cells[field]
    }

    fn compare(&self, other: &Self, keys: &[(usize, bool)]) -> Ordering {
        let orders = keys.iter().map(|(field, down)| {
            let order = self.cell(*field).compare(other.cell(*field));
            if *down { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// The rows as they were named, in the order of the keys; of what is equal by these, what was named first stands first.
fn sorted<'r>(known: &'r [Row], named: &[usize], keys: &[(usize, bool)]) -> Vec<&'r Row> {
    let mut order: Vec<&Row> = Vec::new();
    for row in known {
        order.insert(order.partition_point(|before| before.compare(row, keys) != Ordering::Greater), row);
    }
    let mut rows = Vec::new();
    let mut rest = order.as_slice();
    while let Some(first) = rest.first() {
        let (alike, later) = rest.split_at(rest.partition_point(|row| row.compare(first, keys) == Ordering::Equal));
        let is_alike = |row: &&Row| alike.iter().any(|other| std::ptr::eq(*row, *other));
        rows.extend(named.iter().filter_map(|at| known.get(*at)).filter(is_alike));
        rest = later;
    }
    rows
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
    let fields = wanted.split(',').map(field).collect::<Result<Vec<usize>, Wrong>>()?;
    let keys = sort_keys(options)?;
    let mut used = [false; FIELDS.len()];
    for field in fields.iter().chain(keys.iter().map(|(field, _)| field)) {
        used[*field] = true;
    }
    // A device may be named, and a field asked for, again and again: each is looked up once.
    let mut known: Vec<Row> = Vec::new();
    let mut order = Vec::new();
    for name in names {
        let at = known.iter().position(|row| row.name == *name).unwrap_or(known.len());
        if at == known.len() {
            known.push(Row::of(world, name, &used)?);
        }
        order.push(at);
    }
    let (mut rows, mut wrong, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in sorted(&known, &order, &keys) {
        for field in &fields {
            bytes += row.cell(*field).shown().len().max(FIELDS[*field].2);
            fits(bytes)?;
        }
        match fields.iter().find_map(|field| if let Value::Missing(why) = row.cell(*field) { Some(why.clone()) } else { None }) {
            Some(why) => wrong.push(why),
            None => rows.push(row),
        }
    }
    // Columns are only aligned where each value stands under its heading.
    let separator = options.separator.as_deref().or(options.noheadings.then_some(":")).or(options.nameprefixes.then_some(" "));
    let width = |field: &usize| {
        let longest = rows.iter().map(|row| row.cell(*field).shown().len()).max().unwrap_or(0);
        longest.max(FIELDS[*field].2).max(FIELDS[*field].1.len())
    };
    let widths: Vec<usize> = fields.iter().map(width).collect();
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
        line(fields.iter().map(|field| (FIELDS[*field].1.to_owned(), false)).collect());
    }
    for row in &rows {
        let cell = |field: &usize| {
            let (shown, right) = (row.cell(*field).shown(), matches!(row.cell(*field), Value::Number(_)));
            let prefixed = if options.nameprefixes { format!("DM_{}='{shown}'", FIELDS[*field].0.to_ascii_uppercase()) } else { shown };
            (prefixed, right)
        };
        line(fields.iter().map(cell).collect());
    }
    if wrong.is_empty() { Ok(()) } else { Err(Wrong::Said(wrong.join("\n"))) }
}
