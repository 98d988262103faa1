//! What the machine tells its listeners: plain data, ordered and sized alike on every platform.
//!
//! Pages travel by handle. A `View` folded from these equals the machine's own state after every command,
//! so every change of visible state has an event here.

use crate::device::{DevNo, Page};
use crate::errno::Errno;
use crate::why::{NotPromoted, StaysDirty};
use std::num::NonZero;
use std::sync::Arc;

/// One buffer cache (dm-bufio client), never re-used and never 0.
pub type ClientId = u64;
/// One metadata object (`struct dm_cache_metadata`), never re-used.
pub type ObjectId = u64;
/// One constructed table, never re-used.
pub type TableId = u64;
/// One constructed cache target, never re-used.
pub type CacheId = u64;

/// The visible fields of a metadata object (`struct dm_cache_metadata`).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[allow(missing_docs, reason = "the kernel's field names")]
pub struct ObjectFields {
    pub version: u32,
    pub flags: u32,
    pub mapping_root: u64,
    pub hint_root: u64,
    pub discard_root: u64,
    pub dirty_root: u64,
    pub discard_block_size: u64,
    pub discard_nr_blocks: u64,
    pub data_block_size: u64,
    pub cache_blocks: u32,
    pub changed: bool,
    pub clean_when_opened: bool,
    pub policy_name: String,
    pub policy_version: [u32; 3],
    pub policy_hint_size: u32,
    pub read_hits: u32,
    pub read_misses: u32,
    pub write_hits: u32,
    pub write_misses: u32,
    pub fail_io: bool,
    pub read_only: bool,
    /// The space map: block of the index (`bitmap_root`).
    pub sm_bitmap_root: u64,
    pub sm_ref_count_root: u64,
    pub sm_nr_blocks: u64,
    pub sm_nr_allocated: u64,
}

/// Which of a device's two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum Slot {
    /// The running table.
    Live,
    /// The table loaded for the next resume.
    Inactive,
}

/// Work a policy hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum WorkOp {
    /// Origin block into the cache.
    Promote,
    /// Cache block out of the cache.
    Demote,
    /// Dirty cache block to the origin.
    Writeback,
}

/// What a mapped device is called.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeviceNames {
    /// Name under `/dev/mapper`.
    pub name: String,
    /// UUID, empty if none.
    pub uuid: String,
}

/// A table in a slot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SlotTable {
    /// Identity.
    pub id: TableId,
    /// (target type, parameters) in order.
    pub targets: Vec<(String, String)>,
    /// The cache targets among them.
    pub caches: Vec<CacheId>,
}

/// What a cache target was constructed from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CacheFacts {
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
}

/// What kind of change a step shows; the page picks markers and motion by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A command was typed.
    Command,
    /// A command ended.
    CommandEnd,
    /// A table entered or left a slot.
    Slot,
    /// The registry was asked, or changed.
    Registry,
    /// A metadata object was opened, rebuilt or destroyed.
    Object,
    /// A transaction was committed.
    Commit,
    /// A transaction was aborted, a mode changed.
    Failure,
    /// A target's callback ran.
    Callback,
    /// A mapping came or went, a migration ended.
    Mapping,
    /// Power was cut.
    PowerCut,
    /// A mapped device came, went or was renamed.
    Device,
    /// A program that works through device-mapper made one of its requests.
    Request,
}

/// One thing that happened. A run keeps hundreds of thousands of these: what is large and rare is boxed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "event")]
#[allow(missing_docs, reason = "field names are the kernel's or say what they hold")]
pub enum Event {
    // ---- commands and the clock
    Command {
        text: Arc<str>,
    },
    CommandEnd {
        rc: i32,
        output: Arc<str>,
    },
    /// What a program that does several things in one command asks of device-mapper next: `load vg-data: 0 131072 linear 254:0 2048`.
    Request {
        text: Arc<str>,
    },
    Clock {
        now_ns: u64,
    },
    Klog {
        line: Arc<str>,
    },

    // ---- devices
    DiskAdded {
        dev: DevNo,
        name: Box<str>,
        sectors: u64,
    },
    DiskResized {
        dev: DevNo,
        sectors: u64,
    },
    DiskRead {
        dev: DevNo,
        block: u64,
        by: Option<NonZero<ClientId>>,
    },
    /// A 4 KiB page of a disk has new content; `by` names the buffer cache that wrote it, if one did.
    DiskWrite {
        dev: DevNo,
        block: u64,
        page: Page,
        by: Option<NonZero<ClientId>>,
    },
    DiskFlush {
        dev: DevNo,
    },
    DiskError {
        dev: DevNo,
        block: u64,
        write: bool,
        errno: Errno,
    },
    /// Pages that changed back because unflushed writes were lost.
    PowerCut {
        dev: DevNo,
        reverted: Vec<(u64, Page)>,
    },

    // ---- dm-bufio
    ClientOpened {
        client: ClientId,
        dev: DevNo,
    },
    ClientClosed {
        client: ClientId,
    },
    /// Not cached: read from the device.
    BufferRead {
        client: ClientId,
        block: u64,
        page: Page,
    },
    /// `dm_bufio_new`: entered the cache without a read.
    BufferNew {
        client: ClientId,
        block: u64,
    },
    BufferChecked {
        client: ClientId,
        block: u64,
        validator: &'static str,
        ok: bool,
    },
    BufferHeld {
        client: ClientId,
        block: u64,
        write: bool,
    },
    BufferReleased {
        client: ClientId,
        block: u64,
    },
    /// Content as of the unlock; differs from the device until written.
    BufferDirtied {
        client: ClientId,
        block: u64,
        page: Page,
    },
    /// Written back; `page` carries the blocknr and checksum filled in just before.
    BufferWritten {
        client: ClientId,
        block: u64,
        page: Page,
    },
    /// Left the cache (evicted, or the client was destroyed).
    BufferDropped {
        client: ClientId,
        block: u64,
    },

    // ---- persistent data
    BlockAllocated {
        client: ClientId,
        block: u64,
    },
    Shadowed {
        client: ClientId,
        from: u64,
        to: u64,
    },
    CountChanged {
        client: ClientId,
        block: u64,
        old: u32,
        new: u32,
    },

    // ---- metadata objects and the registry
    TableLockTaken {
        by: CacheId,
    },
    TableLockReleased {
        by: CacheId,
    },
    LookupHit {
        object: ObjectId,
        by: CacheId,
    },
    LookupMiss {
        dev: DevNo,
        by: CacheId,
    },
    ObjectOpened {
        object: ObjectId,
        client: ClientId,
        dev: DevNo,
        by: CacheId,
        formatted: bool,
    },
    ListInserted {
        object: ObjectId,
    },
    ListRemoved {
        object: ObjectId,
    },
    /// `holders` after the change; with sharing off there is one holder and no list.
    ReferenceTaken {
        object: ObjectId,
        by: CacheId,
        ref_count: u32,
    },
    ReferenceDropped {
        object: ObjectId,
        by: CacheId,
        ref_count: u32,
    },
    ObjectDestroyed {
        object: ObjectId,
    },
    /// The object was rebuilt over a new buffer cache (abort).
    ObjectRebuilt {
        object: ObjectId,
        client: Option<ClientId>,
    },
    ObjectFields {
        object: ObjectId,
        fields: Box<ObjectFields>,
    },
    Committed {
        object: ObjectId,
        clean: bool,
    },
    Aborted {
        object: ObjectId,
    },

    // ---- the mapper
    DeviceCreated {
        dev: DevNo,
        #[serde(flatten)]
        called: Box<DeviceNames>,
    },
    DeviceRenamed {
        dev: DevNo,
        #[serde(flatten)]
        called: Box<DeviceNames>,
    },
    DeviceRemoved {
        dev: DevNo,
    },
    DeviceState {
        dev: DevNo,
        suspended: bool,
        event_nr: u32,
        open_count: u32,
    },
    /// A slot has new content; `table` None when emptied.
    SlotChanged {
        dev: DevNo,
        slot: Slot,
        table: Option<Arc<SlotTable>>,
    },
    /// A callback runs on a target: `ctr`, `preresume`, `resume`, `presuspend`, `postsuspend`, `dtr`.
    Callback {
        dev: DevNo,
        table: TableId,
        name: &'static str,
        result: Result<(), Errno>,
    },
    TableDestroyed {
        table: TableId,
    },

    // ---- the cache target
    CacheCreated {
        cache: CacheId,
        #[serde(flatten)]
        is: Box<CacheFacts>,
    },
    CacheDestroyed {
        cache: CacheId,
    },
    CacheMode {
        cache: CacheId,
        mode: &'static str,
    },
    MappingAdded {
        cache: CacheId,
        cblock: u32,
        oblock: u64,
        dirty: bool,
    },
    MappingRemoved {
        cache: CacheId,
        cblock: u32,
        oblock: u64,
    },
    DirtySet {
        cache: CacheId,
        cblock: u32,
        dirty: bool,
    },
    DiscardSet {
        cache: CacheId,
        dblock: u64,
        discarded: bool,
    },
    BioMapped {
        cache: CacheId,
        oblock: u64,
        cblock: Option<u32>,
        write: bool,
        hit: bool,
        /// Of a miss, unless a promotion is queued for it.
        not_promoted: Option<NotPromoted>,
    },
    /// A bio that the policy is not asked about; said once, until it is asked again.
    NotPromoted {
        cache: CacheId,
        oblock: u64,
        why: NotPromoted,
    },
    /// Nothing is written back although blocks are dirty, and why; none: work goes on. Said when the reason changes.
    StaysDirty {
        cache: CacheId,
        why: Option<Box<StaysDirty>>,
    },
    /// The mapping is removed, and the cblock waits for a commit before it may be used again.
    DemotionWaits {
        cache: CacheId,
        oblock: u64,
        cblock: u32,
    },
    Stats {
        cache: CacheId,
        read_hits: u32,
        read_misses: u32,
        write_hits: u32,
        write_misses: u32,
        demotions: u32,
        promotions: u32,
    },
    MigrationStarted {
        cache: CacheId,
        op: WorkOp,
        oblock: u64,
        cblock: u32,
    },
    MigrationCopied {
        cache: CacheId,
        op: WorkOp,
        oblock: u64,
        cblock: u32,
    },
    MigrationEnded {
        cache: CacheId,
        op: WorkOp,
        oblock: u64,
        cblock: u32,
        ok: bool,
    },

    // ---- the truth keeper
    /// Data written through a mapped device and acknowledged, per 4 KiB page of the device.
    Acknowledged {
        dev: DevNo,
        page_no: u64,
        page: Page,
    },
    /// What stands in that page is nobody's promise any more: discarded, overwritten from below, or a write that failed.
    Unpromised {
        dev: DevNo,
        page_no: u64,
    },
}

impl Event {
    /// The kind of step that the event ends, if it ends one.
    #[must_use]
    pub const fn stops(&self) -> Option<StepKind> {
        Some(match self {
            Self::Command { .. } => StepKind::Command,
            Self::CommandEnd { .. } => StepKind::CommandEnd,
            Self::Request { .. } => StepKind::Request,
            Self::SlotChanged { .. } | Self::TableDestroyed { .. } => StepKind::Slot,
            Self::LookupHit { .. }
            | Self::LookupMiss { .. }
            | Self::ListInserted { .. }
            | Self::ListRemoved { .. }
            | Self::ReferenceTaken { .. }
            | Self::ReferenceDropped { .. } => StepKind::Registry,
            Self::ObjectOpened { .. } | Self::ObjectDestroyed { .. } | Self::ObjectRebuilt { .. } => StepKind::Object,
            Self::Committed { .. } => StepKind::Commit,
            Self::Aborted { .. } | Self::CacheMode { .. } => StepKind::Failure,
            Self::Callback { .. } => StepKind::Callback,
            Self::MigrationEnded { .. } => StepKind::Mapping,
            Self::PowerCut { .. } => StepKind::PowerCut,
            Self::DeviceCreated { .. } | Self::DeviceRemoved { .. } | Self::DeviceRenamed { .. } => StepKind::Device,
            _ => return None,
        })
    }

    /// Bytes that it takes beside its own size and its pages. What was typed is kept in every View and in the report; what a command
    /// printed is copied by the report, the transcript and the command's exit.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Klog { line } => line.len(),
            Self::Command { text } => 4 * text.len(),
            Self::CommandEnd { output, .. } => 4 * output.len(),
            // In the event, the sentence of its step, the report and the transcript.
            Self::Request { text } => 4 * text.len(),
            Self::SlotChanged { table: Some(table), .. } => {
                // Two small allocations, a word or two each of what the allocator remembers.
                table.targets.iter().map(|(kind, params)| 2 * size_of::<(String, String)>() + kind.len() + params.len()).sum()
            }
            Self::PowerCut { reverted, .. } => reverted.len() * size_of::<(u64, Page)>(),
            _ => 0,
        }
    }

    /// Every page the event carries.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        let (one, reverted): (Option<&Page>, &[(u64, Page)]) = match self {
            Self::DiskWrite { page, .. }
            | Self::BufferRead { page, .. }
            | Self::BufferDirtied { page, .. }
            | Self::BufferWritten { page, .. }
            | Self::Acknowledged { page, .. } => (Some(page), &[]),
            Self::PowerCut { reverted, .. } => (None, reverted),
            _ => (None, &[]),
        };
        one.into_iter().chain(reverted.iter().map(|(_, page)| page))
    }

    /// Calls `each` with every page the event carries.
    pub fn pages_mut(&mut self, mut each: impl FnMut(&mut Page)) {
        match self {
            Self::DiskWrite { page, .. }
            | Self::BufferRead { page, .. }
            | Self::BufferDirtied { page, .. }
            | Self::BufferWritten { page, .. }
            | Self::Acknowledged { page, .. } => each(page),
            Self::PowerCut { reverted, .. } => reverted.iter_mut().for_each(|(_, page)| each(page)),
            _ => {}
        }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Event>() <= 40, "box what is large: a run keeps hundreds of thousands of events");
