//! The columns of pvs, vgs and lvs.

use super::Program;
use super::model::{Group, How, Segment};
use super::status::Status;
use super::units::{Unit, short};
use dm_cache_engine::mapper::Info;

/// What a row of a report is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Rows are ordered by these.
    pub(super) order: (String, String),
    pub(super) group: Option<Group>,
    /// Path of the physical volume, and sectors of it and free of it.
    pub(super) disk: Option<(String, u64, u64)>,
    pub(super) volume: Option<Seen>,
    /// Extents before the segment, and what it maps to.
    pub(super) segment: Option<(u64, Mapped)>,
}

/// A segment, where it lies.
#[derive(Debug, Clone)]
pub(super) enum Mapped {
    Disk(Segment, String),
    /// On another volume, so many extents of it.
    Volume(String, u64),
}

/// A volume as lvs shows it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    pub(super) extents: u64,
    /// Type, permission and so on, but for what the kernel says.
    pub(super) kind: char,
    /// Belongs to a cache: the seventh letter.
    pub(super) of_cache: bool,
    pub(super) pool: String,
    pub(super) origin: String,
    pub(super) segments: usize,
    pub(super) segment_type: &'static str,
    /// Set for a cached volume and a pool.
    pub(super) how: Option<How>,
    /// Of its device, if there is one.
    pub(super) info: Option<Info>,
    /// Somebody gave its device a table that is not LVM's.
    pub(super) is_foreign: bool,
    /// Of the cache that it is, or is the pool of.
    pub(super) status: Option<Status>,
}

/// Which reports have a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Disk,
    Group,
    Volume,
    Segment,
}

/// A column.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) heading: &'static str,
    /// Least width.
    pub(super) width: usize,
    pub(super) right: bool,
    pub(super) of: Of,
    pub(super) show: fn(&Row, Unit) -> String,
}

const fn field(of: Of, name: &'static str, heading: &'static str, width: usize, show: fn(&Row, Unit) -> String) -> Field {
    Field { name, heading, width, right: false, of, show }
}

const fn number(of: Of, name: &'static str, heading: &'static str, width: usize, show: fn(&Row, Unit) -> String) -> Field {
    Field { name, heading, width, right: true, of, show }
}

/// Every column that is there.
pub(super) const FIELDS: [Field; 42] = [
    field(Of::Disk, "pv_name", "PV", 10, |r, _| r.disk.as_ref().map_or_else(String::new, |d| d.0.clone())),
    field(Of::Disk, "pv_fmt", "Fmt", 4, |_, _| "lvm2".to_owned()),
    field(Of::Disk, "pv_attr", "Attr", 4, |r, _| if r.group.is_some() { "a--" } else { "---" }.to_owned()),
    number(Of::Disk, "pv_size", "PSize", 5, |r, u| r.disk.as_ref().map_or_else(String::new, |d| short(d.1, u))),
    number(Of::Disk, "pv_free", "PFree", 5, |r, u| r.disk.as_ref().map_or_else(String::new, |d| short(d.2, u))),
    number(Of::Disk, "pv_used", "Used", 4, |r, u| r.disk.as_ref().map_or_else(String::new, |d| short(d.1 - d.2, u))),
    field(Of::Group, "vg_name", "VG", 2, |r, _| r.group.as_ref().map_or_else(String::new, |g| g.name.clone())),
    field(Of::Group, "vg_attr", "Attr", 5, |_, _| "wz--n-".to_owned()),
    number(Of::Group, "vg_size", "VSize", 5, |r, u| of_group(r, |g| short(g.extents() * g.extent, u))),
    number(Of::Group, "vg_free", "VFree", 5, |r, u| of_group(r, |g| short(g.free() * g.extent, u))),
    number(Of::Group, "vg_extent_size", "Ext", 3, |r, u| of_group(r, |g| short(g.extent, u))),
    number(Of::Group, "vg_extent_count", "#Ext", 4, |r, _| of_group(r, |g| g.extents().to_string())),
    number(Of::Group, "vg_free_count", "Free", 4, |r, _| of_group(r, |g| g.free().to_string())),
    number(Of::Group, "pv_count", "#PV", 3, |r, _| of_group(r, |g| g.disks.len().to_string())),
    number(Of::Group, "lv_count", "#LV", 3, |r, _| of_group(r, |g| g.volumes.len().to_string())),
    number(Of::Group, "snap_count", "#SN", 3, |_, _| "0".to_owned()),
    field(Of::Volume, "lv_name", "LV", 4, |r, _| of_volume(r, bracketed)),
    field(Of::Volume, "lv_full_name", "LV", 4, |r, _| {
        let group = r.group.as_ref().map_or("", |g| g.name.as_str());
        of_volume(r, |v| format!("{group}/{}", v.name))
    }),
    field(Of::Volume, "lv_path", "Path", 4, |r, _| {
        let group = r.group.as_ref().map_or("", |g| g.name.as_str());
        of_volume(r, |v| if v.is_hidden { String::new() } else { format!("/dev/{group}/{}", v.name) })
    }),
    field(Of::Volume, "lv_dm_path", "DMPath", 6, |r, _| {
        of_volume(r, |v| r.group.as_ref().map_or_else(String::new, |g| format!("/dev/mapper/{}", g.device(&v.name))))
    }),
    field(Of::Volume, "lv_attr", "Attr", 10, |r, _| of_volume(r, attributes)),
    number(Of::Volume, "lv_size", "LSize", 5, |r, u| {
        of_volume(r, |v| r.group.as_ref().map_or_else(String::new, |g| short(v.extents * g.extent, u)))
    }),
    number(Of::Volume, "seg_count", "#Seg", 4, |r, _| of_volume(r, |v| v.segments.to_string())),
    field(Of::Volume, "pool_lv", "Pool", 4, |r, _| of_volume(r, |v| v.pool.clone())),
    field(Of::Volume, "origin", "Origin", 6, |r, _| of_volume(r, |v| v.origin.clone())),
    field(Of::Volume, "data_percent", "Data%", 6, |r, _| of_status(r, |s| percent(s.used, s.total))),
    field(Of::Volume, "metadata_percent", "Meta%", 6, |r, _| of_status(r, |s| percent(s.metadata_used, s.metadata_total))),
    field(Of::Volume, "move_pv", "Move", 4, |_, _| String::new()),
    field(Of::Volume, "mirror_log", "Log", 3, |_, _| String::new()),
    field(Of::Volume, "copy_percent", "Cpy%Sync", 8, |r, _| of_status(r, |s| percent(s.dirty, s.used))),
    field(Of::Volume, "convert_lv", "Convert", 7, |_, _| String::new()),
    number(Of::Volume, "cache_total_blocks", "CacheTotalBlocks", 16, |r, _| of_any_status(r, |s| s.total.to_string())),
    number(Of::Volume, "cache_used_blocks", "CacheUsedBlocks", 16, |r, _| of_any_status(r, |s| s.used.to_string())),
    number(Of::Volume, "cache_dirty_blocks", "CacheDirtyBlocks", 16, |r, _| of_any_status(r, |s| s.dirty.to_string())),
    field(Of::Volume, "kernel_cache_settings", "KCacheSettings", 18, |r, _| of_status(r, |s| s.settings.join(","))),
    field(Of::Volume, "kernel_cache_policy", "KCachePolicy", 18, |r, _| of_status(r, |s| s.policy.clone())),
    field(Of::Segment, "cache_mode", "CacheMode", 9, |r, _| of_cache(r, |h| h.mode.map_or("", |mode| mode.name()).to_owned())),
    field(Of::Segment, "cache_policy", "CachePolicy", 11, |r, _| of_cache(r, |h| h.policy.clone().unwrap_or_default())),
    field(Of::Segment, "cache_settings", "CacheSettings", 13, |r, _| {
        of_cache(r, |h| h.settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","))
    }),
    number(Of::Segment, "chunk_size", "Chunk", 5, |r, u| of_volume(r, |v| short(v.how.as_ref().map_or(0, |how| how.chunk), u))),
    field(Of::Segment, "segtype", "Type", 4, |r, _| of_volume(r, |v| v.segment_type.to_owned())),
    field(Of::Segment, "devices", "Devices", 7, |r, _| match &r.segment {
        Some((_, Mapped::Disk(segment, path))) => format!("{path}({})", segment.from),
        Some((_, Mapped::Volume(name, _))) => format!("{name}(0)"),
        None => String::new(),
    }),
];

/// More columns, of numbers that only some look at.
pub(super) const COUNTERS: [Field; 6] = [
    number(Of::Volume, "cache_read_hits", "CacheReadHits", 16, |r, _| of_any_status(r, |s| counted(s, 0))),
    number(Of::Volume, "cache_read_misses", "CacheReadMisses", 16, |r, _| of_any_status(r, |s| counted(s, 1))),
    number(Of::Volume, "cache_write_hits", "CacheWriteHits", 16, |r, _| of_any_status(r, |s| counted(s, 2))),
    number(Of::Volume, "cache_write_misses", "CacheWriteMisses", 16, |r, _| of_any_status(r, |s| counted(s, 3))),
    number(Of::Segment, "seg_start", "Start", 5, |r, u| {
        r.segment.as_ref().map_or_else(String::new, |(start, _)| of_group(r, |g| short(start * g.extent, u)))
    }),
    number(Of::Segment, "seg_size", "SSize", 5, |r, u| match &r.segment {
        Some((_, Mapped::Disk(Segment { extents, .. }, _) | Mapped::Volume(_, extents))) => of_group(r, |g| short(extents * g.extent, u)),
        None => String::new(),
    }),
];

/// Names that stand for others.
const ALIASES: [(&str, &str); 2] = [("snap_percent", "data_percent"), ("sync_percent", "copy_percent")];

/// A column by its name; of a report's own, the beginning (`lv_`) may be left out.
pub(super) fn find(program: Program, name: &str) -> Option<&'static Field> {
    let own = match program {
        Program::Pvs => "pv_",
        Program::Vgs => "vg_",
        _ => "lv_",
    };
    // Underscores do not count: `cachemode` is `cache_mode`.
    let plain = |name: &str| name.replace('_', "");
    let name = ALIASES.iter().find(|(alias, _)| plain(alias) == plain(name)).map_or(name, |(_, name)| *name);
    let full = plain(&format!("{own}{name}"));
    let all = || FIELDS.iter().chain(&COUNTERS);
    let field = all().find(|f| plain(f.name) == full).or_else(|| all().find(|f| plain(f.name) == plain(name)))?;
    let fits = match (program, field.of) {
        (Program::Pvs, Of::Disk | Of::Group) | (Program::Vgs, Of::Group) => true,
        (Program::Lvs, of) => of != Of::Disk,
        _ => false,
    };
    fits.then_some(field)
}

fn of_group(row: &Row, show: impl FnOnce(&Group) -> String) -> String {
    row.group.as_ref().map_or_else(String::new, show)
}

fn of_volume(row: &Row, show: impl FnOnce(&Seen) -> String) -> String {
    row.volume.as_ref().map_or_else(String::new, show)
}

/// Of a cache that failed, numbers are 0.
fn of_any_status(row: &Row, show: impl FnOnce(&Status) -> String) -> String {
    row.volume.as_ref().and_then(|v| v.status.as_ref()).map_or_else(String::new, show)
}

/// Of a cache that failed, anything else is empty.
fn of_status(row: &Row, show: impl FnOnce(&Status) -> String) -> String {
    row.volume.as_ref().and_then(|v| v.status.as_ref()).filter(|s| !s.fails).map_or_else(String::new, show)
}

fn of_cache(row: &Row, show: impl FnOnce(&How) -> String) -> String {
    row.volume.as_ref().and_then(|v| v.how.as_ref()).map_or_else(String::new, show)
}

fn counted(status: &Status, at: usize) -> String {
    status.requests.get(at).map_or_else(String::new, u64::to_string)
}

fn bracketed(volume: &Seen) -> String {
    if volume.is_hidden { format!("[{}]", volume.name) } else { volume.name.clone() }
}

/// So much of so much; none of it and all of it are only said where it is so.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0.00".to_owned();
    }
    #[allow(clippy::cast_precision_loss, reason = "two places are printed")]
    let share = part as f64 * 100.0 / whole as f64;
    let shown = if part > 0 && share < 0.01 {
        0.01
    } else if part < whole && share > 99.99 {
        99.99
    } else {
        share
    };
    format!("{shown:.2}")
}

fn attributes(volume: &Seen) -> String {
    if volume.is_foreign {
        return format!("{}wi-XX{}-X-", volume.kind, if volume.of_cache { 'C' } else { '-' });
    }
    let state = match &volume.info {
        Some(info) if info.suspended => 's',
        Some(_) => 'a',
        None => '-',
    };
    let open = if volume.info.as_ref().is_some_and(|info| info.open_count > 0) { 'o' } else { '-' };
    let cache = if volume.of_cache { 'C' } else { '-' };
    let health = match &volume.status {
        Some(status) if status.fails => 'F',
        Some(status) if status.read_only => 'M',
        _ => '-',
    };
    format!("{}wi-{state}{open}{cache}-{health}-", volume.kind)
}
