//! Ctrl-C: a run ends where it is and says so; anything else ends at once. No half-written file stays.

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The exit code of what SIGINT ended: 128 and the signal's number.
pub(super) const INTERRUPTED: u8 = 130;

/// The run that a first Ctrl-C ends.
static RUN: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// A file that is being written and has no name of its own yet.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Listens for Ctrl-C from now on. Where that cannot be, it ends the program as it always does.
pub(super) fn listen() {
    #[cfg(unix)]
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT]) {
        std::thread::spawn(move || signals.forever().for_each(|_| interrupted()));
    }
}

#[cfg(unix)]
fn interrupted() {
    if RUN.get().is_some_and(|run| !run.swap(true, Ordering::Relaxed)) {
        return;
    }
    // Held until the end: no file is begun, or given its name, any more.
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = unfinished.as_ref() {
        let _ = std::fs::remove_file(path);
    }
    super::say("interrupted");
    process::exit(INTERRUPTED.into());
}

/// What a first Ctrl-C sets from now on; a second one ends the program.
pub(super) fn flag() -> &'static Arc<AtomicBool> {
    RUN.get_or_init(Arc::default)
}

/// Runs `write` over an unfinished file, which goes if it is interrupted.
pub(super) fn removing<R>(path: &Path, write: impl FnOnce() -> R) -> R {
    let set = |path| *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = path;
    set(Some(path.to_owned()));
    let result = write();
    set(None);
    result
}
