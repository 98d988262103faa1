//! Any bytes at all as a script: it is read or refused, and what can be read runs to an end.

use dm_cache_engine::world::Usage;
use dm_cache_lab::scenario::ast::{Script, Sharing};
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::scenario::{fmt, parse};
use std::fmt::Write;

const HEADER: &str = "# Any script\nseed 3\ndisk meta 1M\ndisk fast 1M\ndisk slow 8M\nlet W = 0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0\nlet V = 0 16384 cache /dev/meta /dev/fast /dev/slow 128 2 metadata2 writeback smq 0\nlet P = 0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 passthrough cleaner 0\nlet L = 0 16384 cache /dev/mapper/lin /dev/fast /dev/slow 128 1 writethrough mq 0\n$ sync\n";

/// Lines to choose from; `%` is a small number.
const LINES: &[&str] = &[
    "$ dmsetup create c --table '$W'",
    "$ dmsetup create d --table '$V'",
    "$ dmsetup create lin --table '0 2048 linear /dev/meta 0'",
    "$ dmsetup create c --notable",
    "$ dmsetup reload c --table '$W'",
    "$ dmsetup reload c --table '$V'",
    "$ dmsetup reload c --table '$P'",
    "$ dmsetup reload c --table '$L'",
    "$ dmsetup reload d --table '$L'",
    "$ dmsetup suspend c",
    "$ dmsetup suspend --noflush c",
    "$ dmsetup resume c",
    "$ dmsetup clear c",
    "$ dmsetup remove c",
    "$ dmsetup remove d",
    "$ dmsetup remove_all",
    "$ dmsetup status c",
    "$ x='a b'; for i in $x c$((1%)); do echo \"[$i]\" 2>&1 | tr a-c X-Z && ls /dev/mapper; done; printf '\\t\\101' $x",
    "$ dmsetup status --inactive c",
    "$ dmsetup message c 0 migration_threshold %",
    "$ dmsetup message c 0 invalidate_cblocks %",
    "$ dmsetup message d 0 migration_threshold 20480",
    "write c % A",
    "write d % B",
    "write /dev/meta % C",
    "write c @4K+512 D",
    "read c %",
    "read /dev/slow %",
    "discard c %",
    "workload c zipf 1.1 ops 40 blocks 0..63",
    "settle",
    "wait 2s",
    "power-cut keep random",
    "power-cut keep none",
    "power-cut keep 0,%",
    "evict a",
    "fail meta writes %",
    "fail meta both",
    "fail slow writes",
    "heal meta",
    "heal slow",
    "resize fast %M",
    "expect check /dev/meta ok",
    "expect lost c none",
    "expect stale a none",
    "expect read c % A",
    "expect objects %",
    "expect lost c 0..18446744073709551615",
    "discard /dev/slow 0..18446744073709551615",
    "workload c random ops 40 blocks %..18446744073709551615",
    "$ cat /dev/fast | tr A B",
    "$ blkdiscard -z -o %K -l 1M /dev/slow",
    "expect output \"\"",
    "$ for i in 1 2 %; do dmsetup reload c --table '$W'; dmsetup clear c; done",
    "$ for i in % 2; do echo $((i*(2+%))) | tr 1 2; done",
    "$ dd if=/dev/zero of=/dev/mapper/c bs=%K count=8 seek=%",
    "$ dd if=/dev/mapper/c of=/dev/null iflag=direct bs=%b",
    "$ cache_check /dev/meta",
    "$ cache_dump /dev/meta",
    "$ sleep %",
    "wait 1h",
    "fail fast reads 0..%",
    "power-cut keep 0..%,0,0..%",
    "parallel\n  P: $ dmsetup reload c --table '$W'\n  Q: $ dmsetup remove d\n  R: $ dmsetup create d --table '$W'\nend",
];

/// A script made of choices: each pair of bytes is a line and its number.
fn chosen(data: &[u8]) -> String {
    let mut script = String::from(HEADER);
    for pair in data.chunks(2).take(40) {
        let (line, number) = (pair[0] as usize % LINES.len(), pair.get(1).copied().unwrap_or(0) % 24);
        let _ = writeln!(script, "{}", LINES[line].replace('%', &number.to_string()));
    }
    script
}

/// Work that a run may still make: the limit is what is looked at, not how long it takes to come to it.
const WORK_LEFT: u64 = 250_000;

/// Reads `data` as a script and runs it, in both worlds.
pub(crate) fn survive(data: &[u8]) {
    let Some((how, data)) = data.split_first() else { return };
    let text = if how % 2 == 0 { String::from_utf8_lossy(data).into_owned() } else { chosen(data) };
    let script = match parse("any.dml", &text) {
        Ok(script) => script,
        Err(error) => {
            assert!(!error.render().is_empty());
            assert!(how % 2 == 0, "a chosen script can be read: {}", error.render());
            return;
        }
    };
    let laid_out = fmt::format("any.dml", &text).expect("what can be read can be laid out");
    assert_eq!(fmt::format("any.dml", &laid_out).as_deref().ok(), Some(laid_out.as_str()), "laid out once is laid out");
    let meaning = |script: &Script| script.body.iter().map(|s| s.action.clone()).collect::<Vec<_>>();
    assert_eq!(meaning(&script), meaning(&parse("any.dml", &laid_out).expect("laid out it can be read")), "the layout changes nothing");
    let mut run = Run::new(script, Options { sharing: Some(Sharing::Compare), ..Options::default() });
    for world in &mut run.worlds {
        // The two share what a run may take.
        world.world.spend((Usage::RUN.work - WORK_LEFT) / 2);
    }
    run.finish();
    for world in &run.worlds {
        let _ = world.timeline.last().picture().to_string();
    }
    let _ = run.divergence();
}
