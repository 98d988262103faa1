//! Questions of scripts: what can be written, what is refused and why, and those of the library.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_lab::scenario::ast::{Action, Question};
use dm_cache_lab::scenario::library::ALL;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::scenario::{Script, parse};
use std::collections::BTreeSet;

fn questions(script: &Script) -> Vec<Question> {
    let of = |action: &Action| if let Action::Ask(question) = action { Some(question.clone()) } else { None };
    script.body.iter().filter_map(|s| of(&s.action)).collect()
}

fn one(line: &str) -> Question {
    questions(&parse("t", line).unwrap()).remove(0)
}

#[test]
fn a_question_is_written_back_as_it_was_read() {
    for line in [
        r#"ask "Why?" answer "So.""#,
        r#"ask "Why?" choices "A" "B" answer 2 "So.""#,
        r#"ask "Why?" choices "answer" "off" "1" "on" answer off 4 on 1 "So.""#,
    ] {
        let question = one(line);
        assert_eq!(Action::Ask(question.clone()).to_string(), line);
        assert_eq!(one(&Action::Ask(question.clone()).to_string()), question);
    }
    assert_eq!(one(r#"ask "Why?" choices "A" "B" answer off 2 on 2 "So.""#).to_string(), r#"ask "Why?" choices "A" "B" answer 2 "So.""#);
}

#[test]
fn a_choice_is_right_in_its_own_world() {
    let question = one(r#"ask "Why?" choices "A" "B" "C" answer off 3 on 1 "So.""#);
    let right = |sharing| (1..=3).filter(|n| question.is_right(*n, sharing)).collect::<Vec<_>>();
    assert_eq!((right(false), right(true)), (vec![3], vec![1]));
}

#[test]
fn what_is_no_question_is_refused_with_the_reason() {
    for (line, said) in [
        (r#"ask "Why?" choices "A" answer 1 "So.""#, "two to four choices"),
        (r#"ask "Why?" choices "A" "B" "C" "D" "E" answer 1 "So.""#, "two to four choices"),
        (r#"ask "Why?" choices answer 1 "So.""#, "two to four choices"),
        (r#"ask "Why?" choices "A" "B" answer 3 "So.""#, "number of a choice"),
        (r#"ask "Why?" choices "A" "B" answer 0 "So.""#, "number of a choice"),
        (r#"ask "Why?" choices "A" "B" answer off 1 "So.""#, "`on`"),
        (r#"ask "Why?" choices "A" "B" answer "So.""#, "number of a choice"),
        (r#"ask "Why?" choices "A" "B" answer 1"#, "the line ends too early"),
        (r#"ask "Why?" choices A B answer 1 "So.""#, "another choice in quotes"),
        (r#"ask "Why?""#, "the line ends too early"),
        (r#"ask "Why?" answer 1 "So.""#, "one word too many"),
    ] {
        let error = parse("t", line).unwrap_err();
        let all = format!("{} {}", error.message, error.label);
        assert!(all.contains(said), "{line}: {all}");
    }
}

#[test]
fn every_question_of_the_library_has_choices_that_differ() {
    let mut asked = 0;
    for entry in ALL {
        for question in questions(&entry.script().unwrap()) {
            let different: BTreeSet<&String> = question.choices.iter().collect();
            assert!((2..=4).contains(&different.len()) && different.len() == question.choices.len(), "{}: {question:?}", entry.name);
            asked += 1;
        }
    }
    assert!(asked >= 20, "{asked}");
}

#[test]
fn no_line_before_a_question_says_what_a_table_that_waits_will_find() {
    let mut looked_at = 0;
    for entry in ALL {
        let script = entry.script().unwrap();
        let Some(last) = script.body.iter().filter(|s| matches!(s.action, Action::Ask(_))).map(|s| s.line).max() else { continue };
        let mut run = Run::new(script.clone(), Options::default());
        run.finish();
        for (n, statement) in script.body.iter().enumerate().filter(|(_, s)| s.line < last) {
            let words: Vec<String> = statement.action.to_string().split_whitespace().map(str::to_owned).collect();
            for world in &run.worlds {
                let Some(step) = world.marks.get(n).and_then(|mark| mark.end_step.checked_sub(1)) else { continue };
                looked_at += 1;
                let picture = world.timeline.view_at(step).picture();
                let waits = |letter: &String| picture.objects.iter().any(|o| o.letter == *letter && o.loaded_by.is_empty());
                let told = words.iter().position(|w| w == "mappings").and_then(|at| words.get(at + 1)).is_some_and(waits);
                assert!(!told, "{}, line {}: {}", entry.name, statement.line, words.join(" "));
            }
        }
    }
    assert!(looked_at > 300, "{looked_at}");
}
