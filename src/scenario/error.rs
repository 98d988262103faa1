//! What is wrong with a script, said so that the next attempt is right.

use super::ast::Span;
use miette::{Diagnostic, NamedSource, SourceSpan};

/// A script that cannot be read.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(dmlab::script))]
pub struct ScriptError {
    /// What is wrong.
    pub message: String,
    /// The whole script, for the caret.
    #[source_code]
    pub source_code: NamedSource<String>,
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
        let best = words
            .iter()
            .map(|w| (strsim::damerau_levenshtein(&wrong.to_lowercase(), w), *w))
            .min()
            .filter(|(distance, w)| *distance <= 1 + w.len() / 3);
        match best {
            Some((_, word)) => self.help(format!("did you mean `{word}`?")),
            None => self.help(format!("one of: {}", words.join(", "))),
        }
    }

    pub(super) fn at(self, name: &str, source: &str) -> ScriptError {
        let offset = self.span.offset.min(source.len());
        let before = source.get(..offset).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        ScriptError {
            message: self.message,
            source_code: NamedSource::new(name, source.to_owned()),
            at: (offset, self.span.len).into(),
            label: self.expected,
            help: self.help,
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
