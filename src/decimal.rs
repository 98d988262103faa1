//! Decimal numbers as people write them: `70`, `1.1`, `0.25`.
//!
//! Reading every floating point number there is takes 10 KB of tables, which the page and the player would carry for this alone. Up to
//! 15 digits none is needed: digits and power of ten are both exact in a `f64`, so their quotient is the nearest one.

use std::fmt::{self, Display, Formatter};

/// Digits that a `f64` holds exactly.
const DIGITS_MAX: usize = 15;

/// A number of up to 15 digits, not negative, as exact as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: u64,
    /// How many of them stand behind the point.
    places: u8,
}

impl Decimal {
    /// Reads digits with or without a point in them; `None` for anything else.
    #[inline(never)]
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part = part.trim_end_matches('0');
        if whole.is_empty() || whole.len() + part.len() > DIGITS_MAX {
            return None;
        }
        let digits = whole.chars().chain(part.chars()).try_fold(0, |n, c| Some(n * 10 + u64::from(c.to_digit(10)?)))?;
        Some(Self { digits, places: u8::try_from(part.len()).ok()? })
    }

    /// The nearest floating point number.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "both are below 10^15")]
        let (digits, parts) = (self.digits as f64, 10u64.pow(self.places.into()) as f64);
        digits / parts
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts = 10u64.pow(self.places.into());
        write!(f, "{}", self.digits / parts)?;
        if self.places == 0 { Ok(()) } else { write!(f, ".{:0places$}", self.digits % parts, places = self.places.into()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_plain_number_is_none() {
        for text in ["", ".", ".5", "-1", "+1", "1e3", "inf", "nan", "1.2.3", "1 ", "0x1", "1234567890123456"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_number_that_the_standard_library_reads(whole in 0u64..1_000_000_000, part in "[0-9]{0,6}", point in any::<bool>()) {
            let text = if point { format!("{whole}.{part}") } else { whole.to_string() };
            let read = Decimal::read(&text).unwrap();
            prop_assert_eq!(read.to_f64().to_bits(), text.parse::<f64>().unwrap().to_bits());
            prop_assert_eq!(read.to_string(), text.parse::<f64>().unwrap().to_string());
            prop_assert_eq!(Decimal::read(&read.to_string()), Some(read));
        }
    }
}
