//! A disk of a View, checked like any metadata image.

use super::View;
use super::picture::Picture;
use super::view::DiskView;
use crate::device::PAGE_SIZE;
use crate::image::{Source, SourceError, check};

/// A disk of the View as an image: pages never written read as zeros.
#[derive(Debug, Clone, Copy)]
pub struct OnDisk<'v> {
    /// The disk.
    pub disk: &'v DiskView,
    /// Blocks of it that count.
    pub nr_blocks: u64,
}

impl Source for OnDisk<'_> {
    fn nr_blocks(&self) -> u64 {
        self.nr_blocks
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        for (block, bytes) in (first..).zip(buf.chunks_mut(PAGE_SIZE)) {
            if block >= self.nr_blocks {
                return Err(SourceError::new(format!("block {block} is behind the end of the device")));
            }
            match self.disk.pages.get(&block) {
                Some(page) => bytes.copy_from_slice(page.bytes().get(..bytes.len()).unwrap_or_default()),
                None => bytes.fill(0),
            }
        }
        Ok(())
    }
}

/// Errors that a check of the metadata device finds; none where there is no formatted one.
#[must_use]
pub fn check_errors(view: &View, picture: &Picture) -> Option<usize> {
    /// Larger devices are not checked at every step.
    const BLOCKS_MAX: u64 = 4_096;
    let device = picture.metadata.first()?;
    let (_, disk) = view.disks.iter().find(|(dev, _)| dev.to_string() == device.dev)?;
    if device.nr_blocks > BLOCKS_MAX || disk.pages.is_empty() {
        return None;
    }
    let report = check::check(&OnDisk { disk, nr_blocks: device.nr_blocks }, &check::Options::default());
    Some(report.damages.len())
}
