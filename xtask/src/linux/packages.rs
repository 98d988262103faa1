//! Debian's packages: downloaded and unpacked into `target/linux`, never installed.

use crate::sh::{cmd, root, say, which};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A kernel that Debian has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kernel {
    #[value(name = "5.10")]
    V5_10,
    #[value(name = "6.1")]
    V6_1,
    #[value(name = "6.12")]
    V6_12,
    #[value(name = "7.3")]
    V7_3,
}

impl Kernel {
    /// Its name, which is that of the engine's profile as well.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V5_10 => "5.10",
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
            Self::V7_3 => "7.3",
        }
    }

    fn suite(self) -> Suite {
        match self {
            Self::V5_10 => Suite("bullseye"),
            Self::V6_1 => USERLAND,
            Self::V6_12 => Suite("trixie"),
            Self::V7_3 => Suite("trixie-backports"),
        }
    }

    /// The package of its image, where the newest of the release is not meant: 5.10.223, which the profile is, has faults that were
    /// repaired in later ones.
    fn image(self) -> Option<&'static str> {
        match self {
            Self::V5_10 => Some("linux-image-5.10.0-32-amd64"),
            Self::V6_1 | Self::V6_12 | Self::V7_3 => None,
        }
    }
}

/// A release of Debian.
#[derive(Clone, Copy)]
struct Suite(&'static str);

/// What runs beside each kernel comes from one release, so that its messages are the same everywhere: dmsetup 1.02.185.
const USERLAND: Suite = Suite("bookworm");

const PROGRAMS: [&str; 10] = [
    "busybox-static",
    "dmsetup",
    "libdevmapper1.02.1",
    "libudev1",
    "libselinux1",
    "libpcre2-8-0",
    "libc6",
    "util-linux",
    "libblkid1",
    "coreutils",
];

/// Where everything about real kernels lies.
pub(crate) fn folder() -> PathBuf {
    root().join("target/linux")
}

/// What this machine has to have, and the Debian package that brings it.
const NEEDED: [(&str, &str); 6] = [
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("apt-get", "apt"),
    ("dpkg-deb", "dpkg"),
    ("cpio", "cpio"),
    ("depmod", "kmod"),
    ("gzip", "gzip"),
];

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Says what is missing, all at once.
///
/// # Errors
/// With the command that installs it.
pub(crate) fn check() -> Result<()> {
    let at_hand = |name: &str| which(name).is_some() || ["/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(name).is_file());
    let mut missing: Vec<&str> = NEEDED.into_iter().filter(|(program, _)| !at_hand(program)).map(|(_, package)| package).collect();
    if !Path::new(KEYRING).is_file() {
        missing.push("debian-archive-keyring");
    }
    if missing.is_empty() {
        return Ok(());
    }
    if which("apt-get").is_none() {
        bail!("this needs a Debian or Ubuntu machine (a container will do): packages come by apt-get");
    }
    bail!("missing here: {0}; `apt-get install --no-install-recommends {0}` brings them", missing.join(" "));
}

impl Suite {
    /// apt's options for package lists of our own: the machine's stay as they are, and no root is needed.
    fn options(self, mirror: &str) -> Result<Vec<String>> {
        let dir = folder().join("apt").join(self.0);
        let list = dir.join("sources.list");
        let options: Vec<String> = [
            format!("-oDir::Etc::SourceList={}", list.display()),
            "-oDir::Etc::SourceParts=/dev/null".to_owned(),
            format!("-oDir::State::Lists={}", dir.join("lists").display()),
            format!("-oDir::Cache={}", dir.join("cache").display()),
            "-oDir::State::Status=/dev/null".to_owned(),
            "-oAPT::Architecture=amd64".to_owned(),
            "-oAPT::Sandbox::User=".to_owned(),
        ]
        .into();
        if !list.is_file() {
            for sub in ["lists/partial", "cache/archives/partial"] {
                fs::create_dir_all(dir.join(sub))?;
            }
            let mut sources = format!("deb [signed-by={KEYRING}] {mirror}/debian {} main\n", self.0);
            if !self.0.contains('-') {
                sources.push_str(&format!("deb [signed-by={KEYRING}] {mirror}/debian-security {}-security main\n", self.0));
            }
            say(&format!("reading the package lists of Debian {}", self.0));
            let part = dir.join("sources.part");
            fs::write(&part, sources)?;
            let mut update = cmd("apt-get -qq update").arg(format!("-oDir::Etc::SourceList={}", part.display()));
            for option in options.iter().skip(1) {
                update = update.arg(option);
            }
            update.run().context("the package lists cannot be read")?;
            fs::rename(part, &list)?;
        }
        Ok(options)
    }

    /// Downloads packages and unpacks them.
    fn unpack(self, mirror: &str, packages: &[String], into: &Path) -> Result<()> {
        let options = self.options(mirror)?;
        let debs = folder().join("debs").join(self.0);
        fs::create_dir_all(&debs)?;
        for package in packages {
            let fetched = |debs: &Path| -> Result<Option<PathBuf>> {
                let start = format!("{package}_");
                Ok(fs::read_dir(debs)?.filter_map(|e| Some(e.ok()?.path())).find(|p| {
                    p.file_name().and_then(|n| n.to_str()).is_some_and(|name| name.starts_with(&start) && name.ends_with(".deb"))
                }))
            };
            if fetched(&debs)?.is_none() {
                let get = options.iter().fold(cmd("apt-get -qq download"), |get, option| get.arg(option));
                get.arg(package).within(&debs).run().with_context(|| format!("{package} cannot be had"))?;
            }
            let deb = fetched(&debs)?.with_context(|| format!("{package} was not downloaded"))?;
            cmd("dpkg-deb -x").arg(deb).arg(into).run()?;
        }
        Ok(())
    }

    /// The packages of a kernel, the newest if none is named: its image, and from 7.x on what that is split into.
    fn kernel_packages(self, mirror: &str, image: Option<&str>) -> Result<Vec<String>> {
        let options = self.options(mirror)?;
        let depends = |package: &str, wanted: &[&str]| -> Result<Vec<String>> {
            let ask = options.iter().fold(cmd("apt-cache depends"), |ask, option| ask.arg(option));
            let said = ask.arg(package).read()?;
            let names = said.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
            let versioned = |name: &&str| {
                wanted.iter().any(|w| name.strip_prefix(w).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
            };
            Ok(names.filter(versioned).map(str::to_owned).collect())
        };
        let image = match image {
            Some(image) => image.to_owned(),
            None => depends("linux-image-amd64", &["linux-image-"])?.into_iter().next().context("linux-image-amd64 names no kernel")?,
        };
        let parts = depends(&image, &["linux-binary-", "linux-modules-"])?;
        Ok([image].into_iter().chain(parts).collect())
    }
}

/// The kernel's files and the programs that run beside it, unpacked below one folder.
pub(crate) fn unpacked(kernel: Kernel, mirror: &str) -> Result<PathBuf> {
    let dir = folder().join(kernel.name());
    let tree = dir.join("tree");
    let done = dir.join("unpacked");
    if !done.is_file() {
        if tree.exists() {
            fs::remove_dir_all(&tree)?;
        }
        fs::create_dir_all(&tree)?;
        say(&format!("fetching Debian's Linux {} and what runs beside it, once", kernel.name()));
        USERLAND.unpack(mirror, &PROGRAMS.map(str::to_owned), &tree)?;
        let packages = kernel.suite().kernel_packages(mirror, kernel.image())?;
        kernel.suite().unpack(mirror, &packages, &tree)?;
        fs::write(done, packages.join(" "))?;
    }
    Ok(tree)
}
