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
        Self::zero_ref().clone()
    }

    /// The page of zeros, lent.
    #[must_use]
    pub fn zero_ref() -> &'static Self {
        static ZERO: OnceLock<Page> = OnceLock::new();
        ZERO.get_or_init(|| Self(Arc::new([0; PAGE_SIZE])))
    }

    fn new(bytes: [u8; PAGE_SIZE]) -> Self {
        #[cfg(target_arch = "wasm32")]
        headroom::keep();
        Self(Arc::new(bytes))
    }

    /// A page of one byte value.
    #[must_use]
    pub fn filled(byte: u8) -> Self {
        if byte == 0 { Self::zero() } else { Self::new([byte; PAGE_SIZE]) }
    }

    /// A page holding `bytes`, zero-padded; bytes past 4096 are ignored.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        let mut data = [0; PAGE_SIZE];
        let n = bytes.len().min(PAGE_SIZE);
        data[..n].copy_from_slice(&bytes[..n]);
        Self::new(data)
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

/// WebAssembly's memory grows by what one allocation lacks, 64 KiB for a page, and a growing costs as much as many requests.
/// An allocation of many pages, given back at once, makes it grow seldom and by much.
#[cfg(target_arch = "wasm32")]
mod headroom {
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Pages made between two looks: half of what a look makes room for, so that room is there before it is used up.
    const PAGES: usize = 512;
    static MADE: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn keep() {
        if MADE.fetch_add(1, Ordering::Relaxed) % PAGES == PAGES - 1 {
            let mut room = Vec::<u8>::new();
            // Where there is no such room, a page may still find its own.
            let _ = room.try_reserve_exact(2 * PAGES * super::PAGE_SIZE);
            drop(std::hint::black_box(room));
        }
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
