//! Pages that a run holds, each content once: buffers are released unchanged, blocks are shadowed, patterns are written again.

use dm_cache_engine::device::Page;
use std::collections::BTreeMap;

/// Pages by checksum. Of two contents with one checksum the second is held as often as it comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages(BTreeMap<u32, Page>);

impl Pages {
    /// Makes this the same memory as an equal page seen before.
    pub(super) fn share(&mut self, page: &mut Page) {
        let known = self.0.entry(crc32c::crc32c(page.bytes())).or_insert_with(|| page.clone());
        if known == page {
            page.clone_from(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pages_become_one_and_others_stay_what_they_are() {
        let mut pages = Pages::default();
        let (mut first, mut second, mut other) = (Page::filled(1), Page::filled(1), Page::filled(2));
        for page in [&mut first, &mut second, &mut other] {
            pages.share(page);
        }
        assert!(first.same_memory(&second));
        assert_eq!(other, Page::filled(2));
    }
}
