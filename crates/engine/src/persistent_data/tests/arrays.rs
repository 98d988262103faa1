//! Arrays and bitsets against vectors.

use super::*;
use crate::errno::Errno;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Resize(u32, u64),
    Set(prop::sample::Index, u64),
    Rebuild(u32),
    Commit,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (prop_oneof![0u32..6_000, (0u32..10).prop_map(|n| n * 509), (0u32..5).prop_map(|n| n * 1018)], any::<u64>())
            .prop_map(|(size, value)| Op::Resize(size, value)),
        12 => (any::<prop::sample::Index>(), any::<u64>()).prop_map(|(index, value)| Op::Set(index, value)),
        1 => (0u32..3_000).prop_map(Op::Rebuild),
        2 => Just(Op::Commit),
    ]
}

fn read_all(lab: &mut Lab, array: Array, root: u64, size: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    let Ok(mut cursor) = array.cursor(&mut lab.host, &mut lab.tm, root) else { return seen };
    while seen.len() < size {
        seen.push(cursor.value());
        if cursor.next(&mut lab.host, &mut lab.tm).is_err() {
            break;
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_array_is_a_vector(ops in prop::collection::vec(op(), 1..80), wide: bool, legacy: bool) {
        let array = if wide { Array::LE64 } else { Array::LE32 };
        let mask = if wide { u64::MAX } else { u64::from(u32::MAX) };
        let mut lab = Lab::new(if legacy { Kernel::V3_18 } else { Kernel::V6_1 }, 600);
        let mut root = array.empty(&mut lab.host, &mut lab.tm).unwrap();
        let mut model: Vec<u64> = Vec::new();
        for op in ops {
            let (host, tm) = (&mut lab.host, &mut lab.tm);
            match op {
                Op::Resize(size, value) => {
                    array.resize(host, tm, &mut root, model.len() as u32, size, value).unwrap();
                    model.resize(size as usize, value & mask);
                }
                Op::Set(index, value) if !model.is_empty() => {
                    let index = index.index(model.len());
                    array.set(host, tm, &mut root, index as u32, value).unwrap();
                    model[index] = value & mask;
                    prop_assert_eq!(array.get(host, tm, root, index as u32), Ok(value & mask));
                }
                Op::Set(..) => {}
                Op::Rebuild(size) => {
                    array.del(host, tm, root).unwrap();
                    root = array.new_with(host, tm, size, &mut |n| Ok(u64::from(n))).unwrap();
                    model = (0..u64::from(size)).collect();
                }
                Op::Commit => {
                    lab.commit();
                    lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]);
                }
            }
        }
        lab.commit();
        lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]);
        let mut lab = lab.reopen();
        prop_assert_eq!(read_all(&mut lab, array, root, model.len()), model);
    }

    #[test]
    fn a_bitset_is_a_vector_of_words(
        ops in prop::collection::vec((0u8..20, any::<prop::sample::Index>(), 0u32..70_000), 1..200),
    ) {
        let mut lab = Lab::new(Kernel::V6_1, 600);
        let mut set = Bitset::default();
        let mut root = set.empty(&mut lab.host, &mut lab.tm).unwrap();
        let (mut words, mut bits): (Vec<u64>, u32) = (Vec::new(), 0);
        for (kind, index, size) in ops {
            let (host, tm) = (&mut lab.host, &mut lab.tm);
            if kind == 0 || bits == 0 {
                set.flush(host, tm, &mut root).unwrap();
                set = Bitset::default();
                set.resize(host, tm, &mut root, bits, size, kind % 2 == 1).unwrap();
                words.resize(size.div_ceil(64) as usize, if kind % 2 == 1 { u64::MAX } else { 0 });
                bits = size;
                continue;
            }
            let bit = index.index(bits as usize) as u32;
            let (word, mask) = (&mut words[bit as usize / 64], 1u64 << (bit % 64));
            match kind {
                1..8 => {
                    set.set(host, tm, &mut root, bit).unwrap();
                    *word |= mask;
                }
                8..13 => {
                    set.clear(host, tm, &mut root, bit).unwrap();
                    *word &= !mask;
                }
                13..18 => prop_assert_eq!(set.test(host, tm, &mut root, bit), Ok(*word & mask != 0)),
                18 => set.flush(host, tm, &mut root).unwrap(),
                _ => lab.commit(),
            }
        }
        let (host, tm) = (&mut lab.host, &mut lab.tm);
        set.flush(host, tm, &mut root).unwrap();
        let expected = |bit: u32| words[bit as usize / 64] >> (bit % 64) & 1 == 1;
        if bits == 0 {
            prop_assert_eq!(set.cursor(host, tm, root, 0).err(), Some(Errno::NoData));
        } else {
            let mut cursor = set.cursor(host, tm, root, bits).unwrap();
            for bit in 0..bits {
                prop_assert_eq!(cursor.value(), expected(bit));
                if bit + 1 < bits {
                    cursor.next(host, tm).unwrap();
                }
            }
            for (bit, step) in [(0, 1), (3, 61), (10, 5_000), (63, 64)] {
                if bit + step < bits {
                    let mut cursor = set.cursor(host, tm, root, bits).unwrap();
                    cursor.skip(host, tm, bit).unwrap();
                    cursor.skip(host, tm, step).unwrap();
                    prop_assert_eq!(cursor.value(), expected(bit + step));
                }
            }
        }
        lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]);
    }
}

fn blocks(lab: &mut Lab, root: u64) -> usize {
    let Ok(mut cursor) = btree::Cursor::begin(&mut lab.host, &mut lab.tm, root, false) else { return 0 };
    (1..).take_while(|_| cursor.next(&mut lab.host, &mut lab.tm).is_ok()).count() + 1
}

#[test]
fn shrinking_to_a_multiple_keeps_the_partial_tail_right_behind_it() {
    for (from, to, left) in [(1017, 509, 2), (128_269, 128_268, 253), (1019, 509, 1), (5600, 4072, 8)] {
        let mut lab = Lab::new(Kernel::V6_1, 1024);
        let mut root = Array::LE64.empty(&mut lab.host, &mut lab.tm).unwrap();
        let (host, tm) = (&mut lab.host, &mut lab.tm);
        Array::LE64.resize(host, tm, &mut root, 0, from, 9).unwrap();
        Array::LE64.resize(host, tm, &mut root, from, to, 9).unwrap();
        assert_eq!(blocks(&mut lab, root), left, "{from} to {to}");
    }
}

#[test]
fn the_tail_left_behind_is_kept_by_a_shrink_and_replaced_by_a_growth() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    let (host, tm) = (&mut lab.host, &mut lab.tm);
    let mut root = Array::LE64.empty(host, tm).unwrap();
    for (from, to) in [(0, 1017), (1017, 509), (509, 300)] {
        Array::LE64.resize(host, tm, &mut root, from, to, 9).unwrap();
    }
    assert_eq!(Array::LE64.get(host, tm, root, 600), Ok(9));
    Array::LE64.resize(host, tm, &mut root, 300, 700, 5).unwrap();
    assert_eq!(Array::LE64.get(host, tm, root, 600), Ok(5));
    assert_eq!(Array::LE64.get(host, tm, root, 700), Err(Errno::NoData));
    assert_eq!(blocks(&mut lab, root), 2);
    lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]);
}

#[test]
fn an_array_of_three_hundred_blocks_has_a_tree_of_two_levels() {
    let mut lab = Lab::new(Kernel::V6_1, 2048);
    let size = 300 * 509;
    let root = Array::LE64.new_with(&mut lab.host, &mut lab.tm, size, &mut |n| Ok(u64::from(n) * 3)).unwrap();
    lab.commit();
    assert_eq!(lab.audit(&[(root, ValueType::ArrayBlock(Array::LE64))]), [2]);
    let (host, tm) = (&mut lab.host, &mut lab.tm);
    let mut cursor = Array::LE64.cursor(host, tm, root).unwrap();
    cursor.skip(host, tm, 100_000).unwrap();
    assert_eq!(cursor.value(), 300_000);
    Array::LE64.del(host, tm, root).unwrap();
    lab.commit();
    lab.audit(&[]);
}

#[test]
fn starting_a_cursor_caches_every_block_of_the_leaf() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    let root = Array::LE64.new_with(&mut lab.host, &mut lab.tm, 5_090, &mut |_| Ok(1)).unwrap();
    lab.commit();
    let mut lab = lab.reopen();
    let before = lab.tm.bm.buffers().count();
    Array::LE64.cursor(&mut lab.host, &mut lab.tm, root).unwrap();
    assert_eq!(lab.tm.bm.buffers().count() - before, 11);
}

#[test]
fn a_set_bit_is_in_no_buffer_until_it_is_flushed() {
    let mut lab = Lab::new(Kernel::V6_1, 1024);
    let (host, tm) = (&mut lab.host, &mut lab.tm);
    let mut set = Bitset::default();
    let mut root = set.empty(host, tm).unwrap();
    set.resize(host, tm, &mut root, 0, 512, false).unwrap();
    set.set(host, tm, &mut root, 70).unwrap();
    assert_eq!(Array::LE64.get(host, tm, root, 1), Ok(0));
    set.flush(host, tm, &mut root).unwrap();
    assert_eq!(Array::LE64.get(host, tm, root, 1), Ok(1 << 6));
    assert_eq!(set.cached(), None);
}
