//! `dmlab export`

use super::scenario::{self, Header, WRONG};
use super::single_file;
use crate::api::{Error, Opening, Player, Target};
use crate::scenario::figure::Figure;
use crate::scenario::shell_script;
use std::path::PathBuf;
use std::process::ExitCode;

/// Export a scenario as a shell script for a real machine, as one HTML file that runs it, as a picture or text, or the bytes of a disk.
#[derive(Debug, clap::Args)]
#[group(id = "form", required = true, multiple = false, args = ["sh", "svg", "text", "html", "image"])]
pub(super) struct Args {
    /// Script file, name of a library scenario, or - for standard input.
    scenario: String,
    /// A self-contained shell script that uses $META, $CACHE and $ORIGIN, or creates loop devices.
    #[arg(long)]
    sh: bool,
    /// The picture at a step, as SVG; for a comparison, both worlds side by side.
    #[arg(long)]
    svg: bool,
    /// The picture at a step, in words; for a comparison, both worlds. Without --step, the whole story.
    #[arg(long)]
    text: bool,
    /// One HTML file that runs the scenario in any browser, offline, starting at --step.
    #[arg(long)]
    html: bool,
    /// The bytes of a disk of the script at a step, such as the metadata device; for a comparison, of the first world.
    #[arg(long, value_name = "DISK")]
    image: Option<String>,
    /// Folder of the built element, for --html.
    #[arg(long, value_name = "DIR", default_value = single_file::PACKAGE)]
    package: PathBuf,
    /// A step counted from 0, a label of the scenario, or a percentage such as 50%. Default: the last step.
    #[arg(long)]
    step: Option<String>,
    #[command(flatten)]
    header: Header,
}

/// What is printed, and whether the run came to its end.
fn contents(args: &Args) -> Result<(Vec<u8>, bool), (u8, String)> {
    let source = scenario::source(&args.scenario).map_err(|e| (WRONG, e))?;
    let script = crate::scenario::parse(&args.scenario, &source).map_err(|e| (WRONG, e.render()))?;
    if args.sh {
        if args.step.is_some() || !args.header.is_what_a_real_machine_has() {
            let why = "--sh takes no --step, --profile or --seed, and no sharing but on: the real machine has its own kernel";
            return Err((WRONG, why.to_owned()));
        }
        return shell_script::export(&args.scenario, &script).map(|text| (text.into_bytes(), true)).map_err(|e| (1, e.to_string()));
    }
    if let (true, Some((_, file))) = (args.html, script.unfilled().next()) {
        return Err((1, format!("{}: filled from {file}, and that file is in no export", args.scenario)));
    }
    if args.html {
        let attributes = args.header.attributes().into_iter().chain(args.step.iter().map(|step| ("start-at".to_owned(), step.clone())));
        let (options, start_at) = (args.header.options(), args.step.clone());
        let figure = Figure { library: None, source, script, options, start_at, caption: String::new(), attributes: attributes.collect() };
        return single_file::page(figure, &args.package).map(|text| (text.into_bytes(), true)).map_err(|e| (1, e));
    }
    let wrong = |e: Error| (WRONG, e.help.map_or_else(|| e.message.clone(), |help| format!("{}; {help}", e.message)));
    let disks = scenario::disks(&args.scenario, &script).map_err(|e| (WRONG, e))?;
    let mut player = Player::new(&source, &Opening { disks, ..args.header.opening(&args.scenario) }).map_err(wrong)?;
    scenario::say_if_stopped(&args.scenario, player.run());
    let whole = !player.run().stopped;
    if args.text && args.step.is_none() {
        return Ok((player.story().into_bytes(), whole));
    }
    Target::read(args.step.as_deref().unwrap_or("100%")).and_then(|target| player.seek(&target)).map_err(wrong)?;
    if let Some(disk) = &args.image {
        return player.image(0, disk).map(|bytes| (bytes, whole)).map_err(wrong);
    }
    if args.text {
        let worlds: Result<Vec<String>, Error> = (0..player.run().worlds.len()).map(|world| player.text(world)).collect();
        return Ok((worlds.map_err(wrong)?.join("\n").into_bytes(), whole));
    }
    Ok((player.drawing().into_bytes(), whole))
}

pub(super) fn run(args: &Args) -> ExitCode {
    match contents(args) {
        Ok((bytes, whole)) => super::told(super::print(&bytes).map(|()| whole)),
        Err((code, text)) => {
            super::say(text);
            ExitCode::from(code)
        }
    }
}
