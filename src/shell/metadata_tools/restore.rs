//! `cache_restore`. It reads XML from regular files alone, and this machine has none: `disk NAME SIZE from FILE` of the script language fills a
//! device from one.

use super::super::exec::Ran;
use super::{NO_OUTPUT, options, small_number};
use crate::getopt::Known;
use dm_cache_engine::world::World;

const KNOWN: [Known; 8] = [
    ("help", 'h', false),
    ("version", 'V', false),
    ("input", 'i', true),
    ("output", 'o', true),
    ("quiet", 'q', false),
    ("metadata-version", '\0', true),
    ("debug-override-metadata-version", '\0', true),
    ("omit-clean-shutdown", '\0', false),
];
const USAGE: &str = include_str!("cache_restore.txt");

/// `cache_restore [-q] -i FILE -o DEVICE`.
pub(in crate::shell) fn cache_restore(world: &World, args: &[String]) -> Ran {
    refused(world, args).unwrap_or_else(|ran| ran)
}

fn refused(world: &World, args: &[String]) -> Result<Ran, Ran> {
    let (options, words) = options("cache_restore", args, &KNOWN, USAGE, "")?;
    let (mut input, mut output) = (None, None);
    for (name, value) in &options {
        match *name {
            "input" => input = Some(value),
            "output" => output = Some(value),
            "metadata-version" if !(1..=2).contains(&small_number(value)?) => return Err(Ran::fail(1, "Bad metadata version\n")),
            "debug-override-metadata-version" => drop(small_number(value)?),
            _ => {}
        }
    }
    let misused = |what: &str| Ran { stderr: format!("{what}{USAGE}"), rc: 1, ..Ran::ok("") };
    if !words.is_empty() {
        return Err(misused(""));
    }
    let input = input.ok_or_else(|| misused("No input file provided.\n\n"))?;
    let output = output.ok_or_else(|| misused("No output file provided.\n\n"))?;
    world.lookup_dev(output).map_err(|_| Ran::fail(1, NO_OUTPUT))?;
    let is_there = matches!(input.as_str(), "/dev/stdin" | "/dev/zero" | "/dev/null") || world.lookup_dev(input).is_ok();
    Err(Ran::fail(1, if is_there { "Not a regular file" } else { "Couldn't stat file" }))
}
