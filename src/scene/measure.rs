//! Sizes of the drawing in its own units: whole, one of two halves, or what the small stage shares with them.

/// What stands where, and how wide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measure {
    /// Of the whole drawing.
    pub(super) width: f64,
    /// Of an object's card.
    pub(super) card: f64,
    /// Where columns of blocks start.
    pub(super) start: f64,
    /// Width of a data block, and from one to the next.
    pub(super) datum: f64,
    pub(super) datum_pitch: f64,
    /// Width of the box that tells what a read returns.
    pub(super) read_back: f64,
    /// Letters that have room in that box, and in what is said beside a row of data.
    pub(super) read_letters: usize,
    pub(super) label: usize,
    /// Of the kernel's list.
    pub(super) list: f64,
    /// From one chip of a mapping to the next.
    pub(super) chip_pitch: f64,
}

/// Left margin, and the right one.
pub(super) const LEFT: f64 = 24.0;
/// Height of a buffer's tile.
pub(super) const BUFFER: f64 = 25.0;
/// Height of a block's tile on the disk.
pub(super) const BLOCK: f64 = 37.0;

impl Measure {
    /// Height of a picture of the usual two objects: where the window is lower, the small stage shows the loss without scrolling.
    pub(super) const HEIGHT: f64 = 632.0;

    pub(super) const WHOLE: Self = Self {
        width: 840.0,
        card: 172.0,
        start: 212.0,
        datum: 44.0,
        datum_pitch: 47.0,
        read_back: 166.0,
        read_letters: 19,
        label: 28,
        list: 168.0,
        chip_pitch: 32.0,
    };
    pub(super) const HALF: Self = Self {
        width: 720.0,
        card: 168.0,
        start: 204.0,
        datum: 39.0,
        datum_pitch: 41.5,
        read_back: 128.0,
        read_letters: 14,
        label: 26,
        list: 128.0,
        chip_pitch: 30.0,
    };
    /// Its data alone stand in the small stage.
    pub(super) const SMALL: Self = Self {
        width: 640.0,
        card: 150.0,
        start: 142.0,
        datum: 39.0,
        datum_pitch: 41.0,
        read_back: 118.0,
        read_letters: 13,
        label: 16,
        list: 0.0,
        chip_pitch: 30.0,
    };
}
