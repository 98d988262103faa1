//! The sentence of every step: of every scenario, in every sharing mode.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_engine::event::{Event, StepKind};
use dm_cache_image::format::{MAGIC, le64, sb};
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::{ALL, find, next};
use dm_cache_lab::scenario::run::{Options, Run, WorldRun};
use dm_cache_lab::timeline::causes::CauseKind;
use dm_cache_lab::timeline::chips::chips;
use dm_cache_lab::timeline::closing::closing;
use dm_cache_lab::timeline::picture::roots;
use dm_cache_lab::timeline::steps::{WORDS_MAX, reading_ms};
use dm_cache_lab::timeline::{Timeline, View};
use std::collections::BTreeSet;

fn run(name: &str, sharing: Sharing) -> WorldRun {
    let mut run = Run::new(find(name).unwrap().script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
    run.finish();
    run.worlds.remove(0)
}

/// Words of a sentence, without the marks around them and the `'s` behind them.
fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches("'s").to_owned();
    text.split_whitespace().map(bare).collect()
}

/// The letters of caches and of objects that a View has given out.
fn letters(view: &View) -> BTreeSet<String> {
    let letter = |base: u8, n: u32| {
        let letter = char::from(base + u8::try_from(n % 26).unwrap());
        if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
    };
    view.cache_order.values().map(|n| letter(b'A', *n)).chain(view.object_order.values().map(|n| letter(b'a', *n))).collect()
}

/// Every block that a field of an object, or of a superblock on a disk, names as a root.
fn known_roots(view: &View) -> BTreeSet<u64> {
    let fields = view.objects.values().flat_map(|o| roots(&o.fields)).map(|(_, block)| block);
    let disks = view.disks.values().flat_map(|d| d.pages.values()).filter(|page| le64(page.bytes(), sb::MAGIC) == MAGIC);
    fields.chain(disks.map(|page| le64(page.bytes(), sb::MAPPING_ROOT))).collect()
}

/// Outside of quotes, where programs and the kernel speak.
fn own_words(sentence: &str) -> String {
    let mut inside = false;
    sentence
        .chars()
        .filter(|c| {
            inside = (inside || *c == '“') && *c != '”';
            !inside
        })
        .collect()
}

fn complaints(name: &str, timeline: &Timeline, out: &mut Vec<String>) {
    let mut walk = timeline.walk();
    let mut before = View::default();
    for (n, step) in timeline.steps().iter().enumerate() {
        let view = walk.to(n).clone();
        let said = &step.sentence;
        let mut wrong = |what: &str| out.push(format!("{name} step {}: {what}: {said}", n + 1));
        let all = words(&own_words(said));
        if said.trim().is_empty() {
            wrong("no sentence");
        }
        if said.split_whitespace().count() > WORDS_MAX {
            wrong("too long");
        }
        if !said.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
            && !matches!(step.kind, StepKind::Callback | StepKind::Command | StepKind::CommandEnd | StepKind::Device | StepKind::Object)
        {
            wrong("no capital letter");
        }
        if said.contains('?') || said.contains("  ") {
            wrong("something is not known");
        }
        let known = letters(&view);
        let is_a_letter = |word: &&String| {
            let mut chars = word.chars();
            chars.next().is_some_and(|c| c.is_ascii_uppercase())
                && chars.all(|c| c.is_ascii_digit())
                && *word != "I"
                && !view.table_caches.is_empty()
        };
        let objects = all
            .windows(2)
            .filter(|pair| pair[0] == "object" && pair[1].len() == 1 && pair[1] != "a" && pair[1] != "A")
            .map(|pair| &pair[1]);
        for letter in all.iter().filter(is_a_letter).chain(objects) {
            let table =
                letter.strip_prefix('T').is_some_and(|n| n.parse::<usize>().is_ok_and(|n| (1..=view.table_caches.len()).contains(&n)));
            if !known.contains(letter) && !table {
                wrong(&format!("there is no {letter}"));
            }
        }
        let roots: BTreeSet<u64> = known_roots(&view).union(&known_roots(&before)).copied().collect();
        for pair in all.windows(2).filter(|pair| pair[0] == "root") {
            if let Ok(root) = pair[1].parse::<u64>()
                && !roots.contains(&root)
            {
                wrong(&format!("no root is {root}"));
            }
        }
        before = view;
    }
}

#[test]
fn every_step_has_a_sentence_that_can_be_read_and_names_what_is_there() {
    let (mut out, mut steps) = (Vec::new(), 0);
    for entry in ALL {
        for sharing in [Sharing::Off, Sharing::On] {
            let world = run(entry.name, sharing);
            steps += world.timeline.steps().len();
            complaints(&format!("{} {sharing:?}", entry.name), &world.timeline, &mut out);
        }
    }
    assert!(steps > 4_000, "{steps}");
    assert!(out.is_empty(), "{} of {steps}, among them:\n{}", out.len(), out.iter().take(30).cloned().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_four_moments_of_the_bug_are_told_by_their_causes() {
    let world = run("reload-while-live", Sharing::Off);
    let steps = world.timeline.steps();
    assert_eq!(steps.len(), 34);
    let said = |n: usize| steps[n - 1].sentence.as_str();
    assert_eq!(said(16), "B copied the roots into fields; it read blocks 0 and 9 only. Its mapping root is 8.");
    assert_eq!(said(23), "A commits root 12. The disk moves on, B's fields do not; nothing on disk says which is newer.");
    assert_eq!(
        said(27),
        "B copied root 8 at its load; the disk has since moved to 16. Next, preresume will load B's mappings from root 8."
    );
    assert_eq!(said(28), "B follows its old field to a tree that is still whole: root 8, while the disk says 16.");
    assert_eq!(
        said(34),
        "B's commit writes its fields: root 8 is back on the disk. Whole tree, right checksums: nothing for a check to find."
    );
}

#[test]
fn the_causes_are_marked_and_a_stale_buffer_is_not() {
    let told = |name: &str| {
        let causes = run(name, Sharing::Off).timeline.causes();
        causes.into_iter().map(|c| (c.step + 1, c.kind)).collect::<Vec<_>>()
    };
    use CauseKind::{DiskMovesOn, OldRoot, RootsCopied, TablesSwap};
    assert_eq!(told("reload-while-live"), [(16, RootsCopied), (23, DiskMovesOn), (27, TablesSwap), (34, OldRoot)]);
    // No buffer is stale in the end, and the loss comes all the same.
    let without_buffers: Vec<CauseKind> = told("eviction-luck").into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(without_buffers, [RootsCopied, DiskMovesOn, TablesSwap]);
    let fixed = run("reload-while-live", Sharing::On).timeline;
    assert_eq!((fixed.causes(), fixed.apart()), (Vec::new(), None));
    assert_eq!(run("reload-while-live", Sharing::Off).timeline.apart(), Some((22, 33)));
}

#[test]
fn an_echo_and_an_exit_code_are_stops_of_their_own_only_where_there_is_nothing_else() {
    for entry in ALL {
        let world = run(entry.name, Sharing::On);
        let timeline = &world.timeline;
        for (n, step) in timeline.steps().iter().enumerate() {
            let failed = matches!(timeline.events()[step.events - 1], Event::CommandEnd { rc, .. } if rc != 0);
            match step.kind {
                StepKind::Command => {
                    let alone = timeline.steps().iter().filter(|s| s.command == step.command).count() == 1;
                    // Or a wait ends, with blocks dirty that nothing writes back.
                    assert!(
                        !failed && (alone || step.sentence.contains(" pass, and ") && step.sentence.contains(" dirty: ")),
                        "{} {n}",
                        entry.name
                    )
                }
                StepKind::CommandEnd => assert!(failed, "{} {n}", entry.name),
                _ => {}
            }
        }
        let ends = timeline.events().iter().filter(|e| matches!(e, Event::CommandEnd { rc, .. } if *rc != 0)).count();
        assert_eq!(timeline.steps().iter().filter(|s| s.kind == StepKind::CommandEnd).count(), ends, "{}", entry.name);
        let last = timeline.steps().last().map(|s| s.events);
        assert!(last.is_none_or(|last| last == timeline.events().len()), "{}: nothing happens behind the last step", entry.name);
    }
}

#[test]
fn a_step_lasts_as_long_as_its_sentence_takes_to_read() {
    let words = |n: usize| reading_ms(&vec!["word"; n].join(" "));
    assert_eq!([0, 10, 11, 24, 36, 37, 60].map(words), [1_600, 1_600, 1_660, 2_440, 3_160, 3_200, 3_200]);
}

#[test]
fn the_end_of_a_run_is_told_from_its_causes_and_verdicts() {
    let told = |name: &str, sharing| {
        let world = run(name, sharing);
        closing(&world.timeline, world.sharing, chips(&world.timeline.last().picture(), world.timeline.last().checked()))
    };
    let off = told("reload-while-live", Sharing::Off);
    assert_eq!(
        off.happened,
        [
            "Object b copied root 8 into its fields.",
            "The disk moved on, first to root 12, and nothing told b.",
            "The swap made the table of b LIVE and refreshed no field, so it ran on the older tree.",
            "A commit through b put root 8 on the disk, over what it had never read.",
            "In the end: 4 blocks lost: 50–53, and the metadata check passes.",
        ]
    );
    assert!(off.means[0].contains("9b1cc9f251af"));
    let on = told("reload-while-live", Sharing::On);
    assert!(on.happened[0].starts_with("Two tables held one object") && on.happened[1].contains("nothing lost"), "{on:?}");
    assert!(told("alias-device", Sharing::On).means[0].starts_with("Current kernels do this, too."));
    assert!(told("crash", Sharing::On).means.iter().any(|line| line.contains("clean flag")));
    for entry in ALL {
        let next = next(entry.name);
        assert!(!next.is_empty() && next.iter().all(|(way, _)| way.name != entry.name), "{}", entry.name);
    }
}
