//! One number over a whole run: the same on every platform, different when any event or any byte of a block differs.

use super::Timeline;
use dm_cache_engine::event::Event;
use std::fmt::Write;

/// FNV-1a, 128 bits.
struct Fnv(u128);

impl Fnv {
    const fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

impl Write for Fnv {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.bytes(s.as_bytes());
        Ok(())
    }
}

impl Timeline {
    /// The digest over every event in order, block bytes included: 32 hex digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Fnv::new();
        for event in self.events() {
            // Writing into the hash cannot fail.
            let _ = match event {
                // Why something was not done is no part of what was: a digest stays what it was before anybody told it.
                Event::StaysDirty { .. } | Event::NotPromoted { .. } | Event::DemotionWaits { .. } => continue,
                Event::BioMapped { cache, oblock, cblock, write, hit, not_promoted: _ } => {
                    let of = format_args!("cache: {cache}, oblock: {oblock}, cblock: {cblock:?}, write: {write}, hit: {hit}");
                    writeln!(hash, "BioMapped {{ {of} }}")
                }
                event => writeln!(hash, "{event:?}"),
            };
            for page in event.pages() {
                hash.bytes(page.bytes());
            }
        }
        format!("{:032x}", hash.0)
    }
}
