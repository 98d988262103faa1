//! The `dmlab` program; everything it does is in [`dm_cache_lab::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dm_cache_lab::cli::main()
}
