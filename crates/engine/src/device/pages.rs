//! Pages that a machine holds, each content once: buffers are released unchanged, blocks are shadowed, patterns are written again.

use super::Page;
use imbl::OrdMap;

/// Pages by checksum. Of two contents with one checksum the second is held as often as it comes.
#[derive(Debug, Clone, Default)]
pub struct Pages(OrdMap<u32, Page>);

impl Pages {
    /// Makes this the same memory as an equal page seen before; whether it takes memory of its own.
    pub fn share(&mut self, page: &mut Page) -> bool {
        if page.same_memory(Page::zero_ref()) {
            return false;
        }
        let sum = crc32c::crc32c(page.bytes());
        match self.0.get(&sum) {
            Some(known) if known.same_memory(page) => false,
            Some(known) if known == page => {
                page.clone_from(known);
                false
            }
            Some(_) => true,
            None => {
                self.0.insert(sum, page.clone());
                true
            }
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
        assert_eq!([&mut first, &mut second, &mut other].map(|page| pages.share(page)), [true, false, true]);
        assert!(first.same_memory(&second));
        assert_eq!(other, Page::filled(2));
        assert!(!pages.share(&mut Page::zero()));
    }
}
