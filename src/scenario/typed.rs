//! What people type or paste at a prompt, as statements of the script language.

use crate::shell;

/// Whether a word starts a statement of the language that the machine does, so that it is no command of a shell.
#[must_use]
pub fn is_verb(word: &str) -> bool {
    const VERBS: &[&str] =
        &["write", "read", "discard", "workload", "settle", "wait", "power-cut", "evict", "fail", "heal", "resize", "expect", "label"];
    VERBS.contains(&word)
}

/// Programs that stand behind root's prompt, which begins a remark as well. No verb does: what looks like one there is a word of a remark.
const PROGRAMS: [&str; 17] = [
    "dmsetup",
    "dd",
    "blkdiscard",
    "blockdev",
    "cache_check",
    "cache_dump",
    "cache_repair",
    "sh",
    "echo",
    "printf",
    "tr",
    "cat",
    "ls",
    "sleep",
    "usleep",
    "sync",
    "uname",
];

/// A line by what stands before it.
enum Line<'t> {
    /// Behind a prompt, `$ ` or root's `# `.
    Prompted(&'t str),
    Bare(&'t str),
    Remark,
}

fn line(text: &str) -> Line<'_> {
    let text = text.trim();
    if text.is_empty() || text == "$" || text == "#" {
        return Line::Remark;
    }
    if let Some(command) = text.strip_prefix("$ ").map(str::trim_start) {
        return if command.starts_with('#') { Line::Remark } else { Line::Prompted(command) };
    }
    let Some(said) = text.strip_prefix("# ").map(str::trim_start) else {
        return if text.starts_with('#') { Line::Remark } else { Line::Bare(text) };
    };
    if PROGRAMS.contains(&first(said)) && shell::parse(said).is_ok() { Line::Prompted(said) } else { Line::Remark }
}

/// The commands and verbs in what was typed, without prompts and remarks. Where prompts stand before some lines of several, those without
/// one are what the machine answered, but for verbs.
#[must_use]
pub fn commands(text: &str) -> Vec<&str> {
    let lines: Vec<Line<'_>> = text.lines().map(line).collect();
    let prompts = lines.iter().any(|l| matches!(l, Line::Prompted(_)));
    let kept = lines.into_iter().filter_map(|line| match line {
        Line::Prompted(command) => Some(command),
        Line::Bare(text) if !prompts || is_verb(first(text)) => Some(text),
        Line::Bare(_) | Line::Remark => None,
    });
    kept.collect()
}

fn first(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// A command as a line of a script.
#[must_use]
pub fn statement(command: &str) -> String {
    if is_verb(first(command)) { command.to_owned() } else { format!("$ {command}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_none_of_the_command() {
        for typed in ["dmsetup ls", "$ dmsetup ls", "# dmsetup ls", "  $   dmsetup ls  ", "$ dmsetup ls\n", "\n# dmsetup ls\r\n"] {
            assert_eq!(commands(typed), ["dmsetup ls"], "{typed:?}");
        }
        assert_eq!(statement("dmsetup ls"), "$ dmsetup ls");
        assert_eq!(commands("$ write c 0 A").into_iter().map(statement).collect::<Vec<_>>(), ["write c 0 A"]);
    }

    #[test]
    fn several_lines_are_several_commands() {
        assert_eq!(commands("dmsetup suspend c\ndmsetup resume c\nwrite c 0 A"), ["dmsetup suspend c", "dmsetup resume c", "write c 0 A"]);
    }

    #[test]
    fn remarks_and_answers_are_not_typed() {
        assert_eq!(commands("# suspend it first\ndmsetup suspend c"), ["dmsetup suspend c"]);
        assert_eq!(
            commands("$ dmsetup ls\nc\t(252:0)\n$ dmsetup info c\nName:  c\nwrite c 0 A"),
            ["dmsetup ls", "dmsetup info c", "write c 0 A"]
        );
    }

    #[test]
    fn a_line_that_is_only_a_remark_does_nothing() {
        for remark in [
            "# nothing but a remark\n#\n$\n\n",
            "# read the page first",
            "# write c 0, then look",
            "# settle",
            "$ # read it",
            "#echo",
            "## dmsetup ls",
            "# echo (as above)",
            "# dmsetup's table is next",
        ] {
            assert!(commands(remark).is_empty(), "{remark:?}: {:?}", commands(remark));
        }
    }
}
