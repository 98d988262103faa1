//! Which commands may run on somebody's machine: those of which every device that they touch is known to be the script's own.

use crate::shell::{Dmsetup, Simple, commands, dmsetup_line};

/// Programs that a script may name there.
const PROGRAMS: [&str; 18] = [
    "dmsetup",
    "dd",
    "blkdiscard",
    "blockdev",
    "cache_check",
    "cache_dump",
    "cat",
    "tr",
    "ls",
    "sync",
    "sleep",
    "usleep",
    "uname",
    "echo",
    "printf",
    "true",
    "false",
    ":",
];
/// Verbs of dmsetup that change nothing.
const LOOKS: [&str; 9] = ["status", "table", "info", "ls", "deps", "version", "targets", "help", ""];

const UNKNOWN: &str = "it may touch what is not the script's own on that machine";

/// Stands for the path of a disk of the script, which a variable gives there. Any other path is one of that machine: a disk of the
/// script may be called `sda`, and its path be written so that nobody would put the variable in (`/dev/"sda"`).
pub(super) const DISK: &str = "/dev/\u{1}";

/// What keeps a command from a real machine; paths of the script's disks are replaced by [`DISK`].
pub(super) fn refusal(text: &str, made: &[String]) -> Option<&'static str> {
    match commands(text) {
        Ok(commands) => commands.iter().find_map(|command| of_one(command, made)),
        Err(why) => Some(why),
    }
}

fn of_one(command: &Simple, made: &[String]) -> Option<&'static str> {
    let own = |path: &str| is_own(path, made);
    if command.writes.iter().any(|path| path != "/dev/null") {
        return Some("it writes to a file");
    }
    if !command.reads.iter().all(|path| own(path)) {
        return Some(UNKNOWN);
    }
    let (program, args) = command.words.split_first()?;
    if program == "for" {
        let numbers = args.iter().skip(2).all(|w| w.bytes().all(|b| b.is_ascii_digit()));
        return (!numbers).then_some("the values of the loop are no numbers");
    }
    if !PROGRAMS.contains(&program.as_str()) {
        return Some("a program in it is none that a script may run there");
    }
    match program.as_str() {
        "dmsetup" => match dmsetup_line(args) {
            Some(_) if args.iter().any(|a| a.starts_with("--con")) => Some(UNKNOWN),
            Some(line) => of_dmsetup(&line, made),
            None => Some(UNKNOWN),
        },
        "echo" if args.iter().any(|a| a.contains('\\')) || args.first().is_some_and(|a| a.starts_with("-e")) => {
            Some("shells differ in what echo makes of that")
        }
        "printf" if args.first().is_some_and(|a| a.starts_with('-')) => Some("shells differ in what printf makes of that"),
        "echo" | "printf" | "tr" | "sleep" | "usleep" | "uname" | "true" | "false" | ":" => None,
        "dd" => {
            let file = |a: &&String| a.starts_with("if=") || a.starts_with("of=") || a.contains('/');
            let path = |a: &String| a.get(3..).is_some_and(own);
            (!args.iter().filter(file).all(path)).then_some(UNKNOWN)
        }
        "cat" | "ls" => {
            let of_kernel = |a: &str| a.starts_with("/sys/block/") && !a.contains("..");
            (!args.iter().filter(|a| !a.starts_with('-')).all(|a| own(a) || of_kernel(a))).then_some(UNKNOWN)
        }
        program => (!args.iter().all(|a| own(a) || is_number(a) || is_flag(program, a))).then_some(UNKNOWN),
    }
}

/// A number with a unit behind it, if any: the value of an option.
fn is_number(arg: &str) -> bool {
    let unit = arg.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < arg.len() && unit.len() <= 3 && unit.chars().all(|c| c.is_ascii_alphabetic())
}

/// An option that names no file: not by a path, and not as `cache_dump -o` does.
fn is_flag(program: &str, arg: &str) -> bool {
    let names_output = program != "blkdiscard" && !arg.starts_with("--") && arg.contains('o');
    arg.starts_with('-') && !arg.contains(['/', '=']) && !names_output
}

fn of_dmsetup(line: &Dmsetup, made: &[String]) -> Option<&'static str> {
    let verb = line.verb.as_str();
    if verb == "remove_all" {
        return Some("it would remove every device of that machine");
    }
    if LOOKS.contains(&verb) {
        return None;
    }
    if line.otherwise_named && verb != "create" {
        return Some("it names a device by something else than its name");
    }
    let names = match verb {
        "create" | "load" | "reload" | "message" | "rename" => line.words.get(..1).unwrap_or_default(),
        _ => line.words.as_slice(),
    };
    if names.is_empty() {
        return Some("it names no device that the script makes");
    }
    let named = |name: &String| made.contains(name) || name.strip_prefix("/dev/mapper/").is_some_and(|n| made.iter().any(|m| m == n));
    if let Some(stranger) = names.iter().find(|n| !named(n)) {
        return Some(if verb == "create" || stranger.contains('$') {
            "the name of the device cannot be told beforehand"
        } else {
            "a device that it names is none that the script makes"
        });
    }
    let wants_table = matches!(verb, "create" | "load" | "reload") && !line.notable;
    match &line.table {
        None if wants_table => Some("its table comes from elsewhere"),
        Some(table) if !table.lines().all(|l| table_is_own(l, made)) => Some("a device of its table is none of the script's"),
        _ => None,
    }
}

/// Whether every device of a table line is the script's.
fn table_is_own(line: &str, made: &[String]) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let devices: &[usize] = match words.get(2) {
        Some(&("linear" | "flakey")) => &[3],
        Some(&"delay") => &[3, 6, 9],
        Some(&"cache") => &[3, 4, 5],
        Some(&("zero" | "error")) | None => &[],
        Some(_) => return false,
    };
    devices.iter().filter_map(|at| words.get(*at)).all(|path| is_own(path, made))
}

/// Whether a path is a disk of the script, a device that it makes, or one of the two that are everybody's.
pub(super) fn is_own(path: &str, made: &[String]) -> bool {
    let mapped = |name: &str| made.iter().any(|m| m == name);
    path == DISK || matches!(path, "/dev/zero" | "/dev/null") || path.strip_prefix("/dev/mapper/").is_some_and(mapped)
}

/// Names of the mapped devices that a line makes, or renames to, as far as they can be told beforehand.
pub(super) fn makes(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for command in commands(text).unwrap_or_default() {
        let Some((_, args)) = command.words.split_first().filter(|(program, _)| *program == "dmsetup") else { continue };
        let Some(line) = dmsetup_line(args) else { continue };
        let name = match line.verb.as_str() {
            "create" => line.words.first(),
            "rename" => line.words.get(1),
            _ => None,
        };
        // One that begins with `-` would be an option where the clean-up names it.
        names.extend(name.filter(|n| !n.is_empty() && !n.starts_with('-') && n.chars().all(is_of_a_name)).cloned());
    }
    names
}

/// Characters of the device names that the clean-up can name.
fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.:+-".contains(c)
}
