//! The View: everything a picture of the machine shows, folded from events and from nothing else.
//!
//! A test holds `fold(events) == project(world)` after every command, so a picture drawn from a View cannot drift
//! from the machine. Cloning is cheap: maps share structure, pages are handles.

use super::ages::{Roots, roots};
use super::check::MetadataPlaces;
use super::few::Few;
use super::promises::Promises;
use dm_cache_engine::device::{DevNo, Page};
use dm_cache_engine::event::{CacheId, ClientId, Event, ObjectFields, ObjectId, Slot, SlotTable, TableId, WorkOp};
use dm_cache_engine::why::{NotPromoted, StaysDirty};
use dm_cache_image::format::{MAGIC, le64, sb};
use imbl::{OrdMap, OrdSet, Vector};
use std::sync::Arc;

/// A disk and its current content; pages never written are absent and read as zeros.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiskView {
    /// Name as in `/dev/NAME`.
    pub name: String,
    /// Size in sectors.
    pub sectors: u64,
    /// 4 KiB pages by number.
    pub pages: OrdMap<u64, Page>,
}

/// One buffer of a buffer cache.
#[derive(Debug, Clone, PartialEq)]
pub struct BufferView {
    /// Content.
    pub page: Page,
    /// Changed since it was last written.
    pub dirty: bool,
}

/// One buffer cache (dm-bufio client).
#[derive(Debug, Clone, PartialEq)]
pub struct ClientView {
    /// The device it caches.
    pub dev: DevNo,
    /// Buffers by block number.
    pub buffers: OrdMap<u64, BufferView>,
}

/// One metadata object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectView {
    /// The metadata device it was opened on.
    pub dev: DevNo,
    /// Its buffer cache; none after a failed abort.
    pub client: Option<ClientId>,
    /// Cache targets that hold a reference, in the order they took it.
    pub holders: Vec<CacheId>,
    /// The kernel's reference count.
    pub ref_count: u32,
    /// Fields as of the last operation.
    pub fields: ObjectFields,
}

/// A mapped device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedView {
    /// Name under `/dev/mapper`.
    pub name: String,
    /// UUID, empty if none.
    pub uuid: String,
    /// SUSPENDED flag.
    pub suspended: bool,
    /// Event number.
    pub event_nr: u32,
    /// Open count.
    pub open_count: u32,
    /// The LIVE slot.
    pub live: Option<Arc<SlotTable>>,
    /// The INACTIVE slot.
    pub inactive: Option<Arc<SlotTable>>,
    /// Tables taken out of a slot whose destructors have not finished.
    pub leaving: Vec<Arc<SlotTable>>,
}

/// One mapping of a cache target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MappingView {
    /// Origin block.
    pub oblock: u64,
    /// Newer than the origin.
    pub dirty: bool,
}

/// The seven counters of the status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[allow(missing_docs, reason = "the status line's own words")]
pub struct StatsView {
    pub read_hits: u32,
    pub read_misses: u32,
    pub write_hits: u32,
    pub write_misses: u32,
    pub demotions: u32,
    pub promotions: u32,
}

/// One cache target.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheView {
    /// The metadata object it holds.
    pub object: ObjectId,
    /// Metadata device.
    pub metadata: DevNo,
    /// Cache (fast) device.
    pub cache_dev: DevNo,
    /// Origin (slow) device.
    pub origin: DevNo,
    /// Cache block size in sectors.
    pub block_sectors: u64,
    /// Number of cblocks.
    pub cache_blocks: u64,
    /// Policy name.
    pub policy: String,
    /// `write`, `read-only` or `fail`.
    pub mode: String,
    /// In-core mappings by cblock.
    pub mappings: OrdMap<u32, MappingView>,
    /// The same by oblock.
    pub by_oblock: OrdMap<u64, u32>,
    /// Discarded discard-blocks.
    pub discards: OrdSet<u64>,
    /// Counters.
    pub stats: StatsView,
    /// Migrations under way: (oblock, cblock, kind).
    pub migrations: Few<(u64, u32, WorkOp), ()>,
    /// Why dirty blocks stay dirty, as was said last.
    pub stays_dirty: Option<StaysDirty>,
    /// The origin block that was missed last and why it is not promoted, if it is not.
    pub not_promoted: Option<(u64, NotPromoted)>,
}

impl CacheView {
    /// A promotion of the block has begun or ended: what was said of it before no longer holds.
    fn is_promoted(&mut self, oblock: u64) {
        self.not_promoted = self.not_promoted.filter(|(block, _)| *block != oblock);
    }
}

/// One command and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandView {
    /// As typed.
    pub text: Arc<str>,
    /// What it printed.
    pub output: Arc<str>,
    /// Exit code; none while it runs.
    pub rc: Option<i32>,
    /// Lines of the kernel log before it.
    pub logged: usize,
}

/// The whole visible state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    /// Virtual time in nanoseconds.
    pub now_ns: u64,
    /// Disks by device number.
    pub disks: Few<DevNo, DiskView>,
    /// Buffer caches.
    pub clients: Few<ClientId, ClientView>,
    /// Metadata objects alive.
    pub objects: Few<ObjectId, ObjectView>,
    /// The kernel's global list, in list order (empty with sharing off).
    pub list: Vec<ObjectId>,
    /// Who holds the list's mutex.
    pub table_lock: Option<CacheId>,
    /// Mapped devices.
    pub mapped: Few<DevNo, MappedView>,
    /// Cache targets alive.
    pub caches: Few<CacheId, CacheView>,
    /// Data written through a mapped device and acknowledged, by 4 KiB page.
    pub acknowledged: OrdMap<(DevNo, u64), Page>,
    /// What of it is durable, and what is known of devices that are gone.
    pub promises: Promises,
    /// Places that were opened as metadata devices.
    pub metadata: MetadataPlaces,
    /// Kernel log.
    pub log: Vector<Arc<str>>,
    /// Commands so far.
    pub commands: Vector<CommandView>,
    /// The place of each cache target in the order they were first seen, gone ones too: their letters.
    pub cache_order: OrdMap<CacheId, u32>,
    /// The place of each metadata object in the order they were opened, gone ones too: their letters.
    pub object_order: OrdMap<ObjectId, u32>,
    /// Objects that were destroyed since power came on, with the metadata device each was opened on.
    pub destroyed: OrdMap<ObjectId, DevNo>,
    /// The cache targets of every table seen so far.
    pub table_caches: OrdMap<TableId, Vec<CacheId>>,
    /// Tables in a LIVE slot that have not been resumed yet: between the swap and the end of the resume.
    pub becoming_live: OrdSet<TableId>,
    /// The cache targets whose preresume has loaded the mappings of each metadata object, in that order.
    pub loaded: OrdMap<ObjectId, Vec<CacheId>>,
    /// A table that left its INACTIVE slot and is LIVE next. No fold can know: a [`super::Timeline`], which has the events behind, says it.
    pub moving: Option<TableId>,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl View {
    /// A View with all `events` applied in order.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut view = Self::default();
        for event in events {
            view.apply(event);
        }
        view
    }

    /// Whether a cache target has loaded its mappings.
    #[must_use]
    pub fn has_loaded(&self, cache: CacheId) -> bool {
        self.caches.get(&cache).and_then(|c| self.loaded.get(&c.object)).is_some_and(|by| by.contains(&cache))
    }

    /// About the bytes of its large maps, pages and texts not among them.
    pub(super) fn bytes(&self) -> usize {
        let disks = self.disks.values().map(|d| d.pages.len()).sum::<usize>();
        let buffers = self.clients.values().map(|c| c.buffers.len()).sum::<usize>();
        let blocks = self.caches.values().map(|c| 2 * c.mappings.len() + c.discards.len()).sum::<usize>();
        32 * (disks + buffers + blocks)
            + 64 * self.acknowledged.len()
            + self.promises.bytes()
            + 16 * self.log.len()
            + 48 * self.commands.len()
    }

    /// Applies one event. Events about things unknown to the View change nothing.
    pub fn apply(&mut self, event: &Event) {
        self.apply_metadata(event);
        self.apply_promises(event);
        self.apply_machine(event);
        self.apply_buffers(event);
        self.apply_registry(event);
        self.apply_mapper(event);
        self.apply_cache(event);
    }

    fn apply_machine(&mut self, event: &Event) {
        match event {
            Event::Clock { now_ns } => self.now_ns = *now_ns,
            Event::Klog { line } => self.log.push_back(line.clone()),
            Event::Command { text } => {
                self.commands.push_back(CommandView { text: text.clone(), output: "".into(), rc: None, logged: self.log.len() });
            }
            Event::CommandEnd { rc, output } => {
                if let Some(last) = self.commands.back_mut() {
                    last.rc = Some(*rc);
                    last.output.clone_from(output);
                }
            }
            Event::DiskAdded { dev, name, sectors } => {
                self.disks.insert(*dev, DiskView { name: name.to_string(), sectors: *sectors, pages: OrdMap::new() });
            }
            Event::DiskResized { dev, sectors } => {
                if let Some(disk) = self.disks.get_mut(dev) {
                    disk.sectors = *sectors;
                }
            }
            Event::DiskWrite { dev, block, page, .. } => self.set_page(*dev, *block, page),
            Event::PowerCut { dev, reverted } => {
                // Whatever was in memory is gone with it.
                self.clients.clear();
                self.objects.clear();
                self.destroyed.clear();
                self.caches.clear();
                self.mapped.clear();
                self.list.clear();
                self.table_lock = None;
                for (block, page) in reverted {
                    self.set_page(*dev, *block, page);
                }
            }
            Event::Acknowledged { dev, page_no, page } => {
                self.acknowledged.insert((*dev, *page_no), page.clone());
            }
            Event::Unpromised { dev, page_no } => {
                self.acknowledged.remove(&(*dev, *page_no));
            }
            _ => {}
        }
    }

    fn set_page(&mut self, dev: DevNo, block: u64, page: &Page) {
        if let Some(disk) = self.disks.get_mut(&dev) {
            if page.bytes() == Page::zero().bytes() {
                disk.pages.remove(&block);
            } else {
                disk.pages.insert(block, page.clone());
            }
        }
    }

    fn buffer_mut(&mut self, client: ClientId, block: u64) -> Option<&mut BufferView> {
        self.clients.get_mut(&client)?.buffers.get_mut(&block)
    }

    fn apply_buffers(&mut self, event: &Event) {
        match event {
            Event::ClientOpened { client, dev } => {
                self.clients.insert(*client, ClientView { dev: *dev, buffers: OrdMap::new() });
            }
            Event::ClientClosed { client } => {
                self.clients.remove(client);
            }
            Event::BufferRead { client, block, page } => {
                if let Some(c) = self.clients.get_mut(client) {
                    c.buffers.insert(*block, BufferView { page: page.clone(), dirty: false });
                }
            }
            Event::BufferNew { client, block } => {
                if let Some(c) = self.clients.get_mut(client) {
                    c.buffers.entry(*block).or_insert_with(|| BufferView { page: Page::zero(), dirty: false });
                }
            }
            Event::BufferDirtied { client, block, page } => {
                if let Some(b) = self.buffer_mut(*client, *block) {
                    *b = BufferView { page: page.clone(), dirty: true };
                }
            }
            Event::BufferWritten { client, block, page } => {
                if let Some(b) = self.buffer_mut(*client, *block) {
                    *b = BufferView { page: page.clone(), dirty: false };
                }
            }
            Event::BufferDropped { client, block } => {
                if let Some(c) = self.clients.get_mut(client) {
                    c.buffers.remove(block);
                }
            }
            _ => {}
        }
    }

    fn know_cache(&mut self, cache: CacheId) {
        if !self.cache_order.contains_key(&cache) {
            self.cache_order.insert(cache, number(self.cache_order.len()));
        }
    }

    /// What the superblock that lies on a device names, where there is one.
    pub(super) fn roots_on_disk(&self, dev: DevNo) -> Option<Roots> {
        self.device_page(dev, 0).filter(|page| le64(page.bytes(), sb::MAGIC) == MAGIC).map(|page| roots(&page))
    }

    /// The roots that an open takes from the superblock: the event that tells all fields comes some steps later.
    fn opened_fields(&self, dev: DevNo) -> ObjectFields {
        self.roots_on_disk(dev).map_or_else(ObjectFields::default, |roots| {
            let [mapping_root, hint_root, discard_root, dirty_root, sm_bitmap_root, sm_ref_count_root] = roots;
            ObjectFields { mapping_root, hint_root, discard_root, dirty_root, sm_bitmap_root, sm_ref_count_root, ..ObjectFields::default() }
        })
    }

    fn apply_registry(&mut self, event: &Event) {
        match event {
            Event::LookupMiss { by, .. } | Event::LookupHit { by, .. } => self.know_cache(*by),
            Event::TableLockTaken { by } => self.table_lock = Some(*by),
            Event::TableLockReleased { .. } => self.table_lock = None,
            Event::ObjectOpened { object, client, dev, by, .. } => {
                self.know_cache(*by);
                self.object_order.insert(*object, number(self.object_order.len()));
                let fields = self.opened_fields(*dev);
                self.objects.insert(*object, ObjectView { dev: *dev, client: Some(*client), holders: Vec::new(), ref_count: 0, fields });
            }
            Event::ListInserted { object } => self.list.insert(0, *object),
            Event::ListRemoved { object } => self.list.retain(|o| o != object),
            Event::ReferenceTaken { object, by, ref_count } => {
                self.know_cache(*by);
                if let Some(o) = self.objects.get_mut(object) {
                    o.holders.push(*by);
                    o.ref_count = *ref_count;
                }
            }
            Event::ReferenceDropped { object, by, ref_count } => {
                if let Some(o) = self.objects.get_mut(object) {
                    if let Some(at) = o.holders.iter().position(|h| h == by) {
                        o.holders.remove(at);
                    }
                    o.ref_count = *ref_count;
                }
            }
            Event::ObjectDestroyed { object } => {
                if let Some(dev) = self.objects.get(object).map(|o| o.dev) {
                    self.destroyed.insert(*object, dev);
                }
                self.objects.remove(object);
                self.loaded.remove(object);
            }
            Event::ObjectRebuilt { object, client } => {
                if let Some(o) = self.objects.get_mut(object) {
                    o.client = *client;
                }
            }
            Event::ObjectFields { object, fields } => {
                if let Some(o) = self.objects.get_mut(object) {
                    o.fields = fields.as_ref().clone();
                }
            }
            _ => {}
        }
    }

    fn apply_mapper(&mut self, event: &Event) {
        match event {
            Event::DeviceCreated { dev, called } => {
                self.mapped.insert(
                    *dev,
                    MappedView {
                        name: called.name.clone(),
                        uuid: called.uuid.clone(),
                        suspended: false,
                        event_nr: 0,
                        open_count: 0,
                        live: None,
                        inactive: None,
                        leaving: Vec::new(),
                    },
                );
            }
            Event::DeviceRenamed { dev, called } => {
                if let Some(m) = self.mapped.get_mut(dev) {
                    m.name.clone_from(&called.name);
                    m.uuid.clone_from(&called.uuid);
                }
            }
            Event::DeviceRemoved { dev } => {
                self.mapped.remove(dev);
                let gone: Vec<u64> = self.acknowledged.range((*dev, 0)..=(*dev, u64::MAX)).map(|((_, page_no), _)| *page_no).collect();
                for page_no in gone {
                    self.acknowledged.remove(&(*dev, page_no));
                }
            }
            Event::DeviceState { dev, suspended, event_nr, open_count } => {
                if let Some(m) = self.mapped.get_mut(dev) {
                    m.suspended = *suspended;
                    m.event_nr = *event_nr;
                    m.open_count = *open_count;
                    if let (false, Some(live)) = (m.suspended, &m.live) {
                        self.becoming_live.remove(&live.id);
                    }
                }
            }
            Event::Callback { table, name: "preresume", result: Ok(()), .. } => {
                let caches = self.table_caches.get(table).into_iter().flatten();
                for (cache, object) in caches.filter_map(|c| Some((*c, self.caches.get(c)?.object))) {
                    let by = self.loaded.entry(object).or_default();
                    if !by.contains(&cache) {
                        by.push(cache);
                    }
                }
            }
            // Resumed, or refused: it is LIVE now, and becomes nothing more.
            Event::Callback { table, name: "resume", .. } | Event::Callback { table, name: "preresume", result: Err(_), .. } => {
                self.becoming_live.remove(table);
            }
            Event::SlotChanged { dev, slot, table } => {
                self.moving = None;
                if let Some(table) = table {
                    self.table_caches.insert(table.id, table.caches.clone());
                    if *slot == Slot::Live {
                        self.becoming_live.insert(table.id);
                    }
                }
                if let Some(m) = self.mapped.get_mut(dev) {
                    let new = table.clone();
                    let place = match slot {
                        Slot::Live => &mut m.live,
                        Slot::Inactive => &mut m.inactive,
                    };
                    let old = std::mem::replace(place, new);
                    m.leaving.extend(old);
                    let (live, inactive) = (m.live.as_ref().map(|t| t.id), m.inactive.as_ref().map(|t| t.id));
                    m.leaving.retain(|t| Some(t.id) != live && Some(t.id) != inactive);
                }
            }
            Event::TableDestroyed { table } => {
                self.becoming_live.remove(table);
                let holder = self.mapped.iter().find(|(_, m)| m.leaving.iter().any(|t| t.id == *table)).map(|(dev, _)| *dev);
                if let Some(m) = holder.and_then(|dev| self.mapped.get_mut(&dev)) {
                    m.leaving.retain(|t| t.id != *table);
                }
            }
            _ => {}
        }
    }

    fn apply_cache(&mut self, event: &Event) {
        let (id, change): (CacheId, &dyn Fn(&mut CacheView)) = match event {
            Event::CacheCreated { cache, is } => {
                self.caches.insert(
                    *cache,
                    CacheView {
                        object: is.object,
                        metadata: is.metadata,
                        cache_dev: is.cache_dev,
                        origin: is.origin,
                        block_sectors: is.block_sectors,
                        cache_blocks: is.cache_blocks,
                        policy: is.policy.clone(),
                        mode: "write".into(),
                        mappings: OrdMap::new(),
                        by_oblock: OrdMap::new(),
                        discards: OrdSet::new(),
                        stats: StatsView::default(),
                        migrations: Few::new(),
                        stays_dirty: None,
                        not_promoted: None,
                    },
                );
                return;
            }
            Event::CacheDestroyed { cache } => {
                self.caches.remove(cache);
                return;
            }
            Event::CacheMode { cache, mode } => (*cache, &|c| c.mode = (*mode).into()),
            Event::MappingAdded { cache, cblock, oblock, dirty } => (*cache, &|c| {
                if let Some(old) = c.mappings.insert(*cblock, MappingView { oblock: *oblock, dirty: *dirty }) {
                    c.by_oblock.remove(&old.oblock);
                }
                c.by_oblock.insert(*oblock, *cblock);
            }),
            Event::MappingRemoved { cache, cblock, oblock } => (*cache, &|c| {
                c.mappings.remove(cblock);
                if c.by_oblock.get(oblock) == Some(cblock) {
                    c.by_oblock.remove(oblock);
                }
            }),
            Event::DirtySet { cache, cblock, dirty } => (*cache, &|c| {
                if let Some(m) = c.mappings.get_mut(cblock) {
                    m.dirty = *dirty;
                }
            }),
            Event::DiscardSet { cache, dblock, discarded } => (*cache, &|c| {
                if *discarded {
                    c.discards.insert(*dblock);
                } else {
                    c.discards.remove(dblock);
                }
            }),
            Event::Stats { cache, read_hits, read_misses, write_hits, write_misses, demotions, promotions } => (*cache, &|c| {
                c.stats = StatsView {
                    read_hits: *read_hits,
                    read_misses: *read_misses,
                    write_hits: *write_hits,
                    write_misses: *write_misses,
                    demotions: *demotions,
                    promotions: *promotions,
                };
            }),
            Event::MigrationStarted { cache, op, oblock, cblock } => (*cache, &|c| {
                c.migrations.insert((*oblock, *cblock, *op), ());
                if *op == WorkOp::Promote {
                    c.is_promoted(*oblock);
                }
            }),
            Event::MigrationEnded { cache, op, oblock, cblock, ok } => (*cache, &|c| {
                c.migrations.remove(&(*oblock, *cblock, *op));
                if *op == WorkOp::Promote {
                    match ok {
                        true => c.is_promoted(*oblock),
                        false => c.not_promoted = Some((*oblock, NotPromoted::Failed)),
                    }
                }
            }),
            Event::BioMapped { cache, oblock, hit: false, not_promoted, .. } => {
                (*cache, &|c| c.not_promoted = not_promoted.map(|why| (*oblock, why)))
            }
            Event::NotPromoted { cache, oblock, why } => (*cache, &|c| c.not_promoted = Some((*oblock, *why))),
            Event::StaysDirty { cache, why } => (*cache, &|c| c.stays_dirty = why.as_deref().copied()),
            _ => return,
        };
        if let Some(cache) = self.caches.get_mut(&id) {
            change(cache);
        }
    }
}
