//! Two images, field by field.

use super::damage::Area;
use super::format::Kind;
use super::inspect::{Field, Map, decode};
use super::source::{Source, SourceError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The field.
    pub name: String,
    /// First byte in the block.
    pub offset: u32,
    /// In the first image, if it has the field.
    pub a: Option<String>,
    /// In the second.
    pub b: Option<String>,
}

/// A block that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockDiff {
    /// Where it lies.
    pub block: u64,
    /// What it is in the first and in the second image.
    pub kinds: [Option<Kind>; 2],
    /// Who uses it in the first and in the second image.
    pub areas: [Option<Area>; 2],
    /// The fields; only bytes outside of any field differ when there are none.
    pub changes: Vec<Change>,
}

/// Blocks compared in one go.
const RUN: usize = 64;

/// Compares block after block and hands each difference to `f`, which may stop the comparison by saying false.
/// Blocks that only one image has count as zeros in the other.
///
/// # Errors
/// When one of the images cannot be read.
pub fn diff(a: &dyn Source, b: &dyn Source, f: &mut dyn FnMut(&BlockDiff) -> bool) -> Result<(), SourceError> {
    let maps = [Map::of(a), Map::of(b)];
    let size = super::format::BLOCK_SIZE;
    let mut bufs = [vec![0; RUN * size], vec![0; RUN * size]];
    let end = a.nr_blocks().max(b.nr_blocks());
    let mut at = 0;
    while at < end {
        let now = (end - at).min(RUN as u64);
        for (src, buf) in [a, b].into_iter().zip(&mut bufs) {
            let have = src.nr_blocks().saturating_sub(at).min(now) as usize * size;
            if have > 0 {
                src.read(at, &mut buf[..have])?;
            }
            buf[have..].fill(0);
        }
        let [x, y] = &bufs;
        for (n, (x, y)) in x.chunks_exact(size).zip(y.chunks_exact(size)).take(now as usize).enumerate() {
            if x != y
                && let (Ok(x), Ok(y)) = (x.try_into(), y.try_into())
                && !f(&block(at + n as u64, x, y, &maps))
            {
                return Ok(());
            }
        }
        at += now;
    }
    Ok(())
}

fn block(at: u64, x: &super::format::Block, y: &super::format::Block, maps: &[Map; 2]) -> BlockDiff {
    let (x, y) = (decode(at, x, &maps[0]), decode(at, y, &maps[1]));
    let by_place =
        |fields: Vec<Field>| -> BTreeMap<(u32, String), String> { fields.into_iter().map(|f| ((f.offset, f.name), f.value)).collect() };
    let (xs, ys) = (by_place(x.fields), by_place(y.fields));
    let places: BTreeSet<_> = xs.keys().chain(ys.keys()).cloned().collect();
    let changes = places
        .into_iter()
        .filter(|p| xs.get(p) != ys.get(p))
        .map(|p| Change { a: xs.get(&p).cloned(), b: ys.get(&p).cloned(), offset: p.0, name: p.1 })
        .collect();
    BlockDiff { block: at, kinds: [x.kind, y.kind], areas: [x.area, y.area], changes }
}

impl fmt::Display for BlockDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = |i: usize| {
            let kind = self.kinds[i].map_or("unknown", Kind::name);
            match self.areas[i] {
                None => format!("{kind}, not in use"),
                Some(Area::Superblock) => kind.to_owned(),
                Some(area) => format!("{kind} of the {area}"),
            }
        };
        let (x, y) = (what(0), what(1));
        if x == y {
            writeln!(f, "block {}: {x}", self.block)?;
        } else {
            writeln!(f, "block {}: {x} => {y}", self.block)?;
        }
        for c in &self.changes {
            let text = |v: &Option<String>| v.clone().unwrap_or_else(|| "-".into());
            writeln!(f, "  {:5} {:<24} {} => {}", c.offset, c.name, text(&c.a), text(&c.b))?;
        }
        if self.changes.is_empty() {
            writeln!(f, "        only bytes outside of any field differ")?;
        }
        Ok(())
    }
}
