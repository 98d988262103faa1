//! A figure as HTML: the player's tag, and in it what a reader sees without it, the picture and the story.

use super::Figure;
use crate::scenario::ast::Sharing;
use crate::scenario::run::{Run, WorldRun};
use crate::scene::svg::{self, Drawing, Stage};
use crate::scene::{Form, Room, Subject};
use std::fmt::Write as _;

/// Themes of mdBook, by the classes it puts on the page.
const LIGHT: &str = ".light .dmlab,.rust .dmlab";
const DARK: &str = ".coal .dmlab,.navy .dmlab,.ayu .dmlab";

/// Text as HTML has it.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Markdown ends a block of HTML at an empty line: none is left.
fn without_empty_lines(text: &str) -> String {
    text.lines().map(|line| if line.trim().is_empty() { "&#32;" } else { line }).collect::<Vec<_>>().join("\n")
}

fn step(figure: &Figure, run: &Run, world: &WorldRun) -> Result<usize, String> {
    let last = world.timeline.steps().len().saturating_sub(1);
    figure.start_at.as_deref().map_or(Ok(last), |wanted| run.step_named(world, wanted))
}

fn poster(figure: &Figure, run: &Run) -> Result<String, String> {
    let shown: Vec<&WorldRun> = match (figure.options.sharing, run.worlds.as_slice()) {
        (Some(Sharing::Compare), _) | (None, [_]) => run.worlds.iter().collect(),
        // Of two worlds nobody asked to compare, the one without the fix is what a picture is for.
        (_, worlds) => worlds.iter().take(1).collect(),
    };
    let mut pictures = Vec::new();
    for world in &shown {
        let number = step(figure, run, world)?;
        let sentence = world.timeline.steps().get(number).map_or("", |s| s.sentence.as_str());
        let picture = world.timeline.view_at(number).picture();
        let changes = world.timeline.changes_at(number, &picture);
        pictures.push((picture, changes, sentence, number));
    }
    let mut room = Room::default();
    for world in &run.worlds {
        room.add_steps(&world.timeline, world.sharing, 0);
    }
    let heading = |world: &WorldRun| if world.sharing { "Sharing on" } else { "Sharing off" };
    let stages = shown.iter().zip(&pictures).map(|(world, (picture, changes, ..))| {
        let heading = if run.script.sharing == Sharing::Compare || shown.len() > 1 { heading(world) } else { "" };
        Stage { heading, subject: Subject { picture, changes, beside: None, room: Some(&room), sharing: world.sharing } }
    });
    let (sentence, number) = pictures.first().map_or(("", 0), |p| (p.2, p.3));
    let title = format!("{}, step {number}: {sentence}", run.script.title);
    Ok(Drawing { title: &title, caption: "", stages: stages.collect(), form: Form::Small, stacked: true, styled: false }.svg())
}

/// The figure as one block, without an empty line. The first one of a page brings the style sheet for all.
///
/// # Errors
/// The scenario does not go as it declares, or the step to begin at is not there.
pub fn figure(figure: &Figure, first: bool) -> Result<String, String> {
    let run = figure.run();
    if !run.is_as_declared() {
        let why = run.why_stopped().map_or_else(|| "`dmlab run` shows where".to_owned(), |limit| format!("stopped: {limit}"));
        return Err(format!("the scenario does not go as declared; {why}\n{}", run.story()));
    }
    let mut out = String::from("<figure class=\"dmlab-figure\">\n");
    if first {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(out, "<style>{}{}{}</style>", svg::style(), svg::theme(LIGHT, false), svg::theme(DARK, true));
    }
    out.push_str("<dm-cache-lab");
    for (name, value) in &figure.attributes {
        let _ = write!(out, " {name}=\"{}\"", escape(value));
    }
    // No blanks between what stands inside: a player shows its light content as it is.
    out.push('>');
    if figure.library.is_none() {
        // The element knows a script by its first line.
        let head = if figure.source.trim_start().starts_with("dm-cache-lab") { "" } else { "dm-cache-lab 1\n" };
        let script = without_empty_lines(&escape(&format!("{head}{}", figure.source.trim_end())));
        let _ = write!(out, "<pre class=\"dmlab-script\" hidden>{script}</pre>");
    }
    out.push_str(without_empty_lines(&poster(figure, &run)?).trim_end());
    let story = without_empty_lines(&escape(run.story().trim_end()));
    let _ = writeln!(
        out,
        "<details class=\"dmlab-story\"><summary>{}: the run in words</summary><pre tabindex=\"0\">{story}</pre></details></dm-cache-lab>",
        escape(&run.script.title)
    );
    if !figure.caption.is_empty() {
        let _ = writeln!(out, "<figcaption>{}</figcaption>", escape(&figure.caption));
    }
    out.push_str("</figure>");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_one_block_of_html_with_the_picture_and_the_story_in_it() {
        let html = figure(&Figure::parse("scenario: reload-while-live\nstart-at: committed\ncaption: A & B\n").unwrap(), true).unwrap();
        assert!(html.lines().all(|line| !line.trim().is_empty()));
        for wanted in [
            "<dm-cache-lab scenario=\"reload-while-live\" start-at=\"committed\">",
            "b sees 4 mappings",
            "mapping_root 8",
            "A &amp; B",
            "from here on the two worlds differ",
        ] {
            assert!(html.contains(wanted), "{wanted}");
        }
    }

    #[test]
    fn a_figure_that_goes_otherwise_than_it_declares_is_refused() {
        let refused = figure(&Figure::parse("# T\ndisk meta 4M\nexpect objects 1\n").unwrap(), true).unwrap_err();
        assert!(refused.contains("does not go as declared"), "{refused}");
    }
}
