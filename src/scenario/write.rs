//! Statements written back as the language has them: for `dmlab fmt`, for reports and for captions.

use super::ast::{Action, Direction, Disk, Expect, Expectation, Extent, Keep, Parallel, Pattern, Question, Scope, Sharing, Workload};
use dm_cache_engine::device::Speed;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

/// A byte as scripts write it.
struct Byte(u8);

impl Display for Byte {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match char::from(self.0) {
            c if c.is_ascii_graphic() && !matches!(c, '"' | '#') => write!(f, "{c}"),
            _ => write!(f, "0x{:02x}", self.0),
        }
    }
}

/// A number of bytes with the largest unit that divides it.
struct Size(u64);

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] {
            if self.0 != 0 && self.0.is_multiple_of(1 << shift) {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A duration with the largest unit that divides it.
struct Duration(u64);

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (scale, unit) in [(60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")] {
            if self.0 != 0 && self.0.is_multiple_of(scale) {
                return write!(f, "{}{unit}", self.0 / scale);
            }
        }
        write!(f, "{}ns", self.0)
    }
}

fn range(r: &RangeInclusive<u64>) -> String {
    if r.start() == r.end() { r.start().to_string() } else { format!("{}..{}", r.start(), r.end()) }
}

fn ranges(list: &[RangeInclusive<u64>]) -> String {
    list.iter().map(range).collect::<Vec<_>>().join(",")
}

fn words<T: ToString>(list: &[T]) -> String {
    if list.is_empty() { "none".into() } else { list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ") }
}

impl Display for Extent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(offset, len) => write!(f, "@{}+{}", Size(*offset), Size(*len)),
            Self::Blocks(blocks) => f.write_str(&range(blocks)),
        }
    }
}

impl Display for Sharing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Display for Disk {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.sectors.is_multiple_of(2) {
            write!(f, "disk {} {}", self.name, Size(self.sectors * 512))?;
        } else {
            write!(f, "disk {} {}s", self.name, self.sectors)?;
        }
        self.from.iter().try_for_each(|file| write!(f, " from {}", quoted_if_needed(file)))?;
        match self.speed {
            Some(Speed::HDD) => write!(f, " hdd")?,
            Some(Speed { read, write, seek_ns }) => {
                read.iter().try_for_each(|rate| write!(f, " read {}/s", Size(rate.get())))?;
                write.iter().try_for_each(|rate| write!(f, " write {}/s", Size(rate.get())))?;
                if seek_ns > 0 || read.or(write).is_none() {
                    write!(f, " seek {}", Duration(seek_ns))?;
                }
            }
            None => {}
        }
        if self.lies { write!(f, " lies") } else { Ok(()) }
    }
}

impl Display for Workload {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "workload {} ", self.device)?;
        match self.pattern {
            Pattern::Sequential => write!(f, "sequential")?,
            Pattern::Random => write!(f, "random")?,
            Pattern::Zipf(s) => write!(f, "zipf {s}")?,
            Pattern::Scan => write!(f, "scan")?,
        }
        write!(f, " ops {} reads {}% blocks {}..{}", self.ops, self.reads_percent, self.blocks.start(), self.blocks.end())
    }
}

impl Display for Parallel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "parallel")?;
        if !self.order.is_empty() {
            write!(f, " order {}", self.order.join(" "))?;
        }
        for (task, command) in &self.tasks {
            write!(f, "\n  {task}: $ {command}")?;
        }
        write!(f, "\nend")
    }
}

impl Display for Expect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scope = match self.scope {
            Scope::Always => "",
            Scope::On => "on ",
            Scope::Off => "off ",
            Scope::Fixed => "fixed ",
        };
        write!(f, "expect {scope}{}", self.what)
    }
}

impl Display for Expectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(device, extent, bytes) => {
                write!(f, "read {device} {extent}")?;
                bytes.iter().try_for_each(|b| write!(f, " {}", Byte(*b)))
            }
            Self::Status(device, field, value) => write!(f, "status {device} {field} {}", quoted_if_needed(value)),
            Self::Slots(device, what) => write!(f, "slots {device} {what}"),
            Self::Suspended(device, yes) => write!(f, "suspended {device} {}", if *yes { "yes" } else { "no" }),
            Self::Objects(n) => write!(f, "objects {n}"),
            Self::List(list) => write!(f, "list {}", words(list)),
            Self::RefCount(object, n) => write!(f, "ref_count {object} {n}"),
            Self::Holders(object, list) => write!(f, "holders {object} {}", words(list)),
            Self::Stale(object, list) => write!(f, "stale {object} {}", words(list)),
            Self::Root(object, root, block) => write!(f, "root {object} {root} {block}"),
            Self::Mappings(object, n) => write!(f, "mappings {object} {n}"),
            Self::Check(device, ok) => write!(f, "check {device} {}", if *ok { "ok" } else { "damaged" }),
            Self::Rc(rc) => write!(f, "rc {rc}"),
            Self::Output(text) => write!(f, "output \"{text}\""),
            Self::Log(text) => write!(f, "log \"{text}\""),
            Self::Why(device, deed, None) => write!(f, "why {device} {} none", deed.word()),
            Self::Why(device, deed, Some(text)) => write!(f, "why {device} {} \"{text}\"", deed.word()),
            Self::Verdict(verdict, device, list) if list.is_empty() => write!(f, "{} {device} none", verdict.word()),
            Self::Verdict(verdict, device, list) => write!(f, "{} {device} {}", verdict.word(), ranges(list)),
        }
    }
}

fn quoted_if_needed(text: &str) -> String {
    if text.is_empty() || text.contains([' ', '#']) { format!("\"{text}\"") } else { text.to_owned() }
}

impl Display for Question {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { text, choices, right: (off, on), answer } = self;
        write!(f, "ask \"{text}\"")?;
        if !choices.is_empty() {
            write!(f, " choices")?;
            choices.iter().try_for_each(|choice| write!(f, " \"{choice}\""))?;
        }
        write!(f, " answer")?;
        match choices.is_empty() {
            true => {}
            false if off == on => write!(f, " {off}")?,
            false => write!(f, " off {off} on {on}")?,
        }
        write!(f, " \"{answer}\"")
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(line) => write!(f, "$ {line}"),
            Self::Write(device, extent, byte) => write!(f, "write {device} {extent} {}", Byte(*byte)),
            Self::Read(device, extent) => write!(f, "read {device} {extent}"),
            Self::Discard(device, extent) => write!(f, "discard {device} {extent}"),
            Self::Workload(load) => write!(f, "{load}"),
            Self::Settle => write!(f, "settle"),
            Self::Wait(ns) => write!(f, "wait {}", Duration(*ns)),
            Self::PowerCut(Keep::None) => write!(f, "power-cut keep none"),
            Self::PowerCut(Keep::All) => write!(f, "power-cut keep all"),
            Self::PowerCut(Keep::Random) => write!(f, "power-cut keep random"),
            Self::PowerCut(Keep::Writes(list)) => write!(f, "power-cut keep {}", ranges(list)),
            Self::Evict(object, blocks) => {
                write!(f, "evict {object}")?;
                blocks.iter().try_for_each(|b| write!(f, " {b}"))
            }
            Self::Fail(disk, direction, sectors) => {
                let direction = match direction {
                    Direction::Reads => "reads",
                    Direction::Writes => "writes",
                    Direction::Both => "both",
                };
                write!(f, "fail {disk} {direction}")?;
                sectors.iter().try_for_each(|s| write!(f, " {}", range(s)))
            }
            Self::Heal(disk) => write!(f, "heal {disk}"),
            Self::Resize(disk, sectors) => write!(f, "resize {disk} {}", Size(sectors * 512)),
            Self::Label(name) => write!(f, "label {name}"),
            Self::Ask(question) => write!(f, "{question}"),
            Self::Parallel(block) => write!(f, "{block}"),
            Self::Expect(expect) => write!(f, "{expect}"),
        }
    }
}
