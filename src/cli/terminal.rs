//! The program's two outputs. What goes to a terminal shows control characters instead of sending them: scripts and images may come from
//! anybody. What goes to a file or a pipe is exact.

use crate::scenario::shell_script::is_hidden;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// A text with hidden characters written out: `\x1b`, `\u{202e}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // A String takes whatever is written.
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
}

impl<W: Write> Out<W> {
    fn new(inner: W, terminal: bool) -> Self {
        Self { inner, line: terminal.then(Vec::new) }
    }

    fn show(&mut self, end: usize) -> io::Result<()> {
        let Some(line) = &mut self.line else { return Ok(()) };
        let shown: Vec<u8> = line.drain(..end).collect();
        self.inner.write_all(visible(&String::from_utf8_lossy(&shown)).as_bytes())
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(line) = &mut self.line else { return self.inner.write(bytes) };
        line.extend_from_slice(bytes);
        if let Some(at) = line.iter().rposition(|b| *b == b'\n') {
            self.show(at + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = self.line.as_ref().map_or(0, Vec::len);
        self.show(rest)?;
        self.inner.flush()
    }
}

/// Standard output.
pub(super) fn stdout() -> Out<io::BufWriter<io::StdoutLock<'static>>> {
    let out = io::stdout().lock();
    let terminal = out.is_terminal();
    Out::new(io::BufWriter::new(out), terminal)
}

/// Writes to standard output. A reader who has gone is no error of ours.
pub(super) fn print(text: &[u8]) -> miette::Result<()> {
    let mut out = stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(miette::miette!("cannot write: {}", super::reason(&e))),
        _ => Ok(()),
    }
}

/// Says a line, or several, on standard error. Nobody is left to tell where that fails.
pub(super) fn say(text: impl std::fmt::Display) {
    let text = text.to_string();
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
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

    #[test]
    fn a_file_gets_every_byte() {
        let mut out = Out::new(Vec::new(), false);
        out.write_all(b"\x1b\xff\n").and_then(|()| out.flush()).unwrap();
        assert_eq!(out.inner, b"\x1b\xff\n");
    }
}
