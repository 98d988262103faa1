//! The style sheet of a drawing, made from the page's own: `www/picture.css` with the colours of `www/colours.css`.

use std::fmt::Write;

const RULES: &str = include_str!("../../../www/picture.css");
const COLOURS: &str = include_str!("../../../www/colours.css");
const LIGHT: &str = ":root[data-theme=\"light\"]";
const DARK: &str = ":root[data-theme=\"dark\"]";
const FONTS: &str = "--ui:var(--dmlab-font,system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif);\
    --mono:var(--dmlab-mono,ui-monospace,\"JetBrains Mono\",\"SF Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace);";

/// Names and values of a theme's colours.
fn colours(selector: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let body = COLOURS.split_once(selector).and_then(|(_, rest)| rest.split_once('{')?.1.split_once('}')).map_or("", |(body, _)| body);
    let pairs = body.split(';').filter_map(|line| line.split_once(':'));
    pairs.filter_map(|(name, value)| Some((name.trim().strip_prefix("--")?, value.trim())))
}

/// The rule that gives the drawings which `selector` finds the light or the dark colours.
#[must_use]
pub fn theme(selector: &str, dark: bool) -> String {
    let mut out = format!("{selector}{{");
    for (name, colour) in colours(if dark { DARK } else { LIGHT }) {
        // Writing to a String cannot fail, here and below.
        let _ = write!(out, "--{name}:var(--dmlab-{name},{colour});");
    }
    out.push('}');
    out
}

/// The style sheet of every drawing. It follows the reader's light or dark preference; a class `dmlab-light` or `dmlab-dark`
/// on the drawing or around it decides instead, and a page's own `--dmlab-ink`, `--dmlab-a` and so on replace single colours.
#[must_use]
pub fn style() -> String {
    let mut out = format!(".dmlab{{{FONTS}}}");
    out.push_str(&theme(".dmlab", false));
    let _ = write!(out, "@media (prefers-color-scheme:dark){{{}}}", theme(".dmlab", true));
    out.push_str(&theme(".dmlab.dmlab-light,.dmlab-light .dmlab", false));
    out.push_str(&theme(".dmlab.dmlab-dark,.dmlab-dark .dmlab", true));
    out.push_str(".dmlab .ground{fill:var(--bg)}");
    scoped(RULES, &mut out);
    out
}

/// Rules of the page as rules of a drawing: each finds what is inside of one.
fn scoped(rules: &str, out: &mut String) {
    let mut rest = without_comments(rules);
    while let Some((head, body)) = rest.split_once('{') {
        let head = head.trim();
        if head.starts_with('@') {
            // The rules in it end where two braces close.
            let (inner, after) = body.split_once("\n}").unwrap_or((body, ""));
            let _ = write!(out, "{head}{{");
            scoped(inner, out);
            out.push('}');
            rest = after.to_owned();
            continue;
        }
        let (declarations, after) = body.split_once('}').unwrap_or((body, ""));
        let selectors = head.split(',').map(|selector| match selector.trim().strip_prefix(".picture") {
            Some(behind) => format!(".dmlab .drawing{behind}"),
            None => format!(".dmlab {}", selector.trim()),
        });
        let declarations =
            declarations.split(';').filter_map(|d| d.split_once(':')).map(|(name, value)| format!("{}:{}", name.trim(), value.trim()));
        let _ = write!(out, "{}{{{}}}", selectors.collect::<Vec<_>>().join(","), declarations.collect::<Vec<_>>().join(";"));
        rest = after.to_owned();
    }
}

fn without_comments(css: &str) -> String {
    css.split("/*").enumerate().map(|(n, part)| if n == 0 { part } else { part.split_once("*/").map_or("", |(_, after)| after) }).collect()
}
