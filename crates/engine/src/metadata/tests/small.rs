//! Metadata devices that are too small (04-features-args): where each size fails, in which words, and what is on disk then.

use super::*;

fn small(blocks: u64) -> Bench {
    let mut bench = Bench::new(Kernel::V6_1, true);
    bench.host.disks.insert(bench.dev, Disk::new("ms", blocks * 8));
    bench
}

/// What the target does about a failed operation: abort, flag, read-only.
fn give_up(o: &mut Object, host: &mut dyn Host) {
    o.abort(host).unwrap();
    o.set_needs_check(host).unwrap();
    o.set_read_only(host);
}

#[test]
fn one_to_five_blocks_fail_at_open() {
    let bootstrap = [
        "device-mapper: space map common: metadata block out of bounds",
        "device-mapper: space map common: dm_tm_shadow_block() failed",
        "device-mapper: space map metadata: dm_sm_metadata_create: apply_bops failed",
        "device-mapper: transaction manager: couldn't create metadata space map",
        "device-mapper: cache metadata: tm_create_with_sm failed",
    ];
    let full = ["device-mapper: space map metadata: unable to allocate new metadata block"];
    for (blocks, errno, log) in [
        (1, Errno::Inval, &bootstrap[..]),
        (2, Errno::Inval, &bootstrap[..]),
        (3, Errno::NoSpc, &bootstrap[3..]),
        (4, Errno::NoSpc, &full[..]),
        (5, Errno::NoSpc, &full[..]),
    ] {
        let mut bench = small(blocks);
        assert_eq!(bench.open(1, 1), Err(errno), "{blocks} blocks");
        assert_eq!(bench.take_log(), log, "{blocks} blocks");
        assert_eq!(bench.registry.objects().count(), 0);
    }
}

#[test]
fn six_to_eight_blocks_fail_at_resume() {
    let full = "device-mapper: space map metadata: unable to allocate new metadata block";
    let shadow = "device-mapper: space map common: dm_tm_shadow_block() failed";
    for (blocks, log) in [(6, &[full][..]), (7, &[full, shadow, full][..]), (8, &[full][..])] {
        let mut bench = small(blocks);
        let id = bench.open(1, 1).unwrap();
        assert_eq!(bench.with(id, |o, host| o.resize(host, 256)), Err(Errno::NoSpc), "{blocks} blocks");
        assert_eq!(bench.take_log(), log, "{blocks} blocks");
    }
}

#[test]
fn nine_to_thirteen_blocks_fail_at_suspend_and_leave_linuxs_bytes() {
    for blocks in 9..=14_u64 {
        let mut bench = small(blocks);
        let id = bench.open(1, 1).unwrap();
        bench.with(id, |o, host| {
            o.resize(host, 256).unwrap();
            let shape = RECORDED;
            o.set_dirty_bits(host, 256, &|_| false).unwrap();
            let discards = o
                .discard_bitset_resize(host, shape.discard_block_size, shape.discard_blocks)
                .and_then(|()| (0..shape.discard_blocks).try_for_each(|b| o.set_discard(host, b, false)));
            if discards.is_err() {
                give_up(o, host);
            }
            let hints = o.write_hints(host, &smq(), &mut |_| 0);
            if hints == Err(Errno::NoSpc) {
                give_up(o, host);
            }
            let commit = o.commit(host, discards.is_ok() && hints.is_ok());
            if commit == Err(Errno::NoSpc) {
                give_up(o, host);
            }
            let failed = [discards, hints, commit].iter().position(|r| *r == Err(Errno::NoSpc));
            assert_eq!(failed, [Some(0), Some(0), Some(1), Some(1), Some(2), None][blocks as usize - 9], "{blocks} blocks");
        });
        let image = bench.host.disk(bench.dev).unwrap().image(blocks * 8);
        let linuxs = recorded_image(&format!("04-features-args/02-msize-{blocks}"));
        assert_eq!(differing_blocks(&image, &linuxs[..image.len()]), Vec::<usize>::new(), "{blocks} blocks");
    }
}
