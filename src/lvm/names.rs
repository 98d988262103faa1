//! Names: what a user may call a volume, and how a volume is named on the command line.

use super::model::{Group, Kind, Lvm, Store, Volume};
use super::session::{Done, Session};

/// What names may not contain, since hidden volumes are called so.
const RESERVED: [&str; 17] = [
    "_cdata", "_cmeta", "_corig", "_cpool", "_cvol", "_wcorig", "_iorig", "_imeta", "_mimage", "_mlog", "_pmspare", "_rimage", "_rmeta",
    "_tdata", "_tmeta", "_vdata", "_vorigin",
];
/// What they may not begin with.
const RESERVED_BEGINNINGS: [&str; 2] = ["pvmove", "snapshot"];
/// Bytes that a name may have.
const NAME_BYTES_MAX: usize = 127;

fn is_plain(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_+".contains(c));
    letters && !name.is_empty() && !name.starts_with('-') && name != "." && name != ".." && name.len() <= NAME_BYTES_MAX
}

impl Session<'_> {
    /// Whether a new group may be called so.
    pub(super) fn check_group_name(&mut self, name: &str) -> Done {
        if is_plain(name) {
            return Ok(());
        }
        if name.chars().any(|c| !(c.is_ascii_alphanumeric() || ".-_+".contains(c))) {
            self.warn("Name contains invalid character, valid set includes: [a-zA-Z0-9.-_+].");
        }
        self.misused(format!("New volume group name \"{name}\" is invalid."))
    }

    /// Whether a new volume may be called so.
    pub(super) fn check_volume_name(&mut self, name: &str) -> Done {
        if !is_plain(name) {
            return self.misused(format!("Logical volume name \"{name}\" is invalid."));
        }
        self.check_reserved(name)
    }

    /// Whether a volume that is there may be called so from now on.
    pub(super) fn check_new_name(&mut self, name: &str) -> Done {
        if !is_plain(name) {
            return self.misused(format!("New logical volume name \"{name}\" is invalid"));
        }
        self.check_reserved(name)
    }

    fn check_reserved(&mut self, name: &str) -> Done {
        if let Some(part) = RESERVED_BEGINNINGS.iter().find(|part| name.starts_with(**part)) {
            return self.misused(format!("Names starting \"{part}\" are reserved. Please choose a different LV name."));
        }
        if let Some(part) = RESERVED.iter().find(|part| name.contains(**part)) {
            return self.misused(format!("Names including \"{part}\" are reserved. Please choose a different LV name."));
        }
        Ok(())
    }
}

/// A group, or a volume of it, from a word of the command line: `vg`, `vg/data`, `/dev/vg/data`, `/dev/mapper/vg-data`.
pub(super) fn split(word: &str) -> (String, Option<String>) {
    if let Some(name) = word.strip_prefix("/dev/mapper/") {
        let joined = name.replace("--", "\u{1}");
        let (group, volume) = joined.split_once('-').map_or((joined.as_str(), None), |(group, volume)| (group, Some(volume)));
        let plain = |name: &str| name.replace('\u{1}', "-");
        return (plain(group), volume.map(plain));
    }
    let word = word.strip_prefix("/dev/").unwrap_or(word);
    word.split_once('/').map_or_else(|| (word.to_owned(), None), |(group, volume)| (group.to_owned(), Some(volume.to_owned())))
}

/// Words in the order in which lvm2 comes to them: volumes of a group in the order in which they were made,
/// each before what is hidden below it, and those that are not there last.
pub(super) fn in_order(lvm: &Lvm, words: &[String]) -> Vec<String> {
    let place = |word: &String| {
        let (group, name) = split(word);
        let at = words.iter().position(|other| split(other).0 == group);
        let volumes = lvm.group(&group).map_or(&[][..], |group| &group.volumes);
        let of = |name: String| volumes.iter().position(|v| v.name == name || v.hidden().contains(&name)).unwrap_or(usize::MAX);
        let is_hidden = name.as_ref().is_some_and(|name| volumes.iter().all(|v| v.name != *name));
        (at, name.map(of), is_hidden)
    };
    let mut sorted = words.to_vec();
    sorted.sort_by_cached_key(place);
    sorted
}

/// What a name stands for in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Volume(Volume),
    /// The origin below this cached volume.
    Origin(Volume),
    /// The pool in use by this one.
    PoolInUse(Volume),
    /// The volume that this one uses as its cache.
    CacheVolume(Volume),
    /// Data or metadata of a pool.
    PoolPart,
    /// The spare metadata volume.
    Spare,
}

/// The volume of that name, a hidden one as well.
pub(super) fn find(group: &Group, name: &str) -> Option<Named> {
    if let Some(volume) = group.volume(name) {
        return Some(Named::Volume(volume.clone()));
    }
    if group.spare.as_ref().is_some_and(|spare| spare.name() == name) {
        return Some(Named::Spare);
    }
    let over = group.volumes.iter().find(|v| v.hidden().iter().any(|hidden| hidden == name))?;
    Some(match &over.kind {
        Kind::Cached(_) if over.origin_name() == name => Named::Origin(over.clone()),
        Kind::Cached(cached) if cached.store_in_use() == name => match cached.store {
            Store::Pool(_) => Named::PoolInUse(over.clone()),
            Store::Volume(_) => Named::CacheVolume(over.clone()),
        },
        _ => Named::PoolPart,
    })
}
