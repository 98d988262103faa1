//! The command line: one file a subcommand, and this list of them.
//!
//! Exit codes: 0 all is well, 1 it is not (as `cache_check` and its kin exit), 2 a scenario's script is wrong. Errors are printed once, here.

mod check;
mod diff;
mod dump;
mod explain;
mod export;
mod fmt;
mod inspect;
mod list;
mod notices;
mod reference;
mod restore;
mod run;
mod scenario;
mod shell_files;
mod single_file;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

pub use reference::reference;

/// Linux's dm-cache, its metadata images and its scenarios.
#[derive(Debug, Parser)]
#[command(name = "dmlab", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    List(list::Args),
    Explain(explain::Args),
    Export(export::Args),
    Fmt(fmt::Args),
    Check(check::Args),
    Dump(dump::Args),
    Restore(restore::Args),
    Inspect(inspect::Args),
    Diff(diff::Args),
    Completions(shell_files::Completions),
    Man(shell_files::Man),
    Notices(notices::Args),
}

fn command() -> clap::Command {
    Cli::command()
}

/// What a subcommand gives back: whether all is well.
type Outcome = miette::Result<bool>;

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) if e.use_stderr() => {
            // Nobody is left to tell when even this cannot be printed.
            let _ = e.print();
            return ExitCode::from(scenario::WRONG);
        }
        Err(help) => return told(print(help.render().ansi().to_string().as_bytes()).map(|()| true)),
    };
    let outcome = match cli.command {
        Command::Run(a) => return run::run(&a),
        Command::Explain(a) => return explain::run(&a),
        Command::Export(a) => return export::run(&a),
        Command::Fmt(a) => return fmt::run(&a),
        Command::List(a) => list::run(&a),
        Command::Check(a) => check::run(&a),
        Command::Dump(a) => dump::run(&a),
        Command::Restore(a) => restore::run(&a),
        Command::Inspect(a) => inspect::run(&a),
        Command::Diff(a) => diff::run(&a),
        Command::Completions(a) => shell_files::completions(&a, Cli::command()),
        Command::Man(a) => shell_files::man(&a, Cli::command()),
        Command::Notices(a) => notices::run(&a),
    };
    told(outcome)
}

/// The exit code; what went wrong goes to stderr.
fn told(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(well) => ExitCode::from(u8::from(!well)),
        Err(report) => {
            eprintln!("{report}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to stdout; a closed pipe is no error of ours.
fn print(text: &[u8]) -> miette::Result<()> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(miette::miette!("cannot write: {e}")),
        _ => Ok(()),
    }
}

/// Opens an image, refusing in `cache_check`'s words.
fn open(path: &std::path::Path) -> miette::Result<crate::image::source::FileSource> {
    use crate::image::Source;
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|e| miette::miette!("{shown}: {}", reason(&e)))?;
    let kind = file.metadata().map_err(|e| miette::miette!("{shown}: {}", reason(&e)))?.file_type();
    #[cfg(unix)]
    let is_device = std::os::unix::fs::FileTypeExt::is_block_device(&kind);
    #[cfg(not(unix))]
    let is_device = false;
    if !kind.is_file() && !is_device {
        return Err(miette::miette!("{shown}: Not a block device or regular file"));
    }
    let source = crate::image::source::FileSource::of(file).map_err(|e| miette::miette!("{shown}: {}", reason(&e)))?;
    if source.nr_blocks() == 0 {
        return Err(miette::miette!("Metadata device/file too small.  Is this binary metadata?"));
    }
    Ok(source)
}

/// An operating system's error without Rust's number behind it.
fn reason(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
