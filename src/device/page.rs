//! A 4 KiB page, shared until written.

use std::sync::{Arc, OnceLock};

/// Bytes in a page, and in a metadata block.
pub const PAGE_SIZE: usize = 4096;

/// 4096 bytes behind a shared handle; cloning copies the handle, [`Page::make_mut`] copies the bytes if shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Page(Arc<[u8; PAGE_SIZE]>);

impl Page {
    /// The page of zeros (one shared copy).
    #[must_use]
    pub fn zero() -> Self {
        static ZERO: OnceLock<Page> = OnceLock::new();
        ZERO.get_or_init(|| Self(Arc::new([0; PAGE_SIZE]))).clone()
    }

    /// A page of one byte value.
    #[must_use]
    pub fn filled(byte: u8) -> Self {
        if byte == 0 { Self::zero() } else { Self(Arc::new([byte; PAGE_SIZE])) }
    }

    /// A page holding `bytes`, zero-padded; bytes past 4096 are ignored.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        let mut data = [0; PAGE_SIZE];
        let n = bytes.len().min(PAGE_SIZE);
        data[..n].copy_from_slice(&bytes[..n]);
        Self(Arc::new(data))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; PAGE_SIZE] {
        &self.0
    }

    /// The bytes, for writing; copied first if anyone else holds the page.
    pub fn make_mut(&mut self) -> &mut [u8; PAGE_SIZE] {
        Arc::make_mut(&mut self.0)
    }

    /// Whether both handles name the same memory (equal bytes for sure; different memory may still be equal).
    #[must_use]
    pub fn same_memory(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Page({:08x})", crc32c::crc32c(self.bytes()))
    }
}

/// A page in data that is written out: its checksum stands for it.
impl serde::Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:08x}", crc32c::crc32c(self.bytes())))
    }
}
