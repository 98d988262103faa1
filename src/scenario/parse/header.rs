//! What a script says about its run before it says what happens: kernel, sharing, disks, names.

use super::args::Args;
use super::{DISKS_MAX, FORMAT_VERSION, Parsed, Parser};
use crate::scenario::ast::{Disk, Sharing};
use crate::scenario::error::{Fault, place};
use crate::scenario::lex::{self, Word};
use dm_cache_engine::kernel::Kernel;
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
        let from = if args.peek() == Some("from") {
            args.one_of("`from`", &["from"])?;
            Some(args.next("the name of a file")?.text.clone())
        } else {
            None
        };
        let (line, _) = place(self.source, word.span.offset);
        self.script.disks.push(Disk { name, sectors, line, from, pages: Arc::default() });
        Ok(())
    }
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
