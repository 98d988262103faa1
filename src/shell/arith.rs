//! `$((…))`: integers, `+ - * / %`, parentheses and variables.

/// The value, or `None` for a syntax error, a division by zero or an overflow.
#[inline(never)]
pub(super) fn eval(text: &str, var: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut parser = Parser { rest: text, var, depth: 0 };
    let value = parser.sum()?;
    parser.rest.trim().is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    var: &'a dyn Fn(&str) -> Option<i64>,
    depth: u32,
}

impl Parser<'_> {
    const DEPTH_MAX: u32 = 64;

    fn take(&mut self, ops: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let c = self.rest.chars().next().filter(|c| ops.contains(c))?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut left = self.product()?;
        while let Some(op) = self.take(&['+', '-']) {
            let right = self.product()?;
            left = if op == '+' { left.checked_add(right)? } else { left.checked_sub(right)? };
        }
        Some(left)
    }

    fn product(&mut self) -> Option<i64> {
        let mut left = self.atom()?;
        while let Some(op) = self.take(&['*', '/', '%']) {
            let right = self.atom()?;
            left = match op {
                '*' => left.checked_mul(right)?,
                '/' => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
        Some(left)
    }

    fn atom(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > Self::DEPTH_MAX {
            return None;
        }
        let value = if self.take(&['-']).is_some() {
            self.atom()?.checked_neg()?
        } else if self.take(&['(']).is_some() {
            let inner = self.sum()?;
            self.take(&[')'])?;
            inner
        } else {
            self.take(&['$']);
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            if word.starts_with(|c: char| c.is_ascii_digit()) { word.parse().ok()? } else { (self.var)(word)? }
        };
        self.depth -= 1;
        Some(value)
    }
}
