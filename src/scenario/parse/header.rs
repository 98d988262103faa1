//! What a script says about its run before it says what happens: kernel, sharing, disks, names.

use super::args::Args;
use super::{DISKS_MAX, FORMAT_VERSION, Parsed, Parser};
use crate::scenario::ast::{Disk, Sharing};
use crate::scenario::error::{Fault, place};
use crate::scenario::lex::{self, Word};
use dm_cache_engine::device::Speed;
use dm_cache_engine::kernel::Kernel;
use std::num::NonZeroU64;
use std::sync::Arc;

impl Parser<'_> {
    /// Whether the line is one of the header's; then it is read.
    pub(super) fn header(&mut self, first: &Word, args: &mut Args<'_>) -> Parsed<bool> {
        if matches!(first.text.as_str(), "dm-cache-lab" | "kernel" | "sharing" | "seed" | "group") {
            self.once(&first.text, first.span)?;
        }
        match first.text.as_str() {
            "dm-cache-lab" => {
                let version = args.take("a format version", lex::as_number)?;
                if version != FORMAT_VERSION {
                    return Err(Fault::new(first.span, format!("format version {version} is not supported"), "expected 1"));
                }
            }
            "kernel" => {
                let names: Vec<&'static str> = Kernel::ALL.iter().map(|k| k.name()).collect();
                let name = args.one_of("a kernel profile", &names)?;
                self.script.kernel = Kernel::from_name(name).unwrap_or_default();
            }
            "sharing" => {
                let name = args.one_of("`on`, `off` or `compare`", &["on", "off", "compare"])?;
                self.script.sharing = Sharing::from_name(name).unwrap_or_default();
            }
            "seed" => {
                self.script.seed = args.take("a number", lex::as_number)?;
            }
            "group" => {
                self.script.group = Some(lex::joined(args.rest()));
            }
            "disk" => {
                self.disk(args)?;
            }
            "let" => {
                let name = args.next("a name")?.text.clone();
                args.one_of("`=`", &["="])?;
                let rest = args.rest();
                let text = lex::joined(rest);
                let value = if text.is_empty() { text } else { self.with_names(&text, &[], 0).map_err(|fault| placed(fault, rest))? };
                self.lets.insert(name, value);
            }
            _ => return Ok(false),
        }
        args.end()?;
        Ok(true)
    }

    fn disk(&mut self, args: &mut Args<'_>) -> Parsed<()> {
        let word = args.next("a name for the disk")?;
        let name = word.text.strip_prefix("/dev/").unwrap_or(&word.text).to_owned();
        if self.script.disks.iter().any(|d| d.name == name) {
            return Err(Fault::new(word.span, format!("there is already a disk `{name}`"), "expected another name"));
        }
        let sectors = args.sectors(1)?;
        if self.script.disks.len() >= DISKS_MAX {
            return Err(Fault::new(word.span, "too many disks", format!("at most {DISKS_MAX}")));
        }
        let (line, _) = place(self.source, word.span.offset);
        let mut disk = Disk { name, sectors, line, from: None, speed: None, lies: false, pages: Arc::default() };
        let mut seen: Vec<&str> = Vec::new();
        while let Some(here) = args.here() {
            let option = args.one_of("an option of a disk", &["from", "hdd", "read", "write", "seek", "lies"])?;
            let is_speed = |option: &&str| matches!(*option, "read" | "write" | "seek");
            if seen.contains(&option) || option == "hdd" && seen.iter().any(is_speed) || is_speed(&option) && seen.contains(&"hdd") {
                return Err(Fault::new(here, format!("`{option}` says again what was said before"), "expected another option or nothing"));
            }
            seen.push(option);
            match option {
                "from" => disk.from = Some(args.next("the name of a file")?.text.clone()),
                "lies" => disk.lies = true,
                "hdd" => disk.speed = Some(Speed::HDD),
                option => {
                    let speed = disk.speed.get_or_insert(Speed { read: None, write: None, seek_ns: 0 });
                    match option {
                        "read" => speed.read = Some(rate(args)?),
                        "write" => speed.write = Some(rate(args)?),
                        _ => {
                            speed.seek_ns =
                                args.take("a time such as 8ms, up to 10s", |w| lex::as_duration(w).filter(|ns| *ns <= SEEK_NS_MAX))?
                        }
                    }
                }
            }
        }
        self.script.disks.push(disk);
        Ok(())
    }
}

/// Slower than this nothing is simulated: times stay far from what 64 bits hold.
const RATE_MIN: u64 = 1024;
const SEEK_NS_MAX: u64 = 10_000_000_000;

/// Bytes a second.
fn rate(args: &mut Args<'_>) -> Parsed<NonZeroU64> {
    args.take("a rate such as 150M/s, at least 1K/s", |word| {
        lex::as_size(word.strip_suffix("/s")?).filter(|bytes| *bytes >= RATE_MIN).and_then(NonZeroU64::new)
    })
}

/// An error at a place in the words joined, where it stands in the script.
fn placed(mut fault: Fault, words: &[Word]) -> Fault {
    let mut at = fault.span.offset + usize::from(matches!(words, [alone] if alone.quoted));
    for word in words {
        if at < word.span.len {
            fault.span.offset = word.span.offset + at;
            break;
        }
        at = at.saturating_sub(word.span.len + 1);
    }
    fault
}
