//! A run that goes on equals one that never paused: lines typed behind a script do what they would do as its last lines.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::playback::{Ended, MarkKind, Playback};
use dm_cache_lab::scenario::ast::{Action, Sharing};
use dm_cache_lab::scenario::library::{ALL, Entry};
use dm_cache_lab::scenario::run::Options;
use dm_cache_lab::scenario::{Script, parse};

fn compare() -> Options {
    Options { sharing: Some(Sharing::Compare), ..Options::default() }
}

fn finished(script: Script) -> Playback {
    let mut playback = Playback::new(script, compare());
    playback.finish();
    playback
}

/// The script run in so many parts.
fn in_parts(entry: &Entry, parts: usize) -> Playback {
    let script = entry.script().unwrap();
    let body = script.body.clone();
    let part = |n: usize| Script { body: body[..body.len() * n / parts].to_vec(), ..script.clone() };
    let mut playback = finished(part(1));
    for n in 2..=parts {
        playback.append(part(n));
        playback.finish();
    }
    playback
}

fn digests(playback: &Playback) -> Vec<String> {
    playback.run().worlds.iter().map(|world| world.timeline.digest()).collect()
}

#[test]
fn a_script_that_goes_on_ends_as_one_that_ran_at_once() {
    for entry in ALL {
        let whole = finished(entry.script().unwrap());
        for parts in [2, 9] {
            let going_on = in_parts(entry, parts);
            assert_eq!(digests(&going_on), digests(&whole), "{} in {parts} parts", entry.name);
            assert_eq!(going_on.track(), whole.track(), "{} in {parts} parts", entry.name);
            for (one, other) in going_on.sides().zip(whole.sides()) {
                assert_eq!(one.lines, other.lines, "{} in {parts} parts", entry.name);
                assert_eq!(one.policies.len(), other.policies.len(), "{} in {parts} parts", entry.name);
            }
        }
    }
}

#[test]
fn a_command_that_failed_is_excused_by_an_expectation_typed_behind_it() {
    let text = "# T\ndisk meta 4M\n$ dmsetup resume nobody\n";
    let mut playback = finished(parse("t", text).unwrap());
    assert!(playback.track().marks.iter().any(|mark| mark.kind == MarkKind::Undone));
    playback.append(parse("t", &format!("{text}expect rc 1\n")).unwrap());
    playback.finish();
    assert!(playback.run().is_as_declared());
    assert!(playback.track().marks.iter().all(|mark| mark.kind != MarkKind::Undone));
}

#[test]
fn a_playback_says_what_ended_it() {
    let entry = ALL.iter().find(|entry| entry.name == "reload-while-live").unwrap();
    let mut playback = Playback::new(entry.script().unwrap(), compare());
    playback.tell();
    assert_eq!(playback.ended(), Ended::ByHand);
    playback.finish();
    assert_eq!(playback.ended(), Ended::Whole);
}

#[test]
fn every_question_and_label_of_a_script_is_a_mark_at_its_place() {
    for entry in ALL {
        let playback = finished(entry.script().unwrap());
        let script = &playback.run().script;
        let wanted = script.body.iter().filter(|s| matches!(s.action, Action::Ask(..) | Action::Label(_))).map(|s| Some(s.line));
        let marks = playback.track().marks.iter().filter(|m| matches!(m.kind, MarkKind::Ask | MarkKind::Label));
        assert_eq!(marks.map(|m| m.line).collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{}", entry.name);
    }
}
