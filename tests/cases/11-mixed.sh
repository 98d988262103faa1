#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 11. A long mixed sequence on version 1: modes, discards, cleared loads, suspends with and without flush, a new name, the cleaner.
L="0 262144 cache $META $CACHE $ORIGIN 128"
T="$L 1 writeback smq 2 migration_threshold 0"
r dmsetup create c --table "$T"
w c 0 6 101; rd c 0 6 2; stfl c; snap 01-written
r blkdiscard -o 655360 -l 262144 /dev/mapper/c
r dmsetup reload c --table "$L 1 writethrough smq 2 migration_threshold 0"
w c 20 4 102; stat1 c
r dmsetup message c 0 migration_threshold 5
r dmsetup suspend c; snap 02-suspended
r dmsetup resume c; st c; snap 03-writethrough
w c 20 2 103; w c 30 2 104; peekraw $ORIGIN 20 4; peekraw $ORIGIN 30 2; stfl c; snap 04-through
rsh 'tr "\000" "\105" </dev/zero | dd of=/dev/mapper/c bs=4k seek=1 count=2 iflag=fullblock oflag=direct conv=notrunc status=none'
peek c 0 2; stat1 c
r dmsetup reload c --table "$T"; r dmsetup clear c; snap 05-cleared
r dmsetup reload c --table "$L 1 writeback mq 2 migration_threshold 0"
r dmsetup suspend --noflush c; r dmsetup suspend c; r dmsetup resume c; st c
w c 40 3 106; stfl c; snap 06-mq
r dmsetup rename c d; w d 44 1 107; stfl d
r dmsetup reload d --table "$T"; r dmsetup remove d; snap 07-removed
r dmsetup create d --table "$L 1 writeback cleaner 2 migration_threshold 0"
sleep 3; stat1 d; r dmsetup suspend d; snap 08-cleaner-stalled
r dmsetup resume d; r dmsetup remove d; snap 09-removed
r dmsetup create c --table "$T"; st c; peek c 0 6; peek c 20 4; peek c 30 2; peek c 40 3; r dmsetup remove c; snap 10-again
