//! The picture of a View: what a page draws and `dmlab run --json` prints, letter for letter the same.

use super::View;
use super::names::{cache_letter, object_letter, table_letters};
use super::promises::{Access, Volume};
use super::tree::{self, BlockKind, Owner, Role, Trees};
use super::view::{CacheView, StatsView};
use super::why;
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, Page};
use dm_cache_engine::event::{CacheId, ObjectFields, ObjectId, SlotTable};
use dm_cache_engine::world::verdict::Verdict;
use dm_cache_image::format::{le64, sb};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most metadata blocks that a picture lists one by one.
pub const BLOCKS_MAX: u64 = 16_384;
/// Most mappings or data blocks that a picture lists one by one.
pub const ENTRIES_MAX: usize = 4_096;

/// Everything a picture shows at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Picture {
    /// Mapped devices that are not plain aliases, and those that are, in minor order.
    pub devices: Vec<DevicePicture>,
    /// Metadata objects in the order they were opened.
    pub objects: Vec<ObjectPicture>,
    /// The kernel's list: object letters in list order.
    pub list: Vec<String>,
    /// Who holds its mutex (a table's letter).
    pub mutex: Option<String>,
    /// Metadata devices: their blocks.
    pub metadata: Vec<MetadataPicture>,
    /// Mapped cache devices: their data.
    pub data: Vec<DataPicture>,
}

/// A mapped device with its slots.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DevicePicture {
    /// Name.
    pub name: String,
    /// `major:minor`.
    pub dev: String,
    /// SUSPENDED.
    pub suspended: bool,
    /// Open count.
    pub open_count: u32,
    /// Event number.
    pub event_nr: u32,
    /// LIVE slot.
    pub live: Option<TablePicture>,
    /// INACTIVE slot.
    pub inactive: Option<TablePicture>,
    /// Whether the table in the LIVE slot is a new one that has not been resumed yet.
    pub becoming_live: bool,
    /// A table that has left the INACTIVE slot and is not LIVE yet.
    pub moving: Option<TablePicture>,
    /// Old tables: out of their slot, destructor still to run.
    pub leaving: Vec<TablePicture>,
}

impl DevicePicture {
    /// Whether a table of it, in a slot or out of one, has a cache target.
    #[must_use]
    pub fn has_cache(&self) -> bool {
        let mut tables = self.live.iter().chain(&self.inactive).chain(&self.moving).chain(&self.leaving);
        tables.any(|t| t.targets.iter().any(|kind| kind == "cache"))
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TablePicture {
    /// Letters of its cache targets.
    pub letter: String,
    /// Target types.
    pub targets: Vec<String>,
    /// What one line says of it: parameters of the first target.
    pub params: String,
    /// Letters of the metadata objects it holds.
    pub objects: Vec<String>,
}

/// A metadata object and its buffers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectPicture {
    /// Letter.
    pub letter: String,
    /// Metadata device it was opened on.
    pub dev: String,
    /// Name of that device.
    pub dev_name: String,
    /// Letters of the tables that hold it.
    pub holders: Vec<String>,
    /// The kernel's reference count.
    pub ref_count: u32,
    /// Whether it is on the list.
    pub listed: bool,
    /// Root fields: name and block.
    pub roots: Vec<(String, u64)>,
    /// Something changed in the open transaction.
    pub changed: bool,
    /// Opened after a clean shutdown.
    pub clean_when_opened: bool,
    /// Letters of the tables whose preresume has loaded its mappings: of those that hold it, if any does.
    pub loaded_by: Vec<String>,
    /// Valid mappings in the tree it sees.
    pub nr_mappings: u64,
    /// oblocks in the tree it sees, by cblock (the first [`ENTRIES_MAX`]).
    pub oblocks: Vec<u64>,
    /// Its buffers.
    pub buffers: Vec<BufferPicture>,
    /// Blocks of its buffers that are stale.
    pub stale: Vec<u64>,
    /// Blocks of dirty buffers that the disk's own space map counts as used. Copy-on-write takes free blocks only, so whoever has one
    /// works from an older space map, and its next flush overwrites what another object committed.
    pub overwrites: Vec<u64>,
    /// Blocks its roots lead to that are not what they should be.
    pub unreadable: Vec<u64>,
}

/// One buffer tile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BufferPicture {
    /// Block number.
    pub block: u64,
    /// `clean`, `dirty` or `stale`.
    pub state: &'static str,
    /// Reachable from this object's roots, and as what.
    pub role: Option<Role>,
}

/// The metadata device's row of tiles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetadataPicture {
    /// `major:minor` of the disk.
    pub dev: String,
    /// Name.
    pub name: String,
    /// 4 KiB blocks on it.
    pub nr_blocks: u64,
    /// The mapping root that its superblock names; none where no superblock was ever written.
    pub mapping_root: Option<u64>,
    /// Letters of the objects over it.
    pub objects: Vec<String>,
    /// Letters of those that were destroyed since power came on; drawn, and told by the events.
    #[serde(skip)]
    pub destroyed: Vec<String>,
    /// Blocks that are written, cached or reachable.
    pub blocks: Vec<BlockPicture>,
}

/// One disk tile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockPicture {
    /// Block number.
    pub block: u64,
    /// Kind and tree: as the last object to reach it sees it, or as its checksum tells.
    pub kind: Option<BlockKind>,
    /// Tree that the committed superblock's roots put it in.
    pub owner: Option<Owner>,
    /// Count in the committed space map, 3 for three or more.
    pub count: u8,
    /// Letters of the objects whose roots lead to it.
    pub seen_by: Vec<String>,
}

/// The data behind one mapped device that has, or had, a cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataPicture {
    /// Mapped device; its former name if it is gone.
    pub device: String,
    /// Its live cache target's letter; empty if there is none.
    pub table: String,
    /// How the data can be reached.
    pub access: Access,
    /// Cache block size in sectors.
    pub block_sectors: u64,
    /// Number of cblocks.
    pub cache_blocks: u64,
    /// Mapped cblocks.
    pub resident: u64,
    /// Dirty cblocks.
    pub dirty: u64,
    /// `write`, `read-only` or `fail`.
    pub mode: String,
    /// Policy name.
    pub policy: String,
    /// Why its dirty blocks stay dirty, as [`super::why::stays_dirty`] says it; none where none is, or nothing has held them up so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_dirty: Option<String>,
    /// Why the block that was missed last is not promoted, as [`super::why::not_promoted`] says it; none if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not_promoted: Option<String>,
    /// Counters.
    pub stats: StatsView,
    /// Blocks that were written or are mapped.
    pub blocks: Vec<DataBlock>,
    /// How many blocks were ever written. Those that none of the following lists names read as they were written.
    pub written: u64,
    /// oblocks promised and lost.
    pub lost: Vec<u64>,
    /// oblocks not readable now.
    pub unreadable: Vec<u64>,
    /// oblocks whose origin holds an earlier write, and no cache is there any more.
    pub old: Vec<u64>,
    /// oblocks whose last write was never promised, and gone when power failed.
    pub unpromised: Vec<u64>,
    /// oblocks of which nothing can be known: no single disk lies behind them.
    pub unknown: Vec<u64>,
}

/// One data block of a mapped device.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataBlock {
    /// Origin block.
    pub oblock: u64,
    /// Where it is cached.
    pub cblock: Option<u32>,
    /// Newer than the origin.
    pub dirty: bool,
    /// First byte on the cache device, if cached.
    pub cache_byte: Option<u8>,
    /// First byte on the origin.
    pub origin_byte: u8,
    /// First byte last acknowledged.
    pub written: Option<u8>,
    /// First byte that a read returns (of the origin, if the device is gone); none while it cannot be read.
    pub reads: Option<u8>,
    /// Why it does not read as it was written; none if it does, or was never written.
    pub verdict: Option<Verdict>,
    /// Promised and lost.
    pub lost: bool,
}

impl DataPicture {
    /// The oblocks of one verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> &[u64] {
        match verdict {
            Verdict::Unreadable => &self.unreadable,
            Verdict::Lost => &self.lost,
            Verdict::Old => &self.old,
            Verdict::Unpromised => &self.unpromised,
        }
    }
}

impl Picture {
    /// How many things it lists: targets, buffers, mappings, blocks.
    #[must_use]
    pub fn size(&self) -> usize {
        let tables = self.devices.iter().flat_map(|d| d.live.iter().chain(&d.inactive).chain(&d.moving).chain(&d.leaving));
        let objects = self.objects.iter().map(|o| o.buffers.len() + o.oblocks.len() + o.stale.len() + o.overwrites.len());
        let metadata = self.metadata.iter().flat_map(|m| &m.blocks).map(|b| 1 + b.seen_by.len());
        let data = self.data.iter().map(|d| d.blocks.len() + Verdict::ALL.iter().map(|v| d.of(*v).len()).sum::<usize>());
        tables.map(|t| t.targets.len()).chain(objects).chain(metadata).chain(data).sum()
    }
}

/// The roots of an object, each with its name.
#[must_use]
pub fn roots(f: &ObjectFields) -> Vec<(String, u64)> {
    let mut roots = vec![
        ("mapping_root".to_owned(), f.mapping_root),
        ("hint_root".to_owned(), f.hint_root),
        ("discard_root".to_owned(), f.discard_root),
    ];
    if f.version >= 2 {
        roots.push(("dirty_root".to_owned(), f.dirty_root));
    }
    roots.push(("sm index".to_owned(), f.sm_bitmap_root));
    roots.push(("ref_count_root".to_owned(), f.sm_ref_count_root));
    roots
}

impl View {
    /// Draws the View.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let trees: BTreeMap<ObjectId, Trees> = self.objects.keys().map(|id| (*id, self.trees(*id))).collect();
        Picture {
            devices: self.mapped.iter().map(|(dev, _)| self.device_picture(*dev)).collect::<Option<_>>().unwrap_or_default(),
            objects: trees.iter().filter_map(|(id, trees)| self.object_picture(*id, trees)).collect(),
            list: self.list.iter().map(|o| object_letter(self, *o)).collect(),
            mutex: self.table_lock.map(|by| cache_letter(self, by)),
            metadata: self.metadata_pictures(&trees),
            data: self.volumes().into_iter().map(|(dev, name, volume)| self.data_picture(dev, name, volume)).collect(),
        }
    }

    fn name_of(&self, dev: DevNo) -> String {
        let mapped = self.mapped.get(&dev).map(|m| m.name.clone());
        mapped.or_else(|| self.disks.get(&dev).map(|d| d.name.clone())).unwrap_or_else(|| dev.to_string())
    }

    fn table_picture(&self, table: &SlotTable) -> TablePicture {
        TablePicture {
            letter: table_letters(self, table.id),
            targets: table.targets.iter().map(|(kind, _)| kind.clone()).collect(),
            params: table.targets.first().map(|(_, params)| params.clone()).unwrap_or_default(),
            objects: table.caches.iter().filter_map(|c| self.caches.get(c)).map(|c| object_letter(self, c.object)).collect(),
        }
    }

    fn device_picture(&self, dev: DevNo) -> Option<DevicePicture> {
        let m = self.mapped.get(&dev)?;
        Some(DevicePicture {
            name: m.name.clone(),
            dev: dev.to_string(),
            suspended: m.suspended,
            open_count: m.open_count,
            event_nr: m.event_nr,
            live: m.live.as_ref().map(|t| self.table_picture(t)),
            inactive: m.inactive.as_ref().map(|t| self.table_picture(t)),
            becoming_live: m.live.as_ref().is_some_and(|t| self.becoming_live.contains(&t.id)),
            moving: m.leaving.iter().find(|t| Some(t.id) == self.moving).map(|t| self.table_picture(t)),
            leaving: m.leaving.iter().filter(|t| Some(t.id) != self.moving).map(|t| self.table_picture(t)).collect(),
        })
    }

    fn object_picture(&self, id: ObjectId, trees: &Trees) -> Option<ObjectPicture> {
        let o = self.objects.get(&id)?;
        let f = &o.fields;
        let stale = self.stale_blocks(id);
        let client = self.client_of(id);
        let buffers = client.into_iter().flat_map(|c| c.buffers.iter()).map(|(block, buffer)| BufferPicture {
            block: *block,
            state: match (buffer.dirty, stale.binary_search(block)) {
                (true, _) => "dirty",
                (false, Ok(_)) => "stale",
                (false, Err(_)) => "clean",
            },
            role: trees.blocks.get(block).copied(),
        });
        let loaded = self.loaded.get(&id).into_iter().flatten().filter(|c| o.holders.is_empty() || o.holders.contains(c));
        Some(ObjectPicture {
            letter: object_letter(self, id),
            dev: o.dev.to_string(),
            dev_name: self.name_of(o.dev),
            holders: o.holders.iter().map(|c| cache_letter(self, *c)).collect(),
            ref_count: o.ref_count,
            listed: self.list.contains(&id),
            roots: roots(f),
            changed: f.changed,
            clean_when_opened: f.clean_when_opened,
            loaded_by: loaded.map(|c| cache_letter(self, *c)).collect(),
            nr_mappings: trees.mappings.len() as u64,
            oblocks: trees.mappings.iter().take(ENTRIES_MAX).map(|m| m.1).collect(),
            buffers: buffers.collect(),
            stale,
            overwrites: self.overwritten_blocks(id),
            unreadable: trees.unreadable.clone(),
        })
    }

    fn metadata_pictures(&self, trees: &BTreeMap<ObjectId, Trees>) -> Vec<MetadataPicture> {
        // Disks and where on them the metadata begins, with the device through which it was reached first.
        let mut places: BTreeMap<(DevNo, u64), (DevNo, Vec<ObjectId>)> = BTreeMap::new();
        for cache in self.caches.values() {
            if let Some(place) = self.resolve(cache.metadata) {
                places.entry(place).or_insert((cache.metadata, Vec::new()));
            }
        }
        for (id, object) in &self.objects {
            if let Some(place) = self.resolve(object.dev) {
                places.entry(place).or_insert((object.dev, Vec::new())).1.push(*id);
            }
        }
        places.into_iter().filter_map(|(place, (dev, objects))| self.metadata_picture(place, dev, &objects, trees)).collect()
    }

    fn metadata_picture(
        &self,
        (disk_dev, first): (DevNo, u64),
        dev: DevNo,
        objects: &[ObjectId],
        trees: &BTreeMap<ObjectId, Trees>,
    ) -> Option<MetadataPicture> {
        let disk = self.disks.get(&disk_dev)?;
        // A device that begins at the disk's own beginning is the disk; any other is called by its own name.
        let (dev, name) = if first == 0 { (disk_dev, disk.name.clone()) } else { (dev, self.name_of(dev)) };
        let get = |block: u64| self.device_page(disk_dev, first + block);
        let counted = objects.iter().filter_map(|o| self.objects.get(o)).map(|o| o.fields.sm_nr_blocks).max();
        let behind = disk.sectors.saturating_sub(first * PAGE_SECTORS) / PAGE_SECTORS;
        // How long a device inside a disk is only the space map says.
        let nr_blocks = counted.filter(|_| first > 0).unwrap_or(behind).min(behind);
        let counts = tree::committed_counts(&get, nr_blocks.min(BLOCKS_MAX));
        let written = disk.pages.range(first..).map(|(page_no, _)| page_no - first).take_while(|b| *b < nr_blocks.min(BLOCKS_MAX));
        let mut wanted: BTreeMap<u64, (Option<Role>, Vec<String>)> = BTreeMap::new();
        for block in written {
            wanted.entry(block).or_default();
        }
        for id in objects {
            let letter = object_letter(self, *id);
            for (block, role) in trees.get(id).into_iter().flat_map(|t| &t.blocks) {
                let place = wanted.entry(*block).or_default();
                place.0 = Some(*role);
                place.1.push(letter.clone());
            }
        }
        let blocks = wanted.into_iter().filter(|(block, _)| *block < nr_blocks).map(|(block, (role, seen_by))| BlockPicture {
            block,
            kind: role.map(|r| r.kind).or_else(|| get(block).as_ref().and_then(sniffed)),
            owner: role.map(|r| r.owner),
            count: usize::try_from(block).ok().and_then(|b| counts.get(b)).copied().unwrap_or(0),
            seen_by,
        });
        Some(MetadataPicture {
            dev: dev.to_string(),
            name,
            nr_blocks,
            mapping_root: get(0).map(|page| le64(page.bytes(), sb::MAPPING_ROOT)).filter(|root| *root != 0),
            objects: objects.iter().map(|o| object_letter(self, *o)).collect(),
            destroyed: self
                .destroyed
                .iter()
                .filter(|(_, of)| self.resolve(**of) == Some((disk_dev, first)))
                .map(|(o, _)| object_letter(self, *o))
                .collect(),
            blocks: blocks.collect(),
        })
    }

    fn live_cache(&self, dev: DevNo) -> Option<CacheId> {
        match self.mapped.get(&dev)?.live.as_ref()?.caches.as_slice() {
            [cache] => Some(*cache),
            _ => None,
        }
    }

    fn data_picture(&self, dev: Option<DevNo>, name: &str, volume: &Volume) -> DataPicture {
        let id = dev.and_then(|dev| self.live_cache(dev));
        let cache = id.and_then(|id| self.caches.get(&id));
        let per_block = (volume.block_sectors() / PAGE_SECTORS).max(1);
        let verdicts = self.judged(dev, volume);
        let access = self.access(dev);
        // A table that has not loaded its mappings yet, or is gone: the one before it knows where the data are.
        let last = volume.last().filter(|_| access != Access::Open && access != Access::Detached);
        let (mapper, fast) = match last {
            Some((cache, fast)) => (Some(cache), fast),
            None => (cache, cache.and_then(|c| self.resolve(c.cache_dev))),
        };
        let mut oblocks: BTreeSet<u64> = mapper.into_iter().flat_map(|c| c.by_oblock.keys()).take(ENTRIES_MAX).copied().collect();
        // Pages of one block follow each other: one insertion for all of them.
        let mut last = None;
        let touched = self.written(dev, volume).map(|(page_no, _)| page_no / per_block).take(ENTRIES_MAX * 16);
        oblocks.extend(touched.filter(|oblock| last.replace(*oblock) != Some(*oblock)));
        let reader = dev.filter(|_| matches!(access, Access::Open | Access::Detached)).and_then(|dev| self.reader(dev));
        let first = |page: Option<&Page>| page.map(|p| p.bytes()[0]);
        let mut written = self.written(dev, volume).filter(|(page_no, _)| page_no % per_block == 0).peekable();
        let mut blocks = Vec::new();
        for oblock in oblocks.into_iter().take(ENTRIES_MAX) {
            let page_no = oblock * per_block;
            while written.peek().is_some_and(|(at, _)| *at < page_no) {
                written.next();
            }
            let cblock = mapper.and_then(|c| c.by_oblock.get(&oblock)).copied();
            let verdict = verdicts.blocks.get(&oblock).copied();
            let at_origin = self.at_origin(volume, page_no);
            blocks.push(DataBlock {
                oblock,
                cblock,
                dirty: cblock.and_then(|c| mapper?.mappings.get(&c)).is_some_and(|m| m.dirty),
                cache_byte: cblock.zip(fast).and_then(|(c, (disk, at))| first(self.page_behind(disk, at + u64::from(c) * per_block))),
                origin_byte: first(at_origin).unwrap_or(0),
                written: written.peek().filter(|(at, _)| *at == page_no).and_then(|(_, page)| first(Some(page))),
                reads: match access {
                    Access::Gone => first(at_origin).filter(|_| verdict != Some(Verdict::Unreadable)),
                    _ => reader.as_ref().and_then(|r| first(r.page(page_no))),
                },
                verdict,
                lost: verdict == Some(Verdict::Lost),
            });
        }
        DataPicture {
            device: name.to_owned(),
            table: id.map(|id| cache_letter(self, id)).unwrap_or_default(),
            access,
            block_sectors: volume.block_sectors(),
            cache_blocks: mapper.map_or(0, |c| c.cache_blocks),
            resident: cache.map_or(0, |c| c.mappings.len() as u64),
            dirty: cache.map_or(0, |c| c.mappings.values().filter(|m| m.dirty).count() as u64),
            mode: cache.map(|c| c.mode.clone()).unwrap_or_default(),
            policy: cache.map(|c| c.policy.clone()).unwrap_or_default(),
            why_dirty: cache.and_then(CacheView::why_dirty).map(why::stays_dirty),
            why_not_promoted: cache
                .and_then(|c| c.not_promoted)
                .map(|(oblock, reason)| format!("block {oblock}: {}", why::not_promoted(reason))),
            stats: cache.map(|c| c.stats).unwrap_or_default(),
            blocks,
            written: verdicts.written as u64,
            lost: verdicts.of(Verdict::Lost),
            unreadable: verdicts.of(Verdict::Unreadable),
            old: verdicts.of(Verdict::Old),
            unpromised: verdicts.of(Verdict::Unpromised),
            unknown: verdicts.unknown,
        }
    }
}

fn sniffed(page: &Page) -> Option<BlockKind> {
    use dm_cache_image::format::Kind;
    Kind::sniff(page.bytes()).map(|kind| match kind {
        Kind::Superblock => BlockKind::S,
        Kind::BtreeNode => BlockKind::N,
        Kind::ArrayBlock => BlockKind::A,
        Kind::Index => BlockKind::I,
        Kind::Bitmap => BlockKind::B,
    })
}
