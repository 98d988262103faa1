#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 24. Blocks of 96 KiB (no power of two): 170 in the cache, 1365 and a third in the origin. Full and partial writes over block borders, the origin's tail,
# discards that cover no, some and all blocks, a load between, a shorter table. Version 1, 2.
F="iflag=fullblock oflag=direct conv=notrunc status=none"
full() { rsh "tr '\\000' '\\$3' < /dev/zero | dd of=/dev/mapper/c bs=96k seek=$1 count=$2 $F"; }
for V in v1 v2; do
case $V in v1) W="1 writeback"; N="2 writeback no_discard_passdown";; v2) W="2 metadata2 writeback"; N="3 metadata2 writeback no_discard_passdown";; esac
L="cache $META $CACHE $ORIGIN 192"
T="0 262144 $L $W smq 2 migration_threshold 0"
sec "$V"
zero $META 64; zero $CACHE 64
r dmsetup create c --table "$T"
full 0 6 101; stfl c; snap $V-1-full
note "64 KiB within a block, over a border, and missed"
w c 3 1 102; w c 1 1 103; w c 300 1 104; peek c 0 9; peekraw $ORIGIN 0 4; peekraw $ORIGIN 300 2; stfl c
note "the last complete block and the tail behind it"
w c 2047 1 105
rsh "tr '\\000' '\\106' < /dev/zero | dd of=/dev/mapper/c bs=32k seek=4095 count=1 $F"
full 1364 1 107; peek c 2045 3; stfl c; snap $V-2-tail
note "discards: inside a block, unaligned over four, aligned over three, the end with the tail"
r blkdiscard -o $((98304*90+512)) -l 97280 /dev/mapper/c
r blkdiscard -o $((98304*110+512)) -l $((98304*4)) /dev/mapper/c
r blkdiscard -o $((98304*100)) -l $((98304*3)) /dev/mapper/c
r blkdiscard -o $((98304*1363)) /dev/mapper/c
stfl c; peek c 2045 3; snap $V-3-discards
note "partial writes to discarded blocks promote without a copy"
w c 151 1 110; w c 168 1 111; stat1 c; peek c 150 3; peek c 168 2
r dmsetup reload c --table "$T"
r blkdiscard -o $((98304*200)) -l $((98304*5+4096)) /dev/mapper/c
r dmsetup suspend c; snap $V-4-suspended; r dmsetup resume c; st c
full 203 1 112; w c 302 1 113; stfl c; snap $V-5-swapped
note "without passdown, the whole device"
r dmsetup reload c --table "0 262144 $L $N smq 2 migration_threshold 0"; r dmsetup resume c; stat1 c
r blkdiscard /dev/mapper/c
stat1 c; peek c 0 3; peek c 2045 3; r dmsetup suspend c; snap $V-6-all; r dmsetup resume c
note "a table that ends inside block 1364, which is dirty, then with it clean"
r dmsetup reload c --table "0 262000 $L $W smq 2 migration_threshold 0"; rt 10 dmsetup resume c; st c; snap $V-7-refused
r dmsetup reload c --table "0 262144 $L $W cleaner 2 migration_threshold 2048000"; rt 10 dmsetup resume c; sleep 4; stat1 c
r dmsetup reload c --table "0 262000 $L $W smq 2 migration_threshold 0"; r dmsetup resume c; st c; stfl c; snap $V-8-short
r dmsetup remove c; snap $V-9-removed
done
