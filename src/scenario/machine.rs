//! A machine of the size that a pasted status line tells: disks, and the table that prints such a line.

use super::parse::DISK_SECTORS_MAX;
use crate::shell::pasted::{Machine, Told};

/// Cache blocks of the largest cache that is built from a line or an image.
pub const CACHE_BLOCKS_MAX: u64 = 1_000_000;

fn table(machine: &Machine) -> String {
    let settings: Vec<String> = machine.core.iter().chain(&machine.settings).cloned().collect();
    let counted = |words: &[String]| std::iter::once(words.len().to_string()).chain(words.iter().cloned()).collect::<Vec<_>>().join(" ");
    let (features, settings) = (counted(&machine.features), counted(&settings));
    format!("0 {} cache /dev/meta /dev/fast /dev/slow {} {features} {} {settings}", machine.origin, machine.chunk, machine.policy)
}

/// A script of a machine of this size, with an empty cache: what is cached where stands in the metadata, not in a line.
/// None for a line that does not tell the sizes (`dmsetup table`, `lvs`, a cache that failed).
///
/// # Errors
///
/// The machine would be larger than the simulator takes, or a word of the line is none of a table.
#[must_use]
pub fn script(told: &Told) -> Option<Result<String, String>> {
    let machine = told.machine.as_ref()?;
    let cache = machine.cache_blocks.checked_mul(machine.chunk);
    let largest = cache.into_iter().chain([machine.origin, machine.metadata]).max().unwrap_or(u64::MAX);
    if machine.cache_blocks > CACHE_BLOCKS_MAX {
        return Some(Err(format!(
            "The cache has {} blocks; a machine built from a line has at most {CACHE_BLOCKS_MAX}.",
            machine.cache_blocks
        )));
    }
    let Some(cache) = cache.filter(|_| largest <= DISK_SECTORS_MAX) else {
        return Some(Err(format!("A device would have more than {DISK_SECTORS_MAX} sectors, the most that the simulator's disks have.")));
    };
    let mut words = machine.features.iter().chain(&machine.core).chain([&machine.policy]).chain(&machine.settings);
    if let Some(word) = words.find(|w| !w.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))) {
        return Some(Err(format!("{word:?} is no word of a table.")));
    }
    // A name may hold whatever was pasted.
    let name: String = told.name.as_deref().unwrap_or("a cache").chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(80).collect();
    Some(Ok(format!(
        "dm-cache-lab 1\n# A machine like {name}\n\
         # Sizes, features and policy of its status line, with an empty cache: which blocks are cached stands in the metadata alone.\n\
         kernel 6.1\nsharing on\ndisk meta {}s\ndisk fast {cache}s\ndisk slow {}s\n\n\
         $ dmsetup create c --table '{}'\n$ dmsetup status c\n",
        machine.metadata,
        machine.origin,
        table(machine)
    )))
}
