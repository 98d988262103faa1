//! Errors with a code for programs and a sentence for people.

use crate::scenario::ScriptError;

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A script or a typed line cannot be read.
    Script,
    /// The library has no scenario of that name.
    NoScenario,
    /// The script has no such label.
    NoLabel,
    /// There is no such step.
    NoStep,
    /// There is no such world: a run has one, or two when comparing.
    NoWorld,
    /// There is no such block device.
    NoDevice,
    /// An option is not understood.
    Option,
    /// A metadata image cannot be read.
    Image,
}

impl Code {
    /// The code as a string.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "SCRIPT",
            Self::NoScenario => "NO_SCENARIO",
            Self::NoLabel => "NO_LABEL",
            Self::NoStep => "NO_STEP",
            Self::NoWorld => "NO_WORLD",
            Self::NoDevice => "NO_DEVICE",
            Self::Option => "OPTION",
            Self::Image => "IMAGE",
        }
    }
}

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// Line and column in the script, counted from 1.
    pub place: Option<(usize, usize)>,
    /// How to go on.
    pub help: Option<String>,
}

impl Error {
    /// An error without a place in a script.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, help: None }
    }
}

impl From<ScriptError> for Error {
    fn from(e: ScriptError) -> Self {
        let message = format!("line {}, column {}: {} ({})", e.line, e.column, e.message, e.label);
        Self { code: Code::Script, message, place: Some((e.line, e.column)), help: e.help }
    }
}
