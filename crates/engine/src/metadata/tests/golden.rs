//! Fresh devices, block by block.

use super::*;
use crate::device::Page;
use sha2::{Digest, Sha256};

fn fresh(version: u32, blocks: u64) -> (Vec<u32>, String, Bench) {
    let mut bench = Bench::new(Kernel::V6_1, true);
    bench.open(1, version).unwrap();
    let pages: Vec<Page> = (0..blocks).map(|b| bench.page(b)).collect();
    let csums = pages.iter().map(|p| le32(p.bytes(), 0)).collect();
    let mut sha = Sha256::new();
    for page in &pages {
        sha.update(page.bytes());
    }
    let hex = sha.finalize().iter().map(|b| format!("{b:02x}")).collect();
    (csums, hex, bench)
}

#[test]
fn a_fresh_version_1_device_is_linuxs() {
    let (csums, sha, bench) = fresh(1, 6);
    assert_eq!(csums, [0x1BA4_249E, 0x9659_3B1E, 0xC360_E452, 0x2C9F_4F8E, 0xCB20_942A, 0x49D8_085D]);
    assert_eq!(sha, "573fe35b814d08c414ed05edab12471a4d1f0d0324f0442dcb19961251b39508");
    assert_eq!(le64(bench.page(3).bytes(), 16), 0x0AAA);
}

#[test]
fn a_fresh_version_2_device_is_linuxs() {
    let (csums, sha, bench) = fresh(2, 7);
    assert_eq!(csums, [0xB157_F858, 0x43C6_AA64, 0xC360_E452, 0xF93B_6B46, 0xCB20_942A, 0x49D8_085D, 0xCB3D_DA35]);
    assert_eq!(sha, "cccb1d30e803842c7e8b18969dc310eda0ca6bf0b34b82076b8d36ecf3deb5da");
    assert_eq!(le64(bench.page(3).bytes(), 16), 0x2AAA);
}

#[test]
fn a_blank_device_is_formatted_only_if_that_is_allowed() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    assert_eq!(bench.registry.open(&mut bench.host, 1, bench.dev, OpenArgs { may_format: false, ..ARGS }), Err(Errno::Perm));
    assert_eq!(bench.registry.objects().count(), 0);
}

#[test]
fn the_version_on_disk_wins_over_the_one_asked_for() {
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 1).unwrap();
    bench.close(1, id);
    let id = bench.open(1, 2).unwrap();
    assert_eq!(bench.object(id).fields().version, 1);
}

#[test]
fn opening_reads_block_0_and_the_index_then_writes_block_0_and_flushes() {
    use crate::event::Event;
    let mut bench = Bench::new(Kernel::V6_1, true);
    let id = bench.open(1, 1).unwrap();
    bench.close(1, id);
    bench.host.listen = true;
    bench.open(2, 1).unwrap();
    let io: Vec<String> = bench
        .host
        .events
        .iter()
        .filter_map(|event| match event {
            Event::DiskRead { block, .. } => Some(format!("read {block}")),
            Event::DiskWrite { block, .. } => Some(format!("write {block}")),
            Event::DiskFlush { .. } => Some("flush".into()),
            _ => None,
        })
        .collect();
    assert_eq!(io, ["read 0", "read 1", "write 0", "flush"]);
}
