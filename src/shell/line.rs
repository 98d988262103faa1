//! A line of shell as a tree: read once ([`super::parse`]), then run, shown and exported from the same value.

use super::arith::Calculation;

/// A line, or several separated by newlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As it was written.
    pub(super) text: String,
    pub(super) list: List,
}

/// Commands one after the other.
pub(super) type List = Vec<Step>;

/// One member of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) when: When,
    pub(super) what: What,
}

/// Whether a step runs, told from the exit code before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// First of a list, or behind `;` or a newline.
    Always,
    /// Behind `&&`.
    Success,
    /// Behind `||`.
    Failure,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Commands with `|` between them; one at least.
    Pipe(Vec<Command>),
    /// `for NAME in WORD…; do LIST; done`.
    For(Loop),
}

/// `for NAME in WORD…; do LIST; done`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loop {
    pub(super) name: String,
    pub(super) values: Vec<Word>,
    pub(super) body: List,
    /// Words and signs of the body: what a turn costs, be they run or passed over.
    pub(super) size: u64,
}

/// A simple command. One without words only gives names their values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Command {
    pub(super) assigns: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
}

/// Where a stream of a command goes to or comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Redirect {
    /// `< PATH`.
    Stdin(Word),
    /// `> PATH`.
    Stdout(Word),
    /// `2> PATH`.
    Stderr(Word),
    /// `2>&1`.
    StderrToStdout,
}

/// A word, in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word(pub(super) Vec<Part>);

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Stands for itself.
    Text(String),
    /// `$name`; unquoted, its value is split into words.
    Variable { name: String, quoted: bool },
    /// `$?`.
    ExitCode,
    /// `$((…))`.
    Calculation(Calculation),
}

impl Word {
    /// The text, if it hangs on no variable and no exit code.
    pub(super) fn constant(&self) -> Option<String> {
        let part = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Calculation(calculation) => calculation.constant().map(|n| n.to_string()),
            Part::Variable { .. } | Part::ExitCode => None,
        };
        self.0.iter().map(part).collect()
    }
}

/// A simple command of which every word is known without running it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plain {
    /// The program and its arguments; `$?` stands as it is written.
    pub words: Vec<String>,
    /// Files its output goes to.
    pub writes: Vec<String>,
    /// Files its input comes from.
    pub reads: Vec<String>,
}

/// Why a line is more than plain commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPlain {
    /// It is a list, or a loop.
    Several,
    /// A word of it hangs on a variable, or it gives one a value.
    Variable,
}

impl Line {
    /// The text as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The commands of a line that is one command, or one pipe, of words known beforehand.
    pub fn plain(&self) -> Result<Vec<Plain>, NotPlain> {
        match self.list.as_slice() {
            [Step { what: What::Pipe(commands), .. }] => commands.iter().map(|c| plain(c).ok_or(NotPlain::Variable)).collect(),
            _ => Err(NotPlain::Several),
        }
    }

    /// The plain commands in it, wherever they stand; those in loops once, those with variables not at all.
    #[must_use]
    pub fn plain_within(&self) -> Vec<Plain> {
        let mut all = Vec::new();
        commands(&self.list, &mut |command| all.extend(plain(command)));
        all
    }

    /// Names that the line itself gives values to: by `for NAME in` or `NAME=value`.
    #[must_use]
    pub fn assigned(&self) -> Vec<&str> {
        let mut names = Vec::new();
        assigned(&self.list, &mut names);
        names
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The words of a line that is nothing but words; `None` for anything more.
pub(super) fn words(line: &Line) -> Option<Vec<String>> {
    match line.list.as_slice() {
        [] => Some(Vec::new()),
        [Step { what: What::Pipe(commands), .. }] => match commands.as_slice() {
            [Command { assigns, words, redirects }] if assigns.is_empty() && redirects.is_empty() => {
                words.iter().map(Word::constant).collect()
            }
            _ => None,
        },
        _ => None,
    }
}

fn commands(list: &List, each: &mut impl FnMut(&Command)) {
    for step in list {
        match &step.what {
            What::Pipe(pipe) => pipe.iter().for_each(&mut *each),
            What::For(turns) => commands(&turns.body, each),
        }
    }
}

fn assigned<'l>(list: &'l List, names: &mut Vec<&'l str>) {
    for step in list {
        match &step.what {
            What::Pipe(pipe) => names.extend(pipe.iter().flat_map(|c| &c.assigns).map(|(name, _)| name.as_str())),
            What::For(turns) => {
                names.push(&turns.name);
                assigned(&turns.body, names);
            }
        }
    }
}

fn plain(command: &Command) -> Option<Plain> {
    if !command.assigns.is_empty() {
        return None;
    }
    let mut out = Plain::default();
    for word in &command.words {
        let exit_code = matches!(word.0.as_slice(), [Part::ExitCode]);
        out.words.push(if exit_code { "$?".to_owned() } else { word.constant()? });
    }
    for redirect in &command.redirects {
        match redirect {
            Redirect::Stdin(path) => out.reads.push(path.constant()?),
            Redirect::Stdout(path) | Redirect::Stderr(path) => out.writes.push(path.constant()?),
            Redirect::StderrToStdout => {}
        }
    }
    Some(out)
}
