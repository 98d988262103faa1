//! What drawings are made of: text that fits its room, cards, badges, lines.

use super::measure::{Measure, WIDE};
use super::style::{Ink, both, fill, haloed, stroke};
use super::widths::Type;
use std::fmt::Write;

/// Small text.
pub(super) const SMALL: Type = Type { size: 11, bold: false, mono: false };
/// Small and bold.
pub(super) const LABEL: Type = Type { size: 11, bold: true, mono: false };
/// Text.
pub(super) const TEXT: Type = Type { size: 12, bold: false, mono: false };
/// Bold text.
pub(super) const STRONG: Type = Type { size: 12, bold: true, mono: false };
/// What a kernel or a shell prints.
pub(super) const MONO: Type = Type { size: 11, bold: false, mono: true };
/// The same in bold.
pub(super) const MONO_BOLD: Type = Type { size: 11, bold: true, mono: true };

/// Where a text stands, for tests: nothing may overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) baseline: i32,
    pub(super) size: i32,
}

/// Which end of a text stands at its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Markup under construction. Writing into a String cannot fail, so results of `write!` are not looked at here.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) body: String,
    pub(super) texts: Vec<Placed>,
    pub(super) measure: &'static Measure,
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new(&WIDE)
    }
}

/// Text as XML has it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Sheet {
    pub(super) const fn new(measure: &'static Measure) -> Self {
        Self { body: String::new(), texts: Vec::new(), measure }
    }

    fn put(&mut self, (x, y): (i32, i32), anchor: Anchor, room: i32, kind: Type, attributes: &str, text: &str) -> i32 {
        let text = kind.fit(text, room);
        let width = kind.width(&text);
        if text.is_empty() {
            return 0;
        }
        let (left, at) = match anchor {
            Anchor::Start => (x, ""),
            Anchor::Middle => (x - (width + 1) / 2, r#" text-anchor="middle""#),
            Anchor::End => (x - width, r#" text-anchor="end""#),
        };
        let mono = if kind.mono {
            r#" font-family="ui-monospace,'JetBrains Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace""#
        } else {
            ""
        };
        let bold = if kind.bold { r#" font-weight="600""# } else { "" };
        let size = if kind.size == 11 { String::new() } else { format!(r#" font-size="{}""#, kind.size) };
        let _ = writeln!(self.body, r#"<text x="{x}" y="{y}"{at}{mono}{size}{bold} {attributes}>{}</text>"#, escape(&text));
        self.texts.push(Placed { text, left, right: left + width, baseline: y, size: kind.size });
        width
    }

    /// Text that starts at `at`; gives its width.
    pub(super) fn text(&mut self, at: (i32, i32), room: i32, kind: Type, ink: Ink, text: &str) -> i32 {
        self.put(at, Anchor::Start, room, kind, &fill(ink), text)
    }

    /// Text in the middle of a box, or at the end of it.
    pub(super) fn aligned(&mut self, at: (i32, i32), anchor: Anchor, room: i32, kind: Type, ink: Ink, text: &str) {
        self.put(at, anchor, room, kind, &fill(ink), text);
    }

    /// Text that may stand on lines.
    pub(super) fn over_lines(&mut self, at: (i32, i32), room: i32, kind: Type, ink: Ink, text: &str) {
        self.put(at, Anchor::Start, room, kind, &haloed(ink), text);
    }

    /// Text that is crossed out; gives its width.
    pub(super) fn crossed_out(&mut self, at: (i32, i32), room: i32, kind: Type, ink: Ink, text: &str) -> i32 {
        let attributes = format!(r#"{} text-decoration="line-through""#, fill(ink));
        self.put(at, Anchor::Start, room, kind, &attributes, text)
    }

    /// A card or slot.
    pub(super) fn card(&mut self, (x, y, width, height): (i32, i32, i32, i32), radius: i32, attributes: &str) {
        let _ = writeln!(self.body, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" {attributes}/>"#);
    }

    /// A letter on a solid ground; gives its width.
    pub(super) fn badge(&mut self, (x, y): (i32, i32), letter: &str) -> i32 {
        let width = (STRONG.width(letter) + 8).max(20);
        self.card((x, y, width, 20), 4, &fill(Hue::of(letter).strong));
        self.aligned((x + width / 2, y + 14), Anchor::Middle, width, STRONG, Ink::Panel, letter);
        width
    }

    /// A line.
    pub(super) fn line(&mut self, path: &str, ink: Ink, width: &str, dashed: bool) {
        let dashes = if dashed { r#" stroke-dasharray="4 3""# } else { "" };
        let _ = writeln!(self.body, r#"<path d="{path}" {} stroke-width="{width}" stroke-linejoin="round"{dashes}/>"#, stroke(ink));
    }

    /// A line that stands out from those it crosses.
    pub(super) fn rail(&mut self, path: &str, ink: Ink, width: &str, dashed: bool) {
        self.line(path, Ink::Bg, "6", false);
        self.line(path, ink, width, dashed);
    }

    /// An arrow head with its point at `(x, y)`.
    pub(super) fn head(&mut self, (x, y): (i32, i32), towards: Towards, ink: Ink) {
        let d = match towards {
            Towards::Down => format!("M{} {}L{x} {y}L{} {}z", x - 4, y - 7, x + 4, y - 7),
            Towards::Up => format!("M{} {}L{x} {y}L{} {}z", x - 4, y + 7, x + 4, y + 7),
            Towards::Right => format!("M{} {}L{x} {y}L{} {}z", x - 7, y - 4, x - 7, y + 4),
        };
        let _ = writeln!(self.body, r#"<path d="{d}" {}/>"#, fill(ink));
    }

    /// A cross, 8 by 8, around a middle.
    pub(super) fn cross(&mut self, (x, y): (i32, i32)) {
        self.line(&format!("M{} {}l8 8m0 -8l-8 8", x - 4, y - 4), Ink::Bad, "2.2", false);
    }

    /// A solid corner, 9 by 9, with its upper left at `(x, y)`.
    pub(super) fn corner(&mut self, (x, y): (i32, i32)) {
        let _ = writeln!(self.body, r#"<path d="M{x} {y}h9v9z" {}/>"#, fill(Ink::Bad));
    }

    /// Two bars, 6 by 8, around a middle.
    pub(super) fn pause(&mut self, (x, y): (i32, i32)) {
        self.line(&format!("M{} {}v8m6 -8v8", x - 3, y - 4), Ink::Text2, "2.5", false);
    }

    /// A dotted ring, 8 by 8, around a middle.
    pub(super) fn ring(&mut self, (x, y): (i32, i32)) {
        let _ =
            writeln!(self.body, r#"<circle cx="{x}" cy="{y}" r="4" {} stroke-width="2" stroke-dasharray="1.6 1.54"/>"#, stroke(Ink::Text2));
    }

    /// A check mark, 9 by 7, around a middle.
    pub(super) fn check(&mut self, (x, y): (i32, i32)) {
        self.line(&format!("M{} {y}l3 4l6 -8", x - 4), Ink::Text, "1.8", false);
    }

    /// Opens a group with a title, which readers see as a tooltip.
    pub(super) fn open(&mut self, title: &str) {
        let _ = writeln!(self.body, "<g><title>{}</title>", escape(title));
    }

    /// Closes the group.
    pub(super) fn close(&mut self) {
        self.body.push_str("</g>\n");
    }

    /// A card in somebody's colours.
    pub(super) fn hued(&mut self, place: (i32, i32, i32, i32), radius: i32, hue: Hue, filled: bool, dashed: bool) {
        let inside = if filled { hue.tint } else { Ink::Panel };
        let dashes = if dashed { r#" stroke-dasharray="4 3""# } else { "" };
        self.card(place, radius, &format!(r#"{} stroke-width="1.5"{dashes}"#, both(inside, hue.strong)));
    }
}

/// Where an arrow points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Up,
    Down,
    Right,
}

/// The colours of whoever has a letter: first, second, any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hue {
    pub(super) strong: Ink,
    pub(super) tint: Ink,
}

impl Hue {
    pub(super) fn of(letter: &str) -> Self {
        match letter.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b'a') => Self { strong: Ink::A, tint: Ink::ATint },
            Some(b'b') => Self { strong: Ink::B, tint: Ink::BTint },
            _ => Self { strong: Ink::Text2, tint: Ink::Panel },
        }
    }
}
