//! Every scenario of the library, run; the language's reference page, run; and what must hold of any run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::{ALL, GROUPS};
use dm_cache_lab::scenario::run::{Options, Run, WorldRun};
use dm_cache_lab::scenario::{fmt, parse};
use dm_cache_lab::timeline::{View, project};

pub(crate) fn run(name: &str, source: &str) -> Run {
    let script = parse(name, source).unwrap_or_else(|e| panic!("{}", e.render()));
    let mut run = Run::new(script, Options::default());
    run.finish();
    run
}

pub(crate) fn complaints(run: &Run) -> Vec<String> {
    let mut out = Vec::new();
    for world in &run.worlds {
        for (statement, mark) in run.script.body.iter().zip(&world.marks) {
            if !mark.outcome.is_as_declared() {
                out.push(format!("line {} (sharing {}): {}: {:?}", statement.line, world.sharing, statement.action, mark.outcome));
            }
        }
    }
    out
}

#[test]
fn every_scenario_goes_as_it_declares() {
    let mut failed = Vec::new();
    for entry in ALL {
        let run = run(entry.name, entry.source);
        assert!(!run.stopped, "{}", entry.name);
        failed.extend(complaints(&run).into_iter().map(|c| format!("{}: {c}", entry.name)));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_library_is_what_lies_in_the_folder() {
    let mut there: Vec<String> = std::fs::read_dir("scenarios")
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .filter_map(|f| f.strip_suffix(".dml").map(str::to_owned))
        .collect();
    there.sort();
    let mut listed: Vec<&str> = ALL.iter().map(|e| e.name).collect();
    listed.sort_unstable();
    assert_eq!(there, listed);
}

#[test]
fn every_scenario_is_titled_told_grouped_and_laid_out() {
    for entry in ALL {
        let script = entry.script().unwrap();
        assert!(!script.title.is_empty() && !script.intro.is_empty(), "{} says what it is", entry.name);
        assert!(script.group.as_deref().is_some_and(|g| GROUPS.contains(&g)), "{} has a group", entry.name);
        assert_eq!(fmt::format(entry.name, entry.source).unwrap(), entry.source, "{} is laid out", entry.name);
    }
}

#[test]
fn what_is_shown_is_what_the_machine_holds() {
    for entry in ALL {
        let mut run = Run::new(entry.script().unwrap(), Options::default());
        while run.advance() {
            for world in &run.worlds {
                let (shown, held) = (world.timeline.last().present(), project(&world.world));
                let at = &run.script.body[run.done() - 1];
                assert_eq!(shown.differences(&held), Vec::<&str>::new(), "{} line {}: {}", entry.name, at.line, at.action);
            }
        }
    }
}

#[test]
fn the_same_script_makes_the_same_events() {
    for entry in ALL.iter().take(8) {
        let digests = |run: &Run| run.worlds.iter().map(|w| w.timeline.digest()).collect::<Vec<_>>();
        assert_eq!(digests(&run(entry.name, entry.source)), digests(&run(entry.name, entry.source)), "{}", entry.name);
    }
}

#[test]
fn any_step_can_be_sought_from_anywhere() {
    let entry = dm_cache_lab::scenario::library::find("reload-while-live").unwrap();
    let run = run(entry.name, entry.source);
    for world in &run.worlds {
        let mut view = dm_cache_lab::timeline::View::default();
        for step in 0..world.timeline.steps().len() {
            for event in world.timeline.events_of(step) {
                view.apply(event);
            }
            view.moving = world.timeline.moving(&view, world.timeline.steps()[step].events);
            assert_eq!(world.timeline.view_at(step), view, "step {step}");
        }
    }
}

#[test]
fn two_worlds_part_where_the_second_table_is_built() {
    let entry = dm_cache_lab::scenario::library::find("reload-while-live").unwrap();
    let run = run(entry.name, entry.source);
    let d = run.divergence().unwrap();
    assert_eq!(run.script.body[d.statement].action.to_string().split('\'').next(), Some("$ dmsetup reload c --table "));
    let sentence = |w: usize| run.worlds[w].timeline.steps()[d.steps[w]].sentence.as_str();
    assert_eq!(sentence(0), "B copied the roots into fields; it read blocks 0 and 9 only. Its mapping root is 8.");
    assert_eq!(sentence(1), "A and B now hold one object, a, with one set of roots and buffers: ref_count 2.");
}

/// A View without what tells the worlds apart by design, and the letters that are given out in passing.
fn shown(world: &WorldRun, end_step: usize) -> View {
    let mut view = end_step.checked_sub(1).map_or_else(View::default, |step| world.timeline.view_at(step));
    view.list.clear();
    view.table_lock = None;
    view.cache_order.clear();
    view.object_order.clear();
    view.destroyed.clear();
    view
}

/// The steps of a statement that change what is shown, each with what is shown then.
fn changes(world: &WorldRun, statement: usize) -> Vec<(usize, View)> {
    let mark = &world.marks[statement];
    let mut last = shown(world, mark.first_step);
    let mut out = Vec::new();
    for step in mark.first_step..mark.end_step {
        let view = shown(world, step + 1);
        if view != last {
            out.push((step, view.clone()));
            last = view;
        }
    }
    out
}

#[test]
fn two_worlds_part_where_their_views_looked_at_whole_first_differ() {
    let passing = "# T\ndisk meta 4M\ndisk fast 4M\ndisk slow 32M\nlet T = 0 65536 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0\n\
                   $ dmsetup create c --table '$T'\n$ dmsetup reload c --table '$T'; dmsetup clear c\n\
                   $ dmsetup suspend c; dmsetup resume c\n$ dmsetup remove c\n\
                   $ dmsetup create d --notable\n$ dmsetup remove d\nwrite /dev/slow 0..9 A\n";
    let library = ALL.iter().map(|entry| (entry.name, entry.source));
    let mut parted = 0;
    for (name, source) in library.chain([("passing", passing)]) {
        let mut run = Run::new(parse(name, source).unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
        run.finish();
        let [a, b] = run.worlds.as_slice() else { panic!("{name}: two worlds") };
        let statement = (0..run.done()).find(|n| shown(a, a.marks[*n].end_step) != shown(b, b.marks[*n].end_step));
        let steps = statement.map(|n| {
            let (ca, cb) = (changes(a, n), changes(b, n));
            let alike = ca.iter().zip(&cb).take_while(|(x, y)| x.1 == y.1).count();
            let step = |list: &[(usize, View)], world: &WorldRun| list.get(alike).map_or(world.marks[n].end_step - 1, |c| c.0);
            [step(&ca, a), step(&cb, b)]
        });
        let found = run.divergence();
        assert_eq!((found.map(|d| d.statement), found.map(|d| d.steps)), (statement, steps), "{name}");
        parted += usize::from(found.is_some());
    }
    assert!(parted >= 10, "{parted} part");
}

#[test]
fn one_world_may_be_asked_for() {
    let entry = dm_cache_lab::scenario::library::find("reload-while-live").unwrap();
    for (sharing, lost) in [(Sharing::Off, 4), (Sharing::On, 0)] {
        let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
        run.finish();
        assert!(run.is_as_declared(), "{:?}", complaints(&run));
        assert_eq!(run.worlds[0].timeline.last().picture().data[0].lost.len(), lost);
    }
}

/// Code blocks of the language's reference page: each is a script, or, marked `dml,wrong`, must be refused with the text
/// that follows it in a `text` block.
#[test]
fn every_example_of_the_reference_page_runs() {
    let page = std::fs::read_to_string("book/src/reference/language.md").unwrap();
    let mut examples = 0;
    let mut rest = page.as_str();
    while let Some(at) = rest.find("```dml") {
        let (head, body) = rest[at + 6..].split_once('\n').unwrap();
        let (source, after) = body.split_once("```").unwrap();
        rest = after;
        examples += 1;
        let line = page[..page.len() - rest.len()].lines().count();
        if head.trim() == ",wrong" {
            let error = parse("script.dml", source).expect_err("the page says that this is wrong");
            let (_, shown) = rest.split_once("```text\n").unwrap();
            let (shown, _) = shown.split_once("```").unwrap();
            let trimmed = |s: &str| s.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned();
            assert_eq!(trimmed(&error.render()), trimmed(shown), "language.md, before line {line}");
        } else {
            let run = run("language.md", source);
            assert!(complaints(&run).is_empty(), "language.md, before line {line}: {}", complaints(&run).join("\n"));
        }
    }
    assert!(examples >= 19, "{examples} examples");
}

/// The book once said that a power cut is the one case in which a check finds damage.
#[test]
fn a_check_finds_damage_without_any_power_cut() {
    let run = run("check-without-power-cut", include_str!("scenario/check-without-power-cut.dml"));
    assert!(complaints(&run).is_empty(), "{}", complaints(&run).join("\n"));
}

#[test]
fn a_block_of_another_array_is_refused_where_linux_refuses_it() {
    let run = run("alias-value-size", include_str!("scenario/alias-value-size.dml"));
    assert!(complaints(&run).is_empty(), "{}", complaints(&run).join("\n"));
}

/// It once rewrote the superblock with a hint size of 0, and the next activation lost the hints.
#[test]
fn cache_check_writes_nothing_where_the_flag_it_clears_is_not_set() {
    let source = "dm-cache-lab 1\n# Nothing to clear\nsharing on\ndisk meta 4M\ndisk fast 16M\ndisk slow 128M\n\
        $ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n\
        write c 0..3 A\n$ dmsetup remove c\n";
    let superblock = |source: &str| {
        let mut run = run("clear", source);
        assert!(complaints(&run).is_empty(), "{}", complaints(&run).join("\n"));
        let world = &mut run.worlds[0].world;
        let dev = world.lookup_dev("/dev/meta").unwrap();
        world.read(dev, 0, 4096, true).unwrap()
    };
    let cleared = superblock(&format!("{source}$ cache_check --clear-needs-check-flag /dev/meta\n"));
    assert!(superblock(source) == cleared);
    assert_eq!(cleared[60..64], 4u32.to_le_bytes(), "policy_hint_size");
}
