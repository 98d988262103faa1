//! A run in the form in which recordings of real kernels are kept, so that the two can be compared line by line.

use super::ast::{Action, Expectation, Extent};
use super::run::{RC_HANG, Run, WorldRun};
use super::verbs::{BLOCK_SECTORS, node};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::event::Event;
use std::fmt::Write;

/// Blocks of a device that is not there which a read shows.
const MISSING_MAX: usize = 4096;

/// `64k` for 128 sectors.
#[must_use]
pub fn block_size_word(sectors: u64) -> String {
    if sectors.is_multiple_of(2) { format!("{}k", sectors / 2) } else { (sectors * 512).to_string() }
}

/// Whether a verb has said that there is no such device.
fn is_missing(device: &str, output: &str) -> bool {
    output.strip_prefix(device).is_some_and(|rest| rest.starts_with(": "))
}

impl Run {
    /// The transcript of one world.
    #[must_use]
    pub fn transcript(&self, world: usize) -> String {
        let mut out = String::new();
        let Some(world) = self.worlds.get(world) else { return out };
        for (number, statement) in self.script.body.iter().enumerate().take(world.marks.len()) {
            world.transcribe(&mut out, number, &statement.action);
        }
        out
    }
}

impl WorldRun {
    fn transcribe(&self, out: &mut String, number: usize, action: &Action) {
        let Some(mark) = self.marks.get(number) else { return };
        let (mut output, mut rc, mut log, mut requests) = (String::new(), 0, Vec::new(), Vec::new());
        for event in self.timeline.events_in(mark.first_step..mark.end_step) {
            match event {
                Event::CommandEnd { rc: code, output: text } => {
                    output.push_str(text);
                    rc = *code;
                }
                Event::Klog { line } => log.push(line),
                Event::Request { text } => requests.push(text),
                _ => {}
            }
        }
        let block = || block_size_word(self.blocks.get(&number).copied().unwrap_or(BLOCK_SECTORS));
        // Writing into a String cannot fail.
        let _ = match action {
            Action::Command(line) => {
                let end = if rc == RC_HANG { "[still blocked after 20s]".into() } else { format!("[rc={rc}]") };
                writeln!(out, "$ {line}\n{output}{end}")
            }
            Action::Write(device, Extent::Blocks(r), byte) => {
                let count = (r.end() - r.start()).saturating_add(1);
                let _ = writeln!(out, "+ write {device} block={} count={count} bs={} byte=0{byte:03o}", r.start(), block());
                if [Errno::Io, Errno::NoSpc].iter().any(|errno| output.trim_end() == errno.to_string()) {
                    let _ = writeln!(out, "dd: error writing '{}': {}", node(device), output.trim_end());
                } else if output.trim_end() == Errno::Inval.to_string() {
                    let _ = writeln!(out, "dd: {}: {}", node(device), output.trim_end());
                } else if is_missing(device, &output) {
                    let _ = writeln!(out, "dd: can't open '{}': No such device or address", node(device));
                } else if output.trim_end().ends_with("the device ends there") {
                    let _ = writeln!(out, "dd: error writing '{}': No space left on device", node(device));
                }
                writeln!(out, "[rc={rc}]")
            }
            Action::Read(device, Extent::Blocks(r)) => {
                let seen = match is_missing(device, &output) {
                    true => r.clone().take(MISSING_MAX).map(|_| "--").collect::<Vec<_>>().join(" "),
                    false => output.lines().next().unwrap_or_default().to_owned(),
                };
                writeln!(out, "peek {device} blocks {}..{}: {seen}", r.start(), r.end())
            }
            Action::Label(name) => writeln!(out, "\n######## {name}"),
            Action::Expect(expect) => match &expect.what {
                Expectation::Status(device, ..) => {
                    let line = self.status_lines.get(&number).cloned().unwrap_or_else(|| format!("(no status of {device})"));
                    writeln!(out, "status: {line}")
                }
                _ => Ok(()),
            },
            Action::Ask(..) => Ok(()),
            Action::Discard(device, _) => {
                let _ = writeln!(out, "+ {action}");
                if is_missing(device, &output) {
                    let why = output.trim_end().rsplit(": ").next().unwrap_or_default();
                    let _ = writeln!(out, "blkdiscard: can't open '{}': {why}", node(device));
                } else if rc != 0 {
                    let _ = writeln!(out, "blkdiscard: {}: BLKDISCARD ioctl failed: {}", node(device), output.trim_end());
                }
                writeln!(out, "[rc={rc}]")
            }
            other => {
                let end = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
                writeln!(out, "+ {other}\n{output}{end}[rc={rc}]")
            }
        };
        for text in requests {
            let _ = writeln!(out, "dm| {text}");
        }
        for line in log {
            let _ = writeln!(out, "dmesg| {line}");
        }
    }

    /// Sectors of a block of the device that a verb names, as it stands now.
    pub(super) fn block_of(&self, action: &Action) -> Option<u64> {
        match action {
            Action::Write(device, ..) | Action::Read(device, ..) | Action::Discard(device, ..) => {
                Some(self.device(device).map_or(BLOCK_SECTORS, |dev| self.block_sectors(dev)))
            }
            _ => None,
        }
    }
}
