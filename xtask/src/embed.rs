//! The package as its users meet it: installed from its tarball, in a MkDocs site, in one that React takes over,
//! served and built by Vite, in a browser.

use crate::browser::{self, Browser};
use crate::package;
use crate::sh::{cmd, root, say};
use crate::tools::Progress;
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

const MKDOCS: &str = "1.6.1";

fn work(name: &str) -> PathBuf {
    root().join("target/embed").join(name)
}

pub(crate) fn test(browser: &Browser) -> Result<()> {
    package::build(Progress::Logged)?;
    let tarball = packed()?;
    for project in ["node", "types", "vite"] {
        install(project, project, &tarball)?;
    }
    // Two versions of Vite serve it, each with its own store of what it made of the package.
    install("vite", "vite-8", &tarball)?;
    for tests in ["use.test.mjs", "examples.test.mjs"] {
        cmd("node --test").arg(work("node").join(tests)).env("API_REFERENCE", root().join("book/src/reference/api.md")).run()?;
    }
    cmd("node --test tests/embed/contents.test.mjs").env("TARBALL", &tarball).run()?;
    cmd("tsc --project").arg(work("types")).run()?;
    cmd("vite build --logLevel warn --base ./").arg(work("vite")).run()?;
    react()?;
    mkdocs()?;
    let firefox = browser::firefox(Progress::Logged)?;
    cmd("npx --no-install playwright test --config tests/embed/playwright.config.js")
        .env("CHROMIUM", &browser.chromium)
        .env("FIREFOX", firefox)
        .run()
}

/// The tarball that `npm publish` would send.
fn packed() -> Result<PathBuf> {
    let name = cmd("npm pack --silent --pack-destination target/npm").arg(package::dir()).read()?;
    let tarball = root().join("target/npm").join(&name);
    ensure!(tarball.is_file(), "npm pack made no {name}");
    Ok(tarball)
}

/// A fresh copy of a project.
fn fresh(project: &str, name: &str) -> Result<PathBuf> {
    let dir = work(name);
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    package::copy(&root().join("tests/embed/packages").join(project), &dir)?;
    Ok(dir)
}

/// A fresh copy of a project with nothing but the package in it.
fn install(project: &str, name: &str, tarball: &Path) -> Result<()> {
    let dir = fresh(project, name)?;
    cmd("npm install --silent --offline --no-package-lock --prefix").arg(&dir).arg(tarball).run()
}

/// Builds a site that React takes over in the browser.
fn react() -> Result<()> {
    let dir = fresh("react", "react")?;
    cmd("vite build --logLevel warn --base ./").arg(&dir).run()?;
    cmd("node").arg(dir.join("prerender.mjs")).run()
}

/// Builds the MkDocs site, with MkDocs in an environment of its own.
fn mkdocs() -> Result<()> {
    let env = root().join("target/tools/mkdocs");
    let program = env.join("bin/mkdocs");
    let here = cmd(&program.display().to_string()).arg("--version").read().is_ok_and(|said| said.contains(MKDOCS));
    if !here {
        say(&format!("installing MkDocs {MKDOCS}, once"));
        let made = || cmd("python3 -m venv").arg(&env).run();
        if made().is_err() {
            // Debian keeps what venv needs in a package of its own.
            crate::apt::install("python3-venv", Progress::Logged)?;
            made().context("python3 with venv is needed (Debian: python3-venv)")?;
        }
        let pip = env.join("bin/pip");
        cmd(&pip.display().to_string())
            .arg("install")
            .arg("--quiet")
            .arg("--disable-pip-version-check")
            .arg(format!("mkdocs=={MKDOCS}"))
            .run()?;
    }
    cmd(&program.display().to_string())
        .arg("build")
        .arg("--quiet")
        .arg("--clean")
        .arg("--config-file")
        .arg("tests/embed/mkdocs/mkdocs.yml")
        .arg("--site-dir")
        .arg(work("mkdocs"))
        .run()
}
