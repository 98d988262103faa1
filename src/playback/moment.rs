//! A moment of a run, to be found again in another run of the same script: the statement, and which part of it.

use super::Side;

/// A step, told by what stands there and not by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Of the world that it was seen in.
    pub sharing: bool,
    /// Line of the statement.
    line: usize,
    /// Steps from the statement's first.
    into: usize,
    sentence: String,
    /// Steps of the statement before it that say the same.
    before: usize,
}

impl Moment {
    /// What stands at a step; none where no statement made it.
    #[must_use]
    pub fn of(run: Side<'_>, step: usize) -> Option<Self> {
        let line = run.lines.iter().find(|l| (l.first..=l.step).contains(&step))?;
        let steps = run.timeline.steps();
        let sentence = steps.get(step)?.sentence.clone();
        let before = steps.get(line.first..step)?.iter().filter(|s| s.sentence == sentence).count();
        Some(Self { sharing: run.sharing, line: line.line, into: step - line.first, sentence, before })
    }

    /// The step of a run that is this moment: the one that says the same, else the one as far into the statement, or its last.
    #[must_use]
    pub fn step(&self, run: Side<'_>) -> usize {
        let Some(line) = run.lines.iter().find(|l| l.line == self.line) else { return 0 };
        let steps = run.timeline.steps().get(line.first..=line.step).unwrap_or_default();
        let mut same = steps.iter().enumerate().filter(|(_, s)| s.sentence == self.sentence).map(|(n, _)| n);
        let into = same.nth(self.before).unwrap_or(self.into);
        (line.first + into).min(line.step)
    }
}
