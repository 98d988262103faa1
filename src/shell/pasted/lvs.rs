//! The table of `lvs`, with a heading: values stand under their headings.

use super::{By, Field, Remark, Told};
use std::ops::Range;

/// Headings, with the unit and the meaning of what stands below.
const COLUMNS: [(&str, &str, &str); 27] = [
    ("LV", "", "logical volume"),
    ("VG", "", "volume group"),
    ("Attr", "", "attributes"),
    ("LSize", "", "size of the volume"),
    ("Pool", "", "cache pool or cache volume"),
    ("Origin", "", "origin volume"),
    ("Data%", "%", "in use"),
    ("Meta%", "%", "of the metadata in use"),
    ("Cpy%Sync", "%", "dirty, of a cache; in sync, of a mirror"),
    ("Move", "", "being moved to"),
    ("Log", "", "mirror log"),
    ("Convert", "", "being converted to"),
    ("CacheMode", "", "cache mode"),
    ("CachePolicy", "", "policy"),
    ("CacheSettings", "", "settings of the policy"),
    ("KCachePolicy", "", "policy that the kernel runs"),
    ("KCacheSettings", "", "settings that the kernel runs"),
    ("KMFmt", "", "metadata format that the kernel runs"),
    ("CMFmt", "", "metadata format"),
    ("Chunk", "", "chunk (cache block)"),
    ("CacheTotalBlocks", "blocks", "cache blocks there are"),
    ("CacheUsedBlocks", "blocks", "cache blocks in use"),
    ("CacheDirtyBlocks", "blocks", "dirty"),
    ("CacheReadHits", "requests", "read hits"),
    ("CacheReadMisses", "requests", "read misses"),
    ("CacheWriteHits", "requests", "write hits"),
    ("CacheWriteMisses", "requests", "write misses"),
];
/// Headings that make a line one of `lvs`.
const HEADS: [&str; 2] = ["LV", "VG"];

/// A word and where it stands: characters from the first word of the line on, since a copied line may have lost the blanks before it.
fn words(line: &str) -> Vec<(Range<usize>, &str)> {
    let mut out = Vec::new();
    let mut from = None;
    let line = line.trim_start();
    let ends = line.char_indices().chain([(line.len(), ' ')]);
    for (n, (at, c)) in ends.enumerate() {
        match (c.is_whitespace(), from) {
            (false, None) => from = Some((n, at)),
            (true, Some((first, begin))) => {
                out.push((first..n, line.get(begin..at).unwrap_or_default()));
                from = None;
            }
            _ => {}
        }
    }
    out
}

/// Takes the tables of `lvs` out of a text; what is left comes back.
pub(super) fn tell(text: &str, out: &mut Vec<Told>) -> String {
    let mut rest = String::new();
    let mut heading: Vec<(Range<usize>, &str)> = Vec::new();
    for line in text.lines() {
        let row = words(line);
        if HEADS.iter().all(|head| row.iter().any(|(_, word)| word == head)) {
            heading = row;
            continue;
        }
        // A table ends with an empty line, or where another command's output begins.
        let names: Vec<&str> = row.iter().map(|(_, word)| *word).collect();
        if row.is_empty() || (0..names.len()).any(|at| super::begins(&names, at)) {
            heading.clear();
        }
        match row_told(&heading, &row) {
            Some(told) => out.push(told),
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    rest
}

/// The values of a row under the headings that they stand below; none where they cannot be told apart.
fn row_told(heading: &[(Range<usize>, &str)], row: &[(Range<usize>, &str)]) -> Option<Told> {
    if heading.is_empty() || row.is_empty() {
        return None;
    }
    let mut told = Told { name: None, by: By::Lvs, fields: Vec::new(), remarks: Vec::new(), passed_over: Vec::new(), machine: None };
    for (n, (place, value)) in row.iter().enumerate() {
        let below = heading.iter().find(|(head, _)| head.start < place.end && place.start < head.end);
        // Where every column has a value, their order tells as well.
        let (_, name) = below.or_else(|| heading.get(n).filter(|_| heading.len() == row.len()))?;
        told.column(name, value);
    }
    Some(told)
}

impl Told {
    fn column(&mut self, heading: &str, value: &str) {
        let Some((_, unit, means)) = COLUMNS.iter().find(|(name, ..)| *name == heading) else {
            self.passed_over.push(format!("{heading} {value}"));
            return;
        };
        if heading == "LV" {
            self.name = Some(value.trim_matches(['[', ']']).to_owned());
        }
        self.fields.push(Field { value: value.to_owned(), unit, means: (*means).to_owned(), unusual: false });
        match (heading, value.chars().nth(8)) {
            ("Attr", Some('F')) => self.remark_on_failure(),
            ("Attr", Some('M')) => self.remark_on_read_only(),
            _ => {}
        }
        let number: f64 = value.parse().unwrap_or(0.0);
        match heading {
            "Meta%" if number >= 90.0 => self.remark(Remark {
                title: "Metadata nearly full",
                unusual: format!("{value} % of the metadata volume is in use. A commit needs room for copies."),
                data: "Nothing is lost yet. Without room the metadata becomes read-only and changes are not recorded.".to_owned(),
                see: Some("copy-on-write"),
            }),
            "CacheMode" if value == "passthrough" => self.remark_on_passthrough(),
            "Cpy%Sync" | "CacheDirtyBlocks"
                if number > 0.0 && self.fields.iter().any(|f| f.means == "cache mode" && f.value == "writethrough") =>
            {
                self.remark(Remark {
                    title: "Dirty although nothing makes it dirty",
                    unusual: "In writethrough no write makes a block dirty: after an unclean stop every mapped block is taken as dirty."
                        .to_owned(),
                    data: "If the cache has always been writethrough, nothing is lost: the origin has each write too.".to_owned(),
                    see: Some("crash"),
                });
            }
            _ => {}
        }
    }
}
