//! Cache metadata (`dm-cache-metadata.c`): the superblock, the metadata object, and the registry that shares it.
//!
//! * [`superblock`]: block 0 as bytes and its validator.
//! * [`Object`]: `struct dm_cache_metadata`, everything a cache target may ask of its metadata.
//! * [`Registry`]: the kernel's list of open objects with their reference counts, and how an open and a close use it:
//!   Linux commit 9b1cc9f251af. With [`Registry::sharing`] off, every open creates an object (and a buffer cache) of its
//!   own, as before it.
//! * [`Step`]: what opening and closing are made of, to be interleaved in any order.

mod defect;
mod discards;
mod mappings;
mod object;
mod open;
mod registry;
mod steps;
pub mod superblock;
mod transaction;

#[cfg(test)]
mod tests;

pub use defect::Defect;
pub use object::{DiscardRun, Mapping, Object, PolicyIdentity, Stats};
pub use open::OpenArgs;
pub use registry::Registry;
pub use steps::{Call, CloseStep, CloseTask, OpenStep, OpenTask, Progress, Sequences, Step, Task};
