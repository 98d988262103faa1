#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
#@disk metab 4M
#@disk cacheb 16M
# 29. A cache that does not begin at sector 0 takes the sectors of its bios as they are: first at a border of blocks, then half a block off, where
# a write to the whole of what the core takes for a block fills halves of two. Two caches in one table. What a queue reads ahead.
F="iflag=fullblock oflag=direct conv=notrunc status=none"
T="cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
sec "at a border of blocks"
rsh "printf '0 2048 linear $ORIGIN 0\n2048 65536 $T\n67584 2048 error\n' | dmsetup create c"
st c
w c 15 3 101; stat1 c; peek c 14 5; peekraw $ORIGIN 14 5; peekraw $CACHE 0 3
w c 527 1 102; w c 528 1 103; peek c 527 2
r blkdiscard -o $((65536*20)) -l $((65536*4)) /dev/mapper/c
r blkdiscard -o $((65536*524)) -l $((65536*2)) /dev/mapper/c
r blkdiscard -o $((65536*526)) -l $((65536*3)) /dev/mapper/c
stfl c; snap 01-aligned
r dmsetup message c 0 migration_threshold 0
r dmsetup message c 2048 migration_threshold 0
r dmsetup message c 67583 invalidate_cblocks 0
r dmsetup message c 67584 migration_threshold 0
r dmsetup message c 999999 migration_threshold 0
rsh "printf '0 2048 linear $ORIGIN 0\n2048 65536 $T\n67584 2048 error\n69632 4096 linear $ORIGIN 0\n' | dmsetup reload c"
w c 18 1 105; r dmsetup suspend c; snap 02-suspended; r dmsetup resume c; st c; peek c 15 4
r dmsetup remove c; snap 03-removed
sec "half a block off"
zero $META 64; zero $CACHE 64
rsh "printf '0 2112 linear $ORIGIN 0\n2112 65536 $T\n' | dmsetup create c"
rsh "tr '\000' '\111' < /dev/zero | dd of=/dev/mapper/c bs=1056k seek=1 count=1 $F"
stat1 c; peek c 15 17; peekraw $CACHE 0 18; peekraw $ORIGIN 16 4; r blkdiscard -o $((65536*40+512)) -l $((65536*6)) /dev/mapper/c; stfl c; snap 04-halves
w c 100 1 112; w c 17 1 113; peek c 16 3; peekraw $CACHE 0 3; stat1 c
r dmsetup remove c; snap 05-removed
r dmsetup create c --table "0 262144 $T"; st c; peek c 15 17; r dmsetup remove c
sec "two caches in one table, of one metadata device and of two"
zero $META 64; zero $CACHE 64
r dmsetup create o --table "0 131072 linear $ORIGIN 131072"
rsh "printf '0 131072 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0\n131072 131072 cache /dev/d/metab /dev/d/cacheb /dev/mapper/o 192 2 metadata2 writeback smq 2 migration_threshold 0\n' | dmsetup create c"
w c 1024 1 114; w c 0 1 114; stat1 c; r dmsetup remove c; zero $META 64; zero /dev/d/metab 64
rsh "printf '0 131072 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0\n131072 131072 cache /dev/d/metab /dev/d/cacheb $ORIGIN 192 2 metadata2 writeback smq 2 migration_threshold 0\n' | dmsetup create c"
st c; w c 3 2 114; w c 1024 3 115; stfl c; peek c 3 2; peek c 1024 3; rsh "dd if=/dev/zero of=/dev/mapper/c bs=64k seek=5 count=1 oflag=direct conv=fsync status=none"
stat1 c; snap 06-first; snap 07-second /dev/d/metab
rsh "printf '0 131072 $T\n131072 131072 $T\n' | dmsetup reload c"
st c; r dmsetup resume c; st c
w c 1030 1 116; stfl c; r dmsetup remove c; r dmsetup remove o; snap 08-first; snap 09-second /dev/d/metab
sec "reading ahead"
zero $META 64
r dmsetup create c --notable; r dmsetup info c
r dmsetup load c --table "0 262144 cache $META $CACHE $ORIGIN 320 1 writeback smq 2 migration_threshold 0"; r dmsetup info c
r dmsetup resume c; r dmsetup info c
r dmsetup create l --table "0 262144 linear /dev/mapper/c 0"; r dmsetup info l
zero /dev/d/metab 64
r dmsetup create m --table "0 262144 cache /dev/d/metab /dev/d/cacheb /dev/mapper/l 192 1 writeback smq 2 migration_threshold 0"; r dmsetup info m; r dmsetup remove m
zero /dev/d/metab 64
r dmsetup create m --table "0 262144 cache /dev/d/metab /dev/d/cacheb /dev/mapper/l 64 1 writeback smq 2 migration_threshold 0"; r dmsetup info m; r dmsetup remove m
rsh "printf '0 2048 linear /dev/mapper/c 0\n2048 2048 linear $ORIGIN 0\n' | dmsetup reload l"; r dmsetup resume l; r dmsetup info l
r dmsetup reload l --table "0 2048 error"; r dmsetup info l; r dmsetup resume l; r dmsetup info l
r dmsetup remove l; r dmsetup remove c
