//! Why nothing is written back or promoted: each reason where it alone holds things up, with the numbers that Linux 6.1 prints
//! (`tests/recordings/scenarios/why-*`, which `scenario_recordings` compares), and that work goes on once it is gone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_engine::event::Event;
use dm_cache_engine::why::{NotPromoted, Room, StaysDirty};
use dm_cache_lab::scenario::ast::{Action, Deed, Expectation};
use dm_cache_lab::scenario::parse::parse;
use dm_cache_lab::scenario::run::{Options, Run};
use std::collections::BTreeSet;

const HEAD: &str = "dm-cache-lab 1\n# T\ndisk meta 4M\ndisk fast 16M\ndisk slow 128M\n";
const TABLE: &str = "0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback";

fn ran(name: &str, source: &str) -> Run {
    let mut run = Run::new(parse(name, source).unwrap(), Options::default());
    run.finish();
    run
}

/// A run of some lines that went as declared.
fn lines(lines: &str) -> Run {
    let run = ran("t", &format!("{HEAD}{lines}"));
    assert!(run.is_as_declared(), "{}", run.story());
    run
}

fn events(run: &Run) -> &[Event] {
    run.worlds[0].timeline.events()
}

fn reasons(run: &Run) -> Vec<Option<StaysDirty>> {
    events(run).iter().filter_map(|e| if let Event::StaysDirty { why, .. } = e { Some(why.as_deref().copied()) } else { None }).collect()
}

fn recorded() -> Vec<(String, String)> {
    let files = std::fs::read_dir("tests/recordings/scenarios").unwrap().map(|f| f.unwrap().path());
    let whys = files.filter(|path| {
        path.file_stem().is_some_and(|n| n.to_string_lossy().starts_with("why-")) && path.extension().is_some_and(|e| e == "dml")
    });
    whys.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn each_reason_is_told_and_work_goes_on_once_it_is_gone() {
    let all = recorded();
    assert!(all.len() >= 12, "{}", all.len());
    for (name, source) in all {
        let run = ran(&name, &source);
        assert!(run.is_as_declared(), "{name}\n{}", run.story());
        let whys = run.script.body.iter().filter_map(|s| match &s.action {
            Action::Expect(expect) => match &expect.what {
                Expectation::Why(_, _, text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        });
        let whys: Vec<Option<String>> = whys.collect();
        assert!(whys.first().is_some_and(Option::is_some) && whys.last() == Some(&None), "{name}: a reason first, none at last: {whys:?}");
    }
}

#[test]
fn every_reason_has_a_recorded_scenario_or_a_test_of_its_own() {
    let mut told = BTreeSet::new();
    for (name, source) in recorded() {
        let run = ran(&name, &source);
        for event in events(&run) {
            let word = |why: &dyn std::fmt::Debug| format!("{why:?}").split(' ').next().unwrap_or_default().to_owned();
            match event {
                Event::StaysDirty { why: Some(why), .. } => told.insert(word(&**why)),
                Event::BioMapped { not_promoted: Some(NotPromoted::Full { room }), .. } => told.insert(word(room)),
                Event::BioMapped { not_promoted: Some(why), .. } | Event::NotPromoted { why, .. } => told.insert(word(why)),
                Event::MigrationEnded { ok: false, .. } => told.insert("Failed".to_owned()),
                Event::DemotionWaits { .. } => told.insert("DemotionWaits".to_owned()),
                _ => false,
            };
        }
    }
    let told: Vec<String> = told.into_iter().collect();
    let wanted = "BehindLastBlock BehindSentinels Cleaner Cleaning Cold Demoting DemotionWaits Failed NoVictim NotIdle(OriginIo) NotIdle(Threshold Passthrough Suspended UnderWay";
    assert_eq!(told.join(" "), wanted);
}

#[test]
fn a_reason_is_said_once_and_not_with_every_tick() {
    let run = lines(&format!(
        "$ dmsetup create c --table '{TABLE} smq 2 migration_threshold 0'\nwrite c 0..7 A\nwait 1h\nexpect status c dirty 8\n"
    ));
    assert_eq!(reasons(&run).len(), 1, "{:?}", reasons(&run));
    let refused = lines(
        "$ dmsetup create o --table '0 262144 linear /dev/slow 0'\n$ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/mapper/o 128 1 writeback smq 2 migration_threshold 0'\n\
         write c 0 A\nfail slow writes\n$ dmsetup message c 0 'migration_threshold 2048'\nwait 1min\nexpect status c dirty 1\n",
    );
    let failed = reasons(&refused).iter().filter(|why| matches!(why, Some(StaysDirty::Failed { .. }))).count();
    assert_eq!(failed, 1, "{:?}", reasons(&refused));
    let tail = ran(
        "t",
        "dm-cache-lab 1\n# T\ndisk meta 4M\ndisk fast 16M\ndisk slow 131104K\n\
        $ dmsetup create c --table '0 262208 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n\
        $ dd if=/dev/mapper/c of=/dev/null bs=4k skip=32768 count=8 iflag=direct status=none\n",
    );
    assert_eq!(events(&tail).iter().filter(|e| matches!(e, Event::NotPromoted { .. })).count(), 1);
}

#[test]
fn what_stands_behind_sentinels_is_written_back_from_the_second_that_is_told() {
    let script = |wait: &str| {
        format!(
            "$ dmsetup create c --table '{TABLE} smq 2 migration_threshold 0'\nwrite c 0..3 A\n$ dmsetup reload c --table '{TABLE} cleaner 2 migration_threshold 0'\n\
             $ dmsetup suspend c\n$ dmsetup resume c\nwait 1s\nexpect status c dirty 3\n{wait}"
        )
    };
    let Some(Some(StaysDirty::BehindSentinels { until_ns, .. })) = reasons(&lines(&script(""))).pop() else {
        panic!("not behind sentinels")
    };
    let now_ns = lines(&script("")).worlds[0].world.now_ns();
    let left_ms = (until_ns - now_ns) / 1_000_000;
    lines(&script(&format!("wait {}ms\nexpect status c dirty 3\nexpect why c dirty \"behind sentinels until second\"\n", left_ms - 1)));
    lines(&script(&format!("wait {}ms\nexpect status c dirty 0\n", left_ms + 1_001)));
}

#[test]
fn a_full_cache_frees_a_quarter_at_most() {
    // Eight cblocks, all clean: two demotions under way are a quarter.
    let run = lines(
        "$ dmsetup create m --table '0 8192 linear /dev/meta 0'\n\
         $ dmsetup create f --table '0 1024 linear /dev/fast 0'\n\
         $ dmsetup create c --table '0 262144 cache /dev/mapper/m /dev/mapper/f /dev/slow 128 1 writeback smq 2 migration_threshold 2048'\n\
         read c 1000\nwait 2s\nwrite c 0..7 A\nwait 100s\nexpect status c dirty 0\nexpect status c resident 8/8\n\
         write c 1000..1001 B\nwrite c 1000..1001 B\n",
    );
    let rooms: Vec<Room> = events(&run)
        .iter()
        .filter_map(|e| if let Event::BioMapped { not_promoted: Some(NotPromoted::Full { room }), .. } = e { Some(*room) } else { None })
        .collect();
    assert!(rooms.contains(&Room::Demoting), "{rooms:?}");
}

#[test]
fn the_story_the_report_and_the_pictures_tell_it() {
    let run = lines(&format!(
        "$ dmsetup create c --table '{TABLE} smq 2 migration_threshold 64'\nwrite c 0..3 A\nwait 10min\n$ dmsetup status c\nread c 1000\n"
    ));
    let why = "A keeps 4 blocks dirty: a chunk of 128 sectors is larger than migration_threshold 64, so it never counts as idle.";
    let story = run.story();
    assert!(story.contains(&format!("10min pass, and {why}")), "{story}");
    // The status has committed, which is its step; why nothing else goes on is said behind it.
    let status = story.split("dmsetup status c").nth(1).unwrap();
    assert!(status.split("read c").next().unwrap().contains(why), "{status}");
    assert!(story.contains("so the read goes to the origin: its region's level is 0, promotion begins at 48."), "{story}");
    let json = serde_json::to_value(run.report()).unwrap();
    let data = &json["worlds"][0]["steps"].as_array().unwrap().last().unwrap()["picture"]["data"][0];
    assert_eq!(data["why_dirty"], "a chunk of 128 sectors is larger than migration_threshold 64, so it never counts as idle");
    assert_eq!(data["why_not_promoted"], "block 1000: its region's level is 0, promotion begins at 48");
}

#[test]
fn a_wait_in_which_work_stops_has_a_stop_of_its_own() {
    let run = lines(&format!(
        "$ dmsetup create c --table '{TABLE} smq 2 migration_threshold 0'\nwrite c 0..3 A\n$ dmsetup reload c --table '{TABLE} cleaner 2 migration_threshold 0'\n\
         $ dmsetup suspend c\n$ dmsetup resume c\nwait 5s\n"
    ));
    let last = run.worlds[0].timeline.steps().last().unwrap();
    assert!(last.sentence.starts_with("5s pass, and B keeps 3 blocks dirty: behind sentinels until second"), "{}", last.sentence);
    assert!(!last.sentence.ends_with('…'), "{}", last.sentence);
}

#[test]
fn an_expectation_says_what_it_saw_and_is_written_as_it_was_read() {
    let text = format!(
        "{HEAD}$ dmsetup create c --table '{TABLE} smq 0'\nread c 100\nexpect why c promote \"the cleaner\"\nexpect why c dirty \"a chunk\"\nexpect why c promote none\n"
    );
    let run = ran("t", &text);
    let story = run.story();
    assert!(story.contains("FAILS: A does not promote block 100: its region's level is 0, promotion begins at 48"), "{story}");
    assert!(story.contains("FAILS: nothing holds it up"), "{story}");
    let written: Vec<String> = run.script.body.iter().skip(2).map(|s| s.action.to_string()).collect();
    assert_eq!(written, ["expect why c promote \"the cleaner\"", "expect why c dirty \"a chunk\"", "expect why c promote none"]);
    assert_eq!([Deed::WriteBack.word(), Deed::Promote.word()], ["dirty", "promote"]);
    assert!(parse("t", &format!("{HEAD}expect why c demote none\n")).is_err());
}

#[test]
fn a_cache_that_never_gets_clean_says_why() {
    let source = "dm-cache-lab 1\n# T\ndisk meta 8M\ndisk fast 64M\ndisk slow 512M\n\
        let H = 0 1048576 cache /dev/meta /dev/fast /dev/slow 4096 2 metadata2\n\
        $ dmsetup create c --table '$H writeback smq 0'\n\
        $ for i in 1 2 3 4 5 6; do dd if=/dev/mapper/c of=/dev/null bs=4k count=2048 iflag=direct status=none; sleep 1.2; done\n\
        $ dd if=/dev/zero of=/dev/mapper/c bs=64k count=128 oflag=direct conv=notrunc status=none\n\
        wait 10min\nexpect status c dirty 4\n\
        expect why c dirty \"a chunk of 4096 sectors is larger than migration_threshold 2048\"\n\
        $ dmsetup suspend c\n$ dmsetup reload c --table '$H writethrough cleaner 0'\n$ dmsetup resume c\n\
        wait 5s\nexpect status c dirty 3\n\
        expect why c dirty \"behind sentinels until second 628; a chunk of 4096 sectors is larger than migration_threshold 2048\"\n\
        wait 1min\nexpect status c dirty 0\nexpect why c dirty none\n";
    let run = ran("t", source);
    assert!(run.is_as_declared(), "{}", run.story());
}
