//! The scenarios that come with the program, embedded.

use super::{Script, ScriptError, parse};

/// A scenario of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// File name without `.dml`.
    pub name: &'static str,
    /// The whole script.
    pub source: &'static str,
}

impl Entry {
    /// The script, parsed.
    pub fn script(&self) -> Result<Script, Box<ScriptError>> {
        parse(&format!("{}.dml", self.name), self.source)
    }
}

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        /// Every scenario, group by group in the order of [`GROUPS`].
        pub const ALL: &[Entry] = &[$(Entry { name: $name, source: include_str!(concat!("../../scenarios/", $name, ".dml")) }),*];
    };
}

/// The groups of the library, in the order a reader meets them.
pub const GROUPS: &[&str] = &["the fix", "before the fix", "what the fix did not cover", "the engine from the inside"];

library![
    "reload-while-live",
];

/// The scenario of that name.
#[must_use]
pub fn find(name: &str) -> Option<Entry> {
    ALL.iter().copied().find(|e| e.name == name)
}
