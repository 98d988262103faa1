//! Where an image's blocks come from.

use super::format::{BLOCK_SIZE, Block};
use std::cell::RefCell;
use thiserror::Error;

/// Blocks could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct SourceError {
    /// What went wrong, in the reader's words.
    pub text: String,
}

impl SourceError {
    /// From any cause.
    #[must_use]
    pub fn new(cause: impl ToString) -> Self {
        Self { text: cause.to_string() }
    }
}

/// A metadata image that can be read block by block.
///
/// Reads are synchronous: a page does them in a worker (`FileReaderSync`), through [`Pieces`].
pub trait Source {
    /// Whole 4 KiB blocks in the image.
    fn nr_blocks(&self) -> u64;

    /// Fills `buf`, a whole number of blocks long, from block `first` on.
    ///
    /// # Errors
    /// When the range leaves the image, or the medium fails.
    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError>;

    /// One block.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn block(&self, at: u64) -> Result<Box<Block>, SourceError> {
        let mut b = Box::new([0; BLOCK_SIZE]);
        self.read(at, &mut b[..])?;
        Ok(b)
    }
}

fn check_range(first: u64, len: usize, nr_blocks: u64) -> Result<(), SourceError> {
    let count = (len / BLOCK_SIZE) as u64;
    match first.checked_add(count) {
        Some(end) if end <= nr_blocks => Ok(()),
        _ => Err(SourceError::new(format!("block out of bounds ({first} >= {nr_blocks})"))),
    }
}

impl Source for [u8] {
    fn nr_blocks(&self) -> u64 {
        (self.len() / BLOCK_SIZE) as u64
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        check_range(first, buf.len(), self.nr_blocks())?;
        let at = first as usize * BLOCK_SIZE;
        if let Some(bytes) = self.get(at..at + buf.len()) {
            buf.copy_from_slice(bytes);
        }
        Ok(())
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn nr_blocks(&self) -> u64 {
        (**self).nr_blocks()
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        (**self).read(first, buf)
    }
}

impl Source for Vec<u8> {
    fn nr_blocks(&self) -> u64 {
        self.as_slice().nr_blocks()
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        self.as_slice().read(first, buf)
    }
}

/// A file or block device of the machine the program runs on. Reads carry their own offset, so threads may share it.
#[cfg(unix)]
#[derive(Debug)]
pub struct FileSource {
    file: std::fs::File,
    nr_blocks: u64,
}

#[cfg(unix)]
impl FileSource {
    /// Opens for reading; a block device's size is found by seeking.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: &std::path::Path) -> std::io::Result<Self> {
        Self::of(std::fs::File::open(path)?)
    }

    /// Over a file that is open already.
    ///
    /// # Errors
    /// The operating system's, from seeking to the end.
    pub fn of(mut file: std::fs::File) -> std::io::Result<Self> {
        use std::io::{Seek, SeekFrom};
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, nr_blocks: len / BLOCK_SIZE as u64 })
    }

    /// The file or device under it.
    #[must_use]
    pub const fn file(&self) -> &std::fs::File {
        &self.file
    }
}

#[cfg(unix)]
impl Source for FileSource {
    fn nr_blocks(&self) -> u64 {
        self.nr_blocks
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        use std::os::unix::fs::FileExt;
        check_range(first, buf.len(), self.nr_blocks)?;
        self.file.read_exact_at(buf, first * BLOCK_SIZE as u64).map_err(SourceError::new)
    }
}

/// A medium that is asked for pieces of bytes, for instance a browser's `File` behind `FileReaderSync`.
/// Single blocks are taken from a piece of 256 KiB that is read ahead and kept.
pub struct Pieces<F> {
    len_bytes: u64,
    fetch: F,
    kept: RefCell<(u64, Vec<u8>)>,
}

impl<F> std::fmt::Debug for Pieces<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("len_bytes", &self.len_bytes).finish_non_exhaustive()
    }
}

/// Bytes read ahead by [`Pieces`].
const PIECE: u64 = 256 * 1024;

impl<F: Fn(u64, &mut [u8]) -> Result<(), String>> Pieces<F> {
    /// `fetch(offset, buf)` fills `buf` with the bytes at `offset`.
    pub const fn new(len_bytes: u64, fetch: F) -> Self {
        Self { len_bytes, fetch, kept: RefCell::new((0, Vec::new())) }
    }
}

impl<F: Fn(u64, &mut [u8]) -> Result<(), String>> Source for Pieces<F> {
    fn nr_blocks(&self) -> u64 {
        self.len_bytes / BLOCK_SIZE as u64
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        check_range(first, buf.len(), self.nr_blocks())?;
        let at = first * BLOCK_SIZE as u64;
        if buf.len() != BLOCK_SIZE {
            return (self.fetch)(at, buf).map_err(SourceError::new);
        }
        let mut kept = self.kept.borrow_mut();
        let begin = at - at % PIECE;
        if kept.0 != begin || kept.1.is_empty() {
            let len = PIECE.min(self.len_bytes - begin);
            let mut piece = std::mem::take(&mut kept.1);
            piece.resize(len as usize, 0);
            (self.fetch)(begin, &mut piece).map_err(SourceError::new)?;
            *kept = (begin, piece);
        }
        let from = (at - begin) as usize;
        match kept.1.get(from..from + BLOCK_SIZE) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(SourceError::new("short piece")),
        }
    }
}
