//! What stands where, wide and narrow.

/// Sizes of a stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) width: i32,
    pub(super) left: i32,
    pub(super) right: i32,
    /// Width of a mapped device's card, of each of its slots, and of a table on its way out.
    pub(super) device: i32,
    pub(super) slot: i32,
    pub(super) old: i32,
    /// Width of a metadata object's card.
    pub(super) object: i32,
    /// Where the line of blocks begins and ends, and the most from one to the next.
    pub(super) columns: i32,
    pub(super) columns_end: i32,
    pub(super) pitch: i32,
    /// Where that begins which each object sees.
    pub(super) side: i32,
}

pub(super) const WIDE: Measure = Measure {
    width: 720,
    left: 20,
    right: 704,
    device: 300,
    slot: 134,
    old: 134,
    object: 168,
    columns: 208,
    columns_end: 474,
    pitch: 44,
    side: 488,
};

/// A phone's.
pub(super) const NARROW: Measure = Measure {
    width: 390,
    left: 18,
    right: 376,
    device: 228,
    slot: 98,
    old: 122,
    object: 130,
    columns: 18,
    columns_end: 376,
    pitch: 48,
    side: 157,
};
