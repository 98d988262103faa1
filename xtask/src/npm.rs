//! wasm-opt, Playwright, axe, TypeScript and Vite, as `package-lock.json` pins them.

use crate::sh::{cmd, root, say, which};
use crate::tools::Progress;
use anyhow::{Result, bail};
use std::fs;

/// `npm ci`, unless what is installed is what the lock file asks for.
pub(crate) fn install(progress: Progress) -> Result<()> {
    let stamp = root().join("node_modules/.installed-lock");
    let lock = fs::read(root().join("package-lock.json"))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if which("npm").is_none() {
        bail!("npm is needed: install Node.js 20 or newer");
    }
    say("installing what package-lock.json lists from npm");
    let mut install = cmd("npm ci --no-fund --no-audit").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    if progress == Progress::Logged {
        install = install.arg("--silent");
    }
    install.run()?;
    fs::write(stamp, lock)?;
    Ok(())
}
