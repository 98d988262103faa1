//! What is wrong with a script, said so that the next attempt is right.

use super::ast::Span;
use miette::{Diagnostic, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A script that cannot be read.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(dmlab::script))]
pub struct ScriptError {
    /// What is wrong.
    pub message: String,
    #[source_code]
    script: Shown,
    /// Where.
    #[label("{label}")]
    pub at: SourceSpan,
    /// What was expected there.
    pub label: String,
    /// How to go on.
    #[help]
    pub help: Option<String>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// Bytes that a line may have and still be shown whole.
const LINE_SHOWN_MAX: usize = 200;
/// Bytes of a name that is compared with others, or listed.
const NAME_SHOWN_MAX: usize = 40;
/// Bytes of a message, a label or a help.
const TEXT_SHOWN_MAX: usize = 600;
/// Bytes shown on either side of the place, in a longer one.
const AROUND: usize = 60;

/// A script of which an error shows the line; of a very long line the part around the place.
#[derive(Debug, Clone)]
struct Shown {
    name: String,
    text: String,
}

impl SourceCode for Shown {
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = self.text.read_span(span, before, after)?;
        let named = |contents: &dyn SpanContents<'a>| -> Box<dyn SpanContents<'a> + 'a> {
            let (data, at) = (contents.data(), *contents.span());
            // The column of the place itself is told in characters.
            let column = if before == 0 && after == 0 { place(&self.text, span.offset()).1 - 1 } else { contents.column() };
            Box::new(MietteSpanContents::new_named(self.name.clone(), data, at, contents.line(), column, contents.line_count()))
        };
        if whole.data().split(|b| *b == b'\n').all(|line| line.len() <= LINE_SHOWN_MAX) {
            return Ok(named(&*whole));
        }
        let (line, column) = place(&self.text, span.offset());
        let line_begin = self.text.get(..span.offset()).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let begin = boundary(&self.text, span.offset().saturating_sub(AROUND)).max(line_begin);
        let end = boundary(&self.text, span.offset() + span.len() + AROUND);
        let part = self.text.get(begin..end).unwrap_or("");
        let behind = span.offset().saturating_sub(begin);
        let end = part.get(behind..).and_then(|rest| rest.find('\n')).map_or(part.len(), |at| behind + at);
        let part = part.get(..end).unwrap_or("");
        let at = SourceSpan::from((begin, part.len()));
        Ok(named(&MietteSpanContents::new(part.as_bytes(), at, line - 1, column - 1, 1)))
    }
}

/// The last place at or before `offset` where a character begins.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A text that holds what somebody wrote, not longer than one would read.
fn clipped(mut text: String) -> String {
    if text.len() > TEXT_SHOWN_MAX {
        text.truncate(boundary(&text, TEXT_SHOWN_MAX));
        text.push('…');
    }
    text
}

/// Line and column of a byte offset, both counted from 1, the column in characters.
#[must_use]
pub fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..boundary(text, offset)).unwrap_or("");
    (before.matches('\n').count() + 1, before.rsplit('\n').next().map_or(0, |l| l.trim_start_matches('\u{feff}').chars().count()) + 1)
}

/// An error before it knows the script it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(span: Span, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { span, message: message.into(), expected: expected.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Suggests the word of `words` nearest to `wrong`, if one is near.
    pub(super) fn nearest(self, wrong: &str, words: &[&str]) -> Self {
        // A long word is not a typo, and comparing takes quadratic time.
        let best = words
            .iter()
            .filter(|w| w.len() <= NAME_SHOWN_MAX && wrong.len() <= NAME_SHOWN_MAX)
            .map(|w| {
                let distance = strsim::damerau_levenshtein(&wrong.to_ascii_lowercase(), &w.to_ascii_lowercase());
                // Of those as near, the one that begins alike: `dsk` is `disk` rather than `ask`.
                (distance, !w.starts_with(|c| wrong.starts_with(c)), *w)
            })
            .min()
            .filter(|(distance, _, w)| *distance <= 1 + w.len() / 3 && *distance < w.len());
        match best {
            Some((_, _, word)) => self.help(format!("did you mean `{word}`?")),
            None => self.help(format!("one of: {}", words.join(", "))),
        }
    }

    pub(super) fn at(self, name: &str, source: &str) -> ScriptError {
        let offset = self.span.offset.min(source.len());
        let (line, column) = place(source, offset);
        ScriptError {
            message: clipped(self.message),
            script: Shown { name: name.to_owned(), text: source.to_owned() },
            at: (offset, if self.span.len > LINE_SHOWN_MAX { AROUND } else { self.span.len }).into(),
            label: clipped(self.expected),
            help: self.help.map(clipped),
            line,
            column,
        }
    }
}

impl ScriptError {
    /// The error as a terminal or a page shows it, without colour: message, line with caret, help.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        let theme = miette::GraphicalTheme::unicode_nocolor();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
        match handler.render_report(&mut out, self) {
            Ok(()) => out,
            Err(_) => format!("{}:{}: {} ({})", self.line, self.column, self.message, self.label),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use crate::scenario::parse;

    #[test]
    fn of_a_very_long_line_only_the_part_around_the_mistake_is_shown() {
        let script = format!("# T\ndisk slow 1M\n{}zzz {}\n", " ".repeat(70_000), "ü".repeat(60_000));
        let error = parse("t.dml", &script).unwrap_err();
        assert_eq!((error.line, error.column), (3, 70_001));
        let shown = error.render();
        assert!(shown.len() < 2_000, "{} bytes", shown.len());
        assert!(shown.contains("t.dml:3:70001") && shown.contains("zzz ü"), "{shown}");
        let shown = parse("t.dml", &"x".repeat(300_000)).unwrap_err().render();
        assert!(shown.contains("the script is too long") && shown.len() < 2_000, "{shown}");
    }
}
