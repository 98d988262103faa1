//! A script as a value: what was written, where it stands.

use crate::shell::Line;
use dm_cache_engine::device::{Page, Speed};
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::verdict::Verdict;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A place in the script text: byte offset and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Span {
    /// First byte.
    pub offset: usize,
    /// Bytes.
    pub len: usize,
}

/// A whole script.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The first heading.
    pub title: String,
    /// Comment lines between the title and the first statement.
    pub intro: Vec<String>,
    /// Which library group it belongs to (`group` line).
    pub group: Option<String>,
    /// Kernel profile.
    pub kernel: Kernel,
    /// With sharing, without, or both side by side.
    pub sharing: Sharing,
    /// Seed of every random choice.
    pub seed: u64,
    /// Disks in order: name, sectors.
    pub disks: Vec<Disk>,
    /// What to do, in order.
    pub body: Vec<Statement>,
}

/// `sharing on|off|compare`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    /// One metadata object per metadata device (Linux since 9b1cc9f251af).
    #[default]
    On,
    /// Each table opens its own.
    Off,
    /// Two worlds on one clock.
    Compare,
}

impl Sharing {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Off, Self::On, Self::Compare];

    /// The word for it in scripts, links and figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Compare => "compare",
        }
    }

    /// What people choose by it: on and off are no versions of Linux, but before and after one commit of 2015.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::On => "On: Linux since",
            Self::Off => "Off: before the 2015 fix",
            Self::Compare => "Compare",
        }
    }

    /// The choice a word stands for.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sharing| sharing.name() == name)
    }
}

/// `disk NAME SIZE [from FILE] [hdd | read RATE | write RATE | seek TIME]… [lies]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Becomes `/dev/NAME`.
    pub name: String,
    /// Size in sectors.
    pub sectors: u64,
    /// Line number, counted from 1.
    pub line: usize,
    /// The file that it is filled from.
    pub from: Option<String>,
    /// How fast it is, if that is said.
    pub speed: Option<Speed>,
    /// Whether it acknowledges flushes that it does not do.
    pub lies: bool,
    /// What it holds from the start, by 4 KiB page: set by [`Script::fill`].
    pub pages: Arc<Vec<(u64, Page)>>,
}

/// One line, or one `parallel` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// Line number, counted from 1.
    pub line: usize,
    /// Comment lines just above it.
    pub caption: Vec<String>,
    /// What it says.
    pub action: Action,
}

/// A range of an address space, in the unit the statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Cache-sized blocks (the live cache table's block size; 64 KiB where there is none).
    Blocks(RangeInclusive<u64>),
    /// Bytes: offset and length.
    Bytes(u64, u64),
}

/// How a workload picks its blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pattern {
    /// One after the other, wrapping.
    Sequential,
    /// Evenly at random.
    Random,
    /// Zipf with this exponent: low block numbers are popular.
    Zipf(f64),
    /// Every block once, then again from the start, reads only.
    Scan,
}

/// `workload DEV PATTERN ops N …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Mapped device.
    pub device: String,
    /// How blocks are picked.
    pub pattern: Pattern,
    /// Number of requests.
    pub ops: u32,
    /// Share of reads, 0 to 100.
    pub reads_percent: u32,
    /// Blocks it works on.
    pub blocks: RangeInclusive<u64>,
}

/// What a power cut keeps of the writes that were never flushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// Everything written reached the medium.
    All,
    /// Nothing unflushed did.
    None,
    /// A seeded choice.
    Random,
    /// Those with these numbers: page writes from 0, disk by disk as the script has them, each disk's oldest first.
    Writes(Vec<RangeInclusive<u64>>),
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `$ …`: a command of a real machine.
    Command(Line),
    /// `write DEV EXTENT BYTE`.
    Write(String, Extent, u8),
    /// `read DEV EXTENT`.
    Read(String, Extent),
    /// `discard DEV EXTENT`.
    Discard(String, Extent),
    /// `workload …`.
    Workload(Workload),
    /// `settle`: waits until background work has ended.
    Settle,
    /// `wait DURATION` in nanoseconds.
    Wait(u64),
    /// `power-cut [keep all|none|random|N,M..K]`.
    PowerCut(Keep),
    /// `evict OBJECT [BLOCK…]`; no block: every clean buffer.
    Evict(String, Vec<u64>),
    /// `fail DISK reads|writes SECTORS`.
    Fail(String, Direction, Option<RangeInclusive<u64>>),
    /// `heal DISK`.
    Heal(String),
    /// `resize DISK SECTORS`.
    Resize(String, u64),
    /// `label NAME`.
    Label(String),
    /// `ask "question" …`.
    Ask(Question),
    /// `parallel [order …]` … `end`.
    Parallel(Parallel),
    /// `expect [on|off|fixed] …`.
    Expect(Expect),
}

impl Action {
    /// Whether the machine does it and an exit code tells how it went.
    #[must_use]
    pub const fn is_done_by_the_machine(&self) -> bool {
        !matches!(self, Self::Label(_) | Self::Ask(..) | Self::Expect(_))
    }
}

/// Which requests of a failing range end in EIO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Reads.
    Reads,
    /// Writes.
    Writes,
    /// Both.
    Both,
}

/// `ask "question" [choices "…" "…" …] answer [N | off N on N] "…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// Two to four, or none: then whoever is asked thinks of an answer.
    pub choices: Vec<String>,
    /// Which choice is right, counted from 1: without sharing, and with it. Both 0 where there are no choices.
    pub right: (usize, usize),
    /// What is said once it is answered.
    pub answer: String,
}

impl Question {
    /// Whether a choice, counted from 1, is right in a world.
    #[must_use]
    pub const fn is_right(&self, choice: usize, sharing: bool) -> bool {
        choice == if sharing { self.right.1 } else { self.right.0 }
    }
}

/// Tasks whose registry steps are interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parallel {
    /// Who runs next, task by task; empty: chosen by the seed.
    pub order: Vec<String>,
    /// (task name, command).
    pub tasks: Vec<(String, Line)>,
}

/// In which worlds an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// In every world.
    #[default]
    Always,
    /// Asked only where sharing is on.
    On,
    /// Asked only where sharing is off.
    Off,
    /// Holds with sharing on and must fail with sharing off: what the fix repaired.
    Fixed,
}

/// What is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Dirty blocks are not written back.
    WriteBack,
    /// The block that was missed last is not promoted.
    Promote,
}

impl Deed {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WriteBack => "dirty",
            Self::Promote => "promote",
        }
    }
}

/// `expect [on|off|fixed] WHAT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// In which worlds.
    pub scope: Scope,
    /// What must hold.
    pub what: Expectation,
}

/// Everything that can be expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// `read DEV EXTENT BYTE…`: every byte of each block; one byte for all blocks or one each.
    Read(String, Extent, Vec<u8>),
    /// `status DEV FIELD VALUE`.
    Status(String, String, String),
    /// `slots DEV none|live|inactive|live+inactive`.
    Slots(String, String),
    /// `suspended DEV yes|no`.
    Suspended(String, bool),
    /// `objects N`.
    Objects(u64),
    /// `list none|a b …`.
    List(Vec<String>),
    /// `ref_count OBJECT N`.
    RefCount(String, u64),
    /// `holders OBJECT none|A B …`.
    Holders(String, Vec<String>),
    /// `stale OBJECT none|BLOCK…`.
    Stale(String, Vec<u64>),
    /// `root OBJECT NAME BLOCK`.
    Root(String, String, u64),
    /// `mappings OBJECT N`: entries the object's own tree holds.
    Mappings(String, u64),
    /// `check DEV ok|damaged`.
    Check(String, bool),
    /// `rc N`.
    Rc(i32),
    /// `output "…"`: the last command printed this.
    Output(String),
    /// `log "…"`: the kernel log has a line with this.
    Log(String),
    /// `why DEV dirty|promote none|"…"`: what holds a block up has this in it.
    Why(String, Deed, Option<String>),
    /// `lost|unreadable|old|unpromised DEV none|EXTENT`.
    Verdict(Verdict, String, Vec<RangeInclusive<u64>>),
}
