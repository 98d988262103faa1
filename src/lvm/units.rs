//! Sizes: as they are typed, and as lvm2 prints them.

const UNITS: [(char, u64); 7] = [('b', 1), ('s', 512), ('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40), ('p', 1 << 50)];

/// Why a size is none, in lvm2's words; empty where it has none.
pub(super) type NoSize = &'static str;

/// A size in sectors, rounded up: a number, which may have a fraction, and a unit, `unit` where none is typed.
pub(super) fn parse(text: &str, unit: char) -> Result<u64, NoSize> {
    if text.starts_with('-') {
        return Err("Size may not be negative.");
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err("Size requires number argument.");
    }
    let mut letters = suffix.chars().map(|c| c.to_ascii_lowercase());
    let unit = match (letters.next(), letters.next()) {
        (None, _) => unit,
        (Some(letter), None) => letter,
        _ => return Err("Can't parse size argument."),
    };
    let (_, bytes) = UNITS.iter().find(|(letter, _)| *letter == unit).ok_or("Can't parse size argument.")?;
    let digits: String = [whole, fraction].concat();
    // More places than these say nothing in bytes.
    let scale = u32::try_from(fraction.len()).ok().filter(|places| *places <= 18).ok_or("Can't parse size argument.")?;
    let value = digits.parse::<u128>().ok().filter(|_| digits.len() <= 20).ok_or("Can't parse size argument.")?;
    let sectors = (value * u128::from(*bytes)).div_ceil(512 * 10_u128.pow(scale));
    u64::try_from(sectors).ok().filter(|sectors| *sectors <= u64::MAX >> 12).ok_or("Can't parse size argument.")
}

/// In which unit a report prints sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// The largest that fits, with `<` where what is printed is more than there is.
    Human,
    /// Always this one.
    Fixed(char),
}

impl Unit {
    /// What `--units` takes here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some('r'), None) => Some(Self::Human),
            (Some(letter), None) if UNITS.iter().any(|(known, _)| *known == letter) => Some(Self::Fixed(letter)),
            _ => None,
        }
    }
}

/// The largest of the units from KiB on that a size fills.
fn largest(sectors: u64) -> (char, u64) {
    let fits = UNITS.iter().rev().find(|(letter, bytes)| !matches!(letter, 'b' | 's') && u128::from(sectors) * 512 >= u128::from(*bytes));
    fits.copied().unwrap_or(('k', 1 << 10))
}

/// Two places behind the point, and whether that is more than there is.
fn rounded(sectors: u64, bytes: u64) -> (String, bool) {
    #[allow(clippy::cast_precision_loss, reason = "two places are printed")]
    let value = sectors as f64 * 512.0 / bytes as f64;
    let text = format!("{value:.2}");
    let hundredths: u128 = text.replace('.', "").parse().unwrap_or(0);
    let more = hundredths * u128::from(bytes) > u128::from(sectors) * 51_200;
    (text, more)
}

/// As a report has it: `64.00m`, `<2.12g`, `0 `.
pub(super) fn short(sectors: u64, unit: Unit) -> String {
    match unit {
        Unit::Human if sectors == 0 => "0 ".to_owned(),
        Unit::Human => {
            let (letter, bytes) = largest(sectors);
            let (text, more) = rounded(sectors, bytes);
            format!("{}{text}{letter}", if more { "<" } else { "" })
        }
        Unit::Fixed('b') => format!("{}B", u128::from(sectors) * 512),
        Unit::Fixed('s') => format!("{sectors}S"),
        Unit::Fixed(letter) if sectors == 0 => format!("0{letter}"),
        Unit::Fixed(letter) => {
            let bytes = UNITS.iter().find(|(known, _)| *known == letter).map_or(1, |(_, bytes)| *bytes);
            format!("{}{letter}", rounded(sectors, bytes).0)
        }
    }
}

/// As messages have it: `12.00 MiB`.
pub(super) fn long(sectors: u64) -> String {
    let (letter, bytes) = largest(sectors);
    let (text, more) = rounded(sectors, bytes);
    format!("{}{text} {}iB", if more { "<" } else { "" }, letter.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_size_is_read_in_its_unit_or_the_options() {
        for (text, unit, sectors) in
            [("4", 'm', 8192), ("64k", 'm', 128), ("1G", 'm', 2 << 20), ("199.9g", 'm', 419_220_685), ("3s", 'k', 3)]
        {
            assert_eq!(parse(text, unit), Ok(sectors), "{text}");
        }
        for text in ["", "abc", ".", "4x", "4mm", "1.2.3", "-4m", "99999999999999999999999", "9999999999p"] {
            assert!(parse(text, 'm').is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_printed_with_two_places_and_a_mark_where_they_say_too_much() {
        for (sectors, text) in [(128, "64.00k"), (131_072, "64.00m"), (4_186_112, "<2.00g"), (2_105_344, "1.00g"), (0, "0 ")] {
            assert_eq!(short(sectors, Unit::Human), text);
        }
        assert_eq!((long(24_576), long(2_097_152)), ("12.00 MiB".to_owned(), "1.00 GiB".to_owned()));
    }
}
