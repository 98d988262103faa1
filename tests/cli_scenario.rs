//! `dmlab run`, `list`, `explain`, `export` and `fmt`, as a terminal sees them.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn dmlab(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dmlab"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_exit_code_tells_held_failed_and_wrong() {
    let code = |input: &str| dmlab(&["run", "-q", "-"], input).status.code();
    assert_eq!(code("# t\nexpect objects 0\n"), Some(0));
    assert_eq!(code("# t\nexpect objects 1\n"), Some(1));
    assert_eq!(code("# t\nexpct objects 0\n"), Some(2));
    assert_eq!(dmlab(&["run", "no-such-scenario"], "").status.code(), Some(2));
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() {
    let error = dmlab(&["run", "-"], "# t\nexpct objects 0\n");
    assert!(String::from_utf8_lossy(&error.stderr).contains("did you mean `expect`?"));
    let error = dmlab(&["run", "reload-while-life"], "");
    assert!(String::from_utf8_lossy(&error.stderr).contains("did you mean `reload-while-live`?"));
}

#[test]
fn json_has_the_picture_of_every_step() {
    let out = dmlab(&["run", "reload-while-live", "--sharing", "off", "--json"], "");
    assert_eq!(out.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let world = &json["worlds"][0];
    assert_eq!(world["sharing"], false);
    let last = world["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["picture"]["data"][0]["lost"], serde_json::json!([50, 51, 52, 53]));
    assert_eq!(world["statements"][0]["outcome"], "done");
}

#[test]
fn a_transcript_has_the_form_of_the_recordings() {
    let out = stdout(&dmlab(&["run", "reload-while-live", "--sharing", "on", "--transcript"], ""));
    assert!(out.contains("+ write c block=50 count=4 bs=64k byte=0102\n[rc=0]\n"), "{out}");
    assert!(out.contains("$ dmsetup suspend c\n[rc=0]\n"), "{out}");
}

#[test]
fn a_script_for_a_real_machine_holds_every_command() {
    let out = stdout(&dmlab(&["export", "reload-while-live", "--sh"], ""));
    for line in ["w c 50 4 102 64k", "r 'dmsetup suspend c'", "stat1 c", "wipe \"$META\" 4194304"] {
        assert!(out.lines().any(|l| l.contains(line)), "{line}:\n{out}");
    }
    let parsed = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().and_then(|mut sh| {
        sh.stdin.take().unwrap().write_all(out.as_bytes())?;
        sh.wait()
    });
    assert!(parsed.unwrap().success(), "sh can read it");
}

#[test]
fn what_no_real_machine_can_do_is_refused_with_its_line() {
    let refused = dmlab(&["export", "inactive-status", "--sh"], "");
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("`power-cut keep all` cannot be done on a real machine: it cuts the power"), "{text}");
}

#[test]
fn pictures_and_stories_are_written_at_a_step() {
    let svg = stdout(&dmlab(&["export", "reload-while-live", "--svg", "--sharing", "off"], ""));
    assert!(svg.starts_with("<svg") && svg.contains("LOST 50..53") && svg.contains(">read c 50..53<"), "{svg}");
    let text = stdout(&dmlab(&["export", "reload-while-live", "--text", "--step", "swapped", "--sharing", "off"], ""));
    assert!(text.contains("STALE 0"), "{text}");
    let story = stdout(&dmlab(&["explain", "reload-while-live"], ""));
    assert!(story.contains("from here on the two worlds differ"), "{story}");
}

#[test]
fn of_a_comparison_both_worlds_are_drawn_and_told() {
    let export = |args: &[&str]| stdout(&dmlab(&[&["export", "reload-while-live", "--sharing", "compare"], args].concat(), ""));
    let svg = export(&["--svg"]);
    for wanted in
        ["viewBox=\"0 0 1440 ", ">Sharing off<", ">Sharing on<", ">b sees 4 mappings<", ">read c 50..53<", ">c returns what was written<"]
    {
        assert!(svg.contains(wanted), "{wanted}: {svg}");
    }
    assert!(svg.contains("sharing off and on"));
    let alone = stdout(&dmlab(&["export", "reload-while-live", "--svg", "--sharing", "on"], ""));
    assert!(alone.contains("viewBox=\"0 0 720 ") && !alone.contains(">Sharing on<"));
    let text = export(&["--text", "--step", "100%"]);
    let (off, on) = text.split_once("sharing on").unwrap();
    assert!(off.contains("sharing off") && off.contains("LOST 50..53") && on.contains("LOST none"), "{text}");
    assert!(export(&["--text"]).contains("from here on the two worlds differ"));
    let refused = dmlab(&["export", "reload-while-live", "--svg", "--step", "nowhere"], "");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no label `nowhere`; labels: loaded"), "{refused:?}");
}

#[test]
fn the_list_has_every_group() {
    let list = stdout(&dmlab(&["list"], ""));
    for group in dm_cache_lab::scenario::library::GROUPS {
        assert!(list.lines().any(|l| l == *group), "{list}");
    }
}

#[test]
fn a_script_is_laid_out_from_standard_input() {
    let out = dmlab(&["fmt", "-"], "# t\n\n\n\ndisk   meta   4M\n");
    assert_eq!(stdout(&out), "# t\n\ndisk meta 4M\n");
}
