//! cache_check and cache_dump over a device of the machine.

use super::exec::Ran;
use crate::world::World;

/// `cache_check [--clear-needs-check-flag] DEVICE`.
pub(super) fn cache_check(world: &mut World, args: &[String]) -> Ran {
    let _ = (world, args);
    Ran::fail(1, "cache_check: not yet here")
}

/// `cache_dump DEVICE`.
pub(super) fn cache_dump(world: &mut World, args: &[String]) -> Ran {
    let _ = (world, args);
    Ran::fail(1, "cache_dump: not yet here")
}
