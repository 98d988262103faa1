//! Which commands may run on somebody's machine: those of which every word is known, and every device the script's own.
//!
//! Nothing is allowed because nothing speaks against it: programs, verbs and options are those listed here, numbers are digits, and a
//! variable, whose value there nobody knows, is not taken at all.

use crate::shell::{Dmsetup, Line, NotPlain, Plain, dmsetup_line, is_dd, is_plain_printf, parse};

const UNKNOWN: &str = "it could touch something on that machine that is not the script's own";

/// Stands for the path of a disk of the script, which a variable gives there. Any other path is one of that machine: a disk of the
/// script may be called `sda`, and its path be written so that nobody would put the variable in (`/dev/"sda"`).
pub(super) const DISK: &str = "/dev/\u{1}";

/// What keeps a line from a real machine, as far as its text tells; paths of the script's disks are replaced by [`DISK`]. A line is one
/// command, or one pipe: of a list nobody knows which of its members will run there.
pub(super) fn refusal(text: &str, made: &[String]) -> Option<&'static str> {
    match parse(text).map(|line| line.plain()) {
        Ok(Ok(commands)) => commands.iter().find_map(|command| of_one(command, made)),
        Ok(Err(NotPlain::Several)) => Some("only one plain command per line can be exported"),
        Ok(Err(NotPlain::Variable)) => Some("the value of a variable in it is not known there"),
        Err(_) => Some(UNKNOWN),
    }
}

fn refused_unless(fine: bool) -> Option<&'static str> {
    (!fine).then_some(UNKNOWN)
}

fn of_one(command: &Plain, made: &[String]) -> Option<&'static str> {
    let own = |path: &String| is_own(path, made);
    if command.writes.iter().any(|path| path != "/dev/null") {
        return Some("it writes to a file");
    }
    if !command.reads.iter().all(own) {
        return Some(UNKNOWN);
    }
    let (program, args) = command.words.split_first()?;
    let only = |with_number: &[&str], flags: &[&str]| refused_unless(is_only(args, with_number, flags, &own));
    match program.as_str() {
        "dmsetup" => of_dmsetup(args, made),
        "dd" => refused_unless(is_dd(args) && args.iter().all(|a| names_own(a, made))),
        "blkdiscard" => only(&["-o", "-l", "-p", "--offset", "--length", "--step"], &["-f", "-z", "-s", "-v", "--force", "--zeroout"]),
        "blockdev" => only(&[], &BLOCKDEV),
        "cache_check" => only(&[], &CACHE_CHECK),
        "cache_dump" => only(&[], &["-r", "--repair"]),
        "cat" => refused_unless(args.iter().all(|a| a == "-" || own(a))),
        "ls" => refused_unless(args.iter().any(own) && args.iter().all(|a| a == "-1" || own(a))),
        "sleep" => refused_unless(args.iter().all(|a| is_short(a))),
        "uname" => refused_unless(args.iter().all(|a| a == "-r" || a == "-s")),
        "sync" => Some("it waits for every disk of that machine"),
        "printf" if !is_plain_printf(args) => Some("shells differ in how printf handles this"),
        "echo" | "printf" | "tr" | "true" | "false" | ":" => None,
        _ => Some("a script may not run this program there"),
    }
}

const BLOCKDEV: [&str; 12] = [
    "--getsz",
    "--getsize64",
    "--getro",
    "--getss",
    "--getpbsz",
    "--getbsz",
    "--getra",
    "--getiomin",
    "--getioopt",
    "--flushbufs",
    "--setro",
    "--setrw",
];
const CACHE_CHECK: [&str; 7] =
    ["-q", "--quiet", "--clear-needs-check-flag", "--super-block-only", "--skip-mappings", "--skip-hints", "--skip-discards"];

/// Whether there are only these flags, these options with a number behind them, and paths that are the script's own.
fn is_only(args: &[String], with_number: &[&str], flags: &[&str], own: &dyn Fn(&String) -> bool) -> bool {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let fine = match with_number.contains(&arg.as_str()) {
            true => args.next().is_some_and(|value| is_number(value)),
            false => flags.contains(&arg.as_str()) || own(arg),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// A time below three hours, in seconds.
fn is_short(arg: &str) -> bool {
    let number = arg.strip_suffix('s').unwrap_or(arg);
    number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A number with a unit behind it, if any.
fn is_number(arg: &str) -> bool {
    let unit = arg.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < arg.len() && unit.len() <= 3 && unit.chars().all(|c| c.is_ascii_alphabetic())
}

/// Whether an operand of `dd`, if it names a device, names one that is the script's own.
fn names_own(arg: &str, made: &[String]) -> bool {
    arg.split_once('=').is_none_or(|(key, path)| !matches!(key, "if" | "of") || is_own(path, made))
}

/// Options of dmsetup, none of which names a device or a program.
const OPTIONS: [&str; 31] = [
    "--table",
    "--notable",
    "-n",
    "--noflush",
    "--nolockfs",
    "--inactive",
    "--readonly",
    "-r",
    "--force",
    "-f",
    "--deferred",
    "--retry",
    "--target",
    "--tree",
    "-c",
    "-C",
    "--columns",
    "-o",
    "--options",
    "--noheadings",
    "--nameprefixes",
    "--separator",
    "--sort",
    "--uuid",
    "-u",
    "--setuuid",
    "--noopencount",
    "--readahead",
    "--mode",
    "--addnodeoncreate",
    "--addnodeonresume",
];

fn of_dmsetup(args: &[String], made: &[String]) -> Option<&'static str> {
    let Some(line) = dmsetup_line(args) else { return Some(UNKNOWN) };
    if args.iter().any(|a| a.starts_with('-') && !OPTIONS.contains(&a.as_str())) {
        return Some("a script may not use this option there");
    }
    let verb = line.verb.as_str();
    if line.otherwise_named && verb != "create" {
        return Some("it refers to a device other than by name");
    }
    let looks = matches!(verb, "status" | "table" | "info" | "ls" | "deps" | "version" | "targets" | "help" | "");
    let names = match verb {
        "create" | "load" | "reload" | "message" => line.words.get(..1).unwrap_or_default(),
        "rename" if args.iter().any(|a| a == "--setuuid") => line.words.get(..1).unwrap_or_default(),
        _ if looks => line.words.as_slice(),
        "suspend" | "resume" | "clear" | "remove" | "wipe_table" | "rename" => line.words.as_slice(),
        "remove_all" => return Some("it would remove every device of that machine"),
        _ => return Some("a script may not use this dmsetup command there"),
    };
    if names.is_empty() {
        let flushes = verb == "status" && !args.iter().any(|a| a == "--noflush");
        return (!looks || flushes).then_some("it names no device that the script creates");
    }
    let named = |name: &String| made.contains(name) || name.strip_prefix("/dev/mapper/").is_some_and(|n| made.iter().any(|m| m == n));
    if !names.iter().all(named) {
        return Some(if verb == "create" {
            "a device of that name cannot be created there"
        } else {
            "it names a device that the script does not create"
        });
    }
    let wants_table = matches!(verb, "create" | "load" | "reload") && !line.notable;
    match &line.table {
        None if wants_table => Some("its table is not on the command line"),
        Some(table) if !table.lines().all(|l| table_is_own(l, made)) => Some("its table names a device that is not the script's own"),
        _ => None,
    }
}

/// Whether every device of a table line is the script's. What is no plain line, a real dmsetup may read in another way.
fn table_is_own(line: &str, made: &[String]) -> bool {
    let line = line.replace(DISK, "/dev/null/disk");
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let plain = line.chars().all(|c| c == ' ' || c.is_ascii_graphic() && c != '\\');
    let numbers = words.iter().take(2).all(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let devices: Vec<usize> = match words.get(2) {
        Some(&("linear" | "flakey")) => vec![3],
        Some(&"delay") => vec![3, 6, 9],
        Some(&"cache") => vec![3, 4, 5],
        Some(&"striped") => (5..words.len()).step_by(2).collect(),
        Some(&("zero" | "error")) if words.len() == 3 => Vec::new(),
        _ => return false,
    };
    plain && numbers && devices.iter().filter_map(|at| words.get(*at)).all(|path| *path == "/dev/null/disk" || is_own(path, made))
}

/// Whether a path is a disk of the script, a device that it makes, or one of the two that are everybody's.
pub(super) fn is_own(path: &str, made: &[String]) -> bool {
    let mapped = |name: &str| made.iter().any(|m| m == name);
    path == DISK || matches!(path, "/dev/zero" | "/dev/null") || path.strip_prefix("/dev/mapper/").is_some_and(mapped)
}

/// What a line asks of dmsetup.
pub(super) fn dmsetup_lines(line: &Line) -> Vec<Dmsetup> {
    let of =
        |command: &Plain| command.words.split_first().filter(|(program, _)| *program == "dmsetup").and_then(|(_, args)| dmsetup_line(args));
    line.plain_within().iter().filter_map(of).collect()
}

/// Names of the mapped devices that a line makes, or renames to, as far as they can be told beforehand.
pub(super) fn makes(line: &Line) -> Vec<String> {
    let mut names = Vec::new();
    for line in dmsetup_lines(line) {
        let name = match line.verb.as_str() {
            "create" => line.words.first(),
            "rename" => line.words.get(1),
            _ => None,
        };
        names.extend(name.filter(|n| is_name(n)).cloned());
    }
    names
}

/// Names that the clean-up can use: one that begins with `-` would be an option there, and device-mapper's own node is none of ours.
fn is_name(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.:+-".contains(c));
    plain && !name.starts_with('-') && !matches!(name, "" | "." | ".." | "control")
}
