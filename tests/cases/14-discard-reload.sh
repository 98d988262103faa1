#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 14. Discards before, between and after a load and its swap; passdown off and on again; an unclean stop.
T=$(ctable 128 1 writeback smq 2 migration_threshold 0)
N=$(ctable 128 2 writeback no_discard_passdown smq 2 migration_threshold 0)
r dmsetup create c --table "$T"
w c 0 4 101
r blkdiscard -o 1048576 -l 1048576 /dev/mapper/c
stfl c; snap 01-uncommitted-discards
r dmsetup reload c --table "$T"
r blkdiscard -o 4194304 -l 1048576 /dev/mapper/c
w c 70 1 102; stat1 c; snap 02-loaded
r dmsetup suspend c; snap 03-suspended
r dmsetup resume c; stat1 c; snap 04-swapped
note "a partial write to a discarded block promotes at once, also after the swap"
rsh 'tr "\000" "\103" </dev/zero | dd of=/dev/mapper/c bs=4k seek=$((20*16)) count=1 iflag=fullblock oflag=direct conv=notrunc status=none'
rsh 'tr "\000" "\104" </dev/zero | dd of=/dev/mapper/c bs=4k seek=$((65*16+3)) count=1 iflag=fullblock oflag=direct conv=notrunc status=none'
stat1 c
r dmsetup reload c --table "$N"
r blkdiscard -o 6553600 -l 262144 /dev/mapper/c
r dmsetup resume c; st c
r blkdiscard -o 7864320 -l 262144 /dev/mapper/c
r blkdiscard -o 0 -l 131072 /dev/mapper/c
stfl c; peek c 0 4; snap 05-no-passdown
r dmsetup remove c; snap 06-removed
note "an unclean stop: loaded and cleared"
r dmsetup create c --notable; r dmsetup load c --table "$T"; r dmsetup clear c; r dmsetup remove c; snap 07-unclean
r dmsetup create c --table "$T"; stat1 c; r dmsetup suspend c; snap 08-suspended
r dmsetup resume c; r blkdiscard -o 1048576 -l 65536 /dev/mapper/c
r dmsetup reload c --table "$T"; r dmsetup resume c; stat1 c; r dmsetup remove c; snap 09-removed
