//! `cache_repair`.

use super::super::exec::Ran;
use super::super::image_tools;
use super::{DeviceSink, NO_OUTPUT, failed, free, last, options};
use crate::getopt::Known;
use dm_cache_engine::world::World;
use dm_cache_image::repair::{Options, RepairError, repair};
use dm_cache_image::restore::RestoreError;

const KNOWN: [Known; 4] = [("help", 'h', false), ("version", 'V', false), ("input", 'i', true), ("output", 'o', true)];
const USAGE: &str = include_str!("cache_repair.txt");

/// `cache_repair -i DEVICE -o DEVICE`: writes what 0.9 writes, byte for byte.
pub(in crate::shell) fn cache_repair(world: &mut World, args: &[String]) -> Ran {
    repaired(world, args).unwrap_or_else(|ran| ran)
}

fn repaired(world: &mut World, args: &[String]) -> Result<Ran, Ran> {
    let (options, _) = options("cache_repair", args, &KNOWN, USAGE, "")?;
    let input = last(&options, "input").ok_or_else(|| Ran { stderr: format!("no input file provided\n{USAGE}"), rc: 1, ..Ran::ok("") })?;
    let output =
        last(&options, "output").ok_or_else(|| Ran { stderr: format!("No output file provided.\n{USAGE}"), rc: 1, ..Ran::ok("") })?;
    let to = world.lookup_dev(output).map_err(|_| Ran::fail(1, NO_OUTPUT))?;
    let from = world.lookup_dev(input).map_err(|_| Ran::fail(1, "Couldn't stat path"))?;
    free(world, from)?;
    free(world, to)?;
    if from == to {
        return Err(Ran::fail(1, image_tools::LIVE));
    }
    let image = image_tools::bytes(world, from).map_err(|failure| failed(&failure))?;
    let mut sink = DeviceSink::new(world, to);
    let done = repair(&image, &mut sink, &Options { as_0_9: true });
    match (done, sink.failure) {
        (Ok(_), _) => Ok(Ran::ok("")),
        (Err(_), Some(failure)) => Err(failed(&failure)),
        (Err(RepairError::Write(RestoreError::TooSmall { .. })), _) => {
            Err(Ran::fail(1, "transaction_manager::new_block() couldn't allocate new block"))
        }
        (Err(error), _) => Err(Ran::fail(1, error.to_string())),
    }
}
