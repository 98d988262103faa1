//! The table line: its words, the checks on them in Linux's order, and `ti->error` for each.
//! `docs/target-and-policies.md#table-line`

use super::cache::{CtrError, Devices};
use super::env::Env;
use crate::device::DevNo;
use crate::errno::Errno;

/// `DATA_DEV_BLOCK_SIZE_MIN_SECTORS`, also the unit of block sizes.
const BLOCK_SECTORS_MIN: u64 = 64;
/// `DATA_DEV_BLOCK_SIZE_MAX_SECTORS`.
const BLOCK_SECTORS_MAX: u64 = 2_097_152;
/// `DM_CACHE_METADATA_MAX_SECTORS_WARNING`: 16 GiB.
const METADATA_SECTORS_WARNING: u64 = 33_554_432;
/// `DM_CACHE_METADATA_MAX_SECTORS`: what the 255 index entries of the space map can describe.
const METADATA_SECTORS_MAX: u64 = 33_292_800;
const FEATURES_MAX: u32 = 3;
const POLICY_ARGS_MAX: u32 = 1024;

/// Where writes to cached blocks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IoMode {
    /// To the cache.
    Writeback,
    /// To cache and origin.
    Writethrough,
    /// To the origin; the cached block is dropped.
    Passthrough,
}

impl IoMode {
    /// The word in table and status lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writeback => "writeback",
            Self::Writethrough => "writethrough",
            Self::Passthrough => "passthrough",
        }
    }
}

/// `struct cache_features`, without the metadata mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Where writes go.
    pub io_mode: IoMode,
    /// What the table asks for: 1 or 2. An existing superblock's own version wins, silently.
    pub metadata_version: u32,
    /// Whether discards are handed on to the origin.
    pub discard_passdown: bool,
}

/// A table line that passed all checks.
#[derive(Debug, Clone)]
pub struct CacheArgs {
    pub(super) devices: Devices,
    pub(super) cache_sectors: u64,
    pub(super) block_sectors: u64,
    pub(super) features: Features,
    pub(super) policy: String,
    pub(super) policy_args: Vec<String>,
}

pub(super) fn fail<T>(errno: Errno, message: &str) -> Result<T, CtrError> {
    Err(CtrError { errno, message: message.into() })
}

fn invalid<T>(message: &str) -> Result<T, CtrError> {
    fail(Errno::Inval, message)
}

/// `kstrtoul` in base 10: one optional plus sign, digits, one optional newline, no overflow.
pub(super) fn kstrtoul(word: &str) -> Option<u64> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    let digits = digits.strip_suffix('\n').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// A number as `sscanf("%llu")` reads it, wrapping at 64 bits, and what follows it.
pub(super) fn scan_number(text: &str) -> Option<(u64, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 {
        return None;
    }
    let value = text.bytes().take(len).fold(0u64, |n, b| n.wrapping_mul(10).wrapping_add(u64::from(b - b'0')));
    Some((value, text.get(len..).unwrap_or("")))
}

/// `dm_read_arg`: `sscanf("%u%c")` must find a number and nothing else; it wraps at 32 bits.
#[allow(clippy::cast_possible_truncation, reason = "the kernel stores the scanned number in an unsigned int")]
fn read_arg(word: Option<&&str>, max: u32) -> Option<u32> {
    let (value, rest) = scan_number(word?)?;
    let value = value as u32;
    (rest.is_empty() && value <= max).then_some(value)
}

/// How the kernel prints a device (`%pg`): `vda`, `dm-0`.
#[must_use]
pub fn device_name(dev: DevNo) -> String {
    if dev.is_dm() {
        return format!("dm-{}", dev.minor);
    }
    let mut index = dev.minor / 16;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)));
        index /= 26;
        if index == 0 {
            break;
        }
        index -= 1;
    }
    format!("vd{}", letters.into_iter().rev().collect::<String>())
}

fn parse_features(words: &[&str]) -> Result<Features, CtrError> {
    let mut features = Features { io_mode: IoMode::Writeback, metadata_version: 1, discard_passdown: true };
    let mut io_modes = 0;
    for word in words {
        let mode = [IoMode::Writeback, IoMode::Writethrough, IoMode::Passthrough].into_iter().find(|m| word.eq_ignore_ascii_case(m.name()));
        if let Some(mode) = mode {
            features.io_mode = mode;
            io_modes += 1;
        } else if word.eq_ignore_ascii_case("metadata2") {
            features.metadata_version = 2;
        } else if word.eq_ignore_ascii_case("no_discard_passdown") {
            features.discard_passdown = false;
        } else {
            return invalid("Unrecognised cache feature requested");
        }
    }
    if io_modes > 1 {
        return invalid("Duplicate cache io_mode features requested");
    }
    Ok(features)
}

impl CacheArgs {
    /// `parse_cache_args`.
    pub(super) fn parse(
        env: &mut dyn Env,
        len_sectors: u64,
        args: &[&str],
        resolve: &dyn Fn(&str) -> Result<DevNo, Errno>,
    ) -> Result<Self, CtrError> {
        let mut words = args.iter();
        let mut open = |what: &str| match words.next() {
            None => invalid("Insufficient args"),
            Some(path) => resolve(path).or_else(|errno| fail(errno, &format!("Error opening {what} device"))),
        };
        let metadata = open("metadata")?;
        let host = env.host();
        if host.sectors(metadata) > METADATA_SECTORS_WARNING {
            host.klog(format!(
                "device-mapper: cache: Metadata device {} is larger than {METADATA_SECTORS_MAX} sectors: excess space will not be used.",
                device_name(metadata)
            ));
        }
        let cache = open("cache")?;
        let cache_sectors = host.sectors(cache);
        let origin = open("origin")?;
        if host.kernel().cache_target_checks_origin_size() && len_sectors > host.sectors(origin) {
            return invalid("Device size larger than cached device");
        }

        let Some(word) = words.next() else { return invalid("Insufficient args") };
        let block_sectors = match kstrtoul(word) {
            Some(n) if (BLOCK_SECTORS_MIN..=BLOCK_SECTORS_MAX).contains(&n) && n % BLOCK_SECTORS_MIN == 0 => n,
            _ => return invalid("Invalid data block size"),
        };
        if block_sectors > cache_sectors {
            return invalid("Data block size is larger than the cache device");
        }

        let rest = words.as_slice();
        let count = read_arg(rest.first(), FEATURES_MAX).and_then(|n| usize::try_from(n).ok()).filter(|n| *n < rest.len());
        let Some(count) = count else { return invalid("Invalid number of cache feature arguments") };
        let (feature_words, rest) = rest[1..].split_at(count);
        let features = parse_features(feature_words)?;

        let Some((policy, rest)) = rest.split_first() else { return invalid("Insufficient args") };
        let count = read_arg(rest.first(), POLICY_ARGS_MAX).and_then(|n| usize::try_from(n).ok()).filter(|n| *n < rest.len());
        let Some(count) = count else { return invalid("Invalid number of policy arguments") };
        let policy_args = rest[1..=count].iter().map(|word| (*word).to_owned()).collect();

        Ok(Self {
            devices: Devices { metadata, cache, origin },
            cache_sectors,
            block_sectors,
            features,
            policy: (*policy).to_owned(),
            policy_args,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_kernel_reads_them() {
        assert_eq!(kstrtoul("128"), Some(128));
        assert_eq!(kstrtoul("+128"), Some(128));
        assert_eq!(kstrtoul("-128"), None);
        assert_eq!(kstrtoul("0x80"), None);
        assert_eq!(kstrtoul("99999999999999999999"), None);
        assert_eq!(read_arg(Some(&"1x"), 3), None);
        assert_eq!(read_arg(Some(&"4294967296"), 3), Some(0));
        assert_eq!(read_arg(Some(&"4"), 3), None);
    }

    #[test]
    fn devices_carry_the_kernels_names() {
        assert_eq!(device_name(DevNo { major: 254, minor: 32 }), "vdc");
        assert_eq!(device_name(DevNo { major: 254, minor: 26 * 16 }), "vdaa");
        assert_eq!(device_name(DevNo { major: 253, minor: 3 }), "dm-3");
    }
}
