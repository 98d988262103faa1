//! What disks hold from the start: `disk NAME SIZE from FILE`. A script does not hold its files: whoever runs it fills its disks.

use super::ast::{Disk, Script};
use dm_cache_engine::device::{PAGE_SIZE, Page};
use std::sync::Arc;

/// Largest file that fills a disk, unpacked: dm-cache uses no more of a metadata device.
pub const FILE_BYTES_MAX: usize = 256 << 20;

impl Script {
    /// Disks that nothing fills yet although the script names a file: disk and file.
    pub fn unfilled(&self) -> impl Iterator<Item = (&str, &str)> {
        self.disks.iter().filter(|d| d.pages.is_empty()).filter_map(|d| Some((d.name.as_str(), d.from.as_deref()?)))
    }

    /// Fills a disk with an image of it.
    ///
    /// # Errors
    /// If there is no such disk, the image does not fit it, or it is the XML of `cache_dump`.
    pub fn fill(&mut self, disk: &str, image: &[u8]) -> Result<(), String> {
        let room = self.disk(disk)?.sectors.saturating_mul(512);
        if is_xml(image) {
            return Err("this is the XML of cache_dump: `dmlab restore` makes an image of it".to_owned());
        }
        if image.len() as u64 > room {
            return Err(format!("{} bytes do not fit the disk `{disk}` of {room}", image.len()));
        }
        let blocks = (0..).zip(image.chunks(PAGE_SIZE)).filter(|(_, block)| block.iter().any(|b| *b != 0));
        self.fill_pages(disk, blocks.map(|(at, block)| (at, Page::from_slice(block))).collect())
    }

    /// Fills a disk with pages by their numbers.
    ///
    /// # Errors
    /// When there is no such disk, or a page lies behind its end.
    pub fn fill_pages(&mut self, disk: &str, pages: Vec<(u64, Page)>) -> Result<(), String> {
        let filled = self.disk(disk)?;
        let room = filled.sectors.div_ceil(8);
        if let Some((at, _)) = pages.iter().find(|(at, _)| *at >= room) {
            return Err(format!("block {at} does not fit the disk `{disk}` of {room} blocks"));
        }
        // One page at least: what is filled with zeros is filled.
        filled.pages = Arc::new(if pages.is_empty() { vec![(0, Page::zero())] } else { pages });
        Ok(())
    }

    fn disk(&mut self, name: &str) -> Result<&mut Disk, String> {
        self.disks.iter_mut().find(|d| d.name == name).ok_or_else(|| format!("the script has no disk `{name}`"))
    }
}

/// Whether bytes are the XML of `cache_dump`.
#[must_use]
pub fn is_xml(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<superblock")
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;

    #[test]
    fn a_disk_is_filled_from_a_file_that_fits() {
        let mut script = parse("t", "# T\ndisk meta 8K from \"a b.img\"\ndisk slow 1M\n").unwrap();
        assert_eq!(script.unfilled().collect::<Vec<_>>(), [("meta", "a b.img")]);
        assert_eq!(script.disks[0].to_string(), "disk meta 8K from \"a b.img\"");
        assert_eq!(script.fill("meta", &[1; 8193]).unwrap_err(), "8193 bytes do not fit the disk `meta` of 8192");
        assert_eq!(script.fill("fast", &[]).unwrap_err(), "the script has no disk `fast`");
        assert!(script.fill("meta", b" <superblock ").unwrap_err().contains("dmlab restore"));

        script.fill("meta", &[0; 8192]).unwrap();
        assert_eq!(script.unfilled().count(), 0, "zeros fill as well");
        let mut bytes = vec![0; 5000];
        bytes[4999] = 7;
        script.fill("meta", &bytes).unwrap();
        assert_eq!(script.disks[0].pages.iter().map(|(at, page)| (*at, page.bytes()[903])).collect::<Vec<_>>(), [(1, 7)]);
    }
}
