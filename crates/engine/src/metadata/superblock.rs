//! The superblock: block 0 as bytes, its fields, and its validator (`sb_validator`).
//!
//! ```text
//!   0 csum        4 flags       8 blocknr            16 uuid (16 bytes)
//!  32 magic                    40 version           44 policy_name (16)         60 policy_hint_size
//!  64 metadata_space_map_root (128 bytes, 32 used: nr_blocks, nr_allocated, bitmap_root, ref_count_root)
//! 192 mapping_root            200 hint_root        208 discard_root
//! 216 discard_block_size      224 discard_nr_blocks
//! 232 data_block_size         236 metadata_block_size                           240 cache_blocks
//! 244 compat_flags            248 compat_ro_flags  252 incompat_flags
//! 256 read_hits               260 read_misses      264 write_hits               268 write_misses
//! 272 policy_version (3 × 4)                       284 dirty_root (version 2)   292 end, zeros to 4096
//! ```

use super::object::Stats;
use crate::device::{PAGE_SIZE, Page};
use crate::errno::Errno;
use crate::kernel::Kernel;
use crate::persistent_data::{Validator, checksum, le32, le64, put32, put64};

/// Where it lies.
pub const LOCATION: u64 = 0;
/// `CACHE_SUPERBLOCK_MAGIC`, an octal constant in the source.
pub const MAGIC: u64 = 0o6_142_003;
/// Lowest and highest supported version.
pub const VERSIONS: (u32, u32) = (1, 2);
/// Bytes of a policy name, including the NUL.
pub const POLICY_NAME_SIZE: usize = 16;
/// Bytes of the space map root that are used.
pub const SM_ROOT_SIZE: usize = 32;
/// Metadata block size in sectors.
pub const METADATA_BLOCK_SIZE: u32 = 8;
/// Flag: everything was written when the last user left.
pub const CLEAN_SHUTDOWN: u32 = 1;
/// Flag: a transaction was aborted; user space must check the metadata.
pub const NEEDS_CHECK: u32 = 2;
/// Largest device that is used whole, in sectors.
pub const MAX_SECTORS: u64 = 255 * 16_320 * 8;

const CSUM_XOR: u32 = 9_031_977;

const CSUM: usize = 0;
const FLAGS: usize = CSUM + 4;
const BLOCKNR: usize = FLAGS + 4;
const UUID: usize = BLOCKNR + 8;
const MAGIC_AT: usize = UUID + 16;
const VERSION: usize = MAGIC_AT + 8;
const POLICY_NAME: usize = VERSION + 4;
const POLICY_HINT_SIZE: usize = POLICY_NAME + POLICY_NAME_SIZE;
const SM_ROOT: usize = POLICY_HINT_SIZE + 4;
const MAPPING_ROOT: usize = SM_ROOT + 128;
const HINT_ROOT: usize = MAPPING_ROOT + 8;
const DISCARD_ROOT: usize = HINT_ROOT + 8;
const DISCARD_BLOCK_SIZE: usize = DISCARD_ROOT + 8;
const DISCARD_NR_BLOCKS: usize = DISCARD_BLOCK_SIZE + 8;
const DATA_BLOCK_SIZE: usize = DISCARD_NR_BLOCKS + 8;
const METADATA_BLOCK_SIZE_AT: usize = DATA_BLOCK_SIZE + 4;
const CACHE_BLOCKS: usize = METADATA_BLOCK_SIZE_AT + 4;
const COMPAT: usize = CACHE_BLOCKS + 4;
const COMPAT_RO: usize = COMPAT + 4;
const INCOMPAT: usize = COMPAT_RO + 4;
const STATS: usize = INCOMPAT + 4;
const POLICY_VERSION: usize = STATS + 16;
const DIRTY_ROOT: usize = POLICY_VERSION + 12;
/// Bytes used.
pub const SIZE: usize = DIRTY_ROOT + 8;
const _: () = assert!(SIZE == 292);

/// Fills in location and checksum; checks location, magic, checksum, version, in this order.
pub static VALIDATOR: Validator = Validator { name: "superblock", prepare_for_write, check };

/// The fields of a superblock. [`Superblock::decode`] accepts anything; [`VALIDATOR`] checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "field names of struct cache_disk_superblock")]
pub struct Superblock {
    pub csum: u32,
    pub flags: u32,
    pub blocknr: u64,
    pub uuid: [u8; 16],
    pub magic: u64,
    pub version: u32,
    pub policy_name: [u8; POLICY_NAME_SIZE],
    pub policy_hint_size: u32,
    pub sm_root: [u8; SM_ROOT_SIZE],
    pub mapping_root: u64,
    pub hint_root: u64,
    pub discard_root: u64,
    pub discard_block_size: u64,
    pub discard_nr_blocks: u64,
    pub data_block_size: u32,
    pub metadata_block_size: u32,
    pub cache_blocks: u32,
    pub compat_flags: u32,
    pub compat_ro_flags: u32,
    pub incompat_flags: u32,
    pub stats: Stats,
    pub policy_version: [u32; 3],
    /// Used only in version 2.
    pub dirty_root: u64,
}

impl Superblock {
    /// Reads every field.
    #[must_use]
    pub fn decode(page: &[u8; PAGE_SIZE]) -> Self {
        Self {
            csum: le32(page, CSUM),
            flags: le32(page, FLAGS),
            blocknr: le64(page, BLOCKNR),
            uuid: bytes(page, UUID),
            magic: le64(page, MAGIC_AT),
            version: le32(page, VERSION),
            policy_name: bytes(page, POLICY_NAME),
            policy_hint_size: le32(page, POLICY_HINT_SIZE),
            sm_root: bytes(page, SM_ROOT),
            mapping_root: le64(page, MAPPING_ROOT),
            hint_root: le64(page, HINT_ROOT),
            discard_root: le64(page, DISCARD_ROOT),
            discard_block_size: le64(page, DISCARD_BLOCK_SIZE),
            discard_nr_blocks: le64(page, DISCARD_NR_BLOCKS),
            data_block_size: le32(page, DATA_BLOCK_SIZE),
            metadata_block_size: le32(page, METADATA_BLOCK_SIZE_AT),
            cache_blocks: le32(page, CACHE_BLOCKS),
            compat_flags: le32(page, COMPAT),
            compat_ro_flags: le32(page, COMPAT_RO),
            incompat_flags: le32(page, INCOMPAT),
            stats: Stats {
                read_hits: le32(page, STATS),
                read_misses: le32(page, STATS + 4),
                write_hits: le32(page, STATS + 8),
                write_misses: le32(page, STATS + 12),
            },
            policy_version: [0, 4, 8].map(|at| le32(page, POLICY_VERSION + at)),
            dirty_root: le64(page, DIRTY_ROOT),
        }
    }

    /// The policy's name up to its NUL.
    #[must_use]
    pub fn policy_name(&self) -> String {
        name_string(&self.policy_name)
    }
}

/// A C string in a fixed field.
pub(super) fn name_string(field: &[u8; POLICY_NAME_SIZE]) -> String {
    let end = field.iter().position(|b| *b == 0).unwrap_or(POLICY_NAME_SIZE);
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// Whether a page is all zeros: not formatted.
#[must_use]
pub fn is_unformatted(page: &Page) -> bool {
    page.bytes().iter().all(|b| *b == 0)
}

fn bytes<const N: usize>(page: &[u8; PAGE_SIZE], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&page[at..at + N]);
    out
}

fn prepare_for_write(page: &mut [u8; PAGE_SIZE], block: u64) {
    put64(page, BLOCKNR, block);
    let csum = checksum(page, CSUM_XOR);
    put32(page, CSUM, csum);
}

fn check(page: &[u8; PAGE_SIZE], block: u64, _: Kernel, log: &mut dyn FnMut(String)) -> Result<(), Errno> {
    let mut failed = |text: String, errno| {
        log(format!("device-mapper: cache metadata: {text}"));
        Err(errno)
    };
    let sb = Superblock::decode(page);
    if sb.blocknr != block {
        return failed(format!("sb_check failed: blocknr {}: wanted {block}", sb.blocknr), Errno::NotBlk);
    }
    if sb.magic != MAGIC {
        return failed(format!("sb_check failed: magic {}: wanted {MAGIC}", sb.magic), Errno::IlSeq);
    }
    let computed = checksum(page, CSUM_XOR);
    if computed != sb.csum {
        return failed(format!("sb_check failed: csum {computed}: wanted {}", sb.csum), Errno::IlSeq);
    }
    let (min, max) = VERSIONS;
    if !(min..=max).contains(&sb.version) {
        let text = format!("Cache metadata version {} found, but only versions between {min} and {max} supported.", sb.version);
        return failed(text, Errno::Inval);
    }
    Ok(())
}

/// Sets the flags alone.
pub(super) fn put_flags(page: &mut [u8; PAGE_SIZE], flags: u32) {
    put32(page, FLAGS, flags);
}

/// Writes the fields that only format writes; the rest of a fresh page is zero.
pub(super) fn put_identity(page: &mut [u8; PAGE_SIZE], version: u32, data_block_size: u64) {
    put64(page, MAGIC_AT, MAGIC);
    put32(page, VERSION, version);
    put32(page, DATA_BLOCK_SIZE, data_block_size as u32);
    put32(page, METADATA_BLOCK_SIZE_AT, METADATA_BLOCK_SIZE);
}

/// Writes the fields that every commit writes, from the object's values.
pub(super) fn put_commit(page: &mut [u8; PAGE_SIZE], core: &super::object::InCore, keep_old_name_bytes: bool) {
    put64(page, MAPPING_ROOT, core.root);
    if core.version >= 2 {
        put64(page, DIRTY_ROOT, core.dirty_root);
    }
    put64(page, HINT_ROOT, core.hint_root);
    put64(page, DISCARD_ROOT, core.discard_root);
    put64(page, DISCARD_BLOCK_SIZE, core.discard_block_size);
    put64(page, DISCARD_NR_BLOCKS, core.discard_nr_blocks);
    put32(page, CACHE_BLOCKS, core.cache_blocks);
    let name = &core.policy_name;
    let used =
        if keep_old_name_bytes { name.iter().position(|b| *b == 0).map_or(POLICY_NAME_SIZE, |nul| nul + 1) } else { POLICY_NAME_SIZE };
    page[POLICY_NAME..POLICY_NAME + used].copy_from_slice(&name[..used]);
    for (at, part) in core.policy_version.iter().enumerate() {
        put32(page, POLICY_VERSION + 4 * at, *part);
    }
    put32(page, POLICY_HINT_SIZE, core.policy_hint_size);
    let stats = core.stats;
    for (at, count) in [stats.read_hits, stats.read_misses, stats.write_hits, stats.write_misses].into_iter().enumerate() {
        put32(page, STATS + 4 * at, count);
    }
}

/// The space map root.
pub(super) fn put_sm_root(page: &mut [u8; PAGE_SIZE], root: &[u8; SM_ROOT_SIZE]) {
    page[SM_ROOT..SM_ROOT + SM_ROOT_SIZE].copy_from_slice(root);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(change: impl FnOnce(&mut [u8; PAGE_SIZE]), restamp: bool) -> (Result<(), Errno>, Vec<String>) {
        let mut page = Page::zero();
        let bytes = page.make_mut();
        put_identity(bytes, 1, 128);
        prepare_for_write(bytes, 0);
        change(bytes);
        if restamp {
            let csum = checksum(bytes, CSUM_XOR);
            put32(bytes, CSUM, csum);
        }
        let mut log = Vec::new();
        let result = check(bytes, 0, Kernel::default(), &mut |line| log.push(line));
        (result, log)
    }

    #[test]
    fn a_sound_superblock_passes() {
        assert_eq!(judged(|_| {}, false), (Ok(()), Vec::new()));
    }

    #[test]
    fn location_is_judged_before_magic_before_checksum_before_version() {
        let all = |b: &mut [u8; PAGE_SIZE]| {
            put64(b, BLOCKNR, 5);
            put64(b, MAGIC_AT, 0x0403_0201);
            put32(b, VERSION, 3);
        };
        assert_eq!(
            judged(all, false),
            (Err(Errno::NotBlk), vec!["device-mapper: cache metadata: sb_check failed: blocknr 5: wanted 0".into()])
        );
        assert_eq!(
            judged(|b| put64(b, MAGIC_AT, 0x0403_0201), false),
            (Err(Errno::IlSeq), vec!["device-mapper: cache metadata: sb_check failed: magic 67305985: wanted 1623043".into()])
        );
        assert_eq!(judged(|b| put32(b, VERSION, 3), false).0, Err(Errno::IlSeq));
        assert_eq!(
            judged(|b| put32(b, VERSION, 3), true),
            (
                Err(Errno::Inval),
                vec!["device-mapper: cache metadata: Cache metadata version 3 found, but only versions between 1 and 2 supported.".into()]
            )
        );
    }

    #[test]
    fn an_empty_payload_has_the_known_checksum() {
        assert_eq!(checksum(Page::zero().bytes(), CSUM_XOR), 0x5844_76B8);
    }
}
