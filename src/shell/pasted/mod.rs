//! What people paste: lines of `dmsetup status`, `dmsetup table` and `lvs` from a real machine, told field by field.
//!
//! Lines may be wrapped, several, with or without names, in LVM's spelling. What is not known, such as a field of another version, is passed
//! over and named. What is unusual gets a remark: what it is, what it means for the data, and a scenario that shows it.

mod lvs;
mod remarks;
mod status;
mod table;
mod text;

use serde::Serialize;

/// Bytes that are read; a report has less.
pub const BYTES_MAX: usize = 1 << 20;

/// What was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Pasted {
    /// Lines of a cache, in order.
    pub lines: Vec<Told>,
    /// Words that belong to none, such as prompts.
    pub passed_over: Vec<String>,
}

/// Which command printed a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// `dmsetup status`
    Status,
    /// `dmsetup table`
    Table,
    /// `lvs`
    Lvs,
}

/// One line, told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The device's name, if the line has one.
    pub name: Option<String>,
    /// Which command printed it.
    pub by: By,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// What is unusual, the most important first.
    pub remarks: Vec<Remark>,
    /// Words of it that are not known.
    pub passed_over: Vec<String>,
    /// The machine behind it, if it tells all sizes.
    #[serde(skip)]
    pub machine: Option<Machine>,
}

/// What a status line says of the sizes and the table behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// Sectors of the origin.
    pub origin: u64,
    /// Sectors of the metadata device.
    pub metadata: u64,
    /// Sectors of a cache block.
    pub chunk: u64,
    /// cblocks.
    pub cache_blocks: u64,
    /// Words of the features.
    pub features: Vec<String>,
    /// Words of the target's settings.
    pub core: Vec<String>,
    /// The policy.
    pub policy: String,
    /// Words of its settings.
    pub settings: Vec<String>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As pasted.
    pub value: String,
    /// `sectors`, `blocks`, `requests`, `%`, or nothing.
    pub unit: &'static str,
    /// What it says.
    pub means: String,
    /// A remark speaks of it.
    pub unusual: bool,
}

/// Something unusual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// In a few words.
    pub title: &'static str,
    /// What is unusual.
    pub unusual: String,
    /// What it means for the data.
    pub data: String,
    /// The scenario of the library that shows it.
    pub see: Option<&'static str>,
}

/// The words of a line, taken one by one.
struct Words<'w> {
    words: &'w [&'w str],
}

impl<'w> Words<'w> {
    fn next(&mut self) -> Option<&'w str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn number(&mut self) -> Option<u64> {
        let n = self.words.first()?.parse().ok()?;
        self.next();
        Some(n)
    }

    /// `7/1024`.
    fn share(&mut self) -> Option<(u64, u64)> {
        let (a, b) = self.words.first()?.split_once('/')?;
        let both = (a.parse().ok()?, b.parse().ok()?);
        self.next();
        Some(both)
    }

    /// A number, and so many words.
    fn counted(&mut self) -> Option<&'w [&'w str]> {
        let mut ahead = Words { words: self.words };
        let n = usize::try_from(ahead.number()?).ok()?;
        let taken = ahead.words.get(..n)?;
        self.words = ahead.words.get(n..)?;
        Some(taken)
    }
}

/// Tells what was pasted.
#[must_use]
pub fn tell(text: &str) -> Pasted {
    let mut pasted = Pasted::default();
    let rest = lvs::tell(text, &mut pasted.lines);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let starts: Vec<usize> = (0..words.len()).filter(|at| begins(&words, *at)).collect();
    // A name stands before its line.
    let named = |at: &usize| at.checked_sub(1).and_then(|before| words.get(before)?.strip_suffix(':')).filter(|name| !name.is_empty());
    let begin = |at: &usize| if named(at).is_some() { at - 1 } else { *at };
    pasted.passed_over = owned(words.get(..starts.first().map_or(words.len(), begin)).unwrap_or_default());
    for (n, at) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(words.len(), begin);
        let line = Words { words: words.get(*at..end).unwrap_or_default() };
        pasted.lines.push(cache_line(named(at).map(str::to_owned), line));
    }
    pasted
}

/// Whether a line of a cache begins there: a start, a length, the target.
fn begins(words: &[&str], at: usize) -> bool {
    let is_number = |n: usize| words.get(n).is_some_and(|w| w.parse::<u64>().is_ok());
    is_number(at) && is_number(at + 1) && words.get(at + 2) == Some(&"cache")
}

fn cache_line(name: Option<String>, mut words: Words<'_>) -> Told {
    let (start, length) = (words.number().unwrap_or(0), words.number().unwrap_or(0));
    words.next();
    let mut told = Told { name, by: By::Status, fields: Vec::new(), remarks: Vec::new(), passed_over: Vec::new(), machine: None };
    told.field(format!("{start} {length}"), "sectors", format!("{} from sector {start} of the device on", size(length)));
    told.field("cache".to_owned(), "", "target".to_owned());
    let is_device = |word: &str| {
        word.starts_with('/') || word.split_once(':').is_some_and(|(a, b)| a.parse::<u32>().is_ok() && b.parse::<u32>().is_ok())
    };
    if words.words.first().is_some_and(|word| is_device(word)) {
        told.by = By::Table;
        table::tell(&mut told, &mut words);
    } else {
        status::tell(&mut told, &mut words);
        told.machine = told.machine.map(|machine| Machine { origin: length, ..machine });
    }
    told.passed_over.extend(owned(words.words));
    told
}

impl Told {
    fn field(&mut self, value: String, unit: &'static str, means: String) {
        self.fields.push(Field { value, unit, means, unusual: false });
    }

    /// Remarks on the last field.
    fn remark(&mut self, remark: Remark) {
        if let Some(field) = self.fields.last_mut() {
            field.unusual = true;
        }
        self.remarks.push(remark);
    }

    /// Settings of the target, in pairs.
    fn settings(&mut self, words: &[&str], chunk: Option<u64>, policy: Option<&str>) {
        for pair in words.chunks(2) {
            match pair {
                ["migration_threshold", value] if value.parse::<u64>().is_ok() => {
                    let sectors: u64 = value.parse().unwrap_or(0);
                    self.field(pair.join(" "), "sectors", format!("data that may move at a time: {}", size(sectors)));
                    self.remarks_on_threshold(sectors, chunk, policy);
                }
                other => self.passed_over.extend(other.iter().map(|word| (*word).to_owned())),
            }
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// `100 GiB`, of sectors.
fn size(sectors: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let bytes = u128::from(sectors) * 512;
    let (mut unit, mut one) = (0, 1024_u128);
    while unit + 1 < UNITS.len() && bytes >= one * 1024 {
        unit += 1;
        one *= 1024;
    }
    let tenths = bytes * 10 / one;
    let part = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
    format!("{}{part} {}", tenths / 10, UNITS.get(unit).copied().unwrap_or_default())
}

/// `91 %`; nothing of nothing.
fn percent(part: u64, of: u64) -> String {
    if of == 0 {
        return "–".to_owned();
    }
    let (part, of) = (u128::from(part), u128::from(of));
    let rounded = (part * 100 + of / 2) / of;
    // All is said of all alone.
    format!("{} %", if part < of { rounded.min(99) } else { rounded })
}

#[cfg(test)]
mod tests;
