//! Linux's dm-cache target and its whole metadata engine, in safe Rust, over block devices in memory.
//!
//! A [`World`](world::World) is a machine as one value: disks, mapped devices with a live and an inactive table, metadata
//! objects and the kernel's list of them. What it writes equals what a real kernel writes, byte for byte; its status lines,
//! log lines and errors are Linux's. Cloning it is cheap, so a snapshot, a branch and a power cut are a `clone()`.
//!
//! Here a table is loaded into the inactive slot of a running cache, four blocks are written, and the new table takes over.
//! With `sharing` off each table opens a metadata object of its own, as before Linux commit 9b1cc9f251af:
//!
//! ```
//! use dm_cache_engine::kernel::Kernel;
//! use dm_cache_engine::mapper::{SuspendFlags, TargetSpec};
//! use dm_cache_engine::world::{Failure, World};
//!
//! fn pages_lost(sharing: bool) -> Result<usize, Failure> {
//!     let mut world = World::new(Kernel::V6_1, sharing);
//!     for (name, mib) in [("meta", 4), ("fast", 16), ("slow", 128)] {
//!         world.add_disk(name, mib << 11); // 512-byte sectors
//!     }
//!     let line = "0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0";
//!     let table: Vec<TargetSpec> = TargetSpec::parse(line).into_iter().collect();
//!     let c = world.dev_create("c", "", None)?;
//!     world.table_load("c", &table, false)?;
//!     world.dev_resume("c", SuspendFlags::default())?;
//!
//!     world.table_load("c", &table, false)?; // dmsetup reload
//!     world.write(c, 50 << 16, &[b'B'; 4 << 16], true)?; // cache blocks of 64 KiB
//!     world.dev_suspend("c", SuspendFlags::default())?;
//!     world.dev_resume("c", SuspendFlags::default())?;
//!     Ok(world.lost_pages("c").len())
//! }
//!
//! assert_eq!(pages_lost(false)?, 64); // four blocks of sixteen 4 KiB pages
//! assert_eq!(pages_lost(true)?, 0);
//! # Ok::<(), Failure>(())
//! ```
//!
//! Each module uses only those before it: [`errno`], [`kernel`], [`why`], [`event`] and [`device`], [`bufio`],
//! [`persistent_data`], [`metadata`] (the [`Registry`](metadata::Registry) is the commit under study), [`policy`],
//! [`target`], [`mapper`], [`world`].

pub mod bufio;
pub mod device;
pub mod errno;
pub mod event;
pub mod kernel;
pub mod mapper;
pub mod metadata;
pub mod persistent_data;
pub mod policy;
pub mod target;
pub mod why;
pub mod world;
