//! Input and output of the ioctls: table lines in, status lines out.

use crate::device::DevNo;

/// One line of a table, as `dmsetup` splits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// First sector.
    pub start: u64,
    /// Length in sectors.
    pub len: u64,
    /// Target type: `cache`, `linear`, …
    pub kind: String,
    /// The rest of the line, words separated by spaces.
    pub params: String,
}

impl TargetSpec {
    /// Parses `<start> <len> <type> [params…]` as dmsetup does, with `sscanf` and `%llu %llu %s`: a number ends where its digits do, and the
    /// type begins there. `None` if the numbers or the type are missing.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (start, rest) = scan_number(line)?;
        let (len, rest) = scan_number(rest)?;
        let rest = rest.trim();
        let (kind, params) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let spec = Self { start, len, kind: kind.to_owned(), params: params.trim_start().to_owned() };
        (!kind.is_empty()).then_some(spec)
    }
}

/// `%llu` of glibc's `sscanf`: blanks, a sign, digits; what is too large is the largest there is. With what follows it.
fn scan_number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    let (digits, rest) = unsigned.split_at(end);
    if digits.is_empty() {
        return None;
    }
    match digits.parse::<u64>() {
        Ok(number) => Some((if text.starts_with('-') { number.wrapping_neg() } else { number }, rest)),
        Err(_) => Some((u64::MAX, rest)),
    }
}

/// The flags of a suspend (and of the suspend a resume implies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuspendFlags {
    /// `--noflush`: outstanding bios may be pushed back.
    pub noflush: bool,
    /// `--nolockfs`: no filesystem freeze.
    pub skip_lockfs: bool,
}

/// Which of a target's two status lines to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// `dmsetup status`.
    Info,
    /// `dmsetup table`.
    Table,
}

/// One target's line of `dmsetup status` or `dmsetup table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetStatus {
    /// First sector.
    pub start: u64,
    /// Length in sectors.
    pub len: u64,
    /// Target type.
    pub kind: String,
    /// The target's own text, with trailing blanks as the kernel prints them.
    pub status: String,
}

/// `DEV_STATUS`: what `dmsetup info` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Name under `/dev/mapper`.
    pub name: String,
    /// UUID, empty if none was given.
    pub uuid: String,
    /// Device number.
    pub dev: DevNo,
    /// `DM_SUSPEND_FLAG`.
    pub suspended: bool,
    /// `DM_ACTIVE_PRESENT_FLAG`: the LIVE slot holds a table.
    pub live: bool,
    /// `DM_INACTIVE_PRESENT_FLAG`.
    pub inactive: bool,
    /// `DM_READONLY_FLAG`.
    pub read_only: bool,
    /// `DM_DEFERRED_REMOVE`: is removed when its last user closes it.
    pub deferred_remove: bool,
    /// Open count.
    pub open_count: u32,
    /// Event counter that `dmsetup wait` watches.
    pub event_nr: u32,
    /// Targets of the live table.
    pub target_count: u32,
    /// A table was loaded once (`md->type`); newer kernels show the disk in sysfs from then on.
    pub has_type: bool,
    /// Its node `/dev/mapper/NAME` exists: libdm creates it after the first resume.
    pub has_node: bool,
    /// Read-ahead of its queue.
    pub read_ahead_sectors: u64,
}
