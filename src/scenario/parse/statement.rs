//! The statements of a script's body, each by its first word.

use super::args::{Args, ends_too_early};
use super::{CHOICES, KEYWORDS, Line, Parsed, Parser, TASKS_MAX, WAIT_NS_MAX, strip_comment};
use crate::decimal;
use crate::scenario::ast::{Action, Direction, Expectation, Keep, Parallel, Pattern, Question, Span, Workload};
use crate::scenario::error::Fault;
use crate::scenario::lex::{self, Word};

impl Parser<'_> {
    pub(super) fn statement<'l>(&mut self, first: &Word, args: &mut Args<'_>, more: &mut impl Iterator<Item = Line<'l>>) -> Parsed<Action> {
        Ok(match first.text.as_str() {
            _ if first.quoted => return Err(unknown(first)),
            "write" => {
                let (device, extent) = (args.device()?, args.extent()?);
                Action::Write(device, extent, args.byte()?)
            }
            "read" => Action::Read(args.device()?, args.extent()?),
            "discard" => Action::Discard(args.device()?, args.extent()?),
            "workload" => Action::Workload(Self::workload(args)?),
            "settle" => Action::Settle,
            "wait" => Action::Wait(
                args.take("a duration such as 250ms, 2s, 5min or 1h, up to 24h", |w| lex::as_duration(w).filter(|ns| *ns <= WAIT_NS_MAX))?,
            ),
            "power-cut" => Action::PowerCut(Self::power_cut(args)?),
            "evict" => Self::evict(args)?,
            "fail" => self.fail(args)?,
            "heal" => Action::Heal(self.disk_name(args)?),
            "resize" => Action::Resize(self.disk_name(args)?, args.sectors(0)?),
            "label" => {
                let name = args.next("a name")?;
                self.once(&format!("label {}", name.text), name.span)?;
                Action::Label(name.text.clone())
            }
            "ask" => Action::Ask(Self::question(args)?),
            "parallel" => Action::Parallel(self.parallel(first, args, more)?),
            "expect" => {
                let expect = Self::expect(args)?;
                let speaks_of_a_command = matches!(expect.what, Expectation::Rc(_) | Expectation::Output(_) | Expectation::Log(_));
                if speaks_of_a_command && !self.script.body.iter().any(|s| s.action.is_done_by_the_machine()) {
                    return Err(speaks_of_nothing(first.span));
                }
                Action::Expect(expect)
            }
            _ => return Err(unknown(first)),
        })
    }

    fn question(args: &mut Args<'_>) -> Parsed<Question> {
        let text = args.next("a question in quotes")?.text.clone();
        let (mut choices, mut right) = (Vec::new(), (0, 0));
        if args.one_of("`choices` or `answer`", &["choices", "answer"])? == "choices" {
            while let Some(choice) = args.next_quoted() {
                choices.push(choice.text.clone());
            }
            let span = args.here().unwrap_or(args.end);
            args.one_of("another choice in quotes, or `answer`", &["answer"])?;
            if !CHOICES.contains(&choices.len()) {
                return Err(Fault::new(span, "a question has two to four choices", "expected as many in quotes above"));
            }
            let number = |args: &mut Args<'_>| {
                let within = |w: &str| lex::as_number(w).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=choices.len()).contains(n));
                args.take("the number of a choice, counted from 1", within)
            };
            right = if args.peek() == Some("off") {
                args.one_of("`off`", &["off"])?;
                let off = number(args)?;
                args.one_of("`on`", &["on"])?;
                (off, number(args)?)
            } else {
                let both = number(args)?;
                (both, both)
            };
        }
        Ok(Question { text, choices, right, answer: args.next("an answer in quotes")?.text.clone() })
    }

    fn power_cut(args: &mut Args<'_>) -> Parsed<Keep> {
        if args.peek().is_none() {
            return Ok(Keep::None);
        }
        args.one_of("`keep`", &["keep"])?;
        if let Some(writes) = args.peek().and_then(lex::as_ranges) {
            args.next("numbers of writes")?;
            return Ok(Keep::Writes(writes));
        }
        Ok(match args.one_of("`all`, `none`, `random` or numbers such as 0,2..3", &["all", "none", "random"])? {
            "all" => Keep::All,
            "random" => Keep::Random,
            _ => Keep::None,
        })
    }

    fn evict(args: &mut Args<'_>) -> Parsed<Action> {
        let object = args.next("a metadata object's letter")?.text.clone();
        let mut blocks = Vec::new();
        while args.peek().is_some() {
            blocks.push(args.take("a block number", lex::as_number)?);
        }
        Ok(Action::Evict(object, blocks))
    }

    fn fail(&self, args: &mut Args<'_>) -> Parsed<Action> {
        let disk = self.disk_name(args)?;
        let direction = match args.one_of("`reads`, `writes` or `both`", &["reads", "writes", "both"])? {
            "reads" => Direction::Reads,
            "writes" => Direction::Writes,
            _ => Direction::Both,
        };
        let range = args.peek().map(|_| args.take("sectors such as 0..7", lex::as_range)).transpose()?;
        Ok(Action::Fail(disk, direction, range))
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

    fn workload(args: &mut Args<'_>) -> Parsed<Workload> {
        let device = args.device()?;
        let pattern = match args.one_of("a pattern", &["sequential", "random", "zipf", "scan"])? {
            "sequential" => Pattern::Sequential,
            "random" => Pattern::Random,
            "scan" => Pattern::Scan,
            _ => Pattern::Zipf(args.take("an exponent such as 1.1", |w| decimal::read(w).filter(|z| (0.1..=5.0).contains(z)))?),
        };
        let (mut ops, mut reads_percent, mut blocks) = (1000, if pattern == Pattern::Scan { 100 } else { 50 }, 0..=1023);
        while args.peek().is_some() {
            match args.one_of("`ops`, `reads` or `blocks`", &["ops", "reads", "blocks"])? {
                "ops" => {
                    let within = |w: &str| lex::as_number(w).and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= 1_000_000);
                    ops = args.take("a number up to 1000000", within)?;
                }
                "reads" => reads_percent = args.take("a percentage such as 70%", lex::as_percent)?,
                _ => blocks = args.take("a range of blocks such as 0..1023", lex::as_range)?,
            }
        }
        Ok(Workload { device, pattern, ops, reads_percent, blocks })
    }

    fn parallel<'l>(&mut self, first: &Word, args: &mut Args<'_>, more: &mut impl Iterator<Item = Line<'l>>) -> Parsed<Parallel> {
        let mut order: &[Word] = &[];
        if args.peek().is_some() {
            args.one_of("`order`", &["order"])?;
            args.peek().ok_or_else(|| ends_too_early(args.end, "tasks of this block, in order"))?;
            order = args.rest();
        }
        let mut tasks: Vec<(String, crate::shell::Line)> = Vec::new();
        for line in more {
            let trimmed = line.text.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let indent = line.text.len() - line.text.trim_start().len();
            let span = Span { offset: line.span.offset + indent, len: trimmed.len() };
            if strip_comment(trimmed).trim_end() == "end" {
                if tasks.is_empty() {
                    return Err(Fault::new(span, "the block has no task", "expected `NAME: $ command` above"));
                }
                if let Some(stranger) = order.iter().find(|o| !tasks.iter().any(|(t, _)| *t == o.text)) {
                    let known: Vec<&str> = tasks.iter().map(|(t, _)| t.as_str()).collect();
                    return Err(Fault::new(
                        stranger.span,
                        format!("the order names `{}`, which is not a task of this block", stranger.text),
                        "expected a task of this block",
                    )
                    .nearest(&stranger.text, &known));
                }
                return Ok(Parallel { order: order.iter().map(|w| w.text.clone()).collect(), tasks });
            }
            let Some((task, command)) = task(trimmed) else {
                return Err(Fault::new(span, "this is not a task", "expected `NAME: $ command`, the name one word, or `end`"));
            };
            if tasks.len() >= TASKS_MAX {
                return Err(Fault::new(span, "too many tasks", format!("at most {TASKS_MAX}")));
            }
            if tasks.iter().any(|(t, _)| t == task) {
                return Err(Fault::new(span, format!("task `{task}` appears twice"), "expected one line per task"));
            }
            tasks.push((task.to_owned(), self.command(command, span.offset + trimmed.len() - command.len())?));
        }
        Err(Fault::new(first.span, "this block has no end", "expected `end` on its own line below"))
    }
}

fn speaks_of_nothing(span: Span) -> Fault {
    Fault::new(span, "there is no command for this to check", "expected a command above")
}

fn unknown(first: &Word) -> Fault {
    let text = first.text.as_str();
    let fault = |expected: &str| Fault::new(first.span, format!("`{text}` is not a word of the language"), expected);
    match text {
        "end" => Fault::new(first.span, "no block is open here", "expected `parallel` above"),
        _ if text.len() > 1 && text.starts_with('$') => fault("expected `$`, a blank and a command"),
        _ => fault("expected a statement").nearest(text, KEYWORDS),
    }
}

/// Name and command of a line `NAME: $ command`.
pub(in crate::scenario) fn task(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(':')?;
    let command = rest.trim_start().strip_prefix("$ ")?.trim_start();
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some((name, command))
}
