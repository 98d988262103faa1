//! The device-mapper core: mapped devices with their two table slots, tables, and the small targets other than cache.
//!
//! Plain data and rules only; what runs over time (bios, callbacks, the ioctls) is in [`crate::world`].
//! As in dm.c, dm-ioctl.c and dm-table.c.

mod device;
mod held;
mod simple;
mod status;
mod striped;
mod table;

pub use device::{Limits, MappedDevice, Mapper};
pub use held::Held;
pub(crate) use held::Owner;
pub(crate) use simple::construct;
pub use simple::status;
pub use simple::{Delay, DelayLeg, Flakey, FlakeyAction};
pub use status::{Info, StatusKind, SuspendFlags, TargetSpec, TargetStatus};
pub use striped::Striped;
pub use table::{Kind, Table, Target};
