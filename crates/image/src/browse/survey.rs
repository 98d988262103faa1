//! One reading of every block in use: which fail their own check, and where the mappings point.

use super::seen::{Chart, DamageSeen, Overview, Owner, Packing, Part, Tally, TreeNode};
use super::{Planned, count, owner};
use crate::bits::Bits;
use crate::check::Report;
use crate::format::{ARRAY_HEADER, CLEAN_SHUTDOWN, Kind, M_DIRTY, M_VALID, NEEDS_CHECK, NODE_INTERNAL, NodeHeader, Superblock, le32, le64};
use crate::inspect::{self, Map};
use crate::source::Source;
use crate::walk;
use std::collections::BTreeMap;

/// Parts that the chart has at least, where there are as many origin blocks.
const PARTS: usize = 64;
/// Areas' worth of nodes or indexes that an overview lists: a picture of more has no use for them.
const LIST_MAX: usize = 20_000;

/// What the reading found.
pub(super) struct Survey {
    bad: Vec<u64>,
    chart: Chart,
}

pub(super) fn survey(src: &dyn Source, map: &Map, mapping: &Planned, dirty: Option<&Bits>) -> Survey {
    let keys: BTreeMap<u64, u64> = mapping.blocks.iter().map(|b| (b.block, b.key)).collect();
    let mut bad = Vec::new();
    let mut chart = Chart { width: 1, parts: vec![Part::default(); PARTS], highest: 0 };
    for at in map.blocks() {
        let Some((_, kind)) = map.usage(at) else { continue };
        let Ok(block) = walk::read(src, kind, at) else {
            bad.push(at);
            continue;
        };
        let Some(key) = keys.get(&at) else { continue };
        let begin = key.saturating_mul(mapping.array.per_block());
        let nr = u64::from(le32(&block[..], 8)).min(mapping.array.per_block());
        for i in 0..nr {
            let value = le64(&block[..], ARRAY_HEADER + i as usize * 8);
            if value & M_VALID != 0 {
                chart.take(value >> 16, dirty.map_or(value & M_DIRTY != 0, |bits| bits.get(begin.saturating_add(i))));
            }
        }
    }
    let used = (chart.highest / chart.width + 1) as usize;
    chart.parts.truncate(used.clamp(1, PARTS));
    Survey { bad, chart }
}

impl Chart {
    /// Counts a mapping; parts are joined by twos until the origin block fits.
    fn take(&mut self, oblock: u64, dirty: bool) {
        while oblock / self.width >= PARTS as u64 {
            self.width = self.width.saturating_mul(2);
            let joined = self
                .parts
                .chunks(2)
                .map(|two| two.iter().fold(Part::default(), |a, b| Part { mapped: a.mapped + b.mapped, dirty: a.dirty + b.dirty }));
            let mut joined: Vec<Part> = joined.collect();
            joined.resize(PARTS, Part::default());
            self.parts = joined;
        }
        self.highest = self.highest.max(oblock);
        if let Some(part) = self.parts.get_mut((oblock / self.width) as usize) {
            part.mapped += 1;
            part.dirty += u64::from(dirty);
        }
    }
}

pub(super) fn overview(
    src: &dyn Source,
    (name, len_bytes, packing): (&str, u64, Packing),
    superblock: &Superblock,
    report: &Report,
    (map, counts): (&Map, &[u8]),
    (mapping, survey): (&Planned, Survey),
) -> Overview {
    let nr_blocks = src.nr_blocks();
    let mut owners: Vec<(Owner, u64)> = Vec::new();
    let mut tally: BTreeMap<Owner, Tally> = BTreeMap::new();
    let (mut nodes, mut shared) = (Vec::new(), Vec::new());
    for at in 0..nr_blocks {
        let owner = owner(map, counts, at);
        match owners.last_mut() {
            Some((last, run)) if *last == owner => *run += 1,
            _ => owners.push((owner, 1)),
        }
        let tally = tally.entry(owner).or_insert(Tally { owner, blocks: 0, nodes: 0, arrays: 0 });
        tally.blocks += 1;
        match map.usage(at) {
            Some((_, Kind::BtreeNode)) => tally.nodes += 1,
            Some((_, Kind::ArrayBlock)) => tally.arrays += 1,
            _ => {}
        }
        if matches!(map.usage(at), Some((_, Kind::BtreeNode | Kind::Index))) && nodes.len() < LIST_MAX {
            nodes.push(at);
        }
        if count(counts, at) > 1 && shared.len() < LIST_MAX {
            shared.push(at);
        }
    }
    let flags = [(CLEAN_SHUTDOWN, "CLEAN_SHUTDOWN"), (NEEDS_CHECK, "NEEDS_CHECK")];
    let [major, minor, patch] = superblock.policy_version;
    let damage = |d: &crate::damage::Damage| DamageSeen {
        area: d.area.name().to_owned(),
        text: d.fault.to_string(),
        cblocks: d.cblocks.as_ref().map(|c| (c.start, c.end.saturating_sub(1))),
    };
    Overview {
        name: name.to_owned(),
        packing,
        len_bytes,
        nr_blocks,
        version: superblock.version,
        cache_blocks: superblock.cache_blocks,
        data_block_size: superblock.data_block_size,
        policy: format!("{} {major}.{minor}.{patch}", superblock.policy()),
        flags: flags.iter().filter(|(bit, _)| superblock.flags & bit != 0).map(|(_, name)| (*name).to_owned()).collect(),
        superblock: src.block(0).map(|b| inspect::superblock(&b)).unwrap_or_default(),
        owners,
        tally: tally.into_values().collect(),
        nodes,
        shared,
        tree: tree(src, mapping, &survey.bad),
        tree_arrays: mapping.blocks.len() as u64,
        bad: survey.bad,
        examined: report.examined.iter().map(|a| a.name().to_owned()).collect(),
        damages: report.damages.iter().map(damage).collect(),
        notes: report.notes.iter().map(ToString::to_string).collect(),
        exit_code: report.exit_code(),
        report: report.to_string(),
        chart: survey.chart,
    }
}

/// The part of the mapping tree that is drawn: of the children of a node the first, the last, and one that leads to damage.
fn tree(src: &dyn Source, mapping: &Planned, bad: &[u64]) -> Vec<TreeNode> {
    let mut draw = Drawn { src, per_block: mapping.array.per_block(), cache_blocks: mapping.array.cache_blocks, bad, out: Vec::new() };
    draw.node(mapping.array.root, 0, None, 0, mapping.array.cache_blocks.div_ceil(mapping.array.per_block().max(1)));
    draw.out
}

struct Drawn<'a> {
    src: &'a dyn Source,
    per_block: u64,
    cache_blocks: u64,
    bad: &'a [u64],
    out: Vec<TreeNode>,
}

impl Drawn<'_> {
    /// Levels that a drawing has room for.
    const LEVELS: usize = 5;

    /// Draws a node whose array block keys lie in `from..to`.
    fn node(&mut self, block: u64, level: usize, parent: Option<usize>, from: u64, to: u64) {
        let me = self.out.len();
        let bad = self.bad.binary_search(&block).is_ok();
        let cblocks = (from.saturating_mul(self.per_block), to.saturating_mul(self.per_block).min(self.cache_blocks).saturating_sub(1));
        self.out.push(TreeNode { block, level, parent, array: false, internal: false, cblocks, bad, more: 0 });
        let Ok(b) = walk::read(self.src, Kind::BtreeNode, block) else { return };
        let Ok(h) = walk::verify_node(&b, block, 8, &(0..u64::MAX), true) else { return };
        let internal = h.flags & NODE_INTERNAL != 0;
        if let Some(node) = self.out.get_mut(me) {
            node.internal = internal;
        }
        if level + 1 >= Self::LEVELS {
            return;
        }
        let children: Vec<(u64, u64, u64)> = (0..h.nr_entries)
            .map(|i| {
                let end = if i + 1 < h.nr_entries { h.key(&b, i + 1) } else { to };
                (h.key(&b, i), end.max(h.key(&b, i)), le64(&b[..], h.value_offset(i)))
            })
            .collect();
        self.children(&children, internal, level + 1, me, &h);
    }

    fn children(&mut self, children: &[(u64, u64, u64)], internal: bool, level: usize, parent: usize, header: &NodeHeader) {
        debug_assert_eq!(children.len() as u64, u64::from(header.nr_entries));
        let last = children.len().saturating_sub(1);
        let troubled = children
            .iter()
            .position(|(from, to, block)| self.bad.binary_search(block).is_ok() || (internal && self.leads_to_bad(*block, *from, *to)));
        let mut shown: Vec<usize> = [Some(0), troubled, Some(last)].into_iter().flatten().collect();
        shown.sort_unstable();
        shown.dedup();
        for (n, at) in shown.iter().enumerate() {
            let Some((from, to, block)) = children.get(*at).copied() else { continue };
            let me = self.out.len();
            if internal {
                self.node(block, level, Some(parent), from, to);
            } else {
                let begin = from.saturating_mul(self.per_block);
                let end = begin.saturating_add(self.per_block).min(self.cache_blocks).saturating_sub(1);
                let bad = self.bad.binary_search(&block).is_ok();
                self.out.push(TreeNode {
                    block,
                    level,
                    parent: Some(parent),
                    array: true,
                    internal: false,
                    cblocks: (begin, end),
                    bad,
                    more: 0,
                });
            }
            let more = shown.get(n + 1).map_or(0, |next| next - at - 1) as u64;
            if let Some(node) = self.out.get_mut(me) {
                node.more = more;
            }
        }
    }

    /// Whether a leaf below an internal node names a bad block. Only leaves are looked into: trees of mappings have three levels.
    fn leads_to_bad(&self, block: u64, _from: u64, _to: u64) -> bool {
        let Ok(b) = walk::read(self.src, Kind::BtreeNode, block) else { return true };
        let Ok(h) = walk::verify_node(&b, block, 8, &(0..u64::MAX), true) else { return true };
        (0..h.nr_entries).any(|i| self.bad.binary_search(&le64(&b[..], h.value_offset(i))).is_ok())
    }
}
