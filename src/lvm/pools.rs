//! Cache pools: how large their metadata are and their blocks have to be, and how they are made.

use super::alloc;
use super::model::{Group, How, Id, Kind, Mode, Part, Pool, Segment, Spare, Volume};
use super::nodes::{Node, THRESHOLD_NAME, Table, uuid};
use super::options::{Given, invalid};
use super::session::{Done, Session};
use super::units;
use super::volumes::Order;

/// Sectors of a cache block, where nobody says: 64 KiB.
pub(super) const CHUNK: u64 = 128;
/// A cache block is a multiple of this, and no larger than that.
const CHUNK_UNIT: u64 = 64;
const CHUNK_MAX: u64 = 2 << 20;
/// Most blocks that a pool may have (`allocation/cache_pool_max_chunks`).
pub(super) const CHUNKS_MAX: u64 = 1_000_000;
/// Bytes of metadata for each block: its mapping, and a hint of the widest kind.
const BLOCK_BYTES: u64 = 44;
/// Sectors of metadata for transactions: 4 MiB.
const TRANSACTION: u64 = 8192;

/// Options of a cache, as far as they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) mode: Option<Mode>,
    pub(super) policy: Option<String>,
    /// In the order in which they were typed; `default` takes a setting back.
    pub(super) settings: Vec<(String, String)>,
}

impl Asked {
    /// `--cachemode`, `--cachepolicy` and `--cachesettings`; none where none is given.
    pub(super) fn read(session: &mut Session<'_>, given: &Given) -> Done<Option<Self>> {
        let mut asked = Self::default();
        if let Some(word) = given.value("cachemode") {
            asked.mode = Mode::parse(word);
            if asked.mode.is_none() {
                session.warn(format!("Unknown cache mode: {word}."));
                return Err(session.refuse(&invalid("cachemode", word, "")));
            }
        }
        asked.policy = given.value("cachepolicy").map(str::to_owned);
        if asked.policy.as_ref().is_some_and(|policy| policy.is_empty() || !policy.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
            return session.absent("a policy whose name is no word");
        }
        let there = ["cachemode", "cachepolicy", "cachesettings"].iter().any(|option| given.has(option));
        Ok(there.then_some(asked))
    }

    /// Reads the settings, which lvm2 does once it knows the volume.
    pub(super) fn read_settings(&mut self, session: &mut Session<'_>, given: &Given) -> Done {
        for text in given.values("cachesettings") {
            for word in text.split_whitespace() {
                let Some((key, value)) = word.split_once('=') else {
                    // Of several words, lvm2's parser counts in a way of its own.
                    if text != word {
                        return session.absent(format!("a setting without a value ({word})"));
                    }
                    return session.fail(format!("Parse error at byte {} (line 1): unexpected token", word.len() + 1));
                };
                let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !plain(key) || !plain(value) {
                    return session.absent(format!("a setting that is not a name and a number ({word})"));
                }
                self.settings.push((key.to_owned(), value.to_owned()));
            }
        }
        Ok(())
    }

    /// Puts them into what is there.
    pub(super) fn apply(&self, how: &mut How) {
        how.mode = self.mode.or(how.mode);
        if self.policy.is_some() {
            how.policy.clone_from(&self.policy);
        }
        if !self.settings.is_empty() {
            self.merge(&mut how.settings);
        }
    }
}

impl Asked {
    /// Puts settings among those that are there. lvm2 turns the order around as it goes; who lists them sees that.
    fn merge(&self, settings: &mut Vec<(String, String)>) {
        if settings.is_empty() {
            settings.extend(self.settings.iter().rev().cloned());
        } else {
            settings.reverse();
            for new in self.settings.iter().rev() {
                match settings.iter_mut().find(|(key, _)| *key == new.0) {
                    Some(old) => old.1.clone_from(&new.1),
                    None => settings.insert(0, new.clone()),
                }
            }
        }
        settings.retain(|(_, value)| value != "default");
    }
}

impl Session<'_> {
    /// Settings that only other policies than smq take are not there, since nobody recorded what lvm2 does with them.
    pub(super) fn check_settings(&mut self, how: &How) -> Done {
        let policy = how.policy.as_deref().unwrap_or("smq");
        match how.settings.iter().find(|(key, _)| policy != "smq" && key != THRESHOLD_NAME) {
            Some((key, _)) => self.absent(format!("the setting {key} with the policy {policy}")),
            None => Ok(()),
        }
    }
}

/// `--chunksize`; none where it is not given.
pub(super) fn chunk(session: &mut Session<'_>, given: &Given) -> Done<Option<u64>> {
    let Some(text) = given.value("chunksize") else { return Ok(None) };
    let sectors = match units::parse(text, 'k') {
        Ok(sectors) => sectors,
        Err(why) => return Err(session.refuse(&invalid("chunksize", text, why))),
    };
    Ok(Some(sectors))
}

/// What is wrong with a chunk, in lvm2's words.
pub(super) fn wrong_chunk(sectors: u64) -> Vec<String> {
    let (chunk, unit, most) = (units::long(sectors), units::long(CHUNK_UNIT), units::long(CHUNK_MAX));
    let mut wrong = Vec::new();
    if !(CHUNK_UNIT..=CHUNK_MAX).contains(&sectors) {
        wrong.push(format!("Cache chunk size {chunk} is not in the range {unit} to {most}."));
    }
    if !sectors.is_multiple_of(CHUNK_UNIT) {
        wrong.push(format!("Cache chunk size {chunk} must be a multiple of {unit}."));
    }
    wrong
}

/// The smallest block with which a pool of so many sectors has no more blocks than allowed.
pub(super) fn least_chunk(sectors: u64) -> u64 {
    sectors.div_ceil(CHUNKS_MAX).next_multiple_of(CHUNK_UNIT)
}

/// Sectors of metadata that a pool needs.
pub(super) fn metadata_sectors(sectors: u64, chunk: u64) -> u64 {
    TRANSACTION + (sectors.div_ceil(chunk) * BLOCK_BYTES).div_ceil(512)
}

pub(super) fn create(session: &mut Session<'_>, given: &Given, order: &Order, asked: Asked) -> Done {
    let (_, name) = make(session, given, order, asked)?;
    session.say(format!("Logical volume \"{name}\" created."));
    Ok(())
}

/// Makes a pool; the group with it, and its name.
pub(super) fn make(session: &mut Session<'_>, given: &Given, order: &Order, mut asked: Asked) -> Done<(Group, String)> {
    if given.has("zero") {
        return session.absent("--zero for a cache pool");
    }
    let wanted = chunk(session, given)?;
    if let Some((last, first)) = wanted.map(wrong_chunk).unwrap_or_default().split_last() {
        first.iter().for_each(|wrong| session.warn(wrong));
        return session.misused(last);
    }
    asked.read_settings(session, given)?;
    let keeps_spare = match given.value("poolmetadataspare") {
        None | Some("y") => true,
        Some("n") => false,
        Some(other) => return Err(session.refuse(&invalid("poolmetadataspare", other, ""))),
    };
    let metadata = match given.value("poolmetadatasize").map(|text| (text, units::parse(text, 'm'))) {
        None => None,
        Some((_, Ok(sectors))) => Some(sectors),
        Some((text, Err(why))) => return Err(session.refuse(&invalid("poolmetadatasize", text, why))),
    };
    let Order { group, name, disks, .. } = order;
    // A spare that is made before it takes the first number.
    let name = match (given.has("name"), &group.spare) {
        (false, None) if keeps_spare => &format!("lvol{}", group.free_number() + 1),
        _ => name,
    };
    if group.names().contains(name) {
        return session.fail(format!("Logical volume {name} already exists in Volume group {}.", group.name));
    }
    let mut extents = session.extents_of(order)?;
    let is_share = matches!(order.asked, super::volumes::Asked::Share(..));
    if is_share {
        // A share is what is left beside the metadata; how large those are is asked of what the disks could have.
        extents = extents.min(alloc::free(group, disks));
    }
    let sectors = extents * group.extent;
    let chunk = chunk_for(session, sectors, wanted)?;
    let least = metadata_sectors(sectors, chunk).div_ceil(group.extent);
    let meta_extents = match metadata {
        None => least,
        Some(sectors) => {
            let wanted = session.whole_extents(group, sectors);
            if wanted < least {
                let [wanted, least] = [wanted, least].map(|extents| units::long(extents * group.extent));
                session.say(format!("Extending pool metadata size {wanted} to required minimal size {least}."));
            }
            wanted.max(least)
        }
    };
    if !keeps_spare {
        session.warn("WARNING: recovery of pools without pool metadata spare LV is not automated.");
    }
    let free = alloc::free(group, disks);
    if is_share {
        let spare = group.spare.as_ref().map_or(0, |spare| super::model::extents(&spare.part.segments));
        let beside = meta_extents + if keeps_spare { meta_extents.saturating_sub(spare) } else { 0 };
        if free <= beside {
            return session.absent("a share where nothing is left beside the metadata");
        }
        extents = extents.min(free - beside);
    }
    let needed = extents + meta_extents;
    if needed > free {
        return session.fail(format!("Insufficient free space: {needed} extents needed, but only {free} available"));
    }
    let group = if keeps_spare { spare(session, group, disks, meta_extents)? } else { group.clone() };
    // The metadata come first, in the same run.
    let Some(run) = alloc::in_a_row(&group, disks, needed) else {
        session.revert();
        return session.absent(format!("a pool in several pieces: {needed} extents in a row are not free; a larger disk has them"));
    };
    let meta = Part { id: session.lvm.new_id(), segments: vec![Segment { extents: meta_extents, ..run }] };
    let data = Part { id: session.lvm.new_id(), segments: vec![Segment { from: run.from + meta_extents, extents, ..run }] };
    let mut how = How { chunk, ..How::default() };
    asked.apply(&mut how);
    session.check_settings(&how)?;
    let pool = Pool { data, meta, how };
    let id = session.lvm.new_id();
    session.wipe_metadata(&group, name, &id, &pool)?;
    let mut group = group;
    group.volumes.push(Volume { name: name.clone(), id, kind: Kind::Pool(pool) });
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.clone_from(&group);
    }
    session.commit();
    Ok((group, name.clone()))
}

/// The block that is asked for, or the default, or the least that keeps below the limit.
fn chunk_for(session: &mut Session<'_>, sectors: u64, wanted: Option<u64>) -> Done<u64> {
    let least = least_chunk(sectors);
    match wanted {
        Some(chunk) if chunk < least => {
            let (chunk, least, size) = (units::long(chunk), units::long(least), units::long(sectors));
            session.warn(format!(
                "Chunk size {chunk} is less than required minimal chunk size {least} for a cache pool of {size} size and limit {CHUNKS_MAX} chunks."
            ));
            session.fail("To allow use of more chunks, see setting allocation/cache_pool_max_chunks.")
        }
        Some(chunk) => Ok(chunk),
        None if least > CHUNK => {
            // What lvm2 chooses itself is a power of two.
            let least = least.next_power_of_two();
            let (chunk, default) = (units::long(least), units::long(CHUNK));
            session.say(format!("Using {chunk} chunk size instead of default {default}, so cache pool has less than {CHUNKS_MAX} chunks."));
            Ok(least)
        }
        None => Ok(CHUNK),
    }
}

/// Makes the spare metadata volume, or lets it grow, so that it has as many extents as the largest metadata; the group with it.
fn spare(session: &mut Session<'_>, group: &Group, disks: &[dm_cache_engine::device::DevNo], extents: u64) -> Done<Group> {
    let mut group = group.clone();
    match &mut group.spare {
        Some(spare) => {
            let have = super::model::extents(&spare.part.segments);
            if have < extents {
                let Some(more) = alloc::anywhere(&group, disks, extents - have) else { return no_room(session) };
                if let Some(spare) = &mut group.spare {
                    spare.part.segments.extend(more);
                }
            }
        }
        None => {
            let Some(segments) = alloc::anywhere(&group, disks, extents) else { return no_room(session) };
            let (number, id) = (group.free_number(), session.lvm.new_id());
            let name = group.device(&format!("lvol{number}"));
            let node = Node { name: name.clone(), uuid: uuid(&group, &id, ""), table: Table::Lines(group.table(&segments)) };
            session.wipe(&node, &segments, &group, true)?;
            session.remove(&name)?;
            group.spare = Some(Spare { number, part: Part { id, segments } });
        }
    }
    if let Some(kept) = session.lvm.group_mut(&group.name) {
        kept.spare.clone_from(&group.spare);
    }
    Ok(group)
}

fn no_room<T>(session: &mut Session<'_>) -> Done<T> {
    session.absent("a pool without room for its spare metadata")
}

impl Session<'_> {
    /// Zeroes the metadata of a pool that nobody uses: they run as a volume of the pool's name meanwhile.
    pub(super) fn wipe_metadata(&mut self, group: &Group, name: &str, id: &Id, pool: &Pool) -> Done {
        let table = Table::Lines(group.table(&pool.meta.segments));
        let node = Node { name: group.device(name), uuid: uuid(group, id, ""), table };
        self.wipe(&node, &pool.meta.segments, group, true)?;
        self.remove(&node.name)
    }
}
