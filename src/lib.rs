//! Linux's dm-cache target and its whole metadata engine, in safe Rust, over block devices in memory.
//!
//! The rooms, each using only those above it: [`errno`], [`kernel`], [`event`] and [`device`], [`bufio`],
//! [`persistent_data`], [`metadata`], [`policy`], [`target`], [`mapper`], [`world`], [`image`] (metadata images
//! without a machine), [`shell`], [`timeline`], [`scenario`], [`explore`].

pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
pub mod bufio;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
pub mod decimal;
pub mod device;
pub mod errno;
pub mod event;
pub mod explore;
pub mod image;
pub mod kernel;
pub mod mapper;
pub mod metadata;
pub mod persistent_data;
pub mod policy;
#[cfg(all(target_arch = "wasm32", feature = "reader"))]
pub mod reader;
pub mod scenario;
pub mod shell;
pub mod target;
pub mod timeline;
pub mod world;
