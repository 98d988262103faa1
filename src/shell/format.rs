//! What `printf` and `tr` make of a text: escapes, directives, sets.

use super::arith;
use super::exec::Ran;
use super::stream::Stream;

/// Bytes after which `printf` makes no more.
const BYTES_MAX: usize = 64 << 20;
/// Bytes of a set of `tr`.
const SET_BYTES_MAX: usize = 1 << 16;
/// Digits of a width.
const WIDTH_DIGITS_MAX: usize = 3;

/// Whether shells differ in what `echo` makes of these words.
pub(super) fn is_dialect_of_echo(words: &[String]) -> bool {
    let option =
        |word: &String| word.strip_prefix('-').is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "neE".contains(c)));
    words.iter().any(|word| word.contains('\\')) || words.first().is_some_and(option)
}

/// Appends a text with its escapes as bytes: those that every shell and `tr` know. The error is the first one that is none of them.
fn escaped(out: &mut Vec<u8>, text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let octal = behind.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
        let byte = match behind.bytes().next() {
            _ if octal > 0 => {
                let value = behind.bytes().take(octal).fold(0u32, |value, b| value * 8 + u32::from(b - b'0'));
                value.to_le_bytes()[0]
            }
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => 10,
            Some(b'r') => 13,
            Some(b't') => 9,
            Some(b'v') => 11,
            Some(b'\\') => b'\\',
            _ => return Err(format!("\\{}", behind.chars().next().map_or(String::new(), String::from))),
        };
        out.push(byte);
        rest = behind.get(octal.max(1)..).unwrap_or("");
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(())
}

/// `%` and what belongs to it.
struct Directive {
    left: bool,
    zeros: bool,
    width: usize,
    kind: char,
}

impl Directive {
    /// Reads one behind its `%`; what follows it. None where there is no such thing.
    fn read(text: &str) -> Option<(Self, &str)> {
        let rest = text.trim_start_matches(['-', '0']);
        let flags = text.get(..text.len() - rest.len()).unwrap_or("");
        let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end <= WIDTH_DIGITS_MAX)?;
        let (width, rest) = rest.split_at_checked(end)?;
        let kind = rest.chars().next().filter(|c| "dxcs".contains(*c))?;
        let zeros = flags.contains('0') && !flags.contains('-');
        Some((Self { left: flags.contains('-'), zeros, width: width.parse().unwrap_or(0), kind }, rest.get(1..)?))
    }

    /// Appends a word in this form; the error says what is wrong with it, and it stands for 0.
    fn put(&self, out: &mut Vec<u8>, word: &str) -> Result<(), String> {
        let mut text = Vec::new();
        let mut wrong = None;
        match self.kind {
            's' => text.extend_from_slice(word.as_bytes()),
            'c' => text.extend(word.bytes().next()),
            kind => {
                let value = arith::signed(word);
                wrong = value.is_none().then(|| format!("{word}: expected numeric value"));
                let value = value.unwrap_or(0);
                let sign = if kind != 'x' && value < 0 { "-" } else { "" };
                let digits = if kind == 'x' { format!("{value:x}") } else { value.unsigned_abs().to_string() };
                let zeros = if self.zeros { self.width.saturating_sub(sign.len() + digits.len()) } else { 0 };
                text.extend_from_slice(sign.as_bytes());
                text.resize(text.len() + zeros, b'0');
                text.extend_from_slice(digits.as_bytes());
            }
        }
        let blanks = self.width.saturating_sub(text.len());
        let before = if self.left { 0 } else { blanks };
        out.resize(out.len() + before, b' ');
        out.append(&mut text);
        out.resize(out.len() + blanks - before, b' ');
        wrong.map_or(Ok(()), Err)
    }
}

/// A format, read.
enum Piece {
    Bytes(Vec<u8>),
    Directive(Directive),
}

/// Reads a format; the error is the first thing in it that is not known here.
fn pieces(format: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut rest) = (Vec::new(), format);
    while !rest.is_empty() {
        let mut bytes = Vec::new();
        let (before, behind) = rest.split_once('%').map_or((rest, None), |(before, behind)| (before, Some(behind)));
        escaped(&mut bytes, before)?;
        rest = "";
        let mut directive = None;
        if let Some(behind) = behind {
            if let Some(after) = behind.strip_prefix('%') {
                bytes.push(b'%');
                rest = after;
            } else {
                let end = behind.find(|c: char| !"-0123456789.".contains(c)).map_or(behind.len(), |at| at + 1);
                let written = || format!("%{}", behind.get(..end).unwrap_or(behind));
                let (read, after) = Directive::read(behind).ok_or_else(written)?;
                directive = Some(read);
                rest = after;
            }
        }
        pieces.push(Piece::Bytes(bytes));
        pieces.extend(directive.map(Piece::Directive));
    }
    Ok(pieces)
}

/// What each directive of a format takes (`dxcs`), in their order; `None` if something in it is not known here.
pub(super) fn kinds(format: &str) -> Option<Vec<char>> {
    let of = |piece: &Piece| if let Piece::Directive(directive) = piece { Some(directive.kind) } else { None };
    Some(pieces(format).ok()?.iter().filter_map(of).collect())
}

/// The format is used again while words are left.
pub(super) fn printf(args: &[String]) -> Ran {
    let Some((format, words)) = args.split_first() else { return Ran::fail(2, "sh: 1: printf: usage: printf format [arg ...]") };
    if let Some(option) = format.strip_prefix('-').and_then(|rest| rest.chars().next()) {
        return Ran::fail(2, format!("sh: 1: printf: Illegal option -{option}"));
    }
    let pieces = match pieces(format) {
        Ok(pieces) => pieces,
        Err(what) => return Ran::fail(2, format!("printf: {what} is none of what every shell knows: %s %d %x %c %% \\n \\t \\\\ \\NNN")),
    };
    let (mut words, mut out, mut stderr) = (words.iter(), Vec::new(), String::new());
    loop {
        let before = words.len();
        for piece in &pieces {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Directive(directive) => {
                    if let Err(what) = directive.put(&mut out, words.next().map_or("", String::as_str)) {
                        stderr.push_str(&format!("sh: 1: printf: {what}\n"));
                    }
                }
            }
        }
        if out.len() > BYTES_MAX {
            return Ran { hang: Some(format!("it prints more than {} MiB", BYTES_MAX >> 20)), ..Ran::ok("") };
        }
        if words.len() == 0 || words.len() == before {
            break;
        }
    }
    Ran { stdout: Stream::Bytes(out, 0), rc: i32::from(!stderr.is_empty()), stderr, hang: None }
}

/// A set of `tr`.
pub(super) fn set(text: &str) -> Result<Vec<u8>, String> {
    if text.contains("[:") || text.contains("[=") || text.contains("*]") {
        return Err(format!("sets such as {text} are none that this machine knows"));
    }
    let mut plain = Vec::new();
    if escaped(&mut plain, text).is_err() {
        return Err(format!("escapes such as in {text} are none that this machine knows"));
    }
    let mut set: Vec<u8> = Vec::new();
    let mut at = 0;
    while let Some(first) = plain.get(at) {
        if set.len() > SET_BYTES_MAX {
            return Err("such a long set is none that this machine knows".to_owned());
        }
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some(b'-'), Some(last)) => {
                if first > last {
                    let (a, b) = (char::from(*first), char::from(*last));
                    return Err(format!("range-endpoints of '{a}-{b}' are in reverse collating sequence order"));
                }
                set.extend(*first..=*last);
                at += 3;
            }
            _ => {
                set.push(*first);
                at += 1;
            }
        }
    }
    Ok(set)
}
