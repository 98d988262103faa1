//! The device-mapper core: mapped devices with their two table slots, tables, and the small targets beside cache.
//!
//! Plain data and rules only; what runs over time (bios, callbacks, the ioctls) stands in [`crate::world`].
//! Facts from spec 06 (dm.c, dm-ioctl.c, dm-table.c).

mod status;

pub use status::{Info, StatusKind, SuspendFlags, TargetSpec, TargetStatus};
