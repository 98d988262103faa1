//! `$((…))`: integers, `+ - * / %`, parentheses and variables.

/// The value of a variable; the error is what to say of it.
type Variables<'a> = &'a dyn Fn(&str) -> Result<i64, String>;

/// The value; the error says what is wrong.
#[inline(never)]
pub(super) fn eval(text: &str, var: Variables<'_>) -> Result<i64, String> {
    let mut parser = Parser { rest: text, var, depth: 0, wrong: None };
    let value = parser.sum().filter(|_| parser.take(&[]).is_none() && parser.rest.is_empty());
    value.ok_or_else(|| match parser.wrong {
        Some(Wrong::Value(what)) => what,
        Some(Wrong::Text(what)) => format!("arithmetic expression: {what}: \"{text}\""),
        None => format!("arithmetic expression: expecting EOF: \"{text}\""),
    })
}

/// A number as C writes it: decimal, octal behind `0`, hexadecimal behind `0x`.
fn number(text: &str) -> Option<i64> {
    let (digits, radix) = match (text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")), text.strip_prefix('0')) {
        (Some(hex), _) => (hex, 16),
        (None, Some(octal)) if !octal.is_empty() => (octal, 8),
        _ => (text, 10),
    };
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0i64, |n, c| n.checked_mul(radix.into())?.checked_add(c.to_digit(radix)?.into()))
}

/// A number with blanks and a sign before it, if there are any; nothing at all is 0.
#[inline(never)]
pub(super) fn signed(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    match text.strip_prefix('-') {
        _ if text.is_empty() => Some(0),
        Some(positive) => number(positive)?.checked_neg(),
        None => number(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// What is wrong: with the text, or with the value of a variable.
enum Wrong {
    Text(&'static str),
    Value(String),
}

struct Parser<'a> {
    rest: &'a str,
    var: Variables<'a>,
    depth: u32,
    wrong: Option<Wrong>,
}

impl Parser<'_> {
    const DEPTH_MAX: u32 = 64;

    fn take(&mut self, ops: &[char]) -> Option<char> {
        self.rest = self.rest.trim_ascii_start();
        let c = self.rest.chars().next().filter(|c| ops.contains(c))?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut left = self.product()?;
        while let Some(op) = self.take(&['+', '-']) {
            let right = self.product()?;
            left = if op == '+' { left.wrapping_add(right) } else { left.wrapping_sub(right) };
        }
        Some(left)
    }

    fn product(&mut self) -> Option<i64> {
        let mut left = self.atom()?;
        while let Some(op) = self.take(&['*', '/', '%']) {
            let right = self.atom()?;
            if op != '*' && right == 0 {
                return self.fail("division by zero");
            }
            left = match op {
                '*' => left.wrapping_mul(right),
                '/' => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            };
        }
        Some(left)
    }

    fn atom(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > Self::DEPTH_MAX {
            return self.fail("too many parts within each other");
        }
        let value = if self.take(&['-']).is_some() {
            self.atom()?.wrapping_neg()
        } else if self.take(&['+']).is_some() {
            self.atom()?
        } else if self.take(&['(']).is_some() {
            let inner = self.sum()?;
            if self.take(&[')']).is_none() {
                return self.fail("expecting ')'");
            }
            inner
        } else {
            self.value()?
        };
        self.depth -= 1;
        Some(value)
    }

    fn fail(&mut self, what: &'static str) -> Option<i64> {
        self.wrong.get_or_insert(Wrong::Text(what));
        None
    }

    /// A number, or a variable with `$` or `${…}` around its name or without.
    fn value(&mut self) -> Option<i64> {
        let named = self.take(&['$']).is_some();
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
            Some('0'..='9') if !named => number(word),
            Some(c) if !c.is_ascii_digit() && braced == (rest.len() > self.rest.len()) => match (self.var)(word) {
                Ok(value) => Some(value),
                Err(what) => {
                    self.wrong.get_or_insert(Wrong::Value(what));
                    None
                }
            },
            _ => None,
        };
        value.or_else(|| self.fail("expecting primary"))
    }
}
