//! Scripts as the page runs them: read, with the image that they stand on.

use crate::scenario::Script;
use std::rc::Rc;

/// A script that could be read, with its text.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    pub(super) script: Script,
}

/// Why a script cannot be read, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// Line, counted from 1.
    pub(super) line: usize,
    /// Column in characters, counted from 1.
    pub(super) column: usize,
    pub(super) message: String,
    /// What was expected there.
    pub(super) expected: String,
    /// How to go on.
    pub(super) help: Option<String>,
}

/// Reads a script.
pub(super) fn read(name: &str, text: &str) -> Result<Rc<Source>, Problem> {
    match crate::scenario::parse(name, text) {
        Ok(script) => Ok(Rc::new(Source { text: text.to_owned(), script })),
        Err(e) => Err(Problem { line: e.line, column: e.column, message: e.message, expected: e.label, help: e.help }),
    }
}
