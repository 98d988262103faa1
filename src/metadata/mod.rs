//! Cache metadata (`dm-cache-metadata.c`): the superblock, the metadata object, and the registry that shares it.
//!
//! * [`superblock`]: block 0 as bytes and its validator.
//! * [`Object`]: `struct dm_cache_metadata`, everything a cache target may ask of its metadata.
//! * [`Registry`]: the kernel's list of open objects with their reference counts. With [`Registry::sharing`] off, every
//!   open makes an object (and a buffer cache) of its own, as before Linux commit 9b1cc9f251af.

mod object;
mod registry;
pub mod superblock;

pub use object::{DiscardRun, Mapping, Object, PolicyIdentity, Stats};
pub use registry::Registry;
