//! The words of a line behind its first one, taken one by one.

use super::{DISK_SECTORS_MAX, Parsed};
use crate::scenario::ast::{Extent, Span};
use crate::scenario::error::Fault;
use crate::scenario::lex::{self, Word};

pub(super) struct Args<'w> {
    pub(super) words: &'w [Word],
    pub(super) at: usize,
    pub(super) end: Span,
}

impl<'w> Args<'w> {
    pub(super) fn next(&mut self, expected: &str) -> Parsed<&'w Word> {
        let word = self.words.get(self.at).ok_or_else(|| ends_too_early(self.end, expected))?;
        self.at += 1;
        Ok(word)
    }

    pub(super) fn take<T>(&mut self, expected: &str, read: impl Fn(&str) -> Option<T>) -> Parsed<T> {
        let word = self.next(expected)?;
        read(&word.text).ok_or_else(|| is_not(word, expected))
    }

    pub(super) fn one_of(&mut self, expected: &str, words: &[&'static str]) -> Parsed<&'static str> {
        let word = self.next(expected)?;
        words.iter().find(|w| **w == word.text).copied().ok_or_else(|| is_none_of(word, expected, words))
    }

    pub(super) fn peek(&self) -> Option<&'w str> {
        self.words.get(self.at).map(|w| w.text.as_str())
    }

    /// The next word, if it stands in quotes.
    pub(super) fn next_quoted(&mut self) -> Option<&'w Word> {
        let word = self.words.get(self.at).filter(|w| w.quoted)?;
        self.at += 1;
        Some(word)
    }

    /// Where the next word stands, if there is one.
    pub(super) fn here(&self) -> Option<Span> {
        self.words.get(self.at).map(|w| w.span)
    }

    pub(super) fn rest(&mut self) -> &'w [Word] {
        let rest = self.words.get(self.at..).unwrap_or(&[]);
        self.at = self.words.len();
        rest
    }

    pub(super) fn end(&self) -> Parsed<()> {
        match self.words.get(self.at) {
            None => Ok(()),
            Some(word) => Err(Fault::new(word.span, format!("`{}` is one word too many", word.text), "expected the end of the line")),
        }
    }

    pub(super) fn device(&mut self) -> Parsed<String> {
        Ok(self.next("a mapped device or a path under /dev")?.text.clone())
    }

    pub(super) fn extent(&mut self) -> Parsed<Extent> {
        self.take("blocks such as 0..3, or bytes such as @4K+512", lex::as_extent)
    }

    /// The size of a disk in sectors, at least `least`.
    pub(super) fn sectors(&mut self, least: u64) -> Parsed<u64> {
        let span = self.words.get(self.at).map_or(self.end, |w| w.span);
        let bytes = self.take("a size such as 4M", lex::as_size)?;
        match bytes / 512 {
            sectors if bytes % 512 == 0 && (least..=DISK_SECTORS_MAX).contains(&sectors) => Ok(sectors),
            _ => Err(no_size(span, bytes)),
        }
    }

    pub(super) fn byte(&mut self) -> Parsed<u8> {
        self.take("a byte such as A or 0x41", lex::as_byte)
    }

    /// Letters of objects or tables, or `none`.
    pub(super) fn list(&mut self, expected: &str) -> Parsed<Vec<String>> {
        if self.peek() == Some("none") {
            self.at += 1;
            return Ok(Vec::new());
        }
        let mut all = vec![self.take(expected, letters)?];
        while self.peek().is_some() {
            all.push(self.take(expected, letters)?);
        }
        Ok(all)
    }
}

pub(super) fn ends_too_early(end: Span, expected: &str) -> Fault {
    Fault::new(end, "the line ends too early", format!("expected {expected}"))
}

fn is_not(word: &Word, expected: &str) -> Fault {
    let fault = Fault::new(word.span, format!("`{}` is not {expected}", word.text), format!("expected {expected}"));
    match lex::why_not(&word.text) {
        Some(why) => fault.help(why),
        None => fault,
    }
}

fn is_none_of(word: &Word, expected: &str, words: &[&str]) -> Fault {
    Fault::new(word.span, format!("`{}` is not {expected}", word.text), format!("expected {expected}")).nearest(&word.text, words)
}

fn no_size(span: Span, bytes: u64) -> Fault {
    if !bytes.is_multiple_of(512) {
        Fault::new(span, "a disk consists of 512-byte sectors", "expected a multiple of 512, or a size such as 8s or 4M")
    } else {
        Fault::new(span, "a disk has at least one sector and at most 256 TiB", "expected another size")
    }
}

fn letters(word: &str) -> Option<String> {
    (!word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic())).then(|| word.to_owned())
}
