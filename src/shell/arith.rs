//! `$((…))`: integers, `+ - * / %`, parentheses and variables.

/// A calculation, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Calculation {
    text: String,
    expr: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expr {
    Number(i64),
    /// A variable's name, or `?`.
    Variable(String),
    Minus(Box<Expr>),
    /// Operators of one rank, from left to right.
    Chain(Box<Expr>, Vec<(Op, Expr)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

impl Calculation {
    /// Parts within each other.
    const DEPTH_MAX: u32 = 64;

    /// Reads what stands between the parentheses; the error is dash's.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text, depth: 0, wrong: None };
        let expr = parser.sum().filter(|_| parser.rest.trim_ascii_start().is_empty());
        match expr {
            Some(expr) => Ok(Self { text: text.to_owned(), expr }),
            None => Err(said(parser.wrong.unwrap_or("expecting EOF"), text)),
        }
    }

    /// The text between the parentheses.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value; `var` gives those of variables, and of `?`.
    pub(super) fn value(&self, var: &dyn Fn(&str) -> Result<i64, String>) -> Result<i64, String> {
        self.expr.value(var)?.ok_or_else(|| said("division by zero", &self.text))
    }

    /// The value, if no variable has a part in it.
    pub(super) fn constant(&self) -> Option<i64> {
        self.value(&|_| Err(String::new())).ok()
    }
}

fn said(what: &str, text: &str) -> String {
    format!("arithmetic expression: {what}: \"{text}\"")
}

impl Expr {
    /// The value; none where something is divided by zero.
    fn value(&self, var: &dyn Fn(&str) -> Result<i64, String>) -> Result<Option<i64>, String> {
        Ok(match self {
            Self::Number(n) => Some(*n),
            Self::Variable(name) => Some(var(name)?),
            Self::Minus(inner) => inner.value(var)?.map(i64::wrapping_neg),
            Self::Chain(first, more) => {
                let Some(mut left) = first.value(var)? else { return Ok(None) };
                for (op, right) in more {
                    let Some(right) = right.value(var)? else { return Ok(None) };
                    left = match op {
                        Op::Plus => left.wrapping_add(right),
                        Op::Minus => left.wrapping_sub(right),
                        Op::Times => left.wrapping_mul(right),
                        Op::Over | Op::Modulo if right == 0 => return Ok(None),
                        Op::Over => left.wrapping_div(right),
                        Op::Modulo => left.wrapping_rem(right),
                    };
                }
                Some(left)
            }
        })
    }
}

/// A number as C writes it: decimal, octal behind `0`, hexadecimal behind `0x`.
fn number(text: &str) -> Option<i64> {
    let (digits, radix) = match (text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")), text.strip_prefix('0')) {
        (Some(hex), _) => (hex, 16),
        (None, Some(octal)) if !octal.is_empty() => (octal, 8),
        _ => (text, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok()
}

/// A number with blanks and a sign before it, if there are any; nothing at all is 0.
pub(super) fn signed(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    match text.strip_prefix('-') {
        _ if text.is_empty() => Some(0),
        Some(positive) => number(positive)?.checked_neg(),
        None => number(text.strip_prefix('+').unwrap_or(text)),
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: u32,
    wrong: Option<&'static str>,
}

impl Parser<'_> {
    fn take(&mut self, ops: &[(char, Op)]) -> Option<Op> {
        self.rest = self.rest.trim_ascii_start();
        let first = self.rest.chars().next()?;
        let (_, op) = ops.iter().find(|(c, _)| *c == first)?;
        self.rest = self.rest.get(1..)?;
        Some(*op)
    }

    fn sign(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Option<Expr> {
        self.chain(&[('+', Op::Plus), ('-', Op::Minus)], Self::product)
    }

    fn product(&mut self) -> Option<Expr> {
        self.chain(&[('*', Op::Times), ('/', Op::Over), ('%', Op::Modulo)], Self::atom)
    }

    fn chain(&mut self, ops: &[(char, Op)], operand: fn(&mut Self) -> Option<Expr>) -> Option<Expr> {
        let first = operand(self)?;
        let mut more = Vec::new();
        while let Some(op) = self.take(ops) {
            more.push((op, operand(self)?));
        }
        Some(if more.is_empty() { first } else { Expr::Chain(Box::new(first), more) })
    }

    fn atom(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > Calculation::DEPTH_MAX {
            return self.fail("too many parts within each other");
        }
        let atom = if self.sign('-') {
            Expr::Minus(Box::new(self.atom()?))
        } else if self.sign('+') {
            self.atom()?
        } else if self.sign('(') {
            let inner = self.sum()?;
            if !self.sign(')') {
                return self.fail("expecting ')'");
            }
            inner
        } else {
            self.value()?
        };
        self.depth -= 1;
        Some(atom)
    }

    fn fail(&mut self, what: &'static str) -> Option<Expr> {
        self.wrong.get_or_insert(what);
        None
    }

    /// A number, or a variable with `$` or `${…}` around its name or without.
    fn value(&mut self) -> Option<Expr> {
        let named = self.sign('$');
        let braced = named && self.rest.starts_with('{');
        self.rest = self.rest.get(usize::from(braced)..)?;
        let end = match named && self.rest.starts_with('?') {
            true => 1,
            false => self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if braced {
            self.rest = rest.strip_prefix('}').unwrap_or(rest);
        }
        let value = match word.chars().next() {
            Some('0'..='9') if !named => number(word).map(Expr::Number),
            Some(c) if !c.is_ascii_digit() && braced == (rest.len() > self.rest.len()) => Some(Expr::Variable(word.to_owned())),
            _ => None,
        };
        value.or_else(|| self.fail("expecting primary"))
    }
}
