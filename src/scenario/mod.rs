//! Scenarios: small text files of real commands with captions and expectations.

pub mod ast;
mod divergence;
pub mod error;
pub mod expect;
pub mod figure;
pub mod fill;
pub mod fmt;
mod lex;
pub mod library;
pub mod machine;
pub mod parse;
pub mod report;
pub mod run;
pub mod shell_script;
mod shown;
pub mod story;
pub mod transcript;
pub mod typed;
mod verbs;
pub mod workload;
mod write;

pub use ast::Script;
pub use error::ScriptError;
pub use parse::parse;
