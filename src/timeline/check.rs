//! The metadata on the disks of a View, checked like any metadata image.

use super::View;
use super::promises::Place;
use super::view::DiskView;
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, PAGE_SIZE, Page};
use dm_cache_engine::event::Event;
use dm_cache_image::format::{le64, sb};
use dm_cache_image::{Source, SourceError, check};
use imbl::OrdMap;

/// Larger devices are not checked at every step.
const BLOCKS_MAX: u64 = 4_096;

/// A disk of the View as an image: pages never written read as zeros.
#[derive(Debug, Clone, Copy)]
pub struct OnDisk<'v> {
    /// The disk.
    pub disk: &'v DiskView,
    /// Page of it that the image begins at.
    pub first: u64,
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
            match self.disk.pages.get(&(self.first + block)) {
                Some(page) => bytes.copy_from_slice(page.bytes().get(..bytes.len()).unwrap_or_default()),
                None => bytes.fill(0),
            }
        }
        Ok(())
    }
}

/// What is known of a place that was opened as a metadata device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// It is a whole disk; else how long it is the superblock says.
    whole: bool,
    /// A superblock was there at some time: before that there is nothing to check.
    formatted: bool,
}

/// Every place that was opened as a metadata device.
pub type MetadataPlaces = OrdMap<Place, Opened>;

/// What a check of the metadata on the disks finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// There is none yet.
    Nothing,
    /// It was not checked: the device is too large for a look at every step.
    Unknown,
    /// So many errors.
    Errors(usize),
}

impl View {
    /// Folds an event that is about to be applied to the rest of the View.
    pub(super) fn apply_metadata(&mut self, event: &Event) {
        match event {
            Event::ClientOpened { dev, .. } => {
                let Some(place) = self.resolve(*dev) else { return };
                let formatted = self.device_page(place.0, place.1).is_some_and(|page| page != Page::zero());
                let was = self.metadata.get(&place).copied();
                let opened = Opened { whole: !dev.is_dm(), formatted: formatted || was.is_some_and(|m| m.formatted) };
                self.metadata.insert(place, opened);
            }
            Event::DiskWrite { dev, block, page, .. } if *page != Page::zero() => {
                if let Some(opened) = self.metadata.get_mut(&(*dev, *block)) {
                    opened.formatted = true;
                }
            }
            _ => {}
        }
    }

    fn image_at(&self, (dev, first): Place, opened: Opened) -> Option<OnDisk<'_>> {
        let disk = self.disks.get(&dev)?;
        let behind = (disk.sectors / PAGE_SECTORS).saturating_sub(first);
        let said = disk.pages.get(&first).map_or(0, |page| le64(page.bytes(), sb::SM_ROOT));
        let nr_blocks = if opened.whole { behind } else { said.clamp(1, behind.max(1)) };
        Some(OnDisk { disk, first, nr_blocks })
    }

    /// Checks all metadata on the disks, whether anything has it open or not.
    #[must_use]
    pub fn checked(&self) -> Checked {
        let formatted = self.metadata.iter().filter(|(_, opened)| opened.formatted);
        let images: Vec<OnDisk<'_>> = formatted.filter_map(|(place, opened)| self.image_at(*place, *opened)).collect();
        if images.is_empty() {
            return Checked::Nothing;
        }
        if images.iter().any(|image| image.nr_blocks > BLOCKS_MAX) {
            return Checked::Unknown;
        }
        Checked::Errors(images.iter().map(|image| check::check(image, &check::Options::default()).damages.len()).sum())
    }

    /// Whether the disks with metadata hold the same as those of another View, without a look at each page.
    #[must_use]
    pub fn has_metadata_of(&self, other: &Self) -> bool {
        let same = |dev: &DevNo| match (self.disks.get(dev), other.disks.get(dev)) {
            (Some(a), Some(b)) => a.sectors == b.sectors && a.pages.ptr_eq(&b.pages),
            _ => false,
        };
        self.metadata == other.metadata && self.metadata.keys().all(|(dev, _)| same(dev))
    }
}
