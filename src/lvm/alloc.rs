//! Where new extents come from, as the recordings have it: the first free run that holds them all, by physical volume and by place; where
//! there is none, the largest runs first.

use super::model::{Group, Segment};
use dm_cache_engine::device::DevNo;

/// The free runs on these disks, by disk and by place.
fn runs(group: &Group, disks: &[DevNo]) -> Vec<Segment> {
    let mut runs = Vec::new();
    for disk in group.disks.iter().filter(|d| disks.contains(&d.dev)) {
        let mut taken: Vec<&Segment> = group.segments().filter(|s| s.dev == disk.dev).collect();
        taken.sort_by_key(|s| s.from);
        let mut at = 0;
        for (from, end) in taken.iter().map(|s| (s.from, s.from + s.extents)).chain([(disk.extents, disk.extents)]) {
            if from > at {
                runs.push(Segment { dev: disk.dev, from: at, extents: from - at });
            }
            at = end;
        }
    }
    runs
}

/// Free extents on these disks.
pub(super) fn free(group: &Group, disks: &[DevNo]) -> u64 {
    runs(group, disks).iter().map(|run| run.extents).sum()
}

/// So many extents in a row; none where no free run is that long.
pub(super) fn in_a_row(group: &Group, disks: &[DevNo], extents: u64) -> Option<Segment> {
    runs(group, disks).into_iter().find(|run| run.extents >= extents).map(|run| Segment { extents, ..run })
}

/// So many extents from as many runs as it takes; none if there are too few.
pub(super) fn anywhere(group: &Group, disks: &[DevNo], extents: u64) -> Option<Vec<Segment>> {
    if let Some(run) = in_a_row(group, disks, extents) {
        return Some(vec![run]);
    }
    let mut runs = runs(group, disks);
    // Of equal runs, the one that lies further on.
    runs.reverse();
    runs.sort_by_key(|run| std::cmp::Reverse(run.extents));
    let (mut taken, mut left) = (Vec::new(), extents);
    for run in runs {
        if left == 0 {
            break;
        }
        let extents = run.extents.min(left);
        left -= extents;
        taken.push(Segment { extents, ..run });
    }
    (left == 0).then_some(taken)
}

/// Segments with so many extents more: those that follow right behind, then the largest runs on the disks that it lies on already, then
/// what other disks have; none if there are too few.
pub(super) fn more(group: &Group, disks: &[DevNo], segments: &[Segment], extents: u64) -> Option<Vec<Segment>> {
    let mut own = runs(group, disks);
    own.retain(|run| segments.iter().any(|s| s.dev == run.dev));
    let follows = |run: &Segment| segments.last().is_some_and(|last| last.dev == run.dev && last.from + last.extents == run.from);
    own.sort_by_key(|run| (!follows(run), std::cmp::Reverse(run.extents)));
    let (mut all, mut left) = (segments.to_vec(), extents);
    for run in own {
        let taken = run.extents.min(left);
        left -= taken;
        match all.last_mut() {
            _ if taken == 0 => {}
            Some(last) if last.dev == run.dev && last.from + last.extents == run.from => last.extents += taken,
            _ => all.push(Segment { extents: taken, ..run }),
        }
    }
    if left > 0 {
        let others: Vec<DevNo> = disks.iter().copied().filter(|dev| segments.iter().all(|s| s.dev != *dev)).collect();
        all.extend(anywhere(group, &others, left)?);
    }
    Some(all)
}
