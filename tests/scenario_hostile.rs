//! Hostile scripts: whatever is written, the reader and the runner end without a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod hostile;

use dm_cache_engine::world::Usage;
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::ALL;
use dm_cache_lab::scenario::parse;
use dm_cache_lab::scenario::run::{Options, Run};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Inputs that failed once.
const REGRESSIONS: FileFailurePersistence = FileFailurePersistence::Direct("tests/scenario_hostile.proptest-regressions");

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: Some(Box::new(REGRESSIONS)), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        hostile::survive(&[&[0], text.as_bytes()].concat());
    }

    #[test]
    fn any_choice_of_lines_runs_to_an_end(choices in proptest::collection::vec(any::<u8>(), 0..60)) {
        hostile::survive(&[&[1], choices.as_slice()].concat());
    }

    #[test]
    fn an_error_points_into_the_script(entry in 0..ALL.len(), at in any::<prop::sample::Index>(), byte in "[ -~]") {
        let source = ALL[entry].source;
        let mut at = at.index(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        let text = format!("{}{byte}{}", &source[..at], &source[at..]);
        if let Err(error) = parse("t", &text) {
            prop_assert!(error.at.offset() <= text.len());
            prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1);
        }
    }
}

#[test]
fn the_kept_corpus_is_survived() {
    let folder = "fuzz/corpus/scenario";
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files {
        hostile::survive(&std::fs::read(file.unwrap().path()).unwrap());
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let refused = |text: &str, why: &str| {
        let error = parse("t", text).expect_err("it is too large");
        assert!(error.message.contains(why), "{}", error.message);
    };
    refused(&"#".repeat(300_000), "too long");
    refused(&"settle\n".repeat(10_001), "too many statements");
    refused(&(0..65).map(|n| format!("disk d{n} 1M\n")).collect::<String>(), "too many disks");
    refused("disk d 512T\n", "at most 256 TiB");
    refused("workload c random ops 1000001\n", "a number up to 1000000");
    refused("wait 1441min\n", "up to 24h");
    let names = (0..20).map(|n| format!("let A{} = $A{n}$A{n}$A{n}$A{n}\n", n + 1)).collect::<String>();
    refused(&format!("let A0 = 0123456789\n{names}"), "too long after names are expanded");
}

/// What a run says that has made too much work, and one that has taken too much memory.
const WORK: &str = "more than 16 million turns of work";
const MEMORY: &str = "more than 512 MiB of memory";

/// How the last statement of a script over a disk of 200 TiB and one of a cache went.
fn last(lines: &str) -> String {
    let text = format!(
        "# T\ndisk huge 200T\ndisk meta 4M\ndisk fast 1M\ndisk slow 8M\n\
         $ dmsetup create c --table '0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n\
         $ dmsetup create h --table '0 429496729600 linear /dev/huge 0'\n\
         $ dmsetup create z --table '0 429496729600 zero'\n{lines}\n"
    );
    let mut run = Run::new(parse("t", &text).unwrap(), Options::default());
    run.finish();
    format!("{:?}", run.worlds[0].marks.last().unwrap().outcome)
}

#[test]
fn what_would_not_end_or_fit_is_stopped() {
    let whole = "0..18446744073709551615";
    for endless in [
        "$ cat /dev/huge | tr a b",
        "$ tr a b < /dev/huge",
        "$ dd if=/dev/zero of=/dev/huge bs=1M",
        "$ dd if=/dev/zero of=/dev/null bs=1M count=99999999",
        "$ dd if=/dev/huge bs=1M count=99999999",
        "$ blkdiscard -f -z /dev/huge",
        "$ blkdiscard -f -p 512 /dev/huge",
        "$ for i in 1 2 3 4 5 6 7 8 9; do dd if=/dev/zero of=/dev/null bs=1M count=3000; done",
        "$ dd if=/dev/zero of=/dev/null bs=1 count=1G",
        "$ dd if=/dev/mapper/z of=/dev/null bs=1M",
        &format!("$ for i in {}; do for j in {}; do true; done; done", "1 ".repeat(1000), "1 ".repeat(1000)),
        &format!("$ for i in {}; do dmsetup create d$i --notable; done", (0..9_999).map(|n| format!("{n} ")).collect::<String>()),
        &format!("parallel\n{}end", (0..9).map(|n| format!("T{n}: $ dd if=/dev/zero of=/dev/null bs=1M count=3000\n")).collect::<String>()),
    ] {
        let went = last(endless);
        assert!(went.contains(WORK) || went.contains(MEMORY), "{endless}: {went}");
    }
    let nested = |n: usize, text: &str| format!("$ {}true;{}", text.repeat(n), "done;".repeat(n));
    let error = parse("t", &nested(12_000, "for a in 1;do ")).unwrap_err();
    assert_eq!(error.message, "the shell cannot parse this: loops are nested too deeply");
    for refused in [
        nested(12, "for a in 0 1 2 3 4 5 6 7 8 9;do "),
        "$ a=xxxxxxxxxxxxxxxx".to_owned() + &";a=$a$a".repeat(40),
        format!("$ x={}; for i in {}; do echo $x; done", "x".repeat(100_000), "1 ".repeat(2_000)),
        format!("$ printf '{}%s' {}", "x".repeat(60_000), "a ".repeat(5_000)),
        "$ sleep 999999999".to_owned(),
    ] {
        assert!(last(&refused).starts_with("Error"), "{:.40}: {}", refused, last(&refused));
    }
    assert_eq!(last("$ dd if=/dev/zero of=/dev/null bs=1 count=1 skip=1T status=none"), "Done");
    assert_eq!(last(&format!("$ cat /dev/fast | tr {} B > /dev/null", "A".repeat(20_000))), "Done");
    let long = |c: &str| c.repeat(20_000);
    let error = parse("t", &format!("# T\nlet {} = x\n$ echo ${}\n", long("A"), long("B"))).unwrap_err();
    assert!(error.render().len() < 3_000, "{} bytes", error.render().len());
    assert!(last("$ cache_dump /dev/mapper/h").contains(MEMORY), "{}", last("$ cache_dump /dev/mapper/h"));
    assert!(last(&format!("expect lost c {whole}")).contains("seen"));
    assert!(last(&format!("discard /dev/huge {whole}")).contains("Invalid argument"));
    assert_eq!(last("discard /dev/huge @0+200T"), "Done");
    assert_eq!(last("discard h @0+200T"), "Done");
    assert!(last(&format!("write c {whole} A")).contains("at once"));
    assert_eq!(last(&format!("workload h random ops 300 blocks {whole}\nexpect output \"300 of 300 requests failed\"")), "Held");
}

#[test]
fn a_run_that_prints_without_end_is_stopped() {
    let prints = "$ cat /dev/slow | tr a b\n".repeat(40);
    let mut run = Run::new(parse("t", &format!("# T\ndisk slow 8M\n{prints}")).unwrap(), Options::default());
    run.finish();
    assert!(!run.is_as_declared());
    let marks = run.worlds[0].marks.iter().map(|mark| format!("{:?}", mark.outcome)).collect::<Vec<_>>();
    assert!(marks.iter().any(|mark| mark.contains(WORK) || mark.contains(MEMORY)), "{:.200}", marks.join("\n"));
}

#[test]
fn a_run_that_works_without_end_is_stopped() {
    let endless = [
        ("$ dd if=/dev/huge of=/dev/null bs=1M count=256", 3),
        ("$ dd if=/dev/zero of=/dev/null bs=1M count=1024", 2),
        ("$ dd if=/dev/mapper/z of=/dev/null bs=1M count=1024", 2),
        ("expect read z @0+256M 0x00", 5),
        ("workload z zipf 1.1 ops 1 blocks 0..9999999", 5),
        ("wait 24h", 13),
    ];
    for (statement, most) in endless {
        let lines = format!("{statement}\n").repeat(20);
        let text = format!(
            "# T\ndisk huge 200T\ndisk meta 4M\ndisk fast 1M\ndisk slow 8M\n\
             $ dmsetup create z --table '0 429496729600 zero'\n\
             $ dmsetup create c --table '0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n{lines}"
        );
        let mut run = Run::new(parse("t", &text).unwrap(), Options::default());
        run.worlds[0].world.spend(Usage::RUN.work - 2_000_000);
        run.finish();
        assert!(run.stopped && (3..=2 + most).contains(&run.done()), "{statement}: {} statements done", run.done());
        assert_eq!(run.limit().as_deref(), Some(WORK), "{statement}");
    }
}

#[test]
fn background_work_that_fails_is_tried_again_as_long_as_the_work_allows() {
    let failing = "$ dmsetup create lin --table '0 2048 linear /dev/meta 0'\n\
         $ dmsetup create d --table '0 16384 cache /dev/mapper/lin /dev/fast /dev/slow 128 2 metadata2 writeback smq 0'\n\
         write d 0..3 A\nfail slow writes\nwrite d 11 B\n";
    assert_eq!(last(&format!("{failing}wait 1h\nexpect status d dirty 4\nheal slow\nwait 2s\nexpect status d dirty 0")), "Held");
    let went = last(&format!("{failing}wait 24h"));
    assert!(went.contains(WORK), "{went}");
}

#[test]
fn a_disk_fails_in_so_many_ranges_and_no_more() {
    assert_eq!(last(&"fail slow reads 0..7\n".repeat(256)), "Done");
    assert!(last(&"fail slow reads 0..7\n".repeat(257)).contains("more than 256 ranges of slow fail"));
}

#[test]
fn a_power_cut_keeps_what_any_of_its_ranges_holds() {
    let kept = |ranges: &str| last(&format!("write /dev/huge 0 A\npower-cut keep {ranges}\nexpect read /dev/huge 0 A"));
    assert_eq!(kept("3..15,0..9,7,2..4"), "Held");
    assert!(kept("3..15,1..9,7").contains("not all alike"));
    let many = (0..64u32).flat_map(|_| (0..16).map(|n| format!("{n}..15"))).collect::<Vec<_>>().join(",");
    assert_eq!(kept(&many), "Held");
}

/// Lines that make a table of `count` one-sector targets over a disk, to be piped into dmsetup.
fn one_sector_targets(count: u32, shift: u32) -> String {
    let sectors: String = (0..count).map(|n| format!(" {n} {}", n + shift)).collect();
    format!("printf '%d 1 linear /dev/slow %d\\n'{sectors}")
}

/// Ten times ten times ten times a command.
fn thousandfold(command: &str) -> String {
    let digits = "in 0 1 2 3 4 5 6 7 8 9; do";
    format!("$ for i {digits} for j {digits} for k {digits} {command}; done; done; done")
}

#[test]
fn a_machine_has_room_for_so_many_cache_blocks_targets_and_devices() {
    let log = |what: &str| format!("expect log \"dm-cache-lab: no more than {what}\"");
    let cache =
        |n: u64| format!("dmsetup create d --table '0 {} cache /dev/mapper/m /dev/mapper/f /dev/huge 64 1 writeback smq 0'", n * 64);
    let metadata = "$ dmsetup remove c\n$ dmsetup create m --table '0 2097152 linear /dev/huge 1000000000'\n";
    let fast = |blocks: u64| format!("{metadata}$ dmsetup create f --table '0 {} linear /dev/huge 0'", blocks * 64);
    let limit = log("4194304 cache blocks in all tables");
    for (blocks, first, second) in [(1 << 22, true, false), ((1 << 22) + 1, false, false), (1 << 21, true, true), (1 << 30, false, false)] {
        let start = format!("{}\n$ {}\n", fast(blocks), cache(blocks));
        assert_eq!(last(&format!("{start}expect rc {}", i32::from(!first))), "Held", "{blocks}");
        // The inactive table counts, too.
        let reload = format!("{start}$ {}\n", cache(blocks).replace("create", "load"));
        assert_eq!(last(&format!("{reload}expect rc {}", i32::from(!second))), "Held", "{blocks}");
        if !first {
            assert_eq!(last(&format!("{start}{limit}")), "Held", "{blocks}");
            assert_eq!(last(&format!("{start}expect output \"Cannot allocate memory\"")), "Held", "{blocks}");
        }
    }
    let table = |count| format!("{} | dmsetup", one_sector_targets(count, 0));
    assert_eq!(last(&format!("$ {} create t", table(16_000))), "Done");
    assert_eq!(last(&format!("$ {0} create t; {0} load t\nexpect output \"Cannot allocate memory\"", table(10_000))), "Held");
    assert_eq!(last(&format!("$ {0} create t; {0} load t\n{1}", table(10_000), log("16384 targets in all tables"))), "Held");
    let devices = (3..256).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    let devices = format!("$ for i in {devices}; do dmsetup create d$i --notable; done\n");
    assert_eq!(last(&devices), "Done");
    assert_eq!(last(&format!("{devices}$ dmsetup create more --notable\nexpect rc 1")), "Held");
    assert_eq!(last(&format!("{devices}$ dmsetup create more --notable\n{}", log("256 mapped devices"))), "Held");
    assert_eq!(last(&format!("{devices}$ dmsetup remove d9; dmsetup create more --notable")), "Done");
}

#[test]
fn pages_that_many_small_pieces_make_are_counted() {
    let done = |text: &str| {
        let mut run = Run::new(parse("t", text).unwrap(), Options::default());
        run.finish();
        let marks = run.worlds[0].marks.iter();
        let went = marks.map(|mark| format!("{:?}", mark.outcome)).collect::<Vec<_>>();
        assert!(went.iter().any(|went| went.contains(MEMORY)) || run.limit().as_deref() == Some(MEMORY), "{:.200}", went.join("\n"));
        went.iter().filter(|went| *went == "Done").count()
    };
    // The first statement, one command, makes next to no work of its own.
    for (shift, writes) in [(0, 27), (1, 12)] {
        let table = one_sector_targets(16_000, shift);
        let n = done(&format!("# T\ndisk slow 8M\n$ {table} | dmsetup create t\n{}", "write t @0+4M A\n".repeat(60)));
        assert!(n <= writes, "{n} statements done with the sectors moved by {shift}");
    }
    let sectors = "$ dd if=/dev/zero of=/dev/slow bs=512 count=16384 oflag=direct\n";
    let n = done(&format!("# T\ndisk slow 8M\n{}", sectors.repeat(60)));
    assert!(n < 20, "{n} statements done");
}

#[test]
fn what_a_stack_of_tables_multiplies_ends() {
    // Twelve tables of 100 targets each, all over the one below: a flush would come to the disk 100^12 times.
    let sectors: String = (0..100).map(|i| format!(" {0} {0}", i * 80)).collect();
    let mut stack = String::from("# T\ndisk meta 4M\ndisk fast 1M\ndisk slow 8M\n");
    for n in 0..12 {
        let below = if n == 0 { "/dev/meta".to_owned() } else { format!("/dev/mapper/s{}", n - 1) };
        stack.push_str(&format!("$ printf '%d 80 linear {below} %d\\n'{sectors} | dmsetup create s{n}\n"));
    }
    let cache = "dmsetup create c --table '0 16384 cache /dev/mapper/s11 /dev/fast /dev/slow 128 1 writeback smq 0'";
    for line in ["dd if=/dev/zero of=/dev/mapper/s11 bs=4K count=1 conv=fsync", cache] {
        let mut run = Run::new(parse("t", &format!("{stack}$ {line}")).unwrap(), Options::default());
        run.finish();
        let went = format!("{:?}", run.worlds[0].marks.last().unwrap().outcome);
        assert!(went.contains("the run takes more than "), "{line}: {went}");
    }
}

#[test]
fn commands_on_many_targets_or_devices_end() {
    let table = format!("$ {} | dmsetup create t\n", one_sector_targets(16_000, 0));
    for command in ["dmsetup deps t", "dmsetup info t", "dmsetup suspend t; dmsetup resume t", "dmsetup table t > /dev/null"] {
        let went = last(&format!("{table}{}", thousandfold(command)));
        assert!(went.contains(WORK), "{command}: {went:.200}");
    }
    let crowd = format!(
        "$ for i in {}; do dmsetup create d$i --table '0 8 linear /dev/mapper/h 0'; done\n",
        (0..200).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
    );
    // Two devices, each on the two below: the tree doubles with each pair.
    let mut doubled = String::new();
    for n in 0..20 {
        let below = |pair: &str| if n == 0 { "/dev/slow".to_owned() } else { format!("/dev/mapper/{pair}{}", n - 1) };
        let table = format!("0 8 linear {} 0\\n8 8 linear {} 0\\n", below("x"), below("y"));
        doubled.push_str(&format!("$ printf '{table}' | dmsetup create x{n}; printf '{table}' | dmsetup create y{n}\n"));
    }
    for (devices, command) in [(&crowd, "dmsetup info -c -o names_using_dev"), (&doubled, "dmsetup ls --tree")] {
        let went = last(&format!("{devices}{}", thousandfold(&format!("{command} > /dev/null"))));
        assert!(went.contains(WORK) || went.contains(MEMORY), "{command}: {went:.200}");
    }
    let columns = vec!["names_using_dev"; 2_000].join(",");
    assert!(last(&format!("{crowd}$ dmsetup info -c -o {columns}")).contains("reports more than 8 MiB"));
    // A key that comes again has no say, and costs nothing.
    assert_eq!(last(&format!("{crowd}$ dmsetup info -c -o name --sort {columns} > /dev/null")), "Done");
}

#[test]
fn a_discard_that_a_small_limit_cuts_to_pieces_ends() {
    let went = last(
        "$ dmsetup remove c\n$ dmsetup create tiny --table '0 1 cache /dev/meta /dev/fast /dev/slow 128 2 writeback no_discard_passdown smq 0'\n\
         $ printf '0 1 linear /dev/mapper/tiny 0\\n1 400000000000 linear /dev/huge 0\\n' | dmsetup create big\n\
         discard big @0+100T",
    );
    assert!(went.contains(WORK) || went.contains(MEMORY), "{went}");
}

#[test]
fn of_what_an_expectation_saw_the_beginning_and_the_end_are_kept() {
    let saw = last("$ echo begin; cat /dev/fast | tr '\\000' x; echo end\nexpect output nothing");
    assert!(saw.contains("begin") && saw.contains("end") && saw.contains(" bytes …"), "{saw:.99}");
    assert!(saw.len() < 5_000, "{} bytes of 1 MiB", saw.len());
}

#[test]
fn what_a_loop_passes_over_is_work_too() {
    let body = format!("false && : {}", "a ".repeat(100_000));
    let turns = format!("$ for i in {}; do {body}; done", "1 ".repeat(10_000));
    assert!(last(&turns).contains(WORK), "{:.200}", last(&turns));
    // What is passed over is not expanded, and so neither too long nor wrong.
    let skipped = format!("$ x={}; false && :>$x$x && for i in $x $x; do true; done", "x".repeat(100_000));
    assert!(last(&skipped).contains("exit code 1"), "{:.200}", last(&skipped));
}

#[test]
fn loops_within_each_other_share_the_room_for_words() {
    let many = "1 ".repeat(2_000);
    let loops = |n: usize| format!("$ x='{many}'; {}:;{}", "for i in $x; do for j in 1; do ".repeat(n), "done;".repeat(2 * n));
    assert!(last(&format!("$ for i in 1 2 3; do {}done", "for j in 1 2; do true; done; ".repeat(30))).contains("Done"));
    let long = "a ".repeat(100_000);
    let too_long = format!("$ x='{long}'; {}:;{}", "for i in $x; do ".repeat(6), "done;".repeat(6));
    assert!(last(&too_long).contains("Argument list too long"), "{:.200}", last(&too_long));
    assert!(last(&loops(2)).contains(WORK), "{:.200}", last(&loops(2)));
}

#[test]
fn a_calculation_reads_no_long_values() {
    assert_eq!(last("$ x=7; y=$((x * (x - 1))); echo $y\nexpect output \"42\""), "Held");
    let long = format!("$ x={}; echo $((x+1))", "0".repeat(100));
    assert!(last(&long).contains("Illegal number"), "{}", last(&long));
}

#[test]
fn errors_on_the_terminal_are_limited_like_the_rest() {
    let complains = format!("$ x={}; for i in {}; do : < $x; done", "x".repeat(100_000), "1 ".repeat(6_000));
    assert!(last(&complains).contains("the run takes more than"), "{:.200}", last(&complains));
}

#[test]
fn invalidating_large_ranges_again_and_again_ends() {
    let ranges = "0-1048576 ".repeat(20);
    let went = last(&format!(
        "disk flash 32G\ndisk meta2 64M\n\
         $ dmsetup create p --table '0 16384 cache /dev/meta2 /dev/flash /dev/slow 64 2 metadata2 passthrough smq 0'\n\
         $ for i in {}; do dmsetup message p 0 invalidate_cblocks {ranges}; done",
        "1 ".repeat(1_000)
    ));
    assert!(went.contains(WORK), "{went:.200}");
}

#[test]
fn tables_that_stand_on_each_other_end() {
    let cycle = "$ dmsetup create a --table '0 2048 linear /dev/slow 0'\n$ dmsetup create b --table '0 2048 linear /dev/mapper/a 0'\n\
                 $ dmsetup load a --table '0 2048 linear /dev/mapper/b 0'; dmsetup suspend a; dmsetup resume a\n";
    for endless in ["$ dd if=/dev/mapper/b of=/dev/null bs=4K count=1", "discard b 0"] {
        let went = last(&format!("{cycle}{endless}"));
        assert!(went.contains(WORK) || went.contains(MEMORY), "{endless}: {went}");
    }
    assert_eq!(last(&format!("{cycle}$ dmsetup info -c; dmsetup ls --tree; dmsetup table; dmsetup deps; dmsetup status")), "Done");
    assert_eq!(
        last(&format!("{cycle}$ dmsetup load a --table '0 2048 error'; dmsetup resume a; dmsetup remove b; dmsetup remove a")),
        "Done"
    );
}

#[test]
fn looking_at_a_machine_with_much_under_way_is_work() {
    // What goes to the cache device arrives a day later: promotions pile up.
    let text = "# T\ndisk meta 40M\ndisk fast 4G\ndisk slow 64G\n\
                $ dmsetup create late --table '0 8388608 delay /dev/fast 0 0 /dev/fast 0 86400000'\n\
                $ dmsetup create c --table '0 134217728 cache /dev/meta /dev/mapper/late /dev/slow 64 1 writeback smq 2 migration_threshold 20480000'\n\
                workload c zipf 1.1 ops 100000\n";
    let looks = "expect status c used 0\n".repeat(9_000);
    let mut run = Run::new(parse("t", &format!("{text}{looks}")).unwrap(), Options::default());
    run.finish();
    assert!(run.stopped && run.done() < 5_000, "{} statements done", run.done());
}

#[test]
fn a_word_of_digits_is_read_as_fast_as_one_of_letters() {
    let read = |word: &str| {
        let text = format!("# T\n$ echo {}\n", word.repeat(200_000));
        let start = std::time::Instant::now();
        parse("t", &text).unwrap();
        start.elapsed()
    };
    let (letters, digits) = (read("a"), read("1"));
    assert!(digits < letters * 20 + std::time::Duration::from_millis(200), "{letters:?} and {digits:?}");
}

#[test]
fn whatever_the_order_two_openers_share_one_object() {
    for seed in 0..64 {
        let opened = format!(
            "seed {seed}\n$ dmsetup create p --notable\n$ dmsetup create q --notable\nparallel\n\
             P: $ dmsetup reload p --table '0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n\
             Q: $ dmsetup reload q --table '0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\nend\nexpect objects 1"
        );
        assert_eq!(last(&opened), "Held", "seed {seed}");
    }
}

#[test]
fn a_run_with_pauses_equals_one_without() {
    let text = "# T\ndisk meta 4M\ndisk fast 16M\ndisk slow 128M\n\
         $ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n\
         workload c zipf 1.1 ops 700 reads 70% blocks 0..299\nworkload nowhere random ops 9 blocks 0..1\n\
         $ dmsetup suspend c\nworkload c random ops 40 blocks 0..9\n$ dmsetup resume c\nworkload c scan ops 33 blocks 0..99999\n";
    for sharing in [Sharing::Off, Sharing::Compare] {
        let options = Options { sharing: Some(sharing), ..Options::default() };
        let mut whole = Run::new(parse("t", text).unwrap(), options);
        let mut paused = whole.clone();
        whole.finish();
        let mut pauses = 0;
        let mut done = 0;
        while paused.advance_while(&|| false) {
            pauses += usize::from(paused.done() == done);
            done = paused.done();
        }
        assert!(pauses > 700 / 16, "{pauses} pauses within statements");
        for (one, other) in whole.worlds.iter().zip(&paused.worlds) {
            assert_eq!(one.marks, other.marks);
            assert_eq!(one.timeline.events(), other.timeline.events());
            assert_eq!(one.timeline.steps(), other.timeline.steps());
        }
    }
}
