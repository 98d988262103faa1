//! The mapped devices that a volume stands on, from the ground up.

use super::model::{CacheVolume, Cached, Group, How, Kind, Mode, Pool, Store, Volume};
use dm_cache_engine::mapper::TargetSpec;

/// A mapped device of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) uuid: String,
    pub(super) table: Table,
}

/// What it maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Table {
    Lines(Vec<TargetSpec>),
    /// So many sectors of another device, which has a number only once it is there.
    Within {
        below: String,
        from: u64,
        sectors: u64,
    },
    Cache(CacheTable),
}

/// A cache over three other devices, which have numbers only once they are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheTable {
    pub(super) sectors: u64,
    /// Names of metadata, data and origin.
    pub(super) below: [String; 3],
    /// What stands behind them.
    pub(super) params: String,
    /// What lvm2 says of settings that it leaves out.
    pub(super) warnings: Vec<String>,
    /// What keeps the table from being made at all.
    pub(super) wrong: Option<String>,
}

/// `migration_threshold`, where nobody sets it.
const THRESHOLD: u64 = 2048;
pub(super) const THRESHOLD_NAME: &str = "migration_threshold";

/// Mode, policy and settings of a cache table, as lvm2 writes them: in blocks of `chunk` sectors, with a threshold of no less than eight of them.
fn cache_table(sectors: u64, below: [String; 3], how: &How, policy: &str, settings: &[(String, String)]) -> CacheTable {
    let mode = if policy == "cleaner" { Mode::Writethrough } else { how.mode.unwrap_or(Mode::Writethrough) };
    let (mut warnings, mut wrong, mut args) = (Vec::new(), None, Vec::new());
    let least = 8 * how.chunk;
    let mut threshold = (least > THRESHOLD).then_some(least);
    for (key, value) in settings {
        if key != THRESHOLD_NAME {
            warnings.push(format!(
                "WARNING: SMQ cache policy does not support \"{key}={value}\" setting, remove with 'lvchange --cachesettings \"{key}=default\" ...'."
            ));
        } else if let Ok(number) = value.parse::<u64>() {
            threshold = Some(number.max(least));
        } else {
            wrong = Some(format!("Cache policy parameter {key} is without integer value."));
        }
    }
    if let Some(threshold) = threshold {
        args = vec![THRESHOLD_NAME.to_owned(), threshold.to_string()];
    }
    let mut params = format!("{} 2 metadata2 {} {policy} {}", how.chunk, mode.name(), args.len());
    args.iter().for_each(|arg| params.push_str(&format!(" {arg}")));
    CacheTable { sectors, below, params, warnings, wrong }
}

/// The uuid of a device: those of group and volume, and the layer's name where it is no volume of a user.
pub(super) fn uuid(group: &Group, id: &str, layer: &str) -> String {
    let layer = if layer.is_empty() { String::new() } else { format!("-{layer}") };
    format!("LVM-{}{id}{layer}", group.id)
}

/// How a cached volume runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// As its pool says.
    AsSet,
    /// With the cleaner, until no block is dirty.
    Cleaning,
}

/// The devices of an active volume, the volume's own last. A pool that no volume uses has none.
pub(super) fn of(group: &Group, volume: &Volume, runs: Runs) -> Vec<Node> {
    let lines = |segments| Table::Lines(group.table(segments));
    let top = |table| Node { name: group.device(&volume.name), uuid: uuid(group, &volume.id, ""), table };
    match &volume.kind {
        Kind::Pool(_) => Vec::new(),
        Kind::Linear(segments) => vec![top(lines(segments))],
        Kind::Cached(cached) => {
            let node = |name: String, id: &str, layer: &str, table| Node { name: group.device(&name), uuid: uuid(group, id, layer), table };
            let in_use = cached.store_in_use();
            let origin = node(volume.origin_name(), &cached.origin.id, "real", lines(&cached.origin.segments));
            let (mut nodes, policy) = match &cached.store {
                Store::Pool(Pool { data, meta, how }) => {
                    let data = node(format!("{in_use}_cdata"), &data.id, "cdata", lines(&data.segments));
                    let meta = node(format!("{in_use}_cmeta"), &meta.id, "cmeta", lines(&meta.segments));
                    (vec![data, meta], how.policy.as_deref().unwrap_or("smq"))
                }
                // This lvm2 asks for mq below any volume, whatever the policy is to be.
                Store::Volume(volume) => (in_volume(group, cached, volume), "mq"),
            };
            let below = match nodes.as_slice() {
                [.., data, meta] => [meta.name.clone(), data.name.clone(), origin.name.clone()],
                _ => Default::default(),
            };
            let (sectors, how) = (volume.kind.extents() * group.extent, cached.store.how());
            let table = match runs {
                Runs::AsSet => cache_table(sectors, below, how, policy, &how.settings),
                Runs::Cleaning => cache_table(sectors, below, how, "cleaner", &[]),
            };
            nodes.extend([origin, top(Table::Cache(table))]);
            nodes
        }
    }
}

/// The devices of a volume that is used as a cache: itself, and its two halves, whose names are no volumes'.
fn in_volume(group: &Group, cached: &Cached, volume: &CacheVolume) -> Vec<Node> {
    let CacheVolume { segments, meta, .. } = volume;
    let (id, name) = (&cached.store_id, group.device(&cached.store_in_use()));
    let whole = Node { name: name.clone(), uuid: uuid(group, id, "cvol"), table: Table::Lines(group.table(segments)) };
    let half = |layer: &str, from, sectors| Node {
        name: format!("{name}-{layer}"),
        uuid: uuid(group, id, layer),
        table: Table::Within { below: name.clone(), from, sectors },
    };
    let all = super::model::extents(segments) * group.extent;
    vec![whole.clone(), half("cdata", *meta, all.saturating_sub(*meta)), half("cmeta", 0, *meta)]
}

/// In which order the devices of a volume are suspended and removed: the volume's own, then the origin, then what the cache lies on.
pub(super) fn top_down(nodes: &[Node]) -> Vec<&Node> {
    match nodes {
        [data, meta, origin, top] => vec![top, origin, data, meta],
        [whole, data, meta, origin, top] => vec![top, origin, data, meta, whole],
        other => other.iter().rev().collect(),
    }
}

/// In which order they are resumed.
pub(super) fn bottom_up(nodes: &[Node]) -> Vec<&Node> {
    match nodes {
        [data, meta, origin, top] => vec![origin, data, meta, top],
        [whole, data, meta, origin, top] => vec![whole, origin, data, meta, top],
        other => other.iter().collect(),
    }
}

/// In which order they get new tables when the cache is taken off, and in which those below are removed then.
pub(super) fn taken_down(nodes: &[Node]) -> (Vec<&Node>, Vec<&Node>) {
    match nodes {
        [whole, data, meta, origin, top] => (vec![top, origin, whole, data, meta], vec![data, meta, whole, origin]),
        other => (top_down(other), top_down(other).into_iter().skip(1).collect()),
    }
}
