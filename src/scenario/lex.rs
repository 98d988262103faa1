//! Words of a line, with their places; numbers, sizes, ranges, bytes and durations.

use super::ast::{Extent, Span};
use super::error::Fault;
use std::ops::RangeInclusive;
use winnow::Parser;
use winnow::ascii::{dec_uint, digit1, space0};
use winnow::combinator::{alt, delimited, opt, preceded, repeat, separated_pair, terminated};
use winnow::error::ModalResult;
use winnow::token::{any, take_till, take_while};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) quoted: bool,
}

impl Word {
    /// With its quotes.
    pub(super) fn written(&self) -> String {
        if self.quoted { format!("\"{}\"", self.text) } else { self.text.clone() }
    }
}

fn quoted(input: &mut &str) -> ModalResult<(String, bool)> {
    delimited('"', take_till(0.., ['"', '\n']), '"').map(|s: &str| (s.to_owned(), true)).parse_next(input)
}

fn bare(input: &mut &str) -> ModalResult<(String, bool)> {
    take_till(1.., |c: char| c.is_whitespace()).map(|s: &str| (s.to_owned(), false)).parse_next(input)
}

/// Splits a line into words; `offset` is where the line starts in the script.
pub(super) fn words(line: &str, offset: usize) -> Result<Vec<Word>, Fault> {
    let line = line.trim_end();
    let mut rest = line;
    let mut out = Vec::new();
    loop {
        let _: ModalResult<&str> = space0.parse_next(&mut rest);
        if rest.is_empty() {
            return Ok(out);
        }
        let at = line.len() - rest.len();
        let word: ModalResult<(String, bool)> = alt((quoted, bare)).parse_next(&mut rest);
        let len = line.len() - rest.len() - at;
        let span = Span { offset: offset + at, len };
        match word {
            Ok((text, false)) if text.starts_with('"') => {
                return Err(Fault::new(span, "the quoted text is not closed", "expected a closing \"")
                    .help("quoted text must end on the line it starts on"));
            }
            Ok((_, true)) if rest.starts_with(|c: char| !c.is_whitespace()) => {
                return Err(Fault::new(span, "quoted text must be a separate word", "expected a blank after it"));
            }
            Ok((text, quoted)) => out.push(Word { text, span, quoted }),
            Err(_) => return Err(Fault::new(span, "this cannot be read", "expected a word")),
        }
    }
}

fn whole<T>(word: &str, mut parser: impl FnMut(&mut &str) -> ModalResult<T>) -> Option<T> {
    let mut rest = word;
    let value = parser(&mut rest).ok()?;
    rest.is_empty().then_some(value)
}

fn number(input: &mut &str) -> ModalResult<u64> {
    alt((
        preceded(alt(("0x", "0X")), take_while(1..=16, |c: char| c.is_ascii_hexdigit()))
            .verify_map(|s: &str| u64::from_str_radix(s, 16).ok()),
        dec_uint,
    ))
    .parse_next(input)
}

fn size_bytes(input: &mut &str) -> ModalResult<u64> {
    (number, opt(alt(('K', 'k', 'M', 'G', 'T', 's'))))
        .verify_map(|(n, unit)| {
            let shift = match unit {
                None => 0,
                Some('s') => 9,
                Some('K' | 'k') => 10,
                Some('M') => 20,
                Some('G') => 30,
                _ => 40,
            };
            n.checked_mul(1 << shift)
        })
        .parse_next(input)
}

fn range(input: &mut &str) -> ModalResult<RangeInclusive<u64>> {
    alt((separated_pair(number, "..", number).map(|(a, b)| a..=b), number.map(|n| n..=n))).parse_next(input)
}

/// A whole number, decimal or `0x…`.
pub(super) fn as_number(word: &str) -> Option<u64> {
    whole(word, number)
}

/// A size in bytes: `4M`, `64K`, `512`, `8s` (sectors).
pub(super) fn as_size(word: &str) -> Option<u64> {
    whole(word, size_bytes)
}

/// `5` or `0..3` (both ends included, first not above last).
pub(super) fn as_range(word: &str) -> Option<RangeInclusive<u64>> {
    whole(word, range).filter(|r| r.start() <= r.end())
}

/// Blocks as a range, or bytes as `@OFFSET+LENGTH` with sizes.
pub(super) fn as_extent(word: &str) -> Option<Extent> {
    let bytes = |input: &mut &str| preceded('@', separated_pair(size_bytes, '+', size_bytes)).parse_next(input);
    whole(word, bytes).map(|(at, len)| Extent::Bytes(at, len)).or_else(|| as_range(word).map(Extent::Blocks))
}

/// What a word that is no number, size or range does wrong, where that can be told.
pub(super) fn why_not(word: &str) -> Option<&'static str> {
    if word.starts_with('-') {
        Some("negative numbers are not allowed")
    } else if whole(word, range).is_some_and(|r| r.start() > r.end()) {
        Some("a range must not start above its end")
    } else if word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().filter(u8::is_ascii_digit).count() > 15 {
        Some("this is too large: numbers and sizes in bytes must be below 2^64")
    } else {
        None
    }
}

/// One byte: a printable character, or two hex digits as `0x42`.
pub(super) fn as_byte(word: &str) -> Option<u8> {
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii_graphic() => Some(c as u8),
        _ if word.starts_with("0x") => as_number(word).and_then(|n| u8::try_from(n).ok()),
        _ => None,
    }
}

/// A duration in nanoseconds: `2s`, `250ms`, `1.5s`, `2min`, `1h`.
pub(super) fn as_duration(word: &str) -> Option<u64> {
    let parser = |input: &mut &str| {
        (digit1, opt(preceded('.', digit1)), alt(("ms", "us", "ns", "min", "s", "h")))
            .verify_map(|(whole, fraction, unit): (&str, Option<&str>, &str)| {
                let scale: u64 = match unit {
                    "ns" => 1,
                    "us" => 1_000,
                    "ms" => 1_000_000,
                    "s" => 1_000_000_000,
                    "min" => 60_000_000_000,
                    _ => 3_600_000_000_000,
                };
                let mut value = whole.parse::<u64>().ok()?.checked_mul(scale)?;
                if let Some(digits) = fraction {
                    let digits = digits.get(..digits.len().min(9))?;
                    let parts = 10u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
                    value = value.checked_add(digits.parse::<u64>().ok()?.checked_mul(scale)? / parts)?;
                }
                Some(value)
            })
            .parse_next(input)
    };
    whole(word, parser)
}

/// A percentage: `70%`.
pub(super) fn as_percent(word: &str) -> Option<u32> {
    whole(word, |input: &mut &str| terminated(dec_uint::<_, u32, _>, '%').parse_next(input)).filter(|p| *p <= 100)
}

/// Why names could not be put in.
pub(super) enum Unnamed {
    /// Nothing has this name, which stands there in the text.
    Unknown(usize, String),
    /// More bytes than are left.
    TooLong,
}

/// Replaces `${NAME}` and `$NAME` by what `lookup` has for the name and the way it is written, up to `most` bytes in all.
pub(super) fn substitute<'t>(text: &'t str, most: usize, lookup: &dyn Fn(&str, &'t str) -> Option<&'t str>) -> Result<String, Unnamed> {
    let mut rest = text;
    let mut out = String::new();
    let mut name = alt((
        delimited("${", take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_'), '}'),
        preceded(
            '$',
            (
                take_while(1, |c: char| c.is_ascii_alphabetic() || c == '_'),
                take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_'),
            )
                .take(),
        ),
    ));
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let mut attempt = rest;
        let found: ModalResult<&str> = name.parse_next(&mut attempt);
        if let Ok(word) = found {
            let written = rest.get(..rest.len() - attempt.len()).unwrap_or("");
            out.push_str(lookup(word, written).ok_or_else(|| Unnamed::Unknown(at, word.to_owned()))?);
            rest = attempt;
        } else {
            let c: ModalResult<char> = any.parse_next(&mut rest);
            out.extend(c);
        }
        if out.len() > most {
            return Err(Unnamed::TooLong);
        }
    }
    Ok(out)
}

/// All words joined again by single spaces; quotes stay, but around a word that is alone.
pub(super) fn joined(words: &[Word]) -> String {
    match words {
        [alone] => alone.text.clone(),
        _ => words.iter().map(Word::written).collect::<Vec<_>>().join(" "),
    }
}

/// Ranges with commas between: `0,2..3`.
pub(super) fn as_ranges(word: &str) -> Option<Vec<RangeInclusive<u64>>> {
    let parser = |input: &mut &str| {
        let first = range.parse_next(input)?;
        let more: Vec<RangeInclusive<u64>> = repeat(0.., preceded(',', range)).parse_next(input)?;
        Ok(std::iter::once(first).chain(more).collect())
    };
    whole(word, parser).filter(|list: &Vec<RangeInclusive<u64>>| list.iter().all(|r| r.start() <= r.end()))
}
