//! pvs, vgs and lvs.

use super::Program;
use super::fields::{self, Field, Mapped, Of, Row, Seen};
use super::model::{Group, Kind, Pool, Segment, Store, Volume};
use super::names;
use super::options::{Given, invalid};
use super::session::{Done, Session, Stop};
use super::status::{self, Status};
use super::units::Unit;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::mapper::StatusKind;

const PVS: &str = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free";
const VGS: &str = "vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free";
const LVS: &str = "lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,move_pv,mirror_log,copy_percent,convert_lv";

/// How a report is printed.
struct Form {
    fields: Vec<&'static Field>,
    unit: Unit,
    separator: Option<String>,
    headings: bool,
    suffixes: bool,
    /// What JSON calls the rows, where it is asked for.
    json: Option<&'static str>,
}

fn form(session: &mut Session<'_>, program: Program, given: &Given) -> Done<Form> {
    let mut names = String::from(match program {
        Program::Pvs => PVS,
        Program::Vgs => VGS,
        _ => LVS,
    });
    for option in given.values("options") {
        match option.strip_prefix('+') {
            Some(more) => names.push_str(&format!(",{more}")),
            None => option.clone_into(&mut names),
        }
    }
    let mut fields = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match fields::find(program, name) {
            Some(field) => fields.push(field),
            None => return session.absent(format!("the field {name} of {}", session.program)),
        }
    }
    let unit = match given.value("units") {
        None => Unit::Human,
        Some(text) => match Unit::parse(text) {
            Some(unit) => unit,
            None => return session.absent(format!("--units {text}: only r, b, s, k, m, g, t and p")),
        },
    };
    let suffixes = !given.has("nosuffix");
    if !suffixes && unit == Unit::Human {
        return session.absent("--nosuffix without --units");
    }
    let separator = given.value("separator").map(str::to_owned);
    let json = match (given.value("reportformat"), program) {
        (None | Some("basic"), _) => None,
        (Some("json"), Program::Pvs) => Some("pv"),
        (Some("json"), Program::Vgs) => Some("vg"),
        (Some("json"), _) => Some("lv"),
        (Some(other), _) => return Err(session.refuse(&invalid("reportformat", other, ""))),
    };
    Ok(Form { fields, unit, separator, headings: !given.has("noheadings"), suffixes, json })
}

impl Form {
    /// The text of rows in their order; nothing at all where there is none.
    fn text(&self, mut rows: Vec<Row>) -> String {
        rows.sort_by(|a, b| a.order.cmp(&b.order));
        let mut lines: Vec<Vec<String>> = rows.iter().map(|row| self.fields.iter().map(|field| self.value(field, row)).collect()).collect();
        if let Some(name) = self.json {
            return self.as_json(name, &lines);
        }
        if lines.is_empty() {
            return String::new();
        }
        let width = |n: usize, field: &Field| {
            let heading = if self.headings { field.heading.len() } else { 0 };
            lines.iter().filter_map(|line| line.get(n)).map(String::len).chain([field.width, heading]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = self.fields.iter().enumerate().map(|(n, field)| width(n, field)).collect();
        if self.headings {
            lines.insert(0, self.fields.iter().map(|field| field.heading.to_owned()).collect());
        }
        let mut text = String::new();
        for (n, line) in lines.iter().enumerate() {
            let is_heading = self.headings && n == 0;
            let cells = line.iter().zip(&self.fields).zip(&widths).map(|((cell, field), width)| match &self.separator {
                Some(_) => cell.clone(),
                None if field.right && !is_heading => format!("{cell:>width$}"),
                None => format!("{cell:<width$}"),
            });
            let cells: Vec<String> = cells.collect();
            text.push_str(&format!("  {}\n", cells.join(self.separator.as_deref().unwrap_or(" "))));
        }
        text
    }

    fn as_json(&self, name: &str, lines: &[Vec<String>]) -> String {
        let rows = lines.iter().map(|line| {
            let pairs = self.fields.iter().zip(line).map(|(field, value)| format!("\"{}\":\"{value}\"", field.name));
            format!("{:18}{{{}}}", "", pairs.collect::<Vec<_>>().join(", "))
        });
        let rows = rows.collect::<Vec<_>>().join(",\n");
        let end = if lines.is_empty() { "" } else { "\n" };
        let head = format!("  {{\n      \"report\": [\n          {{\n              \"{name}\": [\n");
        format!("{head}{rows}{end}              ]\n          }}\n      ]\n  }}\n")
    }

    fn value(&self, field: &Field, row: &Row) -> String {
        let value = (field.show)(row, self.unit);
        let is_size = field.name.ends_with("size") || field.name.ends_with("free") || matches!(field.name, "pv_used" | "seg_start");
        if self.suffixes || !is_size { value } else { value.trim_end_matches(|c: char| c.is_ascii_alphabetic()).to_owned() }
    }
}

pub(super) fn pvs(session: &mut Session<'_>, given: &Given) -> Done {
    let form = form(session, Program::Pvs, given)?;
    let mut devs: Vec<DevNo> = session.lvm.orphans.clone();
    devs.extend(session.lvm.groups.iter().flat_map(|g| &g.disks).map(|d| d.dev));
    let mut worst = Ok(());
    if !given.words.is_empty() {
        let mut named = Vec::new();
        for path in &given.words {
            match session.world.lookup_dev(path).ok().filter(|dev| devs.contains(dev)) {
                Some(dev) => named.push(dev),
                None if session.world.lookup_dev(path).is_ok() => {
                    worst = session.fail(format!("Failed to find physical volume \"{path}\"."));
                }
                None => worst = session.fail(format!("Cannot use {path}: device not found")),
            }
        }
        devs = named;
    }
    let mut rows = Vec::new();
    for dev in devs {
        let path = session.path(dev);
        let group = session.lvm.group_of(dev).cloned();
        let of_group = group.as_ref().and_then(|g| Some((g, g.disks.iter().find(|d| d.dev == dev)?)));
        let (size, free) = match of_group {
            Some((group, disk)) => (disk.extents * group.extent, (disk.extents - group.used_on(dev)) * group.extent),
            None => (session.world.sectors(dev), session.world.sectors(dev)),
        };
        rows.push(Row { order: (path.clone(), String::new()), group, disk: Some((path, size, free)), ..Row::default() });
    }
    session.print(&form.text(rows));
    worst
}

pub(super) fn vgs(session: &mut Session<'_>, given: &Given) -> Done {
    let form = form(session, Program::Vgs, given)?;
    let (mut rows, mut worst) = (Vec::new(), Ok(()));
    for group in session.groups_named(&given.words) {
        match group {
            Ok(group) => rows.push(Row { order: (group.name.clone(), String::new()), group: Some(group), ..Row::default() }),
            Err(stop) => worst = Err(stop),
        }
    }
    session.print(&form.text(rows));
    worst
}

pub(super) fn lvs(session: &mut Session<'_>, given: &Given) -> Done {
    let form = form(session, Program::Lvs, given)?;
    let by_segment = form.fields.iter().any(|field| field.of == Of::Segment);
    let (mut rows, mut worst) = (Vec::new(), Ok(()));
    let words: Vec<Option<&String>> = if given.words.is_empty() { vec![None] } else { given.words.iter().map(Some).collect() };
    for word in words {
        match listed(session, word, given.has("all")) {
            Ok(seen) => rows.extend(seen.into_iter().flat_map(|(group, seen)| rows_of(&group, &seen, by_segment))),
            Err(stop @ Stop::Code(_)) => worst = Err(stop),
            Err(stop) => return Err(stop),
        }
    }
    session.print(&form.text(rows));
    worst
}

/// A volume to be listed, with its segments.
type Listed = (Group, (Seen, Vec<Mapped>));

/// The volumes that a word names; hidden ones where they are asked for.
fn listed(session: &mut Session<'_>, word: Option<&String>, all: bool) -> Done<Vec<Listed>> {
    let (groups, only) = match word.map(|word| names::split(word)) {
        None => (session.lvm.groups.clone(), None),
        Some((group, None)) => (vec![session.group(&group)?], None),
        Some((group, Some(name))) => {
            let group = session.group(&group)?;
            if names::find(&group, &name).is_none() {
                return session.fail(format!("Failed to find logical volume \"{}/{name}\"", group.name));
            }
            (vec![group], Some(name))
        }
    };
    let mut out = Vec::new();
    for group in groups {
        for (seen, mapped) in volumes(session, &group) {
            if only.as_ref().map_or(all || !seen.is_hidden, |name| *name == seen.name) {
                out.push((group.clone(), (seen, mapped)));
            }
        }
    }
    Ok(out)
}

/// All volumes of a group, hidden ones as well.
fn volumes(session: &mut Session<'_>, group: &Group) -> Vec<(Seen, Vec<Mapped>)> {
    let mut out = Vec::new();
    for volume in &group.volumes {
        of_volume(session, group, volume, &mut out);
    }
    if let Some(spare) = &group.spare {
        out.push(part(session, group, &spare.name(), 'e', false, &spare.part.segments));
    }
    out
}

fn on_disks(session: &Session<'_>, segments: &[Segment]) -> Vec<Mapped> {
    segments.iter().map(|s| Mapped::Disk(*s, session.path(s.dev))).collect()
}

/// A hidden volume of linear segments.
fn part(session: &mut Session<'_>, group: &Group, name: &str, kind: char, of_cache: bool, segments: &[Segment]) -> (Seen, Vec<Mapped>) {
    let seen = Seen {
        name: name.to_owned(),
        is_hidden: true,
        extents: super::model::extents(segments),
        kind,
        of_cache,
        segments: segments.len(),
        segment_type: "linear",
        info: session.world.dev_status(&group.device(name)).ok(),
        is_foreign: is_foreign(session, group, name),
        ..Seen::default()
    };
    (seen, on_disks(session, segments))
}

/// Whether the device of a linear volume has another table than LVM gives it; lvm2 calls what it expects `striped`.
fn is_foreign(session: &mut Session<'_>, group: &Group, name: &str) -> bool {
    let lines = session.world.table_status(&group.device(name), false, StatusKind::Table, true).unwrap_or_default();
    let Some(line) = lines.into_iter().find(|line| line.kind != "linear") else { return false };
    session.warn(format!("WARNING: Detected {} segment type does not match expected type striped for {}/{name}.", line.kind, group.name));
    true
}

fn of_volume(session: &mut Session<'_>, group: &Group, volume: &Volume, out: &mut Vec<(Seen, Vec<Mapped>)>) {
    let device = group.device(&volume.name);
    let info = session.world.dev_status(&device).ok();
    let extents = volume.kind.extents();
    let seen = Seen { name: volume.name.clone(), extents, info, how: volume.kind.how().cloned(), segments: 1, ..Seen::default() };
    match &volume.kind {
        Kind::Linear(segments) => {
            let is_foreign = is_foreign(session, group, &volume.name);
            let seen = Seen { kind: '-', segments: segments.len(), segment_type: "linear", is_foreign, ..seen };
            out.push((seen, on_disks(session, segments)));
        }
        Kind::Pool(pool) => {
            let [data, meta] = ["cdata", "cmeta"].map(|part| format!("{}_{part}", volume.name));
            let seen = Seen { kind: 'C', of_cache: true, segment_type: "cache-pool", ..seen };
            out.push((seen, vec![Mapped::Volume(data.clone(), extents)]));
            out.push(part(session, group, &data, 'C', false, &pool.data.segments));
            out.push(part(session, group, &meta, 'e', false, &pool.meta.segments));
        }
        Kind::Cached(cached) => {
            let (in_use, origin) = (cached.store_in_use(), volume.origin_name());
            let status = status::of(session.world, &device);
            let names = (format!("[{in_use}]"), format!("[{origin}]"));
            let seen =
                Seen { kind: 'C', of_cache: true, segment_type: "cache", pool: names.0, origin: names.1, status: status.clone(), ..seen };
            out.push((seen, vec![Mapped::Volume(origin.clone(), extents)]));
            out.push(part(session, group, &origin, 'o', true, &cached.origin.segments));
            match &cached.store {
                Store::Volume(volume) => out.push(part(session, group, &in_use, 'C', true, &volume.segments)),
                Store::Pool(pool) => pool_in_use(session, group, &in_use, pool, status, out),
            }
        }
    }
}

fn pool_in_use(
    session: &mut Session<'_>,
    group: &Group,
    name: &str,
    pool: &Pool,
    status: Option<Status>,
    out: &mut Vec<(Seen, Vec<Mapped>)>,
) {
    let [data, meta] = ["cdata", "cmeta"].map(|part| format!("{name}_{part}"));
    let extents = super::model::extents(&pool.data.segments);
    let seen = Seen {
        name: name.to_owned(),
        is_hidden: true,
        extents,
        kind: 'C',
        of_cache: true,
        segments: 1,
        segment_type: "cache-pool",
        how: Some(pool.how.clone()),
        status,
        ..Seen::default()
    };
    out.push((seen, vec![Mapped::Volume(data.clone(), extents)]));
    out.push(part(session, group, &data, 'C', false, &pool.data.segments));
    out.push(part(session, group, &meta, 'e', false, &pool.meta.segments));
}

/// One row for a volume, or one for each segment.
fn rows_of(group: &Group, (seen, mapped): &(Seen, Vec<Mapped>), by_segment: bool) -> Vec<Row> {
    let row =
        Row { order: (group.name.clone(), seen.name.clone()), group: Some(group.clone()), volume: Some(seen.clone()), ..Row::default() };
    if !by_segment {
        return vec![row];
    }
    let mut start = 0;
    let rows = mapped.iter().map(|mapped| {
        let at = start;
        start += match mapped {
            Mapped::Disk(segment, _) => segment.extents,
            Mapped::Volume(_, extents) => *extents,
        };
        Row { segment: Some((at, mapped.clone())), ..row.clone() }
    });
    rows.collect()
}
