//! The View read off the machine itself: what the fold of its events must equal after every command.

use super::View;
use super::view::BufferView;
use super::view::{CacheView, ClientView, DiskView, MappedView, MappingView, ObjectView, StatsView};
use dm_cache_engine::device::Page;
use dm_cache_engine::event::SlotTable;
use dm_cache_engine::mapper::{Kind, Table, Target};
use dm_cache_engine::target::cache::Cache;
use dm_cache_engine::world::World;
use std::sync::Arc;

fn table(table: &Table) -> SlotTable {
    let params = |t: &Target| match &t.kind {
        Kind::Cache { .. } => t.params.clone(),
        small => dm_cache_engine::mapper::status(small, true),
    };
    SlotTable {
        id: table.id,
        targets: table.targets.iter().map(|t| (t.type_name().to_owned(), params(t))).collect(),
        caches: table.caches().to_vec(),
    }
}

fn cache(c: &Cache) -> CacheView {
    let (devices, stats) = (c.devices(), c.stats());
    CacheView {
        object: c.object(),
        metadata: devices.metadata,
        cache_dev: devices.cache,
        origin: devices.origin,
        block_sectors: c.max_io_len(),
        cache_blocks: c.cache_blocks().into(),
        policy: c.policy().identity().name.to_owned(),
        mode: c.mode().name().to_owned(),
        mappings: c.mappings().map(|(cblock, oblock, dirty)| (cblock, MappingView { oblock, dirty })).collect(),
        by_oblock: c.mappings().map(|(cblock, oblock, _)| (oblock, cblock)).collect(),
        discards: c.discards().ones().collect(),
        stats: StatsView {
            read_hits: stats.read_hits,
            read_misses: stats.read_misses,
            write_hits: stats.write_hits,
            write_misses: stats.write_misses,
            demotions: stats.demotions,
            promotions: stats.promotions,
        },
        stays_dirty: c.stays_dirty(),
        not_promoted: c.not_promoted(),
        migrations: c.migrations().filter_map(|m| m.op.map(|op| ((m.oblock, m.cblock, op), ()))).collect(),
    }
}

/// Reads the View off the machine. What only the past knows (commands, letters, tables long gone) stays empty.
#[must_use]
pub fn project(world: &World) -> View {
    let mut view = View { now_ns: world.now_ns(), list: world.registry().list().collect(), ..View::default() };
    view.table_lock = world.registry().table_lock_owner();
    view.log = world.klog().map(Into::into).collect();
    for (dev, name, disk) in world.disks() {
        let pages = disk.pages().filter(|(_, page)| page.bytes() != Page::zero().bytes()).map(|(n, page)| (n, page.clone())).collect();
        view.disks.insert(dev, DiskView { name: name.to_owned(), sectors: disk.sectors(), pages });
    }
    for object in world.registry().objects() {
        if let Some(bm) = object.bm() {
            let buffers = bm.buffers().map(|(n, b)| (n, BufferView { page: b.page.clone(), dirty: b.dirty })).collect();
            view.clients.insert(bm.client_id(), ClientView { dev: bm.dev(), buffers });
        }
        view.objects.insert(
            object.id(),
            ObjectView {
                dev: object.bdev(),
                client: object.bm().map(dm_cache_engine::persistent_data::BlockManager::client_id),
                holders: object.holders().to_vec(),
                ref_count: object.ref_count(),
                fields: object.fields(),
            },
        );
    }
    for md in world.mapper().devices.values() {
        view.mapped.insert(
            md.dev(),
            MappedView {
                name: md.name.clone(),
                uuid: md.uuid.clone(),
                suspended: md.suspended,
                event_nr: md.event_nr,
                open_count: world.mapper().open_count(md.dev()),
                live: md.live.as_deref().map(table).map(Arc::new),
                inactive: md.inactive.as_deref().map(table).map(Arc::new),
                leaving: Vec::new(),
            },
        );
    }
    view.caches = world.caches().map(|(id, c)| (id, cache(c))).collect();
    view.acknowledged = world.promised().map(|(dev, page_no, page)| ((dev, page_no), page.clone())).collect();
    view
}

impl View {
    /// The View without what only the past knows, to be compared with [`project`].
    #[must_use]
    pub fn present(&self) -> Self {
        let mut view = self.clone();
        view.commands.clear();
        view.cache_order.clear();
        view.object_order.clear();
        view.destroyed.clear();
        view.table_caches.clear();
        view.becoming_live.clear();
        view.loaded.clear();
        view.metadata.clear();
        view.promises = super::promises::Promises::default();
        view
    }

    /// The names of the parts in which two Views differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("now_ns", self.now_ns == other.now_ns),
            ("disks", self.disks == other.disks),
            ("clients", self.clients == other.clients),
            ("objects", self.objects == other.objects),
            ("list", self.list == other.list),
            ("table_lock", self.table_lock == other.table_lock),
            ("mapped", self.mapped == other.mapped),
            ("caches", self.caches == other.caches),
            ("acknowledged", self.acknowledged == other.acknowledged),
            ("log", self.log == other.log),
            ("commands", self.commands == other.commands),
        ];
        parts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}
