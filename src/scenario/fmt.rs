//! One way to lay a script out: single spaces, one blank line at most, tasks indented by two.

use super::error::ScriptError;
use super::lex;
use super::parse::{self, parse, strip_comment};

fn comment(line: &str) -> String {
    let text = line.trim_start_matches('#').trim();
    if text.is_empty() { "#".into() } else { format!("# {text}") }
}

fn statement(line: &str) -> String {
    let (code, rest) = line.split_at(strip_comment(line).len());
    let Ok(words) = lex::words(code, 0) else { return line.to_owned() };
    let words: Vec<String> = words.iter().map(lex::Word::written).collect();
    let tail = rest.trim();
    if tail.is_empty() { words.join(" ") } else { format!("{}  {}", words.join(" "), comment(tail)) }
}

/// Lays `source` out. Fails, as [`parse()`] does, if it is no script; what it means is never changed.
pub fn format(name: &str, source: &str) -> Result<String, Box<ScriptError>> {
    parse(name, source)?;
    let mut out = String::new();
    let mut blank = true;
    let mut in_block = false;
    for line in source.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() {
            if !blank {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        blank = false;
        let ends = in_block && strip_comment(line).trim_end() == "end";
        if in_block && !ends {
            out.push_str("  ");
        }
        let starts = !in_block && line.split_whitespace().next() == Some("parallel");
        in_block = !ends && (in_block || starts);
        let inside = in_block && !starts;
        match (parse::task(line).filter(|_| inside), parse::command_of(line)) {
            _ if line.starts_with('#') => out.push_str(&comment(line)),
            (Some((name, command)), _) => out.push_str(&format!("{name}: $ {command}")),
            (None, Some(command)) => out.push_str(&format!("$ {}", command.trim_start())),
            (None, None) => out.push_str(&statement(line)),
        }
        out.push('\n');
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_laid_out_once_and_then_left_alone() {
        let source =
            "#   Title\n\n\n\ndisk   meta  4M   #   small\nparallel order   P\nP: $ dmsetup ls\n   end\nask  \"a  b\"   answer \"c\"\n\n";
        let once = format("t", source).unwrap();
        assert_eq!(once, "# Title\n\ndisk meta 4M  # small\nparallel order P\n  P: $ dmsetup ls\nend\nask \"a  b\" answer \"c\"\n");
        assert_eq!(format("t", &once).unwrap(), once);
    }

    #[test]
    fn the_layout_changes_no_meaning() {
        for entry in crate::scenario::library::ALL {
            let (before, after) = (entry.script().unwrap(), parse(entry.name, &format(entry.name, entry.source).unwrap()).unwrap());
            let actions = |s: &crate::scenario::Script| s.body.iter().map(|s| s.action.clone()).collect::<Vec<_>>();
            assert_eq!(actions(&before), actions(&after), "{}", entry.name);
        }
    }
}
