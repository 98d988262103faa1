//! Checksums, and what a block must look like to be believed.

use crate::device::PAGE_SIZE;
use crate::errno::Errno;

/// `dm_bm_checksum`: CRC-32C seeded with ones, **not** inverted at the end, over everything behind the checksum, xor the salt.
#[must_use]
pub fn checksum(page: &[u8; PAGE_SIZE], salt: u32) -> u32 {
    !crc32c::crc32c(&page[4..]) ^ salt
}

/// Little-endian 32-bit field at a byte offset inside the page.
#[must_use]
pub fn le32(page: &[u8; PAGE_SIZE], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&page[at..at + 4]);
    u32::from_le_bytes(bytes)
}
/// Little-endian 64-bit field at a byte offset inside the page.
#[must_use]
pub fn le64(page: &[u8; PAGE_SIZE], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&page[at..at + 8]);
    u64::from_le_bytes(bytes)
}
/// Stores a 32-bit field.
pub fn put32(page: &mut [u8; PAGE_SIZE], at: usize, value: u32) {
    page[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
/// Stores a 64-bit field.
pub fn put64(page: &mut [u8; PAGE_SIZE], at: usize, value: u64) {
    page[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// Location (64 bits at `blocknr_at`) and checksum (first 4 bytes) of an outgoing block.
pub(crate) fn stamp(page: &mut [u8; PAGE_SIZE], blocknr_at: usize, block: u64, salt: u32) {
    put64(page, blocknr_at, block);
    let csum = checksum(page, salt);
    put32(page, 0, csum);
}

/// Location first, then checksum; `what` begins the message: `btree spine: node_check`.
pub(crate) fn check_stamp(
    page: &[u8; PAGE_SIZE],
    blocknr_at: usize,
    block: u64,
    salt: u32,
    what: &str,
    log: &mut dyn FnMut(String),
) -> Result<(), Errno> {
    let location = le64(page, blocknr_at);
    if location != block {
        log(format!("device-mapper: {what} failed: blocknr {location} != wanted {block}"));
        return Err(Errno::NotBlk);
    }
    let (computed, stored) = (checksum(page, salt), le32(page, 0));
    if computed != stored {
        log(format!("device-mapper: {what} failed: csum {computed} != wanted {stored}"));
        return Err(Errno::IlSeq);
    }
    Ok(())
}
