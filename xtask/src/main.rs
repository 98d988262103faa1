//! `cargo xtask …`: everything one does with this repository beyond plain cargo.
//!
//! Each command does its own set-up. What it has to build or install goes into `target/tools` and
//! `node_modules` of this clone; only the browser, where none is found, comes from the system's packages.

mod apt;
mod bench;
mod book;
mod browser;
mod build;
mod embed;
mod linux;
mod notices;
mod npm;
mod package;
mod serve;
mod sh;
mod shots;
mod site;
mod test;
mod tools;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Serve, test and build dm-cache-lab", disable_help_subcommand = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the page and serve it on http://127.0.0.1:8080; rebuild after every change
    Serve(serve::Args),
    /// Run every check a change has to pass
    Test(test::Args),
    /// Time the image tools against Debian's, on an image with a million mapped blocks
    Bench(bench::Args),
    /// Build the release page into `dist`
    Build(build::Args),
    /// Build the npm package, ready to publish, into `target/npm/dm-cache-lab`
    Package,
    /// Build the book with its figures into `target/book`
    Book(book::Args),
    /// Build page, book and element as one folder of static files
    Site(site::Args),
    /// Ask real kernels, under qemu
    Linux(linux::Args),
    /// Write the notices of all third-party code that is shipped
    Notices,
    /// Retake the documentation's screenshots of the page
    Shots(shots::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Package => package::run(),
        Command::Book(args) => book::run(&args),
        Command::Site(args) => site::run(&args),
        Command::Linux(args) => linux::run(&args),
        Command::Notices => notices::run(),
        Command::Shots(args) => shots::run(&args),
    }
}
