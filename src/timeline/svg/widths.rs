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

    /// Width in pixels, rounded up.
    pub(super) fn width(self, text: &str) -> i32 {
        (text.chars().map(|c| self.advance(c)).sum::<i32>() * self.size + 999) / 1000
    }

    /// The text, or as much of it as fits into `room` with an ellipsis behind it.
    pub(super) fn fit(self, text: &str, room: i32) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let mut kept = text.to_owned();
        while kept.pop().is_some() {
            let cut = format!("{}…", kept.trim_end());
            if self.width(&cut) <= room {
                return cut;
            }
        }
        String::new()
    }
}
