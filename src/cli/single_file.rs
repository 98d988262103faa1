//! A scenario as one HTML file that needs nothing else: the element's scripts and the engine are inside, as text.
//!
//! Scripts find each other through an import map of data addresses: a module out of a data address cannot say `./other.js`,
//! so those names become bare ones. The file's policy lets it ask for nothing.

use crate::scenario::figure::{Figure, html};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use std::path::Path;

/// Where `cargo xtask package` puts the element.
pub(super) const PACKAGE: &str = "target/npm/dm-cache-lab";
const ENGINE: &str = "engine_bg.wasm";
/// Longest file of the element.
const PART_BYTES_MAX: usize = 64 << 20;
const NOTICES: &str = "THIRD-PARTY-NOTICES.txt";
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' data:; style-src 'unsafe-inline'; img-src data:";
const STYLE: &str = "html{color-scheme:light dark}body{margin:0 auto;max-width:860px;padding:24px 16px;font:15px/1.55 system-ui,sans-serif;\
    background:#fff;color:#12161c}@media(prefers-color-scheme:dark){body{background:#151920;color:#e9edf3}}h1{font-size:22px;margin:0 0 4px}\
    figure{margin:16px 0}svg.dmlab{width:100%;height:auto}pre{overflow:auto;white-space:pre-wrap}";
/// Starts the engine from the page itself, then the element.
const START: &str = "const text=document.getElementById('engine').textContent.trim();\
    const bytes=Uint8Array.from(atob(text),(c)=>c.charCodeAt(0));\
    const {load}=await import('dm-cache-lab/index.js');load(bytes).catch(()=>{});await import('dm-cache-lab/element.js');";

/// The element's scripts by name, with names that an import map can serve.
fn scripts(package: &Path) -> Result<Vec<(String, String)>, String> {
    let help =
        |text: String| format!("{text}\n`cargo xtask package` builds the element; --package names its folder where it is not {PACKAGE}");
    let reason = |e: &std::io::Error| help(format!("{}: {}", package.display(), super::reason(e)));
    let mut names: Vec<String> = std::fs::read_dir(package)
        .map_err(|e| reason(&e))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".js"))
        .collect();
    names.sort();
    if !names.iter().any(|name| name == "element.js") {
        return Err(reason(&std::io::Error::from(std::io::ErrorKind::NotFound)));
    }
    let read = |name: &String| {
        let bytes = part(package, name).map_err(help)?;
        String::from_utf8(bytes).map_err(|_| help(format!("{}: this is no text", package.join(name).display())))
    };
    names
        .iter()
        .map(|name| {
            let mut text = read(name)?;
            for other in &names {
                for quote in ['"', '\''] {
                    text = text.replace(&format!("{quote}./{other}{quote}"), &format!("{quote}dm-cache-lab/{other}{quote}"));
                }
            }
            Ok((name.clone(), text))
        })
        .collect()
}

/// A file of the element.
fn part(package: &Path, name: &str) -> Result<Vec<u8>, String> {
    super::files::read(&package.join(name), PART_BYTES_MAX)
}

/// The page. The script stands in it, library scenario or not, so that nothing has to be asked for.
pub(super) fn page(mut figure: Figure, package: &Path) -> Result<String, String> {
    figure.library = None;
    figure.attributes.retain(|(name, _)| name != "scenario");
    let scripts = scripts(package)?;
    let engine = part(package, ENGINE)?;
    let notices = part(package, NOTICES)?;
    let imports: serde_json::Map<String, serde_json::Value> = scripts
        .iter()
        .map(|(name, text)| (format!("dm-cache-lab/{name}"), format!("data:text/javascript;base64,{}", STANDARD.encode(text)).into()))
        .collect();
    let map = serde_json::json!({ "imports": imports });
    let title = html::escape(&figure.script.title);
    let shown = html::figure(&figure, true)?;
    let mut out = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <script type=\"importmap\">{map}</script>\n</head>\n<body>\n<main>\n<h1>{title}</h1>"
    );
    for line in &figure.script.intro {
        let _ = writeln!(out, "{}", html::escape(line));
    }
    let _ = writeln!(
        out,
        "{shown}\n<details>\n<summary>Licences of what is in this file</summary>\n<pre>{}</pre>\n</details>\n</main>\n<script type=\"text/plain\" id=\"engine\">{}</script>\n<script type=\"module\">{START}</script>\n</body>\n</html>",
        html::escape(&String::from_utf8_lossy(&notices)),
        STANDARD.encode(engine)
    );
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("dmlab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn the_file_carries_script_story_and_engine_and_asks_for_nothing() {
        let dir = package("single");
        std::fs::write(dir.join("element.js"), "import { h } from \"./dom.js\";").unwrap();
        std::fs::write(dir.join("dom.js"), "export const h = 1;").unwrap();
        std::fs::write(dir.join(ENGINE), b"\0asm").unwrap();
        std::fs::write(dir.join(NOTICES), "imbl 7: MPL-2.0 <source>\n").unwrap();
        let page = page(Figure::parse("scenario: reload-while-live\nsharing: off\n").unwrap(), &dir).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(page.contains("<dm-cache-lab sharing=\"off\">") && page.contains("dm-cache-lab 1\n# Reload while live"));
        assert!(page.contains(&STANDARD.encode(b"\0asm")));
        assert!(page.contains(&STANDARD.encode("import { h } from \"dm-cache-lab/dom.js\";")));
        assert!(page.contains("b sees 4 mappings"));
        assert!(page.contains("<pre>imbl 7: MPL-2.0 &lt;source&gt;\n</pre>"));
        assert!(!page.contains("src=") && !page.contains("href="));
    }

    #[test]
    fn a_folder_without_the_element_is_refused_with_what_to_do() {
        let figure = || Figure::parse("scenario: crash\n").unwrap();
        let dir = package("empty");
        let refused = page(figure(), &dir).unwrap_err();
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(refused.contains("cargo xtask package"), "{refused}");
        assert!(page(figure(), &dir).unwrap_err().contains("No such file"));
    }
}
