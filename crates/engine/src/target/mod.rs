//! The cache target (`dm-cache-target.c`): table line, bio mapping, migrations, commits, modes, status, messages.
//!
//! [`cache::Cache`] is an explicit state machine: it never waits, it asks the machine through [`env::Env`] to submit, copy or
//! call back later, and is told of the end through [`cache::Cache::bio_done`], [`cache::Cache::copy_done`] and
//! [`cache::Cache::run`]. Its methods stand where their subject is: `map` (bios), `migration` (promote, demote, write back,
//! invalidate), `batcher` (commits and what waits for them), `life` (construction to suspension), `mode` (read-only and
//! failure), `discard`, `status`, `message`.

pub mod args;
mod batcher;
pub mod bitset;
pub mod cache;
mod discard;
pub mod env;
mod life;
mod map;
mod message;
pub mod migration;
mod mode;
pub mod prison;
mod status;
pub mod tracker;

pub use args::{Features, IoMode};
pub use cache::{Cache, CtrError, Devices, IoHints};
pub use life::CACHE_BLOCKS_MAX;
pub use mode::Mode;

#[cfg(test)]
mod tests;
