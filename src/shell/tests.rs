#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use dm_cache_engine::kernel::Kernel;

fn sh(line: &str) -> Output {
    type_in(&mut World::new(Kernel::V6_1, true), line)
}

#[test]
fn words_are_split_and_quoted_as_a_shell_does() {
    assert_eq!(split(r#"r dmsetup create c --table '0 8 linear /dev/d/x 0' "" a\ b"#).unwrap().len(), 8);
    assert_eq!(split(&quote("it's")).unwrap(), ["it's"]);
    assert!(split("'open").is_none());
}

#[test]
fn lists_loops_and_pipes_run() {
    assert_eq!(sh("echo a; false && echo b || echo c").stdout, "a\nc\n");
    assert_eq!(sh("for i in 1 2 3; do echo $i $((i*16)); done").stdout, "1 16\n2 32\n3 48\n");
    assert_eq!(sh("echo $((2*(3+(1)))) $(((7)))").stdout, "8 7\n");
    assert_eq!(sh("echo $((1").rc, 2);
    assert_eq!(sh(r"printf 'x\ny\n' | tr x z").stdout, "z\ny\n");
    assert_eq!(sh("echo hidden >/dev/null; echo seen").stdout, "seen\n");
}

#[test]
fn an_unknown_command_is_127() {
    let out = sh("frobnicate");
    assert_eq!((out.rc, out.stderr.as_str()), (127, "sh: 1: frobnicate: not found\n"));
}

#[test]
fn dmsetup_reads_its_command_line_like_getopt() {
    let out = sh("dmsetup message c 0 invalidate_cblocks -1");
    assert_eq!((out.rc, out.stderr.as_str()), (1, "dmsetup: invalid option -- '1'\nCouldn't process command line.\n"));
    assert_eq!(sh("dmsetup version").stdout, "Library version:   1.02.185 (2022-05-18)\nDriver version:    4.47.0\n");
}

#[test]
fn a_stream_without_end_is_a_hang_not_a_loop() {
    assert!(sh("cat /dev/zero").hang.is_some());
    assert!(sh("tr a b < /dev/zero | dd bs=1M").hang.is_some());
}

#[test]
fn output_goes_to_no_file_that_would_not_keep_it() {
    let out = sh("echo a > /tmp/a && echo b");
    assert_eq!((out.rc, out.stdout.as_str(), out.stderr.as_str()), (2, "", "sh: 1: cannot create /tmp/a: Read-only file system\n"));
    assert_eq!(sh("dmsetup frob 2>/tmp/errors").stderr, "sh: 1: cannot create /tmp/errors: Read-only file system\n");
}

#[test]
fn a_line_tells_its_plain_commands_and_the_names_it_gives_values_to() {
    let line = parse("for i in 1 2; do dmsetup create l --table '0 8 zero' >/dev/null 2>&1 || echo $i; done; n=3").unwrap();
    let all = line.plain_within();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].words.join(" "), "dmsetup create l --table 0 8 zero");
    assert_eq!(all[0].writes, ["/dev/null"]);
    assert_eq!(line.plain(), Err(NotPlain::Several));
    assert_eq!(parse("for i in 1 2; do n=3; done").unwrap().assigned(), ["i", "n"]);
    assert_eq!(parse("echo $((6*7)) | cat < /dev/zero").unwrap().plain().unwrap()[0].words, ["echo", "42"]);
    assert_eq!(parse("echo $i").unwrap().plain(), Err(NotPlain::Variable));
}
