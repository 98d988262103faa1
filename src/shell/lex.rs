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
    /// `;` (also a newline), `&&`, `||`, `|`, `<`, `>`, `2>`, `2>&1`.
    Op(&'static str),
}

/// Splits a line. The error says which quote stays open.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, &'static str> {
    let mut lexer = Lexer { rest: line, out: Vec::new(), word: None };
    lexer.all()?;
    Ok(lexer.out)
}

struct Lexer<'a> {
    rest: &'a str,
    out: Vec<Token>,
    word: Option<Vec<Part>>,
}

impl Lexer<'_> {
    const OPS: [(&'static str, &'static str); 8] =
        [("&&", "&&"), ("||", "||"), ("2>&1", "2>&1"), ("2>", "2>"), ("|", "|"), (";", ";"), ("<", "<"), (">", ">")];

    fn all(&mut self) -> Result<(), &'static str> {
        while let Some(c) = self.rest.chars().next() {
            if c == '\n' {
                self.next();
                self.op(";");
            } else if c.is_whitespace() {
                self.next();
                self.end_word();
            } else if c == '#' && self.word.is_none() {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            } else if let Some((text, op)) = self.operator() {
                self.skip(text);
                self.op(op);
            } else {
                self.part(c)?;
            }
        }
        self.end_word();
        Ok(())
    }

    fn operator(&self) -> Option<(usize, &'static str)> {
        let hit = Self::OPS.iter().find(|(text, _)| self.rest.starts_with(text))?;
        // `2>` is a redirection only where a word could begin
        (!hit.0.starts_with('2') || self.word.is_none()).then_some((hit.0.len(), hit.1))
    }

    fn part(&mut self, c: char) -> Result<(), &'static str> {
        match c {
            '\'' => {
                self.next();
                let end = self.rest.find('\'').ok_or("'")?;
                let text = self.rest.get(..end).unwrap_or_default().to_owned();
                self.skip(end + 1);
                self.push(Part::Text(text));
            }
            '"' => {
                self.next();
                self.push(Part::Text(String::new()));
                self.double_quoted()?;
            }
            '\\' => {
                self.next();
                if let Some(escaped) = self.next().filter(|c| *c != '\n') {
                    self.push(Part::Text(escaped.to_string()));
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

    fn double_quoted(&mut self) -> Result<(), &'static str> {
        loop {
            match self.rest.chars().next().ok_or("\"")? {
                '"' => {
                    self.next();
                    return Ok(());
                }
                '$' => self.dollar(false)?,
                '\\' => {
                    self.next();
                    let c = self.next().ok_or("\"")?;
                    let text = if matches!(c, '$' | '`' | '"' | '\\') { c.to_string() } else { format!("\\{c}") };
                    self.push(Part::Text(text));
                }
                c => {
                    self.next();
                    self.push(Part::Text(c.to_string()));
                }
            }
        }
    }

    fn dollar(&mut self, split: bool) -> Result<(), &'static str> {
        if let Some(body) = self.rest.strip_prefix("$((") {
            let mut open = 2;
            let closes = body.bytes().position(|b| {
                match b {
                    b'(' => open += 1,
                    b')' => open -= 1,
                    _ => {}
                }
                open == 0
            });
            let end = closes.ok_or("$((")?;
            let text = body.get(..end - 1).unwrap_or_default().to_owned();
            self.skip(end + 4);
            self.push(Part::Arith(text));
            return Ok(());
        }
        self.next();
        let braced = self.rest.starts_with('{');
        if braced {
            self.next();
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let name = self.rest.get(..end).unwrap_or_default().to_owned();
        self.skip(end);
        if braced {
            self.next().filter(|c| *c == '}').ok_or("${")?;
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

    fn end_word(&mut self) {
        self.out.extend(self.word.take().map(Token::Word));
    }

    fn op(&mut self, op: &'static str) {
        self.end_word();
        self.out.push(Token::Op(op));
    }
}
