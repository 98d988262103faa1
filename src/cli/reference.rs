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
         Exit codes: 0 success; 1 a check or an expectation failed, as with `cache_check`; 2 an error in a script or on the command line; 130\n\
         interrupted.\n\n\
         Files are replaced whole. `fmt`, `dump -o`, `repair`, `restore` and `writeback` write a new file beside the old one, sync it and rename it; if\n\
         anything fails, the old file is untouched. Mode and owner are kept, and a symbolic link keeps pointing to the file. A device is written in\n\
         place (by `writeback` only with `--in-place`), unless it is in use. A command refuses to write to what it reads from, also through `>>`.\n\n\
         Input is limited. A script may have at most 256 KiB, a dump at most 64 KiB from tag to tag and 1 MiB for each metadata block of the image.\n\
         A named pipe is refused, since it may never get a writer; `-` and the shell's `<(…)` are read.\n\n\
         Control characters in scripts, images and names are shown as `\\x1b` on a terminal; files and pipes get every byte unchanged. Colours\n\
         follow `NO_COLOR`, `CLICOLOR` and `TERM`. If the reader goes away, as in `dmlab run crash | head -1`, the exit code stays the same. If a\n\
         limit stopped a run, `run`, `explain` and `export` say which one and exit with 1.\n\n\
         This page is generated from the program's own `--help`, and a test compares them.\n",
    );
    // Writing to a String cannot fail, here and below.
    for sub in command.get_subcommands_mut().filter(|c| c.get_name() != "help") {
        let help = sub.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(out, "\n## dmlab {}\n\n```text\n{}\n```\n", sub.get_name(), lines.join("\n").trim_end());
    }
    out
}
