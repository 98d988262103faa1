//! `dmlab explain`

use super::scenario::{self, Header};
use crate::scenario::run::Run;
use std::process::ExitCode;

/// Tell a scenario: what each step does and why.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Script file, name of a library scenario, or - for standard input.
    scenario: String,
    #[command(flatten)]
    header: Header,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let script = match scenario::script(&args.scenario) {
        Ok(script) => script,
        Err(code) => return code,
    };
    let mut run = Run::new(script, args.header.options());
    run.finish();
    scenario::say_if_stopped(&args.scenario, &run);
    super::told(super::print(run.story().as_bytes()).map(|()| run.is_as_declared()))
}
