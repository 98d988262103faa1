//! Where to go in a run: a step, a label of the script, or a share of the whole.

use super::error::{Code, Error};
use crate::decimal;

/// A place to seek.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A position, counted from 0.
    Step(usize),
    /// A share of the run, 0 to 100.
    Percent(f64),
    /// A label of the script; `end` means the last step unless a label has that name.
    Label(String),
}

impl Target {
    /// Reads `27`, `50%` or `swapped`.
    ///
    /// # Errors
    /// If it ends in `%` and is not a percentage.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(share) = text.strip_suffix('%') {
            let share = decimal::read(share.trim()).filter(|p| *p <= 100.0);
            return share.map(Self::Percent).ok_or_else(|| Error::new(Code::NoStep, format!("`{text}`: a share goes from 0% to 100%")));
        }
        Ok(text.parse().map_or_else(|_| Self::Label(text.to_owned()), Self::Step))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_step_a_share_has_its_sign_and_the_rest_is_a_label() {
        assert_eq!(Target::read("27").unwrap(), Target::Step(27));
        assert_eq!(Target::read(" 12.5 % ").unwrap(), Target::Percent(12.5));
        assert_eq!(Target::read("swapped").unwrap(), Target::Label("swapped".into()));
        assert_eq!(Target::read("101%").unwrap_err().code, Code::NoStep);
        assert_eq!(Target::read("x%").unwrap_err().code, Code::NoStep);
    }
}
