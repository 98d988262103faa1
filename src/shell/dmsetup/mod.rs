//! dmsetup 1.02.185: verbs over the ioctls of [`World`], its messages and its exit codes (0 or 1).
//!
//! A failed ioctl reads `device-mapper: reload ioctl on c (253:0) failed: Invalid argument` and `Command failed.`; the
//! device number appears only where libdm knew it before the call (the load inside `create`).

mod columns;
pub(super) mod options;
mod show;
mod verbs;

use super::exec::{Ran, take_work};
use super::stream::Stream;
use dm_cache_engine::errno::Errno;
use dm_cache_engine::mapper::Info;
use dm_cache_engine::world::{Failure, World};
use options::Options;

/// Why a command failed, for the one place that turns it into text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wrong {
    /// Text that stands before `Command failed.`
    Said(String),
    /// Text alone.
    Plain(String),
    /// It never ends.
    Hang(String),
}

/// What a verb returns: its standard output.
type Said = Result<String, Wrong>;

/// `device-mapper: VERB ioctl on NAME  failed: TEXT`.
fn ioctl(verb: &str, name: &str) -> impl FnOnce(Failure) -> Wrong {
    ioctl_with_uuid(verb, name, "")
}

/// The same for a command that names a uuid: `device-mapper: VERB ioctl on NAME UUID failed: TEXT`.
fn ioctl_with_uuid(verb: &str, name: &str, uuid: &str) -> impl FnOnce(Failure) -> Wrong {
    let head = format!("device-mapper: {verb} ioctl on {name} {uuid}");
    move |failure| match failure {
        Failure::Errno(errno) => Wrong::Said(format!("{head} failed: {}", errno.text())),
        Failure::Hang(what) => Wrong::Hang(what),
    }
}

pub(super) fn main(world: &mut World, args: &[String], mut stdin: Stream) -> Ran {
    let options = match options::parse(args) {
        Ok(options) => options,
        Err(text) => return Ran::fail(1, format!("dmsetup: {text}\nCouldn't process command line.")),
    };
    if options.minor.is_some() != options.major {
        return Ran::fail(1, "Please specify both major number and minor number.\nCouldn't process command line.");
    }
    if options.notable && options.table.is_some() {
        return Ran::fail(1, "--table and --notable are incompatible.\nCouldn't process command line.");
    }
    if options.help {
        return Ran::ok(options::usage());
    }
    let (mut said, mut complaints) = (String::new(), String::new());
    match run(world, &options, &mut stdin, &mut said, &mut complaints) {
        Ok(()) => Ran { stderr: complaints, ..Ran::ok(said) },
        Err(Wrong::Hang(what)) => Ran { hang: Some(what), ..Ran::ok(said) },
        Err(Wrong::Plain(text)) => Ran { stdout: Stream::Bytes(said.into_bytes(), 0), ..Ran::fail(1, text) },
        Err(Wrong::Said(text)) => {
            Ran { stdout: Stream::Bytes(said.into_bytes(), 0), ..Ran::fail(1, format!("{complaints}{text}\nCommand failed.")) }
        }
    }
}

fn no_device() -> Wrong {
    Wrong::Said("No device specified.".to_owned())
}

/// Verbs and how many words they take: least, most.
const VERBS: [(&str, usize, usize); 26] = [
    ("help", 0, 9),
    ("create", 0, 2),
    ("load", 0, 2),
    ("reload", 0, 2),
    ("suspend", 0, 99),
    ("resume", 0, 99),
    ("clear", 0, 99),
    ("remove", 0, 99),
    ("remove_all", 0, 0),
    ("wipe_table", 0, 99),
    ("rename", 1, 2),
    ("message", 2, 99),
    ("ls", 0, 0),
    ("info", 0, 99),
    ("deps", 0, 99),
    ("status", 0, 99),
    ("table", 0, 99),
    ("wait", 0, 2),
    ("mknodes", 0, 99),
    ("mangle", 0, 99),
    ("targets", 0, 0),
    ("target-version", 0, 99),
    ("version", 0, 0),
    ("versions", 0, 0),
    ("udevcookies", 0, 0),
    ("splitname", 1, 2),
];

fn run(world: &mut World, options: &Options, stdin: &mut Stream, said: &mut String, complaints: &mut String) -> Result<(), Wrong> {
    if options.version {
        said.push_str(&verbs::version(world));
        return Ok(());
    }
    let Some((verb, words)) = options.words.split_first() else {
        return Err(Wrong::Plain(options::usage()));
    };
    let Some((_, least, most)) = VERBS.iter().find(|v| v.0 == verb) else {
        return Err(Wrong::Plain(format!("Unknown command\n{}", options::usage())));
    };
    if words.len() < *least || words.len() > *most {
        return Err(Wrong::Plain(format!("Incorrect number of arguments\n{}", options::usage())));
    }
    match verb.as_str() {
        "help" => said.push_str(&options::usage()),
        "version" | "versions" => said.push_str(&verbs::version(world)),
        "targets" | "target-version" => said.push_str(&verbs::targets(world.kernel())),
        "mknodes" | "mangle" | "udevcookies" => {}
        "splitname" => said.push_str(&verbs::splitname(words)),
        "create" => verbs::create(world, options, words, stdin)?,
        "load" | "reload" => verbs::load(world, options, words, stdin)?,
        "rename" => verbs::rename(world, options, words)?,
        "message" => said.push_str(&verbs::message(world, options, words)?),
        "wait" => verbs::wait(world, options, words)?,
        "remove_all" => world.remove_all(options.deferred).map_err(ioctl("remove_all", ""))?,
        "ls" => said.push_str(&show::ls(world, options)?),
        "info" | "status" | "table" | "deps" => show::each(world, options, verb, words, said, complaints)?,
        verb => {
            let names = names(world, options, words)?;
            if names.is_empty() {
                return Err(no_device());
            }
            for name in names {
                verbs::simple(world, options, verb, &name, complaints)?;
            }
        }
    }
    Ok(())
}

/// The devices a command is for: words, or the one that `-u` or `-j -m` names.
fn names(world: &mut World, options: &Options, words: &[String]) -> Result<Vec<String>, Wrong> {
    let devices = world.mapper().devices.len();
    // Each name is looked for among all devices.
    if let Err(Failure::Hang(what)) = take_work(world, (words.len() * devices) as u64) {
        return Err(Wrong::Hang(what));
    }
    if words.is_empty() && (options.uuid.is_some() || options.minor.is_some()) {
        options.uuid.as_deref().map_or(Ok(()), verbs::fits_uuid)?;
        let hit = |info: &Info| options.uuid.as_ref().is_none_or(|u| *u == info.uuid) && options.minor.is_none_or(|m| m == info.dev.minor);
        let info = world.list_devices().into_iter().find(hit);
        let info = info.ok_or_else(|| Wrong::Said("Device does not exist.".to_owned()))?;
        return Ok(vec![info.name]);
    }
    Ok(words.iter().map(|w| device_name(world, w)).collect())
}

/// A device's name from what the user typed: `/dev/mapper/NAME` and `/dev/dm-N` are names too.
fn device_name(world: &World, word: &str) -> String {
    if let Some(name) = word.strip_prefix("/dev/mapper/") {
        return name.to_owned();
    }
    let by_number = if word.starts_with("/dev/dm-") { world.lookup_dev(word).ok() } else { None };
    by_number.and_then(|dev| world.mapper().get(dev)).map_or_else(|| word.to_owned(), |d| d.name.clone())
}

/// `DEV_STATUS`; `None` where there is no such device.
fn lookup(world: &World, name: &str) -> Result<Option<Info>, Wrong> {
    match world.dev_status(name) {
        Ok(info) => Ok(Some(info)),
        Err(Errno::NxIo | Errno::NoDev | Errno::NoEnt) => Ok(None),
        Err(errno) => Err(ioctl("info", name)(errno.into())),
    }
}
