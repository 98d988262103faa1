//! Colours. Every shape carries its light colour as an attribute, for readers without styles, and a class by which a
//! style sheet gives it the colours of the theme or of the page around it.

use std::fmt::Write;

/// A colour by its role.
#[allow(clippy::enum_variant_names, reason = "the tokens' own names")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Bg,
    Panel,
    Line2,
    Text,
    Text2,
    Text3,
    A,
    ATint,
    B,
    BTint,
    Bad,
    BadTint,
    Sb,
    Map,
    MapTint,
    Disc,
    DiscTint,
    Hint,
    HintTint,
    Dirty,
    DirtyTint,
    Sm,
    SmTint,
}

/// Name, light, dark; in the order of [`Ink`].
const COLOURS: [(&str, &str, &str); 23] = [
    ("bg", "#f5f6f8", "#0e1116"),
    ("panel", "#ffffff", "#151920"),
    ("line2", "#7f8896", "#6b7686"),
    ("ink", "#12161c", "#e9edf3"),
    ("ink2", "#3f4854", "#b9c1cd"),
    ("ink3", "#586170", "#929cab"),
    ("a", "#0a58a6", "#74b4f6"),
    ("a-tint", "#e1edfa", "#10253c"),
    ("b", "#875000", "#f2b44d"),
    ("b-tint", "#fcefd6", "#35270c"),
    ("bad", "#ad0a4c", "#ff86ac"),
    ("bad-tint", "#fce3eb", "#3d1123"),
    ("sb", "#343c48", "#d0d7e1"),
    ("map", "#6438b0", "#c4a9f8"),
    ("map-tint", "#ede6fa", "#281d43"),
    ("disc", "#0c666b", "#63cdd1"),
    ("disc-tint", "#dbf0f0", "#0d2e30"),
    ("hint", "#47640f", "#b6d46a"),
    ("hint-tint", "#e9f1d6", "#232e0f"),
    ("dirty", "#8a2f7b", "#efa0e0"),
    ("dirty-tint", "#f8e6f4", "#371431"),
    ("sm", "#6a5342", "#dabfa6"),
    ("sm-tint", "#f0e8e1", "#30261e"),
];

impl Ink {
    const fn entry(self) -> (&'static str, &'static str, &'static str) {
        COLOURS[self as usize]
    }
}

/// The attributes that fill a shape.
pub(super) fn fill(ink: Ink) -> String {
    let (name, light, _) = ink.entry();
    format!(r#"class="f-{name}" fill="{light}""#)
}

/// The attributes of a line of that colour.
pub(super) fn stroke(ink: Ink) -> String {
    let (name, light, _) = ink.entry();
    format!(r#"class="s-{name}" fill="none" stroke="{light}""#)
}

/// The attributes of a shape with a border.
pub(super) fn both(inside: Ink, border: Ink) -> String {
    let ((inside, fill, _), (border, stroke, _)) = (inside.entry(), border.entry());
    format!(r#"class="f-{inside} s-{border}" fill="{fill}" stroke="{stroke}""#)
}

/// The attributes of a text that stays readable over lines.
pub(super) fn haloed(ink: Ink) -> String {
    let ((name, light, _), (_, bg, _)) = (ink.entry(), Ink::Bg.entry());
    format!(r#"class="f-{name} s-bg" fill="{light}" stroke="{bg}" stroke-width="4" stroke-linejoin="round" paint-order="stroke""#)
}

/// The rule that gives the drawings which `selector` finds the light or the dark colours.
#[must_use]
pub fn theme(selector: &str, dark: bool) -> String {
    let mut out = format!("{selector}{{");
    for (name, light, dark_colour) in COLOURS {
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "--_{name}:var(--dmlab-{name},{});", if dark { dark_colour } else { light });
    }
    out.push('}');
    out
}

/// The style sheet of every drawing. It follows the reader's light or dark preference; a class `dmlab-light` or `dmlab-dark`
/// on the drawing or around it decides instead, and a page's own `--dmlab-ink`, `--dmlab-a` and so on replace single colours.
#[must_use]
pub fn style() -> String {
    let mut out = theme(".dmlab", false);
    let _ = write!(out, "@media (prefers-color-scheme:dark){{{}}}", theme(".dmlab", true));
    out.push_str(&theme(".dmlab.dmlab-light,.dmlab-light .dmlab", false));
    out.push_str(&theme(".dmlab.dmlab-dark,.dmlab-dark .dmlab", true));
    for (name, ..) in COLOURS {
        let _ = write!(out, ".dmlab .f-{name}{{fill:var(--_{name})}}.dmlab .s-{name}{{stroke:var(--_{name})}}");
    }
    out.push_str(
        "@media (forced-colors:active){.dmlab rect{fill:Canvas;stroke:CanvasText}.dmlab path{stroke:CanvasText}.dmlab text{fill:CanvasText;stroke:none}}",
    );
    out
}
