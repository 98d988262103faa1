//! The system's packages, where this program may install them.

use crate::sh::{cmd, say, which};
use crate::tools::Progress;
use anyhow::Result;

/// Installs Debian packages; false where apt-get is missing or not allowed.
pub(crate) fn install(packages: &str, progress: Progress) -> Result<bool> {
    let root = cmd("id -u").read().is_ok_and(|uid| uid == "0");
    let sudo = !root && cmd("sudo -n true").read().is_ok();
    if which("apt-get").is_none() || !(root || sudo) {
        return Ok(false);
    }
    say(&format!("installing {packages} with apt-get"));
    let prefix = if sudo { "sudo -n " } else { "" };
    let quiet = if progress == Progress::Logged { " -qq" } else { "" };
    cmd(&format!("{prefix}apt-get{quiet} update")).run()?;
    cmd(&format!("{prefix}env DEBIAN_FRONTEND=noninteractive apt-get{quiet} install -y --no-install-recommends {packages}")).run()?;
    Ok(true)
}

/// Debian's `cache_check` and its kin, which some tests compare with; those tests say so and pass where it can't be had.
pub(crate) fn metadata_tools() {
    let here = || {
        ["/usr/sbin/cache_check", "/sbin/cache_check"].iter().any(|p| std::path::Path::new(p).is_file()) || which("cache_check").is_some()
    };
    if here() {
        return;
    }
    if !matches!(install("thin-provisioning-tools", Progress::Logged), Ok(true)) || !here() {
        say("cache_check (Debian: thin-provisioning-tools) is not here: tests that compare with it will not");
    }
}
