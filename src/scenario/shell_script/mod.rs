//! A scenario as a self-contained shell script for a real machine.
//!
//! It honours `$META`, `$CACHE` and `$ORIGIN` (and `$DISK_NAME` for any other disk) once `OVERWRITE=yes` says so, or makes
//! loop devices of the right size; it prints what [`Run::transcript`] prints with sharing. What only a laboratory can do is
//! refused, and so is what could touch anything else of that machine.

mod safe;
mod stack;

use self::stack::Stack;
use super::ast::{Action, Expect, Expectation, Extent, Scope, Script, Sharing};
use super::run::{Options, Run};
use super::transcript::block_size_word;
use super::verbs::BLOCK_SECTORS;
use super::verbs::VERB_BYTES_MAX;
use crate::shell::quote;
use std::fmt::Write;

/// Why a scenario has no form on a real machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("line {line}: `{statement}` cannot be done on a real machine: {why}")]
pub struct NotReal {
    /// Line in the script.
    pub line: usize,
    /// What stands there: its first line.
    pub statement: String,
    /// What is in the way.
    pub why: &'static str,
}

const PRELUDE: &str = include_str!("prelude.sh");

/// A disk of the script: its name, the variable that names the device which stands for it, its bytes.
struct Real {
    disk: String,
    variable: String,
    bytes: u64,
}

/// The variable that names a disk: by the role it has in the first cache table, else `DISK_` and its own name.
fn disks(script: &Script) -> Vec<Real> {
    let mut roles: Vec<(String, &str)> = Vec::new();
    for statement in &script.body {
        let Action::Command(line) = &statement.action else { continue };
        let words: Vec<&str> = line.text().split(|c: char| c.is_whitespace() || c == '\'' || c == '"').collect();
        let Some(at) = words.iter().position(|w| *w == "cache") else { continue };
        for (word, role) in words.iter().skip(at + 1).zip(["META", "CACHE", "ORIGIN"]) {
            if let Some(name) = word.strip_prefix("/dev/") {
                roles.push((name.to_owned(), role));
            }
        }
        if !roles.is_empty() {
            break;
        }
    }
    let mut all: Vec<Real> = Vec::new();
    for disk in &script.disks {
        let own = || disk.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect::<String>();
        let mut variable =
            roles.iter().find(|(n, _)| *n == disk.name).map_or_else(|| format!("DISK_{}", own()), |(_, role)| (*role).to_owned());
        while all.iter().any(|d| d.variable == variable) {
            variable.push('_');
        }
        all.push(Real { disk: disk.name.clone(), variable, bytes: disk.sectors * 512 });
    }
    all
}

/// Where the paths of disks stand in a text: start, end and which disk.
fn paths<'d>(text: &str, disks: &'d [Real]) -> Vec<(usize, usize, &'d Real)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("/dev/") {
        let name = text.get(at + 5..).unwrap_or("");
        let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_.-+:/".contains(c));
        let whole = |disk: &&Real| name.strip_prefix(disk.disk.as_str()).is_some_and(|rest| !goes_on(rest));
        found.extend(disks.iter().find(whole).map(|disk| (at, at + 5 + disk.disk.len(), disk)));
    }
    found
}

/// Names of the mapped devices that the script makes, the last one first: as they are to be removed.
fn made(script: &Script) -> Vec<String> {
    let mut names = Vec::new();
    for statement in &script.body {
        let Action::Command(line) = &statement.action else { continue };
        for name in safe::makes(line) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.reverse();
    names
}

/// A text in which something else stands for the paths of disks, and for the pieces between them.
fn put_in(text: &str, found: &[(usize, usize, &Real)], disk: impl Fn(&Real) -> String, piece: impl Fn(&str) -> String) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (from, to, real) in found {
        out.push_str(&piece(text.get(at..*from).unwrap_or("")));
        out.push_str(&disk(real));
        at = *to;
    }
    out + &piece(text.get(at..).unwrap_or(""))
}

/// A command with the paths of disks replaced by the variables that name them: one word of a shell.
fn on_real_devices(text: &str, found: &[(usize, usize, &Real)]) -> String {
    let literal = |piece: &str| if piece.is_empty() { String::new() } else { quote(piece) };
    put_in(text, found, |disk| format!("\"${}\"", disk.variable), literal)
}

/// The path of the device that a verb names, as a word of a shell.
fn path(device: &str, disks: &[Real], made: &[String]) -> Result<String, &'static str> {
    let disk = |name: &str| disks.iter().find(|d| d.disk == name).map(|d| format!("\"${}\"", d.variable));
    match device.strip_prefix("/dev/") {
        Some(name) if name.starts_with("mapper/") && safe::is_own(device, made) => Ok(quote(device)),
        Some(name) => disk(name).ok_or("the device is not one of the script's disks, and may be one of that machine's"),
        None if made.iter().any(|name| name == device) => Ok(quote(&format!("/dev/mapper/{device}"))),
        None => disk(device).ok_or("the script does not create a device of this name"),
    }
}

/// Whether a character moves a terminal's cursor or turns the direction of what follows: what stands there would not be what is seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether a statement does something to the machine, rather than tell or ask.
fn acts(action: &Action) -> bool {
    !matches!(action, Action::Expect(_) | Action::Label(_) | Action::Ask(..))
}

/// A text as whoever reads the script sees it.
fn seen(text: &str) -> String {
    text.replace(is_hidden, "?")
}

struct Writer<'s> {
    script: &'s Script,
    disks: Vec<Real>,
    made: Vec<String>,
}

impl Writer<'_> {
    /// One statement; its blocks have so many sectors.
    fn statement(&self, out: &mut String, action: &Action, sectors: u64) -> Result<(), &'static str> {
        let block = block_size_word(sectors);
        let device = |name: &str| path(name, &self.disks, &self.made).map(|path| format!("{} {path}", quote(name)));
        if acts(action) && action.to_string().chars().any(|c| is_hidden(c) && !matches!(c, '\t' | '\n')) {
            return Err("it contains invisible characters");
        }
        // Writing into a String cannot fail.
        let _ = match action {
            Action::Command(line) => {
                let text = line.text();
                let found = paths(text, &self.disks);
                if let Some(why) = safe::refusal(&put_in(text, &found, |_| safe::DISK.to_owned(), str::to_owned), &self.made) {
                    return Err(why);
                }
                if found.is_empty() {
                    writeln!(out, "r {}", quote(text))
                } else {
                    writeln!(out, "r {} \\\n  {}", quote(text), on_real_devices(text, &found))
                }
            }
            Action::Write(_, Extent::Blocks(r), _) | Action::Read(_, Extent::Blocks(r))
                if (r.end() - r.start()).saturating_mul(sectors * 512) >= VERB_BYTES_MAX =>
            {
                return Err("it is more than 256 MiB at once");
            }
            Action::Write(name, Extent::Blocks(r), byte) => {
                writeln!(out, "w {} {} {} {byte:03o} {block}", device(name)?, r.start(), (r.end() - r.start()).saturating_add(1))
            }
            Action::Read(name, Extent::Blocks(r)) => writeln!(out, "peek {} {} {} {block}", device(name)?, r.start(), r.end()),
            Action::Write(..) | Action::Read(..) => return Err("only whole blocks are written and read there"),
            Action::Discard(name, extent) => {
                let (offset, len) = match extent {
                    Extent::Bytes(offset, len) => (*offset, *len),
                    Extent::Blocks(r) => {
                        let bytes = |n: u64| n.saturating_mul(sectors).saturating_mul(512);
                        (bytes(*r.start()), bytes((r.end() - r.start()).saturating_add(1)))
                    }
                };
                let path = path(name, &self.disks, &self.made)?;
                writeln!(out, "say {} blkdiscard -o {offset} -l {len} {path}", quote(&action.to_string()))
            }
            Action::Settle => writeln!(out, "say settle sleep 15"),
            Action::Wait(ns) => writeln!(out, "say {} sleep {}", quote(&action.to_string()), ns.div_ceil(1_000_000_000)),
            Action::Label(name) => writeln!(out, "printf '\\n######## %s\\n' {}", quote(&seen(name))),
            Action::Expect(expect) => match &expect.what {
                Expectation::Status(name, ..) if !self.made.contains(name) => {
                    return Err("the script does not create a device of this name");
                }
                Expectation::Status(name, ..) => writeln!(out, "stat1 {}", quote(name)),
                _ if expect.scope == Scope::Off || self.script.sharing == Sharing::Off => Ok(()),
                what => writeln!(out, "# {}", seen(&Action::Expect(Expect { scope: Scope::Always, what: what.clone() }).to_string())),
            },
            Action::Ask(question) => writeln!(out, "# {} {}", seen(&question.text), seen(&question.answer)),
            Action::PowerCut(_) => return Err("it cuts the power"),
            Action::Evict(..) => return Err("it evicts buffers from the kernel's memory"),
            Action::Fail(..) | Action::Heal(_) => return Err("it makes a disk fail; dm-flakey could stand in for it"),
            Action::Resize(..) => return Err("it resizes a disk"),
            Action::Parallel(_) => return Err("it chooses what runs next inside the kernel"),
            Action::Workload(_) => return Err("its requests come from this program's seed"),
        };
        Ok(())
    }

    fn head(&self, name: &str) -> String {
        // A name is any that a file can have, and no line may end within a comment.
        let name = quote(&seen(name));
        let mut out = format!(
            "#!/bin/sh\n# {}\n# Made by `dmlab export --sh {name}`: the same commands, on this machine's own dm-cache.\n",
            seen(&self.script.title)
        );
        for line in &self.script.intro {
            let _ = writeln!(out, "# {}", seen(line));
        }
        let variables: Vec<String> = self.disks.iter().map(|d| format!("${}", d.variable)).collect();
        let _ = writeln!(
            out,
            "#\n# {} may name devices, all of whose contents are LOST: with OVERWRITE=yes. For each that is not set\n\
             # a loop device is made, and removed at the end. Needs root; leaves lines `dmlab-mark` in the kernel log.",
            if variables.is_empty() { "No variable".to_owned() } else { variables.join(", ") }
        );
        if self.script.sharing == Sharing::Off {
            out.push_str(
                "# The scenario is of a kernel without the fix, and what it expects is left out: a kernel that shares prints what\n\
                 # `dmlab run --transcript --sharing on` prints.\n",
            );
        }
        let _ = writeln!(out, "# The mapped devices it makes, the last one first.\nMADE=\"{}\"", self.made.join(" "));
        out.push_str(PRELUDE);
        for disk in &self.disks {
            let _ = writeln!(out, "disk {} {} # /dev/{}", disk.variable, disk.bytes, disk.disk);
        }
        out.push_str("release\nmark\n\n");
        out
    }
}

/// Writes the script as a program for `sh`. `name` is what it calls itself.
pub fn export(name: &str, script: &Script) -> Result<String, NotReal> {
    if let Some(disk) = script.disks.iter().find(|d| d.lies || d.speed.is_some()) {
        let why = if disk.lies { "no disk of that machine is known to lie" } else { "the disks of that machine are as fast as they are" };
        return Err(NotReal { line: disk.line, statement: disk.to_string(), why });
    }
    if let Some(disk) = script.disks.iter().find(|d| d.from.is_some()) {
        return Err(NotReal { line: disk.line, statement: disk.to_string(), why: "the file is in no export" });
    }
    let mut run = Run::new(script.clone(), Options { sharing: Some(Sharing::On), ..Options::default() });
    let writer = Writer { script, disks: disks(script), made: made(script) };
    let not_real = |line, action: &Action, why| {
        let statement = action.to_string();
        let first = statement.lines().next().unwrap_or_default();
        NotReal { line, statement: if first.len() < statement.len() { format!("{first} …") } else { statement }, why }
    };
    let mut out = writer.head(name);
    let mut stack = Stack::default();
    for s in &script.body {
        for line in &s.caption {
            let _ = writeln!(out, "# {}", seen(line));
        }
        run.advance();
        if let Action::Command(line) = &s.action
            && !stack.add(line)
        {
            return Err(not_real(s.line, &s.action, "a device may end up stacked on itself, which some kernels do not survive"));
        }
        if acts(&s.action) && run.worlds.first().is_some_and(|w| w.last.hang.is_some()) {
            return Err(not_real(s.line, &s.action, "it does not come back"));
        }
        let block = run.worlds.first().and_then(|w| w.block_of(&s.action)).unwrap_or(BLOCK_SECTORS);
        writer.statement(&mut out, &s.action, block).map_err(|why| not_real(s.line, &s.action, why))?;
    }
    Ok(out)
}
