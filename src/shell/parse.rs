//! From tokens to the tree of a line: the one grammar of the shell.

use super::lex::{self, Fault, FaultKind, Lexeme, Op, Token};
use super::line::{Command, Line, List, Loop, Part, Redirect, Step, What, When, Word};

/// Loops within loops.
const LOOPS_MAX: u32 = 64;

/// What else a shell knows as the first word of a command: it would act on the shell itself.
const RESERVED: &[&str] = &[
    "!", "in", "if", "then", "else", "elif", "fi", "while", "until", "case", "esac", "test", "exit", "return", "break", "continue", "set",
    "unset", "export", "readonly", "local", "eval", "exec", "command", "cd", "read", "shift", "trap", "wait", ".", "source", "alias",
    "function", "time",
];

/// Reads a line, or several separated by newlines. Nothing of it can be run where any of it cannot be read.
pub fn parse(text: &str) -> Result<Line, Fault> {
    let tokens = lex::tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), loops: 0 };
    let list = parser.list(false)?;
    Ok(Line { text: text.to_owned(), list })
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    /// Bytes of the line.
    end: usize,
    loops: u32,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, op: Op) -> bool {
        let hit = self.peek().is_some_and(|t| t.what == Lexeme::Op(op));
        self.at += usize::from(hit);
        hit
    }

    /// The next word, as it stands outside of quotes.
    fn bare(&self) -> Option<&'t str> {
        match self.peek() {
            Some(Token { what: Lexeme::Word(word, bare), len, .. }) if bare == len => match word.0.as_slice() {
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn word(&mut self) -> Option<&'t Word> {
        let Some(Token { what: Lexeme::Word(word, _), .. }) = self.peek() else { return None };
        self.at += 1;
        Some(word)
    }

    fn here(&self, kind: FaultKind) -> Fault {
        let (at, len) = self.peek().map_or((self.end, 0), |t| (t.at, t.len));
        Fault { at, len, kind }
    }

    fn foreign(&self, what: &'static str) -> Fault {
        self.here(FaultKind::Foreign(what))
    }

    /// In dash's words.
    fn unexpected(&self, instead_of: Option<&str>) -> Fault {
        let what = match self.peek().map(|t| &t.what) {
            None => "end of file".to_owned(),
            Some(Lexeme::Op(Op::Newline)) => "newline".to_owned(),
            Some(Lexeme::Op(op)) if op.redirects() => "redirection".to_owned(),
            Some(Lexeme::Op(op)) => format!("\"{}\"", op.sign()),
            Some(Lexeme::Word(..)) => match self.bare() {
                Some(word @ ("do" | "done")) => format!("\"{word}\""),
                _ => "word".to_owned(),
            },
        };
        let expecting = instead_of.map_or(String::new(), |word| format!(" (expecting \"{word}\")"));
        self.here(FaultKind::Syntax(format!("Syntax error: {what} unexpected{expecting}")))
    }

    fn keyword(&mut self, text: &str) -> Result<(), Fault> {
        if self.bare() != Some(text) {
            return Err(self.unexpected(Some(text)));
        }
        self.at += 1;
        Ok(())
    }

    /// Up to the end, or to `done` inside a loop.
    fn list(&mut self, in_loop: bool) -> Result<List, Fault> {
        let mut list = List::new();
        let mut when = When::Always;
        loop {
            while self.take(Op::Newline) {}
            let may_end = when == When::Always && !(in_loop && list.is_empty());
            if may_end && (self.peek().is_none() || (in_loop && self.bare() == Some("done"))) {
                return Ok(list);
            }
            let what = match self.bare() {
                Some("do" | "done") => return Err(self.unexpected(None)),
                Some("for") => What::For(self.for_loop()?),
                _ => What::Pipe(self.pipe()?),
            };
            list.push(Step { when, what });
            when = if self.take(Op::And) {
                When::Success
            } else if self.take(Op::Or) {
                When::Failure
            } else if self.take(Op::Semicolon) || self.take(Op::Newline) || self.peek().is_none() {
                When::Always
            } else {
                return Err(self.unexpected(None));
            };
        }
    }

    fn for_loop(&mut self) -> Result<Loop, Fault> {
        if self.loops == LOOPS_MAX {
            return Err(self.here(FaultKind::Syntax("loops are nested too deeply".to_owned())));
        }
        self.keyword("for")?;
        let Some(name) = self.bare().filter(|name| lex::is_name(name)) else {
            return Err(self.here(FaultKind::Syntax("Syntax error: Bad for loop variable".to_owned())));
        };
        self.at += 1;
        self.keyword("in")?;
        let mut values = Vec::new();
        while let Some(word) = self.word() {
            values.push(word.clone());
        }
        if !self.take(Op::Semicolon) && !self.take(Op::Newline) {
            return Err(self.unexpected(None));
        }
        while self.take(Op::Newline) {}
        self.keyword("do")?;
        self.loops += 1;
        let begin = self.at;
        let body = self.list(true)?;
        let size = (self.at - begin) as u64;
        self.loops -= 1;
        self.keyword("done")?;
        Ok(Loop { name: name.to_owned(), values, body, size })
    }

    fn pipe(&mut self) -> Result<Vec<Command>, Fault> {
        let mut pipe = vec![self.command()?];
        while self.take(Op::Pipe) {
            while self.take(Op::Newline) {}
            match self.bare() {
                Some("do" | "done") => return Err(self.unexpected(None)),
                Some("for") => return Err(self.foreign("loops in pipes")),
                _ => pipe.push(self.command()?),
            }
        }
        Ok(pipe)
    }

    fn command(&mut self) -> Result<Command, Fault> {
        let begin = self.at;
        let mut command = Command::default();
        if self.bare().is_some_and(|word| RESERVED.contains(&word)) {
            return Err(self.foreign("this shell keyword"));
        }
        loop {
            match self.peek().map(|t| &t.what) {
                Some(Lexeme::Word(word, bare)) => {
                    match assignment(word, *bare).filter(|_| command.words.is_empty()) {
                        Some(("IFS" | "PATH", _)) => return Err(self.foreign("setting this variable")),
                        Some((name, value)) => command.assigns.push((name.to_owned(), value)),
                        None => command.words.push(word.clone()),
                    }
                    self.at += 1;
                }
                Some(Lexeme::Op(op)) if op.redirects() => {
                    self.at += 1;
                    command.redirects.push(match op {
                        Op::Stdin => Redirect::Stdin(self.target()?),
                        Op::Stdout => Redirect::Stdout(self.target()?),
                        Op::Stderr => Redirect::Stderr(self.target()?),
                        _ => Redirect::StderrToStdout,
                    });
                }
                _ if self.at == begin => return Err(self.unexpected(None)),
                _ => return Ok(command),
            }
        }
    }

    /// The path behind a redirection.
    fn target(&mut self) -> Result<Word, Fault> {
        self.word().cloned().ok_or_else(|| self.unexpected(None))
    }
}

/// The name to which a word gives a value, and that value; `bare` bytes of the word stand before its first quote.
fn assignment(word: &Word, bare: usize) -> Option<(&str, Word)> {
    let (first, more) = word.0.split_first()?;
    let Part::Text(text) = first else { return None };
    let (name, value) = text.split_once('=').filter(|(name, _)| lex::is_name(name) && name.len() < bare)?;
    let mut parts = vec![Part::Text(value.to_owned())];
    parts.extend(more.iter().cloned());
    Some((name, Word(parts)))
}
