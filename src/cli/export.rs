//! `dmlab export`

use super::scenario::{self, Header, WRONG};
use super::single_file;
use crate::scenario::figure::Figure;
use crate::scenario::run::Run;
use crate::scenario::shell_script;
use crate::timeline::svg;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a scenario as a shell script for a real machine, as one HTML file that runs it, or its picture or story at a step.
#[derive(Debug, clap::Args)]
#[group(id = "form", required = true, multiple = false, args = ["sh", "svg", "text", "html"])]
pub(super) struct Args {
    /// Script file, name of a library scenario, or - for standard input.
    scenario: String,
    /// A self-contained shell script that honours $META, $CACHE and $ORIGIN or makes loop devices.
    #[arg(long)]
    sh: bool,
    /// The picture at a step, as SVG.
    #[arg(long)]
    svg: bool,
    /// The picture at a step, in words; without --step the whole story.
    #[arg(long)]
    text: bool,
    /// One HTML file that runs the scenario in any browser, offline; it begins at --step.
    #[arg(long)]
    html: bool,
    /// Folder of the built element, for --html.
    #[arg(long, value_name = "DIR", default_value = single_file::PACKAGE)]
    package: PathBuf,
    /// Which step, from 0; or a label of the scenario, or a percentage such as 50%. Default: the last one.
    #[arg(long)]
    step: Option<String>,
    #[command(flatten)]
    header: Header,
}

fn text(args: &Args) -> Result<String, (u8, String)> {
    let source = scenario::source(&args.scenario).map_err(|e| (WRONG, e))?;
    let script = crate::scenario::parse(&args.scenario, &source).map_err(|e| (WRONG, e.render()))?;
    if args.sh {
        return shell_script::export(&args.scenario, &script).map_err(|e| (1, e.to_string()));
    }
    if args.html {
        let attributes = args.header.attributes().into_iter().chain(args.step.iter().map(|step| ("start-at".to_owned(), step.clone())));
        let (options, start_at) = (args.header.options(), args.step.clone());
        let figure = Figure { library: None, source, script, options, start_at, caption: String::new(), attributes: attributes.collect() };
        return single_file::page(figure, &args.package).map_err(|e| (1, e));
    }
    let mut run = Run::new(script, args.header.options());
    run.finish();
    if args.text && args.step.is_none() {
        return Ok(run.story());
    }
    // Of two worlds, the one without the fix is what a picture is for.
    let world = run.worlds.first().ok_or((1, "nothing ran".to_owned()))?;
    let last = world.timeline.steps().len().saturating_sub(1);
    let number = args.step.as_deref().map_or(Ok(last), |wanted| run.step_named(world, wanted)).map_err(|e| (1, e))?;
    let sentence = world.timeline.steps().get(number).map_or("", |s| s.sentence.as_str());
    let sharing = if world.sharing { "on" } else { "off" };
    let title = format!("{} · sharing {sharing} · step {number}: {sentence}", run.script.title);
    let picture = world.timeline.view_at(number).picture();
    if !args.svg {
        return Ok(format!("{title}\n{picture}"));
    }
    let drawing = svg::Drawing {
        title: &title,
        caption: &title,
        stages: vec![svg::Stage { heading: "", picture: &picture }],
        form: svg::Form::Wide,
        stacked: true,
        styled: true,
    };
    Ok(drawing.svg())
}

pub(super) fn run(args: &Args) -> ExitCode {
    match text(args) {
        Ok(text) => super::print(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
        Err((code, text)) => {
            eprintln!("{}", text.trim_end());
            ExitCode::from(code)
        }
    }
}
