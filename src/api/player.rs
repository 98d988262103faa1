//! One run with a playhead: from the text of a script to what is seen at each of its steps.

use super::error::{Code, Error};
use super::target::Target;
use crate::playback::{Mark, Playback, Track};
use crate::scenario::ast::Sharing;
use crate::scenario::report::RunReport;
use crate::scenario::run::{Options, Run, WorldRun};
use crate::scenario::{library, parse, typed};
use crate::scene::svg::{self, Drawing, Stage};
use crate::scene::{Form, Subject};
use crate::timeline::changes::Changes;
use crate::timeline::chips::{Chip, chips};
use crate::timeline::picture::Picture;
use crate::timeline::{Checked, StepKind, View};
use dm_cache_engine::device::PAGE_SIZE;
use dm_cache_engine::event::Event;
use dm_cache_engine::kernel::Kernel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest device, in bytes, whose content is returned.
const IMAGE_BYTES_MAX: u64 = 1 << 28;

/// How a run is opened. Where a field is absent, the script decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// `off`, `on` or `compare`.
    pub sharing: Option<Sharing>,
    /// Kernel profile: `6.1`.
    pub profile: Option<String>,
    /// Seed of every random choice.
    pub seed: Option<u64>,
    /// The script's name in error messages.
    pub name: Option<String>,
    /// Images of what disks hold from the start, by name.
    #[serde(skip)]
    pub disks: BTreeMap<String, Vec<u8>>,
}

impl Opening {
    fn options(&self) -> Result<Options, Error> {
        let kernel = self.profile.as_deref().map(|name| {
            let names: Vec<&str> = Kernel::ALL.iter().map(|k| k.name()).collect();
            let message = || format!("no kernel profile `{name}`; there are {}", names.join(", "));
            Kernel::from_name(name).ok_or_else(|| Error::new(Code::Option, message()))
        });
        Ok(Options { sharing: self.sharing, kernel: kernel.transpose()?, seed: self.seed })
    }
}

/// What is seen at a position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frame {
    /// The position, counted from 0.
    pub position: usize,
    /// The last position.
    pub last: usize,
    /// Line of the script, counted from 1.
    pub line: Option<usize>,
    /// What changed; of two worlds that differ, both.
    pub sentence: String,
    /// One world, or two (off first).
    pub worlds: Vec<WorldFrame>,
}

/// One world at a position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorldFrame {
    /// With the fix.
    pub sharing: bool,
    /// The step of this world's own timeline.
    pub step: usize,
    /// What kind of change.
    pub kind: Option<StepKind>,
    /// What changed.
    pub sentence: String,
    /// Virtual time.
    pub now_ns: u64,
    /// How many errors a check of the metadata finds, whether it is open or not; none if there is nothing to check.
    pub check_errors: Option<usize>,
    /// The verdicts in words: of the check, and of the data.
    pub chips: Vec<Chip>,
    /// Everything visible, as `dmlab run --json` prints it.
    pub picture: Picture,
}

/// What a typed line printed in one world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Typed {
    /// With the fix.
    pub sharing: bool,
    /// Output and errors, as a terminal shows them.
    pub output: String,
    /// Exit code.
    pub rc: i32,
}

/// A run with a playhead.
#[derive(Debug, Clone)]
pub struct Player {
    name: String,
    text: String,
    playback: Playback,
    at: usize,
}

impl Player {
    /// Runs a script to its end; the playhead stands at the first step.
    ///
    /// # Errors
    /// If the script cannot be read, or an option is not understood.
    pub fn new(text: &str, opening: &Opening) -> Result<Self, Error> {
        let name = opening.name.clone().unwrap_or_else(|| "script".to_owned());
        let mut script = parse(&name, text).map_err(|e| Error::from(*e))?;
        for (disk, bytes) in &opening.disks {
            script.fill(disk, bytes).map_err(|why| Error::new(Code::Image, why))?;
        }
        if let Some((disk, file)) = script.unfilled().next() {
            let help = Some(format!("hand over the bytes of `{file}` as the option `disks`: {{ {disk}: bytes }}"));
            let message = format!("the disk `{disk}` is filled from `{file}`, which does not travel with the script");
            return Err(Error { help, ..Error::new(Code::Image, message) });
        }
        let mut playback = Playback::new(script, opening.options()?);
        playback.finish();
        Ok(Self { name, text: text.to_owned(), playback, at: 0 })
    }

    /// Runs a scenario of the library.
    ///
    /// # Errors
    /// If there is none of that name, or an option is not understood.
    pub fn library(name: &str, opening: &Opening) -> Result<Self, Error> {
        let entry = library::find(name).ok_or_else(|| {
            let near = library::ALL.iter().map(|e| (strsim::damerau_levenshtein(e.name, name), e.name)).min();
            let help = near.filter(|(distance, near)| *distance <= 1 + near.len() / 3).map(|(_, near)| format!("did you mean `{near}`?"));
            Error { help, ..Error::new(Code::NoScenario, format!("no scenario `{name}`")) }
        })?;
        Self::new(entry.source, &Opening { name: Some(name.to_owned()), ..opening.clone() })
    }

    /// The script, with every line typed since.
    #[must_use]
    pub fn script(&self) -> &str {
        &self.text
    }

    /// Title of the script.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.run().script.title
    }

    /// The comment under the title.
    #[must_use]
    pub fn intro(&self) -> String {
        self.run().script.intro.join(" ")
    }

    /// Kernel profile it runs.
    #[must_use]
    pub fn profile(&self) -> &'static str {
        self.run().kernel().name()
    }

    /// The run itself.
    #[must_use]
    pub fn run(&self) -> &Run {
        self.playback.run()
    }

    fn track(&self) -> &Track {
        self.playback.track()
    }

    /// The playhead, counted from 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The last position.
    #[must_use]
    pub fn last(&self) -> usize {
        self.track().last()
    }

    /// The marks along the run, in order.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.track().marks
    }

    /// From where to where two worlds differ, or an object does not know its disk's roots.
    #[must_use]
    pub fn apart(&self) -> Option<(usize, usize)> {
        self.track().apart
    }

    /// Moves the playhead and returns its new position.
    ///
    /// # Errors
    /// If there is no such step or label.
    pub fn seek(&mut self, target: &Target) -> Result<usize, Error> {
        self.at = self.find(target)?;
        Ok(self.at)
    }

    fn find(&self, target: &Target) -> Result<usize, Error> {
        match target {
            Target::Step(at) if *at <= self.last() => Ok(*at),
            Target::Step(_) => Err(Error::new(Code::NoStep, format!("there are steps 0 to {}", self.last()))),
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "bounded by the number of steps"
            )]
            Target::Percent(share) => Ok(((share / 100.0 * self.last() as f64).round() as usize).min(self.last())),
            Target::Label(name) => {
                let labels = self.run().labels();
                let found = labels.iter().find(|(label, _)| label == name);
                let statement = match (found, name.as_str()) {
                    (Some((_, statement)), _) => *statement,
                    (None, "end") => return Ok(self.last()),
                    _ => {
                        let names: Vec<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
                        let help =
                            if names.is_empty() { "the script has no labels".into() } else { format!("labels: {}", names.join(", ")) };
                        return Err(Error { help: Some(help), ..Error::new(Code::NoLabel, format!("no label `{name}`")) });
                    }
                };
                let mark = self.run().worlds.first().and_then(|w| w.marks.get(statement));
                Ok(mark.map_or(self.last(), |m| self.track().position(m.first_step.saturating_sub(1), 0)))
            }
        }
    }

    /// The position of the last step of a line of the script, or of the next line that has one.
    #[must_use]
    pub fn at_line(&self, line: usize) -> usize {
        self.playback.at_line(line)
    }

    /// Moves the playhead by so many steps, as far as there are steps.
    pub fn step(&mut self, by: isize) -> usize {
        self.at = self.at.saturating_add_signed(by).min(self.last());
        self.at
    }

    /// Types a line, or pastes several, after the end of the script: commands of a shell with or without a prompt, or statements of the
    /// language. They become the script's last lines; the playhead goes to the end. What is empty or only a remark does nothing.
    ///
    /// # Errors
    /// If a line cannot be read.
    pub fn type_line(&mut self, line: &str) -> Result<Vec<Typed>, Error> {
        let lines: Vec<String> = typed::commands(line).into_iter().map(typed::statement).collect();
        if lines.is_empty() {
            return Ok(self.run().worlds.iter().map(|w| Typed { sharing: w.sharing, output: String::new(), rc: 0 }).collect());
        }
        let text = typed::behind(&self.text, &lines);
        let script = parse(&self.name, &text).map_err(|e| Error::from(*e))?;
        let before: Vec<usize> = self.run().worlds.iter().map(|w| w.timeline.last().commands.len()).collect();
        self.text = text;
        self.playback.append(script);
        self.playback.finish();
        self.at = self.last();
        let typed = self.run().worlds.iter().zip(before).map(|(world, before)| {
            let commands = world.timeline.last().commands.iter().skip(before);
            let (mut output, mut rc) = (String::new(), 0);
            for command in commands {
                output.push_str(&command.output);
                rc = rc.max(command.rc.unwrap_or(0));
            }
            Typed { sharing: world.sharing, output, rc }
        });
        Ok(typed.collect())
    }

    /// What is seen at the playhead.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let worlds: Vec<WorldFrame> = (0..self.run().worlds.len()).filter_map(|n| self.world_frame(n)).collect();
        let sentence = self.playback.sentence(self.at);
        Frame { position: self.at, last: self.last(), line: self.playback.line(self.at), sentence, worlds }
    }

    fn world_frame(&self, n: usize) -> Option<WorldFrame> {
        let world = self.run().worlds.get(n)?;
        let number = self.track().step(self.at, n);
        let step = world.timeline.steps().get(number);
        let view = self.view(n).ok()?;
        let (picture, checked) = (view.picture(), view.checked());
        Some(WorldFrame {
            sharing: world.sharing,
            step: number,
            kind: step.map(|s| s.kind),
            sentence: step.map_or_else(String::new, |s| s.sentence.clone()),
            now_ns: view.now_ns,
            check_errors: match checked {
                Checked::Errors(errors) => Some(errors),
                Checked::Nothing | Checked::Unknown => None,
            },
            chips: chips(&picture, checked),
            picture,
        })
    }

    /// A world with its whole timeline.
    ///
    /// # Errors
    /// If there is no such world.
    pub fn world(&self, world: usize) -> Result<&WorldRun, Error> {
        self.run().worlds.get(world).ok_or_else(|| {
            let worlds = self.run().worlds.len();
            Error::new(Code::NoWorld, format!("there is no world {world}: this run has {worlds}, counted from 0"))
        })
    }

    /// The whole state of a world at the playhead.
    ///
    /// # Errors
    /// If there is no such world.
    pub fn view(&self, world: usize) -> Result<View, Error> {
        let run = self.world(world)?;
        // A script without statements has no step, and shows its disks.
        if run.timeline.steps().is_empty() {
            Ok(run.timeline.last().clone())
        } else {
            Ok(run.timeline.view_at(self.track().step(self.at, world)))
        }
    }

    fn heading(&self, world: usize) -> String {
        let run = self.run().worlds.get(world);
        let number = self.track().step(self.at, world);
        let sentence = run.and_then(|w| w.timeline.steps().get(number)).map_or("", |s| s.sentence.as_str());
        let sharing = if run.is_some_and(|w| w.sharing) { "on" } else { "off" };
        format!("{} · sharing {sharing} · step {number}: {sentence}", self.title())
    }

    /// The picture of a world at the playhead, as SVG. Of two worlds, both pictures have the same rows and columns.
    ///
    /// # Errors
    /// If there is no such world.
    pub fn svg(&self, world: usize, form: Form) -> Result<String, Error> {
        let (picture, sharing) = (self.view(world)?.picture(), self.world(world)?.sharing);
        let others = (0..self.run().worlds.len()).filter(|other| *other != world);
        let beside = others.filter_map(|other| self.view(other).ok()).next().map(|view| view.picture());
        let changes = self.world(world)?.timeline.changes_at(self.track().step(self.at, world), &picture);
        let subject = Subject { picture: &picture, changes: &changes, beside: beside.as_ref(), room: Some(self.playback.room()), sharing };
        Ok(svg::draw(subject, &self.heading(world), form))
    }

    /// The pictures of all worlds at the playhead side by side, as one SVG with the step's sentence under it.
    #[must_use]
    pub fn drawing(&self) -> String {
        let seen: Vec<_> = (0..self.run().worlds.len()).filter_map(|world| self.seen(world).ok()).collect();
        let sharing = self.run().worlds.iter().map(|w| if w.sharing { "on" } else { "off" }).collect::<Vec<_>>().join(" and ");
        let title = format!("{} · sharing {sharing} · step {}: {}", self.title(), self.at, self.frame().sentence);
        let heading = |sharing: bool| match (seen.len(), sharing) {
            (..=1, _) => "",
            (_, true) => "Sharing on",
            (_, false) => "Sharing off",
        };
        let stages = seen.iter().map(|(picture, changes, sharing)| Stage {
            heading: heading(*sharing),
            subject: Subject { picture, changes, beside: None, room: Some(self.playback.room()), sharing: *sharing },
        });
        let form = if seen.len() > 1 { Form::Half } else { Form::Whole };
        Drawing { title: &title, caption: &title, stages: stages.collect(), form, stacked: false, styled: true }.svg()
    }

    /// What a world shows at the playhead, what its last step changed, and whether it shares.
    fn seen(&self, world: usize) -> Result<(Picture, Changes, bool), Error> {
        let run = self.world(world)?;
        let picture = self.view(world)?.picture();
        let changes = run.timeline.changes_at(self.track().step(self.at, world), &picture);
        Ok((picture, changes, run.sharing))
    }

    /// The same in words.
    ///
    /// # Errors
    /// If there is no such world.
    pub fn text(&self, world: usize) -> Result<String, Error> {
        Ok(format!("{}\n{}", self.heading(world), self.view(world)?.picture()))
    }

    /// The bytes of a disk at the playhead: by its name or its path under `/dev`.
    ///
    /// # Errors
    /// If there is no such world or disk, or the disk is larger than 256 MiB.
    pub fn image(&self, world: usize, device: &str) -> Result<Vec<u8>, Error> {
        let view = self.view(world)?;
        let name = device.trim_start_matches("/dev/");
        let disk = view.disks.values().find(|d| d.name == name);
        let disk = disk.ok_or_else(|| {
            let names: Vec<&str> = view.disks.values().map(|d| d.name.as_str()).collect();
            Error::new(Code::NoDevice, format!("no disk `{name}`; disks: {}", names.join(", ")))
        })?;
        let bytes = disk.sectors.saturating_mul(512);
        if bytes > IMAGE_BYTES_MAX {
            return Err(Error::new(Code::NoDevice, format!("{name} is larger than 256 MiB: its bytes are not handed out")));
        }
        let mut image = vec![0; usize::try_from(bytes).unwrap_or(0)];
        for (number, page) in &disk.pages {
            let at = usize::try_from(*number).unwrap_or(usize::MAX).saturating_mul(PAGE_SIZE);
            if let Some(place) = image.get_mut(at..) {
                let len = place.len().min(PAGE_SIZE);
                place[..len].copy_from_slice(&page.bytes()[..len]);
            }
        }
        Ok(image)
    }

    /// The story of the run, in sentences.
    #[must_use]
    pub fn story(&self) -> String {
        self.run().story()
    }

    /// The whole run, as `dmlab run --json` prints it.
    #[must_use]
    pub fn report(&self) -> RunReport<'_> {
        self.run().report()
    }

    /// A world's events from the `from`th on.
    #[must_use]
    pub fn events(&self, world: usize, from: usize) -> &[Event] {
        self.run().worlds.get(world).and_then(|w| w.timeline.events().get(from..)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests;
