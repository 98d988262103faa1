//! Lists, pipes, loops and redirections; starts the programs.

use super::line::{Command, Line, List, Loop, Part, Redirect, Step, What, When, Word};
use super::stream::Stream;
use super::{Output, arith, blockdev, dd, dmsetup, image_tools, lex, metadata_tools, small};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::world::{Failure, Usage, World, work_of_text};
use std::collections::BTreeMap;

/// How a program ended.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    /// Standard output.
    pub(super) stdout: Stream,
    /// Standard error.
    pub(super) stderr: String,
    /// Exit code.
    pub(super) rc: i32,
    /// Set if it never ended.
    pub(super) hang: Option<String>,
}

/// A command with everything put in.
#[derive(Default)]
struct Ready<'l> {
    assigned: Vec<(&'l str, String)>,
    words: Vec<String>,
    redirects: Vec<(&'l Redirect, String)>,
}

/// Where what a program prints goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sink {
    /// Into the pipe, or to the terminal.
    Stdout,
    /// To the terminal.
    Stderr,
    /// To `/dev/null`.
    Null,
}

impl Ran {
    /// Succeeded and printed `text`.
    pub(super) fn ok(text: impl Into<String>) -> Self {
        Self { stdout: Stream::Bytes(text.into().into_bytes(), 0), stderr: String::new(), rc: 0, hang: None }
    }

    /// Failed with exit code `rc`, saying `text` (a line end is added).
    pub(super) fn fail(rc: i32, text: impl AsRef<str>) -> Self {
        Self { stderr: format!("{}\n", text.as_ref()), rc, ..Self::ok("") }
    }

    /// What a failed call means for a program that would print `say(errno text)` and exit with 1.
    pub(super) fn failure(failure: &Failure, say: impl FnOnce(&str) -> String) -> Self {
        match failure {
            Failure::Errno(errno) => Self::fail(1, say(errno.text())),
            Failure::Hang(what) => Self { hang: Some(what.clone()), ..Self::ok("") },
        }
    }
}

/// Work of starting a program, or a turn of a loop.
const COMMAND_WORK: u64 = 16;

/// Bytes that the words of a command may have, as of a program's arguments, and those of all loops within each other.
const WORDS_BYTES_MAX: usize = 1 << 20;
/// Bytes of a variable that may be a number, with blanks around it.
const NUMBER_BYTES_MAX: usize = 64;

/// What a line has under way, or several lines that run at once.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    /// Bytes of the words of loops within each other.
    loop_words: usize,
    /// Bytes of text that the machine was told of: they are free again when the line ends.
    held: u64,
}

impl Budget {
    /// Before `bytes` of text are kept in memory, on their way to a pipe, the terminal or a variable.
    pub(super) fn take_text(&mut self, world: &mut World, bytes: usize) -> Result<(), Failure> {
        let more = Usage { work: work_of_text(bytes), memory: bytes as u64, ..Usage::default() };
        world.allows(more)?;
        world.spend(more.work);
        world.hold(more.memory);
        self.held += more.memory;
        Ok(())
    }

    /// The lines have ended.
    pub fn release(&mut self, world: &mut World) {
        world.release(std::mem::take(&mut self.held));
    }
}

/// Counts work that the machine does not see; the error ends the line.
pub(super) fn take_work(world: &mut World, work: u64) -> Result<(), Failure> {
    world.spend(work);
    world.allows(Usage::default())
}

/// The shell while it runs one script.
pub(super) struct Shell<'w> {
    world: &'w mut World,
    vars: BTreeMap<String, String>,
    out: Output,
    budget: &'w mut Budget,
}

impl<'w> Shell<'w> {
    pub(super) fn new(world: &'w mut World, budget: &'w mut Budget) -> Self {
        Self { world, vars: BTreeMap::new(), out: Output::default(), budget }
    }

    pub(super) fn finish(self) -> Output {
        self.out
    }

    /// Runs a line; an error of a word in it ends it.
    pub(super) fn line(&mut self, line: &Line) {
        if let Err(what) = self.list(&line.list) {
            self.complain(2, &format!("sh: 1: {what}\n"));
        }
    }

    fn complain(&mut self, rc: i32, text: &str) {
        self.out.rc = rc;
        if self.print(text) {
            self.out.stderr.push_str(text);
        }
    }

    /// Shows text on the terminal; false, and the line ends, where it becomes too much.
    fn print(&mut self, text: &str) -> bool {
        // It is kept twice, in this order and of its own.
        let fits = self.budget.take_text(self.world, 2 * text.len());
        match fits {
            Ok(()) => self.out.both.push_str(text),
            Err(Failure::Hang(what)) => drop(self.out.hang.get_or_insert(what)),
            Err(Failure::Errno(_)) => {}
        }
        self.out.hang.is_none()
    }

    fn list(&mut self, list: &List) -> Result<(), String> {
        for Step { when, what } in list {
            let wanted = match when {
                When::Always => true,
                When::Success => self.out.rc == 0,
                When::Failure => self.out.rc != 0,
            };
            if self.out.hang.is_some() {
                return Ok(());
            }
            match what {
                _ if !wanted => {}
                What::Pipe(commands) => self.pipe(commands)?,
                What::For(turns) => {
                    let before = self.budget.loop_words;
                    let done = self.turns(turns);
                    self.budget.loop_words = before;
                    done?;
                }
            }
        }
        Ok(())
    }

    fn turns(&mut self, turns: &Loop) -> Result<(), String> {
        let (mut values, mut size) = (Vec::new(), self.budget.loop_words);
        for word in &turns.values {
            values.extend(self.expand(word, true, &mut size)?);
        }
        self.budget.loop_words = size;
        if values.is_empty() {
            self.out.rc = 0;
        }
        for value in values {
            if !self.may_start() {
                break;
            }
            self.world.spend(turns.size);
            self.assign(&turns.name, value);
            self.list(&turns.body)?;
        }
        Ok(())
    }

    /// All commands of a pipe start together: none sees how another one ended, and each is a shell of its own.
    fn pipe(&mut self, commands: &[Command]) -> Result<(), String> {
        let (mut stdin, before) = (Stream::EMPTY, self.out.rc);
        for (n, command) in commands.iter().enumerate() {
            let after = std::mem::replace(&mut self.out.rc, before);
            let mut ready = self.ready(command)?;
            self.out.rc = after;
            if commands.len() > 1 {
                ready.assigned.clear();
            }
            if self.may_start() {
                stdin = self.start(ready, stdin, n + 1 < commands.len());
            }
        }
        Ok(())
    }

    /// Whether the line may go on with a command.
    fn may_start(&mut self) -> bool {
        if let Err(Failure::Hang(what)) = take_work(self.world, COMMAND_WORK) {
            self.out.hang.get_or_insert(what);
        }
        self.out.hang.is_none()
    }

    /// Puts the values of variables in.
    fn ready<'l>(&mut self, command: &'l Command) -> Result<Ready<'l>, String> {
        let (mut ready, mut size) = (Ready::default(), 0);
        for (name, value) in &command.assigns {
            ready.assigned.push((name, self.expand(value, false, &mut size)?.concat()));
        }
        for word in &command.words {
            ready.words.extend(self.expand(word, true, &mut size)?);
        }
        for redirect in &command.redirects {
            let path = match redirect {
                Redirect::Stdin(path) | Redirect::Stdout(path) | Redirect::Stderr(path) => self.expand(path, false, &mut size)?.concat(),
                Redirect::StderrToStdout => String::new(),
            };
            ready.redirects.push((redirect, path));
        }
        Ok(ready)
    }

    /// Runs one program; what it leaves for the next one in the pipe.
    fn start(&mut self, command: Ready<'_>, mut stdin: Stream, piped: bool) -> Stream {
        let before = self.budget.held;
        let (mut out, mut err) = (Sink::Stdout, Sink::Stderr);
        for (redirect, path) in &command.redirects {
            match redirect {
                Redirect::Stdin(_) => match self.open(path) {
                    Some(stream) => stdin = stream,
                    None => return Stream::EMPTY,
                },
                Redirect::StderrToStdout => err = out,
                _ if path != "/dev/null" => {
                    self.refuse_file(path);
                    return Stream::EMPTY;
                }
                Redirect::Stdout(_) => out = Sink::Null,
                Redirect::Stderr(_) => err = Sink::Null,
            }
        }
        let mut ran = self.program(command, stdin);
        let made = ran.stderr.len() + if let Stream::Bytes(bytes, _) = &ran.stdout { bytes.len() } else { 0 };
        // What it read out is counted already.
        let counted = usize::try_from(self.budget.held.saturating_sub(before)).unwrap_or(usize::MAX);
        if let Err(Failure::Hang(what)) = self.budget.take_text(self.world, made.saturating_sub(counted)) {
            ran = Ran { hang: Some(what), ..Ran::ok("") };
        }
        self.out.rc = ran.rc;
        self.out.hang = self.out.hang.take().or(ran.hang);
        let mut stdout = if out == Sink::Stdout { ran.stdout } else { Stream::EMPTY };
        if err == Sink::Stderr {
            if !self.print(&ran.stderr) {
                return Stream::EMPTY;
            }
            self.out.stderr.push_str(&ran.stderr);
        } else if err == Sink::Stdout {
            stdout = stdout.behind(ran.stderr);
        }
        if piped {
            return stdout;
        }
        if matches!(stdout, Stream::Fill(_)) {
            self.out.hang.get_or_insert_with(|| "output without end".to_owned());
        }
        let text = stdout.text();
        if self.print(&text) {
            self.out.stdout.push_str(&text);
        }
        Stream::EMPTY
    }

    /// Nothing that is written could be kept: there are no files.
    fn refuse_file(&mut self, path: &str) {
        let there = self.world.lookup_dev(path).is_ok();
        let text = match path {
            "/proc/sysrq-trigger" => "No such file or directory; the line `power-cut` cuts the power here",
            _ if there => "Operation not permitted",
            _ => "Read-only file system",
        };
        self.complain(2, &format!("sh: 1: cannot create {path}: {text}\n"));
    }

    /// A path opened for reading; otherwise it is said what was wrong.
    fn open(&mut self, path: &str) -> Option<Stream> {
        match small::open(self.world, path, self.budget) {
            Ok(stream) => return Some(stream),
            Err(Failure::Hang(what)) => {
                self.out.hang.get_or_insert(what);
            }
            Err(Failure::Errno(errno)) => {
                let text = if errno == Errno::NoEnt { "No such file" } else { errno.text() };
                self.complain(2, &format!("sh: 1: cannot open {path}: {text}\n"));
            }
        }
        None
    }

    fn program(&mut self, command: Ready<'_>, stdin: Stream) -> Ran {
        let Some((name, args)) = command.words.split_first() else {
            // Before a program, they would be that program's alone.
            command.assigned.into_iter().for_each(|(name, value)| self.assign(name, value));
            return Ran::ok("");
        };
        self.world.set_comm(name);
        if !matches!(name.as_str(), "true" | ":" | "false" | "echo" | "printf" | "tr" | "awk" | "cache_metadata_size" | "uname") {
            let (devices, targets) = (self.world.mapper().devices.len() as u64, self.world.targets() as u64);
            // Dependencies may change, so they are looked up each time.
            self.world.spend(devices * devices + targets);
        }
        match name.as_str() {
            "dmsetup" => dmsetup::main(self.world, args, stdin),
            "dd" => dd::main(self.world, args, stdin, self.budget),
            "blkdiscard" => blockdev::blkdiscard(self.world, args),
            "blockdev" => blockdev::blockdev(self.world, args),
            "cache_check" => image_tools::cache_check(self.world, args),
            "cache_dump" => image_tools::cache_dump(self.world, args),
            "cache_metadata_size" => metadata_tools::cache_metadata_size(args),
            "cache_repair" => metadata_tools::cache_repair(self.world, args),
            "cache_restore" => metadata_tools::cache_restore(self.world, args),
            "cache_writeback" => metadata_tools::cache_writeback(self.world, args),
            _ => small::run(self.world, name, args, stdin, self.budget).or_else(|| lvm(self.world, name, args)).unwrap_or_else(|| {
                Ran::fail(127, format!("sh: 1: {name}: {}", if name.is_empty() { "Permission denied" } else { "not found" }))
            }),
        }
    }

    /// Gives a variable a value.
    fn assign(&mut self, name: &str, value: String) {
        self.world.hold((name.len() + value.len()) as u64);
        self.budget.held += (name.len() + value.len()) as u64;
        if let Some(old) = self.vars.insert(name.to_owned(), value) {
            let bytes = (name.len() + old.len()) as u64;
            self.world.release(bytes);
            self.budget.held -= bytes;
        }
    }

    /// Expands variables; an unquoted one may become several words or none, where it is to be `split`.
    fn expand(&mut self, word: &Word, split: bool, size: &mut usize) -> Result<Vec<String>, String> {
        let mut words: Vec<String> = Vec::new();
        let mut open = false;
        for part in &word.0 {
            let len = match part {
                Part::Text(text) => text.len(),
                Part::Variable { name, .. } => self.vars.get(name).map_or(1, String::len),
                Part::ExitCode => 1,
                Part::Calculation(calculation) => 20 + calculation.text().len(),
            };
            *size += len;
            if *size > WORDS_BYTES_MAX {
                return Err("Argument list too long".to_owned());
            }
            self.world.spend(work_of_text(len));
            match part {
                Part::Text(text) => append(&mut words, &mut open, text),
                Part::ExitCode => append(&mut words, &mut open, &self.out.rc.to_string()),
                Part::Variable { name, quoted } => {
                    let value = self.vars.get(name).cloned().unwrap_or_default();
                    if !*quoted && split {
                        open &= !value.starts_with(lex::is_blank);
                        for (i, piece) in value.split_ascii_whitespace().enumerate() {
                            open &= i == 0;
                            append(&mut words, &mut open, piece);
                        }
                        open &= !value.ends_with(lex::is_blank);
                    } else {
                        append(&mut words, &mut open, &value);
                    }
                }
                Part::Calculation(calculation) => {
                    let value = calculation.value(&|name| self.number(name))?;
                    append(&mut words, &mut open, &value.to_string());
                }
            }
        }
        Ok(words)
    }

    /// The value of a variable in a calculation.
    fn number(&self, name: &str) -> Result<i64, String> {
        if name == "?" {
            return Ok(self.out.rc.into());
        }
        let Some(value) = self.vars.get(name) else { return Ok(0) };
        // Anything longer is not a number.
        let number = if value.len() > NUMBER_BYTES_MAX { None } else { arith::signed(value) };
        number.ok_or_else(|| format!("Illegal number: {}", value.get(..NUMBER_BYTES_MAX).unwrap_or(value)))
    }
}

/// A command of LVM.
fn lvm(world: &mut World, name: &str, args: &[String]) -> Option<Ran> {
    let mut said = crate::lvm::run(world, name, args)?;
    if said.hang.is_some() {
        // Of a program that never ends, nothing gets out of a pipe; the terminal shows what it has printed.
        said.stderr.insert_str(0, &std::mem::take(&mut said.stdout));
    }
    Some(Ran { stdout: Stream::Bytes(said.stdout.into_bytes(), 0), stderr: said.stderr, rc: said.rc, hang: said.hang })
}

fn append(words: &mut Vec<String>, open: &mut bool, text: &str) {
    match words.last_mut().filter(|_| *open) {
        Some(word) => word.push_str(text),
        None => words.push(text.to_owned()),
    }
    *open = true;
}
