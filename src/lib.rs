//! What dm-cache-lab puts on top of its [engine](dm_cache_engine): the commands of a real machine, a script language with
//! expectations, a timeline of all that happened, and the page, the API and the command line that show it.
//!
//! ```
//! use dm_cache_lab::scenario::library::ALL;
//! use dm_cache_lab::scenario::run::{Options, Run};
//!
//! let entry = ALL.iter().find(|entry| entry.name == "reload-while-live").ok_or("gone")?;
//! let mut run = Run::new(entry.script().map_err(|e| e.to_string())?, Options::default());
//! run.finish();
//! for world in &run.worlds {
//!     println!("sharing {}: {} steps", world.sharing, world.timeline.steps().len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rooms, each using only those above it: [`lvm`], [`shell`], [`timeline`], [`scene`], [`scenario`], [`explore`], [`playback`], then `api`,
//! `app` and `cli`.

pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
pub mod decimal;
pub mod explore;
mod getopt;
pub mod lvm;
pub mod playback;
pub mod scenario;
pub mod scene;
pub mod shell;
pub mod timeline;
