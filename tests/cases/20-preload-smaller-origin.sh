#@disk meta 4M
#@disk cache 16M
#@disk origin 1G
# 20. A table with a shorter origin is loaded while the longer one lives: discard blocks of 128 and of 64 sectors over one object.
L="cache $META $CACHE $ORIGIN 64 1 writeback smq 2 migration_threshold 0"
BIG="0 2097152 $L"; SMALL="0 1048576 $L"
bw() { rsh "tr '\\000' '\\$1' </dev/zero | dd of=/dev/mapper/c bs=32k seek=$2 count=$3 iflag=fullblock oflag=direct conv=notrunc status=none"; }
r dmsetup create c --table "$BIG"
bw 101 0 4; stfl c
r blkdiscard -o 1048576 -l 1048576 /dev/mapper/c
r blkdiscard -o 805306368 -l 1048576 /dev/mapper/c
r dmsetup suspend c; snap 01-big
r dmsetup resume c
r dmsetup reload c --table "$SMALL"
r blkdiscard -o 4194304 -l 98304 /dev/mapper/c
bw 102 200 2; r dmsetup suspend c; snap 02-preloaded-suspended
r dmsetup resume c; st c; snap 03-small
r blkdiscard -o 8388608 -l 98304 /dev/mapper/c
r blkdiscard -o 535822336 -l 1048576 /dev/mapper/c
bw 103 40 1; stfl c; r dmsetup suspend c; snap 04-small-suspended
r dmsetup reload c --table "$BIG"; r dmsetup resume c; st c
r blkdiscard -o 16777216 -l 98304 /dev/mapper/c
r dmsetup suspend c; snap 05-big-again
r dmsetup resume c; r dmsetup reload c --table "$SMALL"; r dmsetup clear c; stfl c
r dmsetup reload c --table "$SMALL"; r dmsetup remove c; snap 06-removed
r dmsetup create c --table "$SMALL"; stat1 c; r dmsetup remove c; snap 07-small-created
r dmsetup create c --table "$BIG"; stat1 c; r dmsetup remove c; snap 08-big-created
