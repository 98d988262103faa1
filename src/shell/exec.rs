//! Lists, pipes, loops and redirections; starts the programs.

use super::lex::{Part, Token};
use super::stream::Stream;
use super::{Output, arith, blockdev, dd, dmsetup, image_tools, lex, small};
use crate::errno::Errno;
use crate::world::{Failure, World};
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

/// `>`, `2>&1` and the like, with the file it names.
type Redirection = (&'static str, String);

/// A command with everything put in.
#[derive(Default)]
struct Command {
    assigned: Vec<(String, String)>,
    words: Vec<String>,
    redirections: Vec<Redirection>,
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

/// Work that a line may make, as [`World::spent`] counts it.
pub const LINE_WORK_MAX: u64 = 2 << 30;
/// Work of a command, and of a turn of a loop, beside what it does.
const COMMAND_WORK: u64 = 16 << 10;
/// Work of one that looks at devices, for each pair of them and for each target of a table: who stands on whom is looked up anew each
/// time.
const DEVICES_WORK: u64 = 32;
const TARGET_WORK: u64 = 512;
/// Work of each byte of its words.
const WORD_WORK: u64 = 16;
/// Work of each word or sign of a loop's body in a turn, be it passed over or not.
const TOKEN_WORK: u64 = 64;
/// Work of each byte that a program makes of it.
const TEXT_WORK: u64 = 4;
/// Bytes that programs of a line may print, or send through a pipe.
const TEXT_BYTES_MAX: u64 = 64 << 20;

/// Bytes that a line may print on the terminal.
const PRINT_BYTES_MAX: usize = 4 << 20;

/// Bytes that the words of a command may have, as of a program's arguments, and those of all loops within each other.
const WORDS_BYTES_MAX: usize = 1 << 20;
/// Bytes of a variable that may be a number, with blanks around it.
const NUMBER_BYTES_MAX: usize = 64;
/// Loops within loops.
const LOOPS_MAX: u32 = 64;

/// What is said of a line that makes more work than [`LINE_WORK_MAX`].
#[cold]
#[inline(never)]
#[must_use]
pub fn too_much_work() -> String {
    format!("it makes more than {} GiB of work", LINE_WORK_MAX >> 30)
}

/// What a line may still do beside the work that the machine allows, or several lines that run at once.
#[derive(Debug, Clone)]
pub struct Budget {
    text: u64,
    loops: u32,
    loop_words: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { text: TEXT_BYTES_MAX, loops: LOOPS_MAX, loop_words: WORDS_BYTES_MAX }
    }
}

impl Budget {
    /// Before `bytes` are kept in memory on their way to a pipe or the terminal.
    pub(super) fn take_text(&mut self, world: &mut World, bytes: u64) -> Result<(), Failure> {
        world.spend(bytes.saturating_mul(TEXT_WORK));
        let left = self.text.checked_sub(bytes);
        self.text = left.ok_or_else(|| Failure::Hang(format!("it reads out more than {} MiB", TEXT_BYTES_MAX >> 20)))?;
        Ok(())
    }
}

/// Counts work of so many bytes that the machine does not see; the error ends the line.
pub(super) fn take_work(world: &mut World, bytes: u64) -> Result<(), Failure> {
    world.spend(bytes);
    allows(world, 0)
}

/// Whether the machine still allows work of so many bytes.
pub(super) fn allows(world: &World, bytes: u64) -> Result<(), Failure> {
    if world.is_overworked() || bytes > world.work_left() {
        return Err(Failure::Hang(too_much_work()));
    }
    Ok(())
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

    pub(super) fn script(&mut self, text: &str) {
        if let Err(what) = self.lines(text) {
            self.complain(2, &format!("sh: 1: {what}\n"));
        }
    }

    /// Reads all before it runs anything: nothing happens where the syntax is wrong.
    fn lines(&mut self, text: &str) -> Result<(), String> {
        let tokens = lex::tokens(text).map_err(why)?;
        self.list(&mut Cursor { tokens: &tokens, at: 0 }, false, false)?;
        self.list(&mut Cursor { tokens: &tokens, at: 0 }, true, false)
    }

    fn complain(&mut self, rc: i32, text: &str) {
        self.world.spend(TEXT_WORK * text.len() as u64);
        self.out.rc = rc;
        if self.print(text) {
            self.out.stderr.push_str(text);
        }
    }

    /// Shows text on the terminal; false, and the line ends, where it becomes too much.
    fn print(&mut self, text: &str) -> bool {
        let fits = self.out.both.len() + text.len() <= PRINT_BYTES_MAX;
        if fits {
            self.out.both.push_str(text);
        } else {
            self.out.hang.get_or_insert_with(|| format!("it prints more than {} MiB", PRINT_BYTES_MAX >> 20));
        }
        fits
    }

    /// Runs (or only passes over) commands up to the end, or to `done` inside a loop.
    fn list(&mut self, at: &mut Cursor<'_>, run: bool, in_loop: bool) -> Result<(), String> {
        let mut go = run;
        // Whether a command has to come.
        let mut wanted = in_loop;
        loop {
            while at.op("\n") {}
            if !wanted && (at.peek().is_none() || (in_loop && at.is_word("done"))) {
                return Ok(());
            }
            if at.peek().is_none() || at.is_word("do") || at.is_word("done") {
                return Err(at.unexpected());
            }
            let go_now = go && self.out.hang.is_none();
            if at.is_word("for") {
                self.for_loop(at, go_now)?
            } else {
                self.pipeline(at, go_now)?
            }
            wanted = false;
            go = if at.op("&&") {
                wanted = true;
                run && self.out.rc == 0
            } else if at.op("||") {
                wanted = true;
                run && self.out.rc != 0
            } else if at.op(";") || at.op("\n") || at.peek().is_none() {
                run
            } else {
                return Err(at.unexpected());
            };
        }
    }

    #[inline(never)]
    fn for_loop(&mut self, at: &mut Cursor<'_>, run: bool) -> Result<(), String> {
        let (loops, words) = (self.budget.loops, self.budget.loop_words);
        let done = self.turns(at, run);
        (self.budget.loops, self.budget.loop_words) = (loops, words);
        done
    }

    fn turns(&mut self, at: &mut Cursor<'_>, run: bool) -> Result<(), String> {
        at.keyword("for")?;
        self.budget.loops = self.budget.loops.checked_sub(1).ok_or("too many loops within each other")?;
        let name = at.word().and_then(plain).filter(|name| lex::is_name(name)).ok_or("Syntax error: Bad for loop variable")?;
        at.keyword("in")?;
        let (mut values, mut size) = (Vec::new(), WORDS_BYTES_MAX - self.budget.loop_words);
        while let Some(word) = at.word() {
            values.extend(self.expand(word, run, true, &mut size)?);
        }
        self.budget.loop_words = WORDS_BYTES_MAX - size;
        if !at.op(";") && !at.op("\n") {
            return Err(at.unexpected());
        }
        while at.op("\n") {}
        at.keyword("do")?;
        let body = at.at;
        self.list(at, false, true)?;
        let end = at.at;
        at.keyword("done")?;
        if run && values.is_empty() {
            self.out.rc = 0;
        }
        for value in values.into_iter().filter(|_| run) {
            if !self.may_start() {
                break;
            }
            self.world.spend(TOKEN_WORK * (end - body) as u64);
            self.vars.insert(name.clone(), value);
            let mut inside = Cursor { tokens: at.tokens.get(..=end).unwrap_or_default(), at: body };
            self.list(&mut inside, true, true)?;
        }
        Ok(())
    }

    fn pipeline(&mut self, at: &mut Cursor<'_>, run: bool) -> Result<(), String> {
        let (mut stdin, before, mut first) = (Stream::EMPTY, self.out.rc, true);
        loop {
            // All commands of a pipe start together: none sees how another one ended, and each is a shell of its own.
            let after = std::mem::replace(&mut self.out.rc, before);
            let mut command = self.command(at, run)?;
            self.out.rc = after;
            let piped = at.op("|");
            if piped || !first {
                command.assigned.clear();
            }
            first = false;
            if run && self.may_start() {
                stdin = self.start(command, stdin, piped);
            }
            if !piped {
                return Ok(());
            }
            while at.op("\n") {}
        }
    }

    /// Whether the line may go on with a command.
    fn may_start(&mut self) -> bool {
        if let Err(Failure::Hang(what)) = take_work(self.world, COMMAND_WORK) {
            self.out.hang.get_or_insert(what);
        }
        self.out.hang.is_none()
    }

    fn command(&mut self, at: &mut Cursor<'_>, run: bool) -> Result<Command, String> {
        let (mut command, mut size, begin) = (Command::default(), 0, at.at);
        loop {
            if let Some(parts) = at.word() {
                match lex::assignment(parts).filter(|_| command.words.is_empty()) {
                    Some(name) => {
                        let whole = self.expand(parts, run, false, &mut size)?.concat();
                        command.assigned.push((name.to_owned(), whole.get(name.len() + 1..).unwrap_or_default().to_owned()));
                    }
                    None => command.words.extend(self.expand(parts, run, true, &mut size)?),
                }
            } else if at.op("2>&1") {
                command.redirections.push(("2>&1", String::new()));
            } else if let Some(op) = ["<", ">", "2>"].into_iter().find(|op| at.op(op)) {
                let target = at.word().ok_or_else(|| at.unexpected())?;
                command.redirections.push((op, self.expand(target, run, false, &mut size)?.concat()));
            } else if at.at == begin {
                return Err(at.unexpected());
            } else {
                return Ok(command);
            }
        }
    }

    /// Runs one program; what it leaves for the next one in the pipe.
    fn start(&mut self, command: Command, mut stdin: Stream, piped: bool) -> Stream {
        let text = self.budget.text;
        let (mut out, mut err) = (Sink::Stdout, Sink::Stderr);
        for (op, path) in &command.redirections {
            match *op {
                "<" => match self.open(path) {
                    Some(stream) => stdin = stream,
                    None => return Stream::EMPTY,
                },
                "2>&1" => err = out,
                _ if path != "/dev/null" => {
                    self.refuse_file(path);
                    return Stream::EMPTY;
                }
                ">" => out = Sink::Null,
                _ => err = Sink::Null,
            }
        }
        let mut ran = self.program(command, stdin);
        let made = ran.stderr.len() + if let Stream::Bytes(bytes, _) = &ran.stdout { bytes.len() } else { 0 };
        // What it read out is counted already.
        let counted = text - self.budget.text;
        let uncounted = (made as u64).saturating_sub(counted);
        let within = self.budget.take_text(self.world, uncounted).and_then(|()| allows(self.world, 0));
        if let Err(Failure::Hang(what)) = within {
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
    #[cold]
    #[inline(never)]
    fn refuse_file(&mut self, path: &str) {
        let there = self.world.lookup_dev(path).is_ok();
        let text = if there { "Operation not permitted" } else { "Read-only file system" };
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
                let text = if errno == Errno::NxIo { "No such file" } else { errno.text() };
                self.complain(2, &format!("sh: 1: cannot open {path}: {text}\n"));
            }
        }
        None
    }

    fn program(&mut self, command: Command, stdin: Stream) -> Ran {
        let Some((name, args)) = command.words.split_first() else {
            // Before a program, they would be that program's alone.
            self.vars.extend(command.assigned);
            return Ran::ok("");
        };
        self.world.set_comm(name);
        if !matches!(name.as_str(), "true" | ":" | "false" | "echo" | "printf" | "tr" | "uname" | "sh") {
            let (devices, targets) = (self.world.mapper().devices.len() as u64, self.world.targets() as u64);
            self.world.spend(DEVICES_WORK * devices * devices + TARGET_WORK * targets);
        }
        match name.as_str() {
            "dmsetup" => dmsetup::main(self.world, args, stdin),
            "dd" => dd::main(self.world, args, stdin, self.budget),
            "blkdiscard" => blockdev::blkdiscard(self.world, args),
            "blockdev" => blockdev::blockdev(self.world, args),
            "cache_check" => image_tools::cache_check(self.world, args),
            "cache_dump" => image_tools::cache_dump(self.world, args),
            "sh" => self.inner(args),
            _ => small::run(self.world, name, args, stdin, self.budget).unwrap_or_else(|| {
                Ran::fail(127, format!("sh: 1: {name}: {}", if name.is_empty() { "Permission denied" } else { "not found" }))
            }),
        }
    }

    /// `sh -c LINE`: out of the same budget.
    #[inline(never)]
    fn inner(&mut self, args: &[String]) -> Ran {
        let line = match args {
            [] => "",
            [flag] if flag == "-c" => return Ran::fail(2, "sh: 0: -c requires an argument"),
            [flag, line, ..] if flag == "-c" => line,
            [flag, ..] if flag.starts_with(['-', '+']) => return Ran::fail(2, format!("sh: 0: Illegal option {flag}")),
            [file, ..] => return Ran::fail(2, format!("sh: 0: cannot open {file}: No such file")),
        };
        let mut shell = Shell::new(self.world, self.budget);
        shell.script(line);
        let out = shell.finish();
        Ran { stdout: Stream::Bytes(out.stdout.into_bytes(), 0), stderr: out.stderr, rc: out.rc, hang: out.hang }
    }

    /// Expands variables; an unquoted one may become several words or none, where it is to be `split`. A word that is only passed over
    /// stays empty.
    fn expand(&mut self, parts: &[Part], run: bool, split: bool, size: &mut usize) -> Result<Vec<String>, String> {
        let mut words: Vec<String> = Vec::new();
        if !run {
            words.push(String::new());
            return Ok(words);
        }
        let mut open = false;
        for part in parts {
            let len = match part {
                Part::Text(text) => text.len(),
                Part::Var(name, _) => self.vars.get(name).map_or(1, String::len),
                Part::Arith(text) => 20 + text.len(),
            };
            *size += len;
            if *size > WORDS_BYTES_MAX {
                return Err("Argument list too long".to_owned());
            }
            self.world.spend(WORD_WORK * len as u64);
            match part {
                Part::Text(text) => append(&mut words, &mut open, text),
                Part::Var(name, unquoted) => {
                    let value = self.var(name);
                    if *unquoted && split {
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
                Part::Arith(text) => {
                    let value = arith::eval(text, &|name| self.number(name))?;
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
        // Longer is no number, and not read again and again.
        let number = if value.len() > NUMBER_BYTES_MAX { None } else { arith::signed(value) };
        number.ok_or_else(|| format!("Illegal number: {}", value.get(..NUMBER_BYTES_MAX).unwrap_or(value)))
    }

    fn var(&self, name: &str) -> String {
        if name == "?" { self.out.rc.to_string() } else { self.vars.get(name).cloned().unwrap_or_default() }
    }
}

fn append(words: &mut Vec<String>, open: &mut bool, text: &str) {
    match words.last_mut().filter(|_| *open) {
        Some(word) => word.push_str(text),
        None => words.push(text.to_owned()),
    }
    *open = true;
}

/// Why a line cannot be split.
#[cold]
#[inline(never)]
fn why(fault: lex::Fault) -> String {
    match fault {
        lex::Fault::Open { what: "$((", .. } => "Syntax error: Missing '))'".to_owned(),
        lex::Fault::Open { what: "${", .. } => "Syntax error: Missing '}'".to_owned(),
        lex::Fault::Open { .. } => "Syntax error: Unterminated quoted string".to_owned(),
        lex::Fault::Foreign(foreign) => format!("this shell has no {}", foreign.what),
    }
}

fn plain(parts: &[Part]) -> Option<String> {
    match parts {
        [Part::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

struct Cursor<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Cursor<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn op(&mut self, op: &str) -> bool {
        let hit = matches!(self.peek(), Some(Token::Op(have)) if *have == op);
        self.at += usize::from(hit);
        hit
    }

    fn word(&mut self) -> Option<&'t [Part]> {
        let Some(Token::Word(parts)) = self.peek() else { return None };
        self.at += 1;
        Some(parts)
    }

    fn is_word(&self, text: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(parts)) if matches!(parts.as_slice(), [Part::Text(word)] if word == text))
    }

    fn keyword(&mut self, text: &str) -> Result<(), String> {
        if !self.is_word(text) {
            return Err(format!("Syntax error: {} unexpected (expecting \"{text}\")", self.what()));
        }
        self.at += 1;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn unexpected(&self) -> String {
        format!("Syntax error: {} unexpected", self.what())
    }

    fn what(&self) -> String {
        match self.peek() {
            None => "end of file".to_owned(),
            Some(Token::Op("\n")) => "newline".to_owned(),
            Some(Token::Op("<" | ">" | "2>" | "2>&1")) => "redirection".to_owned(),
            Some(Token::Word(parts)) if !matches!(parts.as_slice(), [Part::Text(text)] if matches!(text.as_str(), "do" | "done")) => {
                "word".to_owned()
            }
            Some(Token::Op(op)) => format!("\"{op}\""),
            Some(Token::Word(parts)) => format!("\"{}\"", lex::written(parts)),
        }
    }
}
