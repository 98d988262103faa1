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
         Exit codes: 0 all is well; 1 it is not, as `cache_check` and its kin exit; 2 a script or the command line is wrong.\n\n\
         Files are replaced whole: `fmt`, `dump -o` and `restore -o` write beside the old file, bring that to the disk and rename it. Whatever\n\
         fails, the old file is untouched. Mode and owner stay, and a symbolic link goes on naming the file. A device is written in place. What is\n\
         read is not written as well: where an output leads to an input, also by `>>`, the command refuses.\n\n\
         Nothing is read without end. A script has at most 256 KiB, a dump at most 64 KiB from tag to tag and 1 MiB for each metadata block of the\n\
         image. A named pipe is refused, since nobody may ever write to it; `-` and the shell's `<(…)` are read.\n\n\
         A terminal is shown the control characters of scripts, images and names as `\\x1b`; files and pipes get every byte as it is. Colours follow\n\
         `NO_COLOR`, `CLICOLOR` and `TERM`. A reader who goes away, as in `dmlab run crash | head -1`, changes no exit code. Where a limit stopped\n\
         a run, `run`, `explain` and `export` say which, and exit 1.\n\n\
         This page is written from the program's own `--help`, and a test compares them.\n",
    );
    // A String takes whatever is written; here and below.
    for sub in command.get_subcommands_mut().filter(|c| c.get_name() != "help") {
        let help = sub.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(out, "\n## dmlab {}\n\n```text\n{}\n```\n", sub.get_name(), lines.join("\n").trim_end());
    }
    out
}
