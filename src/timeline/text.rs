//! A picture as plain text, for terminals and pages that read aloud.

use super::chips::reason;
use super::picture::{DataPicture, DevicePicture, MetadataPicture, ObjectPicture, Picture, TablePicture};
use std::fmt::{self, Display, Formatter};

fn words<T: ToString>(list: &[T]) -> String {
    if list.is_empty() { "none".into() } else { list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ") }
}

/// A text with a capital letter at its beginning.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `0..3 50..53` for sorted numbers.
#[must_use]
pub fn runs(numbers: &[u64]) -> String {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for n in numbers {
        match out.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*n) => *last = *n,
            _ => out.push((*n, *n)),
        }
    }
    words(&out.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}..{b}") }).collect::<Vec<_>>())
}

struct SlotText<'t>(Option<&'t TablePicture>);

impl Display for SlotText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("empty"),
            Some(t) if t.objects.is_empty() => write!(f, "{} ({})", t.letter, t.targets.join(" ")),
            Some(t) => write!(f, "{} ({} on object {})", t.letter, t.targets.join(" "), t.objects.join(" ")),
        }
    }
}

impl Display for DevicePicture {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let state = if self.suspended { ", SUSPENDED" } else { "" };
        write!(
            f,
            "{} ({}){state}\n  LIVE      {}{}\n  INACTIVE  {}",
            self.name,
            self.dev,
            SlotText(self.live.as_ref()),
            if self.becoming_live { ": new table, becoming LIVE" } else { "" },
            SlotText(self.inactive.as_ref())
        )?;
        self.moving.iter().try_for_each(|t| write!(f, "\n  moving    {}: new table, becoming LIVE", SlotText(Some(t))))?;
        self.leaving.iter().try_for_each(|t| write!(f, "\n  leaving   {}: old table, destructor next", SlotText(Some(t))))
    }
}

impl Display for ObjectPicture {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let listed = if self.listed { "on the list" } else { "not on the list" };
        write!(
            f,
            "object {} over {}: ref_count {}, held by {}, {listed}",
            self.letter,
            self.dev_name,
            self.ref_count,
            words(&self.holders)
        )?;
        let roots: Vec<String> = self.roots.iter().map(|(name, block)| format!("{name} {block}")).collect();
        write!(f, "\n  {}\n  {} mappings", roots.join("  "), self.nr_mappings)?;
        let of = |state| self.buffers.iter().filter(|b| b.state == state).map(|b| b.block).collect::<Vec<_>>();
        write!(f, "\n  buffers: clean {}  dirty {}  STALE {}", runs(&of("clean")), runs(&of("dirty")), runs(&self.stale))?;
        if !self.overwrites.is_empty() {
            write!(f, "\n  dirty over blocks in use on disk: {}", runs(&self.overwrites))?;
        }
        if !self.unreadable.is_empty() {
            write!(f, "\n  named, but not what they should be: {}", runs(&self.unreadable))?;
        }
        Ok(())
    }
}

impl Display for MetadataPicture {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} blocks", self.name, self.dev, self.nr_blocks)?;
        for letter in &self.objects {
            let seen: Vec<String> = self
                .blocks
                .iter()
                .filter(|b| b.seen_by.contains(letter))
                .map(|b| b.kind.map_or_else(|| b.block.to_string(), |kind| format!("{}{kind:?}", b.block)))
                .collect();
            write!(f, "\n  {letter} sees {}", words(&seen))?;
        }
        Ok(())
    }
}

impl Display for DataPicture {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.table.is_empty() {
            write!(f, "data of {}, through no cache", self.device)?;
        } else {
            write!(
                f,
                "data of {} through {}: {}/{} blocks cached, {} dirty, {} mode, {}",
                self.device, self.table, self.resident, self.cache_blocks, self.dirty, self.mode, self.policy
            )?;
        }
        let cached: Vec<u64> = self.blocks.iter().filter(|b| b.cblock.is_some()).map(|b| b.oblock).collect();
        write!(f, "\n  cached {}\n  LOST {}", runs(&cached), runs(&self.lost))?;
        if !self.unreadable.is_empty() {
            write!(f, "\n  not readable now {}: {}", runs(&self.unreadable), reason(self))?;
        }
        if !self.old.is_empty() {
            write!(f, "\n  OLD on the origin {}", runs(&self.old))?;
        }
        if !self.unpromised.is_empty() {
            write!(f, "\n  gone, never promised {}", runs(&self.unpromised))?;
        }
        if !self.unknown.is_empty() {
            write!(f, "\n  unknown {}", runs(&self.unknown))?;
        }
        Ok(())
    }
}

impl Display for Picture {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.devices.iter().try_for_each(|d| writeln!(f, "{d}"))?;
        writeln!(f, "list of metadata objects: {}", words(&self.list))?;
        if let Some(holder) = &self.mutex {
            writeln!(f, "its mutex is held by {holder}")?;
        }
        self.objects.iter().try_for_each(|o| writeln!(f, "{o}"))?;
        self.metadata.iter().try_for_each(|m| writeln!(f, "{m}"))?;
        self.data.iter().try_for_each(|d| writeln!(f, "{d}"))
    }
}
