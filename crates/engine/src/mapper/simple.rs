//! The small targets: linear, striped, zero, error, flakey, delay — their constructors and table lines.

use super::striped::Striped;
use super::table::Kind;
use crate::device::DevNo;
use crate::errno::Errno;
use std::fmt::Write as _;

/// `flakey`: behaves for `up` seconds, then misbehaves for `down`, over and over.
#[derive(Debug, Clone, PartialEq)]
pub struct Flakey {
    /// Lower device.
    pub dev: DevNo,
    /// First sector there.
    pub start: u64,
    /// Virtual time of its construction, in nanoseconds.
    pub born_ns: u64,
    /// Seconds of good behaviour.
    pub up_s: u32,
    /// Seconds of bad behaviour.
    pub down_s: u32,
    /// While down, writes vanish silently.
    pub drop_writes: bool,
    /// While down, writes fail and reads pass.
    pub error_writes: bool,
    /// While down, byte `.0` (from 1) of every bio in direction `.1` (`r` or `w`) becomes `.2`; `.3` are bio flags to match.
    pub corrupt_bio_byte: Option<(u32, char, u8, u32)>,
}

/// What flakey does with a bio now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlakeyAction {
    /// Passes it on.
    Pass,
    /// Fails it with EIO.
    Fail,
    /// Completes it successfully and drops it.
    Drop,
    /// Passes it on with this byte (from 0) set to that value.
    Corrupt(u32, u8),
}

impl Flakey {
    /// `flakey_map` at a moment.
    #[must_use]
    pub fn action(&self, now_ns: u64, write: bool) -> FlakeyAction {
        let elapsed_s = now_ns.saturating_sub(self.born_ns) / 1_000_000_000;
        let (up, down) = (u64::from(self.up_s), u64::from(self.down_s));
        if elapsed_s % (up + down).max(1) < up {
            return FlakeyAction::Pass;
        }
        match (self.drop_writes, self.error_writes, self.corrupt_bio_byte) {
            (true, _, _) if write => FlakeyAction::Drop,
            (_, true, _) if write => FlakeyAction::Fail,
            (_, _, Some((nth, 'w', value, _))) if write => FlakeyAction::Corrupt(nth.saturating_sub(1), value),
            (_, _, Some((nth, 'r', value, _))) if !write => FlakeyAction::Corrupt(nth.saturating_sub(1), value),
            (false, false, None) => FlakeyAction::Fail,
            _ => FlakeyAction::Pass,
        }
    }
}

/// One leg of a delay target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelayLeg {
    /// Lower device.
    pub dev: DevNo,
    /// First sector there.
    pub start: u64,
    /// Delay in milliseconds.
    pub delay_ms: u32,
}

/// `delay`: bios continue after a delay; writes and flushes may have their own legs.
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// For reads, and for anything without its own leg.
    pub read: DelayLeg,
    /// For writes.
    pub write: Option<DelayLeg>,
    /// For flushes.
    pub flush: Option<DelayLeg>,
}

impl Delay {
    /// The legs given in the table.
    pub fn legs(&self) -> impl Iterator<Item = DelayLeg> {
        [Some(self.read), self.write, self.flush].into_iter().flatten()
    }
}

type Resolve<'a> = &'a dyn Fn(&str) -> Result<DevNo, Errno>;
type CtrResult<T> = Result<T, (Errno, String)>;

fn bad<T>(message: &str) -> CtrResult<T> {
    Err((Errno::Inval, message.to_owned()))
}

/// As `sscanf` with `%llu` or `%u` and nothing behind it reads it: digits alone.
fn number<T: std::str::FromStr>(word: &str, message: &str) -> CtrResult<T> {
    let digits = word.bytes().all(|b| b.is_ascii_digit());
    word.parse().ok().filter(|_| digits).ok_or_else(|| (Errno::Inval, message.to_owned()))
}

/// As `kstrtouint` reads it: a plus sign may stand before it.
fn unsigned(word: &str, message: &str) -> CtrResult<u32> {
    word.parse().map_err(|_| (Errno::Inval, message.to_owned()))
}

fn device(resolve: Resolve<'_>, path: &str) -> CtrResult<DevNo> {
    resolve(path).map_err(|errno| (errno, "Device lookup failed".to_owned()))
}

/// Builds a target of one of the small types; `None` if the type is not one of them.
pub(crate) fn construct(kind: &str, args: &[&str], len: u64, now_ns: u64, resolve: Resolve<'_>) -> Option<CtrResult<Kind>> {
    Some(match kind {
        "linear" => linear(args, resolve),
        "striped" => striped(args, len, resolve),
        "zero" if args.is_empty() => Ok(Kind::Zero),
        "zero" => bad("No arguments required"),
        "error" => Ok(Kind::Error),
        "flakey" => flakey(args, now_ns, resolve),
        "delay" => delay(args, resolve),
        _ => return None,
    })
}

fn linear(args: &[&str], resolve: Resolve<'_>) -> CtrResult<Kind> {
    let [path, start] = args else { return bad("Invalid argument count") };
    let start = number(start, "Invalid device sector")?;
    Ok(Kind::Linear { dev: device(resolve, path)?, start })
}

/// `stripe_ctr`: `STRIPES CHUNK_SECTORS DEVICE START …`.
fn striped(args: &[&str], len: u64, resolve: Resolve<'_>) -> CtrResult<Kind> {
    let [count, chunk, places @ ..] = args else { return bad("Not enough arguments") };
    let count = unsigned(count, "Invalid stripe count")?;
    if count == 0 {
        return bad("Invalid stripe count");
    }
    let chunk = unsigned(chunk, "Invalid chunk_size")?;
    if chunk == 0 {
        return bad("Invalid chunk_size");
    }
    let (count, chunk_sectors) = (u64::from(count), u64::from(chunk));
    if !len.is_multiple_of(count) {
        return bad("Target length not divisible by number of stripes");
    }
    let width_sectors = len / count;
    if !width_sectors.is_multiple_of(chunk_sectors) {
        return bad("Target length not divisible by chunk size");
    }
    if places.len() as u64 != 2 * count {
        return bad("Not enough destinations specified");
    }
    const WRONG: &str = "Couldn't parse stripe destination";
    let place = |place: &[&str]| {
        let [path, start] = place else { return bad(WRONG) };
        let start = number(start, WRONG)?;
        Ok((resolve(path).map_err(|errno| (errno, WRONG.to_owned()))?, start))
    };
    let stripes = places.chunks(2).map(place).collect::<CtrResult<_>>()?;
    Ok(Kind::Striped(Striped { chunk_sectors, width_sectors, stripes }))
}

fn flakey(args: &[&str], born_ns: u64, resolve: Resolve<'_>) -> CtrResult<Kind> {
    let [path, start, up, down, features @ ..] = args else { return bad("Invalid argument count") };
    let start = number(start, "Invalid device sector")?;
    let up_s: u32 = number(up, "Invalid up interval")?;
    let down_s: u32 = number(down, "Invalid down interval")?;
    if up_s.checked_add(down_s).is_none_or(|sum| sum == 0) {
        return bad(if up_s == 0 { "Total (up + down) interval is zero" } else { "Interval overflow" });
    }
    let mut out = Flakey {
        dev: DevNo { major: 0, minor: 0 },
        start,
        born_ns,
        up_s,
        down_s,
        drop_writes: false,
        error_writes: false,
        corrupt_bio_byte: None,
    };
    if let [count, words @ ..] = features {
        let count: usize = number(count, "Invalid number of feature args")?;
        if count > 6 || words.len() < count {
            return bad("Invalid number of feature args");
        }
        let mut words = words.iter().take(count).copied();
        while let Some(word) = words.next() {
            match word.to_ascii_lowercase().as_str() {
                "drop_writes" if out.drop_writes => return bad("Feature drop_writes duplicated"),
                "drop_writes" if out.error_writes => return bad("Feature drop_writes conflicts with feature error_writes"),
                "drop_writes" => out.drop_writes = true,
                "error_writes" if out.error_writes => return bad("Feature error_writes duplicated"),
                "error_writes" if out.drop_writes => return bad("Feature error_writes conflicts with feature drop_writes"),
                "error_writes" => out.error_writes = true,
                "corrupt_bio_byte" => {
                    let mut next = || words.next().ok_or_else(|| (Errno::Inval, "Feature corrupt_bio_byte requires parameters".to_owned()));
                    let nth = number(next()?, "Invalid Nth byte")?;
                    let direction = match next()? {
                        "r" => 'r',
                        "w" => 'w',
                        _ => return bad("Invalid corrupt bio direction (r or w)"),
                    };
                    let value = number(next()?, "Invalid value to write to corrupt bio_byte")?;
                    let flags = number(next()?, "Invalid bio flags mask")?;
                    out.corrupt_bio_byte = Some((nth, direction, value, flags));
                }
                _ => return bad("Unrecognised flakey feature requested"),
            }
        }
    }
    out.dev = device(resolve, path)?;
    Ok(Kind::Flakey(out))
}

fn delay(args: &[&str], resolve: Resolve<'_>) -> CtrResult<Kind> {
    if !matches!(args.len(), 3 | 6 | 9) {
        return bad("Requires exactly 3, 6 or 9 arguments");
    }
    let mut legs = args.chunks(3).map(|leg| {
        let start = number(leg[1], "Invalid device sector")?;
        let dev = device(resolve, leg[0])?;
        Ok(DelayLeg { dev, start, delay_ms: number(leg[2], "Invalid delay")? })
    });
    let Some(read) = legs.next() else { return bad("Requires exactly 3, 6 or 9 arguments") };
    Ok(Kind::Delay(Delay { read: read?, write: legs.next().transpose()?, flush: legs.next().transpose()? }))
}

/// The INFO or TABLE status of a small target; empty for a cache.
#[must_use]
pub fn status(kind: &Kind, table: bool) -> String {
    let mut out = String::new();
    let _ = match kind {
        Kind::Linear { dev, start } if table => write!(out, "{dev} {start}"),
        Kind::Striped(s) => s.status(table, &mut out),
        Kind::Flakey(f) if table => flakey_table(f, &mut out),
        Kind::Delay(d) if table => {
            for (i, leg) in d.legs().enumerate() {
                let _ = write!(out, "{}{} {} {}", if i > 0 { " " } else { "" }, leg.dev, leg.start, leg.delay_ms);
            }
            Ok(())
        }
        Kind::Delay(_) => write!(out, "0 0 0"),
        _ => Ok(()),
    };
    out
}

fn flakey_table(f: &Flakey, out: &mut String) -> std::fmt::Result {
    let features = u32::from(f.drop_writes) + u32::from(f.error_writes) + if f.corrupt_bio_byte.is_some() { 5 } else { 0 };
    write!(out, "{} {} {} {} {features} ", f.dev, f.start, f.up_s, f.down_s)?;
    if f.drop_writes {
        out.push_str("drop_writes ");
    } else if f.error_writes {
        out.push_str("error_writes ");
    }
    if let Some((nth, direction, value, flags)) = f.corrupt_bio_byte {
        write!(out, "corrupt_bio_byte {nth} {direction} {value} {flags} ")?;
    }
    Ok(())
}
