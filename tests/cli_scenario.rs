//! `dmlab run`, `list`, `explain`, `export` and `fmt`, as a terminal sees them.
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
fn a_quiet_run_says_nothing_of_what_went_as_declared() {
    assert_eq!(stdout(&dmlab(&["run", "-q", "cleaner", "-"], "# t\n")), "");
    let said = stdout(&dmlab(&["run", "-q", "-"], "# t\nexpect objects 0\nexpect objects 1\n"));
    assert!(said.starts_with("   3 ! expect objects 1\n") && said.ends_with("NOT as declared\n"), "{said}");
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
    for line in ["w c /dev/mapper/c 50 4 102 64k", "r 'dmsetup suspend c'", "stat1 c", "disk META 4194304 # /dev/meta"] {
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
fn what_could_touch_something_else_of_that_machine_is_refused() {
    let lines = [
        "blkdiscard sda",
        "blkdiscard -o 0 -l 4096 sda",
        "blockdev --setro sda",
        "cache_check --clear-needs-check-flag sda",
        "cache_dump /dev/slow -o out",
        "cache_dump /dev/slow -oout",
        "cache_dump /dev/slow --output=out",
        "dd if=/dev/zero of=sda",
        "dd if=/dev/zero of=/dev/slow/../sda",
        "cat sda",
        "cat /sys/../etc/shadow",
        "dmsetup remove --uuid LVM-1",
        "dmsetup suspend -j 253 -m 0",
        "dmsetup remove other",
        "dmsetup remove_all",
        "dmsetup udevcomplete_all",
        "dmsetup mangle",
        "dmsetup ls --exec reboot",
        "dmsetup create d --concise 'x,,,,0 8 zero'",
        "dmsetup create d --table '0 8 linear 8:0 0'",
        "reboot",
        "x=1 reboot",
        "sh -c reboot",
        "echo a > out",
        "true || reboot",
        "for n in $(reboot); do true; done",
        "dd if=/dev/zero of=/dev/\"slow\" count=1",
        "dd if=/dev/zero of=/dev/s\\low count=1",
        "dd if=/dev/zero of=/d'ev'/slow count=1",
        "blkdiscard '/dev/'slow",
        "dmsetup create d --table '0 8 linear /dev/'slow' 0'",
        "dmsetup create d --table \"0 8 linear /dev/\"'slow'\" 0\"",
        "cat < /dev/s'l'ow",
        "dmsetup create -- -uLVM-1 --notable",
        "dmsetup create --notable -- -f",
        "printf -v PATH /tmp",
        "cat /sys/kernel/debug/tracing/trace_pipe",
        "cat /dev/zero",
        "echo 'a\u{1}'",
        "dmsetup --verbose ls remove_all",
        "dmsetup ls --verbose -- --exec reboot",
        "dmsetup table --showkeys",
        "dmsetup status",
        "dmsetup info other",
        "dmsetup udevcomplete_all -y c",
        "dmsetup target-version c",
        "dmsetup rename c 'x y'",
        "dmsetup create control --notable",
        "dmsetup create .. --notable",
        "dmsetup create d --table '0 8linear zero 0'",
        "dmsetup create d --table '0 8 error /dev/sda 0'",
        "dmsetup create d --table '0 8 linear /dev/slow\\ 0'",
        "x=1; dmsetup ls ${x}--exec reboot",
        "dmsetup ls ${x}--exec reboot; for x in 1; do :; done",
        "for PATH in 1; do dmsetup version; done",
        "for i in 0; do cat -$i/etc/hostname; done",
        "for n in 1 2; do dmsetup status c; done",
        "echo $((HOME))",
        "cache_dump --output 12 /dev/slow",
        "cache_check --clear-needs-check-flag 12",
        "blkdiscard -f 12",
        "sync 12",
        "usleep 1",
        "true || tr a b </dev/zero",
        "false && dd if=/dev/zero of=/dev/null",
        "true || dd if=/dev/zero | cat",
        "dd if=/dev/slow of=out",
        "dd --help=/dev/slow",
        "printf 'a%n' PATH",
        "printf '%5nPATH'",
        "printf '%(%s)T'",
        "printf %d 'a[$(reboot)]'",
        "printf '%s %d' a 1 b 'x[1]'",
        "printf %999999999d 1",
        "dd if=/dev/slow of=/dev/null bs=9G count=1",
        "dd if=/dev/slow of=/dev/null conv=ucase",
        "cat /sys/block/sda/device/vpd",
        "cat /sys/block/../kernel/size",
        "ls /sys/block/sda/device",
        "cat /sys/block/sda/size >/dev/null && sleep 1",
        "ls",
        "sync",
        "true || sleep 99999",
        "dd if=/dev/zero of=/dev/slow of=/dev/null",
        "dmsetup reload c --table '0 8 linear /dev/mapper/c 0'",
        "dmsetup create d --table '0 8 linear /dev/mapper/c 0'; dmsetup reload c --table '0 8 linear /dev/mapper/d 0'",
        "dmsetup create d --table '0 8 linear /dev/mapper/c 0' && dmsetup rename d e; dmsetup load c --table '0 8 linear /dev/mapper/e 0'",
        "echo '\u{202e}'",
        "x=1; echo 1",
    ];
    for line in lines {
        let script = format!("# T\nsharing on\ndisk slow 1M\n$ dmsetup create c --table '0 8 zero'\n$ {line}\n");
        let refused = dmlab(&["export", "--sh", "-"], &script);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.stdout.is_empty() && refused.status.code() != Some(0), "{line}");
        assert!(text.contains("cannot be done on a real machine") || text.contains("this shell does not support"), "{line}: {text}");
    }
    for status in ["expect status other used 1", "expect status --exec=reboot used 1"] {
        let script = format!("# T\nsharing on\ndisk slow 1M\n{status}\n");
        assert_ne!(dmlab(&["export", "--sh", "-"], &script).status.code(), Some(0), "{status}");
    }
    for verb in ["read c 0..999999999999", "write c 0..65536 A", "$ dmsetup suspend c\nwrite c 0 A", "$ dmsetup suspend c\nread c 0"] {
        let script = format!("# T\nsharing on\ndisk slow 1M\n$ dmsetup create c --table '0 8 zero'\n{verb}\n");
        assert_ne!(dmlab(&["export", "--sh", "-"], &script).status.code(), Some(0), "{verb}");
    }
    let own = "sleep 0.1s; tr '\\000' A < /dev/zero | dd of=/dev/mapper/c bs=4k seek=$((0x2 * 3)) count=1 status=none; printf '%d%%\\n' $?; blkdiscard -o 0 -l 4096 /dev/slow; blockdev --getsz /dev/mapper/c; dmsetup remove c";
    let own = own.replace("; ", "\n$ ");
    let script = format!("# T\nsharing on\ndisk slow 1M\n$ dmsetup create c --table '0 8 zero'\n$ {own}\n");
    assert!(stdout(&dmlab(&["export", "--sh", "-"], &script)).contains("blockdev --getsz"), "what is the script's own may be touched");
}

#[test]
fn pictures_and_stories_are_written_at_a_step() {
    let svg = stdout(&dmlab(&["export", "reload-while-live", "--svg", "--sharing", "off"], ""));
    assert!(svg.starts_with("<svg") && svg.contains("LOST 50..53") && svg.contains(">read c 50–53<"), "{svg}");
    let text = stdout(&dmlab(&["export", "reload-while-live", "--text", "--step", "swapped", "--sharing", "off"], ""));
    assert!(text.contains("STALE 0"), "{text}");
    let story = stdout(&dmlab(&["explain", "reload-while-live"], ""));
    assert!(story.contains("from here on the two worlds differ"), "{story}");
}

#[test]
fn of_a_comparison_both_worlds_are_drawn_and_told() {
    let export = |args: &[&str]| stdout(&dmlab(&[&["export", "reload-while-live", "--sharing", "compare"], args].concat(), ""));
    let svg = export(&["--svg"]);
    for wanted in ["viewBox=\"0 0 1440 ", ">Sharing off<", ">Sharing on<", ">sees 4 mappings<", ">read c 50–53<", ">42 42 42 42 ✓<"] {
        assert!(svg.contains(wanted), "{wanted}: {svg}");
    }
    assert!(svg.contains("sharing off and on"));
    let alone = stdout(&dmlab(&["export", "reload-while-live", "--svg", "--sharing", "on"], ""));
    assert!(alone.contains("viewBox=\"0 0 840 ") && !alone.contains(">Sharing on<"));
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

#[test]
fn a_wrong_command_line_is_2_and_a_help_is_0() {
    for wrong in
        [&[][..], &["lst"], &["run"], &["run", "--sharing", "maybe", "x"], &["man", "foo"], &["export", "--svg", "--step", "999", "zipf"]]
    {
        assert_eq!(dmlab(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(dmlab(&["run", "--help"], "").status.code(), Some(0));
    assert_eq!(dmlab(&["fmt", "zipf"], "").status.code(), Some(2), "a library's scenario is no file");
}

#[test]
fn json_of_several_scenarios_tells_which_is_which_and_what_is_wrong() {
    let out = dmlab(&["run", "--json", "nothing-such", "-", "crash"], "# t\nexpct objects 0\n");
    assert_eq!(out.status.code(), Some(2));
    let lines: Vec<serde_json::Value> = stdout(&out).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<&str> = lines.iter().map(|l| l["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, ["nothing-such", "-", "crash"]);
    assert_eq!((lines[1]["error"]["line"].as_u64(), lines[1]["error"]["help"].as_str()), (Some(2), Some("did you mean `expect`?")));
    assert_eq!((lines[2]["as_declared"].as_bool(), lines[2]["seed"].as_u64()), (Some(true), Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_no_success() {
    for args in [&["run", "crash"][..], &["run", "--json", "crash"], &["explain", "crash"], &["export", "--text", "crash"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_dmlab")).args(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("cannot write"), "{args:?}");
    }
}

#[test]
fn a_disk_is_exported_as_its_bytes() {
    let image = dmlab(&["export", "--image", "meta", "--step", "written", "reload-while-live", "--sharing", "on"], "").stdout;
    assert_eq!(image.len(), 4 << 20);
    let file = std::env::temp_dir().join(format!("dmlab-image-{}", std::process::id()));
    std::fs::write(&file, image).unwrap();
    let checked = dmlab(&["check", file.to_str().unwrap()], "");
    std::fs::remove_file(&file).unwrap();
    let told = String::from_utf8_lossy(&checked.stderr);
    assert!(told.contains("Linux takes all 4 mapped blocks as dirty"), "{told}");
    let wrong = dmlab(&["export", "--image", "nothing", "reload-while-live"], "");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("no disk `nothing`; disks: meta, fast, slow"));
}

#[test]
fn an_exported_script_keeps_off_what_it_was_not_given() {
    let disks = "# t\ndisk vda 8M\ndisk vda-b 8M\ndisk vda_b 8M\ndisk path 1000K\n";
    let export = |lines: &str| dmlab(&["export", "--sh", "-"], &format!("{disks}{lines}\n"));
    let text = stdout(&export(
        "$ dmsetup create m --table '0 8 linear /dev/vda 0'\n$ dmsetup create -u x n --table '0 8 linear /dev/vda-b 0'\nwrite path 0 A\ndiscard m 0..1",
    ));
    assert!(text.contains("MADE=\"n m\""), "{text}");
    for variable in [
        "disk DISK_VDA 8388608 # /dev/vda",
        "disk DISK_VDA_B 8388608 # /dev/vda-b",
        "disk DISK_VDA_B_ 8388608 # /dev/vda_b",
        "disk DISK_PATH 1024000 # /dev/path",
    ] {
        assert!(text.lines().any(|l| l == variable), "{variable}: {text}");
    }
    for word in ["'\"$DISK_VDA\"' 0", "'\"$DISK_VDA_B\"' 0", "w path \"$DISK_PATH\" 0 1 101 64k\n", "/dev/mapper/m\n"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("dmesg -c"));
    for (refused, why) in [
        ("$ dmsetup remove_all", "remove every device"),
        ("$ dmsetup ls > /tmp/x", "writes to a file"),
        ("$ for i in 1 2; do dmsetup create l$i --notable; done", "only one plain command"),
        ("$ dmsetup create m --table '0 8 linear /dev/sda 0'", "not the script's own"),
        ("$ dmsetup create m --table '0 8 linear 8:0 0'", "not the script's own"),
        ("$ dmsetup create m --table '0 8 linear /dev/mapper/vg-root 0'", "not the script's own"),
        ("$ dmsetup create --tabl '0 8 crypt x' m", "this option"),
        ("$ dmsetup create m --table '0 8 crypt x'", "not the script's own"),
        ("$ echo 0 8 zero | dmsetup create m", "not on the command line"),
        ("$ dmsetup suspend vg-root", "the script does not create"),
        ("$ rm -rf /home", "may not run this program"),
        ("$ sh -c 'dmsetup remove_all'", "may not run this program"),
        ("$ x=/dev; dd of=$x/sda if=/dev/zero", "only one plain command"),
        ("$ x=1 dmsetup status c", "a variable in it"),
        ("$ true && dmsetup create m --notable", "only one plain command"),
        ("$ for x in /dev; do dd of=$x/sda; done", "only one plain command"),
        ("$ echo $?; dmsetup create m --notable; n=1 dmsetup remove m$n", "only one plain command"),
        ("$ dd if=/dev/zero of=//dev/sda", "could touch"),
        ("$ dd if=/dev/zero of=/dev/vda/../sda", "could touch"),
        ("$ dd if=/dev/zero of=sda", "could touch"),
        ("$ blkdiscard /dev/sda", "could touch"),
        ("$ cat < /etc/shadow", "could touch"),
        ("write /dev/mapper/vg-root 0 A", "may be one of that machine"),
        ("write /dev/sda 0 A", "may be one of that machine"),
        ("write c 0 A", "does not create a device of this name"),
        ("evict a", "buffers"),
    ] {
        let out = export(refused);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(1) && said.contains("line 6") && said.contains(why), "{refused}: {said}");
    }
    let named = stdout(&export("$ dmsetup --readahead 256 create --mode 0600 c --notable"));
    assert!(named.contains("MADE=\"c\""), "{named}");
    assert_eq!(dmlab(&["export", "--sh", "--sharing", "off", "crash"], "").status.code(), Some(2));
    let off = stdout(&dmlab(&["export", "--sh", "two-roots"], ""));
    assert!(off.contains("a kernel without the fix") && !off.contains("# expect"), "{off}");
}

#[cfg(unix)]
#[test]
fn an_exported_script_overwrites_only_block_devices_and_only_when_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported");
    std::fs::create_dir_all(&folder).unwrap();
    // In place of what would need root: the script ends before it does anything.
    for (name, text) in [("id", "echo 0"), ("dmsetup", "exit 1"), ("modprobe", "exit 0"), ("losetup", "exit 1")] {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (script, precious) = (folder.join("x.sh"), folder.join("precious"));
    std::fs::write(&script, stdout(&dmlab(&["export", "--sh", "alias-device"], ""))).unwrap();
    std::fs::write(&precious, "precious").unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let said = |overwrite: &str| {
        let run = Command::new("sh").arg(&script).env("PATH", &path).env("META", &precious).env("OVERWRITE", overwrite).output().unwrap();
        assert_eq!(run.status.code(), Some(2));
        String::from_utf8(run.stderr).unwrap()
    };
    assert!(said("").contains("would be LOST"), "{}", said(""));
    assert!(said("yes").contains("is no block device"), "{}", said("yes"));
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
}

/// A folder with metadata as `cache_dump` wrote it, as an image and packed, and a script over each.
fn folder_of_metadata() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::copy("tests/image/image-into-a-disk.xml", path("meta.xml")).unwrap();
    std::fs::File::create(path("meta.img")).unwrap().set_len(8 << 20).unwrap();
    let (xml, image) = (path("meta.xml"), path("meta.img"));
    let restored = dmlab(&["restore", "-q", "-i", xml.to_str().unwrap(), "-o", image.to_str().unwrap()], "");
    assert!(restored.status.success(), "{restored:?}");
    let mut packed = flate2::write::GzEncoder::new(std::fs::File::create(path("my meta.gz")).unwrap(), flate2::Compression::fast());
    packed.write_all(&std::fs::read(path("meta.img")).unwrap()).unwrap();
    packed.finish().unwrap();
    for (script, from) in
        [("xml", "meta.xml"), ("raw", "meta.img"), ("gzip", "\"my meta.gz\""), ("missing", "none.img"), ("small", "meta.img")]
    {
        let size = if script == "small" { "4M" } else { "8M" };
        let text = format!(
            "# Metadata of one's own\ndisk meta {size} from {from}\ndisk fast 248M\ndisk slow 512M\n\
             $ dmsetup create c --table '0 1048576 cache /dev/meta /dev/fast /dev/slow 128 1 writeback mq 0'\n\
             $ dmsetup status c\nexpect output \"/2048 128 18/3968\"\nexpect status c dirty 0\n"
        );
        std::fs::write(path(&format!("{script}.dml")), text).unwrap();
    }
    folder
}

#[test]
fn a_disk_is_filled_from_an_image_a_gzip_file_or_xml_beside_the_script() {
    let folder = folder_of_metadata();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for script in ["xml.dml", "raw.dml", "gzip.dml"] {
        let out = dmlab(&["run", &path(script)], "");
        assert_eq!(out.status.code(), Some(0), "{script}: {}{}", stdout(&out), String::from_utf8_lossy(&out.stderr));
    }
    // What Linux 6.1 showed of that XML, restored by cache_restore 0.9.
    let shown = stdout(&dmlab(&["run", "--transcript", &path("xml.dml")], ""));
    assert!(shown.contains(" 20/2048 128 18/3968 "), "{shown}");
    let text = stdout(&dmlab(&["export", "--text", &path("gzip.dml")], ""));
    assert!(text.contains("18/3968"), "{text}");
    assert_eq!(dmlab(&["fmt", "--check", &path("gzip.dml")], "").status.code(), Some(0));
}

#[test]
fn a_file_that_is_not_there_or_does_not_fit_is_named_and_no_export_holds_one() {
    let folder = folder_of_metadata();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let refused = |args: &[&str], code: i32, why: &str| {
        let out = dmlab(args, "");
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!((out.status.code(), said.contains(why)), (Some(code), true), "{args:?}: {said}");
    };
    refused(&["run", &path("missing.dml")], 2, "none.img: No such file or directory");
    refused(&["run", &path("small.dml")], 2, "8388608 bytes do not fit the disk `meta` of 4194304");
    refused(&["export", "--sh", &path("raw.dml")], 1, "the file is in no export");
    refused(&["export", "--html", &path("raw.dml")], 1, "that file is in no export");
}
