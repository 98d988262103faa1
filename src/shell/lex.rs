//! Words, quotes and operators of a shell line, with their places.

use super::arith::Calculation;
use super::line::{Part, Word};

/// Why a line cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Bytes before it.
    pub at: usize,
    /// Its bytes.
    pub len: usize,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// A quote, `$((` or `${`, as it stands in the line, stays open to the end.
    Open(&'static str),
    /// A part that a real shell understands and this one does not: what a shell calls such things. It is refused, since left as it is
    /// it would mean something else.
    Foreign(&'static str),
    /// What cannot stand there, in dash's words.
    Syntax(String),
}

impl FaultKind {
    /// What the shell prints of it.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Open("$((") => "Syntax error: Missing '))'".to_owned(),
            Self::Open("${") => "Syntax error: Missing '}'".to_owned(),
            Self::Open(_) => "Syntax error: Unterminated quoted string".to_owned(),
            Self::Foreign(what) => format!("this shell does not support {what}"),
            Self::Syntax(what) => what.clone(),
        }
    }
}

/// A word or an operator, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) what: Lexeme,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// A word of at least one piece, and how many of its first bytes stand outside of quotes.
    Word(Word, usize),
    Op(Op),
}

/// Signs between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Semicolon,
    Newline,
    And,
    Or,
    Pipe,
    Stdin,
    Stdout,
    Stderr,
    StderrToStdout,
}

impl Op {
    const ALL: [(&'static str, Self); 8] = [
        ("&&", Self::And),
        ("||", Self::Or),
        ("2>&1", Self::StderrToStdout),
        ("2>", Self::Stderr),
        ("|", Self::Pipe),
        (";", Self::Semicolon),
        ("<", Self::Stdin),
        (">", Self::Stdout),
    ];

    /// As it is written.
    pub(super) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("\n", |(sign, _)| sign)
    }

    /// Whether a path follows it, or a stream is named in it.
    pub(super) const fn redirects(self) -> bool {
        matches!(self, Self::Stdin | Self::Stdout | Self::Stderr | Self::StderrToStdout)
    }
}

/// Whether a variable may have that name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `IFS` as it is where nobody sets it.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// Splits a line.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { line, rest: line, out: Vec::new(), word: None, begin: 0, bare: None };
    lexer.all()?;
    Ok(lexer.out)
}

struct Lexer<'a> {
    line: &'a str,
    rest: &'a str,
    out: Vec<Token>,
    word: Option<Word>,
    /// Where that word begins.
    begin: usize,
    /// Bytes of it before its first quote.
    bare: Option<usize>,
}

impl Lexer<'_> {
    fn all(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.rest.chars().next() {
            if c == '\n' {
                self.op(1, Op::Newline);
            } else if is_blank(c) {
                self.end_word();
                self.next();
            } else if c == '#' && self.word.is_none() {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            } else if let Some((len, what)) = self.foreign() {
                return Err(self.not_here(len, what));
            } else if let Some((len, op)) = self.operator() {
                self.op(len, op);
            } else {
                if self.word.is_none() {
                    self.begin = self.at();
                    self.bare = None;
                }
                if matches!(c, '\'' | '"' | '\\') && self.bare.is_none() {
                    self.bare = Some(self.at() - self.begin);
                }
                self.part(c)?;
            }
        }
        self.end_word();
        Ok(())
    }

    /// Bytes that are read.
    const fn at(&self) -> usize {
        self.line.len() - self.rest.len()
    }

    fn operator(&self) -> Option<(usize, Op)> {
        let (sign, op) = Op::ALL.iter().find(|(sign, _)| self.rest.starts_with(sign))?;
        // `2>` is a redirection only where a word could begin
        (!sign.starts_with('2') || self.word.is_none()).then_some((sign.len(), *op))
    }

    /// What stands outside of quotes and is not known here.
    fn foreign(&self) -> Option<(usize, &'static str)> {
        const TEXTS: [(&str, &str); 13] = [
            ("`", "command substitutions"),
            ("(", "subshells"),
            (")", "subshells"),
            (">>", "appending redirections"),
            ("<<", "here-documents"),
            (">&", "duplicating file descriptors"),
            ("<&", "duplicating file descriptors"),
            (">|", "this kind of redirection"),
            ("<>", "this kind of redirection"),
            (";;", "cases"),
            ("2>>", "appending redirections"),
            ("2>&", "duplicating file descriptors"),
            ("2>|", "this kind of redirection"),
        ];
        const CHARS: [(char, &str); 6] = [
            ('[', "file name patterns"),
            ('&', "background commands"),
            ('*', "file name patterns"),
            ('?', "file name patterns"),
            ('{', "command groups"),
            ('}', "command groups"),
        ];
        if self.rest.starts_with("&&") || self.rest.starts_with("2>&1") && self.word.is_none() {
            let behind = self.rest.strip_prefix("2>&1").and_then(|rest| rest.chars().next());
            let ends = behind.is_none_or(|c| is_blank(c) || ";|&<>".contains(c));
            return (!ends).then_some((4, "duplicating file descriptors"));
        }
        let c = self.rest.chars().next()?;
        // Looked at only here: a word may be as long as a script.
        let number =
            || matches!(self.word.as_ref().map(|w| w.0.as_slice()), Some([Part::Text(text)]) if text.bytes().all(|b| b.is_ascii_digit()));
        if matches!(c, '<' | '>') && number() {
            return Some((1, "redirections of other file descriptors"));
        }
        let behind_equals = |word: &Word| matches!(word.0.last(), Some(Part::Text(text)) if text.ends_with(['=', ':']));
        if c == '~' && self.word.as_ref().is_none_or(behind_equals) {
            return Some((1, "home directories"));
        }
        let text = TEXTS.iter().find(|(text, _)| self.rest.starts_with(text) && (c != '2' || self.word.is_none()));
        let text = text.map(|(text, what)| (text.len(), *what));
        text.or_else(|| CHARS.iter().find(|(foreign, _)| *foreign == c).map(|(_, what)| (1, *what)))
    }

    fn not_here(&self, len: usize, what: &'static str) -> Fault {
        Fault { at: self.at(), len: len.min(self.rest.len()), kind: FaultKind::Foreign(what) }
    }

    /// What begins here, if nothing closes it.
    const fn open(&self, what: &'static str) -> Fault {
        Fault { at: self.at(), len: what.len(), kind: FaultKind::Open(what) }
    }

    fn part(&mut self, c: char) -> Result<(), Fault> {
        match c {
            '\'' => {
                let open = self.open("'");
                self.next();
                let end = self.rest.find('\'').ok_or(open)?;
                let text = self.rest.get(..end).unwrap_or_default().to_owned();
                self.skip(end + 1);
                self.push(Part::Text(text));
            }
            '"' => {
                let open = self.open("\"");
                self.next();
                self.push(Part::Text(String::new()));
                self.double_quoted(&open)?;
            }
            '\\' => {
                self.next();
                match self.next() {
                    Some('\n') => {}
                    Some(escaped) => self.push(Part::Text(escaped.to_string())),
                    None => self.push(Part::Text("\\".to_owned())),
                }
            }
            '$' => self.dollar(false)?,
            c => {
                self.next();
                self.push(Part::Text(c.to_string()));
            }
        }
        Ok(())
    }

    /// What stands behind a double quote, up to the next one; without that it is `open`.
    fn double_quoted(&mut self, open: &Fault) -> Result<(), Fault> {
        loop {
            match self.rest.chars().next().ok_or_else(|| open.clone())? {
                '`' => return Err(self.not_here(1, "command substitutions")),
                '"' => {
                    self.next();
                    return Ok(());
                }
                '$' => self.dollar(true)?,
                '\\' => {
                    self.next();
                    match self.next().ok_or_else(|| open.clone())? {
                        '\n' => {}
                        c @ ('$' | '`' | '"' | '\\') => self.push(Part::Text(c.to_string())),
                        c => self.push(Part::Text(format!("\\{c}"))),
                    }
                }
                c => {
                    self.next();
                    self.push(Part::Text(c.to_string()));
                }
            }
        }
    }

    /// `$((…))`; its text has nothing in it that could be more than a calculation.
    fn calculation(&mut self, body: &str) -> Result<(), Fault> {
        let mut open = 2;
        let closes = body.bytes().position(|b| {
            match b {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            open == 0
        });
        let end = closes.ok_or_else(|| self.open("$(("))?;
        let inside = body.get(..end).and_then(|inside| inside.strip_suffix(')'));
        let plain = |c: char| is_blank(c) || c.is_ascii_alphanumeric() || "_$?{}+-*/%()".contains(c);
        let Some(text) = inside.filter(|text| text.chars().all(plain) && !text.contains("$(") && is_balanced(text)) else {
            return Err(self.not_here(end + 4, "this in arithmetic"));
        };
        let calculation = Calculation::read(text).map_err(|why| Fault { at: self.at(), len: end + 4, kind: FaultKind::Syntax(why) })?;
        self.push(Part::Calculation(calculation));
        self.skip(end + 4);
        Ok(())
    }

    fn dollar(&mut self, quoted: bool) -> Result<(), Fault> {
        if let Some(body) = self.rest.strip_prefix("$((") {
            return self.calculation(body);
        }
        let behind = self.rest.get(1..).and_then(|rest| rest.chars().next());
        match behind {
            Some('(') => return Err(self.not_here(2, "command substitutions")),
            Some('\'' | '"') if !quoted => return Err(self.not_here(2, "this kind of quoting")),
            Some('[') => return Err(self.not_here(2, "arithmetic in brackets")),
            Some('@' | '*' | '#' | '!' | '$' | '-' | '0'..='9') => return Err(self.not_here(2, "positional and special parameters")),
            _ => {}
        }
        let whole = self.rest;
        self.next();
        let braced = self.rest.starts_with('{');
        if braced {
            self.next();
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let name = self.rest.get(..end).unwrap_or_default().to_owned();
        self.skip(end);
        if braced && (self.next() != Some('}') || !is_name(&name)) {
            self.rest = whole;
            return Err(match whole.find('}') {
                Some(end) => self.not_here(end + 1, "parameter expansions"),
                None => self.open("${"),
            });
        }
        if name.is_empty() {
            match self.rest.strip_prefix('?') {
                Some(rest) => {
                    self.rest = rest;
                    self.push(Part::ExitCode);
                }
                None => self.push(Part::Text("$".to_owned())),
            }
        } else {
            self.push(Part::Variable { name, quoted });
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn push(&mut self, part: Part) {
        let word = &mut self.word.get_or_insert_default().0;
        match (word.last_mut(), part) {
            (Some(Part::Text(have)), Part::Text(more)) => have.push_str(&more),
            (_, part) => word.push(part),
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        let len = self.at() - self.begin;
        self.out.push(Token { at: self.begin, len, what: Lexeme::Word(word, self.bare.unwrap_or(len)) });
    }

    fn op(&mut self, len: usize, op: Op) {
        self.end_word();
        self.out.push(Token { at: self.at(), len, what: Lexeme::Op(op) });
        self.skip(len);
    }
}

/// Whether each parenthesis closes one that opens before it.
fn is_balanced(text: &str) -> bool {
    let mut open = 0u32;
    text.bytes().all(|b| {
        match b {
            b'(' => open += 1,
            b')' if open == 0 => return false,
            b')' => open -= 1,
            _ => {}
        }
        true
    })
}
