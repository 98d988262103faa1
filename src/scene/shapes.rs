//! Small shapes that many parts use.

use super::look::Look;
use super::node::{Group, Place, Role, Shape, Words};

/// A badge with the letter of a table or an object.
#[must_use]
pub fn badge(x: f64, y: f64, letter: &str) -> Group {
    Group::new(Role::Badge, letter).look([Look::hue(letter)]).with(rect([Look::Badge], (x, y, 20.0, 20.0), 4.0)).with(text(
        x + 10.0,
        y + 14.5,
        [Look::OnBadge],
        letter,
    ))
}

/// A number as SVG has it, rounded to half a pixel.
#[must_use]
pub fn n(value: f64) -> String {
    hundredths((value * 2.0).round() / 2.0)
}

/// A number as SVG has it, rounded to a hundredth. Integers write it: the standard library's way, exact for every number, would
/// be five kilobytes of the page.
#[must_use]
pub fn hundredths(value: f64) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "places in a picture")]
    let value = (value * 100.0).round() as i64;
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let (whole, part) = (value / 100, value % 100);
    match part {
        0 => format!("{sign}{whole}"),
        _ if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        _ => format!("{sign}{whole}.{part:02}"),
    }
}

/// A handful as a number of units.
#[allow(clippy::cast_precision_loss, reason = "a few thousand at most")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

/// A rectangle with round corners: left, top, width, height.
pub(super) fn rect(looks: impl IntoIterator<Item = Look>, (x, y, width, height): (f64, f64, f64, f64), radius: f64) -> Shape {
    Shape::new(Place::Rect(x, y, width, height, radius), looks)
}

/// A path.
pub(super) fn path(looks: impl IntoIterator<Item = Look>, d: impl Into<String>) -> Shape {
    Shape::new(Place::Path { d: d.into(), whole: false }, looks)
}

/// Text at a place.
pub(super) fn text(x: f64, y: f64, looks: impl IntoIterator<Item = Look>, text: impl Into<String>) -> Shape {
    Shape::new(Place::Text { x, y, squeezed: None, words: Words::Plain(text.into()) }, looks)
}

/// Text of two pieces, the second so many units behind the first.
pub(super) fn two(x: f64, y: f64, first: (&[Look], &str), second: (&[Look], &str), apart: u8) -> Shape {
    let piece = |(looks, text): (&[Look], &str)| (looks.to_vec(), text.to_owned());
    Shape::new(Place::Text { x, y, squeezed: None, words: Words::Two([piece(first), piece(second)], apart) }, [])
}

/// A number in the middle of so many units, at 11 px: its digits move together where they would not fit.
pub(super) fn number(middle: f64, y: f64, room: f64, looks: impl IntoIterator<Item = Look>, number: u64) -> Shape {
    /// Width of a digit.
    const DIGIT: f64 = 6.7;
    let digits = number.to_string();
    let squeezed = (count(digits.len()) * DIGIT > room).then_some(room);
    Shape::new(Place::Text { x: middle, y, squeezed, words: Words::Plain(digits) }, looks)
}

/// An arrow head at the end of a vertical line.
#[must_use]
pub fn head(x: f64, y: f64, down: bool) -> String {
    let dy = if down { -6.0 } else { 6.0 };
    format!("M{} {}L{} {}L{} {}z", n(x - 3.0), n(y + dy), n(x), n(y), n(x + 3.0), n(y + dy))
}

/// Numbers with blanks between them.
pub(super) fn listed(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}
