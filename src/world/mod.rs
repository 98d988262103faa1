//! The simulated machine as one value: clock, scheduler, disks, mapped devices, metadata objects, kernel log.
//!
//! [`World`] is what a shell types into. Its methods are the ioctls of `dm-ioctl.c`, block I/O as a program does it,
//! and what only a laboratory can do: cut the power, fail a range of sectors, look without touching. Cloning is cheap.

use crate::device::DevNo;
use crate::errno::Errno;
use crate::event::Event;
use crate::kernel::Kernel;
use crate::mapper::{Info, StatusKind, SuspendFlags, TargetSpec, TargetStatus};
use std::fmt;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The kernel's error number.
    Errno(Errno),
    /// The caller would sleep for ever; says what it waits for.
    Hang(String),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => write!(f, "{errno}"),
            Self::Hang(what) => write!(f, "blocked: {what}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The machine.
#[derive(Debug, Clone)]
pub struct World {
    kernel: Kernel,
    sharing: bool,
}

#[allow(unused_variables, clippy::unused_self, clippy::needless_pass_by_value, reason = "being furnished")]
impl World {
    /// A machine with no disks. `sharing` off: each table gets a metadata object of its own (before Linux 9b1cc9f251af).
    #[must_use]
    pub fn new(kernel: Kernel, sharing: bool) -> Self {
        Self { kernel, sharing }
    }
    /// Its kernel.
    #[must_use]
    pub fn kernel(&self) -> Kernel { self.kernel }
    /// Whether tables share metadata objects.
    #[must_use]
    pub fn sharing(&self) -> bool { self.sharing }

    // ---- disks and names
    /// Adds a disk of `sectors` 512-byte sectors: 254:0, 254:16, … also `/dev/vda`, `/dev/NAME`, `/dev/d/NAME`.
    pub fn add_disk(&mut self, name: &str, sectors: u64) -> DevNo { DevNo { major: 254, minor: 0 } }
    /// The device a path names: `/dev/NAME`, `/dev/d/NAME`, `/dev/vdX`, `/dev/mapper/NAME`, `/dev/dm-N`, `MAJOR:MINOR`.
    /// -ENOENT if there is none (table lines of older kernels turn that into -ENODEV).
    pub fn lookup_dev(&self, path: &str) -> Result<DevNo, Errno> { Err(Errno::NoEnt) }
    /// The kernel's own name of a device: `vda`, `dm-0`.
    #[must_use]
    pub fn dev_name(&self, dev: DevNo) -> String { String::new() }
    /// Size in sectors; 0 if there is no such device or it has no table.
    #[must_use]
    pub fn sectors(&self, dev: DevNo) -> u64 { 0 }
    /// `blockdev --setro` and `--setrw`.
    pub fn set_read_only(&mut self, dev: DevNo, read_only: bool) -> Result<(), Errno> { Err(Errno::NoDev) }
    /// `blockdev --getro`.
    #[must_use]
    pub fn is_read_only(&self, dev: DevNo) -> bool { false }
    /// Gives a disk another size.
    pub fn resize_disk(&mut self, dev: DevNo, sectors: u64) -> Result<(), Errno> { Err(Errno::NoDev) }

    // ---- the ioctls; devices by name (or `uuid`-less unique path component)
    /// `DEV_CREATE`: an empty device, on the lowest free minor unless one is asked for.
    pub fn dev_create(&mut self, name: &str, uuid: &str, minor: Option<u32>) -> Result<DevNo, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `TABLE_LOAD`: builds a table (all constructors run now) and puts it into the inactive slot.
    pub fn table_load(&mut self, name: &str, targets: &[TargetSpec], read_only: bool) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `TABLE_CLEAR`.
    pub fn table_clear(&mut self, name: &str) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_SUSPEND` with the suspend flag.
    pub fn dev_suspend(&mut self, name: &str, flags: SuspendFlags) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_SUSPEND` without it; `flags` are for the suspend that swapping a live table implies.
    pub fn dev_resume(&mut self, name: &str, flags: SuspendFlags) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_REMOVE`. Ok(true): deferred until the last user closes it.
    pub fn dev_remove(&mut self, name: &str, deferred: bool) -> Result<bool, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `REMOVE_ALL`: every device that nobody holds open.
    pub fn remove_all(&mut self, deferred: bool) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_RENAME` to a new name.
    pub fn dev_rename(&mut self, name: &str, new_name: &str) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_RENAME` with the uuid flag: a device gets its uuid, once.
    pub fn dev_set_uuid(&mut self, name: &str, uuid: &str) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_STATUS`.
    pub fn dev_status(&self, name: &str) -> Result<Info, Errno> { Err(Errno::NxIo) }
    /// `TABLE_STATUS`; empty if the slot is. `noflush` keeps a cache from committing.
    pub fn table_status(&mut self, name: &str, inactive: bool, kind: StatusKind, noflush: bool) -> Result<Vec<TargetStatus>, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `TABLE_DEPS`: devices the table stands on.
    pub fn table_deps(&self, name: &str, inactive: bool) -> Result<Vec<DevNo>, Errno> { Err(Errno::NxIo) }
    /// `LIST_DEVICES`, by name.
    #[must_use]
    pub fn list_devices(&self) -> Vec<Info> { Vec::new() }
    /// `TARGET_MSG` to the live table's target at `sector`; the answer, if the target gives one.
    pub fn target_message(&mut self, name: &str, sector: u64, words: &[&str]) -> Result<Option<String>, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `DEV_WAIT`: runs the machine until the event number differs from `event_nr`; the new number.
    pub fn dev_wait(&mut self, name: &str, event_nr: u32) -> Result<u32, Failure> { Err(Errno::OpNotSupp.into()) }

    // ---- block I/O as one program does it, one call after the other
    /// The running program's name, as the kernel log quotes it (`dd: attempt to access beyond end of device`).
    pub fn set_comm(&mut self, comm: &str) {}
    /// `read(2)` on the device at a byte offset: short at its end. `direct`: one bio (O_DIRECT wants sector alignment).
    pub fn read(&mut self, dev: DevNo, offset: u64, len: u64, direct: bool) -> Result<Vec<u8>, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `write(2)`: bytes written, short at the device's end, -ENOSPC beyond it; `fsync` follows it with a flush.
    pub fn write(&mut self, dev: DevNo, offset: u64, data: &[u8], direct: bool, fsync: bool) -> Result<u64, Failure> { Err(Errno::OpNotSupp.into()) }
    /// `fsync(2)`.
    pub fn fsync(&mut self, dev: DevNo) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }
    /// `BLKDISCARD` on a range of sectors.
    pub fn discard(&mut self, dev: DevNo, sector: u64, sectors: u64) -> Result<(), Failure> { Err(Errno::OpNotSupp.into()) }

    // ---- time
    /// Virtual nanoseconds since boot.
    #[must_use]
    pub fn now_ns(&self) -> u64 { 0 }
    /// Sleeps: runs everything due within `ns`.
    pub fn advance(&mut self, ns: u64) {}
    /// Runs until no background work but the caches' wakers is left.
    pub fn settle(&mut self) {}

    // ---- the laboratory
    /// The kernel log since the last call (`dmesg -c`).
    pub fn take_klog(&mut self) -> Vec<String> { Vec::new() }
    /// The power goes and comes back: in-core state is lost; each unflushed write survives if `keep(dev, its number)` says so.
    pub fn power_cut(&mut self, keep: &dyn Fn(DevNo, u64) -> bool) {}
    /// The bytes of a disk as they would read now, touching nothing (whole device image).
    pub fn image(&self, dev: DevNo) -> Result<Vec<u8>, Errno> { Err(Errno::NoDev) }
    /// Records events from now on, or stops.
    pub fn record(&mut self, on: bool) {}
    /// The events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> { Vec::new() }
    /// 4 KiB pages of a mapped device whose acknowledged content the live table would not return now.
    #[must_use]
    pub fn lost_pages(&self, name: &str) -> Vec<u64> { Vec::new() }
}
