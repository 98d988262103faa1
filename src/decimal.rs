//! Decimal numbers as people write them: `70`, `1.1`, `0.25`.

/// Reads digits with or without a point among them; `None` for anything else, such as a sign, an exponent or `inf`.
#[must_use]
pub fn read(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.starts_with(|c: char| c.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_number_is_none() {
        for text in ["", ".", ".5", "-1", "+1", "1e3", "inf", "nan", "1.2.3", "1 ", "0x1"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!([read("70"), read("1.1"), read("3.")], [Some(70.0), Some(1.1), Some(3.0)]);
    }
}
