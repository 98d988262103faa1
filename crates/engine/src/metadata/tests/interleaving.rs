//! Opening and closing in every awkward order.

use super::*;

fn open_task(bench: &Bench, by: CacheId) -> Task {
    bench.registry.begin(Call::Open { by, bdev: bench.dev, args: ARGS })
}

/// Runs steps up to, and not including, that one.
fn until(bench: &mut Bench, task: &mut Task, step: OpenStep) {
    while task.next() != Some(Step::Open(step)) {
        assert_eq!(bench.step(task), Progress::Ran);
    }
}

fn finish(bench: &mut Bench, task: &mut Task) -> Result<ObjectId, Errno> {
    while bench.step(task) == Progress::Ran {}
    match task {
        Task::Open(open) => open.result().unwrap(),
        Task::Close(_) => panic!("not an open"),
    }
}

#[test]
fn the_loser_of_a_race_destroys_its_own_object() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let (mut p, mut q) = (open_task(&bench, 1), open_task(&bench, 2));
    until(&mut bench, &mut p, OpenStep::Open);
    until(&mut bench, &mut q, OpenStep::Open);
    let winner = finish(&mut bench, &mut p).unwrap();
    until(&mut bench, &mut q, OpenStep::DestroyOwn);
    assert_eq!(bench.registry.objects().count(), 2, "both are open for a moment");
    assert_eq!(finish(&mut bench, &mut q), Ok(winner));
    assert_eq!(bench.registry.objects().count(), 1);
    assert_eq!(bench.object(winner).holders(), [1, 2]);
    assert_eq!(bench.registry.list().collect::<Vec<_>>(), [winner]);
}

#[test]
fn the_mutex_makes_others_wait() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let (mut p, mut q) = (open_task(&bench, 1), open_task(&bench, 2));
    until(&mut bench, &mut p, OpenStep::LookUp);
    assert_eq!(bench.registry.table_lock_owner(), Some(1));
    assert_eq!(bench.step(&mut q), Progress::Waiting(1));
    assert_eq!(q.next(), Some(Step::Open(OpenStep::Lock)));
    assert_eq!(bench.open(3, 1), Err(Errno::Busy));
    until(&mut bench, &mut p, OpenStep::Open);
    assert_eq!(bench.step(&mut q), Progress::Ran);
}

#[test]
fn a_lookup_revives_a_dying_object() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 1).unwrap();
    let mut close = bench.registry.begin(Call::Close { by: 1, object: id });
    bench.step(&mut close);
    assert_eq!((close.next(), bench.object(id).ref_count()), (Some(Step::Close(CloseStep::Lock)), 0));
    assert_eq!(bench.open(2, 1), Ok(id), "found on the list with no reference left");
    assert_eq!(bench.take_log(), ["refcount_t: addition on 0; use-after-free."]);
    while bench.step(&mut close) == Progress::Ran {}
    assert!(bench.registry.object(id).is_none(), "freed under its new user");
    assert_eq!(
        bench.registry.defects().cloned().collect::<Vec<_>>(),
        [Defect::Revived { object: id, by: 2 }, Defect::FreedWhileHeld { object: id, holders: vec![2] }]
    );
}

#[test]
fn an_open_that_was_overtaken_by_a_commit_puts_an_older_superblock_back() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let (mut p, mut q) = (open_task(&bench, 1), open_task(&bench, 2));
    let first = bench.open(9, 1).unwrap();
    bench.close(9, first);
    until(&mut bench, &mut p, OpenStep::Open);
    until(&mut bench, &mut q, OpenStep::Open);
    until(&mut bench, &mut q, OpenStep::Begin);
    let id = finish(&mut bench, &mut p).unwrap();
    bench.with(id, |o, host| {
        o.resize(host, 256).unwrap();
        o.commit(host, false).unwrap();
    });
    assert_eq!(bench.superblock().cache_blocks, 256);
    assert_eq!(finish(&mut bench, &mut q), Ok(id));
    assert_eq!(bench.superblock().cache_blocks, 0, "on disk, P's commit never was");
    assert_eq!(bench.object(id).size(), Ok(256), "in memory it is");
    bench.with(id, |o, host| o.commit(host, false)).unwrap();
    assert_eq!(bench.superblock().cache_blocks, 256, "P's next commit puts it right");
}

#[test]
fn an_open_that_fails_at_its_flush_is_neither_listed_nor_left() {
    for sharing in [true, false] {
        let mut bench = Bench::new(Kernel::V6_1, sharing);
        let first = bench.open(9, 1).unwrap();
        bench.close(9, first);
        bench.host.disks.get_mut(&bench.dev).unwrap().fail_range(0..8, false, true);
        assert_eq!(bench.open(1, 1), Err(Errno::Io));
        assert_eq!((bench.registry.objects().count(), bench.registry.list().count()), (0, 0));
        assert_eq!(bench.registry.table_lock_owner(), None);
        let crashes = bench.registry.defects().filter(|d| matches!(d, Defect::UnlinkOfUnlisted { .. })).count();
        assert_eq!(crashes, usize::from(sharing), "here Linux follows a NULL pointer, since it has a list");
        bench.host.disks.get_mut(&bench.dev).unwrap().clear_failures();
        assert!(bench.open(1, 1).is_ok());
    }
}

#[test]
fn an_open_that_fails_to_read_is_neither_listed_nor_left() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    bench.host.disks.get_mut(&bench.dev).unwrap().fail_range(0..8, true, true);
    assert_eq!(bench.open(1, 1), Err(Errno::Io));
    assert_eq!((bench.registry.objects().count(), bench.registry.list().count()), (0, 0));
    assert_eq!(bench.registry.defects().count(), 0);
}

#[test]
fn the_language_reference_names_the_steps_there_are() {
    let path = "book/src/reference/language.md";
    let page = std::fs::read_to_string(path).unwrap();
    let about = page.split("## Commands at once").nth(1).unwrap().split("`order` says").next().unwrap();
    let (open, close) = about.split_once("* close:").unwrap();
    // What stands in italics, up to where sharing is off.
    let named = |text: &str| -> Vec<String> {
        let shared = text.split("With\n").next().unwrap().split("With sharing off").next().unwrap();
        shared.split('*').skip(1).step_by(2).flat_map(|names| names.split(", ")).map(str::to_owned).collect()
    };
    let Sequences { open: opening, close: closing } = Registry::sequences(true);
    let names = |steps: Vec<Step>| steps.iter().map(Step::to_string).collect::<Vec<_>>();
    assert_eq!(named(open.split_once("* open:").unwrap().1), names(opening.iter().copied().map(Step::Open).collect()));
    assert_eq!(named(close), names(closing.iter().copied().map(Step::Close).collect()));
}
