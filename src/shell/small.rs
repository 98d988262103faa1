//! Small words: echo, printf, tr, awk, cat, ls, sleep, sync, true, false, uname.

use super::exec::{Budget, Ran};
use super::format;
use super::stream::Stream;
use crate::decimal;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::mapper::StatusKind;
use dm_cache_engine::world::{Failure, World};

/// Runs the program of that name; `None` if there is none.
pub(super) fn run(world: &mut World, name: &str, args: &[String], stdin: Stream, budget: &mut Budget) -> Option<Ran> {
    Some(match name {
        "true" | ":" => Ran::ok(""),
        "false" => Ran { rc: 1, ..Ran::ok("") },
        "echo" => echo(args),
        "printf" => format::printf(args),
        "tr" => tr(args, stdin),
        "awk" => awk(args, stdin),
        "cat" => cat(world, args, stdin, budget),
        "ls" => ls(world, args),
        "sleep" => sleep(world, args),
        "usleep" => usleep(world, args),
        "sync" => sync(world),
        "uname" => Ran::ok(uname(world.kernel(), args)),
        _ => return None,
    })
}

/// A path opened for reading.
pub(super) fn open(world: &mut World, path: &str, budget: &mut Budget) -> Result<Stream, Failure> {
    match path {
        "/dev/zero" => Ok(Stream::Fill(0)),
        "/dev/null" => Ok(Stream::EMPTY),
        _ => {
            if let Some(text) = sysfs(world, path) {
                return Ok(Stream::Bytes(text.into_bytes(), 0));
            }
            let dev = world.open_dev(path)?;
            let len = world.sectors(dev).saturating_mul(512);
            // Read and passed on.
            budget.take_text(world, usize::try_from(2 * len).unwrap_or(usize::MAX))?;
            world.read(dev, 0, len, false).map(|bytes| Stream::Bytes(bytes, 0))
        }
    }
}

/// The words, with blanks between them. Shells differ in options other than `-n`, and in what a backslash means.
fn echo(args: &[String]) -> Ran {
    let (end, words) = if args.first().is_some_and(|a| a == "-n") { ("", args.get(1..).unwrap_or_default()) } else { ("\n", args) };
    if format::is_dialect_of_echo(words) {
        return Ran::fail(2, "echo: shells differ in what this prints; printf prints the same everywhere");
    }
    Ran::ok(words.join(" ") + end)
}

/// `tr SET1 SET2` and `tr -d SET1`: sets of characters, octal escapes and ranges.
fn tr(args: &[String], stdin: Stream) -> Ran {
    let wrong = |what: String| Ran::fail(1, format!("tr: {what}"));
    let misused = |what: String| wrong(what + "\nTry 'tr --help' for more information.");
    match args {
        [flag, what] if flag == "-d" => {
            let mut goes = [false; 256];
            match format::set(what) {
                Ok(set) => set.into_iter().for_each(|byte| goes[usize::from(byte)] = true),
                Err(what) => return wrong(what),
            }
            match stdin {
                Stream::Fill(b) if !goes[usize::from(b)] => Ran { stdout: Stream::Fill(b), ..Ran::ok("") },
                Stream::Fill(_) => Ran { hang: Some("tr: input without end".to_owned()), ..Ran::ok("") },
                Stream::Bytes(bytes, _) => {
                    let stays = bytes.into_iter().filter(|b| !goes[usize::from(*b)]);
                    Ran { stdout: Stream::Bytes(stays.collect(), 0), ..Ran::ok("") }
                }
            }
        }
        [flag, ..] if flag.len() > 1 && flag.starts_with('-') && flag != "-d" => {
            misused(format!("invalid option -- '{}'", flag.get(1..).unwrap_or_default()))
        }
        [from, to] => {
            let (from, to) = match (format::set(from), format::set(to)) {
                (Ok(from), Ok(to)) if !to.is_empty() || from.is_empty() => (from, to),
                (Ok(_), Ok(_)) => return Ran::fail(1, "tr: when not truncating set1, string2 must be non-empty"),
                (Err(what), _) | (_, Err(what)) => return wrong(what),
            };
            let mut map: [u8; 256] = std::array::from_fn(|b| b.to_le_bytes()[0]);
            for (i, byte) in from.iter().enumerate() {
                map[usize::from(*byte)] = to.get(i).or(to.last()).copied().unwrap_or(*byte);
            }
            let stdout = stdin.map(|b| map[usize::from(b)]);
            Ran { stdout, ..Ran::ok("") }
        }
        [] => misused("missing operand".to_owned()),
        [only] => misused(format!("missing operand after '{only}'\nTwo strings must be given when translating.")),
        [_, _, extra, ..] => misused(format!("extra operand '{extra}'")),
    }
}

/// `awk '{print $14}'`: fields of each line. Anything else is a program.
fn awk(args: &[String], mut stdin: Stream) -> Ran {
    let unknown = || Ran::fail(2, "awk: only programs such as {print $14} or {print $1, $NF} are known here, over what a pipe brings");
    let [program] = args else { return unknown() };
    let body = program.trim().strip_prefix('{').and_then(|p| p.strip_suffix('}')).and_then(|p| p.trim().strip_prefix("print"));
    let fields = match body.map(|list| list.trim().trim_end_matches(';').trim()) {
        Some("") => vec![Some(0)],
        Some(list) => {
            let field = |word: &str| match word.trim().strip_prefix('$')? {
                "NF" => Some(None),
                number => number.parse::<usize>().ok().filter(|_| number.bytes().all(|b| b.is_ascii_digit())).map(Some),
            };
            match list.split(',').map(field).collect::<Option<Vec<_>>>() {
                Some(fields) => fields,
                None => return unknown(),
            }
        }
        None => return unknown(),
    };
    if matches!(stdin, Stream::Fill(_)) {
        return Ran { hang: Some("awk: input without end".to_owned()), ..Ran::ok("") };
    }
    let mut out = String::new();
    for line in stdin.text().lines() {
        let words: Vec<&str> = line.split([' ', '\t']).filter(|w| !w.is_empty()).collect();
        let picked = fields.iter().map(|field| match field {
            Some(0) => line,
            None if words.is_empty() => line,
            None => words.last().copied().unwrap_or_default(),
            Some(n) => words.get(n - 1).copied().unwrap_or_default(),
        });
        out.push_str(&picked.collect::<Vec<_>>().join(" "));
        out.push('\n');
    }
    Ran::ok(out)
}

fn cat(world: &mut World, args: &[String], stdin: Stream, budget: &mut Budget) -> Ran {
    if args.is_empty() {
        return Ran { stdout: stdin, ..Ran::ok("") };
    }
    let (mut out, mut err) = (Vec::new(), String::new());
    let mut stdin = Some(stdin);
    for path in args {
        let opened = if path == "-" { Ok(stdin.take().unwrap_or(Stream::EMPTY)) } else { open(world, path, budget) };
        match opened {
            Ok(fill @ Stream::Fill(_)) => return Ran { stdout: fill, ..Ran::ok("") },
            Ok(Stream::Bytes(bytes, _)) => out.extend(bytes),
            Err(Failure::Hang(what)) => return Ran { hang: Some(what), ..Ran::ok("") },
            Err(Failure::Errno(errno)) => {
                err.push_str(&format!("cat: {path}: {}\n", errno.text()));
            }
        }
    }
    Ran { stdout: Stream::Bytes(out, 0), rc: i32::from(!err.is_empty()), stderr: err, hang: None }
}

/// Device nodes, what is in `/dev/mapper`, and who holds a device.
fn ls(world: &World, args: &[String]) -> Ran {
    if let Some(flag) = args.iter().find(|a| a.len() > 1 && a.starts_with('-') && *a != "-1") {
        let wrong = flag.trim_start_matches('-');
        return Ran::fail(2, format!("ls: invalid option -- '{wrong}'\nTry 'ls --help' for more information."));
    }
    let mut list = String::new();
    let alone = args.iter().filter(|a| *a != "-1").count() == 1;
    for path in args.iter().filter(|a| *a != "-1") {
        match entries(world, path) {
            Some(_) if !alone => return Ran::fail(2, format!("ls: {path} has to be listed alone here")),
            Some(entries) => entries.into_iter().for_each(|entry| list.push_str(&(entry + "\n"))),
            None if world.lookup_dev(path).is_ok() => list.push_str(&format!("{path}\n")),
            None => return Ran::fail(2, format!("ls: cannot access '{path}': No such file or directory")),
        }
    }
    Ran::ok(list)
}

/// What is in a directory.
fn entries(world: &World, path: &str) -> Option<Vec<String>> {
    let path = path.trim_end_matches('/');
    if path == "/dev/mapper" {
        let mut names = vec!["control".to_owned()];
        for device in world.list_devices() {
            names.insert(names.partition_point(|name| *name < device.name), device.name);
        }
        return Some(names);
    }
    let name = path.strip_prefix("/sys/block/")?.strip_suffix("/holders")?;
    world.lookup_dev(&format!("/dev/{name}")).ok().map(|dev| holders_of(world, dev))
}

/// The mapped devices whose tables, live or inactive, stand on `dev`, as sysfs names them.
pub(super) fn holders_of(world: &World, dev: DevNo) -> Vec<String> {
    let mut holders: Vec<DevNo> = world
        .list_devices()
        .into_iter()
        .filter(|info| {
            [false, true].into_iter().any(|inactive| world.table_deps(&info.name, inactive).is_ok_and(|deps| deps.contains(&dev)))
        })
        .map(|info| info.dev)
        .collect();
    holders.sort_unstable();
    holders.into_iter().map(|dev| world.dev_name(dev)).collect()
}

/// What a file under `/sys/block` holds, as far as anybody here asks.
fn sysfs(world: &mut World, path: &str) -> Option<String> {
    let (name, file) = path.strip_prefix("/sys/block/")?.split_once('/')?;
    let dev = world.lookup_dev(&format!("/dev/{name}")).ok()?;
    Some(match file {
        "size" => format!("{}\n", world.sectors(dev)),
        "ro" => format!("{}\n", u8::from(world.is_read_only(dev))),
        "dev" => format!("{dev}\n"),
        "queue/discard_max_bytes" | "queue/discard_max_hw_bytes" => format!("{}\n", discard_limits(world, dev).0),
        "queue/discard_granularity" => format!("{}\n", discard_limits(world, dev).1),
        _ => return None,
    })
}

/// Largest discard and its granularity in bytes: the disk's own, or those of a cache that passes none down
/// (`set_discard_limits`: 1024 discard blocks at most).
fn discard_limits(world: &mut World, dev: DevNo) -> (u64, u64) {
    let disk = (2_147_483_136, 512);
    let Some(name) = world.list_devices().into_iter().find(|i| i.dev == dev).map(|i| i.name) else { return disk };
    let lines = world.table_status(&name, false, StatusKind::Info, true).unwrap_or_default();
    let Some(cache) = lines.iter().find(|l| l.kind == "cache" && l.status.contains(" no_discard_passdown ")) else { return disk };
    let Some(block) = cache.status.split(' ').nth(2).and_then(|w| w.parse::<u64>().ok()).filter(|b| *b > 0) else { return disk };
    let mut sectors = block;
    while cache.len.div_ceil(sectors) > 1 << 14 {
        sectors *= 2;
    }
    (sectors.saturating_mul(1024 * 512).min(cache.len.saturating_mul(512)), sectors.saturating_mul(512))
}

/// The longest sleep: a day.
const SLEEP_S_MAX: u32 = 86_400;

/// Seconds; several numbers add up.
fn sleep(world: &mut World, args: &[String]) -> Ran {
    let wrong = |what: String| Ran::fail(1, format!("sleep: {what}\nTry 'sleep --help' for more information."));
    if args.is_empty() {
        return wrong("missing operand".to_owned());
    }
    let mut seconds = 0.0;
    for arg in args {
        let number = arg.trim_end_matches('s');
        match decimal::read(number).filter(|_| arg.len() <= number.len() + 1) {
            Some(n) => seconds += n,
            None => return wrong(format!("invalid time interval '{arg}'")),
        }
    }
    if seconds > f64::from(SLEEP_S_MAX) {
        return Ran { hang: Some("a sleep of more than a day".to_owned()), ..Ran::ok("") };
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be small and not negative")]
    world.advance((seconds * 1e9).round() as u64);
    Ran::ok("")
}

fn usleep(world: &mut World, args: &[String]) -> Ran {
    match args.first().and_then(|a| a.parse::<u64>().ok()) {
        Some(us) if us <= u64::from(SLEEP_S_MAX) * 1_000_000 => {
            world.advance(us.saturating_mul(1000));
            Ran::ok("")
        }
        _ => Ran::fail(1, "usleep: missing or invalid operand"),
    }
}

/// Flushes every block device that has a flush to take.
fn sync(world: &mut World) -> Ran {
    for letter in 'a'..='z' {
        if let Ok(dev) = world.lookup_dev(&format!("/dev/vd{letter}")) {
            let _ = world.fsync(dev);
        }
    }
    Ran::ok("")
}

fn uname(kernel: Kernel, args: &[String]) -> String {
    let release = match kernel {
        Kernel::V3_18 => "3.18.0",
        Kernel::V5_10 => "5.10.0-32-amd64",
        Kernel::V6_1 => "6.1.0-56-amd64",
        Kernel::V6_12 => "6.12.107+deb13-amd64",
        Kernel::V7_3 => "7.3.4+deb13-amd64",
    };
    if args.first().is_some_and(|a| a == "-r") { format!("{release}\n") } else { "Linux\n".to_owned() }
}
