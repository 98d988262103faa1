//! What `dmlab` does with files, pipes and terminals that are not as one wishes: nothing is lost, nothing hangs, nothing steers a terminal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SUBCOMMANDS: [&str; 13] =
    ["run", "list", "explain", "export", "fmt", "check", "dump", "restore", "inspect", "diff", "completions", "man", "notices"];

fn dmlab(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmlab"));
    command.current_dir(folder).stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

fn ran(folder: &Path, args: &[&str]) -> Output {
    dmlab(folder).args(args).output().unwrap()
}

/// A line of shell in which `dmlab` is the program under test.
fn sh(folder: &Path, line: &str) -> Output {
    let line = line.replace("dmlab", env!("CARGO_BIN_EXE_dmlab"));
    Command::new("bash").current_dir(folder).args(["-c", &line]).stdin(Stdio::null()).output().unwrap()
}

/// A folder with an XML of 1,000 mappings to `first` and more, an image of it, and a script laid out otherwise.
fn folder(first: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut xml =
        "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"1000\" policy=\"smq\" hint_width=\"4\">\n<mappings>\n".to_owned();
    for n in 0..1000 {
        xml += &format!("<mapping cache_block=\"{n}\" origin_block=\"{}\" dirty=\"true\"/>\n", n + first);
    }
    fs::write(dir.path().join("x.xml"), xml + "</mappings><hints></hints></superblock>\n").unwrap();
    File::create(dir.path().join("x.img")).unwrap().set_len(256 << 10).unwrap();
    fs::write(dir.path().join("s.dml"), format!("# t\n\n\n\ndisk   meta   4M\n{}", "settle\n".repeat(3000))).unwrap();
    let out = ran(dir.path(), &["restore", "-q", "-i", "x.xml", "-o", "x.img"]);
    assert!(out.status.success(), "{out:?}");
    dir
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_list_of_subcommands_here_is_whole() {
    let out = ran(Path::new("/"), &["--help"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("  ")?.split(' ').next())
        .filter(|w| w.starts_with(char::is_lowercase) && *w != "help")
        .collect();
    assert_eq!(listed, SUBCOMMANDS.iter().copied().filter(|s| listed.contains(s)).collect::<Vec<_>>());
    assert!(SUBCOMMANDS.iter().all(|s| listed.contains(s)), "{listed:?}");
}

/// Every command that writes a file, where the disk is full (a limit on the size of files stands in for it).
#[test]
fn what_was_there_stays_where_a_disk_is_full() {
    for (line, name) in [
        ("dmlab fmt s.dml", "s.dml"),
        ("dmlab restore -i y.xml -o x.img", "x.img"),
        ("dmlab dump x.img -o old.xml", "old.xml"),
        ("dmlab dump --json x.img -o old.xml", "old.xml"),
    ] {
        let dir = folder(0);
        fs::copy(folder(5000).path().join("x.xml"), dir.path().join("y.xml")).unwrap();
        fs::write(dir.path().join("old.xml"), "old").unwrap();
        let (before, there) = (fs::read(dir.path().join(name)).unwrap(), files(dir.path()));
        let out = sh(dir.path(), &format!("trap '' XFSZ; ulimit -f 8; {line}"));
        assert!(!out.status.success(), "{line}");
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(said.contains(name) || said.contains("File too large"), "{line}: {said}");
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), before, "{line}");
        assert_eq!(files(dir.path()), there, "{line}: nothing is left beside");
    }
}

#[test]
fn a_file_is_not_written_over_while_it_is_read() {
    for line in ["dump x.img -o x.img", "dump x.img -o link", "dump link -o x.img", "restore -i x.xml -o x.xml", "dump x.img -o hard"] {
        let dir = folder(0);
        symlink("x.img", dir.path().join("link")).unwrap();
        fs::hard_link(dir.path().join("x.img"), dir.path().join("hard")).unwrap();
        let before = (fs::read(dir.path().join("x.img")).unwrap(), fs::read(dir.path().join("x.xml")).unwrap());
        let out = ran(dir.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(out.status.code(), Some(1), "{line}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("is read from"), "{line}: {out:?}");
        assert_eq!((fs::read(dir.path().join("x.img")).unwrap(), fs::read(dir.path().join("x.xml")).unwrap()), before, "{line}");
    }
}

#[test]
fn standard_input_is_a_file_that_is_read_too() {
    let dir = folder(0);
    let before = fs::read(dir.path().join("x.xml")).unwrap();
    let out = sh(dir.path(), "dmlab restore -i - -o x.xml < x.xml");
    assert!(out.status.code() == Some(1) && String::from_utf8_lossy(&out.stderr).contains("is read from"), "{out:?}");
    assert_eq!(fs::read(dir.path().join("x.xml")).unwrap(), before);
    assert!(sh(dir.path(), "dmlab restore -q -i - -o x.img < x.xml && cat x.xml | dmlab restore -q -i - -o x.img").status.success());
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_its_links() {
    let dir = folder(0);
    let path = dir.path().join("s.dml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("s.dml", dir.path().join("link.dml")).unwrap();
    assert!(ran(dir.path(), &["fmt", "link.dml"]).status.success());
    assert!(fs::symlink_metadata(dir.path().join("link.dml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&path).unwrap().starts_with("# t\n\ndisk meta 4M\n"));
    assert!(ran(dir.path(), &["dump", "x.img", "-o", "new.xml"]).status.success());
    assert!(fs::read_to_string(dir.path().join("new.xml")).unwrap().starts_with("<superblock"));
    assert!(ran(dir.path(), &["dump", "x.img", "-o", "/dev/null"]).status.success());
    // A stream that is open already is written to, whatever it leads to.
    fs::write(dir.path().join("log"), "before\n").unwrap();
    assert!(sh(dir.path(), "dmlab dump x.img -o /dev/stdout >> log").status.success());
    assert!(fs::read_to_string(dir.path().join("log")).unwrap().starts_with("before\n<superblock"));
    assert!(sh(dir.path(), "dmlab dump x.img -o /dev/stdout | grep -q '<superblock'").status.success());
    assert!(sh(dir.path(), "dmlab dump x.img -o >(cat > piped); sleep 0.3; grep -q '<superblock' piped").status.success());
    assert!(sh(dir.path(), "cat s.dml | dmlab run -q /dev/stdin").status.success());
}

/// The verdict is the exit code's, whoever listens.
#[test]
fn nobody_reads_standard_error_and_the_exit_code_is_the_same() {
    let dir = folder(0);
    fs::write(dir.path().join("noise"), vec![0x5a; 1 << 16]).unwrap();
    for (args, code) in [
        ("check x.img", 0),
        ("check noise", 1),
        ("dump noise", 1),
        ("inspect nothing", 1),
        ("diff x.img nothing", 1),
        ("restore -i nothing -o x.img", 1),
        ("restore -i x.xml -o x.img", 0),
        ("run no-such", 2),
        ("explain no-such", 2),
        ("export --text no-such", 2),
        ("fmt no-such", 2),
        ("fmt --check s.dml", 1),
        ("man no-such", 2),
        ("completions no-such", 2),
        ("nothing", 2),
    ] {
        for to in ["2>/dev/full", "2>&-", "2> >(exec 0<&-; sleep 0.05)"] {
            let out = sh(dir.path(), &format!("dmlab {args} {to}"));
            assert_eq!(out.status.code(), Some(code), "{args} {to}");
        }
    }
}

#[test]
fn a_reader_who_has_gone_is_no_error() {
    let dir = folder(0);
    for args in [
        "list",
        "dump x.img",
        "inspect x.img",
        "check --json x.img",
        "run zipf",
        "run --json crash",
        "run --transcript crash",
        "explain crash",
        "export --svg crash",
        "man",
        "completions bash",
        "--help",
        "run --help",
    ] {
        let out = sh(dir.path(), &format!("(sleep 0.1; exec dmlab {args}) | true; echo ${{PIPESTATUS[0]}}"));
        assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "0", "{args}: {out:?}");
        assert_eq!(sh(dir.path(), &format!("dmlab {args} >&-")).status.code(), Some(0), "{args}");
    }
}

/// A pipe nobody writes to, a folder, a device without end: each is refused, or read as far as it may be.
#[test]
fn an_input_that_never_ends_is_refused_at_once() {
    let dir = folder(0);
    assert!(Command::new("mkfifo").arg(dir.path().join("fifo")).status().unwrap().success());
    for input in ["fifo", "/dev/zero", "."] {
        for args in [
            "run",
            "explain",
            "export --text",
            "fmt",
            "check",
            "dump",
            "inspect",
            "diff x.img",
            "restore -o x.img -i",
            "restore -i x.xml -o",
            "dump x.img -o",
        ] {
            if (args, input) == ("dump x.img -o", "/dev/zero") {
                continue;
            }
            let out = sh(dir.path(), &format!("timeout 10 dmlab {args} {input}"));
            assert!(matches!(out.status.code(), Some(1 | 2)), "{args} {input}: {out:?}");
            assert!(!out.stderr.is_empty(), "{args} {input}");
        }
    }
    let endless = sh(dir.path(), "yes | timeout 10 dmlab run -");
    assert!(String::from_utf8_lossy(&endless.stderr).contains("too long"), "{endless:?}");
    // What the shell itself pipes in is read.
    assert_eq!(sh(dir.path(), "dmlab run -q <(printf '# t\\n')").status.code(), Some(0));
}

#[test]
fn help_is_plain_where_no_terminal_reads_it() {
    for name in SUBCOMMANDS {
        let out = ran(Path::new("/"), &[name, "--help"]);
        assert!(out.status.success() && !out.stdout.is_empty() && !out.stdout.contains(&0x1b), "{name}");
    }
    assert!(!ran(Path::new("/"), &["--help"]).stdout.contains(&0x1b));
    assert!(!ran(Path::new("/"), &["frob"]).stderr.contains(&0x1b));
}

const TERMINAL: &str = "
import os, pty, sys
out = bytearray()
def read(fd):
    data = os.read(fd, 65536)
    out.extend(data)
    return b''
status = pty.spawn(sys.argv[1:], read)
sys.stdout.buffer.write(out)
";

/// What the program writes to a terminal, both outputs.
fn on_a_terminal(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Vec<u8> {
    let mut command = Command::new("python3");
    command.current_dir(folder).args(["-c", TERMINAL, env!("CARGO_BIN_EXE_dmlab")]).args(args).env("TERM", "xterm").env_remove("NO_COLOR");
    // Of these, too, a terminal's colours hang.
    for name in ["CI", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap().stdout
}

#[test]
fn no_script_and_no_image_steers_a_terminal() {
    let dir = folder(0);
    let evil = "# Title \x1b[31mRED\x1b]0;pwned\x07 \u{202e}evil\n# intro \x1b[2J\ndisk meta 4M\n# cap \x1b[5m \u{9b}2J\n\
        $ echo \"\x1b]0;owned\x07 hi\"\n$ printf \"\\\\033[31mred\\n\"\nlabel \u{202e}abc\nexpect output \"\x1b[32m\"\n";
    fs::write(dir.path().join("evil.dml"), evil).unwrap();
    fs::write(dir.path().join("wrong.dml"), "# t\n\x1b[31mfrob\x07\n").unwrap();
    let xml = fs::read_to_string(dir.path().join("x.xml")).unwrap().replace("smq", "s\u{7f}\u{9b}q");
    fs::write(dir.path().join("evil.xml"), xml).unwrap();
    File::create(dir.path().join("evil.img")).unwrap().set_len(256 << 10).unwrap();
    assert!(ran(dir.path(), &["restore", "-q", "-i", "evil.xml", "-o", "evil.img"]).status.success());
    for args in [
        "run evil.dml",
        "run -q evil.dml",
        "run --transcript evil.dml",
        "explain evil.dml",
        "export --text evil.dml",
        "export --text --step 0 evil.dml",
        "export --svg evil.dml",
        "export --sh evil.dml",
        "run wrong.dml",
        "fmt --check wrong.dml",
        "export --sh wrong.dml",
        "explain wrong.dml",
        "inspect evil.img",
        "check evil.img",
        "dump evil.img",
        "dump --json evil.img",
        "diff x.img evil.img",
    ] {
        let shown = on_a_terminal(dir.path(), &args.split(' ').collect::<Vec<_>>(), &[]);
        assert!(!shown.is_empty(), "{args}");
        let text = String::from_utf8_lossy(&shown).replace("\r\n", "\n");
        let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(steers), "{args}: {:?}", text.matches(steers).next());
    }
    // A file has every byte of it.
    assert!(ran(dir.path(), &["run", "--transcript", "evil.dml"]).stdout.contains(&0x1b));
}

#[test]
fn help_is_coloured_on_a_terminal_that_wants_it() {
    let dir = Path::new("/");
    assert!(on_a_terminal(dir, &["--help"], &[]).contains(&0x1b));
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!on_a_terminal(dir, &["run", "--help"], &[(name, value)]).contains(&0x1b), "{name}");
    }
}

#[test]
fn a_transcript_that_stops_says_why() {
    let dir = folder(0);
    let line = "$ dd if=/dev/zero of=/dev/slow bs=1M count=400 oflag=direct conv=notrunc status=none\n";
    fs::write(dir.path().join("long.dml"), format!("# t\ndisk slow 4G\n{}", line.repeat(40))).unwrap();
    let out = ran(dir.path(), &["run", "--transcript", "long.dml"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("long.dml: stopped: more than"), "{out:?}");
    let out =
        dmlab(dir.path()).args(["run", "--transcript", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = out.unwrap();
    child.stdin.take().unwrap().write_all(b"# t\nexpect objects 0\n").unwrap();
    assert!(child.wait_with_output().unwrap().stderr.is_empty());
}
