//! Against numbers computed elsewhere and confirmed on a real kernel.

use super::*;
use crate::device::Page;

fn csum(lab: &Lab, block: u64) -> u32 {
    le32(lab.host.disk(lab.dev).unwrap().peek(block).bytes(), 0)
}

#[test]
fn the_checksum_is_raw_crc32c_xor_salt() {
    assert_eq!(!crc32c::crc32c(b"123456789"), 0x1CF9_6D7C);
    let zero = Page::zero();
    for (salt, expected) in
        [(9_031_977, 0x5844_76B8), (121_107, 0x58CC_7E82), (595_846_735, 0x7B4E_41DE), (160_478, 0x58CF_D54F), (240_779, 0x58CE_0B1A)]
    {
        assert_eq!(checksum(zero.bytes(), salt), expected);
    }
}

#[test]
fn a_fresh_format_lies_where_linux_puts_it() {
    for kernel in Kernel::ALL {
        let mut lab = Lab::new(kernel, 1024);
        let mapping = Array::LE64.empty(&mut lab.host, &mut lab.tm).unwrap();
        let discard = Bitset::default().empty(&mut lab.host, &mut lab.tm).unwrap();
        lab.commit();
        assert_eq!((mapping, discard), (4, 5));
        let root = lab.tm.sm.current();
        assert_eq!((root.nr_allocated, root.bitmap_root, root.ref_count_root), (6, 1, 2));
        assert_eq!([1, 2, 3, 4, 5].map(|block| csum(&lab, block)), [0x9659_3B1E, 0xC360_E452, 0x2C9F_4F8E, 0xCB20_942A, 0x49D8_085D]);
    }
}

#[test]
fn version_two_has_one_more_tree() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    for block in 4..7 {
        assert_eq!(Array::LE64.empty(&mut lab.host, &mut lab.tm), Ok(block));
    }
    lab.commit();
    assert_eq!([1, 3, 6].map(|block| csum(&lab, block)), [0x43C6_AA64, 0xF93B_6B46, 0xCB3D_DA35]);
}

/// One step of a cache's life and what it allocates: blocks of the index tree's leaf, root, bitmap, index.
#[test]
fn allocation_follows_linux_block_for_block() {
    for (kernel, second) in [(Kernel::V6_1, [12, 13, 14, 15]), (Kernel::V3_18, [1, 3, 4, 12])] {
        let mut lab = Lab::new(kernel, 1024);
        let (host, tm) = (&mut lab.host, &mut lab.tm);
        let mut mapping = Array::LE64.empty(host, tm).unwrap();
        Bitset::default().empty(host, tm).unwrap();
        lab.commit();

        let (host, tm) = (&mut lab.host, &mut lab.tm);
        Array::LE64.resize(host, tm, &mut mapping, 0, 1024, 0).unwrap();
        let array = |host: &mut MemHost, tm: &mut TransactionManager, root, key| {
            btree::lookup(host, tm, ValueType::ArrayBlock(Array::LE64), root, key).unwrap()
        };
        assert_eq!([0, 1, 2].map(|key| array(host, tm, mapping, key)), [6, 9, 10]);
        assert_eq!(mapping, 8);
        lab.commit();
        let map = lab.tm.sm.current();
        assert_eq!((map.bitmap_root, map.nr_allocated), (11, 9));
        assert_eq!(map.entries().next().unwrap().block, 7);

        let (host, tm) = (&mut lab.host, &mut lab.tm);
        Array::LE64.set(host, tm, &mut mapping, 5, 0x1_0001).unwrap();
        let first = array(host, tm, mapping, 0);
        lab.commit();
        let map = lab.tm.sm.current();
        assert_eq!([first, map.entries().next().unwrap().block, mapping, map.bitmap_root], second);
    }
}

#[test]
fn a_cloned_machine_goes_its_own_way() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    let root = Array::LE32.empty(&mut lab.host, &mut lab.tm).unwrap();
    lab.commit();
    let (mut host, mut tm) = (lab.host.clone(), lab.tm.clone());
    let mut other = root;
    Array::LE32.resize(&mut host, &mut tm, &mut other, 0, 5000, 7).unwrap();
    assert_eq!(lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]), [1]);
    assert_eq!(Array::LE32.get(&mut lab.host, &mut lab.tm, root, 0), Err(crate::errno::Errno::NoData));
    assert_eq!(Array::LE32.get(&mut host, &mut tm, other, 4999), Ok(7));
}
