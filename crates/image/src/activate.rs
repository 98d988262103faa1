//! What Linux does when a cache over an image is activated.
//!
//! Linux is asked, not guessed: the engine opens the image as a metadata device, with its own validators, and loads mappings and discards.
//! [`activate`] needs the metadata engine alone and keeps little in memory, whatever the size; [`printed`] runs a whole machine for the
//! sake of its kernel log. Neither writes to the image.

use super::format::{BLOCK_SECTORS, Superblock};
use super::source::Source;
use dm_cache_engine::device::{DevNo, Host, Page};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::event::{ClientId, Event};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::{SuspendFlags, TargetSpec};
use dm_cache_engine::metadata::{OpenArgs, PolicyIdentity, Registry};
use dm_cache_engine::world::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Cache blocks of the largest cache that [`printed`] has a machine for.
pub const MACHINE_CACHE_BLOCKS_MAX: u32 = 1_000_000;
/// Sectors of its largest origin: 256 TiB.
pub const MACHINE_ORIGIN_SECTORS_MAX: u64 = 1 << 39;
/// Blocks that the metadata engine's buffer cache holds.
const BUFFERS: usize = 1024;
/// Sectors of a cache block where the superblock has none: a table needs one before the superblock is read.
const BLOCK_SECTORS_DEFAULT: u32 = 128;
const META: DevNo = DevNo { major: DevNo::DISK_MAJOR, minor: 0 };

/// The table that fits an image: what its superblock says, and an origin that reaches as far as any mapping and any discard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Sectors of a cache block.
    pub block_sectors: u32,
    /// Cache blocks; 1 for a cache that was never resumed.
    pub cache_blocks: u32,
    /// Sectors of the origin.
    pub origin_sectors: u64,
    /// Metadata format, 1 or 2.
    pub version: u32,
    /// Policy: the superblock's if Linux has it, else `smq`.
    pub policy: String,
}

impl Proposal {
    /// For the image of that superblock, the highest mapped origin block of which is `highest`.
    #[must_use]
    pub fn of(sb: &Superblock, highest: Option<u64>) -> Self {
        let fits = sb.data_block_size > 0 && sb.data_block_size.is_multiple_of(64) && sb.data_block_size <= 1 << 21;
        let block_sectors = if fits { sb.data_block_size } else { BLOCK_SECTORS_DEFAULT };
        let mapped = highest.map_or(0, |oblock| oblock.saturating_add(1)).saturating_mul(block_sectors.into());
        let discards = if sb.discard_root == 0 { 0 } else { sb.discard_block_size.saturating_mul(sb.discard_nr_blocks) };
        // A discard bitset that claims more than any origin has says nothing.
        let discards = if discards > MACHINE_ORIGIN_SECTORS_MAX { 0 } else { discards };
        let policy = Some(sb.policy()).filter(|name| matches!(name.as_str(), "smq" | "mq" | "cleaner")).unwrap_or_else(|| "smq".to_owned());
        Self {
            block_sectors,
            cache_blocks: sb.cache_blocks.max(1),
            origin_sectors: mapped.max(discards).max(block_sectors.into()),
            version: sb.version.clamp(1, 2),
            policy,
        }
    }

    /// Sectors of the cache device.
    #[must_use]
    pub fn cache_sectors(&self) -> u64 {
        u64::from(self.cache_blocks) * u64::from(self.block_sectors)
    }

    /// The table line over `/dev/meta`, `/dev/fast` and `/dev/slow`.
    #[must_use]
    pub fn table(&self) -> String {
        let Self { block_sectors, origin_sectors, policy, .. } = self;
        let features = if self.version == 2 { "2 metadata2 writeback" } else { "1 writeback" };
        format!("0 {origin_sectors} cache /dev/meta /dev/fast /dev/slow {block_sectors} {features} {policy} 0")
    }
}

/// Where an activation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The constructor: the table is not loaded.
    Load,
    /// The resume: the table is live, but reads and writes wait.
    Resume,
}

/// Linux will not activate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Where.
    pub step: Step,
    /// What the caller gets.
    pub errno: Errno,
    /// The block that is not believed, if it is one.
    pub block: Option<u64>,
    /// Because the needs_check flag is set.
    pub needs_check: bool,
}

/// How it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Why it fails; none where it works.
    pub refused: Option<Refusal>,
    /// The device is blank and gets new metadata.
    pub formats: bool,
    /// Mappings that were loaded.
    pub mapped: u64,
    /// Of these, those that Linux takes as dirty.
    pub dirty: u64,
    /// What the metadata engine printed.
    pub log: Vec<String>,
}

/// Activates a cache over the image, with the metadata engine alone.
#[must_use]
pub fn activate(src: &dyn Source, proposal: &Proposal, kernel: Kernel) -> Activation {
    let mut machine = Machine { src, kernel, written: BTreeMap::new(), log: Vec::new(), unbelieved: None, formats: false, next_id: 0 };
    let mut loaded = (0, 0);
    let refused = run(&mut machine, proposal, &mut loaded).err().map(|(step, errno, needs_check)| {
        let block = machine.unbelieved.filter(|_| matches!(errno, Errno::IlSeq | Errno::NotBlk));
        Refusal { step, errno, block, needs_check }
    });
    let (mapped, dirty) = loaded;
    Activation { refused, formats: machine.formats, mapped, dirty, log: machine.log }
}

/// `cache_create` and `cache_preresume`, as far as they work on the metadata.
fn run(machine: &mut Machine<'_>, proposal: &Proposal, (mapped, dirty): &mut (u64, u64)) -> Result<(), (Step, Errno, bool)> {
    const US: dm_cache_engine::event::CacheId = 1;
    let load = |errno| (Step::Load, errno, false);
    let resume = |errno| (Step::Resume, errno, false);
    let mut registry = Registry::new(true);
    let args =
        OpenArgs { data_block_size: proposal.block_sectors.into(), may_format: true, policy_hint_size: 4, version: proposal.version };
    let id = registry.open(machine, US, META, args).map_err(load)?;
    let object = registry.object_mut(id).ok_or(load(Errno::Inval))?;
    if let Some(bm) = object.bm_mut() {
        bm.set_limit(Some(BUFFERS));
    }
    if object.needs_check().map_err(load)? {
        return Err((Step::Load, Errno::Inval, true));
    }
    object.resize(machine, proposal.cache_blocks).map_err(resume)?;
    let policy = PolicyIdentity { name: proposal.policy.clone(), version: super::kernel_order::POLICY_VERSION, hint_size: 4 };
    let mut take = |_: &mut dyn Host, mapping: dm_cache_engine::metadata::Mapping| {
        *mapped += 1;
        *dirty += u64::from(mapping.dirty);
        Ok(())
    };
    object.load_mappings(machine, &policy, &mut take).map_err(resume)?;
    object.load_discards(machine, &mut |_, _| Ok(())).map_err(resume)
}

/// What the kernel of a whole machine prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The lines of its log.
    pub log: Vec<String>,
    /// Whether the cache is there and goes.
    pub works: bool,
}

/// What the kernel prints, from a machine with disks of zeros behind the image; none where the cache is too large for one.
#[must_use]
pub fn printed(src: &dyn Source, proposal: &Proposal, kernel: Kernel) -> Option<Printed> {
    if proposal.cache_blocks > MACHINE_CACHE_BLOCKS_MAX || proposal.origin_sectors > MACHINE_ORIGIN_SECTORS_MAX {
        return None;
    }
    let mut world = World::new(kernel, true);
    world.set_comm("dmsetup");
    let meta = world.add_disk("meta", src.nr_blocks() * u64::from(BLOCK_SECTORS));
    world.add_disk("fast", proposal.cache_sectors());
    world.add_disk("slow", proposal.origin_sectors);
    let disk = world.disk_mut(meta)?;
    for at in 0..src.nr_blocks() {
        match src.block(at) {
            Ok(block) if block.iter().any(|b| *b != 0) => disk.poke(at, Page::from_slice(&block[..])),
            Ok(_) => {}
            Err(_) => disk.fail_range(at * 8..at * 8 + 8, true, false),
        }
    }
    let table: Vec<TargetSpec> = TargetSpec::parse(&proposal.table()).into_iter().collect();
    let done = world.dev_create("c", "", None).and_then(|_| world.table_load("c", &table, false));
    let works = done.and_then(|()| world.dev_resume("c", SuspendFlags::default())).is_ok();
    Some(Printed { log: world.klog().map(str::to_owned).collect(), works })
}

/// A machine of one disk: the image, read as it is asked for. What is written stays beside it.
struct Machine<'a> {
    src: &'a dyn Source,
    kernel: Kernel,
    written: BTreeMap<u64, Page>,
    log: Vec<String>,
    unbelieved: Option<u64>,
    formats: bool,
    next_id: u64,
}

impl Host for Machine<'_> {
    fn read(&mut self, _: DevNo, block: u64, _: Option<ClientId>) -> Result<Page, Errno> {
        match self.written.get(&block) {
            Some(page) => Ok(page.clone()),
            None => self.src.block(block).map(|bytes| Page::from_slice(&bytes[..])).map_err(|_| Errno::Io),
        }
    }

    fn write(&mut self, _: DevNo, block: u64, page: &Page, _: Option<ClientId>) -> Result<(), Errno> {
        if block >= self.src.nr_blocks() {
            return Err(Errno::Io);
        }
        self.written.insert(block, page.clone());
        Ok(())
    }

    fn flush(&mut self, _: DevNo) -> Result<(), Errno> {
        Ok(())
    }

    fn sectors(&self, _: DevNo) -> u64 {
        self.src.nr_blocks() * u64::from(BLOCK_SECTORS)
    }

    fn is_read_only(&self, _: DevNo) -> bool {
        false
    }

    fn klog(&mut self, line: String) {
        self.log.push(line);
    }

    fn listening(&self) -> bool {
        true
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::BufferChecked { block, ok: false, .. } => self.unbelieved = Some(block),
            Event::ObjectOpened { formatted, .. } => self.formats = formatted,
            _ => {}
        }
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn kernel(&self) -> Kernel {
        self.kernel
    }
}
