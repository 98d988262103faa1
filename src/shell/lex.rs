//! Words, quotes and operators of a shell line.

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Stands for itself.
    Text(String),
    /// `$name`; whether its value is split into words (it was not quoted).
    Var(String, bool),
    /// `$((expression))`.
    Arith(String),
}

impl Part {
    /// Whether its value hangs on a variable.
    pub(super) fn is_variable(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Var(name, _) => name != "?",
            Self::Arith(text) => text.contains(|c: char| c.is_ascii_alphabetic() || c == '_'),
        }
    }

    /// The text as it was written, variables unexpanded.
    fn written(&self) -> String {
        match self {
            Self::Text(t) => t.clone(),
            Self::Var(v, _) => format!("${v}"),
            Self::Arith(e) => format!("$(({e}))"),
        }
    }
}

/// The text of a word, variables unexpanded.
pub(super) fn written(word: &[Part]) -> String {
    word.iter().map(Part::written).collect()
}

/// A word or an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, in pieces. Never empty, but a piece may be.
    Word(Vec<Part>),
    /// `;`, a newline, `&&`, `||`, `|`, `<`, `>`, `2>`, `2>&1`.
    Op(&'static str),
}

/// Why a line cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What stays open to the end of the line: a quote, `$((` or `${`.
    Open {
        /// As it stands in the line.
        what: &'static str,
        /// Bytes before it.
        at: usize,
    },
    /// What a shell has and this one has not, and where it stands.
    Foreign(Foreign),
}

/// A part of a line that a real shell understands and this one does not: it is refused, since left as it is it would mean something
/// else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// Bytes before it.
    pub at: usize,
    /// Its bytes.
    pub len: usize,
    /// What a shell calls such things: it has none.
    pub what: &'static str,
}

/// The name to which a word gives a value.
pub(super) fn assignment(word: &[Part]) -> Option<&str> {
    let Some(Part::Text(text)) = word.first() else { return None };
    text.split_once('=').map(|(name, _)| name).filter(|name| is_name(name))
}

/// Whether a variable may have that name.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Splits a line.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { line, rest: line, out: Vec::new(), word: None, begin: 0, quoted: None };
    lexer.all()?;
    Ok(lexer.out)
}

/// `IFS` as it is where nobody sets it.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// What else a shell knows as the first word of a command: it would act on the shell itself.
const WORDS: &[&str] = &[
    "!", "in", "if", "then", "else", "elif", "fi", "while", "until", "case", "esac", "test", "exit", "return", "break", "continue", "set",
    "unset", "export", "readonly", "local", "eval", "exec", "command", "cd", "read", "shift", "trap", "wait", ".", "source", "alias",
    "function", "time",
];

struct Lexer<'a> {
    line: &'a str,
    rest: &'a str,
    out: Vec<Token>,
    word: Option<Vec<Part>>,
    /// Where that word begins.
    begin: usize,
    /// Bytes of it before its first quote.
    quoted: Option<usize>,
}

impl Lexer<'_> {
    const OPS: [(&'static str, &'static str); 8] =
        [("&&", "&&"), ("||", "||"), ("2>&1", "2>&1"), ("2>", "2>"), ("|", "|"), (";", ";"), ("<", "<"), (">", ">")];

    fn all(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.rest.chars().next() {
            if c == '\n' {
                self.op("\n")?;
                self.next();
            } else if is_blank(c) {
                self.end_word()?;
                self.next();
            } else if c == '#' && self.word.is_none() {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            } else if let Some((text, what)) = self.foreign() {
                return Err(self.not_here(text, what));
            } else if let Some((text, op)) = self.operator() {
                self.op(op)?;
                self.skip(text);
            } else {
                if self.word.is_none() {
                    self.begin = self.at();
                    self.quoted = None;
                }
                if matches!(c, '\'' | '"' | '\\') && self.quoted.is_none() {
                    self.quoted = Some(self.at() - self.begin);
                }
                self.part(c)?;
            }
        }
        self.end_word()
    }

    /// Bytes that are read.
    const fn at(&self) -> usize {
        self.line.len() - self.rest.len()
    }

    fn operator(&self) -> Option<(usize, &'static str)> {
        let hit = Self::OPS.iter().find(|(text, _)| self.rest.starts_with(text))?;
        // `2>` is a redirection only where a word could begin
        (!hit.0.starts_with('2') || self.word.is_none()).then_some((hit.0.len(), hit.1))
    }

    /// What stands outside of quotes and is not known here.
    #[inline(never)]
    fn foreign(&self) -> Option<(usize, &'static str)> {
        const TEXTS: [(&str, &str); 13] = [
            ("`", "command substitutions"),
            ("(", "subshells"),
            (")", "subshells"),
            (">>", "redirections that append"),
            ("<<", "here-documents"),
            (">&", "copies of file descriptors"),
            ("<&", "copies of file descriptors"),
            (">|", "redirections of that kind"),
            ("<>", "redirections of that kind"),
            (";;", "cases"),
            ("2>>", "redirections that append"),
            ("2>&", "copies of file descriptors"),
            ("2>|", "redirections of that kind"),
        ];
        const CHARS: [(char, &str); 6] = [
            ('[', "patterns of file names"),
            ('&', "commands in the background"),
            ('*', "patterns of file names"),
            ('?', "patterns of file names"),
            ('{', "groups of commands"),
            ('}', "groups of commands"),
        ];
        if self.rest.starts_with("&&") || self.rest.starts_with("2>&1") && self.word.is_none() {
            let behind = self.rest.strip_prefix("2>&1").and_then(|rest| rest.chars().next());
            let ends = behind.is_none_or(|c| is_blank(c) || ";|&<>".contains(c));
            return (!ends).then_some((4, "copies of file descriptors"));
        }
        let c = self.rest.chars().next()?;
        // Looked at only here: a word may be as long as a script.
        let number = || matches!(self.word.as_deref(), Some([Part::Text(text)]) if text.bytes().all(|b| b.is_ascii_digit()));
        if matches!(c, '<' | '>') && number() {
            return Some((1, "redirections of other file descriptors"));
        }
        let behind_equals = |word: &Vec<Part>| matches!(word.last(), Some(Part::Text(text)) if text.ends_with(['=', ':']));
        if c == '~' && self.word.as_ref().is_none_or(behind_equals) {
            return Some((1, "home directories"));
        }
        let text = TEXTS.iter().find(|(text, _)| self.rest.starts_with(text) && (c != '2' || self.word.is_none()));
        let text = text.map(|(text, what)| (text.len(), *what));
        text.or_else(|| CHARS.iter().find(|(foreign, _)| *foreign == c).map(|(_, what)| (1, *what)))
    }

    #[cold]
    #[inline(never)]
    fn not_here(&self, len: usize, what: &'static str) -> Fault {
        Fault::Foreign(Foreign { at: self.at(), len: len.min(self.rest.len()), what })
    }

    /// What begins here, if nothing closes it.
    const fn open(&self, what: &'static str) -> Fault {
        Fault::Open { what, at: self.at() }
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
                self.double_quoted(open)?;
            }
            '\\' => {
                self.next();
                match self.next() {
                    Some('\n') => {}
                    Some(escaped) => self.push(Part::Text(escaped.to_string())),
                    None => self.push(Part::Text("\\".to_owned())),
                }
            }
            '$' => self.dollar(true)?,
            c => {
                self.next();
                self.push(Part::Text(c.to_string()));
            }
        }
        Ok(())
    }

    /// What stands behind a double quote, up to the next one; without that it is `open`.
    fn double_quoted(&mut self, open: Fault) -> Result<(), Fault> {
        loop {
            match self.rest.chars().next().ok_or(open)? {
                '`' => return Err(self.not_here(1, "command substitutions")),
                '"' => {
                    self.next();
                    return Ok(());
                }
                '$' => self.dollar(false)?,
                '\\' => {
                    self.next();
                    match self.next().ok_or(open)? {
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
        match inside.filter(|text| text.chars().all(plain) && !text.contains("$(") && is_balanced(text)) {
            Some(text) => self.push(Part::Arith(text.to_owned())),
            None => return Err(self.not_here(end + 4, "calculations with such signs")),
        }
        self.skip(end + 4);
        Ok(())
    }

    fn dollar(&mut self, split: bool) -> Result<(), Fault> {
        if let Some(body) = self.rest.strip_prefix("$((") {
            return self.calculation(body);
        }
        let behind = self.rest.get(1..).and_then(|rest| rest.chars().next());
        match behind {
            Some('(') => return Err(self.not_here(2, "command substitutions")),
            Some('\'' | '"') if split => return Err(self.not_here(2, "quotes with escapes")),
            Some('[') => return Err(self.not_here(2, "calculations in brackets")),
            Some('@' | '*' | '#' | '!' | '$' | '-' | '0'..='9') => return Err(self.not_here(2, "parameters of the shell")),
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
                    self.push(Part::Var("?".to_owned(), split));
                }
                None => self.push(Part::Text("$".to_owned())),
            }
        } else {
            self.push(Part::Var(name, split));
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
        let word = self.word.get_or_insert_default();
        match (word.last_mut(), part) {
            (Some(Part::Text(have)), Part::Text(more)) => have.push_str(&more),
            (_, part) => word.push(part),
        }
    }

    fn end_word(&mut self) -> Result<(), Fault> {
        let Some(word) = self.word.take() else { return Ok(()) };
        let begins = match self.out.last() {
            None | Some(Token::Op(";" | "\n" | "&&" | "||" | "|")) => true,
            Some(Token::Word(before)) => matches!(before.as_slice(), [Part::Text(text)] if text == "do"),
            Some(Token::Op(_)) => false,
        };
        let named = assignment(&word);
        let what = match word.as_slice() {
            _ if !begins => None,
            [Part::Text(text)] if WORDS.contains(&text.as_str()) => Some("such words of a shell"),
            [Part::Text(text)] if self.quoted.is_some() && matches!(text.as_str(), "for" | "do" | "done") => Some("quotes around that"),
            _ if named.is_some_and(|name| self.quoted.is_some_and(|at| at <= name.len())) => Some("quotes around that"),
            _ if named.is_some_and(|name| matches!(name, "IFS" | "PATH")) => Some("such variables"),
            _ => None,
        };
        if let Some(what) = what {
            return Err(Fault::Foreign(Foreign { at: self.begin, len: self.at() - self.begin, what }));
        }
        self.out.push(Token::Word(word));
        Ok(())
    }

    fn op(&mut self, op: &'static str) -> Result<(), Fault> {
        self.end_word()?;
        self.out.push(Token::Op(op));
        Ok(())
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
