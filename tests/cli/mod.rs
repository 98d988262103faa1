//! What the tests of the command line share: a folder with inputs, every use of every subcommand, and ways to run them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A folder with a script, a dump and two images, all of them long enough to reach any small limit.
pub(crate) struct Folder(tempfile::TempDir);

/// Text that acts on a terminal: escapes, a title, a bell, C1, and letters turned round.
pub(crate) const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{2066}";

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let lines = "write   meta   0   A\n".repeat(800);
        folder.put("script.dml", &format!("# A title {HOSTILE}\n# intro {HOSTILE}\ndisk   meta 4M\n# cap {HOSTILE}\n{lines}"));
        folder.put("plain.dml", "# A title\n\n$ echo said\nexpect output \"unsaid\"\n");
        let mappings: String =
            (0..1000).map(|c| format!("<mapping cache_block=\"{c}\" origin_block=\"{}\" dirty=\"true\"/>\n", c + 7)).collect();
        let dump = |policy: &str| {
            format!(
                "<superblock uuid=\"\" block_size=\"128\" nr_cache_blocks=\"1000\" policy=\"{policy}\" hint_width=\"4\">\n\
                 <mappings>\n{mappings}</mappings>\n<hints></hints></superblock>\n"
            )
        };
        folder.put("a.xml", &dump("&#27;[31m&#7;"));
        folder.put("b.xml", &dump("smq"));
        for name in ["a", "b"] {
            fs::File::create(folder.path(&format!("{name}.img"))).unwrap().set_len(256 << 10).unwrap();
            let done = folder.dmlab(&["restore", "-q", "-i", &format!("{name}.xml"), "-o", &format!("{name}.img")]).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        }
        let mut image = fs::read(folder.path("a.img")).unwrap();
        image[4096 * 7..].fill(0x67);
        fs::write(folder.path("damaged.img"), image).unwrap();
        folder.put("c.xml", &dump("smq").replace("block_size=\"128\"", "block_size=\"1\""));
        fs::copy(folder.path("b.img"), folder.path("c.img")).unwrap();
        let done = folder.dmlab(&["restore", "-q", "-i", "c.xml", "-o", "c.img"]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        fs::write(folder.path("fast"), [b'f'; 1000 * 512]).unwrap();
        fs::write(folder.path("slow"), [b's'; 1007 * 512]).unwrap();
        fs::create_dir(folder.path("package")).unwrap();
        folder.put("package/element.js", "export {};");
        folder.put("package/engine_bg.wasm", "wasm");
        folder.put("package/THIRD-PARTY-NOTICES.txt", "notices");
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Every name in it.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The program, in this folder.
    pub(crate) fn dmlab(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dmlab"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm");
        command
    }

    /// The program under a shell's words, such as a limit or a redirection; `dmlab` is `"$@"` there.
    pub(crate) fn shell(&self, words: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", words, "sh", env!("CARGO_BIN_EXE_dmlab")]).args(args).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// As [`Folder::shell`], with what only bash has.
    pub(crate) fn bash(&self, words: &str, args: &[&str]) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", words, "bash", env!("CARGO_BIN_EXE_dmlab")]).args(args).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }
}

/// Every subcommand with every kind of output it has, on good input and on bad.
pub(crate) const USES: &[&[&str]] = &[
    &["run", "script.dml"],
    &["run", "-q", "plain.dml"],
    &["run", "--json", "script.dml"],
    &["run", "--transcript", "script.dml"],
    &["run", "no\u{1b}such"],
    &["run", "a.xml"],
    &["list"],
    &["list", "--json"],
    &["explain", "script.dml"],
    &["explain", "a.img"],
    &["export", "--sh", "crash"],
    &["export", "--sh", "alias-device"],
    &["export", "--svg", "script.dml"],
    &["export", "--text", "script.dml"],
    &["export", "--text", "--step", "0", "script.dml"],
    &["export", "--html", "--package", "package", "script.dml"],
    &["export", "--html", "--package", "no\u{1b}such", "script.dml"],
    &["fmt", "--check", "script.dml"],
    &["fmt", "a.xml"],
    &["check", "a.img"],
    &["check", "--json", "a.img"],
    &["check", "a.xml"],
    &["dump", "a.img"],
    &["dump", "--json", "a.img"],
    &["dump", "-o", "a.img", "a.img"],
    &["repair", "-i", "damaged.img", "-o", "b.img"],
    &["repair", "-i", "a.xml", "-o", "b.img"],
    &["restore", "-i", "a.xml", "-o", "b.img"],
    &["restore", "-i", "script.dml", "-o", "b.img"],
    &["writeback", "--no-metadata-update", "--metadata-device", "c.img", "--origin-device", "slow", "--fast-device", "fast"],
    &["writeback", "--metadata-device", "a.xml", "--origin-device", "slow", "--fast-device", "fast"],
    &["metadata-size", "--nr-blocks", "999"],
    &["metadata-size", "--block-size", "128"],
    &["dump", "damaged.img"],
    &["dump", "--repair", "damaged.img"],
    &["run", "plain.dml", "crash"],
    &["inspect", "a.img"],
    &["inspect", "--json", "a.img", "mapping_root"],
    &["inspect", "a.xml", "nothing\u{1b}such"],
    &["status", "c: 0 262144 cache Fail"],
    &["status", "--json", "c: 0 262144 cache Fail"],
    &["status", "no\u{1b}such"],
    &["diff", "a.img", "b.img"],
    &["diff", "--json", "a.img", "b.img"],
    &["diff", "a.img", "no\u{1b}such"],
    &["completions", "bash"],
    &["completions", "no\u{1b}such"],
    &["man"],
    &["man", "run"],
    &["notices"],
    &["--help"],
    &["--version"],
    &["no\u{1b}such"],
];

/// A table speaks of all subcommands or it is no table of them.
pub(crate) fn assert_all(uses: &[&[&str]]) {
    let help = Command::new(env!("CARGO_BIN_EXE_dmlab")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // A subcommand stands two spaces in; what goes on below it, further.
    let names = listed.lines().filter(|l| !l.starts_with("   ")).map(|l| l.split_whitespace().next().unwrap());
    for name in names.filter(|n| *n != "help") {
        assert!(uses.iter().any(|u| u[0] == name), "{name} is not among the uses");
    }
}

/// Waits for a program that must not hang.
pub(crate) fn ended(mut child: Child) -> Output {
    let begun = Instant::now();
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let reads = |from: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.map(|mut f| f.read_to_end(&mut bytes));
            bytes
        })
    };
    let out = reads(out.take().map(|f| Box::new(f) as Box<dyn Read + Send>));
    let err = reads(err.take().map(|f| Box::new(f) as Box<dyn Read + Send>));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

const TERMINAL: &str = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    sys.stderr.buffer.write(data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Runs the program on a terminal of its own, both outputs; what the terminal was given, and the exit code.
pub(crate) fn on_a_terminal(folder: &Folder, args: &[&str], environment: &[(&str, &str)]) -> (String, Option<i32>) {
    let mut command = folder.dmlab(&[]);
    let program = command.get_program().to_owned();
    let mut terminal = Command::new("python3");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    command = terminal;
    command.args(["-c", TERMINAL]).arg(program).args(args).current_dir(folder.0.path()).envs(environment.iter().copied());
    let out = command.stdin(Stdio::null()).output().unwrap();
    // The terminal's driver ends lines so.
    (String::from_utf8(out.stderr).unwrap().replace("\r\n", "\n"), out.status.code())
}

/// How much of a file was read by a program that had it as standard input.
pub(crate) fn bytes_read(command: &mut Command, path: &Path) -> (u64, Output) {
    let mut file = fs::File::open(path).unwrap();
    let output = command.stdin(file.try_clone().unwrap()).output().unwrap();
    (file.stream_position().unwrap(), output)
}

/// Everything a program says, and its verdict.
pub(crate) fn said(output: &Output) -> String {
    format!("{:?} {}{}", output.status.code(), String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Gives a program its standard input.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may refuse before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    ended(child)
}
