//! Reads a script, line by line, into a [`Script`].

use super::ast::{
    Action, Direction, Disk, Expect, Expectation, Keep, Parallel, Pattern, Scope, Script, Sharing, Span, Statement, Workload,
};
use super::error::{Fault, ScriptError};
use super::lex::{self, Word};
use crate::kernel::Kernel;
use std::collections::BTreeMap;

/// Longest script, in bytes.
pub const SCRIPT_BYTES_MAX: usize = 256 * 1024;
/// Most statements in a script.
pub const STATEMENTS_MAX: usize = 10_000;
/// Most disks.
pub const DISKS_MAX: usize = 64;
/// Largest disk, in sectors (8 EiB would overflow byte offsets; 256 TiB is more than any table line here needs).
pub const DISK_SECTORS_MAX: u64 = 1 << 39;
/// Longest single `wait`, in nanoseconds: a day.
pub const WAIT_NS_MAX: u64 = 86_400_000_000_000;
/// The format this reader understands, written `dm-cache-lab 1` on the first line.
pub const FORMAT_VERSION: u64 = 1;

const KEYWORDS: &[&str] = &[
    "kernel",
    "sharing",
    "seed",
    "group",
    "disk",
    "let",
    "$",
    "write",
    "read",
    "discard",
    "workload",
    "settle",
    "wait",
    "power-cut",
    "evict",
    "fail",
    "heal",
    "resize",
    "label",
    "ask",
    "parallel",
    "expect",
];
/// Lines that stand in a script's header only.
const HEADER: &[&str] = &["kernel", "sharing", "seed", "group", "disk"];

/// Whether a line is one of the language; any other is a command of a shell, and a script writes it behind `$`.
#[must_use]
pub fn is_statement(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    KEYWORDS.contains(&word) && !HEADER.contains(&word)
}

const EXPECTATIONS: &[&str] = &[
    "read",
    "status",
    "slots",
    "suspended",
    "objects",
    "list",
    "ref_count",
    "holders",
    "stale",
    "root",
    "mappings",
    "check",
    "rc",
    "output",
    "log",
    "lost",
];
/// The fields `expect status` knows, as they stand in the status line.
pub const STATUS_FIELDS: &[&str] = &[
    "used",
    "resident",
    "read_hits",
    "read_misses",
    "write_hits",
    "write_misses",
    "demotions",
    "promotions",
    "dirty",
    "mode",
    "policy",
    "access",
    "needs_check",
    "line",
];
/// The roots `expect root` knows.
pub const ROOTS: &[&str] = &["mapping", "hint", "discard", "dirty", "index", "ref_count"];

type Parsed<T> = Result<T, Fault>;

/// Parses `source`; `name` is what errors call the script.
pub fn parse(name: &str, source: &str) -> Result<Script, Box<ScriptError>> {
    Parser::new(source).script().map_err(|fault| Box::new(fault.at(name, source)))
}

struct Parser<'a> {
    source: &'a str,
    lets: BTreeMap<String, String>,
    script: Script,
    comments: Vec<String>,
    titled: bool,
}

/// The words of one line and where it stands.
struct Line<'a> {
    number: usize,
    span: Span,
    text: &'a str,
}

struct Args<'w> {
    words: &'w [Word],
    at: usize,
    end: Span,
}

impl<'w> Args<'w> {
    fn next(&mut self, expected: &str) -> Parsed<&'w Word> {
        let word =
            self.words.get(self.at).ok_or_else(|| Fault::new(self.end, "the line ends too early", format!("expected {expected}")))?;
        self.at += 1;
        Ok(word)
    }

    fn take<T>(&mut self, expected: &str, read: impl Fn(&str) -> Option<T>) -> Parsed<T> {
        let word = self.next(expected)?;
        read(&word.text).ok_or_else(|| Fault::new(word.span, format!("`{}` is not {expected}", word.text), format!("expected {expected}")))
    }

    fn one_of(&mut self, expected: &str, words: &[&'static str]) -> Parsed<&'static str> {
        let word = self.next(expected)?;
        words.iter().find(|w| **w == word.text).copied().ok_or_else(|| {
            Fault::new(word.span, format!("`{}` is not {expected}", word.text), format!("expected {expected}")).nearest(&word.text, words)
        })
    }

    fn peek(&self) -> Option<&'w str> {
        self.words.get(self.at).map(|w| w.text.as_str())
    }

    fn rest(&mut self) -> &'w [Word] {
        let rest = self.words.get(self.at..).unwrap_or(&[]);
        self.at = self.words.len();
        rest
    }

    fn end(&self) -> Parsed<()> {
        match self.words.get(self.at) {
            None => Ok(()),
            Some(word) => Err(Fault::new(word.span, format!("`{}` is one word too many", word.text), "expected the end of the line")),
        }
    }

    fn list(&mut self, expected: &str) -> Parsed<Vec<String>> {
        let words = self.rest();
        match words {
            [] => Err(Fault::new(self.end, "the line ends too early", format!("expected {expected}"))),
            [word] if word.text == "none" => Ok(Vec::new()),
            _ => Ok(words.iter().map(|w| w.text.clone()).collect()),
        }
    }
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            lets: BTreeMap::new(),
            script: Script {
                title: String::new(),
                intro: Vec::new(),
                group: None,
                kernel: Kernel::default(),
                sharing: Sharing::On,
                seed: 0,
                disks: Vec::new(),
                body: Vec::new(),
            },
            comments: Vec::new(),
            titled: false,
        }
    }

    fn script(mut self) -> Parsed<Script> {
        if self.source.len() > SCRIPT_BYTES_MAX {
            let span = Span { offset: SCRIPT_BYTES_MAX, len: 0 };
            return Err(Fault::new(span, "the script is too long", format!("at most {SCRIPT_BYTES_MAX} bytes")));
        }
        let source = self.source;
        let mut lines = Vec::new();
        let mut offset = 0;
        for (index, raw) in source.split('\n').enumerate() {
            let text = raw.strip_suffix('\r').unwrap_or(raw);
            lines.push(Line { number: index + 1, span: Span { offset, len: text.len() }, text });
            offset += raw.len() + 1;
        }
        let mut lines = lines.into_iter();
        while let Some(line) = lines.next() {
            self.line(&line, &mut lines)?;
        }
        if self.script.body.is_empty() && self.script.intro.is_empty() {
            self.script.intro = std::mem::take(&mut self.comments);
        }
        Ok(self.script)
    }

    fn line(&mut self, line: &Line<'a>, more: &mut impl Iterator<Item = Line<'a>>) -> Parsed<()> {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        if let Some(comment) = trimmed.strip_prefix('#') {
            let comment = comment.trim_start_matches('#').trim().to_owned();
            if self.titled {
                self.comments.push(comment);
            } else {
                self.titled = true;
                self.script.title = comment;
            }
            return Ok(());
        }
        let indent = line.text.len() - line.text.trim_start().len();
        let here = Span { offset: line.span.offset + indent, len: trimmed.len() };
        let action = if let Some(command) = trimmed.strip_prefix("$ ") {
            Action::Command(self.command(command.trim(), here.offset + 2)?)
        } else {
            let words = lex::words(strip_comment(line.text), line.span.offset)?;
            let Some((first, rest)) = words.split_first() else { return Ok(()) };
            let end = Span { offset: line.span.offset + line.text.trim_end().len(), len: 0 };
            let mut args = Args { words: rest, at: 0, end };
            match self.statement(first, &mut args, more)? {
                Some(action) => {
                    args.end()?;
                    action
                }
                None => return args.end(),
            }
        };
        if self.script.body.len() >= STATEMENTS_MAX {
            return Err(Fault::new(here, "the script has too many statements", format!("at most {STATEMENTS_MAX}")));
        }
        let comments = std::mem::take(&mut self.comments);
        let caption = if self.script.body.is_empty() && self.script.intro.is_empty() {
            self.script.intro = comments;
            Vec::new()
        } else {
            comments
        };
        self.script.body.push(Statement { span: here, line: line.number, caption, action });
        Ok(())
    }

    fn command(&self, text: &str, offset: usize) -> Parsed<String> {
        if text.is_empty() {
            return Err(Fault::new(Span { offset, len: 0 }, "no command after `$`", "expected a command such as `dmsetup status c`"));
        }
        lex::substitute(text, &|name| self.lets.get(name).cloned()).map_err(|(at, name)| {
            let known: Vec<&str> = self.lets.keys().map(String::as_str).collect();
            let fault = Fault::new(
                Span { offset: offset + at, len: name.len() + 1 },
                format!("`{name}` has no value"),
                "expected a name given by `let`",
            );
            if known.is_empty() { fault.help(format!("give it one first: let {name} = …")) } else { fault.nearest(&name, &known) }
        })
    }

    /// A header line gives `None`.
    fn statement(&mut self, first: &Word, args: &mut Args<'_>, more: &mut impl Iterator<Item = Line<'a>>) -> Parsed<Option<Action>> {
        Ok(Some(match first.text.as_str() {
            "dm-cache-lab" => {
                let version = args.take("a format version", lex::as_number)?;
                if version != FORMAT_VERSION {
                    return Err(Fault::new(first.span, format!("format version {version} is not known here"), "expected 1"));
                }
                return Ok(None);
            }
            "kernel" => {
                let names: Vec<&'static str> = Kernel::ALL.iter().map(|k| k.name()).collect();
                let name = args.one_of("a kernel profile", &names)?;
                self.script.kernel = Kernel::from_name(name).unwrap_or_default();
                return Ok(None);
            }
            "sharing" => {
                let name = args.one_of("`on`, `off` or `compare`", &["on", "off", "compare"])?;
                self.script.sharing = Sharing::from_name(name).unwrap_or_default();
                return Ok(None);
            }
            "seed" => {
                self.script.seed = args.take("a number", lex::as_number)?;
                return Ok(None);
            }
            "group" => {
                self.script.group = Some(lex::joined(args.rest()));
                return Ok(None);
            }
            "disk" => {
                self.disk(first, args)?;
                return Ok(None);
            }
            "let" => {
                let name = args.next("a name")?.text.clone();
                args.one_of("`=`", &["="])?;
                let rest = args.rest();
                let offset = rest.first().map_or(args.end.offset, |w| w.span.offset);
                let text = lex::joined(rest);
                let value = if text.is_empty() { text } else { self.command(&text, offset)? };
                self.lets.insert(name, value);
                return Ok(None);
            }
            "write" => {
                let (device, extent) = (self.device(args)?, args.take("blocks such as 0..3, or bytes such as @4K+512", lex::as_extent)?);
                Action::Write(device, extent, args.take("a byte such as A or 0x41", lex::as_byte)?)
            }
            "read" => Action::Read(self.device(args)?, args.take("blocks such as 0..3, or bytes such as @4K+512", lex::as_extent)?),
            "discard" => Action::Discard(self.device(args)?, args.take("blocks such as 0..3, or bytes such as @4K+512", lex::as_extent)?),
            "workload" => Action::Workload(self.workload(args)?),
            "settle" => Action::Settle,
            "wait" => Action::Wait(
                args.take("a duration such as 2s or 250ms, up to a day", |w| lex::as_duration(w).filter(|ns| *ns <= WAIT_NS_MAX))?,
            ),
            "power-cut" => match args.peek() {
                None => Action::PowerCut(Keep::None),
                Some(_) => {
                    args.one_of("`keep`", &["keep"])?;
                    Action::PowerCut(match args.peek().and_then(lex::as_ranges) {
                        Some(writes) => {
                            args.next("numbers of writes")?;
                            Keep::Writes(writes)
                        }
                        None => match args.one_of("`all`, `none`, `random` or numbers such as 0,2..3", &["all", "none", "random"])? {
                            "all" => Keep::All,
                            "random" => Keep::Random,
                            _ => Keep::None,
                        },
                    })
                }
            },
            "evict" => {
                let object = args.next("a metadata object's letter")?.text.clone();
                let mut blocks = Vec::new();
                while args.peek().is_some() {
                    blocks.push(args.take("a block number", lex::as_number)?);
                }
                Action::Evict(object, blocks)
            }
            "fail" => {
                let disk = self.disk_name(args)?;
                let direction = match args.one_of("`reads`, `writes` or `both`", &["reads", "writes", "both"])? {
                    "reads" => Direction::Reads,
                    "writes" => Direction::Writes,
                    _ => Direction::Both,
                };
                let range = args.peek().map(|_| args.take("sectors such as 0..7", lex::as_range)).transpose()?;
                Action::Fail(disk, direction, range)
            }
            "heal" => Action::Heal(self.disk_name(args)?),
            "resize" => Action::Resize(self.disk_name(args)?, args.take("a size such as 16M", lex::as_size)? / 512),
            "label" => Action::Label(args.next("a name")?.text.clone()),
            "ask" => {
                let question = args.next("a question in quotes")?.text.clone();
                args.one_of("`answer`", &["answer"])?;
                Action::Ask(question, args.next("an answer in quotes")?.text.clone())
            }
            "parallel" => Action::Parallel(self.parallel(first, args, more)?),
            "expect" => Action::Expect(self.expect(args)?),
            other => {
                return Err(Fault::new(first.span, format!("`{other}` is not a word of the language"), "expected a statement")
                    .nearest(other, KEYWORDS));
            }
        }))
    }

    fn device(&self, args: &mut Args<'_>) -> Parsed<String> {
        Ok(args.next("a mapped device or a path under /dev")?.text.clone())
    }

    fn disk_name(&self, args: &mut Args<'_>) -> Parsed<String> {
        let word = args.next("a disk")?;
        let name = word.text.strip_prefix("/dev/").unwrap_or(&word.text);
        let known: Vec<&str> = self.script.disks.iter().map(|d| d.name.as_str()).collect();
        if known.contains(&name) {
            Ok(name.to_owned())
        } else {
            Err(Fault::new(word.span, format!("there is no disk `{name}`"), "expected a disk of this script").nearest(name, &known))
        }
    }

    fn disk(&mut self, first: &Word, args: &mut Args<'_>) -> Parsed<()> {
        let word = args.next("a name for the disk")?;
        let name = word.text.strip_prefix("/dev/").unwrap_or(&word.text).to_owned();
        if self.script.disks.iter().any(|d| d.name == name) {
            return Err(Fault::new(word.span, format!("there is a disk `{name}` already"), "expected another name"));
        }
        let sectors = args.take("a size such as 4M", lex::as_size)? / 512;
        if sectors == 0 || sectors > DISK_SECTORS_MAX {
            return Err(Fault::new(first.span, "a disk has at least one sector and at most 256 TiB", "expected another size"));
        }
        if self.script.disks.len() >= DISKS_MAX {
            return Err(Fault::new(first.span, "too many disks", format!("at most {DISKS_MAX}")));
        }
        self.script.disks.push(Disk { name, sectors });
        Ok(())
    }

    fn workload(&self, args: &mut Args<'_>) -> Parsed<Workload> {
        let device = self.device(args)?;
        let pattern = match args.one_of("a pattern", &["sequential", "random", "zipf", "scan"])? {
            "sequential" => Pattern::Sequential,
            "random" => Pattern::Random,
            "scan" => Pattern::Scan,
            _ => Pattern::Zipf(args.take("an exponent such as 1.1", |w| lex::as_float(w).filter(|z| (0.1..=5.0).contains(z)))?),
        };
        let (mut ops, mut reads_percent, mut blocks) = (1000, if pattern == Pattern::Scan { 100 } else { 50 }, 0..=1023);
        while args.peek().is_some() {
            match args.one_of("`ops`, `reads` or `blocks`", &["ops", "reads", "blocks"])? {
                "ops" => {
                    let within = |w: &str| lex::as_number(w).and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= 1_000_000);
                    ops = args.take("a number up to 1000000", within)?;
                }
                "reads" => reads_percent = args.take("a share such as 70%", lex::as_percent)?,
                _ => blocks = args.take("a range of blocks such as 0..1023", lex::as_range)?,
            }
        }
        Ok(Workload { device, pattern, ops, reads_percent, blocks })
    }

    fn parallel(&mut self, first: &Word, args: &mut Args<'_>, more: &mut impl Iterator<Item = Line<'a>>) -> Parsed<Parallel> {
        let mut order = Vec::new();
        if args.peek().is_some() {
            args.one_of("`order`", &["order"])?;
            order = args.rest().iter().map(|w| w.text.clone()).collect();
        }
        let mut tasks: Vec<(String, String)> = Vec::new();
        for line in more {
            let trimmed = line.text.trim();
            if trimmed == "end" {
                if let Some(stranger) = order.iter().find(|o| !tasks.iter().any(|(t, _)| t == *o)) {
                    return Err(Fault::new(
                        first.span,
                        format!("the order names `{stranger}`, which is no task of this block"),
                        "expected the tasks of this block",
                    ));
                }
                return Ok(Parallel { order, tasks });
            }
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let indent = line.text.len() - line.text.trim_start().len();
            let span = Span { offset: line.span.offset + indent, len: trimmed.len() };
            let Some((task, command)) = trimmed.split_once(": $ ") else {
                return Err(Fault::new(span, "this is not a task", "expected `NAME: $ command`, or `end`"));
            };
            if tasks.iter().any(|(t, _)| t == task) {
                return Err(Fault::new(span, format!("task `{task}` stands here twice"), "expected one line a task"));
            }
            tasks.push((task.to_owned(), self.command(command.trim(), span.offset + task.len() + 4)?));
        }
        Err(Fault::new(first.span, "this block has no end", "expected `end` on a line of its own below"))
    }

    fn expect(&self, args: &mut Args<'_>) -> Parsed<Expect> {
        let scope = match args.peek() {
            Some("on") => Scope::On,
            Some("off") => Scope::Off,
            Some("fixed") => Scope::Fixed,
            _ => Scope::Always,
        };
        if scope != Scope::Always {
            args.next("")?;
        }
        let blocks = |a: &mut Args<'_>| a.take("blocks such as 0..3, or bytes such as @4K+512", lex::as_extent);
        let text = |a: &mut Args<'_>, what: &str| a.next(what).map(|w| w.text.clone());
        let what = match args.one_of("something to expect", EXPECTATIONS)? {
            "read" => {
                let (device, extent) = (self.device(args)?, blocks(args)?);
                let mut bytes = vec![args.take("a byte such as A or 0x41", lex::as_byte)?];
                while args.peek().is_some() {
                    bytes.push(args.take("a byte such as A or 0x41", lex::as_byte)?);
                }
                Expectation::Read(device, extent, bytes)
            }
            "status" => {
                let device = self.device(args)?;
                let field = args.one_of("a status field", STATUS_FIELDS)?;
                Expectation::Status(device, field.to_owned(), text(args, "a value")?)
            }
            "slots" => {
                let device = self.device(args)?;
                Expectation::Slots(device, args.one_of("what the slots hold", &["none", "live", "inactive", "live+inactive"])?.to_owned())
            }
            "suspended" => {
                let device = self.device(args)?;
                Expectation::Suspended(device, args.one_of("`yes` or `no`", &["yes", "no"])? == "yes")
            }
            "objects" => Expectation::Objects(args.take("a number", lex::as_number)?),
            "list" => Expectation::List(args.list("object letters, or `none`")?),
            "ref_count" => Expectation::RefCount(text(args, "an object's letter")?, args.take("a number", lex::as_number)?),
            "holders" => Expectation::Holders(text(args, "an object's letter")?, args.list("table letters, or `none`")?),
            "stale" => {
                let object = text(args, "an object's letter")?;
                if args.peek() == Some("none") {
                    args.next("")?;
                    Expectation::Stale(object, Vec::new())
                } else {
                    let mut list = vec![args.take("a block number, or `none`", lex::as_number)?];
                    while args.peek().is_some() {
                        list.push(args.take("a block number", lex::as_number)?);
                    }
                    Expectation::Stale(object, list)
                }
            }
            "root" => {
                let object = text(args, "an object's letter")?;
                let root = args.one_of("a root", ROOTS)?;
                Expectation::Root(object, root.to_owned(), args.take("a block number", lex::as_number)?)
            }
            "mappings" => Expectation::Mappings(text(args, "an object's letter")?, args.take("a number", lex::as_number)?),
            "check" => {
                let device = self.device(args)?;
                Expectation::Check(device, args.one_of("`ok` or `damaged`", &["ok", "damaged"])? == "ok")
            }
            "rc" => Expectation::Rc(args.take("an exit code", |w| w.parse().ok())?),
            "output" => Expectation::Output(text(args, "a text in quotes")?),
            "log" => Expectation::Log(text(args, "a text in quotes")?),
            _ => {
                let device = self.device(args)?;
                if args.peek() == Some("none") {
                    args.next("")?;
                    Expectation::Lost(device, Vec::new())
                } else {
                    Expectation::Lost(device, args.take("blocks such as 50..53, or `none`", lex::as_ranges)?)
                }
            }
        };
        Ok(Expect { scope, what })
    }
}

/// Cuts a trailing comment: ` #` outside of quotes.
pub(super) fn strip_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut space_before = true;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && space_before => return line.get(..at).unwrap_or(line),
            _ => {}
        }
        space_before = c.is_whitespace();
    }
    line
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_shown_with_its_place_and_the_nearest_right_one() {
        let error = parse("t.dml", "# Title\ndisk meta 4M\nexpct objects 1\n").unwrap_err();
        assert_eq!((error.line, error.column), (3, 1));
        assert_eq!(error.help.as_deref(), Some("did you mean `expect`?"));
        assert!(error.render().contains("expct"), "{}", error.render());
    }

    #[test]
    fn a_missing_argument_points_behind_the_line() {
        let error = parse("t.dml", "# T\nwrite c 0..3\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 13));
        assert_eq!(error.label, "expected a byte such as A or 0x41");
    }

    #[test]
    fn names_given_by_let_are_put_into_commands() {
        let script = parse("t", "# T\nlet M = /dev/meta\nlet T = 0 8 linear $M 0\n$ dmsetup create c --table '${T}'\n").unwrap();
        let Action::Command(text) = &script.body[0].action else { panic!() };
        assert_eq!(text, "dmsetup create c --table '0 8 linear /dev/meta 0'");
    }

    #[test]
    fn comments_become_the_caption_of_the_next_statement() {
        let script = parse("t", "# Title\n# intro\n$ sync\n# why\nwait 1.5s # not this\n").unwrap();
        assert_eq!(script.title, "Title");
        assert_eq!(script.intro, ["intro"]);
        assert_eq!(script.body[1].caption, ["why"]);
        assert_eq!(script.body[1].action, Action::Wait(1_500_000_000));
    }

    #[test]
    fn a_power_cut_keeps_by_word_or_by_number() {
        let keep = |line: &str| parse("t", &format!("# T\n{line}\n")).map(|s| s.body[0].action.to_string()).map_err(|e| e.label.clone());
        assert_eq!(keep("power-cut").unwrap(), "power-cut keep none");
        assert_eq!(keep("power-cut keep random").unwrap(), "power-cut keep random");
        assert_eq!(keep("power-cut keep 0,2..3").unwrap(), "power-cut keep 0,2..3");
        assert_eq!(keep("power-cut keep 3..2").unwrap_err(), "expected `all`, `none`, `random` or numbers such as 0,2..3");
    }

    #[test]
    fn a_parallel_block_names_its_tasks_and_their_order() {
        let script = parse("t", "# T\nparallel order P Q P\n  P: $ dmsetup load p\n  Q: $ dmsetup load q\nend\n").unwrap();
        let Action::Parallel(block) = &script.body[0].action else { panic!() };
        assert_eq!(block.order, ["P", "Q", "P"]);
        assert_eq!(block.tasks[1], ("Q".to_owned(), "dmsetup load q".to_owned()));
    }

    #[test]
    fn an_expectation_may_be_for_one_world_only() {
        let script = parse("t", "# T\nexpect off lost c 50..53\nexpect stale b 0 4\n").unwrap();
        assert_eq!(script.body[0].action, Action::Expect(Expect { scope: Scope::Off, what: Expectation::Lost("c".into(), vec![50..=53]) }));
        assert_eq!(
            script.body[1].action,
            Action::Expect(Expect { scope: Scope::Always, what: Expectation::Stale("b".into(), vec![0, 4]) })
        );
    }
}
