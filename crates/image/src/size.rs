//! How large a metadata device has to be (`cache_metadata_size`).

/// Bytes of a hint, if nothing else is said.
pub const HINT_WIDTH: u32 = 4;

/// Sectors that `cache_metadata_size` 0.9 advises for `nr_blocks` cache blocks with hints of at most `max_hint_width` bytes: 4 MiB, 16 bytes for each
/// block, and 8 and its hint, both rounded down to sectors. Like there, what doesn't fit 64 bits is cut.
#[must_use]
pub const fn sectors(nr_blocks: u64, max_hint_width: u32) -> u64 {
    const TRANSACTION_SECTORS: u64 = 4 << 11;
    let mappings = nr_blocks.wrapping_mul(16) / 512;
    let hints = nr_blocks.wrapping_mul(max_hint_width as u64 + 8) / 512;
    TRANSACTION_SECTORS + mappings + hints
}

#[cfg(test)]
mod tests {
    use super::sectors;

    /// What `cache_metadata_size` 0.9.0 printed.
    #[test]
    fn sizes_are_those_of_the_tool() {
        for (blocks, advised) in [
            (0, 8192),
            (22, 8192),
            (43, 8194),
            (63, 8194),
            (64, 8195),
            (85, 8195),
            (126, 8197),
            (127, 8197),
            (150, 8199),
            (999, 8246),
            (8192, 8640),
            (1_000_003, 62_879),
            (100_000_000, 5_476_942),
            (u64::MAX, 72_057_594_037_936_126),
        ] {
            assert_eq!(sectors(blocks, 4), advised, "{blocks}");
        }
        let wide = [(126, 100), (8192, 0), (8192, 8), (1000, u32::MAX), (u64::MAX, u32::MAX)].map(|(blocks, hint)| sectors(blocks, hint));
        assert_eq!(wide, [8221, 8576, 8704, 8_388_616_236, 72_057_594_029_547_518]);
    }
}
