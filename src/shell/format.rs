//! What `printf`, `echo` and `tr` make of a text: escapes, directives, sets.

use super::arith;
use super::exec::Ran;
use super::stream::Stream;
use std::slice::Iter;

/// Bytes after which `printf` makes no more.
const BYTES_MAX: usize = 64 << 20;
/// Bytes of a set of `tr`.
const SET_BYTES_MAX: usize = 1 << 16;
/// Digits of a width.
const WIDTH_DIGITS_MAX: usize = 3;

/// Appends a text with its escapes as bytes; false where `\\c` ends all output. `echo` and `%b` know octal as `\\0NNN` too, the format
/// itself as `\\NNN` alone.
#[inline(never)]
pub(super) fn escaped(out: &mut Vec<u8>, text: &str, echo: bool) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let behind = rest.get(at + 1..).unwrap_or("");
        let mut taken = 1;
        match behind.bytes().next() {
            Some(c @ (b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v')) => {
                let byte = match c {
                    b'a' => 7,
                    b'b' => 8,
                    b'e' => 27,
                    b'f' => 12,
                    b'n' => 10,
                    b'r' => 13,
                    b't' => 9,
                    _ => 11,
                };
                out.push(byte);
            }
            Some(b'\\') => out.push(b'\\'),
            Some(b'c') if echo => return false,
            Some(first @ b'0'..=b'7') => {
                let most = if echo && first == b'0' { 4 } else { 3 };
                let digits = behind.bytes().take(most).take_while(|b| matches!(b, b'0'..=b'7'));
                let (n, value) = digits.fold((0, 0u32), |(n, value), b| (n + 1, value * 8 + u32::from(b - b'0')));
                out.push(value.to_le_bytes()[0]);
                taken = n;
            }
            _ => {
                out.push(b'\\');
                taken = 0;
            }
        }
        rest = behind.get(taken..).unwrap_or("");
    }
    out.extend_from_slice(rest.as_bytes());
    true
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
        let kind = rest.chars().next().filter(|c| "dxcsb".contains(*c))?;
        let zeros = flags.contains('0') && !flags.contains('-');
        Some((Self { left: flags.contains('-'), zeros, width: width.parse().unwrap_or(0), kind }, rest.get(1..)?))
    }

    /// Appends a word in this form; the error says what is wrong with it, and false ends all output.
    fn put(&self, out: &mut Vec<u8>, word: &str) -> Result<bool, String> {
        let mut text = Vec::new();
        let mut more = true;
        let mut wrong = None;
        match self.kind {
            's' => text.extend_from_slice(word.as_bytes()),
            'b' => more = escaped(&mut text, word, true),
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
        wrong.map_or(Ok(more), Err)
    }
}

/// What each directive of a format takes (`dxcsb`), in their order; `None` if one is not known here.
pub(super) fn kinds(format: &str) -> Option<Vec<char>> {
    let (mut kinds, mut rest) = (Vec::new(), format);
    while let Some((_, behind)) = rest.split_once('%') {
        rest = match behind.strip_prefix('%') {
            Some(after) => after,
            None => {
                let (directive, after) = Directive::read(behind)?;
                kinds.push(directive.kind);
                after
            }
        };
    }
    Some(kinds)
}

/// Goes through the format once.
fn once(out: &mut Vec<u8>, format: &str, words: &mut Iter<'_, String>, wrong: &mut String) -> Result<bool, String> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        escaped(out, rest.get(..at).unwrap_or(""), false);
        let behind = rest.get(at + 1..).unwrap_or("");
        if let Some(after) = behind.strip_prefix('%') {
            out.push(b'%');
            rest = after;
            continue;
        }
        let end = behind.find(|c: char| !"-0123456789.".contains(c)).map_or(behind.len(), |at| at + 1);
        let written = || format!("%{}", behind.get(..end).unwrap_or(behind));
        let (directive, after) = Directive::read(behind).ok_or_else(|| format!("{}: invalid directive", written()))?;
        match directive.put(out, words.next().map_or("", String::as_str)) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(what) => wrong.push_str(&format!("sh: 1: printf: {what}\n")),
        }
        if out.len() > BYTES_MAX {
            return Ok(false);
        }
        rest = after;
    }
    escaped(out, rest, false);
    Ok(true)
}

/// The format is used again while words are left.
#[inline(never)]
pub(super) fn printf(args: &[String]) -> Ran {
    let Some((format, words)) = args.split_first() else { return Ran::fail(2, "sh: 1: printf: usage: printf format [arg ...]") };
    if let Some(option) = format.strip_prefix('-').and_then(|rest| rest.chars().next()) {
        return Ran::fail(2, format!("sh: 1: printf: Illegal option -{option}"));
    }
    let (mut words, mut out, mut stderr, mut rc) = (words.iter(), Vec::new(), String::new(), 0);
    loop {
        let before = words.len();
        match once(&mut out, format, &mut words, &mut stderr) {
            Ok(true) if words.len() > 0 && words.len() < before && out.len() <= BYTES_MAX => {}
            Ok(_) => break,
            Err(what) => {
                stderr.push_str(&format!("sh: 1: printf: {what}\n"));
                rc = 2;
                break;
            }
        }
    }
    if rc == 0 {
        rc = i32::from(!stderr.is_empty());
    }
    Ran { stdout: Stream::Bytes(out, 0), stderr, rc, hang: None }
}

/// A set of `tr`.
pub(super) fn set(text: &str) -> Result<Vec<u8>, String> {
    if text.contains("[:") || text.contains("[=") || text.contains("*]") {
        return Err(format!("sets such as {text} are none that this machine knows"));
    }
    let mut escapes = text.split('\\').skip(1).map(|after| after.chars().next());
    if escapes.any(|c| c.is_some_and(|c| !"abfnrtv01234567".contains(c))) {
        return Err(format!("escapes such as in {text} are none that this machine knows"));
    }
    let mut plain = Vec::new();
    escaped(&mut plain, text, false);
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
