//! `cargo xtask test`: the one list of what a change has to pass.

use crate::apt;
use crate::browser::{self, Browser};
use crate::sh::{cmd, failed_tests, say};
use crate::tools::{self, Progress};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::thread;
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these, in their usual order
    #[arg(value_enum)]
    only: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// Formatting
    Fmt,
    /// Lints, native and wasm
    Clippy,
    /// Tests of the engine and the command line
    Native,
    /// Documentation builds and its links hold
    Docs,
    /// Tests in wasm: the page's parts in headless Chromium, every scenario's digest in node
    Wasm,
    /// Licences and sources of all dependencies: those that `deny.toml` allows
    Deny,
    /// Third-party notices: those of everything that the lock files put into what is shipped
    Notices,
    /// Tests of the whole page, in headless Chromium; a few in Firefox
    Browser,
    /// The npm package: in node, TypeScript, Vite, React, MkDocs, and its element in headless Chromium
    Embed,
    /// The book: its builder, spelling, links, and its pages in headless Chromium
    Book,
    /// The site folder: the ways between page, book and element, in headless Chromium
    Site,
}

const ALL: [Step; 11] = [
    Step::Fmt,
    Step::Clippy,
    Step::Native,
    Step::Docs,
    Step::Wasm,
    Step::Deny,
    Step::Notices,
    Step::Browser,
    Step::Embed,
    Step::Book,
    Step::Site,
];

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "formatting",
            Self::Clippy => "clippy",
            Self::Native => "native tests",
            Self::Docs => "documentation",
            Self::Wasm => "wasm tests",
            Self::Deny => "dependencies",
            Self::Notices => "third-party notices",
            Self::Browser => "browser tests",
            Self::Embed => "embedding",
            Self::Book => "book",
            Self::Site => "site",
        }
    }

    fn needs_browser(self) -> bool {
        matches!(self, Self::Wasm | Self::Notices | Self::Browser | Self::Embed | Self::Book | Self::Site)
    }

    fn run(self, browser: Option<&Browser>) -> Result<()> {
        match self {
            Self::Fmt => cmd("cargo fmt --all --check").run(),
            Self::Clippy => {
                cmd("cargo clippy --all-targets -- -D warnings").run()?;
                cmd(&format!("cargo clippy {WASM} --lib --bin page --test wasm -- -D warnings")).run()?;
                cmd("cargo clippy --target wasm32-unknown-unknown --package dm-cache-reader -- -D warnings").run()?;
                cmd("cargo clippy --target wasm32-unknown-unknown --package dm-cache-lab --no-default-features --features api --lib --bin api -- -D warnings").run()
            }
            Self::Native => {
                apt::metadata_tools();
                if cmd("cargo nextest --version").read().is_ok() {
                    cmd("cargo nextest run --no-fail-fast").run()?;
                    cmd("cargo test --doc").run()
                } else {
                    cmd("cargo test --no-fail-fast").run()
                }
            }
            Self::Docs => cmd("cargo doc --no-deps").env("RUSTDOCFLAGS", "-D warnings").run(),
            Self::Wasm => {
                let browser = browser.context("no browser")?;
                cmd(&format!("cargo test {WASM} --test wasm"))
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
                    .env("CHROMEDRIVER", &browser.driver)
                    .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
                    .run()
            }
            Self::Browser => {
                let browser = browser.context("no browser")?;
                let dmlab = browser::dmlab()?;
                let firefox = browser::firefox(Progress::Logged)?;
                let playwright = |which: &str| {
                    let test = cmd(&format!("npx --no-install playwright test {which}"));
                    test.env("CHROMIUM", &browser.chromium).env("FIREFOX", &firefox).env("DMLAB", &dmlab).run()
                };
                // Both are run, so that one report tells of all.
                let pages = playwright("--project pages");
                playwright("--project alone --workers 1").and(pages)
            }
            Self::Deny => {
                tools::deny(Progress::Logged)?;
                cmd("cargo deny --locked check licenses bans sources").run()
            }
            Self::Notices => crate::notices::test(),
            Self::Embed => crate::embed::test(browser.context("no browser")?),
            Self::Book => crate::book::test(browser.context("no browser")?),
            Self::Site => crate::site::test(browser.context("no browser")?),
        }
    }
}

const WASM: &str = "--target wasm32-unknown-unknown --package dm-cache-lab --no-default-features --features page";

pub(crate) fn run(args: &Args) -> Result<()> {
    let steps: Vec<Step> = ALL.into_iter().filter(|step| args.only.is_empty() || args.only.contains(step)).collect();
    tools::wasm_target()?;

    // What the later steps need is fetched and built while the earlier ones compile.
    let needs_browser = steps.iter().any(|step| step.needs_browser());
    let mut set_up = needs_browser.then(|| {
        thread::spawn(|| -> Result<Browser> {
            let browser = browser::chromium(Progress::Logged)?;
            // Before the page's tools: both programs come out of one build.
            tools::wasm_bindgen_tests(Progress::Logged)?;
            tools::page_builder(Progress::Logged)?;
            Ok(browser)
        })
    });

    let _ = fs::remove_file(failed_tests());
    let mut browser = None;
    let mut passed = 0;
    let mut failed = Vec::new();
    for step in steps {
        if step.needs_browser()
            && let Some(thread) = set_up.take()
        {
            say("waiting for the browser and the page's tools");
            match thread.join() {
                Ok(Ok(found)) => browser = Some(found),
                Ok(Err(error)) => eprintln!("set-up failed: {error:#}"),
                Err(_) => eprintln!("set-up failed"),
            }
        }
        say(step.name());
        let start = Instant::now();
        match step.run(browser.as_ref()) {
            Ok(()) => {
                passed += 1;
                say(&format!("{}: passed in {} s", step.name(), start.elapsed().as_secs()));
            }
            Err(error) => {
                say(&format!("{}: FAILED: {error:#}", step.name()));
                failed.push(step.name());
            }
        }
    }
    say(&format!("{passed} of {} checks passed", passed + failed.len()));
    if !failed.is_empty() {
        // Their own reports stand far above.
        if let Ok(tests) = fs::read_to_string(failed_tests()) {
            eprint!("{tests}");
        }
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
