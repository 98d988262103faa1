//! How wide a text is at most: advance widths of the widest common fallback fonts, DejaVu Sans and DejaVu Sans Mono.

/// Thousandths of an em, for the characters from blank to tilde.
const REGULAR: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337,
    337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732,
    684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635,
    635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];
const BOLD: [u16; 95] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400,
    400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812,
    774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687,
    716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];
const MONO: i32 = 602;
/// Anything else.
const OTHER: i32 = 1000;

/// A typeface, size and weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) size: i32,
    pub(super) bold: bool,
    pub(super) mono: bool,
}

/// Text without any look, and each of the looks that change its width.
pub(super) const TEXT: Type = Type { size: 12, bold: false, mono: false };
pub(super) const SMALL: Type = Type { size: 11, bold: false, mono: false };
pub(super) const STRONG: Type = Type { size: 12, bold: true, mono: false };
pub(super) const MONO_STRONG: Type = Type { size: 12, bold: true, mono: true };

impl Type {
    const fn advance(self, c: char) -> i32 {
        if self.mono {
            return MONO;
        }
        let code = c as u32;
        if code < 32 || code > 126 {
            return OTHER;
        }
        let at = (code - 32) as usize;
        if self.bold { BOLD[at] as i32 } else { REGULAR[at] as i32 }
    }

    /// Width in units of the drawing, rounded up.
    #[allow(clippy::cast_precision_loss, reason = "a line of text")]
    pub(super) fn width(self, text: &str) -> f64 {
        ((text.chars().map(|c| self.exactly(c)).sum::<i64>() + 999) / 1000) as f64
    }

    /// Width of a character in thousandths of a unit.
    fn exactly(self, c: char) -> i64 {
        i64::from(self.advance(c)) * i64::from(self.size)
    }

    /// The text, or as much of it as fits into `room` with an ellipsis behind it.
    #[allow(clippy::cast_possible_truncation, reason = "a width")]
    pub(super) fn fit(self, text: &str, room: f64) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        // Up to the last character, no blank, behind which the ellipsis fits.
        let mut left = (room * 1000.0) as i64 - self.exactly('…');
        if left < 0 {
            return String::new();
        }
        let mut end = 0;
        for (at, c) in text.char_indices() {
            left -= self.exactly(c);
            if left < 0 {
                break;
            }
            if !c.is_whitespace() {
                end = at + c.len_utf8();
            }
        }
        format!("{}…", text.get(..end).unwrap_or(""))
    }

    /// The first of the texts that fits, else as much of the last one as does.
    pub(super) fn first_that_fits(self, texts: &[String], room: f64) -> String {
        let fitting = texts.iter().find(|text| self.width(text) <= room);
        fitting.cloned().unwrap_or_else(|| self.fit(texts.last().map_or("", String::as_str), room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest beginning that fits with its ellipsis, found by taking one character after the other away.
    fn cut(class: Type, text: &str, room: f64) -> String {
        let beginnings = text.char_indices().rev().map(|(at, _)| format!("{}…", text.get(..at).unwrap_or("").trim_end()));
        beginnings.into_iter().find(|cut| class.width(cut) <= room).unwrap_or_default()
    }

    #[test]
    fn a_text_is_cut_where_its_ellipsis_still_fits() {
        for class in [Type { size: 12, bold: false, mono: false }, Type { size: 13, bold: true, mono: false }] {
            for text in ["abc def   ghi jkl", "  x", "é 漢字 \u{1f600}", "WWWWiiii....", "a"] {
                for room in (0..160).map(f64::from) {
                    let fitted = class.fit(text, room);
                    assert_eq!(
                        fitted,
                        if class.width(text) <= room { text.to_owned() } else { cut(class, text, room) },
                        "{text} in {room}"
                    );
                }
            }
            assert!(class.fit(&"q".repeat(1 << 20), 300.0).chars().count() < 60);
        }
    }
}
