//! Reads a script, line by line, into a [`Script`].

mod args;
mod expect;
mod header;
mod statement;

use self::args::Args;
pub use self::expect::{ROOTS, STATUS_FIELDS};
pub(super) use self::statement::task;
use super::ast::{Action, Script, Sharing, Span, Statement};
use super::error::{Fault, ScriptError};
use super::lex::{self, Unnamed};
use crate::shell;
use dm_cache_engine::kernel::Kernel;
use std::collections::BTreeMap;

/// Longest script, in bytes.
pub const SCRIPT_BYTES_MAX: usize = 256 * 1024;
/// Most bytes of a script in which every name given by `let` is put in.
pub const EXPANDED_BYTES_MAX: usize = 4 * SCRIPT_BYTES_MAX;
/// Most statements in a script.
pub const STATEMENTS_MAX: usize = 10_000;
/// Most tasks of a `parallel` block.
pub const TASKS_MAX: usize = 64;
/// How many choices a question may have.
pub const CHOICES: std::ops::RangeInclusive<usize> = 2..=4;
/// Most disks.
pub const DISKS_MAX: usize = 64;
/// Largest disk, in sectors (8 EiB would overflow byte offsets; 256 TiB is more than any table line here needs).
pub const DISK_SECTORS_MAX: u64 = 1 << 39;
/// Longest single `wait`, in nanoseconds: a day.
pub const WAIT_NS_MAX: u64 = 86_400_000_000_000;
/// The format this reader understands, written `dm-cache-lab 1` on the first line.
pub const FORMAT_VERSION: u64 = 1;

pub(super) const KEYWORDS: &[&str] = &[
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
    /// Bytes that names may still become.
    expands: usize,
    /// First words of header lines, and labels, that stand in the script already (a map like the other: less code).
    seen: BTreeMap<String, String>,
}

/// The words of one line and where it stands.
struct Line<'a> {
    number: usize,
    span: Span,
    text: &'a str,
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
            expands: EXPANDED_BYTES_MAX,
            seen: BTreeMap::new(),
        }
    }

    fn script(mut self) -> Parsed<Script> {
        if self.source.len() > SCRIPT_BYTES_MAX {
            let span = Span { offset: SCRIPT_BYTES_MAX, len: 0 };
            return Err(Fault::new(span, "the script is too long", format!("at most {SCRIPT_BYTES_MAX} bytes")));
        }
        // A byte order mark is no part of the text.
        let marked = self.source.len() - self.source.trim_start_matches('\u{feff}').len();
        let source = self.source.get(marked..).unwrap_or("");
        let mut lines = Vec::new();
        let mut offset = marked;
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
        let action = if let Some(command) = command_of(trimmed) {
            Action::Command(self.command(command, here.offset + trimmed.len() - command.len())?)
        } else {
            let code = strip_comment(line.text);
            let words = lex::words(code, line.span.offset)?;
            let Some((first, rest)) = words.split_first() else { return Ok(()) };
            let end = Span { offset: line.span.offset + code.trim_end().len(), len: 0 };
            let mut args = Args { words: rest, at: 0, end };
            if self.header(first, &mut args)? {
                return Ok(());
            }
            let action = self.statement(first, &mut args, more)?;
            args.end()?;
            action
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

    /// A command with the names that `let` gave put in.
    fn command(&mut self, text: &str, offset: usize) -> Parsed<shell::Line> {
        if text.is_empty() {
            return Err(Fault::new(Span { offset, len: 0 }, "no command after `$`", "expected a command such as `dmsetup status c`"));
        }
        // What the line itself gives values to is the shell's. A line that cannot be read for want of a name's value gives none.
        let read = shell::parse(text);
        let own = read.as_ref().map(shell::Line::assigned).unwrap_or_default();
        let expanded = self.with_names(text, &own, offset).map_err(|fault| match &read {
            Ok(_) => fault,
            Err(why) => unreadable(why, text, text, offset),
        })?;
        match read {
            Ok(line) if expanded == text => Ok(line),
            _ => shell::parse(&expanded).map_err(|why| unreadable(&why, text, &expanded, offset)),
        }
    }

    /// A text with the names that `let` gave put in, but for its `own`.
    fn with_names(&mut self, text: &str, own: &[&str], offset: usize) -> Parsed<String> {
        let value = |name: &str, written| match own.contains(&name) {
            true => Some(written),
            false => self.lets.get(name).map(String::as_str),
        };
        let expanded = lex::substitute(text, self.expands, &value).map_err(|why| self.unnamed(why, Span { offset, len: text.len() }))?;
        self.expands -= expanded.len();
        Ok(expanded)
    }

    fn unnamed(&self, why: Unnamed, text: Span) -> Fault {
        let (at, name) = match why {
            Unnamed::TooLong => {
                return Fault::new(
                    text,
                    "the script is too long after names are expanded",
                    format!("at most {EXPANDED_BYTES_MAX} bytes in all"),
                );
            }
            Unnamed::Unknown(at, name) => (at, name),
        };
        let known: Vec<&str> = self.lets.keys().map(String::as_str).collect();
        let fault = Fault::new(
            Span { offset: text.offset + at, len: name.len() + 1 },
            format!("`{name}` has no value"),
            "expected a name set by `let` above or on this line",
        );
        if known.is_empty() { fault.help(format!("set it first: let {name} = …")) } else { fault.nearest(&name, &known) }
    }

    /// Refuses what stands in the script a second time.
    fn once(&mut self, what: &str, span: Span) -> Parsed<()> {
        match self.seen.insert(what.to_owned(), String::new()) {
            None => Ok(()),
            Some(_) => Err(Fault::new(span, format!("`{what}` stands in this script already"), "expected it once")),
        }
    }
}

/// A command that cannot be read; with names put in, the place in the line is another one.
fn unreadable(why: &shell::Fault, text: &str, expanded: &str, offset: usize) -> Fault {
    let span = match text == expanded {
        true => Span { offset: offset + why.at, len: why.len },
        false => Span { offset, len: text.len() },
    };
    match &why.kind {
        shell::FaultKind::Foreign(what) => {
            let there = expanded.get(why.at..why.at + why.len).unwrap_or("");
            Fault::new(span, format!("`{there}`: this shell does not support {what}"), "expected a command without it").help(
                "quote special characters to use them literally; supported are variables, `$((…))`, `;`, `&&`, `||`, `|`, `for`, `2>&1` and `> /dev/null`",
            )
        }
        shell::FaultKind::Open(what) => {
            let close = match *what {
                "$((" => "))",
                "${" => "}",
                quote => quote,
            };
            Fault::new(span, format!("`{what}` is not closed"), format!("expected a closing {close}"))
                .help("a command must end on the line it starts on")
        }
        shell::FaultKind::Syntax(what) => {
            let what = what.strip_prefix("Syntax error: ").unwrap_or(what);
            Fault::new(span, format!("the shell cannot parse this: {what}"), "expected a complete command")
                .help("a command must end on the line it starts on")
        }
    }
}

/// The command behind `$` and a blank.
pub(super) fn command_of(line: &str) -> Option<&str> {
    line.strip_prefix('$').filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)).map(str::trim)
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
    use crate::scenario::ast::{Expect, Expectation, Scope};

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
        let Action::Command(line) = &script.body[0].action else { panic!() };
        let text = line.text();
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
        assert_eq!(block.tasks[1], ("Q".to_owned(), shell::parse("dmsetup load q").unwrap()));
    }

    #[test]
    fn an_expectation_may_be_for_one_world_only() {
        let script = parse("t", "# T\nexpect off lost c 50..53\nexpect stale b 0 4\n").unwrap();
        assert_eq!(
            script.body[0].action,
            Action::Expect(Expect {
                scope: Scope::Off,
                what: Expectation::Verdict(dm_cache_engine::world::verdict::Verdict::Lost, "c".into(), vec![50..=53])
            })
        );
        assert_eq!(
            script.body[1].action,
            Action::Expect(Expect { scope: Scope::Always, what: Expectation::Stale("b".into(), vec![0, 4]) })
        );
    }
    /// Message, label and help of what is wrong with a line below a title and a disk.
    fn wrong(lines: &str) -> String {
        let error = parse("t", &format!("# T\ndisk slow 1M\n{lines}\n")).unwrap_err();
        format!("{}:{} {} | {} | {}", error.line, error.column, error.message, error.label, error.help.clone().unwrap_or_default())
    }

    #[test]
    fn names_cannot_make_a_small_script_endless() {
        let lets: String = ('B'..='U').map(|c| format!("let {c} = {0}{0}{0}{0}\n", format!("${}", (c as u8 - 1) as char))).collect();
        let text = wrong(&format!("let A = xxxxxxxxxx\n{lets}"));
        assert!(text.contains("too long after names are expanded"), "{text}");
    }

    #[test]
    fn a_variable_that_the_line_itself_sets_is_the_shells() {
        let script = parse("t", "# T\nlet i = X\n$ for i in 1 2; do echo $i ${i}; done\n$ n=3; echo $n $i\n").unwrap();
        let commands: Vec<String> = script.body.iter().map(|s| s.action.to_string()).collect();
        assert_eq!(commands, ["$ for i in 1 2; do echo $i ${i}; done", "$ n=3; echo $n X"]);
        assert!(wrong("$ echo $j").starts_with("3:8 `j` has no value"), "{}", wrong("$ echo $j"));
        for (line, place) in [("let  B  =   x   \"y z\"   ${j}", "3:25"), ("let B = \"x  $j\"", "3:13"), ("let B = $j", "3:9")] {
            assert!(wrong(line).starts_with(&format!("{place} `j` has no value")), "{}", wrong(line));
        }
    }

    #[test]
    fn what_a_command_leaves_open_is_shown_where_it_begins() {
        for (line, place, close) in [
            ("$ echo 'a b", "3:8 `'` is not closed", "'"),
            ("$ echo \"a\" x\"b $((1))", "3:13 `\"` is not closed", "\""),
            ("$ echo $((1", "3:8 `$((` is not closed", "))"),
            ("$ echo \"${x", "3:9 `${` is not closed", "}"),
            ("parallel\nA: $ echo 'x\nend", "4:11 `'` is not closed", "'"),
            ("let Q = it's\n$ echo $Q", "4:3 `'` is not closed", "'"),
        ] {
            let text = wrong(line);
            assert!(text.starts_with(place) && text.contains(&format!("| expected a closing {close} |")), "{text}");
        }
    }

    #[test]
    fn what_is_said_once_is_not_said_twice() {
        assert!(wrong("seed 1\nseed 2").starts_with("4:1 `seed` stands in this script already"));
        assert!(wrong("label a\nlabel a").starts_with("4:7 `label a` stands in this script already"));
    }

    #[test]
    fn blocks_take_comments_and_blanks_and_need_a_task() {
        let script = parse("t", "# T\nparallel\n  A:   $ dmsetup ls\n  # why\nend # so\n").unwrap();
        let Action::Parallel(block) = &script.body[0].action else { panic!() };
        assert_eq!(block.tasks, [("A".to_owned(), shell::parse("dmsetup ls").unwrap())]);
        assert!(wrong("parallel\nend").contains("the block has no task"));
        assert!(wrong("parallel order\nA: $ sync\nend").starts_with("3:15 the line ends too early"));
        assert!(wrong("parallel order A B\nA: $ sync\nend").starts_with("3:18 the order names `B`"));
        assert!(wrong("parallel\nA B: $ sync\nend").contains("the name one word"));
        assert!(wrong("end").starts_with("3:1 no block is open here"));
    }

    #[test]
    fn numbers_that_are_none_say_why() {
        assert!(wrong("write c 5..2 A").ends_with("a range must not start above its end"));
        assert!(wrong("write c 99999999999999999999 A").contains("too large"));
        assert!(wrong("wait -1s").ends_with("negative numbers are not allowed"));
        assert!(wrong("disk d 0").starts_with("3:8 a disk has at least one sector"));
        assert!(wrong("disk d 1000").starts_with("3:8 a disk consists of 512-byte sectors"));
        assert!(wrong("resize slow 999999T").starts_with("3:13 a disk has at least one sector and at most 256 TiB"));
        assert!(parse("t", "# T\nwait 24h\n").is_ok() && wrong("wait 25h").contains("up to 24h"));
    }

    #[test]
    fn a_disk_may_be_slow_and_may_lie() {
        let disk = |line: &str| parse("t", &format!("# T\n{line}\n")).map(|s| s.disks[0].to_string()).map_err(|e| e.message.clone());
        for line in [
            "disk d 1T hdd",
            "disk d 1M read 150M/s write 140M/s seek 8ms lies",
            "disk d 1M write 1K/s",
            "disk d 1M seek 0ns",
            "disk d 1M from x.img hdd lies",
        ] {
            assert_eq!(disk(line).as_deref(), Ok(line));
        }
        assert_eq!(disk("disk d 1M lies seek 8ms write 140M/s").as_deref(), Ok("disk d 1M write 140M/s seek 8ms lies"));
        for (line, wrong) in [
            ("disk d 1M hdd seek 8ms", "`seek` says again what was said before"),
            ("disk d 1M lies lies", "`lies` says again what was said before"),
            ("disk d 1M read 150M", "`150M` is not a rate such as 150M/s, at least 1K/s"),
            ("disk d 1M read 0/s", "`0/s` is not a rate such as 150M/s, at least 1K/s"),
            ("disk d 1M seek 11s", "`11s` is not a time such as 8ms, up to 10s"),
            ("disk d 1M fast", "`fast` is not an option of a disk"),
        ] {
            assert_eq!(disk(line).unwrap_err(), wrong);
        }
    }

    #[test]
    fn words_that_look_right_are_told_from_those_that_are() {
        assert!(wrong("$dmsetup ls").contains("`$`, a blank and a command"));
        assert!(!wrong("\0").contains("did you mean"));
        assert!(parse("t", "\u{feff}# T\ndisk d 1M\n").is_ok_and(|s| s.title == "T"));
    }

    #[test]
    fn expectations_that_could_not_hold_are_refused() {
        assert!(wrong("expect read c 0..3 A B").starts_with("3:20 there are 2 bytes for 4 blocks"));
        assert!(wrong("expect read c @0+4K A B").starts_with("3:21 there are 2 bytes for 1 block"));
        assert!(wrong("expect list a,b").contains("`a,b` is not object letters"));
        assert!(wrong("expect rc 0").starts_with("3:1 there is no command for this to check"));
    }
    #[test]
    fn places_are_those_an_editor_counts() {
        assert!(wrong("write slow 0   # a comment").starts_with("3:13 the line ends too early"), "{}", wrong("write slow 0   # a comment"));
        let error = parse("t.dml", "# T\nask \"üüüü\" answr \"x\"\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 12));
        assert!(error.render().contains("t.dml:2:12"), "{}", error.render());
        assert_eq!(parse("t", "\u{feff}foo\n").unwrap_err().column, 1);
        assert!(parse("t", "# T\n$\tsync\n").is_ok() && wrong("$").starts_with("3:2 no command after `$`"));
    }

    #[test]
    fn a_quoted_text_is_a_word_of_its_own_and_no_word_of_the_language() {
        assert!(wrong("let X = \"a\"#b").contains("expected a blank after it"));
        assert!(wrong("\"settle\"").contains("is not a word of the language"));
    }
}
