//! Cache metadata (`dm-cache-metadata.c`): the superblock, the metadata object, and the registry that shares it.
//!
//! * [`superblock`]: block 0 as bytes and its validator.
//! * [`Object`]: `struct dm_cache_metadata`, everything a cache target may ask of its metadata.
//! * [`Registry`]: the kernel's list of open objects with their reference counts. With [`Registry::sharing`] off, every
//!   open makes an object (and a buffer cache) of its own, as before Linux commit 9b1cc9f251af.
//! * [`OpenTask`], [`CloseTask`]: opening and closing step by step, to be interleaved in any order.

mod conductor;
mod discards;
mod mappings;
mod object;
mod open;
mod registry;
pub mod superblock;
mod task;
mod transaction;

#[cfg(test)]
mod tests;

pub use conductor::Start;
pub use object::{DiscardRun, Mapping, Object, PolicyIdentity, Stats};
pub use open::OpenArgs;
pub use registry::{Defect, Registry};
pub use task::{CloseTask, OpenTask, Progress};
