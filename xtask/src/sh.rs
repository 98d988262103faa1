//! Running other programs from the root of the repository.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The repository that this program was started in. It may be another than the one it was built from: a copied checkout has its
/// `target` copied with it.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // `cargo run` names the package it found, from whatever folder it was called.
        let start = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| env::current_dir().ok());
        start.as_deref().and_then(repository).map(Path::to_owned).unwrap_or_default()
    })
}

/// The repository that a folder lies in: Cargo.lock stands in its root.
fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|dir| dir.join("Cargo.lock").is_file() && dir.join("xtask").is_dir())
}

/// One line that says what happens next.
pub(crate) fn say(text: &str) {
    eprintln!("\x1b[1m==>\x1b[0m {text}");
}

/// A command, started in the root with the project's own tools first on its path.
pub(crate) struct Cmd {
    inner: Command,
    shown: String,
}

/// `cmd("cargo fmt --check")`: words are split at blanks; [`Cmd::arg`] adds one that may hold blanks.
pub(crate) fn cmd(line: &str) -> Cmd {
    let mut words = line.split_whitespace();
    let mut inner = Command::new(words.next().unwrap_or_default());
    inner.args(words).current_dir(root()).env("PATH", path()).env(PAGE_FLAGS, page_flags()).stdin(Stdio::null());
    inner.env("FAILED_TESTS", failed_tests());
    Cmd { inner, shown: line.to_owned() }
}

impl Cmd {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{} {}", self.shown, arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    /// Runs in another folder than the root.
    pub(crate) fn within(mut self, dir: &Path) -> Self {
        self.inner.current_dir(dir);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Everything that is printed goes into a file instead.
    pub(crate) fn log_to(mut self, file: &Path) -> Result<Self> {
        let out = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        self.inner.stderr(out.try_clone()?).stdout(out);
        Ok(self)
    }

    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.inner.status().with_context(|| format!("cannot start `{}`", self.shown))?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown);
        }
        Ok(())
    }

    /// What a command prints, byte for byte.
    pub(crate) fn output(mut self) -> Result<Vec<u8>> {
        let out = self.inner.output().with_context(|| format!("cannot start `{}`", self.shown))?;
        if !out.status.success() {
            bail!("`{}` failed: {}", self.shown, String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(out.stdout)
    }

    /// What a command prints, what it says on standard error, and whether it succeeded.
    pub(crate) fn all(mut self) -> Result<(String, String, bool)> {
        let out = self.inner.output().with_context(|| format!("cannot start `{}`", self.shown))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&out.stdout), text(&out.stderr), out.status.success()))
    }

    /// Standard output of a command that says little; its other output is dropped.
    pub(crate) fn read(mut self) -> Result<String> {
        let out = self.inner.stderr(Stdio::null()).output().with_context(|| format!("cannot start `{}`", self.shown))?;
        if !out.status.success() {
            bail!("`{}` failed ({})", self.shown, out.status);
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }
}

/// The project's own tools, npm's programs, then whatever the machine has.
fn path() -> OsString {
    let own = [root().join("target/tools/bin"), root().join("node_modules/.bin")];
    let machine = env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> = own.into_iter().chain(env::split_paths(&machine)).collect();
    env::join_paths(all).unwrap_or(machine)
}

/// Where `tests/failures.js` writes the tests of pages that failed.
pub(crate) fn failed_tests() -> PathBuf {
    root().join("target/failed-tests.txt")
}

/// What Cargo adds to the compiler's flags where it builds for the page.
const PAGE_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Flags that keep the place of Cargo's registry out of the page: its panics name the files of libraries, so that the place would go
/// out with it, and the page would have another size on each machine.
fn page_flags() -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.and_then(|home| home.join("registry/src").read_dir().ok()).into_iter().flatten();
    let places = sources.filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned));
    // Blanks part these flags from each other.
    let flags = places.filter(|place| !place.contains(char::is_whitespace)).map(|place| format!("--remap-path-prefix={place}="));
    let given = env::var(PAGE_FLAGS).unwrap_or_default();
    flags.filter(|flag| !given.contains(flag)).fold(given.clone(), |all, flag| format!("{all} {flag}"))
}

/// A program on the path.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    env::split_paths(&path()).map(|dir| dir.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts this very test program elsewhere, as a copied `target` does, and hears which root it takes.
    fn root_seen(from: &Path, manifest: Option<&Path>) -> Result<PathBuf> {
        let mut test = Command::new(env::current_exe()?);
        test.args(["--exact", "sh::tests::say_root", "--ignored", "--nocapture"]).current_dir(from).env_remove("CARGO_MANIFEST_DIR");
        if let Some(manifest) = manifest {
            test.env("CARGO_MANIFEST_DIR", manifest);
        }
        let out = String::from_utf8(test.output()?.stdout)?;
        let root = out.lines().find_map(|line| line.split_once("root=")).context("no root was said")?;
        Ok(PathBuf::from(root.1))
    }

    #[test]
    #[ignore = "what the test below starts"]
    #[allow(clippy::print_stdout, reason = "the test below reads it")]
    fn say_root() {
        println!("\nroot={}", root().display());
    }

    #[test]
    fn a_copied_program_works_on_the_copy_from_any_folder_in_it() -> Result<()> {
        let copy = env::temp_dir().join(format!("xtask-copy-{}", std::process::id()));
        let deep = copy.join("crates/image");
        std::fs::create_dir_all(&deep)?;
        std::fs::create_dir_all(copy.join("xtask"))?;
        File::create(copy.join("Cargo.lock"))?;
        let copy = copy.canonicalize()?;
        let seen = [root_seen(&copy, None)?, root_seen(&deep, None)?, root_seen(&deep, Some(&copy.join("xtask")))?];
        std::fs::remove_dir_all(&copy)?;
        assert_eq!(seen, [copy.clone(), copy.clone(), copy]);
        Ok(())
    }
}
