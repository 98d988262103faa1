//! `dmlab completions` and `dmlab man`

use super::Outcome;

/// Print a completion script.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Print the manual page, in roff.
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Only this subcommand's page.
    #[arg(value_parser = known)]
    subcommand: Option<String>,
}

fn known(name: &str) -> Result<String, String> {
    let command = super::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    if names.contains(&name) { Ok(name.to_owned()) } else { Err(format!("one of: {}", names.join(", "))) }
}

pub(super) fn completions(args: &Completions, mut command: clap::Command) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "dmlab", &mut text);
    super::print(&text)?;
    Ok(true)
}

pub(super) fn man(args: &Man, command: clap::Command) -> Outcome {
    let page = match &args.subcommand {
        None => clap_mangen::Man::new(command),
        Some(name) => {
            let found = command.get_subcommands().find(|c| c.get_name() == name).cloned();
            let found = found.ok_or_else(|| miette::miette!("no subcommand '{name}'"))?;
            clap_mangen::Man::new(found).title(format!("dmlab-{name}"))
        }
    };
    let mut text = Vec::new();
    page.render(&mut text).map_err(|e| miette::miette!("{e}"))?;
    super::print(&text)?;
    Ok(true)
}
