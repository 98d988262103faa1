//! dd, with busybox's messages (the recordings' dd).

use super::blockdev::size;
use super::exec::{Budget, Ran, take_work};
use super::stream::Stream;
use dm_cache_engine::device::{DevNo, SECTOR_SIZE};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::world::{Buffered, Failure, World, work_of_bytes};

/// Where the data comes from or goes.
enum End {
    Stream(Stream),
    Device(DevNo, String),
    Null,
}

struct Options {
    input: Option<String>,
    output: Option<String>,
    bs: u64,
    count: Option<u64>,
    seek: u64,
    skip: u64,
    direct_in: bool,
    direct_out: bool,
    /// `conv=fsync`: a sync at the end.
    sync: bool,
    /// `oflag=sync`, `oflag=dsync`: a sync after each write.
    sync_each: bool,
    report: bool,
}

/// One block is read and held at a time; more than this is refused.
const BLOCK_BYTES_MAX: u64 = 64 << 20;

pub(super) fn main(world: &mut World, args: &[String], stdin: Stream, budget: &mut Budget) -> Ran {
    let options = match parse(args) {
        Ok(options) => options,
        Err(text) => return Ran::fail(1, format!("dd: {text}")),
    };
    let input = match options.input.as_deref() {
        None => End::Stream(stdin),
        Some("/dev/zero") => End::Stream(Stream::Fill(0)),
        Some("/dev/null") => End::Stream(Stream::EMPTY),
        Some(path) => match world.open_dev(path) {
            Ok(dev) => End::Device(dev, path.to_owned()),
            Err(errno) => return Ran::fail(1, format!("dd: can't open '{path}': {}", errno.text())),
        },
    };
    let output = match options.output.as_deref() {
        None => End::Stream(Stream::EMPTY),
        Some("/dev/null") => End::Null,
        Some(path) => match world.open_dev(path) {
            Ok(dev) => End::Device(dev, path.to_owned()),
            Err(errno) => return Ran::fail(1, format!("dd: can't open '{path}': {}", errno.text())),
        },
    };
    let page_cache = match output {
        End::Device(dev, _) if !options.direct_out => Some(world.buffered(dev)),
        _ => None,
    };
    Copy { world, budget, options, input, output, page_cache, printed: Vec::new(), blocks_in: (0, 0), blocks_out: (0, 0) }.run()
}

/// Whether these operands are taken.
pub(super) fn takes(args: &[String]) -> bool {
    parse(args).is_ok()
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut o = Options {
        input: None,
        output: None,
        bs: 512,
        count: None,
        seek: 0,
        skip: 0,
        direct_in: false,
        direct_out: false,
        sync: false,
        sync_each: false,
        report: true,
    };
    for arg in args {
        let (key, value) = arg.split_once('=').ok_or_else(|| format!("invalid argument '{arg}'"))?;
        let number = || size(value).ok_or_else(|| format!("invalid number '{value}'"));
        match key {
            "if" => o.input = Some(value.to_owned()),
            "of" => o.output = Some(value.to_owned()),
            "bs" => {
                o.bs = number().and_then(|n| {
                    if (1..=BLOCK_BYTES_MAX).contains(&n) {
                        Ok(n)
                    } else {
                        Err(format!("number {value} is not in 1..{BLOCK_BYTES_MAX} range"))
                    }
                })?
            }
            "count" => o.count = Some(number()?),
            "seek" => o.seek = number()?,
            "skip" => o.skip = number()?,
            "status" => o.report = value != "none",
            "iflag" | "oflag" | "conv" => {
                for flag in value.split(',') {
                    match (key, flag) {
                        ("iflag", "direct") => o.direct_in = true,
                        ("oflag", "direct") => o.direct_out = true,
                        ("conv", "fsync" | "fdatasync") => o.sync = true,
                        ("oflag", "dsync" | "sync") => o.sync_each = true,
                        ("iflag", "fullblock") | ("conv", "notrunc" | "nocreat") => {}
                        _ => return Err(format!("invalid argument '{flag}' to '{key}'")),
                    }
                }
            }
            _ => return Err(format!("invalid argument '{arg}'")),
        }
    }
    Ok(o)
}

/// Why it ends, the words before the error's text, and whether what was copied is still counted.
struct Failed(Failure, String, bool);

/// What busybox dies of without a count: where a stream stands, a read, a flush.
fn dies(failure: impl Into<Failure>, path: &str) -> Failed {
    Failed(failure.into(), path.to_owned(), false)
}

/// A limit of this machine.
fn stopped(failure: Failure) -> Failed {
    Failed(failure, String::new(), true)
}

struct Copy<'w> {
    world: &'w mut World,
    budget: &'w mut Budget,
    options: Options,
    input: End,
    output: End,
    /// Of an output without `oflag=direct`.
    page_cache: Option<Buffered>,
    printed: Vec<u8>,
    blocks_in: (u64, u64),
    blocks_out: (u64, u64),
}

impl Copy<'_> {
    fn run(mut self) -> Ran {
        let synced = |copy: &mut Self| if copy.options.sync { copy.sync() } else { Ok(()) };
        let result = self.start().and_then(|(from, to)| self.copy(from, to)).and_then(|()| synced(&mut self));
        let result = result.and(self.close());
        let (mut ran, counted) = match result {
            Ok(()) => (Ran::ok(""), true),
            Err(Failed(failure, say, counted)) => (Ran::failure(&failure, |text| format!("dd: {say}: {text}")), counted),
        };
        if self.options.report && counted {
            let ((a, b), (c, d)) = (self.blocks_in, self.blocks_out);
            ran.stderr.push_str(&format!("{a}+{b} records in\n{c}+{d} records out\n"));
        }
        Ran { stdout: Stream::Bytes(self.printed, 0), ..ran }
    }

    /// Where to read and where to write first. No device is positioned past its end: what was to be skipped is read instead, and a
    /// seek fails.
    fn start(&mut self) -> Result<(u64, u64), Failed> {
        let bs = self.options.bs;
        let (mut from, to) = (self.options.skip.saturating_mul(bs), self.options.seek.saturating_mul(bs));
        match &mut self.input {
            End::Stream(stream) => stream.skip(from),
            End::Device(dev, path) if from > self.world.sectors(*dev) * SECTOR_SIZE as u64 => {
                from = 0;
                for _ in 0..self.options.skip {
                    let data = self.world.read(*dev, from, bs, self.options.direct_in).map_err(|failure| dies(failure, path))?;
                    if data.is_empty() {
                        break;
                    }
                    from += data.len() as u64;
                }
            }
            End::Device(..) | End::Null => {}
        }
        match &self.output {
            End::Device(dev, path) if to > self.world.sectors(*dev) * SECTOR_SIZE as u64 => Err(dies(Errno::Inval, path)),
            _ => Ok((from, to)),
        }
    }

    fn copy(&mut self, mut from: u64, mut to: u64) -> Result<(), Failed> {
        let bs = self.options.bs;
        let block = usize::try_from(bs).unwrap_or(usize::MAX);
        let endless = matches!(self.input, End::Stream(Stream::Fill(_))) && !matches!(self.output, End::Device(..));
        if endless && self.options.count.is_none() {
            return Err(stopped(Failure::Hang("dd: input without end".to_owned())));
        }
        // Devices count what is asked of them.
        let seen = matches!(self.input, End::Device(..)) || matches!(self.output, End::Device(..));
        let unseen = if seen { 0 } else { work_of_bytes(bs) };
        let mut left = self.options.count.unwrap_or(u64::MAX);
        while left > 0 {
            left -= 1;
            take_work(self.world, unseen).map_err(stopped)?;
            let data = match &mut self.input {
                End::Null => Vec::new(),
                End::Stream(stream) => stream.read(block),
                End::Device(dev, path) => self.world.read(*dev, from, bs, self.options.direct_in).map_err(|e| dies(e, path))?,
            };
            if data.is_empty() {
                break;
            }
            let len = data.len() as u64;
            from += len;
            count(&mut self.blocks_in, len == bs);
            match &mut self.output {
                End::Null => {}
                End::Stream(_) => {
                    self.budget.take_text(self.world, data.len()).map_err(stopped)?;
                    self.printed.extend_from_slice(&data);
                }
                End::Device(dev, path) => {
                    let (mut written, dev) = (0, *dev);
                    while written < len {
                        let rest = data.get(usize::try_from(written).unwrap_or(usize::MAX)..).unwrap_or_default();
                        let done = match &mut self.page_cache {
                            _ if self.world.is_read_only(dev) => Err(Errno::Perm.into()),
                            Some(cache) => self.world.write_buffered(cache, to, rest),
                            None => self.world.write(dev, to, rest, false),
                        };
                        match done {
                            Ok(n) => (written, to) = (written + n, to + n),
                            Err(failure) => {
                                if written > 0 {
                                    count(&mut self.blocks_out, false);
                                }
                                return Err(Failed(failure, format!("error writing '{path}'"), true));
                            }
                        }
                    }
                    if self.options.sync_each {
                        self.sync()?;
                    }
                }
            }
            count(&mut self.blocks_out, len == bs);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Failed> {
        let End::Device(dev, path) = &self.output else { return Ok(()) };
        let written = self.page_cache.as_mut().map_or(Ok(()), |cache| self.world.write_back(cache));
        written.and_then(|()| self.world.fsync(*dev)).map_err(|e| dies(e, path))
    }

    /// Closes the output. Nobody is told of a write that fails then; the kernel's log is.
    fn close(&mut self) -> Result<(), Failed> {
        match self.page_cache.as_mut().map_or(Ok(()), |cache| self.world.write_back(cache)) {
            Err(failure @ Failure::Hang(_)) => Err(stopped(failure)),
            Ok(()) | Err(Failure::Errno(_)) => Ok(()),
        }
    }
}

fn count(blocks: &mut (u64, u64), whole: bool) {
    if whole { blocks.0 += 1 } else { blocks.1 += 1 }
}
