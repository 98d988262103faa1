//! What every subcommand reads and writes: nothing that was there is lost, and nothing is read without end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::cli::{Folder, assert_all, bytes_read, ended, fed, said};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Stdio;

/// Every way to write a file: the words, and which file it is.
const WRITERS: &[(&[&str], &str)] = &[
    (&["fmt", "script.dml"], "script.dml"),
    (&["dump", "a.img", "-o", "b.xml"], "b.xml"),
    (&["dump", "--json", "a.img", "-o", "b.xml"], "b.xml"),
    (&["repair", "-i", "damaged.img", "-o", "b.img"], "b.img"),
    (&["restore", "-i", "a.xml", "-o", "b.img"], "b.img"),
    (&["writeback", "--metadata-device", "c.img", "--origin-device", "slow", "--fast-device", "fast"], "slow"),
    (&["writeback", "--metadata-device", "c.img", "--origin-device", "slow", "--fast-device", "fast"], "c.img"),
    (&["restore", "--order", "kernel", "-i", "b.xml", "-o", "a.img"], "a.img"),
];

#[test]
fn every_option_that_names_an_output_is_among_the_writers() {
    let reference = dm_cache_lab::cli::reference();
    for section in reference.split("\n## dmlab ").skip(1) {
        let name = section.split_whitespace().next().unwrap();
        let changes = ["fmt", "writeback"].contains(&name);
        let writes = section.contains("-o <OUTPUT>") || section.contains("--output <OUTPUT>") || changes;
        assert_eq!(WRITERS.iter().any(|(args, _)| args[0] == name), writes, "{name}");
        assert_eq!(section.contains("OUTPUT"), writes && !changes, "{name}");
    }
}

#[test]
fn a_full_disk_costs_nothing_that_was_there() {
    let folder = Folder::new();
    for (args, target) in WRITERS {
        let (old, names) = (fs::read(folder.path(target)).unwrap(), folder.names());
        // A limit on the size of a file stands in for a disk without room: the write fails half way.
        let out = folder.shell("trap '' XFSZ; ulimit -f 8; exec \"$@\"", args).output().unwrap();
        assert!(matches!(out.status.code(), Some(1 | 2)), "{args:?}: {}", said(&out));
        assert!(String::from_utf8_lossy(&out.stderr).contains("File too large"), "{args:?}: {}", said(&out));
        assert!(fs::read(folder.path(target)).unwrap() == old, "{args:?}");
        assert_eq!(folder.names(), names, "{args:?}: what was begun is gone");
    }
}

#[test]
fn an_input_that_is_wrong_costs_nothing_that_was_there() {
    let folder = Folder::new();
    let mut image = fs::read(folder.path("b.img")).unwrap();
    image[4096..].fill(0x67);
    fs::write(folder.path("damaged.img"), image).unwrap();
    folder.put("half.xml", &fs::read_to_string(folder.path("a.xml")).unwrap()[..9000]);
    for (args, target) in [
        (&["dump", "damaged.img", "-o", "b.xml"][..], "b.xml"),
        (&["restore", "-i", "half.xml", "-o", "b.img"], "b.img"),
        (&["restore", "-q", "-i", "half.xml", "-o", "b.img"], "b.img"),
        (&["repair", "-q", "-i", "half.xml", "-o", "b.img"], "b.img"),
        (&["fmt", "b.xml"], "b.xml"),
    ] {
        let (old, names) = (fs::read(folder.path(target)).unwrap(), folder.names());
        let out = folder.dmlab(args).output().unwrap();
        assert!(matches!(out.status.code(), Some(1 | 2)) && !said(&out).trim().is_empty(), "{args:?}: {}", said(&out));
        assert!(fs::read(folder.path(target)).unwrap() == old && folder.names() == names, "{args:?}");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_mode_owner_and_links_to_it() {
    for (args, target) in WRITERS {
        let folder = Folder::new();
        let (real, named) = (folder.path("real"), folder.path(target));
        if named.exists() {
            fs::rename(&named, &real).unwrap();
        }
        symlink("real", &named).unwrap();
        let old = fs::read(&real).unwrap();
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        let before = fs::metadata(&real).unwrap();
        let out = folder.dmlab(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", said(&out));
        let after = fs::metadata(&real).unwrap();
        assert!(named.is_symlink() && fs::read(&real).unwrap() != old, "{args:?}");
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()), "{args:?}");
    }
}

#[test]
fn a_new_file_has_the_mode_that_the_umask_leaves() {
    let folder = Folder::new();
    let out = folder.shell("umask 027; exec \"$@\"", &["dump", "a.img", "-o", "new.xml"]).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    assert_eq!(fs::metadata(folder.path("new.xml")).unwrap().mode() & 0o7777, 0o640);
    let missing = folder.dmlab(&["restore", "-i", "a.xml", "-o", "new.img"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1), "its size would be unknown");
    symlink("nothing", folder.path("dangling")).unwrap();
    let dangling = folder.dmlab(&["dump", "a.img", "-o", "dangling"]).output().unwrap();
    assert!(dangling.status.code() == Some(1) && said(&dangling).contains("No such file"), "{}", said(&dangling));
}

#[test]
fn what_is_read_is_not_written_by_whatever_name() {
    let folder = Folder::new();
    let silent = ["list", "completions", "man", "notices", "metadata-size"];
    for name in ["a.img", "a.xml", "script.dml"] {
        symlink(name, folder.path(&format!("link-{name}"))).unwrap();
        fs::hard_link(folder.path(name), folder.path(&format!("hard-{name}"))).unwrap();
    }
    let uses: &[(&str, &[&str], &str)] = &[
        ("exec \"$@\"", &["dump", "a.img", "-o", "a.img"], "a.img"),
        ("exec \"$@\"", &["dump", "a.img", "-o", "./link-a.img"], "a.img"),
        ("exec \"$@\"", &["dump", "link-a.img", "-o", "hard-a.img"], "a.img"),
        ("exec \"$@\"", &["repair", "-i", "a.img", "-o", "link-a.img"], "a.img"),
        ("exec \"$@\"", &["restore", "-i", "a.xml", "-o", "a.xml"], "a.xml"),
        ("exec \"$@\"", &["writeback", "--metadata-device", "c.img", "--origin-device", "c.img", "--fast-device", "fast"], "c.img"),
        ("exec \"$@\"", &["writeback", "--metadata-device", "c.img", "--origin-device", "slow", "--fast-device", "slow"], "slow"),
        ("exec \"$@\"", &["restore", "-i", "hard-a.xml", "-o", "link-a.xml"], "a.xml"),
        ("exec \"$@\" < link-a.xml", &["restore", "-i", "-", "-o", "a.xml"], "a.xml"),
        ("exec \"$@\" >> a.img", &["dump", "a.img"], "a.img"),
        ("exec \"$@\" >> hard-a.img", &["inspect", "a.img"], "a.img"),
        ("exec \"$@\" 1<> a.img", &["diff", "b.img", "a.img"], "a.img"),
        ("exec \"$@\" >> a.img", &["check", "--json", "a.img"], "a.img"),
        ("exec \"$@\" 2>> a.img", &["check", "a.img"], "a.img"),
        ("exec \"$@\" >> a.xml", &["restore", "-i", "a.xml", "-o", "b.img"], "a.xml"),
        ("exec \"$@\" >> script.dml", &["run", "--transcript", "script.dml"], "script.dml"),
        ("exec \"$@\" >> script.dml", &["explain", "link-script.dml"], "script.dml"),
        ("exec \"$@\" >> script.dml", &["export", "--svg", "script.dml"], "script.dml"),
        ("exec \"$@\" < script.dml >> script.dml", &["fmt", "-"], "script.dml"),
        ("exec \"$@\" < script.dml >> script.dml", &["run", "-"], "script.dml"),
        ("exec \"$@\" < script.dml >> script.dml", &["explain", "-"], "script.dml"),
        ("exec \"$@\" < script.dml >> script.dml", &["export", "--text", "-"], "script.dml"),
        ("exec \"$@\" < script.dml >> script.dml", &["status"], "script.dml"),
        ("exec \"$@\" >> package/element.js", &["export", "--html", "--package", "package", "crash"], "package/element.js"),
    ];
    let named: Vec<&[&str]> = uses.iter().map(|u| u.1).chain(silent.iter().map(std::slice::from_ref)).collect();
    assert_all(&named);
    for (words, args, kept) in uses {
        let old = fs::read(folder.path(kept)).unwrap();
        let out = folder.shell(words, args).output().unwrap();
        assert!(matches!(out.status.code(), Some(1 | 2)), "{words} {args:?}: {}", said(&out));
        let now = fs::read(folder.path(kept)).unwrap();
        assert!(now == old, "{words} {args:?}");
        // Where errors would be written into what is read, the exit code alone tells.
        assert_eq!(said(&out).contains("is read from; it cannot be written to as well"), !words.contains("2>>"), "{words} {args:?}");
    }
}

#[test]
fn what_cannot_be_replaced_is_written_in_place() {
    let folder = Folder::new();
    let plain = folder.dmlab(&["dump", "a.img"]).output().unwrap().stdout;
    folder.fifo("fifo");
    let out = folder.dmlab(&["dump", "a.img", "-o", "/dev/stdout"]).output().unwrap();
    assert!(out.status.success() && out.stdout == plain);
    folder.put("log", "kept\n");
    let out = folder.shell("exec \"$@\" >> log", &["dump", "a.img", "-o", "/dev/stdout"]).output().unwrap();
    assert!(out.status.success() && fs::read(folder.path("log")).unwrap() == [b"kept\n", &plain[..]].concat());
    let out = folder.bash("exec \"$@\" -o >(cat > piped; echo > whole)", &["dump", "a.img"]).output().unwrap();
    let begun = std::time::Instant::now();
    while !folder.path("whole").exists() && begun.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(out.status.success() && fs::read(folder.path("piped")).unwrap() == plain);
    let out = folder.dmlab(&["dump", "a.img", "-o", "/dev/null"]).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let out = folder.dmlab(&["dump", "a.img", "-o", "/dev/full"]).output().unwrap();
    assert!(out.status.code() == Some(1) && said(&out).contains("No space left on device"), "{}", said(&out));
    let before = folder.names();
    for args in [
        &["restore", "-i", "a.xml", "-o", "fifo"][..],
        &["restore", "-i", "a.xml", "-o", "/dev/null"],
        &["dump", "a.img", "-o", "fifo"],
        &["fmt", "fifo"],
    ] {
        let out = ended(folder.dmlab(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        assert!(matches!(out.status.code(), Some(1 | 2)) && said(&out).to_lowercase().contains("regular file"), "{args:?}: {}", said(&out));
    }
    assert_eq!(folder.names(), before);
}

/// Every way to name an input; `@` is where it stands.
const READERS: &[&[&str]] = &[
    &["run", "@"],
    &["explain", "@"],
    &["export", "--sh", "@"],
    &["export", "--svg", "@"],
    &["export", "--text", "@"],
    &["export", "--html", "--package", "package", "@"],
    &["export", "--html", "--package", "@", "script.dml"],
    &["fmt", "@"],
    &["fmt", "--check", "@"],
    &["check", "@"],
    &["dump", "@"],
    &["dump", "@", "-o", "new"],
    &["repair", "-i", "@", "-o", "b.img"],
    &["restore", "-i", "@", "-o", "b.img"],
    &["writeback", "--metadata-device", "@", "--origin-device", "slow", "--fast-device", "fast"],
    &["writeback", "--metadata-device", "c.img", "--origin-device", "@", "--fast-device", "fast"],
    &["writeback", "--metadata-device", "c.img", "--origin-device", "slow", "--fast-device", "@"],
    &["inspect", "@"],
    &["diff", "@", "a.img"],
    &["diff", "a.img", "@"],
];

#[test]
fn an_input_that_does_not_end_is_refused_in_words() {
    let folder = Folder::new();
    let named: Vec<&[&str]> =
        READERS.iter().copied().chain([&["list"][..], &["completions"], &["man"], &["notices"], &["status"], &["metadata-size"]]).collect();
    assert_all(&named);
    folder.fifo("fifo");
    let old = fs::read(folder.path("b.img")).unwrap();
    for input in ["fifo", "/dev/zero", "/dev/urandom", "/tmp", "no-such-file"] {
        for use_ in READERS {
            let args: Vec<&str> = use_.iter().map(|w| if *w == "@" { input } else { w }).collect();
            let out = ended(folder.dmlab(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
            assert!(matches!(out.status.code(), Some(1 | 2)), "{args:?}: {}", said(&out));
            assert!(!out.stderr.is_empty() && out.stderr.len() < 1000, "{args:?}: {}", said(&out));
            assert!(out.stdout.is_empty() && !folder.path("new").exists(), "{args:?}");
        }
    }
    assert!(fs::read(folder.path("b.img")).unwrap() == old);
}

#[test]
fn an_element_made_of_pipes_and_devices_is_refused_in_words() {
    let folder = Folder::new();
    for part in ["element.js", "engine_bg.wasm", "THIRD-PARTY-NOTICES.txt"] {
        let path = folder.path("package").join(part);
        for device in [None, Some("/dev/zero")] {
            fs::remove_file(&path).unwrap();
            match device {
                None => drop(folder.fifo(&format!("package/{part}"))),
                Some(device) => symlink(device, &path).unwrap(),
            }
            let command = &mut folder.dmlab(&["export", "--html", "--package", "package", "crash"]);
            let out = ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
            assert!(out.status.code() == Some(1) && out.stdout.is_empty() && !out.stderr.is_empty(), "{part} {device:?}: {}", said(&out));
        }
        fs::remove_file(&path).unwrap();
        folder.put(&format!("package/{part}"), "text");
    }
}

#[test]
fn a_pipe_that_the_shell_made_is_read() {
    let folder = Folder::new();
    let script = fs::read(folder.path("plain.dml")).unwrap();
    let piped = fed(&mut folder.dmlab(&["explain", "/dev/stdin"]), &script);
    assert!(String::from_utf8_lossy(&piped.stdout).contains("A title"), "{}", said(&piped));
    let named = folder.bash("exec \"$@\" <(cat plain.dml)", &["explain"]).output().unwrap();
    assert!(String::from_utf8_lossy(&named.stdout).contains("A title"), "{}", said(&named));
    let dump = fs::read(folder.path("b.xml")).unwrap();
    let restored = fed(&mut folder.dmlab(&["restore", "-i", "-", "-o", "a.img"]), &dump);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(fs::read(folder.path("a.img")).unwrap() == fs::read(folder.path("b.img")).unwrap());
}

/// Inputs that never end, and what stops each of them.
#[test]
fn a_restore_ends_whatever_it_is_fed() {
    let folder = Folder::new();
    // The smaller an image, the less text there can be of it.
    fs::File::options().write(true).open(folder.path("b.img")).unwrap().set_len(64 << 10).unwrap();
    let old = fs::read(folder.path("b.img")).unwrap();
    let head = "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"8\" policy=\"smq\" hint_width=\"4\">";
    let endless = [
        ("cat /dev/zero".to_owned(), "without a tag"),
        ("yes".to_owned(), "without a tag"),
        ("printf '<!-- '; yes".to_owned(), "without a tag"),
        ("printf '<superblock uuid=\"'; yes '>'".to_owned(), "without a tag"),
        (format!("echo '{head}'; cat /dev/zero"), "without a tag"),
        (format!("echo '{head}<mappings>'; yes '<!-- -->'"), "longer than a dump"),
        (format!("echo '{head}<mappings>'; yes '<mapping cache_block=\"1\" origin_block=\"1\" dirty=\"true\"/>'"), "longer than a dump"),
        (format!("echo '{head}'; yes '<mappings>'"), "deeper"),
    ];
    for (words, why) in endless {
        // No more memory than that, in KiB.
        let line = format!("ulimit -v 400000; ( {words} ) 2>/dev/null | \"$@\"");
        let child =
            folder.shell(&line, &["restore", "-i", "-", "-o", "b.img"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = ended(child);
        assert!(out.status.code() == Some(1) && said(&out).contains(why), "{words}: {}", said(&out));
    }
    let folder_as_input = folder.shell("exec \"$@\" < .", &["restore", "-i", "-", "-o", "b.img"]).output().unwrap();
    assert!(said(&folder_as_input).contains("Is a directory"), "{}", said(&folder_as_input));
    assert!(fs::read(folder.path("b.img")).unwrap() == old);
}

#[test]
fn no_more_of_a_script_is_read_than_a_script_may_have() {
    let folder = Folder::new();
    fs::File::create(folder.path("huge")).unwrap().set_len(2 << 30).unwrap();
    for args in [&["run", "-"][..], &["explain", "-"], &["export", "--svg", "-"], &["fmt", "-"], &["fmt", "--check", "-"]] {
        let (read, out) = bytes_read(&mut folder.dmlab(args), &folder.path("huge"));
        assert!(out.status.code() == Some(2) && said(&out).contains("at most 256 KiB"), "{args:?}: {}", said(&out));
        assert!(read <= (256 << 10) + 1, "{args:?}: {read}");
    }
    let (read, out) = bytes_read(&mut folder.dmlab(&["restore", "-i", "-", "-o", "b.img"]), &folder.path("huge"));
    assert!(out.status.code() == Some(1) && read <= 256 << 10, "{read}: {}", said(&out));
}
