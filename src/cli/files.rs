//! Files that are read and written: nothing waits for ever, nothing is read without end, what is read is not written as well, and a file that
//! is replaced is whole before the old one goes.

use super::{reason, terminal};
use dm_cache_image::restore::FileSink;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek as _, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// What an input may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bytes that are read once: a file, or a pipe that somebody writes to.
    Stream,
    /// Bytes that are read in any order.
    Image,
}

/// Opens an input. A named pipe is refused, since nobody may ever write to it; `-` and the shell's own `<(…)` are pipes that somebody has.
pub(super) fn open(path: &Path, kind: Kind) -> Result<File, String> {
    let shown = path.display();
    let failed = |e: &io::Error| format!("{shown}: {}", reason(e));
    let found = std::fs::metadata(path).map_err(|e| failed(&e))?;
    let fits = match kind {
        Kind::Stream => found.is_file() || (is_pipe(&found) && is_of_the_system(path)),
        Kind::Image => found.is_file() || is_block_device(&found),
    };
    match (fits, kind) {
        (true, _) => {
            refuse_output(&found, &shown)?;
            File::open(path).map_err(|e| failed(&e))
        }
        (false, Kind::Image) => Err(format!("{shown}: Not a block device or regular file")),
        (false, Kind::Stream) if found.is_dir() => Err(format!("{shown}: Is a directory")),
        (false, Kind::Stream) => Err(format!("{shown}: Not a regular file; what a pipe or a device holds can be read as -")),
    }
}

/// Opens an input that is read once, or standard input where the name is `-`.
pub(super) fn stream(path: &Path) -> Result<File, String> {
    if path.as_os_str() != "-" {
        return open(path, Kind::Stream);
    }
    let opened = duplicate(io::stdin().as_fd()).and_then(|file| file.metadata().map(|found| (file, found)));
    let (file, found) = opened.map_err(|e| format!("standard input: {}", reason(&e)))?;
    refuse_output(&found, "standard input")?;
    Ok(file)
}

/// All of an input, or of standard input where the name is `-`.
pub(super) fn read(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let shown = path.display();
    stream(path)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|e| format!("{shown}: {}", reason(&e)))?;
    if bytes.len() > most {
        return Err(format!("{shown}: too long: at most {} KiB are read", most >> 10));
    }
    Ok(bytes)
}

/// Where an image of `bytes` is written: a regular file gets that length, a device has its own.
pub(super) fn image_sink(file: &File, bytes: u64) -> io::Result<FileSink> {
    if file.metadata()?.is_file() {
        file.set_len(bytes)?;
    }
    FileSink::of(file.try_clone()?)
}

fn duplicate(fd: BorrowedFd<'_>) -> io::Result<File> {
    fd.try_clone_to_owned().map(File::from)
}

/// Refuses to read what standard output or standard error goes to: it would be read and written at once.
fn refuse_output(found: &Metadata, shown: impl std::fmt::Display) -> Result<(), String> {
    if !found.is_file() && !is_block_device(found) {
        return Ok(());
    }
    let leads_here = |fd: BorrowedFd<'_>| duplicate(fd).and_then(|file| file.metadata()).is_ok_and(|open| is_same(found, &open));
    let said_here = leads_here(io::stderr().as_fd());
    if said_here {
        terminal::hush();
    }
    if said_here || leads_here(io::stdout().as_fd()) { Err(is_input(shown)) } else { Ok(()) }
}

fn is_input(shown: impl std::fmt::Display) -> String {
    format!("{shown}: is read from; it cannot be written to as well")
}

/// Writes a file through `write`. A regular file, and one that is not there yet, is written beside and takes its name when all of it is on
/// the disk: whatever fails, the old one stays as it was. A device is written in place. `source` is refused as the place to write to.
pub(super) fn replace(path: &Path, source: Option<&File>, write: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), String> {
    let failed = |e: &io::Error| format!("{}: {}", path.display(), reason(e));
    if let (Ok(old), Some(source)) = (std::fs::metadata(path), source)
        && is_same(&old, &source.metadata().map_err(|e| failed(&e))?)
    {
        return Err(is_input(path.display()));
    }
    // What these lead to may be a regular file, but it is an open stream that is meant, not the file's name.
    if is_of_the_system(path) {
        return in_place(path, write, &failed);
    }
    // A link is followed: it goes on naming the file.
    let target = match std::fs::canonicalize(path) {
        Ok(target) => target,
        Err(e) if e.kind() == io::ErrorKind::NotFound && std::fs::symlink_metadata(path).is_err() => path.to_owned(),
        Err(e) => return Err(failed(&e)),
    };
    let old = match std::fs::metadata(&target) {
        Ok(old) => Some(old),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed(&e)),
    };
    match old {
        Some(old) if old.is_dir() => Err(format!("{}: Is a directory", path.display())),
        Some(old) if is_pipe(&old) => Err(format!("{}: Not a block device or regular file", path.display())),
        Some(old) if !old.is_file() => in_place(&target, write, &failed),
        old => beside(&target, old.as_ref(), write, &failed),
    }
}

/// Refuses two names of one file or device: what is written would be read as well.
pub(super) fn apart(path: &Path, one: &File, other: &File) -> Result<(), String> {
    let failed = |e: &io::Error| format!("{}: {}", path.display(), reason(e));
    let (one, other) = (one.metadata().map_err(|e| failed(&e))?, other.metadata().map_err(|e| failed(&e))?);
    if is_same(&one, &other) { Err(is_input(path.display())) } else { Ok(()) }
}

/// Changes a file that is open as `old`. Unless it is to be done `in_place`, a copy is changed, beside, and takes its name as in [`replace`]; a device
/// is changed in place or not at all, and by nobody else meanwhile.
pub(super) fn change(path: &Path, old: &File, in_place: bool, write: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), String> {
    let failed = |e: &io::Error| format!("{}: {}", path.display(), reason(e));
    let is_file = old.metadata().map_err(|e| failed(&e))?.is_file();
    if !in_place && !is_file {
        return Err(format!("{}: a device is written in place only if --in-place says so", path.display()));
    }
    if !in_place {
        return replace(path, None, |new| {
            let mut old = old.try_clone().map_err(|e| failed(&e))?;
            old.rewind().and_then(|()| io::copy(&mut old, new)).map_err(|e| failed(&e))?;
            write(new)
        });
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    if !is_file {
        exclusive(&mut options);
    }
    let mut file = options.open(path).map_err(|e| failed(&e))?;
    write(&mut file).and_then(|()| file.sync_all().map_err(|e| failed(&e)))
}

/// A block device that something holds, a live table for instance, is not opened.
fn exclusive(options: &mut OpenOptions) {
    /// `O_EXCL` of Linux.
    #[cfg(target_os = "linux")]
    const EXCL: i32 = 0o200;
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, EXCL);
    #[cfg(not(target_os = "linux"))]
    let _ = options;
}

/// Whether the kernel, and no folder of somebody's, gives the name: a device, or a stream that is open already.
fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

fn in_place(path: &Path, write: impl FnOnce(&mut File) -> Result<(), String>, failed: &dyn Fn(&io::Error) -> String) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.append(path.starts_with("/dev/stdout") || path.starts_with("/dev/fd")).write(true);
    if std::fs::metadata(path).is_ok_and(|found| is_block_device(&found)) {
        exclusive(&mut options);
    }
    let mut file = options.open(path).map_err(|e| failed(&e))?;
    write(&mut file)?;
    match (file.sync_all(), file.metadata()) {
        (Err(e), Ok(found)) if is_block_device(&found) => Err(failed(&e)),
        // What has nothing to keep, such as a terminal, cannot be synced.
        _ => Ok(()),
    }
}

fn beside(
    target: &Path,
    old: Option<&Metadata>,
    write: impl FnOnce(&mut File) -> Result<(), String>,
    failed: &dyn Fn(&io::Error) -> String,
) -> Result<(), String> {
    if old.is_some_and(|old| old.permissions().readonly()) || (old.is_some() && OpenOptions::new().append(true).open(target).is_err()) {
        return Err(failed(&io::Error::from(io::ErrorKind::PermissionDenied)));
    }
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dmlab-");
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut new = builder.tempfile_in(folder).map_err(|e| failed(&e))?;
    let path = new.path().to_owned();
    super::interrupt::removing(&path, || {
        write(new.as_file_mut())?;
        if let Some(old) = old {
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt;
                std::os::unix::fs::fchown(new.as_file(), Some(old.uid()), Some(old.gid())).map_err(|e| failed(&e))?;
            }
            new.as_file().set_permissions(old.permissions()).map_err(|e| failed(&e))?;
        }
        new.as_file_mut().flush().and_then(|()| new.as_file().sync_all()).map_err(|e| failed(&e))?;
        new.persist(target).map_err(|e| failed(&e.error))
    })?;
    // The name is on the disk with its folder; where folders cannot be synced nothing else changes.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(unix)]
fn is_pipe(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_block_device(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&found.file_type())
}

#[cfg(not(unix))]
fn is_block_device(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |m: &Metadata| if is_block_device(m) { (u64::MAX, m.rdev()) } else { (m.dev(), m.ino()) };
    number(a) == number(b)
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}
