//! A picture as a drawing of its own: an SVG of the stage, 720 wide or a phone's 390, in light and dark, readable without any style sheet.
//!
//! From top to bottom: mapped devices with their slots, then each metadata device as one line of blocks with the metadata
//! objects over and under it, and beside them what each object sees and what reads return.

mod blocks;
mod devices;
mod measure;
mod narrow;
mod objects;
mod sheet;
mod sights;
mod style;
#[cfg(test)]
mod tests;
mod widths;

pub use style::{style, theme};

use super::picture::Picture;
use measure::{Measure, NARROW, WIDE};
use sheet::{SMALL, STRONG, Sheet, TEXT, escape};
use std::fmt::Write;
use style::{Ink, fill, stroke};

const HEADING: i32 = 26;

/// How wide a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// 720.
    #[default]
    Wide,
    /// 390, for phones: the mapping rails alone.
    Narrow,
}

impl Form {
    const fn measure(self) -> &'static Measure {
        match self {
            Self::Wide => &WIDE,
            Self::Narrow => &NARROW,
        }
    }
}

/// One stage of a drawing.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'p> {
    /// What stands over it; may be empty.
    pub heading: &'p str,
    /// What it shows.
    pub picture: &'p Picture,
}

/// What to draw, and how.
#[derive(Debug, Clone)]
pub struct Drawing<'p> {
    /// Its name, for those who do not see it.
    pub title: &'p str,
    /// A sentence below the stages; may be empty.
    pub caption: &'p str,
    /// One stage, or two to compare.
    pub stages: Vec<Stage<'p>>,
    /// How wide each stage is.
    pub form: Form,
    /// Two stages one below the other, not side by side.
    pub stacked: bool,
    /// Carries [`style`] inside. Without it, a page brings the style sheet itself.
    pub styled: bool,
}

/// Draws `picture` under `title`, with the style sheet inside.
#[must_use]
pub fn draw(picture: &Picture, title: &str, form: Form) -> String {
    let stages = vec![Stage { heading: "", picture }];
    Drawing { title, caption: "", stages, form, stacked: false, styled: true }.svg()
}

fn stage(picture: &Picture, form: Form) -> (Sheet, i32) {
    let mut sheet = Sheet::new(form.measure());
    let Measure { left, right, .. } = *sheet.measure;
    if picture.devices.is_empty() && picture.objects.is_empty() {
        sheet.text((left, 36), right - left, STRONG, Ink::Text, "No device is mapped.");
        sheet.text((left, 56), right - left, TEXT, Ink::Text2, "The disks are there, and no table uses them.");
        // What is to be said of the data of devices that are gone.
        let y = picture.data.iter().fold(72, |y, data| sights::reads(&mut sheet, data, (left, y), right - left));
        return (sheet, y + 8);
    }
    let (holders, mut y) = devices::rows(&mut sheet, picture, 14);
    let mut lanes = objects::Lanes::default();
    for device in &picture.metadata {
        let section = if form == Form::Narrow { narrow::section } else { objects::section };
        y = section(&mut sheet, picture, device, &holders, y - 6, &mut lanes);
    }
    y = objects::strays(&mut sheet, picture, &holders, y, &mut lanes);
    // Data whose metadata object is not drawn.
    let placed = |letter: &String| picture.metadata.iter().any(|m| m.objects.contains(letter));
    let drawn = |table: &String| picture.objects.iter().any(|o| placed(&o.letter) && o.holders.contains(table));
    for data in picture.data.iter().filter(|d| !drawn(&d.table)) {
        y = sights::reads(&mut sheet, data, (left, y), right - left);
    }
    (sheet, y)
}

impl Drawing<'_> {
    /// The SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let Measure { width: each, left, right, .. } = *self.form.measure();
        let (mut body, mut x, mut y, mut width, mut height) = (String::new(), 0, 0, each, 0);
        // Writing to a String cannot fail, here and below.
        for (n, part) in self.stages.iter().enumerate() {
            let (mut sheet, end) = stage(part.picture, self.form);
            let mut top = 0;
            if !part.heading.is_empty() {
                top = HEADING;
                sheet.text((left, 24 - HEADING), right - left, STRONG, Ink::Text, part.heading);
            }
            if n > 0 {
                let rule = if self.stacked { format!("M0 {y}h{each}") } else { format!("M{x} 0v{}", end + top) };
                let _ = writeln!(body, r#"<path d="{rule}" {}/>"#, stroke(Ink::Line2));
            }
            let _ = writeln!(body, r#"<g transform="translate({x} {})">{}</g>"#, y + top, sheet.body);
            width = x + each;
            height = height.max(y + top + end);
            if self.stacked { y += top + end } else { x += each }
        }
        let mut sheet = Sheet::default();
        for line in wrapped(self.caption, width - 2 * left) {
            sheet.text((left, height + 14), width - 2 * left, TEXT, Ink::Text, &line);
            height += 18;
        }
        height += if self.caption.is_empty() { 6 } else { 12 };
        let description: String = self.stages.iter().map(|s| s.picture.to_string()).collect::<Vec<_>>().join("\n");
        let style = if self.styled { format!("<style>{}</style>\n", style()) } else { String::new() };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dmlab\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{title}\" font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif\" \
             font-size=\"{size}\">\n<title>{title}</title>\n<desc>{desc}</desc>\n{style}<rect width=\"{width}\" height=\"{height}\" {ground}/>\n{body}{caption}</svg>\n",
            title = escape(self.title),
            desc = escape(description.trim_end()),
            size = SMALL.size,
            ground = fill(Ink::Bg),
            caption = sheet.body,
        )
    }
}

/// The words of a sentence in lines that fit.
fn wrapped(text: &str, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if TEXT.width(&format!("{line} {word}")) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
