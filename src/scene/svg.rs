//! Scenes as SVG text: a drawing of its own in light and dark, for players, posters, exports and paper.

mod style;

pub use style::{style, theme};

use super::look::Look;
use super::node::{Attributes, Label, Node, Place, Shape, Words};
use super::shapes::{count, n, path, text};
use super::widths::TEXT;
use super::{Form, Scene, Subject};
use std::fmt::Write;

const HEADING: f64 = 26.0;
/// From one line of a caption to the next.
const LINE: f64 = 18.0;

/// One stage of a drawing.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'p> {
    /// What stands over it; may be empty.
    pub heading: &'p str,
    /// What it shows. Two stages have the same rows and columns: each is laid out beside the other.
    pub subject: Subject<'p>,
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
    /// How much room each stage has.
    pub form: Form,
    /// Two stages one below the other, not side by side.
    pub stacked: bool,
    /// Carries [`style`] inside. Without it, a page brings the style sheet itself.
    pub styled: bool,
}

/// Draws a subject under `title`, with the style sheet inside.
#[must_use]
pub fn draw(subject: Subject<'_>, title: &str, form: Form) -> String {
    let stages = vec![Stage { heading: "", subject }];
    Drawing { title, caption: "", stages, form, stacked: false, styled: true }.svg()
}

/// Text as XML has it.
fn escape(text: &str) -> String {
    // Control characters are not allowed in XML in any form.
    let kept: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Hatches, lines and dots: what [`super::Pattern`] names, each called `prefix` and its word.
#[must_use]
pub fn patterns(prefix: &str) -> String {
    let pattern = |word: &str, size: u8, turn: &str, inside: &str| {
        format!(r#"<pattern id="{prefix}{word}" width="{size}" height="{size}" patternUnits="userSpaceOnUse"{turn}>{inside}</pattern>"#)
    };
    let turn = r#" patternTransform="rotate(-45)""#;
    let ground = r#"<rect class="hatch-ground" width="6" height="6" fill="white"/>"#;
    let rows = r#"<rect class="rows-ground" width="5" height="5" fill="white"/><path class="rows-line" d="M0 2.5h5" stroke="gray"/>"#;
    [
        pattern("stale", 6, turn, &format!(r#"{ground}<path class="hatch-line" d="M0 1h6" stroke="black"/>"#)),
        pattern("lost", 6, turn, &format!(r#"{ground}<path class="hatch-line" d="M0 1h6M1 0v6" stroke="black"/>"#)),
        pattern("rows", 5, "", rows),
        pattern("dots", 5, "", r#"<circle class="dot-ink" cx="1.5" cy="1.5" r=".8"/>"#),
    ]
    .concat()
}

fn open(out: &mut String, tag: &str, attributes: &Attributes) {
    // A String takes whatever is written; here and below.
    let _ = write!(out, "<{tag}");
    for (name, value) in attributes {
        let _ = write!(out, " {name}=\"{}\"", escape(value));
    }
}

fn words(words: &Words) -> String {
    match words {
        Words::Plain(text) => escape(text),
        Words::Two([(first, one), (second, two)], apart) => format!(
            "<tspan class=\"{}\">{}</tspan><tspan class=\"{}\" dx=\"{apart}\">{}</tspan>",
            Look::class(first),
            escape(one),
            Look::class(second),
            escape(two)
        ),
    }
}

/// Fill and line of a shape in black and white, for readers who know no style sheet or no variables in one: editors of drawings.
fn plain(shape: &Shape) -> Attributes {
    let is = |looks: &[Look]| shape.looks.iter().any(|look| looks.contains(look));
    let (fill, stroke) = match shape.place {
        _ if shape.pattern.is_some() => (None, None),
        Place::Text { .. } => (is(&[Look::OnBadge, Look::OnPlate, Look::Sign]).then_some("#fff"), None),
        Place::Rect(..) if is(&[Look::Badge, Look::Plate, Look::LockBody]) => (None, None),
        Place::Rect(..) if is(&[Look::Outlined]) => (Some("none"), Some("#000")),
        Place::Rect(..) => (Some("#fff"), Some("#777")),
        Place::Path { .. } if is(&[Look::Halo]) => (Some("none"), Some("#fff")),
        Place::Path { .. } if is(&[Look::CardHead]) => (Some("#eee"), None),
        Place::Path { .. } if is(&[Look::Badge, Look::Corner, Look::Mini]) => (None, None),
        Place::Path { .. } => (Some("none"), Some("#444")),
        Place::Circle(..) => (None, None),
    };
    fill.map(|fill| ("fill", fill))
        .into_iter()
        .chain(stroke.map(|stroke| ("stroke", stroke)))
        .map(|(name, ink)| (name, ink.to_owned()))
        .collect()
}

/// Writes nodes as elements; patterns are called `prefix` and their word.
fn write(out: &mut String, nodes: &[Node], prefix: &str) {
    for node in nodes {
        match node {
            Node::Group(group) => {
                // Of what a page can be asked, the key is enough here; a label is a tooltip.
                let class = Some(("class", Look::class(&group.looks))).filter(|_| !group.looks.is_empty());
                open(out, "g", &[("data-key", group.key())].into_iter().chain(class).collect());
                out.push_str(">\n");
                if let Some(Label::Image(label)) = &group.label {
                    let _ = writeln!(out, "<title>{}</title>", escape(label));
                }
                write(out, &group.parts, prefix);
                out.push_str("</g>\n");
            }
            Node::Shape(shape) => {
                open(out, shape.tag(), &[shape.attributes(prefix), plain(shape)].concat());
                match shape.words() {
                    Some(said) => drop(writeln!(out, ">{}</text>", words(said))),
                    None => out.push_str("/>\n"),
                }
            }
        }
    }
}

/// What tells the patterns of one drawing of a document from those of another: FNV-1a of its title.
fn prefix(title: &str) -> String {
    let hash = title.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("dmlab-{hash:x}-")
}

impl Drawing<'_> {
    /// The scenes of its stages.
    #[must_use]
    pub fn scenes(&self) -> Vec<Scene> {
        let beside = |n: usize| self.stages.iter().enumerate().find(|(i, _)| *i != n).map(|(_, stage)| stage.subject.picture);
        let stages = self.stages.iter().enumerate();
        stages.map(|(n, stage)| Scene::new(&Subject { beside: stage.subject.beside.or(beside(n)), ..stage.subject }, self.form)).collect()
    }

    /// The SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let (each, margin) = (self.form.width(), self.form.margin());
        let prefix = prefix(self.title);
        let (mut body, mut x, mut y, mut width, mut height) = (String::new(), 0.0, 0.0, each, 0.0_f64);
        for (nth, (part, scene)) in self.stages.iter().zip(self.scenes()).enumerate() {
            let top = if part.heading.is_empty() { 0.0 } else { HEADING };
            let end = scene.size.1 + top;
            if nth > 0 {
                let rule = if self.stacked { format!("M0 {}h{}", n(y), n(each)) } else { format!("M{} 0v{}", n(x), n(end)) };
                write(&mut body, &[path([Look::Link], rule).into()], "");
            }
            let class = scene.form.class().replace("picture", "drawing");
            let sharing = if scene.sharing { "on" } else { "off" };
            let _ = writeln!(body, r#"<g class="{class}" data-run="{sharing}" transform="translate({} {})">"#, n(x), n(y + top));
            let heading = text(margin, 20.0 - HEADING, [Look::Strong], part.heading);
            write(&mut body, &[heading.into()][..usize::from(top > 0.0)], "");
            write(&mut body, &scene.parts, &prefix);
            body.push_str("</g>\n");
            width = x + each;
            height = height.max(y + end);
            if self.stacked { y += end } else { x += each }
        }
        let lines = wrapped(self.caption, width - 2.0 * margin);
        let caption = lines.iter().enumerate();
        let caption: Vec<Node> = caption.map(|(nth, line)| text(margin, height + 14.0 + LINE * count(nth), [], line).into()).collect();
        height += if lines.is_empty() { 6.0 } else { 12.0 + LINE * count(lines.len()) };
        let _ = writeln!(body, "<g class=\"drawing\">");
        write(&mut body, &caption, "");
        body.push_str("</g>\n");
        let description: String = self.stages.iter().map(|s| s.subject.picture.to_string()).collect::<Vec<_>>().join("\n");
        let style = if self.styled { format!("<style>{}</style>\n", style()) } else { String::new() };
        let (width, height) = (n(width), n(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dmlab\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<desc>{desc}</desc>\n{style}<defs>{defs}</defs>\n\
             <rect class=\"ground\" width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n{body}</svg>\n",
            title = escape(self.title),
            desc = escape(description.trim_end()),
            defs = patterns(&prefix),
        )
    }
}

/// The words of a sentence in lines that fit.
fn wrapped(text: &str, room: f64) -> Vec<String> {
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
