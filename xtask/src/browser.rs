//! The browsers, and what tests hold beside them: the machine's own, or from the system's packages.

use crate::apt;
use crate::sh::{cmd, root, which};
use crate::tools::Progress;
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;

/// A browser, and the driver that speaks its version.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds Chromium (`CHROMIUM` and `CHROMEDRIVER` win over the path), or installs it where apt-get may.
pub(crate) fn chromium(progress: Progress) -> Result<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    if apt::install("chromium chromium-driver", progress)?
        && let Some(browser) = find()
    {
        return Ok(browser);
    }
    bail!(
        "no Chromium with chromedriver here: install both (Debian: chromium chromium-driver), \
         or name them in CHROMIUM and CHROMEDRIVER"
    )
}

fn find() -> Option<Browser> {
    let named = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file());
    let chromium = named("CHROMIUM")
        .or_else(|| ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(which))?;
    let driver = named("CHROMEDRIVER").or_else(|| which("chromedriver"))?;
    Some(Browser { chromium, driver })
}

/// Finds Firefox (`FIREFOX` wins over the path), or installs it where apt-get may.
pub(crate) fn firefox(progress: Progress) -> Result<PathBuf> {
    let find = || {
        let named = env::var_os("FIREFOX").map(PathBuf::from).filter(|file| file.is_file());
        named.or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(which))
    };
    if let Some(firefox) = find() {
        return Ok(firefox);
    }
    if apt::install("firefox-esr", progress)?
        && let Some(firefox) = find()
    {
        return Ok(firefox);
    }
    bail!("no Firefox here: install it (Debian: firefox-esr), or name it in FIREFOX")
}

/// The command line, built: what the page shows is held against what it says.
pub(crate) fn dmlab() -> Result<PathBuf> {
    // Beside a test, it has the dependencies that the native tests have built already.
    cmd("cargo build --bin dmlab --test it").run()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug/dmlab"))
}
