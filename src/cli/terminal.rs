//! The program's two outputs. What goes to a terminal shows control characters instead of sending them: scripts and images may come from
//! anybody. What goes to a file or a pipe is exact. A reader who has gone is no error: what is left to print is dropped, and the exit code is
//! what it would have been.

use crate::scenario::shell_script::is_hidden;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// A text with hidden characters written out: `\x1b`, `\u{202e}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            c if !is_hidden(c) || matches!(c, '\n' | '\t') => out.write_char(c),
            c if (c as u32) < 0x100 => write!(out, "\\x{:02x}", c as u32),
            c => write!(out, "\\u{{{:x}}}", c as u32),
        };
    }
    out
}

/// Standard output, or standard error. On a terminal a line is held until it is whole.
pub(super) struct Out<W: Write> {
    inner: W,
    /// The line so far; none where what is written stays as it is.
    line: Option<Vec<u8>>,
    /// Nobody reads on.
    gone: bool,
}

impl<W: Write> Out<W> {
    fn new(inner: W, terminal: bool) -> Self {
        Self { inner, line: terminal.then(Vec::new), gone: false }
    }

    fn show(&mut self, end: usize) -> io::Result<()> {
        let Some(line) = &mut self.line else { return Ok(()) };
        let shown: Vec<u8> = line.drain(..end).collect();
        self.inner.write_all(visible(&String::from_utf8_lossy(&shown)).as_bytes())
    }

    /// Does `what` as long as somebody reads; `dropped` stands for it afterwards.
    fn unless_gone<T>(&mut self, dropped: T, what: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        if self.gone {
            return Ok(dropped);
        }
        match what(self) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(dropped)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |out| {
            let Some(line) = &mut out.line else { return out.inner.write(bytes) };
            let before = line.len();
            line.extend_from_slice(bytes);
            // Only what is new is looked through: a line of JSON comes in many small pieces.
            if let Some(at) = bytes.iter().rposition(|b| *b == b'\n') {
                out.show(before + at + 1)?;
            }
            Ok(bytes.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), |out| {
            let rest = out.line.as_ref().map_or(0, Vec::len);
            out.show(rest)?;
            out.inner.flush()
        })
    }
}

/// Standard output.
pub(super) fn stdout() -> Out<io::BufWriter<io::StdoutLock<'static>>> {
    let out = io::stdout().lock();
    let terminal = out.is_terminal();
    Out::new(io::BufWriter::new(out), terminal)
}

/// Writes to standard output.
pub(super) fn print(text: &[u8]) -> miette::Result<()> {
    let mut out = stdout();
    out.write_all(text).and_then(|()| out.flush()).map_err(|e| miette::miette!("cannot write: {}", super::reason(&e)))
}

static HUSHED: AtomicBool = AtomicBool::new(false);

/// Nothing is said any more: standard error leads where nothing must be written.
pub(super) fn hush() {
    HUSHED.store(true, Ordering::Relaxed);
}

/// Says a line, or several, on standard error. Nobody is left to tell where that fails.
pub(super) fn say(text: impl std::fmt::Display) {
    let text = text.to_string();
    let text = text.trim_end_matches('\n');
    if text.is_empty() || HUSHED.load(Ordering::Relaxed) {
        return;
    }
    let err = io::stderr().lock();
    let terminal = err.is_terminal();
    let mut err = Out::new(err, terminal);
    let _ = err.write_all(format!("{text}\n").as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_shown_what_would_steer_it() {
        let mut out = Out::new(Vec::new(), true);
        out.write_all("a\x1b[31m\x07 é\t\u{9b}2J \u{202e}b".as_bytes()).and_then(|()| out.flush()).unwrap();
        assert_eq!(String::from_utf8_lossy(&out.inner), "a\\x1b[31m\\x07 é\t\\x9b2J \\u{202e}b");
    }

    #[test]
    fn a_letter_that_comes_in_two_pieces_is_one() {
        let mut out = Out::new(Vec::new(), true);
        for byte in "é\u{202e}\n".bytes() {
            out.write_all(&[byte]).unwrap();
        }
        assert_eq!(String::from_utf8_lossy(&out.inner), "é\\u{202e}\n");
    }

    struct Gone(usize);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_has_gone_is_written_to_once_and_is_no_error() {
        for terminal in [false, true] {
            let mut out = Out::new(Gone(0), terminal);
            for _ in 0..3 {
                out.write_all(b"line\n").and_then(|()| out.flush()).unwrap();
            }
            assert_eq!(out.inner.0, 1);
        }
    }

    #[test]
    fn a_file_gets_every_byte() {
        let mut out = Out::new(Vec::new(), false);
        out.write_all(b"\x1b\xff\n").and_then(|()| out.flush()).unwrap();
        assert_eq!(out.inner, b"\x1b\xff\n");
    }
}
