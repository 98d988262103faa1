//! The command line: one file a subcommand, and this list of them.
//!
//! Exit codes: 0 success, 1 a check or an expectation failed (as with `cache_check`), 2 an error in a script or on the command line, 130 interrupted.
//! Errors are printed once, here.
//! All output goes through `terminal`, all files through `files`.

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "they panic where nobody reads, and steer the terminal")]

mod check;
mod diff;
mod dump;
mod explain;
mod export;
mod files;
mod fmt;
mod inspect;
mod interrupt;
mod list;
mod metadata_size;
mod notices;
mod reference;
mod repair;
mod restore;
mod run;
mod scenario;
mod shell_files;
mod single_file;
mod status;
mod terminal;
mod writeback;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;
use terminal::{print, say};

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
    Repair(repair::Args),
    Restore(restore::Args),
    Writeback(writeback::Args),
    MetadataSize(metadata_size::Args),
    Inspect(inspect::Args),
    Diff(diff::Args),
    Status(status::Args),
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
            say(e.render());
            return ExitCode::from(scenario::WRONG);
        }
        // Coloured where the terminal, NO_COLOR and TERM allow it.
        Err(help) => {
            return told(match help.print() {
                Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(miette::miette!("cannot write: {}", reason(&e))),
                _ => Ok(true),
            });
        }
    };
    interrupt::listen();
    let outcome = match cli.command {
        Command::Run(a) => return run::run(&a),
        Command::Explain(a) => return explain::run(&a),
        Command::Export(a) => return export::run(&a),
        Command::Fmt(a) => return fmt::run(&a),
        Command::List(a) => list::run(&a),
        Command::Check(a) => check::run(&a),
        Command::Dump(a) => dump::run(&a),
        Command::Repair(a) => repair::run(&a),
        Command::Restore(a) => restore::run(&a),
        Command::Writeback(a) => writeback::run(&a),
        Command::MetadataSize(a) => metadata_size::run(&a),
        Command::Inspect(a) => inspect::run(&a),
        Command::Diff(a) => diff::run(&a),
        Command::Status(a) => status::run(&a),
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
            say(report);
            ExitCode::FAILURE
        }
    }
}

/// Opens an image, refusing in `cache_check`'s words.
fn open(path: &std::path::Path) -> miette::Result<dm_cache_image::source::FileSource> {
    use dm_cache_image::Source;
    let file = files::open(path, files::Kind::Image).map_err(|text| miette::miette!("{text}"))?;
    let source = dm_cache_image::source::FileSource::of(file).map_err(|e| miette::miette!("{}: {}", path.display(), reason(&e)))?;
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
