//! The mapped devices that a volume stands on, from the ground up.

use super::model::{Cached, Group, Kind, Mode, Pool, Volume};
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
fn cache_table(sectors: u64, below: [String; 3], pool: &Pool, policy: &str, settings: &[(String, String)]) -> CacheTable {
    let mode = if policy == "cleaner" { Mode::Writethrough } else { pool.mode.unwrap_or(Mode::Writethrough) };
    let (mut warnings, mut wrong, mut args) = (Vec::new(), None, Vec::new());
    let least = 8 * pool.chunk;
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
    let mut params = format!("{} 2 metadata2 {} {policy} {}", pool.chunk, mode.name(), args.len());
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
            let Cached { origin, pool, .. } = cached;
            let node = |name: String, id: &str, layer: &str, segments| Node {
                name: group.device(&name),
                uuid: uuid(group, id, layer),
                table: lines(segments),
            };
            let in_use = cached.pool_in_use();
            let data = node(format!("{in_use}_cdata"), &pool.data.id, "cdata", &pool.data.segments);
            let meta = node(format!("{in_use}_cmeta"), &pool.meta.id, "cmeta", &pool.meta.segments);
            let origin_node = node(volume.origin_name(), &origin.id, "real", &origin.segments);
            let below = [meta.name.clone(), data.name.clone(), origin_node.name.clone()];
            let sectors = volume.kind.extents() * group.extent;
            let table = match runs {
                Runs::AsSet => cache_table(sectors, below, pool, pool.policy.as_deref().unwrap_or("smq"), &pool.settings),
                Runs::Cleaning => cache_table(sectors, below, pool, "cleaner", &[]),
            };
            vec![data, meta, origin_node, top(Table::Cache(table))]
        }
    }
}

/// In which order the devices of a volume are suspended and removed: the volume's own, then the origin, then those of the pool.
pub(super) fn top_down(nodes: &[Node]) -> Vec<&Node> {
    match nodes {
        [data, meta, origin, top] => vec![top, origin, data, meta],
        other => other.iter().rev().collect(),
    }
}

/// In which order they are resumed.
pub(super) fn bottom_up(nodes: &[Node]) -> Vec<&Node> {
    match nodes {
        [data, meta, origin, top] => vec![origin, data, meta, top],
        other => other.iter().collect(),
    }
}
