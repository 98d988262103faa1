//! Linux's dm-cache target and its whole metadata engine, in safe Rust, over block devices in memory.
//!
//! The rooms, each using only those above it: [`errno`], [`kernel`], [`event`] and [`device`], [`bufio`],
//! [`persistent_data`], [`metadata`], [`policy`], [`target`], [`mapper`], [`world`], [`image`] (metadata images
//! without a machine), [`shell`], [`timeline`], [`scenario`], [`explore`].

pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
pub mod decimal;
pub mod explore;
pub mod scenario;
pub mod shell;
pub mod timeline;
