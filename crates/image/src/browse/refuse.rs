//! A file that is not an image: which check failed, and what it seems to be.

use serde::{Deserialize, Serialize};

/// A file that is not an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// Which check failed.
    pub why: String,
    /// What the file seems to be.
    pub seems: Option<String>,
}

impl Refused {
    /// Adds a guess from the file's first bytes.
    #[must_use]
    pub fn new(name: &str, why: impl Into<String>, head: &[u8]) -> Self {
        Self { name: name.into(), why: why.into(), seems: seems(head) }
    }
}

/// What a file is by its first bytes, as far as the usual suspects go.
fn seems(bytes: &[u8]) -> Option<String> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..offset + magic.len()) == Some(magic);
    let known: &[(usize, &[u8], &str)] = &[
        (0, &[0x1f, 0x8b], "a gzip file: unpack it first"),
        (0, &[0xfd, b'7', b'z', b'X', b'Z'], "an xz file: unpack it first"),
        (0, &[0x28, 0xb5, 0x2f, 0xfd], "a zstd file: unpack it first"),
        (0, b"BZh", "a bzip2 file: unpack it first"),
        (0, b"PK\x03\x04", "a zip file: unpack it first"),
        (0, b"QFI\xfb", "a qcow2 disk image"),
        (0, b"<superblock", "XML, but not that of cache_dump"),
        (512, b"LABELONE", "an LVM physical volume: the metadata is in a volume of it"),
        (32, &27_022_010u64.to_le_bytes(), "dm-thin metadata"),
        (0, b"\x89PNG", "a picture"),
        (0, b"LUKS\xba\xbe", "a LUKS volume"),
        (1080, &[0x53, 0xef], "an ext4 file system"),
        (0, b"XFSB", "an XFS file system"),
    ];
    if let Some((.., what)) = known.iter().find(|(offset, magic, _)| at(*offset, magic)) {
        return Some((*what).to_owned());
    }
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    if bytes.is_empty() {
        None
    } else if bytes.iter().all(|b| *b == 0) {
        Some("zeros: on such a device Linux formats new metadata".to_owned())
    } else if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        Some("text".to_owned())
    } else {
        None
    }
}
