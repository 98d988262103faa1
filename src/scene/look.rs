//! What shapes look like, as words that a style sheet knows: `www/picture.css` has a rule for each.

use crate::timeline::changes::Became;
use crate::timeline::tree::Owner;
use dm_cache_engine::world::verdict::Verdict;

macro_rules! looks {
    ($($(#[$doc:meta])* $look:ident = $word:literal),* $(,)?) => {
        /// One thing that a style sheet says of a shape or a group.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Look { $($(#[$doc])* $look),* }

        impl Look {
            /// Every look.
            pub const ALL: &'static [Self] = &[$(Self::$look),*];

            /// Its class.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$look => $word),* }
            }
        }
    };
}

looks! {
    /// A framed ground.
    Card = "card",
    /// A place with nothing in it.
    Vacant = "vacant",
    /// A card's frame in its owner's colour.
    Outline = "outline",
    /// A card with its frame in its owner's colour.
    OutlineFilled = "outline-filled",
    /// The ground of a card's head.
    CardHead = "card-head",
    /// A slot of a mapped device.
    Slot = "slot",
    /// With a table in it.
    Filled = "filled",
    /// A table in no slot.
    Leaving = "leaving",
    /// What stands in a slot: it moves as one.
    Seat = "seat",
    /// The colours of whoever came first.
    First = "hue-0",
    /// The colours of whoever came second.
    Second = "hue-1",
    /// The colours of any other.
    Other = "hue-2",
    /// The step changed it.
    Changed = "changed",
    /// An outline around what the step changed.
    Outlined = "outlined",
    /// A solid ground for a letter, or an arrow head.
    Badge = "badge",
    /// The letter on it.
    OnBadge = "on-badge",
    /// Text in its owner's colour.
    Hued = "hued",
    /// Small text.
    Small = "small",
    /// Bold text.
    Strong = "strong",
    /// What a kernel or a shell prints.
    Mono = "mono",
    /// Text that ends at its place.
    End = "end",
    /// Text with its middle at its place.
    Middle = "middle",
    /// A metadata block.
    Tile = "tile",
    /// A buffer of an object that looks down.
    Above = "above",
    /// A buffer of an object that looks up.
    Below = "below",
    /// Of the superblock.
    Superblock = "owner-sb",
    /// Of the mapping tree.
    Mappings = "owner-map",
    /// Of the hints.
    Hints = "owner-hint",
    /// Of the discard bitset.
    Discards = "owner-disc",
    /// Of the dirty bitset.
    DirtyBits = "owner-dirty",
    /// Of the space map.
    SpaceMap = "owner-sm",
    /// Count 0 in the committed space map.
    Free = "free",
    /// A buffer that is not what the disk holds.
    Stale = "stale",
    /// A buffer not written yet.
    Dirty = "dirty",
    /// It became stale in this step.
    TurnedStale = "turned-stale",
    /// It became dirty in this step.
    Dirtied = "dirtied",
    /// It was written in this step.
    Written = "written",
    /// It was read in this step.
    ReadNow = "read",
    /// The disk's block changed in this step.
    Arrived = "arrived",
    /// The ground of a tile.
    Face = "face",
    /// Dots over it.
    Dots = "dots",
    /// A block's type, as a letter.
    Kind = "kind",
    /// The sign of two things that differ.
    NotEqual = "not-equal",
    /// Since this step.
    NewlyStale = "newly-stale",
    /// The sign itself.
    Sign = "sign",
    /// The word at it.
    StaleWord = "stale-word",
    /// From a root field to its block.
    Rail = "rail",
    /// To a block in no buffer.
    Unread = "unread",
    /// The ground that keeps lines apart.
    Halo = "halo",
    /// From a node to its child.
    Arc = "arc",
    /// From a table to the object it holds.
    Hold = "hold",
    /// From a table whose destructor runs next.
    OldTable = "old",
    /// From a table that is not LIVE yet.
    Waiting = "waiting",
    /// A lock.
    LockBody = "lock-body",
    /// Its shackle.
    LockShackle = "lock-shackle",
    /// A mapping.
    Chip = "chip",
    /// One that is not seen.
    Missing = "missing",
    /// A block of data.
    Datum = "datum",
    /// Not readable now.
    Unreadable = "unreadable",
    /// Promised and lost.
    Lost = "lost",
    /// Gone, never promised.
    Unpromised = "unpromised",
    /// An origin's block behind a lost one.
    LostOrigin = "lost-origin",
    /// The mark of what is old on the origin.
    Corner = "corner",
    /// A solid ground for a word.
    Plate = "plate",
    /// The word on it.
    OnPlate = "on-plate",
    /// A word in a tile.
    Word = "word",
    /// A block's number.
    Number = "number",
    /// Beside a mark.
    Beside = "beside",
    /// From a cached block to its origin.
    Link = "link",
    /// Where that is broken.
    Cut = "cut",
    /// Between blocks that are no neighbours.
    Gap = "gap",
    /// A metadata object.
    Object = "object",
    /// Since this step.
    Opened = "opened",
    /// Lost in this step.
    NewlyLost = "newly-lost",
    /// What a read returns instead.
    LostText = "lost-text",
    /// A tile of the strip of all blocks.
    Mini = "mini",
    /// In use, of no tree.
    Used = "used",
}

impl Look {
    /// The colours of whoever has this letter: first, second, any other.
    #[must_use]
    pub fn hue(letter: &str) -> Self {
        match letter.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b'a') => Self::First,
            Some(b'b') => Self::Second,
            _ => Self::Other,
        }
    }

    /// The colours of the tree that a root field leads to.
    pub(super) fn root(name: &str) -> Self {
        match name {
            "mapping_root" => Self::Mappings,
            "hint_root" => Self::Hints,
            "discard_root" => Self::Discards,
            "dirty_root" => Self::DirtyBits,
            _ => Self::SpaceMap,
        }
    }

    /// What joins the looks of a shape: their words with blanks between them.
    #[must_use]
    pub fn class(looks: &[Self]) -> String {
        looks.iter().map(|look| look.word()).collect::<Vec<_>>().join(" ")
    }
}

impl From<Owner> for Look {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Sb => Self::Superblock,
            Owner::Map => Self::Mappings,
            Owner::Hint => Self::Hints,
            Owner::Disc => Self::Discards,
            Owner::Dirty => Self::DirtyBits,
            Owner::Sm => Self::SpaceMap,
        }
    }
}

impl From<Verdict> for Look {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Unreadable => Self::Unreadable,
            Verdict::Lost => Self::Lost,
            Verdict::Old => Self::OldTable,
            Verdict::Unpromised => Self::Unpromised,
        }
    }
}

impl From<Became> for Look {
    fn from(became: Became) -> Self {
        match became {
            Became::Stale => Self::TurnedStale,
            Became::Dirtied => Self::Dirtied,
            Became::Written => Self::Written,
            Became::Read => Self::ReadNow,
        }
    }
}
