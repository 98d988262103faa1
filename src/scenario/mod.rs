//! Scenarios: small text files of real commands with captions and expectations.

pub mod ast;
pub mod error;
mod lex;
pub mod parse;

pub use ast::Script;
pub use error::ScriptError;
pub use parse::parse;
