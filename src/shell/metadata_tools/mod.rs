//! cache_metadata_size, cache_repair, cache_restore and cache_writeback 0.9 over devices of the machine: their options, texts and exit codes.

mod repair;
mod restore;
mod size;
mod writeback;

pub(super) use repair::cache_repair;
pub(super) use restore::cache_restore;
pub(super) use size::cache_metadata_size;
pub(super) use writeback::cache_writeback;

use super::exec::Ran;
use super::{image_tools, small};
use crate::getopt::{self, Known};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::world::{Failure, World};
use dm_cache_image::format::{BLOCK_SIZE, Block};
use dm_cache_image::restore::Sink;

const VERSION: &str = "0.9.0\n";

/// What boost says of a number that is none.
const NO_NUMBER: &str = "bad lexical cast: source type value could not be interpreted as target";

const NO_OUTPUT: &str = "Output file does not exist.\n\n\
    The output file should either be a block device,\nor an existing file.  The file needs to be large\nenough to hold the metadata.";

/// An option with its value, by its long name.
type Given = (&'static str, String);

/// Options and words, unless the command line ends it: `-h` and `-V` where they stand, something wrong behind what is right.
fn options(program: &str, args: &[String], known: &[Known], usage: &str, behind: &str) -> Result<(Vec<Given>, Vec<String>), Ran> {
    let read = getopt::read(args, known);
    match read.options.iter().find(|(name, _)| matches!(*name, "help" | "version")) {
        Some(("help", _)) => return Err(Ran::ok(usage)),
        Some(_) => return Err(Ran::ok(VERSION)),
        None => {}
    }
    match read.wrong {
        Some(wrong) => Err(Ran { stderr: format!("{program}: {wrong}\n{usage}{behind}"), rc: 1, ..Ran::ok("") }),
        None => Ok((read.options, read.words)),
    }
}

fn last<'o>(options: &'o [Given], name: &str) -> Option<&'o str> {
    options.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
}

/// A number as boost's `lexical_cast` reads one: a sign may stand before it, and a negative one wraps.
fn number(text: &str) -> Result<u64, Ran> {
    let (minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let value = digits.parse::<u64>().ok().filter(|_| plain).ok_or_else(|| Ran::fail(1, NO_NUMBER))?;
    Ok(if minus { value.wrapping_neg() } else { value })
}

/// The same in 32 bits.
fn small_number(text: &str) -> Result<u32, Ran> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let value = number(digits).ok().filter(|_| !(minus && digits.starts_with(['-', '+'])));
    let value = value.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| Ran::fail(1, NO_NUMBER))?;
    Ok(if minus { value.wrapping_neg() } else { value })
}

/// A device that is opened for the tool alone (`O_EXCL`).
fn free(world: &World, dev: DevNo) -> Result<(), Ran> {
    if small::holders_of(world, dev).is_empty() { Ok(()) } else { Err(Ran::fail(1, image_tools::LIVE)) }
}

/// What a call of the machine that failed means.
fn failed(failure: &Failure) -> Ran {
    Ran::failure(failure, str::to_owned)
}

/// A device that an image is written to.
struct DeviceSink<'w> {
    world: &'w mut World,
    dev: DevNo,
    /// Why a write failed.
    failure: Option<Failure>,
}

impl<'w> DeviceSink<'w> {
    const fn new(world: &'w mut World, dev: DevNo) -> Self {
        Self { world, dev, failure: None }
    }

    fn noted(&mut self, done: Result<(), Failure>) -> Result<(), String> {
        done.map_err(|failure| {
            let text = failure.to_string();
            self.failure = Some(failure);
            text
        })
    }
}

impl Sink for DeviceSink<'_> {
    fn nr_blocks(&self) -> u64 {
        self.world.sectors(self.dev) * 512 / BLOCK_SIZE as u64
    }

    fn write(&mut self, at: u64, block: &Block) -> Result<(), String> {
        let done = self.world.write(self.dev, at * BLOCK_SIZE as u64, block, false).map(drop);
        self.noted(done)
    }

    fn sync(&mut self) -> Result<(), String> {
        let done = self.world.fsync(self.dev).map(drop);
        self.noted(done)
    }
}
