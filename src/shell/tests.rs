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
fn awk_prints_fields_and_is_no_language() {
    let status = "c: 0 262144 cache 8 7/1024 128 4/256 0 0 0 0 0 4 4 1 writeback";
    let awk = |program: &str| sh(&format!("echo '{status}' | awk '{program}'"));
    assert_eq!(awk("{print $14}").stdout, "4\n");
    assert_eq!(awk("{ print $1, $NF; }").stdout, "c: writeback\n");
    assert_eq!(awk("{print $99}").stdout, "\n");
    assert_eq!(awk("{print}").stdout, format!("{status}\n"));
    assert_eq!(sh("printf 'a b\\n\\n  c\\td\\n' | awk '{print $2}'").stdout, "b\n\nd\n");
    for program in ["{print $1+1}", "/x/ {print $1}", "{print $1 $2}", "BEGIN{print 1}", "{system(\"x\")}", "{printf $1}", "{print $-1}"] {
        assert_eq!((awk(program).rc, awk(program).stdout.as_str()), (2, ""), "{program}");
    }
    assert!(sh("cat /dev/zero | awk '{print $1}'").hang.is_some());
}

#[test]
fn who_pulls_the_trigger_is_told_what_cuts_the_power() {
    let out = sh("echo b > /proc/sysrq-trigger");
    assert!(out.rc == 2 && out.stderr.contains("`power-cut`"), "{}", out.stderr);
}

/// As 0.9.0 printed over files: a pipe or a device is no file to it.
#[test]
fn cache_restore_reads_regular_files_alone() {
    let mut world = World::new(Kernel::V6_1, true);
    world.add_disk("meta", 8192);
    for input in ["/dev/stdin", "/dev/meta", "/dev/null"] {
        let out = type_in(&mut world, &format!("echo '<superblock/>' | cache_restore -i {input} -o /dev/meta"));
        assert_eq!((out.rc, out.stderr.as_str()), (1, "Not a regular file\n"), "{input}");
    }
    assert_eq!(type_in(&mut world, "cache_restore -i /tmp/meta.xml -o /dev/meta").stderr, "Couldn't stat file\n");
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
