//! The cache target (`dm-cache-target.c`): table line, bio mapping, migrations, commits, modes, status, messages.
//!
//! [`cache::Cache`] is an explicit state machine: it never waits, it asks the machine through [`env::Env`] to submit, copy or
//! call back later, and is told of the end through [`cache::Cache::bio_done`], [`cache::Cache::copy_done`] and
//! [`cache::Cache::run`].

pub mod cache;
pub mod env;
