//! A scenario as a self-contained shell script for a real machine.
//!
//! It honours `$META`, `$CACHE` and `$ORIGIN` (and `$NAME` for any other disk), or makes loop devices of the right size; it
//! prints what [`Run::transcript`] prints. What only a laboratory can do is refused, and so is a world without sharing.

use super::ast::{Action, Expectation, Extent, Script};
use super::run::{Options, Run};
use super::transcript::block_size_word;
use crate::shell::quote;
use std::fmt::Write;

/// Why a scenario has no form on a real machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("line {line}: `{statement}` cannot be done on a real machine: {why}")]
pub struct NotReal {
    /// Line in the script.
    pub line: usize,
    /// What stands there.
    pub statement: String,
    /// What is in the way.
    pub why: &'static str,
}

const HEAD: &str = r#"set -u
[ "$(id -u)" = 0 ] || { echo "this needs root" >&2; exit 2; }
command -v dmsetup >/dev/null || { echo "this needs dmsetup" >&2; exit 2; }
modprobe dm-cache 2>/dev/null; modprobe dm-cache-smq 2>/dev/null
LOOPS=; FILES=
cleanup() {
  for d in $MADE; do ! dmsetup info "$d" >/dev/null 2>&1 || dmsetup remove "$d"; done
  for l in $LOOPS; do losetup -d "$l"; done
  rm -f $FILES
}
for d in $MADE; do ! dmsetup info "$d" >/dev/null 2>&1 || { echo "there is a device $d already, and it is not ours" >&2; exit 2; }; done
trap cleanup EXIT
# A disk of $1 bytes: a loop device over a sparse file.
make_disk() { f=$(mktemp); truncate -s "$1" "$f"; l=$(losetup -f --show "$f"); LOOPS="$LOOPS $l"; FILES="$FILES $f"; DISK=$l; }
wipe() { dd if=/dev/zero of="$1" bs=64k count=$(($2 / 65536)) oflag=direct conv=notrunc status=none 2>/dev/null; }
kmsg() { dmesg -c 2>/dev/null | sed -e 's/^<[0-9]*>//' -e 's/^\[ *[0-9.]*\] //' | sed 's/^/dmesg| /'; }
# Shows a command as the scenario writes it and runs it on the real devices.
r() { printf '$ %s\n' "$1"; out=$(sh -c "$(real "$1")" 2>&1); rc=$?; [ -z "$out" ] || printf '%s\n' "$out"; echo "[rc=$rc]"; kmsg; }
pat() { tr '\000' "\\$1" < /dev/zero; }
w() { echo "+ write $1 block=$2 count=$3 bs=$5 byte=0$4"; pat "$4" | dd of=/dev/mapper/"$1" bs="$5" seek="$2" count="$3" iflag=fullblock oflag=direct conv=notrunc status=none 2>&1; echo "[rc=$?]"; kmsg; }
peek() { b=$2; o=; while [ "$b" -le "$3" ]; do o="$o $(dd if=/dev/mapper/"$1" bs="$4" skip="$b" count=1 iflag=direct status=none 2>/dev/null | od -An -tx1 -N1 | tr -d ' ')"; b=$((b + 1)); done; echo "peek $1 blocks $2..$3:$o"; kmsg; }
stat1() { printf 'status: '; dmsetup status --noflush "$1" 2>&1; kmsg; }
say() { echo "+ $1"; shift; "$@"; echo "[rc=$?]"; kmsg; }
dmesg -c >/dev/null 2>&1
"#;

/// The variable that names a disk: by the role it has in the first cache table, else its own name.
fn variables(script: &Script) -> Vec<(String, String, u64)> {
    let mut roles: Vec<(String, &str)> = Vec::new();
    for statement in &script.body {
        let Action::Command(text) = &statement.action else { continue };
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '\'' || c == '"').collect();
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
    let variable = |name: &str| match roles.iter().find(|(n, _)| n == name) {
        Some((_, role)) => (*role).to_owned(),
        None => name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect(),
    };
    script.disks.iter().map(|d| (d.name.clone(), variable(&d.name), d.sectors * 512)).collect()
}

/// Names of the mapped devices that the script makes, or renames them to, the last one first: as they are to be removed.
fn made(script: &Script) -> Vec<&str> {
    let mut names = Vec::new();
    for statement in &script.body {
        let Action::Command(text) = &statement.action else { continue };
        let mut words = text.split_whitespace();
        let name = match (words.next(), words.next()) {
            (Some("dmsetup"), Some("create")) => words.next(),
            (Some("dmsetup"), Some("rename")) => words.nth(1),
            _ => None,
        };
        let Some(name) = name.filter(|n| !n.starts_with('-')) else { continue };
        let name = name.trim_matches(['\'', '"']);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.reverse();
    names
}

fn statement(out: &mut String, action: &Action, block: &str) -> Result<(), &'static str> {
    // Writing into a String cannot fail.
    let _ = match action {
        Action::Command(text) => writeln!(out, "r {}", quote(text)),
        Action::Write(device, Extent::Blocks(r), byte) => {
            writeln!(out, "w {device} {} {} {byte:03o} {block}", r.start(), r.end() - r.start() + 1)
        }
        Action::Read(device, Extent::Blocks(r)) => writeln!(out, "peek {device} {} {} {block}", r.start(), r.end()),
        Action::Write(..) | Action::Read(..) => return Err("only whole blocks are written and read there"),
        Action::Discard(device, Extent::Bytes(offset, len)) => {
            writeln!(out, "say {} blkdiscard -o {offset} -l {len} /dev/mapper/{device}", quote(&action.to_string()))
        }
        Action::Discard(device, Extent::Blocks(r)) => {
            let bytes =
                |n: u64| format!("$(({n} * {}))", block.strip_suffix('k').map_or_else(|| block.to_owned(), |k| format!("{k} * 1024")));
            let (offset, len) = (bytes(*r.start()), bytes(r.end() - r.start() + 1));
            writeln!(out, "say {} blkdiscard -o {offset} -l {len} /dev/mapper/{device}", quote(&action.to_string()))
        }
        Action::Settle => writeln!(out, "say settle sleep 15"),
        Action::Wait(ns) => writeln!(out, "say {} sleep {}", quote(&action.to_string()), ns.div_ceil(1_000_000_000)),
        Action::Label(name) => writeln!(out, "printf '\\n######## %s\\n' {}", quote(name)),
        Action::Expect(expect) => match &expect.what {
            Expectation::Status(device, ..) => writeln!(out, "stat1 {device}"),
            _ => writeln!(out, "# {action}"),
        },
        Action::Ask(question, answer) => writeln!(out, "# {question} {answer}"),
        Action::PowerCut(_) => return Err("it cuts the power"),
        Action::Evict(..) => return Err("it picks buffers out of the kernel's memory"),
        Action::Fail(..) | Action::Heal(_) => return Err("it makes a disk fail; dm-flakey could stand in for it"),
        Action::Resize(..) => return Err("it gives a disk another size"),
        Action::Parallel(_) => return Err("it chooses who runs next inside the kernel"),
        Action::Workload(_) => return Err("its requests come from this program's seed"),
    };
    Ok(())
}

/// Writes the script as a program for `sh`. `name` is what it calls itself.
pub fn export(name: &str, script: &Script) -> Result<String, NotReal> {
    let mut run = Run::new(script.clone(), Options { sharing: Some(super::ast::Sharing::On), ..Options::default() });
    let disks = variables(script);
    let mut out = format!(
        "#!/bin/sh\n# {}\n# Made by `dmlab export --sh {name}`: the same commands, on this machine's own dm-cache.\n",
        script.title
    );
    for line in &script.intro {
        let _ = writeln!(out, "# {line}");
    }
    out.push_str("# Whatever is on $META, $CACHE and $ORIGIN is LOST. Without them loop devices are made and removed again.\n");
    let _ = writeln!(out, "# The devices it makes, last first.\nMADE=\"{}\"", made(script).join(" "));
    out.push_str(HEAD);
    let mut real = String::new();
    let mut longest_first = disks.clone();
    longest_first.sort_by_key(|(name, ..)| std::cmp::Reverse(name.len()));
    for (disk, variable, _) in &longest_first {
        let _ = write!(real, " -e \"s#/dev/{disk}#${variable}#g\"");
    }
    if !disks.is_empty() {
        let _ = writeln!(out, "real() {{ printf '%s' \"$1\" | sed{real}; }}");
    } else {
        out.push_str("real() { printf '%s' \"$1\"; }\n");
    }
    for (_, variable, bytes) in &disks {
        let _ = writeln!(out, "[ -n \"${{{variable}:-}}\" ] || {{ make_disk {bytes}; {variable}=$DISK; }}\nwipe \"${variable}\" {bytes}");
    }
    out.push('\n');
    for s in &script.body {
        for line in &s.caption {
            let _ = writeln!(out, "# {line}");
        }
        run.advance();
        let block = run.worlds.first().map_or(128, |w| w.block_of(&s.action));
        statement(&mut out, &s.action, &block_size_word(block)).map_err(|why| NotReal {
            line: s.line,
            statement: s.action.to_string(),
            why,
        })?;
    }
    Ok(out)
}
