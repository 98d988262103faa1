//! One plain verdict on an image: will Linux load it, what is lost if so, what to do next.

use super::activate::{self, Activation, Proposal, Step};
use super::bits::Bits;
use super::check::{Arrays, Report};
use super::damage::{Area, Damage, Damages, Fault};
use super::dump;
use super::format::{CLEAN_SHUTDOWN, NEEDS_CHECK, Superblock};
use super::inspect::{self, Map};
use super::source::Source;
use super::walk;
use super::xml::Entry;
use dm_cache_engine::kernel::Kernel;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// What Linux would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Will {
    /// Load it.
    Load,
    /// Load it although something is wrong with it.
    LoadDamaged,
    /// Refuse it.
    Refuse,
    /// Write new metadata: the device is blank.
    Format,
}

/// How much is lost, as far as it can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// So many.
    Exactly(u64),
    /// So many at most.
    AtMost(u64),
    /// Nothing says how many.
    Unknown,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::AtMost(n) => write!(f, "up to {n}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// One thing that may be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// `mappings`, `of them dirty`, `old on the origin`, `hints`.
    pub what: String,
    /// How much of it.
    pub amount: Amount,
    /// Which, or why nothing is known.
    pub why: String,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What Linux would do.
    pub will: Will,
    /// The kernel that was asked.
    pub kernel: String,
    /// The verdict in one sentence.
    pub headline: String,
    /// What it costs.
    pub price: String,
    /// What to do next.
    pub next: String,
    /// The block that is at fault.
    pub block: Option<u64>,
    /// Where activation fails, and the error.
    pub fails: Option<(Step, String)>,
    /// The kernel's log.
    pub printed: Vec<String>,
    /// What repair would lose; empty where nothing is wrong.
    pub lost: Vec<Loss>,
    /// What repair would do; none where there is nothing to repair, or no way.
    pub repair: Option<String>,
    /// Mappings that can be read; none where nothing is known.
    pub mapped: Option<u64>,
    /// Of these, dirty ones as the disk has them; none where nothing is known.
    pub dirty: Option<u64>,
    /// The table that fits it.
    pub proposal: Proposal,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.headline, self.price, self.next)
    }
}

/// What a repair keeps, and what not.
#[derive(Debug, Default)]
struct Salvage {
    mapped: u64,
    dirty: u64,
    highest: Option<u64>,
    left_out: Damages,
}

impl Salvage {
    /// Of an image the superblock of which can be read.
    fn of(src: &dyn Source) -> Option<Self> {
        let mut salvage = Self::default();
        let options = dump::Options { repair: true, ..dump::Options::default() };
        let sb = dump::superblock(src).ok()?;
        let mut take = |entry| {
            if let Entry::Mapping { oblock, dirty, .. } = entry {
                salvage.mapped += 1;
                salvage.dirty += u64::from(dirty);
                salvage.highest = salvage.highest.max(Some(oblock));
            }
            Ok(())
        };
        let left_out = dump::entries(src, &sb, &options, &mut take).ok()?.ok()?;
        salvage.left_out = left_out;
        Some(salvage)
    }

    /// Cache blocks of which an area has nothing to say.
    fn lost(&self, area: Area) -> Vec<Range<u64>> {
        self.left_out.cblocks(area)
    }
}

fn count(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|r| r.end - r.start).sum()
}

/// `cblocks 509–1017`.
fn cblocks(ranges: &[Range<u64>]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = ranges
        .iter()
        .take(NAMED)
        .map(|r| if r.end - r.start == 1 { r.start.to_string() } else { format!("{}–{}", r.start, r.end - 1) })
        .collect();
    format!("cblocks {}{}", named.join(", "), if ranges.len() > NAMED { ", …" } else { "" })
}

/// The verdict of a kernel on an image that was checked.
#[must_use]
pub fn of(src: &dyn Source, report: &Report, kernel: Kernel) -> Verdict {
    let sb = src.block(0).map_or_else(|_| Superblock::decode(&[0; super::format::BLOCK_SIZE]), |b| Superblock::decode(&b));
    let salvage = Salvage::of(src);
    let proposal = Proposal::of(&sb, salvage.as_ref().and_then(|s| s.highest));
    let activation = activate::activate(src, &proposal, kernel);
    let judged = Judged { src, report, kernel, sb, salvage, activation };
    judged.verdict(proposal)
}

struct Judged<'a> {
    src: &'a dyn Source,
    report: &'a Report,
    kernel: Kernel,
    sb: Superblock,
    salvage: Option<Salvage>,
    activation: Activation,
}

impl Judged<'_> {
    fn verdict(self, proposal: Proposal) -> Verdict {
        let will = match (&self.activation.refused, self.report.damages.is_empty()) {
            (Some(_), _) => Will::Refuse,
            (None, _) if self.activation.formats => Will::Format,
            (None, true) => Will::Load,
            (None, false) => Will::LoadDamaged,
        };
        let lost = if self.report.damages.is_empty() || will == Will::Format { Vec::new() } else { self.losses() };
        let refused = self.activation.refused;
        let worst = self.worst();
        let block = refused.and_then(|r| r.block).or_else(|| worst.and_then(|d| d.fault.block()));
        let known = self.salvage.as_ref().filter(|s| s.mapped > 0 || s.lost(Area::Mapping).is_empty());
        let dirty_known = known.filter(|s| s.lost(Area::Dirty).is_empty());
        Verdict {
            will,
            kernel: self.kernel.name().to_owned(),
            headline: self.headline(will),
            price: self.price(will, &lost),
            next: self.next(will).to_owned(),
            block: block.filter(|at| *at < self.src.nr_blocks()),
            fails: refused.map(|r| (r.step, r.errno.to_string())),
            printed: self.activation.log.clone(),
            repair: self.repair(will),
            mapped: known.map(|s| s.mapped),
            dirty: dirty_known.map(|s| s.dirty),
            lost,
            proposal,
        }
    }

    /// The damage that is told first: in the order in which Linux comes to the areas.
    fn worst(&self) -> Option<&Damage> {
        let order = [Area::Superblock, Area::Mapping, Area::Dirty, Area::Discard, Area::SpaceMap, Area::Hint];
        order.iter().find_map(|area| self.report.damages.iter().find(|d| d.area == *area))
    }

    fn headline(&self, will: Will) -> String {
        let linux = format!("Linux {}", self.kernel.name());
        match will {
            Will::Load => format!("{linux} will load it."),
            Will::Format => format!("{linux} will format it: the device is blank."),
            Will::LoadDamaged => {
                let damage = self.worst().map(|d| format!("{}: {}", d.area, d.fault)).unwrap_or_default();
                format!("{linux} will load it, but it is damaged. {}.", capital(&damage))
            }
            Will::Refuse => format!("{linux} will refuse it: {}.", self.reason()),
        }
    }

    /// Why Linux refuses.
    fn reason(&self) -> String {
        let Some(refused) = self.activation.refused else { return String::new() };
        if let Some(at) = refused.block {
            let bytes = self.src.block(at).unwrap_or_else(|_| Box::new([0; super::format::BLOCK_SIZE]));
            let seen = inspect::decode(at, &bytes, &Map::of(self.src));
            let whose = match seen.area {
                None => format!("block {at}"),
                Some(Area::Superblock) => "the superblock".to_owned(),
                Some(Area::Mapping) => format!("mapping block {at}"),
                Some(area) => format!("block {at} of the {area}"),
            };
            return match seen.fault.or_else(|| self.fault_of(at)) {
                Some(Fault::BadChecksum { .. }) => format!("{whose} has a bad checksum"),
                Some(Fault::BadLocation { claims, .. }) => format!("{whose} says that it is block {claims}"),
                Some(fault) => format!("{whose}: {fault}"),
                None => format!("it does not believe {whose}"),
            };
        }
        if refused.needs_check {
            return "its needs_check flag is set".to_owned();
        }
        match self.worst() {
            Some(damage) => format!("{}: {}", damage.area, damage.fault),
            // Something else than damage: the kernel's own last word, without the driver's name.
            None => self.activation.log.last().map_or_else(
                || refused.errno.to_string(),
                |line| line.rsplit_once("device-mapper: ").map_or(line.as_str(), |(_, said)| said).to_owned(),
            ),
        }
    }

    fn fault_of(&self, at: u64) -> Option<Fault> {
        self.report.damages.iter().map(|d| &d.fault).find(|fault| fault.block() == Some(at)).cloned()
    }

    fn is_clean(&self) -> bool {
        self.sb.flags & CLEAN_SHUTDOWN != 0
    }

    fn price(&self, will: Will, lost: &[Loss]) -> String {
        let cache_blocks = self.sb.cache_blocks;
        let Activation { mapped, dirty, .. } = self.activation;
        match will {
            Will::Format => "There is no cache on it, and nothing to lose.".to_owned(),
            Will::Load if cache_blocks == 0 => "The cache was never resumed: nothing is mapped.".to_owned(),
            Will::Load if !self.is_clean() => format!(
                "It was not shut down cleanly, so Linux takes all {mapped} mapped blocks as dirty and writes them back. Which of them differ from the origin is unknown."
            ),
            Will::Load => format!("It was shut down cleanly: {mapped} of {cache_blocks} cache blocks are mapped, {dirty} of them dirty."),
            Will::LoadDamaged | Will::Refuse => {
                let Some(salvage) = &self.salvage else {
                    return "What is mapped is unknown: without the superblock nothing can be found. No data on the disks is changed."
                        .to_owned();
                };
                let kept = match lost.iter().find(|l| l.what == "mappings").map(|l| l.amount) {
                    None | Some(Amount::Exactly(0)) => format!("No mapping is lost, {} can be saved.", salvage.mapped),
                    Some(amount) => {
                        let amount = capital(&amount.to_string());
                        format!("{amount} of {cache_blocks} mappings are lost, {} can be saved.", salvage.mapped)
                    }
                };
                let then = match self.activation.refused.map(|r| r.step) {
                    Some(Step::Load) => " The table is not loaded; no data on the disks is changed.",
                    Some(Step::Resume) => " The resume fails; no data on the disks is changed.",
                    None => "",
                };
                kept + then
            }
        }
    }

    fn next(&self, will: Will) -> &'static str {
        let needs_check = self.activation.refused.is_some_and(|r| r.needs_check);
        match will {
            Will::Format => "Look for the metadata elsewhere before you activate a cache on it.",
            Will::Load if self.activation.dirty == 0 => "Nothing is to be done.",
            Will::Load => "Nothing is to be repaired. Keep the cache device until the dirty blocks are written back.",
            _ if self.salvage.is_none() => {
                "It cannot be repaired: look for a copy, or activate the origin alone, which lacks what was dirty in the cache."
            }
            Will::Refuse if needs_check && self.report.damages.is_empty() => {
                "The check finds no damage: a repaired copy has the flag cleared."
            }
            Will::Refuse => "Repair it, then check what lies on the origin: where a lost block was dirty, its data there are old.",
            Will::LoadDamaged => "Repair it before Linux writes to it.",
        }
    }

    fn repair(&self, will: Will) -> Option<String> {
        let salvage = self.salvage.as_ref()?;
        if matches!(will, Will::Load | Will::Format) {
            return None;
        }
        let lost = salvage.lost(Area::Mapping);
        let drops = if lost.is_empty() { String::new() } else { format!(", drops {}", cblocks(&lost)) };
        let dirty = match (self.is_clean(), salvage.lost(Area::Dirty).is_empty()) {
            (false, _) => ", leaves the clean flag unset (Linux takes all blocks as dirty)",
            (true, false) => ", takes blocks as dirty whose dirty bit is lost",
            (true, true) => "",
        };
        let flag = if self.sb.flags & NEEDS_CHECK != 0 { ", clears needs_check" } else { "" };
        Some(format!(
            "Keeps {} mappings{drops}{dirty}{flag}, drops discards, counts its blocks anew, and writes the superblock last.",
            salvage.mapped
        ))
    }

    fn losses(&self) -> Vec<Loss> {
        let loss = |what: &str, amount, why: String| Loss { what: what.to_owned(), amount, why };
        let Some(salvage) = &self.salvage else {
            let why = "the superblock cannot be read";
            return ["mappings", "of them dirty", "old on the origin"].map(|what| loss(what, Amount::Unknown, why.to_owned())).into();
        };
        let ranges = salvage.lost(Area::Mapping);
        let all = u64::from(self.sb.cache_blocks).saturating_sub(salvage.mapped);
        let lost = if salvage.left_out.dropped > 0 { all } else { count(&ranges) };
        let mut out = Vec::new();
        let (mappings, which) = match lost {
            0 => (Amount::Exactly(0), String::new()),
            n => (Amount::AtMost(n), cblocks(&ranges)),
        };
        out.push(loss("mappings", mappings, which));
        let (dirty, why) = if lost == 0 { (Amount::Exactly(0), String::new()) } else { self.dirty_among(&ranges) };
        out.push(loss("of them dirty", dirty, why));
        out.push(loss("old on the origin", dirty, "only where a lost block was dirty".to_owned()));
        let unread = salvage.lost(Area::Dirty);
        if !unread.is_empty() {
            out.push(loss("dirty bits", Amount::AtMost(count(&unread)), format!("{}; they count as dirty", cblocks(&unread))));
        }
        let hints = salvage.lost(Area::Hint);
        let amount = if hints.is_empty() { Amount::Exactly(0) } else { Amount::AtMost(count(&hints)) };
        let why = if hints.is_empty() { "kept" } else { "the policy starts anew there; no data" };
        out.push(loss("hints", amount, why.to_owned()));
        out
    }

    /// How many of the lost mappings were dirty, and which or why nothing says it.
    fn dirty_among(&self, lost: &[Range<u64>]) -> (Amount, String) {
        if !self.is_clean() {
            return (Amount::Unknown, "not shut down cleanly: every mapped block counts as dirty".to_owned());
        }
        let Some(array) = Arrays::of(&self.sb).dirty else {
            return (Amount::Unknown, "format 1 keeps the flag in the mapping".to_owned());
        };
        let mut damages = Damages::default();
        let plan = walk::plan(self.src, &array, &mut Default::default(), &mut damages);
        let mut bits = Bits::default();
        walk::values(self.src, &array, &plan, &mut damages, &mut |a, bytes, _| {
            bits.or_bytes(a.key.saturating_mul(array.per_block()), bytes);
        });
        if !damages.is_empty() {
            return (Amount::Unknown, "the dirty bitset cannot be read".to_owned());
        }
        let dirty = bits.ones().filter(|cblock| lost.iter().any(|r| r.contains(cblock))).count() as u64;
        (Amount::Exactly(dirty), "as the dirty bitset has it".to_owned())
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
