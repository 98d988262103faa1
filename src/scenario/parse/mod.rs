//! Reads a script, line by line, into a [`Script`].

mod args;
mod expect;
mod header;
mod statement;

use self::args::Args;
pub use self::expect::{ROOTS, STATUS_FIELDS};
use super::ast::{Action, Script, Sharing, Span, Statement};
use super::error::{Fault, ScriptError};
use super::lex;
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
