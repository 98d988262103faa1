//! Linux's dm-cache target and its whole metadata engine, in safe Rust, over block devices in memory.

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
pub mod world;
