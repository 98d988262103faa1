//! What LVM knows of its groups: physical volumes, extents, volumes with their segments, and the hidden volumes below a cache.

use dm_cache_engine::device::DevNo;
use dm_cache_engine::mapper::TargetSpec;

/// Sectors before the first extent of a physical volume: label and metadata areas.
pub(super) const DATA_START: u64 = 2048;

/// All groups, as the machine keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lvm {
    /// Physical volumes of no group, in order of their numbers.
    pub(super) orphans: Vec<DevNo>,
    pub(super) groups: Vec<Group>,
    /// Identifiers given out so far.
    ids: u64,
}

/// The 32 letters and digits of an identifier.
pub(super) type Id = String;

/// A volume group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) id: Id,
    /// Sectors of an extent.
    pub(super) extent: u64,
    pub(super) disks: Vec<Physical>,
    /// In the order in which they were made.
    pub(super) volumes: Vec<Volume>,
    pub(super) spare: Option<Spare>,
}

/// A physical volume of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Physical {
    pub(super) dev: DevNo,
    pub(super) extents: u64,
}

/// Extents in a row on one physical volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) dev: DevNo,
    pub(super) from: u64,
    pub(super) extents: u64,
}

/// A linear volume of its own identity, below another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) id: Id,
    pub(super) segments: Vec<Segment>,
}

/// The metadata volume that a repair would need: `lvol0_pmspare`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spare {
    pub(super) number: u64,
    pub(super) part: Part,
}

/// A logical volume that a user sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) id: Id,
    pub(super) kind: Kind,
}

/// What it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Linear(Vec<Segment>),
    /// A cache pool that no volume uses.
    Pool(Pool),
    Cached(Cached),
}

/// A volume with its cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cached {
    pub(super) origin: Part,
    /// Name and identifier of what the cache lies on, once it is detached.
    pub(super) store_name: String,
    pub(super) store_id: Id,
    pub(super) store: Store,
}

/// What a cache lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Store {
    Pool(Pool),
    Volume(CacheVolume),
}

/// A cache pool: data, metadata, and how the cache is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) data: Part,
    pub(super) meta: Part,
    pub(super) how: How,
}

/// A linear volume in use as a cache, a cachevol: metadata at its beginning, and data behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheVolume {
    pub(super) segments: Vec<Segment>,
    /// Sectors of metadata.
    pub(super) meta: u64,
    pub(super) how: How,
}

/// How a cache is to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct How {
    /// Sectors of a cache block.
    pub(super) chunk: u64,
    /// None until it was asked for or a volume used it.
    pub(super) mode: Option<Mode>,
    pub(super) policy: Option<String>,
    /// Newest first.
    pub(super) settings: Vec<(String, String)>,
}

/// `--cachemode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Writethrough,
    Writeback,
    Passthrough,
}

impl Mode {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Writethrough => "writethrough",
            Self::Writeback => "writeback",
            Self::Passthrough => "passthrough",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Writethrough, Self::Writeback, Self::Passthrough].into_iter().find(|mode| mode.name() == word)
    }
}

/// Extents of several segments together.
pub(super) fn extents(segments: &[Segment]) -> u64 {
    segments.iter().map(|s| s.extents).sum()
}

impl Lvm {
    pub(super) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|g| g.name == name)
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|g| g.name == name)
    }

    /// The group that a disk is a physical volume of.
    pub(super) fn group_of(&self, dev: DevNo) -> Option<&Group> {
        self.groups.iter().find(|g| g.disks.iter().any(|d| d.dev == dev))
    }

    /// An identifier that was never given out. lvm2 makes them at random; here they are the same in every run.
    pub(super) fn new_id(&mut self) -> Id {
        const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        self.ids += 1;
        let mut state = self.ids;
        let letters = (0..32).map(|_| {
            // One step of splitmix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let at = usize::try_from((mixed ^ (mixed >> 31)) % 62).unwrap_or(0);
            char::from(LETTERS.get(at).copied().unwrap_or(b'A'))
        });
        letters.collect()
    }
}

impl Group {
    pub(super) fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|v| v.name == name)
    }

    pub(super) fn volume_mut(&mut self, name: &str) -> Option<&mut Volume> {
        self.volumes.iter_mut().find(|v| v.name == name)
    }

    /// Every segment of every volume, hidden ones as well.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        let spare = self.spare.iter().flat_map(|s| &s.part.segments);
        self.volumes.iter().flat_map(|v| v.kind.parts()).flatten().chain(spare)
    }

    /// Extents of all its physical volumes.
    pub(super) fn extents(&self) -> u64 {
        self.disks.iter().map(|d| d.extents).sum()
    }

    pub(super) fn free(&self) -> u64 {
        self.extents() - self.segments().map(|s| s.extents).sum::<u64>()
    }

    /// Extents in use on one of them.
    pub(super) fn used_on(&self, dev: DevNo) -> u64 {
        self.segments().filter(|s| s.dev == dev).map(|s| s.extents).sum()
    }

    /// The table that maps segments, one line each.
    pub(super) fn table(&self, segments: &[Segment]) -> Vec<TargetSpec> {
        let mut start = 0;
        let lines = segments.iter().map(|s| {
            let len = s.extents * self.extent;
            let params = format!("{} {}", s.dev, DATA_START + s.from * self.extent);
            let line = TargetSpec { start, len, kind: "linear".to_owned(), params };
            start += len;
            line
        });
        lines.collect()
    }

    /// How device-mapper calls a volume of this group: a hyphen of a name becomes two.
    pub(super) fn device(&self, volume: &str) -> String {
        format!("{}-{}", self.name.replace('-', "--"), volume.replace('-', "--"))
    }

    /// The names of all volumes, hidden ones as well.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.spare.iter().map(Spare::name).collect();
        for volume in &self.volumes {
            names.push(volume.name.clone());
            names.extend(volume.hidden());
        }
        names
    }

    /// A number for a volume whose name was not given: `lvol7`.
    pub(super) fn free_number(&self) -> u64 {
        let number = |name: &String| {
            let rest = name.strip_prefix("lvol")?;
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<u64>().ok()
        };
        self.names().iter().filter_map(number).max().map_or(0, |n| n + 1)
    }
}

impl Spare {
    pub(super) fn name(&self) -> String {
        format!("lvol{}_pmspare", self.number)
    }
}

impl Volume {
    /// The names of the hidden volumes below it.
    pub(super) fn hidden(&self) -> Vec<String> {
        match &self.kind {
            Kind::Linear(_) => Vec::new(),
            Kind::Pool(_) => ["cdata", "cmeta"].map(|part| format!("{}_{part}", self.name)).to_vec(),
            Kind::Cached(cached) => {
                let in_use = cached.store_in_use();
                match &cached.store {
                    Store::Pool(_) => vec![self.origin_name(), format!("{in_use}_cdata"), format!("{in_use}_cmeta"), in_use],
                    Store::Volume(_) => vec![self.origin_name(), in_use],
                }
            }
        }
    }

    pub(super) fn origin_name(&self) -> String {
        format!("{}_corig", self.name)
    }
}

impl Store {
    pub(super) const fn how(&self) -> &How {
        match self {
            Self::Pool(pool) => &pool.how,
            Self::Volume(volume) => &volume.how,
        }
    }
}

impl Cached {
    /// What the pool or the volume below is called while it is in use.
    pub(super) fn store_in_use(&self) -> String {
        match &self.store {
            Store::Pool(_) => format!("{}_cpool", self.store_name),
            Store::Volume(_) => format!("{}_cvol", self.store_name),
        }
    }
}

impl Kind {
    /// The segments of each part.
    fn parts(&self) -> Vec<&Vec<Segment>> {
        match self {
            Self::Linear(segments) => vec![segments],
            Self::Pool(pool) => vec![&pool.data.segments, &pool.meta.segments],
            Self::Cached(Cached { origin, store: Store::Pool(pool), .. }) => {
                vec![&origin.segments, &pool.data.segments, &pool.meta.segments]
            }
            Self::Cached(Cached { origin, store: Store::Volume(volume), .. }) => vec![&origin.segments, &volume.segments],
        }
    }

    /// What a user would call its size, in extents.
    pub(super) fn extents(&self) -> u64 {
        extents(match self {
            Self::Linear(segments) => segments,
            Self::Pool(pool) => &pool.data.segments,
            Self::Cached(cached) => &cached.origin.segments,
        })
    }

    /// Whether it is a pool, or has one below.
    pub(super) const fn has_pool(&self) -> bool {
        matches!(self, Self::Pool(_) | Self::Cached(Cached { store: Store::Pool(_), .. }))
    }

    /// How a cached volume runs, or a pool is to run.
    pub(super) const fn how(&self) -> Option<&How> {
        match self {
            Self::Linear(_) => None,
            Self::Pool(pool) => Some(&pool.how),
            Self::Cached(cached) => Some(cached.store.how()),
        }
    }

    pub(super) const fn how_mut(&mut self) -> Option<&mut How> {
        match self {
            Self::Linear(_) => None,
            Self::Pool(pool) | Self::Cached(Cached { store: Store::Pool(pool), .. }) => Some(&mut pool.how),
            Self::Cached(Cached { store: Store::Volume(volume), .. }) => Some(&mut volume.how),
        }
    }

    /// The name of its kind in lvm2's messages.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Linear(_) => "linear",
            Self::Pool(_) => "cachepool",
            Self::Cached(_) => "cache",
        }
    }
}
