//! Readers and writers of dm-cache metadata images that need no machine: check, dump, restore, inspect, diff.
//!
//! This crate does not build on the engine. It has its own constants and decoders ([`mod@format`]), so that an
//! image the engine wrote is judged by code the engine did not use. (Only [`restore`] can ask the engine, to put blocks
//! where Linux puts them, and [`mod@activate`] asks it whether Linux would load an image.) Everything reads through one small trait,
//! [`Source`]: a file, a byte slice or a browser's file read piece by piece; an image is never loaded whole.
//!
//! ```
//! use dm_cache_image::{check, restore, dump};
//!
//! let xml = br#"<superblock uuid="" block_size="128" nr_cache_blocks="2" policy="smq" hint_width="4">
//!   <mappings>
//!     <mapping cache_block="0" origin_block="7" dirty="true"/>
//!   </mappings>
//!   <hints>
//!   </hints>
//! </superblock>"#;
//! let mut image = vec![0; 64 * 4096];
//! restore::restore(&xml[..], &mut image, &restore::Options::default())?;
//! let report = check::check(&image, &check::Options::default());
//! assert_eq!(report.exit_code(), 0);
//! let mut text = Vec::new();
//! dump::dump(&image, &mut text, &dump::Options::default())?;
//! assert!(text.windows(16).any(|w| w == b"origin_block=\"7\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whatever the bytes are, reading terminates: every block of a tree is entered at most once, everything that is kept is
//! bounded by the blocks that were really read, and a size that the image merely claims allocates nothing.

pub mod activate;
pub mod bits;
pub mod browse;
pub mod check;
pub mod counts;
pub mod damage;
pub mod diff;
pub mod dump;
pub mod format;
pub mod inspect;
mod kernel_order;
pub mod repair;
pub mod restore;
pub mod size;
pub mod source;
mod space_map;
pub mod text;
pub mod verdict;
pub mod walk;
pub mod writeback;
pub mod xml;

pub use source::{Source, SourceError};
