//! Each way for a script to take memory ends with a clear word, within what a run may take; so does a run that is interrupted.
#![cfg(all(feature = "cli", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const MEMORY: &str = "more than 512 MiB of memory";
const WORK: &str = "more than 16 million turns of work";
const STEPS: &str = "more than 200000 steps";

const DISKS: &str = "# T\ndisk meta 4M\ndisk fast 1M\ndisk slow 8M\ndisk huge 200T\n";
const CACHE: &str = "$ dmsetup create c --table '0 16384 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\n";

fn dmlab() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmlab"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a script, which is not to go as declared, and looks for one of `words`.
fn ends(script: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.dml");
    fs::write(&path, script).unwrap();
    let output = dmlab().args(["run", "-q"]).arg(&path).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said:.500}");
    assert!(words.iter().any(|word| said.contains(word)), "{said:.500}");
    // The largest of all children so far.
    let mib = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() / 1024;
    assert!(mib < 512, "{mib} MiB of memory");
}

/// A command, ten times ten times ten times.
fn thousandfold(command: &str) -> String {
    let digits = "in 0 1 2 3 4 5 6 7 8 9; do";
    format!("$ for i {digits} for j {digits} for k {digits} {command}; done; done; done\n")
}

/// A line that writes a thousand pages, no two alike, with `salt` in them.
fn distinct(disk: &str, salt: usize) -> String {
    thousandfold(&format!("printf '%d%d%d {disk} {salt}' $i $j $k | dd of=/dev/{disk} bs=4K seek=$((i*100+j*10+k)) 2>/dev/null"))
}

#[test]
fn pages_no_two_of_which_are_alike() {
    ends(&format!("{DISKS}{}", (0..200).map(|n| distinct("huge", n)).collect::<String>()), &[MEMORY]);
}

#[test]
fn pages_of_many_disks() {
    let disks: String = (0..60).map(|n| format!("disk d{n} 8M\n")).collect();
    let lines: String = (0..200).map(|n| distinct(&format!("d{}", n % 60), n)).collect();
    ends(&format!("# T\n{disks}{lines}"), &[MEMORY]);
}

#[test]
fn pages_of_two_worlds() {
    ends(&format!("# T\nsharing compare\ndisk huge 200T\n{}", (0..200).map(|n| distinct("huge", n)).collect::<String>()), &[MEMORY]);
}

#[test]
fn pages_that_sectors_lie_across() {
    let table = "$ dmsetup create late --table '0 2040 linear /dev/huge 3'\n";
    let cache = "$ dmsetup create c --table '0 16384 cache /dev/meta /dev/mapper/late /dev/slow 64 1 writeback smq 2 migration_threshold 20480000'\n";
    ends(&format!("{DISKS}{table}{cache}workload c zipf 1.1 ops 1000000\n"), &[MEMORY]);
}

#[test]
fn requests_that_wait_for_a_suspended_device() {
    let many: String = (0..8).map(|n| distinct("slow", n)).collect();
    let hang = "$ dmsetup create l --table '0 16384 linear /dev/huge 0'\n$ dmsetup suspend l\n";
    let writes = "$ dd if=/dev/slow of=/dev/mapper/l bs=8M count=1\n".repeat(4_000);
    ends(&format!("{DISKS}{many}{hang}{writes}"), &[WORK, MEMORY]);
}

#[test]
fn bios_cut_into_very_many() {
    let tiny = "$ dmsetup create tiny --table '0 1 cache /dev/meta /dev/fast /dev/slow 128 2 writeback no_discard_passdown smq 0'\n\
         $ printf '0 1 linear /dev/mapper/tiny 0\\n1 400000000000 linear /dev/huge 0\\n' | dmsetup create big\n";
    ends(&format!("{DISKS}{tiny}discard big @0+100T\n"), &[MEMORY]);
}

#[test]
fn events_steps_and_keyframes() {
    ends(&format!("{DISKS}{CACHE}{}", "workload c random ops 1000000\n".repeat(9)), &[WORK, "more than 4000000 events"]);
    let commits = format!("workload c random ops 200 blocks 0..127\n{}", thousandfold("dmsetup suspend c; dmsetup resume c")).repeat(200);
    ends(&format!("{DISKS}{CACHE}{commits}"), &[MEMORY, STEPS, WORK]);
}

#[test]
fn tables_loaded_again_and_again() {
    let targets: String = (0..4_000).map(|n| format!(" {n} {n}")).collect();
    let load = format!("printf '%d 1 linear /dev/slow %d\\n'{targets} | dmsetup load t");
    ends(&format!("{DISKS}$ dmsetup create t --notable\n{}", thousandfold(&load)), &[STEPS]);
}

#[test]
fn caches_as_large_as_can_be() {
    let large = "# T\ndisk fast 128G\ndisk meta 256M\ndisk slow 1T\n\
         $ dmsetup create c --table '0 2147483648 cache /dev/meta /dev/fast /dev/slow 64 1 writeback smq 0'\n";
    ends(&format!("{large}workload c random ops 1000000\n{}", "$ dmsetup suspend c; dmsetup resume c\n".repeat(20)), &[MEMORY]);
}

#[test]
fn lines_of_the_log() {
    let message = format!("dmsetup message c 0 {}", "x".repeat(2_000));
    ends(&format!("{DISKS}{CACHE}{}", thousandfold(&message).repeat(110)), &[MEMORY, WORK]);
}

#[test]
fn text_that_is_printed_and_told_by_the_transcript() {
    let prints = format!("{DISKS}{}", "$ cat /dev/slow | tr '\\000' x\n".repeat(60));
    ends(&prints, &[MEMORY, WORK]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prints.dml");
    fs::write(&path, format!("{prints}{}", thousandfold("true").repeat(2_000))).unwrap();
    let output = dmlab().args(["run", "--transcript"]).arg(&path).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped: more than"), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() / 1024 < 512);
}

#[test]
fn variables_and_pipes() {
    let variables: String = (0..3_000).map(|n| format!("; a{n}=$y")).collect();
    ends(&format!("# T\n$ x={}; y=$x$x$x$x$x$x$x$x$x{variables}\n", "x".repeat(100_000)), &[MEMORY, WORK]);
    let pipes = thousandfold("echo $x | tr x y | tr y z > /dev/null").replacen("$ ", &format!("$ x={}; ", "x".repeat(200_000)), 1);
    ends(&format!("# T\n{pipes}"), &[MEMORY, WORK]);
}

#[test]
fn buffers_of_a_verb_and_of_an_expectation() {
    for verb in ["read /dev/huge @0+256M", "write /dev/huge @0+256M A", "expect read /dev/huge @0+256M 0x00"] {
        ends(&format!("{DISKS}{}", format!("{verb}\n").repeat(40)), &[WORK]);
    }
}

#[test]
fn whoever_runs_it_can_interrupt_it_within_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.dml");
    fs::write(&path, format!("{DISKS}$ echo begun\n{}", "expect read /dev/huge @0+256M 0x00\n".repeat(40))).unwrap();
    let child = dmlab().arg("run").arg(&path).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(text(&output).contains("begun") && text(&output).contains("stopped: interrupted"), "{}", text(&output));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_interrupted_command_leaves_the_old_file_and_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    fs::write(&image, vec![7; 1 << 20]).unwrap();
    // Half an image's XML, and nobody who says more.
    let mut child = dmlab().stdin(Stdio::piped()).args(["restore", "-i", "/dev/stdin", "-o"]).arg(&image).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(
        &mut input,
        b"<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"16\" policy=\"smq\" hint_width=\"4\">\n",
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let files = || fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files(), 2, "it has begun");
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!((output.status.code(), text(&output).as_str()), (Some(130), "interrupted\n"));
    assert_eq!(files(), 1);
    assert_eq!(fs::read(&image).unwrap(), vec![7; 1 << 20]);
}

/// lvm2 lets `cache_check` read all metadata before it activates a cache.
#[test]
fn metadata_that_are_too_large_to_be_held_end_the_command_and_not_the_program() {
    let script = "dm-cache-lab 1\n# T\ndisk vda 8G\n$ pvcreate /dev/vda\n$ vgcreate vg /dev/vda\n$ lvcreate -n data -L 1g vg\n\
        $ lvcreate --type cache-pool -n fast -L 64m --poolmetadatasize 300m vg\n\
        $ lvconvert -y --type cache --cachepool vg/fast vg/data\n$ lvchange -an vg/data\n$ lvchange -ay vg/data\n";
    ends(script, &[MEMORY]);
}
