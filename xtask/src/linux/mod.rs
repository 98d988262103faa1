//! `cargo xtask linux`: asks real kernels.

mod ask;
mod batch;
mod compare;
mod engine;
mod export;
mod fuzz;
mod generate;
mod give;
mod guest;
mod packages;
mod record;
mod run;

use anyhow::Result;
use packages::Kernel;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run scenarios on a real kernel under qemu and on the engine, and show where they part first
    Run(run::Args),
    /// Run cases of tests/cases again and hold them against their recordings
    Record(record::Args),
    /// Run random scenarios on both, many in one boot; what differs is shrunk and written as a script
    Fuzz(fuzz::Args),
    /// Let the engine run up to the label `given`, hand its disks to a real kernel, and let both go on
    Give(give::Args),
}

/// Which kernel, and where it comes from.
#[derive(clap::Args)]
struct Boot {
    /// Debian's Linux of this version
    #[arg(long, value_enum, default_value = "6.1")]
    kernel: Kernel,
    /// A mirror that has Debian's `debian` and `debian-security`
    #[arg(long, default_value = "http://deb.debian.org")]
    mirror: String,
    /// Seconds that a machine may run
    #[arg(long, default_value_t = 420)]
    limit: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    packages::check()?;
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Record(args) => record::run(args),
        Command::Fuzz(args) => fuzz::run(args),
        Command::Give(args) => give::run(args),
    }
}
