//! The page of the book about the command line, written from the options themselves.

use std::fmt::Write;

const COLUMNS: usize = 100;

/// The page as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut command = super::command().term_width(COLUMNS);
    command.build();
    let mut out = String::from(
        "# The command line\n\n`dmlab` runs scenarios and reads metadata images. `cargo install --path .` in the repository installs it.\n\n\
         Exit codes: 0 success; 1 a check or an expectation failed, as with `cache_check`; 2 an error in a script or on the command line.\n\n\
         This page is generated from the program's own `--help`, and a test compares them.\n",
    );
    // A String takes whatever is written; here and below.
    for sub in command.get_subcommands_mut().filter(|c| c.get_name() != "help") {
        let help = sub.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(out, "\n## dmlab {}\n\n```text\n{}\n```\n", sub.get_name(), lines.join("\n").trim_end());
    }
    out
}
