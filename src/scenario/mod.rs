//! Scenarios: small text files of real commands with captions and expectations.

pub mod ast;
mod divergence;
pub mod error;
pub mod expect;
mod lex;
pub mod parse;
pub mod run;
mod verbs;
pub mod workload;

pub use ast::Script;
pub use error::ScriptError;
pub use parse::parse;
