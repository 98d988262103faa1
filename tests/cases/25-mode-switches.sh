#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 25. Modes by reload: writeback, writethrough over dirty blocks, passthrough refused, the cleaner with threshold 0 and without, writethrough over clean blocks,
# passthrough, back. Version 1, 2.
for V in v1 v2; do
case $V in v1) N=1; M="";; v2) N=2; M="metadata2 ";; esac
L="0 262144 cache $META $CACHE $ORIGIN 128 $N $M"
B="${L}writeback smq 2 migration_threshold 0"; W="${L}writethrough smq 2 migration_threshold 0"; P="${L}passthrough smq 2 migration_threshold 0"
C="${L}writethrough cleaner 2 migration_threshold"
swap() { r dmsetup reload c --table "$1"; rt 10 dmsetup resume c; }
sec "$V"
zero $META 64
r dmsetup create c --table "$B"
w c 0 6 101; stfl c; snap $V-1-writeback
note "writethrough while six are dirty"
swap "$W"; stat1 c
w c 0 2 102; w c 20 1 103; peek c 0 2; peekraw $ORIGIN 0 2; peekraw $ORIGIN 20 1; stfl c; snap $V-2-writethrough-dirty
note "passthrough refused, twice, and left by each way"
swap "$P"; st c; snap $V-3-refused
swap "$W"; stat1 c
r dmsetup suspend c; r dmsetup reload c --table "$P"; rt 10 dmsetup resume c; stat1 c
r dmsetup clear c; rt 10 dmsetup resume c
swap "$B"; st c; peek c 0 6
note "the cleaner: threshold 0 cleans one, then all"
swap "$C 0"; sleep 3; stat1 c; r dmsetup suspend c; snap $V-4-cleaner-stalled; r dmsetup resume c
w c 1 1 104; peek c 1 1; peekraw $ORIGIN 1 1; stat1 c
swap "$C 2048000"; sleep 4; stat1 c; peekraw $ORIGIN 0 6
w c 2 1 105; w c 40 1 106; peekraw $ORIGIN 2 1; stfl c; snap $V-5-cleaned
note "writethrough over clean blocks"
swap "$W"; st c
w c 3 1 107; w c 60 1 110; rd c 3 1; peekraw $ORIGIN 3 1; stfl c; snap $V-6-writethrough-clean
note "passthrough: a write takes its block out, a message takes others"
swap "$P"; st c
w c 4 1 111; rd c 5 1; stat1 c; r dmsetup message c 0 invalidate_cblocks 0-2 5; stfl c; peek c 0 6; snap $V-7-passthrough
r dmsetup suspend c; r dmsetup resume c; w c 3 1 112; stfl c
note "back to writeback"
swap "$B"; st c
w c 0 1 113; w c 2 1 114; peek c 0 1; peek c 2 2; stfl c; snap $V-8-writeback
swap "$W"; w c 2 1 115; stat1 c; r dmsetup suspend c; snap $V-9-suspended; r dmsetup resume c
r dmsetup remove c; snap $V-10-removed
r dmsetup create c --table "$P"; rt 5 dmsetup info c
r dmsetup create c --table "$B"; st c; peek c 0 4; r dmsetup remove c; snap $V-11-removed
done
