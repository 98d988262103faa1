//! Small shapes that many parts use.

use yew::prelude::*;

/// A badge with a letter; `hue` counts the letters from a.
pub(in crate::app) fn badge(x: f64, y: f64, letter: &str) -> Html {
    html! {
        <g class={hue(letter)}>
            <rect class="badge" x={n(x)} y={n(y)} width="20" height="20" rx="4" />
            <text class="on-badge" x={n(x + 10.0)} y={n(y + 14.5)}>{ letter.to_owned() }</text>
        </g>
    }
}

/// The colour of whoever has this letter: first, second, any other.
pub(in crate::app) fn hue(letter: &str) -> &'static str {
    match letter.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b'a') => "hue-0",
        Some(b'b') => "hue-1",
        _ => "hue-2",
    }
}

/// A number as SVG has it, rounded to half a pixel.
pub(in crate::app) fn n(value: f64) -> String {
    hundredths((value * 2.0).round() / 2.0)
}

/// A number as SVG has it, rounded to a hundredth. Integers write it: the standard library's way, exact for every number, would
/// be five kilobytes of the page.
pub(in crate::app) fn hundredths(value: f64) -> String {
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

/// Text at a place.
pub(super) fn text(x: f64, y: f64, class: &'static str, text: impl Into<String>) -> Html {
    html! { <text {class} x={n(x)} y={n(y)}>{ text.into() }</text> }
}

/// A number in the middle of so many units, at 11 px: its digits move together where they would not fit.
pub(super) fn number(middle: f64, y: f64, room: f64, class: &'static str, number: u64) -> Html {
    /// Width of a digit.
    const DIGIT: f64 = 6.7;
    let digits = number.to_string();
    #[allow(clippy::cast_precision_loss, reason = "at most twenty")]
    let narrower = (digits.len() as f64 * DIGIT > room).then(|| n(room));
    let adjust = narrower.as_ref().map(|_| "spacingAndGlyphs");
    html! { <text {class} x={n(middle)} y={n(y)} textLength={narrower} lengthAdjust={adjust}>{ digits }</text> }
}

/// An arrow head at the end of a vertical line.
pub(in crate::app) fn head(x: f64, y: f64, down: bool) -> String {
    let dy = if down { -6.0 } else { 6.0 };
    format!("M{} {}L{} {}L{} {}z", n(x - 3.0), n(y + dy), n(x), n(y), n(x + 3.0), n(y + dy))
}

/// Hatches and dots: the third channel of a tile. They are the page's, not a picture's: legend and help show them before there is one.
pub(in crate::app) fn patterns() -> Html {
    html! {
        <svg class="patterns" aria-hidden="true"><defs>
            <pattern id="stale" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
                <rect class="hatch-ground" width="6" height="6" /><path class="hatch-line" d="M0 1h6" />
            </pattern>
            <pattern id="lost" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
                <rect class="hatch-ground" width="6" height="6" /><path class="hatch-line" d="M0 1h6M1 0v6" />
            </pattern>
            <pattern id="rows" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="rows-ground" width="5" height="5" /><path class="rows-line" d="M0 2.5h5" /></pattern>
            <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle class="dot-ink" cx="1.5" cy="1.5" r=".8" /></pattern>
        </defs></svg>
    }
}
