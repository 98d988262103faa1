//! What the room proves: bytes equal to Linux's, block numbers equal to Linux's, and every order of opening and closing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod abort;
mod allocation;
mod damage;
mod events;
mod golden;
mod interleaving;
mod recorded;
mod seed;
mod sharing;
mod small;

use super::*;
use crate::device::{DevNo, Disk, Host, MemHost};
use crate::errno::Errno;
use crate::event::{CacheId, ObjectId};
use crate::kernel::Kernel;
use crate::persistent_data::{le32, le64};
use std::collections::BTreeMap;

const SECTORS_4M: u64 = 8192;
const ARGS: OpenArgs = OpenArgs { data_block_size: 128, may_format: true, policy_hint_size: 4, version: 1 };

/// A machine with one metadata device and a registry.
struct Bench {
    host: MemHost,
    dev: DevNo,
    registry: Registry,
}

impl Bench {
    fn new(kernel: Kernel, sharing: bool) -> Self {
        let (mut host, dev) = MemHost::with_disk(SECTORS_4M);
        host.kernel = kernel;
        Self { host, dev, registry: Registry::new(sharing) }
    }

    fn with_image(image: &[u8]) -> Self {
        let mut bench = Self::new(Kernel::V6_1, true);
        bench.host.disks.insert(bench.dev, Disk::from_bytes("vda", image));
        bench
    }

    fn open(&mut self, by: CacheId, version: u32) -> Result<ObjectId, Errno> {
        self.registry.open(&mut self.host, by, self.dev, OpenArgs { version, ..ARGS })
    }

    fn step(&mut self, task: &mut Task) -> Progress {
        self.registry.step(&mut self.host, task)
    }

    fn close(&mut self, by: CacheId, id: ObjectId) {
        self.registry.close(&mut self.host, by, id);
    }

    /// Runs an operation of an object.
    fn with<T>(&mut self, id: ObjectId, op: impl FnOnce(&mut Object, &mut dyn Host) -> T) -> T {
        op(self.registry.object_mut(id).unwrap(), &mut self.host)
    }

    fn object(&self, id: ObjectId) -> &Object {
        self.registry.object(id).unwrap()
    }

    fn image(&self) -> Vec<u8> {
        self.host.disk(self.dev).unwrap().image(SECTORS_4M)
    }

    fn page(&self, block: u64) -> crate::device::Page {
        self.host.disk(self.dev).unwrap().peek(block)
    }

    fn superblock(&self) -> superblock::Superblock {
        superblock::Superblock::decode(self.page(0).bytes())
    }

    /// The array blocks below a root that is a leaf, as they are on disk.
    fn array_blocks(&self, root: u64) -> Vec<u64> {
        let page = self.page(root);
        (0..le32(page.bytes(), 16) as usize).map(|i| le64(page.bytes(), 32 + 8 * 252 + 8 * i)).collect()
    }

    /// What a cache target does when it stops (`sync_metadata`).
    fn sync(&mut self, id: ObjectId, shape: Shape, dirty: &[u32], allocated: &[u32]) {
        self.with(id, |o, host| {
            o.set_dirty_bits(host, shape.cache_blocks, &|c| dirty.contains(&c)).unwrap();
            o.discard_bitset_resize(host, shape.discard_block_size, shape.discard_blocks).unwrap();
            for b in 0..shape.discard_blocks {
                o.set_discard(host, b, false).unwrap();
            }
            o.set_stats(host, o.get_stats().unwrap());
            o.write_hints(host, &smq(), &mut |c| if allocated.contains(&c) { 63 } else { 0 }).unwrap();
            o.commit(host, true).unwrap();
        });
    }

    /// Every mapping as it is loaded.
    fn load(&mut self, id: ObjectId) -> Result<Vec<Mapping>, Errno> {
        let mut seen = Vec::new();
        self.with(id, |o, host| {
            o.load_mappings(host, &smq(), &mut |_, m| {
                seen.push(m);
                Ok(())
            })
        })?;
        Ok(seen)
    }

    fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.host.log)
    }
}

/// Sizes of a cache as its target sees them.
#[derive(Clone, Copy)]
struct Shape {
    cache_blocks: u32,
    discard_block_size: u64,
    discard_blocks: u64,
}

/// As recorded: 256 cache blocks of 64 KiB over an origin of 128 MiB.
const RECORDED: Shape = Shape { cache_blocks: 256, discard_block_size: 128, discard_blocks: 2048 };

fn smq() -> PolicyIdentity {
    PolicyIdentity { name: "smq".into(), version: [2, 0, 0], hint_size: 4 }
}

fn recording(name: &str) -> String {
    format!("tests/recordings/6.1/{name}")
}

/// A recorded image of a metadata device.
fn recorded_image(name: &str) -> Vec<u8> {
    use std::io::Read;
    let file = std::fs::File::open(recording(&format!("{name}.img.gz"))).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Blocks in which two images differ.
fn differing_blocks(a: &[u8], b: &[u8]) -> Vec<usize> {
    assert_eq!(a.len(), b.len());
    a.chunks(4096).zip(b.chunks(4096)).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect()
}

fn assert_image_is_linuxs(bench: &Bench, name: &str) {
    assert_eq!(differing_blocks(&bench.image(), &recorded_image(name)), Vec::<usize>::new(), "{name}");
}

fn by_cblock(mappings: &[Mapping]) -> BTreeMap<u32, u64> {
    mappings.iter().map(|m| (m.cblock, m.oblock)).collect()
}
