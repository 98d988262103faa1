//! Figures: what a fenced `dm-cache-lab` block of a Markdown page says, and the steps that a page may name.
//!
//! A block begins with options, one `key: value` a line; the rest is a script, unless `scenario:` names one of the library.

pub mod html;

use super::ast::{Script, Sharing};
use super::run::{Options, Run, WorldRun};
use super::{library, parse};
use crate::decimal;
use dm_cache_engine::kernel::Kernel;

/// The word that opens a block.
pub const LANGUAGE: &str = "dm-cache-lab";

/// A fenced block and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// What is between the fences.
    pub body: String,
    /// Bytes of the page that it takes, fences and all.
    pub range: std::ops::Range<usize>,
    /// Line of the opening fence, from 1.
    pub line: usize,
}

/// A block, read.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The library scenario's name, if it is one.
    pub library: Option<&'static str>,
    /// The script's text.
    pub source: String,
    /// The script.
    pub script: Script,
    /// What overrides its header.
    pub options: Options,
    /// A step, a label or a percentage.
    pub start_at: Option<String>,
    /// A sentence below the figure.
    pub caption: String,
    /// Everything for the player but the script: names and values as written.
    pub attributes: Vec<(String, String)>,
}

/// The blocks of a page. A fence inside another kind of block is text.
#[must_use]
pub fn fences(page: &str) -> Vec<Fence> {
    let mut out = Vec::new();
    let mut open: Option<(String, bool, usize, usize, usize)> = None;
    let mut at = 0;
    for (number, line) in page.split_inclusive('\n').enumerate() {
        let (start, text) = (at, line.trim_end());
        at += line.len();
        let ticks = text.len() - text.trim_start_matches('`').len();
        match &open {
            None if ticks >= 3 => {
                let word = text.trim_start_matches('`').split([' ', ',']).next().unwrap_or("");
                open = Some(("`".repeat(ticks), word == LANGUAGE, start, at, number + 1));
            }
            Some((fence, ours, from, body, first)) if text == *fence => {
                if *ours {
                    let body = page.get(*body..start).unwrap_or("").to_owned();
                    out.push(Fence { body, range: *from..at, line: *first });
                }
                open = None;
            }
            _ => {}
        }
    }
    out
}

fn option(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (is_key && (value.is_empty() || value.starts_with(' '))).then_some((key, value.trim()))
}

impl Figure {
    /// Reads what stands between the fences.
    ///
    /// # Errors
    /// Says which option or which line of the script is wrong.
    pub fn parse(body: &str) -> Result<Self, String> {
        let mut rest = body;
        let mut attributes: Vec<(String, String)> = Vec::new();
        let (mut caption, mut start_at, mut named, mut options) = (String::new(), None, None, Options::default());
        while let Some((line, after)) = rest.split_once('\n') {
            let Some((key, value)) = option(line) else { break };
            let wrong = |what: &str| format!("`{key}: {value}`: expected {what}");
            match key {
                "scenario" => named = Some(library::find(value).ok_or_else(|| wrong("the name of a library scenario"))?),
                "sharing" => options.sharing = Some(Sharing::from_name(value).ok_or_else(|| wrong("on, off or compare"))?),
                "profile" => options.kernel = Some(Kernel::from_name(value).ok_or_else(|| wrong("a kernel such as 6.1"))?),
                "seed" => options.seed = Some(value.parse().map_err(|_| wrong("a number"))?),
                "start-at" => start_at = Some(value.to_owned()),
                "caption" => caption = value.to_owned(),
                "autoplay" | "controls" | "lab" | "markers" | "pause-on-markers" | "poster" | "speed" | "theme" | "view" => {}
                _ => return Err(format!("`{key}` is not an option of a figure")),
            }
            if key != "caption" {
                attributes.push((key.to_owned(), value.to_owned()));
            }
            rest = after;
        }
        let text = rest.trim_start_matches('\n');
        let (library, source) = match (named, text.trim().is_empty()) {
            (Some(entry), true) => (Some(entry.name), entry.source.to_owned()),
            (None, false) => (None, text.to_owned()),
            (Some(_), false) => return Err("both a script and a library scenario".to_owned()),
            (None, true) => return Err("neither a script nor `scenario: NAME`".to_owned()),
        };
        let script = parse(library.unwrap_or("figure"), &source).map_err(|e| e.render())?;
        if let Some((disk, file)) = script.unfilled().next() {
            return Err(format!("the disk `{disk}` is filled from `{file}`, and a figure has no files"));
        }
        let figure = Self { library, source, script, options, start_at, caption, attributes };
        Ok(figure)
    }

    /// The figure's run, to its end.
    #[must_use]
    pub fn run(&self) -> Run {
        let mut run = Run::new(self.script.clone(), self.options);
        run.finish();
        run
    }
}

impl Run {
    /// The step of `world` that `wanted` names: a number from 0, a label (the state just before it) or a percentage.
    ///
    /// # Errors
    /// Says what could have been named.
    pub fn step_named(&self, world: &WorldRun, wanted: &str) -> Result<usize, String> {
        let last = world.timeline.steps().len().saturating_sub(1);
        if let Some(percent) = wanted.strip_suffix('%').and_then(decimal::read) {
            return Ok(world.timeline.at_percent(percent));
        }
        if let Ok(number) = wanted.parse::<usize>() {
            return if number <= last { Ok(number) } else { Err(format!("there are steps 0 to {last}")) };
        }
        let labels = self.labels();
        let names: Vec<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
        let (_, statement) =
            labels.iter().find(|(name, _)| name == wanted).ok_or_else(|| format!("no label `{wanted}`; labels: {}", names.join(", ")))?;
        Ok(world.marks.get(*statement).map_or(last, |m| m.first_step.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Text\n\n```dm-cache-lab\nscenario: crash\nstart-at: 50%\n```\n\n````text\n```dm-cache-lab\n```\n````\n```dm-cache-lab\n# T\ndisk a 1M\n```\n";

    #[test]
    fn the_blocks_of_a_page_are_found_where_they_stand() {
        let found = fences(PAGE);
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [3, 12]);
        assert_eq!(&PAGE[found[0].range.clone()], "```dm-cache-lab\nscenario: crash\nstart-at: 50%\n```\n");
    }

    #[test]
    fn a_block_names_a_scenario_or_brings_a_script() {
        let found = fences(PAGE);
        let figure = Figure::parse(&found[0].body).unwrap();
        assert_eq!((figure.library, figure.start_at.as_deref()), (Some("crash"), Some("50%")));
        assert_eq!(Figure::parse(&found[1].body).unwrap().script.title, "T");
        assert!(Figure::parse("scenario: crash\ndisk a 1M\n").unwrap_err().contains("both a script and a library scenario"));
        assert!(Figure::parse("colour: red\n").unwrap_err().contains("not an option of a figure"));
        assert!(Figure::parse("\n").unwrap_err().contains("neither"));
    }

    #[test]
    fn a_step_is_named_by_number_label_or_share() {
        let run = Figure::parse("scenario: reload-while-live\n").unwrap().run();
        let world = &run.worlds[0];
        let last = world.timeline.steps().len() - 1;
        assert_eq!(run.step_named(world, "100%"), Ok(last));
        assert_eq!(run.step_named(world, "3"), Ok(3));
        let loaded = run.step_named(world, "loaded").unwrap();
        let command = world.timeline.steps()[loaded + 1].command.unwrap();
        assert!(
            world.timeline.last().commands[command].text.starts_with("dmsetup reload"),
            "{}",
            world.timeline.steps()[loaded + 1].sentence
        );
        assert!(run.step_named(world, "nowhere").unwrap_err().contains("loaded, written"));
    }
}
