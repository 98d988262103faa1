//! The scenarios that come with the page: what the picker lists. Only headings are read; a script is parsed when opened.

use crate::scenario::library::{self, Shown};

/// A scenario by its headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name in links, and its file name without `.dml`.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) group: &'static str,
    pub(super) source: &'static str,
    /// What runs of it have shown.
    pub(super) marks: &'static [Shown],
}

impl Entry {
    /// The first sentence of the introduction.
    pub(super) fn line(&self) -> String {
        let lines = self.source.lines().skip(2).map_while(|l| l.strip_prefix("# "));
        let mut text = lines.collect::<Vec<_>>().join(" ");
        if let Some(end) = [". ", "? ", "! "].iter().filter_map(|end| text.find(end)).min() {
            text.truncate(end + 1);
        }
        text
    }
}

/// Every scenario, group by group.
pub(super) fn all() -> Vec<Entry> {
    let entry = |e: &library::Entry| {
        let heading = |start: &str| e.source.lines().find_map(|l| l.strip_prefix(start)).map(str::trim);
        Entry {
            name: e.name,
            title: heading("# ").unwrap_or(e.name),
            group: heading("group ").unwrap_or("others"),
            source: e.source,
            marks: e.shown(),
        }
    };
    let mut all: Vec<Entry> = library::ALL.iter().map(entry).collect();
    // A stable sort: inside a group the library's own order stays.
    all.sort_by_key(|e| library::GROUPS.iter().position(|g| *g == e.group).unwrap_or(library::GROUPS.len()));
    all
}

/// Metadata format of every cache table in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    #[default]
    AsWritten,
    V1,
    V2,
}

impl Format {
    pub(super) const ALL: [Self; 3] = [Self::AsWritten, Self::V1, Self::V2];

    /// As the picker and links name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AsWritten => "as written",
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The script with every cache table line in this format: `metadata2` among its features, or not.
    pub(super) fn applied(self, text: &str) -> String {
        if self == Self::AsWritten {
            return text.to_owned();
        }
        let lines: Vec<String> = text.split('\n').map(|line| self.line(line)).collect();
        lines.join("\n")
    }

    fn line(self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let found = words.iter().position(|w| *w == "cache").and_then(|at| Some((at + 5, words.get(at + 5)?.parse::<usize>().ok()?)));
        let Some((at, features)) = found.filter(|_| !line.trim_start().starts_with('#')) else { return line.to_owned() };
        let given = words.get(at + 1..at + 1 + features).unwrap_or_default();
        let mut wanted: Vec<&str> = given.iter().copied().filter(|f| *f != "metadata2").collect();
        if self == Self::V2 {
            wanted.insert(0, "metadata2");
        }
        let count = wanted.len().to_string();
        let mut out: Vec<&str> = words[..at].to_vec();
        out.push(&count);
        out.extend(wanted);
        out.extend(words.iter().skip(at + 1 + features));
        out.join(" ")
    }
}
