//! A machine under qemu: a kernel, a small first file system, disks, and a script that it runs.

use super::packages::{Kernel, folder, unpacked};
use crate::sh::{cmd, root, say};
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a guest loads; those that a kernel has built in are no files.
const MODULES: [&str; 17] = [
    "virtio",
    "virtio_ring",
    "virtio_pci",
    "virtio_pci_legacy_dev",
    "virtio_pci_modern_dev",
    "virtio_blk",
    "crc32c_generic",
    "crc32c-intel",
    "crc32c-cryptoapi",
    "libcrc32c",
    "dax",
    "dm-mod",
    "dm-bufio",
    "dm-bio-prison",
    "dm-persistent-data",
    "dm-cache",
    "dm-cache-smq",
];

/// Programs of the guest that busybox does not stand in for.
const PROGRAMS: [&str; 4] = ["dmsetup", "blockdev", "blkdiscard", "dd"];

/// How a boot comes to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The script ends and the machine powers off.
    PoweredOff,
    /// The power is cut when a line begins so.
    KilledAt(&'static str),
}

/// A kernel ready to boot.
pub(crate) struct Machine {
    kernel: PathBuf,
    initramfs: PathBuf,
    /// As `uname -r` has it.
    pub(crate) release: String,
}

impl Machine {
    /// Fetches and packs what is not there yet.
    pub(crate) fn of(kernel: Kernel, mirror: &str) -> Result<Self> {
        let tree = unpacked(kernel, mirror)?;
        let modules =
            [tree.join("lib/modules"), tree.join("usr/lib/modules")].into_iter().find(|dir| dir.is_dir()).context("no modules")?;
        let release = fs::read_dir(&modules)?.filter_map(|e| e.ok()?.file_name().into_string().ok()).next().context("no modules")?;
        let image = [tree.join("boot").join(format!("vmlinuz-{release}")), modules.join(&release).join("vmlinuz")];
        let image = image.into_iter().find(|file| file.is_file()).context("the packages have no kernel")?;
        let initramfs = folder().join(kernel.name()).join("initramfs.gz");
        let init = root().join("xtask/linux/init.sh");
        let newer = |file: &Path| -> Result<bool> { Ok(file.is_file() && file.metadata()?.modified()? > init.metadata()?.modified()?) };
        if !newer(&initramfs)? {
            pack(&tree, &modules.join(&release), &release, &init, &initramfs)?;
        }
        Ok(Self { kernel: image, initramfs, release })
    }

    /// Boots with `disks` (names and files) and runs `script`; what it printed. `dir` is for files of this boot.
    ///
    /// # Errors
    /// If the machine does not power off within `limit`: with what it had printed.
    pub(crate) fn run(&self, script: &str, disks: &[(String, PathBuf)], dir: &Path, limit: Duration) -> Result<String> {
        self.boot(script, disks, dir, limit, End::PoweredOff)
    }

    /// The same, ending as `end` says.
    pub(crate) fn boot(&self, script: &str, disks: &[(String, PathBuf)], dir: &Path, limit: Duration, end: End) -> Result<String> {
        let file = dir.join("script");
        fs::write(&file, script)?;
        // A disk has whole sectors.
        let file_len = u64::try_from(script.len())?.next_multiple_of(65536).max(65536);
        File::options().write(true).open(&file)?.set_len(file_len)?;
        let (console, out) = (dir.join("console.log"), dir.join("out.log"));
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(acceleration()).args([
            "-machine",
            "q35",
            "-cpu",
            "max",
            "-smp",
            "1",
            "-m",
            "512",
            "-no-reboot",
            "-display",
            "none",
            "-nodefaults",
        ]);
        qemu.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(&self.initramfs);
        qemu.args(["-append", "console=ttyS0 quiet loglevel=4 panic=-1 no_timer_check"]);
        for log in [&console, &out] {
            qemu.arg("-serial").arg(format!("file:{}", log.display()));
        }
        for (name, file) in disks.iter().map(|(name, file)| (name.as_str(), file)).chain([("script", &file)]) {
            qemu.arg("-drive").arg(format!("file={},format=raw,if=none,id={name},cache=writeback,discard=unmap", file.display()));
            qemu.arg("-device").arg(format!("virtio-blk-pci,drive={name},serial={name}"));
        }
        let errors = File::create(dir.join("qemu.log"))?;
        let mut child =
            qemu.stdin(Stdio::null()).stdout(errors.try_clone()?).stderr(errors).spawn().context("qemu-system-x86_64 cannot start")?;
        let ended = wait(&mut child, limit, &out, end)?;
        let printed = String::from_utf8_lossy(&fs::read(&out).unwrap_or_default()).replace('\r', "");
        if !ended {
            bail!("the machine was still running after {} s; it had printed:\n{printed}", limit.as_secs());
        }
        if end != End::PoweredOff {
            return Ok(printed);
        }
        let Some(whole) = printed.strip_suffix("=== end of the script\n") else {
            let log = String::from_utf8_lossy(&fs::read(&console).unwrap_or_default()).into_owned();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            bail!(
                "the machine went down before the end; it had printed:\n{printed}\nits console:\n{}",
                last.into_iter().rev().collect::<Vec<_>>().join("\n")
            );
        };
        Ok(whole.to_owned())
    }
}

/// True once it has ended as it should; it is killed at the limit.
fn wait(child: &mut Child, limit: Duration, out: &Path, end: End) -> Result<bool> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if let End::KilledAt(mark) = end
            && String::from_utf8_lossy(&fs::read(out).unwrap_or_default()).lines().any(|line| line.starts_with(mark))
        {
            child.kill()?;
            child.wait()?;
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(100));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// The processor's own virtualization only where it is really there: in some containers /dev/kvm exists and hangs.
fn acceleration() -> &'static [&'static str] {
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let virtual_machine = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
    if virtual_machine && File::options().write(true).open("/dev/kvm").is_ok() {
        &["-accel", "kvm", "-accel", "tcg,thread=single"]
    } else {
        &["-accel", "tcg,thread=single,tb-size=256"]
    }
}

/// Packs the first file system: busybox, a few programs with their libraries, the modules, and `init`.
fn pack(tree: &Path, modules: &Path, release: &str, init: &Path, into: &Path) -> Result<()> {
    let fs_root = tree.with_file_name("initramfs");
    if fs_root.exists() {
        fs::remove_dir_all(&fs_root)?;
    }
    for dir in ["bin", "sbin", "lib", "lib64", "dev", "proc", "sys", "run", "tmp"] {
        fs::create_dir_all(fs_root.join(dir))?;
    }
    let found = |name: &str| ["bin", "sbin", "usr/bin", "usr/sbin"].iter().map(|dir| tree.join(dir).join(name)).find(|file| file.is_file());
    fs::copy(found("busybox").context("no busybox")?, fs_root.join("bin/busybox"))?;
    for name in PROGRAMS {
        // Before busybox's on the path.
        fs::copy(found(name).with_context(|| format!("no {name}"))?, fs_root.join("sbin").join(name))?;
    }
    for dir in ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"] {
        for entry in fs::read_dir(tree.join(dir)).into_iter().flatten() {
            let (file, name) = {
                let e = entry?;
                (e.path(), e.file_name())
            };
            if name.to_string_lossy().contains(".so") && file.is_file() {
                fs::copy(file, fs_root.join("lib").join(name))?;
            }
        }
    }
    symlink("/lib/ld-linux-x86-64.so.2", fs_root.join("lib64/ld-linux-x86-64.so.2"))?;

    let place = fs_root.join("lib/modules").join(release);
    fs::create_dir_all(&place)?;
    let all = cmd("find").arg(modules).arg("-name").arg("*.ko*").read()?;
    for module in MODULES {
        let named =
            |file: &&str| Path::new(file).file_name().and_then(|n| n.to_str()).is_some_and(|n| n.split(".ko").next() == Some(module));
        let Some(file) = all.lines().find(named) else { continue };
        let name = Path::new(file).file_name().unwrap_or_default();
        fs::copy(file, place.join(name))?;
        let packed = place.join(name);
        match packed.extension().and_then(|e| e.to_str()) {
            Some("xz") => cmd("xz -d").arg(&packed).run()?,
            Some("zst") => cmd("zstd -q -d --rm").arg(&packed).run()?,
            _ => {}
        }
    }
    for list in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        let _ = fs::copy(modules.join(list), place.join(list));
    }
    cmd("depmod -b").arg(&fs_root).arg(release).run()?;
    fs::copy(init, fs_root.join("init"))?;
    fs::set_permissions(fs_root.join("init"), fs::Permissions::from_mode(0o755))?;
    say(&format!("packing {}", into.display()));
    cmd("sh -c").arg("find . | cpio -o -H newc --quiet | gzip -1 > \"$0\"").arg(into).within(&fs_root).run()
}
