//! Standard output and standard error of every subcommand: a terminal, a pipe, one that is full and one that nobody reads.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::cli::{Folder, HOSTILE, USES, assert_all, on_a_terminal, said};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::process::Stdio;

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

fn unread() -> Stdio {
    std::io::pipe().unwrap().1.into()
}

/// What would act on a terminal.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || "\u{202e}\u{2066}".contains(c)
}

#[test]
fn the_uses_are_those_of_all_subcommands() {
    assert_all(USES);
}

#[test]
fn nobody_reading_errors_changes_no_verdict() {
    let folder = Folder::new();
    for args in USES {
        let usual = folder.dmlab(args).output().unwrap();
        for stderr in [full(), unread()] {
            let out = folder.dmlab(args).stderr(stderr).output().unwrap();
            assert_eq!((out.status.code(), &out.stdout), (usual.status.code(), &usual.stdout), "{args:?}");
        }
        let closed = folder.shell("exec \"$@\" 2>&-", args).output().unwrap();
        assert_eq!(closed.status.code(), usual.status.code(), "{args:?}");
    }
}

#[test]
fn nobody_reading_on_is_no_error_and_changes_no_verdict() {
    let folder = Folder::new();
    for args in USES {
        let usual = folder.dmlab(args).output().unwrap();
        let out = folder.dmlab(args).stdout(unread()).output().unwrap();
        let closed = folder.shell("exec \"$@\" >&-", args).output().unwrap();
        assert_eq!(closed.status.code(), usual.status.code(), "{args:?}");
        assert_eq!(
            said(&out).replace(char::is_whitespace, ""),
            format!("{:?}{}", usual.status.code(), String::from_utf8_lossy(&usual.stderr)).replace(char::is_whitespace, ""),
            "{args:?}"
        );
    }
}

#[test]
fn what_could_not_be_printed_is_no_success() {
    let folder = Folder::new();
    for args in USES {
        let usual = folder.dmlab(args).output().unwrap();
        let out = folder.dmlab(args).stdout(full()).output().unwrap();
        if usual.stdout.is_empty() {
            assert_eq!(out.status.code(), usual.status.code(), "{args:?}");
        } else {
            let code = if usual.status.code() == Some(2) { 2 } else { 1 };
            assert_eq!(out.status.code(), Some(code), "{args:?}: {}", said(&out));
            assert!(said(&out).contains("cannot write: No space left on device"), "{args:?}: {}", said(&out));
        }
    }
}

#[test]
fn only_a_terminal_whose_user_wants_it_gets_styles() {
    let folder = Folder::new();
    let names: BTreeSet<&str> = USES.iter().map(|u| u[0]).filter(|u| !u.contains(['-', '\u{1b}'])).collect();
    for args in names.into_iter().map(|name| vec![name, "--help"]).chain([vec!["--help"], vec!["run", "-h"], vec!["help", "run"]]) {
        for unwanted in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CLICOLOR", "0"), ("NOTHING", "")] {
            let piped = folder.dmlab(&args).env(unwanted.0, unwanted.1).output().unwrap();
            assert!(!piped.stdout.is_empty() && !said(&piped).contains('\u{1b}'), "{args:?} {unwanted:?}");
            let (shown, _) = on_a_terminal(&folder, &args, &[unwanted]);
            assert_eq!(shown.contains('\u{1b}'), unwanted.0 == "NOTHING", "{args:?} {unwanted:?}: {shown:?}");
        }
    }
}

#[test]
fn nothing_of_a_script_an_image_or_a_name_acts_on_a_terminal() {
    let folder = Folder::new();
    let mut written_out = 0;
    for args in USES.iter().filter(|u| u[0] != "--help") {
        // Without a bar of progress, whose escapes are the program's own.
        let (shown, code) = on_a_terminal(&folder, args, &[("TERM", "dumb")]);
        let out = folder.dmlab(args).env("TERM", "dumb").output().unwrap();
        let piped = said(&out);
        assert_eq!(code, out.status.code(), "{args:?}");
        assert!(!shown.contains(acts), "{args:?}: {shown:?}");
        assert!(shown.contains("\\x1b") || !piped.contains('\u{1b}'), "{args:?}: {shown:?}");
        written_out += usize::from(piped.contains('\u{1b}'));
    }
    assert!(written_out >= 10, "{written_out}");
}

#[test]
fn a_pipe_gets_every_byte_as_it_is() {
    let folder = Folder::new();
    for args in [&["run", "script.dml"][..], &["explain", "script.dml"], &["fmt", "-"], &["export", "--text", "script.dml"]] {
        let script = std::fs::File::open(folder.path("script.dml")).unwrap();
        let out = folder.dmlab(args).stdin(script).output().unwrap();
        assert!(String::from_utf8_lossy(&out.stdout).contains(HOSTILE), "{args:?}: {}", said(&out));
    }
    let out = folder.dmlab(&["run", "--json", "plain.dml"]).output().unwrap();
    let (shown, _) = on_a_terminal(&folder, &["run", "--json", "plain.dml"], &[]);
    assert_eq!(shown.as_bytes(), out.stdout, "a terminal too gets text without control characters as it is");
}

#[test]
fn whatever_does_not_tell_it_otherwise_says_why_a_run_stopped() {
    let folder = Folder::new();
    let reads = "$ dd if=/dev/zero of=/dev/slow bs=1M count=400 oflag=direct conv=notrunc status=none\n".repeat(12);
    folder.put("long.dml", &format!("# t\ndisk slow 4G\n{reads}$ echo end\n"));
    for args in [
        &["run", "long.dml"][..],
        &["run", "-q", "long.dml"],
        &["run", "--json", "long.dml"],
        &["run", "--transcript", "long.dml"],
        &["explain", "long.dml"],
        &["export", "--text", "long.dml"],
        &["export", "--text", "--step", "0", "long.dml"],
        &["export", "--svg", "long.dml"],
        &["export", "--html", "--package", "package", "long.dml"],
    ] {
        let out = folder.dmlab(args).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{args:?}: {}", said(&out));
        assert!(said(&out).contains("stopped: more than "), "{args:?}: {}", said(&out));
        assert!(!String::from_utf8(out.stdout).unwrap().contains("$ echo end\nend\n"), "{args:?}: it went on");
    }
}
