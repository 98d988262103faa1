//! What people type or paste at a prompt, as statements of the script language.

use super::parse::is_statement;
use crate::shell;

/// Programs that stand behind root's prompt, which begins a remark as well. No verb does: what looks like one there is a word of a remark.
const PROGRAMS: [&str; 32] = [
    "dmsetup",
    "dd",
    "blkdiscard",
    "blockdev",
    "cache_check",
    "cache_dump",
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
    "pvcreate",
    "vgcreate",
    "vgchange",
    "lvcreate",
    "lvchange",
    "lvconvert",
    "lvremove",
    "lvextend",
    "lvreduce",
    "lvresize",
    "lvrename",
    "vgremove",
    "pvremove",
    "pvs",
    "vgs",
    "lvs",
];

/// What the page's prompt understands, group by group: a word, and how it goes on.
pub const HELP: &[(&str, &[(&str, &str)])] = &[
    (
        "Mapped devices",
        &[
            ("dmsetup create", "NAME --table 'START SECTORS TARGET …'"),
            ("dmsetup reload", "NAME --table '…': into the INACTIVE slot"),
            ("dmsetup suspend", "NAME"),
            ("dmsetup resume", "NAME: swaps the slots"),
            ("dmsetup clear", "NAME: empties the INACTIVE slot"),
            ("dmsetup remove", "NAME"),
            ("dmsetup message", "NAME 0 'migration_threshold 2048'"),
            ("dmsetup rename", "NAME NEW"),
        ],
    ),
    (
        "What they say",
        &[
            ("dmsetup status", "NAME"),
            ("dmsetup table", "NAME"),
            ("dmsetup info", "NAME"),
            ("dmsetup deps", "NAME"),
            ("dmsetup ls", ""),
            ("dmsetup help", "every verb and option"),
        ],
    ),
    (
        "LVM",
        &[
            ("pvcreate", "/dev/slow /dev/fast"),
            ("vgcreate", "vg /dev/slow /dev/fast"),
            ("lvcreate", "-n data -L 64m vg /dev/slow"),
            ("lvconvert", "-y --type cache --cachepool vg/POOL vg/data"),
            ("lvchange", "--cachemode writethrough vg/data"),
            ("lvextend", "-L +8m vg/data"),
            ("lvreduce", "-y -L -8m vg/data"),
            ("lvresize", "-L 64m vg/data"),
            ("lvrename", "vg data NEW"),
            ("lvremove", "-y vg/data"),
            ("vgchange", "-ay"),
            ("vgremove", "-y vg"),
            ("pvremove", "/dev/slow"),
            ("lvs", "-a"),
            ("vgs", ""),
            ("pvs", ""),
        ],
    ),
    (
        "Data and time",
        &[
            ("write", "NAME 0..3 A: blocks, and the byte they get"),
            ("read", "NAME 0..3"),
            ("discard", "NAME 0..3"),
            ("workload", "NAME zipf 1.1 ops 1000 blocks 0..1023"),
            ("settle", "until background work ends"),
            ("wait", "2s"),
        ],
    ),
    (
        "Mishaps",
        &[
            ("power-cut", ""),
            ("evict", "OBJECT BLOCK: drops a buffer"),
            ("fail", "DISK reads BLOCKS"),
            ("heal", "DISK"),
            ("resize", "DISK 8M"),
        ],
    ),
    (
        "Disks as files",
        &[
            ("cache_check", "/dev/meta"),
            ("cache_dump", "/dev/meta"),
            ("dd", "if=/dev/zero of=/dev/meta bs=4k count=1"),
            ("blkdiscard", "/dev/cache"),
            ("blockdev", "--getsz /dev/cache"),
        ],
    ),
    (
        "Shell",
        &[("ls", "/dev/mapper"), ("cat", ""), ("echo", ""), ("printf", ""), ("tr", ""), ("sleep", "1"), ("sync", ""), ("uname", "-r")],
    ),
    ("For a script", &[("expect", "lost c none"), ("label", "NAME: a mark on the track")]),
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
        Line::Bare(text) if !prompts || is_statement(text) => Some(text),
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
    if is_statement(command) { command.to_owned() } else { format!("$ {command}") }
}

/// A script with lines behind its end.
#[must_use]
pub fn behind(text: &str, lines: &[String]) -> String {
    format!("{}\n{}\n", text.trim_end(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::parse::KEYWORDS;
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
    fn what_the_help_names_is_understood() {
        let (mut verbs, mut programs) = (Vec::new(), Vec::new());
        for (word, goes_on) in HELP.iter().flat_map(|(_, words)| *words) {
            let name = first(word);
            assert!(is_statement(name) || PROGRAMS.contains(&name), "{word}");
            if is_statement(name) {
                verbs.push(name);
                let line = format!("{word} {}", goes_on.split(": ").next().unwrap_or_default());
                let known = crate::scenario::parse("t", &format!("# t\ndisk meta 4M\n{line}\n"));
                assert!(known.is_ok() || !known.is_err_and(|e| e.message.contains(name) && e.message.contains("unknown")), "{line}");
            } else {
                programs.push(name);
                let mut world = dm_cache_engine::world::World::new(dm_cache_engine::kernel::Kernel::default(), true);
                let said = crate::shell::type_in(&mut world, word).both;
                assert!(!said.contains("not found") && !said.contains("Unknown command"), "{word}: {said}");
            }
        }
        for program in PROGRAMS.iter().filter(|p| !["sh", "usleep"].contains(p)) {
            assert!(programs.contains(program), "{program} is in the help");
        }
        // What makes sense in a file alone is not.
        for verb in KEYWORDS.iter().filter(|word| is_statement(word) && !["$", "let", "ask", "parallel"].contains(word)) {
            assert!(verbs.contains(verb), "{verb} is in the help");
        }
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
