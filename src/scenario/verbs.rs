//! What the verbs of the language do to a world: block I/O, the laboratory's hand, and looking without touching.

use super::ast::{Direction, Extent, Keep};
use super::expect::{hex, object};
use super::run::WorldRun;
use super::workload;
use dm_cache_engine::device::{DevNo, PAGE_SECTORS, PAGE_SIZE, SECTOR_SIZE};
use dm_cache_engine::errno::Errno;
use dm_cache_engine::world::{Failure, Usage, World, work_of_bytes};
use dm_cache_image::{Source, SourceError, check};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Most bytes one `write` or `read` may touch.
pub(super) const VERB_BYTES_MAX: u64 = 1 << 28;

/// Sectors of a block of a device without a cache table.
pub(super) const BLOCK_SECTORS: u64 = 128;

/// Ranges of a disk that may fail at a time.
const FAILURES_MAX: usize = 256;

/// Why a verb did not do what it says.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undone {
    /// In words, for who wrote the script.
    #[error("{0}")]
    Said(String),
    /// The machine failed it, or lets it wait for ever.
    #[error(transparent)]
    Machine(#[from] Failure),
}

impl From<String> for Undone {
    fn from(text: String) -> Self {
        Self::Said(text)
    }
}

impl From<&str> for Undone {
    fn from(text: &str) -> Self {
        Self::Said(text.to_owned())
    }
}

/// A device's pages as they are now, as a metadata image.
struct DiskSource<'w> {
    world: &'w World,
    dev: DevNo,
    /// Bytes looked at.
    seen: Cell<u64>,
}

impl Source for DiskSource<'_> {
    fn nr_blocks(&self) -> u64 {
        self.world.sectors(self.dev) / PAGE_SECTORS
    }

    fn read(&self, first: u64, buf: &mut [u8]) -> Result<(), SourceError> {
        self.seen.set(self.seen.get() + buf.len() as u64);
        for (block, chunk) in (first..).zip(buf.chunks_mut(PAGE_SIZE)) {
            let page = self.world.peek_page(self.dev, block).ok_or_else(|| SourceError::new(format!("block {block} cannot be read")))?;
            chunk.copy_from_slice(page.bytes().get(..chunk.len()).unwrap_or_default());
        }
        Ok(())
    }
}

/// The path that a verb's device is looked for at first: a name alone is a mapped device's.
pub(super) fn node(device: &str) -> String {
    if device.starts_with("/dev/") { device.to_owned() } else { format!("/dev/mapper/{device}") }
}

/// The one byte that `data` consists of, if it is one.
fn uniform(data: &[u8]) -> Option<u8> {
    // Each byte is the one before it: compared at once, as there may be many.
    let (byte, rest) = data.split_first()?;
    data.starts_with(rest).then_some(*byte)
}

/// Does something with `bytes` of a buffer, if there is room for them.
fn with_buffer<R>(world: &mut World, bytes: u64, act: impl FnOnce(&mut World) -> Result<R, Undone>) -> Result<R, Undone> {
    if let Some(limit) = world.would_exceed(Usage { memory: bytes, ..Usage::default() }) {
        return Err(limit.hang().into());
    }
    world.hold(bytes);
    let result = act(world);
    world.release(bytes);
    result
}

/// What a piece of a device reads as.
enum Piece {
    /// All of it is there; the byte that it consists of.
    Whole(u8),
    /// The device ends within it, or before it; the byte that the rest consists of.
    Cut(Option<u8>),
    /// EIO.
    Unreadable,
}

fn read_piece(world: &mut World, dev: DevNo, (offset, len): (u64, u64)) -> Result<Piece, Undone> {
    let data = match with_buffer(world, len, |world| Ok(world.read(dev, offset, len, true)?)) {
        Err(Undone::Machine(Failure::Errno(Errno::Io))) => return Ok(Piece::Unreadable),
        other => other?,
    };
    if data.is_empty() {
        return Ok(Piece::Cut(None));
    }
    let byte = uniform(&data).ok_or_else(|| format!("the bytes from {offset} on are not all alike"))?;
    Ok(if (data.len() as u64) < len { Piece::Cut(Some(byte)) } else { Piece::Whole(byte) })
}

impl WorldRun {
    /// The device a verb names: a path under `/dev`, a mapped device, or a disk of the script.
    pub(super) fn device(&self, name: &str) -> Result<DevNo, String> {
        let found = self.world.open_dev(&node(name)).or_else(|errno| match errno {
            Errno::NoEnt => self.world.open_dev(&format!("/dev/{name}")),
            other => Err(other),
        });
        found.map_err(|errno| format!("{name}: {errno}"))
    }

    /// Sectors of a block of that device: the live cache table's, or 128.
    pub(super) fn block_sectors(&self, dev: DevNo) -> u64 {
        let view = self.timeline.last();
        let live = view.mapped.get(&dev).and_then(|m| m.live.as_ref());
        live.and_then(|t| t.caches.first()).and_then(|c| view.caches.get(c)).map_or(BLOCK_SECTORS, |c| c.block_sectors)
    }

    /// Byte ranges (offset, length) of an extent, one a block.
    fn pieces(&self, dev: DevNo, extent: &Extent) -> Result<Vec<(u64, u64)>, String> {
        let block = self.block_sectors(dev) * 512;
        let (count, each) = match extent {
            Extent::Bytes(_, len) => (1, *len),
            Extent::Blocks(range) => ((range.end() - range.start()).saturating_add(1), block),
        };
        if count.saturating_mul(each) > VERB_BYTES_MAX {
            return Err(format!("more than {} MiB at once", VERB_BYTES_MAX >> 20));
        }
        Ok(match extent {
            Extent::Bytes(offset, len) => vec![(*offset, *len)],
            Extent::Blocks(range) => range.clone().map(|b| (b.saturating_mul(block), block)).collect(),
        })
    }

    pub(super) fn write(&mut self, device: &str, extent: &Extent, byte: u8) -> Result<String, Undone> {
        let dev = self.device(device)?;
        self.world.set_comm("dd");
        let pieces = self.pieces(dev, extent)?;
        if pieces.first().is_some_and(|(offset, _)| *offset > self.world.sectors(dev) * SECTOR_SIZE as u64) {
            // `lseek` goes as far as the end.
            return Err(Failure::Errno(Errno::Inval).into());
        }
        for (offset, len) in pieces {
            let bytes = usize::try_from(len).map_err(|e| e.to_string())?;
            let written = with_buffer(&mut self.world, len, |world| Ok(world.write(dev, offset, &vec![byte; bytes], false)?))?;
            if written < len {
                return Err(format!("{written} of {len} bytes written: the device ends there").into());
            }
        }
        Ok(String::new())
    }

    /// The byte each block of the extent consists of, as `dd` reads them one by one; `--` where one cannot be read.
    pub(super) fn read(&mut self, device: &str, extent: &Extent) -> Result<String, Undone> {
        let dev = self.device(device)?;
        self.world.set_comm("dd");
        let (mut seen, mut wrong) = (Vec::new(), None);
        for piece in self.pieces(dev, extent)? {
            let byte = match read_piece(&mut self.world, dev, piece)? {
                Piece::Whole(byte) => Some(byte),
                Piece::Cut(byte) => {
                    wrong.get_or_insert_with(|| format!("the device ends within the {} bytes from {} on", piece.1, piece.0));
                    byte
                }
                Piece::Unreadable => {
                    wrong.get_or_insert_with(|| Errno::Io.to_string());
                    None
                }
            };
            seen.push(byte.map_or_else(|| "--".to_owned(), |byte| hex(&[byte])));
        }
        let all = seen.join(" ");
        match wrong {
            Some(why) => Err(format!("{all}\n{why}").into()),
            None => Ok(all),
        }
    }

    /// The bytes that [`WorldRun::read`] would name, without a trace: the read is done in a copy of the world.
    pub(super) fn read_quietly(&mut self, device: &str, extent: &Extent) -> Result<Vec<u8>, Undone> {
        let dev = self.device(device)?;
        let pieces = self.pieces(dev, extent)?;
        self.world.in_a_copy(|copy| {
            let byte = |piece| match read_piece(copy, dev, piece)? {
                Piece::Whole(byte) => Ok(byte),
                Piece::Cut(_) => Err(Undone::from("the device ends there")),
                Piece::Unreadable => Err(Failure::Errno(Errno::Io).into()),
            };
            pieces.into_iter().map(byte).collect()
        })
    }

    pub(super) fn discard(&mut self, device: &str, extent: &Extent) -> Result<String, Undone> {
        let dev = self.device(device)?;
        let block = self.block_sectors(dev);
        let (sector, sectors) = match extent {
            Extent::Bytes(offset, len) if offset % 512 == 0 && len % 512 == 0 => (offset / 512, len / 512),
            Extent::Bytes(..) => return Err("a discard takes whole sectors".into()),
            Extent::Blocks(range) => {
                (range.start().saturating_mul(block), (range.end() - range.start()).saturating_add(1).saturating_mul(block))
            }
        };
        self.world.discard(dev, sector, sectors)?;
        Ok(String::new())
    }

    pub(super) fn power_cut(&mut self, keep: &Keep) -> Result<String, Undone> {
        use rand_chacha::rand_core::Rng;
        let salt = self.rng.next_u64();
        match keep {
            Keep::All => self.world.power_cut(&|_, _| true),
            Keep::None => self.world.power_cut(&|_, _| false),
            Keep::Random => self.world.power_cut(&|dev, n| workload::coin(salt, u64::from(dev.minor), n)),
            Keep::Writes(kept) => return self.power_cut_choosing(kept),
        }
        Ok(String::new())
    }

    /// Power goes, and of the unflushed page writes those with these numbers stay. Says which numbers each disk had.
    fn power_cut_choosing(&mut self, kept: &[RangeInclusive<u64>]) -> Result<String, Undone> {
        let (mut first, mut said) = (BTreeMap::new(), Vec::new());
        let mut end = 0;
        for (dev, name, disk) in self.world.disks() {
            first.insert(dev, end);
            let writes = disk.unflushed().len() as u64;
            said.push(match writes {
                0 => format!("{name} none"),
                1 => format!("{name} {end}"),
                _ => format!("{name} {end}..{}", end + writes - 1),
            });
            end += writes;
        }
        let said = format!("unflushed writes: {}\n", said.join(", "));
        if let Some(beyond) = kept.iter().find(|r| *r.end() >= end) {
            return Err(format!("there is no unflushed write {}\n{said}", beyond.end()).into());
        }
        // How many more ranges hold a write than the one before it; ranges may be many, and overlap.
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let mut holding = vec![0i32; index(end + 1)];
        for range in kept {
            for (at, change) in [(*range.start(), 1), (range.end() + 1, -1)] {
                if let Some(n) = holding.get_mut(index(at)) {
                    *n += change;
                }
            }
        }
        let mut open = 0;
        for n in &mut holding {
            open += *n;
            *n = open;
        }
        self.world.power_cut(&|dev, n| first.get(&dev).and_then(|from| holding.get(index(from + n))).is_some_and(|n| *n > 0));
        Ok(said)
    }

    /// Takes clean buffers (those named, or all) out of an object's cache, as memory pressure would; dirty ones are written first.
    pub(super) fn evict(&mut self, letter: &str, blocks: &[u64]) -> Result<String, Undone> {
        let (id, _) = object(self.timeline.last(), letter)?;
        let (registry, host) = self.world.registry_mut();
        let bm = registry.object_mut(id).and_then(|o| o.bm_mut()).ok_or_else(|| format!("object {letter} has no buffers"))?;
        if blocks.is_empty() {
            bm.evict_all(host);
        }
        for block in blocks {
            if !bm.evict(host, *block) {
                return Err(format!("block {block} is not in the buffers of object {letter}, or someone holds it").into());
            }
        }
        Ok(String::new())
    }

    pub(super) fn fail(&mut self, disk: &str, direction: Direction, sectors: Option<&RangeInclusive<u64>>) -> Result<String, Undone> {
        let dev = self.device(disk)?;
        if self.world.disk(dev).is_some_and(|d| d.failures().count() >= FAILURES_MAX) {
            return Err(format!("more than {FAILURES_MAX} ranges of {disk} fail").into());
        }
        let range = sectors.map_or(0..u64::MAX, |r| *r.start()..r.end().saturating_add(1));
        let (read, write) = (direction != Direction::Writes, direction != Direction::Reads);
        self.world.fail_device(dev, range, read, write).map_err(Failure::from)?;
        Ok(String::new())
    }

    pub(super) fn heal(&mut self, disk: &str) -> Result<String, Undone> {
        let dev = self.device(disk)?;
        self.world.disk_mut(dev).ok_or("not a disk")?.clear_failures();
        Ok(String::new())
    }

    /// The whole check of the image that a device holds now.
    pub(super) fn check(&mut self, device: &str) -> Result<check::Report, String> {
        let dev = self.device(device)?;
        let source = DiskSource { world: &self.world, dev, seen: Cell::new(0) };
        let report = check::check(&source, &check::Options::default());
        let seen = source.seen.get();
        self.world.spend(work_of_bytes(seen));
        Ok(report)
    }
}
