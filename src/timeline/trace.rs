//! Events by kind, for a trace that shows some of them.

use dm_cache_engine::event::Event;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Devices: reads, writes, flushes, errors.
    Disk,
    /// Buffer caches.
    Buffer,
    /// Blocks allocated, shadowed, counted; transactions.
    Metadata,
    /// Objects, their references, the list and its mutex.
    Registry,
    /// Mapped devices, slots, callbacks.
    Mapper,
    /// Bios, mappings, migrations.
    Cache,
    /// Commands, the kernel log, the clock, what was acknowledged.
    Machine,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Disk, Self::Buffer, Self::Metadata, Self::Registry, Self::Mapper, Self::Cache, Self::Machine];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Buffer => "buffers",
            Self::Metadata => "metadata",
            Self::Registry => "registry",
            Self::Mapper => "mapper",
            Self::Cache => "cache",
            Self::Machine => "machine",
        }
    }

    /// The group of an event.
    #[must_use]
    pub const fn of(event: &Event) -> Self {
        match event {
            Event::DiskAdded { .. }
            | Event::DiskResized { .. }
            | Event::DiskRead { .. }
            | Event::DiskWrite { .. }
            | Event::DiskFlush { .. }
            | Event::DiskError { .. }
            | Event::PowerCut { .. } => Self::Disk,
            Event::ClientOpened { .. }
            | Event::ClientClosed { .. }
            | Event::BufferRead { .. }
            | Event::BufferNew { .. }
            | Event::BufferChecked { .. }
            | Event::BufferHeld { .. }
            | Event::BufferReleased { .. }
            | Event::BufferDirtied { .. }
            | Event::BufferWritten { .. }
            | Event::BufferDropped { .. } => Self::Buffer,
            Event::BlockAllocated { .. }
            | Event::Shadowed { .. }
            | Event::CountChanged { .. }
            | Event::ObjectFields { .. }
            | Event::ObjectRebuilt { .. }
            | Event::Committed { .. }
            | Event::Aborted { .. } => Self::Metadata,
            Event::TableLockTaken { .. }
            | Event::TableLockReleased { .. }
            | Event::LookupHit { .. }
            | Event::LookupMiss { .. }
            | Event::ObjectOpened { .. }
            | Event::ListInserted { .. }
            | Event::ListRemoved { .. }
            | Event::ReferenceTaken { .. }
            | Event::ReferenceDropped { .. }
            | Event::ObjectDestroyed { .. } => Self::Registry,
            Event::DeviceCreated { .. }
            | Event::DeviceRenamed { .. }
            | Event::DeviceRemoved { .. }
            | Event::DeviceState { .. }
            | Event::SlotChanged { .. }
            | Event::Callback { .. }
            | Event::TableDestroyed { .. } => Self::Mapper,
            Event::CacheCreated { .. }
            | Event::CacheDestroyed { .. }
            | Event::CacheMode { .. }
            | Event::MappingAdded { .. }
            | Event::MappingRemoved { .. }
            | Event::DirtySet { .. }
            | Event::DiscardSet { .. }
            | Event::BioMapped { .. }
            | Event::NotPromoted { .. }
            | Event::StaysDirty { .. }
            | Event::DemotionWaits { .. }
            | Event::Stats { .. }
            | Event::MigrationStarted { .. }
            | Event::MigrationCopied { .. }
            | Event::MigrationEnded { .. } => Self::Cache,
            _ => Self::Machine,
        }
    }
}
