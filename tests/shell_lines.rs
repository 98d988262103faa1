//! The shell of the commands: what it knows it does as dash does, and what it does not know it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_engine::kernel::Kernel;
use dm_cache_engine::world::World;
use dm_cache_lab::scenario::parse;
use dm_cache_lab::shell;
use proptest::prelude::*;

/// Made by `record.sh` beside it, with dash 0.5.12 and coreutils 9.1.
const DASH: &str = include_str!("recordings/shell/dash.txt");
const LINES: &str = include_str!("recordings/shell/lines.txt");

#[test]
fn each_line_prints_and_ends_as_in_dash() {
    let (mut dash, mut different) = (DASH, String::new());
    let mut lines = LINES.lines().peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().map_or(dash.len(), |next| dash.find(&format!("]\n$ {next}\n")).expect("it was recorded") + 2);
        let (recorded, rest) = dash.split_at(next);
        dash = rest;
        let out = shell::type_in(&mut World::new(Kernel::V6_1, true), line);
        let said = format!("$ {line}\n{}[rc={}]\n", out.both, out.rc);
        if said != recorded || out.hang.is_some() {
            different += &format!("here: {said}dash: {recorded}\n");
        }
    }
    assert_eq!(different, "");
}

/// Lines that would do something else on a real machine, and what is to be shown of them.
const FOREIGN: [(&str, &str); 51] = [
    ("echo $(reboot)", "$("),
    ("echo \"$(reboot)\"", "$("),
    ("echo `reboot`", "`"),
    ("echo \"`reboot`\"", "`"),
    ("echo $(( `reboot` ))", "$(( `reboot` ))"),
    ("echo $(( $(reboot) ))", "$(( $(reboot) ))"),
    ("echo $((reboot) )", "$((reboot) )"),
    ("echo $((reboot)+(reboot))", "$((reboot)+(reboot))"),
    ("echo $((a[1]))", "$((a[1]))"),
    ("echo $((1 << 4))", "$((1 << 4))"),
    ("echo $((x = 5))", "$((x = 5))"),
    ("echo a & reboot", "&"),
    ("echo a &&& reboot", "&"),
    ("echo a |& cat", "&"),
    ("echo a &>/tmp/a", "&"),
    ("(reboot)", "("),
    ("echo <(reboot)", "("),
    ("{ reboot; }", "{"),
    ("echo {a,b}", "{"),
    ("echo a >> /tmp/a", ">>"),
    ("echo a >| /tmp/a", ">|"),
    ("echo a <> /tmp/a", "<>"),
    ("cat << EOF", "<<"),
    ("echo a >&2", ">&"),
    ("echo a 2>&2", "2>&"),
    ("echo a 2>&11", "2>&1"),
    ("echo a 2>&1é", "2>&1"),
    ("echo a 2>> /tmp/a", "2>>"),
    ("echo 3>/tmp/a", ">"),
    ("cat 0</dev/null", "<"),
    ("echo *", "*"),
    ("ls /dev/vd?", "?"),
    ("cat ~/a", "~"),
    ("echo ${x:-`reboot`}", "${x:-`reboot`}"),
    ("echo ${#x}", "${#x}"),
    ("echo $'\\x60'", "$'"),
    ("echo $\"a\"", "$\""),
    ("echo $1", "$1"),
    ("echo $$", "$$"),
    ("true && if true; then reboot; fi", "if"),
    ("for i in 1; do eval reboot; done", "eval"),
    ("! true", "!"),
    ("echo a;; echo b", ";;"),
    ("true\nexec reboot", "exec"),
    ("echo $[1]", "$["),
    ("echo \"$['$(reboot)']\"", "$["),
    ("cat [a]", "["),
    ("x=~", "~"),
    ("x=1 PATH=0", "PATH=0"),
    ("IFS=0", "IFS=0"),
    ("a | while true; do reboot; done", "while"),
];

#[test]
fn what_the_shell_does_not_know_is_refused_where_it_stands() {
    for (line, shown) in FOREIGN {
        let fault = shell::parse(line).expect_err(line);
        let shell::FaultKind::Foreign(what) = fault.kind else { panic!("{line}: {fault:?}") };
        assert!(line[fault.at..].starts_with(shown), "{line}: {fault:?}");
        let out = shell::type_in(&mut World::new(Kernel::V6_1, true), line);
        assert_eq!((out.rc, out.stdout.as_str()), (2, ""), "{line}");
        assert_eq!(out.stderr, format!("sh: 1: this shell does not support {what}\n"), "{line}");
    }
}

#[test]
fn a_script_with_such_a_line_is_wrong_before_it_runs() {
    let error = parse("t.dml", "# T\ndisk slow 1M\n$ echo a $(reboot)\n").unwrap_err();
    assert_eq!((error.line, error.column), (3, 10));
    assert_eq!(error.message, "`$(`: this shell does not support command substitutions");
    let error = parse("t.dml", "# T\ndisk slow 1M\n$ x=1; echo $x &\n").unwrap_err();
    assert_eq!(error.message, "`&`: this shell does not support background commands");
    // With a name put in, the name's place in the line is not that of its value.
    let error = parse("t.dml", "# T\ndisk slow 1M\nlet MORE = ; reboot &\n$ echo a $MORE\n").unwrap_err();
    assert_eq!((error.line, error.column), (4, 3));
}

/// What no shell can read, where it is found, and what dash says of it: `each_line_prints_and_ends_as_in_dash` holds the words.
#[test]
fn what_cannot_be_read_is_wrong_before_it_runs() {
    for (line, at, said) in [
        ("echo a &&", 9, "end of file unexpected"),
        ("echo a | | cat", 9, "\"|\" unexpected"),
        ("; echo a", 0, "\";\" unexpected"),
        ("for i in 1; do echo $i", 22, "end of file unexpected (expecting \"done\")"),
        ("for 1 in a; do echo; done", 4, "Bad for loop variable"),
        ("done; echo a", 0, "\"done\" unexpected"),
        ("echo >", 6, "end of file unexpected"),
        ("echo $((1 +))", 5, "arithmetic expression: expecting primary: \"1 +\""),
    ] {
        let error = parse("t.dml", &format!("# T\ndisk slow 1M\n$ {line}\n")).unwrap_err();
        assert_eq!((error.line, error.column), (3, at + 3), "{line}");
        assert_eq!(error.message, format!("the shell cannot parse this: {said}"), "{line}");
    }
}

#[test]
fn what_shells_differ_in_is_refused() {
    for line in [
        r"echo 'a\nb'",
        "echo -e a",
        "echo -n -n a",
        r"printf '%b' a",
        r"printf 'a\c'",
        r"printf '\x41'",
        "printf '%q' a",
        r"echo a | tr '\e' b",
    ] {
        let out = shell::type_in(&mut World::new(Kernel::V6_1, true), line);
        assert!(out.rc != 0 && out.stdout.is_empty() && !out.stderr.is_empty(), "{line}: {out:?}");
    }
}

#[test]
fn what_is_quoted_stands_for_itself() {
    let out = shell::type_in(&mut World::new(Kernel::V6_1, true), r#"echo '$(a) `b` & * {c}' "d & (e) *" \$\(f\) \* \~ a!b g~ "#);
    assert_eq!(out.both, "$(a) `b` & * {c} d & (e) * $(f) * ~ a!b g~\n");
}

proptest! {
    /// `quote` is what makes a word one again, whatever is in it.
    #[test]
    fn a_quoted_word_is_read_back_as_it_was(word in "\\PC{0,40}") {
        let line = format!("echo {}", shell::quote(&word));
        prop_assert_eq!(shell::split(&line), Some(vec!["echo".to_owned(), word]));
    }
}
